"""Paths, headers and bodies of the three generations of the API: task runs and groups.

Each function returns a `Call`: what to send, and whether sending it twice is harmless. The
client sends it. Only this module and `search` know paths and beta headers.

Generations: `v1` (current), `v1beta` (2025-26) and `alpha` (2025). Task runs have been under
`/v1` from the start; groups and events moved from `/v1beta` to `/v1`; alpha has search only,
so its groups and events are those of v1beta.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from parallel_nb.api.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.api.types import AddRunsRequest, JsonObject, Metadata, TaskRunInput

Generation = Literal["v1", "v1beta", "alpha"]
GENERATIONS: Final[tuple[Generation, ...]] = get_args(Generation)

HOSTED_URL: Final = "https://api.parallel.ai"
KEY_HEADER: Final = "x-api-key"
#: Says of an answer that it is from an engine of ours.
ENGINE_HEADER: Final = "x-parallel-nb-engine"
BETA_HEADER: Final = "parallel-beta"
EVENTS_BETA: Final = "events-sse-2025-07-24"
#: Sent with runs that may call tool servers.
TOOL_SERVERS_BETA: Final = "mcp-server-2025-07-17"

#: Seconds that the service holds a `/result` request open unless the request names a time.
RESULT_TIMEOUT: Final = 600
#: The most bytes of an answer that says how runs stand: the ids of 1,000 runs take 100 kB.
STATE_BYTES: Final = 4 * 1024 * 1024
#: The same of one that carries text from the web or of an input. The largest seen take 1 MB.
CONTENT_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, not yet sent."""

    method: str
    path: str
    #: The operation in words, for errors and logs.
    what: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    #: True when repeating the request cannot create or bill anything twice.
    repeatable: bool = True
    #: False when what a refused request has made can be read, and must be before a repeat: also
    #: a service that refuses may have kept a part.
    repeatable_when_refused: bool = True
    #: Bytes that an answer may have, once it is unpacked. `sse` bounds the events of a stream.
    max_bytes: int = STATE_BYTES


def check_generation(name: str) -> Generation:
    """Return `name` if it is a generation of the API.

    Raises:
        InputError: There is no such generation; names those that there are.
    """
    for known in GENERATIONS:
        if name == known:
            return known
    raise InputError(
        f"There is no API generation {name!r}.", f"Use one of: {', '.join(GENERATIONS)}."
    )


def params(**values: str | float | bool | None) -> dict[str, str]:
    """The parameters of a query that are set, as text."""
    texts = {True: "true", False: "false"}
    return {
        name: texts[value] if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }


def drop_none(**values: Any) -> JsonObject:
    """The members of a body that are set."""
    return {name: value for name, value in values.items() if value is not None}


# --- task runs --------------------------------------------------------------------------


def _run(run_id: str, *rest: str) -> str:
    return "/".join(("/v1/tasks/runs", run_id, *rest))


def create_run(body: TaskRunInput) -> Call:
    """Create one run. Not repeatable: the service bills each run that it creates."""
    headers = _betas(tool_servers=bool(body.mcp_servers))
    return Call(
        "POST", "/v1/tasks/runs", "create a run", headers=headers, body=body, repeatable=False
    )


def _betas(*, tool_servers: bool) -> dict[str, str]:
    """The header that names what of the betas a request uses."""
    return {BETA_HEADER: TOOL_SERVERS_BETA} if tool_servers else {}


def get_run(run_id: str) -> Call:
    """Ask for a run's state."""
    return Call("GET", _run(run_id), f"run {run_id}")


def get_run_input(run_id: str) -> Call:
    """Ask for the input of a run."""
    return Call("GET", _run(run_id, "input"), f"input of {run_id}", max_bytes=CONTENT_BYTES)


def get_run_result(run_id: str, *, timeout: int) -> Call:
    """Wait up to `timeout` seconds for a run's answer."""
    return Call(
        "GET",
        _run(run_id, "result"),
        f"result of {run_id}",
        params=params(timeout=timeout),
        max_bytes=CONTENT_BYTES,
    )


def run_events(api: Generation, run_id: str) -> Call:
    """Follow one run. The stream replays from its start and cannot be resumed."""
    if api == "v1":
        return Call("GET", _run(run_id, "events"), f"events of {run_id}")
    return Call(
        "GET",
        f"/v1beta/tasks/runs/{run_id}/events",
        f"events of {run_id}",
        headers={BETA_HEADER: EVENTS_BETA},
    )


# --- task groups ------------------------------------------------------------------------


def _groups(api: Generation, *rest: str) -> str:
    generation = "v1" if api == "v1" else "v1beta"
    return "/".join((f"/{generation}/tasks/groups", *rest))


def create_group(api: Generation, metadata: Metadata | None = None) -> Call:
    """Create an empty group. An empty group costs nothing, so this may be repeated."""
    return Call("POST", _groups(api), "create a group", body=drop_none(metadata=metadata))


def get_group(api: Generation, group_id: str) -> Call:
    """Ask for a group's counts."""
    return Call("GET", _groups(api, group_id), f"group {group_id}")


def add_runs(
    api: Generation,
    group_id: str,
    body: AddRunsRequest,
    *,
    refresh_status: bool = False,
    tool_servers: bool = False,
) -> Call:
    """Add runs to a group. Not repeatable: a lost answer may stand for runs that exist."""
    return Call(
        "POST",
        _groups(api, group_id, "runs"),
        f"add {len(body.inputs):,} runs to {group_id}",
        params=params(refresh_status=refresh_status),
        headers=_betas(tool_servers=tool_servers),
        body=body,
        repeatable=False,
        repeatable_when_refused=False,
    )


def group_runs(  # noqa: PLR0913 - the query parameters of the route
    api: Generation,
    group_id: str,
    *,
    status: str | None = None,
    include_input: bool = False,
    include_output: bool = False,
    last_event_id: str | None = None,
) -> Call:
    """Stream a snapshot of a group's runs; it does not wait for active ones."""
    return Call(
        "GET",
        _groups(api, group_id, "runs"),
        f"runs of {group_id}",
        params=params(
            status=status,
            include_input=include_input,
            include_output=include_output,
            last_event_id=last_event_id,
        ),
    )


def group_run(api: Generation, group_id: str, run_id: str) -> Call:
    """Ask for the state of one run of a group."""
    return Call("GET", _groups(api, group_id, "runs", run_id), f"run {run_id} of {group_id}")


def group_events(api: Generation, group_id: str, *, last_event_id: str | None = None) -> Call:
    """Follow a group for as long as it is active, an hour at most."""
    return Call(
        "GET",
        _groups(api, group_id, "events"),
        f"events of {group_id}",
        params=params(last_event_id=last_event_id),
    )
