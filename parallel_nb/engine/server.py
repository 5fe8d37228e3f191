"""Runs the server of an engine that is open, until the process is told to end or is idle."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import uvicorn

from parallel_nb.api.routes import ENGINE_HEADER
from parallel_nb.engine.http.app import make_app
from parallel_nb.engine.http.protocol import LimitedProtocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from parallel_nb.engine.http.state import EngineState

#: Seconds that open requests are given when the engine stops.
_GRACE: Final = 2


def run(
    state: EngineState,
    listener: socket.socket,
    on_ready: Callable[[], None],
    idle_seconds: float | None,
    grace: float,
) -> None:
    """Serve until the process is told to end, then close what the state holds.

    Args:
        state: the engine, open.
        listener: where it listens.
        on_ready: called when requests are answered, before the workers come up.
        idle_seconds: end after so many seconds without requests or runs; None for never.
        grace: seconds that runs are given at the end, where others go on with them.
    """
    config = uvicorn.Config(
        make_app(state),
        http=LimitedProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=60,
        server_header=False,
        headers=[(ENGINE_HEADER, "1")],
        backlog=2048,
    )

    def begin() -> None:
        on_ready()  # first: whoever waits for it goes on while the workers come up
        state.workers.start()
        state.finds.start()
        if state.semantic:
            state.semantic.start()
        if state.claims:
            state.claims.start()

    server = _Server(config, state, begin, idle_seconds)
    try:
        server.run(sockets=[listener])
    finally:
        if state.claims:
            state.claims.stop()
            state.workers.drain(grace)
        state.finds.stop()
        state.workers.stop()
        state.pages.close()
        if state.semantic:
            state.semantic.stop()
        state.room.stop()
        state.store.close()


class _Server(uvicorn.Server):
    """A server that says when it is ready, ends when idle, and ends streams when it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        state: EngineState,
        on_ready: Callable[[], None],
        idle_seconds: float | None,
    ) -> None:
        super().__init__(config)
        self._state = state
        self._on_ready = on_ready
        self._idle_seconds = idle_seconds
        state.stop = self._stop

    def _stop(self, *_: object) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in good order on a signal; uvicorn would raise it again before we are done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        if self._idle_seconds is not None and self._state.idle_for() > self._idle_seconds:
            logging.getLogger(__name__).warning("ending: idle for %.0f s", self._idle_seconds)
            return True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._state.changes.close()
        if self._state.claims:
            await asyncio.to_thread(self._state.claims.stop)
        await super().shutdown(sockets)
