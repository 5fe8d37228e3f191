"""The journal's tables, and how an older journal becomes a newer one.

`PRAGMA user_version` says which version a file has. Each entry of `MIGRATIONS` takes it one
version up; entries are never changed once released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ConnectionProblem

if TYPE_CHECKING:
    import sqlite3

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
)


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
