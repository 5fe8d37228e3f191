"""What the journal has of each job in a line: the list of jobs, without pandas.

The list of `%parallel_jobs` and the panel in JupyterLab are made of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import ParallelError
from parallel_nb.api.findall import (
    GENERATORS,
    Enrichment,
    enrichment_cost,
    researched,
    researched_cost,
)
from parallel_nb.api.processors import find_processor
from parallel_nb.connection import is_billed
from parallel_nb.job.journal import ACTIVE_STATES, decode_kept
from parallel_nb.job.leases import LEASE_SECONDS, is_owner_live
from parallel_nb.job.model import ENDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.journal import JobRecord, Journal

_FAILED_STATES: Final = ("failed", "cancelled", "action_required")
_NOT_SENT: Final = ("unsent", "void", "sending")
#: States in which a find does not go on at the service.
_OVER: Final = ("done", "stopped")


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One job with its counts. They count distinct questions, but for those of the record."""

    record: JobRecord
    answered: int
    failed: int
    running: int
    unsent: int
    #: What is billed so far by today's price table, in USD: completed runs, or the matches of a
    #: find. What those at work cost when they complete, or what a find may cost that goes on. Both
    #: are 0 for answers that were reused and for the embedded engine, and NaN where there is no
    #: known price.
    cost: float
    reserved: float
    #: A living process submits or follows it.
    is_at_work: bool

    @property
    def name(self) -> str:
        """The id by which a person names the job: its group's, else its own."""
        return self.record.group_id or self.record.id


def summarise(journal: Journal, *, everyone: bool = False) -> list[JobSummary]:
    """A summary of each job, newest first; with `everyone` also of those of others."""
    own_jobs = None if everyone else journal.own_jobs()
    counts = journal.counts()
    bills = journal.bills()
    summaries = []
    for record in journal.jobs():
        if own_jobs is not None and record.id not in own_jobs:
            continue
        count = counts.get(record.id, {})
        billed, at_work = bills.get(record.id, (0, 0))
        answered = count.get("completed", 0)
        cost, reserved = _cost(record, billed), _cost(record, at_work)
        running = sum(count.get(state, 0) for state in ACTIVE_STATES)
        if record.find:
            # A find that is over leaves candidates that nobody judges any more.
            is_over = record.state in _OVER or (record.state == "incomplete" and _is_over(record))
            running = 0 if is_over else running
            cost, most = _find_cost(journal, record, answered)
            reserved = 0.0 if is_over else most - cost
        summaries.append(
            JobSummary(
                record,
                answered=answered,
                failed=sum(count.get(state, 0) for state in _FAILED_STATES),
                running=running,
                unsent=count.get("unsent", 0) + count.get("void", 0),
                cost=cost,
                reserved=reserved,
                is_at_work=is_at_work(journal, record),
            )
        )
    return summaries


def is_at_work(journal: Journal, job: JobRecord) -> bool:
    """True when a living process submits or follows a job, as far as can be known.

    Each run under way names its process. Between two waves there is none, and the candidates of a
    find name nobody: then who works on it has written so not long ago.
    """
    if job.state in ENDED:
        return False
    if owners := journal.owners_under_way(job) - {""}:
        return any(map(is_owner_live, owners))
    return journal.clock() - job.changed < LEASE_SECONDS


def runs_before(journal: Journal, identity: str, fingerprint: str) -> int:
    """Runs that other jobs at work on a connection have yet to send, in whichever kernel."""
    jobs = [
        job
        for job in journal.jobs_sending(identity)
        if job.fingerprint != fingerprint and is_at_work(journal, job)
    ]
    counts = journal.counts() if jobs else {}
    return sum(counts.get(job.id, {}).get(state, 0) for job in jobs for state in _NOT_SENT)


class _Found(msgspec.Struct):
    """Of what a find looks for, what its price depends on."""

    generator: str
    limit: int = 0
    enrichments: list[Enrichment] = []
    is_over: bool = False


class _Output(msgspec.Struct):
    """Of what was found of a candidate, the names."""

    content: dict[str, msgspec.Raw] = {}


def _is_over(job: JobRecord) -> bool:
    """True where a find that has ended early is over at the service too, as far as is known."""
    try:
        return job.group_id is None or decode_kept(job.find or b"", _Found).is_over
    except ParallelError:  # who takes it up is told so
        return False


def _find_cost(journal: Journal, job: JobRecord, matched: int) -> tuple[float, float]:
    """What a find has cost, and at most: its fixed price once begun, and that of each match."""
    if job.group_id is None or job.find is None or not is_billed(job.identity):
        return 0.0, 0.0
    try:
        find = decode_kept(job.find, _Found)
        each = enrichment_cost(find.enrichments)
        # Some may not be researched yet, and of some it may have failed.
        paid = _researched_cost(journal, job, find.enrichments) if find.enrichments else 0.0
    except ParallelError:  # who takes it up is told so
        return math.nan, math.nan
    generator = GENERATORS.get(find.generator)
    if generator is None:
        return math.nan, math.nan
    wanted = max(matched, find.limit)
    return generator.cost(matched) + paid, generator.cost(wanted) + wanted * each


def _researched_cost(journal: Journal, job: JobRecord, enrichments: Sequence[Enrichment]) -> float:
    """USD for the fields that the matches of a find have by now."""
    outputs = [
        decode_kept(answer.output, _Output).content
        for answer in journal.answers(job.id)
        if answer.state == "completed" and answer.output
    ]
    return researched_cost(enrichments, researched(enrichments, outputs))


def _cost(job: JobRecord, runs: int) -> float:
    if not runs or not is_billed(job.identity):
        return 0.0
    processor = find_processor(job.processor)
    return math.nan if processor is None else processor.cost(runs)
