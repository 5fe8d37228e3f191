"""Snapshots of a group's runs: each run once, many at a time.

A table of 100,000 answers is read here, so `RunLine` decodes what is needed at once: which run it
is, how it stands. The answer stays the JSON that came, for the journal to keep and for a frame to
read later.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec

from parallel_nb.api.types import ErrorBody, ErrorEvent, Metadata, RunStateEvent
from parallel_nb.client.decode import read_event
from parallel_nb.client.events import Reconnection, StreamConnection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from parallel_nb.api.routes import Call
    from parallel_nb.client.sse import ServerSentEvent
    from parallel_nb.client.transport import Transport

_NULL: Final = b"null"


class LineRun(msgspec.Struct, gc=False):
    """The state of a run: the members of `TaskRun` that a job needs."""

    run_id: str
    status: str
    is_active: bool
    metadata: Metadata | None = None
    error: ErrorBody | None = None


class _LineInput(msgspec.Struct, gc=False):
    metadata: Metadata | None = None


class RunLine(msgspec.Struct, gc=False, tag_field="type", tag="task_run.state"):
    """One run of a group, with its answer as it came."""

    run: LineRun
    event_id: str | None = None
    input: _LineInput | None = None
    raw: msgspec.Raw = msgspec.field(name="output", default=msgspec.Raw(_NULL))

    @property
    def output(self) -> bytes | None:
        """The answer as JSON, or None where there is none."""
        data = bytes(self.raw)
        return None if data == _NULL else data

    @property
    def metadata(self) -> Metadata | None:
        """The run's metadata, of the run itself or of its input."""
        return self.run.metadata or (self.input.metadata if self.input else None)


_decode = msgspec.json.Decoder(RunLine).decode


def read_line(data: bytes) -> RunLine | ErrorEvent | None:
    """Read one event of a snapshot; None for one of another kind."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        event = read_run_state(data)  # leaves out what is odd
    return _decode(msgspec.json.encode(event)) if isinstance(event, RunStateEvent) else event


def read_run_state(data: bytes) -> RunStateEvent | ErrorEvent | None:
    """Read one event of a snapshot with all its members; None for one of another kind."""
    event = read_event(data)
    return event if isinstance(event, RunStateEvent | ErrorEvent) else None


class _Run(Protocol):
    @property
    def run_id(self) -> str: ...
    @property
    def status(self) -> str: ...


class _Line(Protocol):
    @property
    def run(self) -> _Run: ...
    @property
    def event_id(self) -> str | None: ...


L = TypeVar("L", bound=_Line)


async def snapshot(
    transport: Transport,
    call: Callable[..., Call],
    *,
    read: Callable[[bytes], L | ErrorEvent | None],
    last_event_id: str | None,
    silence: float,
) -> AsyncGenerator[list[L]]:
    """Read a group's runs once, whole: a cut stream is taken up after its last event.

    Args:
        transport: Sends the requests.
        call: Makes the request that begins after the event `last_event_id`.
        read: Decodes one event.
        last_event_id: Begin after this event.
        silence: Seconds without a byte after which the stream is taken up again.

    Yields:
        What `read` gives for the runs, as they arrive, each once.

    Raises:
        ParallelError: The fault of the last connection, when too many in a row brought nothing.
    """
    seen: set[str] = set()
    cursor = last_event_id
    reconnection = Reconnection(transport.max_retries)
    silent = 0
    while True:
        connection = StreamConnection(
            transport, call(last_event_id=cursor), silence=silence, needs_progress=True
        )
        fresh = 0
        async with aclosing(connection.read()) as batches:
            async for batch in batches:
                lines, place = _read_lines(batch, read, connection)
                cursor = place or cursor
                if lines := _unseen(lines, seen):
                    fresh += len(lines)
                    connection.progressed()
                    yield lines
                if connection.fault is not None:
                    break
        if connection.ended == "closed":
            return
        # A snapshot waits for nothing, so it has no reason to be silent.
        silent = silent + 1 if connection.ended == "silent" and not fresh else 0
        if silent > transport.max_retries and connection.fault:
            raise connection.fault
        await reconnection.wait(connection, fresh=fresh)


def _read_lines(
    batch: list[ServerSentEvent],
    read: Callable[[bytes], L | ErrorEvent | None],
    connection: StreamConnection,
) -> tuple[list[L], str | None]:
    """The lines of some events with the cursor behind them; a reported fault ends them."""
    lines = []
    cursor = None
    for message in batch:
        line = read(message.data)
        if isinstance(line, ErrorEvent):
            connection.report(line)
            break
        if line is not None:
            lines.append(line)
            cursor = line.event_id or message.id or cursor
    return lines, cursor


def _unseen(lines: list[L], seen: set[str]) -> list[L]:
    """The lines that have not come before, which `seen` has from now on."""
    before = len(seen)
    identities = [f"{line.run.run_id} {line.run.status}" for line in lines]
    known = seen.intersection(identities)
    seen.update(identities)
    if len(seen) == before + len(lines):
        return lines
    fresh = dict(zip(identities, lines, strict=True))
    return [line for identity, line in fresh.items() if identity not in known]
