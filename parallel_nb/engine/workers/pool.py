"""The runner: queued runs are read by a small pool of processes, fairly between groups.

Reading is pure Python, so threads would share one core with the event loop; processes do
not. Each has a thread here that hands it runs and stores what comes back.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from typing import IO, TYPE_CHECKING, Final

import msgspec

from parallel_nb.engine.http.responses import error_body, input_body
from parallel_nb.engine.workers.worker import Frame, read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from parallel_nb.engine.store.write import Store

_log = logging.getLogger(__name__)
MAX_WORKERS: Final = 8
#: Runs that a worker is handed at once: the next one waits in its pipe, not in ours.
AHEAD: Final = 2
#: Seconds that one run may take before its reader is taken for stuck.
STUCK_AFTER: Final = 900.0
#: Ends that may wait for the store before the readers wait for it.
UNSTORED: Final = 256
_STORE_AGAIN_AFTER: Final = 5.0


def worker_count() -> int:
    """One reader a core: they are nice, so that the event loop finds its time."""
    return max(1, min(MAX_WORKERS, os.cpu_count() or 1))


class FairQueue:
    """Runs that wait, by group; each group in turn gives one."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._groups: OrderedDict[int | None, deque[int]] = OrderedDict()
        self._changed = threading.Condition()
        self._closed = False
        self._size = 0

    def __len__(self) -> int:
        """How many runs wait."""
        return self._size

    def put(self, group_id: int | None, run_ids: Iterable[int], *, first: bool = False) -> None:
        """Add runs of one group, behind its others or before them."""
        with self._changed:
            waiting = self._groups.setdefault(group_id, deque())
            before = len(waiting)
            if first:
                waiting.extendleft(reversed(list(run_ids)))
            else:
                waiting.extend(run_ids)
            self._size += len(waiting) - before
            if not waiting:
                del self._groups[group_id]
            self._changed.notify(len(waiting) - before)

    def get(self, *, wait: bool) -> tuple[int | None, int] | None:
        """Take the next run; None when none waits (without `wait`) or at the close."""
        with self._changed:
            while wait and not self._groups and not self._closed:
                self._changed.wait()
            if self._closed or not self._groups:
                return None
            group_id, waiting = self._groups.popitem(last=False)
            run_id = waiting.popleft()
            self._size -= 1
            if waiting:
                self._groups[group_id] = waiting
            return group_id, run_id

    def close(self) -> None:
        """Let every waiter go."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class _Handed(msgspec.Struct):
    """A run that a worker has been handed."""

    group_id: int | None
    run_id: int
    tells: bool
    tries: int = 0
    progress: list[bytes] = []  # msgspec gives each instance its own
    with_elements: bytes | None = None


class Runner:
    """Reads queued runs until it is stopped."""

    def __init__(
        self,
        store: Store,
        first_frame: bytes,
        *,
        workers: int | None = None,
        on_progress: Callable[[int], None] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        """Begin with what an earlier engine left unfinished.

        `first_frame` is what each worker is given at its start, `on_progress` is called
        on a worker's thread with the id of a run that has told something.
        """
        self._store = store
        self._first_frame = first_frame
        self._on_progress = on_progress
        self._stderr = stderr
        self.queue = FairQueue()
        self._in_hand: dict[int, _Handed] = {}
        self._tries: dict[int, int] = {}
        self._workers = [_Worker(self) for _ in range(workers or worker_count())]
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._kill_stuck, name="watch", daemon=True)

    def start(self) -> None:
        """Start the readers."""
        for group_id, run_id in self._store.unfinished():
            self.queue.put(group_id, [run_id])
        for worker in self._workers:
            worker.start()
        self._watch.start()

    def stop(self) -> None:
        """End the readers now; runs in hand are read again by the next engine."""
        self._stopped.set()
        self.queue.close()
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.join(timeout=10)

    @property
    def active(self) -> int:
        """How many runs wait or are being read."""
        return len(self.queue) + len(self._in_hand)

    def progress_of(self, run_id: int) -> list[bytes]:
        """What a run that is being read has told so far."""
        handed = self._in_hand.get(run_id)
        return list(handed.progress) if handed else []

    def _kill_stuck(self) -> None:
        while not self._stopped.wait(5):
            for worker in self._workers:
                if worker.stuck():
                    _log.error("a reader was ended: one run took over %d s", STUCK_AFTER)
                    worker.kill()

    # --- called on the workers' threads -------------------------------------------------

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a reader's process."""
        return subprocess.Popen(
            [sys.executable, "-m", "parallel_nb.engine.workers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )

    @property
    def stopped(self) -> bool:
        """Whether the engine is ending."""
        return self._stopped.is_set()

    @property
    def first_frame(self) -> bytes:
        """What each worker is given at its start."""
        return self._first_frame

    def take(self, *, wait: bool) -> tuple[_Handed, bytes] | None:
        """The next run and the frame to be sent for it."""
        found = self.queue.get(wait=wait)
        if found is None:
            return None
        group_id, run_id = found
        work = self._store.input(run_id)
        handed = _Handed(group_id, run_id, work.tells_progress, self._tries.pop(run_id, 0))
        self._in_hand[run_id] = handed
        self._store.claim(run_id)
        kind = Frame.RUN_WITH_PROGRESS if handed.tells else Frame.RUN
        return handed, kind + input_body(work)

    def told(self, handed: _Handed, event: bytes) -> None:
        """Keep a progress event."""
        handed.progress.append(event)
        if self._on_progress:
            self._on_progress(handed.run_id)

    def ended(self, handed: _Handed, output: bytes) -> Future[bool]:
        """Store the answer of a run."""
        return self._store_end(
            handed,
            self._store.finish(
                handed.run_id,
                "completed",
                output=output,
                with_elements=handed.with_elements,
                progress=b"\n".join(handed.progress),
            ),
        )

    def failed(self, handed: _Handed, why: str) -> Future[bool]:
        """Store that a run has failed."""
        body = error_body(why)
        _log.warning("ref %s: run %d failed: %s", body["ref_id"], handed.run_id, why)
        return self._store_end(
            handed,
            self._store.finish(
                handed.run_id,
                "failed",
                error=msgspec.json.encode(body),
                progress=b"\n".join(handed.progress),
            ),
        )

    def lost(self, in_hand: Iterable[_Handed]) -> None:
        """A reader has died: its runs are read again, the one that it read once only."""
        for number, handed in enumerate(in_hand):
            if number == 0 and handed.tries and not self.stopped:
                self.failed(handed, "The reader process ended twice while it read this run.")
                continue
            self._tries[handed.run_id] = handed.tries + (number == 0)
            self._in_hand.pop(handed.run_id, None)
            self.queue.put(handed.group_id, [handed.run_id], first=True)

    def _store_end(self, handed: _Handed, future: Future[bool]) -> Future[bool]:
        def stored(done: Future[bool]) -> None:
            self._in_hand.pop(handed.run_id, None)
            if done.exception() is not None:  # such as a full disk: try again by and by
                again = threading.Timer(
                    _STORE_AGAIN_AFTER, self.queue.put, (handed.group_id, [handed.run_id])
                )
                again.daemon = True
                again.start()

        future.add_done_callback(stored)
        return future


class _Worker:
    """One reader's process and the thread that serves it."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._process: subprocess.Popen[bytes] | None = None
        self._in_hand: deque[_Handed] = deque()
        self._since = 0.0
        self._thread = threading.Thread(target=self._serve, name="reader", daemon=True)

    def start(self) -> None:
        self._process = self._runner.spawn()
        self._thread.start()

    def join(self, timeout: float) -> None:
        self._thread.join(timeout)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def stuck(self) -> bool:
        return bool(self._in_hand) and time.monotonic() - self._since > STUCK_AFTER

    def _serve(self) -> None:
        while not self._runner.stopped:
            process = self._process or self._runner.spawn()
            self._process = process
            started = time.monotonic()
            try:
                self._work(process)
            except OSError:
                pass  # the process has died; what it had in hand is told below
            except Exception:  # noqa: BLE001 - logged; the reader is started again
                _log.exception("a reader's thread failed")
            process.kill()
            process.communicate()
            self._process = None
            self._runner.lost(self._in_hand)
            self._in_hand.clear()
            if not self._runner.stopped and time.monotonic() - started < 1:
                time.sleep(1)  # a process that cannot start must not be started in a loop

    def _work(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        assert process.stdout is not None  # noqa: S101 - the same
        write_frame(process.stdin, self._runner.first_frame)
        if read_frame(process.stdout) != Frame.READY:
            return
        unstored: deque[Future[bool]] = deque()
        while True:
            while len(self._in_hand) < AHEAD:
                taken = self._runner.take(wait=not self._in_hand)
                if taken is None:
                    break
                handed, frame = taken
                if not self._in_hand:
                    self._since = time.monotonic()
                self._in_hand.append(handed)
                write_frame(process.stdin, frame)
            if not self._in_hand:
                return  # the queue is closed
            answer = read_frame(process.stdout)
            if answer is None:
                return
            end = self._receive(self._in_hand[0], answer)
            if end is not None:
                self._in_hand.popleft()
                self._since = time.monotonic()
                unstored.append(end)
                while len(unstored) > UNSTORED:
                    unstored.popleft().exception()  # waits until the store has caught up

    def _receive(self, handed: _Handed, answer: bytes) -> Future[bool] | None:
        """Take in one frame; the future of the run's end when it was its last."""
        kind, body = answer[:1], answer[1:]
        if kind == Frame.PROGRESS:
            self._runner.told(handed, body)
        elif kind == Frame.ELEMENTS:
            handed.with_elements = body
        elif kind == Frame.OUTPUT:
            return self._runner.ended(handed, body)
        elif kind == Frame.FAILED:
            return self._runner.failed(handed, body.decode())
        return None
