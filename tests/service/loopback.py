"""Serves an ASGI app on a free loopback port: the way of every service in tests and benchmarks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Callable


class Loopback:
    """An app on a real uvicorn server, in a thread of its own, as a context manager or by hand.

    `options` go to `uvicorn.Config`: a certificate, another protocol class.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=0,
            log_level="critical",
            access_log=False,
            lifespan="off",
            **options,
        )
        self._scheme = "https" if "ssl_certfile" in options else "http"
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self.url = ""

    def start(self) -> Self:
        """Start, and wait until it answers; from then on `url` is its address."""
        self._thread.start()
        until(lambda: self._server.started)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"{self._scheme}://127.0.0.1:{port}"
        return self

    def stop(self) -> None:
        """Break all connections and end the thread."""
        self._server.end()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the service has not ended"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """A server that ends at once, and whose connections end before its loop does.

    uvicorn looks ten times a second whether it should end, and then leaves it to the client to
    read what is left: a connection whose client does not would stay open behind a closed loop.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """End; from any thread, once it has started."""
        self._loop.call_soon_threadsafe(self._ending.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the headers that every answer has
        await self._ending.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        with contextlib.suppress(NotImplementedError):  # the loop of Windows has no readers
            for listener in self.servers[0].sockets:
                self._loop.remove_reader(listener.fileno())
        # What was accepted last becomes a connection in the next rounds of the loop, and leaks
        # if the listener is closed before: it asserts that it is open, and no one closes it.
        for _ in range(3):
            await asyncio.sleep(0)
        self.servers[0].close()
        for request in self.server_state.tasks:
            request.cancel()
        while connections := list(self.server_state.connections):
            for connection in connections:
                connection.transport.abort()
            await asyncio.sleep(0)


def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `ready()` is true; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.005)


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
