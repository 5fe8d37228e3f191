"""Keeps claims alive that are not sent yet, so that nobody takes their owner for dead.

Waves are claimed ahead and wait for room, which takes as long as the runs before them; a request
may wait for a quota. Other kernels take a claim over that has not changed for the lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.job.journal import Journal
    from parallel_nb.job.model import Question
    from parallel_nb.job.tuning import Tuning


class Hold:
    """The claims of one owner of which nobody has told the end yet."""

    def __init__(self, journal: Journal, owner: str, tuning: Tuning) -> None:
        """Nothing is held yet."""
        self._journal = journal
        self._owner = owner
        self._every = tuning.lease / 3
        #: When each was last written, in seconds since 1970: a clock that goes on in a
        #: machine that sleeps.
        self._held: dict[Question, float] = {}

    def take(self, questions: Iterable[Question]) -> None:
        """Hold claims that were written now."""
        self._held.update(dict.fromkeys(questions, time.time()))

    def drop(self, questions: Iterable[Question]) -> None:
        """Hold these no longer: they were sent, or given back."""
        for question in questions:
            self._held.pop(question, None)

    async def keep(self) -> None:
        """Write now and then that they are still held, until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            with contextlib.suppress(sqlite3.Error):  # the look before sending decides
                await self._renew(list(self._held))

    async def lost(self, wave: Sequence[Question]) -> set[Question]:
        """Which of these another kernel has taken over, as after a sleep of this machine."""
        oldest = min((self._held.get(question, 0.0) for question in wave), default=0.0)
        if time.time() - oldest < 2 * self._every:
            return set()
        return await self._renew(wave)

    async def _renew(self, questions: Sequence[Question]) -> set[Question]:
        """Write them again; returns, and drops, those that are ours no more."""
        if not questions:
            return set()
        now = time.time()
        claims = [(question.key, question.attempt) for question in questions]
        ours = await asyncio.to_thread(self._journal.renew, self._owner, claims)
        self._held.update({q: now for q in questions if q in self._held and q.key in ours})
        # One that was sent meanwhile is not `sending` any more and was dropped above.
        return {q for q in questions if q.key not in ours and q in self._held}
