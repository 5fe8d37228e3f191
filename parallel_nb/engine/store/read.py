"""The reading half of the store: each thread has a connection of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.engine.store.tables import (
    Counts,
    EventRow,
    GroupRow,
    InputRow,
    OutputRow,
    RunRow,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_RUN: Final = (
    "r.id, r.name, g.name, r.status, r.processor, r.metadata, r.warnings, r.error, "
    "r.created_at, r.modified_at, r.tells_progress, r.tells_elements"
)
_RUN_COLUMNS: Final = _RUN.count(",") + 1
_COUNTS: Final = "queued, running, completed, failed, modified_at"


def counts_of(connection: sqlite3.Connection, group_id: int) -> Counts:
    """The counts of one group."""
    row = connection.execute(
        f"SELECT {_COUNTS} FROM groups WHERE id = ?",  # noqa: S608 - a constant
        (group_id,),
    ).fetchone()
    return Counts(*row)


def encode_status(counts: Counts) -> bytes:
    """A group's counts as the API tells them."""
    by_status = {
        "queued": counts.queued,
        "running": counts.running,
        "completed": counts.completed,
        "failed": counts.failed,
    }
    return msgspec.json.encode(
        {
            "num_task_runs": sum(by_status.values()),
            "task_run_status_counts": {name: n for name, n in by_status.items() if n},
            "is_active": counts.is_active,
            "status_message": None,
            "modified_at": counts.modified_at,
        }
    )


class StoreReads:
    """Questions to the store. Safe from any thread; none waits for the writer."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        """`connect` opens a connection to the store."""
        self._connect = connect
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def close_reads(self) -> None:
        """Close the readers' connections."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()

    @property
    def _reads(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA query_only = ON")
            self._local.connection = connection
            with self._lock:
                self._opened.append(connection)
        return connection

    def _one(self, sql: str, *values: object) -> Any:
        return self._reads.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: object) -> list[Any]:
        return self._reads.execute(sql, values).fetchall()

    def group(self, name: str) -> GroupRow | None:
        """A group by its name."""
        row = self._one(
            f"SELECT id, name, metadata, created_at, {_COUNTS} FROM groups WHERE name = ?",  # noqa: S608 - a constant
            name,
        )
        if row is None:
            return None
        number, name, metadata, created_at, *counts = row
        return GroupRow(number, name, metadata, created_at, Counts(*counts))

    def run(self, name: str) -> RunRow | None:
        """A run by its name."""
        row = self._one(
            f"SELECT {_RUN} FROM runs r LEFT JOIN groups g ON g.id = r.group_id WHERE r.name = ?",  # noqa: S608 - a constant
            name,
        )
        return RunRow(*row) if row else None

    def input(self, run_id: int) -> InputRow:
        """What a run was given."""
        row = self._one(
            "SELECT r.input, s.body, r.tells_progress FROM runs r "
            "LEFT JOIN specs s ON s.id = r.spec_id WHERE r.id = ?",
            run_id,
        )
        return InputRow(*row)

    def output(self, run_id: int) -> OutputRow | None:
        """What a run answered with, once it has."""
        row = self._one("SELECT plain, with_elements FROM outputs WHERE run_id = ?", run_id)
        return OutputRow(*row) if row else None

    def progress(self, run_id: int) -> bytes:
        """The progress that an ended run has told, one encoded event a line."""
        row = self._one("SELECT events FROM progress WHERE run_id = ?", run_id)
        return bytes(row[0]) if row else b""

    def unfinished(self) -> list[tuple[int | None, int]]:
        """Group id (None for a run of its own) and id of each unfinished run, in order."""
        return self._all(
            "SELECT group_id, id FROM runs WHERE status IN ('queued', 'running') ORDER BY id"
        )

    def last_run_id(self, group_id: int) -> int:
        """The id of the group's newest run; 0 when it has none."""
        return int(self._one("SELECT max(id) FROM runs WHERE group_id = ?", group_id)[0] or 0)

    def runs_of_group(  # noqa: PLR0913 - the query parameters of the route
        self,
        group_id: int,
        *,
        after: int,
        upto: int,
        status: str | None,
        inputs: bool,
        outputs: bool,
        limit: int,
    ) -> list[tuple[RunRow, InputRow | None, OutputRow | None]]:
        """One page of a group's runs with ids over `after` and at most `upto`."""
        columns, joins = _RUN, "JOIN groups g ON g.id = r.group_id"
        if inputs:
            columns += ", r.input, s.body"
            joins += " LEFT JOIN specs s ON s.id = r.spec_id"
        if outputs:
            columns += ", o.plain, o.with_elements"
            joins += " LEFT JOIN outputs o ON o.run_id = r.id"
        rows = self._all(
            f"SELECT {columns} FROM runs r {joins} "  # noqa: S608 - built from constants
            "WHERE r.group_id = ? AND r.id > ? AND r.id <= ? AND (? IS NULL OR r.status = ?) "
            "ORDER BY r.id LIMIT ?",
            group_id,
            after,
            upto,
            status,
            status,
            limit,
        )
        page = []
        for row in rows:
            at = _RUN_COLUMNS
            given = InputRow(*row[at : at + 2]) if inputs else None
            at += 2 if inputs else 0
            answered = OutputRow(*row[at:]) if outputs and row[at] is not None else None
            page.append((RunRow(*row[:_RUN_COLUMNS]), given, answered))
        return page

    def events_of_group(
        self, group_id: int, *, after: int, limit: int
    ) -> tuple[Counts, list[EventRow]]:
        """The group's counts and one page of its events with ids over `after`.

        Both are of one moment: when the counts are at rest and the page is empty, the
        stream has told everything.
        """
        reads = self._reads
        reads.execute("BEGIN")
        try:
            counts = counts_of(reads, group_id)
            rows = self._all(
                f"SELECT e.id, e.status, {_RUN} FROM events e "  # noqa: S608 - a constant
                "LEFT JOIN runs r ON r.id = e.run_id LEFT JOIN groups g ON g.id = r.group_id "
                "WHERE e.group_id = ? AND e.id > ? ORDER BY e.id LIMIT ?",
                group_id,
                after,
                limit,
            )
        finally:
            reads.execute("COMMIT")
        return counts, [
            EventRow(row[0], row[1], RunRow(*row[2:]) if row[2] is not None else None)
            for row in rows
        ]
