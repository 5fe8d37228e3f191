"""`%%parallel_find` and `%parallel_find`."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.body import check_place, split_body
from parallel_nb.magics.values import check_literal

if TYPE_CHECKING:
    import argparse

    from parallel_nb.api.findall import MatchCondition
    from parallel_nb.api.schema.fields import OutputField

#: Matches, and entities with --fast, where --limit says nothing.
_LIMIT: Final = 10
_FAST_LIMIT: Final = 100
#: Options that --fast does not take: nothing is checked, enriched or journaled.
_SLOW_OPTIONS: Final = (
    "generator",
    "entity_type",
    "exclude",
    "processor",
    "background",
    "fresh",
    "dry_run",
    "max_wait",
    "title",
)
#: Options of the line that say nothing of what is looked for.
_OWN_OPTIONS: Final = ("into", "exclude", "title", "max_wait", "fresh", "background")


@dataclass(frozen=True, slots=True)
class FindBody:
    """A find as it stands in a cell."""

    objective: str
    #: None where the cell has none: the service is to propose some.
    conditions: list[MatchCondition] | None = None
    fields: list[OutputField] | None = None


def read_find_body(cell: str) -> FindBody:
    """Read the objective; below the dashes conditions, and enriched fields in lines with a +.

    Raises:
        InputError: There is no objective, or a line cannot be read; its number counts from the
            line of the magic.
    """
    objective, below, first_line = split_body(cell, what="conditions")
    if below is None:
        return FindBody(objective)
    from parallel_nb.finding.request import parse_conditions  # noqa: PLC0415 - %load_ext stays light

    # Each kind is read from a copy in which the lines of the other are empty: numbers stay right.
    lines = below.splitlines()
    is_field = [line.lstrip().startswith("+") for line in lines]
    conditions = "\n".join(
        "" if field else line for line, field in zip(lines, is_field, strict=True)
    )
    fields = "\n".join(
        line.replace("+", "", 1) if field else ""
        for line, field in zip(lines, is_field, strict=True)
    )
    return FindBody(
        objective,
        parse_conditions(conditions, first_line=first_line) or None,
        parse_fields(fields, first_line=first_line) if any(is_field) else None,
    )


@magics_class
class FindMagics(Magics):
    """Find all of a kind."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.argument(
            "-n",
            "--limit",
            type=shared_options.count,
            metavar="N",
            help="Matches that are wanted, 5 to 1,000 (10); with --fast entities (100).",
        ),
        shared_options.argument(
            "--generator",
            "-g",
            help="How widely it looks: preview, base, core or pro (base).",
        ),
        shared_options.into("the DataFrame of the matches"),
        shared_options.max_cost("may"),
        shared_options.argument(
            "--dry-run",
            action="store_true",
            help="Show what would be looked for and what it costs at most, as a cell to be edited; "
            "find nothing.",
        ),
        shared_options.argument(
            "--entity-type",
            metavar="KIND",
            help="The kind of entity, such as companies; the service says it unless given.",
        ),
        shared_options.argument(
            "--exclude",
            metavar="NAME",
            help="A variable with entities to leave out: a DataFrame with a column name or url, or "
            "a list.",
        ),
        shared_options.processor(
            "The processor that enriches each match: lite, base, core... (core).", None
        ),
        shared_options.argument(
            "--fresh",
            action="store_true",
            help="Search, and pay, anew although it was found before.",
        ),
        shared_options.background(),
        shared_options.argument(
            "--max-wait",
            type=shared_options.minutes,
            metavar="MINUTES",
            help="Wait no longer while the service tells nothing new (60); the find goes on.",
        ),
        shared_options.argument("--title", help="A name for the find, in quotes if it has blanks."),
        shared_options.argument(
            "--fast",
            action="store_true",
            help="List companies or people in seconds: ranked, and checked by nobody.",
        ),
        shared_options.argument("--kind", help="With --fast: companies or people (companies)."),
        shared_options.free_text("What is looked for, in the line magic."),
    )
    @shared_options.no_var_expand
    @shared_options.line_cell_magic
    def parallel_find(self, line: str, cell: str | None = None) -> Any:
        """Find all of a kind: a sentence becomes a table in which every row was checked.

        Examples::

            %%parallel_find --limit 50 --generator core --into startups --max-cost 10
            European companies that make heat pumps for industry
            ---
            in_europe: Headquarters are in Europe
            industrial: Sells heat pumps for industrial processes, not for homes
            + founded: int? - Year the company was founded
            + ceo: str? - Chief executive

            %parallel_find --dry-run European companies that make heat pumps for industry
            %parallel_find --fast --kind people -n 50 Heat pump researchers in Denmark

        Below --- stand the conditions that every match satisfies, `name: description`, and behind
        a + the fields to research for each match, `name: type - description`. Without conditions
        the service proposes some: they are shown as a cell to be edited, and nothing is found.

        The same cell again goes on where it ended and pays for nothing twice; with a higher
        --limit it is extended, with more fields it is enriched. An interrupt loses nothing.
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_find, line, variables, is_question=True)
        namespace.check_into(self, args.into, exclude=args.exclude)
        body = _body(args.text, cell)
        if cell is not None:
            check_literal(body.objective, variables, 'A function takes any text: pnb.find(f"...").')
        if args.fast:
            return self._list(args, body)
        return self._find(args, body)

    def _find(self, args: argparse.Namespace, body: FindBody) -> Any:
        if args.kind:
            raise InputError("--kind is for --fast.", "Use --entity-type KIND, or add --fast.")
        from parallel_nb import ask  # noqa: PLC0415 - %load_ext stays light

        chosen: dict[str, Any] = {
            "enrich": body.fields,
            "limit": args.limit or _LIMIT,
            "generator": args.generator or "base",
            "entity_type": args.entity_type,
            "exclude": args.exclude
            and namespace.find_value(
                self, args.exclude, "--exclude", hint="It names a DataFrame or a list."
            ),
            "max_cost": args.max_cost,
            "max_wait": args.max_wait,
            "fresh": args.fresh,
            "title": args.title or args.into,
        }
        if args.processor:  # one that is not named says nothing of fields that are there
            chosen["processor"] = args.processor
        if args.dry_run or body.conditions is None:
            plan = ask.find_plan(body.objective, body.conditions, **chosen)
            plan = replace(plan, cell_options=_cell_options(args))
            if args.dry_run:
                return plan
            # Shown first: the error that stops Run All cannot hold a cell to copy.
            namespace.show(plan)
            raise InputError(
                "The find has no conditions, so nothing was found and nothing is paid.",
                "Copy the cell of the plan above, edit its conditions, and run it.",
            )
        found = ask.find(body.objective, body.conditions, wait=False, **chosen)
        return namespace.bind_job(self, args.into, found, wait=not args.background)

    def _list(self, args: argparse.Namespace, body: FindBody) -> Any:
        for option in _SLOW_OPTIONS:
            if getattr(args, option):
                raise InputError(
                    f"--{option.replace('_', '-')} is not for --fast, which checks nothing.",
                    "Drop the option, or --fast.",
                )
        if body.conditions or body.fields:
            raise InputError(
                "--fast checks no conditions and researches no fields.",
                "Drop what stands below ---, or drop --fast.",
            )
        from parallel_nb import lookups  # noqa: PLC0415 - %load_ext stays light

        kind, limit = args.kind or "companies", args.limit or _FAST_LIMIT
        entities = lookups.entities(body.objective, kind, limit=limit, max_cost=args.max_cost)
        if args.into is None:
            return entities
        namespace.show(entities)
        namespace.bind(self, args.into, entities.df)
        return None


def _cell_options(args: argparse.Namespace) -> str:
    """The options that a plan does not know of, as they stand in the line of its cell."""
    written = {name: getattr(args, name) for name in _OWN_OPTIONS}
    return "".join(
        f" --{name.replace('_', '-')}" + ("" if value is True else f" {shlex.quote(str(value))}")
        for name, value in written.items()
        if value
    )


def _body(text: str, cell: str | None) -> FindBody:
    check_place(
        text,
        cell,
        "%parallel_find",
        none="There is nothing to look for.",
        asked="What is looked for",
    )
    return FindBody(text) if cell is None else read_find_body(cell)
