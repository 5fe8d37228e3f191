from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from starlette.responses import HTMLResponse, JSONResponse, Response

from parallel_nb.api.errors import (
    AuthenticationError,
    InputError,
    NotFoundError,
    ParallelError,
    PaymentRequiredError,
    RateLimitError,
    ResultPendingError,
    RunFailedError,
    ServiceError,
    TransportError,
)
from parallel_nb.api.findall import FindAllRunInput, MatchCondition
from parallel_nb.api.types import AddRunsResponse, SearchResponse, TaskRun, TaskRunInput
from parallel_nb.client import AsyncClient, Quota, pacing
from parallel_nb.client.transport import retry_after
from tests.service.bodies import result_json, run_json, status_json
from tests.service.loopback import closed_port
from tests.service.scripted import Answer, error, http_answer, resetting, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

T = TypeVar("T")
FOUND = {"search_id": "s", "results": []}
FIND = {
    "findall_id": "findall_1",
    "status": {"status": "queued", "is_active": True, "metrics": {}},
    "generator": "base",
    "metadata": {},
    "created_at": "2026-10-01T00:00:00Z",
    "modified_at": "2026-10-01T00:00:00Z",
}
QUESTION = TaskRunInput(input="x", processor="base")


def answers(*responses: Response) -> Answer:
    """Give these, one a request, the last again and again."""
    queue = itertools.chain(responses, itertools.repeat(responses[-1]))

    async def answer(_: Request) -> Response:
        return next(queue)

    return answer


def ask(url: str, what: Callable[[AsyncClient], Awaitable[T]], **options: Any) -> T:
    async def main() -> T:
        async with AsyncClient("KEY", url, **options) as client:
            return await what(client)

    return asyncio.run(main())


async def search(client: AsyncClient) -> SearchResponse:
    return await client.search("x")


async def create(client: AsyncClient) -> TaskRun:
    return await client.runs.create(QUESTION)


async def add_runs(client: AsyncClient) -> AddRunsResponse:
    return await client.groups.add_runs("tgrp_1", [QUESTION])


# --- what is repeated -------------------------------------------------------------------


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_harmless_request_is_repeated_after_a_passing_fault(status: int) -> None:
    with serving(answers(error(status), error(status), JSONResponse(FOUND))) as service:
        assert ask(service.url, search).search_id == "s"
    assert len(service.seen) == 3
    assert len(set(service.bodies)) == 1


@pytest.mark.usefixtures("quick")
def test_attempts_end_and_the_last_fault_is_told() -> None:
    with (
        serving(answers(error(503, "too busy"))) as service,
        pytest.raises(ServiceError, match="too busy") as caught,
    ):
        ask(service.url, search, max_retries=2)
    assert len(service.seen) == 3
    assert caught.value.ref_id == "ref-1"


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationError),
        (402, PaymentRequiredError),
        (404, NotFoundError),
        (501, ServiceError),
    ],
)
def test_what_a_repeat_cannot_mend_is_not_repeated(status: int, kind: type[Exception]) -> None:
    with serving(answers(error(status))) as service, pytest.raises(kind):
        ask(service.url, search)
    assert len(service.seen) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("pay", [create, add_runs])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_request_that_bills_is_not_repeated_after_a_fault(
    pay: Callable[[AsyncClient], Awaitable[object]], status: int
) -> None:
    with serving(answers(error(status))) as service, pytest.raises(ServiceError):
        ask(service.url, pay)
    assert len(service.seen) == 1


@pytest.mark.usefixtures("quick")
def test_a_run_that_was_turned_away_by_a_quota_is_created_later() -> None:
    with serving(answers(error(429), JSONResponse(run_json(), 202))) as service:
        assert ask(service.url, create).run_id == "trun_1"
    assert len(service.seen) == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("pay", "refusal"),
    [
        (create, error(503, retry_after="0")),
        (add_runs, error(503, retry_after="0")),
        (add_runs, error(429)),
        (add_runs, error(429, retry_after="0")),
        (add_runs, error(301, location="/elsewhere")),
        (add_runs, error(307, location="/elsewhere")),
        (add_runs, error(408)),
        (add_runs, error(409)),
    ],
)
def test_a_refusal_is_not_taken_for_a_request_that_was_not_acted_upon(
    pay: Callable[[AsyncClient], Awaitable[object]], refusal: Response
) -> None:
    with serving(answers(refusal, JSONResponse(run_json(), 202))) as service:
        with pytest.raises(ParallelError):
            ask(service.url, pay)
        assert len(service.seen) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("partial", [b"", http_answer(run_json())[:150]])
def test_a_lost_answer_of_a_request_that_bills_says_maybe_sent_and_is_never_repeated(
    partial: bytes,
) -> None:
    with resetting(partial, http_answer(run_json())) as (url, requests):
        with pytest.raises(TransportError, match="billed twice") as caught:
            ask(url, create)
        assert caught.value.maybe_sent
        assert len(requests) == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("partial", [b"", http_answer(FOUND)[:120]])
