"""What the displays show of a running or ended work: the words for a job, and those for a find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.display.html.escape import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.job.model import RowNote

#: Longest title, reason and label, in characters.
TITLE_LIMIT: Final = 120
NOTE_LIMIT: Final = 240
LABEL_LIMIT: Final = 80
_RESUMABLE: Final = frozenset({"stopped", "detached", "incomplete"})


@dataclass(frozen=True, slots=True)
class Shown:
    """What every display shows of a running or ended work, in ready words."""

    title: str
    #: Beside the title: grade of work, connection, state.
    about: list[str]
    pace: list[str]
    #: How many have ended, of how many, and the same in words: the bar.
    ended: int
    total: int
    ended_words: str
    #: What there is of each kind, with its word.
    counts: list[tuple[int, str]]
    cost: str
    message: str
    #: What is kept, and the line that comes back to a work that was left; "" for none.
    kept: str = ""
    command: str = ""
    failures: Sequence[RowNote] = ()
    more_failures: int = 0
    more_words: str = ""


def command_to_resume(state: str, group_id: str | None, message: str) -> str:
    """The line that comes back to a work that was left; "" where the message has it already."""
    if state not in _RESUMABLE or not group_id:
        return ""
    command = f"%parallel_attach {clean(group_id, 80)}"
    return "" if command in message else command
