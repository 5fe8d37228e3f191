"""A job as plain values: its questions, where each stands, and what a person is shown of it.

Nothing here does I/O. The runner is the one owner of a `State`; everyone else gets snapshots
of it (`Progress`). `View` and `FinishedJob` are what a display and a job know of each other.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar

import msgspec

from parallel_nb.api.processors import PRICES_AS_OF, Processor, seconds_of_quota
from parallel_nb.client.decode import read_content
from parallel_nb.formats import shorten
from parallel_nb.tables.parse import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

Shown_co = TypeVar("Shown_co", covariant=True)
Shown_contra = TypeVar("Shown_contra", contravariant=True)
Ended_contra = TypeVar("Ended_contra", contravariant=True)

JobState = Literal["submitting", "running", "stopping", "done", "stopped", "detached", "incomplete"]
#: In these states the job's own work is over.
ENDED: Final[frozenset[JobState]] = frozenset({"done", "stopped", "detached", "incomplete"})
#: Failures that are shown; the rest is counted.
SHOWN_FAILURES: Final = 4

#: States in which a question is over. Besides those of a run: answered from the journal.
ENDED_STATES: Final = frozenset(
    {"completed", "failed", "cancelled", "action_required", "reused", "unread"}
)
#: The run has completed and is paid, and its answer cannot be had now. The journal keeps it as
#: sent: whoever takes the job up again asks for the answer, and never the question.
UNREAD: Final = "unread"
#: The run has completed and its answer is on the way. A person sees it as answered already,
#: since the answer may come a second later, in bulk.
FETCHING: Final = "fetching"
#: States of a question whose run has not ended well.
FAILED_STATES: Final = ("failed", "cancelled", "action_required", UNREAD)
_NOT_OPEN: Final = ENDED_STATES | {"unsent"}
_SHOWN_AS_ENDED: Final = ENDED_STATES | {FETCHING}
#: The run has completed, and only completed runs are billed.
_BILLED: Final = frozenset({"completed", FETCHING, UNREAD})
#: A run is at work, or about to be: billed when it completes.
_RESERVED: Final = frozenset({"sending", "sent", "queued", "running", "cancelling"})
#: Of the newest answers so many are shown.
SHOWN_ANSWERS: Final = 5
_SUMMARY_CHARS: Final = 120
#: The rate is taken over so many seconds.
_RATE_SECONDS: Final = 30.0


# --- what a person is shown -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowNote:
    """One row in a few words: its label, its answer or error, and its status."""

    label: str
    text: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkProgress:
    """Where a job, or a find, stands: what can be said of both."""

    title: str
    connection: str
    state: JobState
    prices_as_of: str
    newest: tuple[RowNote, ...] = ()
    #: One sentence for a person where there is something to say: what stopped, what to do.
    message: str = ""
    #: False where the work is billed and what it asks for has no published price.
    priced: bool = True

    @property
    def ended(self) -> bool:
        """True when the work on this machine is over."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(WorkProgress):
    """Where a job stands. Counts are rows of the frame and sum to `total`; money is USD."""

    processor: str
    group_id: str | None
    total: int
    #: Answered from the journal, so neither sent nor paid; not part of `completed`.
    reused: int
    unsent: int
    queued: int
    running: int
    completed: int
    failed: int
    #: Rows a second over the last half minute, or None before a row has ended.
    rate: float | None
    #: Seconds that remain: low, best and high guess.
    eta: tuple[float, float, float] | None
    #: Billed so far, for the runs of this job that have completed: a failed run is not billed.
    cost: float
    #: What those at work will cost as they complete; the service reserves it.
    cost_reserved: float
    #: What the job costs in all where every run completes, those not yet sent among them.
    cost_at_most: float
    #: Rows that failed or were skipped: the first of them, and how many more there are.
    failures: tuple[RowNote, ...] = ()
    more_failures: int = 0
    #: Rows that have nothing to ask, or too much; not part of `failed`.
    skipped: int = 0
    #: What a language model was asked meanwhile, in words; empty where none reads.
    model: str = ""
    #: Those of the reused whose run another person of the team has asked.
    reused_from_others: int = 0

    @property
    def open_rows(self) -> int:
        """Rows that have not ended."""
        return self.unsent + self.queued + self.running


