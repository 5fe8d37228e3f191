"""Serves an ASGI app on a free loopback port: the way of every service in tests and benchmarks."""

from __future__ import annotations

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
        self._server = uvicorn.Server(config)
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
        """Close all connections and end the thread."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def until(ready: Callable[[], bool], seconds: float = 15) -> None:
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
