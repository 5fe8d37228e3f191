"""The journal: the local SQLite record of jobs, runs and answers.

`journal` is the class; `records` are the values that go in and come out; `schema` opens the file
and applies `migrations/`; `queries.sql` has every statement, by name.
"""

from parallel_nb.job.journal.journal import ACTIVE_STATES, Journal, journal_fault, open_journal
from parallel_nb.job.journal.records import (
    AnswerRecord,
    JobRecord,
    QuestionRow,
    RunOutcome,
    RunRecord,
)

__all__ = [
    "ACTIVE_STATES",
    "AnswerRecord",
    "JobRecord",
    "Journal",
    "QuestionRow",
    "RunOutcome",
    "RunRecord",
    "journal_fault",
    "open_journal",
]
