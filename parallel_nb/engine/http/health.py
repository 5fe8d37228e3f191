"""What those who run an engine ask it: is it alive, is it ready, how is it doing.

`/health` and `/ready` say nothing of what is asked, so that a load balancer needs no key for them.
`/metrics` is in Prometheus' text format and needs the key, as a header or as a basic password.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import psutil  # type: ignore[import-untyped]  # it has no types of its own
from starlette.responses import PlainTextResponse

from parallel_nb.engine.http.responses import json_response
from parallel_nb.engine.http.state import state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from parallel_nb.engine.http.state import EngineState

HEALTH: Final = "/health"
READY: Final = "/ready"
METRICS: Final = "/metrics"
#: Prometheus' exposition format, version 0.0.4.
_FORMAT: Final = "text/plain; version=0.0.4; charset=utf-8"
#: Seconds in which the store must answer for the engine to be ready.
_STORE_WITHIN: Final = 2.0


async def health(_: Request) -> Response:
    """Say that the process answers."""
    return json_response({"status": "alive"})


async def ready(request: Request) -> Response:
    """Say whether requests should come here: it has documents, reaches its store, does not end."""
    reason = await _why_not_ready(state_of(request))
    return json_response({"ready": reason is None, "reason": reason}, 503 if reason else 200)


async def _why_not_ready(state: EngineState) -> str | None:
    if state.changes.is_closed:
        return "it ends"
    if not len(state.index):
        return "it has no documents yet"
    try:
        async with asyncio.timeout(_STORE_WITHIN):
            await state.read(state.store.unfinished_counts)
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing can be stored
        return f"its store does not answer ({type(error).__name__})"
    return None


async def metrics(request: Request) -> Response:
    """Say how the engine is doing."""
    state = state_of(request)
    queued, running = await state.read(state.store.unfinished_counts)
    engines = await state.read(state.store.engines_alive)
    ranked = await state.read(state.semantic.share) if state.semantic else 0.0
    usage, memory = state.workers.model_usage, psutil.Process().memory_info().rss
    lines = [
        *_metric("info", "gauge", "The engine", [({"version": state.version}, 1)]),
        *_metric(
            "requests_total",
            "counter",
            "Requests answered by this process, by status",
            [({"status": str(status)}, n) for status, n in sorted(state.answered.items())],
        ),
        *_metric("open_requests", "gauge", "Requests open here", [({}, state.open_requests)]),
        *_metric(
            "runs",
            "gauge",
            "Task runs in the store that have not ended",
            [({"status": "queued"}, queued), ({"status": "running"}, running)],
        ),
        *_metric("work_here", "gauge", "Runs and finds of this process", [({}, state.active_runs)]),
        *_metric(
            "runs_ended_total",
            "counter",
            "Task runs ended by this process",
            [({"status": status}, n) for status, n in sorted(state.workers.ended.items())],
        ),
        *_metric(
            "reading_seconds_total",
            "counter",
            "Time that workers of this process have read for runs",
            [({}, round(state.workers.reading_seconds, 3))],
        ),
        *_metric("engines", "gauge", "Engines on the store", [({}, engines)]),
        *_metric("documents", "gauge", "Documents that are read", [({}, len(state.index))]),
        *_metric(
            "ranked_by_meaning",
            "gauge",
            "Share of the passages that searches rank by meaning too",
            [({}, ranked)],
        ),
        *_metric(
            "model_tokens_total",
            "counter",
            "Tokens that a language model was sent and has sent",
            [
                ({"kind": "prompt"}, usage.prompt_tokens),
                ({"kind": "completion"}, usage.completion_tokens),
            ],
        ),
        *_metric("resident_memory_bytes", "gauge", "Memory of this process", [({}, memory)]),
    ]
    return PlainTextResponse("\n".join([*lines, ""]), media_type=_FORMAT)


def _metric(
    name: str, kind: str, text: str, values: Iterable[tuple[dict[str, str], float]]
) -> Iterator[str]:
    """The lines of one metric. Labels are words of our own, so that none needs escaping."""
    name = f"parallel_nb_{name}"
    yield f"# HELP {name} {text}."
    yield f"# TYPE {name} {kind}"
    for labels, value in values:
        inside = ",".join(f'{label}="{word}"' for label, word in labels.items())
        yield f"{name}{{{inside}}} {value}" if inside else f"{name} {value}"


ROUTES: Final = (
    ("GET", HEALTH, health),
    ("GET", READY, ready),
    ("GET", METRICS, metrics),
)
