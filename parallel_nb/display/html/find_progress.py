"""Where a find stands, in words: its counts are candidates, and its goal are matches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.shown import TITLE_LIMIT, Shown, command_to_resume
from parallel_nb.formats import count, money

if TYPE_CHECKING:
    from parallel_nb.finding.model import FindProgress

_STATE_WORDS: Final[dict[str, str]] = {
    "submitting": "beginning",
    "running": "searching",
    "stopping": "stopping",
    "done": "done",
    "stopped": "cancelled",
    "detached": "detached: the search goes on without this notebook",
    "incomplete": "ended early",
}
#: What stopping and leaving do, for the live widget.
STOP_LABEL: Final = "Stop and cancel"
PROMISE: Final = "cancels the search; what was found is kept and billed"
NO_BUTTON_PROMISE: Final = "interrupt the cell to leave; find.cancel() ends the search"
ENDED_PROMISE: Final = "what was found is kept"


def state_words(progress: FindProgress) -> str:
    """The state of the find in a person's words."""
    return _STATE_WORDS.get(progress.state, clean(progress.state, 40))


def goal_words(progress: FindProgress) -> str:
    """How far it is, as the bar is read aloud: `12 of 50 matches`."""
    return f"{progress.matched:,} of {count(progress.limit, 'match', 'matches')}"


def still_wanted(progress: FindProgress) -> int:
    """Matches that are still searched for."""
    return 0 if progress.ended else max(0, progress.limit - progress.matched)


def cost_words(progress: FindProgress) -> str:
    """What is billed so far, and what it may be at most; with the date of the prices."""
    if not progress.priced:
        return "its price is not published"
    so_far, most = money(progress.cost_so_far), money(progress.cost_most)
    amount = so_far if progress.ended or so_far == most else f"{so_far}, at most {most}"
    return f"{amount} at prices of {clean(progress.prices_as_of, 20)}"


def pace_words(progress: FindProgress) -> list[str]:
    """How many of the matches are enriched, where fields are."""
    if progress.enriched is None:
        return []
    return [f"{progress.enriched:,} of {progress.matched:,} enriched"]


def shown_of(progress: FindProgress) -> Shown:
    """The words of a find."""
    kinds = (
        (progress.matched, "matched"),
        (progress.unmatched, "no match"),
        (progress.unjudged, "not judged"),
    )
    return Shown(
        title=clean(progress.title, TITLE_LIMIT),
        about=[
            clean(progress.generator, 40),
            clean(progress.connection, TITLE_LIMIT),
            state_words(progress),
        ],
        pace=pace_words(progress),
        ended=progress.matched,
        total=progress.matched + still_wanted(progress),
        ended_words=goal_words(progress),
        counts=[(number, word) for number, word in kinds if number] or [(0, "matched")],
        cost=cost_words(progress),
        message=progress.message,
        kept="What was found is kept.",
        # What was cancelled does not go on.
        command=""
        if progress.state == "stopped"
        else command_to_resume(progress.state, progress.find_id, progress.message),
    )
