"""A table of questions as one durable job: nothing is lost, nothing is paid twice.

The way of a job: `options` are checked; `questions` turns a frame and a prompt into inputs with
keys; `plan` says what would be sent and what it costs; `start` writes the job into the `journal`
(the local SQLite record) and gives the `handle` that a person holds. On the background loop
`runner` owns the work: `submit` sends waves, `reconcile` finds out what became of claims,
`follow` watches groups and `collect` fetches answers. `attach` comes back to jobs of before,
`archive` lists, reads and exports them.
"""

from __future__ import annotations

from parallel_nb.job.attach import attach
from parallel_nb.job.cited import CitedPage
from parallel_nb.job.handle import Job
from parallel_nb.job.model import Progress, RowNote, View
from parallel_nb.job.plan import Plan
from parallel_nb.job.start import plan, start
from parallel_nb.job.tuning import Tuning
from parallel_nb.job.waiting import JobInterrupted

__all__ = [
    "CitedPage",
    "Job",
    "JobInterrupted",
    "Plan",
    "Progress",
    "RowNote",
    "Tuning",
    "View",
    "attach",
    "plan",
    "start",
]
