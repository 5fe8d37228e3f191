"""Registers how DataFrames, IPython and marimo show our values; `ask` and `%load_ext` call it.

`task` and `tasks` show their question as it goes, and the same output ends as its result. So
the value that they return shows nothing more in the cell that asked for it, and itself in every
later one (`ShownValues`). In a terminal, where nothing was shown, the value shows itself.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from parallel_nb.display.environment import HtmlOnly, in_kernel, shell, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.tables import RowAnswer


def register_accessor() -> None:
    """Give DataFrames `.parallel`, which finds answers in the journal; again is harmless."""
    from parallel_nb.tables import accessor  # noqa: PLC0415 - loads pandas

    accessor.register(find_answers=_find_answers, make_panel=_show_panel)


def _find_answers(run_ids: Sequence[str]) -> dict[str, RowAnswer]:
    from parallel_nb.job.answers import find_answers  # noqa: PLC0415 - when it is asked for

    return find_answers(run_ids)


def _show_panel(value: Any) -> Any:
    from parallel_nb import display  # noqa: PLC0415 - loads the widget

    return display.panel(value)


class ShownValues:
    """The values that the running cell has shown already, so that none is shown twice.

    Jobs and plans stand in rooms that know nothing of displays: how they show themselves is
    registered here.
    """

    def __init__(self) -> None:
        """Nothing has been shown yet."""
        # Not a set: a plan and an answer cannot be hashed.
        self._values: list[weakref.ref[Any]] = []
        self._shells: weakref.WeakSet[Any] = weakref.WeakSet()

    def add(self, value: Any) -> None:
        """Note that the running cell shows `value` already; in a terminal it does not."""
        self.register()
        if (ipython := shell()) is None:
            return
        _formatter(ipython).for_type(type(value), self._show)
        if in_kernel():
            self._values.append(weakref.ref(value))

    def register(self) -> None:
        """Say to IPython and marimo how jobs and plans are shown; again is harmless."""
        if "marimo" in sys.modules:
            _register_in_marimo()
        ipython = shell()
        if ipython is not None and ipython not in self._shells:
            self._shells.add(ipython)
            ipython.events.register("post_run_cell", self._forget)
            _view_class().on_take = self.add
            for kind in _bundles():
                _formatter(ipython).for_type(kind, self._show)

    def _forget(self, _result: Any = None) -> None:
        """The cell has ended."""
        self._values.clear()

    def _show(self, value: Any) -> None:
        if any(value is shown() for shown in self._values):
            return
        make = _bundles().get(type(value))
        show(value._repr_mimebundle_() if make is None else make(value))


def _view_class() -> Any:
    from parallel_nb.display.view import NotebookView  # noqa: PLC0415 - `import parallel_nb` stays light

    return NotebookView


def _bundles() -> dict[type, Callable[[Any], dict[str, str]]]:
    """How values are shown whose own rooms know nothing of displays."""
    from parallel_nb import display  # noqa: PLC0415 - `import parallel_nb` stays light
    from parallel_nb.finding import Find, FindPlan  # noqa: PLC0415 - the same
    from parallel_nb.job import CitedPage, Job, Plan  # noqa: PLC0415 - the same

    return {
        CitedPage: display.page_bundle,
        Find: display.find_bundle,
        FindPlan: display.find_plan_bundle,
        Job: display.job_bundle,
        Plan: display.plan_bundle,
    }


def _formatter(ipython: Any) -> Any:
    return ipython.display_formatter.ipython_display_formatter


def _register_in_marimo() -> None:
    """Marimo asks a value itself, by its `_display_`."""

    def as_html(make: Callable[[Any], dict[str, str]]) -> Callable[[Any], HtmlOnly]:
        return lambda value: HtmlOnly(make(value))

    for kind, make in _bundles().items():
        untyped: Any = kind
        untyped._display_ = as_html(make)


#: The one of this process.
shown = ShownValues()
