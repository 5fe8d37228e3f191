"""Find out what an endpoint takes: a small question, less what the endpoint refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.reader.model.capabilities import Capabilities
from parallel_nb.engine.reader.model.endpoint import Endpoint, ModelFaultError
from parallel_nb.engine.reader.model.reader import ModelOptions
from parallel_nb.formats import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.engine.reader.model.endpoint import Completion, FaultKind
    from parallel_nb.model_address import ModelAddress

#: Models of an endpoint that an error names.
_SHOWN_MODELS: Final = 8
_REMEDIES: Final[dict[FaultKind, str]] = {
    "unreachable": "Start the server (for Ollama: ollama serve), check the address, or connect "
    "without a model.",
    "timeout": "A large model may take long to load: try again, or raise the setting "
    "model_timeout.",
    "key": "Name the environment variable that holds its key: --model-key-from VARIABLE.",
    "unknown model": "Check the name behind the #, and the address: most end in /v1.",
}
_REMEDY: Final = "Check that the address is one of OpenAI-compatible chat completions."
#: Requests until the endpoint is given up: one for each thing that it may refuse.
_TRIES: Final = 7
_PROBE: Final = [
    {"role": "system", "content": "Answer with one JSON object and nothing else."},
    {
        "role": "user",
        "content": "[1] The bridge is 120 m long.\n\nIs its length stated? "
        'Answer as {"found": true or false}.',
    },
]
_PROBE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"found": {"type": "boolean"}},
    "required": ["found"],
    "additionalProperties": False,
}


def open_model(
    address: ModelAddress,
    *,
    within: float,
    per_minute: float,
    cache: Path | None,
    writes_text: bool = False,
) -> ModelOptions:
    """Find out whether a model answers, and what its endpoint takes.

    Args:
        address: where it is.
        within: seconds in which a reply must have come.
        per_minute: requests a minute at most; 0 for no limit.
        cache: where replies are kept.
        writes_text: whether it also writes answers in free text.

    Raises:
        ConnectionProblem: It does not answer; says why, and what to do.
        InputError: The variable that should hold the key is not set.
    """
    endpoint = Endpoint(address, within=within)
    try:
        capabilities = find_capabilities(endpoint)
    except ModelFaultError as fault:
        remedy = _REMEDIES.get(fault.kind, _REMEDY)
        if fault.kind == "unknown model":
            names = endpoint.model_names()
            shown = ", ".join(names[:_SHOWN_MODELS])
            remedy = did_you_mean(address.name, names) + remedy
            remedy += f" It has: {shown}." if names else ""
        raise ConnectionProblem(
            f"The language model {address.name} at {address.url} cannot be used: {fault}.", remedy
        ) from fault
    finally:
        endpoint.close()
    return ModelOptions(
        address,
        capabilities,
        within=within,
        per_minute=per_minute,
        cache=cache,
        writes_text=writes_text,
    )


def find_capabilities(endpoint: Endpoint) -> Capabilities:
    """Find out what an endpoint takes.

    Args:
        endpoint: is asked a question of some 60 tokens, once or a few times.

    Raises:
        ModelFaultError: It cannot be reached, refuses the key, does not know the model, or
            refuses whatever is sent.
    """
    capabilities = Capabilities()
    for _ in range(_TRIES):
        try:
            completion = endpoint.send(capabilities, _PROBE, _PROBE_SCHEMA)
        except ModelFaultError as fault:
            less = capabilities.without(fault.detail) if fault.kind == "refused" else None
            if less is None:
                raise
            capabilities = less
            continue
        if completion.has_thought and not capabilities.thinks:
            capabilities = replace(capabilities, thinks=True, reasoning_effort="none")
            continue
        if _is_json(completion) or capabilities.response_format == "none":
            return capabilities
        # accepted, and not heeded: some constrain by one form and not by the other
        capabilities = capabilities.less_constrained()
    return capabilities


def _is_json(completion: Completion) -> bool:
    try:
        return isinstance(json.loads(completion.text), dict)
    except (ValueError, RecursionError):
        return False
