"""One chat-completions endpoint, called without trust in what it answers or how long it takes."""

from __future__ import annotations

import random
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import httpx2
import msgspec

from parallel_nb.engine.reader.model.capabilities import Capabilities
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.model_address import ModelAddress

FaultKind = Literal[
    "unreachable", "timeout", "key", "unknown model", "refused", "overflow", "busy", "malformed"
]
#: Bytes of an answer at most.
_MOST_BYTES: Final = 2_000_000
_MOST_MODELS: Final = 1_000
#: Characters of a fault's text that are shown, and that are looked through.
_SHOWN: Final = 200
_LOOKED_AT: Final = 4_000
#: Further tries after 429 or a server's error, and seconds between them at most.
_AGAIN: Final = 2
_LONGEST_PAUSE: Final = 20.0
_CONNECT_WITHIN: Final = 10.0
_OVERFLOW: Final = re.compile(
    r"exceed_context_size|context[ _]length|context[ _]window|maximum context|too many tokens"
    r"|prompt is too long|exceeds? the (?:available )?context",
    re.IGNORECASE,
)
_THOUGHT: Final = re.compile(r"\A\s{0,100}<think>(?:.*?</think>)?", re.DOTALL)


class ModelFaultError(Exception):
    """The endpoint has not answered; the text says why, as a clause."""

    def __init__(self, kind: FaultKind, text: str, detail: str = "") -> None:
        """`detail` is what the endpoint itself has said."""
        super().__init__(text)
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's reply, and what it took."""

    #: Without the thoughts that some models write first.
    text: str
    #: As the endpoint counts them; 0 where it does not.
    prompt_tokens: int = 0
    completion_tokens: int = 0
    #: True when it ended at the limit of its length.
    is_cut: bool = False
    #: Whether the model has thought before it answered.
    has_thought: bool = False


