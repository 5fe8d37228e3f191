"""What a job says when it ends before its rows do: one sentence, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.formats import money

if TYPE_CHECKING:
    from parallel_nb.api.errors import ParallelError
    from parallel_nb.job.model import Progress
    from parallel_nb.job.state import State


def incomplete_message(state: State, fault: ParallelError) -> str:
    """Say why a job has ended early, and that its rows are kept."""
    progress = state.progress()
    answered = progress.completed + progress.reused
    return (
        f"{fault.message.rstrip('.')}. "
        f"{answered:,} of {progress.total:,} rows are answered and kept; {_on_its_way(progress)}"
        f"{progress.unsent:,} were not sent."
    )


def stopped_message(state: State) -> str:
    """Say in one sentence what was sent, what it costs, what goes on, how to get it back."""
    progress = state.progress()
    priced = state.billed and state.processor.is_priced
    cost = f" ({money(progress.cost_so_far)})" if priced else ""
    back = f"%parallel_attach {state.group_id}" if state.group_id else "the same cell"
    sent = f"{state.sent_runs:,} questions were sent{cost}; {_on_its_way(progress)}"
    if not progress.unsent:
        return f"{sent}none is left to send; get the answers with {back}, or run the cell again."
    return (
        f"{sent}{progress.unsent:,} rows were not sent; get the answers with {back}, "
        "or run the cell again to send the rest."
    )


def unsent_message(state: State) -> str:
    """Say of a job that was attached to, and sends nothing, that rows of it were never sent."""
    unsent = state.progress().unsent
    were = "row was" if unsent == 1 else "rows were"
    return f"{unsent:,} {were} never sent; run the cell again to send the rest."


def _on_its_way(progress: Progress) -> str:
    count = progress.queued + progress.running
    return f"{count:,} go on at the service; " if count else ""
