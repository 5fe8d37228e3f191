"""The live progress of one job, as an anywidget.

Each update is a numbered snapshot of the whole state (1 to 2 kB), so a message that is lost
on the way is healed by the next. Python alone writes the trait; beside what every widget of
ours says, the front end sends `stop`.
"""

from __future__ import annotations

import dataclasses
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import traitlets

from parallel_nb.display.bundles import standing_bundle
from parallel_nb.display.html.escape import clean
from parallel_nb.display.html.progress import MOST_FAILURES, is_priced
from parallel_nb.display.widgets.assets import read_bundle
from parallel_nb.display.widgets.base import LastingWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.job.model import Progress, RowNote

#: How old what a page shows of a job may be, after the kernel has died.
TWIN_SECONDS: Final = 5.0
_LEFT: Final = "The kernel ended while the job ran."
_NEWEST: Final = 5
_TEXT: Final = 240
_SENTENCES: Final = 600
_LABEL: Final = 80


def as_state(progress: Progress) -> dict[str, Any]:
    """The snapshot as plain JSON values; text is cleaned and cut, numbers stay numbers."""
    state = {
        item.name: getattr(progress, item.name)
        for item in dataclasses.fields(progress)
        if isinstance(getattr(progress, item.name), (str, int, float, type(None)))
    }
    state = {
        name: clean(value, _SENTENCES if name == "message" else _TEXT)
        if isinstance(value, str)
        else value
        for name, value in state.items()
    }
    failures = progress.failures[:MOST_FAILURES]
    return state | {
        "priced": is_priced(progress),
        "eta": list(progress.eta) if progress.eta else None,
        "newest": _notes(progress.newest[:_NEWEST]),
        "failures": _notes(failures),
        "more_failures": progress.more_failures + len(progress.failures) - len(failures),
    }


def _notes(notes: Sequence[RowNote]) -> list[dict[str, str]]:
    return [
        {
            "label": clean(note.label, _LABEL),
            "text": clean(note.text, _TEXT),
            "status": clean(note.status, 40),
        }
        for note in notes
    ]


def left_bundle(progress: Progress, more: str = "") -> dict[str, str]:
    """What stays of a job whose kernel ended first: how it stood, and how to go on."""
    left = dataclasses.replace(progress, state="detached", message=_LEFT + more)
    return standing_bundle(left)


class ProgressWidget(LastingWidget):
    """Shows one job while it runs. Use `NotebookView`, which swaps it for static HTML."""

    _esm = read_bundle("progress.js")
    _css = read_bundle("progress.css")
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, stop: Callable[[], None], *, stoppable: bool = True) -> None:
        """`stop` is called, on whatever thread the message arrives, when the person asks.

        Not `stoppable` where the front end's messages wait for the cell: then no button is shown.
        """
        self._number = 0
        self._stoppable = stoppable
        self._stop = stop
        self._shown: Progress | None = None
        self._twin_at = monotonic()
        super().__init__()

    def show(self, progress: Progress) -> None:
        """Send a snapshot, with the next number."""
        self._number += 1
        before, self._shown = self._shown, progress
        begins = before is not None and before.group_id != progress.group_id
        own = {"number": self._number, "stoppable": self._stoppable}
        self.state = as_state(progress) | own
        if begins or monotonic() > self._twin_at + TWIN_SECONDS:
            self._tell("twin")

    def _twin(self) -> dict[str, str] | None:
        self._twin_at = monotonic()
        if self._shown is None:
            return None
        return left_bundle(self._shown, " So it stood a few seconds before.")

    def _hear(self, content: dict[str, Any]) -> None:
        if content.get("kind") == "stop":
            self._stop()
        elif content.get("kind") == "hello":
            # Rendered anew: a snapshot that was dropped on the way would be missing for good.
            self.send({"kind": "state", "state": self.state})
