"""`df.parallel`: the basis of a frame's answers, found again through its `run_id` column.

The accessor knows neither journal nor panel. The rooms above put in what finds an answer
by its run's id (`use_source`) and what shows a panel (`use_panel`). So it works on any frame that
still has the column: filtered, sorted, merged, or read back from a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from parallel_nb.api.errors import InputError
from parallel_nb.tables.basis import basis_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.tables.frames import RowAnswer

_COLUMN = "run_id"


class AnswerSource(Protocol):
    """Finds answers by run id."""

    def __call__(self, run_ids: Sequence[str]) -> dict[str, RowAnswer]:
        """Return what is known of these runs; unknown ids are left out."""


_hooks: dict[str, Any] = {}


def use_source(source: AnswerSource) -> None:
    """Say what finds an answer by its run's id."""
    _hooks["source"] = source


def use_panel(panel: Callable[[Any], Any]) -> None:
    """Say what shows the panel; it is called with a frame or a job."""
    _hooks["panel"] = panel


def show_panel(of: Any) -> Any:
    """Make the panel of a frame or a job. Raises `InputError` where nothing can show one."""
    panel = _hooks.get("panel")
    if panel is None:
        raise InputError(
            "There is nothing here that can show a panel.",
            "Use df.parallel.basis() or job.basis for the same as a frame.",
        )
    return panel(of)


def register() -> None:
    """Give pandas (and Polars, where it is in use) the accessor; again is harmless."""
    import sys  # noqa: PLC0415 - with pandas, below

    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    if not hasattr(pd.DataFrame, "parallel"):
        pd.api.extensions.register_dataframe_accessor("parallel")(ParallelAccessor)
    polars = sys.modules.get("polars")
    if polars is not None and not hasattr(polars.DataFrame, "parallel"):
        polars.api.register_dataframe_namespace("parallel")(ParallelAccessor)


class ParallelAccessor:
    """Where the answers of a frame came from.

    Examples:
        >>> profiles.merge(prices, on="name").parallel.basis()  # doctest: +SKIP
    """

    def __init__(self, frame: Any) -> None:
        """Raise `InputError` later, when asked: pandas hides errors of this place."""
        self._frame = frame

    def _column(self) -> tuple[list[Any], list[Any], str]:
        if _COLUMN not in self._frame.columns:
            raise InputError(
                "The frame has no run_id column, so its answers cannot be found again.",
                "Keep the run_id column of the answered frame when you select columns.",
            )
        column = self._frame[_COLUMN]
        if hasattr(self._frame, "iloc"):
            return list(self._frame.index), column.tolist(), "pandas"
        return list(range(len(column))), column.to_list(), "polars"

    def answers(self) -> list[tuple[Any, RowAnswer]]:
        """Each row's label with its answer; rows without a known run are left out.

        Raises `InputError` when none of the run ids is known here.
        """
        labels, run_ids, _ = self._column()
        wanted = list(dict.fromkeys(str(r) for r in run_ids if not is_missing(r)))
        source = _hooks.get("source")
        known = source(wanted) if source is not None else {}
        if wanted and not known:
            raise InputError(
                f"None of the {len(wanted):,} run ids is known to the journal of this machine.",
                "Attach the job that made them first: pnb.attach('tgrp_...').",
            )
        pairs = zip(labels, run_ids, strict=True)
        return [(label, known[r]) for label, r in pairs if not is_missing(r) and r in known]

    def basis(self) -> Any:
        """The long frame of `job.basis` for the rows of this frame."""
        pairs = self.answers()
        labels = [label for label, _ in pairs]
        return basis_frame(labels, (), [answer for _, answer in pairs], library=self._column()[2])

    def panel(self) -> Any:
        """Show the panel: a value, its reasoning, its sources."""
        self._column()
        return show_panel(self._frame)
