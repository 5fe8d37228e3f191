"""Deletes what is old before an engine starts, so that its store does not grow for ever.

A group is deleted as a whole, with its runs, outputs and events, when none of its runs is
active and nothing about it has changed for so long; so its counts and cursors never count
runs that are gone. A run without a group, and a FindAll run with its candidates, is deleted when
it ended so long ago. All are marked first and deleted a month later, as `parallel_nb.retention`
says: a clock may be wrong.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.store.sqlite_file import SCHEMA_VERSION, check_schema, schema_version
from parallel_nb.engine.store.tables import STATEMENTS, timestamp
from parallel_nb.retention import cutoffs

if TYPE_CHECKING:
    from pathlib import Path

#: The file is compacted when over half of it, and over so many bytes, are empty pages.
_COMPACT_FROM: Final = 10_000_000
#: Rows that refer to others are deleted before those.
_DELETIONS: Final = (
    "delete_old_events",
    "delete_old_progress",
    "delete_old_outputs",
    "delete_old_runs",
    "delete_old_groups",
    "delete_old_find_events",
    "delete_old_candidates",
    "delete_old_finds",
)


def delete_old(path: Path, days: float, *, clock: float | None = None) -> int:
    """Delete groups, runs and FindAll runs that ended over `days` days, and a month, ago.

    To be called while no engine has the store open. Does nothing where there is no store,
    or one of another version. All or nothing: a kill leaves the store as it was.

    Args:
        path: the store's file.
        days: how long ended runs are kept.
        clock: the time in seconds since 1970; now if None.

    Returns:
        How many runs were deleted.

    Raises:
        DamagedFileError: it has other tables than a store has.
        sqlite3.Error: the file cannot be read or written, or is no database.
    """
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        if schema_version(connection) != SCHEMA_VERSION:
            return 0
        check_schema(connection)
        # Foreign keys stay unchecked, as by default: each deleted run would be looked for
        # among all events, and the deletions leave none that points to nothing.
        for table in ("old_groups", "old_runs", "old_finds"):
            connection.execute(f"CREATE TEMP TABLE {table} (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TEMP TABLE old (kind TEXT, id INTEGER, PRIMARY KEY (kind, id))")
        connection.execute("BEGIN IMMEDIATE")
        values = _moments(connection, days, clock)
        for name in ("make_marks", "find_old", "unmark", "restart_marks", "mark_old"):
            connection.execute(STATEMENTS[name], values)
        connection.execute(STATEMENTS["find_old_groups"], values)
        deleted = connection.execute(STATEMENTS["find_old_runs"], values).rowcount
        deleted += connection.execute(STATEMENTS["find_old_finds"], values).rowcount
        for name in _DELETIONS:
            connection.execute(STATEMENTS[name])
        connection.execute(STATEMENTS["delete_old_asked"], values)
        if deleted:
            connection.execute(STATEMENTS["delete_unused_specs"])
        connection.execute("COMMIT")
        if deleted:
            _compact(connection)
    return deleted


def _moments(connection: sqlite3.Connection, days: float, clock: float | None) -> dict[str, object]:
    """The moments that decide, as the store writes them."""
    (text,) = connection.execute(STATEMENTS["newest_change"]).fetchone()
    newest = datetime.fromisoformat(text).timestamp() if text else 0.0
    return {
        name: value
        if isinstance(value, bool)
        else timestamp(datetime.fromtimestamp(max(value, 0.0), UTC))
        for name, value in asdict(cutoffs(days, newest, clock)).items()
    }


def _compact(connection: sqlite3.Connection) -> None:
    """Shrink the file where much of it has become empty."""
    page_size, pages, empty = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    if page_size * empty > _COMPACT_FROM and 2 * empty > pages:
        connection.execute("VACUUM")
