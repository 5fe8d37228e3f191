"""How a job behaves: sizes and patiences, in one place so that tests can hurry it."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nb.api.types import MAX_RUNS_PER_REQUEST


@dataclass(frozen=True, slots=True)
class Tuning:
    """Sizes in rows, times in seconds."""

    #: Runs a request adds at most; the service's own limit.
    wave: int = MAX_RUNS_PER_REQUEST
    #: Characters a request carries at most, so that one body stays a few megabytes.
    wave_chars: int = 4_000_000
    #: Runs that may be unfinished at once. What has not been sent can still be saved by
    #: stopping; 2,000 is also what the service's quota lets through in a minute.
    window: int = 2 * MAX_RUNS_PER_REQUEST
    #: After a lost answer, how long the group must stay unchanged before runs that are
    #: not in it count as not made: a request may act a little after its answer was lost.
    settle: float = 5.0
    #: The same after an answer that was waited for in vain, by us or by a gateway: the service
    #: may be slow and still at work on the request.
    settle_late: float = 60.0
    #: How long faults of network or service may last before the job ends as incomplete.
    patience: float = 180.0
    #: A stream that says nothing for so long is checked against a snapshot.
    quiet: float = 30.0
    #: First and longest pause between attempts; jittered.
    pause: float = 0.25
    longest_pause: float = 15.0
    #: Progress snapshots at most every so many seconds.
    tick: float = 0.2
    #: Another process that claimed rows and lives is given so long to say what became of them.
    lease: float = 150.0
    #: When stopping, how long a request in flight may take to end.
    grace: float = 5.0
    #: Answers fetched one by one at the same time.
    singles: int = 8
