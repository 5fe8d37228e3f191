"""Sheets of Excel and OpenDocument: tables as they stand there, each cell with its address."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any, Final

import python_calamine as calamine

from parallel_nb.engine.corpus.grids import has_head
from parallel_nb.engine.corpus.number_formats import read_signs
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.places import PlacedText, sheet_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.engine.corpus.number_formats import Signs

#: Cells of a merged range that get its text; of a larger one the first has it alone.
_MERGED: Final = 10_000
_SMALLEST: Final = 1e-6


def read_workbook(data: bytes) -> ParsedFile:
    """Read a file of sheets: each as a heading with its tables.

    Raises:
        UnreadableFileError: it is damaged or protected.
    """
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    except calamine.PasswordError as error:
        raise UnreadableFileError("it is protected by a password") from error
    except calamine.CalamineError as error:
        raise UnreadableFileError("it is damaged") from error
    signs = read_signs(data)
    text = PlacedText()
    notes: list[str] = []
    sheets = [m for m in workbook.sheets_metadata if m.typ == calamine.SheetTypeEnum.WorkSheet]
    for metadata in sheets:
        try:
            sheet = workbook.get_sheet_by_name(metadata.name)
            rows = sheet.to_python(skip_empty_area=True)
            first = sheet.start or (0, 0)
            _fill_merged(rows, sheet.merged_cell_ranges or (), first)
        except calamine.CalamineError:
            notes.append(f"sheet '{metadata.name}': damaged")
            continue
        cells = _texts(rows, first, signs.get(metadata.name, {}))
        if not any(map(any, cells)):
            continue
        hidden = metadata.visible != calamine.SheetVisibleEnum.Visible
        heading = f"## {metadata.name}{' (hidden sheet)' if hidden else ''}"
        text.paragraph(heading, sheet_place(metadata.name))
        for top, left, table in _tables(cells):
            _write_table(text, table, metadata.name, (first[0] + top, first[1] + left))
    content, places = text.build()
    return ParsedFile(content, places=places, pages=len(sheets), notes=tuple(notes))


def _fill_merged(
    rows: list[list[Any]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], first: Any
) -> None:
    """Give each cell of a merged range its text."""
    for (top, left), (bottom, right) in ranges:
        y0, x0 = top - first[0], left - first[1]
        y1, x1 = bottom - first[0], right - first[1]
        if (y1 - y0 + 1) * (x1 - x0 + 1) > _MERGED or not 0 <= y0 < len(rows) or x0 < 0:
            continue
        value = rows[y0][x0] if x0 < len(rows[y0]) else ""
        for row in rows[y0 : y1 + 1]:
            for x in range(x0, min(x1 + 1, len(row))):
                row[x] = value


def _texts(rows: list[list[Any]], first: tuple[int, int], signs: Signs) -> list[list[str]]:
    if not signs:
        return [[_text(value) for value in row] for row in rows]
    return [
        [_text(value, signs.get((first[0] + y, first[1] + x), "")) for x, value in enumerate(row)]
        for y, row in enumerate(rows)
    ]


def _text(value: Any, sign: str = "") -> str:
    """A cell's value as a person reads it.

    Examples:
        >>> _text(1556000.0), _text(0.125, "%"), _text(5.0, "EUR"), _text(dt.date(2024, 5, 3))
        ('1556000', '12.5 %', 'EUR 5', '2024-05-03')
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        if sign == "%":
            return f"{_number(100 * value)} %"
        return f"{sign} {_number(value)}".strip()
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return "" if value is None else str(value)


def _number(value: float) -> str:
    """A number without the digits that only its storing has, and without an exponent."""
    if value and abs(value) < _SMALLEST:
        return f"{value:.6g}"
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _tables(cells: list[list[str]]) -> Iterator[tuple[int, int, list[list[str]]]]:
    """The tables of a sheet, which empty rows part, with the row and column of each from 0."""
    top = 0
    while top < len(cells):
        if not any(cells[top]):
            top += 1
            continue
        bottom = top
        while bottom < len(cells) and any(cells[bottom]):
            bottom += 1
        for left, right in _sides(cells[top:bottom]):
            block = [row[left:right] for row in cells[top:bottom]]
            used = [number for number, row in enumerate(block) if any(row)]
            yield top + used[0], left, block[used[0] : used[-1] + 1]
        top = bottom


def _sides(block: list[list[str]]) -> list[tuple[int, int]]:
    """The columns of a block from and to, once for each table that stands beside another.

    An empty column parts two tables where the right one begins with labels of its own; before
    figures it only spaces them.
    """
    width = max(map(len, block))
    filled = [any(x < len(row) and row[x] for row in block) for x in range(width)]
    sides: list[tuple[int, int]] = []
    x = 0
    while x < width:
        if not filled[x]:
            x += 1
            continue
        end = x
        while end < width and filled[end]:
            end += 1
        labels = [row[x] for row in block[1:] if x < len(row) and row[x]]
        has_labels = sum(text[:1].isalpha() for text in labels) * 2 > len(labels)
        if sides and not (has_labels and end - x > 1 and sides[-1][1] - sides[-1][0] > 1):
            sides[-1] = (sides[-1][0], end)
        else:
            sides.append((x, end))
        x = end
    return sides


def _write_table(
    text: PlacedText, rows: list[list[str]], sheet: str, first: tuple[int, int]
) -> None:
    """Add a table; the lines of one cell above it are its caption."""
    row, column = first[0] + 1, first[1] + 1
    while len(rows) > 1 and len(rows[0]) > 1 and _is_caption(rows[0]):
        filled = next(number for number, cell in enumerate(rows[0]) if cell)
        text.paragraph(rows[0][filled], sheet_place(sheet, row, column + filled))
        rows, row = rows[1:], row + 1
    if len(rows[0]) == 1 or (len(rows) == 1 and _is_caption(rows[0])):
        for number, cells in enumerate(rows):
            if any(cells):
                at = next(n for n, cell in enumerate(cells) if cell)
                text.paragraph(cells[at], sheet_place(sheet, row + number, column + at))
        return
    numbers = list(range(row, row + len(rows)))
    is_head = has_head(rows)
    if not is_head and len(rows) > 2:
        joined = [_joined(above, below) for above, below in zip(rows[0], rows[1], strict=True)]
        if has_head([joined, *rows[2:]]) and not has_head(rows[1:2] + rows[:1]):
            rows, numbers, is_head = [joined, *rows[2:]], numbers[1:], True
    text.table(rows, has_head=is_head, place=sheet_place(sheet, row, column), numbers=numbers)


def _is_caption(row: list[str]) -> bool:
    """Whether a row has one text, also one that is merged over several columns."""
    texts = set(filter(None, row))
    return len(texts) == 1 and (sum(map(bool, row)) == 1 or any(map(str.isalpha, *texts)))


def _joined(above: str, below: str) -> str:
    """The name of a column whose head takes two rows."""
    return above if above == below else f"{above} {below}".strip()
