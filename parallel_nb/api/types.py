"""Wire structs of the Parallel API: what it accepts and what it answers.

One module, although it is long: it is a list of shapes, read beside the vendor's reference.

Responses are read leniently: a field that we do not know is skipped, so that a newer
service does not break an older client. Requests leave out what was not set, because the
v1 search and extract routes refuse unknown or superfluous members with a 422.

Statuses and confidences stay plain strings for the same reason; the constants name the
values that the service documents today.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

#: A run in one of these statuses is still being worked on.
ACTIVE_STATUSES: Final = frozenset({"queued", "running", "cancelling"})
#: A run in one of these statuses will not change again.
FINAL_STATUSES: Final = frozenset({"completed", "failed", "cancelled"})
#: Every status of a run, in the order in which a run passes through them.
STATUSES: Final = (
    "queued",
    "action_required",
    "running",
    "completed",
    "failed",
    "cancelling",
    "cancelled",
)
#: The confidences that a field's basis may carry, best first.
CONFIDENCES: Final = ("high", "medium", "low")
#: Runs that one request may add to a group.
MAX_RUNS_PER_REQUEST: Final = 1000

JsonObject = dict[str, Any]
Metadata = dict[str, str | int | float | bool]


class Request(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Base of the structs that we send: unset members are left out."""


class Response(msgspec.Struct, kw_only=True):
    """Base of the structs that we receive: unknown members are skipped."""


# --- search and extract -----------------------------------------------------------------


class SourcePolicy(Request):
    """Which sources may be used.

    An apex domain covers its subdomains, `.gov` a suffix, and `docs.python.org/3` the addresses
    whose path begins with these segments. Where domains are included, excluded ones are not read.
    """

    include_domains: list[str] = []
    exclude_domains: list[str] = []
    #: Only sources dated on or after this day, as YYYY-MM-DD.
    after_date: str | None = None


class FetchPolicy(Request):
    """How fresh a fetched page must be, in seconds."""

    max_age_seconds: int | None = None
    timeout_seconds: float | None = None
    disable_cache_fallback: bool = False


class Warning_(Response):  # noqa: N801 - `Warning` is a builtin
    """A remark of the service that did not stop the request."""

    type: str = ""
    message: str = ""
    detail: JsonObject | None = None


class UsageItem(Response):
    """How many billable units of one kind a request took."""

    name: str
    count: int


class SearchResult(Response):
    """One ranked page with the excerpts that bear on the question."""

    url: str
    title: str | None = None
    publish_date: str | None = None
    excerpts: list[str] | None = None


class SearchResponse(Response):
    """Ranked pages. `session_id` is missing on alpha and v1beta."""

    search_id: str
    results: list[SearchResult]
    session_id: str | None = None
    warnings: list[Warning_] | None = None
    usage: list[UsageItem] | None = None


class ExtractResult(Response):
    """What was read from one URL."""

    url: str
    title: str | None = None
    publish_date: str | None = None
    excerpts: list[str] | None = None
    full_content: str | None = None


class ExtractError(Response):
    """Why one URL could not be read."""

    url: str
    error_type: str
    http_status_code: int | None = None
    content: str | None = None


class ExtractResponse(Response):
    """What was read, and what could not be."""

    extract_id: str
    results: list[ExtractResult]
    errors: list[ExtractError] = []
    session_id: str | None = None
    warnings: list[Warning_] | None = None
    usage: list[UsageItem] | None = None


# --- tasks: what is asked ---------------------------------------------------------------


class TaskSpec(Request):
    """What a run must answer with, and what its input looks like.

    Each schema is `{"type": "json", "json_schema": {...}}`, `{"type": "text",
    "description": ...}`, `{"type": "auto"}` (output only) or a bare string (text).
    """

    output_schema: JsonObject | str
    input_schema: JsonObject | str | None = None


class McpServer(Request):
    """A tool server that the run may call."""

    url: str
    name: str
    type: str = "url"
    headers: dict[str, str] | None = None
    allowed_tools: list[str] | None = None


class Webhook(Request):
    """Where the service reports a run's end."""

    url: str
    event_types: list[str] = []


class RunSettings(Request, kw_only=True):
    """What the runs of a job may use, and may not: the same in each of them."""

    source_policy: SourcePolicy | None = None
    #: `location`, and `data_sources` by what they cost: see `api.tools`.
    advanced_settings: JsonObject | None = None
    mcp_servers: list[McpServer] | None = None
    #: Which memory is used; the account's usual one if None.
    memory_scope_key: str | None = None


class TaskRunInput(RunSettings):
    """One question: its input, the processor that works on it, and our row key."""

    processor: str
    input: str | JsonObject
    #: Keys of at most 16 characters, values of at most 512.
    metadata: Metadata | None = None
    task_spec: TaskSpec | None = None
    #: The `interaction_id` of the run that this one goes on from.
    previous_interaction_id: str | None = None
    enable_events: bool | None = None
    webhook: Webhook | None = None


class AddRunsRequest(Request):
    """Runs for a group, at most `MAX_RUNS_PER_REQUEST` at once."""

    inputs: list[TaskRunInput]
    default_task_spec: TaskSpec | None = None


# --- tasks: what is answered ------------------------------------------------------------


class Citation(Response):
    """A source: its address, its title, and the passages that were used."""

    url: str
    title: str | None = None
    excerpts: list[str] | None = None


