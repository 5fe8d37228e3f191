"""The list of jobs as a DataFrame whose text fits a terminal of 80 columns."""

from __future__ import annotations

import math
from typing import Any, Final

import pandas as pd

from parallel_nb.formats import count, money

_WIDTH: Final = 80
#: Jobs that the text shows; the rest is counted.
_SHOWN: Final = 15


class JobList(pd.DataFrame):
    """A DataFrame, in text three lines a job; what is made of it is a plain DataFrame.

    pandas would cut the middle columns out, and with them what a person looks for.
    """

    def __repr__(self) -> str:
        """Of each job its title, then state and counts, then what it takes to come back."""
        try:
            shown = [line for job in self.head(_SHOWN).itertuples() for line in _lines(job)]
        except AttributeError:  # columns were taken out of it in place
            return super().__repr__()
        if not shown:
            return "No jobs yet."
        number = len(self)
        left = number - _SHOWN
        head = f"{count(number, 'job')}, newest first"
        more = [f"and {left:,} more: .iloc[{_SHOWN}:]"] if left > 0 else []
        return "\n".join([head, *shown, *more])


def _lines(job: Any) -> list[str]:
    counts = [f"{job.answered:,} answered"]
    rest = (("failed", job.failed), ("running", job.running), ("not sent", job.unsent))
    counts += [f"{number:,} {word}" for word, number in rest if number]
    said = f"  {job.state}, {count(job.rows, 'row')}: {', '.join(counts)}"
    cost = "price not known" if math.isnan(job.cost) else money(job.cost)
    name = job.group_id if isinstance(job.group_id, str) else job.id
    where = f"  {name}  {job.processor}, {cost}  {job.started:%Y-%m-%d %H:%M} UTC"
    return [_cut(" ".join(str(job.title).split())), _cut(said), _cut(where)]


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
