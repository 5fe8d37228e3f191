"""The body of `%%parallel_task`: the question, then `---`, then the output fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import has_fields, parse_fields

if TYPE_CHECKING:
    from parallel_nb.api.schema.fields import OutputField

#: A line of two dashes, or of the dashes that editors make of three.
_NEARLY_SEPARATOR = re.compile(r"\s*(?:--|-*[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*)\s*\Z")
#: A line that other tools separate with, where the lines below it are fields.
_OTHER_SEPARATOR = re.compile(r"\s*(?:[*_=~#+]{2,}|[*_-](?:\s+[*_-]){2,})\s*\Z")
#: A body that begins with an option; editors make other dashes of two.
_OPTION = re.compile(r"\s*((?:--|[\u2013\u2014])[^\W\d][\w-]*)")
#: The body starts below the line of the magic, which is line 1 of the cell.
FIRST_LINE: Final = 2
_SEPARATOR = re.compile(r"\s*-{3,}\s*\Z")


@dataclass(frozen=True, slots=True)
class Body:
    """A question as it stands in a cell."""

    prompt: str
    #: None where the cell has no `---`: the answer is text, or `--output` says what it is.
    fields: list[OutputField] | None = None


def check_options(cell: str) -> None:
    """Raises `InputError` where the body begins with an option, which would be asked as text."""
    if match := _OPTION.match(cell):
        raise InputError(
            f"The text of the cell begins with {match[1]}, which looks like an option.",
            "Options stand on the line of the magic, all on that one line.",
        )


def check_place(text: str, cell: str | None, magic: str, *, none: str, asked: str) -> None:
    """Check that what is asked stands on the line of a line magic, and below that of a cell's.

    Args:
        text: What stands on the line beside options.
        cell: What stands below it; None of a line magic.
        magic: Its name, with one sign.
        none: Says that nothing is asked, as a sentence.
        asked: What is asked, as the beginning of a sentence.

    Raises:
        InputError: It stands elsewhere, or nowhere.
    """
    if cell is None and not text:
        raise InputError(
            none, f"Write it behind {magic}, or below it in a cell that starts with %{magic}."
        )
    if cell is not None and text:
        raise InputError(
            f"{text!r} on the line of %{magic} is no option.",
            f"{asked} goes below that line; a value with blanks goes in quotes.",
        )


def read_body(cell: str) -> Body:
    """Split the body of a cell at its first line of three dashes or more.

    Raises `InputError` when there is no question, it begins with an option, or a field line
    cannot be read; line numbers count from the line of the magic.
    """
    prompt, below, first_line = split_body(cell, what="output fields")
    return Body(prompt, None if below is None else parse_fields(below, first_line=first_line))


def split_body(cell: str, *, what: str) -> tuple[str, str | None, int]:
    """The prompt of a cell; what stands below its first line of dashes; and the line it begins at.

    `what` says what stands there, for messages; it is None where there is no such line.

    Raises:
        InputError: There is no prompt, it begins with an option, or a line only looks like dashes.
    """
    check_options(cell)
    lines = cell.splitlines()
    separator = next((i for i, line in enumerate(lines) if _SEPARATOR.match(line)), None)
    prompt = "\n".join(lines[:separator]).strip()
    if not prompt:
        raise InputError(
            "The cell holds no question.",
            f"Write it below the line of the magic; {what}, if any, go below a line "
            "of three dashes.",
        )
    if separator is None:
        for number, line in enumerate(lines, FIRST_LINE):
            below = "\n".join(lines[number - FIRST_LINE + 1 :])
            if _NEARLY_SEPARATOR.match(line) or (
                _OTHER_SEPARATOR.match(line) and has_fields(below)
            ):
                raise InputError(
                    f"Line {number} is {line.strip()!r}, which does not begin the {what}.",
                    "Write three plain dashes, ---; or drop the line, if what follows is text.",
                )
        return prompt, None, 0
    return prompt, "\n".join(lines[separator + 1 :]), separator + 1 + FIRST_LINE
