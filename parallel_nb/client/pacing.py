"""Pacing: never more requests in a minute than the account's quota allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from aiolimiter import AsyncLimiter

from parallel_nb.api.errors import InputError

#: Which quota a request counts against. None counts against none: the vendor's pages disagree on
#: whether reading counts, so reading is not slowed down, and a 429 is retried instead.
Pace = Literal["task", "search"] | None

#: How much of a minute's quota may go out at once.
_BURST: Final = 0.1


@dataclass(frozen=True, slots=True)
class Quota:
    """What the account may send.

        AsyncClient(quota=Quota(search_requests_per_minute=60))

    Attributes:
        task_requests_per_minute: POSTs that create runs and groups.
        search_requests_per_minute: Searches and extracts.

    Raises:
        InputError: A quota is below 1.
    """

    task_requests_per_minute: float = 2000
    search_requests_per_minute: float = 600

    def __post_init__(self) -> None:
        """Refuse a quota that would never let a request through."""
        for name in ("task_requests_per_minute", "search_requests_per_minute"):
            if not getattr(self, name) >= 1:
                raise InputError(f"{name} = {getattr(self, name)!r} is below 1.", "Give 1 or more.")


class Pacer:
    """Lets requests through at the pace of a quota. Belongs to one event loop."""

    def __init__(self, quota: Quota) -> None:
        """Make one bucket for each kind of request."""
        self._limiters = {
            "task": _limiter(quota.task_requests_per_minute),
            "search": _limiter(quota.search_requests_per_minute),
        }

    async def wait(self, pace: Pace) -> None:
        """Return when one more request of this kind may go out."""
        if pace is not None:
            await self._limiters[pace].acquire()


def _limiter(per_minute: float) -> AsyncLimiter:
    """Make a bucket that holds in every window of a minute, also in the first.

    A bucket of n a minute lets n through at once and n more during that same minute. So
    the burst is a part of the quota, and the steady rate is what is left of it.
    """
    burst = max(1.0, per_minute * _BURST)
    steady = per_minute - burst
    return AsyncLimiter(burst, 60 * burst / steady if steady > 0 else 60)
