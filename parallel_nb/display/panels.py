"""Makes the panel of a job, a find, an answered frame or a search: `job.panel()` and its like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.panel_table import PanelTable
from parallel_nb.display.results_panel import PanelSource, ResultsPanel
from parallel_nb.display.rows import field_names, frame_cells, label_column
from parallel_nb.display.search_panel import SearchPanel
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.display.live import LivePanel
    from parallel_nb.tables.frames import RowAnswer

#: Connections that the panel of a frame names.
_MOST_CONNECTIONS: Final = 3


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
    source = read_frame(frame)
    run_ids = source.values(accessor.column)
    # Rows that were found and then asked about have other answers too, which say nothing of these.
    shown_runs = {run_id for run_id in run_ids if not is_missing(run_id)}
    found = {a.run_id: a for _, a in accessor.answers() if a.run_id in shown_runs}
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
