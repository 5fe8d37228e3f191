"""Tables as they stand in a document: the heads of the columns, and the rows."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import MONTHS
from parallel_nb.engine.corpus.passages import lines
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.passages import Block

#: Heads of tables that list the properties of one thing.
_PROPERTY_HEADS: Final = word_set(
    "property field item attribute key label fact feature detail value"
)
#: `M/23/0188`, `C-202`: what is known by a number.
_CODE = re.compile(
    r"(?=[^a-z\s]{0,20}[A-Z])(?=[^\s]{0,20}[0-9])[A-Z0-9]{1,10}(?:[-/.][A-Z0-9]{1,8}){0,4}"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_DATE = re.compile(
    rf"(?:[0-9]{{1,2}}\.?\s)?(?:{'|'.join(each[:3] for each in MONTHS)})[a-z]{{0,6}}\.?,?(?:\s[0-9]{{1,4}}\b.*)?$"
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PERIOD = re.compile(
    rf"(?:(?:{'|'.join(MONTHS)})|(?:{'|'.join(e[:3] for e in (*MONTHS, *_DAYS))})\.?|(?:{'|'.join(_DAYS)})|Q[1-4])"
    r"(?:[ /'-]{0,2}(?:[0-9]{2}){1,2})?",
    re.IGNORECASE,
)
#: `2 Sound`, `4 (the Mail)`: a number before each name.
_NUMBERED = re.compile(
    r"[0-9]{1,3}[.),]?\s(?:\((?:the\s)?(?P<aside>[^()]{1,80})\)|(?P<name>[A-Z].*))$"
)
#: The part of a column's cells of which its kind is told.
_MOST: Final = 0.5
#: A table with fewer columns may have labels in its first.
_MIN_COLUMNS: Final = 3
#: Where a row begins in the text, the row as it stands there, and its cells.
Row = tuple[int, str, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document.

    Attributes:
        head: The heads of its columns, empty where it has none.
        rows: Its rows.
        title: What stands in a row of its own over the heads.
        named: The column that names what the table lists.
        number: The column before that one that numbers it; -1 where there is none.
    """

    head: list[str]
    rows: list[Row]
    title: str
    named: int
    number: int

    def column(self, number: int) -> list[str]:
        """The cells of a column that are not empty."""
        return [cells[number] for *_, cells in self.rows if number < len(cells) and cells[number]]


def read_table(text: str, block: Block) -> Table:
    """The heads of a table and its rows.

    A table without a line below its first row has no heads: each row is `label | value`.
    """
    rows: list[Row] = []
    has_head = False
    for start, end in lines(text, block.start, block.end):
        row = text[start:end]
        if "-" in row and not row.strip(" :|-"):  # the line below a head
            has_head = len(rows) == 1
        else:
            rows.append((start, row, [clean(cell) for cell in row.strip().strip("|").split("|")]))
    if not rows:
        return Table([], [], "", 0, -1)
    title = ""
    if len(rows) > 2 and rows[0][2][0] and not any(rows[0][2][1:]) and all(rows[1][2]):
        title, has_head, rows = rows[0][2][0], has_head or _is_head(rows[1:]), rows[1:]
    if not (has_head or _is_head(rows)):
        return Table([""] * len(rows[0][2]), rows, title, 0, -1)
    (*_, head), rows = rows[0], rows[1:]
    table = Table(head, rows, title, 0, -1)
    named, number = _name_columns(table)
    if all(_NUMBERED.match(cell) or cell.isdigit() for cell in table.column(named)):
        for *_, cells in rows:
            if named < len(cells) and (match := _NUMBERED.match(cells[named])):
                cells[named] = match["aside"] or match["name"]
    return Table(head, rows, title, named, number)


def _is_head(rows: list[Row]) -> bool:
    """Whether the first of some rows has words over columns of numbers."""
    first, *rest = (cells for *_, cells in rows)
    if len(first) < _MIN_COLUMNS or not all(map(is_wordy, first)):
        return False
    columns = zip(*rest, strict=False)
    return any(column and not any(map(is_wordy, column)) for column in columns)


def is_of_properties(head: list[str]) -> bool:
    """Whether the first cell of each row names a property, not a thing."""
    words = set(" ".join(head).lower().split())
    return not head or not head[0] or (len(head) == 2 and bool(words & _PROPERTY_HEADS))


def is_code(cell: str) -> bool:
    """Whether a cell is a number by which a thing is known: `M/23/0188`."""
    return _CODE.fullmatch(cell) is not None


def is_period(cell: str) -> bool:
    """Whether a cell is a month, a day of the week or a quarter: it names no thing.

    Examples:
        >>> is_period("January"), is_period("Q1 2024"), is_period("May Hill")
        (True, True, False)
    """
    return _PERIOD.fullmatch(cell) is not None


def _name_columns(table: Table) -> tuple[int, int]:
    """The column that names what a table lists, and the one before it that numbers it."""
    number = -1
    for place in range(len(table.head)):
        cells = table.column(place)
        if sum(map(is_wordy, cells)) >= _MOST * len(cells) > 0:
            return place, number
        if number < 0:
            number = place
    return max(number, 0), -1


def is_wordy(cell: str) -> bool:
    """Whether a cell has a word, and is neither a code nor a date."""
    return bool(_WORD.search(cell)) and not (is_code(cell) or _DATE.match(cell))
