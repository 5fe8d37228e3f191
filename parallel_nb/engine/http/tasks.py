"""Task runs: create, state, input, result, and the stream of one run's events."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from parallel_nb.api.routes import RESULT_TIMEOUT
from parallel_nb.api.types import FINAL_STATUSES
from parallel_nb.engine.http.callers import charge, find_runs, question_of, student_of
from parallel_nb.engine.http.responses import (
    JSON,
    KEEP_ALIVE,
    EventStream,
    HTTPError,
    json_response,
    run_view,
    server_sent_event,
    state_event,
)
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.http.validate import read_seconds
from parallel_nb.engine.http.validate_tasks import read_run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from parallel_nb.engine.http.state import EngineState
    from parallel_nb.engine.store.tables import RunRow

#: Seconds after which the stream of a run's events ends, finished or not, as at the service.
EVENTS_END_AFTER: Final = 570.0


async def find_run(request: Request) -> RunRow:
    """The run that the path names.

    Raises:
        HTTPError: 404, when there is none that the caller may see.
    """
    state = state_of(request)
    name = request.path_params["run_id"]
    run = await state.read(find_runs(request), name)
    if run is None:
        raise HTTPError(404, f"Run id not found: {name!r}.", {"run_id": name})
    return run


async def create(request: Request) -> Response:
    """Create a run."""
    state = state_of(request)
    new = await state.read(read_run, await request.body(), find_runs(request))
    await charge(request, "task", question_of([new]), rows=1)
    added = await asyncio.wrap_future(state.add_runs(None, [new], student_of(request)))
    run = await state.read(state.store.run, added.names[0])
    assert run is not None  # noqa: S101 - it was stored above
    return json_response(run_view(_as_created(run)), 202)


def _as_created(run: RunRow) -> RunRow:
    """The run as it was when it was created; it may have been taken up, or ended, since."""
    return replace(run, status="queued", modified_at=run.created_at, error=None)


async def get(request: Request) -> Response:
    """Answer with a run's state."""
    return json_response(run_view(await find_run(request)))


async def get_input(request: Request) -> Response:
    """Answer with a run's input."""
    state = state_of(request)
    run = await find_run(request)
    row = await state.read(state.store.input, run.id)
    return Response(row.body(), media_type=JSON)


async def result(request: Request) -> Response:
    """Wait for a run's output."""
    state = state_of(request)
    seconds = read_seconds(request, "timeout", RESULT_TIMEOUT, whole=True)
    run = await find_run(request)
    with state.changes.subscribe(("run", run.id)) as subscription:
        async for _ in subscription.rounds(seconds):
            run = await find_run(request)  # again: it may have ended before we subscribed
            if run.status in FINAL_STATUSES:
                break
    if run.status not in FINAL_STATUSES:
        detail = {"run_id": run.name, "status": run.status}
        raise HTTPError(408, "Request timed out; the run is still active.", detail)
    if run.status != "completed":
        error: dict[str, Any] = msgspec.json.decode(run.error) if run.error else {}
        raise HTTPError(
            404,
            f"Run {run.status}: {error.get('message', '')}",
            {"run_id": run.name, "status": run.status, "error": error},
        )
    output = await state.read(state.store.output, run.id)
    assert output is not None  # noqa: S101 - stored together with the status
    return json_response({"run": run_view(run), "output": msgspec.Raw(output)})


async def events(request: Request) -> Response:
    """Follow a run from its start."""
    return EventStream(follow_run(state_of(request), await find_run(request)))


async def follow_run(state: EngineState, run: RunRow) -> AsyncIterator[bytes]:
    """A run's events from its start to its end: states, progress, and the output at last.

    Read while it runs or afterwards, the stream is the same.
    """
    created = _as_created(run)
    yield state_event(None, created)
    started, sent = False, 0
    with state.changes.subscribe(("run", run.id)) as subscription:
        async for changed in subscription.rounds(EVENTS_END_AFTER, state.keep_alive):
            if not changed:
                yield KEEP_ALIVE
            found = await state.read(state.store.run, run.name)
            run = found or run
            if run.status != "queued" and not started:
                started = True
                yield state_event(None, replace(created, status="running"))
            ended = run.status in FINAL_STATUSES
            progress = [] if ended else state.workers.progress_of(run.id)
            if not progress:  # it has ended, or another engine answers it
                progress = (await state.read(state.store.progress, run.id)).splitlines()
            for event in progress[sent:]:
                yield server_sent_event(event)
            sent = max(sent, len(progress))
            if ended:
                output = await state.read(state.store.output, run.id)
                yield state_event(None, run, output_body=output)
                return


ROUTES = (
    ("POST", "/v1/tasks/runs", create),
    ("GET", "/v1/tasks/runs/{run_id}", get),
    ("GET", "/v1/tasks/runs/{run_id}/input", get_input),
    ("GET", "/v1/tasks/runs/{run_id}/result", result),
    ("GET", "/v1/tasks/runs/{run_id}/events", events),
    ("GET", "/v1beta/tasks/runs/{run_id}/events", events),
)
