"""The journal's file and tables, and how an older journal becomes a newer one.

`PRAGMA user_version` says which version a file has. Each entry of `MIGRATIONS` takes it one
version up; entries are never changed once released.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    from pathlib import Path

_BUSY_SECONDS: Final = 30.0
#: The first version with `UPDATE ... FROM`, of 2020.
_SQLITE: Final = (3, 33)

MIGRATIONS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE jobs(
        id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, title TEXT NOT NULL,
        connection TEXT NOT NULL, identity TEXT NOT NULL, processor TEXT NOT NULL,
        spec BLOB, prompt TEXT NOT NULL, fresh INTEGER NOT NULL DEFAULT 0,
        group_id TEXT, state TEXT NOT NULL, message TEXT NOT NULL DEFAULT '',
        rows INTEGER NOT NULL, layout BLOB, created REAL NOT NULL, changed REAL NOT NULL);
    CREATE INDEX jobs_by_fingerprint ON jobs(fingerprint, created);
    CREATE INDEX jobs_by_group ON jobs(group_id);
    CREATE TABLE questions(
        job_id TEXT NOT NULL, position INTEGER NOT NULL, key TEXT NOT NULL,
        attempt INTEGER, label TEXT NOT NULL, input BLOB NOT NULL,
        PRIMARY KEY(job_id, position));
    CREATE INDEX questions_by_key ON questions(key, job_id);
    CREATE TABLE runs(
        key TEXT NOT NULL, attempt INTEGER NOT NULL, job_id TEXT NOT NULL,
        group_id TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL,
        run_id TEXT, created REAL NOT NULL, changed REAL NOT NULL, output BLOB, error TEXT,
        PRIMARY KEY(key, attempt));
    CREATE INDEX runs_by_id ON runs(run_id);
    CREATE INDEX runs_by_group ON runs(group_id);
    """,
    # Indexes that nothing reads cost a third of the time of writing a row.
    """
    DROP INDEX questions_by_key;
    DROP INDEX runs_by_group;
    ALTER TABLE jobs ADD COLUMN policy BLOB;
    """,
    # A run gets its id late: until then there is nothing to look up.
    """
    DROP INDEX runs_by_id;
    CREATE INDEX runs_by_id ON runs(run_id) WHERE run_id IS NOT NULL;
    """,
)


def open_file(path: Path) -> sqlite3.Connection:
    """Open the journal's file and bring it up to date, making it with mode 0600 if need be.

    Raises `ConnectionProblem` when it cannot be opened or is no journal, or SQLite is too old.
    """
    if sqlite3.sqlite_version_info < _SQLITE:
        raise ConnectionProblem(
            f"The journal needs SQLite 3.33 or newer, and this Python has "
            f"{sqlite3.sqlite_version}.",
            "Use a Python that brings a newer one: from python.org, conda or uv.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us first: sqlite would make it readable by others under a usual umask.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with contextlib.suppress(OSError):  # not ours, or a file system without modes
            path.chmod(0o600)
        opened = sqlite3.connect(
            path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        # As safe as DELETE, without making and removing a file each time.
        opened.execute("PRAGMA journal_mode = TRUNCATE")
        opened.execute("PRAGMA synchronous = FULL")
        migrate(opened, str(path))
    except (OSError, sqlite3.Error) as error:
        raise ConnectionProblem(
            f"The journal {path} cannot be opened: {error}.",
            "Check the folder's rights and space, or set PARALLEL_NB_HOME to another one.",
        ) from error
    return opened


def migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file up to date, in one transaction.

    Raises `ConnectionProblem` when a newer version of this package wrote it.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise ConnectionProblem(  # noqa: TRY301 - rolled back like any other fault
                f"The journal {path} was written by a newer version of parallel_nb.",
                "Upgrade parallel_nb, or set PARALLEL_NB_HOME to another folder.",
            )
        for script in MIGRATIONS[version:]:
            for statement in script.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
