"""A small real HTTP service on loopback, whose answers and faults a test writes itself."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.service.bodies import error_json
from tests.service.loopback import Loopback

Answer = Callable[[Request], Awaitable[Response]]


@dataclass
class ScriptedService:
    """A running service: what it was asked, and how to reach it."""

    url: str
    answer: Answer
    seen: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


@contextlib.contextmanager
def serving(answer: Answer, **options: Any) -> Iterator[ScriptedService]:
    """Serve until the block ends; `options` go to uvicorn."""
    service = ScriptedService("", answer)

    async def handle(request: Request) -> Response:
        service.bodies.append(await request.body())
        service.seen.append(request)
        service.times.append(time.monotonic())
        return await service.answer(request)

    app = Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "POST"])])
    with Loopback(app, **options) as server:
        service.url = server.url
        yield service


def error(status: int, message: str = "no", **headers: str) -> JSONResponse:
    return JSONResponse(
        error_json(message), status, {k.replace("_", "-"): v for k, v in headers.items()}
    )


class CutError(Exception):
    """Raised inside a stream to break the connection in mid-body."""


def sse(events: list[Any], *, cut: bool = False, stall: float | None = None) -> Response:
    """Stream `events`; then end well, break the connection, or fall silent."""

    async def body() -> AsyncIterator[str]:
        import asyncio  # noqa: PLC0415 - the one use

        for event in events:
            yield f"data: {json.dumps(event)}\n\n"
        if stall is not None:
            await asyncio.sleep(stall)
        if cut:
            raise CutError

    return StreamingResponse(body(), media_type="text/event-stream")


@contextlib.contextmanager
def resetting(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A raw server: reads a request, sends the next of `answers`, closes the connection.

    The last answer but one, and those before, end in a reset (RST), as a crash does.

    Gives its address and the requests that it has read.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve() -> None:
        for number, answer in enumerate(answers, start=1):
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            requests.append(connection.recv(65536))
            connection.sendall(answer)
            if number < len(answers):  # linger 0: closing sends RST
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the accept
        listener.close()
        thread.join(5)


def http_answer(body: Any, status: str = "200 OK") -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content
