"""Copies one journal into another: the file of a person into a team's, or back.

A job is written after its questions and their runs, so that a copy that was cut off goes on with
the job in which it stopped. Nothing in the target is overwritten but by what is newer: a run is
known by its id, an answer stays, and a run whose number is taken by another gets the next one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.job.journal.records import current_person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from parallel_nb.job.journal.database import Statements
    from parallel_nb.job.journal.journal import Journal
    from parallel_nb.job.journal.records import JobRecord

_RUN_COLUMNS: Final = (
    "key", "attempt", "job_id", "group_id", "state", "owner", "run_id", "created", "changed",
    "output", "error",
)  # fmt: skip
_QUESTION_COLUMNS: Final = ("position", "key", "attempt", "label", "input", "extras")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy has done: jobs that were written, and those that were there already."""

    jobs: int
    known: int


def copy_journal(
    source: Journal, target: Journal, *, on_job: Callable[[int, int], None] | None = None
) -> Copied:
    """Copy all jobs with their answers. What the target has stays.

    Args:
        source: Read only.
        target: Written to, a job at a time.
        on_job: Called after each job with how many are done and how many there are.

    Raises:
        ParallelError: One of the two cannot be read or written; the same call goes on.
    """
    records = source.jobs()[::-1]
    written = 0
    for done, record in enumerate(records, 1):
        there = target.job(record.id)
        if there is None or there.changed < record.changed:
            _copy_job(source, target, record)
            written += 1
        if on_job is not None:
            on_job(done, len(records))
    return Copied(written, len(records) - written)


def _copy_job(source: Journal, target: Journal, record: JobRecord) -> None:
    for questions in source.whole_questions(record.id):
        runs = source.whole_runs([question[1] for question in questions])
        target.transact(partial(_write, record.id, questions, runs))
    person = record.person or current_person()

    def write(execute: Statements) -> None:
        execute("delete_job", (record.id,))
        execute("insert_job", asdict(replace(record, person=person)))

    target.transact(write)


def _write(job_id: str, questions: Sequence[Any], runs: Sequence[Any], execute: Statements) -> None:
    whole = [dict(zip(_RUN_COLUMNS, row, strict=True)) for row in runs]
    attempts = dict(_write_runs(execute, whole))
    for row in questions:
        question = dict(zip(_QUESTION_COLUMNS, row, strict=True))
        question["attempt"] = attempts.get((question["key"], question["attempt"]))
        if isinstance(question["extras"], str):  # as earlier versions wrote them
            question["extras"] = question["extras"].encode()
        execute("insert_whole_question", question | {"job_id": job_id})


def _write_runs(
    execute: Statements, runs: Sequence[dict[str, Any]]
) -> Iterator[tuple[tuple[str, int], int]]:
    """Write runs; gives for each (key, attempt) of the source the attempt that it is here."""
    for run in runs:
        if run["state"] == "void":
            continue
        key, attempt = run["key"], run["attempt"]
        known = dict(execute("attempts_of_key", (key,)).fetchall())
        same = next((n for n, run_id in known.items() if run_id and run_id == run["run_id"]), None)
        if same is None and attempt in known and known[attempt] is None and run["run_id"] is None:
            same = attempt  # a claim, copied before
        if same is not None:
            execute("end_run", run | {"attempt": same})
        else:
            same = attempt if attempt not in known else max(known) + 1
            execute("insert_whole_run", run | {"attempt": same})
        yield (key, attempt), same
