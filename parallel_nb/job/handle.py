"""The handle of a job: what a person holds, in any thread.

All work happens on the background loop; the handle reads snapshots and the journal, so it
never sees a half-made state.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from parallel_nb.api.errors import InputError
from parallel_nb.job.chart import Chart, chart_of
from parallel_nb.job.cited import Wanted, page_of
from parallel_nb.job.export import check_suffix, write_answers
from parallel_nb.job.extras import check_secrets
from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.model import FAILED_STATES, UNREAD, NullView, another_view
from parallel_nb.job.plan import check_retry
from parallel_nb.job.runner import Runner
from parallel_nb.job.waiting import Handle
from parallel_nb.tables.accessor import show_panel
from parallel_nb.tables.basis import low_confidence
from parallel_nb.tables.frames import select_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.answers import JobAnswers
    from parallel_nb.job.cited import CitedPage
    from parallel_nb.job.context import JobSetup
    from parallel_nb.job.journal import RunRecord
    from parallel_nb.job.model import Progress, View
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

#: What a row without an answer has for its status when its run did not end well.
_FAILED_STATUSES: Final = (*FAILED_STATES, "skipped")


class Job(Handle):
    """A table of questions as one durable job.

    It is made by `pnb.tasks` and `pnb.attach`, and may be used from any thread.

    Examples:
        >>> job = pnb.tasks(companies, "Who leads {{name}}?", wait=False)  # doctest: +SKIP
        >>> job.df  # waits, then gives the answers beside the rows  # doctest: +SKIP
    """

    _setup: JobSetup
    _runner: Runner

    def __init__(
        self, setup: JobSetup, answers: JobAnswers, *, prompt: str, view: View | None = None
    ) -> None:
        """Begin the work; `start` and `attach` make jobs."""
        self._setup = setup
        self._answers = answers
        self.prompt = prompt
        self._launch(Runner, view or NullView())

    def __repr__(self) -> str:
        """One line: what, where, how far."""
        p = self.progress
        where = f" {p.group_id}" if p.group_id else ""
        skipped = f"{p.skipped:,} skipped, " if p.skipped else ""
        return (
            f"<Job{where} {p.state}: {p.completed + p.reused:,} of {p.total:,} rows answered, "
            f"{p.failed:,} failed, {skipped}{self.connection}>"
        )

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied or pickled: a job is its work, its thread and its journal.

        Raises:
            InputError: Always; says what to keep instead.
        """
        name = self.group_id
        raise InputError(
            "A job cannot be copied, pickled or stored.",
            f"Keep job.group_id ({name!r}) and come back with pnb.attach({name!r})."
            if name
            else "Keep job.group_id, which it has once rows were sent, and use pnb.attach.",
        )

    # --- what it is ---------------------------------------------------------------------

    @property
    def id(self) -> str:
        """Our own id of the job, in the journal and in the metadata of its runs."""
        return self._setup.job_id

    @property
    def group_id(self) -> str | None:
        """The service's id of the group ("tgrp_..."), for `attach`; None before the first send."""
        return self._setup.state.group_id

    @property
    def processor(self) -> str:
        """The processor's name: "base", "core", ...; of an attached group perhaps several."""
        return self._setup.state.processor.name

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The output fields, in the order of their columns; empty for text answers."""
        return self._answers.fields

    @property
    def suffix(self) -> str:
        """What stands behind names of answer columns that the input has too; mostly ""."""
        return self._answers.suffix

    @property
    def progress(self) -> Progress:
        """Where the job stands now: an immutable snapshot of counts, rate, time left and cost."""
        return self._runner.progress

    @property
    def cost(self) -> float:
        """What is billed so far, in USD by the dated price table: the completed runs of this job.

        A run that has failed is not billed. What is at work is `progress.cost_reserved`, and what
        the whole may come to `progress.cost_at_most`. 0 for answers that were reused and for the
        embedded engine; NaN where its processor has no published price.
        """
        progress = self.progress
        return progress.cost if progress.priced else math.nan

    # --- stopping and asking again -------------------------------------------------------

    def _detach(self) -> object:
        return self.stop()

    def stop(self) -> Job:
        """Submit nothing more and detach; may be called again.

        What was sent goes on at the service, and is billed as it completes: `message` says how
        much, and how to get it back.

        Returns:
            The job itself, at once: `job.stop().wait()` waits until it has ended.
        """
        self._runner.stop()
        return self

    def retry_failed(
        self, *, wait: bool = True, view: View | None = None, max_cost: float | None = None
    ) -> Job:
        """Ask the rows that failed again, in the same group; successes are kept.

        Rows that were never sent are sent too.

            job.retry_failed(max_cost=1)

        Args:
            wait: Wait for the end; with False, `job.df` waits.
            view: What shows progress; one of the kind that showed the job before if None.
            max_cost: Refuse, before anything is sent, what would cost more USD; the setting
                if None.

        Returns:
            The job itself.

        Raises:
            InputError: The job still runs, or it would cost more than `max_cost`.
            JobIncompleteError: With `wait`: it ended before all rows were answered.
            JobInterrupted: With `wait`: an interrupt; the job was detached.
        """
        self._check_ended()
        state = self._setup.state
        failed = state.failed()
        check_secrets(self._setup.settings)
        if failed or state.unsent_runs:
            # An answer that could not be read is paid already, and asked for again at no cost.
            runs = sum(question.state != UNREAD for question in failed) + state.unsent_runs
            check_retry(state, runs, max_cost)
            state.reopen(failed)
            state.phase = "submitting"
            state.message = ""
            self._setup.submit = True
            self._setup.active_runs = self._under_way()
            self._launch(Runner, view or another_view(self._view))
        return self.wait() if wait else self

    def _under_way(self) -> dict[int, RunRecord]:
        """What was sent and has not ended, as the journal knows it, by position."""
        open_questions = {q.key: q for q in self._setup.state.questions if q.is_open}
        runs = self._setup.journal.latest(list(open_questions), since=self._setup.since)
        under_way = {}
        for key, run in runs.items():
            if run.state in ACTIVE_STATES:
                question = open_questions[key]
                question.state = run.state
                under_way[question.position] = run
        return under_way

    # --- answers ------------------------------------------------------------------------

    def answers(self) -> Iterator[RowAnswer]:
        """One answer a row of the frame, in its order, as the journal has them now.

            [answer.status for answer in job.answers()]

        Returns:
            An iterator of `RowAnswer`: key, run id, status, output with its basis, error.
        """
        return iter(self._answers)

    @property
    def source(self) -> Source:
        """The rows that were asked about; of an attached job they are made from its inputs."""
        return self._answers.source

    @property
    def df(self) -> Any:
        """The answers beside the rows; waits for the job's end where it must.

            job.df.loc[lambda df: df["status"] == "completed", ["name", "ceo"]]

        Returns:
            A DataFrame of the library that the rows came in, with their index, order and
            columns, and behind them one column a field, or `output` for text answers. Its
            dtype in pandas is `string` (text and choices), `Int64`, `Float64`, `boolean`,
            `datetime64[us]`, or `object` (lists and objects); what is missing or does not fit
            is NA. Then, of dtype `string`: `run_id`; `status` (completed, failed, cancelled,
            action_required, running, unsent or skipped); `error` (why there is no answer,
            else NA). A suffix stands behind the names that the input has too. A job that ended
            early gives what it has.

        Raises:
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        self._wait_for_end()
        if self._frame is None:
            self._frame = self._answers.frame(self._runner.take_answers())
        return self._frame

    @property
    def basis(self) -> Any:
        """Where each value came from, a line an excerpt; waits where it must.

            job.basis.loc[lambda lines: lines["field"] == "ceo", ["row", "value", "url"]]

        Returns:
            A long DataFrame of the library of `df`. `row` is the row's index label (in Polars
            its number); all others are text (`string` in pandas): `run_id`, `field` (of a list
            also each element: `products.0`), `value` (the raw value, JSON for what is no text),
            `confidence` (high, medium, low or NA), `reasoning`, `url`, `title`, `excerpt`,
            `document` (the file that was cited, below its folder), `place` (`p. 3`,
            `Sheet 'P&L', C14`, `slide 7`). A value without a source has one line with NA in the
            last five; rows without an answer have none.

        Raises:
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        self._wait_for_end()
        return self._answers.basis()

    def panel(self) -> Any:
        """The answers as a live table, in which each value opens to its evidence.

        Returns:
            The panel: it shows itself as the last value of a cell.

        Raises:
            InputError: There is nothing here that can show a panel.
        """
        return show_panel(self)

    def plot(self) -> Chart:
        """Draw how sure the answers are, when they came and, where they are billed, the cost.

            job.plot().save("job.png")

        Returns:
            A chart that shows itself as the last value of a cell: for each field how many values
            have which confidence or were not found; the rows answered over the time, in seconds
            since the job was begun (answers from the journal stand at 0); and the cost in USD of
            the runs that this job has made. `figure` is matplotlib's.

        Raises:
            InputError: matplotlib is not installed.
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        self._wait_for_end()
        return chart_of(self._setup, self._answers)

    def page(self, row: Any, field: str = "output", *, source: int = 0) -> CitedPage:
        """The page of the document that a value rests on, with the passage marked.

            job.page("Meridian Freight", "annual_rent")

        A page of a PDF is a picture, in `.png`; any other is text, in `.text`. Documents of an
        embedded engine have pages; what the hosted service cites is on the web.

        Args:
            row: The row's label in the index of `df` (in Polars its number); where none is such,
                what stands in one of the columns of the input.
            field: The name of the output field.
            source: Which of the sources that are cited for it, from 0.

        Returns:
            The page: it shows itself in a notebook, and `turn` goes on from it.

        Raises:
            InputError: There is no such row, field or source, or no such page any more.
            ConnectionProblem: The documents are not connected.
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        self._wait_for_end()
        return page_of(self._answers, Wanted(row, field, source))

    def export(self, path: str | Path, *, raw: bool = False) -> int:
        """Write the answers to a file, with their sources; waits where it must.

            job.export("profiles.xlsx")

        Args:
            path: The file; its ending says its form. `.xlsx`, `.docx` and `.html` are reports:
                the table with typed cells and numbered notes, then every source with document,
                place and excerpt, then the method (question, fields, connection, dates).
                `.csv`, `.json`, `.jsonl` and `.parquet` hold the table of `df`.
            raw: Leave texts in CSV as they are that a spreadsheet would take for formulas.

        Returns:
            The number of rows.

        Raises:
            InputError: The ending names no form, or the file cannot be written.
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        check_suffix(Path(path))
        self._wait_for_end()
        record = self._setup.journal.job(self.id)
        if record is None:
            raise InputError(
                f"The journal has no job {self.id} any more.", "Ask again, or write job.df."
            )
        return write_answers(record, self._answers, Path(path), raw=raw)

    @property
    def failed(self) -> Any:
        """The rows of `df` that have no answer because their run did not end well.

            job.failed[["name", "error"]]

        Returns:
            A DataFrame with the columns of `df`: rows that failed, were cancelled, ask for an
            action, or were skipped because they had nothing to ask.

        Raises:
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        return select_rows(self.df, self._answers.columns.status["status"], _FAILED_STATUSES)

    def low_confidence(self, levels: str | Sequence[str] = ("low",)) -> Any:
        """The fields, and elements of lists, with one of these confidences, a line each.

            job.low_confidence(["low", "medium"])

        Args:
            levels: "low", "medium", "high", or several of them.

        Returns:
            A DataFrame with the first columns of `basis`: `row`, `run_id`, `field`, `value`,
            `confidence`, `reasoning`.

        Raises:
            JobInterrupted: An interrupt while waiting; the job was detached.
        """
        return low_confidence(self.basis, levels)
