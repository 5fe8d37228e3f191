"""What a job is made of, and what the parts of a running job share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.model import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_nb.api.types import RunSettings, TaskSpec
    from parallel_nb.client import AsyncClient
    from parallel_nb.connection import Connection
    from parallel_nb.job.backoff import JobBackoff
    from parallel_nb.job.journal import Journal, RunRecord
    from parallel_nb.job.model import State
    from parallel_nb.job.recorder import Recorder
    from parallel_nb.job.tuning import Tuning


@dataclass(slots=True)
class JobSetup:
    """What a job is made of: its questions, where they are asked and where they are kept."""

    job_id: str
    connection: Connection
    journal: Journal
    state: State
    #: A few words for each question, by position.
    labels: Sequence[str]
    #: None for a group of another tool, to which nothing is sent.
    spec: TaskSpec | None
    #: What all runs may use.
    settings: RunSettings
    tuning: Tuning
    #: Seconds after which the job no longer waits, when no row has ended and none was sent.
    max_wait: float
    #: Runs made before this time (seconds since 1970) do not count: for `fresh`.
    since: float
    #: The runs that had not ended when the job was started, by the position of their question.
    active_runs: dict[int, RunRecord]
    #: False to follow what was sent and send nothing.
    submit: bool = True
    #: The inputs as JSON, by position; None where they are read from the journal.
    inputs: Sequence[bytes] | None = None
    #: What single runs carry beside their input, as JSON, by position: see `extras.RunExtras`.
    extras: Mapping[int, bytes] = field(default_factory=dict)
    #: What a person is told when all is done.
    note: str = ""
    #: The person's jobs, where others write into the same journal; else None.
    own_jobs: frozenset[str] | None = None

    def is_others(self, run: RunRecord) -> bool:
        """Whether another person has asked a run."""
        return run.job_id != self.job_id and run.is_of_others(self.own_jobs)


@dataclass(frozen=True, slots=True)
class JobContext:
    """What the parts of one running job share; the runner makes it."""

    setup: JobSetup
    recorder: Recorder
    backoff: JobBackoff
    #: The name under which this run of the job claims questions: see `leases`.
    owner: str

    @property
    def client(self) -> AsyncClient:
        """The client as it is now: an engine that was started again has another address."""
        return self.setup.connection.client


def is_failed(run: RunRecord) -> bool:
    """True for a run that ended without an answer, or was never made."""
    return run.state != "completed" and run.state not in ACTIVE_STATES


def active_runs(keys: Sequence[str], known: Mapping[str, RunRecord]) -> dict[int, RunRecord]:
    """The runs that have not ended, by the position of their question.

    Args:
        keys: The key of each question, in the order of their positions.
        known: The newest run of each key, by key, as the journal has it.
    """
    return {
        position: known[key]
        for position, key in enumerate(keys)
        if key in known and known[key].state in ACTIVE_STATES
    }


def make_questions(  # noqa: PLR0913 - what is asked, what is known, and by whom
    keys: Sequence[str],
    weights: Sequence[int],
    known: Mapping[str, RunRecord],
    job_id: str,
    *,
    keep_failed: bool = False,
    own_jobs: frozenset[str] | None = None,
) -> list[Question]:
    """The questions of a job, each in the state of its run.

    Args:
        keys: The key of each question, in the order of their positions.
        weights: How many rows ask each question.
        known: The newest run of each key, by key, as the journal has it.
        job_id: The job that asks them.
        keep_failed: Leave failed questions as they are, instead of making them unsent.
        own_jobs: The person's jobs, where others write into the same journal; else None.
    """
    questions = []
    for position, (key, weight) in enumerate(zip(keys, weights, strict=True)):
        question = Question(position, key, weight)
        run = known.get(key)
        if run is not None and (keep_failed or not is_failed(run)):
            question.state = "reused" if run.state == "completed" else run.state
            question.attempt = run.attempt
            question.is_own = run.job_id == job_id
            question.is_others = not question.is_own and run.is_of_others(own_jobs)
            question.run_id = run.run_id
            question.group_id = run.group_id
        questions.append(question)
    return questions
