"""The search panel as an anywidget: its pages come by messages, a bounded one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import traitlets

from parallel_nb.display.widgets.assets import read_bundle
from parallel_nb.display.widgets.base import LastingWidget

if TYPE_CHECKING:
    from collections.abc import Callable


class SearchWidget(LastingWidget):
    """Shows a `SearchPanel`, which swaps it for static HTML when it is closed."""

    _esm = read_bundle("search.js")
    _css = read_bundle("search.css")
    head = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        head: dict[str, Any],
        pages: Callable[[int], list[dict[str, Any]]],
        on_close: Callable[[], None] | None,
        twin: Callable[[], dict[str, str]],
    ) -> None:
        """`pages` gives pages from a place on; `on_close` is for the button, None for none.

        `twin` gives what stays in the file.
        """
        self._pages = pages
        self._on_close = on_close
        self._make_twin = twin
        super().__init__(head=head | {"closable": on_close is not None})

    def _twin(self) -> dict[str, str]:
        return self._make_twin()

    def _hear(self, content: dict[str, Any]) -> None:
        kind, start = content.get("kind"), content.get("start")
        if kind == "close":
            if self._on_close is not None:
                self._on_close()
        elif kind == "pages":
            first = max(start, 0) if type(start) is int else 0
            self.send({"kind": "pages", "id": content.get("id"), "pages": self._pages(first)})
