"""The live progress of one job, or one find, as an anywidget.

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
from parallel_nb.display.html import find_progress
from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.progress import (
    MOST_FAILURES,
    about_words,
    cost_words,
    count_words,
    ended_rows,
    ended_words,
    failure_words,
    more_words,
    pace_words,
    shown_of,
    state_words,
)
from parallel_nb.display.html.shown import LABEL_LIMIT, NOTE_LIMIT, TITLE_LIMIT
from parallel_nb.display.widgets.assets import read_asset
from parallel_nb.display.widgets.base import TransientWidget
from parallel_nb.finding.model import FindProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.display.html.progress import AnyProgress
    from parallel_nb.job.model import Progress, RowNote

#: Seconds after which a page gets a newer replacement, for the case that the kernel dies.
REPLACEMENT_SECONDS: Final = 5.0
_KERNEL_ENDED: Final = "The kernel ended while the {work} ran."
#: Rows that were answered last, shown below the bar.
_NEWEST: Final = 5
_MESSAGE_LIMIT: Final = 600
#: The counts in the order in which they stand in the bar.
_BAR: Final = ("completed", "reused", "failed", "skipped", "running", "queued", "unsent")
#: Screen readers are told of the progress at each quarter.
_ANNOUNCED_PERCENT: Final = 25


def state_of(progress: AnyProgress) -> dict[str, Any]:
    """The snapshot as the widget's state: plain JSON values, every text cleaned and cut."""
    if isinstance(progress, FindProgress):
        return _state_of_find(progress)
    words = count_words(progress)
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


def _state_of_find(progress: FindProgress) -> dict[str, Any]:
    """The same of a find: matches are answers, and what is still wanted is not sent."""
    shown = shown_of(progress)
    wanted = find_progress.still_wanted(progress)
    is_working = progress.state in ("submitting", "running")
    bar = (
        ("completed", progress.matched, "matched"),
        ("skipped", progress.unmatched, "no match"),
        ("running", progress.unjudged, "being judged"),
        ("unsent", wanted, "still wanted"),
    )
    return {
        "title": shown.title,
        "about": " · ".join(shown.about),
        "pace": " · ".join(shown.pace),
        "group_id": clean(progress.find_id or "", 80),
        "sending": is_working,
        "unsent": int(is_working),
        "total": progress.candidates + wanted,
        "ended": progress.candidates - progress.unjudged,
        "ended_words": shown.ended_words,
        "counts": [[name, number, f"{number:,}", word] for name, number, word in bar],
        "cost": shown.cost,
        "newest": _notes(progress.newest[:_NEWEST]),
        "failures": [],
        "more_failures": "",
        "message": clean(progress.message, _MESSAGE_LIMIT),
        "announcement": _find_announcement(progress),
        "stop_label": find_progress.STOP_LABEL,
        "promise": find_progress.PROMISE if is_working else find_progress.ENDED_PROMISE,
    }


def _find_announcement(progress: FindProgress) -> str:
    """What a screen reader says of a find: as for a job, a quarter of the goal at a time."""
    percent = min(100, 100 * progress.matched // max(progress.limit, 1))
    step = percent // _ANNOUNCED_PERCENT * _ANNOUNCED_PERCENT
    title = clean(progress.title, TITLE_LIMIT)
    return f"{title}: {find_progress.state_words(progress)}, {step} percent"


def _notes(notes: Sequence[RowNote]) -> list[list[str]]:
    return [[clean(note.label, LABEL_LIMIT), clean(note.text, NOTE_LIMIT)] for note in notes]


def _announcement(progress: Progress) -> str:
    """What a screen reader says: it changes at each quarter, with the state, at a failure."""
    percent = 100 * ended_rows(progress) // max(progress.total, 1)
    step = percent // _ANNOUNCED_PERCENT * _ANNOUNCED_PERCENT
    failed = ", some failed" if progress.failed else ""
    title = clean(progress.title, TITLE_LIMIT)
    return f"{title}: {state_words(progress)}, {step} percent{failed}"


def kernel_ended_bundle(progress: AnyProgress, more: str = "") -> dict[str, str]:
    """What stays of a work whose kernel ended first: how it stood, and how to go on."""
    work = "find" if isinstance(progress, FindProgress) else "job"
    message = _KERNEL_ENDED.format(work=work) + more
    detached: AnyProgress = dataclasses.replace(progress, state="detached", message=message)
    return progress_bundle(detached)


class ProgressWidget(TransientWidget):
    """Shows one job, or one find, while it runs.

    Use `NotebookView`, which replaces it by static HTML.
    """

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
        self._progress: AnyProgress | None = None
        self._replaced_at = monotonic()
        super().__init__()

    def show(self, progress: AnyProgress) -> None:
        """Send a snapshot, with the next number."""
        self._number += 1
        before, self._progress = self._progress, progress
        state = state_of(progress)
        if not self._stoppable and "promise" in state:
            state["promise"] = find_progress.NO_BUTTON_PROMISE
        has_new_group = before is not None and self.state.get("group_id") != state["group_id"]
        own = {"number": self._number, "stoppable": self._stoppable}
        self.state = state | own
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
