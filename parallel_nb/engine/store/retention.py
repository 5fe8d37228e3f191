"""Deletes what is old before an engine starts, so that its store does not grow for ever.

A group is deleted as a whole, with its runs, outputs and events, when none of its runs is
active and nothing about it has changed for so long; so its counts and cursors never count
runs that are gone. A run without a group is deleted when it ended so long ago.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.store.tables import (
    SCHEMA_VERSION,
    STATEMENTS,
    schema_version,
    timestamp,
)

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
)


def delete_old(path: Path, days: float) -> int:
    """Delete groups and runs that ended over `days` days ago.

    To be called while no engine has the store open. Does nothing where there is no store,
    or one of another version. All or nothing: a kill leaves the store as it was.

    Args:
        path: the store's file.
        days: how long ended runs are kept.

    Returns:
        How many runs were deleted.

    Raises:
        sqlite3.Error: the file cannot be read or written, or is no database.
    """
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        if schema_version(connection) != SCHEMA_VERSION:
            return 0
        # Foreign keys stay unchecked, as by default: each deleted run would be looked for
        # among all events, and the deletions leave none that points to nothing.
        values = {"before": timestamp(datetime.now(UTC) - timedelta(days=days))}
        connection.execute("CREATE TEMP TABLE old_groups (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TEMP TABLE old_runs (id INTEGER PRIMARY KEY)")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(STATEMENTS["find_old_groups"], values)
        deleted = connection.execute(STATEMENTS["find_old_runs"], values).rowcount
        for name in _DELETIONS:
            connection.execute(STATEMENTS[name])
        if deleted:
            connection.execute(STATEMENTS["delete_unused_specs"])
        connection.execute("COMMIT")
        if deleted:
            _compact(connection)
    return deleted


def _compact(connection: sqlite3.Connection) -> None:
    """Shrink the file where much of it has become empty."""
    page_size, pages, empty = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    )
    if page_size * empty > _COMPACT_FROM and 2 * empty > pages:
        connection.execute("VACUUM")
