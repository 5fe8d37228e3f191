"""The engine's ASGI application: its routes, and who may call them."""

from __future__ import annotations

import asyncio
import hmac
import os
import time
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from parallel_nb.api.routes import KEY_HEADER
from parallel_nb.engine.http import documents, findall, groups, health, search, tasks, usage
from parallel_nb.engine.http.callers import STUDENT
from parallel_nb.engine.http.classroom import MAX_BODY as STUDENT_MAX_BODY
from parallel_nb.engine.http.responses import (
    KEEP_ALIVE,
    EventStream,
    HTTPError,
    error_response,
    json_response,
    unexpected_error_response,
)
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.store.database import StoreAwayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from parallel_nb.engine.http.state import EngineState

    Endpoint = Callable[[Request], Awaitable[Response]]

#: Bytes of a request's body at most: 1,000 runs of the longest input fit.
MAX_BODY: Final = 128 * 1024 * 1024
#: Seconds in which a next piece of a body must come.
BODY_WITHIN: Final = 60.0
#: Seconds after which a request is tried again while the store is away.
_AWAY: Final = 2.0
#: Seconds that a lease may last: years.
_FOR_EVER: Final = 1e8
#: What a student may not do: end the engine, keep it from ending, or have it look at its folder.
_OWNERS: Final = frozenset({"/engine/stop", "/engine/lease", "/engine/refresh", health.METRICS})
#: What needs no key, and where one may be sent as browsers and Prometheus do.
_OPEN: Final = frozenset({health.HEALTH, health.READY})
_BASIC: Final = frozenset({usage.PAGE, health.METRICS})
#: Seconds that `refresh` waits for documents to be read, and digits of a look's number.
_LOOK_WITHIN: Final = 1.0
_DIGITS: Final = 12
_MESSAGES: Final = {404: "There is no such route.", 405: "This route does not know this method."}


