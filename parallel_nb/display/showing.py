"""Ties jobs and results to what shows them; `ask` calls it, and so does `%load_ext`.

Who displays: `task` and `tasks` show their question as it goes, and the same output ends as
its result. So the value that they return shows nothing more in the cell that asked for it,
and itself in every later one (`Shown`). What a terminal shows is the value alone.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from parallel_nb.api.errors import RunFailedError
from parallel_nb.results import TaskResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.job import View
    from parallel_nb.job.model import FinishedJob
    from parallel_nb.tables import RowAnswer


def register_accessor() -> None:
    """Give DataFrames `.parallel`, which finds answers in the journal; again is harmless."""
    from parallel_nb.tables import accessor  # noqa: PLC0415 - loads pandas

    accessor.use_source(_find_answers)
    accessor.use_panel(_show_panel)
    accessor.register()


def _find_answers(run_ids: Sequence[str]) -> dict[str, RowAnswer]:
    from parallel_nb.job.answers import find_answers  # noqa: PLC0415 - when it is asked for

    return find_answers(run_ids)


def _show_panel(of: Any) -> Any:
    from parallel_nb import display  # noqa: PLC0415 - loads the widget

    return display.panel(of)


def result_of(job: FinishedJob, prompt: str) -> TaskResult:
    """The one answer of a job of one row. Raises `RunFailedError` when the run has failed."""
    (answer,) = job.answers()
    if answer.output is None or answer.run_id is None:
        raise RunFailedError(
            answer.error or f"The run ended as {answer.status}, without an answer.",
            "Run the cell again to ask it again.",
            run_id=answer.run_id or "(none)",
        )
    return TaskResult(
        prompt=prompt,
        processor=job.processor,
        connection=job.connection,
        run_id=answer.run_id,
        output=answer.output,
        fields=job.fields,
        reused=job.progress.reused > 0,
    )


def answer_view(prompt: str) -> View:
    """A view that ends as the answer itself, in place of a table of one row."""
    from parallel_nb.display import bundles, view  # noqa: PLC0415 - stays light

    class AnswerView(view.NotebookView):
        def _final(self, job: FinishedJob) -> dict[str, str]:
            try:
                return bundles.task_bundle(result_of(job, prompt))
            except RunFailedError:
                return bundles.progress_bundle(job)

    return AnswerView()


class Shown:
    """Which jobs and results the running cell has shown, so that none is shown twice."""

    def __init__(self) -> None:
        """Nothing has been shown yet."""
        self._values: weakref.WeakSet[Any] = weakref.WeakSet()
        self._shells: weakref.WeakSet[Any] = weakref.WeakSet()

    def add(self, value: Any) -> None:
        """Note that the running cell shows `value` already; on a terminal it does not."""
        if self.watch() and _in_kernel():
            self._values.add(value)

    def watch(self) -> bool:
        """Take over how IPython and marimo show our values; False where there is no IPython."""
        if "marimo" in sys.modules:
            _teach_marimo()
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is None:
            return False
        if shell not in self._shells:
            self._shells.add(shell)
            shell.events.register("post_run_cell", self._forget)
            from parallel_nb import display  # noqa: PLC0415 - `import parallel_nb` stays light
            from parallel_nb.job import Job, Plan  # noqa: PLC0415 - the same

            formatter = shell.display_formatter.ipython_display_formatter
            formatter.for_type(Job, lambda job: self._show(job, display.job_bundle))
            formatter.for_type(Plan, lambda plan: self._show(plan, display.plan_bundle))
            formatter.for_type(TaskResult, lambda result: self._show(result, display.task_bundle))
        return True

    def _forget(self, _result: Any = None) -> None:
        """The cell has ended."""
        self._values.clear()

    def _show(self, value: Any, bundle: Callable[[Any], dict[str, Any]]) -> None:
        from IPython import display as ipython  # noqa: PLC0415 - loaded when shown

        if any(value is shown for shown in self._values):  # a plan cannot be hashed
            return
        publish: Any = ipython.display
        publish(bundle(value), raw=True)


def _teach_marimo() -> None:
    """Marimo asks a value itself (`_display_`); jobs know nothing of displays, so we add it."""
    from parallel_nb import display  # noqa: PLC0415 - `import parallel_nb` stays light
    from parallel_nb.display.environment import HtmlAlone  # noqa: PLC0415 - the same
    from parallel_nb.job import Job, Plan  # noqa: PLC0415 - the same

    def shows(bundle: Callable[[Any], dict[str, str]]) -> Callable[[Any], HtmlAlone]:
        return lambda value: HtmlAlone(bundle(value))

    kinds: dict[Any, Any] = {Job: display.job_bundle, Plan: display.plan_bundle}
    for kind, bundle in kinds.items():
        kind._display_ = shows(bundle)


def _in_kernel() -> bool:
    from parallel_nb.display.environment import kernel_shell  # noqa: PLC0415 - stays light

    return kernel_shell() is not None


#: The one of this process.
shown = Shown()
