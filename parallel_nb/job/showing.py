"""What a running work and its view have to do with each other: the view never harms the work."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

V = TypeVar("V")

_log = logging.getLogger(__name__)


class Showing(Generic[V]):
    """Calls a view until it breaks; then the work goes on unseen."""

    def __init__(self, view: V) -> None:
        """Show nothing yet."""
        self._view: V | None = view

    def show(self, show: Callable[[V], None]) -> None:
        """Have the view show something; its exception is logged and ends the showing."""
        if self._view is None:
            return
        try:
            show(self._view)
        except Exception:  # noqa: BLE001 - whatever it is, the work goes on
            _log.exception("The display has failed; the work goes on.")
            self._view = None
