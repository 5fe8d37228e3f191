"""Finding: a sentence becomes a checked table, by one FindAll run that is durable as a job is.

`request` reads what a person writes, `plan` says what it costs, `start` journals and begins it,
`attach` comes back to it.
`sending` creates, extends and enriches the run at the service, each at most once; `runner` follows
it; `model` has its state, `answers` reads it out of the journal, `handle` is what a person holds.
"""

from parallel_nb.finding.handle import Find
from parallel_nb.finding.model import FindProgress
from parallel_nb.finding.plan import FindPlan

__all__ = ["Find", "FindPlan", "FindProgress"]
