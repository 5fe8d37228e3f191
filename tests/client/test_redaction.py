"""The key is in nothing that a service, or a proxy in its place, sends back."""

from __future__ import annotations

import asyncio
import base64
import html
import json
import pickle
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import pytest
from starlette.responses import JSONResponse, Response, StreamingResponse

from parallel_nb.api.errors import ParallelError
from parallel_nb.api.types import RunStateEvent, TaskRunInput
from parallel_nb.client import AsyncClient
from parallel_nb.client.redaction import PLACEHOLDER, Redactor
from tests.linear import assert_linear
from tests.service.bodies import result_json, run_event, run_json
from tests.service.scripted import error, resetting, serving, sse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

KEY = "sk-SECRET-0123456789"
#: With the characters that addresses, JSON and HTML write in another way.
ODD_KEY = 'sk/SECRET+0123"4567&89=='

WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": lambda key: quote(key, safe=""),
    "in a form": quote_plus,
    "in an address in an address": lambda key: quote(quote(key, safe=""), safe=""),
    "every character in an address": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "in HTML": html.escape,
    "every character in HTML": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "every character in HTML, hexadecimal": lambda key: "".join(f"&#x{ord(c):X};" for c in key),
    "in JSON": lambda key: json.dumps(key)[1:-1],
    "every character in JSON": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "with escaped slashes": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "twice": lambda key: key + key,
    "its beginning": lambda key: key[:10] + "...",
    "its end": lambda key: "..." + key[-10:],
    "its middle": lambda key: key[4:14],
}


@pytest.mark.parametrize("key", [KEY, ODD_KEY, "0f3a" * 16, "Zk7qPw0aXb31nMv9Tt5rYc2uLd8sJf4e"])
@pytest.mark.parametrize("how", WRITTEN)
def test_the_key_is_found_however_it_is_written(key: str, how: str) -> None:
    redact = Redactor(key)
    written = WRITTEN[how](key)
    shown = redact(f"before {written} after".encode()).decode()
    assert PLACEHOLDER in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert len(shown.replace(PLACEHOLDER, "")) <= len("before ... after") + 4
    assert redact.text(f"é {written}").startswith("é ")
    assert key not in repr(redact)


