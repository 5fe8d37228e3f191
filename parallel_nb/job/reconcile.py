"""Finds out what became of claimed questions whose runs may or may not have been made.

A request whose answer was lost, and a claim of a kernel that has died, leave that open. The
group is read: a run that is there, by the row key and attempt in its metadata, was made; one
that is missing once the group has been unchanged for a while was not. What another living kernel
has claimed is watched in the journal instead.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api.errors import (
    ApiError,
    ParallelError,
    ResultPendingError,
    ServiceError,
    TransportError,
)
from parallel_nb.client.events import HEARTBEAT
from parallel_nb.job.leases import is_lease_live
from parallel_nb.job.run_metadata import read_group, read_row_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.api.types import RunStateEvent
    from parallel_nb.connection import Connection
    from parallel_nb.job.backoff import JobBackoff
    from parallel_nb.job.context import JobContext
    from parallel_nb.job.journal import RunRecord
    from parallel_nb.job.model import Question
    from parallel_nb.job.tuning import Tuning

#: Statuses by which a gateway says that the service did not answer it in time; 408 is another,
#: with an exception of its own.
_GATEWAY_STATUSES: Final = frozenset({502, 504})


def unchanged_time(error: ParallelError | None, tuning: Tuning) -> float:
    """Seconds for which a group must stay unchanged before a missing run counts as not made.

    0 after a refusal: what was refused is not being worked on any more.

    Args:
        error: What the request ended with; None when its answer was not usable.
        tuning: The two times to choose from.
    """
    if isinstance(error, ApiError) and not isinstance(error, ServiceError | ResultPendingError):
        return 0.0
    timed_out = (
        (isinstance(error, TransportError) and error.timed_out)
        or isinstance(error, ResultPendingError)
        or (isinstance(error, ServiceError) and error.status in _GATEWAY_STATUSES)
    )
    return tuning.reconcile_after_timeout if timed_out else tuning.reconcile_after


async def find_runs(  # noqa: PLR0913 - where, what, and the time limits
    connection: Connection,
    group_id: str,
    questions: list[Question],
    backoff: JobBackoff,
    *,
    unchanged_for: float,
    silence: float = HEARTBEAT,
) -> dict[Question, str | None]:
    """Which of these claimed questions have a run in the group.

    A request may act a little after its answer was lost, so a missing run counts as not made
    only when the group has not grown for a while. Meanwhile its count is asked for, and only
    what is new is read; the whole group is read once more before the end.

    Args:
        connection: Where the group is.
        group_id: The group's id.
        questions: Claimed questions, each with its attempt.
        backoff: Bears faults of the requests.
        unchanged_for: Seconds without growth after which a missing run counts as not made.
        silence: Seconds without a new run after which a stream counts as cut.

    Returns:
        The run's id for each question, None where no run was made.

    Raises:
        ParallelError: The group cannot be read, and that does not pass.
    """
    found: dict[Question, str | None] = dict.fromkeys(questions)
    wanted = {(question.key, question.attempt): question for question in questions}
    pause = min(0.1, unchanged_for / 4)
    cursor: str | None = None
    size = -1
    unchanged_since = time.monotonic()
    while True:
        is_last = time.monotonic() - unchanged_since >= unchanged_for
        client = connection.client
        events: list[RunStateEvent] = []
        try:
            count = (await client.groups.get(group_id)).status.num_task_runs
            if is_last or count != size:
                events = await read_group(
                    client, group_id, silence=silence, cursor=None if is_last else cursor
                )
        except ParallelError as error:
            await backoff.bear(error)
            unchanged_since = time.monotonic()
            continue
        backoff.success()
        has_grown = count != size
        size = count
        for event in events:
            cursor = event.event_id or cursor
            question = wanted.get(read_row_key(event.run.metadata))
            if question is not None and found[question] is None:
                found[question] = event.run.run_id
                has_grown = True
        if None not in found.values() or not unchanged_for:
            return found
        if has_grown:
            unchanged_since = time.monotonic()
        elif is_last:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 2, unchanged_for / 2)


class Reconciler:
    """The claims of a job that this kernel did not make, or that an earlier one left behind."""

    def __init__(
        self,
        context: JobContext,
        *,
        on_sent: Callable[[str, list[Question]], None],
        on_taken: Callable[[list[tuple[Question, RunRecord]]], None],
    ) -> None:
        """Begin without a claim.

        Args:
            context: What the parts of the job share.
            on_sent: Called with a group and its questions whose runs turned out to exist.
            on_taken: Called with questions that another kernel has sent, and their runs.
        """
        self._context = context
        self._journal = context.setup.journal
        self._state = context.setup.state
        self._tuning = context.setup.tuning
        self._on_sent = on_sent
        self._on_taken = on_taken
        self._claims: dict[Question, RunRecord] = {}
        self._has_claims = asyncio.Event()
        #: Set whenever the fate of a claim has become known.
        self.progressed = asyncio.Event()

    def __len__(self) -> int:
        """How many claims are open."""
        return len(self._claims)

    def add(self, question: Question, run: RunRecord) -> None:
        """Take up a claim, to find out what became of it."""
        self._claims[question] = run
        self._has_claims.set()

    async def run(self) -> None:
        """Find out what became of the claims, until cancelled.

        Raises:
            ParallelError: A group cannot be read, and that does not pass.
        """
        while True:
            await self._has_claims.wait()
            live: list[Question] = []
            by_group: dict[str, list[Question]] = {}
            now = self._journal.clock()
            for question, run in self._claims.items():
                if is_lease_live(run.owner, run.changed, self._tuning.lease, now):
                    live.append(question)
                else:
                    by_group.setdefault(run.group_id, []).append(question)
            for group_id, questions in by_group.items():
                await self._read_group(group_id, questions)
            if live:
                await asyncio.sleep(self._tuning.pause)
                await self._read_journal(live)
            if not self._claims:
                self._has_claims.clear()
            self.progressed.set()

    async def _read_group(self, group_id: str, questions: list[Question]) -> None:
        """Reconcile the claims of dead kernels in one group."""
        changed = {question: self._claims[question].changed for question in questions}
        found = await find_runs(
            self._context.setup.connection,
            group_id,
            questions,
            self._context.backoff,
            unchanged_for=self._tuning.reconcile_after,
            silence=self._tuning.stream_silence,
        )
        made = [(q.key, q.attempt, run_id) for q, run_id in found.items() if run_id]
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
        if missing := [question for question, run_id in found.items() if not run_id]:
            await asyncio.to_thread(
                self._journal.abandon, [(q.key, q.attempt, changed[q]) for q in missing]
            )
            await self._read_journal(missing)

    async def _read_journal(self, questions: list[Question]) -> None:
        """Take over what the journal says of these questions now."""
        setup = self._context.setup
        keys = [question.key for question in questions]
        known = await asyncio.to_thread(self._journal.latest, keys, since=setup.since)
        taken = []
        reclaimed = []
        for question in questions:
            run = known.get(question.key)
            if run is None or run.state not in ("sending", "sent", "completed"):
                self._claims.pop(question, None)
                self._state.move([question], "unsent")
                continue
            if run.attempt != question.attempt:  # given back, and claimed anew
                reclaimed.append((question.position, run.attempt))
                question.attempt = run.attempt
            if run.state == "sending":
                self._claims[question] = run
            else:
                self._claims.pop(question, None)
                taken.append((question, run))
        if reclaimed:  # else this job would show the attempt that came to nothing
            await asyncio.to_thread(self._journal.link, setup.job_id, reclaimed)
        if taken:
            self._on_taken(taken)
