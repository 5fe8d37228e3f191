"""How long faults are borne, and which of them are worth bearing."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import (
    NotFoundError,
    ParallelError,
    RetryableError,
    StreamError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from parallel_nb.job.tuning import Tuning

#: These may pass by themselves; everything else needs a person.
PASSING: Final = (TransportError, RetryableError, StreamError)


class Patience:
    """Bears passing faults in a row until they have lasted too long.

    One for all parts of a job, so that a success anywhere shows that the service lives.
    """

    def __init__(self, tuning: Tuning, revive: Callable[[], Awaitable[None]]) -> None:
        """Begin without a fault; `revive` starts a dead engine again where there is one."""
        self._tuning = tuning
        self._revive = revive
        self._since: float | None = None
        self._faults = 0

    def success(self) -> None:
        """Something worked."""
        self._since = None
        self._faults = 0

    async def bear(self, error: ParallelError) -> None:
        """Wait a little after a fault; raise it when it will not pass or has lasted too long.

        The wait grows, is jittered, and is at least what the service asked for.
        """
        if not isinstance(error, PASSING) or isinstance(error, NotFoundError):
            raise error
        now = time.monotonic()
        self._since = self._since or now
        asked = getattr(error, "retry_after", None) or 0.0
        if now + asked - self._since > self._tuning.patience:
            raise error
        self._faults += 1
        pause = min(self._tuning.longest_pause, self._tuning.pause * 2 ** min(self._faults, 10))
        pause *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        await asyncio.sleep(max(pause, asked))
        if isinstance(error, TransportError):
            await self._revive()
