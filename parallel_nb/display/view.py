"""Shows a running job or find: a widget while it runs, static HTML and text for good afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final

from parallel_nb.display.bundles import finished_bundle
from parallel_nb.display.environment import (
    Mode,
    may_ignore_updates,
    mode,
    show,
    show_in_marimo,
    show_live,
)
from parallel_nb.display.html import progress as progress_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.display.bundles import Bundle
    from parallel_nb.display.html.progress import AnyProgress
    from parallel_nb.finding.model import FinishedFind
    from parallel_nb.job.model import FinishedJob

    Finished = FinishedJob | FinishedFind

#: Seconds between two messages to the page: at most five a second.
MESSAGE_SECONDS: Final = 0.2
#: Seconds between two lines on a terminal.
LINE_SECONDS: Final = 10.0
#: Seconds before the first line on a terminal; a short job needs none.
FIRST_LINE_SECONDS: Final = 2.0


class NotebookView:
    """Shows one job, or one find, where the person is: notebook, static mode, marimo, or terminal.

    Follows the protocol `parallel_nb.job.View`: the loop thread calls `start`, `update` and
    `finish`. While the job runs one widget is displayed; at the end the same output becomes HTML
    and text, so that no widget stays in the file. A front end that shows no updates (jupyter
    console, qtconsole) gets the end as text besides. In marimo, whose files hold no outputs, the
    widget stays until the cell's own value takes its place.

        job = parallel_nb.job.start(frame, prompt, view=NotebookView(), ...)
    """

    #: Told what the running cell shows already, so that its value is not shown a second time.
    on_take: ClassVar[Callable[[Any], None] | None] = None

    def __init__(self, final_bundle: Callable[[Any], Bundle] = finished_bundle) -> None:
        """Look where we are; imports the widget now, so that the loop never waits for it.

        Args:
            final_bundle: Makes what stays in the notebook, of the job or the find that has
                ended; its table unless given.
        """
        self._final_bundle = final_bundle
        self._mode: Mode = mode()
        # Asked here, on the cell's own thread; the loop's does not know the request.
        self._may_ignore_updates = self._mode == "live" and may_ignore_updates()
        self._widget: Any = None
        self._handle: Any = None
        self._sent_at = 0.0
        self._waiting: AnyProgress | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._line_at = 0.0
        self._last_line = ""
        if self._mode == "live":
            from parallel_nb.display.widgets import progress as progress_widget  # noqa: F401, PLC0415 - loads it now
        elif self._mode == "marimo":
            from parallel_nb.display.widgets.progress import ProgressWidget  # noqa: PLC0415 - heavy

            # Here, since marimo knows the running cell by its thread. Its page is heard only
            # when the cell has ended, so a button to stop would promise too much.
            self._widget = ProgressWidget(lambda: None, stoppable=False)
            show_in_marimo(self._widget)

    def take(self, work: object) -> None:
        """Note that the running cell shows `work` here; from the cell's own thread."""
        if (on_take := type(self).on_take) is not None:
            on_take(work)

    def start(self, progress: AnyProgress, stop: Callable[[], None]) -> None:
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
        self._handle = show_live(self._widget, progress_html.text(progress))

    def update(self, progress: AnyProgress) -> None:
        """Show a newer snapshot; of several within `MESSAGE_SECONDS` the last is sent."""
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

    def finish(self, job: Finished) -> None:
        """Replace what is shown by the end, as HTML and text that stay."""
        self._cancel_timer()
        progress = job.progress
        if self._mode == "terminal":
            sys.stderr.write(progress_html.text(progress) + "\n")
            return
        if self._mode == "marimo":
            self._widget.show(progress)
            return
        if progress.state == "done" and progress.open_rows:
            # The loop was ended under the job, as at a shutdown of the kernel.
            from parallel_nb.display.widgets.progress import (  # noqa: PLC0415 - heavy
                kernel_ended_bundle,
            )

            bundle = kernel_ended_bundle(progress)
        else:
            bundle = self._final_bundle(job)
        widget, self._widget = self._widget, None
        if self._handle is not None:
            self._handle.update(bundle, raw=True)
            if self._may_ignore_updates and not widget.was_rendered:
                # A console: what it has shown would say for ever that rows are being sent.
                sys.stdout.write(bundle["text/plain"] + "\n")
                sys.stdout.flush()
        else:
            show(bundle)
        if widget is not None:
            widget.end(bundle)

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

    def _print_line(self, progress: AnyProgress) -> None:
        now = monotonic()
        line = progress_html.line(progress)
        if now < self._line_at or line == self._last_line or progress.ended:
            return
        self._line_at, self._last_line = now + LINE_SECONDS, line
        sys.stderr.write(line + "\n")
