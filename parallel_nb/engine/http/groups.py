"""Task groups: create, counts, add runs, the snapshot of runs and the stream of events.

The same under `/v1` and `/v1beta`.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.types import STATUSES
from parallel_nb.engine.http.responses import (
    KEEP_ALIVE,
    EventStream,
    Problem,
    group_view,
    input_body,
    json_answer,
    run_view,
    state_event,
    status_event,
)
from parallel_nb.engine.http.tasks import (
    engine_of,
    enqueue,
    query_number,
    wants_elements,
)
from parallel_nb.engine.http.validate_tasks import add_runs, create_group
from parallel_nb.engine.store.read import encode_status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.http.app import Engine
    from parallel_nb.engine.store.tables import EventRow, GroupRow

#: Seconds after which a stream of events ends, to be resumed.
EVENTS_END_AFTER: Final = 3600.0
#: Rows that are read and sent at once.
PAGE: Final = 250
_TRUE: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
_FALSE: Final = frozenset({"false", "0", "no", "off", "f", "n"})


def _refuse_query(name: str, message: str) -> Problem:
    return Problem(
        422,
        f"Request validation error: {name}: {message}",
        {"errors": [{"loc": ["query", name], "msg": message, "type": "value_error"}]},
    )


def _flag(request: Request, name: str, *, default: bool) -> bool:
    text = request.query_params.get(name)
    if text is None:
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise _refuse_query(name, f"{text!r} is neither true nor false")


def _cursor(request: Request) -> int:
    """The cursor behind which a stream goes on; 0 for its start."""
    text = request.query_params.get("last_event_id")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise _refuse_query("last_event_id", f"{text!r} is not a cursor of this engine")
    return int(text)


async def _group(request: Request) -> GroupRow:
    engine = engine_of(request)
    name = request.path_params["taskgroup_id"]
    group = await engine.read(engine.store.group, name)
    if group is None:
        raise Problem(404, f"TaskGroup not found: {name!r}.", {"taskgroup_id": name})
    return group


async def create(request: Request) -> Response:
    """Create an empty group."""
    engine = engine_of(request)
    metadata = create_group(await request.body())
    name = await asyncio.wrap_future(engine.store.create_group(metadata))
    group = await engine.read(engine.store.group, name)
    assert group is not None  # noqa: S101 - it was stored above
    return json_answer(group_view(group, encode_status(group.counts)))


async def get(request: Request) -> Response:
    """Tell a group's counts."""
    group = await _group(request)
    return json_answer(group_view(group, encode_status(group.counts)))


async def add(request: Request) -> Response:
    """Add runs to a group."""
    engine = engine_of(request)
    group = await _group(request)
    _flag(request, "refresh_status", default=True)  # counts are always fresh here
    body = await request.body()
    made = await engine.read(add_runs, body, elements=wants_elements(request))
    adding = engine.store.add_runs(group.id, made)
    enqueue(engine, group.id, adding)
    added = await asyncio.wrap_future(adding)
    assert added.counts is not None  # noqa: S101 - runs of a group have them
    answer: dict[str, Any] = {
        "status": msgspec.Raw(encode_status(added.counts)),
        "run_ids": added.names,
        "run_cursor": None if added.run_cursor is None else str(added.run_cursor),
        "event_cursor": None if added.event_cursor is None else str(added.event_cursor),
    }
    return json_answer(answer)


async def get_run(request: Request) -> Response:
    """Tell the state of one of a group's runs."""
    engine = engine_of(request)
    group = await _group(request)
    name = request.path_params["run_id"]
    run = await engine.read(engine.store.run, name)
    if run is None or run.group != group.name:
        raise Problem(404, f"Run id not found in {group.name}: {name!r}.", {"run_id": name})
    return json_answer(run_view(run))


