"""An event loop of which the clock jumps to what is due next: hours pass at once, to the second.

What is waited for must be due by the loop's own clock, so nothing of a network or of a thread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never waits."""

    def __init__(self) -> None:
        """Begin at a time like any other."""
        super().__init__()
        self._now = 1000.0
        selector: Any = self._selector  # type: ignore[attr-defined]  # where a loop waits
        look = selector.select

        def jump(timeout: float | None) -> Any:
            assert timeout is not None, "nothing is due: it would wait for ever"
            self._now += timeout
            return look(0)

        selector.select = jump

    def time(self) -> float:
        """Seconds, as of `time.monotonic`."""
        return self._now


def run_at_once(what: Coroutine[Any, Any, None]) -> None:
    """Run it to its end; no time passes outside."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(what)


def virtual_clock() -> float:
    """The time of the running loop: in place of `time.monotonic`."""
    return asyncio.get_running_loop().time()
