from __future__ import annotations

import asyncio
import itertools
import random
import time
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from starlette.responses import JSONResponse, Response

from parallel_nb.api.errors import AuthenticationError, StreamError, TransportError
from parallel_nb.api.types import (
    Event,
    GroupStatusEvent,
    JsonOutput,
    RunStateEvent,
    UnknownEvent,
)
from parallel_nb.client import AsyncClient
from tests.service.bodies import group_json, run_event, status_event
from tests.service.scripted import Answer, error, serving, sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

E = TypeVar("E", bound=Event)


def collect(url: str, stream: Callable[[AsyncClient], AsyncIterator[E]], **options: Any) -> list[E]:
    async def main() -> list[E]:
        async with AsyncClient("KEY", url, **options) as client:
            return [event async for event in stream(client)]

    return asyncio.run(main())


def run_ids(events: list[Any]) -> list[str]:
    return [event.run.run_id for event in events if isinstance(event, RunStateEvent)]


def group_service(log: list[dict[str, Any]], how: Callable[[int], dict[str, Any]]) -> Answer:
    """A group whose events are `log`; `how(n)` says how connection n ends, after how many."""
    connections = itertools.count()

    async def answer(request: Request) -> Response:
        if not request.url.path.endswith(("/events", "/runs")):
            return JSONResponse(group_json(active=False))
        after = request.query_params.get("last_event_id")
        start = 1 + next((i for i, e in enumerate(log) if e["event_id"] == after), -1)
        ending = dict(how(next(connections)))
        left = log[start:]
        events = left[: ending.pop("count", len(log))]
        if len(events) == len(left):
            ending.pop("cut", None)  # the end of the log ends the stream well
        return sse(events, **ending)

    return answer


LOG = [
    status_event("1:0", active=True),
    *(run_event(f"{n}:0", f"trun_{n}") for n in range(2, 22)),
    status_event("22:0", active=False),
]
EVERY_RUN = [f"trun_{n}" for n in range(2, 22)]


def whole(_: int) -> dict[str, Any]:
    return {}


def cut_every_three(_: int) -> dict[str, Any]:
    return {"count": 3, "cut": True}


def end_every_three(_: int) -> dict[str, Any]:
    return {"count": 3}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", [whole, cut_every_three, end_every_three])
@pytest.mark.parametrize("api", ["v1", "v1beta", "alpha"])
def test_a_group_is_followed_through_cuts_without_loss_or_repeat(
    how: Callable[[int], dict[str, Any]], api: str
) -> None:
    with serving(group_service(LOG, how)) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1"), api=api)
    assert [getattr(event, "event_id", None) for event in events] == [e["event_id"] for e in LOG]


@pytest.mark.usefixtures("quick")
def test_a_service_that_ignores_the_cursor_and_replays_gives_nothing_twice() -> None:
    lengths = itertools.chain([3, 9, 15], itertools.repeat(len(LOG)))

    async def answer(_: Request) -> Response:
        count = next(lengths)
        return sse(LOG[:count], cut=count < len(LOG))

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1"))
    assert run_ids(events) == EVERY_RUN


@pytest.mark.usefixtures("quick")
def test_a_stream_that_falls_silent_is_cut_and_taken_up_again() -> None:
    def stall_first(n: int) -> dict[str, Any]:
        return {"count": 5, "stall": 90} if n == 0 else {}

    with serving(group_service(LOG, stall_first)) as service:
        began = time.monotonic()
        events = collect(service.url, lambda client: client.groups.events("tgrp_1", heartbeat=0.3))
    assert run_ids(events) == EVERY_RUN
    assert time.monotonic() - began < 60  # the stall lasts 90 s
    assert service.seen[1].query_params["last_event_id"] == LOG[4]["event_id"]


@pytest.mark.usefixtures("quick")
def test_a_group_whose_runs_take_long_is_followed_through_many_silences() -> None:
    # More silent connections than retries: silence alone is no fault while runs are active.
    silences = [60.0] * 8
    done = group_service(LOG, whole)

    async def answer(request: Request) -> Response:
        if not request.url.path.endswith("/events"):
            return JSONResponse(group_json(active=bool(silences)))
        return sse([], stall=silences.pop()) if silences else await done(request)

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1", heartbeat=0.05))
    assert run_ids(events) == EVERY_RUN


