"""Task groups: create, counts, add runs, the snapshot of runs and the stream of events.

The same under `/v1` and `/v1beta`.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.types import STATUSES
from parallel_nb.engine.http.callers import (
    charge,
    find_runs,
    may_see,
    question_of,
    student_of,
)
from parallel_nb.engine.http.responses import (
    KEEP_ALIVE,
    EventStream,
    HTTPError,
    group_view,
    json_response,
    run_view,
    state_event,
    status_event,
)
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.http.validate import (
    read_cursor,
    read_flag,
    read_seconds,
    refuse_query,
)
from parallel_nb.engine.http.validate_tasks import read_group, read_runs
from parallel_nb.engine.store.read import encode_status
from parallel_nb.engine.store.tables import RunFilter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.http.state import EngineState
    from parallel_nb.engine.store.tables import EventRow, GroupRow

#: Seconds after which a stream of events ends, to be resumed, as at the service.
EVENTS_END_AFTER: Final = 3600.0
#: Rows that are read and sent at once.
PAGE: Final = 250


async def find_group(request: Request) -> GroupRow:
    """The group that the path names.

    Raises:
        HTTPError: 404, when there is none that the caller may see.
    """
    state = state_of(request)
    name = request.path_params["taskgroup_id"]
    group = await state.read(state.store.group, name)
    if group is None or not may_see(request, group.student):
        raise HTTPError(404, f"TaskGroup not found: {name!r}.", {"taskgroup_id": name})
    return group


async def create(request: Request) -> Response:
    """Create an empty group."""
    state = state_of(request)
    metadata = read_group(await request.body())
    name = await asyncio.wrap_future(state.store.create_group(metadata, student_of(request)))
    group = await state.read(state.store.group, name)
    assert group is not None  # noqa: S101 - it was stored above
    return json_response(group_view(group, encode_status(group.counts)))


async def get(request: Request) -> Response:
    """Answer with a group's counts."""
    group = await find_group(request)
    return json_response(group_view(group, encode_status(group.counts)))


async def add(request: Request) -> Response:
    """Add runs to a group."""
    state = state_of(request)
    group = await find_group(request)
    read_flag(request, "refresh_status", default=True)  # counts are always fresh here
    runs = await state.read(read_runs, await request.body(), find_runs(request))
    await charge(request, "tasks", question_of(runs), rows=len(runs))
    # Of who made the group: its owner may add to it, and a student goes on seeing it whole.
    added = await asyncio.wrap_future(state.add_runs(group.id, runs, group.student))
    assert added.counts is not None  # noqa: S101 - runs of a group have them
    answer: dict[str, Any] = {
        "status": msgspec.Raw(encode_status(added.counts)),
        "run_ids": added.names,
        "run_cursor": None if added.run_cursor is None else str(added.run_cursor),
        "event_cursor": None if added.event_cursor is None else str(added.event_cursor),
    }
    return json_response(answer)


async def get_run(request: Request) -> Response:
    """Answer with the state of one of a group's runs."""
    state = state_of(request)
    group = await find_group(request)
    name = request.path_params["run_id"]
    run = await state.read(state.store.run, name)
    if run is None or run.group != group.name:
        raise HTTPError(404, f"Run id not found in {group.name}: {name!r}.", {"run_id": name})
    return json_response(run_view(run))


async def runs(request: Request) -> Response:
    """Stream the group's runs as they are now."""
    state = state_of(request)
    group = await find_group(request)
    status = request.query_params.get("status")
    if status is not None and status not in STATUSES:
        refuse_query("status", f"{status!r} is none of {', '.join(STATUSES)}")
    wanted = RunFilter(
        group.id,
        last=await state.read(state.store.last_run_id, group.id),
        status=status,
        include_input=read_flag(request, "include_input", default=False),
        include_output=read_flag(request, "include_output", default=False),
    )
    return EventStream(snapshot(state, wanted, after=read_cursor(request)))


async def snapshot(state: EngineState, wanted: RunFilter, *, after: int) -> AsyncIterator[bytes]:
    """The runs behind a cursor, in the order in which they were added, as events."""
    while after < wanted.last:
        page = await state.read(_snapshot_page, state, wanted, after)
        if page is None:
            return
        after, chunk = page
        yield chunk


def _snapshot_page(state: EngineState, wanted: RunFilter, after: int) -> tuple[int, bytes] | None:
    """The cursor of a page's last run, and the page's events; None behind the last page."""
    rows = state.store.runs_of_group(wanted, after=after, limit=PAGE)
    if not rows:
        return None
    events = [
        state_event(
            run.id,
            run,
            input_body=sent.body() if sent else None,
            output_body=output,
        )
        for run, sent, output in rows
    ]
    return rows[-1][0].id, b"".join(events)


async def events(request: Request) -> Response:
    """Follow the group while it is active."""
    group = await find_group(request)
    seconds = min(read_seconds(request, "timeout", math.inf), EVENTS_END_AFTER)
    after = read_cursor(request)
    return EventStream(follow_group(state_of(request), group.id, after=after, seconds=seconds))


async def follow_group(
    state: EngineState, group_id: int, *, after: int, seconds: float
) -> AsyncIterator[bytes]:
    """The group's events behind a cursor, for as long as there may be more.

    The order and the cursors are the stored ones, so that a stream that is resumed
    anywhere goes on as if it had not been cut. A stream with no events left sends the
    group's counts, under the cursor of the request.

    That the group was at rest between two additions of runs is not sent afterwards: a
    client that stops at the first such event would miss what came later.
    """
    rest = None
    with state.changes.subscribe(("group", group_id)) as subscription:
        async for changed in subscription.rounds(seconds, state.keep_alive):
            if not changed:
                yield KEEP_ALIVE
            while True:
                counts, page = await state.read(
                    state.store.events_of_group, group_id, after=after, limit=PAGE
                )
                if not page:
                    break
                after = page[-1].id
                rest = page[-1] if page[-1].is_at_rest else None
                yield b"".join(_event(row) for row in page if not row.is_at_rest)
            if not counts.is_active:
                yield _event(rest) if rest else status_event(after, encode_status(counts))
                return


def _event(row: EventRow) -> bytes:
    if row.run is not None:
        return state_event(row.id, row.run)
    assert row.status is not None  # noqa: S101 - an event has the one or the other
    return status_event(row.id, row.status)


ROUTES = tuple(
    (method, f"/{generation}/tasks/groups{path}", endpoint)
    for generation in ("v1", "v1beta")
    for method, path, endpoint in (
        ("POST", "", create),
        ("GET", "/{taskgroup_id}", get),
        ("POST", "/{taskgroup_id}/runs", add),
        ("GET", "/{taskgroup_id}/runs", runs),
        ("GET", "/{taskgroup_id}/events", events),
        ("GET", "/{taskgroup_id}/runs/{run_id}", get_run),
    )
)
