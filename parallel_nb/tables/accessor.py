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

    def _run_ids(self) -> Source:
        """The column of run ids as a table of its own: others may share a name."""
        if _COLUMN not in column_names(self._frame):
            raise InputError(
                "The frame has no run_id column, so its answers cannot be found again.",
                "Keep the run_id column of the answered frame when you select columns.",
            )
        return read_frame(self._frame[_COLUMN])

    def answers(self) -> list[tuple[Any, RowAnswer]]:
        """Each row's label with its answer; rows without a known run are left out.

        Raises:
            InputError: There is no run_id column, or none of the run ids is known here.
        """
        return _answers(self._run_ids())

    def basis(self) -> Any:
        """The basis of the rows of this frame, in the frame's own library.

        Returns:
            The columns of `job.basis`: row, run_id, field, value, confidence, reasoning, url,
            title, excerpt. `row` has the labels of this frame's index (positions, except in
            pandas).

        Raises:
            InputError: There is no run_id column, or none of the run ids is known here.
        """
        source = self._run_ids()
        pairs = _answers(source)
        labels = [label for label, _ in pairs]
        return basis_frame(labels, (), [answer for _, answer in pairs], library=source.library)

    def panel(self) -> Any:
        """Show the panel: a value, its reasoning, its sources.

        Raises:
            InputError: There is no run_id column, or none of the run ids is known here.
        """
        self._run_ids()
        return show_panel(self._frame)


def _answers(source: Source) -> list[tuple[Any, RowAnswer]]:
    run_ids = source.values(source.names[0])
    distinct = list(dict.fromkeys(str(run_id) for run_id in run_ids if not is_missing(run_id)))
    find = _providers.find_answers
    known = find(distinct) if find is not None else {}
    if distinct and not known:
        raise InputError(
            f"None of the {len(distinct):,} run ids is known to the journal of this machine.",
            "Attach the job that made them first: pnb.attach('tgrp_...').",
        )
    pairs = zip(source.index, run_ids, strict=True)
    return [
        (label, known[run_id])
        for label, run_id in pairs
        if not is_missing(run_id) and run_id in known
    ]
