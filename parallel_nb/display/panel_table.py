"""The rows of a results panel as plain values: filtered, sorted, and the same as pandas code.

What is selected here and what the code selects are the same rows in the same order; a property
test holds that for every kind of value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.values import CONFIDENCE_WORDS
from parallel_nb.display.rows import cells_of
from parallel_nb.formats import count
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.tables.frames import RowAnswer

STATUSES: Final = ("answered", "failed", "missing")
_CONFIDENCES: Final = tuple(CONFIDENCE_WORDS)
#: Longest value, label and reason in a row, in characters.
_VALUE_LIMIT: Final = 120
_LABEL_LIMIT: Final = 80
_ERROR_LIMIT: Final = 240
#: Of a longer text the filter looks at the start, and so does the code that is shown.
SEARCHED: Final = 4_000


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row: as the table shows it, and as the frame has it."""

    label: str
    status: str
    run_id: str | None
    #: Why there is no answer; "" where there is one.
    error: str
    #: The frame's cells: what names the row, then one a field; None for every null.
    cells: tuple[Any, ...] = (None,)
    #: One a field: its text, and its confidence ("" where there is none).
    texts: tuple[str, ...] = ()
    confidences: tuple[str, ...] = ()
    #: Every confidence in the row's basis.
    basis_confidences: frozenset[str] = frozenset()
    #: Which cells have no value because nobody looked for one.
    absent: frozenset[int] = frozenset()

    @property
    def answered(self) -> bool:
        """True when the row has its answer."""
        return self.status == "completed"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows are selected, in which order."""

    #: A text that one of the row's cells holds, in any case of letters.
    text: str = ""
    #: A confidence that stands in the row's basis.
    confidence: str = ""
    #: One of `STATUSES`; "missing": answered, with a null among the values.
    status: str = ""
    #: The number of the field to sort by; -1 is the label.
    sort: int | None = None
    descending: bool = False

    @classmethod
    def from_message(cls, data: Any, fields: int) -> Filter:
        """Read what the page asks for; anything that makes no sense is left out."""
        data = data if isinstance(data, dict) else {}
        sort = data.get("sort")
        confidence, status = data.get("confidence"), data.get("status")
        return cls(
            text=str(data.get("text") or "").strip()[:200],
            confidence=str(confidence) if confidence in _CONFIDENCES else "",
            status=str(status) if status in STATUSES else "",
            sort=sort if type(sort) is int and -1 <= sort < fields else None,
            descending=data.get("descending") is True,
        )


def panel_row(
    label: object, answer: RowAnswer, names: Sequence[str], cells: Sequence[Any]
) -> PanelRow:
    """Cut one answer down to what the table shows. `cells` is the frame's row."""
    head, status = clean(label, _LABEL_LIMIT), clean(answer.status, 40)
    nulled = tuple(None if is_missing(cell) else cell for cell in cells)
    if answer.output is None:
        error = clean(answer.error or "", _ERROR_LIMIT)
        return PanelRow(head, status, answer.run_id, error, nulled)
    shown = cells_of(answer, names)
    return PanelRow(
        head,
        status,
        answer.run_id,
        "",
        nulled,
        tuple(cell.text(_VALUE_LIMIT) for cell in shown),
        tuple(clean(cell.confidence or "", 20).lower() for cell in shown),
        frozenset(entry.confidence for entry in answer.output.basis if entry.confidence),
        frozenset(n for n, cell in enumerate(shown, 1) if cell.absent),
    )


