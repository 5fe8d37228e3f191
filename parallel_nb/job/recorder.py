"""Writes answers to the journal as they come, in batches, and tells the state."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from parallel_nb.job.journal.journal import AnswerRow, Finished, Journal
from parallel_nb.job.model import RowNote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.job.state import Question, State

#: So many bytes of answers are written at once, and so many may wait in memory at most. Each
#: write waits for the disk; answers that a crash takes along are fetched again, at no cost.
_BATCH: Final = 500_000
_MOST: Final = 16_000_000
#: What an answer takes beside its text.
_EACH: Final = 100
#: A display shows no more of the newest rows.
_SHOWN: Final = 5
#: Seconds after which a smaller batch is written too.
_SOON: Final = 0.25


class Recorder:
    """The one writer of a job's answers: beside the loop, never in its way."""

    def __init__(self, journal: Journal, state: State, labels: Sequence[str]) -> None:
        """`labels` name the questions by position."""
        self._journal = journal
        self._state = state
        self._labels = labels
        self._batch: list[Finished] = []
        self._bytes = 0
        #: Answers by position, while they are few bytes: a frame that is made at the end need
        #: not read them again.
        self._kept: dict[int, bytes] | None = {}
        self._kept_bytes = 0
        self._sent: list[tuple[Question, int]] = []
        self._writing = asyncio.Lock()
        self._much = asyncio.Event()

    def sent(self, questions: Iterable[Question]) -> None:
        """Note that the service has these runs.

        Written with the next batch. Until then the claims stand as `sending`, which is as safe:
        whoever takes them up reads the group first. What has ended by then is one write less.
        """
        self._sent += [(question, question.attempt) for question in questions]

    async def answered(self, question: Question, run_id: str, output: bytes) -> None:
        """Keep an answer as JSON. A second one for the same question is dropped."""
        if question.is_open:
            self._state.note_answer(self._labels[question.position], output)
            self._keep([(question, run_id, output)], len(output))
            await self._end(Finished(question.key, question.attempt, run_id, "completed", output))
            question.run_id = run_id
            self._state.move(question, "completed")

    async def answered_all(self, answers: Sequence[tuple[Question, str, bytes]]) -> None:
        """Keep answers of questions that are all open."""
        size = 0
        for question, run_id, output in answers:
            question.run_id = run_id
            size += len(output)
        self._bytes += size + _EACH * len(answers)
        self._keep(answers, size)
        self._batch += [
            Finished(question.key, question.attempt, run_id, "completed", output)
            for question, run_id, output in answers
        ]
        for question, _, output in answers[-_SHOWN:]:
            self._state.note_answer(self._labels[question.position], output)
        self._state.move_open([question for question, _, _ in answers], "completed")
        await self._bound()

    def _keep(self, answers: Sequence[tuple[Question, str, bytes]], size: int) -> None:
        self._kept_bytes += size
        if self._kept is not None:
            if self._kept_bytes > _MOST:
                self._kept = None
            else:
                self._kept.update({question.position: data for question, _, data in answers})

    def take_answers(self) -> Iterator[AnswerRow] | None:
        """The answers to all questions, in order, if all of them came by here; once."""
        kept, self._kept = self._kept, None
        questions = self._state.questions
        if kept is None or len(kept) != len(questions):
            return None
        return (
            AnswerRow(q.position, q.key, "completed", q.run_id, kept[q.position], None)
            for q in questions
        )

    async def failed(self, question: Question, run_id: str | None, status: str, why: str) -> None:
        """Keep a failure: a value of its row, never an exception for the table."""
        if question.is_open:
            self._state.note(RowNote(self._labels[question.position], why, status))
            question.run_id = run_id
            self._state.move(question, status)
            await self._end(Finished(question.key, question.attempt, run_id, status, None, why))

    async def _end(self, ended: Finished) -> None:
        self._batch.append(ended)
        self._bytes += len(ended.output or b"") + _EACH
        await self._bound()

    async def _bound(self) -> None:
        """Have the writer woken when there is much, and wait for it when there is too much."""
        if self._bytes >= _BATCH:
            self._much.set()
            if self._bytes >= _MOST:
                await self.flush()

    async def flush(self) -> None:
        """Write what waits, and wait for what is being written.

        Shielded: a task that is cancelled while it writes must not leave the end of the job
        unaware of a write that is still under way.
        """
        await asyncio.shield(asyncio.ensure_future(self._write()))

    async def _write(self) -> None:
        async with self._writing:
            batch, self._batch = self._batch, []
            size, self._bytes = self._bytes, 0
            noted, self._sent = self._sent, []
            sent = [
                (question.key, attempt, question.run_id)
                for question, attempt in noted
                if question.is_open and question.attempt == attempt
            ]
            if not batch and not sent:
                return
            try:
                await asyncio.to_thread(self._journal.finish, batch, sent=sent)
            except BaseException:
                self._batch[:0] = batch
                self._bytes += size
                self._sent[:0] = noted
                raise

    async def keep_flushing(self) -> None:
        """Write small batches too, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SOON):
                    await self._much.wait()
            self._much.clear()
            await self.flush()
