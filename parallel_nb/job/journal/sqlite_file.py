"""A journal in one file of SQLite, for one person on one machine.

A rollback journal instead of WAL, because WAL does not work on network homes. One connection
a process behind a lock, short transactions, and 30 s of waiting for another process.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

from parallel_nb.damaged import damage_of, file_at
from parallel_nb.job.journal.queries import QUERIES, in_batches
from parallel_nb.job.journal.schema import journal_fault, open_fault, open_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from parallel_nb.api.errors import ParallelError
    from parallel_nb.job.journal.database import Statements, Values


class _Statements:
    """See `database.Statements`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def __call__(self, name: str, values: Values = (), /) -> sqlite3.Cursor:
        return self._execute(QUERIES[name], values)

    def rows(self, name: str, rows: Iterable[Sequence[Any]], /) -> None:
        for query, values in in_batches(QUERIES[name], rows):
            self._execute(query, values)


class SqliteFile:
    """See `Database`."""

    is_shared = False

    def __init__(self, path: Path, *, looks_on: bool = False) -> None:
        """Open the file and bring it up to date, making it with mode 0600 if need be.

        Who `looks_on` does not put a damaged file aside.

        Raises:
            ConnectionProblem: The file cannot be opened or is no journal.
        """
        self.path = path
        self.place = str(path)
        self._lock = threading.RLock()
        self._looks_on = looks_on
        self.connection = open_file(path, looks_on=looks_on)
        self._file = file_at(path)

    @property
    def is_current(self) -> bool:
        """False when the file was deleted, or another one stands in its place."""
        return self._file is not None and file_at(self.path) == self._file

    @contextlib.contextmanager
    def used(self, doing: str) -> Iterator[Statements]:
        """The database, to be "read" or "written" by one thread at a time; its faults are ours."""
        with self._lock:
            try:
                yield _Statements(self.connection)
            except sqlite3.Error as error:
                if damage_of(error) is None or not self.is_current:
                    raise self.fault(error, doing) from error
                self.connection.close()
                self._file = None  # whoever comes next opens it anew
                raise open_fault(error, self.path, looks_on=self._looks_on) from error

    @contextlib.contextmanager
    def transaction(self, *, alone: bool = True) -> Iterator[Statements]:
        """Statements that are one transaction; SQLite has one writer at a time as it is."""
        del alone
        with self.used("written") as execute:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield execute
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # what made it fail says more
                    self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")

    def clock(self) -> float:
        """The machine's."""
        return time.time()

    def repeat(self, work: Callable[[], Any]) -> Any:
        """A file is never cut off."""
        return work()

    def shrink(self) -> None:
        """Give the space of what was deleted back; otherwise it would stay in the file."""
        with self._lock, contextlib.suppress(sqlite3.OperationalError):  # in use by another
            self.connection.execute("VACUUM")

    def fault(self, error: Exception, doing: str) -> ParallelError:
        """The error to raise for one of SQLite's."""
        return journal_fault(error, doing)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.connection.close()
