"""The panel of answers: a live table whose values open to their evidence."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.errors import ParallelError
from parallel_nb.api.places import document_of, place_of
from parallel_nb.display.bundles import results_bundle
from parallel_nb.display.html.escape import clean, host_of
from parallel_nb.display.html.evidence import ranked
from parallel_nb.display.html.highlight import (
    excerpt_around,
    pattern_for,
    split_matches,
    value_forms,
)
from parallel_nb.display.html.results import MOST_ROWS, Results
from parallel_nb.display.html.values import (
    CONFIDENCE_WORDS,
    NOT_FOUND,
    confidence_words,
    is_null,
    is_number,
)
from parallel_nb.display.live import LivePanel
from parallel_nb.display.panel_table import Filter, PanelRow, PanelTable, panel_row
from parallel_nb.display.rows import cells_of, row_of
from parallel_nb.formats import count
from parallel_nb.links import is_safe_url
from parallel_nb.tables.frames import NOT_ASKED, NOT_RESEARCHED, raw_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.api.pages import DocumentPage
    from parallel_nb.display.html.evidence import Cell
    from parallel_nb.tables.frames import RowAnswer

_LOGGER = logging.getLogger(__name__)
#: Rows that are read before the panel is shown; a thread reads the rest.
FIRST_ROWS: Final = 200
#: Rows that one message brings at most.
MESSAGE_ROWS: Final = 200
#: Rows after which the thread looks whether the panel is still there, and tells the page.
_CHUNK: Final = 500
_ROWS_A_NOTICE: Final = 5_000
#: Seconds that the thread waits for a page to show the first rows: it would take the processor
#: from the kernel's answer. Where no page says so, it begins all the same.
_SEEN_SECONDS: Final = 1.0
#: Whole answers are kept of so many rows; of others one is read again when it is opened.
_KEPT_ANSWERS: Final = 2_000
#: Bounds of the evidence that one message brings, in characters and in number.
_VALUE_LIMIT: Final = 8_000
_REASONING_LIMIT: Final = 4_000
_EXCERPT_LIMIT: Final = 1_200
_MOST_SOURCES: Final = 12
_MOST_EXCERPTS: Final = 6
#: Why a cell has no value although nothing was looked for in vain.
_WHY_ABSENT: Final = {
    NOT_ASKED: "The question of this row does not ask for this field.",
    NOT_RESEARCHED: "The find has not researched this field for this candidate.",
}
#: Longer code (its column names are long) is of no use to a person, and is not sent.
_CODE_LIMIT: Final = 4_000


@dataclass(frozen=True, slots=True)
class PanelSource:
    """Where a panel's rows come from."""

    title: str
    connection: str
    #: Names what is shown: of the same thing one panel is open at a time.
    key: str
    #: Begins to read labels and answers, in the order of the rows.
    answers: Callable[[], Iterator[tuple[Any, RowAnswer]]]
    #: The frame's row by its number, label and answer: the label's cell, then one a field.
    cells: Callable[[int, Any, RowAnswer], Sequence[Any]]
    #: Whether an answer came from an embedded engine, whose documents have pages to show.
    has_pages: Callable[[RowAnswer], bool]


