"""How the line of a magic is read, and the options that several magics share.

Options stand in any order, before or behind the free text. They are declared with IPython's
`magic_arguments`, so that `%magic?` lists them. The line is split here, because free text is
literal: in `%parallel_search What's new?` the apostrophe opens no quotation. A word that starts
with `--` is an option wherever it stands; a lone `--` says that all that follows is text.
What starts with a dash, or looks like an option behind the wrong dashes, and is none is an
error: as text it would be asked and paid.
"""

from __future__ import annotations

import argparse
import math
import re
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast

from IPython.core import magic as ipython
from IPython.core import magic_arguments as ipython_arguments
from IPython.core.error import UsageError

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

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
_WORD = re.compile(r"\S+")
#: What a word that is meant as an option may start with: also the dashes that editors make.
_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
#: Each opening quotation mark with the one that closes it; editors make the curled ones.
_QUOTES: Final = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
#: What argparse makes of the actions "append" and "extend": options that add up.
_REPEATABLE: Final = (argparse._AppendAction,)  # noqa: SLF001 - argparse names it nowhere else


def read_line(magic: Callable[..., Any], line: str) -> argparse.Namespace:
    """Read the line of a magic.

    Args:
        magic: A function that is decorated with `magic_arguments`.
        line: What a person wrote behind its name.

    Returns:
        The options, with the free text under `text`.

    Raises:
        InputError: An option is unknown, with the nearest, or its value cannot be used.
    """
    parser = magic.parser  # type: ignore[attr-defined] # set by magic_arguments
    actions: dict[str, argparse.Action] = parser._option_string_actions  # noqa: SLF001 - argparse tells its options nowhere else
    name = f"%{parser.prog}"
    argv, text = _split(line, actions, name)
    try:
        arguments = parser.parse_args(argv)
    except UsageError as error:
        raise InputError(f"{name}: {error}.", f"{name}? shows every option.") from error
    assert isinstance(arguments, argparse.Namespace)  # noqa: S101 - IPython's parser is untyped
    setattr(arguments, TEXT, text)
    return arguments


def _split(line: str, actions: dict[str, argparse.Action], magic: str) -> tuple[list[str], str]:
    """Split a line into the arguments for argparse and the free text."""
    argv: list[str] = []
    text: list[str] = []
    seen: set[str] = set()
    position = 0
    while word := _WORD.search(line, position):
        position = word.end()
        if word[0] == "--":
            text.append(line[position:].strip())
            break
        leading_dash = not text and word[0][0] in _DASHES
        if not leading_dash and not _resembles_option(word[0], actions):
            start = word.start()
            position = _next_option(line, position, actions)
            text.append(line[start:position].strip())
            continue
        option, equals, _ = word[0].partition("=")
        action = actions.get(option)
        if action is None or (equals and not option.startswith("--")):
            raise _unknown_option(word[0], actions, magic)
        name = max(action.option_strings, key=len)
        if name in seen and not isinstance(action, _REPEATABLE):
            raise InputError(f"{magic}: {name} is given twice.", "Keep one of the two.")
        seen.add(name)
        if action.nargs == 0:
            argv.append(word[0])
            continue
        start = word.start() + len(option) + 1 if equals else position
        following = _WORD.search(line, start)
        if following is None or (not equals and _resembles_option(following[0], actions)):
            raise InputError(
                f"{magic}: {option} needs a value.", f"{magic}? shows what each option takes."
            )
        value, position = _read_value(line, following.start(), f"{magic}: the value of {option}")
        beside_comma = value.strip(",") != value or line[position:].lstrip()[:1] == ","
        if action.type is names and value.strip(",") and beside_comma:
            raise InputError(
                f"{magic}: the list of {option} has a blank beside a comma.",
                f"Write {option} a,b without blanks, or the whole list in quotes.",
            )
        argv.append(f"{name}={value}")  # joined, so that a value may start with a dash
    return argv, " ".join(part for part in text if part)


def _next_option(line: str, position: int, actions: dict[str, argparse.Action]) -> int:
    """Where the free text that goes on at `position` ends."""
    for word in _WORD.finditer(line, position):
        if word[0] == "--" or _resembles_option(word[0], actions):
            return word.start()
    return len(line)


def _resembles_option(word: str, actions: dict[str, argparse.Action]) -> bool:
    """Whether a word is meant as an option, be it known and rightly written or not.

    That is `--anything`, an option itself, and an option behind the wrong dashes
    (`-dry-run`, `\u2014into`) or with its value attached (`-n5`, `-n=5`).
    """
    if word[0] not in _DASHES:
        return False
    name = word.lstrip(_DASHES).partition("=")[0]
    return (
        (word.startswith("--") and word[2:3].isalpha())
        or f"--{name}" in actions
        or f"-{name}" in actions
        or (f"-{name[:1]}" in actions and name[1:].isdigit())
    )


