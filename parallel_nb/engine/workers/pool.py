"""The pool: queued runs are answered by a few worker processes, fairly between those who ask.

Reading is pure Python, so threads would share one core with the event loop; processes do
not. Each has a thread here that sends it runs and stores what comes back.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final, TypeVar

import msgspec

from parallel_nb.api.types import ErrorBody
from parallel_nb.engine.workers.earlier import earlier_answers
from parallel_nb.engine.workers.fair_queue import FairQueue, Share
from parallel_nb.engine.workers.protocol import (
    Answered,
    Documents,
    Failed,
    FindStep,
    ModelUsage,
    ProgressEvent,
    Reading,
    ReadRun,
    Ready,
    receive_from_worker,
    send,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from parallel_nb.engine.store.write import Store
    from parallel_nb.engine.workers.protocol import FromWorker

_log = logging.getLogger(__name__)
T = TypeVar("T")
MAX_WORKERS: Final = 8
#: Runs that a worker is sent ahead: the next one waits in its pipe, so that it never waits.
AHEAD: Final = 2
#: Seconds that reading for one run may take; then its worker is ended, and the run has failed.
READ_WITHIN: Final = 30.0
#: Seconds between two looks at the workers.
_WATCH_EVERY: Final = 1.0
#: Ended runs that may wait to be stored before the worker's thread waits for the store.
MAX_UNSTORED: Final = 256
#: Seconds between two looks at whether the workers are done, at the end.
_LOOK_EVERY: Final = 0.05
#: Of an engine among many: runs that it claims ahead are those that it answers in so many seconds,
#: and so many at most.
_CLAIM_AHEAD: Final = 0.5
_MOST_CLAIMED: Final = 400
#: Seconds until a run whose end could not be stored is queued again.
_RETRY_AFTER: Final = 5.0


def default_workers() -> int:
    """One worker a core: they are nice, so that the event loop finds its time."""
    return max(1, min(MAX_WORKERS, os.cpu_count() or 1))


class StepFailedError(Exception):
    """A step that cannot be taken, or whose worker has died; the message is the reason."""


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step of a FindAll run, and who waits for what it gives."""

    message: FindStep
    result: Future[bytes]


#: What a worker does: a run, by its id in the store, or a step.
_Work = int | _Step


@dataclass(slots=True)
class _Assignment:
    """What a worker has been sent."""

    share: Share
    work: _Work
    #: How often a worker has died while it was at it.
    deaths: int = 0
    #: Whether a worker has begun to read for it.
    is_read: bool = False
    #: Whether its worker was ended because the reading took too long.
    is_overdue: bool = False
    #: The progress events so far, encoded.
    progress: list[bytes] = field(default_factory=list)


