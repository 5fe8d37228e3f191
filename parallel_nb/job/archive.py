"""What the journal has, without asking any service: find, list, read, export, forget jobs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.formats import count, did_you_mean, money, shorten
from parallel_nb.job.answers import JobAnswers
from parallel_nb.job.export import check_suffix, write_answers
from parallel_nb.job.journal import has_journal, open_journal
from parallel_nb.job.model import ENDED
from parallel_nb.job.questions import SKIPPED
from parallel_nb.job.start import journal_of_home
from parallel_nb.job.summary import JobSummary, is_at_work, summarise
from parallel_nb.retention import believed_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parallel_nb.api.schema.fields import OutputField
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.tables.frames import RowAnswer
    from parallel_nb.tables.source import Source

_DAY_SECONDS: Final = 86_400.0
_LIST_WIDTH: Final = 80
#: Jobs that the text of the list shows; the rest is counted.
_LISTED: Final = 15
#: The columns of the list of jobs, and what each has of a job.
_JOB_COLUMNS: Final[dict[str, Callable[[JobSummary], Any]]] = {
    "group_id": lambda job: job.record.group_id,
    "title": lambda job: job.record.title,
    "state": lambda job: job.record.state,
    "rows": lambda job: job.record.rows,
    "answered": lambda job: job.answered,
    "failed": lambda job: job.failed,
    "running": lambda job: job.running,
    "unsent": lambda job: job.unsent,
    "skipped": lambda job: job.record.rows_skipped,
    "processor": lambda job: job.record.processor,
    "cost": lambda job: job.cost,
    "reserved": lambda job: job.reserved,
    "connection": lambda job: job.record.connection,
    "started": lambda job: pd.Timestamp(job.record.created, unit="s", tz="UTC"),
    "changed": lambda job: pd.Timestamp(job.record.changed, unit="s", tz="UTC"),
    "id": lambda job: job.record.id,
    # Last, and in the journal of a team alone.
    "person": lambda job: job.record.person,
}


def _journal() -> Journal:
    return open_journal(settings.current())


def has_jobs() -> bool:
    """Whether there is a journal by now; one is not made by looking at it."""
    return has_journal(settings.current())


def find_job(name: str) -> JobRecord:
    """The job with this id, or the newest one that sends to the group of this id.

    Raises:
        InputError: There is none; the error names the nearest id.
    """
    journal = _journal()
    found = journal.job(name) or journal.job_of_group(name)
    if found is not None:
        return found
    raise InputError(
        f"The journal has no job {name!r}.",
        f"{did_you_mean(name, job_names())}%parallel_jobs, or parallel-nb jobs, lists them all.",
    )


def job_names() -> list[str]:
    """The ids by which jobs can be named, newest first: of each its group's, else its own."""
    return [job.group_id or job.id for job in _journal().jobs()]


def read_answers(record: JobRecord, *, basis: bool = False) -> pd.DataFrame:
    """The answers of a job beside its inputs, or their evidence a line an excerpt.

        archive.read_answers(archive.find_job("tgrp_0123456789abcdef"))

    Returns:
        A DataFrame with the columns of `Job.df`, or with `basis` those of `Job.basis`. A job
        that is not finished gives what the journal has now.
    """
    answers = JobAnswers.of_record(_journal(), record)
    frame: pd.DataFrame = answers.basis() if basis else answers.frame()
    return frame


