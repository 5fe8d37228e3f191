"""Shows a running job: a widget while it runs, static HTML and text for good afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.bundles import job_bundle
from parallel_nb.display.environment import Mode, mode, show, show_in_marimo, show_live
from parallel_nb.display.html import progress as progress_static

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.job.model import FinishedJob, Progress

#: Seconds between two messages to the page: at most five a second.
MESSAGE_SECONDS: Final = 0.2
#: Seconds between two lines on a terminal.
LINE_SECONDS: Final = 10.0
#: The first line on a terminal comes after so many seconds; a short job needs none.
FIRST_LINE_SECONDS: Final = 2.0


class NotebookView:
    """Shows one job where the person is: notebook, static mode, or terminal.

    Follows `jobs.View`: `start`, `update` and `finish` come from the loop thread. While the
    job runs one widget is displayed; at the end the same output becomes HTML and text, so
    that no widget stays in the file. In marimo, whose files hold no outputs, the widget stays
    until the cell's own value takes its place.
    """

    def __init__(self) -> None:
        """Look where we are; imports the widget now, so that the loop never waits for it."""
        self._mode: Mode = mode()
        self._widget: Any = None
        self._handle: Any = None
        self._sent_at = 0.0
        self._waiting: Progress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._line_at = 0.0
        self._last_line = ""
        if self._mode == "live":
            from parallel_nb.display.widgets import progress as progress_widget  # noqa: F401, PLC0415 - loads it now
        elif self._mode == "marimo":
            from parallel_nb.display.widgets.progress import ProgressWidget  # noqa: PLC0415 - heavy

            # Here, since marimo knows the running cell by its thread. Its page is heard only
            # when the cell has ended, so a button to stop would lie.
            self._widget = ProgressWidget(lambda: None, stoppable=False)
            show_in_marimo(self._widget)

    def start(self, progress: Progress, stop: Callable[[], None]) -> None:
        """Show the beginning. `stop` may be called from any thread."""
        self._line_at = monotonic() + FIRST_LINE_SECONDS
        if self._mode == "marimo":
            self._widget.show(progress)
        if self._mode != "live":
            return
        from parallel_nb.display.widgets.progress import ProgressWidget  # noqa: PLC0415 - see init

        self._widget = ProgressWidget(stop)
        self._widget.show(progress)
        self._sent_at = monotonic()
        self._handle = show_live(self._widget, progress_static.text(progress))

    def update(self, progress: Progress) -> None:
        """Show a newer snapshot; of several in a fifth of a second the last is sent."""
        if self._mode == "terminal":
            self._print_line(progress)
        elif self._widget is not None:
            self._waiting = progress
            wait = self._sent_at + MESSAGE_SECONDS - monotonic()
            if wait <= 0:
                self._flush()
            elif self._timer is None:
                with contextlib.suppress(RuntimeError):  # not on a loop: the next update sends
                    self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def finish(self, job: FinishedJob) -> None:
        """Replace what is shown by the end, as HTML and text that stay."""
        self._cancel_timer()
        if self._mode == "terminal":
            sys.stderr.write(progress_static.text(job.progress) + "\n")
            return
        if self._mode == "marimo":
            self._widget.show(dataclasses.replace(job.progress, rate=None, eta=None))
            return
        progress = job.progress
        if progress.state == "done" and progress.queued + progress.running + progress.unsent:
            # The loop was ended under the job, as at a shutdown of the kernel.
            from parallel_nb.display.widgets.progress import left_bundle  # noqa: PLC0415 - heavy

            bundle = left_bundle(progress)
        else:
            bundle = self._final(job)
        if self._handle is not None:
            self._handle.update(bundle, raw=True)
        else:
            show(bundle)
        widget, self._widget = self._widget, None
        if widget is not None:
            widget.end(bundle)

    def _final(self, job: FinishedJob) -> dict[str, str]:
        """What stays in the notebook; a view of something narrower than a table overrides it."""
        return job_bundle(job)

    def _flush(self) -> None:
        self._cancel_timer()
        progress, self._waiting = self._waiting, None
        if progress is not None and self._widget is not None:
            self._sent_at = monotonic()
            self._widget.show(progress)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _print_line(self, progress: Progress) -> None:
        now = monotonic()
        line = progress_static.line(progress)
        if now < self._line_at or line == self._last_line or progress.ended:
            return
        self._line_at, self._last_line = now + LINE_SECONDS, line
        sys.stderr.write(line + "\n")
