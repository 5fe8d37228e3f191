"""Runs one job on the background loop: the one owner of its state.

It reconciles what an earlier kernel left behind, sends what is unsent, follows every group that
works on one of its questions, and ends in one of four ways: done, stopped, detached, incomplete.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError, JobIncompleteError, NotFoundError, ParallelError
from parallel_nb.job.backoff import JobBackoff
from parallel_nb.job.context import JobContext, JobSetup
from parallel_nb.job.follow import Follower
from parallel_nb.job.journal import journal_fault
from parallel_nb.job.leases import is_owner_live, new_owner, retire
from parallel_nb.job.messages import (
    GONE,
    incomplete_message,
    overdue_message,
    stopped_message,
    unsent_message,
    usage_words,
)
from parallel_nb.job.reconcile import Reconciler
from parallel_nb.job.recorder import Recorder
from parallel_nb.job.showing import Showing
from parallel_nb.job.submit import Submitter

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from parallel_nb.connection.described import ModelUsage
    from parallel_nb.job.journal import RunOutcome, RunRecord
    from parallel_nb.job.model import FinishedJob, JobState, Progress, Question, View

_log = logging.getLogger(__name__)
#: Seconds between two looks at what a language model was asked.
_COUNTED_EVERY: Final = 2.0


class Runner:
    """One job's work. Make it anywhere; `run` on the loop, once."""

    def __init__(self, setup: JobSetup, view: View, on_end: Callable[[], None]) -> None:
        """Do nothing before `run`.

        Args:
            setup: What the job is made of.
            view: Shows the progress.
            on_end: Called on the loop when all is written, before the view's end.
        """
        self._setup = setup
        self._showing = Showing(view)
        self._on_end = on_end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._followers: dict[str, Follower] = {}
        self._stop_asked = False
        #: Tasks of the work, and how it ends: by a stop, since nothing moves, or at all.
        self._running: list[asyncio.Task[None]] = []
        self._stopped = False
        self._is_overdue = False
        self._is_ending = False
        self.progress: Progress = setup.state.progress()
        self.error: JobIncompleteError | None = None
        self._usage_before: ModelUsage | None = None

    # --- from any thread ----------------------------------------------------------------

    def stop(self) -> None:
        """Submit no more and detach; may be called from any thread, and again."""
        if self._loop is None:
            self._stop_asked = True
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing to stop
            self._loop.call_soon_threadsafe(self._on_stop)

    def _on_stop(self) -> None:
        if self._setup.state.phase in ("submitting", "running"):
            self._set_phase("stopping")
            self._submitter.stop()
            self._stopped = True
            self._on_change()

    async def _heed_stops(self) -> None:
        """Stop when another process has written to the journal that the job is to stop."""
        setup = self._setup
        are_others_left = True
        while not self._stopped:
            await asyncio.sleep(setup.tuning.stop_interval)
            with contextlib.suppress(ParallelError):  # a busy journal is read again
                if await asyncio.to_thread(setup.journal.state, setup.job_id) == "stopping":
                    self._on_stop()
                are_others_left = are_others_left and await asyncio.to_thread(self._take_over)

    def _take_over(self) -> bool:
        """Write that this process follows what dead ones have sent; True where others are left.

        What a dead one was about to send is settled by the reconciler first.
        """
        journal, me = self._setup.journal, self._context.owner
        if (record := journal.job(self._setup.job_id)) is None:
            return False
        others = journal.owners_under_way(record) - {me}
        if dead := [owner for owner in others if not is_owner_live(owner)]:
            journal.take_over(record.id, me, dead)
        return bool(others)

    def take_answers(self) -> Iterator[RunOutcome] | None:
        """See `Recorder.take_answers`; for the job's own thread, when it has ended."""
        return self._context.recorder.take_answers()

    # --- on the loop --------------------------------------------------------------------

    async def run(self) -> None:
        """Do the work until it is over. A fault becomes `error`, never an exception.

        All parts of the work are tasks of one group: when one of them dies, the others are
        cancelled and the job ends with its fault, whatever they were waiting for.
        """
        setup = self._setup
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._context = JobContext(
            setup,
            recorder=Recorder(setup.journal, setup.state, setup.labels),
            backoff=JobBackoff(setup.tuning),
            owner=new_owner(),
        )
        self._reconciler = Reconciler(self._context, on_sent=self._on_sent, on_taken=self._on_taken)
        self._submitter = Submitter(
            self._context,
            room=self._room,
            count_claims=lambda: len(self._reconciler),
            on_sent=self._on_sent,
            on_taken=self._on_taken,
        )
        self._show_start()
        if self._stop_asked:
            self._on_stop()
        fault: ParallelError | None = None
        try:
            await asyncio.to_thread(setup.journal.set_state, setup.job_id, "running")
            await self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this job, and is told
            fault = fault_of(error)
        finally:
            retire(self._context.owner)
            await self._end(fault)

    async def _work(self) -> None:
        """Submit and follow until nothing is left, or a stop. Raises what a part has died of."""
        async with asyncio.TaskGroup() as parts:
            self._parts = parts
            self._start(self._context.recorder.keep_flushing())
            self._start(self._keep_showing())
            if self._setup.connection.model is not None:
                self._start(self._keep_counting())
            self._start(self._heed_stops())
            self._submitting = self._start(self._submit_all())
            self._submitting.add_done_callback(lambda _: self._on_change())
            self._start(self._see_out(self._reconciler.run()))
            await self._wait_for_end()
            await self._finish_sending()
            for task in self._running:
                task.cancel()

    def _start(self, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a part of the work, which ends with it."""
        task = self._parts.create_task(part)
        self._running.append(task)
        return task

    async def _wait_for_end(self) -> None:
        """Wait until all is sent and has ended, a stop, or until nothing has moved for too long."""
        while not self._stopped:
            if self._submitting.done() and self._setup.state.open_runs == 0:
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(self._setup.max_wait):
                    await self._changed.wait()
            except TimeoutError:
                self._is_overdue = True
                return

    async def _finish_sending(self) -> None:
        """Send no more; see a request in flight to its end, so that the journal knows of it."""
        self._is_ending = True
        self._submitter.stop()
        self._reconciler.progressed.set()
        if not self._submitting.done():
            await asyncio.wait({self._submitting}, timeout=self._setup.tuning.grace)

    async def _see_out(self, part: Coroutine[Any, Any, None]) -> None:
        """Run a part beside the sending; its fault ends the job when what is in flight is over."""
        try:
            await part
        except Exception:
            await self._finish_sending()
            raise

    def _on_change(self) -> None:
        self._changed.set()
        self._room.set()

    # --- submitting ---------------------------------------------------------------------

    async def _submit_all(self) -> None:
        """Reconcile open claims, and send what is unsent."""
        await self._resume()
        while not (self._stopped or self._is_ending):
            self._reconciler.progressed.clear()
            unsent = [q for q in self._setup.state.questions if q.state == "unsent"]
            if self._setup.submit and unsent:
                await self._submitter.run(unsent)
            elif self._reconciler:
                await self._reconciler.progressed.wait()
            else:
                break
        if self._setup.state.phase == "submitting":
            self._set_phase("running")

    def _on_sent(
        self,
        group_id: str,
        questions: list[Question],
        cursor: str | None = None,
        *,
        run_ids: Sequence[str] = (),
        active: bool = True,
    ) -> None:
        self._follower(group_id).add(questions, cursor, run_ids=run_ids, active=active)
        self._on_change()

    def _on_taken(self, taken: list[tuple[Question, RunRecord]]) -> None:
        """Other kernels have asked these questions: follow their runs, or use their answers."""
        sent: dict[str, list[Question]] = {}
        for question, run in taken:
            question.attempt = run.attempt
            question.run_id = run.run_id
            question.group_id = run.group_id
            question.is_others = self._setup.is_others(run)
            self._setup.state.set_own([question], is_own=run.job_id == self._setup.job_id)
            if run.state == "completed":
                self._setup.state.move([question], "reused")
            elif run.state == "sent":
                self._setup.state.move([question], "sent")
                sent.setdefault(run.group_id, []).append(question)
            else:
                self._setup.state.move([question], "sending")
                self._reconciler.add(question, run)
        for group_id, questions in sent.items():
            self._follower(group_id).add(questions, None)
        self._on_change()

    def _follower(self, group_id: str) -> Follower:
        if group_id not in self._followers:
            follower = Follower(group_id, self._context, on_ended=self._on_change)
            self._followers[group_id] = follower
            self._start(self._see_out(follower.run()))
        return self._followers[group_id]

    # --- what an earlier kernel has sent ------------------------------------------------

    async def _resume(self) -> None:
        """Follow the runs that an earlier kernel has sent; forget groups that are gone."""
        state = self._setup.state
        by_group: dict[str, list[Question]] = {}
        for question in state.questions:
            if (run := self._setup.active_runs.get(question.position)) is not None:
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
                    self._reconciler.add(question, self._setup.active_runs[question.position])
            if sent:
                extra = len(state.questions) - len(sent)
                self._follower(group_id).add(sent, None, extra=extra)

    async def _exists(self, group_id: str) -> bool:
        while True:
            try:
                await self._context.client.groups.get(group_id)
            except (NotFoundError, InputError):  # with no such id a run can have been made
                return False
            except ParallelError as error:
                await self._context.backoff.bear(error)
            else:
                self._context.backoff.success()
                return True

    async def _forget_group(self, group_id: str, questions: list[Question]) -> None:
        """Ask the questions of a group anew that the service does not know: it has no runs.

        Where runs are billed, those that were made are not sent again unasked: they may have
        completed, and their results be gone since.
        """
        setup = self._setup
        if setup.state.billed:
            made = [question for question in questions if question.state == "sent"]
            questions = [question for question in questions if question.state != "sent"]
            for question in made:
                self._context.recorder.failed(question, question.run_id, "failed", GONE)
        await asyncio.to_thread(
            setup.journal.mark, "void", [(q.key, q.attempt, None) for q in questions]
        )
        setup.state.move(questions, "unsent")
        if setup.state.group_id == group_id:
            setup.state.group_id = await asyncio.to_thread(
                setup.journal.set_group, setup.job_id, None, instead_of=group_id
            )

    # --- progress and end ---------------------------------------------------------------

    def _set_phase(self, phase: JobState) -> None:
        if self._setup.state.phase != phase:
            self._setup.state.phase = phase
            self._setup.state.changed = True

    def _show_start(self) -> None:
        self.progress = self._setup.state.progress()
        self._showing.show(lambda view: view.start(self.progress, self.stop))

    async def _keep_showing(self) -> None:
        while True:
            await asyncio.sleep(self._setup.tuning.progress_interval)
            if self._setup.state.changed:
                self._setup.state.changed = False
                self.progress = self._setup.state.progress()
                self._showing.show(lambda view: view.update(self.progress))

    async def _keep_counting(self) -> None:
        """Say what the language model was asked, now and then."""
        while True:
            await self._count()
            await asyncio.sleep(_COUNTED_EVERY)

    async def _count(self) -> None:
        """Take in what the language model was asked since the job was started here."""
        usage = None
        with contextlib.suppress(ParallelError):  # it is only told, and costs no answer
            usage = await asyncio.to_thread(self._setup.connection.model_usage)
        if usage is None:
            return
        self._usage_before = self._usage_before or usage
        state = self._setup.state
        words = usage_words(usage, self._usage_before)
        state.changed |= words != state.model
        state.model = words

    def finish(self, job: FinishedJob) -> None:
        """Let the view show the end of `job`, the handle; on the loop, when all is written."""
        self._showing.show(lambda view: view.finish(job))

    async def _end(self, fault: ParallelError | None) -> None:
        """Write how the job ended, then say so."""
        state = self._setup.state
        if self._setup.connection.model is not None:
            await self._count()
        try:
            await self._context.recorder.flush()
        except Exception as error:  # noqa: BLE001 - a full disk must still end the job, and say so
            _log.exception("The last answers of a job could not be written.")
            fault = fault or journal_fault(error)
        unsent = state.unsent_runs > 0
        if fault is not None:
            self._set_phase("incomplete")
            state.message = incomplete_message(state, fault)
            self.error = JobIncompleteError(state.message, fault.remedy)
            self.error.__cause__ = fault
        elif self._is_overdue:
            self._set_phase("stopped" if unsent else "detached")
            state.message = overdue_message(state, self._setup.max_wait)
        elif self._stopped and (unsent or state.open_runs):
            self._set_phase("stopped" if unsent else "detached")
            state.message = stopped_message(state)
        elif unsent and not self._setup.submit:
            self._set_phase("stopped")
            state.message = unsent_message(state)
        else:
            self._set_phase("done")
            state.message = self._setup.note
        self.progress = state.progress()
        with contextlib.suppress(Exception):
            await asyncio.to_thread(
                self._setup.journal.set_state, self._setup.job_id, state.phase, state.message
            )
        self._on_end()


def fault_of(error: Exception) -> ParallelError:
    """What the parts of the work have died of, as one of our errors."""
    while isinstance(error, ExceptionGroup):
        # Of several the one that a person can do something about, if any is.
        members = error.exceptions
        error = next((one for one in members if isinstance(one, ParallelError)), members[0])
    if isinstance(error, ParallelError):
        return error
    if isinstance(error, sqlite3.Error):
        return journal_fault(error)
    _log.error("A job has met a fault of its own.", exc_info=error)
    return ParallelError(
        f"A fault of parallel_nb itself: {type(error).__name__}: {error}",
        "Run the cell again: what was answered is kept. Please report it.",
    )
