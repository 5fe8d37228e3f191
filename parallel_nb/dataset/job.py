"""A table larger than memory as one durable piece of work: a job a batch, two at a time.

Each batch is a job like any other, so what is sent is journaled, paid once, and taken up again. Two
are under way at once: while the last rows of one are awaited, the next is sent already.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from parallel_nb.api.arguments import check_count, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.api.tools import without_secrets
from parallel_nb.dataset.batches import read_batches
from parallel_nb.dataset.parts import Part, Parts, digest_of
from parallel_nb.job.model import NullView
from parallel_nb.job.options import check_table_cost, read_options
from parallel_nb.job.start import plan as plan_job
from parallel_nb.job.start import start
from parallel_nb.job.waiting import Waiting
from parallel_nb.tables.source import read_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from parallel_nb.api.errors import JobIncompleteError
    from parallel_nb.dataset.batches import Batches
    from parallel_nb.job import Job, Plan
    from parallel_nb.job.model import Progress, View
    from parallel_nb.job.options import CheckedOptions, TableOptions

#: Batches that are under way at once.
_AT_ONCE: Final = 2
#: Counts of a progress that are summed over batches.
_COUNTS: Final = (
    "total", "reused", "unsent", "queued", "running", "completed", "failed", "skipped",
    "reused_from_others", "cost", "cost_reserved", "cost_at_most", "more_failures",
)  # fmt: skip


@dataclass(slots=True)
class _UnderWay:
    number: int
    digest: str
    job: Job


class _BatchView(NullView):
    """Shows the whole when a batch has something new to show."""

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show

    def update(self, progress: Any) -> None:
        """Show the whole."""
        del progress
        self._show()


def start_dataset(
    source: Any,
    prompt: str,
    into: str | Path,
    *,
    batch_rows: int,
    view: View | None = None,
    **options: Any,
) -> DatasetJob:
    """Ask about every row of a table of any size, and write the answers to a folder.

    Args:
        source: As `batches.read_batches` takes it.
        prompt: The question.
        into: The folder.
        batch_rows: Rows of a batch, which is a file of the folder.
        view: Shows the progress; nothing does if None.
        **options: Those of `ask.tasks`; `max_cost` is that of the whole.

    Raises:
        InputError: The source, the folder, the question or an option is at fault, or it would
            cost too much; nothing was sent.
    """
    if not isinstance(into, str | Path) or not str(into).strip():
        raise InputError(f"into = {shown(into)} is no folder.", "Give its path: into='answers/'.")
    check_count("batch_rows", batch_rows, "Leave it out, or give a number of rows.")
    if options.get("after") is not None or options.get("sample") is not None:
        raise InputError(
            "A table that is written to a folder takes neither `after` nor `sample`.",
            "Ask of a part first: pnb.tasks(frame.head(100), ...).",
        )
    batches = read_batches(source)
    tables = batches.tables(batch_rows)
    first = next(tables, None)
    if first is None:
        raise InputError("The table has no rows.", "Nothing was sent. Check what made it.")
    checked = read_options(prompt, cast("TableOptions", options))
    # Whatever is connected meanwhile, all batches go where the first goes.
    options |= {"connection": checked.connection, "max_cost": math.inf}
    planned = plan_job(first, prompt, **options)
    planned.check()
    most = _check_cost(batches, planned, first.num_rows, checked.max_cost)
    question = _question(prompt, checked, first.column_names)
    parts = Parts(Path(into).expanduser(), question, batch_rows)
    work = _Work(batches.rows, _chain(first, tables), parts, prompt, options, most)
    return DatasetJob(work, planned, view or NullView())


def _question(prompt: str, checked: CheckedOptions, names: Sequence[str]) -> str:
    """What a folder answers: the prompt, and a digest of all else that decides an answer."""
    decides = [
        checked.connection.identity,
        checked.processor.name,
        output_spec(checked.output).schema,
        checked.columns,
        sorted(names),
        without_secrets(checked.settings),
        checked.suffix,
        checked.fresh,
    ]
    encoded = msgspec.json.encode(decides, order="deterministic")
    return f"{prompt}\n{hashlib.blake2b(encoded, digest_size=16).hexdigest()}"


def _check_cost(batches: Batches, planned: Plan, rows: int, most: float | None) -> float | None:
    """Refuse what would cost too much, before anything is sent; gives the limit."""
    if most is None or not planned.billed:
        return None
    if batches.rows is not None:
        cost = planned.cost + (batches.rows - rows) * planned.usd_per_1000 / 1000
        check_table_cost(batches.rows, cost, most, uncounted=" beyond the first batch")
    return most


def _chain(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


@dataclass(slots=True)
class _Work:
    rows: int | None
    tables: Iterator[Any]
    parts: Parts
    prompt: str
    options: Mapping[str, Any]
    max_cost: float | None


class DatasetJob(Waiting):
    """A table of any size that is asked about, and the folder of its answers.

    Examples:
        >>> job = pnb.tasks("firms.parquet", "Who leads {{name}}?", into="x/")  # doctest: +SKIP
        >>> job.df.filter(pl.col("status") == "completed").head(5).collect()  # doctest: +SKIP
    """

    def __init__(self, work: _Work, planned: Plan, view: View) -> None:
        """Begin; `start_dataset` makes them."""
        self._work, self._view = work, view
        self.prompt = work.prompt
        self.title = planned.title
        self.connection = planned.connection
        self.processor = planned.processor
        self.fields = planned.fields
        self._grace = 15.0
        self._ended = threading.Event()
        self._stopping = False
        self._message = ""
        self._under_way: deque[_UnderWay] = deque()
        self._newest: Progress | None = None
        #: Sums over the batches that are over.
        self._done = dict.fromkeys(_COUNTS, 0.0)
        self._first: Job | None = None
        self._began = False
        self._begin(self._run, self._show_end)

    def __repr__(self) -> str:
        """One line: what, where, how far."""
        done = self._done
        return (
            f"<DatasetJob {self.folder}: {int(done['completed'] + done['reused']):,} of "
            f"{self._total():,} rows answered, {int(done['failed']):,} failed, {self.connection}>"
        )

    @property
    def folder(self) -> Path:
        """Where the answers are."""
        return self._work.parts.folder

    @property
    def df(self) -> Any:
        """The rows with their answers, as they were written so far: nothing is read yet.

        Returns:
            A Polars LazyFrame where Polars is installed, else a PyArrow dataset; the columns of
            `Job.df`.
        """
        return self._work.parts.scan()

    @property
    def basis(self) -> Any:
        """Where each value came from, as `df`; the columns of `Job.basis`.

        `row` counts within a batch: `run_id` tells the row.
        """
        return self._work.parts.scan(basis=True)

    @property
    def cost(self) -> float:
        """What is billed so far, in USD, for the runs of this call."""
        return self._done["cost"] + sum(one.job.progress.cost for one in list(self._under_way))

    @property
    def message(self) -> str:
        """One sentence on how it ended early and how to go on, or ""."""
        return self._message

    @property
    def error(self) -> JobIncompleteError | None:
        """The exception that `wait` raises where it ended incomplete, or None."""
        return next((one.job.error for one in list(self._under_way) if one.job.error), None)

    @property
    def progress(self) -> Progress | None:
        """Where it stands: the sums of all batches; None before the first was begun."""
        if self._newest is None:
            return None
        sums = dict(self._done)
        for one in list(self._under_way):
            self._newest = one.job.progress
            for name in _COUNTS:
                sums[name] += getattr(self._newest, name)
        whole: dict[str, Any] = {
            name: value if "cost" in name else int(value) for name, value in sums.items()
        }
        unread = max(0, self._total() - whole["total"])
        whole["total"] += unread
        whole["unsent"] += unread
        state: Any = "running" if not self._ended.is_set() else self._newest.state
        return replace(self._newest, **whole, state=state, eta=None, title=self.title)

    def stop(self) -> DatasetJob:
        """Begin no further batch, and submit nothing more of those under way."""
        self._stopping = True
        for one in list(self._under_way):
            one.job.stop()
        return self

    def _detach(self) -> object:
        return self.stop()

    def _total(self) -> int:
        return self._work.rows or int(self._done["total"]) + sum(
            one.job.progress.total for one in list(self._under_way)
        )

    # --- the work -----------------------------------------------------------------------

    async def _run(self) -> None:
        number = 0
        try:
            while not self._stopping:
                table = await asyncio.to_thread(next, self._work.tables, None)
                if table is None:
                    await self._finish_all()
                    self._work.parts.forget_after(number)
                    return
                await self._begin_batch(number, table)
                number += 1
                while len(self._under_way) >= _AT_ONCE:
                    await self._finish_first()
            await self._finish_all()
        except BaseException:
            self.stop()  # `wait` raises it
            raise
        finally:
            if self._stopping:
                self._message = (
                    f"{int(self._done['total']):,} rows are in {self.folder}. The same call goes "
                    "on where it ended, and pays for nothing twice."
                )

    async def _begin_batch(self, number: int, table: Any) -> None:
        edition = self._work.options["connection"].edition
        digest = await asyncio.to_thread(digest_of, table, edition)
        if (part := self._work.parts.done(number, digest)) is not None:
            self._add(part)
            return
        options = dict(self._work.options)
        if (most := self._work.max_cost) is not None:
            at_work = sum(one.job.progress.cost_at_most for one in self._under_way)
            options["max_cost"] = max(0.0, most - self._done["cost"] - at_work)
        job = await asyncio.to_thread(
            start, table, self.prompt, wait=False, view=_BatchView(self._show), **options
        )
        self._first = self._first or job
        self._newest = job.progress
        self._under_way.append(_UnderWay(number, digest, job))
        self._show()

    def _add(self, part: Part) -> None:
        for name, value in (
            ("total", part.rows), ("reused", part.answered), ("failed", part.failed),
            ("skipped", part.skipped),
        ):  # fmt: skip
            self._done[name] += value

    async def _finish_all(self) -> None:
        while self._under_way:
            await self._finish_first()

    async def _finish_first(self) -> None:
        one = self._under_way[0]
        await one.job
        await asyncio.to_thread(self._write, one)
        progress = one.job.progress
        self._under_way.popleft()
        self._newest = progress
        for name in _COUNTS:
            self._done[name] += getattr(progress, name)
        self._show()

    def _write(self, one: _UnderWay) -> None:
        progress = one.job.progress
        if progress.open_rows:  # it was stopped: the same call goes on with it
            return
        part = Part(
            rows=progress.total,
            digest=one.digest,
            answered=progress.completed + progress.reused,
            failed=progress.failed,
            skipped=progress.skipped,
            cost=progress.cost,
        )
        frames = (one.job.df, one.job.basis)
        answers, basis = (read_frame(frame).frame.to_arrow() for frame in frames)
        self._work.parts.write(one.number, part, answers, basis)

    # --- showing ------------------------------------------------------------------------

    def _stop(self) -> None:
        self.stop()

    def _show(self) -> None:
        progress = self.progress
        if progress is None:
            return
        if not self._began:
            self._began = True
            self._view.start(progress, self._stop)
        else:
            self._view.update(progress)

    def _show_end(self) -> None:
        if self._first is not None:
            self._view.finish(_Ended(self, self._first))


class _Ended:
    """What a view shows at the end: the whole's progress, and the rows of the first batch."""

    def __init__(self, whole: DatasetJob, first: Job) -> None:
        self._first = first
        progress = whole.progress
        assert progress is not None  # noqa: S101 - a batch was begun
        words = f"The answers are in {whole.folder}; the rows below are the first."
        self.progress = replace(progress, message=whole.message or words)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._first, name)
