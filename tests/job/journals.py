"""The journal's file, for tests that look into it, or write what only time would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_nb.job.journal.postgres import PostgresServer
from parallel_nb.job.journal.sqlite_file import SqliteFile

if TYPE_CHECKING:
    import sqlite3

    from parallel_nb.job.journal import Journal


def connection_of(journal: Journal) -> sqlite3.Connection:
    """The connection to the file of a journal."""
    database = journal._db
    assert isinstance(database, SqliteFile)
    return database.connection


def rows_of(journal: Journal, query: str, *arguments: Any) -> list[Any]:
    """What a statement of the test's own reads from a journal."""
    database = journal._db
    rows: list[Any]
    if isinstance(database, SqliteFile):
        rows = database.connection.execute(query, arguments).fetchall()
    else:
        assert isinstance(database, PostgresServer)
        rows = database._open().execute(query.replace("?", "%s"), arguments).fetchall()
    return rows
