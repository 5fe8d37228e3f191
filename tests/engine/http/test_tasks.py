"""Task runs: warnings, basis of list elements, waiting, failing, events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.conftest import spec
from tests.engine.wire import RUNS, create, result, stream

if TYPE_CHECKING:
    import httpx2

LISTS = spec(
    designers={"type": "array", "items": {"type": "string"}, "description": "Who designed it"}
)


def fields(answer: Any) -> list[str]:
    return [entry["field"] for entry in answer["output"]["basis"]]


def warnings(run: Any) -> dict[str, str]:
    return {warning["message"]: warning["type"] for warning in run["warnings"] or ()}


def test_a_lax_spec_is_accepted_with_warnings(http: httpx2.Client) -> None:
    schema = {
        "type": "object",
        "properties": {
            "sources": {"type": "string"},
            "year": {"type": "integer", "minimum": 1900},
        },
        "required": ["year"],
    }
    lax = {"output_schema": {"type": "json", "json_schema": schema}}
    kinds = warnings(create(http, task_spec=lax))
    assert set(kinds.values()) == {"spec_validation_warning"}
    text = " ".join(kinds)
    for word in ("not required: sources", "additionalProperties", "sources already", "minimum"):
        assert word in text


def test_an_input_that_fails_its_schema_is_warned_of(http: httpx2.Client) -> None:
    specs = LISTS | {"input_schema": LISTS["output_schema"]}
    run = create(
        http,
        input={"designers": "one", "more": 1},
        task_spec=specs,
    )
    kinds = warnings(run)
    assert set(kinds.values()) == {"input_validation_warning"}
    assert any("designers" in text for text in kinds)
    assert any("more" in text for text in kinds)


@pytest.mark.parametrize(
    ("schema", "value", "path"),
    [
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, {"n": "one"}, "n"),
        ({"properties": {"tags": {"items": {"enum": ["a"]}}}}, {"tags": ["a", "b"]}, "tags.1"),
        ({"properties": {"d": {"anyOf": [{"type": "null"}]}}}, {"d": 1}, "d"),
        (
            {"$defs": {"n": {"type": "null"}}, "properties": {"n": {"$ref": "#/$defs/n"}}},
            {"n": 1},
            "n",
        ),
        ({"type": "object", "required": ["name"]}, {"n": 1}, "input"),
        ({"type": "string", "pattern": "^(a+)+$"}, "a" * 5_000 + "!", "input"),
    ],
)
def test_the_warning_names_the_part_of_the_input_and_repeats_none_of_it(
    http: httpx2.Client, schema: dict[str, Any], value: Any, path: str
) -> None:
    sent = {"output_schema": "text", "input_schema": {"type": "json", "json_schema": schema}}
    ((message, kind),) = warnings(create(http, input=value, task_spec=sent)).items()
    assert kind == "input_validation_warning"
    assert message.startswith(f"{path}: ")
    assert len(message) < 200


def test_an_input_that_follows_its_schema_is_not_warned_of(http: httpx2.Client) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "n": {"type": ["integer", "null"]}},
        "required": ["name", "n"],
        "additionalProperties": False,
    }
    sent = {"output_schema": "text", "input_schema": {"type": "json", "json_schema": schema}}
    assert not warnings(create(http, input={"name": "Rust", "n": None}, task_spec=sent))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "date"},
        {"properties": 5},
        {"$ref": "#/nowhere"},
        {"$ref": "https://schemas.test/input.json"},
        {"$ref": "file:///etc/hostname"},
        {"type": "string", "pattern": "("},
    ],
)
def test_an_input_schema_that_cannot_be_used_is_warned_of_and_the_run_goes_on(
    http: httpx2.Client, schema: dict[str, Any]
) -> None:
    sent = {"output_schema": "text", "input_schema": {"type": "json", "json_schema": schema}}
    run = create(http, task_spec=sent)
    (message,) = warnings(run)
    assert message.startswith("input_schema cannot be used")
    assert result(http, run)["run"]["status"] == "completed"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("mcp_servers", [{"url": "https://tools.test", "name": "tools"}]),
        ("webhook", {"url": "https://hook.test"}),
        ("memory_scope_key", "project-7"),
        ("advanced_settings", {"data_sources": {"free": ["pubmed"]}}),
    ],
)
def test_what_the_engine_does_not_do_is_said(http: httpx2.Client, member: str, value: Any) -> None:
    run = create(http, **{member: value})
    assert any(text.startswith(member) for text in warnings(run))
    assert result(http, run)["run"]["status"] == "completed"


def test_secrets_for_tool_servers_are_not_kept(http: httpx2.Client) -> None:
    server = {"url": "https://tools.test", "name": "t", "headers": {"authorization": "hidden"}}
    run = create(http, mcp_servers=[server])
    answer = http.get(f"{RUNS}/{run['run_id']}/input")
    assert "tools.test" in answer.text
    assert "hidden" not in answer.text


def test_list_elements_always_have_a_basis_of_their_own(http: httpx2.Client) -> None:
    run = create(http, task_spec=LISTS)
    answer = result(http, run)
    assert answer["output"]["content"]["designers"], "the sample names a designer"
    assert fields(answer)[:2] == ["designers", "designers.0"]
    old = {"parallel-beta": "field-basis-2025-11-25"}  # the header of before changes nothing
    assert fields(result(http, create(http, old, task_spec=LISTS))) == fields(answer)
    events = stream(http, f"{RUNS}/{run['run_id']}/events")
    assert events[-1]["output"] == answer["output"]


def test_the_events_of_a_run_are_the_same_however_often_they_are_read(
    http: httpx2.Client,
) -> None:
    run = create(http, processor="pro")
    live = stream(http, f"{RUNS}/{run['run_id']}/events")
    again = stream(http, f"{RUNS}/{run['run_id']}/events")
    assert live == again
    assert [e["run"]["status"] for e in live if "run" in e] == ["queued", "running", "completed"]
    meters = [e["progress_meter"] for e in live if e["type"] == "task_run.progress_stats"]
    assert meters == sorted(meters)
    assert meters[-1] == 100
    assert any(e["type"].startswith("task_run.progress_msg.") for e in live)


@pytest.mark.parametrize(
    ("processor", "enable", "recorded"),
    [("pro", None, True), ("base", None, False), ("base", True, True), ("ultra", False, False)],
)
def test_progress_is_recorded_for_premium_processors_or_on_request(
    http: httpx2.Client,
    processor: str,
    enable: bool | None,  # noqa: FBT001 - a value of the wire
    *,
    recorded: bool,
) -> None:
    run = create(http, processor=processor, enable_events=enable)
    result(http, run)
    kinds = {event["type"] for event in stream(http, f"{RUNS}/{run['run_id']}/events")}
    assert ("task_run.progress_stats" in kinds) is recorded


def test_every_processor_answers(http: httpx2.Client) -> None:
    names = ("lite", "base", "core", "core2x", "pro", "ultra", "ultra2x", "ultra4x", "ultra8x")
    for name in names:
        run = create(http, processor=f"{name}-fast")
        assert result(http, run)["run"]["processor"] == f"{name}-fast"


def test_a_spec_of_ten_levels_is_answered_and_remarked(http: httpx2.Client) -> None:
    schema: dict[str, Any] = {"type": "string", "description": "Who designed it"}
    for _ in range(10):
        schema = {
            "type": "object",
            "properties": {"inner": schema},
            "required": ["inner"],
            "additionalProperties": False,
        }
    spec = {"output_schema": {"type": "json", "json_schema": schema}}
    run = create(http, task_spec=spec)
    assert any("nested 11 deep" in text for text in warnings(run))
    content = result(http, run)["output"]["content"]
    for _ in range(9):
        content = content["inner"]
    assert set(content) == {"inner"}
