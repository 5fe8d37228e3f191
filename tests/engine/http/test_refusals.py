"""What the engine refuses, with which status, and what it says."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.engine import shapes
from tests.engine.conftest import spec
from tests.engine.wire import ask, make_group

if TYPE_CHECKING:
    from tests.conftest import SharedEngine

RUNS = "/v1/tasks/runs"
V1 = "/v1/search"
BETA = "/v1beta/search"


def json_spec(schema: Any) -> dict[str, Any]:
    return {"output_schema": {"type": "json", "json_schema": schema}}


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"inner": schema}}
    return schema


def with_spec(schema: Any) -> dict[str, Any]:
    return {"input": "Rust", "processor": "base", "task_spec": json_spec(schema)}


def base(**more: Any) -> dict[str, Any]:
    return {"input": "x", "processor": "base"} | more


def beta_with_policy(**policy: Any) -> dict[str, Any]:
    return {"objective": "x", "source_policy": policy}


DOMAINS = [f"d{number}.test" for number in range(201)]
PROPERTIES = {f"p{number}": {"type": "string"} for number in range(101)}

REFUSED: dict[str, tuple[str, Any, str]] = {
    "no queries on v1": (V1, {"objective": "x"}, "search_queries"),
    "an empty list of queries": (V1, {"search_queries": []}, "search_queries"),
    "an empty query": (V1, {"search_queries": [" "]}, "search_queries"),
    "alpha's processor on v1": (V1, {"search_queries": ["x"], "processor": "base"}, "processor"),
    "top-level max_results on v1": (V1, {"search_queries": ["x"], "max_results": 3}, "max_results"),
    "top-level policy on v1": (V1, {"search_queries": ["x"], "source_policy": {}}, "source_policy"),
    "an unknown setting": (
        V1,
        {"search_queries": ["x"], "advanced_settings": {"colour": 1}},
        "advanced_settings",
    ),
    "an unknown mode": (V1, {"search_queries": ["x"], "mode": "one-shot"}, "mode"),
    "a long session id": (V1, {"search_queries": ["x"], "session_id": "s" * 1001}, "session_id"),
    "no results wanted": (
        V1,
        {"search_queries": ["x"], "advanced_settings": {"max_results": 0}},
        "max_results",
    ),
    "neither objective nor queries": (BETA, {}, "objective"),
    "a v1 mode on v1beta": (BETA, {"objective": "x", "mode": "advanced"}, "mode"),
    "201 domains": (
        BETA,
        {
            "objective": "x",
            "source_policy": {"include_domains": [f"d{n}.test" for n in range(201)]},
        },
        "200",
    ),
    "a date that is none": (
        BETA,
        beta_with_policy(after_date="2024-02-31"),
        "after_date",
    ),
    "a page as a domain": (
        BETA,
        beta_with_policy(exclude_domains=["https://a.test/b"]),
        "https://a.test/b",
    ),
    "a hasty fetch": (
        BETA,
        {"objective": "x", "fetch_policy": {"max_age_seconds": 10}},
        "max_age_seconds",
    ),
    "alpha without a processor": ("/alpha/search", {"objective": "x"}, "processor"),
    "alpha with a wrong one": (
        "/alpha/search",
        {"objective": "x", "processor": "core"},
        "processor",
    ),
    "21 urls": ("/v1/extract", {"urls": ["https://a.test/"] * 21}, "20"),
    "no url": ("/v1beta/extract", {"urls": []}, "urls"),
    "no input": (RUNS, {"processor": "base"}, "input"),
    "an empty input": (RUNS, {"processor": "base", "input": ""}, "empty"),
    "a list as input": (RUNS, {"processor": "base", "input": [1]}, "input"),
    "no processor": (RUNS, {"input": "x"}, "processor"),
    "a long key": (RUNS, base(metadata={"k" * 17: "v"}), "16"),
    "a long value": (
        RUNS,
        base(metadata={"k": "v" * 513}),
        "512",
    ),
    "nested metadata": (
        RUNS,
        base(metadata={"k": {}}),
        "metadata",
    ),
    "a list at the root": (RUNS, with_spec({"type": "array", "items": {}}), "root"),
    "anyOf at the root": (RUNS, with_spec({"anyOf": [{"type": "object"}]}), "anyOf"),
    "no properties": (RUNS, with_spec({"type": "object"}), "properties"),
    "a bare null": (
        RUNS,
        with_spec({"type": "object", "properties": {"a": {"type": "null"}}}),
        "null",
    ),
    "too deep": (RUNS, with_spec(nested(11)), "deep"),
    "101 properties": (
        RUNS,
        with_spec(
            {"type": "object", "properties": {f"p{n}": {"type": "string"} for n in range(101)}}
        ),
        "100",
    ),
    "501 enum values": (
        RUNS,
        with_spec({"type": "object", "properties": {"a": {"enum": [str(n) for n in range(501)]}}}),
        "500",
    ),
    "a long spec": (
        RUNS,
        {"input": "x", "processor": "base", "task_spec": {"output_schema": "y" * 15_001}},
        "15,000",
    ),
    "a long input": (RUNS, {"input": "x" * 25_001, "processor": "base"}, "25,000"),
    "a spec of no kind": (
        RUNS,
        {"input": "x", "processor": "base", "task_spec": {"output_schema": {"type": "xml"}}},
        "json, text and auto",
    ),
    "a long key of a group": ("/v1/tasks/groups", {"metadata": {"k" * 17: "v"}}, "16"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_wrong_request_is_a_422_that_names_the_fault(http: httpx2.Client, what: str) -> None:
    path, body, word = REFUSED[what]
    error = ask(http, "POST", path, body, expect=422, like=shapes.ERROR)["error"]
    assert word in error["message"]
    assert error["detail"]["errors"]


@pytest.mark.parametrize(
    "body", [b"", b"nope", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000]
)
@pytest.mark.parametrize("path", [V1, BETA, "/alpha/search", "/v1/extract", RUNS])
def test_a_body_that_is_no_json_object_is_a_422(
    http: httpx2.Client, path: str, body: bytes
) -> None:
    answer = http.post(path, content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["ref_id"]


def test_1001_runs_at_once_are_refused_and_none_is_made(http: httpx2.Client) -> None:
    group = make_group(http, [])
    runs = {"inputs": [{"input": "x", "processor": "lite"}] * 1001}
    error = ask(http, "POST", f"{group}/runs", runs, expect=422, like=shapes.ERROR)["error"]
    assert "1,001" in error["message"]
    assert ask(http, "GET", group)["status"]["num_task_runs"] == 0


def test_one_wrong_run_refuses_its_whole_request_and_says_which(http: httpx2.Client) -> None:
    group = make_group(http, [])
    runs = [{"input": "x", "processor": "lite"}, {"input": "", "processor": "lite"}]
    error = ask(http, "POST", f"{group}/runs", {"inputs": runs}, expect=422)["error"]
    assert error["detail"]["errors"][0]["loc"][:3] == ["body", "inputs", 1]
    assert ask(http, "GET", group)["status"]["num_task_runs"] == 0


def test_an_unknown_processor_is_forbidden_and_the_known_ones_are_named(
    http: httpx2.Client,
) -> None:
    run = {"input": "x", "processor": "basse"}
    error = ask(http, "POST", RUNS, run, expect=403, like=shapes.ERROR)["error"]
    assert "'base'" in error["message"]
    group = make_group(http, [])
    ask(http, "POST", f"{group}/runs", {"inputs": [run]}, expect=403, like=shapes.ERROR)


@pytest.mark.parametrize(
    "query",
    [
        "runs?status=done",
        "runs?include_input=perhaps",
        "runs?last_event_id=x1",
        "events?last_event_id=-1",
        "events?timeout=soon",
        "events?timeout=nan",
    ],
)
def test_a_wrong_query_of_a_stream_is_a_422(http: httpx2.Client, query: str) -> None:
    group = make_group(http, [])
    error = ask(http, "GET", f"{group}/{query}", expect=422, like=shapes.ERROR)["error"]
    assert error["detail"]["errors"][0]["loc"][0] == "query"


@pytest.mark.parametrize("key", [None, "", "wrong", "schlüssel"])
@pytest.mark.parametrize("path", ["/v1/search", "/v1/tasks/runs", "/engine/stop", "/nowhere"])
def test_nothing_is_said_without_the_key(engine: SharedEngine, path: str, key: str | None) -> None:
    headers = {} if key is None else {b"x-api-key": key.encode()}
    answer = httpx2.post(f"{engine.url}{path}", headers=headers, json={}, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["error"]["ref_id"]
    assert engine.key not in answer.text


def test_a_wrong_method_is_a_405_in_the_form_of_errors(http: httpx2.Client) -> None:
    ask(http, "DELETE", "/v1/search", expect=405, like=shapes.ERROR)


def test_a_body_over_the_limit_is_refused_before_it_is_read(engine: SharedEngine) -> None:
    connection = HTTPConnection(engine.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", V1)
    connection.putheader("x-api-key", engine.key)
    connection.putheader("content-length", str(10**12))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_two_errors_never_have_the_same_number(http: httpx2.Client) -> None:
    numbers = {
        ask(http, "GET", "/v1/tasks/runs/trun_none", expect=404)["error"]["ref_id"]
        for _ in range(5)
    }
    assert len(numbers) == 5


def test_a_spec_that_follows_every_rule_has_no_warnings(http: httpx2.Client) -> None:
    run = {"input": "x", "processor": "lite", "task_spec": spec(year={"type": "integer"})}
    assert ask(http, "POST", RUNS, run, expect=202)["warnings"] is None
