"""The class that asks an engine: who each request is from, and how much each student may ask.

The quota of rows is kept in the store (`store.usage`); what is counted here starts anew with the
engine: requests of the last minute, and those that are open. Many engines count the former
together, in their store; the latter is what one process bears.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.http.responses import HTTPError
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.roster import ClassFile

_MINUTE: Final = 60.0
#: Requests of one student that may be open, streams among them.
OPEN_REQUESTS: Final = 64
#: Bytes of the body of a student's request: 1,000 rows of 16 kB.
MAX_BODY: Final = 16 * 1024 * 1024
#: Seconds after which a student who has too many requests open may try again.
_CLOSED_SOON: Final = 1.0


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """What each student may ask.

    Attributes:
        rows_per_hour: Task runs, and matches that finds look for, in any hour.
        requests_per_minute: Requests of any kind, in any minute.
    """

    rows_per_hour: int = 1_000
    requests_per_minute: int = 600


@dataclass(slots=True)
class _Activity:
    """What one student has asked of late."""

    open_requests: int = 0
    #: When, by `time.monotonic`, oldest first.
    recent: deque[float] = field(default_factory=deque)


class Classroom:
    """Lets the students of a class in, within their limits. Lives on the event loop.

    Examples:
        >>> classroom = Classroom(ClassFile(path), ClassLimits(rows_per_hour=200))
        >>> classroom.student_of(b"pnbclass_...")
        'Ada'
    """

    def __init__(self, file: ClassFile, limits: ClassLimits) -> None:
        """Nobody has asked anything yet."""
        self.limits = limits
        self.path = file.path
        self._file = file
        self._activity: dict[str, _Activity] = {}

    @property
    def names(self) -> list[str]:
        """The students in the order of the class file."""
        return self._file.current().names

    def student_of(self, token: bytes) -> str | None:
        """Whose token it is; None where it is nobody's."""
        return self._file.current().student_of(token)

    @contextmanager
    def request_of(self, student: str) -> Iterator[None]:
        """Count a request of a student while it is open.

        Raises:
            HTTPError: 429, when the student has too many open, or asked too often.
        """
        activity = self._activity.setdefault(student, _Activity())
        if activity.open_requests >= OPEN_REQUESTS:
            open_now = count(OPEN_REQUESTS, "request")
            raise HTTPError(429, f"{open_now} of yours are open at once.", retry_after=_CLOSED_SOON)
        now = time.monotonic()
        while activity.recent and activity.recent[0] <= now - _MINUTE:
            activity.recent.popleft()
        most = self.limits.requests_per_minute
        if len(activity.recent) >= most:
            raise self.over_quota(activity.recent[0] + _MINUTE - now)
        activity.recent.append(now)
        activity.open_requests += 1
        try:
            yield
        finally:
            activity.open_requests -= 1

    def over_quota(self, seconds: float) -> HTTPError:
        """The error of a request that is one too many in this minute."""
        most = self.limits.requests_per_minute
        text = f"Your quota of {count(most, 'request')} a minute is used up."
        return HTTPError(429, text, retry_after=seconds)
