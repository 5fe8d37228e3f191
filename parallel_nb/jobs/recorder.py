"""Writes answers to the journal as they come, in batches, and tells the state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.types import JsonOutput, Output
from parallel_nb.jobs.journal import Finished, Journal
from parallel_nb.jobs.progress import RowNote
from parallel_nb.tables.parse import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.jobs.state import Question, State

#: Answers that wait in memory at most.
_BATCH: Final = 250
#: Seconds after which a smaller batch is written too.
_SOON: Final = 0.25
_TEXT_CHARS: Final = 120

encode_output = msgspec.json.Encoder().encode


class Recorder:
    """The one writer of a job's answers."""

    def __init__(self, journal: Journal, state: State, labels: Sequence[str]) -> None:
        """`labels` name the questions by position."""
        self._journal = journal
        self._state = state
        self._labels = labels
        self._batch: list[Finished] = []
        self._writing = asyncio.Lock()

    async def answered(self, question: Question, run_id: str, output: Output) -> None:
        """Keep an answer. A second one for the same question is dropped."""
        if not question.is_open:
            return
        self._state.note(RowNote(self._labels[question.position], _brief(output), "completed"))
        await self._end(question, run_id, "completed", output=encode_output(output))

    async def failed(self, question: Question, run_id: str | None, status: str, why: str) -> None:
        """Keep a failure: a value of its row, never an exception for the table."""
        if not question.is_open:
            return
        self._state.note(RowNote(self._labels[question.position], why, status))
        await self._end(question, run_id, status, error=why)

    async def _end(self, question: Question, run_id: str | None, status: str, **kept: Any) -> None:
        question.run_id = run_id
        self._state.move(question, status)
        self._batch.append(Finished(question.key, question.attempt, run_id, status, **kept))
        if len(self._batch) >= _BATCH:
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
            if not batch:
                return
            try:
                await asyncio.to_thread(self._journal.finish, batch)
            except BaseException:
                self._batch[:0] = batch
                raise

    async def keep_flushing(self) -> None:
        """Write small batches too, until cancelled."""
        while True:
            await asyncio.sleep(_SOON)
            await self.flush()


def _brief(output: Output) -> str:
    if isinstance(output, JsonOutput):
        parts = [f"{k}: {as_text(v)}" for k, v in output.content.items() if v is not None]
        text = ", ".join(parts) or "nothing found"
    else:
        text = output.content
    text = " ".join(text.split())
    return text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…"
