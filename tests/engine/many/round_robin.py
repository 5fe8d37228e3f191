"""A load balancer: each request goes to the next engine that answers."""

from __future__ import annotations

import itertools
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from tests.class_server import free_port
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from starlette.requests import Request
    from starlette.responses import Response


class RoundRobin:
    """Passes requests on, to each engine in turn; one that cannot be reached is left out."""

    def __init__(self, engines: Callable[[], Sequence[str]]) -> None:
        """`engines` gives their addresses as they are now."""
        self._engines = engines
        self._turn = itertools.count()
        self.port = free_port()
        #: How many requests went to which engine.
        self.sent: dict[str, int] = {}
        app = Starlette(
            routes=[Route("/{path:path}", self._pass_on, methods=["GET", "POST"])],
            lifespan=self._lifespan,
        )
        config = uvicorn.Config(app, port=self.port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> RoundRobin:
        self._thread.start()
        wait_for(lambda: self._server.started, what="the load balancer")
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with httpx2.AsyncClient(trust_env=False, timeout=60) as self._client:
            yield

    async def _pass_on(self, request: Request) -> Response:
        body = await request.body()
        headers = [(k, v) for k, v in request.headers.items() if k != "host"]
        engines = list(self._engines())
        for _ in range(len(engines)):
            engine = engines[next(self._turn) % len(engines)]
            url = f"{engine}{request.url.path}?{request.url.query}"
            sending = self._client.build_request(request.method, url, content=body, headers=headers)
            try:
                answer = await self._client.send(sending, stream=True)
            except httpx2.ConnectError:
                continue  # it was not reached, so that another may be asked
            except httpx2.HTTPError:
                return PlainTextResponse("the engine has gone", 502)
            self.sent[engine] = self.sent.get(engine, 0) + 1
            kept = {
                k: v
                for k, v in answer.headers.items()
                if k not in {"transfer-encoding", "connection", "date"}
            }
            return StreamingResponse(_chunks(answer), answer.status_code, kept)
        return PlainTextResponse("no engine", 503)


async def _chunks(answer: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx2.HTTPError:
        return  # the engine has gone: who listens takes the stream up again
    finally:
        await answer.aclose()


def lines(answer: httpx2.Response) -> Iterator[str]:
    """The lines of a stream, until it is cut."""
    try:
        yield from answer.iter_lines()
    except httpx2.HTTPError:
        return
