"""Where each question of a job stands: plain values on the loop thread, no I/O.

The runner is the one owner. Counts are kept as they change, so that a snapshot of a job of
100,000 rows costs no more than one of 20.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.processors import PRICES_AS_OF, Processor
from parallel_nb.job.model import SHOWN_FAILURES, JobState, Progress, RowNote
from parallel_nb.job.summarize import brief

if TYPE_CHECKING:
    from collections.abc import Iterable

#: States of a question besides those of a run: not sent; answered from the journal.
ENDED_STATES: Final = frozenset({"completed", "failed", "cancelled", "action_required", "reused"})
#: The run has completed; its answer is on the way. A person is told with the event, not with
#: the answer, which may come a second later in bulk.
FETCHING: Final = "fetching"
_TOLD: Final = ENDED_STATES | {FETCHING}
_AT_WORK: Final = ("submitting", "running", "stopping")
_FAILED: Final = ("failed", "cancelled", "action_required")
_SHOWN_NEWEST: Final = 5
#: The rate is taken over so many seconds.
_RATE_SECONDS: Final = 30.0


class Question(msgspec.Struct, eq=False, gc=False):
    """One distinct question: where it stands, and the run that works on it.

    A struct that the garbage collector need not look at: a job has up to 100,000.
    """

    position: int
    key: str
    #: Rows of the frame that ask it.
    weight: int
    state: str = "unsent"
    attempt: int = 0
    run_id: str | None = None
    group_id: str | None = None

    @property
    def is_open(self) -> bool:
        """True when it was sent and has not ended."""
        return self.state not in ENDED_STATES and self.state != "unsent"


@dataclass(slots=True)
class State:
    """All questions of a job, their counts, and what a person is shown."""

    title: str
    connection: str
    billed: bool
    processor: Processor
    questions: list[Question]
    #: Rows without a question: shown as failed, never sent.
    skipped: int = 0
    group_id: str | None = None
    phase: JobState = "submitting"
    message: str = ""
    #: Runs that this job sent itself, and those it still means to.
    sent_runs: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    #: Runs of ours that have not ended, in runs and not rows.
    open_runs: int = 0
    #: Questions without a run, in questions and not rows.
    unsent_runs: int = 0
    #: Label and answer of the newest rows; read when they are shown.
    newest: deque[tuple[str, bytes]] = field(default_factory=lambda: deque(maxlen=_SHOWN_NEWEST))
    failures: list[RowNote] = field(default_factory=list)
    #: Rows that have ended so far; and how many it was at the moments of the last seconds.
    _ended: int = 0
    _looks: deque[tuple[float, int]] = field(default_factory=deque)
    _began: float = field(default_factory=time.monotonic)
    changed: bool = True

    def __post_init__(self) -> None:
        """Count once."""
        for question in self.questions:
            self.counts[question.state] += question.weight
            self.open_runs += question.is_open
            self.unsent_runs += question.state == "unsent"

    def move(self, question: Question, state: str) -> None:
        """Move a question to another state; an ended one stays where it is."""
        old = question.state
        if old == state or old in ENDED_STATES:
            return
        was_open = question.is_open
        question.state = state
        self.open_runs += question.is_open - was_open
        self.unsent_runs += (state == "unsent") - (old == "unsent")
        self.counts[old] -= question.weight
        self.counts[state] += question.weight
        self.changed = True
        if state in _TOLD and old not in _TOLD:
            self._ended += question.weight

    def move_unsent(self, questions: Iterable[Question], state: str) -> None:
        """Move questions that are all unsent to a state of an open one."""
        moved = weight = 0
        for question in questions:
            question.state = state
            weight += question.weight
            moved += 1
        self.open_runs += moved
        self.unsent_runs -= moved
        self.counts["unsent"] -= weight
        self.counts[state] += weight
        self.changed = True

    def move_open(self, questions: Iterable[Question], state: str) -> None:
        """Move questions that are all open to another state, or to `completed`."""
        left: Counter[str] = Counter()
        moved = 0
        for question in questions:
            left[question.state] += question.weight
            question.state = state
            moved += 1
        self.counts.subtract(left)
        self.counts[state] += left.total()
        self.changed = True
        if state in ENDED_STATES:
            self.open_runs -= moved
            self._ended += left.total() - left[FETCHING]

    def reopen(self, questions: Iterable[Question]) -> None:
        """Make ended questions unsent, to ask them again."""
        for question in questions:
            self.counts[question.state] -= question.weight
            self.counts["unsent"] += question.weight
            self.unsent_runs += 1
            question.state = "unsent"
            question.run_id = question.group_id = None
        self.failures.clear()
        self.changed = True

    def failed(self) -> list[Question]:
        """Questions whose run did not end well."""
        return [question for question in self.questions if question.state in _FAILED]

    def note_answer(self, label: str, output: bytes) -> None:
        """Keep an answered row for the display."""
        self.newest.appendleft((label, output))

    def note(self, note: RowNote) -> None:
        """Keep a row that did not end well for the display."""
        if len(self.failures) < SHOWN_FAILURES:
            self.failures.append(note)
        self.changed = True

    def _rate(self) -> float | None:
        now = time.monotonic()
        if self._ended and not self._looks:
            self._looks.append((self._began, 0))
        self._looks.append((now, self._ended))
        while now - self._looks[0][0] > _RATE_SECONDS and len(self._looks) > 2:
            self._looks.popleft()
        began, before = self._looks[0]
        rows = self._ended - before
        return rows / max(now - began, 0.2) if rows else None

    def _eta(self, left: int, rate: float | None) -> tuple[float, float, float] | None:
        if not left:
            return (0.0, 0.0, 0.0)
        if rate:
            best = left / rate
            return (best * 0.7, best, best * 1.6)
        if not self.billed:  # published latencies say nothing about one's own documents
            return None
        low, high = self.processor.latency
        return (low, (low + high) / 2, high)

    def progress(self) -> Progress:
        """The snapshot that a person is shown."""
        counts = self.counts
        failed = sum(counts[state] for state in _FAILED) + self.skipped
        queued = counts["sending"] + counts["sent"] + counts["queued"]
        running = counts["running"] + counts["cancelling"]
        answered = counts["completed"]
        if self.phase in _AT_WORK:
            answered += counts[FETCHING]
        else:  # it has ended: what was not fetched is not there
            running += counts[FETCHING]
        rate = self._rate()
        price = self.processor.cost if self.billed else _free
        return Progress(
            title=self.title,
            processor=self.processor.name,
            connection=self.connection,
            group_id=self.group_id,
            state=self.phase,
            total=sum(counts.values()) + self.skipped,
            reused=counts["reused"],
            unsent=counts["unsent"],
            queued=queued,
            running=running,
            completed=answered,
            failed=failed,
            rate=rate,
            eta=self._eta(counts["unsent"] + queued + running, rate),
            cost_so_far=price(self.sent_runs),
            cost_total=price(self.sent_runs + self.unsent_runs),
            prices_as_of=PRICES_AS_OF,
            newest=tuple(RowNote(name, brief(data), "completed") for name, data in self.newest),
            failures=tuple(self.failures),
            more_failures=max(0, failed - len(self.failures)),
            message=self.message,
            priced=self.processor.is_priced or not self.billed,
        )


def _free(_runs: int) -> float:
    return 0.0
