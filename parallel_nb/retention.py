"""When what is old may be deleted, by a clock that may be wrong.

A clock that has jumped ahead makes everything old. So today is believed to be a week, at most,
after the newest thing that was written; and what is old is not deleted when it is found, but
marked, and deleted when it is still old 30 days later. Until then it is there as before.

The journal and the engine's store follow this rule; each keeps its own marks.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

_DAY: Final = 86_400.0
#: So long after the newest entry it may be today, in days.
_BELIEVED_AFTER: Final = 7.0
#: Days between a mark and the deletion.
GRACE: Final = 30.0
#: No age is longer, in days: timestamps of a store have a first year.
_LONGEST: Final = 36_500.0


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """The moments that decide; all are seconds since 1970.

    Attributes:
        clock: What the clock says: what is found old now is marked with it.
        old: What has not changed since then is old.
        marked: What was marked before then is deleted.
        is_doubtful: Nothing was written for longer than marks last, or the clock is wrong: the
            time since then counts for no mark.
    """

    clock: float
    old: float
    marked: float
    is_doubtful: bool


def believed_now(newest: float, clock: float | None = None) -> float:
    """What is believed to be now, in seconds since 1970.

    >>> believed_now(1000.0, 2000.0), believed_now(0.0, 400 * 86_400.0) / 86_400
    (2000.0, 7.0)

    Args:
        newest: When the newest entry was written.
        clock: What the clock says; the clock itself is read if None.
    """
    clock = time.time() if clock is None else clock
    return min(clock, newest + _BELIEVED_AFTER * _DAY)


def cutoffs(days: float, newest: float, clock: float | None = None) -> Cutoffs:
    """Decide what is old and what is deleted.

    Args:
        days: How long something is kept after its last change.
        newest: See `believed_now`.
        clock: The same.
    """
    clock = time.time() if clock is None else clock
    now = believed_now(newest, clock)
    return Cutoffs(
        clock,
        old=now - min(days, _LONGEST) * _DAY,
        marked=now - GRACE * _DAY,
        is_doubtful=clock > newest + GRACE * _DAY,
    )
