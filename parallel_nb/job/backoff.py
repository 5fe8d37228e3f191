"""Which faults pass by themselves, how long they are borne, and the pauses between attempts."""

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
    from parallel_nb.job.tuning import Tuning

#: Faults that may pass by themselves; every other needs a person.
_PASSING: Final = (TransportError, RetryableError, StreamError)


def jittered_pause(attempt: int, tuning: Tuning) -> float:
    """Seconds to wait after so many attempts: doubled each time, bounded, and jittered.

    Jitter keeps jobs that were turned away together from coming back together.
    """
    pause = min(tuning.longest_pause, tuning.pause * 2.0 ** min(attempt, 10))
    return pause * random.uniform(0.5, 1)  # noqa: S311 - no secret


class JobBackoff:
    """Bears passing faults until they have lasted too long without a success between them.

    All parts of a job share one, so that a success of any part shows that the service works.
    """

    def __init__(self, tuning: Tuning) -> None:
        """Begin without a fault."""
        self._tuning = tuning
        self._since: float | None = None
        self._faults = 0

    def success(self) -> None:
        """A request has succeeded."""
        self._since = None
        self._faults = 0

    async def bear(self, error: ParallelError) -> None:
        """Wait a little after a fault; at least as long as the service asked for.

        Raises:
            ParallelError: `error` itself, when it does not pass or has lasted too long.
        """
        if not isinstance(error, _PASSING) or isinstance(error, NotFoundError):
            raise error
        now = time.monotonic()
        self._since = self._since or now
        retry_after = getattr(error, "retry_after", None) or 0.0
        if now + retry_after - self._since > self._tuning.give_up_after:
            raise error
        self._faults += 1
        await asyncio.sleep(max(jittered_pause(self._faults, self._tuning), retry_after))
