"""How the cells of sheets show their numbers: 0.125 as 12.5 %, 5 as € 5.

The library that reads the cells gives the bare numbers, so that a percentage would read as 0.125.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from parallel_nb.engine.corpus.biff import read_number_cells
from parallel_nb.engine.corpus.packages import Package
from parallel_nb.engine.corpus.page import UnreadableFileError, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_S: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WORKBOOK: Final = "xl/workbook.xml"
#: The numbers of percentages among the formats that every file has.
_PERCENTAGES: Final = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.')
#: A sign of a currency, also as Excel writes it: `[$€-407]`.
_CURRENCY = re.compile(r"\[\$([^\]-]{1,5})|([$\u20ac\xa3\xa5])|\"([A-Z]{3}|[$\u20ac\xa3\xa5]) ?\"")
_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")

_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE: Final = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_CELLS: Final = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}
#: Rows and cells that a file may say stand there many times; a longer run of them is an empty one.
_MOST_REPEATED: Final = 1_000

#: How an old .xls file begins.
_OLE: Final = b"\xd0\xcf\x11\xe0"

#: The sign of a cell by its row and column, both from 0: `%`, or that of a currency.
Signs = dict[tuple[int, int], str]


def read_signs(data: bytes) -> dict[str, Signs]:
    """The percentages and amounts of money of each sheet, by the sheet's name.

    Nothing for a file whose styles are damaged: its numbers stay bare.
    """
    try:
        if data.startswith(_OLE):
            return _signs_of_old(data)
        package = Package(data)
        if (content := package.read("content.xml")) is not None:
            return _signs_of_opendocument(content)
        styles = _signs_of_styles(package.part("xl/styles.xml"))
        workbook = package.part(_WORKBOOK)
        if not styles or workbook is None:
            return {}
        parts = {name: target for name, _, target in package.related(_WORKBOOK)}
        return {
            sheet.get("name", ""): dict(_signs_of_sheet(package, parts[sheet.get(_R)], styles))
            for sheet in workbook.iter(f"{_S}sheet")
            if sheet.get(_R) in parts
        }
    except (UnreadableFileError, OSError, struct.error, IndexError):
        return {}


def _signs_of_old(data: bytes) -> dict[str, Signs]:
    codes, cells = read_number_cells(data)
    signs = {number: _sign(code) for number, code in codes.items()}
    signs |= dict.fromkeys(_PERCENTAGES, "%")
    found: dict[str, Signs] = {}
    for cell in cells:
        if sign := signs.get(cell.format):
            found.setdefault(cell.sheet, {})[cell.row, cell.column] = sign
    return found


def _signs_of_styles(root: Any) -> dict[str, str]:
    """The sign of each style of cells that has one."""
    if root is None:
        return {}
    own = {f.get("numFmtId"): _sign(f.get("formatCode", "")) for f in root.iter(f"{_S}numFmt")}
    own |= {str(number): "%" for number in _PERCENTAGES}
    found = {
        str(number): own.get(style.get("numFmtId"), "")
        for number, style in enumerate(root.iterfind(f"{_S}cellXfs/{_S}xf"))
    }
    return {number: sign for number, sign in found.items() if sign}


def _sign(code: str) -> str:
    if "%" in _QUOTED.sub("", code):
        return "%"
    found = _CURRENCY.search(code)
    return next(filter(None, found.groups()), "").strip() if found else ""


def _signs_of_sheet(
    package: Package, part: str, styles: dict[str, str]
) -> Iterator[tuple[tuple[int, int], str]]:
    data = package.read(part)
    try:
        for _, cell in etree.iterparse(io.BytesIO(data or b"<a/>"), tag=f"{_S}c", huge_tree=True):
            sign = styles.get(cell.get("s", ""))
            address = _ADDRESS.match(cell.get("r", "")) if sign else None
            if sign and address:
                column = 0
                for letter in address[1]:
                    column = 26 * column + ord(letter) - ord("A") + 1
                yield (int(address[2]) - 1, column - 1), sign
            cell.clear()
    except etree.XMLSyntaxError:
        return


def _signs_of_opendocument(content: bytes) -> dict[str, Signs]:
    """The signs of an OpenDocument file, in which each cell says its own."""
    found: dict[str, Signs] = {}
    signs: Signs = {}
    row = 0
    events = etree.iterparse(
        io.BytesIO(content),
        events=("start", "end"),
        tag=(f"{_TABLE}table", f"{_TABLE}table-row"),
        huge_tree=True,
    )
    try:
        for event, element in events:
            if element.tag == f"{_TABLE}table":
                if event == "start":
                    signs = found.setdefault(element.get(f"{_TABLE}name", ""), {})
                    row = 0
                else:
                    element.clear()
            elif event == "end":
                times = _repeated(element, "rows")
                for column, sign in _signs_of_row(element):
                    for each in range(min(times, _MOST_REPEATED)):
                        signs[row + each, column] = sign
                row += times
                element.clear()
    except etree.XMLSyntaxError:
        return {}
    return found


def _signs_of_row(row: Any) -> Iterator[tuple[int, str]]:
    column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        times = _repeated(cell, "columns")
        kind = cell.get(f"{_OFFICE}value-type")
        sign = "%" if kind == "percentage" else ""
        if kind == "currency":
            sign = (cell.get(f"{_OFFICE}currency") or "")[:5]
        if sign:
            yield from ((column + each, sign) for each in range(min(times, _MOST_REPEATED)))
        column += times


def _repeated(element: Any, kind: str) -> int:
    return whole_number(element.get(f"{_TABLE}number-{kind}-repeated"), 1)
