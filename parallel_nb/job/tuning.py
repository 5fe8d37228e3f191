"""Sizes and time limits of a job, in one place so that tests can make them small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_nb.api.types import MAX_RUNS_PER_REQUEST
from parallel_nb.job.leases import LEASE_SECONDS

if TYPE_CHECKING:
    from parallel_nb.api.processors import Processor


@dataclass(frozen=True, slots=True)
class Tuning:
    """Sizes are in runs unless they say otherwise, times in seconds."""

    #: Runs in one request at most; the default is the service's own limit.
    wave: int = MAX_RUNS_PER_REQUEST
    #: Characters in one request at most, so that its body stays a few megabytes.
    wave_chars: int = 4_000_000
    #: Runs that may be unfinished at once. What has not been sent can still be saved by
    #: stopping. None: as many as never hold up what the quota lets through.
    window: int | None = None
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
    lease: float = LEASE_SECONDS
    #: When a job is stopped, a request under way may take so long to end.
    grace: float = 5.0
    #: Answers that are fetched one by one at the same time.
    fetch_concurrency: int = 8

    def runs_at_work(self, processor: Processor, runs_per_minute: float | None) -> int:
        """How many runs of a job may be unfinished at once.

        Args:
            processor: The processor.
            runs_per_minute: The quota; None for an engine of one's own, which has none and a
                queue that need not hold more than two waves.
        """
        if self.window is not None:
            return self.window
        least = 2 * self.wave
        if runs_per_minute is None:
            return least
        # Those of a minute, and of the minutes before it those that may still be at work.
        return max(least, math.ceil(runs_per_minute * (1 + processor.p90 / 60)))
