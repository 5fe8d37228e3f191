"""What shows a job's progress, as jobs see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.job.handle import Job
    from parallel_nb.job.model import Progress


class View(Protocol):
    """Shows one job. Called from the loop thread, about five times a second at most.

    An exception of a view is logged and ends its part; it never touches the job.
    """

    def start(self, progress: Progress, stop: Callable[[], None]) -> None:
        """Show the beginning; `stop` may be called from any thread to stop submitting."""

    def update(self, progress: Progress) -> None:
        """Show a newer snapshot."""

    def finish(self, job: Job) -> None:
        """Replace what is shown by the end: the job's own work is over."""


class NullView:
    """Shows nothing."""

    def start(self, progress: Progress, stop: Callable[[], None]) -> None:
        """Show nothing."""

    def update(self, progress: Progress) -> None:
        """Show nothing."""

    def finish(self, job: Job) -> None:
        """Show nothing."""
