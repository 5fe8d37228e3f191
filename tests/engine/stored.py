"""Looking into an engine's store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_nb.engine.store.write import Store


def totals(store: Store) -> dict[str, int]:
    """How many runs there are, by status."""
    return dict(
        store._reader.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall()
    )