class ResultsPanel(LivePanel):
    """The panel of a job or a frame. It shows itself as the last value of a cell."""

    asset = "panel"

    def __init__(self, table: PanelTable, source: PanelSource) -> None:
        """Read the first rows into `table`, which is empty."""
        super().__init__(source.key)
        self.table = table
        self._source = source
        self._kept: list[RowAnswer] = []
        self._first: list[tuple[str, RowAnswer]] = []
        #: Set when a page shows the first rows.
        self._seen = threading.Event()
        #: Held by the thread that reads the rest: a panel that is shown again has a second one.
        self._reading = threading.Lock()
        self._read(islice(source.answers(), FIRST_ROWS))

    def head(self) -> dict[str, Any]:
        """Title, columns, and the words of the confidences."""
        table = self.table
        return {
            "title": clean(self._source.title, 120),
            "connection": clean(self._source.connection, 120),
            "heading": clean(table.heading, 60),
            "fields": [clean(name, 60) for name in table.fields],
            "numeric": [self._is_numeric(name) for name in table.fields],
            "total": table.total,
            "confidences": CONFIDENCE_WORDS,
            "nulls": [NOT_FOUND, *_WHY_ABSENT],
        }

    def answer(self, kind: str, question: dict[str, Any]) -> dict[str, Any] | None:
        """Answer `rows`, `evidence` and `page`.

        `rows` has `start` and `filter`; `evidence` has `row` and `field`; `page` has these, the
        number of the `source` and that of the page, or none for the cited one.
        """
        if kind == "rows":
            return self._rows_answer(question)
        if kind == "evidence":
            return self._evidence_answer(question.get("row"), question.get("field"))
        if kind == "page":
            return self._page_answer(question)
        if kind == "seen":
            self._seen.set()
        return None

    def bundle(self) -> dict[str, str]:
        """The first rows with their evidence, as HTML and text."""
        names = self.table.fields
        rows = tuple(row_of(label, answer, names) for label, answer in self._first)
        results = Results(self.table.heading, names, rows, self.table.total)
        return results_bundle(self._source.title, self._source.connection, results)

    def _rows_answer(self, question: dict[str, Any]) -> dict[str, Any]:
        table = self.table
        wanted = Filter.from_message(question.get("filter"), len(table.fields))
        numbers, code = table.selection(wanted)
        start = question.get("start")
        start = min(max(start, 0), len(numbers)) if type(start) is int else 0
        return {
            "rows": [_plain_row(n, table.rows[n]) for n in numbers[start : start + MESSAGE_ROWS]],
            "count": len(numbers),
            "code": code if len(code) <= _CODE_LIMIT else "",
            "summary": table.summary(len(numbers)),
            "announcement": table.announcement(wanted, len(numbers)),
        }

    def _is_numeric(self, name: str) -> bool:
        """True where the first rows have numbers for a field, and nothing else."""
        values = [raw_value(answer.output, name) for _, answer in self._first if answer.output]
        values = [value for value in values if not is_null(value)]
        return bool(values) and all(is_number(value) for value in values)

    def _evidence_answer(self, number: Any, column: Any) -> dict[str, Any]:
        table = self.table
        if type(number) is not int or not 0 <= number < len(table.rows):
            return {"problem": "There is no such row."}
        row = table.rows[number]
        answer = self._find(number)
        if answer is None or answer.output is None:
            return {"label": row.label, "problem": row.error or f"The row is {row.status}."}
        if type(column) is not int or not 0 <= column < len(table.fields):
            return {"problem": "There is no such field."}
        cell = cells_of(answer, table.fields)[column]
        return {
            "label": row.label,
            "field": clean(table.fields[column], 80),
            **_plain_evidence(cell, has_pages=self._source.has_pages(answer)),
        }

    def _page_answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The page that a source of a value cites; takes as long as the engine takes."""
        numbers = [question.get(name) for name in ("row", "field", "source")]
        row, column, rank = (number if type(number) is int else -1 for number in numbers)
        answer = self._find(row) if 0 <= row < len(self.table.rows) else None
        if answer is None or answer.output is None or not 0 <= column < len(self.table.fields):
            return {"problem": "There is no such value."}
        cell = cells_of(answer, self.table.fields)[column]
        sources = ranked(cell.sources, pattern_for(value_forms(cell.value)))
        number = question.get("number")
        if not 0 <= rank < min(len(sources), _MOST_SOURCES) or not answer.run_id:
            return {"problem": "There is no such source."}
        from parallel_nb.job.cited import identity_of, show_cited  # noqa: PLC0415 - when opened

        source = sources[rank]
        try:
            page = show_cited(
                identity_of(answer.run_id),
                source.url,
                source.excerpts,
                number if type(number) is int and number > 0 else None,
            ).shown
        except ParallelError as error:
            return {"problem": f"{error.message} {error.remedy}".strip()}
        return _plain_page(page)

    def _find(self, number: int) -> RowAnswer | None:
        if number < len(self._kept):
            return self._kept[number]
        run_id = self.table.rows[number].run_id
        if not run_id:
            return None
        from parallel_nb.job.answers import find_answers  # noqa: PLC0415 - when a row is opened

        return find_answers([run_id]).get(run_id)

    # --- reading ----------------------------------------------------------------------------

    def _read(self, pairs: Iterable[tuple[Any, RowAnswer]]) -> None:
        rows = self.table.rows
        for label, answer in pairs:
            if len(self._first) < MOST_ROWS:
                self._first.append((str(label), answer))
            if len(self._kept) < _KEPT_ANSWERS:
                self._kept.append(answer)
            cells = self._source.cells(len(rows), label, answer)
            rows.append(panel_row(label, answer, self.table.fields, cells))

    def _begin(self) -> None:
        if not self.table.complete:
            threading.Thread(target=self._read_rest, name="parallel_nb panel", daemon=True).start()

    def read_all(self, most: int) -> None:
        """Read on up to `most` rows before anything is shown: there is no page to tell of more."""
        with self._reading:
            rows = self.table.rows
            self._read(islice(self._source.answers(), len(rows), most))
            self.table.total = len(rows)

    def _read_rest(self) -> None:
        try:
            self._seen.wait(_SEEN_SECONDS)
            with self._reading:
                self._read_on()
        except Exception:
            # Nobody waits for this thread: the panel shows what it has, and says how many.
            _LOGGER.exception("The panel could not read all rows.")
            self.table.total = len(self.table.rows)
            self._notify()

    def _read_on(self) -> None:
        table = self.table
        # Begun anew: what reads the journal stays on the thread that began it.
        pairs = islice(self._source.answers(), len(table.rows), None)
        noticed = len(table.rows)
        while not self.is_over() and not table.complete:
            before = len(table.rows)
            self._read(islice(pairs, _CHUNK))
            if len(table.rows) == before:  # there are fewer than there seemed to be
                table.total = before
            if len(table.rows) >= noticed + _ROWS_A_NOTICE or table.complete:
                noticed = len(table.rows)
                self._notify()

    def _notify(self) -> None:
        """Tell the page that more rows have been read."""
        if (widget := self._widget) is not None:
            widget.notify("grown")


def _plain_row(number: int, row: PanelRow) -> list[Any]:
    """A row as the page reads it (`js/src/pages.ts`)."""
    return [number, row.label, row.status, row.error, list(row.texts), list(row.confidences)]


def _plain_page(page: DocumentPage) -> dict[str, Any]:
    """A page as the panel reads it (`js/src/page.ts`): the picture in base64, as JSON wants it."""
    plain: dict[str, Any] = msgspec.to_builtins(page)
    return plain | {"title": clean(page.title, 160), "path": clean(page.path, 200)}


def _place_words(url: str) -> str:
    """The file that an address names and where in it: `room/lease.pdf, p. 3`; "" for the web."""
    return clean(", ".join(filter(None, (document_of(url), place_of(url)))), 160)


def _plain_evidence(cell: Cell, *, has_pages: bool) -> dict[str, Any]:
    """A value with its evidence as the page reads it (`js/src/evidence.ts`)."""
    pattern = pattern_for(value_forms(cell.value))
    left = len(cell.sources) - _MOST_SOURCES
    return {
        "value": cell.text(_VALUE_LIMIT),
        "confidence": clean(cell.confidence or "", 20),
        "confidence_words": confidence_words(cell.confidence),
        "reasoning": _WHY_ABSENT.get(cell.absent) or clean(cell.reasoning, _REASONING_LIMIT),
        "more": f"and {count(left, 'more source')}: job.basis" if left > 0 else "",
        "sources": [
            {
                "url": clean(source.url, 2000),
                "title": clean(source.title or "", 120) or clean(source.url, 120),
                "host": host_of(source.url) if is_safe_url(source.url) else "",
                "place": _place_words(source.url),
                "has_page": has_pages,
                "excerpts": [
                    split_matches(excerpt_around(excerpt, pattern, _EXCERPT_LIMIT), pattern)
                    for excerpt in source.excerpts[:_MOST_EXCERPTS]
                ],
            }
            for source in ranked(cell.sources, pattern)[:_MOST_SOURCES]
        ],
    }
