"""The panels as anywidgets: they carry the page's questions to a panel, and its answers back.

A question has an `id` and gets one answer with the same `id`. Nothing but the head is a trait,
so opening a panel costs the same for 20 rows as for 50,000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import traitlets

from parallel_nb.display.widgets.assets import read_asset
from parallel_nb.display.widgets.base import TransientWidget

if TYPE_CHECKING:
    from collections.abc import Callable


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
        elif (answer := self._answer(kind, content)) is not None:
            self.send({"kind": kind, "id": content.get("id")} | answer)


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
