"""The answers of a job as a table in which every value opens to its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import Html, clean, element, join, muted
from parallel_nb.display.html.evidence import (
    Cell,
    cell_html,
    cell_text,
    evidence_html,
    evidence_lines,
)
from parallel_nb.display.html.values import VALUE_LIMIT, confidence_words, is_null, is_number
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Rows that a static output shows; the rest is counted.
MOST_ROWS: Final = 50
#: Fields that a static output shows.
MOST_FIELDS: Final = 16
#: Once the table takes this many bytes in the file, further rows come without their evidence.
EVIDENCE_BUDGET: Final = 180_000
#: Bytes at which the table ends, however few rows it has.
TABLE_BUDGET: Final = 240_000
#: Bytes of the lines of plain text.
TEXT_BUDGET: Final = 40_000
#: How to read a table, for somebody who sees one for the first time.
HOW_TO_READ: Final = (
    "open a value to see where it came from; high, medium, low: how well its sources support it"
)
#: Rows that the plain text shows.
TEXT_ROWS: Final = 20
_LABEL: Final = 80
_ERROR: Final = 240
#: Longest text answer shown.
_PROSE: Final = 8_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is about, how its run ended, one cell a field."""

    label: str
    status: str
    cells: tuple[Cell, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """What a table shows: the first rows of `total`."""

    #: Name of the column that the labels come from.
    heading: str
    fields: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    #: What a person calls the whole in code: `job`, or `find`.
    handle: str = "job"


def html(results: Results) -> Html:
    """A table with scoped headers; bounded, and it says what was left out."""
    shown = results.fields[:MOST_FIELDS]
    head = element(
        "tr",
        element("th", clean(results.heading, 60), scope="col", style="cell"),
        *(
            element("th", clean(name, 60), scope="col", style=_column_side(results.rows, n))
            for n, name in enumerate(shown)
        ),
    )
    body: list[Html] = []
    size = with_evidence = 0
    for row in results.rows[:MOST_ROWS]:
        has_evidence = size < EVIDENCE_BUDGET
        line = _row_html(row, len(shown), with_evidence=has_evidence)
        if has_evidence and size + _bytes(line) > TABLE_BUDGET:
            has_evidence = False
            line = _row_html(row, len(shown), with_evidence=False)
        if size + _bytes(line) > TABLE_BUDGET:
            break
        size += _bytes(line)
        with_evidence += has_evidence
        body.append(line)
    table = element("table", element("thead", head), element("tbody", *body), style="table")
    # A table that is too wide scrolls alone: title and notes stay in sight.
    return join((element("div", table, style="wide"), _notes(results, len(body), with_evidence)))


def _bytes(text: str) -> int:
    """The size of a text in the notebook's file, which is UTF-8."""
    return len(text.encode())


def _row_html(row: Row, width: int, *, with_evidence: bool) -> Html:
    head = element("th", clean(row.label, _LABEL), scope="row", style="cell")
    if row.error is not None or not row.cells:
        reason = element("td", _reason(row), colspan=max(width, 1), style="cell")
        return element("tr", head, reason)
    return element(
        "tr",
        head,
        *(
            element("td", cell_html(cell, with_evidence=with_evidence), style=_side(cell))
            for cell in row.cells[:width]
        ),
    )


def _column_side(rows: Sequence[Row], column: int) -> str:
    """A column of numbers has its head over them."""
    cells = [row.cells[column] for row in rows if column < len(row.cells)]
    sides = {_side(cell) for cell in cells if not is_null(cell.value)}
    return "cell-number" if sides == {"cell-number"} else "cell"


def _side(cell: Cell) -> str:
    return "cell-number" if is_number(cell.value) else "cell"


def _reason(row: Row) -> str:
    """Why a row has no values."""
    return clean(row.status, 40) + (f": {clean(row.error, _ERROR)}" if row.error else "")


def _notes(results: Results, shown: int, with_evidence: int) -> Html:
    notes: list[str | Html] = []
    if any(cell.has_evidence for row in results.rows for cell in row.cells):
        notes.append(HOW_TO_READ)
    if with_evidence < shown:
        first = count(with_evidence, "row")
        notes.append(f"evidence is here for the first {first}; of all: {results.handle}.basis")
    if shown < results.total:
        more = f"and {count(results.total - shown, 'more row')}: "
        notes.append(join((more, element("code", f"{results.handle}.panel()"))))
    hidden = len(results.fields) - MOST_FIELDS
    if hidden > 0:
        notes.append(f"and {count(hidden, 'more field')}: {results.handle}.df")
    return element("div", muted(*notes)) if notes else Html("")


def text(results: Results) -> str:
    """The first rows as lines: label, values and confidences."""
    lines: list[str] = []
    size = 0
    for row in results.rows[:TEXT_ROWS]:
        if row.error is not None or not row.cells:
            values = _reason(row)
        else:
            pairs = zip(results.fields[:MOST_FIELDS], row.cells, strict=False)
            values = ", ".join(cell_text(name, cell) for name, cell in pairs)
        line = f"  {clean(row.label, _LABEL)}: {values}"
        size += _bytes(line)
        if size > TEXT_BUDGET:
            break
        lines.append(line)
    left = results.total - len(lines)
    if left > 0:
        lines.append(f"  and {count(left, 'more row')}: {results.handle}.df")
    return "\n".join(lines)


def single_html(fields: Sequence[str], cells: Sequence[Cell]) -> Html:
    """One answer: a line a field, each opening to its evidence."""
    if len(cells) == 1 and isinstance(cells[0].value, str):
        return _prose_html(cells[0])
    shown = list(zip(fields, cells, strict=False))
    rows = [
        element(
            "tr",
            element("th", clean(name, 60), scope="row", style="cell"),
            element("td", cell_html(cell), style="cell"),
        )
        for name, cell in shown[: MOST_FIELDS * 2]
    ]
    hidden = len(shown) - MOST_FIELDS * 2
    more = f"and {count(hidden, 'more field')}: result.content"
    return join(
        (
            element("table", element("tbody", *rows), style="table"),
            element("div", muted(HOW_TO_READ)),
            element("div", muted(more)) if hidden > 0 else None,
        )
    )


def _prose_html(cell: Cell) -> Html:
    """An answer that is one text: in full, with its sources below."""
    whole = str(cell.value)
    paragraphs = [part for part in whole[:_PROSE].split("\n\n") if part.strip()]
    parts = [element("p", clean(part), style="para") for part in paragraphs]
    if len(whole) > _PROSE:
        parts.append(element("p", "… the whole of it: ", element("code", "result.content")))
    confidence = confidence_words(cell.confidence)
    support = f"{confidence} confidence, " if confidence else ""
    sources = element("summary", f"{support}{count(len(cell.sources), 'source')}")
    return join((*parts, element("details", sources, evidence_html(cell))))


def single_text(fields: Sequence[str], cells: Sequence[Cell]) -> str:
    """One answer as text: every field with its evidence."""
    lines = []
    for name, cell in list(zip(fields, cells, strict=False))[: MOST_FIELDS * 2]:
        prose = len(cells) == 1 and isinstance(cell.value, str)
        lines.append(f"  {cell_text(name, cell, _PROSE if prose else VALUE_LIMIT)}")
        lines += evidence_lines(cell)
    return "\n".join(lines)
