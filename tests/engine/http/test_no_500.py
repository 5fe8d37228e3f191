"""Whatever is sent, the engine says what is wrong with it: it never fails itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.http.openapi import DESCRIPTION
from tests.engine.wire import make_group

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2

    from tests.conftest import SharedEngine

RUNS = "/v1/tasks/runs"
#: Values that a member may have although nobody means them.
ODD: list[Any] = [
    *(None, True, 0, -1, 1e308, 10**400, "", "\ud800", "x" * 3000),
    *([], {}, [[]], [{}], [None], [{"a": []}], {"": {}}, {"type": []}, {"$ref": 1}),
    *({"$ref": "#"}, {"a": 1}, {"$defs": []}, ["a", {}]),
]
OBJECT = {
    "type": "object",
    "properties": {
        "a": {"type": "string", "description": "the year"},
        "b": {"type": "array", "items": {"type": "integer"}},
        "c": {"$ref": "#/$defs/X"},
        "d": {"anyOf": [{"type": "null"}, {"type": "number"}]},
        "e": {"enum": ["x", "y"]},
    },
    "required": ["a", "b"],
    "additionalProperties": False,
    "$defs": {"X": {"type": "object", "properties": {"q": {"type": "string"}}}},
}
RUN: dict[str, Any] = {
    "input": {"name": "Rust"},
    "processor": "base",
    "metadata": {"row": "1"},
    "enable_events": True,
    "source_policy": {"include_domains": ["a.example"], "after_date": "2024-01-01"},
    "task_spec": {
        "input_schema": {"type": "json", "json_schema": {"type": "object", "properties": {}}},
        "output_schema": {"type": "json", "json_schema": OBJECT},
    },
}


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every member of a value, by the way to it."""
    members: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        members = list(value.items())
    elif isinstance(value, list):
        members = list(enumerate(value))
    found = [path]
    for name, member in members:
        found += places(member, (*path, name))
    return found


