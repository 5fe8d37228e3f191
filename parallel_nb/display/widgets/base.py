"""A widget whose output ends as HTML and text, also on a page that was loaded meanwhile.

The kernel replaces an output by its display id. A page that was reloaded no longer knows the
id, and one that was closed, or left without saving, has the widget in its file. So a widget
stays open after its end, tells every page that draws it what the output shall be, and the page
puts that in the widget's place in the notebook. The kernel keeps the last few of them.

When the kernel is restarted or dies it cannot say anything. For that a page has the output's
twin at hand from the beginning.

While a cell blocks, the first word of a page may wait for the cell's end: whether a page shows
the widget is not known for sure, and nothing depends on it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import anywidget

from parallel_nb.connection import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So many ended widgets wait for a page that still has them; each keeps some 100 kB at most.
KEPT: Final = 20
_ended: deque[LastingWidget] = deque()


def reply_at_once(widget: Any) -> None:
    """Let messages from the page be handled while a cell blocks, whatever the kernel.

    ipykernel 7.4 routes a comm's messages to the shell that sent last on the comm, so they
    wait for the cell. 7.0 to 7.3 handle them at once. 6 hears them through our own waits.
    """
    comm = getattr(widget, "comm", None)
    if comm is None:
        return
    pages.register_comm(comm)
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001 - no public way


class LastingWidget(anywidget.AnyWidget):
    """Hears when a page draws it; `_hear` gets the messages of a page while it is live."""

    def __init__(self, **traits: Any) -> None:
        """Begin to listen."""
        self._drawings = 0
        self._last: dict[str, str] | None = None
        super().__init__(**traits)
        reply_at_once(self)
        self.on_msg(self._on_message)

    def end(self, bundle: Mapping[str, str]) -> None:
        """Say what the output is from now on, to pages that draw it now and later.

        From any thread, after the output was replaced by its display id.
        """
        self._last = dict(bundle)
        if self._drawings > 1:  # the page that drew it first knows the output by its id
            self._tell()
        _ended.append(self)
        while len(_ended) > KEPT:
            _ended.popleft().close()

    def _tell(self, kind: str = "ended") -> None:
        bundle = self._twin() if self._last is None else self._last
        if bundle is not None:
            self.send({"kind": kind, "model": self.model_id, "bundle": bundle})

    def _twin(self) -> dict[str, str] | None:
        """What the output shall be if the kernel ends now; None when there is nothing yet."""
        raise NotImplementedError

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        kind = content.get("kind")
        if kind == "hello":
            self._drawings += 1
        if self._last is not None:
            if kind == "hello":
                self._tell()
        elif kind == "twin":
            self._tell("twin")
        else:
            self._hear(content)

    def _hear(self, content: dict[str, Any]) -> None:
        """Answer a message of the page."""
        raise NotImplementedError
