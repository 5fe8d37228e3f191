"""What the students of a class have asked, and how much of their quota is left: `store.usage`.

Whether a question fits the quota and that it was asked are one change of the writer's thread, so
that two questions at once never share the last row of a quota.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.api.types import ACTIVE_STATUSES
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from parallel_nb.engine.store.database import Database, Execute
    from parallel_nb.engine.store.finds import Submit

Kind = Literal["search", "extract", "task", "tasks", "find", "entities"]
T = TypeVar("T")
#: Questions that are read for the command line.
_NEWEST: Final = 1_000
#: The quota of rows holds in any hour.
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a student asks."""

    student: str
    kind: Kind
    #: How it was put, shortened.
    text: str
    #: What counts against the quota: task runs, and matches that a find looks for.
    rows: int = 0


class AskedRow(NamedTuple):
    """A question that was asked."""

    student: str
    moment: str
    kind: str
    rows: int
    question: str


@dataclass(frozen=True, slots=True)
class OverQuota:
    """Rows that do not fit a student's quota now."""

    #: Seconds until all of them fit; infinite where they never do.
    seconds: float
    #: How many would fit now.
    room: int


@dataclass(slots=True)
class StudentUsage:
    """What one student has asked since the store remembers.

    Attributes:
        student: The name, as in the class file.
        requests: Questions: searches, extracts, additions of rows, finds.
        rows: Task runs and matches looked for, in all and in the last hour.
        searches: Searches.
        extracts: Extracts.
        answered: Runs and finds that are completed.
        failed: Those that have failed or were cancelled.
        active: Those that wait or are being worked on.
        last: The moment of the last question, as the store writes it; empty before the first.
    """

    student: str
    requests: int = 0
    rows: int = 0
    searches: int = 0
    extracts: int = 0
    rows_in_hour: int = 0
    last: str = ""
    answered: int = 0
    failed: int = 0
    active: int = 0


class Usage:
    """What was asked of a store, by student.

    Examples:
        >>> over = store.usage.charge(Question("Ada", "tasks", "Who leads it?", 20), 1000).result()
        >>> over is None  # it fits
        True
    """

    def __init__(
        self,
        database: Database,
        submit: Submit,
        write: Execute,
    ) -> None:
        """Made by the store; the arguments are those of `Finds`."""
        self._read = database.read
        self._now = database.now
        self._submit = submit
        self._write = write

    def charge(self, question: Question, rows_per_hour: int) -> Future[OverQuota | None]:
        """Record a question, if its rows fit the student's quota.

        Returns:
            A future of None where it was recorded; else of what is over, and nothing is recorded.
        """
        return self._submit(lambda: self._charge(question, rows_per_hour))

    def _charge(self, question: Question, rows_per_hour: int) -> OverQuota | None:
        now = self._now()
        if question.rows and (over := self._over(question, rows_per_hour, now)):
            return over
        self._write(
            "add_asked",
            student=question.student,
            moment=timestamp(now),
            kind=question.kind,
            rows=question.rows,
            question=question.text,
        )
        return None

    def _over(self, question: Question, rows_per_hour: int, now: datetime) -> OverQuota | None:
        since = {"student": question.student, "since": timestamp(now - HOUR)}
        (used,) = self._write("asked_since", **since).fetchone()
        excess = used + question.rows - rows_per_hour
        if excess <= 0:
            return None
        room = max(0, rows_per_hour - used)
        if question.rows > rows_per_hour:
            return OverQuota(float("inf"), room)
        for moment, rows in self._write("asked_rows", **since):
            excess -= rows
            if excess <= 0:
                free_at = datetime.fromisoformat(moment) + HOUR
                return OverQuota(max(1.0, (free_at - now).total_seconds()), room)
        return OverQuota(HOUR.total_seconds(), room)

    # --- reading ------------------------------------------------------------------------

    def by_student(self) -> dict[str, StudentUsage]:
        """What each student who has asked anything has asked, by name."""
        since = timestamp(self._now() - HOUR)
        found = {
            student: StudentUsage(student, *asked)
            for student, *asked in self._read("asked_by_student", since=since)
        }
        for student, status, number in self._read("runs_by_student"):
            usage = found.setdefault(student, StudentUsage(student))
            if status in ACTIVE_STATUSES:
                usage.active += number
            elif status == "completed":
                usage.answered += number
            else:
                usage.failed += number
        return found

    def answered_in_hour(self) -> dict[str, int]:
        """How many runs of each student have ended in the last hour."""
        since = timestamp(self._now() - HOUR)
        return dict(self._read("ended_by_student", since=since).fetchall())

    def last(self, limit: int, student: str | None = None) -> list[AskedRow]:
        """The newest questions, of one student or of all."""
        return [AskedRow(*row) for row in self._read("last_asked", limit=limit, student=student)]


def read_usage(path: Path) -> tuple[dict[str, StudentUsage], list[AskedRow]]:
    """What a class has asked, whether its engine runs or not.

    Args:
        path: the store's file.

    Returns:
        What each student has asked, by name, and the newest questions, newest first.

    Raises:
        ConnectionProblem: there is no store, none that this version can read, or none that can
            be read at all.
    """
    if not path.is_file():
        raise ConnectionProblem(
            f"No engine has served these documents yet: there is no {path}.",
            "Give the --documents, or the --data-dir, that the class server was started with.",
        )
    try:
        return usage_of(SqliteFile(path))
    except sqlite3.Error as error:
        raise ConnectionProblem(
            f"What the class has asked cannot be read from {path}: {error}.",
            "Start the class server with this version of parallel_nb once, then ask again.",
        ) from error


def usage_of(database: Database) -> tuple[dict[str, StudentUsage], list[AskedRow]]:
    """The same of the store that is kept in a database, which is closed then."""
    try:
        usage = Usage(database, _refuse_change, database.read)
        return usage.by_student(), usage.last(_NEWEST)
    finally:
        database.close()


def _refuse_change(_change: Callable[[], T], /) -> Future[T]:
    raise AssertionError("a usage that is only read changes nothing")
