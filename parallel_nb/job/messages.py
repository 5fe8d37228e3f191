"""What a job says when it ends before its rows do: one sentence, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb import settings
from parallel_nb.api.errors import RETENTION
from parallel_nb.formats import count, duration, money

#: Why a row has no answer whose run the service no longer knows.
GONE: Final = (
    f"The service no longer has this run, which it may have billed. {RETENTION}. "
    "Run the cell again to ask anew; that is billed."
)

if TYPE_CHECKING:
    from parallel_nb.api.errors import ParallelError
    from parallel_nb.connection.described import ModelUsage
    from parallel_nb.job.model import Progress, State


def usage_words(usage: ModelUsage, before: ModelUsage) -> str:
    """Say what a language model was asked since `before`, and what that costs where prices are set.

    >>> usage_words(ModelUsage(7, 1, 12_000, 300), ModelUsage())
    'the model: 7 questions, 12,300 tokens, 1 reply known before'
    """
    read = usage.prompt_tokens - before.prompt_tokens
    written = usage.completion_tokens - before.completion_tokens
    known = usage.cached - before.cached
    asked = count(usage.requests - before.requests, "question")
    words = [f"the model: {asked}", count(read + written, "token")]
    words += [f"{count(known, 'reply', 'replies')} known before"] if known else []
    cost = settings.current().model_cost(read, written)
    words += [f"{money(cost)} at your prices"] if cost is not None else []
    return ", ".join(words)


def incomplete_message(state: State, fault: ParallelError) -> str:
    """Say why a job has ended early, and that its rows are kept."""
    progress = state.progress()
    answered = progress.completed + progress.reused
    return (
        f"{fault.message.rstrip('.')}. "
        f"{answered:,} of {count(progress.total, 'row')} are answered and kept; "
        f"{_going_on(progress)}{progress.unsent:,} were not sent."
    )


def stopped_message(state: State) -> str:
    """Say in one sentence what was sent, what it costs, what goes on, how to get it back."""
    progress = state.progress()
    cost = f" ({_costs(progress)})" if state.billed and state.processor.is_priced else ""
    way_back = f"%parallel_attach {state.group_id}" if state.group_id else "the same cell"
    sent = f"{count(state.sent_runs, 'question')} were sent{cost}; {_going_on(progress)}"
    if not progress.unsent:
        return (
            f"{sent}none is left to send; get the answers with {way_back}, or run the cell again."
        )
    return (
        f"{sent}{count(progress.unsent, 'row')} were not sent; get the answers with {way_back}, "
        "or run the cell again to send the rest."
    )


def overdue_message(state: State, seconds: float) -> str:
    """Say that the job no longer waits for runs that do not end, and how to look again."""
    progress = state.progress()
    waiting = progress.queued + progress.running
    unsent = f" {count(progress.unsent, 'row')} were not sent." if progress.unsent else ""
    way_back = f"%parallel_attach {state.group_id}" if state.group_id else "the same cell"
    return (
        f"For {duration(seconds)} no row has ended: the job no longer waits for "
        f"{count(waiting, 'row')} that the service still calls unfinished.{unsent} Look again "
        f"later with {way_back}, or run the cell again; max_wait sets how long a job waits."
    )


def unsent_message(state: State) -> str:
    """Say of a job that was attached to, and sends nothing, that rows of it were never sent."""
    unsent = state.progress().unsent
    were = "was" if unsent == 1 else "were"
    return f"{count(unsent, 'row')} {were} never sent; run the cell again to send the rest."


def _costs(progress: Progress) -> str:
    """What is billed, and what comes to it when all that was sent completes."""
    billed = f"{money(progress.cost)} billed"
    if not progress.cost_reserved:
        return billed
    return f"{billed}, at most {money(progress.cost_reserved)} more"


def _going_on(progress: Progress) -> str:
    runs = progress.queued + progress.running
    return f"{runs:,} go on at the service; " if runs else ""
