"""Comes back to jobs: attach to one by its group's id, list those of the journal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import PROCESSORS, Processor
from parallel_nb.api.types import SourcePolicy, TaskSpec
from parallel_nb.connection import background, current_connection, is_billed
from parallel_nb.job.adopt import adopt
from parallel_nb.job.answers import JobAnswers, RowLayout
from parallel_nb.job.handle import Job
from parallel_nb.job.import_group import import_group, is_foreign, read_again
from parallel_nb.job.journal import ACTIVE_STATES
from parallel_nb.job.model import State
from parallel_nb.job.runner import Assignment
from parallel_nb.job.service import Service
from parallel_nb.job.start import journal_of_home, questions_by_journal, under_way
from parallel_nb.job.tuning import Tuning

if TYPE_CHECKING:
    from parallel_nb.connection import Connection
    from parallel_nb.job.journal import JobRecord, Journal
    from parallel_nb.job.model import View


def attach(  # noqa: PLR0913 - the options of coming back
    group_id: str,
    *,
    connection: Connection | None = None,
    view: View | None = None,
    wait: bool = True,
    submit: bool = False,
    tuning: Tuning | None = None,
) -> Job:
    """Come back to a job by its group's id, also one that this journal has never seen.

    Fetches what has been answered and follows what is under way. Nothing is sent, unless
    `submit` says that what was left unsent is to go out.

    Raises:
        NotFoundError: The connection knows no such group.
        InputError: The job belongs to another connection.
        JobIncompleteError: With `wait`: it ended early.
    """
    connection = connection or current_connection()
    journal = journal_of_home()
    record = journal.job(group_id) or journal.job_of_group(group_id)
    if record is None:
        record = background.run(import_group(Service(connection), journal, connection, group_id))
    elif is_foreign(record) and record.identity == connection.identity:
        record = background.run(read_again(Service(connection), journal, record))
    own: JobRecord | None = record
    if record.identity != connection.identity:
        own = background.run(adopt(Service(connection), journal, connection, record))
    if own is None:
        raise InputError(
            f"{group_id} was asked on another connection ({record.connection}), "
            f"and the current one is {connection.label}.",
            "Connect there first: %parallel_connect, or pnb.connect(...).",
        )
    record = own
    job = Job(
        _attached(journal, record, connection, tuning or Tuning(), submit=submit),
        JobAnswers.of_record(journal, record),
        prompt=record.prompt,
        view=view,
    )
    return job.wait() if wait else job


def _attached(
    journal: Journal, record: JobRecord, connection: Connection, tuning: Tuning, *, submit: bool
) -> Assignment:
    listed = journal.questions(record.id)
    keys = [key for _, key, _ in listed]
    since = record.created if record.fresh else 0.0
    if is_foreign(record):
        # The runs of the group itself, also where the same was asked here and elsewhere.
        known = journal.runs_of_job(record.id)
    else:
        known = journal.latest(keys, since=since)
        journal.link(
            record.id, [(at, known[key].attempt) for at, key in enumerate(keys) if key in known]
        )
    layout = RowLayout.of_record(record)
    state = State(
        title=record.title,
        connection=connection.label,
        billed=connection.is_billed,
        # A group of another tool may have been given a processor that we do not know.
        processor=PROCESSORS.get(record.processor, Processor(record.processor, 0, (0, 0), 0)),
        questions=questions_by_journal(
            keys, layout.weights(len(keys)), known, failed_too=not submit
        ),
        skipped=layout.rows_skipped,
        group_id=record.group_id,
    )
    state.sent_runs = state.open_runs
    return Assignment(
        job_id=record.id,
        client=Service(connection),
        journal=journal,
        state=state,
        labels=[label for _, _, label in listed],
        spec=msgspec.json.decode(record.spec, type=TaskSpec) if record.spec else None,
        policy=msgspec.json.decode(record.policy, type=SourcePolicy) if record.policy else None,
        tuning=tuning,
        since=since,
        under_way=under_way(keys, known),
        submit=submit,
    )


def list_jobs() -> Any:
    """The jobs of this machine's journal as a DataFrame, newest first.

    Columns: group_id, title, state, rows, answered, failed, running, unsent, processor,
    cost, connection, started, changed, id. Counts but `rows` are distinct questions; cost is
    what the runs that the job sent cost by today's price table, in USD: 0 for answers that
    were reused and for the embedded engine, NaN where the processor has no known price.
    """
    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    from parallel_nb.job.archive import JobList  # noqa: PLC0415 - it needs pandas

    journal = journal_of_home()
    counts = journal.counts()
    sent = journal.sent_counts()
    lines = []
    for job in journal.jobs():
        count = counts.get(job.id, {})
        ended_badly = ("failed", "cancelled", "action_required")
        lines.append(
            {
                "group_id": job.group_id,
                "title": job.title,
                "state": job.state,
                "rows": job.rows,
                "answered": count.get("completed", 0),
                "failed": sum(count.get(state, 0) for state in ended_badly),
                "running": sum(count.get(state, 0) for state in ACTIVE_STATES),
                "unsent": count.get("unsent", 0) + count.get("void", 0),
                "processor": job.processor,
                "cost": _cost(job, sent.get(job.id, 0)),
                "connection": job.connection,
                "started": pd.Timestamp(job.created, unit="s", tz="UTC"),
                "changed": pd.Timestamp(job.changed, unit="s", tz="UTC"),
                "id": job.id,
            }
        )
    return JobList(lines, columns=list(lines[0]) if lines else _JOB_COLUMNS)


def _cost(job: JobRecord, runs: int) -> float:
    if not runs or not is_billed(job.identity):
        return 0.0
    processor = PROCESSORS.get(job.processor)
    return math.nan if processor is None else processor.cost(runs)


_JOB_COLUMNS = [
    "group_id",
    "title",
    "state",
    "rows",
    "answered",
    "failed",
    "running",
    "unsent",
    "processor",
    "cost",
    "connection",
    "started",
    "changed",
    "id",
]