class FinishedWork(Protocol[Shown_co]):
    """What a view reads of a job, or a find, that has ended."""

    @property
    def prompt(self) -> str:
        """The prompt, or the objective, as the person wrote it."""

    @property
    def connection(self) -> str:
        """Label of the connection that was asked."""

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The fields of an answer; empty for text answers."""

    @property
    def source(self) -> Source:
        """The rows that were asked about, or the matches."""

    @property
    def progress(self) -> Shown_co:
        """How it ended."""

    def answers(self) -> Iterator[RowAnswer]:
        """One answer a row, in their order."""


class FinishedJob(FinishedWork[Progress], Protocol):
    """What a view reads of a job that has ended. `Job` is one."""

    @property
    def processor(self) -> str:
        """The processor's name."""

    @property
    def df(self) -> Any:
        """The answers beside the rows, as a DataFrame."""


class WorkView(Protocol[Shown_contra, Ended_contra]):
    """Shows one job, or one find. Called from the loop thread, five times a second at most.

    An exception of a view is logged and ends the showing; it never touches the work.
    """

    def start(self, progress: Shown_contra, stop: Callable[[], None]) -> None:
        """Show the beginning; `stop`, from any thread, ends the sending, or cancels a find."""

    def update(self, progress: Shown_contra) -> None:
        """Show a newer snapshot."""

    def finish(self, job: Ended_contra) -> None:
        """Replace what is shown by the end: the work on this machine is over."""


View = WorkView[Progress, FinishedJob]


class NullView:
    """Shows nothing, of whatever work."""

    def take(self, work: object) -> None:
        """Show nothing."""

    def start(self, progress: Any, stop: Callable[[], None]) -> None:
        """Show nothing."""

    def update(self, progress: Any) -> None:
        """Show nothing."""

    def finish(self, job: Any) -> None:
        """Show nothing."""


def another_view(view: Any) -> Any:
    """A view of the same kind, as one shows a work once; none where it cannot be made again."""
    try:
        return type(view)()
    except TypeError:
        return NullView()


# --- questions --------------------------------------------------------------------------


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
    #: True when this job made its run, or is about to: the run is on the bill of this job.
    is_own: bool = False
    #: True when another person of the team has asked it.
    is_others: bool = False

    @property
    def is_open(self) -> bool:
        """True when it was sent and has not ended."""
        return self.state not in _NOT_OPEN


def _by_state(questions: Iterable[Question]) -> dict[str, list[Question]]:
    """Questions by their state, each once."""
    by_state: defaultdict[str, list[Question]] = defaultdict(list)
    for question in dict.fromkeys(questions):
        by_state[question.state].append(question)
    return by_state


