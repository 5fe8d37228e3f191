"""`df.parallel`: the basis of a frame's answers, found again through its `run_id` column.

The accessor knows neither journal nor panel. The rooms above say, by `register`, what finds an
answer by its run's id and what shows a panel. So it works on any frame that still has the
column: filtered, sorted, merged, or read back from a file. pandas and Polars frames have the
attribute; a table of any other library is passed to `ParallelAccessor` itself.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from parallel_nb.api.errors import InputError
from parallel_nb.tables.basis import basis_frame
from parallel_nb.tables.source import column_names, read_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

_COLUMN = "run_id"
#: Candidates of a find are found again by their own id: so a question asked of each of them adds a
#: `run_id` beside it, and both have their evidence.
_CANDIDATE_COLUMN = "candidate_id"
_COLUMNS = (_COLUMN, _CANDIDATE_COLUMN)


class AnswerFinder(Protocol):
    """Finds answers by run id."""

    def __call__(self, run_ids: Sequence[str]) -> dict[str, RowAnswer]:
        """Return what is known of these runs; unknown ids are left out."""


@dataclass(slots=True)
class _Providers:
    """What the rooms above have registered."""

    find_answers: AnswerFinder | None = None
    make_panel: Callable[[Any], Any] | None = None


_providers = _Providers()


def register(
    *, find_answers: AnswerFinder | None = None, make_panel: Callable[[Any], Any] | None = None
) -> None:
    """Give frames of pandas, and of Polars where it is in use, the accessor `parallel`.

    Args:
        find_answers: Finds answers by run id; None keeps what was registered before.
        make_panel: Makes the panel of a frame or a job; None keeps what was registered before.

    A second call is harmless.
    """
    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    _providers.find_answers = find_answers or _providers.find_answers
    _providers.make_panel = make_panel or _providers.make_panel
    if not hasattr(pd.DataFrame, "parallel"):
        pd.api.extensions.register_dataframe_accessor("parallel")(ParallelAccessor)
    polars = sys.modules.get("polars")
    if polars is not None and not hasattr(polars.DataFrame, "parallel"):
        polars.api.register_dataframe_namespace("parallel")(ParallelAccessor)


def show_panel(of: Any) -> Any:
    """Make the panel of a frame or a job.

    Raises:
        InputError: Nothing is registered that can show one.
    """
    if _providers.make_panel is None:
        raise InputError(
            "There is nothing here that can show a panel.",
            "Use df.parallel.basis() or job.basis for the same as a frame.",
        )
    return _providers.make_panel(of)


class ParallelAccessor:
    """Where the answers of a frame came from.

    Examples:
        >>> profiles.merge(prices, on="name").parallel.basis()  # doctest: +SKIP
    """

    def __init__(self, frame: Any) -> None:
        """Take a frame as it is: what is wrong with it is said by the methods.

        pandas turns an error that is raised here into an `AttributeError` of its own.
        """
        self._frame = frame

    def __repr__(self) -> str:
        """What can be done here; reads no journal."""
        places = [place.name for place in _places(self._frame)]
        if not places:
            return "<parallel: no run ids, so no answers; keep the column run_id>"
        return (
            f"<parallel: run ids in {', '.join(places)}; .basis() and .panel() show the evidence>"
        )

    def answers(self) -> list[tuple[Any, RowAnswer]]:
        """Each row's label with its answer; rows without a known run are left out.

        A row that has the answers of several jobs, as after a merge, comes once for each.

        Returns:
            Pairs of a label and a `RowAnswer`, in the order of the rows.

        Raises:
            InputError: There are no run ids, or none of them is known here.
        """
        return _answers(self._run_ids())

    def basis(self) -> Any:
        """The basis of the rows of this frame, in the frame's own library.

        Run ids are found in the column or the level of the index that is named `run_id`, and
        in columns named after it, such as `run_id_x` and `run_id_y` after a merge. Of a found
        table they are in `candidate_id`, also where a question was asked of its rows.

        Returns:
            The columns of `job.basis`: row, run_id, field, value, confidence, reasoning, url,
            title, excerpt, document, place. `row` has the labels of this frame's index
            (positions, except in pandas).

        Raises:
            InputError: There are no run ids, or none of them is known here.
        """
        places = self._run_ids()
        pairs = _answers(places)
        labels = [label for label, _ in pairs]
        library = places[0].source.library
        return basis_frame(labels, (), [answer for _, answer in pairs], library=library)

    def panel(self) -> Any:
        """Show the panel: a value, its reasoning, its sources.

        Returns:
            The panel: it shows itself as the last value of a cell.

        Raises:
            InputError: There are no run ids, several a row, or none of them is known here.
        """
        self.check_column()
        return show_panel(self._frame)

    def check_column(self) -> None:
        """Check that the run ids are in one column `run_id`: a panel shows one answer a row.

        Raises:
            InputError: They are elsewhere; says how to put them there.
        """
        places = [place for place in self._run_ids() if not self._is_behind(place)]
        if len(places) > 1:  # a field may be called so too, as run_id_found is with a suffix
            places = [place for place in places if _ids_known(place)] or places
        if len(places) == 1 and places[0].name in map(repr, _COLUMNS):
            return
        names = ", ".join(place.name for place in places)
        remedies = {
            "index": "df.reset_index().parallel.panel()",
            "doubled": "df.loc[:, ~df.columns.duplicated()].parallel.panel()",
            "named": f"df.rename(columns={{{places[0].name}: 'run_id'}}).parallel.panel()",
        }
        is_doubled = len(places) > 1 and places[0].name == places[1].name
        kind = "index" if places[0].in_index else "doubled" if is_doubled else "named"
        raise InputError(
            f"A panel reads the run ids from one column run_id, and the frame has them in {names}.",
            f"Choose the answers to show: {remedies[kind]}; or df.parallel.basis() for all.",
        )

    @property
    def column(self) -> str:
        """The column whose answers a panel shows: `run_id`, or `candidate_id` of a found table."""
        return _COLUMN if _COLUMN in column_names(self._frame) else _CANDIDATE_COLUMN

    def _is_behind(self, place: _Place) -> bool:
        """True for the candidates of a find of which a question was asked: a panel shows that."""
        return place.name == repr(_CANDIDATE_COLUMN) != repr(self.column)

    def _run_ids(self) -> list[_Place]:
        places = _places(self._frame)
        if not places:
            raise InputError(
                "The frame has no run_id column, so its answers cannot be found again.",
                "Keep the run_id column of the answered frame when you select columns.",
            )
        return places


@dataclass(frozen=True, slots=True)
class _Place:
    """Where run ids were found: a column, or a level of a pandas index."""

    name: str
    #: The ids as a table of one column: others of the frame may share a name.
    source: Source
    in_index: bool = False


def _places(frame: Any) -> list[_Place]:
    """All places of a frame that hold run ids, the column `run_id` first."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is met

    if not nw.dependencies.is_pandas_like_dataframe(frame):
        names = [name for name in column_names(frame) if names_run_ids(name)]
        found = [_Place(repr(name), read_frame(frame[name])) for name in names]
    else:
        # By position, since names may be there twice, and may be of any type.
        found = [
            _Place(repr(name), read_frame(frame.iloc[:, at].rename(_COLUMN)))
            for at, name in enumerate(frame.columns)
            if names_run_ids(name)
        ]
        found += [
            _Place(
                f"the index ({name!r})",
                read_frame(frame.index.get_level_values(at).to_series(frame.index, name=_COLUMN)),
                in_index=True,
            )
            for at, name in enumerate(frame.index.names)
            if names_run_ids(name)
        ]
    return sorted(found, key=lambda place: place.name != repr(_COLUMN))


