"""How the line of a magic is read, and the options that several magics share.

They are declared with IPython's `magic_arguments`, so that `%magic?` lists them; `line` splits
the line, since argparse would read quotes and dashes in a question.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from IPython.core import magic as ipython
from IPython.core import magic_arguments as ipython_arguments
from IPython.core.error import UsageError

from parallel_nb.api.errors import InputError
from parallel_nb.magics.line import names, split_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from parallel_nb.job.options import SourceOptions

F = TypeVar("F", bound="Callable[..., Any]")


class Decorator(Protocol):
    """Gives back the function that it decorates."""

    def __call__(self, function: F, /) -> F:
        """Decorate."""


# IPython's own, which carry no types, or types of another use.
argument: Callable[..., Decorator] = ipython_arguments.argument
magic_arguments: Callable[[], Decorator] = ipython_arguments.magic_arguments
line_magic: Decorator = cast("Decorator", ipython.line_magic)
line_cell_magic: Decorator = cast("Decorator", ipython.line_cell_magic)
no_var_expand: Decorator = ipython.no_var_expand

#: The name under which a parser keeps the free text of its line.
TEXT: Final = "text"


def read_line(
    magic: Callable[..., Any],
    line: str,
    variables: Mapping[str, Any],
    *,
    is_question: bool = False,
) -> argparse.Namespace:
    """Read the line of a magic.

    Args:
        magic: A function that is decorated with `magic_arguments`.
        line: What a person wrote behind its name.
        variables: What `$name` in the value of an option stands for.
        is_question: The free text is sent as it stands, so that a variable in it is an error;
            else it is words for `split_words`.

    Returns:
        The options, with the free text under `text`.

    Raises:
        InputError: An option is unknown, with the nearest, or its value cannot be used.
    """
    parser = magic.parser  # type: ignore[attr-defined] # set by magic_arguments
    actions: dict[str, argparse.Action] = parser._option_string_actions  # noqa: SLF001 - argparse tells its options nowhere else
    name = f"%{parser.prog}"
    argv, text = split_line(line, actions, name, variables, is_question=is_question)
    try:
        arguments = parser.parse_args(argv)
    except UsageError as error:
        raise InputError(f"{name}: {error}.", f"{name}? shows every option.") from error
    assert isinstance(arguments, argparse.Namespace)  # noqa: S101 - IPython's parser is untyped
    setattr(arguments, TEXT, text)
    return arguments


def count(value: str) -> int:
    """Read a whole number of at least 1; for argparse's `type`."""
    try:
        number = int(value.replace("_", ""))
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number of at least 1")
    return number


def dollars(value: str) -> float:
    """Read an amount of USD, with or without the sign; for argparse's `type`."""
    amount = _number(value.removeprefix("$"))
    if not amount >= 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not an amount in USD")
    return amount


def minutes(value: str) -> float:
    """Read a number of minutes; for argparse's `type`."""
    number = _number(value)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of minutes")
    return number


def days(value: str) -> float:
    """Read a number of days; for argparse's `type`."""
    number = _number(value)
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of days")
    return number


def _number(text: str) -> float:
    """A number; one that is within no bounds where the text is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


# --- options that several magics share ---------------------------------------------------


def group(*decorators: Decorator) -> Decorator:
    """One decorator for several, in the order in which help shows them."""

    def decorate(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def into(what: str) -> Decorator:
    """The option `--into NAME`."""
    return argument("--into", metavar="NAME", help=f"Bind {what} to this variable.")


def processor(help_text: str, default: str | None = "base") -> Decorator:
    """The option `--processor NAME`."""
    return argument("--processor", "-p", default=default, help=help_text)


def max_cost(verb: str) -> Decorator:
    """The option `--max-cost USD`, of what "would" or "may" cost so much."""
    return argument(
        "--max-cost",
        type=dollars,
        metavar="USD",
        help=f"Refuse, before anything is sent, what {verb} cost more (the setting max_cost).",
    )


def query(what: str) -> Decorator:
    """The option `--query WORDS`, which may be given several times."""
    text = f"A keyword query {what}, in quotes; may be given several times."
    return argument("--query", action="append", metavar="WORDS", help=text)


def max_chars() -> Decorator:
    """The option `--max-chars N`."""
    text = "At most so many characters of excerpts a page."
    return argument("--max-chars", type=count, metavar="N", help=text)


def free_text(help_text: str) -> Decorator:
    """The free text of the line, for the help; `read_line` fills it."""
    return argument(TEXT, nargs="*", help=help_text)


def background() -> Decorator:
    """The option `--background`."""
    return argument(
        "--background",
        action="store_true",
        help="Return at once; --into then binds the job, and job.df waits.",
    )


def sources() -> Decorator:
    """The options that say which sources may be used; `read_sources` reads them."""
    return group(
        argument(
            "--include-domains",
            metavar="A,B",
            type=names,
            action="extend",
            help="Only these domains and their subdomains, or beginnings of paths (a.com/docs).",
        ),
        argument(
            "--exclude-domains",
            metavar="A,B",
            type=names,
            action="extend",
            help="Not these; of no use beside --include-domains.",
        ),
        argument(
            "--after-date", metavar="YYYY-MM-DD", help="Only pages dated on or after this day."
        ),
    )


def read_sources(args: argparse.Namespace) -> SourceOptions:
    """The options of `sources` as the documented functions take them."""
    return {
        "include_domains": args.include_domains or (),
        "exclude_domains": args.exclude_domains or (),
        "after_date": args.after_date,
    }
