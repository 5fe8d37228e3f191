"""What the journal keeps, as plain values."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from parallel_nb.api.errors import ParallelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

T = TypeVar("T")

#: States of a run that has not ended.
ACTIVE_STATES: Final = frozenset({"sending", "sent"})
#: The best attempt at a key is an answer, before a run that is under way, before a failure.
RANKS: Final = {"completed": 2, "sent": 1, "sending": 1}


@cache
def current_person() -> str:
    """Who works here, as a journal that a team shares calls them: a hub's name, or the system's."""
    try:
        return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such name, as in some containers
        return ""


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
    #: The other options that it must be sent and shown with, as JSON: see `extras.KeptOptions`.
    options: bytes | None = None
    #: What a find looks for, as JSON; None for a table of questions.
    find: bytes | None = None
    #: Who is about to send what a find costs; "" for nobody.
    sender: str = ""
    #: The file of the notebook that began the job; "" where that is not known.
    notebook: str = ""
    #: Who began the job; "" where a journal of before does not know.
    person: str = field(default_factory=current_person)

    @property
    def rows_skipped(self) -> int:
        """How many rows ask nothing; 0 where what was kept is damaged, which its reader says."""
        if self.skipped is None:
            return 0
        try:
            rows_by_reason = msgspec.json.decode(self.skipped, type=dict[str, list[int]])
        except (msgspec.DecodeError, UnicodeDecodeError):
            return 0
        return sum(map(len, rows_by_reason.values()))


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
    #: The job that made it, on whose bill it is.
    job_id: str

    def is_of_others(self, own_jobs: frozenset[str] | None) -> bool:
        """Whether another person has asked it; `own_jobs` is None where there are no others."""
        return own_jobs is not None and self.job_id not in own_jobs


class RunOutcome(msgspec.Struct, frozen=True, gc=False):
    """How a run has ended: to be written.

    A job makes one a row, so the garbage collector must not look at them; nor at what follows.
    """

    key: str
    attempt: int
    run_id: str | None
    state: str
    #: The answer as JSON.
    output: bytes | None = None
    error: str | None = None


class CandidateRow(msgspec.Struct, frozen=True, gc=False):
    """A candidate of a find: to be written. Its texts and its output are JSON."""

    key: str
    candidate_id: str
    name: str
    #: Its name, address and description.
    entity: bytes
    #: That of a run: `sent` until it is judged, `completed` for a match, else the service's word.
    state: str
    output: bytes
    #: Why it is no match.
    error: str | None


class AnswerRecord(msgspec.Struct, frozen=True, gc=False):
    """One question of a job with the run that answers it; `state` is None where none does."""

    position: int
    key: str
    state: str | None
    run_id: str | None
    output: bytes | None
    error: str | None
    #: The job that made the run; only where it was looked up.
    job_id: str = ""


class RunOrigin(msgspec.Struct, frozen=True, gc=False):
    """Where a run was asked, and how it stands; None where its job is no more."""

    group_id: str
    state: str
    connection: str | None
    identity: str | None


def decode_kept(data: bytes, kind: type[T]) -> T:
    """Read JSON that the journal keeps with a job.

    Raises:
        ParallelError: It is damaged.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError) as error:
        raise ParallelError(
            f"What the journal keeps of this job is damaged: {error}.",
            "Its answers are still there: %parallel_attach with the id of its group reads them "
            "from the service, and parallel-nb jobs clear ID forgets the job.",
        ) from error


def best_by_key(rows: Iterable[Sequence[Any]], since: float) -> dict[str, RunRecord]:
    """Of several attempts at a key the one that counts: by `RANKS`, then the latest."""
    best: dict[str, RunRecord] = {}
    for *columns, created in rows:
        run = RunRecord(*columns)
        if run.state == "void" or created < since:
            continue
        other = best.get(run.key)
        if other is None or (RANKS.get(other.state, 0), other.attempt) < (
            RANKS.get(run.state, 0),
            run.attempt,
        ):
            best[run.key] = run
    return best
