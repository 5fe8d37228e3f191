"""`job.panel()` and `df.parallel.panel()`: a live table that opens to its evidence."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.adapt import field_names, label_column, row_of
from parallel_nb.display.bundles import results_bundle
from parallel_nb.display.live import LivePanel
from parallel_nb.display.panel_data import Table, line_of
from parallel_nb.display.search_panel import SearchPanel
from parallel_nb.display.static.escape import clean
from parallel_nb.display.static.results import MOST_ROWS, Results

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from parallel_nb.tables.frames import RowAnswer

#: Rows that are read before the panel is shown; the rest follows on a thread.
FIRST_ROWS: Final = 200
_CHUNK: Final = 5_000
#: Below so many rows whole answers are kept; above, one is read again when it is opened.
_KEPT: Final = 2_000


class Panel(LivePanel):
    """The panel of a job or a frame. It shows itself as the last value of a cell."""

    def __init__(  # noqa: PLR0913 - made in this module alone
        self,
        table: Table,
        answers: Callable[[], Iterator[tuple[Any, RowAnswer]]],
        *,
        title: str,
        connection: str,
        key: str,
        find: Callable[[str], RowAnswer | None],
    ) -> None:
        """`answers` begins to read labels and answers; `find` gives one again by its run id."""
        super().__init__(key)
        self._table = table
        self._answers = answers
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
            self._table.lines.append(line_of(label, answer, self._table.fields))

    def _read_on(self) -> None:
        # Begun anew: what reads the journal stays on the thread that began it.
        pairs = islice(self._answers(), len(self._table.lines), None)
        while (widget := self._widget) is not None and not self._table.complete:
            before = len(self._table.lines)
            self._read(islice(pairs, _CHUNK))
            if len(self._table.lines) == before:
                self._table.total = before
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

    def _make_widget(self, on_close: Callable[[], None]) -> Any:
        from parallel_nb.display.panel_widget import PanelWidget  # noqa: PLC0415 - loads anywidget

        head = {
            "title": clean(self._title, 120),
            "connection": clean(self._connection, 120),
            "heading": clean(self._table.heading, 60),
            "fields": [clean(name, 60) for name in self._table.fields],
            "total": self._table.total,
        }
        return PanelWidget(self._table, head, self._lookup, on_close)

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
    heading, labels = label_column(source)
    table = Table(heading, field_names(job.fields), "job.df", source.rows)
    return Panel(
        table,
        lambda: zip(labels, job.answers(), strict=False),
        title=job.progress.title,
        connection=job.connection,
        key=f"job {job.id}",
        find=_find,
    )


def _of_frame(frame: Any) -> Panel:
    from parallel_nb.tables.accessor import ParallelAccessor  # noqa: PLC0415 - loads pandas

    pairs = ParallelAccessor(frame).answers()
    names: dict[str, None] = {}
    for _, answer in pairs:
        if answer.output is not None:
            names |= dict.fromkeys(field_names((), answer.output))
    shown = tuple(name for name in names if name in frame.columns) or tuple(names)
    heading = next((str(c) for c in frame.columns if str(c) not in names), "row")
    labels = dict(zip(_index(frame), _column(frame, heading), strict=True))
    named = [(labels.get(label, label), answer) for label, answer in pairs]
    table = Table(heading, shown, "df", len(pairs))
    return Panel(
        table,
        lambda: iter(named),
        title="Answered rows",
        connection="answers from the journal",
        key=f"frame {id(frame)}",
        find=_find,
    )


def _index(frame: Any) -> Iterable[Any]:
    return list(frame.index) if hasattr(frame, "iloc") else range(len(frame))


def _column(frame: Any, name: str) -> Iterable[Any]:
    return list(frame[name]) if name in frame.columns else _index(frame)


def _find(run_id: str) -> RowAnswer | None:
    from parallel_nb.jobs.start import find_answers  # noqa: PLC0415 - when a row is opened

    return find_answers([run_id]).get(run_id)
