"""Runs one find on the background loop: the one owner of its state.

It brings the run at the service to what is wanted (`sending`), follows its events, and writes each
candidate to the journal. A snapshot stands at the beginning and at the end, and wherever a stream
has broken off: so nothing that an event has missed, or told twice, is lost or wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.api.errors import JobIncompleteError, NotFoundError, ParallelError
from parallel_nb.api.findall import CandidateEvent, FindAllStatusEvent
from parallel_nb.client.backoff import Backoff
from parallel_nb.finding import messages
from parallel_nb.finding.model import end_note, failure_of
from parallel_nb.finding.request import FindRequest
from parallel_nb.finding.sending import FindSetup, Sender
from parallel_nb.job.backoff import JobBackoff
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.leases import new_owner, retire
from parallel_nb.job.runner import fault_of
from parallel_nb.job.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.api.findall import FindAllEvent, FindAllRun
    from parallel_nb.finding.model import FindProgress, FindView, FinishedFind
    from parallel_nb.job.model import JobState

#: After a cancellation the service may take so many seconds to end the run.
_CANCEL_SECONDS: Final = 20.0
#: A stream that tells no news for so many times `Tuning.stream_silence` is checked by a snapshot.
_SILENCES: Final = 4


class FindRunner:
    """One find's work. Make it anywhere; `run` on the loop, once."""

    def __init__(self, setup: FindSetup, view: FindView, on_end: Callable[[], None]) -> None:
        """Do nothing before `run`; `on_end` is called when all is written, before the end shows."""
        self._setup = setup
        self._state = setup.state
        self._showing = Showing(view)
        self._on_end = on_end
        self._loop: asyncio.AbstractEventLoop | None = None
        #: What was asked from outside: "detach" or "cancel".
        self._asked = ""
        self._writing = asyncio.Lock()
        self._moved_at = time.monotonic()
        self._is_overdue = False
        self.progress: FindProgress = setup.state.progress()
        self.error: JobIncompleteError | None = None

    # --- from any thread ----------------------------------------------------------------

    def detach(self) -> None:
        """Leave the run to the service; may be called from any thread, and again."""
        self._ask("detach")

    def cancel(self) -> None:
        """Cancel the run; may be called from any thread, and again."""
        self._ask("cancel")

    def _ask(self, what: str) -> None:
        if self._asked != "cancel":
            self._asked = what
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nothing to stop
                self._loop.call_soon_threadsafe(self._on_asked)

    def _on_asked(self) -> None:
        if self._state.phase in ("submitting", "running"):
            self._set_phase("stopping")
        self._stopped.set()

    # --- on the loop --------------------------------------------------------------------

    async def run(self) -> None:
        """Do the work until it is over. A fault becomes `error`, never an exception."""
        setup = self._setup
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        owner = new_owner()
        self._backoff = JobBackoff(setup.tuning)
        self._sender = Sender(setup, owner, self._backoff)
        self.progress = self._state.progress()
        self._showing.show(lambda view: view.start(self.progress, self.cancel))
        if self._asked:
            self._on_asked()
        fault: ParallelError | None = None
        try:
            await asyncio.to_thread(setup.journal.set_state, setup.id, "running")
            await self._work()
        except Exception as error:  # noqa: BLE001 - whatever it is, it ends this find, and is told
            fault = fault_of(error)
        finally:
            retire(owner)
            await self._end(fault)

    def finish(self, find: FinishedFind) -> None:
        """Let the view show the end; on the loop, when all is written."""
        self._showing.show(lambda view: view.finish(find))

    async def _work(self) -> None:
        """Send and follow until the run has ended, or a stop. Raises what a part has died of."""
        async with asyncio.TaskGroup() as parts:
            keeping = parts.create_task(self._keep())
            heeding = parts.create_task(self._heed_stops())
            working = parts.create_task(self._send_and_follow())
            stopping = parts.create_task(self._stopped.wait())
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await self._see_out_request(working)
                working.cancel()
            for task in (stopping, keeping, heeding):
                task.cancel()
        self._sender.check_fate()
        if self._asked == "cancel":
            await self._cancel()

    async def _see_out_request(self, working: asyncio.Task[None]) -> None:
        """See a request that costs money to its end, so that the journal knows of it."""
        deadline = time.monotonic() + self._setup.tuning.grace
        # Once it was sent, `working` goes on to follow: its end says nothing of the request.
        while self._sender.is_sending and not working.done() and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def _send_and_follow(self) -> None:
        if self._setup.settled is not None:
            self._state.status = "completed"
            return
        if self._setup.submit:
            await self._sender.run()
        elif self._state.findall_id is None:
            raise ParallelError(
                "The find has not begun, as far as is known", "Run the cell that begins it."
            )
        if self._state.phase == "submitting":
            self._set_phase("running")
        await self._follow()

    async def _cancel(self) -> None:
        """Cancel at the service, and take up what it has found until then."""
        if self._state.findall_id is None:
            return
        await self._sender.cancel()
        try:
            async with asyncio.timeout(_CANCEL_SECONDS):
                while True:
                    run = await self._snapshot()
                    if not run.status.is_active:
                        return
                    await asyncio.sleep(self._setup.tuning.pause)
        except TimeoutError:
            return

    # --- following ----------------------------------------------------------------------

    async def _follow(self) -> None:
        """Take up snapshots, and events between them, until the run has ended."""
        tuning = self._setup.tuning
        looking = Backoff(first=tuning.pause, longest=tuning.longest_pause)
        while True:
            moved_at = self._moved_at
            run = await self._snapshot()
            if not run.status.is_active:
                return
            began = time.monotonic()
            with contextlib.suppress(ParallelError):  # the next snapshot tells what has come
                await self._read_events()
            self._is_overdue = time.monotonic() - self._moved_at > self._setup.max_wait
            if self._is_overdue:
                return
            if self._moved_at != moved_at:
                looking.reset()
            await asyncio.sleep(max(0.0, looking.next_pause() - (time.monotonic() - began)))

    async def _snapshot(self) -> FindAllRun:
        """Ask for all candidates as they are now, and take them up."""
        while True:
            try:
                result = await self._setup.client.findall.result(self._state.findall_id or "")
            except NotFoundError as error:
                raise messages.gone(self._state) if self._state.candidates else error from error
            except ParallelError as error:
                await self._backoff.bear(error)
                continue
            self._backoff.success()
            self._cursor = result.last_event_id
            self._note(result.run)
            if self._state.absorb(result.candidates):
                self._moved_at = time.monotonic()
            return result.run

    async def _read_events(self) -> None:
        """Take up events until the stream ends, the run has ended, or it tells nothing for long."""
        loop = asyncio.get_running_loop()
        silence = min(_SILENCES * self._setup.tuning.stream_silence, self._setup.max_wait)
        stream = self._setup.client.findall.events(
            self._state.findall_id or "",
            last_event_id=self._cursor,
            heartbeat=self._setup.tuning.stream_silence,
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(silence) as limit, aclosing(stream) as events:
                async for event in events:
                    self._backoff.success()
                    moved_at = self._moved_at
                    if self._handle(event):
                        return
                    if self._moved_at != moved_at:
                        limit.reschedule(loop.time() + silence)

    def _handle(self, event: FindAllEvent) -> bool:
        """Take up one event; True when it says that the run has ended."""
        if isinstance(event, CandidateEvent):
            if self._state.absorb([event.data]):
                self._moved_at = time.monotonic()
        elif isinstance(event, FindAllStatusEvent):
            self._note(event.data)
            return not event.data.status.is_active
        return False

    def _note(self, run: FindAllRun) -> None:
        status = run.status
        if (status.status, status.termination_reason) != (
            self._state.status,
            self._state.termination,
        ):
            self._state.status, self._state.termination = status.status, status.termination_reason
            self._state.changed = True

    # --- the journal, the view and the end ----------------------------------------------

    async def _heed_stops(self) -> None:
        """Cancel when another process asks for it in the journal; write that this one lives."""
        journal, tuning = self._setup.journal, self._setup.tuning
        written = time.monotonic()
        while True:
            await asyncio.sleep(tuning.stop_interval)
            with contextlib.suppress(ParallelError):  # a busy journal is read again
                if await asyncio.to_thread(journal.state, self._setup.id) == "stopping":
                    self.cancel()
                if time.monotonic() - written > tuning.lease / 3:
                    written = time.monotonic()
                    await asyncio.to_thread(journal.touch, self._setup.id)

    async def _keep(self) -> None:
        """Write and show what is new, some times a second, until cancelled."""
        while True:
            await asyncio.sleep(self._setup.tuning.progress_interval)
            await self._write()
            if self._state.changed:
                self._state.changed = False
                self.progress = self._state.progress()
                self._showing.show(lambda view: view.update(self.progress))

    async def _write(self) -> None:
        """Write what waits, after what is being written.

        Shielded: a task that is cancelled while it writes must not leave the end unaware of a write
        that is still under way, which would put back what has become newer.
        """
        await asyncio.shield(asyncio.ensure_future(self._write_in_turn()))

    async def _write_in_turn(self) -> None:
        setup, state = self._setup, self._state
        async with self._writing:
            if state.unwritten and state.findall_id is not None:
                rows = state.take_unwritten()
                put = setup.journal.put_candidates
                try:
                    await asyncio.to_thread(put, setup.id, state.findall_id, rows)
                except BaseException:
                    state.unwritten = {row.candidate_id: None for row in rows} | state.unwritten
                    raise

    def _set_phase(self, phase: JobState) -> None:
        self._state.phase = phase
        self._state.changed = True

    async def _end(self, fault: ParallelError | None) -> None:
        """Write how the find ended, then say so."""
        state = self._state
        try:
            await self._write()
        except Exception as error:  # noqa: BLE001 - a full disk must still end it, and say so
            fault = fault or fault_of(error)
        has_ended = state.has_ended
        if fault is None and has_ended and self._asked != "cancel":
            fault = failure_of(state)
        if fault is not None:
            state.phase = "incomplete"
            state.message = messages.incomplete_message(state, fault)
            self.error = JobIncompleteError(state.message, fault.remedy)
            self.error.__cause__ = fault
        elif state.status == "cancelled" or (self._asked == "cancel" and not has_ended):
            state.phase = "stopped"
            state.message = self._sender.note or messages.cancelled_message(state)
        elif has_ended:
            state.phase = "done"
            settled = self._setup.settled
            state.message = self._sender.note or (end_note(state) if settled is None else settled)
        elif self._is_overdue:
            state.phase = "detached"
            state.message = messages.overdue_message(state, self._setup.max_wait)
        else:
            state.phase, state.message = "detached", messages.detached_message(state)
        self.progress = state.progress()
        with contextlib.suppress(Exception):
            await asyncio.to_thread(self._write_end)
        self._on_end()

    def _write_end(self) -> None:
        journal, find_id, state = self._setup.journal, self._setup.id, self._state
        record = journal.job(find_id)
        if record is not None and record.find is not None:  # as another handle may have left it
            request = decode_kept(record.find, FindRequest)
            if request.is_over != state.has_ended:
                request = msgspec.structs.replace(request, is_over=state.has_ended)
                journal.set_find(find_id, msgspec.json.encode(request), request.encode_spec())
        journal.set_state(find_id, state.phase, state.message)