def test_a_connection_reset_in_mid_answer_is_repeated_where_harmless(partial: bytes) -> None:
    with resetting(partial, http_answer(FOUND)) as (url, requests):
        assert ask(url, search).search_id == "s"
        assert len(requests) == 2


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("operation", [search, create])
def test_a_refused_connection_is_a_clear_error_that_was_surely_not_sent(
    operation: Callable[[AsyncClient], Awaitable[object]],
) -> None:
    port = closed_port()
    with pytest.raises(TransportError, match=rf"127\.0\.0\.1:{port} cannot be reached") as caught:
        ask(f"http://127.0.0.1:{port}", operation, max_retries=1)
    assert not caught.value.maybe_sent


def test_a_service_that_does_not_answer_in_time_is_a_clear_error() -> None:
    async def stall(_: Request) -> Response:
        await asyncio.sleep(30)
        return JSONResponse(FOUND)

    with serving(stall) as service, pytest.raises(TransportError, match="did not answer in time"):
        ask(service.url, search, timeout=0.2, max_retries=0)


@pytest.mark.usefixtures("quick")
def test_a_cancelled_request_is_not_retried() -> None:
    arrived = threading.Event()

    async def stall(_: Request) -> Response:
        arrived.set()
        await asyncio.sleep(30)
        return JSONResponse(FOUND)

    async def main(url: str) -> None:
        async with AsyncClient("KEY", url) as client:
            asking = asyncio.create_task(client.search("x"))
            await asyncio.to_thread(arrived.wait, 60)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

    with serving(stall) as service:
        asyncio.run(main(service.url))
        assert len(service.seen) == 1


# --- how long it waits ------------------------------------------------------------------


def test_retry_after_in_seconds_is_obeyed() -> None:
    with serving(answers(error(429, retry_after="1"), JSONResponse(FOUND))) as service:
        ask(service.url, search)
    assert 1.0 <= service.times[1] - service.times[0] < 30


def test_retry_after_as_a_date_is_obeyed() -> None:
    moments: list[float] = []

    async def answer(_: Request) -> Response:
        moments.append(time.time())
        if len(moments) == 2:
            return JSONResponse(FOUND)
        return error(429, retry_after=formatdate(moments[0] + 2, usegmt=True))

    with serving(answer) as service:
        ask(service.url, search)
    assert int(moments[0] + 2) - 0.05 <= moments[1] < moments[0] + 30  # dates count whole seconds


def test_a_retry_after_of_hours_is_left_to_the_caller() -> None:
    with (
        serving(answers(error(429, retry_after="7200"))) as service,
        pytest.raises(RateLimitError) as caught,
    ):
        ask(service.url, search)
    assert caught.value.retry_after == 7200
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
    ],
)
def test_retry_after_is_read_with_care(text: str | None, seconds: float | None) -> None:
    assert retry_after(text) == seconds


def test_reading_is_not_slowed_by_the_quota_of_tasks() -> None:
    quota = Quota(task_runs_per_minute=1, search_requests_per_minute=1)

    async def many(client: AsyncClient) -> None:
        await asyncio.gather(*(client.runs.get("trun_1") for _ in range(20)))

    with serving(answers(JSONResponse(run_json()))) as service:
        began = time.monotonic()
        ask(service.url, many, quota=quota)
        assert time.monotonic() - began < 60  # at the quota of tasks it would take 20 minutes


def test_asking_for_a_find_counts_against_no_quota() -> None:
    async def many(client: AsyncClient) -> None:
        await asyncio.gather(*(client.findall.get("findall_1") for _ in range(20)))

    with serving(answers(JSONResponse(FIND))) as service:
        began = time.monotonic()
        ask(service.url, many, quota=Quota(find_runs_per_hour=1))
        assert time.monotonic() - began < 60  # at the quota of finds it would take 20 hours


def test_no_more_finds_are_created_in_an_hour_than_the_quota_lets_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hour = 0.5
    monkeypatch.setattr(pacing, "_HOUR", hour)
    created: list[float] = []

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            created.append(time.monotonic())
        return JSONResponse(FIND)

    wanted = FindAllRunInput(
        objective="Makers of pumps",
        entity_type="companies",
        match_conditions=[MatchCondition("europe", "Is in Europe")],
        generator="base",
        match_limit=5,
    )

    async def many(client: AsyncClient) -> None:
        await asyncio.gather(*(client.findall.create(wanted) for _ in range(5)))

    with serving(answer) as service:
        ask(service.url, many, quota=Quota(find_runs_per_hour=2))
    assert len(created) == 5
    for first in created:
        assert sum(0 <= each - first < hour for each in created) <= 2


# --- results ----------------------------------------------------------------------------


def test_a_result_that_is_not_ready_is_asked_for_again() -> None:
    with serving(answers(error(408), error(408), JSONResponse(result_json()))) as service:
        result = ask(service.url, lambda client: client.runs.result("trun_1"))
    assert result.run.run_id == "trun_1"
    assert len(service.seen) == 3


