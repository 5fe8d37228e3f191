"""Forgets what is old, before an engine starts, so that its store does not grow for ever.

A group goes as a whole, with its runs, answers and events, when none of its runs is under
way and nothing about it has changed for so long; so its counts and cursors never tell of
runs that are gone. A run of its own goes when it has ended so long ago.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.store.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

#: The file is written anew when over half of it, and over so many bytes, are empty pages.
_WORTH_WRITING: Final = 10_000_000
_OLD_GROUPS: Final = "SELECT id FROM groups WHERE queued + running = 0 AND modified_at < ?"
_OLD_RUNS: Final = (
    "SELECT id FROM runs WHERE group_id IN (SELECT id FROM old) "
    "OR group_id IS NULL AND status NOT IN ('queued', 'running') AND modified_at < ?"
)


def forget_old(path: Path, days: float) -> int:
    """Forget groups and runs that ended over `days` days ago; gives how many runs.

    To be called while no engine has the store open. Does nothing to a store that is not
    there or is of another version. All or nothing: a kill leaves the store as it was.
    """
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            return 0
        # Foreign keys stay unchecked, as by default: each deleted run would be looked for
        # among all events, and the statements below leave none that points to nothing.
        before = _days_ago(days)
        connection.execute("CREATE TEMP TABLE old (id INTEGER PRIMARY KEY)")
        connection.execute("CREATE TEMP TABLE old_runs (id INTEGER PRIMARY KEY)")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"INSERT INTO old {_OLD_GROUPS}", (before,))
        forgotten = connection.execute(f"INSERT INTO old_runs {_OLD_RUNS}", (before,)).rowcount
        connection.execute("DELETE FROM events WHERE group_id IN (SELECT id FROM old)")
        for table, key in (("progress", "run_id"), ("outputs", "run_id"), ("runs", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM old_runs)")  # noqa: S608 - names from above
        connection.execute("DELETE FROM groups WHERE id IN (SELECT id FROM old)")
        if forgotten:
            connection.execute(
                "DELETE FROM specs WHERE id NOT IN "
                "(SELECT spec_id FROM runs WHERE spec_id IS NOT NULL)"
            )
        connection.execute("COMMIT")
        if forgotten:
            _give_back(connection)
    return forgotten


def _days_ago(days: float) -> str:
    """That moment, written as the store writes moments, which sort as text."""
    moment = datetime.now(UTC) - timedelta(days=days)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _give_back(connection: sqlite3.Connection) -> None:
    """Shrink the file where much of it has become empty."""
    sizes = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_size", "page_count", "freelist_count")
    ]
    page, pages, empty = sizes
    if page * empty > _WORTH_WRITING and 2 * empty > pages:
        connection.execute("VACUUM")
