"""Event streams that survive a cut: nothing lost, nothing given twice.

A group's streams are taken up again by `last_event_id`. A run's stream cannot be: it is
replayed from its start, and what was given already is skipped.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from parallel_nb.api.errors import ParallelError, StreamError, TransportError
from parallel_nb.api.types import (
    ACTIVE_STATUSES,
    ErrorEvent,
    Event,
    GroupStatusEvent,
    RunStateEvent,
    TaskRun,
)
from parallel_nb.client.decode import read_event
from parallel_nb.client.sse import EventDecoder
from parallel_nb.client.transport import StreamSilentError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable

    from parallel_nb.api.routes import Call
    from parallel_nb.client.transport import Transport

#: Seconds without a byte after which a stream is cut and taken up again.
HEARTBEAT: Final = 60.0
#: A connection that lasted so long (seconds) was a good one, even without an event.
_LONG: Final = 30.0
#: Waits between connections that brought nothing, in seconds: the first and the longest.
_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 10.0


class Received(NamedTuple):
    """An event, its place in the stream if it has one, and its text as it came."""

    event: Event
    cursor: str | None
    data: str


class Connection:
    """One connection of a stream; once it has been read, says how it ended."""

    def __init__(self, transport: Transport, call: Call, *, silence: float) -> None:
        """`silence` is the heartbeat in seconds."""
        self._transport = transport
        self._call = call
        self._silence = silence
        self.ended: Literal["closed", "silent", "cut"] = "closed"
        self.fault: ParallelError | None = None
        self.lasted = 0.0
        #: How long the server asks us to wait before the next connection, in seconds.
        self.retry: float | None = None

    async def read(self) -> AsyncGenerator[Received]:
        """Give the events until the connection ends, in whatever way.

        Raises what opening the stream raises; a fault in mid-stream is kept in `fault`.
        """
        decoder = EventDecoder()
        async with self._transport.stream(self._call, silence=self._silence) as chunks:
            began = time.monotonic()
            try:
                async for chunk in chunks:
                    for message in decoder.feed(chunk):
                        if not message.data:  # a heartbeat
                            continue
                        event = read_event(message.data)
                        if isinstance(event, ErrorEvent):
                            self._reported(event)
                            return
                        cursor = getattr(event, "event_id", None) or message.id or None
                        yield Received(event, cursor, message.data)
            except StreamSilentError as error:
                self.ended, self.fault = "silent", error
            except TransportError as error:
                self.ended, self.fault = "cut", error
            finally:
                self.lasted = time.monotonic() - began
                self.retry = decoder.retry

    def _reported(self, event: ErrorEvent) -> None:
        self.ended = "cut"
        self.fault = StreamError(
            f"{self._call.what}: {event.error.message or 'the stream reported a fault'}",
            "Attach again: what was answered is kept.",
            ref_id=event.error.ref_id or None,
        )


class Patience:
    """Counts connections that brought nothing, and waits a little longer after each."""

    def __init__(self, max_retries: int) -> None:
        """Give up after so many fruitless connections in a row, and one."""
        self._max_retries = max_retries
        self._failures = 0

    async def after(self, connection: Connection, *, fresh: int, what: str) -> None:
        """Wait before the next connection; raise the fault when there were too many."""
        good = fresh > 0 or connection.lasted >= _LONG or connection.ended == "silent"
        fault = connection.fault or StreamError(
            f"{what}: the stream ends at once, again and again.",
            "Attach again later: what was answered is kept.",
        )
        await self.after_fault(fault, good=good, retry=connection.retry)

    async def after_fault(self, fault: ParallelError, *, good: bool, retry: float | None) -> None:
        """Wait, as `after` does, where the caller knows whether the connection was good."""
        self._failures = 0 if good else self._failures + 1
        if self._failures > self._max_retries:
            raise fault
        wait = 0.0
        if self._failures:
            wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (self._failures - 1))
        # Jitter, so that many clients that were cut together do not come back together.
        wait *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        await asyncio.sleep(max(wait, min(retry or 0.0, _LONGEST_WAIT)))


async def snapshot(
    transport: Transport,
    call_from: Callable[[str | None], Call],
    *,
    last_event_id: str | None,
    silence: float,
) -> AsyncGenerator[RunStateEvent]:
    """Read a group's runs once, whole: a cut stream is taken up after its last event."""
    seen: set[Hashable] = set()
    cursor = last_event_id
    patience = Patience(transport.max_retries)
    silent = 0
    while True:
        call = call_from(cursor)
        connection = Connection(transport, call, silence=silence)
        fresh = 0
        async with aclosing(connection.read()) as events:
            async for event, place, _ in events:
                if not isinstance(event, RunStateEvent):
                    continue
                cursor = place or cursor
                key = (place, event.run.run_id, event.run.status)
                if key not in seen:
                    seen.add(key)
                    fresh += 1
                    yield event
        if connection.ended == "closed":
            return
        # A snapshot does not wait for anything, so it has no reason to be silent.
        silent = silent + 1 if connection.ended == "silent" and not fresh else 0
        if silent > transport.max_retries and connection.fault:
            raise connection.fault
        await patience.after(connection, fresh=fresh, what=call.what)