def test_waiting_for_a_result_ends_with_the_callers_deadline() -> None:
    with serving(answers(error(408, "still active"))) as service:
        began = time.monotonic()
        with pytest.raises(ResultPendingError, match="still active"):
            ask(service.url, lambda client: client.runs.result("trun_1", timeout=2))
        assert 1 < time.monotonic() - began < 60
    holds = [int(request.query_params["timeout"]) for request in service.seen]
    assert all(1 <= hold <= 2 for hold in holds)


def test_a_service_that_is_down_does_not_outlast_the_callers_deadline_by_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from parallel_nb.client import runs  # noqa: PLC0415 - the one use

    monkeypatch.setattr(runs, "_LAST_GRACE", 0.2)

    async def stall(_: Request) -> Response:
        await asyncio.sleep(90)
        return JSONResponse(FOUND)

    with serving(stall) as service:
        began = time.monotonic()
        with pytest.raises(ResultPendingError):
            ask(service.url, lambda client: client.runs.result("trun_1", timeout=0.5))
        assert time.monotonic() - began < 60  # one answer would take 90 s


def test_a_failed_run_is_told_from_an_unknown_one() -> None:
    failed = run_json("trun_1", "failed", error={"ref_id": "ref-9", "message": "no sources"})

    async def answer(request: Request) -> Response:
        known = "trun_1" in request.url.path
        if not known or request.url.path.endswith("/result"):
            return error(404, "not found")
        return JSONResponse(failed)

    with serving(answer) as service:
        with pytest.raises(RunFailedError, match="trun_1 has failed: no sources") as caught:
            ask(service.url, lambda client: client.runs.result("trun_1"))
        assert caught.value.ref_id == "ref-9"
        with pytest.raises(NotFoundError):
            ask(service.url, lambda client: client.runs.result("trun_2"))


# --- answers that are none --------------------------------------------------------------


def test_a_login_page_in_place_of_the_service_is_a_clear_error() -> None:
    with (
        serving(answers(HTMLResponse("<html>Log in</html>"))) as service,
        pytest.raises(ServiceError, match="not the API's"),
    ):
        ask(service.url, create)
    assert len(service.seen) == 1


def test_a_proxys_error_page_is_not_put_on_the_screen() -> None:
    with (
        serving(answers(HTMLResponse("<html>" + "x" * 9999, 403))) as service,
        pytest.raises(ParallelError) as caught,
    ):
        ask(service.url, search)
    assert "<" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_validation_errors_name_the_member() -> None:
    detail = [{"loc": ["body", "input"], "msg": "field required", "type": "missing"}]
    with (
        serving(answers(JSONResponse({"detail": detail}, 422))) as service,
        pytest.raises(ParallelError, match=r"body\.input: field required"),
    ):
        ask(service.url, create)


# --- refused before anything is sent ----------------------------------------------------


@pytest.mark.parametrize("bad", ["", "a/b", "../x", "..", "a?b", "a b", "tgrp_1#"])
def test_an_id_that_would_change_the_path_is_refused(bad: str) -> None:
    with serving(answers(JSONResponse({}))) as service:
        for operation in (
            lambda client: client.runs.get(bad),
            lambda client: client.groups.get(bad),
            lambda client: client.groups.run("tgrp_1", bad),
        ):
            with pytest.raises(InputError, match="is not the id"):
                ask(service.url, operation)
    assert service.seen == []


def test_more_runs_than_one_request_may_hold_are_refused_before_anything_is_sent() -> None:
    with serving(answers(JSONResponse({}))) as service:
        with pytest.raises(InputError, match="1,001 runs"):
            ask(service.url, lambda c: c.groups.add_runs("tgrp_1", [QUESTION] * 1001))
        with pytest.raises(InputError, match="no runs"):
            ask(service.url, lambda c: c.groups.add_runs("tgrp_1", []))
    assert service.seen == []


def test_a_thousand_runs_go_in_one_request() -> None:
    made = {"run_ids": ["trun_1"] * 1000, "status": status_json(active=True)}
    with serving(answers(JSONResponse(made))) as service:
        added = ask(service.url, lambda c: c.groups.add_runs("tgrp_1", [QUESTION] * 1000))
    assert len(added.run_ids) == 1000
    assert len(service.seen) == 1


def test_an_input_that_is_no_json_is_refused_before_anything_is_sent() -> None:
    odd = TaskRunInput(input={"a": object()}, processor="base")
    with (
        serving(answers(JSONResponse({}))) as service,
        pytest.raises(InputError, match="cannot be written as JSON"),
    ):
        ask(service.url, lambda client: client.runs.create(odd))
    assert service.seen == []


def test_a_retry_prints_nothing_into_the_notebook() -> None:
    code = f"""if True:
        import asyncio
        from parallel_nb.api.errors import TransportError
        from parallel_nb.client import AsyncClient
        async def main():
            url = "http://127.0.0.1:{closed_port()}"
            async with AsyncClient("K", url, max_retries=1) as client:
                try:
                    await client.search("x")
                except TransportError:
                    print("refused")
        asyncio.run(main())
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("refused\n", "")
