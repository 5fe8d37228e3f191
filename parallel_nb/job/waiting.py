"""Waiting for work on the background loop, and what the handles of a job and a find share.

A cell waits on its own thread and can be interrupted at any time; the work goes on without it.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from abc import ABC, abstractmethod
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, Self

from parallel_nb.api.arguments import shown
from parallel_nb.api.errors import InputError
from parallel_nb.connection import background, pages

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Coroutine, Generator

    from parallel_nb.api.errors import JobIncompleteError
    from parallel_nb.job.model import JobState, WorkProgress

#: Windows cannot interrupt a wait without a timeout, so waits are short ones in a row.
_WAIT_SECONDS: Final = 0.1


class JobInterrupted(KeyboardInterrupt):
    """An interrupt that has detached a job: says what was sent and how to get it back.

    Still a `KeyboardInterrupt`, so that it ends Run All as any interrupt does.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


class JobStillRunning(TimeoutError):  # noqa: N818 - says what it is to the person
    """`wait(timeout)` has waited in vain; the work goes on."""

    def _render_traceback_(self) -> list[str]:
        return [f"TimeoutError: {self}"]


class Waiting(ABC):
    """Work that runs on the background loop, and that any thread may wait for."""

    #: What it is called in messages.
    _noun = "job"
    #: Seconds that a request under way may take to end once the work is detached.
    _grace: float
    _ended: threading.Event
    _future: concurrent.futures.Future[None]

    @property
    @abstractmethod
    def message(self) -> str:
        """One sentence on how the work ended early and how to go on, or ""."""

    @property
    @abstractmethod
    def error(self) -> JobIncompleteError | None:
        """The exception that `wait` raises where the work ended incomplete, or None."""

    @abstractmethod
    def _detach(self) -> object:
        """Begin nothing more and leave what was begun; may be called again."""

    def _begin(
        self, run: Callable[[], Coroutine[Any, Any, None]], show_end: Callable[[], None]
    ) -> None:
        """Begin `run` on the background loop; `show_end` is called there when it is over.

        `_ended` is new; `run` may set it when all is written.
        """

        async def work() -> None:
            try:
                await run()
            finally:
                self._ended.set()
                show_end()

        self._future = background.submit(work())

    def wait(self, timeout: float | None = None) -> Self:
        """Wait until it has ended.

            job.wait().df

        Args:
            timeout: Seconds to wait at most; None waits for as long as it takes.

        Returns:
            The job, or the find, itself.

        Raises:
            InputError: `timeout` is no number.
            JobIncompleteError: It ended before all was answered; `df` has what was.
            TimeoutError: It has not ended in time; it goes on.
            JobInterrupted: An interrupt; it was detached and says how to go on.
        """
        self._wait(None if timeout is None else _seconds(timeout))
        return self._raise_error()

    def _wait(self, timeout: float | None = None) -> None:
        """Wait without raising what the work ended with."""
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._future.done():
                left = math.inf if deadline is None else deadline - time.monotonic()
                if left <= 0:
                    raise JobStillRunning(
                        f"The {self._noun} has not ended within {timeout} s; it goes on."
                    )
                self._wait_at_most(min(left, _WAIT_SECONDS))
                pages.handle_messages()
        except KeyboardInterrupt:
            self._detach()
            self._wait_at_most(self._grace + 1)
            raise JobInterrupted(self.message or f"{self!r}") from None
        self._future.result()

    def _wait_for_end(self) -> None:
        # A view that shows the end asks for the frame before the work is through with it.
        if not self._ended.is_set():
            self._wait()

    def _wait_at_most(self, seconds: float) -> None:
        try:
            self._future.exception(timeout=seconds)
        except TimeoutError:
            return

    def __await__(self) -> Generator[Any, None, Self]:
        """Wait in a cell or a coroutine: `await job`. Cancelling detaches it.

        Raises:
            JobIncompleteError: It ended before all was answered.
        """
        return self._wait_async().__await__()

    async def _wait_async(self) -> Self:
        try:
            while not self._future.done():  # noqa: ASYNC110 - it belongs to another loop
                await asyncio.sleep(_WAIT_SECONDS / 2)
        except asyncio.CancelledError:
            self._detach()
            raise
        self._future.result()
        return self._raise_error()

    def _raise_error(self) -> Self:
        if self.error is not None:
            raise self.error
        return self


class Handle(Waiting):
    """What a person holds of work that one runner does and that is shown once: a job, or a find."""

    #: What it is made of, and the runner and the view of the work that was begun last.
    _setup: Any
    _runner: Any
    _view: Any
    #: The frame of the answers, once somebody has asked for it.
    _frame: Any

    def _launch(
        self, make_runner: Callable[[Any, Any, Callable[[], None]], Any], view: Any
    ) -> None:
        """Begin the work, for the first time or again."""
        self._view, self._frame = view, None
        self._grace = self._setup.tuning.grace
        self._ended = threading.Event()
        runner = self._runner = make_runner(self._setup, view, self._ended.set)
        self._begin(runner.run, lambda: runner.finish(self))

    def _let_end(self) -> None:
        """Let work that says it has ended come to its end: it writes and shows it first."""
        if self.progress.ended:
            self._wait_at_most(self._grace)

    def _check_ended(self) -> None:
        self._let_end()
        if not self._future.done():
            noun = self._noun
            raise InputError(f"The {noun} is still running.", f"Wait for its end: {noun}.wait().")

    @property
    @abstractmethod
    def progress(self) -> WorkProgress:
        """Where it stands now: an immutable snapshot."""

    @property
    def title(self) -> str:
        """What it is called in displays and in the list of jobs."""
        return self.progress.title

    @property
    def connection(self) -> str:
        """The label of the connection that is asked: "hosted", "embedded: dataroom, ..."."""
        return self.progress.connection

    @property
    def status(self) -> JobState:
        """The state in a word.

        "submitting", "running" and "stopping" while it works; then "done"; "stopped" (rows were
        left unsent, or the find was cancelled), "detached" (what was sent goes on without it) or
        "incomplete" (a fault has ended it; see `error`).
        """
        return self.progress.state

    @property
    def message(self) -> str:
        """One sentence on how it ended and how to go on, or ""."""
        return self.progress.message

    @property
    def error(self) -> JobIncompleteError | None:
        """The exception that `wait` raises where it ended incomplete, or None."""
        error: JobIncompleteError | None = self._runner.error if self._ended.is_set() else None
        return error


def _seconds(timeout: object) -> float:
    if isinstance(timeout, Real):
        return float(timeout)
    raise InputError(f"timeout = {shown(timeout)} is no number.", "Give a number of seconds.")
