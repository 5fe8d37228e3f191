"""How the journal reads and writes its database, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from parallel_nb.job.journal.records import JobRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_nb.job.journal.database import Cursor, Database, Statements

T = TypeVar("T")


class Transactions:
    """Reads and writes one database. Every method may be called from any thread.

    Each raises `ParallelError` where the database cannot be read or written; a file that is
    damaged is put aside, and the error says where it is.
    """

    def __init__(self, database: Database) -> None:
        """Keep it in this database."""
        self._db = database
        self.place = database.place
        self.is_shared = database.is_shared
        #: The time in seconds since 1970, by one clock for all who write here.
        self.clock = database.clock

    @property
    def is_current(self) -> bool:
        """False when it must be opened anew: the file was deleted, or the server has gone."""
        return self._db.is_current

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _write(self, query: str, **parameters: Any) -> None:
        """Execute one statement, which is its own transaction."""

        def write() -> None:
            with self._db.used("written") as execute:
                execute(query, parameters)

        self._db.repeat(write)

    def transact(self, work: Callable[[Statements], T], *, alone: bool = True) -> T:
        """Do work in one transaction. Where the connection is lost it is done again."""

        def once() -> T:
            with self._db.transaction(alone=alone) as execute:
                return work(execute)

        done: T = self._db.repeat(once)
        return done

    def _repeatable(self, rows: Iterable[T]) -> Iterable[T]:
        """Rows that can be written twice; a file's transaction is never done again."""
        return list(rows) if self.is_shared else rows

    def _rows(self, query: str, *arguments: Any, **named: Any) -> list[Any]:
        def read() -> list[Any]:
            with self._db.used("read") as execute:
                return execute(query, named or arguments).fetchall()

        rows: list[Any] = self._db.repeat(read)
        return rows


def job_records(cursor: Cursor) -> list[JobRecord]:
    """The jobs of a statement that has read all their columns."""
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [JobRecord(**row | {"fresh": bool(row["fresh"])}) for row in rows]  # SQLite has 0 and 1
