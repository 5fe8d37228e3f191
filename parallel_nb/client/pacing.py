"""Pacing: in no minute, and of finds in no hour, more than the account's quota lets through.

A rolling quota must hold in every minute, also the first, and a full second minute must not wait.
A leaky bucket, as of aiolimiter, does one or the other: it lets a minute's worth through at once
and as much again while that minute lasts, or less than the quota. So each amount is counted until
a minute after its answer: the service has counted it between the request and the answer, whatever
the network does to either.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.api.errors import (
    ApiError,
    InputError,
    ParallelError,
    ResultPendingError,
    ServiceError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Which quota a request counts against. None counts against none: reading is free.
Pace = Literal["task", "search", "extract", "find"] | None

#: Seconds of a rolling minute, and a second for a service that counts by whole ones.
_MINUTE: Final = 61.0
#: Seconds of a rolling hour, by which FindAll counts; the same.
_HOUR: Final = 3601.0


@dataclass(frozen=True, slots=True)
class Quota:
    """What the account may send.

        AsyncClient(quota=Quota(search_requests_per_minute=60))

    Attributes:
        task_runs_per_minute: Task runs: each input of a POST counts.
        search_requests_per_minute: Searches.
        extract_requests_per_minute: Extracts.
        find_runs_per_hour: FindAll runs that are created.

    Raises:
        InputError: A quota is below 1.
    """

    task_runs_per_minute: float = 2000
    search_requests_per_minute: float = 600
    extract_requests_per_minute: float = 600
    find_runs_per_hour: float = 300

    def __post_init__(self) -> None:
        """Refuse a quota that would never let a request through."""
        for name in self.__slots__:
            if not getattr(self, name) >= 1:
                raise InputError(f"{name} = {getattr(self, name)!r} is below 1.", "Give 1 or more.")


class RollingQuota:
    """What may still go out in the last `seconds`. Belongs to one event loop."""

    def __init__(self, most: float, seconds: float) -> None:
        """Begin with nothing sent.

        Args:
            most: So much may go out in any time of this length.
            seconds: The length.
        """
        self.most = int(most)
        self._seconds = seconds
        self._under_way = 0
        #: When an answered amount counts no more, by `time.monotonic`, and how much it is.
        self._answered: deque[tuple[float, int]] = deque()
        self._changed = asyncio.Event()
        self._turn = asyncio.Lock()

    @property
    def left(self) -> int:
        """How much may go out now."""
        now = time.monotonic()
        while self._answered and self._answered[0][0] <= now:
            self._answered.popleft()
        return self.most - self._under_way - sum([amount for _, amount in self._answered])

    def seconds_until(self, amount: int) -> float:
        """Seconds until so much may go out, if what is under way were answered now."""
        missing = min(amount, self.most) - self.left
        if missing <= 0:
            return 0.0
        now = time.monotonic()
        for until, freed in self._answered:
            missing -= freed
            if missing <= 0:
                return until - now
        return self._seconds

    def seconds_until_last(self, amount: int) -> float:
        """Seconds until the last of so much may go out, also of more than goes out at once."""
        now = time.monotonic()
        amount -= self.left
        # When something goes out that counts no more, and how much may then.
        freed = deque((until - now, number) for until, number in self._answered)
        if self._under_way:
            freed.append((self._seconds, self._under_way))
        freed.append((self._seconds, self.left))
        last = 0.0
        while amount > 0:
            last, number = freed.popleft()
            amount -= number
            freed.append((last + self._seconds, number))
        return last

    @asynccontextmanager
    async def take(self, amount: int) -> AsyncIterator[None]:
        """Send something of this amount: waits for its turn, and counts it until it has passed.

        What the service refuses, as with a 429, or never got, does not count.
        """
        amount = min(amount, self.most)
        async with self._turn:  # who asks first goes first
            while self.left < amount:
                self._changed.clear()
                try:
                    async with asyncio.timeout(self.seconds_until(amount)):
                        await self._changed.wait()
                except TimeoutError:
                    continue
            self._under_way += amount
        counts = True
        try:
            yield
        except ParallelError as error:
            counts = _may_count(error)
            raise
        finally:
            self._under_way -= amount
            if counts:
                self._answered.append((time.monotonic() + self._seconds, amount))
            self._changed.set()


def _may_count(error: ParallelError) -> bool:
    """True where the service may have acted on a request that ended so."""
    if isinstance(error, TransportError):
        return error.maybe_sent
    return not isinstance(error, ApiError) or isinstance(error, ServiceError | ResultPendingError)


class Pacer:
    """Lets requests through at the pace of a quota. Belongs to one event loop."""

    def __init__(self, quota: Quota) -> None:
        """Make a rolling quota for each kind of request."""
        self.quotas = {
            "task": RollingQuota(quota.task_runs_per_minute, _MINUTE),
            "search": RollingQuota(quota.search_requests_per_minute, _MINUTE),
            "extract": RollingQuota(quota.extract_requests_per_minute, _MINUTE),
            "find": RollingQuota(quota.find_runs_per_hour, _HOUR),
        }

    @asynccontextmanager
    async def take(self, pace: Pace, amount: int = 1) -> AsyncIterator[None]:
        """Let one request of this kind out, which counts for `amount`."""
        if pace is None:
            yield
            return
        async with self.quotas[pace].take(amount):
            yield
