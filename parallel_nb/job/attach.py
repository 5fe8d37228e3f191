"""Comes back to a job of before by its group's id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb import settings
from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import Processor, find_processor
from parallel_nb.api.types import TaskSpec
from parallel_nb.connection import background
from parallel_nb.job.answers import JobAnswers, RowLayout
from parallel_nb.job.context import JobSetup, active_runs, make_questions
from parallel_nb.job.extras import check_secrets, settings_of
from parallel_nb.job.handle import Job
from parallel_nb.job.import_group import import_group, is_imported, rekey_job, update_group
from parallel_nb.job.journal import decode_kept
from parallel_nb.job.model import State
from parallel_nb.job.options import open_connection, read_max_wait
from parallel_nb.job.start import journal_of_home
from parallel_nb.job.tuning import Tuning

if TYPE_CHECKING:
    from parallel_nb.connection import Connection
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.job.model import View


def attach(  # noqa: PLR0913 - the options of attaching
    group_id: str,
    *,
    connection: Connection | None = None,
    view: View | None = None,
    wait: bool = True,
    submit: bool = False,
    max_wait: float | None = None,
    tuning: Tuning | None = None,
) -> Job:
    """Come back to a job by its group's id, also one that this journal has never seen.

    Fetches what has been answered and follows what is still working.

    Args:
        group_id: The id of the group, or our own id of the job.
        connection: Where the group is; the current connection if None.
        view: Shows the progress; nothing does if None.
        wait: Wait for the end; False returns at once.
        submit: Send the questions that were never sent.
        max_wait: Minutes to wait while none of its rows ends; by the processor if None.
        tuning: Sizes and time limits.

    Raises:
        NotFoundError: The connection knows no such group.
        InputError: The job belongs to another connection, or the group is empty.
        ConnectionProblem: There is nothing to connect to.
        JobIncompleteError: With `wait`: it ended early.
        JobInterrupted: With `wait`: an interrupt; the job was detached.

    Examples:
        >>> job = attach("tgrp_0123456789abcdef")  # doctest: +SKIP
    """
    connection = open_connection(connection)
    journal = journal_of_home()
    record = _find_record(connection, journal, group_id)
    job = Job(
        _set_up(connection, journal, record, tuning or Tuning(), submit=submit, max_wait=max_wait),
        JobAnswers.of_record(journal, record),
        prompt=record.prompt,
        view=view,
    )
    return job.wait() if wait else job


def _find_record(connection: Connection, journal: Journal, group_id: str) -> JobRecord:
    """The job of a group as one of this connection."""
    record = journal.job(group_id) or journal.job_of_group(group_id)
    if record is None:
        return background.run(import_group(connection, journal, group_id))
    if record.identity == connection.identity:
        if is_imported(record):
            return background.run(update_group(connection, journal, record))
        return record
    rekeyed = background.run(rekey_job(connection, journal, record))
    if rekeyed is None:
        raise InputError(
            f"{group_id} was asked on another connection ({record.connection}), "
            f"and the current one is {connection.label}.",
            "Connect there first: %parallel_connect, or pnb.connect(...).",
        )
    return rekeyed


def _set_up(  # noqa: PLR0913 - of a job of the journal
    connection: Connection,
    journal: Journal,
    record: JobRecord,
    tuning: Tuning,
    *,
    submit: bool,
    max_wait: float | None,
) -> JobSetup:
    run_settings = settings_of(record)
    if submit:
        check_secrets(run_settings)
    questions = journal.questions(record.id)
    keys = [key for _, key, _ in questions]
    since = record.created if record.fresh else 0.0
    if is_imported(record):
        # The runs of the group itself, also where the same was asked here and elsewhere.
        known = journal.runs_of_job(record.id)
    else:
        known = journal.latest(keys, since=since)
        journal.link(
            record.id,
            [(position, known[key].attempt) for position, key in enumerate(keys) if key in known],
        )
    layout = RowLayout.of_record(record)
    own_jobs = journal.own_jobs()
    state = State(
        title=record.title,
        connection=connection.label,
        billed=connection.is_billed,
        # A group of another tool may have been given a processor that we do not know.
        processor=find_processor(record.processor) or Processor(record.processor),
        questions=make_questions(
            keys,
            layout.weights(len(keys)),
            known,
            record.id,
            keep_failed=not submit,
            own_jobs=own_jobs,
        ),
        runs_per_minute=settings.current().task_runs_per_minute,
        skipped=layout.rows_skipped,
        group_id=record.group_id,
    )
    state.sent_runs = state.open_runs
    return JobSetup(
        job_id=record.id,
        connection=connection,
        journal=journal,
        state=state,
        labels=[label for _, _, label in questions],
        spec=decode_kept(record.spec, TaskSpec) if record.spec else None,
        settings=run_settings,
        tuning=tuning,
        max_wait=read_max_wait(max_wait, state.processor),
        since=since,
        active_runs=active_runs(keys, known),
        submit=submit,
        extras=journal.extras(record.id),
        own_jobs=own_jobs,
    )
