"""Follows one group: learns which of its runs have ended, in the best way that can be had.

The event stream is only a hint. Whenever it ends, fails or says nothing for a while, a snapshot
of the runs is read, so that what counts never rests on an event having come. The snapshot comes
as a stream too. Where that cannot be had, or leaves runs out, each run is asked for by itself,
with growing, jittered pauses. A way that has failed some times is not tried any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import ParallelError, StreamError
from parallel_nb.api.types import Event, GroupStatusEvent, RunStateEvent
from parallel_nb.client.backoff import Backoff
from parallel_nb.client.runs import is_id
from parallel_nb.formats import count
from parallel_nb.job.collect import Collector
from parallel_nb.job.model import FETCHING
from parallel_nb.job.run_metadata import read_group, read_row_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from parallel_nb.api.types import Metadata, TaskRun
    from parallel_nb.client.bulk import LineRun
    from parallel_nb.job.context import JobContext
    from parallel_nb.job.model import Question

#: Statuses that a run which still works may have.
_WORKING: Final = frozenset({"queued", "running", "cancelling"})
#: Statuses with which a run has ended, whatever else the service says of it.
_ENDED: Final = frozenset({"completed", "failed", "cancelled", "action_required"})
#: So often in a row a stream may fail, of a service that works otherwise.
_MOST_FAULTS: Final = 3
#: A stream that tells no new state is checked against a snapshot ever more seldom, up to so many
#: times `Tuning.stream_silence`.
_MOST_SILENCES: Final = 8


_log = logging.getLogger(__name__)


class _Stream:
    """A stream that may not be had: it is given up after some faults in a row."""

    def __init__(self, read: Callable[[], Awaitable[None]]) -> None:
        """`read` reads it to its end."""
        self._read = read
        self.faults = 0

    async def try_to_read(self) -> bool:
        """Read it; False when that fails. Whether it counts as a fault is for the caller to say."""
        try:
            await self._read()
        except ParallelError as error:
            _log.info("%s; it is tried in another way", error.message)
            return False
        self.faults = 0
        return True

    @property
    def is_usable(self) -> bool:
        """False when it is not worth another attempt."""
        return self.faults < _MOST_FAULTS


def _has_ended(run: TaskRun | LineRun) -> bool:
    """True when a run will not change: by its status, where that is one of the API's."""
    if run.status in _ENDED:
        return True
    return run.status not in _WORKING and not run.is_active


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
        #: Silences of the event stream in a row.
        self._silences = 0
        #: Keys of the questions that the look under way has told of.
        self._known_keys: set[str] = set()
        #: New states of runs that were learned so far, and ends of runs among them.
        self._states_seen = 0
        self._ends_seen = 0
        self._events = _Stream(self._read_events)
        self._snapshot = _Stream(self._read_states)
        #: Runs of this group of which the row is not known, by id.
        self._unassigned: set[str] = set()
        #: Pauses between looks at the group that bring nothing new.
        self._look_backoff = Backoff(first=self._tuning.pause, longest=self._tuning.longest_pause)
        #: True when the service says that none of the runs that were added is at work.
        self._all_ended = False
        #: True for a service that tells a run's metadata with its input alone.
        self._needs_input = False
        self._collector = Collector(group_id, context, on_ended=on_ended)

    def add(
        self,
        questions: list[Question],
        cursor: str | None,
        *,
        run_ids: Sequence[str] = (),
        extra: int = 0,
        active: bool = True,
    ) -> None:
        """Follow these questions too.

        Args:
            questions: Questions whose runs are in the group.
            cursor: Where they begin in the runs stream.
            run_ids: The ids of their runs, in any order.
            extra: So many more runs lie in the same part of the stream.
            active: False when the service says that none of the group's runs is at work.
        """
        self._unassigned.update(run_ids)
        self._by_key.update({question.key: question for question in questions})
        self._by_id.update({q.run_id: q for q in questions if q.run_id})
        self._collector.add_wave(questions, cursor, extra=extra)
        self._collector.expecting_more = True
        self._all_ended = self._all_ended or not active
        self._look_backoff.reset()
        self._added.set()

    async def run(self) -> None:
        """Follow and collect until cancelled. Raises the fault that will not pass."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._collector.run())
            tasks.create_task(self._follow())

    async def _follow(self) -> None:
        while True:
            if not self._has_open():
                self._collector.hurry()
                self._added.clear()
                await self._added.wait()
                continue
            try:
                ends_before = self._ends_seen
                began = time.monotonic()
                if self._all_ended:
                    await self._read_all()
                else:
                    await self._look()
            except ParallelError as error:
                await self._backoff.bear(error)
                continue
            self._backoff.success()
            if self._has_open() and self._ends_seen == ends_before:
                await self._pause(time.monotonic() - began)

    async def _look(self) -> None:
        """Learn what is new, from the streams or else run by run.

        Raises:
            ParallelError: The service as a whole is at fault: no way works.
        """
        self._known_keys.clear()
        failed = [
            stream
            for stream in (self._events, self._snapshot)
            if stream.is_usable and self._has_open() and not await stream.try_to_read()
        ]
        if self._has_open() and (self._snapshot in failed or not self._snapshot.is_usable):
            await self._read_singly()
        for stream in failed:
            stream.faults += 1

    async def _pause(self, looked_for: float) -> None:
        """Wait before the next look at a group without anything new; longer each time.

        The seconds of the look count: one that has waited for events is pause enough.
        """
        self._collector.hurry()
        pause = self._look_backoff.next_pause() - looked_for
        if pause <= 0:
            return
        # Answers that are fetched meanwhile may be all that was missing.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._added.wait()
        self._added.clear()

    async def _read_events(self) -> None:
        """Read events until the stream ends or every end is known.

        A stream that tells no new state of a run for long is left: what it does not tell is then
        asked for in another way. A status of the group is no such news.
        """
        loop = asyncio.get_running_loop()
        silence = self._tuning.stream_silence * min(2**self._silences, _MOST_SILENCES)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(silence) as limit:
                stream = self._context.client.groups.events(
                    self.group_id, last_event_id=self._cursor
                )
                async with aclosing(stream) as events:
                    async for event in events:
                        states_before = self._states_seen
                        await self._handle(event)
                        if not self._has_open():
                            return
                        if self._states_seen != states_before:
                            self._silences = 0
                            limit.reschedule(loop.time() + self._tuning.stream_silence)
        self._silences += limit.expired()

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
        self._known_keys.add(question.key)
        if not _has_ended(run):
            status = run.status if run.status in _WORKING else "running"
            if question.state not in (FETCHING, status):
                self._states_seen += 1
                self._state.move([question], status)
            return
        self._states_seen += 1
        self._ends_seen += 1
        self._look_backoff.reset()
        if run.status != "completed":
            await self._collector.failed(question, run)
        elif event.output is not None:
            data = msgspec.json.encode(event.output)
            await self._collector.keep({question: (run.run_id, data)})
        else:
            self._fetch(question, run.run_id)

    def _fetch(self, question: Question, run_id: str) -> None:
        self._state.move([question], FETCHING)
        self._collector.completed(run_id, question)

    def _question_of(self, run_id: str, metadata: Metadata | None) -> Question | None:
        question = self._by_id.get(run_id) if self._by_id else None
        if question is None:
            key, attempt = read_row_key(metadata)
            question = self._by_key.get(key)
            if question is not None and question.attempt != attempt:
                return None
            # Another run with the same row key: the answer of ours is the one that counts.
            if question is not None and question.run_id not in (None, run_id):
                return None
        return question

    async def _read_all(self) -> None:
        """Read all runs with their answers in one stream: nothing in the group is active.

        What the stream leaves open, or a fault, is learned as usual, from events and snapshots.
        """
        self._all_ended = False
        with contextlib.suppress(ParallelError):
            await self._read_lines()

    async def _read_lines(self) -> None:
        lines = self._context.client.groups.run_lines(
            self.group_id,
            include_input=self._needs_input,
            include_output=True,
            last_event_id=self._collector.cursor,
            heartbeat=self._tuning.stream_silence,
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
                    if question is None:
                        continue
                    if run.status == "completed":
                        if (output := line.output) is not None:
                            answers[question] = run.run_id, output
                    elif question.is_open and _has_ended(run):
                        await self._collector.failed(question, run)
                await self._collector.keep(answers)

    async def _read_states(self) -> None:
        """Read a snapshot of the states: what no event has told is learned here.

        Raises:
            StreamError: It leaves out runs that were made.
            ParallelError: It cannot be read.
        """
        self._known_keys.clear()
        for event in await read_group(
            self._context.client,
            self.group_id,
            silence=self._tuning.stream_silence,
            cursor=self._collector.cursor,
            known=self._by_id,
        ):
            await self._note_event(event)
        if not self._has_open():
            self._collector.hurry()
        elif unknown := self._unknown():
            raise StreamError(
                f"The runs of {self.group_id}: {count(len(unknown), 'run')} "
                "that the service has taken are not among them."
            )

    def _unknown(self) -> list[Question]:
        """The open questions of which the last snapshot has told nothing."""
        return [
            question
            for question in self._by_key.values()
            if question.is_open
            and question.state != FETCHING
            and question.key not in self._known_keys
        ]

    async def _read_singly(self) -> None:
        """Ask for each run by itself: those that no stream tells of.

        Raises:
            ParallelError: The service as a whole is at fault, or knows none of the runs.
        """
        client = self._context.client
        group = await client.groups.get(self.group_id)
        known = {question.run_id for question in self._state.questions}
        run_ids = {q.run_id: q for q in self._unknown() if q.run_id} | dict.fromkeys(
            filter(is_id, self._unassigned - known)
        )
        limit = asyncio.Semaphore(self._tuning.fetch_concurrency)
        faults: list[ParallelError] = []

        async def ask(run_id: str, question: Question | None) -> None:
            async with limit:
                try:
                    run = await client.runs.get(run_id)
                    if not run.metadata and question is None:
                        run.metadata = (await client.runs.input(run_id)).metadata
                except ParallelError as error:
                    faults.append(error)
                    if question is not None and not group.status.is_active:
                        self._fetch(question, run_id)  # it has ended, in one way or another
                else:
                    await self._note_event(RunStateEvent(run=run))

        async with asyncio.TaskGroup() as asking:
            for run_id, question in run_ids.items():
                asking.create_task(ask(run_id, question))
        if found := [q for q in self._by_key.values() if q.run_id and q.run_id in run_ids]:
            self._context.recorder.sent(found)  # with the ids that are known now
        if len(faults) == len(run_ids) and self._unknown():
            raise (
                faults[0]
                if faults
                else StreamError(
                    f"{self.group_id}: the service tells nothing of "
                    f"{count(len(self._unknown()), 'run')}.",
                    "Attach again later: what was answered is kept.",
                )
            )

    def _forget_ended(self) -> None:
        """Drop the questions that are over."""
        for question in self._collector.take_over():
            self._by_key.pop(question.key, None)
            if self._by_id and question.run_id:
                self._by_id.pop(question.run_id, None)
