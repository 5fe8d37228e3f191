"""Every operation of the three generations answers in the shape of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine import shapes
from tests.engine.conftest import spec
from tests.engine.wire import ask, make_group, stream

if TYPE_CHECKING:
    import httpx2

    from tests.engine.shapes import Schema

QUESTION = {"input": "Rust", "processor": "pro", "task_spec": spec(year={"type": "integer"})}
GENERATIONS = ("v1", "v1beta")


@pytest.mark.parametrize(
    ("path", "body", "shape"),
    [
        ("/alpha/search", {"objective": "Rust", "processor": "base"}, shapes.ALPHA_SEARCH),
        ("/alpha/search", {"search_queries": ["Rust"], "processor": "pro"}, shapes.ALPHA_SEARCH),
        ("/v1beta/search", {"objective": "Rust"}, shapes.BETA_SEARCH),
        ("/v1beta/search", {"objective": "Rust", "mode": "agentic"}, shapes.BETA_SEARCH),
        (
            "/v1beta/search",
            {"search_queries": ["Rust"], "processor": "base", "max_chars_per_result": 200},
            shapes.BETA_SEARCH,
        ),
        ("/v1/search", {"search_queries": ["Rust"]}, shapes.V1_SEARCH),
        (
            "/v1/search",
            {
                "search_queries": ["Rust language", "borrow checker"],
                "objective": "What is Rust known for?",
                "mode": "basic",
                "session_id": "mine",
                "client_model": "none",
                "advanced_settings": {"max_results": 2, "location": "de", "fetch_policy": {}},
            },
            shapes.V1_SEARCH,
        ),
    ],
)
def test_search_answers_in_the_shape_of_its_generation(
    http: httpx2.Client, path: str, body: Any, shape: Schema
) -> None:
    assert ask(http, "POST", path, body, like=shape)["results"]


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/v1/extract", shapes.V1_EXTRACT), ("/v1beta/extract", shapes.BETA_EXTRACT)],
)
def test_extract_answers_in_the_shape_of_its_generation(
    http: httpx2.Client, path: str, shape: Schema
) -> None:
    found = ask(http, "POST", "/v1/search", {"search_queries": ["Rust"]})["results"][0]["url"]
    urls = [found, "https://nowhere.test/"]
    answer = ask(http, "POST", path, {"urls": urls, "objective": "Rust"}, like=shape)
    assert [row["url"] for row in answer["results"]] == [found]
    assert [row["url"] for row in answer["errors"]] == ["https://nowhere.test/"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"task_spec": {"output_schema": "One sentence."}},
        {"task_spec": {"output_schema": {"type": "text"}}},
        {"task_spec": {"output_schema": {"type": "auto"}}},
        {"task_spec": spec(year={"type": "integer", "description": "first appeared"})},
        {
            "input": {"name": "Rust"},
            "metadata": {"row": "1", "weight": 2.5, "new": True},
            "enable_events": True,
            "source_policy": {"exclude_domains": ["nowhere.test"]},
        },
    ],
)
def test_a_run_answers_in_shape_from_its_creation_to_its_result(
    http: httpx2.Client, more: dict[str, Any]
) -> None:
    sent = {"input": "Rust", "processor": "pro"} | more
    run = ask(http, "POST", "/v1/tasks/runs", sent, expect=202, like=shapes.RUN)
    path = f"/v1/tasks/runs/{run['run_id']}"
    assert run["status"] == "queued"

    result = ask(http, "GET", f"{path}/result", like=shapes.RESULT)
    assert result["run"]["status"] == "completed"
    assert ask(http, "GET", path, like=shapes.RUN) == result["run"]
    assert ask(http, "GET", f"{path}/input", like=shapes.INPUT) == sent
    for generation in GENERATIONS:
        events = stream(
            http, f"/{generation}/tasks/runs/{run['run_id']}/events", like=shapes.RUN_STREAM
        )
        assert events[0]["run"]["status"] == "queued"
        assert events[-1]["output"] == result["output"]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_group_answers_in_shape(http: httpx2.Client, generation: str) -> None:
    groups = f"/{generation}/tasks/groups"
    group = ask(http, "POST", groups, {"metadata": {"who": "me"}}, like=shapes.GROUP)
    assert group["metadata"] == {"who": "me"}
    path = f"{groups}/{group['taskgroup_id']}"
    added = ask(http, "POST", f"{path}/runs", {"inputs": [QUESTION, QUESTION]}, like=shapes.ADDED)
    assert len(set(added["run_ids"])) == 2
    assert (added["run_cursor"], added["event_cursor"]) == (None, None)

    events = stream(http, f"{path}/events", like=shapes.GROUP_STREAM)
    assert events[-1]["status"]["task_run_status_counts"] == {"completed": 2}
    group = ask(http, "GET", path, like=shapes.GROUP)
    assert group["status"] == events[-1]["status"]
    for wanted in ("", "?include_input=true&include_output=true&status=completed"):
        rows = stream(http, f"{path}/runs{wanted}", like=shapes.RUNS_STREAM)
        assert [row["run"]["run_id"] for row in rows] == added["run_ids"]
        assert all(("output" in row) == bool(wanted) for row in rows)
    run = ask(http, "GET", f"{path}/runs/{added['run_ids'][0]}", like=shapes.RUN)
    assert run == rows[0]["run"]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_an_empty_group_is_at_rest(http: httpx2.Client, generation: str) -> None:
    path = make_group(http, [], generation=generation)
    (event,) = stream(http, f"{path}/events", like=shapes.GROUP_STREAM)
    assert event["status"]["is_active"] is False
    assert stream(http, f"{path}/runs") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/tasks/runs/trun_none"),
        ("GET", "/v1/tasks/runs/trun_none/input"),
        ("GET", "/v1/tasks/runs/trun_none/result"),
        ("GET", "/v1/tasks/runs/trun_none/events"),
        ("GET", "/v1beta/tasks/runs/trun_none/events"),
        *(
            (method, f"/{generation}/tasks/groups/tgrp_none{rest}")
            for generation in GENERATIONS
            for method, rest in (
                ("GET", ""),
                ("GET", "/runs"),
                ("POST", "/runs"),
                ("GET", "/events"),
                ("GET", "/runs/trun_none"),
            )
        ),
        ("GET", "/v2/search"),
        ("GET", "/"),
        ("GET", "/v1/tasks/runs/"),
    ],
)
def test_what_does_not_exist_is_a_404_in_the_form_of_errors(
    http: httpx2.Client, method: str, path: str
) -> None:
    ask(
        http,
        method,
        path,
        {"inputs": []} if method == "POST" else None,
        expect=404,
        like=shapes.ERROR,
    )
