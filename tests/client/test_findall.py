"""`client.findall` against a service whose answers and faults are written here."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response

from parallel_nb.api.errors import ApiError, InputError, TransportError
from parallel_nb.api.findall import (
    CandidateEvent,
    Enrichment,
    ExcludedEntity,
    FindAllEvent,
    FindAllRunInput,
    FindAllSchemaEvent,
    FindAllStatusEvent,
    MatchCondition,
)
from parallel_nb.client import AsyncClient
from tests.service.bodies import MOMENT
from tests.service.scripted import Answer, error, http_answer, resetting, serving, sse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

Json = dict[str, Any]
ID = "findall_1"


def status_json(status: str = "running", reason: str | None = None) -> Json:
    return {
        "findall_id": ID,
        "status": {
            "status": status,
            "is_active": status in {"queued", "running"},
            "metrics": {"generated_candidates_count": 3, "matched_candidates_count": 1},
            "termination_reason": reason,
        },
        "generator": "base",
        "created_at": MOMENT,
    }


SCHEMA = {
    "objective": "Makers of heat pumps",
    "entity_type": "companies",
    "match_conditions": [{"name": "a", "description": "Makes heat pumps"}],
    "enrichments": [
        {"processor": "core", "output_schema": {"type": "json", "json_schema": {}}, "new": 1}
    ],
    "generator": "base",
    "match_limit": 10,
}


def candidate_json(number: int, status: str = "matched", **more: Any) -> Json:
    return {
        "candidate_id": f"candidate_{number}",
        "name": f"Firm {number}",
        "url": "firm.example",
        "match_status": status,
        **more,
    }


def event_json(number: int, kind: str, data: Json) -> Json:
    return {
        "type": f"findall.{kind}",
        "timestamp": MOMENT,
        "event_id": f"e{number}",
        "data": data,
    }


def ask(url: str, question: Callable[[AsyncClient], Awaitable[Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncClient("KEY", url, **options) as client:
            return await question(client)

    return asyncio.run(main())


def run_input(**changes: Any) -> FindAllRunInput:
    members: Json = {
        "objective": "Makers of heat pumps",
        "entity_type": "companies",
        "match_conditions": [MatchCondition(name="a", description="Makes heat pumps")],
        "generator": "base",
        "match_limit": 10,
    }
    return FindAllRunInput(**(members | changes))


def always(body: Any, status: int = 200) -> Answer:
    async def answer(_: Request) -> Response:
        return Response(status_code=status) if body is None else JSONResponse(body, status)

    return answer


ENRICHMENT = Enrichment(
    output_schema={
        "type": "json",
        "json_schema": {"type": "object", "properties": {"ceo": {"type": "string"}}},
    }
)


@pytest.mark.parametrize(
    ("question", "path", "sent", "answered"),
    [
        (
            lambda c: c.findall.ingest("Makers of heat pumps"),
            "ingest",
            {"objective": "Makers of heat pumps"},
            SCHEMA,
        ),
        (
            lambda c: c.findall.create(
                run_input(exclude_list=[ExcludedEntity(name="X", url="x.example")])
            ),
            "runs",
            {
                "objective": "Makers of heat pumps",
                "entity_type": "companies",
                "match_conditions": [{"name": "a", "description": "Makes heat pumps"}],
                "generator": "base",
                "match_limit": 10,
                "exclude_list": [{"name": "X", "url": "x.example"}],
            },
            status_json("queued"),
        ),
        (lambda c: c.findall.get(ID), f"runs/{ID}", None, status_json()),
        (
            lambda c: c.findall.result(ID),
            f"runs/{ID}/result",
            None,
            {"run": status_json(), "candidates": [candidate_json(1)], "last_event_id": "e7"},
        ),
        (lambda c: c.findall.schema(ID), f"runs/{ID}/schema", None, SCHEMA),
        (
            lambda c: c.findall.extend(ID, 20),
            f"runs/{ID}/extend",
            {"additional_match_limit": 20},
            SCHEMA,
        ),
        (
            lambda c: c.findall.enrich(ID, ENRICHMENT),
            f"runs/{ID}/enrich",
            {"output_schema": ENRICHMENT.output_schema},
            SCHEMA,
        ),
        (
            lambda c: c.findall.entity_search("Makers of heat pumps", "companies", 50),
            "entity-search",
            {
                "objective": "Makers of heat pumps",
                "entity_type": "companies",
                "match_limit": 50,
            },
            {
                "entity_set_id": "entity_set_1",
                "entities": [{"name": "A", "url": "a.example", "description": "b"}],
            },
        ),
    ],
)
def test_each_operation_sends_and_reads_what_the_reference_says(
    question: Callable[[AsyncClient], Awaitable[Any]], path: str, sent: Json | None, answered: Json
) -> None:
    with serving(always(answered)) as service:
        ask(service.url, question)
    assert service.seen[0].url.path == f"/v1beta/findall/{path}"
    assert (json.loads(service.bodies[0]) if service.bodies[0] else None) == sent
    assert service.seen[0].headers["x-api-key"] == "KEY"


def test_what_would_be_refused_is_refused_before_it_is_sent() -> None:
    bad: list[tuple[Callable[[AsyncClient], Awaitable[Any]], str]] = [
        (lambda c: c.findall.create(run_input(match_limit=4)), "4 is not between 5 and 1,000"),
        (lambda c: c.findall.create(run_input(match_limit=1001)), "1,001 is not between"),
        (
            lambda c: c.findall.create(run_input(match_limit=11, generator="preview")),
            "11 is not between 5 and 10 with the generator preview",
        ),
        (lambda c: c.findall.create(run_input(generator="best")), "none of preview, base"),
        (lambda c: c.findall.create(run_input(match_conditions=[])), "there is none"),
        (
            lambda c: c.findall.create(
                run_input(match_conditions=[MatchCondition(name="a", description="b")] * 2)
            ),
            "the name 'a' is taken",
        ),
        (lambda c: c.findall.create(run_input(objective=" ")), "objective"),
        (lambda c: c.findall.ingest(" "), "objective is empty"),
        (lambda c: c.findall.extend(ID, 0), "below 1"),
        (lambda c: c.findall.enrich(ID, Enrichment(output_schema={"type": "text"})), "not json"),
        (lambda c: c.findall.entity_search("a", "papers"), "knows no 'papers'"),
        (lambda c: c.findall.entity_search("a", match_limit=2), "2 is not between 5 and 1,000"),
        (lambda c: c.findall.get("../x"), "not the id of a FindAll run"),
    ]
    with serving(always({})) as service:
        for question, message in bad:
            with pytest.raises(InputError, match=message):
                ask(service.url, question)
    assert service.seen == []


def test_a_result_with_odd_members_keeps_every_candidate_that_can_be_read() -> None:
    odd = candidate_json(2, output={"a": "yes", "b": {"value": 3, "type": "enrichment"}}, basis=7)
    body = {"run": status_json(), "candidates": [candidate_json(1), odd, {"name": "no id"}]}
    with serving(always(body)) as service:
        result = ask(service.url, lambda c: c.findall.result(ID))
    assert [each.candidate_id for each in result.candidates] == ["candidate_1", "candidate_2"]
    assert result.candidates[1].output == odd["output"]
    assert result.candidates[1].basis is None


@pytest.mark.parametrize(
    "question",
    [
        lambda c: c.findall.create(run_input()),
        lambda c: c.findall.extend(ID, 5),
        lambda c: c.findall.enrich(ID, ENRICHMENT),
    ],
)
def test_what_is_billed_is_not_sent_again_after_a_lost_answer(
    question: Callable[[AsyncClient], Awaitable[Any]], quick: None
) -> None:
    with resetting(b"", http_answer(SCHEMA)) as (url, requests):
        with pytest.raises(TransportError) as raised:
            ask(url, question)
        assert raised.value.maybe_sent
        assert len(requests) == 1


def test_cancelling_reads_an_answer_without_a_body() -> None:
    with serving(always(None, 204)) as service:
        assert ask(service.url, lambda c: c.findall.cancel(ID)) is None


@pytest.mark.parametrize(("status", "fault"), [("cancelled", ""), ("completed", "409")])
def test_a_conflict_is_no_fault_where_the_run_is_cancelled(status: str, fault: str) -> None:
    async def answer(request: Request) -> Response:
        if request.method == "POST":
            return error(409, "Cannot cancel a terminated FindAll run")
        return JSONResponse(status_json(status))

    with serving(answer) as service:
        if fault:
            with pytest.raises(ApiError) as raised:
                ask(service.url, lambda c: c.findall.cancel(ID))
            assert raised.value.status == 409
        else:
            ask(service.url, lambda c: c.findall.cancel(ID))


LOG = [
    event_json(1, "candidate.generated", candidate_json(1, "generated")),
    event_json(2, "candidate.matched", candidate_json(1)),
    event_json(3, "status", status_json()),
    event_json(4, "candidate.discarded", candidate_json(2, "discarded")),
    event_json(5, "schema.updated", SCHEMA),
    event_json(6, "candidate.enriched", candidate_json(1)),
    event_json(7, "something.new", {}),
    event_json(8, "status", status_json("completed", "match_limit_met")),
]


def follow(url: str, **options: Any) -> list[FindAllEvent]:
    async def main(client: AsyncClient) -> list[FindAllEvent]:
        return [event async for event in client.findall.events(ID, **options)]

    events: list[FindAllEvent] = ask(url, main)
    return events


@pytest.mark.parametrize("ending", [{}, {"count": 3, "cut": True}, {"count": 2}])
def test_every_event_comes_once_through_cuts_and_ends(ending: Json, quick: None) -> None:
    connections = itertools.count()

    async def answer(request: Request) -> Response:
        if not request.url.path.endswith("/events"):
            return JSONResponse(status_json("completed"))
        next(connections)
        after = request.query_params.get("last_event_id")
        left = LOG[1 + next((i for i, e in enumerate(LOG) if e["event_id"] == after), -1) :]
        sent = left[: ending.get("count", len(LOG))]
        heartbeat = [LOG[-1]] if not left else []  # what a stream at rest sends
        return sse(sent + heartbeat, cut=ending.get("cut", False) and len(sent) < len(left))

    with serving(answer) as service:
        events = follow(service.url)
        later = follow(service.url, last_event_id="e6")
    ids = [getattr(event, "event_id", "unknown") for event in events]
    assert ids == ["e1", "e2", "e3", "e4", "e5", "e6", "unknown", "e8"]
    kinds = [type(event) for event in events[:5]]
    assert kinds == [
        CandidateEvent,
        CandidateEvent,
        FindAllStatusEvent,
        CandidateEvent,
        FindAllSchemaEvent,
    ]
    assert len(later) == 2
