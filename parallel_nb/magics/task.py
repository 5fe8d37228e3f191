"""`%%parallel_task` and `%parallel_task`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.body import Body, check_place, read_body
from parallel_nb.magics.line import names
from parallel_nb.magics.values import check_literal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

#: Options that one question does not take.
_TABLE_OPTIONS: Final = ("columns", "sample", "suffix", "background")


#: What to do instead of a variable in a question: of a table, of one question.
_REMEDIES: Final = (
    'Write {{column}} for a row\'s value; a function takes any text: pnb.tasks(frame, f"...").',
    'A function takes any text: pnb.task(f"...").',
)


@magics_class
class TaskMagics(Magics):
    """Ask one question, or the same question of every row of a table."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.argument(
            "--over",
            metavar="FRAME",
            help="Ask of each row of this DataFrame; a name, or an expression in quotes.",
        ),
        shared_options.argument(
            "--columns",
            metavar="A,B",
            type=names,
            action="extend",
            help="Send these columns alone, where the question names none.",
        ),
        shared_options.processor("lite, base, core, pro, ultra... (base)."),
        shared_options.argument(
            "--output",
            metavar="NAME",
            help="The variable that says what to answer with, in place of fields below ---.",
        ),
        shared_options.into("the DataFrame (of one question: the result)"),
        shared_options.max_cost("would"),
        shared_options.argument(
            "--max-wait",
            type=shared_options.minutes,
            metavar="MINUTES",
            help="Wait no longer while none of the rows ends (an hour, or three times the "
            "longest latency of the processor); what was sent goes on.",
        ),
        shared_options.argument(
            "--dry-run",
            action="store_true",
            help="Show what would be sent, what it would cost and how long it would take, and "
            "what is wrong; send nothing.",
        ),
        shared_options.argument(
            "--sample",
            type=shared_options.count,
            metavar="N",
            help="Ask of N rows, spread over the table; with --dry-run also what all cost.",
        ),
        shared_options.argument(
            "--fresh",
            action="store_true",
            help="Ask, and pay, again also what has been answered before.",
        ),
        shared_options.background(),
        shared_options.argument(
            "--after",
            metavar="NAME",
            help="Go on from these answers: a DataFrame or job of which each row goes on from "
            "its own, or the result of one question.",
        ),
        shared_options.argument(
            "--suffix",
            metavar="_found",
            help="Put this behind the columns of answers that the table has already.",
        ),
        shared_options.argument(
            "--metadata",
            action="append",
            metavar="KEY=VALUE",
            help="Metadata of your own for each run, in quotes if it has blanks; {{column}} "
            "stands for the row's value. May be given several times.",
        ),
        shared_options.argument(
            "--data-sources",
            metavar="A,B",
            type=names,
            action="extend",
            help="Sources beside the web, such as pubmed; carbonarc costs extra. Hosted only.",
        ),
        shared_options.argument(
            "--mcp-servers",
            metavar="NAME",
            help="The variable with the list of tool servers that may be called. Hosted only.",
        ),
        shared_options.argument(
            "--memory-scope",
            metavar="KEY",
            help="The key of the memory that is used. Hosted only.",
        ),
        shared_options.argument("--title", help="A name for the job, in quotes if it has blanks."),
        shared_options.sources(),
        shared_options.free_text("The question, in the line magic."),
    )
    @shared_options.no_var_expand
    @shared_options.line_cell_magic
    def parallel_task(self, line: str, cell: str | None = None) -> Any:
        """Ask a question, or the same question of every row of a DataFrame.

        Examples::

            %%parallel_task --over companies --processor core --into profiles --max-cost 5
            Research {{name}} ({{website}}). Prefer filings over press.
            ---
            ceo: str - Full name of the current chief executive
            founded: int? - Year the company was founded
            ownership: public|private|state - Who owns it
            products: list[str] - Up to five main products

            %parallel_task Who wrote the first compiler, and when?

            %%parallel_task --over companies --after profiles --into history
            And who was it before?
            ---
            before: str? - The chief executive before the present one

        `{{column}}` stands for the row's value; all else in the body is sent as it is.
        A field is `name: type - description`; types are str, int, float, bool, date,
        a|b|c and list[...], and a ? behind one allows null. Without fields and without
        --output the answer is text.

        The same question of the same row is answered from the journal and not paid
        again. An interrupt loses nothing: run the cell again.
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_task, line, variables, is_question=True)
        namespace.check_into(self, args.into, over=args.over, after=args.after)
        body = _body(args.text, cell)
        if cell is not None:
            check_literal(body.prompt, variables, _REMEDIES[args.over is None])
        output = self._output(args.output, body)
        if args.over is None:
            return self._ask_once(args, body, output)
        return self._ask_rows(args, body, output)

    def _output(self, name: str | None, body: Body) -> Any:
        if name is None:
            return body.fields
        if body.fields is not None:
            raise InputError(
                "The cell has output fields below --- and --output as well.",
                "Keep one of the two.",
            )
        return namespace.find_value(
            self,
            name,
            "--output",
            hint="It names a pydantic model, a dataclass, a TypedDict or a JSON-schema dict.",
            kinds=(type, dict, list),
        )

    def _ask_once(self, args: argparse.Namespace, body: Body, output: Any) -> Any:
        for option in _TABLE_OPTIONS:
            if getattr(args, option):
                raise InputError(
                    f"--{option} is for tables, and there is no --over.",
                    "Add --over FRAME, or drop the option.",
                )
        from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

        chosen = self._task_options(args, output)
        if args.dry_run:
            return ask.plan(None, body.prompt, **chosen)
        result = ask.task(body.prompt, **chosen)
        return namespace.bind_or_return(self, args.into, result)

    def _ask_rows(self, args: argparse.Namespace, body: Body, output: Any) -> Any:
        frame = namespace.find_frame(self, args.over)
        from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

        chosen = self._task_options(args, output) | {
            "columns": args.columns,
            "sample": args.sample,
            "suffix": args.suffix or "",
        }
        if args.dry_run:
            return ask.plan(frame, body.prompt, **chosen)
        chosen["title"] = args.title or args.into or args.over
        job = ask.tasks(frame, body.prompt, wait=False, **chosen)
        return namespace.bind_job(self, args.into, job, wait=not args.background)

    def _task_options(self, args: argparse.Namespace, output: Any) -> dict[str, Any]:
        """The options that one question and a table share."""
        find = namespace.find_value
        return {
            "output": output,
            "processor": args.processor,
            "max_cost": args.max_cost,
            "max_wait": args.max_wait,
            "fresh": args.fresh,
            "title": args.title,
            "after": None if args.after is None else find(self, args.after, "--after"),
            "metadata": _read_metadata(args.metadata or ()),
            "data_sources": args.data_sources or (),
            "mcp_servers": find(self, args.mcp_servers, "--mcp-servers")
            if args.mcp_servers
            else (),
            "memory_scope": args.memory_scope,
            **shared_options.read_sources(args),
        }


def _read_metadata(pairs: Sequence[str]) -> dict[str, str] | None:
    metadata = {}
    for pair in pairs:
        key, mark, value = pair.partition("=")
        if not mark or not key.strip():
            raise InputError(
                f"--metadata {pair!r} is no KEY=VALUE.", "Write --metadata account={{id}}."
            )
        metadata[key.strip()] = value.strip()
    return metadata or None


def _body(text: str, cell: str | None) -> Body:
    check_place(text, cell, "%parallel_task", none="There is no question.", asked="The question")
    return Body(text) if cell is None else read_body(cell)
