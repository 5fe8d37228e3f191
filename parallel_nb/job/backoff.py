"""Which faults of a job pass by themselves, and how long they are borne."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import (
    NotFoundError,
    ParallelError,
    RetryableError,
    StreamError,
    TransportError,
)
from parallel_nb.client.backoff import Backoff

if TYPE_CHECKING:
    from parallel_nb.job.tuning import Tuning

#: Faults that may pass by themselves; every other needs a person.
_PASSING: Final = (TransportError, RetryableError, StreamError)


class JobBackoff:
    """Bears passing faults until they have lasted too long without a success between them.

    All parts of a job that read share one, so that a success of any part shows that the service
    works. Sending has another: a service may go on to answer and take no runs.
    """

    def __init__(self, tuning: Tuning) -> None:
        """Begin without a fault."""
        self._backoff = Backoff(
            first=tuning.pause, longest=tuning.longest_pause, seconds=tuning.give_up_after
        )

    def success(self) -> None:
        """A request has succeeded."""
        self._backoff.reset()

    async def bear(self, error: ParallelError) -> None:
        """Wait a little after a fault; at least as long as the service asked for.

        Raises:
            ParallelError: `error` itself, when it does not pass or has lasted too long.
        """
        if not isinstance(error, _PASSING) or isinstance(error, NotFoundError):
            raise error
        await self._backoff.pause_after(error)
