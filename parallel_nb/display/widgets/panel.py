"""The results panel as an anywidget: rows by the page, evidence on demand.

The page asks by messages with an id and gets one answer each; nothing but the head of the
table is a trait, so opening costs the same for 20 rows as for 50,000.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import traitlets

from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.evidence import ranked
from parallel_nb.display.html.marking import pattern_of, pieces, value_needles, window
from parallel_nb.display.html.words import value_text
from parallel_nb.display.panel_data import Filter, Line, Table
from parallel_nb.display.rows import cells_of
from parallel_nb.display.widgets.assets import read_bundle
from parallel_nb.display.widgets.base import LastingWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.tables.frames import RowAnswer

#: Rows that one message may bring.
MOST_ROWS: Final = 200
_VALUE: Final = 8_000
_REASONING: Final = 4_000
_EXCERPT: Final = 1_200
_SOURCES: Final = 12
_EXCERPTS: Final = 6
#: Code that is longer (its column names are) is of no use to a person, and is not sent.
_CODE: Final = 4_000


class PanelWidget(LastingWidget):
    """Shows a `Table`. Use `panel`, which swaps it for static HTML when it is closed."""

    _esm = read_bundle("panel.js")
    _css = read_bundle("panel.css")
    head = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        table: Table,
        head: dict[str, Any],
        lookup: Callable[[int], RowAnswer | None],
        on_close: Callable[[], None] | None,
        twin: Callable[[], dict[str, str]],
    ) -> None:
        """`lookup` gives a row's whole answer; `on_close` is for the button, None for none.

        `twin` gives what stays in the file.
        """
        #: Set when a page shows the first rows.
        self.seen = threading.Event()
        self._table = table
        self._lookup = lookup
        self._on_close = on_close
        self._make_twin = twin
        super().__init__(head=head | {"closable": on_close is not None})

    def grown(self) -> None:
        """Tell the page that more rows have been read."""
        self.send({"kind": "grown"})

    def _twin(self) -> dict[str, str]:
        return self._make_twin()

    def _hear(self, content: dict[str, Any]) -> None:
        kind, number = content.get("kind"), content.get("id")
        if kind == "close":
            if self._on_close is not None:
                self._on_close()
        elif kind == "seen":
            self.seen.set()
        elif kind == "rows":
            self.send({"kind": "rows", "id": number} | self._rows(content))
        elif kind == "evidence":
            self.send({"kind": "evidence", "id": number} | self._evidence(content))

    def _rows(self, asked: dict[str, Any]) -> dict[str, Any]:
        table = self._table
        wanted = Filter.read(asked.get("filter"), len(table.fields))
        rows, code = table.selected(wanted)
        start = asked.get("start")
        start = min(max(start, 0), len(rows)) if type(start) is int else 0
        return {
            "start": start,
            "rows": [_row(n, table.lines[n]) for n in rows[start : start + MOST_ROWS]],
            "count": len(rows),
            "complete": table.complete,
            "code": code if len(code) <= _CODE else "",
            **table.counts(),
        }

    def _evidence(self, asked: dict[str, Any]) -> dict[str, Any]:
        row, column = asked.get("row"), asked.get("field")
        table = self._table
        if type(row) is not int or not 0 <= row < len(table.lines):
            return {"problem": "There is no such row."}
        line = table.lines[row]
        answer = self._lookup(row)
        if answer is None or answer.output is None:
            return {"label": line.label, "problem": line.error or f"The row is {line.status}."}
        if type(column) is not int or not 0 <= column < len(table.fields):
            return {"problem": "There is no such field."}
        cell = cells_of(answer.output, table.fields)[column]
        pattern = pattern_of(value_needles(cell.value))
        return {
            "label": line.label,
            "run_id": clean(line.run_id or "", 80),
            "field": clean(table.fields[column], 80),
            "value": value_text(cell.value, _VALUE),
            "confidence": clean(cell.confidence or "", 20),
            "reasoning": clean(cell.reasoning, _REASONING),
            "more": max(0, len(cell.sources) - _SOURCES),
            "sources": [
                {
                    "url": clean(source.url, 2000),
                    "title": clean(source.title or "", 160),
                    "excerpts": [
                        pieces(window(excerpt, pattern, _EXCERPT), pattern)
                        for excerpt in source.excerpts[:_EXCERPTS]
                    ],
                }
                for source in ranked(cell.sources, pattern)[:_SOURCES]
            ],
        }


def _row(number: int, line: Line) -> list[Any]:
    return [number, line.label, line.status, line.error, list(line.texts), list(line.confidences)]