def make_app(state: EngineState) -> ASGIApp:
    """The ASGI application of one engine.

    Args:
        state: what its requests share; the application has the store tell it of changes
            while it runs.

    Returns:
        An application for any ASGI server that runs lifespans.
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        state.store.on_change = state.notify_on(asyncio.get_running_loop())
        yield
        state.store.on_change = None

    routes = [
        *search.ROUTES,
        *tasks.ROUTES,
        *groups.ROUTES,
        *findall.ROUTES,
        *documents.ROUTES,
        *usage.ROUTES,
        *health.ROUTES,
        ("GET", "/engine", describe),
        ("POST", "/engine/refresh", refresh),
        ("GET", "/engine/lease", lease),
        ("POST", "/engine/stop", stop),
    ]
    app = Starlette(
        routes=[
            Route(path, _with_error_response(endpoint), methods=[method])
            for method, path, endpoint in routes
        ],
        exception_handlers={
            HTTPException: _http_exception_response,
            HTTPError: _http_error_response,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.engine = state
    return _Gate(app, state)


async def describe(request: Request) -> Response:
    """Say what this engine is; asked by whoever looks for one to share."""
    return json_response(await _description(state_of(request)))


async def refresh(request: Request) -> Response:
    """Look at the documents now, and say whether all that was there is read.

    Waits for that for some seconds. `look` is the number of the look that is waited for; who asks
    again passes it on.
    """
    state = state_of(request)
    given = request.query_params.get("look", "")
    look = (
        int(given)
        if given.isdigit() and len(given) < _DIGITS
        else await asyncio.to_thread(state.room.look)
    )
    # not on one of the threads that read: those who search do not wait for this
    is_read = await asyncio.to_thread(state.room.has_ended, look, _LOOK_WITHIN)
    problem = state.room.problem if is_read else None
    return json_response(
        await _description(state)
        | {
            "look": look,
            "is_read": is_read,
            "problem": None if problem is None else [problem.message, problem.remedy],
        }
    )


async def _description(state: EngineState) -> dict[str, Any]:
    index, progress = state.index, state.room.progress
    return {
        "name": index.corpus.name,
        "documents": len(index),
        "skipped": len(await state.read(lambda: index.corpus.skipped)),
        "version": state.version,
        "fingerprint": state.room.fingerprint,
        "reading": progress and asdict(progress),
        "pid": os.getpid(),
        "active_runs": state.active_runs,
        "model": state.model and state.model.name,
        "semantic": state.semantic and await state.read(state.semantic.describe),
        "model_usage": state.model and msgspec.structs.asdict(state.workers.model_usage),
    }


async def lease(request: Request) -> Response:
    """Stay open until the client has gone: the engine does not end while a kernel uses it."""
    return EventStream(_until_closed(state_of(request)))


async def _until_closed(state: EngineState) -> AsyncIterator[bytes]:
    with state.changes.subscribe(("engine", 0)) as subscription:
        async for _ in subscription.rounds(_FOR_EVER):
            pass
    yield KEEP_ALIVE  # at the end, for a stream of nothing is none


async def stop(request: Request) -> Response:
    """End the engine; unfinished runs go on when the next one starts."""
    asyncio.get_running_loop().call_later(0.05, state_of(request).stop)
    return json_response({"stopping": True})


def _with_error_response(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose unexpected errors are answered and logged under one number."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (HTTPError, HTTPException):
            raise
        except StoreAwayError:
            return _away().response()
        except Exception as error:  # noqa: BLE001 - answered as a 500
            return unexpected_error_response(request, error)

    return answer


async def _http_exception_response(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    return error_response(error.status_code, _MESSAGES.get(error.status_code, error.detail))


async def _http_error_response(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPError)  # noqa: S101 - registered for this class alone
    return error.response()


class _Gate:
    """Stands before every route: who asks, the size of bodies, and the count of requests."""

    def __init__(self, app: ASGIApp, state: EngineState) -> None:
        self._app = app
        self._state = state
        self._key = state.key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = self._state
        state.open_requests += 1
        state.last_request = time.monotonic()

        async def counted(message: Any) -> None:
            if message["type"] == "http.response.start":
                state.answered[message["status"]] += 1
            await send(message)

        try:
            if scope["path"] in _OPEN:
                await self._app(scope, receive, counted)
            else:
                await self._answer(scope, receive, counted)
        finally:
            state.open_requests -= 1
            state.last_request = time.monotonic()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        classroom = self._state.classroom
        max_body = MAX_BODY
        counted: AbstractContextManager[None] = nullcontext()
        try:
            student = self._caller(scope["path"], headers)
            if classroom is not None and student is not None:
                scope[STUDENT] = student
                max_body = STUDENT_MAX_BODY
                counted = classroom.request_of(student)
            length = headers.get(b"content-length", b"0")
            if not length.isdigit() or int(length) > max_body:
                raise _too_large(max_body)
            with counted:
                if classroom is not None and student is not None and self._state.store.is_shared:
                    most = classroom.limits.requests_per_minute
                    admitting = self._state.store.admit(student, most)
                    if (seconds := await asyncio.wrap_future(admitting)) is not None:
                        raise classroom.over_quota(seconds)
                await self._app(scope, _limited(receive, max_body), send)
        except HTTPError as error:
            await error.response()(scope, receive, send)
        except StoreAwayError:
            await _away().response()(scope, receive, send)

    def _caller(self, path: str, headers: dict[bytes, bytes]) -> str | None:
        """The student who asks; None for the owner of the key.

        Raises:
            HTTPError: 401, when it is neither; 403, when the path is the owner's alone.
        """
        key = headers.get(KEY_HEADER.encode(), b"")
        if path in _BASIC and not key:
            key = usage.key_of_browser(headers.get(b"authorization", b""))
        if hmac.compare_digest(key, self._key):
            return None
        classroom = self._state.classroom
        student = classroom.student_of(key) if classroom else None
        if student is None:
            what = "wrong" if key else "missing"
            error = HTTPError(401, f"Unauthorized: the {KEY_HEADER} header is {what}.")
            if path == usage.PAGE and classroom:
                error.headers |= usage.ASK_BROWSER
            raise error
        if path in _OWNERS:
            raise HTTPError(403, "Only the owner of the engine's key may do this.")
        return student


def _away() -> HTTPError:
    return HTTPError(503, "The engine's store does not answer.", retry_after=_AWAY)


def _too_large(max_body: int) -> HTTPError:
    return HTTPError(413, f"The body is over {max_body:,} bytes.")


def _limited(receive: Receive, max_body: int) -> Receive:
    """Refuse bodies that grow over the limit without saying so, and those that do not come."""
    seen = 0
    is_whole = False

    async def limited() -> Any:
        nonlocal seen, is_whole
        try:
            async with asyncio.timeout(None if is_whole else BODY_WITHIN):
                message = await receive()
        except TimeoutError:
            text = f"No more of the body came within {BODY_WITHIN:g} s."
            raise HTTPError(408, text) from None
        is_whole = not message.get("more_body", False)
        seen += len(message.get("body", b""))
        if seen > max_body:
            raise _too_large(max_body)
        return message

    return limited
