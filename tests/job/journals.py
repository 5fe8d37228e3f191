"""The journal's file, for tests that look into it, or write what only time would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.job.journal.sqlite_file import SqliteFile

if TYPE_CHECKING:
    import sqlite3

    from parallel_nb.job.journal import Journal


def connection_of(journal: Journal) -> sqlite3.Connection:
    """The connection to the file of a journal."""
    database = journal._db
    assert isinstance(database, SqliteFile)
    return database.connection