def _unknown_option(word: str, actions: dict[str, argparse.Action], magic: str) -> InputError:
    """The error for a word that starts with a dash and is no option."""
    name, _, value = word.lstrip(_DASHES).partition("=")
    if f"-{name[:1]}" in actions and name[1:].isdigit():
        name, value = name[:1], name[1:]
    if f"-{name}" in actions:
        hint = f"Did you mean -{name}{' ' * bool(value)}{value}? "
    elif name:
        # An option is written without quotation marks.
        hint = did_you_mean(f"--{name}", actions, cutoff=0.5).replace("'", "")
    else:
        hint = ""
    return InputError(
        f"{magic} has no option {word.partition('=')[0]}.",
        f"{hint}{magic}? shows every option; put -- before text that holds dashes.",
    )


def split_words(text: str, what: str) -> list[str]:
    r"""Split free text into words; one with blanks stands in quotes.

    An apostrophe inside a word is a letter, and a backslash outside quotes is kept:

        >>> split_words(r"export x 'my files\a.csv'", "the line")
        ['export', 'x', 'my files\\a.csv']

    Args:
        text: The words.
        what: What they are, for the message.

    Raises:
        InputError: A quotation is not closed.
    """
    words: list[str] = []
    position = 0
    while word := _WORD.search(text, position):
        value, position = _read_value(text, word.start(), what)
        words.append(value)
    return words


def _read_value(line: str, start: int, what: str) -> tuple[str, int]:
    r"""Read the value that begins at `start`: what it says, and where it ends.

    It ends at a blank outside quotes. A quotation opens at the start, behind a comma, and
    behind an opening bracket, where it belongs to an expression (`df["my column"]`) and keeps
    its quotes. All other quotes and apostrophes are letters. In double quotes `\"` is a quote.
    """
    parts: list[str] = []
    position = start
    in_expression = False
    while position < len(line) and not line[position].isspace():
        character = line[position]
        before = line[position - 1] if position > start else ","
        if character not in _QUOTES or before not in ",[({":
            in_expression = in_expression or character in "[({"
            parts.append(character)
            position += 1
            continue
        end = _closing_quote(line, position, ends_value=not in_expression)
        if end is None:
            raise InputError(
                f"{what} has no closing quotation mark: {shorten(line[position:], 60)}",
                f"Close the quotation mark, with {_QUOTES[character]} before a blank or the end.",
            )
        quoted = line[position + 1 : end]
        if in_expression:
            quoted = line[position : end + 1]
        elif character == '"':
            quoted = quoted.replace('\\"', '"')
        parts.append(quoted)
        position = end + 1
    return "".join(parts), position


def _closing_quote(line: str, start: int, *, ends_value: bool) -> int | None:
    """Where the quotation that opens at `start` closes, if it does.

    One that makes up a value closes before a blank, a comma or the end, so that
    `'O'Neil & Sons'` is one value.
    """
    closing = _QUOTES[line[start]]
    position = start
    while (position := line.find(closing, position + 1)) >= 0:
        if closing == '"' and line[position - 1] == "\\":
            continue
        following = line[position + 1 : position + 2]
        if not ends_value or not following or following == "," or following.isspace():
            return position
    return None


_QUESTION: Final = re.compile(r"\s*(?:[\w.,\s]+=\s*)?%parallel_\w+\s+\S.*\?\s*\Z")


def keep_question_marks(lines: list[str]) -> list[str]:
    """Let the line of a magic end with a question mark.

    IPython reads a line that ends with one as a request for help on its last word, and
    would not run the magic. A lone `--` behind it, which says nothing, prevents that.
    `%parallel_search?` is left as it is. For `input_transformers_cleanup`.
    """
    if lines and lines[0].lstrip().startswith("%%"):
        return lines
    return [f"{line.rstrip()} --\n" if _QUESTION.match(line) else line for line in lines]


def names(value: str) -> list[str]:
    """Read `a,b,c` as a list; for argparse's `type`."""
    listed = [name.strip() for name in value.split(",") if name.strip()]
    if not listed:
        raise argparse.ArgumentTypeError("no name is given")
    return listed


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
    try:
        amount = float(value.removeprefix("$"))
    except ValueError:
        amount = -1.0
    if not amount >= 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not an amount in USD")
    return amount


def minutes(value: str) -> float:
    """Read a number of minutes; for argparse's `type`."""
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of minutes")
    return number


def days(value: str) -> float:
    """Read a number of days; for argparse's `type`."""
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not number >= 0:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number of days")
    return number


def check_into(name: str | None) -> str | None:
    """The name of `--into` itself. Raises `InputError` when no variable can have it."""
    import keyword  # noqa: PLC0415 - used by --into alone

    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise InputError(
            f"--into {name!r} cannot be the name of a variable.",
            "Use letters, digits and _, with no digit first.",
        )
    return name


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


def processor(help_text: str, default: str = "base") -> Decorator:
    """The option `--processor NAME`."""
    return argument("--processor", "-p", default=default, help=help_text)


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
            help="Only these domains and their subdomains.",
        ),
        argument(
            "--exclude-domains",
            metavar="A,B",
            type=names,
            action="extend",
            help="Not these domains.",
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