def changed(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


def send(http: httpx2.Client, path: str, body: Any) -> int:
    answer = http.post(path, content=json.dumps(body).encode())
    if answer.status_code >= 400:
        assert answer.json()["error"]["message"]
    return answer.status_code


@pytest.mark.parametrize("place", places(RUN), ids=lambda place: ".".join(map(str, place)) or "-")
def test_a_member_of_any_kind_is_taken_or_refused(
    http: httpx2.Client, place: tuple[str | int, ...]
) -> None:
    for odd in ODD:
        status = send(http, RUNS, changed(RUN, place, odd))
        assert status in {202, 403, 422}, odd


FIND = "/v1beta/findall"
FINDS: dict[str, Any] = {
    "ingest": {"objective": "databases in C++"},
    "entity-search": {"objective": "chips", "entity_type": "companies", "match_limit": 5},
    "runs": {
        "objective": "databases",
        "entity_type": "databases",
        "match_conditions": [{"name": "port", "description": "The port is over 1000"}],
        "generator": "preview",
        "match_limit": 5,
        "exclude_list": [{"name": "Redis", "url": "https://a.example"}],
        "metadata": {"a": 1},
        "webhook": {"url": "https://a.example", "event_types": []},
    },
}


@pytest.mark.parametrize("path", FINDS)
def test_a_find_with_any_member_is_taken_or_refused(http: httpx2.Client, path: str) -> None:
    body = FINDS[path]
    for place in places(body):
        for odd in ODD:
            assert send(http, f"{FIND}/{path}", changed(body, place, odd)) in {200, 422}, odd


@pytest.mark.parametrize("member", ["processor", "output_schema", "mcp_servers"])
def test_an_enrichment_of_any_kind_is_taken_or_refused(http: httpx2.Client, member: str) -> None:
    run = http.post(f"{FIND}/runs", json=FINDS["runs"]).json()
    schema: dict[str, Any] = {"type": "json", "json_schema": OBJECT}
    for odd in [*ODD, {"type": "json", "json_schema": {"type": "object", "properties": {}}}]:
        body = {"output_schema": schema, "processor": "lite"} | {member: odd}
        path = f"{FIND}/runs/{run['findall_id']}"
        assert send(http, f"{path}/enrich", body) in {200, 422}, odd
    assert http.get(f"{path}/events").status_code == 200
    result = http.get(f"{path}/result").json()
    assert result["run"]["status"]["status"] == "completed"


MEMBERS = ["$defs", "definitions", "anyOf", "oneOf", "allOf", "items", "enum", "const", "title"]
MEMBERS += ["default", "description", "format", "required", "properties", "type", "$ref", "pattern"]


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("where", ["input_schema", "output_schema"])
def test_a_schema_of_any_shape_is_taken_or_refused(
    http: httpx2.Client, member: str, where: str
) -> None:
    root = ("task_spec", where, "json_schema")
    for odd in ODD:
        for path in (root, (*root, "properties")):
            schema: Any = RUN
            for name in path:
                schema = schema[name]
            status = send(http, RUNS, changed(RUN, path, {**schema, member: odd}))
            assert status in {202, 422}, odd


NUMBERS = [
    "9" * 400,
    "9" * 5000,
    "1e400",
    "-1",
    "nan",
    "inf",
    "-inf",
    "1.5",
    "",
    "x",
    "\u0661",
    "0x1",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_the_query_is_taken_or_refused(http: httpx2.Client, number: str) -> None:
    group = make_group(http, [])
    for name in ("timeout", "last_event_id"):
        for path in (f"{group}/events", f"{group}/runs", f"{RUNS}/trun_none/result"):
            assert http.get(path, params={name: number}).status_code in {200, 404, 422}


@pytest.mark.parametrize(
    "name", ["%00", "%ED%A0%80", "%FF", "a" * 5000, "%2e%2e", "'; drop table runs; --", "\u2028"]
)
def test_an_id_of_any_letters_is_not_found(http: httpx2.Client, name: str) -> None:
    for path in (f"{RUNS}/{name}", f"{RUNS}/{name}/events", f"/v1/tasks/groups/{name}/runs"):
        assert http.get(path).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b"\xff\xfe", b"{" * 100_000, b"[" * 100_000, b'{"a":' * 50_000],
)
@pytest.mark.parametrize("path", [RUNS, "/v1/search", "/v1beta/extract", "/v1/tasks/groups"])
def test_a_body_that_is_none_is_refused(http: httpx2.Client, path: str, body: bytes) -> None:
    expected = {200, 422} if path.endswith("groups") else {422}
    assert http.post(path, content=body).status_code in expected


@pytest.mark.parametrize("count", [257, 100_000])
def test_metadata_with_many_keys_is_refused(http: httpx2.Client, count: int) -> None:
    metadata = {str(number): "x" for number in range(count)}
    assert send(http, "/v1/tasks/groups", {"metadata": metadata}) == 422
    assert send(http, RUNS, {**RUN, "metadata": metadata}) == 422


@pytest.mark.slow
def test_schemathesis_finds_no_500(engine: SharedEngine, tmp_path: Path) -> None:
    """With the API's own description too, where PARALLEL_NB_OPENAPI names a file of it."""
    program = os.environ.get("PARALLEL_NB_SCHEMATHESIS") or shutil.which("schemathesis")
    if not program:
        pytest.skip("schemathesis is not installed")
    own = tmp_path / "engine.json"
    own.write_text(json.dumps(DESCRIPTION))
    for description in filter(None, [str(own), os.environ.get("PARALLEL_NB_OPENAPI")]):
        command = [
            program,
            "run",
            description,
            "--url",
            engine.url,
            "--checks",
            "not_a_server_error",
        ]
        command += ["--header", f"x-api-key: {engine.key}", "--max-examples", "50"]
        command += ["--request-timeout", "10", "--max-failures", "5", "--seed", "1"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False
        )
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
