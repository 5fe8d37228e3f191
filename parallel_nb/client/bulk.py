"""A group's runs in bulk: many events a step, answers left as the bytes that came.

A table of 100,000 answers is read here, so an event costs one decoding of what is needed at
once: which run it is, how it stands. The answer stays JSON, for the journal to keep and for
a frame to read later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import StreamError, TransportError
from parallel_nb.api.types import ErrorBody, ErrorEvent, Metadata, RunStateEvent
from parallel_nb.client.decode import read_event
from parallel_nb.client.events import Patience
from parallel_nb.client.sse import EventDecoder
from parallel_nb.client.transport import StreamSilentError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from parallel_nb.api.errors import ParallelError
    from parallel_nb.api.routes import Call
    from parallel_nb.client.transport import Transport

_NULL: Final = b"null"


class LineRun(msgspec.Struct, gc=False):
    """What a line says of its run."""

    run_id: str
    status: str
    is_active: bool
    metadata: Metadata | None = None
    error: ErrorBody | None = None


class _Asked(msgspec.Struct, gc=False):
    metadata: Metadata | None = None


class RunLine(msgspec.Struct, gc=False, tag_field="type", tag="task_run.state"):
    """One run of a group, with its answer as it came."""

    run: LineRun
    event_id: str | None = None
    input: _Asked | None = None
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


def _line(data: bytes) -> RunLine | ErrorEvent | None:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        event = read_event(data.decode("utf-8", "replace"))  # mends what can be mended
    if isinstance(event, ErrorEvent):
        return event
    if not isinstance(event, RunStateEvent):
        return None
    return _decode(msgspec.json.encode(event))


async def snapshot_lines(
    transport: Transport,
    call_from: Callable[[str | None], Call],
    *,
    last_event_id: str | None,
    silence: float,
) -> AsyncGenerator[list[RunLine]]:
    """Read a group's runs once, whole: a cut stream is taken up after its last event.

    Gives the lines as they arrive, each once.
    """
    # Which lines have come is asked after a cut alone, and most streams have none.
    told_before: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    cursor = last_event_id
    patience = Patience(transport.max_retries)
    silent = 0
    while True:
        call = call_from(cursor)
        fault: ParallelError | None = None
        decoder = EventDecoder()
        seen.update(told_before)
        told_before.clear()
        fresh = 0
        async with transport.stream(call, silence=silence) as chunks:
            try:
                async for chunk in chunks:
                    told, error = _read(decoder.feed_raw(chunk))
                    lines = [line for line in told if _same(line) not in seen] if seen else told
                    if lines:
                        fresh += len(lines)
                        told_before += map(_same, lines)
                        yield lines
                        cursor = lines[-1].event_id or decoder.last_id or cursor
                    if error is not None:
                        fault = _reported(call, error)
                        break
            except (StreamSilentError, TransportError) as cut:
                fault = cut
        if fault is None:
            return
        # A snapshot does not wait for anything, so it has no reason to be silent.
        silent = silent + 1 if isinstance(fault, StreamSilentError) and not fresh else 0
        if silent > transport.max_retries:
            raise fault
        good = fresh > 0 or isinstance(fault, StreamSilentError)
        await patience.after_fault(fault, good=good, retry=decoder.retry)


def _read(events: list[tuple[bytes, str]]) -> tuple[list[RunLine], ErrorEvent | None]:
    """The lines of some events, and the fault that the stream has reported behind them."""
    lines: list[RunLine] = []
    for data, _ in events:
        line = _line(data)
        if isinstance(line, ErrorEvent):
            return lines, line
        if line is not None:
            lines.append(line)
    return lines, None


def _same(line: RunLine) -> tuple[str, str]:
    return line.run.run_id, line.run.status


def _reported(call: Call, event: ErrorEvent) -> StreamError:
    return StreamError(
        f"{call.what}: {event.error.message or 'the stream reported a fault'}",
        "Attach again: what was answered is kept.",
        ref_id=event.error.ref_id or None,
    )
