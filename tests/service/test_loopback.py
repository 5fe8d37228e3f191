"""A service that has been stopped leaves no connection open, whatever it was doing."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.service.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    App = Callable[[Any, Any, Any], Awaitable[None]]

_HEAD = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
_START = {"type": "http.response.start", "status": 200, "headers": []}


async def _silent(_scope: Any, _receive: Any, _send: Any) -> None:
    await asyncio.sleep(60)


async def _in_mid_stream(_scope: Any, _receive: Any, send: Any) -> None:
    await send(_START)
    await send({"type": "http.response.body", "body": b"x", "more_body": True})
    await asyncio.sleep(60)


async def _unread(_scope: Any, _receive: Any, send: Any) -> None:
    """More than all buffers take, of which nobody reads a byte."""
    await send(_START)
    while True:
        await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})


async def _stubborn(_scope: Any, _receive: Any, send: Any) -> None:
    """What goes on for a moment when it is told to end."""
    await send(_START)
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("sent", [b"", _HEAD[:9], _HEAD], ids=["nothing", "a part", "a request"])
@pytest.mark.parametrize("app", [_silent, _in_mid_stream, _unread, _stubborn])
def test_a_stopped_service_leaves_no_connection_open(app: App, sent: bytes) -> None:
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always", ResourceWarning)
        with Loopback(app) as service:
            port = int(service.url.rpartition(":")[2])
            connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
            for connection in connections:
                connection.sendall(sent)
            time.sleep(0.05)
            # One that is accepted in the very moment of the end.
            connections.append(socket.create_connection(("127.0.0.1", port)))
        for connection in connections:
            connection.close()
        del service
        gc.collect()
    assert not [str(each.message) for each in left]