def names_run_ids(name: Any) -> bool:
    """True for `run_id` and `candidate_id`, and for what libraries make of them: `run_id_x`."""
    if isinstance(name, tuple):
        return any(map(names_run_ids, name))
    text = str(name).casefold()
    return any(text == column or text.startswith(f"{column}_") for column in _COLUMNS)


def _ids_known(place: _Place) -> bool:
    """True where the journal knows one of the ids."""
    ids = (str(one) for one in place.source.values(place.source.names[0]) if not is_missing(one))
    find = _providers.find_answers
    return find is not None and bool(find(list(dict.fromkeys(ids))))


def _answers(places: Sequence[_Place]) -> list[tuple[Any, RowAnswer]]:
    columns = [place.source.values(place.source.names[0]) for place in places]
    # A row that has the same id twice has one answer.
    rows = [
        dict.fromkeys(str(run_id) for run_id in run_ids if not is_missing(run_id))
        for run_ids in zip(*columns, strict=True)
    ]
    distinct = list(dict.fromkeys(run_id for run_ids in rows for run_id in run_ids))
    find = _providers.find_answers
    known = find(distinct) if find is not None else {}
    if distinct and not known:
        raise InputError(
            f"None of the {len(distinct):,} run ids is known to the journal of this machine.",
            "Attach the job that made them first: pnb.attach('tgrp_...').",
        )
    labeled = zip(places[0].source.index, rows, strict=True)
    return [
        (label, known[run_id])
        for label, run_ids in labeled
        for run_id in run_ids
        if run_id in known
    ]
