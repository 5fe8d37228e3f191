"""FindAll runs: from proposed conditions to candidates and their events; Entity Search."""

from __future__ import annotations

import asyncio
import math
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response

from parallel_nb.api.types import FINAL_STATUSES
from parallel_nb.engine.http.callers import charge, may_see, student_of
from parallel_nb.engine.http.responses import (
    JSON,
    EventStream,
    HTTPError,
    json_response,
    server_sent_event,
)
from parallel_nb.engine.http.state import state_of
from parallel_nb.engine.http.validate import read_cursor, read_seconds
from parallel_nb.engine.http.validate_findall import (
    read_enrichment,
    read_entity_search,
    read_extension,
    read_find,
    read_objective,
)
from parallel_nb.engine.store.finds import FindEventRow
from parallel_nb.engine.store.tables import timestamp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from parallel_nb.engine.http.state import EngineState
    from parallel_nb.engine.store.finds import FindRow

#: Events that are read and sent at once.
PAGE: Final = 250
_STATUS: Final = "findall.status"


class _Wanted(msgspec.Struct):
    """What of a run's input says what is asked."""

    objective: str


async def find_run(request: Request) -> FindRow:
    """The FindAll run that the path names.

    Raises:
        HTTPError: 404, when there is none that the caller may see.
    """
    state = state_of(request)
    name = request.path_params["findall_id"]
    find = await state.read(state.store.finds.get, name)
    if find is None or not may_see(request, find.student):
        raise HTTPError(404, f"FindAll run not found: {name!r}.", {"findall_id": name})
    return find


async def _step(request: Request, name: str, **given: Any) -> bytes:
    """Have a worker take a step that belongs to no run."""
    body = msgspec.json.encode({"step": name, **given})
    workers = state_of(request).workers
    return await asyncio.wrap_future(workers.take_step(None, body, student_of(request)))


async def ingest(request: Request) -> Response:
    """Propose conditions for an objective."""
    objective = read_objective(await request.body())
    await charge(request, "find", objective)
    return Response(await _step(request, "propose", objective=objective), media_type=JSON)


async def entity_search(request: Request) -> Response:
    """Give ranked entities, which nobody has checked."""
    search = read_entity_search(await request.body())
    await charge(request, "entities", search.objective)
    found = await _step(
        request,
        "entities",
        objective=search.objective,
        entity_type=search.entity_type,
        limit=search.match_limit,
    )
    return json_response(
        {"entity_set_id": f"entity_set_{uuid.uuid4().hex}", "entities": msgspec.Raw(found)}
    )


async def create(request: Request) -> Response:
    """Create a run."""
    state = state_of(request)
    new = await state.read(read_find, await request.body())
    wanted, _, limit, _ = new
    await charge(request, "find", msgspec.json.decode(wanted, type=_Wanted).objective, rows=limit)
    student = student_of(request)
    name = await asyncio.wrap_future(state.store.finds.create(*new, student=student))
    find = await state.read(state.store.finds.get, name)
    assert find is not None  # noqa: S101 - it was stored above
    state.take_up_find(find)
    return json_response(find.view())


async def get(request: Request) -> Response:
    """Answer with a run's state."""
    return json_response((await find_run(request)).view())


async def schema(request: Request) -> Response:
    """Answer with what a run looks for."""
    return json_response((await find_run(request)).schema())


async def result(request: Request) -> Response:
    """Answer with a run's candidates as they are now."""
    state = state_of(request)
    find = await find_run(request)
    return json_response(await state.read(_snapshot, state, find.name))


def _snapshot(state: EngineState, name: str) -> dict[str, Any]:
    finds = state.store.finds
    find = finds.get(name)
    assert find is not None  # noqa: S101 - runs are deleted only before the engine starts
    # read first: what changes meanwhile is told again by its event, and by none if read last
    last = finds.last_event(find.id)
    candidates = finds.candidates(find.id)
    return {
        "run": finds.by_id(find.id).view(),
        "candidates": [each.view() for each in candidates if each.status != "waiting"],
        "last_event_id": str(last),
    }