@pytest.mark.usefixtures("quick")
def test_a_stream_that_stays_silent_for_a_done_group_is_an_error_and_not_a_wait_for_ever() -> None:
    def mute(_: int) -> dict[str, Any]:
        return {"count": 0, "stall": 60}

    with serving(group_service(LOG, mute)) as service, pytest.raises(StreamError, match="silent"):
        collect(service.url, lambda client: client.groups.events("tgrp_1", heartbeat=0.05))


@pytest.mark.usefixtures("quick")
def test_the_end_of_the_hour_is_no_end_while_the_group_is_active() -> None:
    log = LOG[:-1]  # no status says that the group is done: it must be asked
    state = {"asked": 0}

    async def answer(request: Request) -> Response:
        if not request.url.path.endswith("/events"):
            state["asked"] += 1
            return JSONResponse(group_json(active=state["asked"] < 3))
        after = request.query_params.get("last_event_id")
        start = 1 + next((i for i, e in enumerate(log) if e["event_id"] == after), -1)
        return sse(log[start : start + 10])

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1"))
    assert run_ids(events) == EVERY_RUN
    assert state["asked"] == 3


@pytest.mark.usefixtures("quick")
def test_a_stream_begins_after_the_cursor_that_the_caller_kept() -> None:
    with serving(group_service(LOG, cut_every_three)) as service:
        events = collect(
            service.url, lambda client: client.groups.events("tgrp_1", last_event_id="11:0")
        )
    assert run_ids(events) == EVERY_RUN[10:]


@pytest.mark.usefixtures("quick")
def test_connections_that_bring_nothing_end_in_the_fault_after_the_retries() -> None:
    async def broken(_: Request) -> Response:
        return sse([], cut=True)

    with (
        serving(broken) as service,
        pytest.raises(TransportError, match="the connection to 127"),
    ):
        collect(service.url, lambda client: client.groups.events("tgrp_1"), max_retries=2)
    assert len(service.seen) == 3


@pytest.mark.usefixtures("quick")
def test_a_fault_that_the_stream_reports_is_retried_then_told_with_its_number() -> None:
    fault = {"type": "error", "error": {"ref_id": "ref-7", "message": "try later"}}

    async def answer(_: Request) -> Response:
        return sse([fault])

    with serving(answer) as service, pytest.raises(StreamError, match="try later") as caught:
        collect(service.url, lambda client: client.groups.events("tgrp_1"), max_retries=1)
    assert caught.value.ref_id == "ref-7"
    assert len(service.seen) == 2


@pytest.mark.usefixtures("quick")
def test_opening_a_stream_is_retried_like_any_request() -> None:
    states = itertools.chain([error(503), error(429, retry_after="0")], itertools.repeat(None))
    whole_group = group_service(LOG, whole)

    async def answer(request: Request) -> Response:
        return next(states) or await whole_group(request)

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1"))
    assert run_ids(events) == EVERY_RUN


def test_a_stream_that_may_not_be_opened_is_the_services_error() -> None:
    async def answer(_: Request) -> Response:
        return error(401, "bad key")

    with serving(answer) as service, pytest.raises(AuthenticationError, match="bad key"):
        collect(service.url, lambda client: client.groups.events("tgrp_1"))


def test_an_answer_that_is_no_stream_is_a_clear_error() -> None:
    async def answer(_: Request) -> Response:
        return JSONResponse({})

    with serving(answer) as service, pytest.raises(StreamError, match="application/json"):
        collect(service.url, lambda client: client.groups.runs("tgrp_1"))


@pytest.mark.usefixtures("quick")
def test_an_event_that_cannot_be_read_does_not_cost_the_others() -> None:
    odd = ["no event", {"type": "task_run.state", "event_id": "1"}, {"type": "new.kind", "x": 1}]

    async def answer(_: Request) -> Response:
        return sse([*odd, *LOG])

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1"))
    assert run_ids(events) == EVERY_RUN
    assert sum(isinstance(event, UnknownEvent) for event in events) == 3


