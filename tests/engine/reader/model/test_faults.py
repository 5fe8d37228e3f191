"""Whatever an endpoint does, a field keeps the rules' answer, and the reasoning says why."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.engine.reader.model.endpoint import Endpoint, ModelFaultError
from parallel_nb.engine.reader.model.probe import open_model
from parallel_nb.model_address import read_model_address
from tests.service.loopback import closed_port
from tests.service.model import claim, completion, model, refusal
from tests.service.scripted import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request

    from tests.engine.reader.model.conftest import Room

    Reads = Callable[..., Room]

PAGE = "Acme\n\nEmployees: 1,204\n"
RIGHT = claim("Employees: 1,204", "1204")


def nothing() -> Response:
    return Response(b"")


def no_choices() -> Response:
    return JSONResponse({"choices": []})


def no_text() -> Response:
    return completion("")


def refuses() -> Response:
    message = {"role": "assistant", "content": None, "refusal": "I cannot help with that"}
    return JSONResponse({"choices": [{"message": message, "finish_reason": "stop"}]})


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (nothing, "no chat completion"),
        (no_choices, "no chat completion"),
        (no_text, "its answer is empty"),
        (refuses, "it refuses to answer"),
        (lambda: PlainTextResponse("<html>gateway</html>"), "no chat completion"),
        (lambda: JSONResponse([1, 2]), "no chat completion"),
        (lambda: completion("I think it is 1,204."), "not the JSON that was asked for"),
        (lambda: completion('{"found": true, "quote": "Empl', finish="length"), "was cut off"),
        (lambda: completion("<think>let me see"), "not the JSON"),
        (lambda: completion("{" * 5000), "not the JSON"),
        (lambda: refusal("exceed_context_size_error: the request exceeds the context"), "too long"),
        (lambda: refusal("no"), "status 400"),
        (lambda: refusal("bad key", 401), "refuses the key"),
    ],
)
def test_a_fault_leaves_the_rules_answer(
    reads: Reads, reply: Callable[[], Response], why: str
) -> None:
    room = reads(lambda _name, _passages: reply())
    answered = room.ask("employees: int? - Number of employees", page=PAGE)
    assert answered.content["employees"] == 1204
    reasoning = answered.basis["employees"].reasoning
    assert "scripted did not read this field" in reasoning
    assert why in reasoning
    assert "The rules' answer stands." in reasoning


@pytest.mark.parametrize(
    "reply",
    [
        '```json\n{"found": true, "passage": 1, "quote": "Employees: 1,204", "value": 1204}\n```',
        '<think>hm {"a": 1}</think>{"value": "1204", "quote": "Employees: 1,204", "found": true}',
        'Sure!\n{"value":1204,"found":"true","passage":"[1]","quote":"Employees: 1,204"} Bye.',
        '{"found": true, "passage": 7, "quote": "employees:  1,204", "value": ["1204"]}',
        '{"found": true, "passage": 1, "quote": "Employees: 1,204", "value": null}',
    ],
)
def test_a_reply_is_read_leniently(reads: Reads, reply: str) -> None:
    room = reads(lambda _name, _passages: completion(reply))
    answered = room.ask("employees: int? - Number of employees", page=PAGE)
    assert answered["employees"] == (1204, "high")


def test_too_many_passages_are_asked_again_with_fewer(reads: Reads) -> None:
    def read(_: str, passages: list[str]) -> Any:
        return RIGHT if len(passages) <= 4 else refusal("maximum context length is 2048 tokens")

    page = PAGE + "".join(f"\n## Part {n}\n\n{'Much is said of it. ' * 20}\n" for n in range(9))
    room = reads(read)
    answered = room.ask("employees: int? - Number of employees", page=page)
    assert answered["employees"] == (1204, "high")
    assert answered.usage.requests == 1
    assert len(room.endpoint.asked) == 2


def test_a_prompt_that_was_cut_in_silence_is_asked_again_with_fewer(reads: Reads) -> None:
    room = reads(lambda _name, _passages: completion(RIGHT, tokens=(100, 40)))
    page = PAGE + "".join(f"\n## Part {n}\n\n{'Much is said of it. ' * 20}\n" for n in range(9))
    room.ask("employees: int? - Number of employees", page=page)
    assert len(room.endpoint.asked) == 2
    assert len(room.endpoint.prompt(1)) < len(room.endpoint.prompt(0))


def test_one_that_is_busy_is_asked_again(reads: Reads) -> None:
    replies: list[Any] = [refusal("slow down", 429, **{"retry-after": "0"}), RIGHT]
    room = reads(lambda _name, _passages: replies.pop(0))
    answered = room.ask("employees: int? - Number of employees", page=PAGE)
    assert answered["employees"] == (1204, "high")


def test_one_that_has_died_is_left_alone_for_a_while(reads: Reads) -> None:
    room = reads(lambda _name, _passages: refusal("gone", 401))
    fields = [f"field_{n}: int? - Number of employees" for n in range(4)]
    answered = room.ask(*fields, page=PAGE)
    assert len(room.endpoint.asked) == 1
    assert all("refuses the key" in answered.basis[f"field_{n}"].reasoning for n in range(4))


def test_a_reply_that_drips_is_ended_in_time() -> None:
    async def answer(_: Request) -> Response:
        async def drip() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(0.05)

        return StreamingResponse(drip())

    with serving(answer) as service:
        endpoint = Endpoint(read_model_address(f"{service.url}/v1#m"), within=0.4)
        with pytest.raises(ModelFaultError, match=r"within 0\.4 s") as raised:
            endpoint.complete([{"role": "user", "content": "x"}], {})
        endpoint.close()
    assert raised.value.kind == "timeout"


def test_a_reply_without_end_is_not_read_to_its_end() -> None:
    async def answer(_: Request) -> Response:
        async def flood() -> AsyncIterator[bytes]:
            for _ in range(10_000):
                yield b" " * 65_536

        return StreamingResponse(flood())

    with serving(answer) as service:
        endpoint = Endpoint(read_model_address(f"{service.url}/v1#m"), within=20)
        with pytest.raises(ModelFaultError):
            endpoint.send(endpoint.capabilities, [{"role": "user", "content": "x"}], {})
        endpoint.close()


# --- at connecting ----------------------------------------------------------------------


def opened(address: str, **variables: Any) -> Any:
    return open_model(
        read_model_address(address, **variables), within=5.0, per_minute=0.0, cache=None
    ).capabilities


@pytest.mark.parametrize(
    ("refused", "text", "found"),
    [
        ({"response_format"}, "unknown field", {"response_format": "none"}),
        ({"max_tokens"}, "use max_completion_tokens", {"limit": "max_completion_tokens"}),
        ({"temperature"}, "temperature is not supported", {"temperature": False}),
        (set(), "", {"response_format": "json_schema", "limit": "max_tokens"}),
    ],
)
def test_what_an_endpoint_takes_is_found_out(
    refused: set[str], text: str, found: dict[str, Any]
) -> None:
    def probe(body: dict[str, Any]) -> Response | None:
        return refusal(text) if refused & body.keys() else None

    with model(lambda _name, _passages: RIGHT, probe) as endpoint:
        capabilities = opened(endpoint.address)
    assert {name: getattr(capabilities, name) for name in found} == found


def test_one_that_takes_objects_but_no_schema() -> None:
    def probe(body: dict[str, Any]) -> Response | None:
        kind = body.get("response_format", {}).get("type")
        return refusal("json_schema is not supported") if kind == "json_schema" else None

    with model(lambda _name, _passages: RIGHT, probe) as endpoint:
        assert opened(endpoint.address).response_format == "json_object"


def test_one_that_thinks_is_asked_not_to_and_is_given_room() -> None:
    def probe(body: dict[str, Any]) -> Response | None:
        if body.get("reasoning_effort") == "none":
            return refusal("reasoning_effort is not known")
        return completion('<think>hm</think>{"found": true}')

    with model(lambda _name, _passages: RIGHT, probe) as endpoint:
        capabilities = opened(endpoint.address)
    assert capabilities.thinks
    assert capabilities.reasoning_effort is None


def test_one_that_is_not_there_is_named_with_a_remedy() -> None:
    with pytest.raises(ConnectionProblem, match="nothing answers at") as raised:
        opened(f"http://127.0.0.1:{closed_port()}/v1#m")
    assert "ollama serve" in raised.value.remedy


def test_a_model_that_it_does_not_have_is_named_beside_those_that_it_has() -> None:
    def probe(_: dict[str, Any]) -> Response:
        return refusal("model not found", 404)

    with (
        model(lambda _name, _passages: RIGHT, probe) as endpoint,
        pytest.raises(ConnectionProblem) as raised,
    ):
        opened(f"{endpoint.url}/v1#script")
    assert "scripted" in raised.value.remedy
    assert "other" in raised.value.remedy


@pytest.mark.parametrize("status", [400, 401, 418])
def test_a_key_comes_from_the_environment_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-very-secret")

    def probe(_: dict[str, Any]) -> Response:
        return refusal("Incorrect API key provided: sk-very-secret", status)

    with model(lambda _name, _passages: RIGHT, probe) as endpoint:
        with pytest.raises(ConnectionProblem) as raised:
            opened(endpoint.address, key_from="MODEL_KEY")
        assert endpoint.headers[0]["authorization"] == "Bearer sk-very-secret"
    assert "sk-very-secret" not in f"{raised.value} {raised.value.remedy}"


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(InputError, match="NO_SUCH_KEY is not set"):
        opened("http://127.0.0.1:9/v1#m", key_from="NO_SUCH_KEY")
