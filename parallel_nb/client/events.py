"""Event streams that survive a cut: no event is lost, none comes twice.

The streams of groups and of FindAll runs are resumed by `last_event_id`. The stream of a task run
cannot be resumed: it is replayed from its start, and what was yielded already is skipped.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Generic, Literal, NamedTuple, TypeVar

from parallel_nb.api.errors import ParallelError, StreamError, TransportError
from parallel_nb.api.types import (
    ACTIVE_STATUSES,
    ErrorEvent,
    Event,
    GroupStatusEvent,
    RunStateEvent,
    TaskRun,
)
from parallel_nb.client.backoff import Backoff
from parallel_nb.client.decode import read_event, without_controls
from parallel_nb.client.sse import EventDecoder
from parallel_nb.client.transport import StreamSilentError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

    from parallel_nb.api.routes import Call
    from parallel_nb.client.sse import ServerSentEvent
    from parallel_nb.client.transport import Transport

E = TypeVar("E")

#: Seconds without a byte after which a stream is cut and taken up again.
HEARTBEAT: Final = 60.0
#: A connection that lasted so long (seconds) was a good one, even without an event.
_LONG: Final = 30.0
#: First and longest pause between connections that brought nothing, in seconds.
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 10.0


class StreamConnection:
    """One connection of a stream; once it has been read, says how it ended.

    Attributes:
        ended: "closed" by the service, "silent" for too long, or "cut".
        fault: What ended it, unless it was closed.
        lasted: Seconds.
        retry: Seconds that the service asks us to wait before the next connection, or None.
    """

    def __init__(
        self, transport: Transport, call: Call, *, silence: float, needs_progress: bool = False
    ) -> None:
        """Nothing is opened before `read`.

        Args:
            transport: Sends the request.
            call: The request.
            silence: The heartbeat, in seconds.
            needs_progress: True for a stream that has no reason to wait: then only
                `progressed` ends a silence, and no comment or event in itself.
        """
        self._transport = transport
        self.call = call
        self._silence = silence
        self._needs_progress = needs_progress
        self.ended: Literal["closed", "silent", "cut"] = "closed"
        self.fault: ParallelError | None = None
        self.lasted = 0.0
        self.retry: float | None = None
        self._progressed = 0.0

    def progressed(self) -> None:
        """Something came that was waited for: the time of silence begins anew."""
        self._progressed = time.monotonic()

    async def read(self) -> AsyncGenerator[list[ServerSentEvent]]:
        """Give the events that each chunk completes, until the connection ends.

        Bytes that complete no line, a line without end, are silence too.

        Raises:
            ParallelError: The stream cannot be opened. A fault in mid-stream is kept in `fault`.
        """
        decoder = EventDecoder(clean=self._clean)
        async with self._transport.stream(self.call, silence=self._silence) as chunks:
            began = time.monotonic()
            self.progressed()
            try:
                async for chunk in chunks:
                    if events := decoder.feed(chunk):
                        yield events
                    self._check_progress(chunk)
            except StreamSilentError as error:
                self.ended, self.fault = "silent", error
            except TransportError as error:
                self.ended, self.fault = "cut", error
            finally:
                self.lasted = time.monotonic() - began
                self.retry = decoder.retry

    def _clean(self, data: bytes) -> bytes:
        return without_controls(self._transport.redact(data))

    def _check_progress(self, chunk: bytes) -> None:
        if not self._needs_progress and (b"\n" in chunk or b"\r" in chunk):
            self.progressed()
        elif time.monotonic() - self._progressed > self._silence:
            raise StreamSilentError(f"{self.call.what}: the stream brings nothing new.")

    def report(self, event: ErrorEvent) -> None:
        """Note a fault that the service has reported within the stream, which ends it."""
        self.ended = "cut"
        self.fault = StreamError(
            f"{self.call.what}: {event.error.message or 'the stream reported a fault'}",
            "Attach again: what was answered is kept.",
            ref_id=event.error.ref_id or None,
        )


class Reconnection:
    """Pauses between the connections of one stream, longer after each that brought nothing."""

    def __init__(self, max_retries: int) -> None:
        """Give up after so many connections in a row that brought nothing, and one."""
        self._backoff = Backoff(first=_FIRST_PAUSE, longest=_LONGEST_PAUSE, attempts=max_retries)

    async def wait(self, connection: StreamConnection, *, fresh: int) -> None:
        """Wait before the next connection, given how many new events this one brought.

        Raises:
            ParallelError: The connection's fault, when too many in a row brought nothing.
        """
        asked = min(connection.retry or 0.0, _LONGEST_PAUSE)
        if fresh or connection.lasted >= _LONG or connection.ended == "silent":
            self._backoff.reset()
            await asyncio.sleep(asked)
            return
        fault = connection.fault or StreamError(
            f"{connection.call.what}: the stream ends at once, again and again.",
            "Attach again later: what was answered is kept.",
        )
        await self._backoff.pause_after(fault, at_least=asked)


class _Received(NamedTuple, Generic[E]):
    """An event, its cursor in the stream if it has one, and its JSON as it came."""

    event: E
    cursor: str | None
    data: bytes


async def _read_events(
    connection: StreamConnection, read: Callable[[bytes], E]
) -> AsyncGenerator[_Received[E]]:
    async with aclosing(connection.read()) as batches:
        async for batch in batches:
            for message in batch:
                if not message.data:  # a heartbeat
                    continue
                event = read(message.data)
                if isinstance(event, ErrorEvent):
                    connection.report(event)
                    return
                cursor = getattr(event, "event_id", None) or message.id or None
                yield _Received(event, cursor, message.data)


class EventFamily(NamedTuple, Generic[E]):
    """What following needs to know of the events of one kind of stream."""

    #: Reads one.
    read: Callable[[bytes], E]
    #: What a report of the whole says: whether it is active. None for any other event.
    activity: Callable[[E], bool | None]
    #: What makes an event with a cursor the same one when it comes again. Not the cursor
    #: alone: nothing promises that two kinds of events never share one.
    identity: Callable[[E], Hashable]


async def follow(  # noqa: PLR0913 - a stream, what it is about, and how it is resumed
    transport: Transport,
    call: Callable[..., Call],
    family: EventFamily[E],
    *,
    is_active: Callable[[], Awaitable[bool]],
    last_event_id: str | None,
    silence: float,
) -> AsyncGenerator[E]:
    """Follow a group, or a FindAll run, until it is inactive and every event was yielded.

    The service ends the stream when all is done, and after an hour; a network may end it at
    any time, now and then without a sign of fault. So an end counts only when what is
    followed is inactive and the connection before it brought nothing new but reports of that.

    Args:
        transport: Sends the requests.
        call: Makes the request that begins after the event `last_event_id`.
        family: The kind of events.
        is_active: Asks whether what is followed is active.
        last_event_id: Begin after this event.
        silence: Seconds without a byte after which the stream is taken up again.

    Raises:
        ParallelError: The fault of the last connection, when too many in a row brought nothing.
        StreamError: The stream is silent although all is done.
    """
    seen: set[Hashable] = set()
    cursor = last_event_id
    reconnection = Reconnection(transport.max_retries)
    silent = 0  # silent connections in a row although all is done
    while True:
        connection = StreamConnection(transport, call(last_event_id=cursor), silence=silence)
        fresh = fresh_news = 0
        active: bool | None = None
        async with aclosing(_read_events(connection, family.read)) as events:
            async for event, event_cursor, data in events:
                cursor = event_cursor or cursor
                reported = family.activity(event)
                active = active if reported is None else reported
                identity = (event_cursor, family.identity(event)) if event_cursor else data
                if identity in seen:
                    continue
                seen.add(identity)
                fresh += 1
                fresh_news += reported is None
                yield event
        if connection.ended == "closed" and fresh_news == 0 and not active:
            if active is False or not await is_active():
                return
        elif connection.ended == "silent" and fresh == 0 and not await is_active():
            silent += 1
            if silent > 1:
                raise StreamError(
                    f"{connection.call.what}: the stream is silent although all is done.",
                    "Fetch the results instead.",
                )
        await reconnection.wait(connection, fresh=fresh)


def _group_activity(event: Event) -> bool | None:
    return event.status.is_active if isinstance(event, GroupStatusEvent) else None


def _group_identity(event: Event) -> Hashable:
    if isinstance(event, RunStateEvent):
        return (event.run.run_id, event.run.status)
    return type(event)


#: The events of a task group.
GROUP_EVENTS: Final = EventFamily[Event](read_event, _group_activity, _group_identity)


async def follow_run(transport: Transport, call: Call, *, silence: float) -> AsyncGenerator[Event]:
    """Follow one run until it has ended; of a replay, only what is new is yielded.

    A replay may leave events out, so what was yielded is counted, not numbered.

    Raises:
        ParallelError: The fault of the last connection, when too many in a row brought nothing.
    """
    yielded: Counter[bytes] = Counter()
    reconnection = Reconnection(transport.max_retries)
    has_ended = False
    while True:
        connection = StreamConnection(transport, call, silence=silence)
        replayed: Counter[bytes] = Counter()
        fresh = 0
        async with aclosing(_read_events(connection, read_event)) as events:
            async for event, _, data in events:
                replayed[data] += 1
                if replayed[data] <= yielded[data]:
                    continue
                yielded[data] += 1
                fresh += 1
                if isinstance(event, RunStateEvent):
                    has_ended = not _is_working(event.run)
                yield event
        if has_ended and connection.ended != "cut":
            return
        await reconnection.wait(connection, fresh=fresh)


def _is_working(run: TaskRun) -> bool:
    return run.is_active or run.status in ACTIVE_STATUSES
