"""Fetches the answers of a group's ended runs, few at a time or in bulk.

One request a run is dear when many have ended, a snapshot of the group is dear when most of
it has been fetched before. So a snapshot is read when at least a third of what it will bring is
new; it begins at the first wave that still misses answers. Bytes stay within three times
of what is needed, whatever the size of the job.

Where no snapshot can be had, all are fetched one by one. An answer that cannot be had either way,
from a service that works otherwise, is a fault of its row.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import (
    RETENTION,
    NotFoundError,
    ParallelError,
    RunFailedError,
    reason_of,
)
from parallel_nb.client.backoff import Backoff
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from parallel_nb.api.types import TaskRun
    from parallel_nb.client.bulk import LineRun
    from parallel_nb.job.context import JobContext
    from parallel_nb.job.model import Question

#: So few are fetched one by one.
_SINGLES: Final = 12
#: A snapshot may bring so many rows for each new one.
_ROWS_FOR_ONE: Final = 3
#: Seconds to wait for more to end before a middling number is fetched one by one.
_WAIT_FOR_MORE_SECONDS: Final = 1.0
#: Seconds between looks whether a burst of events is over, and how many looks there are.
_BURST_SECONDS: Final = 0.03
_BURST_LOOKS: Final = 10
#: A burst goes on while the number of ended runs grows by so much between two looks.
_BURST_GROWTH: Final = 1.1
#: Seconds that one result, of a run that has ended, may take.
_RESULT_SECONDS: Final = 30.0
#: So often an answer is asked for, with the repeats of the client each time.
_MOST_TRIES: Final = 3
#: Characters of the fault in the error of a row.
_WHY_CHARS: Final = 300
#: Snapshots in a row that may fail before answers are fetched one by one only.
_MOST_BULK_FAULTS: Final = 3


class Wave:
    """Questions that were sent together, and where they begin in the runs stream."""

    __slots__ = ("cursor", "extra", "missing", "size")

    def __init__(self, size: int, cursor: str | None, *, extra: int = 0) -> None:
        """`extra` runs lie in the same part of the stream and are not wanted."""
        self.size = size
        self.missing = size
        self.cursor = cursor
        self.extra = extra


class Collector:
    """Fetches the answers of one group."""

    def __init__(self, group_id: str, context: JobContext, *, on_ended: Callable[[], None]) -> None:
        """`on_ended` is called whenever a question has ended."""
        self._group_id = group_id
        self._context = context
        self._recorder = context.recorder
        self._backoff = context.backoff
        self._tuning = context.setup.tuning
        self._on_ended = on_ended
        self._waves: list[Wave] = []
        #: Of each question that is not over.
        self._wave_of: dict[Question, Wave] = {}
        #: Ended runs whose answers are still missing, by run id.
        self.ended: dict[str, Question] = {}
        #: Questions that are over, for the follower to forget.
        self._over: list[Question] = []
        self._has_ended = asyncio.Event()
        #: How often the answer of a run was asked for in vain, by run id; faults of snapshots.
        self._tries: Counter[str] = Counter()
        self._bulk_faults = 0
        self._pauses = Backoff(first=self._tuning.pause, longest=self._tuning.longest_pause)
        #: False once nothing new can end soon: what there is is fetched at once.
        self.expecting_more = True

    def add_wave(self, questions: list[Question], cursor: str | None, *, extra: int = 0) -> None:
        """Say which questions the group was given, from which cursor on."""
        wave = Wave(len(questions), cursor, extra=extra)
        self._waves.append(wave)
        self._wave_of.update(dict.fromkeys(questions, wave))

    def completed(self, run_id: str, question: Question) -> None:
        """A run has ended well; its answer is to be fetched."""
        if question.is_open:
            self.ended[run_id] = question
            self._has_ended.set()

    def hurry(self) -> None:
        """Nothing more ends soon: fetch what there is."""
        self.expecting_more = False
        self._has_ended.set()

    def _forget(self, questions: Iterable[Question]) -> None:
        """Questions have ended: their waves miss so many less."""
        for question in questions:
            if (wave := self._wave_of.pop(question, None)) is not None:
                wave.missing -= 1
        self._over += questions
        self._on_ended()

    def take_over(self) -> list[Question]:
        """The questions that are over since this was last asked."""
        over, self._over = self._over, []
        return over

    @property
    def cursor(self) -> str | None:
        """Where in the runs stream the first wave begins that still misses something.

        None is the start: of the first wave, and of one whose cursor was lost.
        """
        while len(self._waves) > 1 and not self._waves[0].missing:
            self._waves.pop(0)
        return self._waves[0].cursor if self._waves else None

    async def run(self) -> None:
        """Fetch until cancelled. Raises the fault that will not pass."""
        while True:
            await self._has_ended.wait()
            self._has_ended.clear()
            while self.ended:
                await self._wait_for_burst()
                try:
                    await self._fetch()
                except ParallelError as error:
                    await self._backoff.bear(error)
                else:
                    self._backoff.success()

    async def _wait_for_burst(self) -> None:
        """Let a burst of ends come in: while their number still grows, but not for long."""
        for _ in range(_BURST_LOOKS):
            before = len(self.ended)
            await asyncio.sleep(_BURST_SECONDS)
            if len(self.ended) < _BURST_GROWTH * before:
                return

    async def _fetch(self) -> None:
        count = len(self.ended)
        if count > _SINGLES and not self._is_bulk(count) and self.expecting_more:
            await asyncio.sleep(_WAIT_FOR_MORE_SECONDS)
            count = len(self.ended)
        before = len(self.ended)
        # What was asked for alone in vain may still come with the others.
        is_last_try = _MOST_TRIES - 1 in self._tries.values()
        if (count > _SINGLES and self._is_bulk(count)) or is_last_try:
            await self._try_bulk()
        if len(self.ended) == before:
            await self._fetch_singles()

    async def _try_bulk(self) -> None:
        """Fetch in bulk; where that fails, what is left is fetched one by one."""
        if self._bulk_faults >= _MOST_BULK_FAULTS:
            return
        try:
            await self._fetch_bulk()
        except ParallelError:
            self._bulk_faults += 1
        else:
            self._bulk_faults = 0

    def _is_bulk(self, count: int) -> bool:
        _ = self.cursor  # drops the waves that are done
        fetched = sum(wave.size - wave.missing + wave.extra for wave in self._waves)
        return fetched + count <= _ROWS_FOR_ONE * count

    async def _fetch_bulk(self) -> None:
        lines = self._context.client.groups.run_lines(
            self._group_id,
            include_output=True,
            last_event_id=self.cursor,
            heartbeat=self._tuning.stream_silence,
        )
        async with aclosing(lines) as batches:
            async for batch in batches:
                answers = {}
                for line in batch:
                    question = self.ended.get(line.run.run_id)
                    if question is not None and (output := line.output) is not None:
                        answers[question] = line.run.run_id, output
                await self.keep(answers)

    async def keep(self, answers: Mapping[Question, tuple[str, bytes]]) -> None:
        """Record answers: of each question the run's id and the output as JSON."""
        await self._recorder.answered(answers)
        if self.ended:
            for run_id, _ in answers.values():
                self.ended.pop(run_id, None)
                self._tries.pop(run_id, None)
        self._forget(answers)

    async def failed(self, question: Question, run: TaskRun | LineRun) -> None:
        """Record a run that did not end well, with the service's own reason."""
        status, reason = run.status, _reason(run)
        if reason is None and status != "action_required":
            with contextlib.suppress(ParallelError):  # a reason that cannot be had is none
                reason = _reason(await self._context.client.runs.get(run.run_id))
        if status not in _REASONS:
            status, reason = "failed", reason or f"The run has ended as {shorten(status, 60)!r}."
        self._fail(question, run.run_id, status, reason or _REASONS[status])

    def _fail(self, question: Question, run_id: str, status: str, why: str) -> None:
        self._recorder.failed(question, run_id, status, why)
        self._end(question, run_id)

    def _end(self, question: Question, run_id: str) -> None:
        self.ended.pop(run_id, None)
        self._tries.pop(run_id, None)
        self._forget([question])

    async def _fetch_singles(self) -> None:
        """Fetch some answers; what cannot be fetched thrice has the reason in its row.

        Raises:
            ParallelError: The service as a whole is at fault, and no single row.
        """
        # Those that failed before come last, so that they hold up no others.
        some = sorted(self.ended.items(), key=lambda item: self._tries[item[0]])
        some = some[: 4 * self._tuning.fetch_concurrency]
        limit = asyncio.Semaphore(self._tuning.fetch_concurrency)
        faults: dict[str, ParallelError] = {}

        async def fetch(run_id: str, question: Question) -> None:
            async with limit:
                try:
                    await self._fetch_one(run_id, question)
                except ParallelError as error:
                    faults[run_id] = error

        async with asyncio.TaskGroup() as fetching:
            for run_id, question in some:
                fetching.create_task(fetch(run_id, question))
        if not faults:
            self._pauses.reset()
            return
        if len(faults) == len(some):
            await self._context.client.groups.get(self._group_id)
        for run_id, error in faults.items():
            self._tries[run_id] += 1
            if self._tries[run_id] >= _MOST_TRIES and run_id in self.ended:
                self._recorder.unread(self.ended[run_id], run_id, _why_unread(error))
                self._end(self.ended[run_id], run_id)
        if len(faults) == len(some) and self.ended:
            await asyncio.sleep(self._pauses.next_pause())

    async def _fetch_one(self, run_id: str, question: Question) -> None:
        try:
            result = await self._context.client.runs.result(run_id, timeout=_RESULT_SECONDS)
        except RunFailedError as error:
            run = await self._context.client.runs.get(run_id)
            status = run.status if run.status in _REASONS else "failed"
            self._fail(question, run_id, status, _reason(run) or error.message)
        else:
            await self.keep({question: (run_id, msgspec.json.encode(result.output))})


def _why_unread(error: ParallelError) -> str:
    """Why the answer of a run that has ended is missing, and what can be done."""
    why = shorten(error.message.rstrip(". "), _WHY_CHARS)
    remedy = f"If it is gone ({RETENTION[0].lower()}{RETENTION[1:]}), ask again with fresh; "
    remedy += "that is billed again."
    if not isinstance(error, NotFoundError):
        remedy = f"Run the cell again to fetch it; that costs nothing. {remedy}"
    return f"The run has ended, and its answer cannot be fetched: {why}. {remedy}"


def _reason(run: TaskRun | LineRun) -> str | None:
    """The service's own words on why a run failed, with its detail and number; None without."""
    error = run.error
    return None if error is None else reason_of(error.message, error.detail, error.ref_id or None)


_REASONS: Final = {
    "failed": "The run has failed; the service gave no reason.",
    "cancelled": "The run was cancelled.",
    "action_required": "The run asks for an action that a table cannot give.",
}
