"""The handle of a job: what a person holds, in any thread.

All work happens on the background loop; the handle reads snapshots and the journal, so it
never sees a half-made state.
"""

from __future__ import annotations

import dataclasses
import math
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from parallel_nb.api.errors import InputError, JobIncompleteError
from parallel_nb.client.decode import read_content, read_output
from parallel_nb.connection import background, pages
from parallel_nb.job.inputs import infer_fields, source_of_inputs
from parallel_nb.job.plan import check_retry
from parallel_nb.job.questions import SKIPPED
from parallel_nb.job.runner import Runner
from parallel_nb.job.view import NullView
from parallel_nb.tables.accessor import show_panel
from parallel_nb.tables.basis import basis_frame, low_confidence
from parallel_nb.tables.frames import RowAnswer, RowContent, build_frame, select_rows

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Generator, Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.context import JobSetup
    from parallel_nb.job.journal.journal import AnswerRow
    from parallel_nb.job.model import Progress
    from parallel_nb.job.view import View
    from parallel_nb.tables.source import Source

_Row = TypeVar("_Row", RowAnswer, RowContent)

#: How the journal's states read in a frame.
_STATUS: Final = {None: "unsent", "sending": "running", "sent": "running", "void": "unsent"}
_UNREADABLE: Final = "The service's answer cannot be read."
_FAILED: Final = ("failed", "cancelled", "action_required", "skipped")
#: Windows cannot interrupt a wait without a timeout, so waits are short ones in a row.
_POLL: Final = 0.1