def export_job(name: str, path: Path, *, basis: bool = False, raw: bool = False) -> int:
    """Write the answers of a job, or with `basis` their evidence, to a file.

        archive.export_job("tgrp_0123456789abcdef", Path("profiles.csv"))

    Args:
        name: The id of the job, or of its group.
        path: The file; its ending says its form: .xlsx, .docx and .html are reports with sources
            and method, .csv, .json, .jsonl and .parquet tables.
        basis: Write the evidence, a line an excerpt.
        raw: Leave texts in CSV as they are that a spreadsheet would take for formulas.

    Returns:
        The number of rows.

    Raises:
        InputError: There is no such job, or the file cannot be written.
    """
    check_suffix(path)
    record = find_job(name)
    answers = JobAnswers.of_record(_journal(), record)
    return write_answers(record, answers, path, basis=basis, raw=raw)


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as the journal has it, to be shown: what `Job` has, without its work."""

    id: str
    title: str
    connection: str
    prompt: str
    #: What names each row: in the inputs that the journal has, it may be within a question.
    labels: list[str]
    _answers: JobAnswers

    @property
    def fields(self) -> tuple[OutputField, ...]:
        """The output fields; empty for text answers."""
        return self._answers.fields

    @property
    def source(self) -> Source:
        """The rows that were asked about."""
        return self._answers.source

    def answers(self) -> Iterator[RowAnswer]:
        """One answer a row, as the journal has them now."""
        return iter(self._answers)


def read_job(record: JobRecord) -> StoredJob:
    """A job of the journal as something that `display.panel` shows."""
    journal = _journal()
    answers = JobAnswers.of_record(journal, record)
    labels = [label for _, _, label in journal.questions(record.id)]
    if (positions := answers.layout.positions) is not None:
        labels = ["" if position == SKIPPED else labels[position] for position in positions]
    return StoredJob(record.id, record.title, record.connection, record.prompt, labels, answers)


# --- list -------------------------------------------------------------------------------


def list_jobs(*, everyone: bool = False) -> JobList:
    """The jobs and finds of the journal as a DataFrame, newest first.

    Of a journal that a team shares those of this person, or with `everyone` all, and `person` is
    the last column.

    Columns: group_id, title, state, rows, answered, failed, running, unsent, skipped,
    processor, cost, reserved, connection, started, changed, id. Counts but `rows` and `skipped`
    (rows that have nothing to ask, or too much) are distinct questions; of a find, rows are its
    candidates, answered its matches, and processor its generator. cost is what is billed so far,
    in USD by today's price table: the completed runs that the job made, in whichever kernel, or
    the matches of a find. reserved is what those at work cost when they complete, or what a find
    that goes on may cost besides. Both are 0 for answers that were reused and for the embedded
    engine, and NaN where there is no known price.
    """
    journal = journal_of_home()
    listed = summarise(journal, everyone=everyone)
    columns = {name: [value(job) for job in listed] for name, value in _JOB_COLUMNS.items()}
    if not journal.is_shared:
        del columns["person"]
    return JobList(columns)


class JobList(pd.DataFrame):
    """A DataFrame, in text three lines a job; what is made of it is a plain DataFrame.

    pandas would cut the middle columns out, and with them what a person looks for.
    """

    def __repr__(self) -> str:
        """Of each job its title, then state and counts, then what it takes to come back."""
        try:
            shown = [line for job in self.head(_LISTED).itertuples() for line in _lines(job)]
        except AttributeError:  # columns were taken out of it in place
            return super().__repr__()
        if not shown:
            return "No jobs yet."
        number = len(self)
        left = number - _LISTED
        head = f"{count(number, 'job')}, newest first"
        more = [f"and {left:,} more: .iloc[{_LISTED}:]"] if left > 0 else []
        return "\n".join([head, *shown, *more])


def _lines(job: Any) -> list[str]:
    numbers = (
        ("failed", job.failed),
        ("skipped", job.skipped),
        ("running", job.running),
        ("not sent", job.unsent),
    )
    counts = [f"{job.answered:,} answered", *(f"{n:,} {word}" for word, n in numbers if n)]
    reserved = f" + {money(job.reserved)} reserved" if job.reserved > 0 else ""
    cost = money(job.cost) + reserved
    if math.isnan(job.cost) or math.isnan(job.reserved):
        cost = "price not published"
    name = job.group_id if isinstance(job.group_id, str) else job.id
    state = f"{job.state}, {count(job.rows, 'row')}: {', '.join(counts)}"
    if person := getattr(job, "person", ""):
        state = f"{person}: {state}"
    started = f"{job.started:%Y-%m-%d %H:%M} UTC"
    room = _LIST_WIDTH - len(f"  {name}    {started}")
    return [
        shorten(str(job.title), _LIST_WIDTH),
        f"  {shorten(state, _LIST_WIDTH - 2)}",
        f"  {name}  {shorten(f'{job.processor}, {cost}', room)}  {started}",
    ]


# --- stop -------------------------------------------------------------------------------


def stop_job(name: str) -> None:
    """Ask the process that works on a job to submit nothing more; it does so in a second or two.

        archive.stop_job("tgrp_0123456789abcdef")

    What was sent goes on at the service and is paid, as with `Job.stop`.

    Args:
        name: The id of the job, or of its group.

    Raises:
        InputError: There is no such job, it has ended, or no living process works on it.
    """
    record = find_job(name)
    journal = _journal()
    if not is_at_work(journal, record):
        has_ended = record.state in ENDED
        raise InputError(
            f"The job {name} {'has ended' if has_ended else 'is worked on by no kernel'}: "
            "nothing more is sent.",
            "What was sent goes on: %parallel_attach ID fetches its answers.",
        )
    journal.ask_to_stop(record.id)


# --- clear ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Cleared:
    """What became of `clear_jobs`; shows as its sentences."""

    forgotten: int
    #: Jobs that were to go and are not finished, so that they stayed.
    kept: tuple[JobRecord, ...] = ()

    def __repr__(self) -> str:
        """One sentence on what is gone, one on what is not."""
        sentences = [f"{count(self.forgotten, 'job')} forgotten"]
        if self.kept:
            names = ", ".join(job.group_id or job.id for job in self.kept[:4])
            more = f" and {len(self.kept) - 4:,} more" if len(self.kept) > 4 else ""
            sentences.append(f"{count(len(self.kept), 'job')} kept, not finished: {names}{more}")
        return "\n".join(sentences)


def clear_jobs(
    name: str | None = None,
    *,
    older_than: float | None = None,
    everything: bool = False,
    unfinished: bool = False,
) -> Cleared:
    """Forget jobs with their inputs and answers: one by its id, by age in days, or all of them.

    A job with runs under way, or questions unsent, is kept: its answers are paid and still come.
    Answers that a remaining job uses stay.

        archive.clear_jobs(older_than=90)

    Args:
        name: The id of one job, or of its group.
        older_than: Forget all jobs that have not changed for so many days.
        everything: Forget all jobs.
        unfinished: Forget unfinished jobs too, unless a living process works on them.

    Returns:
        How many jobs were forgotten, and which were kept.

    Raises:
        InputError: Not exactly one of the first three is given, there is no such job, or the
            one that is named is not finished.
    """
    if sum((name is not None, older_than is not None, everything)) != 1:
        raise InputError(
            "It is not clear which jobs to forget.",
            "Give one of: the id of a job, --older-than DAYS, --all.",
        )
    if older_than is not None and not older_than >= 0:
        raise InputError("--older-than is negative.", "Give a number of days.")
    journal = _journal()
    own_jobs = journal.own_jobs()
    wanted = [find_job(name)] if name is not None else journal.jobs()
    if name is not None and own_jobs is not None and wanted[0].id not in own_jobs:
        raise InputError(
            f"The job {name} is {wanted[0].person or 'somebody else'}'s.",
            "In a journal that a team shares everybody clears their own.",
        )
    if own_jobs is not None:
        wanted = [job for job in wanted if job.id in own_jobs]
    if older_than is not None:
        # A clock that is years ahead makes nothing old.
        before = believed_now(journal.newest_change()) - older_than * _DAY_SECONDS
        wanted = [job for job in wanted if job.changed < before]
    kept = [job for job in wanted if _is_needed(journal, job, unfinished=unfinished)]
    if name is not None and kept:
        is_busy = is_at_work(journal, kept[0])
        raise InputError(
            f"The job {name} is {'being worked on' if is_busy else 'not finished'}.",
            "Stop it first: job.stop(), or interrupt its cell."
            if is_busy
            else "Run its cell again to finish it, or forget it all the same: --unfinished.",
        )
    gone = [job for job in wanted if job not in kept]
    if gone:
        journal.delete_jobs([job.id for job in gone])
    return Cleared(len(gone), tuple(kept))


def _is_needed(journal: Journal, job: JobRecord, *, unfinished: bool) -> bool:
    if unfinished:
        return is_at_work(journal, job)
    return job.state not in ENDED or bool(journal.owners_under_way(job))
