"""The panels as anywidgets: they carry the page's questions to a panel, and its answers back.

A question has an `id` and gets one answer with the same `id`. Nothing but the head is a trait,
so opening a panel costs the same for 20 rows as for 50,000.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, Final

import traitlets

from parallel_nb.display.widgets.assets import read_asset
from parallel_nb.display.widgets.base import TransientWidget

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)
#: Questions that take longer than a kernel should stand still: answered by a thread.
_SLOW: Final = frozenset({"page"})


class PanelWidget(TransientWidget):
    """Shows a `LivePanel`, which replaces it by static HTML when it is closed."""

    head = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        head: dict[str, Any],
        answer: Callable[[str, dict[str, Any]], dict[str, Any] | None],
        bundle: Callable[[], dict[str, str]],
        on_close: Callable[[], None] | None,
    ) -> None:
        """Show a head.

        Args:
            head: What is shown before the first question is answered.
            answer: Gets the kind of a question and the question; see `LivePanel.answer`.
            bundle: Makes what stays in the file.
            on_close: Called when the person closes the panel; None: there is no button for it.
        """
        self._answer = answer
        self._bundle = bundle
        self._on_close = on_close
        super().__init__(head=head | {"closable": on_close is not None})

    def notify(self, kind: str) -> None:
        """Send the page a message that answers no question."""
        self.send({"kind": kind})

    def _replacement(self) -> dict[str, str]:
        return self._bundle()

    def _handle(self, content: dict[str, Any]) -> None:
        kind = str(content.get("kind"))
        if kind == "close":
            if self._on_close is not None:
                self._on_close()
        elif kind in _SLOW:
            threading.Thread(target=self._reply_later, args=(kind, content), daemon=True).start()
        else:
            self._reply(kind, content)

    def _reply(self, kind: str, content: dict[str, Any]) -> None:
        """Answer a question, if it wants an answer."""
        if (answer := self._answer(kind, content)) is not None:
            self.send({"kind": kind, "id": content.get("id")} | answer)

    def _reply_later(self, kind: str, content: dict[str, Any]) -> None:
        """The same on a thread, whose errors nobody else would see."""
        try:
            self._reply(kind, content)
        except Exception as error:
            _LOGGER.exception("The panel could not answer.")
            problem = f"The panel could not answer ({type(error).__name__})."
            self.send({"kind": kind, "id": content.get("id"), "problem": problem})


class ResultsWidget(PanelWidget):
    """The rows of a job or a frame."""

    _esm = read_asset("panel.js")
    _css = read_asset("panel.css")


class SearchWidget(PanelWidget):
    """The pages of a search."""

    _esm = read_asset("search.js")
    _css = read_asset("search.css")


#: The widget of each kind of panel, by its asset.
WIDGETS: Final = {"panel": ResultsWidget, "search": SearchWidget}