async def follow_group(
    transport: Transport,
    call_from: Callable[[str | None], Call],
    *,
    is_active: Callable[[], Awaitable[bool]],
    last_event_id: str | None,
    silence: float,
) -> AsyncGenerator[Event]:
    """Follow a group until none of its runs is active and every event was given.

    The service ends the stream when the group is done, and after an hour; a network may
    end it at any time, now and then without a sign of fault. So an end counts only when
    the group is inactive and the connection before it brought no run event that was new.
    """
    seen: set[Hashable] = set()
    cursor = last_event_id
    patience = Patience(transport.max_retries)
    mute = 0  # silent connections in a row although the group is done
    while True:
        call = call_from(cursor)
        connection = Connection(transport, call, silence=silence)
        fresh = fresh_runs = 0
        active: bool | None = None
        async with aclosing(connection.read()) as events:
            async for event, place, data in events:
                cursor = place or cursor
                if isinstance(event, GroupStatusEvent):
                    active = event.status.is_active
                key = _key(event, place, data)
                if key in seen:
                    continue
                seen.add(key)
                fresh += 1
                fresh_runs += not isinstance(event, GroupStatusEvent)
                yield event
        if connection.ended == "closed" and fresh_runs == 0 and not active:
            if active is False or not await is_active():
                return
        elif connection.ended == "silent" and fresh == 0 and not await is_active():
            mute += 1
            if mute > 1:
                raise StreamError(
                    f"{call.what}: the stream is silent although the group is done.",
                    "Fetch the group's runs instead.",
                )
        await patience.after(connection, fresh=fresh, what=call.what)


def _key(event: Event, place: str | None, data: str) -> Hashable:
    """What makes an event the same one when it comes again.

    Not the place alone: nothing promises that a status and a run never share one.
    """
    if place is None:
        return data
    if isinstance(event, RunStateEvent):
        return (place, event.run.run_id, event.run.status)
    return (place, type(event))


async def follow_run(transport: Transport, call: Call, *, silence: float) -> AsyncGenerator[Event]:
    """Follow one run until it has ended; a replay gives only what was not yet given.

    A replay may be thinned out, so given events are counted, not numbered.
    """
    given: Counter[str] = Counter()
    patience = Patience(transport.max_retries)
    over = False
    while True:
        connection = Connection(transport, call, silence=silence)
        replayed: Counter[str] = Counter()
        fresh = 0
        async with aclosing(connection.read()) as events:
            async for event, _, data in events:
                replayed[data] += 1
                if replayed[data] <= given[data]:
                    continue
                given[data] += 1
                fresh += 1
                if isinstance(event, RunStateEvent):
                    over = not _is_working(event.run)
                yield event
        if over and connection.ended != "cut":
            return
        await patience.after(connection, fresh=fresh, what=call.what)


def _is_working(run: TaskRun) -> bool:
    return run.is_active or run.status in ACTIVE_STATUSES
