"""What the journal keeps, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job; its fields are the columns of the table `jobs`. Times are seconds since 1970."""

    id: str
    #: The same for the same questions in the same rows.
    fingerprint: str
    title: str
    #: Label and identity of the connection that is asked.
    connection: str
    identity: str
    processor: str
    #: The task spec as JSON, where there is one for all rows.
    spec: bytes | None
    prompt: str
    #: True when answers of before do not count.
    fresh: bool
    group_id: str | None
    state: str
    message: str
    rows: int
    #: Which question each row asks, as JSON; None when each asks one of its own.
    layout: bytes | None
    created: float
    changed: float
    #: The source policy as JSON, where there is one.
    policy: bytes | None = None
    #: Why rows ask nothing, as JSON: each reason with the numbers of its rows.
    skipped: bytes | None = None


#: One question of a job, to be written: its position; its key; which attempt at the key
#: answers it (None when there is none yet); its label; its input as JSON.
QuestionRow = tuple[int, str, int | None, str, bytes]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One attempt at one question."""

    key: str
    attempt: int
    group_id: str
    state: str
    owner: str
    run_id: str | None
    changed: float


class RunOutcome(NamedTuple):
    """How a run has ended: to be written. A tuple, because a job makes one a row."""

    key: str
    attempt: int
    run_id: str | None
    state: str
    #: The answer as JSON.
    output: bytes | None = None
    error: str | None = None


class AnswerRecord(NamedTuple):
    """One question of a job with the run that answers it; `state` is None where none does."""

    position: int
    key: str
    state: str | None
    run_id: str | None
    output: bytes | None
    error: str | None
    #: Label of the connection that was asked; only where it was looked up.
    connection: str | None = None