@dataclass(slots=True)
class PanelTable:
    """All rows of a panel. Rows are added by one thread and read by others."""

    #: Name of the column that names the rows.
    heading: str
    fields: tuple[str, ...]
    #: How a person writes the frame: `job.df`; "" where no pandas code can be shown.
    frame: str
    total: int
    #: The frame's own label of the column that names the rows; None when its index does.
    column: Any = None
    #: Which cells of a row are booleans: they are found by the words they are shown as.
    booleans: frozenset[int] = frozenset()
    rows: list[PanelRow] = field(default_factory=list)
    # The page asks for one selection many times, a part at a time.
    _last: tuple[tuple[Filter, int], list[int], str] | None = None
    _counted: tuple[int, int, int] = (0, 0, 0)

    @property
    def complete(self) -> bool:
        """True when every row has been read."""
        return len(self.rows) >= self.total

    def selection(self, wanted: Filter) -> tuple[list[int], str]:
        """The numbers of the selected rows, in their order; and the same as code."""
        key = (wanted, len(self.rows))
        if self._last is None or self._last[0] != key:
            self._last = (key, self.select(wanted), self.code(wanted))
        return self._last[1:]

    def summary(self, selected: int) -> str:
        """How many rows are selected, answered, and have a value of low confidence, in words."""
        read, answered, low = self._counted
        new = self.rows[read:]
        answered += sum(row.answered for row in new)
        low += sum("low" in row.basis_confidences for row in new)
        self._counted = (read + len(new), answered, low)
        parts = [
            f"{selected:,} shown" if selected != self.total else "",
            f"{answered:,} of {self.total:,} answered",
            f"{low:,} with low confidence",
            "" if self.complete else "still reading",
        ]
        return " · ".join(part for part in parts if part)

    def announcement(self, wanted: Filter, selected: int) -> str:
        """What a screen reader says after a change of the filter."""
        shown = f"{selected:,} of {count(self.total, 'row')} shown"
        if wanted.sort is None:
            return shown
        column = clean((self.heading, *self.fields)[wanted.sort + 1], 60)
        return f"{shown}, sorted by {column}, {'de' if wanted.descending else 'a'}scending"

    # --- the selection, in Python: it is quick, and works while rows are still read ----------

    def select(self, wanted: Filter) -> list[int]:
        """The numbers of the selected rows, in their order."""
        rows = self.rows[:]
        numbers = list(range(len(rows)))
        if wanted.status:
            numbers = [n for n in numbers if _has_status(rows[n], wanted.status)]
        if wanted.confidence:
            numbers = [n for n in numbers if wanted.confidence in rows[n].basis_confidences]
        if wanted.text:
            text = wanted.text.lower()
            numbers = [n for n in numbers if self._has_text(rows[n], text)]
        if wanted.sort is not None:
            numbers = self._sort(numbers, rows, wanted.sort + 1, descending=wanted.descending)
        return numbers

    def _has_text(self, row: PanelRow, text: str) -> bool:
        """True when a cell of the frame's columns holds the text; the index is no column."""
        for number, cell in enumerate(row.cells):
            if cell is None or (number == 0 and self.column is None):
                continue
            if number in self.booleans:
                if text in ("yes" if cell else "no"):
                    return True
            elif text in str(cell)[:SEARCHED].lower():
                return True
        return False

    def _sort(
        self, numbers: list[int], rows: list[PanelRow], column: int, *, descending: bool
    ) -> list[int]:
        """Sort; rows without a value come last either way."""
        cells = {n: rows[n].cells[column] for n in numbers}
        with_value = [n for n in numbers if cells[n] is not None]
        if _is_numeric(rows, column):
            with_value.sort(key=lambda n: cells[n], reverse=descending)
        else:
            with_value.sort(key=lambda n: str(cells[n]).lower(), reverse=descending)
        return with_value + [n for n in numbers if cells[n] is None]

    # --- the same selection as code ----------------------------------------------------------

    def code(self, wanted: Filter) -> str:
        """The same selection as a pandas expression that a person can read and run.

        The frame does not tell what was not found from what was not asked for: where the
        selection must, there is no code.
        """
        tells_apart = wanted.status == "missing" and any(row.absent for row in self.rows[:])
        if not self.frame or tells_apart:
            return ""
        parts = [self.frame]
        if wanted.status:
            parts.append(f".loc[lambda df: {self._status_code(wanted.status)}]")
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

    def _status_code(self, status: str) -> str:
        if status == "failed":
            return 'df["status"] != "completed"'
        if status == "answered":
            return 'df["status"] == "completed"'
        return f'(df["status"] == "completed") & df[{_literals(self.fields)}].isna().any(axis=1)'

    def _text_code(self, text: str) -> str:
        """Which rows hold a text, as an expression of `df`."""
        columns = [self.column, *self.fields]
        left_out = self.booleans | ({0} if self.column is None else set())
        searched = _literals([name for n, name in enumerate(columns) if n not in left_out])
        has_long_text = any(
            isinstance(cell, str) and len(cell) > SEARCHED
            for row in self.rows[:]
            for cell in row.cells
        )
        cut = f"[:{SEARCHED}]" if has_long_text else ""
        parts = []
        if searched != "[]":
            parts.append(
                f"df[{searched}].astype(object).map(lambda v: {_literal(text)} in "
                f'str(v){cut}.lower(), na_action="ignore").isin([True]).any(axis=1)'
            )
        for n in sorted(self.booleans):
            values = [value for value, word in ((True, "yes"), (False, "no")) if text in word]
            if values:
                parts.append(f"df[{_literal(columns[n])}].isin({values})")
        return " | ".join(parts) or 'df["run_id"].isin([])'

    def _sort_code(self, column: int, *, descending: bool) -> str:
        options = ['kind="stable"'] + (["ascending=False"] if descending else [])
        if not _is_numeric(self.rows[:], column):
            lower = 'map(lambda v: str(v).lower(), na_action="ignore")'
            options.insert(0, f"key=lambda c: c.astype(object).{lower}")
        if column == 0 and self.column is None:
            return f".sort_index({', '.join(options)})"
        name = self.column if column == 0 else self.fields[column - 1]
        return f".sort_values({_literal(name)}, {', '.join(options)})"


def _has_status(row: PanelRow, status: str) -> bool:
    if status == "missing":
        missing = (n for n, cell in enumerate(row.cells) if n and cell is None)
        return row.answered and any(n not in row.absent for n in missing)
    return row.answered == (status == "answered")


def _is_numeric(rows: Sequence[PanelRow], column: int) -> bool:
    """True for a column of numbers and booleans alone: any other is sorted as text."""
    cells = (row.cells[column] for row in rows)
    return all(cell is None or isinstance(cell, (int, float)) for cell in cells)


def _literal(name: Any) -> str:
    """A Python literal: text in double quotes, as a person would write it."""
    return json.dumps(name, ensure_ascii=False) if isinstance(name, str) else repr(name)


def _literals(names: Sequence[Any]) -> str:
    return "[" + ", ".join(_literal(name) for name in names) + "]"
