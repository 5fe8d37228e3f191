"""A report as an Excel workbook: sheets Answers, Sources and Method.

Every text is written as text, so that no formula from outside can run; numbers, dates, yes and
no are typed cells.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import GROUPED_FROM, shorten
from parallel_nb.links import is_safe_url

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from parallel_nb.job.export.report import Cell, Report, Value

#: Excel's own limits: rows of a sheet with its head, characters of a cell, links of a sheet.
_MOST_ROWS: Final = 1_048_576
_MOST_CHARS: Final = 32_767
_MOST_LINKS: Final = 65_530
#: Excel keeps 15 digits of a number; a longer one is written as text.
_MOST_EXACT: Final = 10**15
#: The widest and the narrowest column, in characters.
_WIDEST: Final = 60
_NARROWEST: Final = 9
#: Rows that are looked at for the width of a column.
_MEASURED: Final = 200
_SOURCE_COLUMNS: Final = (
    ("No.", 6),
    ("Row", 24),
    ("Field", 18),
    ("Value", 28),
    ("Confidence", 11),
    ("Document", 36),
    ("Place", 14),
    ("Address", 40),
    ("Excerpt", 80),
    ("Reasoning", 60),
)


def write(report: Report, path: Path) -> None:
    """Write the workbook.

    Raises:
        InputError: There are more rows than a sheet holds.
        OSError: The file cannot be written.
    """
    # Loaded for this form alone.
    import xlsxwriter  # noqa: PLC0415
    from xlsxwriter.exceptions import FileCreateError  # noqa: PLC0415

    if max(len(report.rows), len(report.sources)) >= _MOST_ROWS:
        raise InputError(
            f"{path}: a sheet of Excel holds {_MOST_ROWS - 1:,} rows, and there are more.",
            "Write a .parquet or .csv file, or a sample.",
        )
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top"}),
        "grouped": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "grouped part": book.add_format({"num_format": "#,##0.##########", "valign": "top"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"}),
        "link": book.add_format({"font_color": "#0563C1", "underline": 1, "valign": "top"}),
    }
    _Sheet(book.add_worksheet("Answers"), formats).answers(report)
    _Sheet(book.add_worksheet("Sources"), formats).sources(report)
    _Sheet(book.add_worksheet("Method"), formats).method(report)
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error


class _Sheet:
    """One sheet, and how many links it has."""

    def __init__(self, sheet: Worksheet, formats: dict[str, Format]) -> None:
        self._sheet = sheet
        self._formats = formats
        self._links = 0

    def answers(self, report: Report) -> None:
        column = 0
        for index, name in enumerate(report.columns):
            cells = [row[index] for row in report.rows]
            self._head(column, name, _width(name, cells))
            for number, cell in enumerate(cells, 1):
                self._value(number, column, cell.value)
            column += 1
            if name in report.answers:
                self._head(column, f"{name}: confidence", 12)
                self._head(column + 1, f"{name}: sources", 10)
                for number, cell in enumerate(cells, 1):
                    self._text(number, column, cell.confidence or "")
                    self._notes(number, column + 1, cell.notes)
                column += 2
        if report.rows:
            self._sheet.autofilter(0, 0, len(report.rows), max(column - 1, 0))
        self._sheet.freeze_panes(1, 1)

    def sources(self, report: Report) -> None:
        for column, (name, width) in enumerate(_SOURCE_COLUMNS):
            self._head(column, name, width)
        for number, source in enumerate(report.sources, 1):
            self._sheet.write_number(number, 0, source.number, self._formats["number"])
            for column, text in enumerate(
                (source.row, source.field, source.value, source.confidence, source.document), 1
            ):
                self._text(number, column, text)
            self._text(number, 6, source.place)
            self._address(number, 7, source.url)
            self._text(number, 8, source.excerpt)
            self._text(number, 9, source.reasoning)
        if report.sources:
            self._sheet.autofilter(0, 0, len(report.sources), len(_SOURCE_COLUMNS) - 1)
        self._sheet.freeze_panes(1, 0)

    def method(self, report: Report) -> None:
        self._sheet.set_column(0, 0, 24)
        self._sheet.set_column(1, 1, 100)
        self._text(0, 0, report.title, "head")
        for number, (name, text) in enumerate(report.method, 2):
            self._text(number, 0, name, "head")
            self._text(number, 1, text)

    def _head(self, column: int, name: str, width: float) -> None:
        self._sheet.set_column(column, column, width)
        self._text(0, column, name, "head")

    def _text(self, row: int, column: int, text: str, kind: str = "text") -> None:
        self._sheet.write_string(row, column, shorten_cell(text), self._formats[kind])

    def _value(self, row: int, column: int, value: Value) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(row, column, value, self._formats["text"])
        elif isinstance(value, (int, float)):
            if math.isfinite(value) and abs(value) < _MOST_EXACT:
                self._sheet.write_number(row, column, value, self._formats[_number_format(value)])
            else:
                self._text(row, column, str(value))
        elif isinstance(value, datetime):
            self._date(row, column, value)
        else:
            self._text(row, column, value)

    def _date(self, row: int, column: int, value: datetime) -> None:
        is_day = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        if value.year < 1900:  # before Excel's calendar begins
            self._text(row, column, f"{value:%Y-%m-%d}" if is_day else value.isoformat(" "))
        else:
            kind = "date" if is_day else "moment"
            self._sheet.write_datetime(row, column, value, self._formats[kind])

    def _notes(self, row: int, column: int, notes: tuple[int, ...]) -> None:
        if not notes:
            return
        text = ", ".join(map(str, notes))
        if self._links < _MOST_LINKS:
            self._links += 1
            place = f"internal:'Sources'!A{notes[0] + 1}"
            self._sheet.write_url(row, column, place, self._formats["link"], text)
        else:
            self._text(row, column, text)

    def _address(self, row: int, column: int, url: str) -> None:
        if is_safe_url(url) and self._links < _MOST_LINKS:
            self._links += 1
            self._sheet.write_url(row, column, url, self._formats["link"], shorten(url, 255))
        else:
            self._text(row, column, url)


def shorten_cell(text: str) -> str:
    """A text that fits into a cell; what is cut off says so."""
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 12]} … (cut off)"


def _number_format(value: float) -> str:
    """Grouped as `formats.number` groups; Excel would end a whole number of parts in a point."""
    if abs(value) < GROUPED_FROM:
        return "number"
    return "grouped" if value == int(value) else "grouped part"


def _width(name: str, cells: list[Cell]) -> float:
    lengths = [len(_longest_line(cell.value)) for cell in cells[:_MEASURED]]
    return float(min(_WIDEST, max(_NARROWEST, len(name) + 3, *lengths, 0)))


def _longest_line(value: Any) -> str:
    return max(str("" if value is None else value).split("\n"), key=len)
