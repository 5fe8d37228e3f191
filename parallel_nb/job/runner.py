"""Runs one job on the background loop: the one owner of its state.

Settles what an earlier kernel left behind, sends what is unsent, follows every group that works
on one of its questions, and ends in one of four ways: done, stopped, detached, incomplete.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parallel_nb.api.errors import JobIncompleteError, NotFoundError, ParallelError
from parallel_nb.job.backoff import Patience
from parallel_nb.job.claims import Claims
from parallel_nb.job.fault import fault_of
from parallel_nb.job.follow import Follower
from parallel_nb.job.journal import journal_fault
from parallel_nb.job.leases import new_owner, retire
from parallel_nb.job.messages import incomplete_message, stopped_message, unsent_message
from parallel_nb.job.recorder import Recorder
from parallel_nb.job.submit import Submitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parallel_nb.api.types import SourcePolicy, TaskSpec
    from parallel_nb.job.journal import AnswerRecord, Journal, RunRecord
    from parallel_nb.job.model import FinishedJob, JobState, Progress, Question, State, View
    from parallel_nb.job.service import Service
    from parallel_nb.job.tuning import Tuning

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Assignment:
    """What a runner is to work on."""

    job_id: str
    client: Service
    journal: Journal
    state: State
    labels: Sequence[str]
    spec: TaskSpec | None
    policy: SourcePolicy | None
    tuning: Tuning
    #: Runs made before this time (seconds since 1970) do not count: for `fresh`.
    since: float
    #: What the journal says of questions that are under way.
    under_way: dict[int, RunRecord]
    #: False to follow what was sent and send nothing.
    submit: bool = True
    #: The inputs as JSON, by position; None where they are read from the journal.
    inputs: Sequence[bytes] | None = None
    #: What a person is told when all is done.
    note: str = ""


class Runner:
    """One job's work. Make it anywhere; `run` on the loop, once."""

    def __init__(self, work: Assignment, view: View, on_end: Callable[[], None]) -> None:
        """`on_end` is called on the loop when all is written, before the view's end."""
        self._work = work
        self._view: View | None = view
        self._on_end = on_end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._followers: dict[str, tuple[Follower, asyncio.Task[None]]] = {}
        self._stop_asked = False
        self.progress: Progress = work.state.progress()
        self.error: JobIncompleteError | None = None

    # --- from any thread ----------------------------------------------------------------

    def stop(self) -> None:
        """Submit no more and detach; may be called from any thread, and again."""
        if self._loop is None:
            self._stop_asked = True
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing to stop
            self._loop.call_soon_threadsafe(self._on_stop)

    def _on_stop(self) -> None:
        if self._work.state.phase in ("submitting", "running"):
            self._phase("stopping")
            self._submitter.stop()
            self._stopped.set()
            self._claims.settled.set()

    def take_answers(self) -> Iterator[AnswerRecord] | None:
        """See `Recorder.take_answers`; for the job's own thread, when it has ended."""
        return self._recorder.take_answers()

    # --- on the loop --------------------------------------------------------------------

    async def run(self) -> None:
        """Do the work; ends by itself. Faults end in `error`, never in an exception."""
        work = self._work
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._patience = Patience(work.tuning, work.client.revive)
        self._recorder = Recorder(work.journal, work.state, work.labels)
        self._owner = new_owner()
        self._submitter = self._make_submitter()
        self._claims = Claims(
            job_id=work.job_id,
            client=work.client,
            journal=work.journal,
            state=work.state,
            patience=self._patience,
            tuning=work.tuning,
            since=work.since,
            on_sent=lambda group_id, questions: self._on_sent(group_id, questions, None),
            on_taken=self._on_taken,
        )
        self._show_start()
        if self._stop_asked:
            self._on_stop()
        helpers = [
            asyncio.create_task(self._recorder.keep_flushing()),
            asyncio.create_task(self._tick()),
        ]
        fault: ParallelError | None = None
        try:
            await asyncio.to_thread(work.journal.set_state, work.job_id, "running")
            fault = await self._work_until_done()
        finally:
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            retire(self._owner)
            await self._end(fault)

    async def _work_until_done(self) -> ParallelError | None:
        """Submit and follow until nothing is left, a stop, or a fault; returns the fault."""
        self._submitting = asyncio.create_task(self._submit_all())
        self._submitting.add_done_callback(lambda _: self._on_change())
        following = asyncio.create_task(self._follow_all())
        stopped = asyncio.create_task(self._stopped.wait())
        try:
            await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not self._submitting.done():
                # A request in flight is seen to its end, so that the journal knows of it.
                self._submitter.stop()
                await asyncio.wait({self._submitting}, timeout=self._work.tuning.grace)
            return fault_of(following) or fault_of(self._submitting)
        finally:
            tasks = [self._submitting, following, stopped]
            tasks += [task for _, task in self._followers.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow_all(self) -> None:
        """Return when all is sent and has ended; raise what breaks a follower."""
        while not (self._submitting.done() and self._work.state.open_runs == 0):
            self._changed.clear()
            change = asyncio.create_task(self._changed.wait())
            followers = [task for _, task in self._followers.values()]
            try:
                await asyncio.wait({change, *followers}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                change.cancel()
            for task in followers:
                if task.done():
                    task.result()

    def _on_change(self) -> None:
        self._changed.set()
        self._room.set()

    # --- submitting ---------------------------------------------------------------------

    def _make_submitter(self) -> Submitter:
        work = self._work
        return Submitter(
            job_id=work.job_id,
            owner=self._owner,
            since=work.since,
            spec=work.spec,
            policy=work.policy,
            client=work.client,
            journal=work.journal,
            state=work.state,
            inputs=work.inputs,
            patience=self._patience,
            tuning=work.tuning,
            recorder=self._recorder,
            room=self._room,
            doubtful=lambda: len(self._claims),
            on_sent=self._on_sent,
            on_taken=self._on_taken,
        )

    async def _submit_all(self) -> None:
        """Settle what is in doubt, and send what is unsent."""
        await self._take_up()
        settling = asyncio.create_task(self._claims.keep_settling())
        settling.add_done_callback(lambda _: self._on_settled())
        try:
            while not self._stopped.is_set() and not settling.done():
                self._claims.settled.clear()
                unsent = [q for q in self._work.state.questions if q.state == "unsent"]
                if self._work.submit and unsent:
                    await self._submitter.run(unsent)
                elif self._claims:
                    await self._claims.settled.wait()
                else:
                    break
            if settling.done():
                settling.result()
        finally:
            settling.cancel()
        if self._work.state.phase == "submitting":
            self._phase("running")

    def _on_settled(self) -> None:
        """Settling has broken down: so does submitting, with the same fault."""
        self._submitter.stop()
        self._claims.settled.set()

    def _on_sent(
        self,
        group_id: str,
        questions: list[Question],
        cursor: str | None,
        active: bool = True,  # noqa: FBT001, FBT002 - a callback's argument
    ) -> None:
        self._follower(group_id).add(questions, cursor, active=active)
        self._on_change()

    def _on_taken(self, taken: list[tuple[Question, RunRecord]]) -> None:
        """Other kernels have these questions, or had them: their answers are ours too."""
        sent: dict[str, list[Question]] = {}
        for question, run in taken:
            question.attempt = run.attempt
            question.run_id = run.run_id
            question.group_id = run.group_id
            if run.state == "completed":
                self._work.state.move([question], "reused")
            elif run.state == "sent":
                self._work.state.move([question], "sent")
                sent.setdefault(run.group_id, []).append(question)
            else:
                self._work.state.move([question], "sending")
                self._claims.doubt(question, run)
        for group_id, questions in sent.items():
            self._follower(group_id).add(questions, None)
        self._on_change()

    def _follower(self, group_id: str) -> Follower:
        if group_id not in self._followers:
            work = self._work
            follower = Follower(
                group_id,
                client=work.client,
                state=work.state,
                recorder=self._recorder,
                patience=self._patience,
                tuning=work.tuning,
                on_ended=self._on_change,
            )
            self._followers[group_id] = follower, asyncio.create_task(follower.run())
            self._on_change()
        return self._followers[group_id][0]

    # --- taking up what was there before ------------------------------------------------

    async def _take_up(self) -> None:
        """Follow what is under way from before; forget groups that are gone."""
        state = self._work.state
        by_group: dict[str, list[Question]] = {}
        for question in state.questions:
            if (run := self._work.under_way.get(question.position)) is not None:
                by_group.setdefault(run.group_id, []).append(question)
        groups = list(by_group)
        if state.group_id and state.unsent_runs and state.group_id not in by_group:
            groups.append(state.group_id)
        for group_id in groups:
            questions = by_group.get(group_id, [])
            if not await self._exists(group_id):
                await self._forget_group(group_id, questions)
                continue
            sent = [question for question in questions if question.state == "sent"]
            for question in questions:
                if question.state == "sending":
                    self._claims.doubt(question, self._work.under_way[question.position])
            if sent:
                extra = len(state.questions) - len(sent)
                self._follower(group_id).add(sent, None, extra=extra)

    async def _exists(self, group_id: str) -> bool:
        while True:
            try:
                await self._work.client.groups.get(group_id)
            except NotFoundError:
                return False
            except ParallelError as error:
                await self._patience.bear(error)
            else:
                self._patience.success()
                return True

    async def _forget_group(self, group_id: str, questions: list[Question]) -> None:
        """The service knows no such group: its runs do not exist, and are asked anew."""
        work = self._work
        await asyncio.to_thread(
            work.journal.mark, "void", [(q.key, q.attempt, None) for q in questions]
        )
        work.state.move(questions, "unsent")
        if work.state.group_id == group_id:
            work.state.group_id = await asyncio.to_thread(
                work.journal.set_group, work.job_id, None, instead_of=group_id
            )

    # --- telling ------------------------------------------------------------------------

    def _phase(self, phase: JobState) -> None:
        if self._work.state.phase != phase:
            self._work.state.phase = phase
            self._work.state.changed = True

    def _show_start(self) -> None:
        self.progress = self._work.state.progress()
        self._show(lambda view: view.start(self.progress, self.stop))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(self._work.tuning.tick)
            if self._work.state.changed:
                self._work.state.changed = False
                self.progress = self._work.state.progress()
                self._show(lambda view: view.update(self.progress))

    def _show(self, show: Callable[[View], None]) -> None:
        if self._view is None:
            return
        try:
            show(self._view)
        except Exception:  # noqa: BLE001 - a display that breaks must not touch the job
            _log.exception("The display of a job has failed; the job goes on.")
            self._view = None

    def finish(self, view: View, job: FinishedJob) -> None:
        """Let the view show the end; on the loop, when all is written."""
        if self._view is view:
            self._show(lambda shown: shown.finish(job))

    async def _end(self, fault: ParallelError | None) -> None:
        """Write how it ended, then tell everyone."""
        state = self._work.state
        try:
            await self._recorder.flush()
        except Exception as error:  # noqa: BLE001 - a full disk must still end the job, and say so
            _log.exception("The last answers of a job could not be written.")
            fault = fault or journal_fault(error)
        unsent = state.unsent_runs > 0
        if fault is not None:
            self._phase("incomplete")
            state.message = incomplete_message(state, fault)
            self.error = JobIncompleteError(state.message, fault.remedy)
            self.error.__cause__ = fault
        elif self._stopped.is_set() and (unsent or state.open_runs):
            self._phase("stopped" if unsent else "detached")
            state.message = stopped_message(state)
        elif unsent and not self._work.submit:
            self._phase("stopped")
            state.message = unsent_message(state)
        else:
            self._phase("done")
            state.message = self._work.note
        self.progress = state.progress()
        with contextlib.suppress(Exception):
            await asyncio.to_thread(
                self._work.journal.set_state, self._work.job_id, state.phase, state.message
            )
        self._on_end()
