"""The store: one thread writes, in batches; readers stand beside it.

Every change goes through a queue to the writer's thread, which owns the only writing
connection and puts whatever has gathered into one transaction. So each change is atomic
(a run's end, its output, its group's counts and its event appear together or not at
all), and a kill at any moment leaves a store from which the work goes on.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from parallel_nb.engine.store.database import StoreAwayError
from parallel_nb.engine.store.finds import Finds
from parallel_nb.engine.store.read import StoreReader, encode_status, read_counts
from parallel_nb.engine.store.tables import AddedRuns, timestamp
from parallel_nb.engine.store.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.store.database import Database
    from parallel_nb.engine.store.tables import NewRun

_log = logging.getLogger(__name__)
T = TypeVar("T")
#: Changes that one transaction takes at most.
BATCH: Final = 400
#: Seconds between two reports of an active group's counts in its event stream.
STATUS_INTERVAL: Final = 0.25
FinalStatus = Literal["completed", "failed"]
#: A change that waits for the writer, and the future of what it gives.
_Waiting = tuple["Callable[[], object]", Future[object]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What one transaction has changed: row ids of groups, of runs and of FindAll runs."""

    groups: frozenset[int]
    runs: frozenset[int]
    finds: frozenset[int] = frozenset()
    #: Whether there may be runs to claim, in the store of many engines.
    is_work: bool = False
    #: Whether anything may have changed.
    is_all: bool = False

    def topics(self) -> list[str]:
        """The same in words, as other engines are told it: `g7` for a group, `r3`, `f1`, `w`."""
        named = (("g", self.groups), ("r", self.runs), ("f", self.finds))
        topics = [f"{kind}{number}" for kind, numbers in named for number in numbers]
        return ["w", *topics] if self.is_work else topics

    @classmethod
    def of(cls, topics: Sequence[str] | None) -> Changes:
        """What such words say; None stands for anything."""
        if topics is None:
            return cls(frozenset(), frozenset(), is_work=True, is_all=True)
        groups, runs, finds = (
            frozenset(int(topic[1:]) for topic in topics if topic[0] == kind) for kind in "grf"
        )
        return cls(groups, runs, finds, is_work="w" in topics)