# --- the snapshot of a group's runs -----------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", [whole, cut_every_three])
def test_a_snapshot_gives_each_run_once_with_its_output(
    how: Callable[[int], dict[str, Any]],
) -> None:
    output = {"type": "json", "content": {"a": 1}, "basis": [{"field": "a", "citations": None}]}
    log = [run_event(f"{n}", f"trun_{n}", output=output) for n in range(10)]
    with serving(group_service(log, how)) as service:
        events = collect(
            service.url,
            lambda client: client.groups.runs("tgrp_1", include_output=True, status="completed"),
        )
    assert run_ids(events) == [f"trun_{n}" for n in range(10)]
    assert all(isinstance(e.output, JsonOutput) and e.output.content == {"a": 1} for e in events)
    sent = service.seen[-1].query_params
    assert (sent["include_output"], sent["status"]) == ("true", "completed")


@pytest.mark.usefixtures("quick")
def test_a_snapshot_without_cursors_is_read_again_and_gives_nothing_twice() -> None:
    log = [run_event(None, f"trun_{n}") for n in range(6)]
    cuts = itertools.chain([2, 4], itertools.repeat(6))

    async def answer(_: Request) -> Response:
        count = next(cuts)
        return sse(log[:count], cut=count < 6)

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.groups.runs("tgrp_1"))
    assert run_ids(events) == [f"trun_{n}" for n in range(6)]


def test_an_empty_snapshot_is_empty() -> None:
    with serving(group_service([], whole)) as service:
        assert collect(service.url, lambda client: client.groups.runs("tgrp_1")) == []


# --- one run's events -------------------------------------------------------------------


def progress(number: int) -> dict[str, Any]:
    return {"type": "task_run.progress_msg.search", "message": f"step {number}"}


RUN_LOG = [
    run_event(None, "trun_1", "queued"),
    progress(1),
    progress(1),  # the same words twice are two events
    progress(2),
    run_event(None, "trun_1", "running"),
    progress(3),
    run_event(None, "trun_1", "completed"),
]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("api", ["v1", "v1beta"])
def test_a_runs_stream_is_replayed_after_a_cut_and_given_events_are_skipped(
    cut: bool,  # noqa: FBT001 - a parameter of the test
    api: str,
) -> None:
    lengths = itertools.chain([2, 4, 6], itertools.repeat(len(RUN_LOG)))

    async def answer(_: Request) -> Response:
        count = next(lengths)
        return sse(RUN_LOG[:count], cut=cut and count < len(RUN_LOG))

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.runs.events("trun_1"), api=api)
    told = [
        e.run.status if isinstance(e, RunStateEvent) else getattr(e, "message", "") for e in events
    ]
    assert told == ["queued", "step 1", "step 1", "step 2", "running", "step 3", "completed"]
    assert all("last_event_id" not in request.query_params for request in service.seen)


@pytest.mark.usefixtures("quick")
def test_a_replay_that_is_thinned_out_loses_and_repeats_nothing() -> None:
    passes = iter([sse(RUN_LOG[:5], cut=True), sse([RUN_LOG[0], *RUN_LOG[5:]])])

    async def answer(_: Request) -> Response:
        return next(passes)

    with serving(answer) as service:
        events = collect(service.url, lambda client: client.runs.events("trun_1"))
    assert len(events) == len(RUN_LOG)


# --- campaign ---------------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("seed", range(5))
def test_whatever_faults_come_every_event_is_given_once_and_in_order(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a repeatable test

    def chance(_: int) -> dict[str, Any]:
        kind = dice.choice(["cut", "end", "stall", "whole"])
        count = dice.randint(1, 6)
        return {
            "cut": {"count": count, "cut": True},
            "end": {"count": count},
            "stall": {"count": count, "stall": 60},
            "whole": {},
        }[kind]

    with serving(group_service(LOG, chance)) as service:
        events = collect(service.url, lambda client: client.groups.events("tgrp_1", heartbeat=0.1))
    assert run_ids(events) == EVERY_RUN
    assert isinstance(events[-1], GroupStatusEvent)
