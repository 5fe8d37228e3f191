"""The journal: the record of jobs, runs and answers.

`journal` is the class, of which `runs` and `finds` are parts; `opening` gives the one of the
settings; `records` are the values that go in and come out; `queries.sql` has every statement, by
name. `sqlite_file` keeps it in a file, which `schema` opens; `postgres` on a server that a team
shares, with those statements of `queries_postgres.sql` that are said otherwise there.
"""

from parallel_nb.job.journal.journal import Journal
from parallel_nb.job.journal.opening import has_journal, journal_at, open_journal
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
    "has_journal",
    "journal_at",
    "journal_fault",
    "open_journal",
]
