"""What an endpoint takes: they call themselves compatible, and differ.

`probe` finds it out once, at connecting. What an endpoint accepts and does not heed is met by
reading its answers leniently.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.model_address import MOST_REPLY_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

ResponseFormat = Literal["json_schema", "json_object", "none"]
_FORMATS: Final[tuple[ResponseFormat, ...]] = ("json_schema", "json_object", "none")
#: What a reply may be long, in tokens, of a model that thinks before it answers.
THINKING_TOKENS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What is put into a request to one endpoint."""

    #: How far an answer can be constrained.
    response_format: ResponseFormat = "json_schema"
    #: The name of the limit of a reply; newer models of some hosts know the second alone.
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    #: Whether a temperature may be given.
    temperature: bool = True
    #: What keeps a model that thinks from doing so; None where nothing is sent.
    reasoning_effort: Literal["none", "low"] | None = None
    #: Whether the model thinks before it answers, and so needs longer replies.
    thinks: bool = False

    def request(
        self, model: str, messages: Sequence[dict[str, str]], schema: dict[str, Any]
    ) -> dict[str, Any]:
        """The body of a request.

        The schema is the smallest that says what is wanted: no lengths, no defaults, every key
        required, no other allowed. Hosts that call that strict ask for just this.
        """
        limit = THINKING_TOKENS if self.thinks else MOST_REPLY_TOKENS
        body: dict[str, Any] = {"model": model, "messages": list(messages), self.limit: limit}
        if self.temperature:
            body["temperature"] = 0
        if self.reasoning_effort:
            body["reasoning_effort"] = self.reasoning_effort
        if self.response_format == "json_schema":
            named = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif self.response_format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def without(self, refusal: str) -> Capabilities | None:
        """What is left to try after a refusal.

        Args:
            refusal: the text of an answer 400 or 422.

        Returns:
            Without the part that the text names, else with answers constrained less; None when
            nothing is left.

        Examples:
            >>> Capabilities().without("Unsupported parameter: 'temperature'").temperature
            False
        """
        text = refusal.lower()
        if self.reasoning_effort and "reasoning" in text:
            return replace(self, reasoning_effort=None)
        if "max_completion_tokens" in text and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if self.temperature and "temperature" in text:
            return replace(self, temperature=False)
        if self.response_format != "none":
            return self.less_constrained()
        return replace(self, reasoning_effort=None) if self.reasoning_effort else None

    def less_constrained(self) -> Capabilities:
        """The same with the next weaker form of constraint; the weakest has none below it."""
        position = _FORMATS.index(self.response_format)
        return replace(self, response_format=_FORMATS[min(position + 1, len(_FORMATS) - 1)])
