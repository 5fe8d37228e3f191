"""`%parallel_search` and `%%parallel_search`."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, magics_class

from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.body import check_options
from parallel_nb.magics.values import check_literal


@magics_class
class SearchMagics(Magics):
    """Search from a cell."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.argument(
            "--mode",
            metavar="NAME",
            help="turbo, fast, basic or advanced: the slower, the more thorough (basic).",
        ),
        shared_options.processor(
            "base or pro: the older words for basic and advanced.", default=None
        ),
        shared_options.argument(
            "-n",
            "--max-results",
            type=shared_options.count,
            default=10,
            metavar="N",
            help="At most so many pages (10); the service gives 20 at most.",
        ),
        shared_options.query("of 3 to 6 words"),
        shared_options.sources(),
        shared_options.max_chars(),
        shared_options.into("the results"),
        shared_options.free_text("What to look for, in plain words; in a cell magic, the body."),
    )
    @shared_options.no_var_expand
    @shared_options.line_cell_magic
    def parallel_search(self, line: str, cell: str | None = None) -> Any:
        """Search for pages, with the excerpts that bear on the question.

        Examples::

            %parallel_search Which languages have a borrow checker?
            hits = %parallel_search -n 5 --include-domains .gov  volcano alert levels
            %parallel_search --query "PostgreSQL first release" --into hits

            %%parallel_search --mode advanced --into hits
            Which moons of Jupiter have an ocean under the ice?
            Prefer pages that name the mission that measured it.

        Without --into the results are the value of the magic; `.df` makes them a DataFrame.
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_search, line, variables, is_question=True)
        name = namespace.check_into(self, args.into)
        cell = (cell or "").strip()
        check_options(cell)
        check_literal(cell, variables, 'A function takes any text: pnb.search(f"...").')
        from parallel_nb import lookups  # noqa: PLC0415 - %load_ext stays light

        results = lookups.search(
            "\n".join(part for part in (args.text, cell) if part) or None,
            args.query,
            mode=args.mode,
            processor=args.processor,
            max_results=args.max_results,
            max_chars=args.max_chars,
            **shared_options.read_sources(args),
        )
        return namespace.show_and_bind(self, name, results)
