"""`job.panel()` and `df.parallel.panel()`: a live table whose values open to their evidence."""

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
    value_text,
)
from parallel_nb.display.live import LivePanel
from parallel_nb.display.panel_table import Filter, PanelRow, PanelTable, panel_row
from parallel_nb.display.rows import cells_of, field_names, frame_cells, label_column, row_of
from parallel_nb.display.search_panel import SearchPanel
from parallel_nb.formats import count
from parallel_nb.links import is_safe_url
from parallel_nb.tables.frames import raw_value
from parallel_nb.tables.values import is_missing

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
#: Connections that the panel of a frame names.
_MOST_CONNECTIONS: Final = 3
#: Bounds of the evidence that one message brings, in characters and in number.
_VALUE_LIMIT: Final = 8_000
_REASONING_LIMIT: Final = 4_000
_EXCERPT_LIMIT: Final = 1_200
_MOST_SOURCES: Final = 12
_MOST_EXCERPTS: Final = 6
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
            "null": NOT_FOUND,
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
        cell = cells_of(answer.output, table.fields)[column]
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
        cell = cells_of(answer.output, self.table.fields)[column]
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
        "value": value_text(cell.value, _VALUE_LIMIT),
        "confidence": clean(cell.confidence or "", 20),
        "confidence_words": confidence_words(cell.confidence),
        "reasoning": clean(cell.reasoning, _REASONING_LIMIT),
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


def panel(value: Any) -> LivePanel:
    """Make the panel of a job, a find, a search, or an answered frame (found again by its run ids).

        from parallel_nb.display import panel

        panel(job)        # the same as job.panel()
        panel(results)    # the same as results.panel()
        panel(frame)      # the same as frame.parallel.panel()

    Returns:
        A panel that shows itself as the last value of a cell; `close()` ends it.

    Raises:
        InputError: A frame has no run id that the journal knows.
    """
    if hasattr(value, "search_id"):
        return SearchPanel(value)
    return _of_job(value) if hasattr(value, "answers") else _of_frame(value)


def _of_job(job: Any) -> ResultsPanel:
    source = job.source
    heading, labels = label_column(source, job.prompt)
    column = source.labels[source.names.index(heading)] if source.names else None
    names = field_names(job.fields)
    booleans = {n for n, field in enumerate(job.fields, 1) if field.type.kind == "bool"}
    # With a suffix columns may have other names than the fields that the panel shows, and the
    # frame of a find has no status to filter by: neither has code to show.
    has_code = not hasattr(job, "findall_id") and not getattr(job, "suffix", "")
    frame = "job.df" if source.library == "pandas" and has_code else ""
    if hasattr(job, "labels"):  # a job of the journal, which no variable holds
        heading, labels, column, frame = "row", job.labels, None, ""
    table = PanelTable(heading, names, frame, source.rows, column, _with_labels(booleans, labels))

    def cells(_number: int, label: Any, answer: RowAnswer) -> Sequence[Any]:
        return (label, *frame_cells(job.fields, answer.output))

    return ResultsPanel(
        table,
        PanelSource(
            title=job.title,
            connection=job.connection,
            key=f"job {job.id}",
            answers=lambda: zip(labels, job.answers(), strict=False),
            cells=cells,
            has_pages=lambda _: _is_embedded(job.connection),
        ),
    )


def _of_frame(frame: Any) -> ResultsPanel:
    from parallel_nb.tables.accessor import ParallelAccessor  # noqa: PLC0415 - loads pandas
    from parallel_nb.tables.source import read_frame  # noqa: PLC0415 - the same

    accessor = ParallelAccessor(frame)
    accessor.check_column()
    found = {answer.run_id: answer for _, answer in accessor.answers()}
    source = read_frame(frame)
    run_ids = source.values(accessor.column)
    kept = [n for n, run_id in enumerate(run_ids) if not is_missing(run_id) and run_id in found]
    names: dict[str, None] = {}
    for answer in found.values():
        if answer.output is not None:
            names |= dict.fromkeys(field_names((), answer.output))
    columns = source.names
    # A field stands in the column with its suffix, where the input has one of its name.
    suffixes = {answer.suffix for answer in found.values() if answer.suffix}
    column_of = {
        name: next((f"{name}{s}" for s in suffixes if f"{name}{s}" in columns), name)
        for name in names
    }
    shown = tuple(name for name in names if column_of[name] in columns) or tuple(names)
    answered = set(column_of.values())
    at = next((n for n, name in enumerate(columns) if name not in answered), None)
    column = None if at is None else source.labels[at]
    labels = source.index if at is None else source.values(columns[at])
    values = {name: source.values(column_of[name]) for name in shown if column_of[name] in columns}
    booleans = {n for n, name in enumerate(shown, 1) if _is_boolean(values.get(name, ()))}
    # Rows without a run have no evidence to show; the runs of another machine are not in our
    # journal, and no code can leave them out.
    has_all_runs = sum(not is_missing(run_id) for run_id in run_ids) == len(kept)
    expression = "df" if len(kept) == len(run_ids) else 'df[df["run_id"].notna()]'
    is_pandas = source.library == "pandas"
    has_code = is_pandas and has_all_runs and len(values) == len(shown) and "status" in columns
    has_code = has_code and all(name == column for name, column in column_of.items())
    table = PanelTable(
        columns[at] if at is not None else "row",
        shown,
        expression if has_code else "",
        len(kept),
        column,
        _with_labels(booleans, labels),
    )

    def cells(number: int, label: Any, _answer: RowAnswer) -> Sequence[Any]:
        n = kept[number]
        return (label, *(values[name][n] if name in values else None for name in shown))

    return ResultsPanel(
        table,
        PanelSource(
            title="Answered rows",
            connection=_connections(found.values()),
            key=f"frame {id(frame)}",
            answers=lambda: ((labels[n], found[run_ids[n]]) for n in kept),
            cells=cells,
            has_pages=lambda answer: _is_embedded(answer.connection),
        ),
    )


def _is_embedded(connection: str | None) -> bool:
    """Whether the label of a connection is that of an embedded engine."""
    return (connection or "").startswith("embedded:")


def _connections(answers: Iterable[RowAnswer]) -> str:
    """Where the answers of a frame come from; several when frames were put together."""
    found = dict.fromkeys(answer.connection for answer in answers)
    names = [name for name in found if name]
    if not names:
        return "answers from the journal"
    unknown = ["some of unknown origin"] if None in found else []
    return "; ".join([*names[:_MOST_CONNECTIONS], *unknown])


def _with_labels(booleans: set[int], labels: Sequence[Any]) -> frozenset[int]:
    return frozenset(booleans | ({0} if _is_boolean(labels) else set()))


def _is_boolean(values: Iterable[Any]) -> bool:
    """True for a column of booleans and nulls, with at least one boolean."""
    found = False
    for value in values:
        if not is_missing(value):
            if not isinstance(value, bool):
                return False
            found = True
    return found
