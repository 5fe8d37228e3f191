"""The body of `%%parallel_task`: the question, then `---`, then the output fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields

if TYPE_CHECKING:
    from parallel_nb.api.schema.fields import OutputField

#: A line of two dashes, or of the dashes that editors make of three.
_NEARLY_SEPARATOR = re.compile(r"\s*(?:--|-*[\u2010-\u2015\u2212][-\u2010-\u2015\u2212]*)\s*\Z")
#: The body starts below the line of the magic, which is line 1 of the cell.
FIRST_LINE: Final = 2
_SEPARATOR = re.compile(r"\s*-{3,}\s*\Z")


@dataclass(frozen=True, slots=True)
class Body:
    """A question as it stands in a cell."""

    prompt: str
    #: None where the cell has no `---`: the answer is text, or `--output` says what it is.
    fields: list[OutputField] | None = None


def read_body(cell: str) -> Body:
    """Split the body of a cell at its first line of three dashes or more.

    Raises `InputError` when there is no question, or a field line cannot be read; line
    numbers count from the line of the magic.
    """
    lines = cell.splitlines()
    separator = next((i for i, line in enumerate(lines) if _SEPARATOR.match(line)), None)
    prompt = "\n".join(lines[:separator]).strip()
    if not prompt:
        raise InputError(
            "The cell holds no question.",
            "Write it below the line of the magic; output fields, if any, go below a line "
            "of three dashes.",
        )
    if separator is None:
        for number, line in enumerate(lines, FIRST_LINE):
            if _NEARLY_SEPARATOR.match(line):
                raise InputError(
                    f"Line {number} is {line.strip()!r}, which does not begin the output fields.",
                    "Write three plain dashes, ---; or drop the line, if what follows is text.",
                )
        return Body(prompt)
    below = "\n".join(lines[separator + 1 :])
    return Body(prompt, parse_fields(below, first_line=separator + 1 + FIRST_LINE))
