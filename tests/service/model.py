"""A language model's endpoint, whose replies and faults a test writes itself."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from tests.service.scripted import serving

if TYPE_CHECKING:
    from starlette.requests import Request

#: From the field's name and the numbered passages to what the model replies.
Reader = Callable[[str, list[str]], "dict[str, Any] | str | Response"]
_FIELD = re.compile(r"that is asked for is: (?P<name>[^\n:]+)")


@dataclass
class ScriptedModel:
    """A running endpoint."""

    url: str
    #: The bodies of the requests for a field; the questions at connecting are not among them.
    asked: list[dict[str, Any]] = field(default_factory=list)
    probes: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.url}/v1#scripted"

    def prompt(self, number: int = -1) -> str:
        """The last message of a request."""
        text: str = self.asked[number]["messages"][-1]["content"]
        return text


@contextlib.contextmanager
def model(
    read: Reader, probe: Callable[[dict[str, Any]], Response | None] = lambda _: None
) -> Iterator[ScriptedModel]:
    """Serve a model until the block ends; `probe` answers the questions at connecting."""
    scripted = ScriptedModel("")

    async def answer(request: Request) -> Response:
        if request.url.path == "/v1/models":
            return JSONResponse({"data": [{"id": "scripted"}, {"id": "other"}]})
        body = json.loads(await request.body())
        scripted.headers.append(dict(request.headers))
        prompt = body["messages"][-1]["content"]
        match = _FIELD.search(prompt)
        if match is None:
            scripted.probes.append(body)
            return probe(body) or completion({"found": True})
        scripted.asked.append(body)
        passages = re.split(r"(?m)^\[\d+\] ", prompt.split("\n\nThe documents were asked:")[0])[1:]
        reply = read(match["name"].replace(" ", "_"), passages)
        return reply if isinstance(reply, Response) else completion(reply)

    with serving(answer) as service:
        scripted.url = service.url
        yield scripted


def completion(
    reply: dict[str, Any] | str, *, finish: str = "stop", tokens: tuple[int, int] = (2_000, 40)
) -> JSONResponse:
    """A chat completion as the endpoints give it."""
    text = reply if isinstance(reply, str) else json.dumps(reply)
    message = {"role": "assistant", "content": text}
    return JSONResponse(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {"prompt_tokens": tokens[0], "completion_tokens": tokens[1]},
        }
    )


def claim(quote: str, value: Any, passage: int = 1) -> dict[str, Any]:
    """A reply that has found something."""
    return {"found": True, "passage": passage, "quote": quote, "value": value}


NOTHING: dict[str, Any] = {"found": False, "passage": 0, "quote": "", "value": None}


def refusal(text: str, status: int = 400, **headers: str) -> JSONResponse:
    """An error as the endpoints give it."""
    return JSONResponse({"error": {"message": text, "type": "x"}}, status, headers)