class Endpoint:
    """Sends requests to one model. Safe to use on one thread at a time.

    Examples:
        >>> address = read_model_address("http://localhost:11434/v1#qwen3:8b")  # doctest: +SKIP
        >>> endpoint = Endpoint(address)  # doctest: +SKIP
        >>> endpoint.complete([{"role": "user", "content": "..."}], schema).text  # doctest: +SKIP
    """

    def __init__(
        self,
        address: ModelAddress,
        capabilities: Capabilities | None = None,
        *,
        within: float = 120.0,
        per_minute: float = 0.0,
    ) -> None:
        """Nothing is sent yet.

        Args:
            address: where the model is; its key is read from the environment now.
            capabilities: what the endpoint takes; None for all.
            within: seconds in which a reply must have come.
            per_minute: requests a minute at most; 0 for no limit.

        Raises:
            InputError: the variable that should hold the key is not set.
        """
        self.address = address
        self.capabilities = capabilities or Capabilities()
        self.within = within
        self._spacing = 60.0 / per_minute if per_minute else 0.0
        self._next_at = 0.0
        key = self._key = address.key()
        # a proxy must not come between this machine and itself
        self._client = httpx2.Client(
            headers={"authorization": f"Bearer {key}"} if key else {},
            trust_env=not address.is_local,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def complete(self, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> Completion:
        """Ask the model.

        Args:
            messages: of a chat, each with `role` and `content`.
            schema: the JSON schema of the reply, as far as the endpoint heeds it.

        Raises:
            ModelFaultError: There is no reply.
        """
        for again in range(_AGAIN + 1):
            try:
                return self.send(self.capabilities, messages, schema)
            except ModelFaultError as fault:
                if fault.kind != "busy" or again == _AGAIN:
                    raise
                time.sleep(_pause(fault.detail, again))
        raise AssertionError  # the last try returns or raises

    def send(
        self,
        capabilities: Capabilities,
        messages: Sequence[dict[str, str]],
        schema: dict[str, Any],
    ) -> Completion:
        """Send one request, once; see `complete`."""
        self._wait_for_turn()
        body = capabilities.request(self.address.name, messages, schema)
        deadline = time.monotonic() + self.within
        try:
            with self._client.stream(
                "POST",
                f"{self.address.url}/chat/completions",
                json=body,
                timeout=httpx2.Timeout(self.within, connect=_CONNECT_WITHIN),
            ) as response:
                content = _read(response, deadline)
        except (httpx2.ConnectTimeout, httpx2.ConnectError) as error:
            text = f"nothing answers at {self.address.url}"
            raise ModelFaultError("unreachable", text) from error
        except (httpx2.TimeoutException, TimeoutError) as error:
            text = f"it has not answered within {self.within:g} s"
            raise ModelFaultError("timeout", text) from error
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL, ValueError) as error:
            text = f"the connection broke ({type(error).__name__})"
            raise ModelFaultError("busy", text) from error
        if response.status_code != 200:
            raise self._fault(response, content)
        return read_completion(content)

    def model_names(self) -> list[str]:
        """The names of the endpoint's models; none where it does not say."""
        try:
            answer = self._client.get(f"{self.address.url}/models", timeout=_CONNECT_WITHIN)
            data = msgspec.json.decode(answer.content[:_MOST_BYTES])["data"]
            return [str(model["id"]) for model in data][:_MOST_MODELS]
        except (httpx2.HTTPError, msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError):
            return []

    def _wait_for_turn(self) -> None:
        now = time.monotonic()
        if self._next_at > now:
            time.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + self._spacing

    def _fault(self, response: httpx2.Response, content: bytes) -> ModelFaultError:
        said = content[:_LOOKED_AT].decode("utf-8", "replace")
        if self._key:  # some repeat it
            said = said.replace(self._key, "(key)")
        status, name = response.status_code, self.address.name
        shown = f"status {status}: {shorten(' '.join(said.split()), _SHOWN)}"
        if _OVERFLOW.search(said):
            return ModelFaultError("overflow", "the passages are too long for it", said)
        if status in {401, 403}:
            return ModelFaultError("key", f"it refuses the key (status {status})", said)
        if status == 404:
            text = f"it knows no model {name!r}, or no chat completions ({shown})"
            return ModelFaultError("unknown model", text, said)
        if status == 429 or status >= 500:
            return ModelFaultError("busy", shown, response.headers.get("retry-after", ""))
        return ModelFaultError("refused", shown, said)


def read_completion(content: bytes) -> Completion:
    """Read the body of an answer 200.

    Raises:
        ModelFaultError: It is no chat completion, is empty, or a refusal to answer.
    """
    try:
        answer = msgspec.json.decode(content)
        choice = answer["choices"][0]
        message = choice["message"]
        text = message.get("content")
    except (msgspec.DecodeError, UnicodeDecodeError, LookupError, TypeError, AttributeError):
        problem = "its answer is no chat completion"
        raise ModelFaultError("malformed", problem) from None
    if isinstance(text, list):  # parts, of which the text ones count
        text = "".join(str(p.get("text", "")) for p in text if isinstance(p, dict))
    text = text if isinstance(text, str) else ""
    thought = message.get("reasoning_content") or message.get("reasoning") or ""
    bare = _THOUGHT.sub("", text)
    has_thought = bool(thought) or bare != text
    is_cut = choice.get("finish_reason") == "length"
    if not bare.strip() and not has_thought:
        refusal = message.get("refusal")
        problem = "it refuses to answer" if refusal else "its answer is empty"
        raise ModelFaultError("malformed", problem)
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Completion(
        bare, _tokens(usage, "prompt"), _tokens(usage, "completion"), is_cut, has_thought
    )


def _tokens(usage: dict[str, Any], what: str) -> int:
    number = usage.get(f"{what}_tokens")
    return number if isinstance(number, int) and number > 0 else 0


def _read(response: httpx2.Response, deadline: float) -> bytes:
    """The body of an answer, as far as it is read.

    Raises:
        TimeoutError: it has not ended in time, however often a byte of it came.
        ValueError: it is longer than any reply.
    """
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if time.monotonic() > deadline:
            raise TimeoutError
        if len(content) > _MOST_BYTES:
            raise ValueError("the answer does not end")
    return bytes(content)


def _pause(retry_after: str, again: int) -> float:
    """Seconds until the next try: what the endpoint asks for, within bounds."""
    try:
        asked = float(retry_after)
    except ValueError:
        asked = 0.0
    pause = min(_LONGEST_PAUSE, max(asked, 0.5 * 2.0**again))
    return pause * random.uniform(1.0, 1.2)  # noqa: S311 - no secret
