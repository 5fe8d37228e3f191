"""The rows of a results panel as plain values: filter, sort, and the same as pandas code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.words import value_text
from parallel_nb.display.rows import cells_of
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.tables.frames import RowAnswer

CONFIDENCES: Final = ("high", "medium", "low")
STATUSES: Final = ("answered", "failed", "missing")
_TEXT: Final = 120
_LABEL: Final = 80
#: Of a longer text value the filter looks at the start, and so does the code that is shown.
SEARCHED: Final = 4_000


@dataclass(frozen=True, slots=True)
class Line:
    """One row: as the table shows it, and as the frame has it."""

    label: str
    status: str
    run_id: str | None
    error: str
    #: The frame's cells: what names the row, then one a field; None for every null.
    cells: tuple[Any, ...] = (None,)
    #: One a field: its text, its confidence ("" where there is none).
    texts: tuple[str, ...] = ()
    confidences: tuple[str, ...] = ()
    #: Every confidence that the row's basis holds.
    marks: frozenset[str] = frozenset()

    @property
    def answered(self) -> bool:
        """True when the row has its answer."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are wanted, in which order. `sort` is a field's number, -1 the label."""

    text: str = ""
    confidence: str = ""
    status: str = ""
    sort: int | None = None
    descending: bool = False

    @classmethod
    def read(cls, data: Any, fields: int) -> Filter:
        """Read what the page asks for; anything that makes no sense is left out."""
        data = data if isinstance(data, dict) else {}
        sort = data.get("sort")
        confidence, status = data.get("confidence"), data.get("status")
        return cls(
            text=str(data.get("text") or "").strip()[:200],
            confidence=str(confidence) if confidence in CONFIDENCES else "",
            status=str(status) if status in STATUSES else "",
            sort=sort if type(sort) is int and -1 <= sort < fields else None,
            descending=data.get("descending") is True,
        )


def line_of(label: object, answer: RowAnswer, names: Sequence[str], cells: Sequence[Any]) -> Line:
    """Cut one answer down to what the table shows. `cells` is the frame's row."""
    head, status = clean(label, _LABEL), clean(answer.status, 40)
    known = tuple(None if is_missing(cell) else cell for cell in cells)
    if answer.output is None:
        error = clean(answer.error or "", 240)
        return Line(head, status, answer.run_id, error, known)
    shown = cells_of(answer.output, names)
    return Line(
        head,
        status,
        answer.run_id,
        "",
        known,
        tuple(value_text(cell.value, _TEXT) for cell in shown),
        tuple(clean(cell.confidence or "", 20).lower() for cell in shown),
        frozenset(entry.confidence for entry in answer.output.basis if entry.confidence),
    )


