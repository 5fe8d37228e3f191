"""Tables as they stand in a document: the heads of the columns, and the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import lines
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.passages import Block

#: Heads of tables that list the properties of one thing.
_PROPERTY_HEADS: Final = word_set(
    "property field item attribute key label fact feature detail value"
)
#: Heads of columns that number whatever the table lists.
_NUMBER_HEADS: Final = word_set("no no. nr nr. id # number rank ref pos pos. code index key")
#: Where a row begins in the text, the row as it stands there, and its cells.
Row = tuple[int, str, list[str]]


def read_table(text: str, block: Block) -> tuple[list[str], list[Row]]:
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
        return [], []
    head = rows[0][2]
    return (head, rows[1:]) if has_head else ([""] * len(head), rows)


def is_of_properties(head: list[str]) -> bool:
    """Whether the first cell of each row names a property, not a thing."""
    words = set(" ".join(head).lower().split())
    return not head or not head[0] or (len(head) == 2 and bool(words & _PROPERTY_HEADS))


def name_column(head: list[str]) -> int:
    """The column that names what the table lists: the first that is no number."""
    for number, label in enumerate(head):
        if not set(label.lower().split()) & _NUMBER_HEADS:
            return number
    return 0