async def extend(request: Request) -> Response:
    """Let a run find more matches."""
    find = await find_run(request)
    additional = read_extension(await request.body(), find)
    return await _change(request, find, additional=additional)


async def enrich(request: Request) -> Response:
    """Have fields researched for a run's matches."""
    find = await find_run(request)
    enrichment = read_enrichment(await request.body())
    return await _change(request, find, enrichment=enrichment)


async def _change(request: Request, find: FindRow, **change: Any) -> Response:
    state = state_of(request)
    # an enrichment asks about each match
    rows = change.get("additional", find.matched)
    await charge(request, "find", msgspec.json.decode(find.input, type=_Wanted).objective, rows)
    changed = await asyncio.wrap_future(state.store.finds.change(find.id, **change))
    state.take_up_find(find)
    return json_response(changed.schema())


async def cancel(request: Request) -> Response:
    """End a run; what it has found stays."""
    state = state_of(request)
    find = await find_run(request)
    if not await asyncio.wrap_future(state.store.finds.cancel(find.id)):
        raise HTTPError(409, "Cannot cancel a terminated FindAll run.", {"findall_id": find.name})
    return Response(status_code=204)


async def events(request: Request) -> Response:
    """Follow a run while it is active."""
    find = await find_run(request)
    seconds = read_seconds(request, "timeout", math.inf)
    after = read_cursor(request)
    return EventStream(follow_find(state_of(request), find, after=after, seconds=seconds))


async def follow_find(
    state: EngineState, find: FindRow, *, after: int, seconds: float
) -> AsyncIterator[bytes]:
    """A run's events behind a cursor, for as long as there may be more.

    A quiet stream, and one with no events left, sends how the run stands under the last cursor.
    That a run had ended before it was extended or enriched is not sent afterwards: a client that
    stops at the first such event would miss what came later.
    """
    finds = state.store.finds
    rest: FindEventRow | None = None
    with state.changes.subscribe(("find", find.id)) as subscription:
        async for changed in subscription.rounds(seconds, state.keep_alive):
            # before the events: what happens in between is there in the next round
            now = await state.read(finds.by_id, find.id)
            while page := await state.read(finds.events, find.id, after=after, limit=PAGE):
                after = page[-1].id
                rest = page[-1] if _tells_end(page[-1]) else None
                yield b"".join(_event(row) for row in page if not _tells_end(row))
            if not now.is_active:
                yield _event(rest or _standing(now, after))
                return
            if not changed:
                yield _event(_standing(now, after))


def _standing(find: FindRow, after: int) -> FindEventRow:
    return FindEventRow(after, _STATUS, timestamp(), msgspec.json.encode(find.view()))


class _Status(msgspec.Struct):
    status: str


class _Standing(msgspec.Struct):
    """What is read of a status event."""

    status: _Status


_decode_standing: Final = msgspec.json.Decoder(_Standing).decode


def _tells_end(row: FindEventRow) -> bool:
    return row.type == _STATUS and _decode_standing(row.data).status.status in FINAL_STATUSES


def _event(row: FindEventRow) -> bytes:
    return server_sent_event(
        msgspec.json.encode(
            {
                "type": row.type,
                "timestamp": row.created_at,
                "event_id": str(row.id),
                "data": msgspec.Raw(row.data),
            }
        )
    )


ROUTES = tuple(
    (method, f"/v1beta/findall{path}", endpoint)
    for method, path, endpoint in (
        ("POST", "/ingest", ingest),
        ("POST", "/entity-search", entity_search),
        ("POST", "/runs", create),
        ("GET", "/runs/{findall_id}", get),
        ("GET", "/runs/{findall_id}/result", result),
        ("GET", "/runs/{findall_id}/schema", schema),
        ("GET", "/runs/{findall_id}/events", events),
        ("POST", "/runs/{findall_id}/extend", extend),
        ("POST", "/runs/{findall_id}/enrich", enrich),
        ("POST", "/runs/{findall_id}/cancel", cancel),
    )
)