class WorkerPool:
    """Answers queued runs until it is stopped.

    Examples:
        >>> pool = WorkerPool(store, pickle_documents(room.directory))
        >>> pool.start()
        >>> pool.enqueue(None, store.add_runs(None, [run]).result().ids)
    """

    #: Called on any thread when `room` may have grown.
    on_room: Callable[[], None] | None = None

    def __init__(
        self,
        store: Store,
        documents: Documents,
        *,
        workers: int | None = None,
        read_within: float = READ_WITHIN,
        stderr: IO[bytes] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            store: where runs come from and where their ends go.
            documents: what each worker answers from.
            workers: how many processes; None for one a core.
            read_within: seconds that reading for one run may take.
            stderr: where they write what is no answer; None for our own.
        """
        self._store = store
        #: What each worker is sent at its start.
        self.documents = documents
        self._stderr = stderr
        #: Seconds that reading for one run may take.
        self.read_within = read_within
        #: What a language model was asked by all workers.
        self.model_usage = ModelUsage()
        self._usage_lock = threading.Lock()
        self._queue: FairQueue[_Work] = FairQueue()
        self._assignments: dict[_Work, _Assignment] = {}
        self._deaths: dict[_Work, int] = {}
        self._workers = [_Worker(self) for _ in range(workers or default_workers())]
        #: How many runs have ended here, and when the last of them did.
        self.ended = Counter[str]()
        #: Seconds that the workers have read for runs.
        self.reading_seconds = 0.0
        self._ended_at: deque[float] = deque(maxlen=_MOST_CLAIMED)
        self._stopped = threading.Event()
        self._watchdog = threading.Thread(target=self._end_overdue, name="watchdog", daemon=True)

    def start(self) -> None:
        """Start the workers; they begin with what an earlier engine left unfinished.

        Of a store of many engines, runs are claimed (`claims`).

        Raises:
            OSError: a process cannot be started.
        """
        if not self._store.is_shared:
            self._queue.recall(self._store.usage.answered_in_hour())
            for group_id, run_id, student in self._store.unfinished():
                self.enqueue(group_id, [run_id], student)
        for worker in self._workers:
            worker.start()
        self._watchdog.start()

    def stop(self) -> None:
        """End the workers now; what they were answering is queued again by the next engine."""
        self._stopped.set()
        self._queue.close()
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.join(timeout=10)

    def enqueue(
        self, group_id: int | None, run_ids: Iterable[int], student: str | None = None
    ) -> None:
        """Have runs of one group answered; they must stand in the store."""
        self._queue.put(Share(group_id, student), run_ids)

    def take_step(self, group: Hashable, body: bytes, student: str | None = None) -> Future[bytes]:
        """Have a worker take a step of a FindAll run, in turn with what other groups wait for.

        Args:
            group: whose step it is.
            body: the step, as encoded JSON.
            student: who asked for it, on the engine of a class.

        Returns:
            What it gives, as encoded JSON. It raises `StepFailedError` where it cannot be taken;
            where the pool is stopped before, it is never done.
        """
        step = _Step(FindStep(body), Future())
        step.result.set_running_or_notify_cancel()
        self._queue.put(Share(group, student), [step])
        return step.result

    @property
    def active(self) -> int:
        """How many runs and steps wait or are being worked on."""
        return len(self._queue) + len(self._assignments)

    def room(self) -> int:
        """How many more runs should be claimed; 0 until there is room for half of what may wait."""
        since = time.monotonic() - _CLAIM_AHEAD
        lately = sum(moment > since for moment in list(self._ended_at))
        target = min(_MOST_CLAIMED, len(self._workers) * AHEAD + lately)
        room = target - self.active
        return room if 2 * room >= target else 0

    def withdraw(self) -> list[int]:
        """Take out the runs that no worker has been sent."""
        return [work for work in self._queue.clear() if isinstance(work, int)]

    def drain(self, within: float) -> None:
        """Wait until the workers have done what they were sent, for so many seconds at most."""
        deadline = time.monotonic() + within
        while self._assignments and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY)

    def progress_of(self, run_id: int) -> list[bytes]:
        """The progress events so far of a run that is being answered, encoded."""
        assignment = self._assignments.get(run_id)
        return list(assignment.progress) if assignment else []

    def _end_overdue(self) -> None:
        while not self._stopped.wait(min(_WATCH_EVERY, self.read_within)):
            for worker in self._workers:
                worker.end_overdue()

    # --- called on the workers' threads -------------------------------------------------

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a worker's process.

        Raises:
            OSError: it cannot be started.
        """
        return subprocess.Popen(
            [sys.executable, "-m", "parallel_nb.engine.workers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    @property
    def is_stopped(self) -> bool:
        """Whether the engine is ending."""
        return self._stopped.is_set()

    def assign(self, *, wait: bool) -> tuple[_Assignment, ReadRun | FindStep] | None:
        """What comes next and the message for its worker; None when nothing does, or at the end."""
        found = self._queue.get(wait=wait)
        if found is None:
            return None
        share, work = found
        message = work.message if isinstance(work, _Step) else self._claim(work)
        assignment = _Assignment(share, work, self._deaths.pop(work, 0))
        self._assignments[work] = assignment
        return assignment, message

    def _claim(self, run_id: int) -> ReadRun:
        row = self._store.input(run_id)
        self._store.claim(run_id)
        earlier = earlier_answers(self._store, row.input)
        return ReadRun(row.input, row.spec, bool(row.enable_events), earlier)

    def complete(self, assignment: _Assignment, answer: Answered) -> Future[bool]:
        """Store the output of a run, or hand on what a step gives."""
        if (usage := answer.usage) is not None:
            with self._usage_lock:
                total = self.model_usage
                total.requests += usage.requests
                total.cached += usage.cached
                total.prompt_tokens += usage.prompt_tokens
                total.completion_tokens += usage.completion_tokens
        if isinstance(assignment.work, _Step):
            return self._end_step(assignment, assignment.work, answer.output)
        stored = self._store.finish(
            assignment.work,
            "completed",
            output=answer.output,
            progress=b"\n".join(assignment.progress),
        )
        return self._release(assignment, stored, "completed")

    def add_reading(self, seconds: float) -> None:
        """Count the time that a worker has read for a run."""
        with self._usage_lock:
            self.reading_seconds += seconds

    def keep_progress(self, run_id: int, events: list[bytes]) -> None:
        """Let those know how far a run is who follow it by another engine."""
        self._store.keep_progress(run_id, b"\n".join(events))

    def fail(self, assignment: _Assignment, reason: str) -> Future[bool]:
        """Store that a run has failed, and log why under the same number; or fail a step."""
        if isinstance(assignment.work, _Step):
            return self._end_step(assignment, assignment.work, StepFailedError(reason))
        error = ErrorBody(ref_id=str(uuid.uuid4()), message=reason)
        _log.warning("ref %s: run %d failed: %s", error.ref_id, assignment.work, reason)
        stored = self._store.finish(
            assignment.work,
            "failed",
            error=msgspec.json.encode(error),
            progress=b"\n".join(assignment.progress),
        )
        return self._release(assignment, stored, "failed")

    def _end_step(
        self, assignment: _Assignment, step: _Step, result: bytes | StepFailedError
    ) -> Future[bool]:
        self._assignments.pop(assignment.work, None)
        if isinstance(result, bytes):
            step.result.set_result(result)
        else:
            step.result.set_exception(result)
        done: Future[bool] = Future()
        done.set_result(True)
        return done

    def requeue(self, assignments: Iterable[_Assignment]) -> None:
        """Queue what a worker that has died was sent.

        The one that it was reading is queued once only, and not if it took too long; those that
        it had not begun with have no part in its death.
        """
        for assignment in assignments:
            if not self.is_stopped and assignment.is_read:
                if assignment.is_overdue:
                    limit = f"{self.read_within:g} s"
                    self.fail(assignment, f"Reading took over {limit} and was ended.")
                    continue
                if assignment.deaths:
                    self.fail(assignment, "The worker process ended twice while it read this run.")
                    continue
            self._deaths[assignment.work] = assignment.deaths + assignment.is_read
            self._assignments.pop(assignment.work, None)
            self._queue.put(assignment.share, [assignment.work], first=True)

    def _release(self, assignment: _Assignment, stored: Future[bool], status: str) -> Future[bool]:
        """Forget a run once its end is stored; queue it again where it cannot be."""

        def on_stored(done: Future[bool]) -> None:
            self._assignments.pop(assignment.work, None)
            self._ended_at.append(time.monotonic())
            if self.on_room:
                self.on_room()
            if done.exception() is not None:  # logged by the store; such as a full disk
                run = (assignment.share, [assignment.work])
                again = threading.Timer(_RETRY_AFTER, self._queue.put, run)
                again.daemon = True
                again.start()
            elif done.result():
                self.ended[status] += 1

        stored.add_done_callback(on_stored)
        return stored


def _name(work: _Work) -> str:
    return "a step of a FindAll run" if isinstance(work, _Step) else f"run {work}"


class _Worker:
    """One worker's process and the thread that serves it."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        #: What the process has been sent and has not answered, in order.
        self._assigned: deque[_Assignment] = deque()
        #: When it began with the first of them.
        self._began = 0.0
        self._thread = threading.Thread(target=self._serve, name="worker", daemon=True)

    def start(self) -> None:
        self._process = self._pool.spawn()
        self._thread.start()

    def join(self, timeout: float) -> None:
        if self._thread.ident is not None:  # an engine that could not begin has started none
            self._thread.join(timeout)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def end_overdue(self) -> None:
        """End the process where it has been reading for one run for too long."""
        # both change on the thread that serves: what is looked at here may have just been answered
        for assignment in list(self._assigned)[:1]:
            if time.monotonic() - self._began > self._pool.read_within:
                limit = self._pool.read_within
                _log.error("%s took over %g s", _name(assignment.work), limit)
                assignment.is_overdue = True
                self.kill()

    def _serve(self) -> None:
        """Keep a process at work until the pool is stopped."""
        while not self._pool.is_stopped:
            started = time.monotonic()
            try:
                process = self._process = self._process or self._pool.spawn()
                try:
                    self._work(process)
                finally:
                    process.kill()
                    process.communicate()
            except OSError as error:  # the process has died, or cannot be started
                if not self._pool.is_stopped:
                    _log.warning("a worker has ended: %s", error)
            except Exception:  # noqa: BLE001 - logged; the engine goes on
                _log.exception("a worker's thread failed; its process is started again")
            self._process = None
            self._pool.requeue(self._assigned)
            self._assigned.clear()
            if not self._pool.is_stopped and time.monotonic() - started < 1:
                time.sleep(1)  # a process that cannot start must not be started in a loop

    def _work(self, process: subprocess.Popen[bytes]) -> None:
        """Send runs and take in answers until the process or the queue ends."""
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101 - the same
        send(process.stdin, self._pool.documents)
        if not isinstance(receive_from_worker(process.stdout), Ready):
            return
        unstored: deque[Future[bool]] = deque()
        while True:
            while len(self._assigned) < AHEAD:
                assigned = self._pool.assign(wait=not self._assigned)
                if assigned is None:
                    break
                assignment, message = assigned
                if not self._assigned:
                    self._began = time.monotonic()
                self._assigned.append(assignment)
                send(process.stdin, message)
            if not self._assigned:
                return  # the queue is closed
            answer = receive_from_worker(process.stdout)
            if answer is None:
                return
            stored = self._take(self._assigned[0], answer)
            if stored is not None:
                self._assigned.popleft()
                self._pool.add_reading(time.monotonic() - self._began)
                self._began = time.monotonic()
                unstored.append(stored)
                while len(unstored) > MAX_UNSTORED:
                    unstored.popleft().exception()  # waits until the store has caught up

    def _take(self, assignment: _Assignment, answer: FromWorker) -> Future[bool] | None:
        """Take in one message; gives the storing of the run's end when it was its last."""
        if isinstance(answer, Reading):
            assignment.is_read = True
            self._began = time.monotonic()
        elif isinstance(answer, ProgressEvent):
            assignment.progress.append(answer.event)
            if isinstance(assignment.work, int):
                self._pool.keep_progress(assignment.work, assignment.progress)
        elif isinstance(answer, Answered):
            return self._pool.complete(assignment, answer)
        elif isinstance(answer, Failed):
            return self._pool.fail(assignment, answer.reason)
        return None
