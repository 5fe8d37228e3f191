"""What the engine answers: JSON, errors in the API's one form, server-sent events."""

from __future__ import annotations

import logging
import math
import os
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response, StreamingResponse

from parallel_nb.api.types import ACTIVE_STATUSES, ErrorBody, ErrorEvent
from parallel_nb.damaged import damage_of
from parallel_nb.engine.store.database import StoreAwayError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.store.tables import GroupRow, RunRow

_log = logging.getLogger(__name__)
JSON: Final = "application/json"
#: A comment that keeps a quiet stream open.
KEEP_ALIVE: Final = b": keep-alive\n\n"


class HTTPError(Exception):
    """An error status: raised anywhere in a route, answered in the API's form."""

    def __init__(
        self,
        status: int,
        message: str,
        detail: JsonObject | None = None,
        *,
        retry_after: float | None = None,
    ) -> None:
        """`detail` is the machine-readable part; `retry_after` are seconds until a repeat helps."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail
        self.headers = {} if retry_after is None else {"retry-after": f"{math.ceil(retry_after)}"}

    def response(self) -> Response:
        """The answer, in the API's form."""
        answer = error_response(self.status, self.message, self.detail)
        answer.headers.update(self.headers)
        return answer


def json_response(value: Any, status: int = 200) -> Response:
    """Any value that msgspec can encode, as JSON."""
    return Response(msgspec.json.encode(value), status, media_type=JSON)


def error_response(status: int, message: str, detail: JsonObject | None = None) -> Response:
    """An error in the API's form, under a fresh number."""
    return json_response(_error(message, detail), status)


def unexpected_error_response(request: Request, error: Exception) -> Response:
    """The answer to an error of the engine itself; the log has it under the same number."""
    message = f"The engine failed at this request ({type(error).__name__})."
    if (damage := damage_of(error)) is not None:
        message = (
            f"The engine's data is damaged ({damage}): end the engine, process {os.getpid()}; "
            "its next start puts the file aside, or move runs.sqlite3 in its data folder away."
        )
    answer = _error(message)
    number = answer.error.ref_id
    _log.error("ref %s: %s %s", number, request.method, request.url.path, exc_info=error)
    return json_response(answer, 500)


def _error(message: str, detail: JsonObject | None = None) -> ErrorEvent:
    """An error as the API shows it, in an answer and in a stream alike."""
    return ErrorEvent(
        error=ErrorBody(ref_id=str(uuid.uuid4()), message=message, detail=detail),
    )


# --- runs and groups --------------------------------------------------------------------


def _raw(encoded: bytes | None) -> msgspec.Raw | None:
    return None if encoded is None else msgspec.Raw(encoded)


class RunView(msgspec.Struct):
    """A run as the API shows it; parts that are stored as JSON go out as they are."""

    run_id: str
    interaction_id: str
    status: str
    is_active: bool
    processor: str
    metadata: msgspec.Raw | None
    taskgroup_id: str | None
    created_at: str
    modified_at: str
    warnings: msgspec.Raw | None
    error: msgspec.Raw | None


def run_view(run: RunRow) -> RunView:
    """A run as the API shows it."""
    return RunView(
        run_id=run.name,
        interaction_id=run.name,
        status=run.status,
        is_active=run.status in ACTIVE_STATUSES,
        processor=run.processor,
        metadata=_raw(run.metadata),
        taskgroup_id=run.group,
        created_at=run.created_at,
        modified_at=run.modified_at,
        warnings=_raw(run.warnings),
        error=_raw(run.error),
    )


def group_view(group: GroupRow, status: bytes) -> JsonObject:
    """A group as the API shows it.

    Args:
        group: the group.
        status: its counts as encoded JSON.
    """
    return {
        "taskgroup_id": group.name,
        "metadata": _raw(group.metadata),
        "status": msgspec.Raw(status),
        "created_at": group.created_at,
    }


# --- streams ----------------------------------------------------------------------------


class _StateEvent(msgspec.Struct, tag_field="type", tag="task_run.state", omit_defaults=True):
    event_id: str | None
    run: RunView
    input: msgspec.Raw | None = None
    output: msgspec.Raw | None = None


def state_event(
    event_id: int | None,
    run: RunRow,
    *,
    input_body: bytes | None = None,
    output_body: bytes | None = None,
) -> bytes:
    """A run's state as a server-sent event.

    Args:
        event_id: the cursor; None in the stream of a single run, which has none.
        run: the run.
        input_body: its input as encoded JSON, where that was asked for.
        output_body: its output as encoded JSON, where that was asked for.
    """
    cursor = None if event_id is None else str(event_id)
    event = _StateEvent(cursor, run_view(run), _raw(input_body), _raw(output_body))
    return server_sent_event(msgspec.json.encode(event))


class _StatusEvent(msgspec.Struct, tag_field="type", tag="task_group_status"):
    event_id: str
    status: msgspec.Raw


def status_event(event_id: int, status: bytes) -> bytes:
    """A group's counts, which are encoded JSON, as a server-sent event."""
    event = _StatusEvent(str(event_id), msgspec.Raw(status))
    return server_sent_event(msgspec.json.encode(event))


def server_sent_event(data: bytes) -> bytes:
    """One event of a stream from encoded JSON.

    The type and the cursor stand in the JSON alone. An `id:` line is left out on purpose:
    with one, some decoders take the keep-alive comments after it for empty events.
    """
    return b"data: " + data + b"\n\n"


class EventStream(StreamingResponse):
    """A stream of server-sent events.

    An error after the first byte can no longer change the status: it is sent as an event.
    """

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """`chunks` are whole events."""
        super().__init__(_with_error_event(chunks), headers={"cache-control": "no-cache"})


async def _with_error_event(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except StoreAwayError:
        return  # the stream is taken up again where it ends, perhaps at another engine
    except Exception as error:  # noqa: BLE001 - sent in the stream, and logged
        event = _error(f"The engine failed in this stream ({type(error).__name__}).")
        _log.exception("ref %s: a stream failed", event.error.ref_id)
        yield server_sent_event(msgspec.json.encode(event))
