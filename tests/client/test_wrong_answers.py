"""Answers about something else, and answers that do not end, are faults and never taken."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from parallel_nb.api.errors import ParallelError, ResultPendingError, ServiceError, TransportError
from parallel_nb.client import AsyncClient, transport
from tests.service.bodies import error_json, group_json, result_json, run_event, run_json
from tests.service.scripted import Answer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request


def ask(answer: Answer, what: Callable[[AsyncClient], Awaitable[Any]], **options: Any) -> Any:
    async def main(url: str) -> Any:
        async with AsyncClient("KEY", url, **options) as client:
            return await what(client)

    with serving(answer) as service:
        return asyncio.run(main(service.url))


def always(body: Any) -> Answer:
    async def answer(_: Request) -> Response:
        return JSONResponse(body)

    return answer


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("what", "body"),
    [
        (lambda c: c.runs.get("trun_1"), run_json("trun_2")),
        (lambda c: c.runs.get("trun_1"), run_json("")),
        (lambda c: c.runs.get("trun_1"), run_json("TRUN_1")),
        (lambda c: c.runs.get("trun_1"), run_json("x" * 100_000)),
        (lambda c: c.runs.result("trun_1"), result_json("trun_2")),
        (lambda c: c.runs.result("trun_1"), result_json("trun_1 ")),
        (lambda c: c.groups.run("tgrp_1", "trun_1"), run_json("trun_2")),
        (lambda c: c.groups.get("tgrp_1"), group_json("tgrp_2")),
        (lambda c: c.groups.create(), group_json("")),
        (lambda c: c.groups.create(), group_json("../runs")),
    ],
)
def test_an_answer_about_another_run_or_group_is_refused(
    what: Callable[[AsyncClient], Awaitable[Any]], body: dict[str, Any]
) -> None:
    with pytest.raises(ServiceError, match=r"about another one|not the id") as caught:
        ask(always(body), what)
    assert len(caught.value.message) < 250


def _no_result(status: str) -> Answer:
    async def answer(request: Request) -> Response:
        if request.url.path.endswith("/result"):
            return JSONResponse(error_json("no such result"), 404)
        return JSONResponse(run_json("trun_1", status))

    return answer


def test_a_completed_run_without_a_result_has_not_failed() -> None:
    with pytest.raises(ServiceError, match="has completed, and the service does not give"):
        ask(_no_result("completed"), lambda client: client.runs.result("trun_1"))


@pytest.mark.parametrize("status", ["queued", "running", "cancelling"])
def test_a_run_at_work_without_a_result_is_pending(status: str) -> None:
    with pytest.raises(ResultPendingError, match=status):
        ask(_no_result(status), lambda client: client.runs.result("trun_1", timeout=1))


# --- answers without end ----------------------------------------------------------------


def _endless(data: str, kind: str, status: int = 200) -> Answer:
    async def body() -> AsyncIterator[str]:
        while True:
            yield data
            await asyncio.sleep(0.01)

    async def answer(_: Request) -> Response:
        return StreamingResponse(body(), status, media_type=kind)

    return answer


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
def test_a_body_without_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    monkeypatch.setattr(transport, "_READS_IN_ALL", 1)
    began = time.monotonic()
    with pytest.raises(TransportError, match="did not end within") as caught:
        ask(_endless(" ", kind, status), lambda client: client.search("x"), timeout=0.3)
    assert caught.value.timed_out
    with pytest.raises(ParallelError, match=r"did not end within|instead of an event stream"):
        ask(_endless(" ", kind, status), _read_runs, timeout=0.3)
    assert time.monotonic() - began < 60  # it would go on for ten minutes


async def _read_runs(client: AsyncClient) -> list[str]:
    runs = client.groups.runs("tgrp_1", heartbeat=0.3)
    return [event.run.run_id async for event in runs]


_SAME_RUN = f"data: {run_event('r1')}\n\n".replace("'", '"').replace("None", "null")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "data",
    [
        "x",
        ":",
        ": still here\n\n",
        "data: {}\n\n",
        "\n",
        "id: 1\n",
        _SAME_RUN.replace("True", "true"),
    ],
)
def test_a_snapshot_that_brings_nothing_new_for_ever_ends(data: str) -> None:
    began = time.monotonic()
    with pytest.raises(ParallelError, match=r"nothing new|silent"):
        ask(_endless(data.replace("False", "false"), "text/event-stream"), _read_runs)
    assert time.monotonic() - began < 60
