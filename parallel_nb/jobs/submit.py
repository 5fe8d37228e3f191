"""Sends questions in waves, each exactly once.

A wave is claimed in the journal, then sent. When the answer of that POST is lost, the group
is read: a run that is there, by the row key and attempt in its metadata, was made; one that
is not there once the group has been unchanged for a while was not, and goes out again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from parallel_nb.api.errors import (
    ApiError,
    ParallelError,
    RateLimitError,
    ServiceError,
    TransportError,
)
from parallel_nb.api.types import SourcePolicy, TaskRunInput, TaskSpec
from parallel_nb.jobs.questions import JOB_KEY, ROW_KEY, TRY_KEY
from parallel_nb.jobs.ties import read_group, tie

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from parallel_nb.jobs.journal import Journal, RunRecord
    from parallel_nb.jobs.patience import Patience
    from parallel_nb.jobs.service import Service
    from parallel_nb.jobs.state import Question, State
    from parallel_nb.jobs.tuning import Tuning

_decode_input = msgspec.json.Decoder().decode


class Submitter:
    """Sends one job's unsent questions until there are none, or it is told to stop."""

    def __init__(  # noqa: PLR0913 - what a job is made of
        self,
        *,
        job_id: str,
        owner: str,
        since: float,
        spec: TaskSpec | None,
        policy: SourcePolicy | None,
        client: Service,
        journal: Journal,
        state: State,
        patience: Patience,
        tuning: Tuning,
        room: asyncio.Event,
        on_sent: Callable[[str, list[Question], str | None], None],
        on_taken: Callable[[list[tuple[Question, RunRecord]]], None],
    ) -> None:
        """`on_sent` gets group, questions and run cursor; `on_taken` what others sent."""
        self._job_id = job_id
        self._owner = owner
        self._since = since
        self._spec = spec
        self._policy = policy
        self._client = client
        self._journal = journal
        self._state = state
        self._patience = patience
        self._tuning = tuning
        self._room = room
        self._on_sent = on_sent
        self._on_taken = on_taken
        self._stopping = False

    def stop(self) -> None:
        """Send no more waves; a request that is under way is seen to its end."""
        self._stopping = True
        self._room.set()

    async def run(self, unsent: Iterable[Question]) -> None:
        """Send these questions.

        Raises the `ParallelError` that ends submitting: a fault that will not pass (wrong
        key, no credit, refused request) or has lasted too long. Whatever was claimed and
        not sent is given back first.
        """
        waiting = deque(unsent)
        while waiting and await self._has_room(len(waiting)):
            group_id = await self._group()
            wave = await self._take(waiting)
            claimed = await self._claim(group_id, wave)
            if claimed:
                waiting.extendleft(reversed(await self._send(group_id, claimed)))

    async def _has_room(self, waiting: int) -> bool:
        """Wait until a wave fits into the window; False when told to stop."""
        size = min(waiting, self._tuning.wave)
        while not self._stopping and self._state.open_runs + size > self._tuning.window:
            self._room.clear()
            await self._room.wait()
        return not self._stopping

    async def _group(self) -> str:
        """The job's group, made when there is none; journaled before any run is sent."""
        while self._state.group_id is None:
            try:
                made = await self._client.groups.create({JOB_KEY: self._job_id})
            except ParallelError as error:
                await self._patience.bear(error)
                continue
            self._patience.success()
            self._state.group_id = await asyncio.to_thread(
                self._journal.set_group, self._job_id, made.taskgroup_id
            )
        return self._state.group_id

    async def _take(self, waiting: deque[Question]) -> dict[Question, bytes]:
        """Take a wave off the queue, with its inputs: bounded in rows and in size."""
        first = [waiting[at] for at in range(min(len(waiting), self._tuning.wave))]
        inputs = await asyncio.to_thread(
            self._journal.inputs, self._job_id, [question.position for question in first]
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
        claimed, taken = await asyncio.to_thread(
            lambda: self._journal.claim(
                self._job_id,
                group_id,
                self._owner,
                {question.key: question.position for question in wave},
                since=self._since,
            )
        )
        mine = {}
        for question, data in wave.items():
            if question.key in taken:
                continue
            question.attempt = claimed[question.key]
            question.group_id = group_id
            self._state.move(question, "sending")
            mine[question] = data
        if taken:
            self._on_taken([(q, taken[q.key]) for q in wave if q.key in taken])
        return mine

    async def _send(self, group_id: str, wave: dict[Question, bytes]) -> list[Question]:
        """Send a claimed wave; returns the questions that certainly were not sent."""
        inputs = [self._run_input(question, data) for question, data in wave.items()]
        questions = list(wave)
        try:
            answer = await self._client.groups.add_runs(
                group_id, inputs, default_task_spec=self._spec
            )
        except (TransportError, ServiceError) as error:
            if isinstance(error, TransportError) and not error.maybe_sent:
                return await self._give_back(questions, error)
            return await self._settle(group_id, questions, error)
        except (RateLimitError, ApiError) as error:
            return await self._give_back(questions, error)
        self._patience.success()
        if len(answer.run_ids) != len(questions):
            return await self._settle(group_id, questions, None)
        run_id = answer.run_ids[0] if len(questions) == 1 else None
        await self._sent(group_id, dict.fromkeys(questions, run_id), answer.run_cursor)
        return []

    def _run_input(self, question: Question, data: bytes) -> TaskRunInput:
        return TaskRunInput(
            processor=self._state.processor.name,
            input=_decode_input(data),
            metadata={
                JOB_KEY: self._job_id,
                ROW_KEY: question.key,
                TRY_KEY: str(question.attempt),
            },
            source_policy=self._policy,
        )

    async def _sent(
        self, group_id: str, runs: dict[Question, str | None], cursor: str | None
    ) -> None:
        await asyncio.to_thread(
            self._journal.mark, "sent", [(q.key, q.attempt, run_id) for q, run_id in runs.items()]
        )
        for question, run_id in runs.items():
            question.run_id = run_id
            self._state.move(question, "sent")
        self._state.sent_runs += len(runs)
        self._on_sent(group_id, list(runs), cursor)

    async def _give_back(
        self, questions: list[Question], error: ParallelError | None
    ) -> list[Question]:
        """Take claims back for runs that were not made; raise `error` if it will not pass."""
        await asyncio.to_thread(
            self._journal.mark, "void", [(q.key, q.attempt, None) for q in questions]
        )
        for question in questions:
            self._state.move(question, "unsent")
        if error is not None:
            await self._patience.bear(error)
        return questions

    async def _settle(
        self, group_id: str, questions: list[Question], error: ParallelError | None
    ) -> list[Question]:
        """Find out what a POST without an answer has made, by reading the group.

        Raises when the group cannot be read for too long; the claims stay `sending` and
        are settled when the job is taken up again.
        """
        missing = await settle(self._client, group_id, questions, self._patience, self._tuning)
        made = {q: run_id for q, run_id in missing.items() if run_id is not None}
        if made:
            await self._sent(group_id, dict(made), None)
        rest = [question for question in questions if question not in made]
        if not rest:
            return []
        return await self._give_back(rest, error)


async def settle(
    client: Service,
    group_id: str,
    questions: list[Question],
    patience: Patience,
    tuning: Tuning,
) -> dict[Question, str | None]:
    """Which of these claimed questions have a run in the group: its id, or None.

    A request may act a little after its answer was lost. So runs that are missing count
    as not made only when the group has not grown for `tuning.settle` seconds.
    """
    found: dict[Question, str | None] = dict.fromkeys(questions)
    wanted = {(question.key, question.attempt): question for question in questions}
    pause = min(0.1, tuning.settle / 4)
    size = -1
    unchanged = time.monotonic()
    while True:
        try:
            runs = [event.run for event in await read_group(client, group_id)]
        except ParallelError as error:
            await patience.bear(error)
            unchanged = time.monotonic()
            continue
        patience.success()
        for run in runs:
            if (question := wanted.get(tie(run.metadata))) is not None:
                found[question] = run.run_id
        if len(runs) != size:
            size, unchanged = len(runs), time.monotonic()
        if all(run_id is not None for run_id in found.values()):
            return found
        if time.monotonic() - unchanged >= tuning.settle:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 2, tuning.settle / 2)
