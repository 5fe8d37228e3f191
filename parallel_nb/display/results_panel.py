"""`job.panel()` and `df.parallel.panel()`: a live table that opens to its evidence."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.bundles import results_bundle
from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.results import MOST_ROWS, Results
from parallel_nb.display.live import LivePanel
from parallel_nb.display.panel_data import Table, line_of
from parallel_nb.display.rows import field_names, frame_cells, label_column, row_of
from parallel_nb.display.search_panel import SearchPanel
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.tables.frames import RowAnswer

#: Rows that are read before the panel is shown; the rest follows on a thread.
FIRST_ROWS: Final = 200
_CHUNK: Final = 500
#: The page is told after so many.
_TOLD: Final = 5_000
#: Seconds that the reading of the rest waits for a page to show the first rows: it would take
#: the processor from the kernel's answer. Where no page says so, it begins all the same.
_SEEN_SECONDS: Final = 1.0
#: Below so many rows whole answers are kept; above, one is read again when it is opened.
_KEPT: Final = 2_000
_CONNECTIONS: Final = 3


class Panel(LivePanel):
    """The panel of a job or a frame. It shows itself as the last value of a cell."""

    def __init__(  # noqa: PLR0913 - made in this module alone
        self,
        table: Table,
        answers: Callable[[], Iterator[tuple[Any, RowAnswer]]],
        cells: Callable[[int, Any, RowAnswer], Sequence[Any]],
        *,
        title: str,
        connection: str,
        key: str,
        find: Callable[[str], RowAnswer | None],
    ) -> None:
        """Say how rows are read.

        `answers` begins to read labels and answers; `cells` gives the frame's row by its
        number, label and answer; `find` gives an answer again by its run id.
        """
        super().__init__(key)
        self._table = table
        self._answers = answers
        self._cells = cells
        self._title = title
        self._connection = connection
        self._find = find
        self._kept: list[RowAnswer] = []
        self._first: list[tuple[str, RowAnswer]] = []
        self._read(islice(answers(), FIRST_ROWS))

    def _read(self, pairs: Iterable[tuple[Any, RowAnswer]]) -> None:
        for label, answer in pairs:
            if len(self._first) < MOST_ROWS:
                self._first.append((str(label), answer))
            if len(self._kept) < _KEPT:
                self._kept.append(answer)
            lines = self._table.lines
            cells = self._cells(len(lines), label, answer)
            lines.append(line_of(label, answer, self._table.fields, cells))

    def _read_on(self) -> None:
        if (widget := self._widget) is not None:
            widget.seen.wait(_SEEN_SECONDS)
        # Begun anew: what reads the journal stays on the thread that began it.
        pairs = islice(self._answers(), len(self._table.lines), None)
        told = len(self._table.lines)
        while not self.is_over() and not self._table.complete:
            before = len(self._table.lines)
            self._read(islice(pairs, _CHUNK))
            read = len(self._table.lines)
            if read == before:
                self._table.total = before
            if read >= told + _TOLD or self._table.complete:
                told = read
                if (widget := self._widget) is not None:
                    widget.grown()

    def _lookup(self, row: int) -> RowAnswer | None:
        if row < len(self._kept):
            return self._kept[row]
        run_id = self._table.lines[row].run_id
        return self._find(run_id) if run_id else None

    def bundle(self) -> dict[str, str]:
        """The static twin."""
        names = self._table.fields
        rows = tuple(row_of(label, answer, names) for label, answer in self._first)
        results = Results(self._table.heading, names, rows, self._table.total)
        return results_bundle(self._title, self._connection, results)

    def _make_widget(self, on_close: Callable[[], None] | None) -> Any:
        from parallel_nb.display.widgets.panel import PanelWidget  # noqa: PLC0415 - loads anywidget

        head = {
            "title": clean(self._title, 120),
            "connection": clean(self._connection, 120),
            "heading": clean(self._table.heading, 60),
            "fields": [clean(name, 60) for name in self._table.fields],
            "total": self._table.total,
        }
        return PanelWidget(self._table, head, self._lookup, on_close, self.bundle)

    def _shown(self) -> None:
        if not self._table.complete:
            threading.Thread(target=self._read_on, name="parallel_nb panel", daemon=True).start()


def panel(of: Any) -> LivePanel:
    """Make the panel of a job, a search, or an answered frame (found again by its run ids).

        from parallel_nb.display import panel

        panel(job)        # the same as job.panel()
        panel(results)    # the same as results.panel()
        panel(frame)      # the same as frame.parallel.panel()

    Raises `InputError` when a frame has no run id that the journal knows.
    """
    if hasattr(of, "search_id"):
        return SearchPanel(of)
    return _of_job(of) if hasattr(of, "answers") else _of_frame(of)


def _of_job(job: Any) -> Panel:
    source = job.source
    heading, labels = label_column(source, job.prompt)
    column = source.labels[source.names.index(heading)] if source.names else None
    names = field_names(job.fields)
    truths = {n for n, field in enumerate(job.fields, 1) if field.type.kind == "bool"}
    frame = "job.df" if source.is_pandas else ""
    table = Table(heading, names, frame, source.rows, column, _truths(truths, labels))

    def cells(_number: int, label: Any, answer: RowAnswer) -> Sequence[Any]:
        return (label, *frame_cells(job.fields, answer.output))

    return Panel(
        table,
        lambda: zip(labels, job.answers(), strict=False),
        cells,
        title=job.progress.title,
        connection=job.connection,
        key=f"job {job.id}",
        find=_find,
    )


def _of_frame(frame: Any) -> Panel:
    from parallel_nb.tables.accessor import ParallelAccessor  # noqa: PLC0415 - loads pandas

    known = {answer.run_id: answer for _, answer in ParallelAccessor(frame).answers()}
    run_ids = _listed(frame["run_id"])
    kept = [n for n, run_id in enumerate(run_ids) if not is_missing(run_id) and run_id in known]
    names: dict[str, None] = {}
    for answer in known.values():
        if answer.output is not None:
            names |= dict.fromkeys(field_names((), answer.output))
    columns = [str(column) for column in frame.columns]
    shown = tuple(name for name in names if name in columns) or tuple(names)
    at = next((n for n, name in enumerate(columns) if name not in names), None)
    pandas = hasattr(frame, "iloc")
    column = None if at is None else list(frame.columns)[at]
    index = list(frame.index) if pandas else list(range(len(frame)))
    labels = index if column is None else _listed(frame[column])
    values = {name: _listed(frame[name]) for name in shown if name in frame.columns}
    truths = {n for n, name in enumerate(shown, 1) if _are_truths(values.get(name, ()))}
    # Rows without a run have no evidence to show; rows of another machine are not known here.
    without = len(kept) < len(run_ids)
    written = 'df[df["run_id"].notna()]' if without else "df"
    strange = sum(not is_missing(run_id) for run_id in run_ids) > len(kept)
    can_write = pandas and not strange and len(values) == len(shown) and "status" in columns
    table = Table(
        columns[at] if at is not None else "row",
        shown,
        written if can_write else "",
        len(kept),
        column,
        _truths(truths, labels),
    )

    def cells(number: int, label: Any, _answer: RowAnswer) -> Sequence[Any]:
        n = kept[number]
        return (label, *(values[name][n] if name in values else None for name in shown))

    return Panel(
        table,
        lambda: ((labels[n], known[run_ids[n]]) for n in kept),
        cells,
        title="Answered rows",
        connection=_connections(known.values()),
        key=f"frame {id(frame)}",
        find=_find,
    )


def _connections(answers: Iterable[RowAnswer]) -> str:
    """Where the answers of a frame come from; more than one when frames were put together."""
    found = dict.fromkeys(answer.connection for answer in answers)
    said = [name for name in found if name]
    if not said:
        return "answers from the journal"
    unknown = ["some of unknown origin"] if None in found else []
    return "; ".join([*said[:_CONNECTIONS], *unknown])


def _truths(fields: set[int], labels: Sequence[Any]) -> frozenset[int]:
    return frozenset(fields | ({0} if _are_truths(labels) else set()))


def _are_truths(values: Iterable[Any]) -> bool:
    """True for a column of truth values; the first that is none decides."""
    some = False
    for value in values:
        if not is_missing(value):
            if not isinstance(value, bool):
                return False
            some = True
    return some


def _listed(column: Any) -> list[Any]:
    return list(column.tolist() if hasattr(column, "tolist") else column.to_list())


def _find(run_id: str) -> RowAnswer | None:
    from parallel_nb.job.answers import find_answers  # noqa: PLC0415 - when a row is opened

    return find_answers([run_id]).get(run_id)
