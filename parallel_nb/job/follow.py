"""Follows one group: learns over its event stream which runs have ended.

The stream is only a hint. Whenever it ends, fails or says nothing for a while, a snapshot of
the runs is read, so that what counts never rests on an event having come. When no stream can
be had, that is polling, with growing, jittered pauses.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import ParallelError
from parallel_nb.api.types import Event, GroupStatusEvent, RunStateEvent
from parallel_nb.client.backoff import Backoff
from parallel_nb.job.collect import Collector
from parallel_nb.job.model import FETCHING
from parallel_nb.job.run_metadata import read_group, read_row_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.api.types import Metadata
    from parallel_nb.job.context import JobContext
    from parallel_nb.job.model import Question

#: Statuses that a run which still works may have.
_WORKING: Final = frozenset({"queued", "running", "cancelling"})


class Follower:
    """Follows the questions of a job that are in one group."""

    def __init__(self, group_id: str, context: JobContext, *, on_ended: Callable[[], None]) -> None:
        """Nothing is asked before `run`."""
        self.group_id = group_id
        self._context = context
        self._state = context.setup.state
        self._backoff = context.backoff
        self._tuning = context.setup.tuning
        self._by_key: dict[str, Question] = {}
        self._by_id: dict[str, Question] = {}
        self._added = asyncio.Event()
        #: Where to go on in the event stream.
        self._cursor: str | None = None
        #: Events so far, and ends of runs among them.
        self._events_seen = 0
        self._ends_seen = 0
        #: Pauses between looks at the group that bring nothing new.
        self._look_backoff = Backoff(first=self._tuning.pause, longest=self._tuning.longest_pause)
        #: True when the service says that none of the runs that were added is at work.
        self._all_ended = False
        #: True for a service that tells a run's metadata with its input alone.
        self._needs_input = False
        self._collector = Collector(group_id, context, on_ended=on_ended)

    def add(
        self, questions: list[Question], cursor: str | None, *, extra: int = 0, active: bool = True
    ) -> None:
        """Follow these questions too; `cursor` is where they begin in the runs stream.

        `active` False: the service says that none of the group's runs is at work.
        """
        self._by_key.update({question.key: question for question in questions})
        self._by_id.update({q.run_id: q for q in questions if q.run_id})
        self._collector.add_wave(questions, cursor, extra=extra)
        self._collector.expecting_more = True
        self._all_ended = self._all_ended or not active
        self._look_backoff.reset()
        self._added.set()

    async def run(self) -> None:
        """Follow and collect until cancelled. Raises the fault that will not pass."""
        collecting = asyncio.create_task(self._collector.run())
        following = asyncio.create_task(self._follow())
        try:
            done, _ = await asyncio.wait(
                (collecting, following), return_when=asyncio.FIRST_EXCEPTION
            )
            for task in done:
                task.result()
        finally:
            collecting.cancel()
            following.cancel()
            await asyncio.gather(collecting, following, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            if not self._has_open():
                self._collector.hurry()
                self._added.clear()
                await self._added.wait()
                continue
            try:
                ends_before = self._ends_seen
                if self._all_ended:
                    await self._read_all()
                    self._backoff.success()
                    continue
                await self._read_events()
                if self._has_open():
                    await self._read_states()
                self._backoff.success()
            except ParallelError as error:
                await self._backoff.bear(error)
                continue
            if self._has_open() and self._ends_seen == ends_before:
                await self._pause()

    async def _pause(self) -> None:
        """Wait before the next look at a group without anything new; longer each time."""
        self._collector.hurry()
        # Answers that are fetched meanwhile may be all that was missing.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._look_backoff.next_pause()):
                await self._added.wait()
        self._added.clear()

    async def _read_events(self) -> None:
        """Read events until the stream ends or every end is known.

        A stream that is silent for long is checked against a snapshot.
        """
        reading = asyncio.create_task(self._read_stream())
        try:
            while not reading.done():
                events_before = self._events_seen
                await asyncio.wait({reading}, timeout=self._tuning.stream_silence)
                if not reading.done() and self._events_seen == events_before:
                    await self._read_states()
                    if not self._has_open():
                        return
            reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read_stream(self) -> None:
        stream = self._context.client.groups.events(self.group_id, last_event_id=self._cursor)
        async with aclosing(stream) as events:
            async for event in events:
                self._events_seen += 1
                await self._handle(event)
                if not self._has_open():
                    return

    def _has_open(self) -> bool:
        """True while there are questions of which no end is known."""
        self._forget_ended()
        return len(self._by_key) > len(self._collector.ended)

    async def _handle(self, event: Event) -> None:
        if isinstance(event, GroupStatusEvent):
            self._cursor = event.event_id or self._cursor
            self._backoff.success()
        elif isinstance(event, RunStateEvent):
            self._cursor = event.event_id or self._cursor
            await self._note_event(event)

    async def _note_event(self, event: RunStateEvent) -> None:
        run = event.run
        question = self._question_of(run.run_id, run.metadata)
        if question is None or not question.is_open:
            return
        question.run_id = run.run_id
        self._by_id[run.run_id] = question
        if run.is_active or run.status in _WORKING:
            if question.state != FETCHING:
                self._state.move([question], run.status)
            return
        self._ends_seen += 1
        self._look_backoff.reset()
        if run.status == "completed":
            if event.output is not None:
                data = msgspec.json.encode(event.output)
                await self._collector.keep({question: (run.run_id, data)})
            else:
                self._state.move([question], FETCHING)
                self._collector.completed(run.run_id, question)
        else:
            await self._collector.failed(question, run)

    def _question_of(self, run_id: str, metadata: Metadata | None) -> Question | None:
        question = self._by_id.get(run_id) if self._by_id else None
        if question is None:
            key, attempt = read_row_key(metadata)
            question = self._by_key.get(key)
            if question is not None and question.attempt != attempt:
                return None
        return question

    async def _read_all(self) -> None:
        """Read all runs with their answers in one stream: nothing in the group is active.

        What the stream leaves open is learned as usual, from events and snapshots.
        """
        self._all_ended = False
        lines = self._context.client.groups.run_lines(
            self.group_id,
            include_input=self._needs_input,
            include_output=True,
            last_event_id=self._collector.cursor,
        )
        async with aclosing(lines) as batches:
            async for batch in batches:
                answers = {}
                for line in batch:
                    run = line.run
                    metadata = run.metadata or line.metadata  # mostly without a second call
                    if not metadata and run.run_id not in self._by_id:
                        self._needs_input = True
                    question = self._question_of(run.run_id, metadata)
                    if question is None or not question.is_open:
                        continue
                    if run.status == "completed":
                        if (output := line.output) is not None:
                            answers[question] = run.run_id, output
                    elif not run.is_active and run.status not in _WORKING:
                        await self._collector.failed(question, run)
                await self._collector.keep(answers)

    async def _read_states(self) -> None:
        """Read a snapshot of the states: what no event has told is learned here."""
        for event in await read_group(
            self._context.client, self.group_id, cursor=self._collector.cursor, known=self._by_id
        ):
            await self._note_event(event)
        if not self._has_open():
            self._collector.hurry()

    def _forget_ended(self) -> None:
        """Drop the questions that are over."""
        for question in self._collector.take_over():
            self._by_key.pop(question.key, None)
            if self._by_id and question.run_id:
                self._by_id.pop(question.run_id, None)
