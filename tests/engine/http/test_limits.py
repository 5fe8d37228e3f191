"""What a client may send before its key is checked: so many bytes, in so much time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import pytest
import uvicorn

from parallel_nb.engine.http.protocol import HEAD_WITHIN, MAX_HEAD, LimitedProtocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx2

    from tests.conftest import SharedEngine

T = TypeVar("T")
LINE = b"GET /engine HTTP/1.1\r\nhost: x\r\n"


def connect(engine: SharedEngine) -> socket.socket:
    address = urlsplit(engine.url)
    return socket.create_connection((address.hostname, address.port), timeout=60)


def exchange(engine: SharedEngine, *pieces: bytes) -> bytes:
    """Send the pieces for as long as they are taken; give what is answered."""
    with connect(engine) as client:
        with contextlib.suppress(OSError):
            for piece in pieces:
                client.sendall(piece)
        answer = b""
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                answer += piece
    return answer


TOO_LONG: dict[str, list[bytes]] = {
    "one header in one piece": [LINE + b"a: " + b"x" * 70_000 + b"\r\n\r\n"],
    "one header that never ends": [LINE + b"a: ", *[b"x" * 10_000] * 2_000],
    "a name that never ends": [LINE, *[b"x" * 10_000] * 2_000],
    "many headers": [LINE, *[b"a: b\r\n" * 1_000] * 1_000],
    "an address that never ends": [b"GET /", *[b"x" * 10_000] * 2_000],
    "a query that never ends": [b"GET /engine?a=", *[b"x" * 10_000] * 2_000],
    "a method that never ends": [b"G", *[b"E" * 10_000] * 2_000],
    "empty lines before a request": [b"\r\n" * 100_000] * 10,
    "a long address in one piece": [b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"],
}


@pytest.mark.parametrize("case", TOO_LONG)
def test_a_head_over_the_limit_is_refused_before_anything_is_kept(
    engine: SharedEngine, case: str
) -> None:
    answer = exchange(engine, *TOO_LONG[case])
    status = answer.split(b"\r\n", 1)[0]
    if status:  # a client that still sends when it is refused may lose the answer
        assert status.split()[1] in {b"431", b"400"}


def test_a_long_header_is_answered_in_the_form_of_the_api(engine: SharedEngine) -> None:
    answer = exchange(engine, LINE + b"a: " + b"x" * 70_000 + b"\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert b'"message":"The headers have' in body


def test_headers_below_the_limit_are_read(http: httpx2.Client) -> None:
    assert http.get("/engine", headers={"x-long": "x" * (MAX_HEAD - 2_000)}).status_code == 200


@pytest.mark.parametrize(
    "piece", [b"trailer: x\r\n", b"t: " + b"x" * 10_000 + b"\r\n"], ids=["many", "long"]
)
def test_headers_behind_a_body_have_the_same_limit(engine: SharedEngine, piece: bytes) -> None:
    head = (
        b"POST /v1/search HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
        b"x-api-key: " + engine.key.encode() + b"\r\n\r\n2\r\n{}\r\n0\r\n"
    )
    began = time.monotonic()
    exchange(engine, head, *[piece * 100] * 2_000)
    assert time.monotonic() - began < 40  # an engine that reads on would be waited for a minute


def test_a_long_body_behind_the_head_of_a_request_is_no_long_head(http: httpx2.Client) -> None:
    for _ in range(3):
        body = {"search_queries": ["x" * 200_000]}
        assert http.post("/v1/search", json=body).status_code == 200


@contextlib.asynccontextmanager
async def impatient_server() -> AsyncIterator[int]:
    """The port of a server with our protocol, which waits half a second for headers."""

    class Impatient(LimitedProtocol):
        head_within = 0.5

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(app, port=0, http=Impatient, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


WHOLE = LINE + b"\r\n"


def talk(conversation: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[T]]) -> T:
    """Connect to a server that waits half a second for headers, and talk with it."""

    async def run() -> T:
        async with impatient_server() as port, asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await conversation(reader, writer)
            finally:
                writer.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "answers"),
    [
        (b"", [b"408"]),
        (b"G", [b"408"]),
        (LINE, [b"408"]),
        (LINE + b"a: b", [b"408"]),
        (b"\r\n", [b"408"]),
        (WHOLE + b"GET /", [b"204", b"408"]),
        (WHOLE + WHOLE + LINE, [b"204", b"204", b"408"]),
    ],
)
def test_a_head_that_does_not_come_in_time_is_refused(sent: bytes, answers: list[bytes]) -> None:
    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(sent)
        return await reader.read()

    statuses = [part.split()[0] for part in talk(send).split(b"HTTP/1.1 ")[1:]]
    assert statuses == answers


def test_bytes_that_drip_do_not_win_time() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)

    talk(drip)


def test_a_connection_between_requests_may_rest() -> None:
    async def ask_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        answers = []
        for _ in range(2):
            writer.write(WHOLE)
            answers.append(await reader.readuntil(b"\r\n\r\n"))
            await asyncio.sleep(1)
        return answers

    assert all(answer.startswith(b"HTTP/1.1 204") for answer in talk(ask_twice))


def test_three_hundred_half_sent_heads_do_not_keep_others_out(
    engine: SharedEngine, http: httpx2.Client
) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(engine)).sendall(LINE)
        began = time.monotonic()
        assert http.get("/engine").status_code == 200
        assert time.monotonic() - began < 0.75 * HEAD_WITHIN  # by then they are given up
