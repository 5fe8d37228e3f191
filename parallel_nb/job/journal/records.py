"""What the journal keeps, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


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


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job as the journal keeps it."""

    id: str
    fingerprint: str
    title: str
    connection: str
    identity: str
    processor: str
    spec: bytes | None
    prompt: str
    fresh: bool
    group_id: str | None
    state: str
    message: str
    rows: int
    layout: bytes | None
    created: float
    changed: float
    #: The source policy as JSON, where there is one.
    policy: bytes | None = None


class Finished(NamedTuple):
    """What became of a run: to be written. A tuple, because a job makes one a row."""

    key: str
    attempt: int
    run_id: str | None
    state: str
    output: bytes | None = None
    error: str | None = None


class AnswerRow(NamedTuple):
    """One question of a job with the run that answers it; `state` is None where none does."""

    position: int
    key: str
    state: str | None
    run_id: str | None
    output: bytes | None
    error: str | None
    #: Label of the connection that was asked; only where it was looked up.
    connection: str | None = None