class FieldBasis(Response):
    """Where one field's value comes from. A text output has one entry, field `output`."""

    field: str
    reasoning: str = ""
    citations: list[Citation] = []
    #: One of `CONFIDENCES`, or None where the processor gives none.
    confidence: str | None = None


class McpToolCall(Response):
    """One call of a tool server during a run."""

    tool_call_id: str
    server_name: str
    tool_name: str
    arguments: str
    content: str | None = None
    error: str | None = None


class JsonOutput(Response, tag_field="type", tag="json"):
    """Structured answer: `content` follows the output schema."""

    content: JsonObject
    basis: list[FieldBasis] = []
    output_schema: JsonObject | None = None
    mcp_tool_calls: list[McpToolCall] | None = None
    beta_fields: JsonObject | None = None


class TextOutput(Response, tag_field="type", tag="text"):
    """Answer in prose."""

    content: str
    basis: list[FieldBasis] = []
    mcp_tool_calls: list[McpToolCall] | None = None
    beta_fields: JsonObject | None = None


Output = JsonOutput | TextOutput


class ErrorBody(Response):
    """What went wrong, with the id under which the service has noted it."""

    ref_id: str = ""
    message: str = ""
    detail: JsonObject | None = None


class TaskRun(Response):
    """The state of one run."""

    run_id: str
    status: str
    is_active: bool
    processor: str
    interaction_id: str | None = None
    metadata: Metadata | None = None
    taskgroup_id: str | None = None
    created_at: str | None = None
    modified_at: str | None = None
    warnings: list[Warning_] | None = None
    error: ErrorBody | None = None


class TaskRunResult(Response):
    """A finished run with its answer."""

    run: TaskRun
    output: Output


class TaskGroupStatus(Response):
    """How many runs of a group stand where."""

    num_task_runs: int
    task_run_status_counts: dict[str, int]
    is_active: bool
    status_message: str | None = None
    modified_at: str | None = None


class TaskGroup(Response):
    """A group of runs."""

    taskgroup_id: str
    status: TaskGroupStatus
    created_at: str | None = None
    metadata: Metadata | None = None


class AddRunsResponse(Response):
    """Ids of the runs that were made. Nothing promises the order of the inputs."""

    run_ids: list[str]
    status: TaskGroupStatus
    run_cursor: str | None = None
    event_cursor: str | None = None


# --- events -----------------------------------------------------------------------------


class GroupStatusEvent(Response, tag_field="type", tag="task_group_status"):
    """The group's counts have changed."""

    event_id: str
    status: TaskGroupStatus


class RunStateEvent(Response, tag_field="type", tag="task_run.state"):
    """A run has reached a state; carries input and output when they were asked for."""

    run: TaskRun
    event_id: str | None = None
    input: TaskRunInput | None = None
    output: Output | None = None


class SourceStats(Response):
    """How many sources a run has looked at so far."""

    num_sources_considered: int | None = None
    num_sources_read: int | None = None
    sources_read_sample: list[str] | None = None


class ProgressStatsEvent(Response, tag_field="type", tag="task_run.progress_stats"):
    """How far a run has come; `progress_meter` goes from 0 to 100."""

    source_stats: SourceStats = msgspec.field(default_factory=SourceStats)
    progress_meter: float = 0.0


class ProgressMessageEvent(Response):
    """What a run is doing, in words. `type` starts with `task_run.progress_msg.`."""

    type: str
    message: str
    timestamp: str | None = None


class ErrorEvent(Response, tag_field="type", tag="error"):
    """The stream reports a fault of its own."""

    error: ErrorBody


class UnknownEvent(Response):
    """An event of a type that this version does not know; kept so that nothing is lost."""

    type: str
    raw: JsonObject


Event = (
    GroupStatusEvent
    | RunStateEvent
    | ProgressStatsEvent
    | ProgressMessageEvent
    | ErrorEvent
    | UnknownEvent
)

_EVENT_TYPES: Final[dict[str, type[Any]]] = {
    "task_group_status": GroupStatusEvent,
    "task_run.state": RunStateEvent,
    "task_run.progress_stats": ProgressStatsEvent,
    "error": ErrorEvent,
}
_PROGRESS_MESSAGE_PREFIX: Final = "task_run.progress_msg"


def event_type(name: str) -> type[Any] | None:
    """The struct of the events that carry this `type`; None for one that we do not know."""
    if name.startswith(_PROGRESS_MESSAGE_PREFIX):
        return ProgressMessageEvent
    return _EVENT_TYPES.get(name)


class _EventHead(msgspec.Struct):
    type: str


_decode_head = msgspec.json.Decoder(_EventHead).decode


_decoders: Final[dict[type[Any], Callable[[bytes | str], Any]]] = {}


def decode_event(data: bytes | str, kind_of: Callable[[str], type[Any] | None] = event_type) -> Any:
    """Read the JSON of one server-sent event, strictly.

        >>> decode_event(b'{"type": "error", "error": {"message": "busy"}}').error.message
        'busy'

    Args:
        data: The event.
        kind_of: The struct of the events that carry a `type`; those of tasks unless given.

    Returns:
        That struct; an `UnknownEvent` where there is none.

    Raises:
        msgspec.ValidationError: (a `ValueError`) `data` is not an event.
    """
    name = _decode_head(data).type
    kind = kind_of(name)
    if kind is None:
        return UnknownEvent(type=name, raw=msgspec.json.decode(data, type=dict[str, Any]))
    if kind not in _decoders:  # making one costs more than using it
        _decoders[kind] = msgspec.json.Decoder(kind).decode
    return _decoders[kind](data)