class JobInterrupted(KeyboardInterrupt):
    """An interrupt that has detached a job: says what was sent and how to get it back.

    Still a `KeyboardInterrupt`, so that it ends Run All as any interrupt does.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]


class JobStillRunning(TimeoutError):  # noqa: N818 - says what it is to the person
    """`Job.wait(timeout)` has waited in vain; the job goes on."""

    def _render_traceback_(self) -> list[str]:
        return [f"TimeoutError: {self}"]


class Job:
    """A table of questions as one durable job.

    Examples:
        >>> job = pnb.tasks(companies, "Who leads {{name}}?", wait=False)  # doctest: +SKIP
        >>> job.df  # waits, then gives the answers beside the rows  # doctest: +SKIP
    """

    def __init__(  # noqa: PLR0913 - made in `start` alone
        self,
        work: JobSetup,
        *,
        connection: str,
        prompt: str,
        fields: Sequence[OutputField] | None,
        source: Source | None,
        layout: Sequence[int] | None,
        skipped: dict[int, str] | None = None,
        view: View | None = None,
    ) -> None:
        """`fields` None: read them off the answers. `layout` None: a row a question."""
        self._work = work
        self.connection = connection
        self.prompt = prompt
        self._fields = fields
        self._source = source
        self._layout = layout
        self._skipped = skipped or {}
        self._frame: Any = None
        self._launch(view or NullView())

    def _launch(self, view: View) -> None:
        self._view = view
        self._frame = None
        self._ended = threading.Event()
        self._runner = Runner(self._work, view, self._ended.set)
        self._future: concurrent.futures.Future[None] = background.submit(self._run(view))

    async def _run(self, view: View) -> None:
        try:
            await self._runner.run()
        finally:
            self._ended.set()
            self._runner.finish(view, self)

    def __repr__(self) -> str:
        """One line: what, where, how far."""
        p = self.progress
        where = f" {p.group_id}" if p.group_id else ""
        return (
            f"<Job{where} {p.state}: {p.completed + p.reused:,} of {p.total:,} rows answered, "
            f"{p.failed:,} failed, {self.connection}>"
        )

    # --- what it is ---------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Our own id of the job, in the journal and in the metadata of its runs."""
        return self._work.job_id

    @property
    def title(self) -> str:
        """The first words of the prompt."""
        return self._work.state.title

    @property
    def group_id(self) -> str | None:
        """The service's id of the group, for `attach`; None until something was sent."""
        return self._work.state.group_id

    @property
    def processor(self) -> str:
        """The processor's name."""
        return self._work.state.processor.name

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The output fields; empty for text answers."""
        if self._fields is None:
            outputs = (row.output for row in self._rows() if row.output is not None)
            self._fields = infer_fields(outputs)
        return tuple(self._fields)

    @property
    def progress(self) -> Progress:
        """Where the job stands now."""
        return self._runner.progress

    @property
    def status(self) -> str:
        """The state in a word: submitting, running, stopping, done, stopped, ..."""
        return self.progress.state

    @property
    def message(self) -> str:
        """One sentence on how the job ended early, or nothing."""
        return self.progress.message

    @property
    def error(self) -> JobIncompleteError | None:
        """Why the job is incomplete, or None."""
        return self._runner.error if self._ended.is_set() else None

    @property
    def cost(self) -> float:
        """USD for the runs that this job has sent; what was reused cost nothing.

        NaN where the price of the processor is not known, as in the list of jobs.
        """
        progress = self.progress
        return progress.cost_so_far if progress.priced else math.nan

    # --- waiting and stopping -----------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Job:
        """Wait until the job has ended, for at most `timeout` seconds; returns the job.

        Raises:
            JobIncompleteError: The job ended before all rows were answered; `df` has those
                that were.
            TimeoutError: It has not ended in time; it goes on.
            JobInterrupted: An interrupt; the job was detached and says how to go on.
        """
        self._wait(timeout)
        if self.error is not None:
            raise self.error
        return self

    def _wait(self, timeout: float | None = None) -> None:
        """Wait without raising what the job ended with."""
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while not self._future.done():
                left = _POLL if deadline is None else min(_POLL, deadline - time.monotonic())
                if left <= 0:
                    raise JobStillRunning(f"The job has not ended within {timeout} s; it goes on.")
                self._done_within(left)
                pages.handle_messages()
        except KeyboardInterrupt:
            self.stop()
            self._done_within(self._work.tuning.grace + 1)
            raise JobInterrupted(self.message or f"{self!r}") from None
        self._future.result()

    def _wait_for_end(self) -> None:
        # A view that shows the end asks for the frame before the job is through with it.
        if not self._ended.is_set():
            self._wait()

    def _done_within(self, seconds: float) -> None:
        try:
            self._future.exception(timeout=seconds)
        except TimeoutError:
            return

    def __await__(self) -> Generator[Any, None, Job]:
        """Wait in a cell or a coroutine; an interrupt detaches the job."""
        return self._wait_async().__await__()

    async def _wait_async(self) -> Job:
        import asyncio  # noqa: PLC0415 - for this method alone

        try:
            while not self._future.done():  # noqa: ASYNC110 - it belongs to another loop
                await asyncio.sleep(_POLL / 2)
        except asyncio.CancelledError:
            self.stop()
            raise
        self._future.result()
        if self.error is not None:
            raise self.error
        return self

    def stop(self) -> Job:
        """Submit nothing more and detach. What was sent goes on and is paid; see `message`."""
        self._runner.stop()
        return self

    def retry_failed(
        self, *, wait: bool = True, view: View | None = None, max_cost: float | None = None
    ) -> Job:
        """Ask the rows that failed again, in the same group; successes are kept.

        Rows that were never sent are sent too. Raises `InputError` while the job runs, and when
        it would cost over `max_cost` USD (the setting if None).
        """
        if not self._future.done():
            raise InputError("The job is still running.", "Wait for its end: job.wait().")
        state = self._work.state
        failed = state.failed()
        if failed or state.unsent_runs:
            check_retry(state, len(failed) + state.unsent_runs, max_cost)
            state.reopen(failed)
            state.phase = "submitting"
            state.message = ""
            self._work.submit = True
            self._work.active_runs = self._under_way()
            self._launch(view or _another(self._view))
        return self.wait() if wait else self

    def _under_way(self) -> dict[int, Any]:
        """What was sent and has not ended, as the journal knows it."""
        still = {q.key: q for q in self._work.state.questions if q.is_open}
        known = self._work.journal.latest(list(still), since=self._work.since)
        under_way = {}
        for key, question in still.items():
            if key in known and known[key].state in ("sending", "sent"):
                question.state = known[key].state
                under_way[question.position] = known[key]
        return under_way

    # --- answers ------------------------------------------------------------------------

    def _rows(self) -> Iterator[AnswerRow]:
        return self._work.journal.answers(self._work.job_id)

    def answers(self) -> Iterator[RowAnswer]:
        """One answer a row of the frame, in its order, as the journal has them now."""
        rows = self._rows()
        return self._each(rows, _answer, RowAnswer("", None, "skipped"), dataclasses.replace)

    def _contents(self) -> Iterator[RowContent]:
        """The same without the basis."""
        kept = self._runner.take_answers()
        rows = self._rows() if kept is None else kept
        skipped = RowContent(None, "skipped", None, None)
        return self._each(rows, _content, skipped, RowContent._replace)

    def _each(
        self,
        rows: Iterator[AnswerRow],
        read: Callable[[AnswerRow], _Row],
        skipped: _Row,
        replace: Callable[..., _Row],
    ) -> Iterator[_Row]:
        layout = self._layout
        if layout is None:
            yield from map(read, rows)
            return
        later: dict[int, int] = {}
        for position in layout:
            later[position] = later.get(position, 0) + 1
        kept: dict[int, _Row] = {}
        for row, position in enumerate(layout):
            if position == SKIPPED:
                yield replace(skipped, error=self._skipped.get(row, "not asked"))
                continue
            # Questions are numbered by the first row that asks them: what is not kept is next.
            answer = kept.pop(position, None) or read(next(rows))
            later[position] -= 1
            if later[position]:
                kept[position] = answer
            yield answer

    @property
    def source(self) -> Source:
        """The rows that were asked about."""
        if self._source is None:
            inputs = list(self._work.journal.all_inputs(self._work.job_id))
            names = [field.name for field in self.fields] or ["output"]
            self._source = source_of_inputs(inputs, self._layout, names)
        return self._source

    @property
    def df(self) -> Any:
        """The answers beside the rows, typed; waits for the job's end where it must.

        Index, order and columns of the input, then one column a field (`output` for
        text), `run_id`, `status` and `error`. A job that ended early gives what it has.
        """
        self._wait_for_end()
        if self._frame is None:
            self._frame = build_frame(self.source, self.fields, self._contents())
        return self._frame

    @property
    def basis(self) -> Any:
        """Where each value came from, a line an excerpt.

        Columns: row, run_id, field, value, confidence, reasoning, url, title, excerpt.
        """
        self._wait_for_end()
        return basis_frame(
            self.source.index, self.fields, self.answers(), library=self.source.library
        )

    def panel(self) -> Any:
        """The answers as a live table, in which each value opens to its evidence."""
        return show_panel(self)

    @property
    def failed(self) -> Any:
        """The rows of `df` that have no answer because their run did not end well."""
        return select_rows(self.df, "status", _FAILED)

    def low_confidence(self, levels: Sequence[str] = ("low",)) -> Any:
        """The fields whose basis has one of these confidences, a line a field.

        Columns: row, run_id, field, value, confidence, reasoning.
        """
        return low_confidence(self.basis, levels)


def _another(view: View) -> View:
    """A view of the same kind, as one shows a job once; none where it cannot be made again."""
    try:
        return type(view)()
    except TypeError:
        return NullView()


def _answer(row: AnswerRow) -> RowAnswer:
    output = None if row.output is None else read_output(row.output)
    error = _UNREADABLE if output is None and row.output is not None else row.error
    return RowAnswer(row.key, row.run_id, _status(row), output, error, row.connection)


def _content(row: AnswerRow) -> RowContent:
    content = None if row.output is None else read_content(row.output)
    error = _UNREADABLE if content is None and row.output is not None else row.error
    return RowContent(row.run_id, _status(row), content, error)


def _status(row: AnswerRow) -> str:
    return _STATUS.get(row.state, row.state or "unsent")
