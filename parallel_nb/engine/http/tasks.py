"""Task runs: create, state, input, result, and the stream of one run's events."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from parallel_nb.api.routes import BETA_HEADER, FIELD_BASIS_BETA, RESULT_TIMEOUT
from parallel_nb.api.types import FINAL_STATUSES
from parallel_nb.engine.http.responses import (
    JSON,
    KEEP_ALIVE,
    EventStream,
    Problem,
    input_body,
    json_answer,
    run_view,
    sse,
    state_event,
)
from parallel_nb.engine.http.validate import refuse
from parallel_nb.engine.http.validate_tasks import create_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from concurrent.futures import Future

    from starlette.requests import Request

    from parallel_nb.engine.http.app import Engine
    from parallel_nb.engine.store.tables import Added, RunRow

#: Seconds after which the stream of a run's events ends, finished or not.
EVENTS_END_AFTER: Final = 570.0


def engine_of(request: Request) -> Engine:
    """The engine that a request goes to."""
    engine: Engine = request.app.state.engine
    return engine


def wants_elements(request: Request) -> bool:
    """Whether a request asks for basis entries of list elements."""
    return FIELD_BASIS_BETA in request.headers.get(BETA_HEADER, "")


def query_number(request: Request, name: str, default: float, *, whole: bool = False) -> float:
    """A number of the query; 422 when it is none, or negative."""
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise Problem(
            422,
            f"Request validation error: {name}: {text!r} is not a number of seconds",
            {"errors": [{"loc": ["query", name], "msg": "not a number", "type": "value_error"}]},
        )
    return value


def enqueue(engine: Engine, group_id: int | None, adding: Future[Added]) -> None:
    """Hand runs to the runner as soon as they are stored, whoever still waits for them."""

    def stored(done: Future[Added]) -> None:
        if done.exception() is None:
            engine.runner.queue.put(group_id, done.result().ids)

    adding.add_done_callback(stored)


async def find_run(request: Request) -> RunRow:
    """The run that the path names, or 404."""
    name = request.path_params["run_id"]
    run = await engine_of(request).read(engine_of(request).store.run, name)
    if run is None:
        raise Problem(404, f"Run id not found: {name!r}.", {"run_id": name})
    return run


async def create(request: Request) -> Response:
    """Create a run."""
    engine = engine_of(request)
    made = create_run(await request.body(), elements=wants_elements(request))
    adding = engine.store.add_runs(None, [made])
    enqueue(engine, None, adding)
    added = await asyncio.wrap_future(adding)
    run = await engine.read(engine.store.run, added.names[0])
    if run is None:
        refuse("the run has gone")
    # it may have been taken up already; the answer is the run as it was made
    queued = dataclasses.replace(run, status="queued", modified_at=run.created_at, error=None)
    return json_answer(run_view(queued), 202)


async def get(request: Request) -> Response:
    """Tell a run's state."""
    return json_answer(run_view(await find_run(request)))


async def get_input(request: Request) -> Response:
    """Tell what a run was given."""
    engine = engine_of(request)
    run = await find_run(request)
    return Response(input_body(await engine.read(engine.store.input, run.id)), media_type=JSON)


async def result(request: Request) -> Response:
    """Wait for a run's answer."""
    engine = engine_of(request)
    store = engine.store
    wait = query_number(request, "timeout", RESULT_TIMEOUT, whole=True)
    deadline = asyncio.get_running_loop().time() + wait
    run = await find_run(request)
    with engine.bells.listen(("run", run.id)) as ear:
        while True:
            ear.reset()
            run = await find_run(request)  # again: it may have ended before we listened
            if run.status in FINAL_STATUSES:
                break
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or engine.bells.closing:
                detail = {"run_id": run.name, "status": run.status}
                raise Problem(408, "Request timed out; the run is still active.", detail)
            await ear.wait(left)
    if run.status != "completed":
        error: dict[str, Any] = msgspec.json.decode(run.error) if run.error else {}
        raise Problem(
            404,
            f"Run {run.status}: {error.get('message', '')}",
            {"run_id": run.name, "status": run.status, "error": error},
        )
    output = await engine.read(store.output, run.id)
    assert output is not None  # noqa: S101 - stored together with the status
    body = output.body(elements=run.tells_elements or wants_elements(request))
    return json_answer({"run": run_view(run), "output": msgspec.Raw(body)})


async def events(request: Request) -> Response:
    """Follow a run from its start."""
    return EventStream(follow_run(engine_of(request), await find_run(request)))


async def follow_run(engine: Engine, run: RunRow) -> AsyncIterator[bytes]:
    """Tell a run from its start to its end: states, progress, and the answer at last.

    Told while it runs or afterwards, the story is the same.
    """
    store = engine.store
    deadline = asyncio.get_running_loop().time() + EVENTS_END_AFTER
    as_made = dataclasses.replace(run, modified_at=run.created_at, error=None)
    yield state_event(None, dataclasses.replace(as_made, status="queued"))
    started, told = False, 0
    with engine.bells.listen(("run", run.id)) as ear:
        while True:
            ear.reset()
            now = await engine.read(store.run, run.name)
            run = now or run
            ended = run.status in FINAL_STATUSES
            if run.status != "queued" and not started:
                started = True
                yield state_event(None, dataclasses.replace(as_made, status="running"))
            if ended:
                progress = (await engine.read(store.progress, run.id)).splitlines()
            else:
                progress = engine.runner.progress_of(run.id)
            for event in progress[told:]:
                yield sse(event)
            told = max(told, len(progress))
            if ended:
                output = await engine.read(store.output, run.id)
                body = output.body(elements=run.tells_elements) if output else None
                yield state_event(None, run, output=body)
                return
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or engine.bells.closing:
                return
            if not await ear.wait(min(left, engine.keep_alive)):
                yield KEEP_ALIVE


ROUTES = (
    ("POST", "/v1/tasks/runs", create),
    ("GET", "/v1/tasks/runs/{run_id}", get),
    ("GET", "/v1/tasks/runs/{run_id}/input", get_input),
    ("GET", "/v1/tasks/runs/{run_id}/result", result),
    ("GET", "/v1/tasks/runs/{run_id}/events", events),
    ("GET", "/v1beta/tasks/runs/{run_id}/events", events),
)
