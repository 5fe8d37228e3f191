"""What a person sees of a running job: one immutable snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

JobState = Literal["submitting", "running", "stopping", "done", "stopped", "detached", "incomplete"]
#: In these states the job's own work is over.
ENDED: Final[frozenset[JobState]] = frozenset({"done", "stopped", "detached", "incomplete"})
#: Failures that are shown; the rest is counted.
SHOWN_FAILURES: Final = 4


@dataclass(frozen=True, slots=True)
class RowNote:
    """One row in a word: which, what about it, and how it stands."""

    label: str
    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a job stands. Counts are rows of the frame and sum to `total`; money is USD."""

    title: str
    processor: str
    connection: str
    group_id: str | None
    state: JobState
    total: int
    #: Answered from the journal, so not sent and not paid; not part of `completed`.
    reused: int
    unsent: int
    queued: int
    running: int
    completed: int
    failed: int
    #: Rows a second of late, or None before there is one.
    rate: float | None
    #: Seconds that remain: low, best and high guess.
    eta: tuple[float, float, float] | None
    #: What the runs sent by this job cost, and what it costs when all have been sent.
    cost_so_far: float
    cost_total: float
    prices_as_of: str
    newest: tuple[RowNote, ...] = ()
    failures: tuple[RowNote, ...] = ()
    more_failures: int = 0
    #: One sentence for a person where there is something to say: what stopped, what to do.
    message: str = ""
    #: False where the work is billed and the price table does not have its processor.
    priced: bool = True

    @property
    def ended(self) -> bool:
        """True when the job's own work is over."""
        return self.state in ENDED
