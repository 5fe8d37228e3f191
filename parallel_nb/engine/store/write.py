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

from parallel_nb.engine.store.finds import Finds
from parallel_nb.engine.store.read import StoreReader, encode_status, read_counts
from parallel_nb.engine.store.tables import STATEMENTS, AddedRuns, connect, prepare, timestamp
from parallel_nb.engine.store.usage import Usage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parallel_nb.engine.store.tables import NewRun

_log = logging.getLogger(__name__)
T = TypeVar("T")
#: Changes that one transaction takes at most.
BATCH: Final = 400
#: Seconds between two reports of an active group's counts in its event stream.
STATUS_INTERVAL: Final = 0.25
FinalStatus = Literal["completed", "failed"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What one transaction has changed: row ids of groups, of runs and of FindAll runs."""

    groups: frozenset[int]
    runs: frozenset[int]
    finds: frozenset[int] = frozenset()


class Store(StoreReader):
    """Runs, groups, events and outputs of one engine.

    Its FindAll runs are `store.finds`, and what a class has asked is `store.usage`.

    Methods that change something return a future at once; it is done when the change is
    on disk, and then every reader sees it. It raises `sqlite3.Error` where the change cannot
    be stored.

    Examples:
        >>> store = Store(path)
        >>> added = store.add_runs(None, [NewRun("base", b'{"input":"x"}')]).result()
        >>> store.run(added.names[0]).status
        'queued'
    """

    #: Called on the writer's thread after each transaction that has changed something.
    on_change: Callable[[Changes], None] | None = None

    def __init__(self, path: Path) -> None:
        """Open or make the store; runs that were interrupted are queued again.

        Raises:
            ConnectionProblem: a newer engine has written the store.
            DamagedFileError: it has other tables than a store has.
            sqlite3.Error: the file cannot be opened, or is no database.
        """
        super().__init__(path)
        self._queue: queue.SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = (
            queue.SimpleQueue()
        )
        self._writer = connect(path)
        try:
            prepare(self._writer, path)
        except BaseException:
            self._writer.close()
            raise
        #: Groups whose counts have changed and do not stand in their streams yet.
        self._changed_groups: set[int] = set()
        self._changed_runs: set[int] = set()
        #: When the counts of an active group were last added to its stream.
        self._reported_at: dict[int, float] = {}
        #: The FindAll runs.
        self.finds = Finds(self.execute, self._submit, self._run)
        #: What the students of a class have asked.
        self.usage = Usage(self.execute, self._submit, self._run)
        self._requeue_interrupted()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, then close."""
        self._queue.put(None)
        self._thread.join(timeout=30)
        self.close_readers()

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

    def _submit(self, change: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        # a request that is given up must not take back a change that is on its way
        future.set_running_or_notify_cancel()
        self._queue.put((change, future))  # type: ignore[arg-type]  # a future of its result
        return future

    # --- the writer's thread ------------------------------------------------------------

    def _write(self) -> None:
        waiting: tuple[Callable[[], object], Future[object]] | None
        while True:
            try:
                waiting = self._queue.get(timeout=STATUS_INTERVAL if self._changed_groups else None)
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

    def _transact(self, batch: list[tuple[Callable[[], object], Future[object]]]) -> None:
        """Put a batch into one transaction, then answer those who wait for it."""
        done: list[tuple[Future[object], object]] = []
        groups_before = set(self._changed_groups)
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for change, future in batch:
                self._writer.execute("SAVEPOINT one")
                try:
                    done.append((future, change()))
                except Exception as error:  # noqa: BLE001 - whoever asked for it is told
                    _log.exception("a change of the engine's store failed")
                    self._writer.execute("ROLLBACK TO one")
                    future.set_exception(error)
                self._writer.execute("RELEASE one")
            changes = Changes(
                frozenset(self._changed_groups),
                frozenset(self._changed_runs),
                frozenset(self.finds.changed),
            )
            reported = self._report_counts()
            self._writer.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - such as a full disk; the writer must go on
            _log.exception("a transaction of the engine's store failed")
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            self._changed_groups = groups_before
            self._changed_runs.clear()
            self.finds.changed.clear()
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        self._changed_groups -= reported
        self._changed_runs.clear()
        self.finds.changed.clear()
        for future, result in done:
            future.set_result(result)
        if self.on_change and (changes.groups or changes.runs or changes.finds):
            self.on_change(changes)

    def _report_counts(self) -> set[int]:
        """Add the counts of changed groups to their streams; gives the groups.

        Those of an active group are added at most every `STATUS_INTERVAL`. The final ones
        are added at once, behind the events of the runs, so that they end the stream.
        """
        reported = set()
        now = time.monotonic()
        for group_id in self._changed_groups:
            counts = read_counts(self._writer, group_id)
            if counts.is_active and now - self._reported_at.get(group_id, 0.0) < STATUS_INTERVAL:
                continue
            self._run("add_status_event", group_id=group_id, status=encode_status(counts))
            reported.add(group_id)
            if counts.is_active:
                self._reported_at[group_id] = now
            else:
                self._reported_at.pop(group_id, None)
        return reported

    def _run(self, statement: str, **values: object) -> sqlite3.Cursor:
        return self._writer.execute(STATEMENTS[statement], values)

    # --- the changes themselves, inside a transaction -----------------------------------

    def _requeue_interrupted(self) -> None:
        """Queue again what was being worked on when the last engine ended."""
        moment = timestamp()
        self._writer.execute("BEGIN IMMEDIATE")
        groups = self._run("count_interrupted_runs").fetchall()
        self._run("requeue_interrupted_runs", moment=moment)
        for group_id, count in groups:
            self._run("count_requeued_runs", group_id=group_id, count=count, moment=moment)
        self.finds.requeue_interrupted()
        self._writer.execute("COMMIT")
        self._changed_groups.update(group_id for group_id, _ in groups if group_id is not None)

    def _create_group(self, metadata: bytes | None, student: str | None) -> str:
        name = f"tgrp_{uuid.uuid4().hex}"
        self._run("add_group", name=name, metadata=metadata, moment=timestamp(), student=student)
        return name

    def _add_runs(
        self, group_id: int | None, runs: Sequence[NewRun], student: str | None
    ) -> AddedRuns:
        run_cursor = event_cursor = None
        if group_id is not None:
            run_cursor = self._last_id("last_run_id", group_id)
            if run_cursor is not None:
                event_cursor = self._last_id("last_event_id", group_id)
        moment = timestamp()
        spec_ids = {spec: self._spec_id(spec) for spec in {run.spec for run in runs}}
        added = AddedRuns([], [], None, run_cursor, event_cursor)
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
            )
            assert row.lastrowid is not None  # noqa: S101 - an insert has one
            added.ids.append(row.lastrowid)
            added.names.append(name)
        if group_id is None:
            return added
        self._run("count_added_runs", group_id=group_id, count=len(runs), moment=moment)
        self._changed_groups.add(group_id)
        return replace(added, counts=read_counts(self._writer, group_id))

    def _last_id(self, statement: str, group_id: int) -> int | None:
        last: int | None = self._run(statement, group_id=group_id).fetchone()[0]
        return last

    def _spec_id(self, spec: bytes | None) -> int | None:
        if spec is None:
            return None
        self._run("add_spec", body=spec)
        return int(self._run("spec_id", body=spec).fetchone()[0])

    def _claim(self, run_id: int) -> None:
        moment = timestamp()
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
        moment = timestamp()
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
                before=before,
                status=status,
                moment=moment,
            )
            self._run("add_run_event", group_id=group_id, run_id=run_id)
            self._changed_groups.add(group_id)
        return True
