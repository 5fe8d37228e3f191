"""The engine's HTTP side: its state, its routes, and who may call them."""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from parallel_nb.api.routes import KEY_HEADER
from parallel_nb.engine.http import groups as routes_groups
from parallel_nb.engine.http import search as routes_search
from parallel_nb.engine.http import tasks as routes_tasks
from parallel_nb.engine.http.responses import (
    Bells,
    Problem,
    answer_fault,
    answer_problem,
    error_answer,
    json_answer,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.store.write import Changed, Store
    from parallel_nb.engine.workers.pool import Runner

P = ParamSpec("P")
T = TypeVar("T")
#: Bytes of a request's body at most: 1,000 runs of the longest input fit.
MAX_BODY: Final = 128 * 1024 * 1024
_READ_THREADS: Final = 4
_MESSAGES: Final = {404: "There is no such route.", 405: "This route does not know this method."}


@dataclass
class Engine:
    """Everything that a request may need."""

    key: str = field(repr=False)
    index: Index
    store: Store
    runner: Runner
    version: str
    fingerprint: str
    #: Whether the documents have changed since they were read; walks their folder.
    is_outdated: Callable[[], bool] = lambda: False
    #: Seconds between the comments that keep a quiet stream open.
    keep_alive: float = 10.0
    #: Ends the process; set by whoever runs the server.
    stop: Callable[[], None] = lambda: None
    bells: Bells = field(default_factory=Bells)
    open_requests: int = 0
    last_request: float = field(default_factory=time.monotonic)
    pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_READ_THREADS, thread_name_prefix="reads")
    )

    async def read(self, ask: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the store or the index on a thread, so that the loop goes on."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: ask(*args, **kwargs))

    def changed_on(self, loop: asyncio.AbstractEventLoop) -> Callable[[Changed], None]:
        """What the store calls after a transaction: rings the bells, on the loop."""

        def ring(changed: Changed) -> None:
            for run_id in changed.runs:
                self.bells.ring(("run", run_id))
            for group_id in changed.groups:
                self.bells.ring(("group", group_id))

        def on_change(changed: Changed) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(ring, changed)

        return on_change

    def idle_for(self) -> float:
        """Seconds since anything was asked or read."""
        if self.open_requests or self.runner.active:
            self.last_request = time.monotonic()
        return time.monotonic() - self.last_request


def make_app(engine: Engine) -> ASGIApp:
    """The ASGI application of one engine."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        engine.store.on_change = engine.changed_on(loop)
        yield
        engine.store.on_change = None

    routes = [
        *routes_search.ROUTES,
        *routes_tasks.ROUTES,
        *routes_groups.ROUTES,
        ("GET", "/engine", describe),
        ("POST", "/engine/stop", stop),
    ]
    app = Starlette(
        routes=[Route(path, _answered(ask), methods=[method]) for method, path, ask in routes],
        exception_handlers={HTTPException: _answer_http, Problem: answer_problem},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.engine = engine
    return _Gate(app, engine)


async def describe(request: Request) -> Response:
    """Say what this engine is; asked by whoever looks for one to share."""
    engine: Engine = request.app.state.engine
    corpus = engine.index.corpus
    return json_answer(
        {
            "name": corpus.name,
            "documents": len(engine.index),
            "skipped": len(corpus.skipped),
            "version": engine.version,
            "fingerprint": engine.fingerprint,
            "outdated": await engine.read(engine.is_outdated),
            "pid": os.getpid(),
            "active_runs": engine.runner.active,
        }
    )


async def stop(request: Request) -> Response:
    """End the engine; unfinished runs go on when the next one starts."""
    engine: Engine = request.app.state.engine
    asyncio.get_running_loop().call_later(0.05, engine.stop)
    return json_answer({"stopping": True})


def _answered(
    ask: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """A route whose own faults are answered and logged under one number."""

    async def answer(request: Request) -> Response:
        try:
            return await ask(request)
        except (Problem, HTTPException):
            raise
        except Exception as fault:  # noqa: BLE001 - answered as a 500
            return await answer_fault(request, fault)

    return answer


async def _answer_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    return error_answer(error.status_code, _MESSAGES.get(error.status_code, error.detail))


class _Gate:
    """Stands before every route: the key, the size of bodies, and the count of requests."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app = app
        self._engine = engine
        self._key = engine.key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        engine = self._engine
        engine.open_requests += 1
        engine.last_request = time.monotonic()
        try:
            headers: dict[bytes, bytes] = dict(scope["headers"])
            refusal = self._refusal(headers)
            await (refusal or self._app)(scope, _limited(receive), send)
        finally:
            engine.open_requests -= 1
            engine.last_request = time.monotonic()

    def _refusal(self, headers: dict[bytes, bytes]) -> Response | None:
        given = headers.get(KEY_HEADER.encode(), b"")
        if not hmac.compare_digest(given, self._key):
            what = "wrong" if given else "missing"
            return error_answer(401, f"Unauthorized: the {KEY_HEADER} header is {what}.")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY:
            return error_answer(413, f"The body is over {MAX_BODY:,} bytes.")
        return None


def _limited(receive: Receive) -> Receive:
    """Refuse bodies that grow over the limit without saying so beforehand."""
    seen = 0

    async def limited() -> Any:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise Problem(413, f"The body is over {MAX_BODY:,} bytes.")
        return message

    return limited