@dataclass(slots=True)
class Table:
    """All rows of a panel. Lines are added by one thread and read by others."""

    heading: str
    fields: tuple[str, ...]
    #: How a person writes the frame: `job.df`; "" where no pandas code can be shown.
    frame: str
    total: int
    #: The frame's own label of the column that names the rows; None when its index does.
    column: Any = None
    #: Which cells of a line are truth values: they are found by the words they are shown as.
    truths: frozenset[int] = frozenset()
    lines: list[Line] = field(default_factory=list)
    # The page asks for one selection many times, a part at a time.
    _last: tuple[tuple[Filter, int], list[int], str] | None = None
    _counted: tuple[int, int, int] = (0, 0, 0)

    @property
    def complete(self) -> bool:
        """True when every row has been read."""
        return len(self.lines) >= self.total

    def counts(self) -> dict[str, int]:
        """Rows in all, answered, and with a value of low confidence."""
        read, answered, low = self._counted
        new = self.lines[read:]
        answered += sum(line.answered for line in new)
        low += sum("low" in line.marks for line in new)
        self._counted = (read + len(new), answered, low)
        return {"total": self.total, "answered": answered, "low": low}

    def selected(self, wanted: Filter) -> tuple[list[int], str]:
        """The numbers of the rows that are wanted, in their order; and the same as code."""
        key = (wanted, len(self.lines))
        if self._last is None or self._last[0] != key:
            self._last = (key, self.select(wanted), self.code(wanted))
        return self._last[1:]

    def select(self, wanted: Filter) -> list[int]:
        """The numbers of the rows that are wanted, in their order."""
        lines = self.lines[:]
        rows = list(range(len(lines)))
        if wanted.status:
            rows = [n for n in rows if _has_status(lines[n], wanted.status)]
        if wanted.confidence:
            rows = [n for n in rows if wanted.confidence in lines[n].marks]
        if wanted.text:
            rows = [n for n in rows if self._holds(lines[n], wanted.text.lower())]
        if wanted.sort is not None:
            rows = self._sorted(rows, lines, wanted.sort + 1, descending=wanted.descending)
        return rows

    def _holds(self, line: Line, needle: str) -> bool:
        """True when a cell holds the text; what no column holds is left out."""
        for number, cell in enumerate(line.cells):
            if cell is None or (number == 0 and self.column is None):
                continue
            if number in self.truths:
                if needle in ("yes" if cell else "no"):
                    return True
            elif needle in str(cell)[:SEARCHED].lower():
                return True
        return False

    def _sorted(
        self, rows: list[int], lines: list[Line], column: int, *, descending: bool
    ) -> list[int]:
        """Sort; rows without a value come last either way."""
        cells = {n: lines[n].cells[column] for n in rows}
        known = [n for n in rows if cells[n] is not None]
        if self._numbers(column, lines):
            known.sort(key=lambda n: cells[n], reverse=descending)
        else:
            known.sort(key=lambda n: str(cells[n]).lower(), reverse=descending)
        return known + [n for n in rows if cells[n] is None]

    def _numbers(self, column: int, lines: list[Line]) -> bool:
        """True for a column of numbers and truth values alone: the rest sorts as text."""
        cells = (line.cells[column] for line in lines)
        return all(cell is None or isinstance(cell, (int, float)) for cell in cells)

    def code(self, wanted: Filter) -> str:
        """The same selection as an expression that a person can read and run."""
        if not self.frame:
            return ""
        parts = [self.frame]
        if wanted.status == "answered":
            parts.append('.loc[lambda df: df["status"] == "completed"]')
        elif wanted.status == "failed":
            parts.append('.loc[lambda df: df["status"] != "completed"]')
        elif wanted.status == "missing":
            parts.append(
                f'.loc[lambda df: (df["status"] == "completed")'
                f" & df[{_names(self.fields)}].isna().any(axis=1)]"
            )
        if wanted.confidence:
            parts.append(
                f'.loc[lambda df: df["run_id"].isin(df.parallel.basis()'
                f'.query("confidence == \'{wanted.confidence}\'")["run_id"])]'
            )
        if wanted.text:
            parts.append(f".loc[lambda df: {self._text_code(wanted.text.lower())}]")
        if wanted.sort is not None:
            parts.append(self._sort_code(wanted.sort + 1, descending=wanted.descending))
        return "".join(parts)

    def _text_code(self, needle: str) -> str:
        """Which rows hold a text, as an expression of `df`."""
        columns = [self.column, *self.fields]
        truths = self.truths | ({0} if self.column is None else set())
        searched = _names([name for n, name in enumerate(columns) if n not in truths])
        long = any(
            isinstance(cell, str) and len(cell) > SEARCHED
            for line in self.lines[:]
            for cell in line.cells
        )
        cut = f"[:{SEARCHED}]" if long else ""
        parts = []
        if searched != "[]":
            parts.append(
                f"df[{searched}].astype(object).map(lambda v: {_quoted(needle)} in "
                f'str(v){cut}.lower(), na_action="ignore").isin([True]).any(axis=1)'
            )
        for n in sorted(self.truths):
            meant = [word for word, shown in ((True, "yes"), (False, "no")) if needle in shown]
            if meant:
                parts.append(f"df[{_quoted(columns[n])}].isin({meant})")
        return " | ".join(parts) or 'df["run_id"].isin([])'

    def _sort_code(self, column: int, *, descending: bool) -> str:
        options = ['kind="stable"'] + (["ascending=False"] if descending else [])
        if not self._numbers(column, self.lines[:]):
            lower = 'map(lambda v: str(v).lower(), na_action="ignore")'
            options.insert(0, f"key=lambda c: c.astype(object).{lower}")
        if column == 0 and self.column is None:
            return f".sort_index({', '.join(options)})"
        name = self.column if column == 0 else self.fields[column - 1]
        return f".sort_values({_quoted(name)}, {', '.join(options)})"


def _has_status(line: Line, status: str) -> bool:
    if status == "missing":
        return line.answered and None in line.cells[1:]
    return line.answered == (status == "answered")


def _quoted(name: Any) -> str:
    """A Python literal: text in double quotes, as a person would write it."""
    return json.dumps(name, ensure_ascii=False) if isinstance(name, str) else repr(name)


def _names(names: Sequence[Any]) -> str:
    return "[" + ", ".join(_quoted(name) for name in names) + "]"
