"""FindAll and Entity Search: every operation, its limits, and runs that outlive their engine."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.engine import shapes
from tests.engine.wire import Event, ask, stream
from tests.engine_process import EngineProcess, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIND = "/v1beta/findall"
RUNS = f"{FIND}/runs"
BIG: dict[str, Any] = {
    "objective": "Countries",
    "entity_type": "countries",
    "match_conditions": [{"name": "area", "description": "The area is over 100 square km"}],
    "generator": "core",
    "match_limit": 10,
}
LICENSE = {
    "type": "json",
    "json_schema": {
        "type": "object",
        "properties": {"capital": {"type": ["string", "null"], "description": "Capital city"}},
        "required": ["capital"],
        "additionalProperties": False,
    },
}


def create(http: httpx2.Client, **changes: Any) -> str:
    """A new run; gives its path."""
    run = ask(http, "POST", RUNS, BIG | changes, like=shapes.FIND_RUN)
    assert run["status"]["status"] == "queued"
    return f"{RUNS}/{run['findall_id']}"


def end(http: httpx2.Client, path: str) -> Any:
    """Follow a run to its end; gives its result."""
    stream(http, f"{path}/events")
    return ask(http, "GET", f"{path}/result", like=shapes.FIND_RESULT)


def named(result: Any, status: str = "matched") -> list[str]:
    return [each["name"] for each in result["candidates"] if each["match_status"] == status]


def kinds(events: list[Event]) -> list[str]:
    return [event["type"].removeprefix("findall.").removeprefix("candidate.") for event in events]


def test_an_objective_becomes_conditions_that_can_be_sent(http: httpx2.Client) -> None:
    proposed = ask(
        http,
        "POST",
        f"{FIND}/ingest",
        {"objective": "Find all databases written in C++ that were released after 2010"},
        like=shapes.FIND_SCHEMA,
    )
    assert proposed["entity_type"] == "databases"
    assert len(proposed["match_conditions"]) == 2
    body = {name: proposed[name] for name in ("objective", "entity_type", "match_conditions")}
    ask(http, "POST", RUNS, body | {"generator": "preview", "match_limit": 5})


def test_a_run_tells_each_candidate_and_ends_with_its_evidence(http: httpx2.Client) -> None:
    path = create(http)
    events = stream(http, f"{path}/events", like=shapes.FIND_STREAM)
    told = kinds(events)
    assert told[0] == "status"
    assert told[-1] == "status"
    assert events[-1]["data"]["status"]["termination_reason"] == "match_limit_met"
    ids = [int(event["event_id"]) for event in events]
    assert ids == sorted(set(ids))
    result = ask(http, "GET", f"{path}/result", like=shapes.FIND_RESULT)
    matched = named(result)
    assert len(matched) == 10
    assert matched == [e["data"]["name"] for e in events if e["type"].endswith(".matched")]
    assert result["run"]["status"]["metrics"] == {
        "generated_candidates_count": told.count("generated"),
        "matched_candidates_count": 10,
    }
    assert result["last_event_id"] == events[-1]["event_id"]
    for candidate in result["candidates"]:
        if candidate["match_status"] == "matched":
            (entry,) = candidate["basis"]
            assert entry["field"] == "area"
            assert entry["citations"]
            assert entry["citations"][0]["excerpts"]


def test_a_stream_goes_on_behind_any_event(http: httpx2.Client) -> None:
    path = create(http)
    whole = stream(http, f"{path}/events")
    for place in (0, 3, len(whole) - 2):
        rest = stream(http, f"{path}/events?last_event_id={whole[place]['event_id']}")
        assert rest == whole[place + 1 :]
    after_all = stream(http, f"{path}/events?last_event_id={whole[-1]['event_id']}")
    assert kinds(after_all) == ["status"]
    assert after_all[0]["event_id"] == whole[-1]["event_id"]


def test_an_ended_run_is_extended_and_enriched(http: httpx2.Client) -> None:
    path = create(http, match_limit=5)
    first = named(end(http, path))
    extended = ask(
        http, "POST", f"{path}/extend", {"additional_match_limit": 4}, like=shapes.FIND_SCHEMA
    )
    assert extended["match_limit"] == 9
    second = named(end(http, path))
    assert (len(second), second[:5]) == (9, first)
    before = ask(http, "GET", f"{path}/result")["last_event_id"]
    ask(http, "POST", f"{path}/enrich", {"output_schema": LICENSE}, like=shapes.FIND_SCHEMA)
    events = stream(http, f"{path}/events?last_event_id={before}", like=shapes.FIND_STREAM)
    enriched = [event["data"] for event in events if event["type"].endswith(".enriched")]
    assert [set(each["output"]) for each in enriched] == [{"capital"}] * 9
    result = end(http, path)
    assert all(
        set(each["output"]) == {"area", "capital"} and len(each["basis"]) == 2
        for each in result["candidates"]
        if each["match_status"] == "matched"
    )
    assert result["run"]["status"]["termination_reason"] == "match_limit_met"
    schema = ask(http, "GET", f"{path}/schema", like=shapes.FIND_SCHEMA)
    assert (schema["match_limit"], len(schema["enrichments"])) == (9, 1)
    # at no point did the stream say that all was done before it was
    ends = [e for e in stream(http, f"{path}/events") if e["type"] == "findall.status"]
    assert [e["data"]["status"]["is_active"] for e in ends].count(False) == 1


def test_preview_evaluates_as_many_candidates_as_it_is_asked_for(http: httpx2.Client) -> None:
    nowhere = [{"name": "x", "description": "The capital is Atlantis"}]
    result = end(http, create(http, generator="preview", match_limit=7, match_conditions=nowhere))
    assert len(result["candidates"]) == 7
    assert named(result) == []
    assert result["run"]["status"]["termination_reason"] == "low_match_rate"


def test_what_is_excluded_is_no_candidate(http: httpx2.Client) -> None:
    first = end(http, create(http))
    known = [{"name": c["name"], "url": c["url"]} for c in first["candidates"]]
    second = end(http, create(http, exclude_list=known, match_limit=100))
    assert not {c["name"] for c in second["candidates"]} & {c["name"] for c in known}
    assert second["run"]["status"]["termination_reason"] == "candidates_exhausted"


def test_a_cancelled_run_keeps_what_it_has_found_and_goes_on_no_more(http: httpx2.Client) -> None:
    path = create(http, match_limit=1000, generator="pro")
    assert http.post(f"{path}/cancel").status_code == 204
    result = end(http, path)
    assert result["run"]["status"]["status"] == "cancelled"
    assert result["run"]["status"]["termination_reason"] == "user_cancelled"
    ask(http, "POST", f"{path}/cancel", expect=409, like=shapes.ERROR)
    ask(http, "POST", f"{path}/extend", {"additional_match_limit": 1}, expect=422)
    # an enrichment may be added all the same, and does not begin the search again
    ask(http, "POST", f"{path}/enrich", {"output_schema": LICENSE})
    later = end(http, path)
    assert later["run"]["status"]["status"] == "cancelled"
    assert named(later) == named(result)


@pytest.mark.parametrize("kind", ["companies", "people"])
def test_entity_search_gives_ranked_entities(http: httpx2.Client, kind: str) -> None:
    body = {"objective": "chips and processors", "entity_type": kind, "match_limit": 10}
    found = ask(http, "POST", f"{FIND}/entity-search", body, like=shapes.ENTITIES)
    names = [entity["name"] for entity in found["entities"]]
    assert len(names) == len(set(names)) == 10
    if kind == "companies":
        assert {"TSMC", "Intel", "AMD", "NVIDIA"} & set(names[:5])


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("ingest", {"objective": " "}, "objective: it is empty"),
        ("ingest", {}, "objective"),
        ("runs", BIG | {"match_limit": 4}, "match_limit: 4 is not between 5 and 1,000"),
        ("runs", BIG | {"match_limit": 1001}, "1,001 is not between"),
        ("runs", BIG | {"match_limit": 11, "generator": "preview"}, "between 5 and 10"),
        ("runs", BIG | {"generator": "best"}, "generator"),
        ("runs", BIG | {"match_conditions": []}, "match_conditions: there is none"),
        ("runs", BIG | {"objective": ""}, "objective"),
        ("runs", BIG | {"metadata": {"a_key_of_17_chars": 1}}, "longer than 16"),
        ("runs", BIG | {"memory_scope_key": "a b"}, "memory_scope_key"),
        ("runs", {"objective": "x"}, "entity_type"),
        ("entity-search", {"objective": "x", "entity_type": "papers"}, "papers"),
        ("entity-search", {"objective": "x", "entity_type": "people", "match_limit": 2}, "5"),
    ],
)
def test_what_breaks_a_rule_is_refused(
    http: httpx2.Client, path: str, body: Any, message: str
) -> None:
    answer = ask(http, "POST", f"{FIND}/{path}", body, expect=422, like=shapes.ERROR)
    assert message in answer["error"]["message"]


def test_a_run_is_changed_within_the_limits_alone(http: httpx2.Client) -> None:
    path = create(http, match_limit=5)
    end(http, path)
    for number in (0, 996, "x"):
        body: dict[str, Any] = {"additional_match_limit": number}
        ask(http, "POST", f"{path}/extend", body, expect=422, like=shapes.ERROR)
    for changes in ({"output_schema": {"type": "text"}}, {"processor": "x"}):
        body = {"output_schema": LICENSE} | changes
        ask(http, "POST", f"{path}/enrich", body, expect=422, like=shapes.ERROR)
    unknown = f"{RUNS}/findall_unknown"
    for method, name in (
        *(("GET", name) for name in ("", "/result", "/schema", "/events")),
        *(("POST", name) for name in ("/extend", "/enrich", "/cancel")),
    ):
        ask(http, method, unknown + name, {}, expect=404, like=shapes.ERROR)


# --- runs that outlive their engine -----------------------------------------------------


@pytest.fixture
def many(tmp_path: Path) -> Iterator[EngineProcess]:
    """An engine of one's own on a room with 300 suppliers, which take a while to judge."""
    room = tmp_path / "room" / "suppliers"
    room.mkdir(parents=True)
    for number in range(300):
        text = f"# Maker {number} Ltd\n\nMaker {number} Ltd has {100 + number} employees.\n"
        (room / f"maker-{number}.md").write_text(text, "utf-8")
    engine = EngineProcess(tmp_path / "data", ("--documents", str(tmp_path / "room"))).start()
    yield engine
    engine.stop()