class Store(StoreReader):
    """Runs, groups, events and outputs of one engine.

    Its FindAll runs are `store.finds`, and what a class has asked is `store.usage`.

    Methods that change something return a future at once; it is done when the change is
    stored, and then every reader sees it. It raises what the database raises where the change
    cannot be stored.

    Examples:
        >>> store = Store(SqliteFile(path))
        >>> added = store.add_runs(None, [NewRun("base", b'{"input":"x"}')]).result()
        >>> store.run(added.names[0]).status
        'queued'
    """

    #: Whether other engines use it too.
    is_shared = False
    #: Called after each transaction that has changed something, on the writer's thread; of the
    #: changes of other engines, on any.
    on_change: Callable[[Changes], None] | None = None

    def __init__(self, database: Database) -> None:
        """Open or make the store; runs that were interrupted are queued again.

        Raises:
            ConnectionProblem: a newer engine has written the store.
            DamagedFileError: it has other tables than a store has.
            sqlite3.Error: the file cannot be opened, or is no database.
        """
        super().__init__(database)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer = database.open_writer()
        self._run = self._writer.execute
        #: Groups whose counts have changed and do not stand in their streams yet.
        self._unreported: set[int] = set()
        #: What the present transaction has changed.
        self._changed_groups: set[int] = set()
        self._changed_runs: set[int] = set()
        self._is_work = False
        #: When the counts of an active group were last added to its stream.
        self._reported_at: dict[int, float] = {}
        #: The FindAll runs.
        self.finds = Finds(database, self._submit, self._run)
        #: What the students of a class have asked.
        self.usage = Usage(database, self._submit, self._run)
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._begin()
        self._thread.start()

    def _begin(self) -> None:
        """Make the store ready, before anything is changed."""
        first: list[_Waiting] = [(self._requeue_interrupted, Future())]
        self._writer.transact(lambda: self._do(first))

    def close(self) -> None:
        """Write what is waiting, then close."""
        self._queue.put(None)
        self._thread.join(timeout=30)
        self.database.close()

    # --- changes ------------------------------------------------------------------------

    def create_group(self, metadata: bytes | None, student: str | None = None) -> Future[str]:
        """Make an empty group, perhaps of a student; gives its name."""
        return self._submit(lambda: self._create_group(metadata, student))

    def add_runs(
        self, group_id: int | None, runs: Sequence[NewRun], student: str | None = None
    ) -> Future[AddedRuns]:
        """Make queued runs, in a group or without one, perhaps of a student."""
        return self._submit(lambda: self._add_runs(group_id, runs, student))

    def claim(self, run_id: int) -> Future[None]:
        """Record that a queued run is being worked on."""
        return self._submit(lambda: self._claim(run_id))

    def finish(
        self,
        run_id: int,
        status: FinalStatus,
        *,
        output: bytes | None = None,
        error: bytes | None = None,
        progress: bytes | None = None,
    ) -> Future[bool]:
        """End a run; False when it had ended before, and then nothing is changed.

        Args:
            run_id: the row id of the run.
            status: how it has ended.
            output: what a completed run has answered, as encoded JSON.
            error: of a failed run: why, as encoded JSON.
            progress: its progress events, one encoded event a line.
        """
        return self._submit(lambda: self._finish(run_id, status, output, error, progress))

    def admit(self, student: str, most: int) -> Future[float | None]:  # noqa: ARG002 - see there
        """Nothing: the requests of one engine's students are counted where they come in."""
        done: Future[float | None] = Future()
        done.set_result(None)
        return done

    def keep_progress(self, run_id: int, events: bytes) -> None:
        """Record how far a run is; not needed here, where who answers it is who is asked."""

    def _submit(self, change: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        # a request that is given up must not take back a change that is on its way
        future.set_running_or_notify_cancel()
        self._queue.put((change, future))  # type: ignore[arg-type]  # a future of its result
        return future

    # --- the writer's thread ------------------------------------------------------------

    def _write(self) -> None:
        waiting: _Waiting | None
        while True:
            try:
                waiting = self._queue.get(timeout=STATUS_INTERVAL if self._unreported else None)
            except queue.Empty:
                self._transact([])
                continue
            batch = []
            while waiting is not None:
                batch.append(waiting)
                if len(batch) == BATCH or self._queue.empty():
                    break
                waiting = self._queue.get()
            self._transact(batch)
            if waiting is None:
                break
        self._writer.close()

    def _transact(self, batch: list[_Waiting]) -> None:
        """Put a batch into one transaction, then answer those who wait for it."""
        try:
            results, changes, reported = self._writer.transact(lambda: self._do(batch))
        except Exception as error:  # noqa: BLE001 - such as a full disk; the writer must go on
            if len(batch) > 1 and not isinstance(error, StoreAwayError):
                for one in batch:  # so that the one at fault leaves the others
                    self._transact([one])
                return
            _log.exception("a transaction of the engine's store failed")
            for _, future in batch:
                future.set_exception(error)
            return
        self._unreported = (self._unreported | changes.groups) - reported
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
        self._committed(changes)

    def _committed(self, changes: Changes) -> None:
        """Tell those who wait for changes."""
        if self.on_change and (changes.groups or changes.runs or changes.finds):
            self.on_change(changes)

    def _do(self, batch: list[_Waiting]) -> tuple[list[object], Changes, set[int]]:
        """Make the changes of a batch: what each gives, what has changed, what was reported."""
        for changed in (self._changed_groups, self._changed_runs, self.finds.changed):
            changed.clear()
        self._is_work = self.finds.has_queued = False
        results = [change() for change, _ in batch]
        reported = self._report_counts()
        changes = Changes(
            frozenset(self._changed_groups | reported),
            frozenset(self._changed_runs),
            frozenset(self.finds.changed),
            self._is_work or self.finds.has_queued,
        )
        self._writer.tell(changes.topics())
        return results, changes, reported

    def _report_counts(self) -> set[int]:
        """Add the counts of changed groups to their streams; gives the groups.

        Those of an active group are added at most every `STATUS_INTERVAL`. The final ones
        are added at once, behind the events of the runs, so that they end the stream.
        """
        reported = set()
        now = time.monotonic()
        for group_id in self._unreported | self._changed_groups:
            counts = read_counts(self._run, group_id)
            if not counts.is_active and group_id not in self._changed_groups:
                reported.add(group_id)  # by the engine that has ended its last run
                continue
            if counts.is_active and now - self._reported_at.get(group_id, 0.0) < STATUS_INTERVAL:
                continue
            self._run("add_status_event", group_id=group_id, status=encode_status(counts))
            reported.add(group_id)
            if counts.is_active:
                self._reported_at[group_id] = now
            else:
                self._reported_at.pop(group_id, None)
        return reported

    def _moment(self) -> str:
        return timestamp(self.database.now())

    # --- the changes themselves, inside a transaction -----------------------------------

    def _requeue_interrupted(self) -> None:
        """Queue again what was being worked on when the last engine ended."""
        moment = self._moment()
        groups = self._run("count_interrupted_runs").fetchall()
        self._run("requeue_interrupted_runs", moment=moment)
        self.finds.requeue_interrupted()
        self._count_requeued(groups, moment)

    def _count_requeued(self, groups: list[tuple[int | None, int]], moment: str) -> None:
        for group_id, count in groups:
            if group_id is not None:
                self._run("count_requeued_runs", group_id=group_id, count=count, moment=moment)
                self._changed_groups.add(group_id)

    def _create_group(self, metadata: bytes | None, student: str | None) -> str:
        name = f"tgrp_{uuid.uuid4().hex}"
        self._run("add_group", name=name, metadata=metadata, moment=self._moment(), student=student)
        return name

    def _add_runs(
        self, group_id: int | None, runs: Sequence[NewRun], student: str | None
    ) -> AddedRuns:
        run_cursor = event_cursor = None
        if group_id is not None:
            run_cursor = self._last_id("last_run_id", group_id)
            if run_cursor is not None:
                event_cursor = self._last_id("last_event_id", group_id)
        moment = self._moment()
        spec_ids = {spec: self._spec_id(spec) for spec in {run.spec for run in runs}}
        added = AddedRuns([], [], None, run_cursor, event_cursor)
        queue_of = self._queue_of(group_id, student)
        for run in runs:
            name = f"trun_{uuid.uuid4().hex}"
            row = self._run(
                "add_run",
                name=name,
                group_id=group_id,
                processor=run.processor,
                metadata=run.metadata,
                warnings=run.warnings,
                moment=moment,
                input=run.input,
                spec_id=spec_ids[run.spec],
                enable_events=run.enable_events,
                student=student,
                **queue_of,
            )
            added.ids.append(int(row.fetchone()[0]))
            added.names.append(name)
        if group_id is None:
            return added
        self._run("count_added_runs", group_id=group_id, count=len(runs), moment=moment)
        self._changed_groups.add(group_id)
        return replace(added, counts=read_counts(self._run, group_id))

    def _queue_of(self, _group_id: int | None, _student: str | None) -> dict[str, object]:
        """What of a run says whose turn it waits for; here the pool's queue knows it."""
        return {}

    def _last_id(self, statement: str, group_id: int) -> int | None:
        last: int | None = self._run(statement, group_id=group_id).fetchone()[0]
        return last

    def _spec_id(self, spec: bytes | None) -> int | None:
        if spec is None:
            return None
        self._run("add_spec", body=spec)
        return int(self._run("spec_id", body=spec).fetchone()[0])

    def _claim(self, run_id: int) -> None:
        moment = self._moment()
        row = self._run("claim_run", run_id=run_id, moment=moment).fetchone()
        if row is None:
            return
        self._changed_runs.add(run_id)
        (group_id,) = row
        if group_id is not None:
            self._run("count_claimed_run", group_id=group_id, moment=moment)
            self._changed_groups.add(group_id)

    def _finish(
        self,
        run_id: int,
        status: FinalStatus,
        output: bytes | None,
        error: bytes | None,
        progress: bytes | None,
    ) -> bool:
        row = self._run("run_to_finish", run_id=run_id).fetchone()
        if row is None:
            return False
        group_id, before = row
        moment = self._moment()
        self._run("finish_run", run_id=run_id, status=status, error=error, moment=moment)
        if output is not None:
            self._run("add_output", run_id=run_id, output=output)
        if progress:
            self._run("add_progress", run_id=run_id, events=progress)
        self._changed_runs.add(run_id)
        if group_id is not None:
            self._run(
                "count_finished_run",
                group_id=group_id,
                was_queued=int(before == "queued"),
                was_running=int(before == "running"),
                is_completed=int(status == "completed"),
                is_failed=int(status == "failed"),
                moment=moment,
            )
            self._run("add_run_event", group_id=group_id, run_id=run_id)
            self._changed_groups.add(group_id)
        return True
