"""Looking into an engine's store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.engine.store.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from parallel_nb.engine.store.write import Store


def totals(store: Store) -> dict[str, int]:
    """How many runs there are, by status."""
    query = "SELECT status, count(*) FROM runs GROUP BY status"
    assert isinstance(store.database, SqliteFile)
    return dict(store.database._reader.execute(query).fetchall())