def client_of(engine: EngineProcess) -> httpx2.Client:
    return httpx2.Client(
        base_url=engine.url, headers={"x-api-key": engine.key}, timeout=60, trust_env=False
    )


def test_a_run_goes_on_after_its_engine_was_killed(many: EngineProcess) -> None:
    body = BIG | {
        "entity_type": "suppliers",
        "objective": "Suppliers with 100 employees or more",
        "match_conditions": [
            {"name": "employees", "description": "The supplier has at least 100 employees"}
        ],
        "match_limit": 250,
    }
    seen: list[Event] = []
    with client_of(many) as http:
        run = ask(http, "POST", RUNS, body)
        path = f"{RUNS}/{run['findall_id']}"

        def read() -> None:
            with (
                contextlib.suppress(httpx2.RequestError),
                http.stream("GET", f"{path}/events") as answer,
            ):
                for line in filter(None, answer.iter_lines()):
                    seen.append(json.loads(line.removeprefix("data: ")))  # noqa: PERF401 - live

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        wait_for(lambda: "findall.candidate.matched" in json.dumps(seen), what="a match")
        many.kill()
        reader.join(10)
    many.start()
    with client_of(many) as http:
        later = stream(http, f"{path}/events?last_event_id={seen[-1]['event_id']}")
        result = ask(http, "GET", f"{path}/result", like=shapes.FIND_RESULT)
    events = seen + later
    matched = [event["data"]["name"] for event in events if event["type"].endswith(".matched")]
    assert len(matched) == len(set(matched)) == 250
    assert sorted(matched) == sorted(named(result))
    assert result["run"]["status"]["termination_reason"] == "match_limit_met"
    assert result["run"]["status"]["metrics"]["matched_candidates_count"] == 250
