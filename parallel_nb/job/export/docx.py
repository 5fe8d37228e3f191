"""A report as a Word document: the table with numbered notes, then its sources and method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError
from parallel_nb.formats import count
from parallel_nb.job.export.report import NOT_FOUND, shown_columns, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.job.export.report import Cell, Report, Source

#: A document of more rows is neither read nor quickly written.
_MOST_ROWS: Final = 1_000
#: A table of more columns does not fit a page: each row gets a section of its own.
_WIDEST_TABLE: Final = 6


def write(report: Report, path: Path) -> None:
    """Write the document.

    Raises:
        InputError: There are too many rows, or python-docx is not installed.
        OSError: The file cannot be written.
    """
    if len(report.rows) > _MOST_ROWS:
        raise InputError(
            f"{path}: {count(len(report.rows), 'row')} are too many for a Word document.",
            f"Write at most {_MOST_ROWS:,}, or an .xlsx file.",
        )
    from docx import Document  # noqa: PLC0415 - for this form alone

    document = Document()
    document.core_properties.title = report.title[:255]
    document.core_properties.author = "parallel_nb"
    document.add_heading(report.title, 0)
    document.add_paragraph(report.question)
    columns = shown_columns(report)
    if len(columns) <= _WIDEST_TABLE:
        _table(document, report, columns)
    else:
        _sections(document, report, columns)
    document.add_heading("Sources", 1)
    for source in report.sources:
        _source(document, source)
    document.add_heading("Method", 1)
    for name, text in report.method:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{name}: ").bold = True
        paragraph.add_run(text)
    document.save(str(path))


def _table(document: Any, report: Report, columns: list[int]) -> None:
    table = document.add_table(rows=1, cols=len(columns), style="Light Grid Accent 1")
    for cell, index in zip(table.rows[0].cells, columns, strict=True):
        cell.text = report.columns[index]
    for row in report.rows:
        for cell, index in zip(table.add_row().cells, columns, strict=True):
            _fill(cell.paragraphs[0], row[index])


def _sections(document: Any, report: Report, columns: list[int]) -> None:
    for number, row in enumerate(report.rows, 1):
        document.add_heading(text_of(row[columns[0]].value) or f"Row {number}", 2)
        table = document.add_table(rows=0, cols=2, style="Light Grid Accent 1")
        for index in columns[1:]:
            name, value = table.add_row().cells
            name.text = report.columns[index]
            _fill(value.paragraphs[0], row[index])


def _fill(paragraph: Any, cell: Cell) -> None:
    if cell.value is None and cell.confidence:
        paragraph.add_run(NOT_FOUND).italic = True
    paragraph.add_run(text_of(cell.value))
    marks = ", ".join(map(str, cell.notes))
    if cell.confidence:
        marks = f"{marks} ({cell.confidence})" if marks else f"({cell.confidence})"
    if marks:
        paragraph.add_run(f" {marks}").font.superscript = True


def _source(document: Any, source: Source) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(f"[{source.number}] ").bold = True
    place = f", {source.place}" if source.place else ""
    confidence = f" ({source.confidence})" if source.confidence else ""
    value = f" = {source.value}" if source.value else ""
    paragraph.add_run(f"{source.row}, {source.field}{value}{confidence}. ")
    paragraph.add_run(f"{source.document}{place}").italic = True
    if source.url and source.url != source.document:
        paragraph.add_run(f" <{source.url}>")
    if source.excerpt:
        paragraph.add_run(f"\n“{source.excerpt}”")