@pytest.mark.parametrize(
    "text",
    [
        "parallel-computing is what parallel-live keys begin with",
        "sk-12",
        "12 % of 3 & 4 \\ 5 &amp; %41%42%43%44 \\u00e9\\u0041\\u0042\\u0043 &#228;&#x20AC;",
        "",
        "bytes that are no text: \udcff",
    ],
)
def test_other_text_stays_as_it_is(text: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    assert Redactor("parallel-live-sk1234567890")(data) is data


@pytest.mark.parametrize("key", [None, "", "x", "test", "status", "Secret"])
def test_a_stand_in_for_a_key_changes_no_answer(key: str | None) -> None:
    data = b'{"status": "a test of x", "secret": "Secret"}'
    assert Redactor(key)(data) is data


def test_redacting_takes_time_in_proportion_to_the_text() -> None:
    redact = Redactor(KEY)

    def redact_many(piece: bytes, length: int) -> None:
        redact(piece * (length // len(piece)))

    for piece in (KEY[:4].encode(), KEY.encode(), b"%73", b"\\u0073", b"&#1", b"%25", b"&#x0000"):
        assert_linear(partial(redact_many, piece), 400_000)


# --- at the places where it comes in ----------------------------------------------------


def shown_by(problem: BaseException) -> str:
    """All that a person, a notebook or a log could get out of an error."""
    parts = ["".join(traceback.format_exception(problem)), repr(problem), str(problem)]
    link: BaseException | None = problem
    while link is not None:
        parts += [repr(link.args), repr(pickle.dumps(str(link)))]
        parts += [repr(value) for name, value in vars(link).items() if name != "_request"]
        link = link.__cause__ or link.__context__
    if isinstance(problem, ParallelError):
        parts += problem._render_traceback_()
        parts.append(str(getattr(problem, "reason", "")))
    return "\n".join(parts)


def error_of(answer: Callable[[Request], Response]) -> ParallelError:
    async def respond(request: Request) -> Response:
        return answer(request)

    async def main(url: str) -> ParallelError:
        async with AsyncClient(KEY, url, max_retries=0) as client:
            with pytest.raises(ParallelError) as caught:
                await client.search("x")
            return caught.value

    with serving(respond) as service:
        return asyncio.run(main(service.url))


def body(**members: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"message": "no", "ref_id": "r"} | members}


def echo(request: Request) -> str:
    return "".join(f"<li>{html.escape(k)}: {html.escape(v)}" for k, v in request.headers.items())


ECHOES: dict[str, Callable[[Request], Response]] = {
    "message": lambda _: JSONResponse(body(message=f"bad key {KEY}"), 401),
    "detail": lambda _: JSONResponse(body(detail={"headers": [["x-api-key", KEY]]}), 422),
    "a name in the detail": lambda _: JSONResponse(body(detail={KEY: 1}), 422),
    "problems": lambda _: JSONResponse({"detail": [{"loc": [KEY], "msg": KEY}]}, 422),
    "number": lambda _: JSONResponse(body(ref_id=f"ref-{KEY}"), 500),
    "text": lambda request: Response(str(dict(request.headers)), 403),
    "page": lambda request: Response(echo(request), 502, media_type="text/html"),
    "page without a type": lambda request: Response(echo(request), 502),
    "part": lambda _: error(401, f"the key {KEY[:12]}... is unknown"),
    "address": lambda _: error(
        400, f"see /log?key={quote(KEY.replace('-', '+'), safe='')}&k={KEY}"
    ),
    "no answer of the API": lambda _: JSONResponse({"search_id": [KEY], "results": KEY}),
    "no JSON": lambda _: Response(KEY),
    "kind of body": lambda _: Response("{", 200, media_type=f"text/{KEY}"),
}


@pytest.mark.parametrize("place", ECHOES)
def test_no_error_shows_a_key_that_the_service_quotes(place: str) -> None:
    shown = shown_by(error_of(ECHOES[place]))
    assert KEY not in shown
    assert KEY[3:13] not in shown


def test_what_the_http_library_says_of_a_broken_answer_holds_no_key() -> None:
    async def main(url: str) -> ParallelError:
        async with AsyncClient(KEY, url, max_retries=0) as client:
            with pytest.raises(ParallelError) as caught:
                await client.search("x")
            return caught.value

    for answer in (
        f"HTTP/1.1 200 OK\r\nx-api-key {KEY}\r\n\r\n".encode(),
        f"x-api-key: {KEY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\ncontent-length: {KEY}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{KEY}\r\n".encode(),
    ):
        with resetting(answer) as (url, _):
            assert KEY not in shown_by(asyncio.run(main(url))), answer


def test_answers_and_events_hold_no_key_and_no_control_characters_either() -> None:
    async def answer(request: Request) -> Response:
        path = request.url.path
        if path.endswith("/result"):
            result = result_json()
            result["output"]["content"] = {"a": f"I was asked with {KEY}\x1b[31m"}
            return JSONResponse(result)
        if path.endswith("tgrp_1/runs"):
            bad = run_json("trun_2", "failed", error={"ref_id": KEY, "message": f"key {KEY}"})
            text = f"\x1b]0;{base64.b64encode(b'x').decode()}{KEY}\x9b\x7f"
            good = {"type": "text", "content": text, "basis": []}
            events = [
                run_event("1", "trun_1", output=good),
                run_event("2", "trun_2", "failed") | {"run": bad},
            ]
            return sse(events)
        return JSONResponse(run_json("trun_1", warnings=[{"type": "w", "message": KEY}]))

    async def main(url: str) -> str:
        async with AsyncClient(KEY, url) as client:
            run = await client.runs.create(TaskRunInput(processor="base", input="x"))
            result = await client.runs.result("trun_1")
            events = [event async for event in client.groups.runs("tgrp_1", include_output=True)]
            lines = [line async for batch in client.groups.run_lines("tgrp_1") for line in batch]
            outputs = [line.output for line in lines]
            return repr((run, result, events, lines, outputs))

    with serving(answer) as service:
        shown = asyncio.run(main(service.url))
    assert KEY not in shown
    assert shown.count(PLACEHOLDER) >= 6
    assert not any(control in shown for control in (r"\x1b", r"\x9b", r"\x7f", r"\u001b"))


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_key_that_comes_in_pieces_of_a_stream_is_found(size: int) -> None:
    event = run_event("1", "trun_1", output={"type": "text", "content": KEY, "basis": []})
    end = {"type": "error", "error": {"ref_id": KEY, "message": f"the key {KEY}"}}
    data = "".join(f"data: {json.dumps(e)}\n\n" for e in (event, end)).encode()

    async def answer(_: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            for at in range(0, len(data), size):
                yield data[at : at + size]
                await asyncio.sleep(0)

        return StreamingResponse(parts(), media_type="text/event-stream")

    async def main(url: str) -> str:
        shown: list[str] = []

        async def follow(client: AsyncClient) -> None:
            async for each in client.groups.events("tgrp_1"):
                assert isinstance(each, RunStateEvent)
                shown.append(repr(each))

        async with AsyncClient(KEY, url, max_retries=0) as client:
            with pytest.raises(ParallelError) as caught:
                await follow(client)
            return "".join([*shown, shown_by(caught.value)])

    with serving(answer) as service:
        shown = asyncio.run(main(service.url))
    assert PLACEHOLDER in shown
    assert KEY not in shown


def test_a_client_that_was_moved_takes_its_new_key_out() -> None:
    async def main(url: str) -> ParallelError:
        async with AsyncClient("sk-another-0123456789", url, max_retries=0) as client:
            client.move(url, KEY)
            with pytest.raises(ParallelError) as caught:
                await client.search("x")
            return caught.value

    async def answer(request: Request) -> Response:
        return error(401, f"no such key: {request.headers['x-api-key']}")

    with serving(answer) as service:
        assert KEY not in shown_by(asyncio.run(main(service.url)))