async def runs(request: Request) -> Response:
    """Stream the group's runs as they are now."""
    group = await _group(request)
    status = request.query_params.get("status")
    if status is not None and status not in STATUSES:
        raise _refuse_query("status", f"{status!r} is none of {', '.join(STATUSES)}")
    return EventStream(
        snapshot(
            engine_of(request),
            group,
            after=_cursor(request),
            status=status,
            inputs=_flag(request, "include_input", default=False),
            outputs=_flag(request, "include_output", default=False),
        )
    )


async def snapshot(  # noqa: PLR0913 - the query parameters of the route
    engine: Engine,
    group: GroupRow,
    *,
    after: int,
    status: str | None,
    inputs: bool,
    outputs: bool,
) -> AsyncIterator[bytes]:
    """The runs that the group has now, in the order in which they were added."""
    upto = await engine.read(engine.store.last_run_id, group.id)
    while after < upto:
        page = await engine.read(
            _snapshot_page,
            engine,
            group,
            after=after,
            upto=upto,
            status=status,
            inputs=inputs,
            outputs=outputs,
        )
        if page is None:
            return
        after, chunk = page
        yield chunk


def _snapshot_page(engine: Engine, group: GroupRow, **wanted: Any) -> tuple[int, bytes] | None:
    rows = engine.store.runs_of_group(group.id, limit=PAGE, **wanted)
    if not rows:
        return None
    events = [
        state_event(
            run.id,
            run,
            given=input_body(given) if given else None,
            output=output.body(elements=run.tells_elements) if output else None,
        )
        for run, given, output in rows
    ]
    return rows[-1][0].id, b"".join(events)


async def events(request: Request) -> Response:
    """Follow the group while it is active."""
    group = await _group(request)
    seconds = query_number(request, "timeout", math.inf)
    return EventStream(
        follow_group(
            engine_of(request),
            group.id,
            after=_cursor(request),
            seconds=min(seconds, EVENTS_END_AFTER),
        )
    )


async def follow_group(
    engine: Engine, group_id: int, *, after: int, seconds: float
) -> AsyncIterator[bytes]:
    """The group's events behind a cursor, for as long as there may be more.

    The order and the cursors are the stored ones, so that a stream that is resumed
    anywhere goes on as if it had not been cut. One that has nothing left to tell says how
    the group stands, under the cursor that it was asked with.

    That the group was at rest between two additions of runs is not told afterwards: a
    client that stops at the first such word would miss what came later.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    told = False
    with engine.bells.listen(("group", group_id)) as ear:
        while True:
            ear.reset()
            counts, page = await engine.read(
                engine.store.events_of_group, group_id, after=after, limit=PAGE
            )
            if page:
                after, told = page[-1].id, True
                yield b"".join(_event(row) for row in page[:-1] if not _at_rest(row))
                if not (_at_rest(page[-1]) and counts.is_active):
                    yield _event(page[-1])
                continue
            if not counts.is_active:
                if not told:
                    yield status_event(after, encode_status(counts))
                return
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0 or engine.bells.closing:
                return
            if not await ear.wait(min(left, engine.keep_alive)):
                yield KEEP_ALIVE


def _at_rest(row: EventRow) -> bool:
    return row.status is not None and b'"is_active":false' in row.status


def _event(row: EventRow) -> bytes:
    if row.run is not None:
        return state_event(row.id, row.run)
    assert row.status is not None  # noqa: S101 - an event has the one or the other
    return status_event(row.id, row.status)


ROUTES = tuple(
    (method, f"/{generation}/tasks/groups{path}", ask)
    for generation in ("v1", "v1beta")
    for method, path, ask in (
        ("POST", "", create),
        ("GET", "/{taskgroup_id}", get),
        ("POST", "/{taskgroup_id}/runs", add),
        ("GET", "/{taskgroup_id}/runs", runs),
        ("GET", "/{taskgroup_id}/events", events),
        ("GET", "/{taskgroup_id}/runs/{run_id}", get_run),
    )
)
