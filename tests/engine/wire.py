"""Asking an engine, and reading what it answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    import httpx2

    from tests.engine.shapes import Schema

Event = dict[str, Any]
RUNS = "/v1/tasks/runs"


def ask(
    http: httpx2.Client,
    method: str,
    path: str,
    body: Any = None,
    *,
    expect: int = 200,
    like: Schema | None = None,
    headers: dict[str, str] | None = None,
) -> Any:
    """Send a request; check its status, and its shape where one is given."""
    answer = http.request(method, path, json=body, headers=headers)
    assert answer.status_code == expect, answer.text
    assert answer.headers["content-type"] == "application/json"
    value = answer.json()
    if like is not None:
        jsonschema_rs.validate(like, value)
    return value


def stream(http: httpx2.Client, path: str, *, like: Schema | None = None) -> list[Event]:
    """Read a stream of events to its end."""
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = parse(answer.text)
    if like is not None:
        for event in events:
            jsonschema_rs.validate(like, event)
    return events


def create(http: httpx2.Client, headers: dict[str, str] | None = None, **body: Any) -> Any:
    """Create a run, about Rust unless told otherwise."""
    run = {"input": "Rust", "processor": "base"} | body
    return ask(http, "POST", RUNS, run, expect=202, headers=headers)


def result(http: httpx2.Client, run: Any, headers: dict[str, str] | None = None) -> Any:
    """Wait for a run's answer."""
    return ask(http, "GET", f"{RUNS}/{run['run_id']}/result", headers=headers)


def parse(text: str) -> list[Event]:
    """The events of a whole stream; comments are skipped."""
    blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
    assert all(block.startswith("data: ") for block in blocks)
    return [json.loads(block.removeprefix("data: ")) for block in blocks]


def make_group(
    http: httpx2.Client,
    inputs: list[Any],
    *,
    spec: Any = None,
    processor: str = "lite",
    generation: str = "v1",
) -> str:
    """A group with these inputs, each row's number in its metadata; gives its path."""
    groups = f"/{generation}/tasks/groups"
    path = f"{groups}/{ask(http, 'POST', groups, {})['taskgroup_id']}"
    for start in range(0, len(inputs), 1000):
        runs = [
            {"input": value, "processor": processor, "metadata": {"row": str(start + number)}}
            for number, value in enumerate(inputs[start : start + 1000])
        ]
        ask(http, "POST", f"{path}/runs", {"inputs": runs, "default_task_spec": spec})
    return path


def states(events: list[Event]) -> list[Event]:
    """Those events that tell a run's state."""
    return [event for event in events if event["type"] == "task_run.state"]
