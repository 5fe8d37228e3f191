"""Tables as text: CSV and its kin, and JSON lines. Each record is a row, with its number."""

from __future__ import annotations

import csv
import io
import json
from typing import Any, Final

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


def read_json_lines(data: bytes) -> ParsedFile:
    """Read a file with a JSON object in each line: a row a line, a column a key.

    Raises:
        UnreadableFileError: a line is no JSON object.
    """
    records: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(decode_text(data).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnreadableFileError(f"line {number} is no JSON") from error
        if not isinstance(record, dict):
            raise UnreadableFileError(f"line {number} is no JSON object")
        records.append(record)
        numbers.append(number)
    columns = list(dict.fromkeys(key for record in records for key in record))
    rows: list[list[Any]] = [columns, *([record.get(key) for key in columns] for record in records)]
    return read_table(rows, [0, *numbers], has_head=True)


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
