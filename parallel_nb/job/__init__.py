"""A table of questions as one durable job: nothing is lost, nothing is paid twice.

`questions` turns a frame and a prompt into inputs with keys; `plan` says what would be sent
and what it costs; `journal` is the local SQLite record; `state` knows where each question
stands; `submit` sends waves, `follow` watches groups and fetches answers, `runner` owns both on
the background loop; `job` is the handle that a person holds;
`start` opens jobs, `attach` those of before.
"""

from __future__ import annotations

from parallel_nb.job.attach import attach, list_jobs
from parallel_nb.job.handle import Job, JobInterrupted
from parallel_nb.job.model import Progress, RowNote, View
from parallel_nb.job.plan import Plan
from parallel_nb.job.start import plan, start
from parallel_nb.job.tuning import Tuning

__all__ = [
    "Job",
    "JobInterrupted",
    "Plan",
    "Progress",
    "RowNote",
    "Tuning",
    "View",
    "attach",
    "list_jobs",
    "plan",
    "start",
]
