"""Sends questions in waves, each exactly once.

A wave is claimed in the journal, then sent. When the answer of that POST is lost or is an error,
whatever error, the group is read: a run that is there, by the row key and attempt in its metadata,
was made; one that is not there once the group has been unchanged for a while was not, and goes out
again.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from parallel_nb.api.errors import (
    InputError,
    InvalidRequestError,
    ParallelError,
    RateLimitError,
)
from parallel_nb.api.types import TaskRunInput
from parallel_nb.client.runs import is_id
from parallel_nb.job.backoff import JobBackoff
from parallel_nb.job.extras import with_extras
from parallel_nb.job.leases import Leases
from parallel_nb.job.questions import JOB_KEY, ROW_KEY, TRY_KEY
from parallel_nb.job.reconcile import find_runs, unchanged_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from parallel_nb.job.context import JobContext
    from parallel_nb.job.journal import RunRecord
    from parallel_nb.job.model import Question


#: Refusals (422) in a row after which no single row is to blame: halving 1,000 takes 10.
_MOST_REFUSALS: Final = 24
#: How a refusal names a row: `inputs[17]`, `inputs.17`, `body.inputs.17.input`.
_NAMED_ROW: Final = re.compile(r"\binputs\W{1,3}(\d+)\b")

#: Below this share of a wave no part of it goes out while the quota is nearly used up: rows flow
#: evenly, and not a row a request.
_LEAST_SHARE: Final = 0.25

#: Waves that are claimed together: each write waits for the disk.
_CLAIMED_TOGETHER: Final = 2

#: Stand for a row's key and attempt while a run is written.
_KEY_MARK: Final = "{row key}"
_TRY_MARK: Final = "{attempt}"


class OnSent(Protocol):
    """Called when the runs of a wave were made."""

    def __call__(
        self,
        group_id: str,
        questions: list[Question],
        cursor: str | None,
        *,
        run_ids: Sequence[str] = (),
        active: bool = True,
    ) -> None:
        """See `Follower.add`."""


class Submitter:
    """Sends one job's unsent questions until there are none, or it is told to stop."""

    def __init__(
        self,
        context: JobContext,
        *,
        room: asyncio.Event,
        count_claims: Callable[[], int],
        on_sent: OnSent,
        on_taken: Callable[[list[tuple[Question, RunRecord]]], None],
    ) -> None:
        """Send nothing before `run`.

        Args:
            context: What the parts of the job share.
            room: Set whenever a run may have ended, so that a wave may fit into the window.
            count_claims: How many open questions are claims of others. They do not fill the
                window: two kernels whose waves wait must not wait for each other.
            on_sent: Called when the runs of a wave were made.
            on_taken: Called with questions that another kernel has sent, and their runs.
        """
        setup = context.setup
        self._context = context
        self._setup = setup
        self._journal = setup.journal
        self._state = setup.state
        self._tuning = setup.tuning
        self._backoff = context.backoff
        #: Of sending alone: that the group can be read does not show that it takes runs.
        self._sending_backoff = JobBackoff(setup.tuning)
        self._room = room
        self._count_claims = count_claims
        self._on_sent = on_sent
        self._on_taken = on_taken
        self._stopping = False
        self._window = setup.tuning.runs_at_work(
            setup.state.processor,
            setup.state.runs_per_minute if setup.state.billed else None,
        )
        #: Rows of a wave at most: fewer after a 429, when another client uses the same quota.
        self._most = setup.tuning.wave
        self._leases = Leases(setup.journal, context.owner, setup.tuning.lease)
        #: Rows that were refused alone, and why; refusals since something was accepted.
        self._refused: list[tuple[Question, InvalidRequestError]] = []
        self._refusals = 0

    def stop(self) -> None:
        """Send no more waves; a request that is under way is seen to its end."""
        self._stopping = True
        self._room.set()

    async def run(self, unsent: Iterable[Question]) -> None:
        """Send these questions.

        Raises:
            ParallelError: A fault that does not pass (wrong key, no credit, refused request) or
                has lasted too long. What was claimed and not sent is given back first.
        """
        group_id = await self._group()
        waiting = deque(unsent)
        async with asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(self._leases.keep_renewing())
            await self._send_waves(group_id, waiting, tasks)
            renewing.cancel()

    async def _send_waves(
        self, group_id: str, waiting: deque[Question], tasks: asyncio.TaskGroup
    ) -> None:
        # While some waves wait and are sent, the next ones are claimed.
        claiming = tasks.create_task(self._claim_next(group_id, waiting))
        unsent_waves: deque[dict[Question, bytes]] = deque()
        try:
            while unsent_waves := deque(await claiming):
                claiming = tasks.create_task(self._claim_next(group_id, waiting))
                while unsent_waves:
                    room = await self._room_for(len(unsent_waves[0]))
                    if not room:
                        return
                    wave = unsent_waves.popleft()
                    if room < len(wave):
                        rows = list(wave.items())
                        unsent_waves.appendleft(dict(rows[room:]))
                        wave = dict(rows[:room])
                    if lost := await self._leases.lost(list(wave)):
                        wave = {q: data for q, data in wave.items() if q not in lost}
                        self._leases.release(lost)
                        waiting.extend(lost)
                    if not wave:
                        continue
                    self._state.move(wave, "sending")
                    try:
                        waiting.extendleft(reversed(await self._send(group_id, wave)))
                    finally:
                        await self._record_refused()
        finally:
            (ahead,) = await asyncio.gather(claiming, return_exceptions=True)
            claimed = [*unsent_waves, *(ahead if isinstance(ahead, list) else ())]
            if claimed:
                await self._give_back([q for wave in claimed for q in wave], None)

    async def _claim_next(
        self, group_id: str, waiting: deque[Question]
    ) -> list[dict[Question, bytes]]:
        """Claim the next waves, in one write; none is the end."""
        while waiting and not self._stopping:
            taken = [await self._take_wave(waiting) for _ in range(_CLAIMED_TOGETHER)]
            claimed = await self._claim(group_id, {q: wave[q] for wave in taken for q in wave})
            waves = [{q: wave[q] for q in wave if q in claimed} for wave in taken]
            if waves := [wave for wave in waves if wave]:
                return waves
        return []

    async def _room_for(self, size: int) -> int:
        """Wait until rows of a wave may go out, by the window and the quota.

        Returns:
            How many of them; 0 when told to stop.
        """
        while not self._stopping:
            quota = self._context.client.task_quota
            most = min(size, self._most, self._window, quota.most)
            least = math.ceil(most * _LEAST_SHARE)
            room = min(most, quota.left)
            has_quota = room >= least
            if has_quota and self._open_runs() + room <= self._window:
                return room
            self._room.clear()
            wait = None if has_quota else quota.seconds_until(least)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._room.wait()
        return 0

    def _open_runs(self) -> int:
        return self._state.open_runs - self._count_claims()

    async def _group(self) -> str:
        """The job's group, made when there is none; journaled before any run is sent."""
        while self._state.group_id is None:
            try:
                made = await self._context.client.groups.create({JOB_KEY: self._setup.job_id})
            except ParallelError as error:
                await self._backoff.bear(error)
                continue
            self._backoff.success()
            self._state.group_id = await asyncio.to_thread(
                self._journal.set_group, self._setup.job_id, made.taskgroup_id
            )
        return self._state.group_id

    async def _take_wave(self, waiting: deque[Question]) -> dict[Question, bytes]:
        """Take a wave off the queue, with its inputs: bounded in rows and in size."""
        first = [waiting[at] for at in range(min(len(waiting), self._tuning.wave))]
        inputs: Mapping[int, bytes] | Sequence[bytes] | None = self._setup.inputs
        if inputs is None:
            inputs = await asyncio.to_thread(
                self._journal.inputs, self._setup.job_id, [question.position for question in first]
            )
        wave: dict[Question, bytes] = {}
        size = 0
        for question in first:
            data = inputs[question.position]
            size += len(data)
            if wave and size > self._tuning.wave_chars:
                break
            wave[question] = data
            waiting.popleft()
        return wave

    async def _claim(self, group_id: str, wave: dict[Question, bytes]) -> dict[Question, bytes]:
        # Taken before the claims are written: a machine that sleeps right after must not think
        # them fresh when it wakes.
        asked = self._journal.clock()
        claimed, taken = await asyncio.to_thread(
            lambda: self._journal.claim(
                self._setup.job_id,
                group_id,
                self._context.owner,
                {question.key: question.position for question in wave},
                since=self._setup.since,
            )
        )
        mine = {}
        for question, data in wave.items():
            if question.key in taken:
                continue
            question.attempt = claimed[question.key]
            question.run_id, question.group_id = None, group_id
            mine[question] = data
        self._state.set_own(mine, is_own=True)
        self._leases.add(mine, asked)
        if taken:
            self._on_taken([(q, taken[q.key]) for q in wave if q.key in taken])
        return mine

    async def _send(self, group_id: str, wave: dict[Question, bytes]) -> list[Question]:
        """Send a claimed wave; returns the questions whose runs were certainly not made."""
        inputs = self._run_inputs(wave)
        questions = list(wave)
        try:
            answer = await self._context.client.groups.add_runs(
                group_id,
                inputs,
                default_task_spec=self._setup.spec,
                tool_servers=bool(self._setup.settings.mcp_servers),
            )
        except ParallelError as error:
            if isinstance(error, RateLimitError):
                self._most = max(1, len(wave) // 2)
            if isinstance(error, InputError) or not getattr(error, "maybe_sent", True):
                return await self._give_back(questions, error)
            return await self._reconcile(group_id, wave, error)
        self._backoff.success()
        self._refusals = 0
        self._most = min(self._tuning.wave, 2 * self._most)
        if len(answer.run_ids) != len(questions):
            return await self._reconcile(group_id, wave, None)
        if len(questions) == 1 and is_id(answer.run_ids[0]):
            questions[0].run_id = answer.run_ids[0]
        self._sent(
            group_id,
            questions,
            answer.run_cursor,
            run_ids=answer.run_ids,
            active=answer.status.is_active,
        )
        return []

    async def _isolate(
        self, group_id: str, wave: dict[Question, bytes], error: InvalidRequestError
    ) -> list[Question]:
        """Find the rows for which the service refuses a wave, and send the others.

        One bad row makes the service refuse all that are sent with it. The row that the answer
        names is sent alone, else the wave is halved. Raises `error` when the refusals do not
        end: then the spec is at fault, or the processor, and no row.
        """
        self._refusals += 1
        if self._refusals > _MOST_REFUSALS:
            return await self._give_back(list(wave), error)
        if len(wave) == 1:
            self._refused.append((next(iter(wave)), error))
            return []
        unsent: list[Question] = []
        parts = _split_refused(wave, error)
        while parts:
            part = parts.pop(0)
            try:
                unsent += await self._send(group_id, part)
            except ParallelError:
                await self._give_back([q for rest in parts for q in rest], None)
                raise
        return unsent

    async def _record_refused(self) -> None:
        """Give rows that were refused alone the reason as their error.

        When nothing of the job was ever accepted they are given back instead, and the
        reason is raised, because it would be the same in every row.
        """
        refused, self._refused = self._refused, []
        if refused and not self._state.sent_runs:
            await self._give_back([question for question, _ in refused], None)
            raise refused[-1][1]
        self._leases.release([question for question, _ in refused])
        for question, error in refused:
            self._context.recorder.failed(question, None, "failed", error.reason)

    def _run_inputs(self, wave: dict[Question, bytes]) -> list[TaskRunInput]:
        """The runs of a wave; their inputs go as they stand in the journal, unread."""
        pattern = TaskRunInput(
            processor=self._state.processor.name,
            input="",
            metadata={JOB_KEY: self._setup.job_id, ROW_KEY: _KEY_MARK, TRY_KEY: _TRY_MARK},
            **msgspec.structs.asdict(self._setup.settings),
        )
        # Put together from bytes: what is the same in each run is written once.
        head, rest = msgspec.json.encode(pattern).split(b'"input":""', 1)
        middle, rest = rest.split(_KEY_MARK.encode(), 1)
        last, tail = rest.split(_TRY_MARK.encode(), 1)
        head += b'"input":'
        extras = self._setup.extras
        tails = {q: with_extras(tail, extras[q.position]) for q in wave if q.position in extras}
        join = b"".join
        return [
            msgspec.Raw(  # type: ignore[misc]  # the JSON of a TaskRunInput
                join((head, data, middle, q.key.encode(), last, b"%d" % q.attempt, end))
            )
            for (q, data), end in ((row, tails.get(row[0], tail)) for row in wave.items())
        ]

    def _sent(
        self,
        group_id: str,
        questions: list[Question],
        cursor: str | None,
        *,
        run_ids: Sequence[str] = (),
        active: bool = True,
    ) -> None:
        self._state.move(questions, "sent")
        self._state.sent_runs += len(questions)
        self._sending_backoff.success()
        self._leases.release(questions)
        self._context.recorder.sent(questions)
        self._on_sent(group_id, questions, cursor, run_ids=run_ids, active=active)

    async def _give_back(
        self, questions: list[Question], error: ParallelError | None
    ) -> list[Question]:
        """Withdraw claims whose runs were not made.

        Returns the questions. Raises `error` if that does not pass, or has lasted too long.
        """
        await asyncio.to_thread(
            self._journal.mark, "void", [(q.key, q.attempt, None) for q in questions]
        )
        self._leases.release(questions)
        self._state.move(questions, "unsent")
        if error is not None:
            await self._sending_backoff.bear(error)
        return questions

    async def _reconcile(
        self, group_id: str, wave: dict[Question, bytes], error: ParallelError | None
    ) -> list[Question]:
        """Find out which runs a POST without a good answer has made; returns the others.

        Raises:
            ParallelError: The group cannot be read, also after a while: `error`, where there is
                one that says more. The claims stay `sending`, and are reconciled when the job is
                taken up again.
        """
        try:
            found = await find_runs(
                self._setup.connection,
                group_id,
                list(wave),
                self._backoff,
                unchanged_for=unchanged_time(error, self._tuning),
                silence=self._tuning.stream_silence,
            )
        except ParallelError as fault:
            raise error or fault from fault
        for question, run_id in found.items():
            question.run_id = run_id
        if made := [question for question in wave if question.run_id]:
            self._sent(group_id, made, None)
        missing = {question: data for question, data in wave.items() if not question.run_id}
        if not missing:
            return []
        if isinstance(error, InvalidRequestError):
            return await self._isolate(group_id, missing, error)
        return await self._give_back(list(missing), error)


def _split_refused(
    wave: dict[Question, bytes], error: InvalidRequestError
) -> list[dict[Question, bytes]]:
    """A refused wave in two: the row that the refusal names and the others, else halves."""
    rows = list(wave.items())
    named = _NAMED_ROW.search(error.message)
    at = int(named[1]) if named else len(rows)
    if at < len(rows):
        return [dict(rows[at : at + 1]), dict(rows[:at] + rows[at + 1 :])]
    middle = len(rows) // 2
    return [dict(rows[:middle]), dict(rows[middle:])]
