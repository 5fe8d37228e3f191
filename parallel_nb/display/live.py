"""A panel that is live because a person asked for it, and leaves static HTML behind.

Closing it (its button, `close()`, the next panel of the same thing, the end of the kernel)
replaces the widget by HTML and text, so that the file keeps no dead widget. What happens when
the kernel is killed stands in `widgets.base`.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from parallel_nb.api.errors import InputError
from parallel_nb.display.environment import HtmlOnly, has_widgets, mode, show, show_live

if TYPE_CHECKING:
    from collections.abc import Callable

_open: weakref.WeakValueDictionary[str, LivePanel] = weakref.WeakValueDictionary()


class LivePanel(ABC):
    """Shows itself as the last value of a cell; its kinds say what it shows.

    A kind gives the `head` of the widget, answers the page's questions (`answer`), and makes
    what stays in the file (`bundle`).
    """

    #: The widget of this kind: its JavaScript is `static/<asset>.js`.
    asset: ClassVar[str]

    def __init__(self, key: str) -> None:
        """`key` names what is shown: of the same thing one panel is open at a time."""
        self._key = key
        self._widget: Any = None
        self._handle: Any = None
        self._lock = threading.Lock()

    @abstractmethod
    def bundle(self) -> dict[str, str]:
        """The static output: HTML and text."""

    @abstractmethod
    def head(self) -> dict[str, Any]:
        """What the widget shows before its first question is answered; plain JSON values."""

    @abstractmethod
    def answer(self, kind: str, question: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a message of the page, as plain JSON; None where it wants none.

        Whatever the page sends is answered: what makes no sense is left out of account.
        """

    def _begin(self) -> None:  # noqa: B027 - most kinds have nothing to do then
        """The widget is displayed; a kind with work to do begins it here."""

    def _make_widget(self, on_close: Callable[[], None] | None) -> Any:
        from parallel_nb.display.widgets.panel import WIDGETS  # noqa: PLC0415 - loads anywidget

        return WIDGETS[self.asset](self.head(), self.answer, self.bundle, on_close)

    def _ipython_display_(self) -> None:
        if mode() != "live":
            show(self.bundle())
            return
        self.close()
        before = _open.get(self._key)
        _open[self._key] = self
        self._widget = self._make_widget(self.close)
        self._handle = show_live(self._widget, self.bundle()["text/plain"])
        self._begin()
        # Last, since the page takes a while over it, and a person waits for the new one.
        if before is not None and before is not self:
            before.close()

    def _display_(self) -> Any:
        """Marimo asks for this. It keeps no output in its file, so nothing has to be replaced."""
        if not has_widgets():
            return HtmlOnly(self.bundle())
        self._widget = self._make_widget(None)
        self._begin()
        return self._widget

    def close(self) -> None:
        """Replace the live panel by its static output; again is harmless."""
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

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: a panel is what one page shows.

        Raises:
            InputError: Always; says what to do instead.
        """
        raise InputError("A panel cannot be copied, pickled or stored.", "Make another one.")

    def __repr__(self) -> str:
        """The static output as text, as a terminal shows it."""
        return self.bundle()["text/plain"]


@atexit.register
def _close_all() -> None:
    for panel in list(_open.values()):
        panel.close()
