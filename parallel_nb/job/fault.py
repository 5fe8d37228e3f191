"""What ended a part of a job, in words that say what to do."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING

from parallel_nb.api.errors import ParallelError
from parallel_nb.job.journal import journal_fault

if TYPE_CHECKING:
    import asyncio

_log = logging.getLogger(__name__)


def fault_of(task: asyncio.Task[None]) -> ParallelError | None:
    """What a task has ended with; None where it goes on, was cancelled or is through."""
    if not task.done() or task.cancelled():
        return None
    error = task.exception()
    if error is None or isinstance(error, ParallelError):
        return error
    if isinstance(error, sqlite3.Error):
        return journal_fault(error)
    _log.error("A job has met a fault of its own.", exc_info=error)
    return ParallelError(
        f"A fault of parallel_nb itself: {type(error).__name__}: {error}",
        "Run the cell again: what was answered is kept. Please report it.",
    )
