"""The reading half of the store."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.types import TaskGroupStatus
from parallel_nb.engine.store.tables import (
    Counts,
    EventRow,
    GroupRow,
    InputRow,
    RunFilter,
    RunRow,
)

if TYPE_CHECKING:
    from parallel_nb.engine.store.database import Database, Execute

#: How many columns of a statement make a `RunRow`.
_RUN_COLUMNS: Final = len(fields(RunRow))


def read_counts(execute: Execute, group_id: int) -> Counts:
    """The counts of one group."""
    return Counts(*execute("group_counts", group_id=group_id).fetchone())


def encode_status(counts: Counts) -> bytes:
    """A group's counts as the API shows them, as encoded JSON."""
    by_status = {
        "queued": counts.queued,
        "running": counts.running,
        "completed": counts.completed,
        "failed": counts.failed,
    }
    status = TaskGroupStatus(
        num_task_runs=sum(by_status.values()),
        task_run_status_counts={name: number for name, number in by_status.items() if number},
        is_active=counts.is_active,
        modified_at=counts.modified_at,
    )
    return msgspec.json.encode(status)


class StoreReader:
    """Questions to the store. Safe from any thread; none waits for the writer.

    All raise what the database raises where it cannot be read.
    """

    def __init__(self, database: Database) -> None:
        """Read the store that is kept there."""
        self.database = database

    def _one(self, statement: str, **values: object) -> Any:
        return self.database.read(statement, **values).fetchone()

    def _all(self, statement: str, **values: object) -> list[Any]:
        return self.database.read(statement, **values).fetchall()

    def group(self, name: str) -> GroupRow | None:
        """A group by its name; None where there is none."""
        row = self._one("group_by_name", name=name)
        if row is None:
            return None
        row_id, name, metadata, created_at, student, *counts = row
        return GroupRow(row_id, name, metadata, created_at, Counts(*counts), student)

    def run(self, name: str) -> RunRow | None:
        """A run by its name; None where there is none."""
        row = self._one("run_by_name", name=name)
        return RunRow(*row) if row else None

    def input(self, run_id: int) -> InputRow:
        """The input of a run that exists."""
        return InputRow(*self._one("run_input", run_id=run_id))

    def output(self, run_id: int) -> bytes | None:
        """The output of a run as encoded JSON; None until it is completed."""
        row = self._one("run_output", run_id=run_id)
        return row[0] if row else None

    def progress(self, run_id: int) -> bytes:
        """The recorded progress of an ended run: one encoded event a line."""
        row = self._one("run_progress", run_id=run_id)
        return bytes(row[0]) if row else b""

    def unfinished(self) -> list[tuple[int | None, int, str | None]]:
        """Group id (None without a group), id and student of each unfinished run, in order."""
        return self._all("unfinished_runs")

    def unfinished_counts(self) -> tuple[int, int]:
        """How many runs are queued, and how many running."""
        queued, running = self._one("unfinished_counts")
        return int(queued), int(running)

    def engines_alive(self) -> int:
        """How many engines work on the store."""
        return 1

    def last_run_id(self, group_id: int) -> int:
        """The id of the group's newest run; 0 when it has none."""
        return int(self._one("last_run_id", group_id=group_id)[0] or 0)

    def runs_of_group(
        self, runs: RunFilter, *, after: int, limit: int
    ) -> list[tuple[RunRow, InputRow | None, bytes | None]]:
        """One page of a group's runs, in the order in which they were added.

        Args:
            runs: which runs, and whether with their inputs and outputs.
            after: the page begins behind this id.
            limit: how many runs at most.

        Returns:
            Runs with their inputs and outputs; None for what was not asked for, and for
            the output of a run that has none.
        """
        page = []
        for row in self._all("runs_of_group", **asdict(runs), after=after, limit=limit):
            body, spec, output = row[_RUN_COLUMNS:]
            page.append(
                (
                    RunRow(*row[:_RUN_COLUMNS]),
                    None if body is None else InputRow(body, spec),
                    output,
                )
            )
        return page

    def events_of_group(
        self, group_id: int, *, after: int, limit: int
    ) -> tuple[Counts, list[EventRow]]:
        """The group's counts, and one page of its events with ids over `after`.

        Both are of one moment: when no run is active and the page is empty, the stream is
        complete.
        """
        values = {"group_id": group_id, "after": after, "limit": limit}
        counts, rows = self.database.snapshot(
            lambda execute: (
                read_counts(execute, group_id),
                execute("events_of_group", **values).fetchall(),
            )
        )
        return counts, [
            EventRow(row[0], row[1], RunRow(*row[2:]) if row[2] is not None else None)
            for row in rows
        ]
