"""Old Excel files (.xls): by which format each number of a sheet is shown.

A file is a stream of records, each with its kind and length in 4 bytes: Microsoft's MS-XLS. What is
read here are the formats, the styles that name them, and the styles of cells with numbers.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Final, NamedTuple

import olefile

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The kinds of records.
_BEGIN, _END = 0x809, 0x0A
_SHEET, _FORMAT, _STYLE = 0x85, 0x41E, 0xE0
_CELLS: Final = frozenset({0x203, 0x27E, 0x06, 0x206, 0x406})
_CELLS_IN_A_ROW: Final = 0xBD
#: The version of files since Excel 97, whose texts have a length in two bytes.
_OF_1997: Final = 0x600
_WIDE: Final = 1
_RECORD: Final = struct.Struct("<HH")
_PAIR: Final = struct.Struct("<HH")
_CELL: Final = struct.Struct("<HHH")
_IN_A_ROW: Final = struct.Struct("<H4s")
_STREAMS: Final = ("Workbook", "Book")


class NumberCell(NamedTuple):
    """A cell with a number; row and column are from 0."""

    sheet: str
    row: int
    column: int
    #: The number of the format of its style.
    format: int


def read_number_cells(data: bytes) -> tuple[dict[int, str], Iterator[NumberCell]]:
    """The codes of the formats that an .xls file defines, and its cells with numbers.

    Raises:
        OSError: it is damaged.
        struct.error: the same.
    """
    with olefile.OleFileIO(io.BytesIO(data)) as ole:
        name = next((name for name in _STREAMS if ole.exists(name)), None)
        if name is None:
            return {}, iter(())
        stream: bytes = ole.openstream(name).read()
    formats: dict[int, str] = {}
    styles: list[int] = []
    sheets: dict[int, str] = {}
    is_new = True
    for kind, body in _records(stream, 0):
        if kind == _BEGIN:
            is_new = _PAIR.unpack_from(body)[0] >= _OF_1997
        elif kind == _FORMAT:
            formats[_PAIR.unpack_from(body)[0]] = _text(body[2:], is_new=is_new, wide_length=is_new)
        elif kind == _STYLE:
            styles.append(_PAIR.unpack_from(body)[1])
        elif kind == _SHEET:
            (offset,) = struct.unpack_from("<I", body)
            sheets[offset] = _text(body[6:], is_new=is_new, wide_length=False)
        elif kind == _END:
            break
    return formats, _number_cells(stream, sheets, styles)


def _number_cells(stream: bytes, sheets: dict[int, str], styles: list[int]) -> Iterator[NumberCell]:
    for offset, name in sheets.items():
        depth = 0
        for kind, body in _records(stream, offset):
            depth += (kind == _BEGIN) - (kind == _END)
            if depth < 1:
                break
            if depth > 1:  # a chart within the sheet
                continue
            if kind in _CELLS:
                row, column, style = _CELL.unpack_from(body)
                if style < len(styles):
                    yield NumberCell(name, row, column, styles[style])
            elif kind == _CELLS_IN_A_ROW:
                row, column = _PAIR.unpack_from(body)
                whole = (len(body) - 6) // _IN_A_ROW.size * _IN_A_ROW.size
                for style, _ in _IN_A_ROW.iter_unpack(body[4 : 4 + max(0, whole)]):
                    if style < len(styles):
                        yield NumberCell(name, row, column, styles[style])
                    column += 1


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    """The records from a position on: the kind of each, and what is in it."""
    while position + _RECORD.size <= len(stream):
        kind, length = _RECORD.unpack_from(stream, position)
        begin = position + _RECORD.size
        yield kind, stream[begin : begin + length]
        position = begin + length


def _text(body: bytes, *, is_new: bool, wide_length: bool) -> str:
    """A text with its length before it."""
    length, begin = body[0], 1
    if wide_length:
        length, begin = _PAIR.unpack_from(body + b"\0\0")[0], 2
    if not is_new:
        return body[begin : begin + length].decode("cp1252", "replace")
    is_wide = bool(body[begin] & _WIDE)
    begin += 1
    return body[begin : begin + (length << is_wide)].decode(
        "utf-16-le" if is_wide else "latin-1", "replace"
    )