@dataclass(slots=True)
class State:
    """All questions of a job, their counts, and what a person is shown.

    Counts are kept as they change, so that a snapshot of a job of 100,000 rows costs no more
    than one of 20.
    """

    title: str
    connection: str
    billed: bool
    processor: Processor
    questions: list[Question]
    #: The quota of runs, for the time that is left before a row has ended.
    runs_per_minute: float = math.inf
    #: Rows without a question: never sent, and not among the failed.
    skipped: int = 0
    group_id: str | None = None
    phase: JobState = "submitting"
    message: str = ""
    #: Runs that this job sent itself.
    sent_runs: int = 0
    #: Rows by the state of their question.
    counts: Counter[str] = field(default_factory=Counter)
    #: Runs of ours that have not ended, in runs and not rows.
    open_runs: int = 0
    #: Questions without a run, in questions and not rows.
    unsent_runs: int = 0
    #: Runs of this job that have completed, and those that are at work.
    billed_runs: int = 0
    reserved_runs: int = 0
    #: Rows that were reused and that others have asked.
    reused_from_others: int = 0
    failures: list[RowNote] = field(default_factory=list)
    #: What a language model was asked meanwhile, in words; empty where none reads.
    model: str = ""
    #: True when there is something new to show.
    changed: bool = True
    #: The newest answers: label and JSON, or what was made of them when they were shown.
    _newest: deque[tuple[str, bytes] | RowNote] = field(
        default_factory=lambda: deque(maxlen=SHOWN_ANSWERS)
    )
    #: Rows that have ended so far; and how many it was at moments of the last seconds.
    _ended: int = 0
    _rate_samples: deque[tuple[float, int]] = field(default_factory=deque)
    _started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Count once."""
        for state, some in _by_state(self.questions).items():
            self._count(state, some)

    def _count(self, state: str, questions: Sequence[Question], sign: int = 1) -> None:
        """Add questions to the counts of a state, or with -1 take them off."""
        self.counts[state] += sign * sum([question.weight for question in questions])
        self.unsent_runs += sign * len(questions) * (state == "unsent")
        self.open_runs += sign * len(questions) * (state not in _NOT_OPEN)
        self._bill(state, sign * sum([question.is_own for question in questions]))
        if state == "reused":
            others = sum([question.weight for question in questions if question.is_others])
            self.reused_from_others += sign * others

    def _bill(self, state: str, runs: int) -> None:
        """Add runs of this job in a state to its bill, or with a negative number take them off."""
        self.billed_runs += runs * (state in _BILLED)
        self.reserved_runs += runs * (state in _RESERVED)

    def set_own(self, questions: Iterable[Question], *, is_own: bool) -> None:
        """Say whether the runs of these questions are on the bill of this job."""
        for state, some in _by_state(questions).items():
            changed = [question for question in some if question.is_own != is_own]
            self._bill(state, len(changed) if is_own else -len(changed))
            for question in changed:
                question.is_own = is_own

    def move(self, questions: Iterable[Question], state: str) -> None:
        """Move questions to another state; an ended one stays where it is."""
        for old, some in _by_state(questions).items():
            if old == state or old in ENDED_STATES:
                continue
            self._count(old, some, -1)
            self._count(state, some)
            for question in some:
                question.state = state
            if state in _SHOWN_AS_ENDED and old != FETCHING:
                self._ended += sum([question.weight for question in some])
            self.changed = True

    def reopen(self, questions: Iterable[Question]) -> None:
        """Make ended questions unsent, to ask them again."""
        for state, some in _by_state(questions).items():
            self._count(state, some, -1)
            self._count("unsent", some)
            for question in some:
                question.state = "unsent"
                question.run_id = question.group_id = None
        self.failures.clear()
        self.changed = True

    def failed(self) -> list[Question]:
        """Questions whose run did not end well."""
        return [question for question in self.questions if question.state in FAILED_STATES]

    def note_answer(self, label: str, output: bytes) -> None:
        """Keep an answered row for the display; its answer is read when it is shown."""
        self._newest.appendleft((label, output))

    def note_failure(self, note: RowNote) -> None:
        """Keep a row that did not end well for the display."""
        if len(self.failures) < SHOWN_FAILURES:
            self.failures.append(note)
        self.changed = True

    def progress(self) -> Progress:
        """The snapshot that a person is shown."""
        counts = self.counts
        failed = sum(counts[state] for state in FAILED_STATES)
        queued = counts["sending"] + counts["sent"] + counts["queued"]
        running = counts["running"] + counts["cancelling"]
        answered = counts["completed"]
        if self.phase in ENDED:  # what was not fetched is not there
            running += counts[FETCHING]
        else:
            answered += counts[FETCHING]
        rate = self._rate()
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
            cost=self._cost(self.billed_runs),
            cost_reserved=self._cost(self.reserved_runs),
            cost_at_most=self._cost(self.billed_runs + self.reserved_runs + self.unsent_runs),
            prices_as_of=PRICES_AS_OF,
            newest=self._newest_notes(),
            failures=tuple(self.failures),
            more_failures=max(0, failed + self.skipped - len(self.failures)),
            message=self.message,
            priced=self.processor.is_priced or not self.billed,
            skipped=self.skipped,
            model=self.model,
            reused_from_others=self.reused_from_others,
        )

    def _cost(self, runs: int) -> float:
        return self.processor.cost(runs) if self.billed else 0.0

    def _rate(self) -> float | None:
        now = time.monotonic()
        samples = self._rate_samples
        if self._ended and not samples:
            samples.append((self._started, 0))
        samples.append((now, self._ended))
        while now - samples[0][0] > _RATE_SECONDS and len(samples) > 2:
            samples.popleft()
        since, before = samples[0]
        rows = self._ended - before
        return rows / max(now - since, 0.2) if rows else None

    def _eta(self, left: int, rate: float | None) -> tuple[float, float, float] | None:
        if not left:
            return (0.0, 0.0, 0.0)
        if rate:
            best = left / rate
            return (best * 0.7, best, best * 1.6)
        if not self.billed:  # published latencies say nothing about one's own documents
            return None
        processor = self.processor
        last_sent = seconds_of_quota(self.unsent_runs, self.runs_per_minute)
        best, most, _ = processor.expected_seconds(last_sent)
        return (best - processor.p50 + processor.latency[0], best, most) if best else None

    def _newest_notes(self) -> tuple[RowNote, ...]:
        notes = tuple(
            note if isinstance(note, RowNote) else RowNote(note[0], _summary(note[1]), "completed")
            for note in self._newest
        )
        self._newest = deque(notes, maxlen=SHOWN_ANSWERS)
        return notes


def _summary(output: bytes) -> str:
    """An answer, as it was kept, in one line."""
    content = read_content(output)
    if isinstance(content, dict):
        parts = [
            f"{name}: {as_text(value)}" for name, value in content.items() if value is not None
        ]
        return shorten(", ".join(parts) or "nothing found", _SUMMARY_CHARS)
    return shorten(content or "", _SUMMARY_CHARS)
