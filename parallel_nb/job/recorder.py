"""Writes answers to the journal as they come, in batches, and moves the questions on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from parallel_nb.job.journal import RunOutcome
from parallel_nb.job.model import SHOWN_ANSWERS, UNREAD, RowNote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parallel_nb.job.journal import Journal
    from parallel_nb.job.model import Question, State

#: So many bytes of answers are written at once, and so many may wait in memory at most. Each
#: write waits for the disk; answers that a crash takes along are fetched again, at no cost.
_BATCH_BYTES: Final = 500_000
_MOST_BYTES: Final = 16_000_000
#: What an answer takes beside its text.
_BYTES_EACH: Final = 100
#: Seconds after which a smaller batch is written too.
_FLUSH_SECONDS: Final = 0.25


class Recorder:
    """The one writer of a job's answers: beside the loop, never in its way."""

    def __init__(self, journal: Journal, state: State, labels: Sequence[str]) -> None:
        """`labels` name the questions by position."""
        self._journal = journal
        self._state = state
        self._labels = labels
        #: What waits to be written: how runs ended, and which were sent, with their attempt.
        self._outcomes: list[RunOutcome] = []
        self._bytes = 0
        self._sent: dict[Question, int] = {}
        #: The outcomes by position while they are few bytes, so that the frame that is made at
        #: the end need not read them back: a tenth of the time of a job that is answered at once.
        self._kept: dict[int, RunOutcome] | None = {}
        self._kept_bytes = 0
        self._writing = asyncio.Lock()
        self._batch_is_full = asyncio.Event()

    def sent(self, questions: Iterable[Question]) -> None:
        """Note that the service has these runs.

        Written when no answers press. Until then the claims stand as `sending`, which is as safe:
        whoever takes them up reads the group first. What has ended by then is one write less.
        """
        self._sent.update({question: question.attempt for question in questions})

    async def answered(self, answers: Mapping[Question, tuple[str, bytes]]) -> None:
        """Keep answers: of each question the run's id and the output as JSON.

        A second answer to a question is dropped. Waits while too much waits to be written.
        """
        fresh = [question for question in answers if question.is_open]
        outcomes = []
        for question in fresh:
            question.run_id, output = answers[question]
            outcomes.append(
                RunOutcome(question.key, question.attempt, question.run_id, "completed", output)
            )
        self._outcomes += outcomes
        size = sum([len(outcome.output or b"") for outcome in outcomes])
        self._bytes += size + _BYTES_EACH * len(outcomes)
        for question in fresh[-SHOWN_ANSWERS:]:
            self._state.note_answer(self._labels[question.position], answers[question][1])
        self._state.move(fresh, "completed")
        self._keep(fresh, outcomes, size)
        if self._bytes >= _BATCH_BYTES:
            self._batch_is_full.set()
        if self._bytes >= _MOST_BYTES:
            await self.flush()

    def failed(self, question: Question, run_id: str | None, status: str, why: str) -> None:
        """Keep a failure: a value of its row, never an exception for the table."""
        if question.is_open:
            question.run_id = run_id
            self._outcomes.append(
                RunOutcome(question.key, question.attempt, run_id, status, None, why)
            )
            self._bytes += _BYTES_EACH
            self._state.note_failure(RowNote(self._labels[question.position], why, status))
            self._state.move([question], status)

    def unread(self, question: Question, run_id: str, why: str) -> None:
        """Keep why the answer of a paid run cannot be had now; the run counts as sent."""
        if question.is_open:
            question.run_id = run_id
            self._outcomes.append(
                RunOutcome(question.key, question.attempt, run_id, "sent", None, why)
            )
            self._bytes += _BYTES_EACH
            self._state.note_failure(RowNote(self._labels[question.position], why, "failed"))
            self._state.move([question], UNREAD)

    def _keep(
        self, questions: Sequence[Question], outcomes: Sequence[RunOutcome], size: int
    ) -> None:
        self._kept_bytes += size
        if self._kept_bytes > _MOST_BYTES:
            self._kept = None
        elif self._kept is not None:
            positions = [question.position for question in questions]
            self._kept.update(zip(positions, outcomes, strict=True))

    def take_answers(self) -> Iterator[RunOutcome] | None:
        """The answers to all questions, in order, if each was recorded here; only once."""
        kept, self._kept = self._kept, None
        if kept is None or len(kept) != len(self._state.questions):
            return None
        return map(kept.__getitem__, range(len(kept)))

    async def flush(self, *, answers_only: bool = False) -> None:
        """Write what waits, and wait for what is being written.

        Shielded: a task that is cancelled while it writes must not leave the end of the job
        unaware of a write that is still under way.
        """
        await asyncio.shield(asyncio.ensure_future(self._write(answers_only=answers_only)))

    async def _write(self, *, answers_only: bool) -> None:
        async with self._writing:
            outcomes, self._outcomes = self._outcomes, []
            size, self._bytes = self._bytes, 0
            noted: dict[Question, int] = {}
            if not answers_only:
                noted, self._sent = self._sent, noted
            sent = [
                (question.key, attempt, question.run_id)
                for question, attempt in noted.items()
                if question.is_open and question.attempt == attempt
            ]
            if not outcomes and not sent:
                return
            try:
                await asyncio.to_thread(self._journal.finish, outcomes, sent=sent)
            except BaseException:
                self._outcomes[:0] = outcomes
                self._bytes += size
                self._sent = noted | self._sent
                raise

    async def keep_flushing(self) -> None:
        """Write small batches too, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH_SECONDS):
                    await self._batch_is_full.wait()
            is_full = self._batch_is_full.is_set()
            self._batch_is_full.clear()
            await self.flush(answers_only=is_full)
