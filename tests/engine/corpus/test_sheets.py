"""Sheets and tables as text: cells with their addresses, heads, figures as they are shown."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter

from parallel_nb.engine.corpus.delimited import read_delimited
from parallel_nb.engine.corpus.formats import extract_file
from parallel_nb.engine.corpus.json_files import read_json_lines
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.places import place_at
from parallel_nb.engine.corpus.sheets import read_workbook
from tests.engine.corpus.compound_files import old_excel_file
from tests.engine.corpus.office_files import zip_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def workbook(fill: Callable[[Any], None]) -> ParsedFile:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    fill(book)
    book.close()
    return read_workbook(buffer.getvalue())


def where(parsed: ParsedFile, passage: str) -> str:
    place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
    assert place is not None
    return place.label


def test_an_old_file_shows_its_numbers_as_the_sheet_does() -> None:
    formats = ["General", "0.0%", "[$€-407] #,##0", "yyyy-mm-dd", '"USD" #,##0']
    rows = [[(0.125, 1), (12, 2), (45415, 3)], [(5, 4), (5, 0), (0.5, 1)]]
    assert read_workbook(old_excel_file(formats, rows)).text == (
        "## Costs\n\n| 12.5 % | € 12 | 2024-05-03 |  |  |\n| USD 5 | 5 | 50 % |  |  |\n"
        "| 7 | 700 % | € 7 | 1900-01-07 | USD 7 |"
    )


def test_a_file_at_which_its_library_panics_costs_no_other(tmp_path: Path) -> None:
    # a panic is no `Exception`: it would end the process, and the archive would not be read
    data = old_excel_file(["General"], [[(1, 0)]])
    offset = data.index(b"\x05\x00Costs") - 6
    data = data[:offset] + b"\xff\xff\0\0" + data[offset + 4 :]  # where the sheet begins
    with pytest.raises(BaseException, match="out of range") as problem:
        read_workbook(data)
    assert not isinstance(problem.value, Exception)
    (tmp_path / "all.zip").write_bytes(zip_of({"a.xls": data, "b.md": "The rent is 5."}))
    extracted = extract_file(tmp_path / "all.zip", tmp_path)
    assert [text.member for text in extracted.texts] == ["b.md"]
    assert [unread.member for unread in extracted.unread] == ["a.xls"]


def test_a_cell_has_its_address_and_a_figure_its_sign() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("P&L")
        sheet.write("B3", "Profit and loss")
        for row, (name, sales, share) in enumerate(
            [("Item", 2023, 2024), ("Sales", 1556000, 1700000.5)], 3
        ):
            sheet.write_row(row, 1, [name, sales, share])
        sheet.write_row("B6", ["Margin", 0.125], book.add_format({"num_format": "0.0%"}))
        sheet.write("D6", 0.13, book.add_format({"num_format": "0%"}))
        sheet.write_row("B7", ["Rent"])
        sheet.write("C7", 12, book.add_format({"num_format": "[$€-407] #,##0"}))
        sheet.write("D7", dt.date(2024, 5, 3), book.add_format({"num_format": "yyyy-mm-dd"}))
        book.add_worksheet("Notes").hide()
        book.worksheets()[1].write("A1", "A hidden remark.")
        book.add_worksheet("Empty")

    parsed = workbook(fill)
    assert parsed.text == (
        "## P&L\n\nProfit and loss\n\n| Item | 2023 | 2024 |\n| --- | --- | --- |\n"
        "| Sales | 1556000 | 1700000.5 |\n| Margin | 12.5 % | 13 % |\n"
        "| Rent | € 12 | 2024-05-03 |\n\n## Notes (hidden sheet)\n\nA hidden remark."
    )
    assert where(parsed, "Profit") == "Sheet 'P&L', B3"
    assert where(parsed, "Item") == "Sheet 'P&L', B4"
    assert where(parsed, "1556000") == "Sheet 'P&L', C5"
    assert where(parsed, "13 %") == "Sheet 'P&L', D6"
    assert where(parsed, "A hidden") == "Sheet 'Notes', A1"
    place = place_at(parsed.text, parsed.places, parsed.text.index("13 %"))
    assert place is not None
    assert place.fragment == "sheet=P%26L&cell=D6"


def test_a_head_of_two_rows_is_one_and_tables_side_by_side_are_two() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Sites")
        sheet.merge_range("B1:C1", "2023")
        sheet.merge_range("D1:E1", "2024")
        sheet.write_row("A2", ["Site", "Area", "Rent", "Area", "Rent"])
        sheet.write_row("A3", ["Tilburg", 1, 2, 3, 4])
        sheet.write_row("A4", ["Breda", 5, 6, 7, 8])
        sheet.write_row("A7", ["Name", "Age", None, "City", "Code"])
        sheet.write_row("A8", ["Ada", 36, None, "Delft", 15])
        sheet.write_row("A9", ["Bo", 40, None, "Gouda", 82])

    parsed = workbook(fill)
    assert "| Site | 2023 Area | 2023 Rent | 2024 Area | 2024 Rent |\n| --- |" in parsed.text
    assert where(parsed, "8 |") == "Sheet 'Sites', E4"
    assert "| Name | Age |\n| --- | --- |\n| Ada | 36 |" in parsed.text
    assert "| City | Code |\n| --- | --- |\n| Delft | 15 |" in parsed.text
    assert where(parsed, "Gouda") == "Sheet 'Sites', D9"


def test_a_large_sheet_is_read_in_seconds() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("Large")
        for row in range(5_000):
            sheet.write_row(row, 0, [f"name {row}", *range(row, row + 19)])

    began = time.process_time()
    parsed = workbook(fill)
    assert time.process_time() - began < 10
    assert where(parsed, "| name 4999 |") == "Sheet 'Large', A5000"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_table_as_text_is_read_whatever_parts_its_cells(sign: str) -> None:
    lines = ["Site,Rent,Note", 'Tilburg,5,"a, b; c | d"', "", "Breda,7,none"]
    text = "\r\n".join(lines).replace(",", sign).replace(f"a{sign} b", "a, b")
    parsed = read_delimited(b"\xef\xbb\xbf" + text.encode())
    assert parsed.text == (
        "| Site | Rent | Note |\n| --- | --- | --- |\n| Tilburg | 5 | a, b; c / d |\n"
        "| Breda | 7 | none |"
    )
    assert where(parsed, "Tilburg") == "row 2"
    assert where(parsed, "Breda") == "row 4"


@pytest.mark.parametrize("name", ["ISO 9001", "ISO9001", "PAT 2024", "TOP 10", "2024"])
def test_capitals_and_a_number_are_the_name_of_a_column(name: str) -> None:
    parsed = read_delimited(f"Supplier,{name},Rating\nClayworks,yes,4.5\n".encode())
    assert parsed.text.splitlines()[:2] == [
        f"| Supplier | {name} | Rating |",
        "| --- | --- | --- |",
    ]


@pytest.mark.parametrize("amount", ["EUR 9001", "USD5", "JPY 5000", "\u20ac 5", "CHF -5"])
def test_an_amount_is_not_the_name_of_a_column(amount: str) -> None:
    parsed = read_delimited(f"Clayworks,{amount},yes\nTimber North,{amount},no\n".encode())
    assert "---" not in parsed.text


def test_json_lines_are_rows() -> None:
    parsed = read_json_lines(
        b'{"site": "Tilburg", "rent": 5}\n\n{"site": "Breda", "tags": ["a"]}\n'
    )
    assert "| site | rent | tags |" in parsed.text
    assert "| Breda |  | a |" in parsed.text
    assert where(parsed, "Breda") == "row 3"
    with pytest.raises(UnreadableFileError, match="line 1 is no JSON"):
        read_json_lines(b"no")


@pytest.mark.parametrize("data", [b"PK\x03\x04" + bytes(200), b"", b"a" * 1000])
def test_a_broken_workbook_says_so(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_workbook(data)


_OASIS = "urn:oasis:names:tc:opendocument:xmlns"


def test_an_opendocument_sheet_says_its_percentages_and_currencies() -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{skip.format(2)}{''.join(cells)}</table:table-row>"

    def cell(text: str, kind: str = "string", more: str = "") -> str:
        value = "" if kind == "string" else f'office:value="{text}"'
        said = f'office:value-type="{kind}" {value} {more}'
        return f"<table:table-cell {said}><text:p>{text}</text:p></table:table-cell>"

    skip = '<table:table-cell table:number-columns-repeated="{}"/>'
    empty = '<table:table-row table:number-rows-repeated="{}"><table:table-cell/></table:table-row>'
    twice = 'table:number-columns-repeated="2"'
    rows = row(cell("Item"), cell("2023"), cell("2024"))
    rows += row(cell("Margin"), cell("0.125", "percentage", twice))
    rows += row(cell("Sales"), cell("5", "currency", 'office:currency="EUR"'), cell("6", "float"))
    spaces = " ".join(f'xmlns:{n}="{_OASIS}:{n}:1.0"' for n in ("office", "text", "table"))
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="P&amp;L">{empty.format(3)}{rows}{empty.format(1048000)}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0"><manifest:file-entry '
        f'manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    parts: dict[str, str | bytes] = {
        "mimetype": kind,
        "META-INF/manifest.xml": manifest,
        "content.xml": content,
    }
    parsed = read_workbook(zip_of(parts))
    assert parsed.text.splitlines()[2:] == [
        "| Item | 2023 | 2024 |",
        "| --- | --- | --- |",
        "| Margin | 12.5 % | 12.5 % |",
        "| Sales | EUR 5 | 6 |",
    ]
    assert where(parsed, "EUR 5") == "Sheet 'P&L', D6"


def test_a_title_that_is_merged_over_a_table_is_written_once() -> None:
    def fill(book: Any) -> None:
        sheet = book.add_worksheet("A")
        sheet.merge_range("B2:D2", "Rents of 2024")
        for row, cells in enumerate((["Site", "Area", "Rent"], ["Gouda", 5, 6]), 2):
            sheet.write_row(row, 1, cells)

    parsed = workbook(fill)
    assert parsed.text.count("Rents of 2024") == 1
    assert where(parsed, "Rents of 2024") == "Sheet 'A', B2"
