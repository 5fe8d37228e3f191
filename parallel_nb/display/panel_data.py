"""The rows of a results panel as plain values: filter, sort, and the same as pandas code."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.adapt import cells_of
from parallel_nb.display.static.escape import clean
from parallel_nb.display.static.words import is_null, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.tables.frames import RowAnswer

CONFIDENCES: Final = ("high", "medium", "low")
STATUSES: Final = ("answered", "failed", "missing")
_TEXT: Final = 120
_LABEL: Final = 80


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the table shows it."""

    label: str
    status: str
    run_id: str | None
    error: str
    #: One a field: the value, its text, its confidence ("" where there is none).
    values: tuple[Any, ...] = ()
    texts: tuple[str, ...] = ()
    confidences: tuple[str, ...] = ()

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


def line_of(label: object, answer: RowAnswer, names: Sequence[str]) -> Line:
    """Cut one answer down to what the table shows."""
    head, status = clean(label, _LABEL), clean(answer.status, 40)
    if answer.output is None:
        return Line(head, status, answer.run_id, clean(answer.error or "", 240))
    cells = cells_of(answer.output, names)
    return Line(
        head,
        status,
        answer.run_id,
        "",
        tuple(_sortable(cell.value) for cell in cells),
        tuple(value_text(cell.value, _TEXT) for cell in cells),
        tuple(clean(cell.confidence or "", 20).lower() for cell in cells),
    )


def _sortable(value: Any) -> Any:
    """Scalars as they are; what is nested by its text."""
    if is_null(value) or isinstance(value, (bool, int, float)):
        return None if is_null(value) else value
    return value_text(value, _TEXT).lower()


@dataclass(slots=True)
class Table:
    """All rows of a panel. Lines are added by one thread and read by others."""

    heading: str
    fields: tuple[str, ...]
    #: How a person writes the frame: `job.df`.
    frame: str
    total: int
    lines: list[Line] = field(default_factory=list)
    _last: tuple[tuple[Filter, int], list[int]] | None = None

    @property
    def complete(self) -> bool:
        """True when every row has been read."""
        return len(self.lines) >= self.total

    def counts(self) -> dict[str, int]:
        """Rows in all, answered, and with a value of low confidence."""
        lines = self.lines[:]
        return {
            "total": self.total,
            "answered": sum(line.answered for line in lines),
            "low": sum("low" in line.confidences for line in lines),
        }

    def select(self, wanted: Filter) -> list[int]:
        """The numbers of the rows that are wanted, in their order."""
        lines = self.lines[:]
        key = (wanted, len(lines))
        if self._last is not None and self._last[0] == key:
            return self._last[1]
        rows = list(range(len(lines)))
        if wanted.status:
            rows = [n for n in rows if _has_status(lines[n], wanted.status)]
        if wanted.confidence:
            rows = [n for n in rows if wanted.confidence in lines[n].confidences]
        if wanted.text:
            needle = wanted.text.lower()
            rows = [n for n in rows if _holds(lines[n], needle)]
        if wanted.sort is not None:
            rows = _sorted(rows, lines, wanted.sort, descending=wanted.descending)
        self._last = (key, rows)
        return rows

    def code(self, wanted: Filter) -> str:
        """The same selection as an expression that a person can read and run."""
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
            columns = _names((self.heading, *self.fields))
            parts.append(
                f'.loc[lambda df: df[{columns}].map(str).agg(" ".join, axis=1)'
                f".str.contains({_quoted(wanted.text)}, case=False, regex=False)]"
            )
        if wanted.sort is not None:
            name = self.heading if wanted.sort < 0 else self.fields[wanted.sort]
            down = ", ascending=False" if wanted.descending else ""
            parts.append(f".sort_values({_quoted(name)}{down})")
        return "".join(parts)


def _has_status(line: Line, status: str) -> bool:
    if status == "missing":
        return line.answered and None in line.values
    return line.answered == (status == "answered")


def _holds(line: Line, needle: str) -> bool:
    return needle in line.label.lower() or any(needle in text.lower() for text in line.texts)


def _sorted(rows: list[int], lines: list[Line], column: int, *, descending: bool) -> list[int]:
    """Sort; rows without a value come last either way, and numbers before text."""

    def value(number: int) -> Any:
        line = lines[number]
        if column < 0:
            return line.label.lower()
        return line.values[column] if column < len(line.values) else None

    known = [n for n in rows if value(n) is not None]
    known.sort(key=lambda n: (isinstance(value(n), str), value(n)), reverse=descending)
    return known + [n for n in rows if value(n) is None]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _names(names: Sequence[str]) -> str:
    return "[" + ", ".join(_quoted(name) for name in names) + "]"
