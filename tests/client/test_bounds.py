"""Whatever a service sends, a client reads so much of it and no more, and says so in few words."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from parallel_nb.api import routes
from parallel_nb.api.errors import (
    AnswerTooLargeError,
    InvalidRequestError,
    ParallelError,
    ServiceError,
    api_error,
    reason_of,
)
from parallel_nb.api.types import TaskRunInput
from parallel_nb.client import AsyncClient
from tests.service.bodies import run_json
from tests.service.scripted import error, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

MB = 1024 * 1024


@functools.cache
def zeros(amount: int) -> bytes:
    """So many MB of a JSON text, as a few kB of gzip."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packed.compress(b'{"run_id": "')]
    parts += [packed.compress(b"0" * MB) for _ in range(amount)]
    return b"".join([*parts, packed.compress(b'"}'), packed.flush()])


def packed_answer(status: int = 200, media_type: str = "application/json") -> Response:
    return Response(zeros(400), status, {"content-encoding": "gzip"}, media_type)


def ask(answer: Callable[[], Response], call: Callable[[AsyncClient], Awaitable[Any]]) -> Any:
    """What a call raises, the most memory in bytes that Python had, and the requests sent."""

    async def respond(_: Request) -> Response:
        return answer()

    async def main(url: str) -> BaseException:
        async with AsyncClient("KEY", url, max_retries=1) as client:
            tracemalloc.start()
            with pytest.raises(ParallelError) as caught:
                await call(client)
            return caught.value

    with serving(respond) as service:
        try:
            problem = asyncio.run(main(service.url))
            return problem, tracemalloc.get_traced_memory()[1], len(service.seen)
        finally:
            tracemalloc.stop()


CALLS: dict[str, Callable[[AsyncClient], Awaitable[Any]]] = {
    "run": lambda client: client.runs.get("trun_1"),
    "group": lambda client: client.groups.get("tgrp_1"),
    "create": lambda client: client.runs.create(TaskRunInput(processor="base", input="x")),
    "add runs": lambda client: client.groups.add_runs(
        "tgrp_1", [TaskRunInput(processor="base", input="x")]
    ),
    "search": lambda client: client.search("x"),
    "extract": lambda client: client.extract(["https://a.example"]),
    "result": lambda client: client.runs.result("trun_1", timeout=20),
    "input": lambda client: client.runs.input("trun_1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_packed_answer_is_unpacked_up_to_the_bound_of_its_route(name: str) -> None:
    problem, memory, requests = ask(packed_answer, CALLS[name])
    assert isinstance(problem, AnswerTooLargeError)
    assert "answered with more than" in problem.message
    is_content = name in {"search", "extract", "result", "input"}
    bound = routes.CONTENT_BYTES if is_content else routes.STATE_BYTES
    assert memory < 2.5 * bound + 8 * MB
    assert requests == 1  # it would be as large again


def test_a_packed_error_is_unpacked_up_to_a_bound_and_keeps_its_kind() -> None:
    problem, memory, _ = ask(lambda: packed_answer(422), CALLS["run"])
    assert isinstance(problem, InvalidRequestError)
    assert memory < 80 * MB
    assert len("\n".join(problem._render_traceback_())) < 2000


def test_a_packed_stream_is_unpacked_up_to_the_bound_of_an_event() -> None:
    async def follow(client: AsyncClient) -> None:
        async for _ in client.groups.events("tgrp_1"):
            pass

    problem, memory, _ = ask(lambda: packed_answer(200, "text/event-stream"), follow)
    assert isinstance(problem, ParallelError)
    assert memory < 250 * MB


def test_an_answer_without_end_is_read_up_to_the_bound() -> None:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536
            await asyncio.sleep(0)  # so that the server sees that nobody reads any more

    problem, _, _ = ask(
        lambda: StreamingResponse(parts(), media_type="application/json"), CALLS["run"]
    )
    assert isinstance(problem, AnswerTooLargeError)


def test_connecting_reads_no_page_at_all() -> None:
    async def respond(_: Request) -> Response:
        return packed_answer()

    async def main(url: str) -> int:
        async with AsyncClient("KEY", url) as client:
            tracemalloc.start()
            await client.reach()
            return tracemalloc.get_traced_memory()[1]

    with serving(respond) as service:
        try:
            assert asyncio.run(main(service.url)) < 20 * MB
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
def test_packed_answers_within_the_bound_are_read(encoding: str) -> None:
    packing: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "identity": bytes,
    }

    async def respond(_: Request) -> Response:
        data = packing[encoding](json.dumps(run_json()).encode())
        return Response(data, 200, {"content-encoding": encoding}, "application/json")

    async def main(url: str) -> str:
        async with AsyncClient("KEY", url) as client:
            return (await client.runs.get("trun_1")).run_id

    with serving(respond) as service:
        assert asyncio.run(main(service.url)) == "trun_1"


# --- messages ---------------------------------------------------------------------------

LONG = "no such thing " * 800_000

BODIES: dict[str, Any] = {
    "message": {"error": {"ref_id": "r", "message": LONG}},
    "number": {"error": {"ref_id": LONG, "message": "no"}},
    "detail": {"error": {"message": "no", "detail": {"why": LONG}}},
    "name in a detail": {"error": {"message": "no", "detail": {LONG: 1}}},
    "many details": {
        "error": {"message": "no", "detail": {f"n{n}": LONG[:100] for n in range(999)}}
    },
    "many problems": {"detail": [{"loc": ["x", n], "msg": LONG[:9999]} for n in range(999)]},
    "text": LONG,
    "bare error": {"error": LONG},
    "lines": {"error": {"message": "line\n" * 10_000}},
}


@pytest.mark.parametrize("where", BODIES)
def test_an_error_of_any_size_fits_one_screen(where: str) -> None:
    problem = api_error(500, BODIES[where], what="create a run")
    for shown in ("\n".join(problem._render_traceback_()), str(problem), problem.reason):
        assert len(shown) < 1900
        assert shown.count("\n") < 24
    assert problem.message.startswith("create a run: ")


def test_what_the_service_says_of_a_run_is_short_enough_for_its_row() -> None:
    assert len(reason_of(LONG, {"why": LONG}, LONG)) < 1900
    assert reason_of("Refused", {"limit": 7}, "ref_1") == "Refused (limit: 7) [ref ref_1]"


def test_every_error_of_ours_fits_one_screen_with_its_remedy() -> None:
    for text in (LONG, "line\n" * 10_000, "wide " * 300 + "\n" * 300):
        problem = ParallelError(text, text)
        assert len(str(problem)) < 3000
        assert str(problem).count("\n") < 40
        assert len(problem._render_traceback_()) < 40


def test_a_real_error_of_ten_megabytes_is_a_few_lines() -> None:
    problem, _, _ = ask(lambda: error(400, LONG), CALLS["run"])
    assert isinstance(problem, InvalidRequestError)
    assert problem.message.startswith("run trun_1: no such thing no such thing")
    assert problem.ref_id == "ref-1"
    assert len("\n".join(problem._render_traceback_())) < 1900


def test_an_answer_that_is_not_the_apis_is_told_in_few_words() -> None:
    problem, _, _ = ask(lambda: JSONResponse({"run_id": [LONG[:10_000]] * 9}), CALLS["run"])
    assert isinstance(problem, ServiceError)
    assert len(problem.message) < 500
