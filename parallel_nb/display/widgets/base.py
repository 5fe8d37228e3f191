"""A widget whose output ends as HTML and text, also on a page that was loaded in between.

The kernel replaces an output by its display id. That is not enough: a page that was reloaded
no longer knows the id, and one that was closed, or left without saving, has the widget in its
file. So an ended widget stays open and tells every page that renders it what the output is
now; the page puts that in the widget's place in the notebook. The kernel keeps the last few
ended widgets for this.

A kernel that is restarted or dies can say nothing. For that case each page asks for a
replacement early, and uses it when it sees the kernel go.

Messages of a page (`kind`): `hello` when it renders the widget, `replacement` to ask for one,
and those of the widget itself. Messages to it: `ended` and `replacement`, each with a bundle.
While a cell blocks, the first message of a page may wait for the cell's end, so nothing depends
on it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import anywidget

from parallel_nb.connection import pages

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Ended widgets that wait for pages that still show them; each holds at most some 100 kB.
MOST_ENDED: Final = 20
_ended: deque[TransientWidget] = deque()


def handle_messages_in_blocked_cells(widget: Any) -> None:
    """Let messages of the page be handled while a cell blocks, whatever the kernel's version.

    ipykernel 7.4 routes a comm's messages to the shell that sent last on the comm, so they
    wait for the cell. 7.0 to 7.3 handle them at once. 6 takes them in between our own waits.
    """
    comm = getattr(widget, "comm", None)
    if comm is None:
        return
    pages.register_comm(comm)
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001 - no public way


class TransientWidget(anywidget.AnyWidget):
    """A widget that gives its place to HTML and text. A kind of it overrides two methods.

    `_replacement` says what the output is if the kernel ends now, `_handle` answers the
    messages of a page while the widget is live.
    """

    def __init__(self, **traits: Any) -> None:
        """Begin to listen."""
        self._renderings = 0
        self._final: dict[str, str] | None = None
        super().__init__(**traits)
        handle_messages_in_blocked_cells(self)
        self.on_msg(self._on_message)

    def end(self, bundle: Mapping[str, str]) -> None:
        """Say what the output is from now on, to pages that render it now and later.

        From any thread, after the output was replaced by its display id.
        """
        self._final = dict(bundle)
        if self._renderings > 1:  # the page that rendered it first knows the output by its id
            self._send_bundle("ended", self._final)
        _ended.append(self)
        while len(_ended) > MOST_ENDED:
            _ended.popleft().close()

    @property
    def was_rendered(self) -> bool:
        """True once a page has said that it shows the widget."""
        return self._renderings > 0

    def send_replacement(self) -> None:
        """Send what the output is if the kernel ends now."""
        if self._final is None and (bundle := self._replacement()) is not None:
            self._send_bundle("replacement", bundle)

    def _send_bundle(self, kind: str, bundle: dict[str, str]) -> None:
        self.send({"kind": kind, "model": self.model_id, "bundle": bundle})

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        kind = content.get("kind")
        if kind == "hello":
            self._renderings += 1
        if self._final is not None:
            if kind == "hello":
                self._send_bundle("ended", self._final)
        elif kind == "replacement":
            self.send_replacement()
        else:
            self._handle(content)

    def _replacement(self) -> dict[str, str] | None:
        """What the output is if the kernel ends now; None when there is nothing yet."""
        raise NotImplementedError

    def _handle(self, content: dict[str, Any]) -> None:
        """Answer a message of the page."""
        raise NotImplementedError
