"""The bodies that a service sends of groups, runs and events: JSON in the shapes of the API.

Each function gives a body that is complete; `more` adds members or replaces them.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

#: When everything was made and changed.
MOMENT = "2026-11-23T10:00:00Z"


def run_json(run_id: str = "trun_1", status: str = "completed", **more: Any) -> Json:
    body = {
        "run_id": run_id,
        "interaction_id": run_id,
        "status": status,
        "is_active": status in {"queued", "running"},
        "processor": "base",
        "created_at": MOMENT,
        "modified_at": MOMENT,
    }
    return body | more


def output_json(content: Any, names: list[str]) -> Json:
    """An output with one citation for each of the fields `names`."""
    citation = {"url": "https://example.org/a", "title": "A", "excerpts": ["one", "two"]}
    basis = [
        {
            "field": name,
            "reasoning": "it stands there",
            "citations": [citation],
            "confidence": "high",
        }
        for name in names
    ]
    kind = "text" if isinstance(content, str) else "json"
    return {"type": kind, "content": content, "basis": basis}


def result_json(run_id: str = "trun_1") -> Json:
    return {"run": run_json(run_id), "output": output_json({"a": 1}, [])}


def status_json(*, active: bool, count: int = 1, counts: dict[str, int] | None = None) -> Json:
    """How a group of `count` runs stands; `counts` are runs by status."""
    return {
        "num_task_runs": count,
        "task_run_status_counts": counts or {},
        "is_active": active,
        "status_message": None,
        "modified_at": None,
    }


def group_json(group_id: str = "tgrp_1", *, active: bool = False, **more: Any) -> Json:
    return {
        "taskgroup_id": group_id,
        "metadata": None,
        "status": status_json(active=active),
        "created_at": MOMENT,
        **more,
    }


def added_json(run_ids: list[str], status: Json, *, before: int = 0) -> Json:
    """The answer to runs that were added to a group of `before` runs."""
    return {
        "run_ids": run_ids,
        "status": status,
        "run_cursor": f"r{before}" if before else None,
        "event_cursor": None,
    }


def status_event(event_id: str, *, active: bool = False, **more: Any) -> Json:
    status = status_json(active=active)
    return {"type": "task_group_status", "event_id": event_id, "status": status, **more}


def run_event(
    event_id: str | None, run_id: str = "trun_1", status: str = "completed", **more: Any
) -> Json:
    run = run_json(run_id, status)
    return {"type": "task_run.state", "event_id": event_id, "run": run, **more}


def error_json(message: str, *, ref_id: str = "ref-1", **more: Any) -> Json:
    return {"type": "error", "error": {"ref_id": ref_id, "message": message, **more}}
