"""The live progress of one job, as an anywidget.

Each update is a numbered snapshot of the whole state (1 to 2 kB), so a message that is lost
on the way is healed by the next. The state holds ready words, made by `html.progress`, and the
few numbers that the bar is drawn from. Only Python writes the trait; the page sends `stop`.
"""

from __future__ import annotations

import dataclasses
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import traitlets

from parallel_nb.display.bundles import progress_bundle
from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.progress import (
    COUNTS,
    LABEL_LIMIT,
    MOST_FAILURES,
    NOTE_LIMIT,
    TITLE_LIMIT,
    about_words,
    cost_words,
    ended_rows,
    ended_words,
    failure_words,
    more_words,
    pace_words,
    state_words,
)
from parallel_nb.display.widgets.assets import read_asset
from parallel_nb.display.widgets.base import TransientWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.job.model import Progress, RowNote

#: Seconds after which a page gets a newer replacement, for the case that the kernel dies.
REPLACEMENT_SECONDS: Final = 5.0
_KERNEL_ENDED: Final = "The kernel ended while the job ran."
#: Rows that were answered last, shown below the bar.
_NEWEST: Final = 5
_MESSAGE_LIMIT: Final = 600
#: The counts in the order in which they stand in the bar.
_BAR: Final = ("completed", "reused", "failed", "skipped", "running", "queued", "unsent")
#: Screen readers are told of the progress at each quarter.
_ANNOUNCED_PERCENT: Final = 25


def state_of(progress: Progress) -> dict[str, Any]:
    """The snapshot as the widget's state: plain JSON values, every text cleaned and cut."""
    words = dict(COUNTS)
    rows = {name: getattr(progress, name) for name in _BAR}
    return {
        "title": clean(progress.title, TITLE_LIMIT),
        "about": " · ".join(about_words(progress)),
        "pace": " · ".join(part for part in pace_words(progress) if part),
        "group_id": clean(progress.group_id or "", 80),
        # Whether more rows may be sent: then there is something to stop.
        "sending": progress.state in ("submitting", "running"),
        "unsent": progress.unsent,
        "total": progress.total,
        "ended": ended_rows(progress),
        "ended_words": ended_words(progress),
        "counts": [[name, rows[name], f"{rows[name]:,}", words[name]] for name in _BAR],
        "cost": cost_words(progress),
        "newest": _notes(progress.newest[:_NEWEST]),
        "failures": [
            [clean(note.label, LABEL_LIMIT), failure_words(note)]
            for note in progress.failures[:MOST_FAILURES]
        ],
        "more_failures": more_words(progress),
        "message": clean(progress.message, _MESSAGE_LIMIT),
        "announcement": _announcement(progress),
    }


def _notes(notes: Sequence[RowNote]) -> list[list[str]]:
    return [[clean(note.label, LABEL_LIMIT), clean(note.text, NOTE_LIMIT)] for note in notes]


def _announcement(progress: Progress) -> str:
    """What a screen reader says: it changes at each quarter, with the state, at a failure."""
    percent = 100 * ended_rows(progress) // max(progress.total, 1)
    step = percent // _ANNOUNCED_PERCENT * _ANNOUNCED_PERCENT
    failed = ", some failed" if progress.failed else ""
    title = clean(progress.title, TITLE_LIMIT)
    return f"{title}: {state_words(progress)}, {step} percent{failed}"


def kernel_ended_bundle(progress: Progress, more: str = "") -> dict[str, str]:
    """What stays of a job whose kernel ended first: how it stood, and how to go on."""
    detached = dataclasses.replace(progress, state="detached", message=_KERNEL_ENDED + more)
    return progress_bundle(detached)


class ProgressWidget(TransientWidget):
    """Shows one job while it runs. Use `NotebookView`, which replaces it by static HTML."""

    _esm = read_asset("progress.js")
    _css = read_asset("progress.css")
    #: A snapshot by `state_of`, with its `number` and whether it is `stoppable`.
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, stop: Callable[[], None], *, stoppable: bool = True) -> None:
        """Show nothing yet.

        Args:
            stop: Called when the person asks to stop, on the thread that gets the message.
            stoppable: False where the page's messages wait for the cell: no button is shown.
        """
        self._number = 0
        self._stoppable = stoppable
        self._stop = stop
        self._progress: Progress | None = None
        self._replaced_at = monotonic()
        super().__init__()

    def show(self, progress: Progress) -> None:
        """Send a snapshot, with the next number."""
        self._number += 1
        before, self._progress = self._progress, progress
        has_new_group = before is not None and before.group_id != progress.group_id
        own = {"number": self._number, "stoppable": self._stoppable}
        self.state = state_of(progress) | own
        if has_new_group or monotonic() > self._replaced_at + REPLACEMENT_SECONDS:
            self.send_replacement()

    def _replacement(self) -> dict[str, str] | None:
        self._replaced_at = monotonic()
        if self._progress is None:
            return None
        return kernel_ended_bundle(self._progress, " So it stood a few seconds before.")

    def _handle(self, content: dict[str, Any]) -> None:
        if content.get("kind") == "stop":
            self._stop()
        elif content.get("kind") == "hello":
            # A snapshot that was dropped before the page rendered would be missing for good.
            self.send({"kind": "state", "state": self.state})
