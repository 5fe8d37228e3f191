"""Pauses between attempts: growing, jittered, never shorter than the service asks for.

The one owner of backoff: requests, streams and jobs pause by it. stamina and tenacity retry a
call until it succeeds. The backoff of a stream also starts again whenever an event has come, and
that of a job is shared by several tasks, so that a success of one counts for all.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from typing import Final

#: Doubling ends here, far beyond any longest pause.
_MAX_DOUBLINGS: Final = 30


class Backoff:
    """Pauses after faults in a row, and gives up when there are too many or they last too long.

        backoff = Backoff(first=0.5, longest=20.0, attempts=4)
        while True:
            try:
                return await ask()
            except TransportError as error:
                await backoff.pause_after(error)

    A pause is `first` seconds at the first fault, twice as long at each further one, at most
    `longest`, and between half and all of that by chance: many clients that were cut together
    do not come back together.
    """

    def __init__(
        self,
        *,
        first: float,
        longest: float,
        attempts: float = math.inf,
        seconds: float = math.inf,
    ) -> None:
        """Begin without a fault.

        Args:
            first: Seconds of the first pause.
            longest: Seconds of the longest pause.
            attempts: Faults in a row that are borne.
            seconds: How long faults in a row are borne, the next pause that the service asks
                for included.
        """
        self._first = first
        self._longest = longest
        self._attempts = attempts
        self._seconds = seconds
        self._faults = 0
        self._since = 0.0

    def reset(self) -> None:
        """Something worked: the next fault is the first again."""
        self._faults = 0

    def next_pause(self, *, at_least: float = 0.0) -> float:
        """Count one more fault; the seconds to pause after it.

        Args:
            at_least: Seconds that the service asks for (`Retry-After`).
        """
        if not self._faults:
            self._since = time.monotonic()
        growing = min(self._longest, self._first * 2 ** min(self._faults, _MAX_DOUBLINGS))
        self._faults += 1
        pause: float = growing * random.uniform(0.5, 1)  # noqa: S311 - no secret
        if at_least > pause:
            pause = at_least + self._first * random.random()  # noqa: S311 - no secret
        return pause

    async def pause_after(self, fault: Exception, *, at_least: float = 0.0) -> None:
        """Sleep before the next attempt, or give up.

        Args:
            fault: What went wrong; its `retry_after`, where it has one, is heeded.
            at_least: Seconds that are paused at least.

        Raises:
            Exception: `fault` itself, when too many or too long faults in a row were borne.
        """
        at_least = max(at_least, getattr(fault, "retry_after", None) or 0.0)
        now = time.monotonic()
        since = self._since if self._faults else now
        if self._faults >= self._attempts or now + at_least - since > self._seconds:
            raise fault
        await asyncio.sleep(self.next_pause(at_least=at_least))
