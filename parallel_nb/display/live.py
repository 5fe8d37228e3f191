"""A panel that is live because a person asked for it, and leaves its static twin behind.

Closing it (its button, `close()`, the next panel of the same thing, the end of the kernel)
swaps the widget for HTML and text, so that the file keeps no dead widget. How that is done when
the kernel is killed, and when it cannot be, stands in `lasting_widget`.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from parallel_nb import settings
from parallel_nb.display.environment import HtmlAlone, is_built, mode, show, show_live

if TYPE_CHECKING:
    from collections.abc import Callable

_open: weakref.WeakValueDictionary[str, LivePanel] = weakref.WeakValueDictionary()


class LivePanel(ABC):
    """Shows itself as the last value of a cell; what it shows is said by its kinds."""

    def __init__(self, key: str) -> None:
        """`key` names what is shown: of the same thing one panel is open at a time."""
        self._key = key
        self._widget: Any = None
        self._handle: Any = None
        self._lock = threading.Lock()

    @abstractmethod
    def bundle(self) -> dict[str, str]:
        """The static twin."""

    @abstractmethod
    def _make_widget(self, on_close: Callable[[], None] | None) -> Any:
        """The widget; `on_close` is called when the person closes it, where that is offered."""

    def _shown(self) -> None:  # noqa: B027 - most kinds have nothing to do then
        """The widget is on the page; a kind with work to do begins it here."""

    def _ipython_display_(self) -> None:
        if mode() != "live":
            show(self.bundle())
            return
        self.close()
        before = _open.get(self._key)
        _open[self._key] = self
        self._widget = self._make_widget(self.close)
        self._handle = show_live(self._widget, self.bundle()["text/plain"])
        self._shown()
        # Last, since the page takes a while over it, and a person waits for the new one.
        if before is not None and before is not self:
            before.close()

    def _display_(self) -> Any:
        """Marimo asks for this. It keeps no output in its file, so nothing is left to swap."""
        if settings.current().static or not is_built():
            return HtmlAlone(self.bundle())
        self._widget = self._make_widget(None)
        self._shown()
        return self._widget

    def close(self) -> None:
        """Swap the live panel for its static twin; again is harmless."""
        with self._lock:
            widget, self._widget = self._widget, None
            handle, self._handle = self._handle, None
        if widget is None:
            return
        if handle is None:
            widget.close()
            return
        bundle = self.bundle()
        handle.update(bundle, raw=True)
        widget.end(bundle)

    def is_over(self) -> bool:
        """True when it is not shown, or the next panel of the same thing takes its place."""
        return self._widget is None or _open.get(self._key, self) is not self

    def __repr__(self) -> str:
        """The static twin as text, as a terminal shows it."""
        return self.bundle()["text/plain"]


@atexit.register
def _close_all() -> None:
    for one in list(_open.values()):
        one.close()
