"""The service as a job sees it: the connection's client as it is now.

An engine that was started again has another address; the connection then has another client.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parallel_nb.client.groups import Groups
    from parallel_nb.client.runs import Runs
    from parallel_nb.connection import Connection


class Service:
    """Runs and groups over one connection."""

    def __init__(self, connection: Connection) -> None:
        """Nothing is opened before the first request."""
        self._connection = connection
        self._reviving: asyncio.Lock | None = None

    @property
    def groups(self) -> Groups:
        """Operations on groups."""
        return self._connection.client.groups

    @property
    def runs(self) -> Runs:
        """Operations on runs."""
        return self._connection.client.runs

    async def revive(self) -> None:
        """Start the embedded engine again if it has died; does nothing elsewhere.

        Raises `ConnectionProblem` when it cannot be started.
        """
        self._reviving = self._reviving or asyncio.Lock()
        async with self._reviving:
            await asyncio.to_thread(self._connection.revive)
