"""`%parallel_extract` and `%%parallel_extract`."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, magics_class

from parallel_nb.api.errors import InputError
from parallel_nb.magics import namespace, shared_options
from parallel_nb.magics.body import check_options
from parallel_nb.magics.line import split_words


@magics_class
class ExtractMagics(Magics):
    """Read pages from a cell."""

    @shared_options.magic_arguments()
    @shared_options.group(
        shared_options.argument(
            "--over",
            metavar="NAME",
            help="Read the pages of this DataFrame, Series, list or search; a name, or an "
            "expression in quotes.",
        ),
        shared_options.argument(
            "--column",
            metavar="NAME",
            help="The column of --over that has the addresses (url).",
        ),
        shared_options.argument(
            "--objective",
            metavar="TEXT",
            help="What the excerpts are chosen by, in quotes.",
        ),
        shared_options.query("for the excerpts"),
        shared_options.argument(
            "--full", action="store_true", help="Also the whole text of each page."
        ),
        shared_options.max_chars(),
        shared_options.max_cost("would"),
        shared_options.argument(
            "--fresh",
            action="store_true",
            help="Read, and pay for, also pages that were read before: as they are now.",
        ),
        shared_options.into("the pages"),
        shared_options.free_text(
            "Addresses, with blanks between them; in a cell magic, one a line."
        ),
    )
    @shared_options.no_var_expand
    @shared_options.line_cell_magic
    def parallel_extract(self, line: str, cell: str | None = None) -> Any:
        """Read pages by address, with the excerpts that bear on an objective.

        Examples::

            %parallel_extract --objective "Who is the auditor?" https://example.org/report
            %parallel_extract --over hits --full --into pages

            %%parallel_extract --into pages
            https://example.org/report
            https://example.com/news

        Without --into the pages are the value of the magic; `.df` makes them a DataFrame, with
        the reason in `error` where a page could not be read.
        """
        variables = namespace.variables(self)
        args = shared_options.read_line(self.parallel_extract, line, variables)
        name = namespace.check_into(self, args.into, over=args.over)
        cell = (cell or "").strip()
        check_options(cell)
        addresses = [*split_words(args.text, "%parallel_extract", variables), *cell.split()]
        if addresses and args.over is not None:
            raise InputError(
                "There are addresses on the line or in the cell, and --over as well.",
                "Keep one of the two.",
            )
        if not addresses and args.over is None:
            raise InputError(
                "There are no addresses to read.",
                "Write them behind %parallel_extract, one a line below %%parallel_extract, or "
                "name a table: --over hits.",
            )
        if args.over is not None:
            addresses = namespace.find_value(self, args.over, "--over")
        from parallel_nb import lookups  # noqa: PLC0415 - %load_ext stays light

        pages = lookups.extract(
            addresses,
            args.objective,
            full=args.full,
            queries=args.query,
            max_chars=args.max_chars,
            column=args.column,
            max_cost=args.max_cost,
            fresh=args.fresh,
        )
        return namespace.show_and_bind(self, name, pages)
