"""The journal: the local SQLite record of jobs, runs and answers.

`journal` is the class; `records` are the values that go in and come out; `schema` opens the file
and applies `migrations/`; `queries.sql` has every statement, by name.
"""

from parallel_nb.job.journal.journal import Journal, open_journal
from parallel_nb.job.journal.records import (
    ACTIVE_STATES,
    AnswerRecord,
    CandidateRow,
    JobRecord,
    QuestionRow,
    RunOrigin,
    RunOutcome,
    RunRecord,
    decode_kept,
)
from parallel_nb.job.journal.schema import journal_fault

__all__ = [
    "ACTIVE_STATES",
    "AnswerRecord",
    "CandidateRow",
    "JobRecord",
    "Journal",
    "QuestionRow",
    "RunOrigin",
    "RunOutcome",
    "RunRecord",
    "decode_kept",
    "journal_fault",
    "open_journal",
]
