"""Tables as text: CSV and its kin. Each record is a row, with its number."""

from __future__ import annotations

import csv
import io
from typing import Final

from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError, decode_text
from parallel_nb.engine.corpus.records import read_table

_DELIMITERS: Final = (",", ";", "\t", "|")
#: Characters and records from which the delimiter is known.
_LOOKED_AT: Final = 65_536
_RECORDS: Final = 100
#: Characters of a cell.
_LONGEST_CELL: Final = 10_000_000


def read_delimited(data: bytes) -> ParsedFile:
    """Read a CSV file, whatever parts its cells.

    Raises:
        UnreadableFileError: it is not text, or no table.
    """
    text = decode_text(data)
    csv.field_size_limit(_LONGEST_CELL)
    try:
        records = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    except csv.Error as error:
        raise UnreadableFileError(f"it is no table: {error}") from error
    numbers = [number for number, record in enumerate(records, 1) if any(map(str.strip, record))]
    return read_table([records[number - 1] for number in numbers], numbers)


def _delimiter(text: str) -> str:
    """The sign at which the most records have the same number of cells, and more than one."""
    sample = text[:_LOOKED_AT]
    best = (0.0, 0, ",")
    for sign in _DELIMITERS:
        try:
            records = [r for r in csv.reader(io.StringIO(sample), delimiter=sign) if r][:_RECORDS]
        except csv.Error:
            continue
        widths = [len(record) for record in records]
        width = max(set(widths), key=lambda w: (widths.count(w), w), default=1)
        if width > 1:
            best = max(best, (widths.count(width) / len(widths), width, sign))
    return best[2]
