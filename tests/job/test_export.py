"""Reports that leave the notebook: typed cells, numbered sources, nothing that runs."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.connection import connect
from parallel_nb.job import archive, start
from parallel_nb.job.export import docx, html, xlsx
from parallel_nb.job.export.report import Cell, Report, Source, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parallel_nb.job.handle import Job
    from tests.conftest import SharedEngine

WRITERS: dict[str, Callable[[Report, Path], None]] = {
    ".xlsx": xlsx.write,
    ".docx": docx.write,
    ".html": html.write,
}


@pytest.fixture
def job(engine: SharedEngine) -> Job:
    connection = connect("hosted", api_key=engine.key, base_url=engine.url)
    frame = pd.DataFrame(
        {
            "language": ["Python", "Rust", "Nolanguage"],
            "seen": [datetime(2024, 5, 1), datetime(1815, 12, 10), None],  # noqa: DTZ001
            "rating": [4.5, float("inf"), None],
        }
    )
    return start(
        frame,
        "When was the programming language {{language}} first released?",
        output=parse_fields("first_released: int? - Year of the first release"),
        connection=connection,
        title="Languages",
    )


def _sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_a_workbook_has_typed_cells_and_each_value_its_numbered_sources(
    job: Job, tmp_path: Path
) -> None:
    path = tmp_path / "out.xlsx"
    assert job.export(path) == 3
    sheets = _sheets(path)
    head, *rows = sheets["Answers"]
    assert head[:3] == ["language", "seen", "rating"]
    at = head.index("first_released")
    assert head[at + 1 : at + 3] == ["first_released: confidence", "first_released: sources"]
    expected = job.df["first_released"].tolist()
    assert [row[at] for row in rows[:2]] == expected[:2]
    assert str(rows[0][1])[:10] == "2024-05-01"
    assert rows[1][1] == "1815-12-10"  # before Excel's calendar
    assert [row[2] for row in rows] == [4.5, "inf", ""]
    by_number = {int(source[0]): source for source in sheets["Sources"][1:]}
    numbers = [int(number) for number in str(rows[0][at + 2]).replace(".0", "").split(", ")]
    basis = job.basis
    first = basis[(basis["row"] == 0) & basis["url"].notna()]
    assert [by_number[number][7] for number in numbers] == first["url"].unique().tolist()
    assert all(by_number[number][1:3] == ["Python", "first_released"] for number in numbers)
    assert all(by_number[number][8] for number in numbers)
    method = {row[0]: row[1] for row in sheets["Method"][2:]}
    assert method["Question"] == "When was the programming language {{language}} first released?"
    assert method["Field first_released"] == "int? - Year of the first release"
    assert method["Task group"] == job.group_id
    assert method["Rows"].startswith("3 rows: ")


def test_numbers_are_grouped_from_five_digits_on_and_end_in_no_point(tmp_path: Path) -> None:
    numbers = (1932, 1_556_000, 12_345.5, 0.25)
    path = tmp_path / "out.xlsx"
    xlsx.write(replace(_report("x"), rows=tuple((Cell("x"), Cell(n)) for n in numbers)), path)
    with zipfile.ZipFile(path) as parts:
        styles = parts.read("xl/styles.xml").decode()
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    codes = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    codes |= {"0": "General", "3": "#,##0"}  # Excel's own
    cells = re.findall(r"<cellXfs.*</cellXfs>", styles)[0]
    formats = [codes.get(number, number) for number in re.findall(r'<xf numFmtId="(\d+)"', cells)]
    used = [formats[int(style)] for style in re.findall(r'r="B[2-5]" s="(\d+)"', sheet)]
    assert used == ["General", "#,##0", "#,##0.##########", "General"]


def test_the_journal_and_the_handle_write_the_same_sources(job: Job, tmp_path: Path) -> None:
    job.export(tmp_path / "a.xlsx")
    archive.export_job(str(job.group_id), tmp_path / "b.xlsx")
    by_handle, by_journal = (_sheets(tmp_path / name)["Sources"] for name in ("a.xlsx", "b.xlsx"))
    # Of the rows the journal keeps no more than what was asked.
    assert [row[2:] for row in by_handle] == [row[2:] for row in by_journal]
    assert "programming language Python" in by_journal[1][1]


def test_a_document_and_a_page_name_every_source(job: Job, tmp_path: Path) -> None:
    for suffix in (".docx", ".html"):
        job.export(tmp_path / f"out{suffix}")
    document = Document(str(tmp_path / "out.docx"))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    page = (tmp_path / "out.html").read_text("utf-8")
    assert document.paragraphs[0].text == "Languages"
    year = str(job.df["first_released"][0])
    assert any(cell.startswith(f"{year} 1") for cell in cells)
    for url in job.basis["url"].dropna().unique():
        assert str(url) in text
        assert f'href="{url}"' in page
    ids = set(re.findall(r'id="source-(\d+)"', page))
    assert set(re.findall(r'href="#source-(\d+)"', page)) == ids
    assert ids


def test_tables_of_other_libraries_are_written_too(engine: SharedEngine, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    connection = connect("hosted", api_key=engine.key, base_url=engine.url)
    frame = polars.DataFrame({"language": ["Python"], "tags": [["a", "b"]]})
    job = start(frame, "Who made {{language}}?", connection=connection)
    assert job.export(tmp_path / "out.xlsx") == 1
    assert _sheets(tmp_path / "out.xlsx")["Answers"][1][:2] == ["Python", "a, b"]
    assert job.export(tmp_path / "out.csv") == 1
    assert pd.read_csv(tmp_path / "out.csv")["language"].tolist() == ["Python"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.xls", ["'.xls'", "Did you mean '.xlsx'?"]),
        ("out", ["no ending", ".docx"]),
        ("nowhere/out.xlsx", ["cannot be written", "Name another file"]),
        ("nowhere/out.docx", ["cannot be written"]),
        ("nowhere/out.html", ["cannot be written"]),
    ],
)
def test_a_file_that_cannot_be_written_is_named(
    job: Job, tmp_path: Path, name: str, words: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        job.export(tmp_path / name)
    message = str(caught.value)
    assert all(word.strip("'") in message for word in words), message


def test_evidence_alone_is_a_table_and_no_report(job: Job, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has the evidence already"):
        archive.export_job(str(job.group_id), tmp_path / "out.xlsx", basis=True)


# --- text from outside ------------------------------------------------------------------


def _report(text: str, url: str = "https://a.example/") -> Report:
    shown = str(plain(text) or "")
    source = Source(
        number=1,
        row=shown,
        field="a",
        value=shown,
        confidence="low",
        document=shown,
        place=shown,
        url=url,
        excerpt=shown,
        reasoning=shown,
    )
    return Report(
        title=shown,
        question=shown,
        columns=("name", "a"),
        answers=frozenset({"a"}),
        rows=((Cell(shown), Cell(shown, "low", (1,))),),
        sources=(source,),
        method=(("Question", shown),),
    )


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def _tags(page: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = _Tags()
    parser.feed(page)
    return parser.seen


HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|'/c calc'!A0",
    "+1+cmd|x",
    "@SUM(1)",
    "{=1}",
    "<script>alert(1)</script>",
    "</style><b onclick=x>",
    "http://evil.example/",
    "internal:'Method'!A1",
    "\x00\x1b[31m\x7f\x9b \ufffe \uffff",
    "x" * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("suffix", WRITERS)
def test_no_text_becomes_a_formula_a_link_or_markup(text: str, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    WRITERS[suffix](_report(text, url="javascript:alert(1)"), path)
    if suffix == ".html":
        assert _tags(path.read_text("utf-8")) == _tags(html.page(_report("plain", "javascript:x")))
        return
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            body = parts.read(name).decode("utf-8", "replace")
            assert "<f>" not in body
            assert "<f " not in body
            assert "javascript:" not in body or name.endswith(
                ("document.xml", "sharedStrings.xml")
            ), name
            assert 'Target="http://evil' not in body
    if suffix == ".xlsx":
        value = str(_sheets(path)["Answers"][1][0])
        assert value.rstrip() == xlsx.shorten_cell(str(plain(text) or "")).rstrip()


@settings(max_examples=20, deadline=None)
@given(st.text())
def test_any_text_can_be_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("reports")
    for suffix, write in WRITERS.items():
        write(_report(text), folder / f"out{suffix}")
    CalamineWorkbook.from_path(folder / "out.xlsx").get_sheet_by_name("Answers").to_python()
    Document(str(folder / "out.docx"))


def test_with_a_suffix_the_notes_stand_at_the_answer_and_not_at_the_column_of_its_name(
    engine: SharedEngine, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {"language": ["Go"], "year": [1], "status": ["mine"], "run_id": ["kept"], "error": ["-"]}
    )
    job = start(
        frame,
        "When was the programming language {{language}} first released?",
        output=parse_fields("year: int? - Year of the first release"),
        connection=connect("hosted", api_key=engine.key, base_url=engine.url),
        suffix="_found",
    )
    job.export(tmp_path / "out.xlsx")
    sheets = _sheets(tmp_path / "out.xlsx")
    head, row = sheets["Answers"]
    told = dict(zip(head, row, strict=True))
    assert (told["year"], told["run_id"], told["status"]) == (1, "kept", "mine")
    assert told["year_found"] == job.df["year_found"][0]
    assert told["year_found: confidence"] in {"high", "medium", "low"}
    assert "year: confidence" not in told
    assert "run_id_found" not in told
    method = {line[0]: line[1] for line in sheets["Method"][2:]}
    assert method["Rows"] == "1 row: 1 completed"
    job.export(tmp_path / "out.html")
    assert "completed" not in (tmp_path / "out.html").read_text("utf-8").partition("<h2>")[0]
