"""The engine's operations as an OpenAPI document, for programs that make requests from one.

It says little on purpose: what is not said is tried in every form.
"""

from __future__ import annotations

from typing import Any

_ANY: dict[str, Any] = {}
_TEXT = {"type": "string"}
_POLICY = {
    "type": "object",
    "properties": {
        "include_domains": {"type": "array", "items": _TEXT},
        "exclude_domains": {"type": "array", "items": _TEXT},
        "after_date": _TEXT,
    },
}
_SEARCH = {
    "type": "object",
    "properties": {
        "objective": _TEXT,
        "search_queries": {"type": "array", "items": _TEXT},
        "processor": {"enum": ["base", "pro"]},
        "mode": _TEXT,
        "max_results": {"type": "integer"},
        "source_policy": _POLICY,
        "advanced_settings": _ANY,
    },
}
_EXTRACT = {
    "type": "object",
    "properties": {
        "urls": {"type": "array", "items": _TEXT},
        "objective": _TEXT,
        "excerpts": _ANY,
        "full_content": _ANY,
    },
}
_SCHEMA = {
    "type": "object",
    "properties": {
        "type": _ANY,
        "properties": {"type": "object", "additionalProperties": _ANY},
        "required": _ANY,
        "$defs": _ANY,
        "items": _ANY,
        "enum": _ANY,
        "anyOf": _ANY,
    },
}
_RUN = {
    "type": "object",
    "required": ["input", "processor"],
    "properties": {
        "input": {"anyOf": [_TEXT, {"type": "object"}]},
        "processor": {"enum": ["lite", "base", "pro"]},
        "metadata": {"type": "object"},
        "source_policy": _POLICY,
        "enable_events": _ANY,
        "task_spec": {
            "type": "object",
            "required": ["output_schema"],
            "properties": {
                "input_schema": {
                    "type": "object",
                    "properties": {"type": _ANY, "json_schema": _SCHEMA},
                },
                "output_schema": {
                    "anyOf": [
                        _TEXT,
                        {
                            "type": "object",
                            "properties": {"type": _ANY, "json_schema": _SCHEMA},
                        },
                    ]
                },
            },
        },
    },
}
_RUNS = {
    "type": "object",
    "required": ["inputs"],
    "properties": {"inputs": {"type": "array", "items": _RUN}, "default_task_spec": _ANY},
}
_GROUP = {"type": "object", "properties": {"metadata": {"type": "object"}}}
_TEXT_OR_NUMBER = {"anyOf": [_TEXT, {"type": "number"}]}


def _operation(
    body: dict[str, Any] | None = None, path: tuple[str, ...] = (), query: tuple[str, ...] = ()
) -> dict[str, Any]:
    parameters = [{"name": n, "in": "path", "required": True, "schema": _TEXT} for n in path]
    parameters += [{"name": n, "in": "query", "schema": _TEXT_OR_NUMBER} for n in query]
    operation: dict[str, Any] = {
        "parameters": parameters,
        "responses": {"default": {"description": "any"}},
    }
    if body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def _groups(generation: str) -> dict[str, Any]:
    group, run = ("taskgroup_id",), ("taskgroup_id", "run_id")
    root = f"/{generation}/tasks/groups"
    return {
        root: {"post": _operation(_GROUP)},
        f"{root}/{{taskgroup_id}}": {"get": _operation(None, group)},
        f"{root}/{{taskgroup_id}}/runs": {
            "post": _operation(_RUNS, group, ("refresh_status",)),
            "get": _operation(
                None, group, ("last_event_id", "status", "include_input", "include_output")
            ),
        },
        f"{root}/{{taskgroup_id}}/events": {
            "get": _operation(None, group, ("last_event_id", "timeout"))
        },
        f"{root}/{{taskgroup_id}}/runs/{{run_id}}": {"get": _operation(None, run)},
    }


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "The engine", "version": "1"},
    "paths": {
        "/alpha/search": {"post": _operation(_SEARCH)},
        "/v1beta/search": {"post": _operation(_SEARCH)},
        "/v1/search": {"post": _operation(_SEARCH)},
        "/v1beta/extract": {"post": _operation(_EXTRACT)},
        "/v1/extract": {"post": _operation(_EXTRACT)},
        "/v1/tasks/runs": {"post": _operation(_RUN)},
        "/v1/tasks/runs/{run_id}": {"get": _operation(None, ("run_id",))},
        "/v1/tasks/runs/{run_id}/input": {"get": _operation(None, ("run_id",))},
        "/v1/tasks/runs/{run_id}/result": {"get": _operation(None, ("run_id",), ("timeout",))},
        "/v1/tasks/runs/{run_id}/events": {"get": _operation(None, ("run_id",))},
        **_groups("v1"),
        **_groups("v1beta"),
    },
}
