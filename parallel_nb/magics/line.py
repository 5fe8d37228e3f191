"""How the line of a magic is split into options and text: a small tokenizer.

Options stand in any order, before or behind the free text, which is literal: in
`%parallel_search What's new?` the apostrophe opens no quotation. A word that starts with `--`
is an option wherever it stands; a lone `--` says that all that follows is text. What starts
with a dash, or looks like an option behind the wrong dashes, and is none is an error: as text
it would be asked and paid. A Python value gets into an option as `$name`; into a question it
does not, and one that seems to be meant is an error.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import did_you_mean, shorten
from parallel_nb.magics.values import check_literal, expand

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORD = re.compile(r"\S+")
#: What a word that is meant as an option may start with: also the dashes that editors make.
_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
#: Each opening quotation mark with the one that closes it; editors make the curled ones.
_QUOTES: Final = {'"': '"', "'": "'", "\u201c": "\u201d", "\u2018": "\u2019"}
#: What argparse makes of the actions "append" and "extend": options that add up.
_REPEATABLE: Final = (argparse._AppendAction,)  # noqa: SLF001 - argparse names it nowhere else


def split_line(
    line: str,
    actions: Mapping[str, argparse.Action],
    magic: str,
    variables: Mapping[str, Any],
    *,
    is_question: bool,
) -> tuple[list[str], str]:
    """Split a line into the arguments for argparse and the free text.

    Args:
        line: What stands behind the name of the magic.
        actions: What each option does, by all of its names.
        magic: The magic, for messages.
        variables: What `$name` in an option may stand for.
        is_question: The text is sent as it is, so that a variable in it is an error. Text
            behind `--` may hold anything.

    Raises:
        InputError: An option is unknown, given twice, or has no value or an unclosed
            quotation; or a `$name` is no variable.
    """
    argv: list[str] = []
    text: list[str] = []
    literal = ""
    seen: set[str] = set()
    position = 0
    while word := _WORD.search(line, position):
        position = word.end()
        if word[0] == "--":
            literal = line[position:].strip()
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
        what = f"{magic}: the value of {option}"
        value, position = _read_value(line, following.start(), what, variables)
        after = _WORD.search(line, position)
        beside_comma = value.strip(",") != value or (after is not None and after[0][0] == ",")
        if action.type is names and value.strip(",") and beside_comma:
            raise InputError(
                f"{magic}: the list of {option} has a blank beside a comma.",
                f"Write {option} a,b without blanks, or the whole list in quotes.",
            )
        argv.append(f"{name}={value}")  # joined, so that a value may start with a dash
    if is_question and text:
        _check_question(" ".join(text) + " " * bool(literal), variables, magic)
    return argv, " ".join(part for part in (*text, literal) if part)


def _check_question(text: str, variables: Mapping[str, Any], magic: str) -> None:
    """Check what stands before `--`: that it asks something, on one line, of no variable."""
    if not text.strip("? "):
        raise InputError(f"{magic} {text.strip()} asks nothing.", f"{magic}? shows every option.")
    if text.endswith("\\"):
        raise InputError(
            f"The line of {magic} ends with a backslash, and goes on nowhere.",
            "Write the options of a cell magic on its one line.",
        )
    check_literal(
        text,
        variables,
        f'A function takes it: pnb.{magic.rpartition("_")[2]}(f"..."). Put -- before text that '
        "is meant as it stands.",
    )


def _next_option(line: str, position: int, actions: Mapping[str, argparse.Action]) -> int:
    """Where the free text that goes on at `position` ends."""
    for word in _WORD.finditer(line, position):
        if word[0] == "--" or _resembles_option(word[0], actions):
            return word.start()
    return len(line)


def _resembles_option(word: str, actions: Mapping[str, argparse.Action]) -> bool:
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


def _unknown_option(word: str, actions: Mapping[str, argparse.Action], magic: str) -> InputError:
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


def split_words(text: str, what: str, variables: Mapping[str, Any]) -> list[str]:
    r"""Split free text into words; one with blanks stands in quotes.

    An apostrophe inside a word is a letter, and a backslash outside quotes is kept:

        >>> split_words(r"export $id 'my files\a.csv'", "the line", {"id": "trun_1"})
        ['export', 'trun_1', 'my files\\a.csv']

    Args:
        text: The words.
        what: What they are, for the message.
        variables: What `$name` may stand for.

    Raises:
        InputError: A quotation is not closed, or a `$name` is no variable.
    """
    words: list[str] = []
    position = 0
    while word := _WORD.search(text, position):
        value, position = _read_value(text, word.start(), what, variables)
        words.append(value)
    return words


def _read_value(line: str, start: int, what: str, variables: Mapping[str, Any]) -> tuple[str, int]:
    r"""Read the value that begins at `start`: what it says, and where it ends.

    It ends at a blank outside quotes. A quotation opens at the start, behind a comma, and
    behind an opening bracket, where it belongs to an expression (`df["my column"]`) and keeps
    its quotes. All other quotes and apostrophes are letters. In double quotes `\"` is a quote.
    A `$name` stands for the value of a variable, but not in single quotes.
    """
    parts: list[str] = []
    position = unquoted = start
    in_expression = False
    while position < len(line) and not line[position].isspace():
        character = line[position]
        before = line[position - 1] if position > start else ","
        if character not in _QUOTES or before not in ",[({":
            in_expression = in_expression or character in "[({"
            position += 1
            continue
        end = _closing_quote(line, position, ends_value=not in_expression)
        if end is None:
            raise InputError(
                f"{what} has no closing quotation mark: {shorten(line[position:], 60)}",
                f"Close the quotation mark, with {_QUOTES[character]} before a blank or the end.",
            )
        parts.append(expand(line[unquoted:position], variables, what))
        if in_expression:
            parts.append(line[position : end + 1])
        else:
            quoted = line[position + 1 : end]
            if character == '"':
                quoted = expand(quoted.replace('\\"', '"'), variables, what)
            parts.append(quoted)
        position = unquoted = end + 1
    parts.append(expand(line[unquoted:position], variables, what))
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


def names(value: str) -> list[str]:
    """Read `a,b,c` as a list; for argparse's `type`."""
    listed = [name.strip() for name in value.split(",") if name.strip()]
    if not listed:
        raise argparse.ArgumentTypeError("no name is given")
    return listed
