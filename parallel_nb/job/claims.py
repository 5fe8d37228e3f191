"""Claims that nobody has told the end of: of a dead kernel, or of one that is at work now.

Those of the dead are settled by reading the group; for the living the journal is watched.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from parallel_nb.job.leases import may_be_at_work
from parallel_nb.job.reconcile import settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.job.backoff import Patience
    from parallel_nb.job.journal import Journal, RunRecord
    from parallel_nb.job.model import Question, State
    from parallel_nb.job.service import Service
    from parallel_nb.job.tuning import Tuning


class Claims:
    """The claims in doubt of one job."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        *,
        job_id: str,
        client: Service,
        journal: Journal,
        state: State,
        patience: Patience,
        tuning: Tuning,
        since: float,
        on_sent: Callable[[str, list[Question]], None],
        on_taken: Callable[[list[tuple[Question, RunRecord]]], None],
    ) -> None:
        """`on_sent` gets group and questions that were made after all; see `Submitter`."""
        self._job_id = job_id
        self._client = client
        self._journal = journal
        self._state = state
        self._patience = patience
        self._tuning = tuning
        self._since = since
        self._on_sent = on_sent
        self._on_taken = on_taken
        self._claims: dict[Question, RunRecord] = {}
        self._doubtful = asyncio.Event()
        #: Set whenever something was settled.
        self.settled = asyncio.Event()

    def __len__(self) -> int:
        """How many are in doubt."""
        return len(self._claims)

    def doubt(self, question: Question, run: RunRecord) -> None:
        """Take up a claim whose end is not known."""
        self._claims[question] = run
        self._doubtful.set()

    async def keep_settling(self) -> None:
        """Find out what became of claims that nobody has told the end of, until cancelled."""
        while True:
            await self._doubtful.wait()
            waiting: dict[Question, RunRecord] = {}
            by_group: dict[str, list[Question]] = {}
            for question, run in self._claims.items():
                if may_be_at_work(run.owner, run.changed, self._tuning.lease):
                    waiting[question] = run
                else:
                    by_group.setdefault(run.group_id, []).append(question)
            for group_id, questions in by_group.items():
                await self._settle(group_id, questions)
            if waiting:
                await self._ask_journal(waiting)
            if not self._claims:
                self._doubtful.clear()
            self.settled.set()

    async def _settle(self, group_id: str, questions: list[Question]) -> None:
        seen = {q: self._claims[q].changed for q in questions}
        found = await settle(
            self._client, group_id, questions, self._patience, quiet=self._tuning.settle
        )
        made = [(q.key, q.attempt, run_id) for q, run_id in found.items() if run_id]
        lost = [q for q, run_id in found.items() if not run_id]
        await asyncio.to_thread(self._journal.mark, "sent", made)
        sent = []
        for question, run_id in found.items():
            if run_id:
                self._claims.pop(question, None)
                self._state.move([question], "sent")
                question.run_id = run_id
                sent.append(question)
        if sent:
            self._on_sent(group_id, sent)
        if lost:
            await asyncio.to_thread(
                self._journal.abandon, [(q.key, q.attempt, seen[q]) for q in lost]
            )
            await self._heed(lost)

    async def _ask_journal(self, waiting: dict[Question, RunRecord]) -> None:
        """See what another living kernel has written about its claims since."""
        await asyncio.sleep(self._tuning.pause)
        await self._heed(list(waiting))

    async def _heed(self, questions: list[Question]) -> None:
        """Go by what the journal says of these now."""
        keys = [question.key for question in questions]
        known = await asyncio.to_thread(self._journal.latest, keys, since=self._since)
        told = []
        moved = []
        for question in questions:
            run = known.get(question.key)
            if run is None or run.state not in ("sending", "sent", "completed"):
                self._claims.pop(question, None)
                self._state.move([question], "unsent")
                continue
            if run.attempt != question.attempt:  # given back, and claimed anew
                moved.append((question.position, run.attempt))
                question.attempt = run.attempt
            if run.state == "sending":
                self._claims[question] = run
            else:
                self._claims.pop(question, None)
                told.append((question, run))
        if moved:  # else this job would show the attempt that came to nothing
            await asyncio.to_thread(self._journal.link, self._job_id, moved)
        if told:
            self._on_taken(told)
