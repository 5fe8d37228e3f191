"""Sizes and time limits of a job, in one place so that tests can make them small."""

from __future__ import annotations

from dataclasses import dataclass

from parallel_nb.api.types import MAX_RUNS_PER_REQUEST


@dataclass(frozen=True, slots=True)
class Tuning:
    """Sizes are in runs unless they say otherwise, times in seconds."""

    #: Runs in one request at most; the default is the service's own limit.
    wave: int = MAX_RUNS_PER_REQUEST
    #: Characters in one request at most, so that its body stays a few megabytes.
    wave_chars: int = 4_000_000
    #: Runs that may be unfinished at once. What has not been sent can still be saved by
    #: stopping; 2,000 is also what the service's quota lets through in a minute.
    window: int = 2 * MAX_RUNS_PER_REQUEST
    #: After a request whose answer was lost: the group must stay unchanged for so long before a
    #: run that is not in it counts as not made. A request may act a little after its answer
    #: was lost.
    reconcile_after: float = 5.0
    #: The same after a request that timed out, at our end or at a gateway: the service may be
    #: slow and still be working on it.
    reconcile_after_timeout: float = 60.0
    #: Faults of the network or the service may last so long before the job ends as incomplete.
    give_up_after: float = 180.0
    #: An event stream that has been silent for so long is checked against a snapshot.
    stream_silence: float = 30.0
    #: Shortest and longest pause between attempts, before jitter.
    pause: float = 0.25
    longest_pause: float = 15.0
    #: Seconds between two snapshots of the progress.
    progress_interval: float = 0.2
    #: Seconds between two looks whether another process, such as JupyterLab's, asks to stop.
    stop_interval: float = 1.0
    #: A claim of another process that lives is respected for so long after its last renewal.
    lease: float = 150.0
    #: When a job is stopped, a request under way may take so long to end.
    grace: float = 5.0
    #: Answers that are fetched one by one at the same time.
    fetch_concurrency: int = 8
