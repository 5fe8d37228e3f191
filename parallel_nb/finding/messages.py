"""What a find says when it ends before its time: one sentence, with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import ParallelError
from parallel_nb.formats import count, duration, money

if TYPE_CHECKING:
    from parallel_nb.finding.model import FindState


#: Why a find that a person has ended is not enriched: an ended run is queued again for that.
CANCELLED: Final = (
    "It was cancelled, and an enrichment could make the service take up its search again."
)
INSTEAD_OF_ENRICHING: Final = "Ask for the fields of the found table: %%parallel_task --over."


def in_doubt(state: FindState, cost: float) -> ParallelError:
    """The answer to the request that creates the run was lost: it may exist, and cost.

    The service has no list of runs, and nothing of ours by which to look one up.
    """
    return ParallelError(
        f"It is not known whether the find {state.title!r} has begun: the answer to the request "
        f"that begins it was lost. If it has, it goes on and costs at most {money(cost)}; the "
        "service has no list to look it up in, so it is not begun a second time",
        "Look for it in the service's dashboard and take it up: %parallel_attach findall_... "
        "Or begin another one, which is paid too: the same cell with --fresh, or fresh=True.",
    )


def paced_message(most: int, seconds: float) -> str:
    """Say that the run waits for the quota of runs an hour; nothing was sent."""
    return (
        f"The service lets {count(most, 'find')} an hour begin: this one begins in "
        f"{duration(seconds)}. Stopped before, it costs nothing."
    )


def gone(state: FindState) -> ParallelError:
    """The service no longer has the run: how long it keeps one depends on the account."""
    return ParallelError(
        f"The service no longer knows {state.findall_id}",
        "What the journal has of it is kept. Search anew, which is paid, with --fresh.",
    )


def incomplete_message(state: FindState, fault: ParallelError) -> str:
    """Say why a find has ended early, and that what it found is kept."""
    sentence = f"{fault.message.rstrip('.')}."
    if state.findall_id is None and not state.candidates:
        return sentence
    kept = f"{sentence} {count(state.matched, 'match', 'matches')} found so far, and kept."
    if state.findall_id is None or state.has_ended:
        return kept
    return f"{kept} It may go on at the service{_bill(state)}; find.cancel() ends it."


def detached_message(state: FindState) -> str:
    """Say that the run goes on at the service, what it may cost, and how to get it back."""
    if state.findall_id is None:
        return "Nothing was begun."
    return (
        f"The find goes on at the service{_bill(state)}; take it up with "
        f"%parallel_attach {state.findall_id}, or run the cell again. find.cancel() ends it."
    )


def _bill(state: FindState) -> str:
    """What a find that goes on has cost, and may cost."""
    if not state.billed:
        return ""
    progress = state.progress()
    return f", {money(progress.cost_so_far)} so far and {money(progress.cost_most)} at most"


def cancelled_message(state: FindState) -> str:
    """Say what a cancelled find has brought and cost."""
    if state.findall_id is None:
        return "Cancelled before it began: nothing was paid."
    progress = state.progress()
    cost = f" {money(progress.cost_so_far)} are billed." if state.billed else ""
    return (
        f"Cancelled: {count(progress.matched, 'match', 'matches')} found until then are kept."
        f"{cost} --fresh searches anew, find.again() for others."
    )


def overdue_message(state: FindState, seconds: float) -> str:
    """Say that nothing has come for long, and how to look again."""
    return (
        f"For {duration(seconds)} the service has told nothing new of this find, and it is no "
        f"longer waited for. Look again with %parallel_attach {state.findall_id}, or run the "
        "cell again; find.cancel() ends it."
    )
