"""The engine's memory: one thread writes, in batches; readers stand beside it.

Every change goes through a queue to the writer thread, which owns the only writing
connection and puts whatever has gathered into one transaction. So each change is atomic
(a run's end, its output, its group's counts and its event appear together or not at
all), and a kill at any moment leaves a store from which the work goes on.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
import uuid
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import msgspec

from parallel_nb.engine.store import tables as store_tables
from parallel_nb.engine.store.read import StoreReads, counts_of, encode_status
from parallel_nb.engine.store.tables import Added, Counts, NewRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_log = logging.getLogger(__name__)
T = TypeVar("T")
#: Changes that one transaction takes at most.
BATCH: Final = 400
#: Seconds between two reports of an active group's counts in its event stream.
STATUS_INTERVAL: Final = 0.25
FinalStatus = Literal["completed", "failed"]


class Changed(msgspec.Struct, frozen=True):
    """What one transaction has changed: row ids of groups and of runs."""

    groups: frozenset[int]
    runs: frozenset[int]


def now() -> str:
    """This moment as an RFC 3339 string in UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def connect(path: Path) -> sqlite3.Connection:
    """Open the store in autocommit mode with the settings that every connection has."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=30, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL: a killed process loses nothing; only a power cut may lose the last moments
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


class Store(StoreReads):
    """Runs, groups, events and results of one engine.

    Methods that change something return a future at once; it is done when the change is
    on disk. `on_change` is called on the writer's thread after each transaction.
    """

    def __init__(self, path: Path, on_change: Callable[[Changed], None] | None = None) -> None:
        """Open or make the store, and put runs that were cut off back into the queue."""
        super().__init__(lambda: connect(path))
        self.on_change = on_change
        self._queue: queue.SimpleQueue[tuple[Callable[[], object], Future[object]] | None] = (
            queue.SimpleQueue()
        )
        self._connection = connect(path)
        store_tables.prepare(self._connection, path)
        self._touched: set[int] = set()
        self._moved: set[int] = set()
        self._told: dict[int, float] = {}
        self._requeue_cut_off()
        self._thread = threading.Thread(target=self._write, name="store", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is waiting, then close."""
        self._queue.put(None)
        self._thread.join(timeout=30)
        self.close_reads()

    # --- changes ------------------------------------------------------------------------

    def create_group(self, metadata: bytes | None) -> Future[str]:
        """Make an empty group; gives its name."""
        return self._submit(lambda: self._create_group(metadata))

    def add_runs(self, group_id: int | None, runs: Sequence[NewRun]) -> Future[Added]:
        """Make queued runs, in a group or on their own."""
        return self._submit(lambda: self._add_runs(group_id, runs))

    def claim(self, run_id: int) -> Future[None]:
        """Note that a queued run is being worked on."""
        return self._submit(lambda: self._claim(run_id))

    def finish(  # noqa: PLR0913 - what a run ends with
        self,
        run_id: int,
        status: FinalStatus,
        *,
        output: bytes | None = None,
        with_elements: bytes | None = None,
        error: bytes | None = None,
        progress: bytes | None = None,
    ) -> Future[bool]:
        """End a run; False when it had ended before (nothing is changed then)."""
        return self._submit(
            lambda: self._finish(run_id, status, output, with_elements, error, progress)
        )

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
                waiting = self._queue.get(timeout=STATUS_INTERVAL if self._touched else None)
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
        self._connection.close()

    def _transact(self, batch: list[tuple[Callable[[], object], Future[object]]]) -> None:
        """Put a batch into one transaction, then tell those who wait for it."""
        done: list[tuple[Future[object], object]] = []
        touched_before = set(self._touched)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for change, future in batch:
                self._connection.execute("SAVEPOINT one")
                try:
                    done.append((future, change()))
                except Exception as error:  # noqa: BLE001 - told to whoever asked for it
                    self._connection.execute("ROLLBACK TO one")
                    future.set_exception(error)
                self._connection.execute("RELEASE one")
            changed = Changed(frozenset(self._touched), frozenset(self._moved))
            told = self._tell_counts()
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - such as a full disk; the writer must go on
            _log.exception("a transaction of the engine's store failed")
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._touched = touched_before
            self._moved.clear()
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        self._touched -= told
        self._moved.clear()
        for future, result in done:
            future.set_result(result)
        if self.on_change and (changed.groups or changed.runs):
            self.on_change(changed)

    def _tell_counts(self) -> set[int]:
        """Add the counts of changed groups to their streams, not more often than need be.

        The counts with which a group comes to rest are told at once, and after the events
        of its runs, so that they are the last thing that its stream says.
        """
        told = set()
        moment = time.monotonic()
        for group_id in self._touched:
            counts = self._counts(group_id)
            if counts.is_active and moment - self._told.get(group_id, 0.0) < STATUS_INTERVAL:
                continue
            self._connection.execute(
                "INSERT INTO events (group_id, status) VALUES (?, ?)",
                (group_id, encode_status(counts)),
            )
            told.add(group_id)
            if counts.is_active:
                self._told[group_id] = moment
            else:
                self._told.pop(group_id, None)
        return told

    def _counts(self, group_id: int) -> Counts:
        return counts_of(self._connection, group_id)

    def _requeue_cut_off(self) -> None:
        """Runs that were being worked on when the last engine died are queued again.

        The second condition on the status lets SQLite use the index of unfinished runs.
        """
        cut_off = self._connection.execute(
            "SELECT group_id, count(*) FROM runs WHERE status = 'running' "
            "AND status IN ('queued', 'running') GROUP BY group_id"
        ).fetchall()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(
            "UPDATE runs SET status = 'queued', modified_at = ? "
            "WHERE status = 'running' AND status IN ('queued', 'running')",
            (now(),),
        )
        for group_id, count in cut_off:
            self._connection.execute(
                "UPDATE groups SET running = running - ?, queued = queued + ?, modified_at = ? "
                "WHERE id = ?",
                (count, count, now(), group_id),
            )
        self._connection.execute("COMMIT")
        self._touched.update(group_id for group_id, _ in cut_off if group_id is not None)

    # --- the changes themselves, inside a transaction -----------------------------------

    def _create_group(self, metadata: bytes | None) -> str:
        name = f"tgrp_{uuid.uuid4().hex}"
        at = now()
        self._connection.execute(
            "INSERT INTO groups (name, metadata, created_at, modified_at) VALUES (?, ?, ?, ?)",
            (name, metadata, at, at),
        )
        return name

    def _add_runs(self, group_id: int | None, runs: Sequence[NewRun]) -> Added:
        run_cursor = event_cursor = None
        if group_id is not None:
            run_cursor = self._last("runs", group_id)
            event_cursor = self._last("events", group_id) if run_cursor is not None else None
        at = now()
        specs = {run.spec: self._spec_id(run.spec) for run in runs}
        ids: list[int] = []
        names = []
        for run in runs:
            name = f"trun_{uuid.uuid4().hex}"
            row = self._connection.execute(
                "INSERT INTO runs (name, group_id, status, processor, metadata, warnings, "
                "created_at, modified_at, input, spec_id, tells_progress, tells_elements) "
                "VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    name,
                    group_id,
                    run.processor,
                    run.metadata,
                    run.warnings,
                    at,
                    at,
                    run.input,
                    specs[run.spec],
                    run.tells_progress,
                    run.tells_elements,
                ),
            )
            assert row.lastrowid is not None  # noqa: S101 - an insert has one
            ids.append(row.lastrowid)
            names.append(name)
        if group_id is None:
            return Added(ids, names, None, None, None)
        self._connection.execute(
            "UPDATE groups SET queued = queued + ?, modified_at = ? WHERE id = ?",
            (len(runs), at, group_id),
        )
        self._touched.add(group_id)
        return Added(ids, names, self._counts(group_id), run_cursor, event_cursor)

    def _last(self, table: Literal["runs", "events"], group_id: int) -> int | None:
        row = self._connection.execute(
            f"SELECT max(id) FROM {table} WHERE group_id = ?",  # noqa: S608 - one of two names
            (group_id,),
        ).fetchone()
        last: int | None = row[0]
        return last

    def _spec_id(self, spec: bytes | None) -> int | None:
        if spec is None:
            return None
        self._connection.execute("INSERT OR IGNORE INTO specs (body) VALUES (?)", (spec,))
        (spec_id,) = self._connection.execute(
            "SELECT id FROM specs WHERE body = ?", (spec,)
        ).fetchone()
        return int(spec_id)

    def _claim(self, run_id: int) -> None:
        at = now()
        row = self._connection.execute(
            "UPDATE runs SET status = 'running', modified_at = ? "
            "WHERE id = ? AND status = 'queued' RETURNING group_id",
            (at, run_id),
        ).fetchone()
        if row is None:
            return
        self._moved.add(run_id)
        if row[0] is not None:
            self._connection.execute(
                "UPDATE groups SET queued = queued - 1, running = running + 1, modified_at = ? "
                "WHERE id = ?",
                (at, row[0]),
            )
            self._touched.add(row[0])

    def _finish(  # noqa: PLR0913, PLR0917 - what a run ends with
        self,
        run_id: int,
        status: FinalStatus,
        output: bytes | None,
        with_elements: bytes | None,
        error: bytes | None,
        progress: bytes | None,
    ) -> bool:
        row = self._connection.execute(
            "SELECT group_id, status FROM runs WHERE id = ?", (run_id,)
        ).fetchone()
        if row is None or row[1] not in {"queued", "running"}:
            return False
        group_id, before = row
        at = now()
        self._connection.execute(
            "UPDATE runs SET status = ?, error = ?, modified_at = ? WHERE id = ?",
            (status, error, at, run_id),
        )
        if output is not None:
            self._connection.execute(
                "INSERT INTO outputs (run_id, plain, with_elements) VALUES (?, ?, ?)",
                (run_id, output, with_elements),
            )
        if progress:
            self._connection.execute(
                "INSERT INTO progress (run_id, events) VALUES (?, ?)", (run_id, progress)
            )
        self._moved.add(run_id)
        if group_id is not None:
            self._connection.execute(
                f"UPDATE groups SET {before} = {before} - 1, {status} = {status} + 1, "  # noqa: S608 - names of columns, from above
                "modified_at = ? WHERE id = ?",
                (at, group_id),
            )
            self._connection.execute(
                "INSERT INTO events (group_id, run_id) VALUES (?, ?)", (group_id, run_id)
            )
            self._touched.add(group_id)
        return True
