"""What the journal has of each job in a line: the list of jobs, without pandas.

The list of `%parallel_jobs` and the panel in JupyterLab are made of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.api.processors import PROCESSORS
from parallel_nb.connection import is_billed
from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.model import ENDED

if TYPE_CHECKING:
    from parallel_nb.job.journal import JobRecord, Journal

_FAILED_STATES: Final = ("failed", "cancelled", "action_required")


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One job with its counts. They count distinct questions, but for those of the record."""

    record: JobRecord
    answered: int
    failed: int
    running: int
    unsent: int
    #: What the runs that the job sent cost by today's price table, in USD: 0 for answers that
    #: were reused and for the embedded engine, NaN where the processor has no known price.
    cost: float

    @property
    def name(self) -> str:
        """The id by which a person names the job: its group's, else its own."""
        return self.record.group_id or self.record.id

    @property
    def has_ended(self) -> bool:
        """True when no process works on the job, as far as its last process has written."""
        return self.record.state in ENDED


def summarise(journal: Journal) -> list[JobSummary]:
    """A summary of each job of the journal, newest first."""
    counts = journal.counts()
    sent = journal.sent_counts()
    summaries = []
    for record in journal.jobs():
        count = counts.get(record.id, {})
        summaries.append(
            JobSummary(
                record,
                answered=count.get("completed", 0),
                failed=sum(count.get(state, 0) for state in _FAILED_STATES),
                running=sum(count.get(state, 0) for state in ACTIVE_STATES),
                unsent=count.get("unsent", 0) + count.get("void", 0),
                cost=_cost(record, sent.get(record.id, 0)),
            )
        )
    return summaries


def _cost(job: JobRecord, runs: int) -> float:
    if not runs or not is_billed(job.identity):
        return 0.0
    processor = PROCESSORS.get(job.processor)
    return math.nan if processor is None else processor.cost(runs)
