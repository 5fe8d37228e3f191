"""What an engine has beside, where it is one of many: a store that they share, and claims on it.

Nothing of this is imported where an engine is alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.api.errors import InputError
from parallel_nb.settings import is_postgres

if TYPE_CHECKING:
    from parallel_nb.engine.store.shared import SharedStore
    from parallel_nb.engine.store.write import Store
    from parallel_nb.engine.workers.claims import Claims
    from parallel_nb.engine.workers.finds import FindRuns
    from parallel_nb.engine.workers.pool import WorkerPool


def open_store(address: str, lease: float, retention_days: float | None) -> SharedStore:
    """The store of many engines.

    Args:
        address: `postgresql://...`.
        lease: seconds after which an engine without a sign of life is taken for dead.
        retention_days: how long what has ended is kept.

    Raises:
        InputError: it is no such address, or a package is missing.
        ConnectionProblem: the server cannot be reached, or a newer version wrote there.
    """
    if not is_postgres(address):
        raise InputError(
            f"--store {address} is no address of a PostgreSQL server.",
            "Write it as postgresql://USER@HOST/DATABASE; leave it out for an engine on its own.",
        )
    from parallel_nb.engine.store.postgres import PostgresServer  # noqa: PLC0415 - an extra
    from parallel_nb.engine.store.shared import SharedStore  # noqa: PLC0415 - the same

    return SharedStore(PostgresServer(address, lease), retention_days)


def make_claims(store: Store, pool: WorkerPool, finds: FindRuns) -> Claims | None:
    """What takes runs from the store; None where it is that of one engine."""
    if not store.is_shared:
        return None
    from parallel_nb.engine.store.shared import SharedStore  # noqa: PLC0415 - an extra
    from parallel_nb.engine.workers.claims import Claims  # noqa: PLC0415 - many engines alone

    assert isinstance(store, SharedStore)  # noqa: S101 - the one that is shared
    return Claims(store, pool, finds)
