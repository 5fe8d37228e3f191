"""Answers of the engine: JSON, errors in the service's one form, server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.responses import Response, StreamingResponse

from parallel_nb.api.types import ACTIVE_STATUSES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.requests import Request

    from parallel_nb.engine.store.tables import GroupRow, InputRow, RunRow

_log = logging.getLogger(__name__)
JSON: Final = "application/json"
KEEP_ALIVE: Final = b": keep-alive\n\n"


class Problem(Exception):  # noqa: N818 - an answer, not a fault of ours
    """An error answer: raised anywhere in a route, sent in the service's form."""

    def __init__(self, status: int, message: str, detail: dict[str, Any] | None = None) -> None:
        """`detail` is the machine-readable part."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.detail = detail


def error_body(message: str, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    """The members of an error, with a fresh number under which it can be found."""
    return {"ref_id": str(uuid.uuid4()), "message": message, "detail": detail}


def json_answer(value: Any, status: int = 200) -> Response:
    """Any value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type=JSON)


def error_answer(status: int, message: str, detail: dict[str, Any] | None = None) -> Response:
    """An error in the service's form."""
    return json_answer({"type": "error", "error": error_body(message, detail)}, status)


async def answer_problem(_: Request, problem: Exception) -> Response:
    """Answer a `Problem` that a route has raised."""
    assert isinstance(problem, Problem)  # noqa: S101 - registered for this class alone
    return error_answer(problem.status, problem.message, problem.detail)


async def answer_fault(request: Request, fault: Exception) -> Response:
    """Answer a fault of the engine itself; the log has it under the same number."""
    body = error_body(f"The engine failed at this request ({type(fault).__name__}).")
    _log.error("ref %s: %s %s", body["ref_id"], request.method, request.url.path, exc_info=fault)
    return json_answer({"type": "error", "error": body}, 500)


# --- what runs and groups look like -----------------------------------------------------


def _raw(blob: bytes | None) -> msgspec.Raw | None:
    return None if blob is None else msgspec.Raw(blob)


class _RunView(msgspec.Struct):
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


def run_view(run: RunRow) -> _RunView:
    """A run as the API shows it."""
    return _RunView(
        run.name,
        run.name,
        run.status,
        run.status in ACTIVE_STATUSES,
        run.processor,
        _raw(run.metadata),
        run.group,
        run.created_at,
        run.modified_at,
        _raw(run.warnings),
        _raw(run.error),
    )


def group_view(group: GroupRow, status: bytes) -> dict[str, Any]:
    """A group as the API shows it."""
    return {
        "taskgroup_id": group.name,
        "metadata": _raw(group.metadata),
        "status": msgspec.Raw(status),
        "created_at": group.created_at,
    }


def input_body(given: InputRow) -> bytes:
    """A run's input with its task spec, as encoded JSON."""
    if given.spec is None:
        return given.input
    separator = b"," if given.input != b"{}" else b""
    return given.input[:-1] + separator + b'"task_spec":' + given.spec + b"}"


class _StateEvent(msgspec.Struct, tag_field="type", tag="task_run.state", omit_defaults=True):
    event_id: str | None
    run: _RunView
    input: msgspec.Raw | None = None
    output: msgspec.Raw | None = None


def state_event(
    event_id: int | None, run: RunRow, *, given: bytes | None = None, output: bytes | None = None
) -> bytes:
    """A run's state as a server-sent event; a run on its own has no cursor."""
    cursor = None if event_id is None else str(event_id)
    return sse(msgspec.json.encode(_StateEvent(cursor, run_view(run), _raw(given), _raw(output))))


def status_event(event_id: int, status: bytes) -> bytes:
    """A group's counts as a server-sent event."""
    head = b'{"type":"task_group_status","event_id":"%d","status":' % event_id
    return sse(head + status + b"}")


def sse(data: bytes) -> bytes:
    """One event of a stream.

    The type and the cursor stand in the JSON alone. An `id:` line is left out on purpose:
    with one, some decoders take the keep-alive comments after it for empty events.
    """
    return b"data: " + data + b"\n\n"


# --- streams ----------------------------------------------------------------------------


class EventStream(StreamingResponse):
    """A stream of server-sent events.

    A fault after the first byte can no longer change the status: it is told as an event.
    """

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        """`chunks` are whole events."""
        super().__init__(_guarded(chunks), headers={"cache-control": "no-cache"})


async def _guarded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in chunks:
            yield chunk
    except Exception as fault:  # noqa: BLE001 - told in the stream, and logged
        body = error_body(f"The engine failed in this stream ({type(fault).__name__}).")
        _log.exception("ref %s: a stream failed", body["ref_id"])
        yield sse(msgspec.json.encode({"type": "error", "error": body}))


class Ear:
    """Hears one bell; see `Bells`."""

    def __init__(self) -> None:
        """Start unrung."""
        self._rung = asyncio.Event()

    def reset(self) -> None:
        """Forget what has rung so far. Call it before reading what the bell is about."""
        self._rung.clear()

    def ring(self) -> None:
        """Wake the waiter."""
        self._rung.set()

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - the value is the answer
        """Wait at most `timeout` seconds; False when nothing has rung."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        return self._rung.is_set()


class Bells:
    """Tells waiting requests that a run or a group has changed. Lives on the event loop."""

    def __init__(self) -> None:
        """No one listens yet."""
        self._ears: dict[object, set[Ear]] = {}
        #: True once the engine stops: every stream ends then, to be resumed elsewhere.
        self.closing = False

    @contextlib.contextmanager
    def listen(self, key: object) -> Iterator[Ear]:
        """Hear the bell of `key` while the block lasts."""
        ear = Ear()
        self._ears.setdefault(key, set()).add(ear)
        try:
            yield ear
        finally:
            ears = self._ears[key]
            ears.discard(ear)
            if not ears:
                del self._ears[key]

    def ring(self, key: object) -> None:
        """Wake those who listen to `key`."""
        for ear in self._ears.get(key, ()):
            ear.ring()

    def close(self) -> None:
        """Wake everyone, for the last time."""
        self.closing = True
        for ears in self._ears.values():
            for ear in ears:
                ear.ring()
