"""The journal: the local SQLite record of jobs, runs and answers.

Every promise of a job rests here. A run is claimed before it is sent, in a transaction that
two kernels cannot both win; a claim whose POST was never answered stays `sending` until someone
has read the group. Answers are kept by row key, so that the same question is not paid twice.

A rollback journal instead of WAL, because WAL does not work on network homes. One connection
a process behind a lock, short transactions, 30 s of patience with another process.

States of a run: `sending` (claimed; may or may not exist at the service), `sent` (exists),
then `completed`, `failed`, `cancelled` or `action_required`; `void` was never made.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import ParallelError
from parallel_nb.job.journal.records import AnswerRow, Finished, JobRecord, RunRecord
from parallel_nb.job.journal.schema import open_file
from parallel_nb.job.journal.statements import (
    ABANDON,
    ADOPT,
    ANSWERED,
    AT_WORK,
    CHUNK,
    CLAIM,
    CLAIM_UNSEEN,
    COUNT_ROWS,
    COUNTS,
    FINISH,
    INSERT_JOB,
    JOB,
    LINKED,
    MARK,
    RANK,
    RENEW,
    RENEWED,
    RUNS_OF,
    SENT_COUNTS,
    SET_STATE,
    add_questions,
    answered,
    as_json,
    best,
    delete_jobs,
    import_runs,
    placed,
    with_size,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "ACTIVE_STATES",
    "AnswerRow",
    "Finished",
    "JobRecord",
    "Journal",
    "RunRecord",
    "journal_error",
    "open_journal",
]

ACTIVE_STATES: Final = frozenset({"sending", "sent"})
_DAY: Final = 86_400.0


def journal_error(error: Exception) -> ParallelError:
    """The journal cannot be written: the disk is full, or another process keeps it locked."""
    return ParallelError(
        f"The journal could not be written: {error}.",
        "Free some space, then run the cell again: the answers are fetched again.",
    )


class Journal:
    """The journal in one file. Every method may be called from any thread."""

    def __init__(self, path: Path) -> None:
        """Open the file and bring it up to date, making it with mode 0600 if need be.

        Raises `ConnectionProblem` when it cannot be opened or is no journal.
        """
        self.path = path
        self._lock = threading.RLock()
        self._db = open_file(path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, arguments).fetchall()

    # --- jobs ---------------------------------------------------------------------------

    def create_job(
        self, job: JobRecord, questions: Iterable[tuple[int, str, int | None, str, bytes]]
    ) -> None:
        """Write a job and its questions: (position, key, attempt, label, input)."""
        try:
            with self._transaction() as db:
                db.execute(INSERT_JOB, [getattr(job, name) for name in JOB.split(", ")])
                add_questions(db, job.id, questions)
        except sqlite3.Error as error:
            raise journal_error(error) from error

    def add_questions(
        self, job_id: str, questions: Iterable[tuple[int, str, int | None, str, bytes]]
    ) -> None:
        """Add questions to a job of a row a question."""
        with self._transaction() as db:
            add_questions(db, job_id, questions)
            db.execute(COUNT_ROWS, (job_id,))

    def jobs(self) -> list[JobRecord]:
        """All jobs, newest first."""
        return self._jobs("ORDER BY created DESC")

    def job(self, job_id: str) -> JobRecord | None:
        """One job by our own id."""
        return next(iter(self._jobs("WHERE id = ?", job_id)), None)

    def job_of_group(self, group_id: str) -> JobRecord | None:
        """The newest job that sends to a group."""
        return next(iter(self._jobs("WHERE group_id = ? ORDER BY created DESC", group_id)), None)

    def job_like(self, fingerprint: str) -> JobRecord | None:
        """The newest job that asks the same questions in the same way."""
        found = self._jobs("WHERE fingerprint = ? ORDER BY created DESC LIMIT 1", fingerprint)
        return found[0] if found else None

    def _jobs(self, rest: str, *arguments: Any) -> list[JobRecord]:
        rows = self._rows(f"SELECT {JOB} FROM jobs {rest}", *arguments)  # noqa: S608 - ours
        return [JobRecord(*row) for row in rows]

    def set_state(self, job_id: str, state: str, message: str = "") -> None:
        """Write where a job stands."""
        with self._transaction() as db:
            db.execute(SET_STATE, (state, message, time.time(), job_id))

    def set_group(
        self, job_id: str, group_id: str | None, *, instead_of: str | None = None
    ) -> str | None:
        """Write the group of a job, unless another kernel was first; returns the one that holds."""
        with self._transaction() as db:
            db.execute(
                "UPDATE jobs SET group_id = ?, changed = ? WHERE id = ? AND group_id IS ?",
                (group_id, time.time(), job_id, instead_of),
            )
            row = db.execute("SELECT group_id FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return row[0] if row else None

    def counts(self) -> dict[str, dict[str, int]]:
        """For each job: how many of its questions are in which state (`unsent` for none)."""
        rows = self._rows(COUNTS)
        counts: dict[str, dict[str, int]] = {}
        for job_id, state, count in rows:
            counts.setdefault(job_id, {})[state] = count
        return counts

    def sent_counts(self) -> dict[str, int]:
        """For each job: how many runs it sent itself, those of unknown fate among them."""
        return dict(self._rows(SENT_COUNTS))

    # --- questions ----------------------------------------------------------------------

    def inputs(self, job_id: str, positions: Sequence[int]) -> dict[int, bytes]:
        """The inputs of some questions, as JSON."""
        rows = self._rows(
            "SELECT position, input FROM questions WHERE job_id = ? "
            "AND position IN (SELECT value FROM json_each(?))",
            job_id,
            json.dumps(list(positions)),
        )
        return dict(rows)

    def questions(self, job_id: str) -> list[tuple[int, str, str]]:
        """Position, key and label of each question of a job."""
        return self._rows(
            "SELECT position, key, label FROM questions WHERE job_id = ? ORDER BY position", job_id
        )

    def all_inputs(self, job_id: str) -> Iterator[bytes]:
        """The inputs of all questions in their order."""
        for chunk in self._by_position("SELECT position, input FROM questions q", job_id):
            for row in chunk:
                yield row[1]

    def answers(self, job_id: str) -> Iterator[AnswerRow]:
        """Each question of a job with its answer, in order; few are in memory at once."""
        query = (
            "SELECT q.position, q.key, r.state, r.run_id, r.output, r.error FROM questions q "
            "LEFT JOIN runs r ON r.key = q.key AND r.attempt = q.attempt AND r.state <> 'void'"
        )
        for chunk in self._by_position(query, job_id):
            for row in chunk:
                yield AnswerRow(*row)

    def _by_position(self, query: str, job_id: str) -> Iterator[list[Any]]:
        # In chunks, so that the lock is not held while the reader works.
        last = -1
        while chunk := self._rows(
            f"{query} WHERE q.job_id = ? AND q.position > ? ORDER BY q.position LIMIT 500",
            job_id,
            last,
        ):
            yield chunk
            last = chunk[-1][0]

    def link(self, job_id: str, attempts: Iterable[tuple[int, int]]) -> None:
        """Say which attempt answers a job's question: (position, attempt)."""
        with self._transaction() as db:
            self._link(db, job_id, attempts)

    @staticmethod
    def _link(db: sqlite3.Connection, job_id: str, attempts: Iterable[tuple[int, int]]) -> None:
        by_attempt: dict[int, list[int]] = {}
        for position, attempt in attempts:
            by_attempt.setdefault(attempt, []).append(position)
        db.executemany(
            "UPDATE questions SET attempt = ? WHERE job_id = ? AND position IN "
            "(SELECT value FROM json_each(?))",
            [(attempt, job_id, as_json(some)) for attempt, some in by_attempt.items()],
        )

    # --- runs ---------------------------------------------------------------------------

    def latest(self, keys: Sequence[str], *, since: float = 0.0) -> dict[str, RunRecord]:
        """The best attempt at each key: an answer, else one under way, else a failure."""
        found: dict[str, RunRecord] = {}
        for start in range(0, len(keys), CHUNK):
            rows = self._rows(RUNS_OF, as_json(keys[start : start + CHUNK]))
            found |= best(rows, since)
        return found

    def claim(  # noqa: PLR0913 - what a claim says
        self,
        job_id: str,
        group_id: str,
        owner: str,
        asked: Mapping[str, int],
        *,
        since: float = 0.0,
        linked: bool = False,
    ) -> tuple[dict[str, int], dict[str, RunRecord]]:
        """Claim keys (with their positions) for sending; tell which are someone else's already.

        Returns the attempt of each claimed key, and the record of each key that is answered
        or under way elsewhere. A key that failed is claimed anew. `linked` says that the job's
        questions are linked already to the first attempts at keys that were never claimed.
        """
        now = max(time.time(), since)  # a clock may have been set back since
        if linked:
            unseen = (job_id, group_id, owner, now, as_json(list(asked)))
            with self._lock:
                if self._db.execute(CLAIM_UNSEEN, unseen).rowcount == len(asked):
                    return dict.fromkeys(asked, 1), {}
        with self._transaction() as db:
            rows = db.execute(RUNS_OF, (as_json(list(asked)),)).fetchall()
            taken = {key: run for key, run in best(rows, since).items() if run.state in RANK}
            last: dict[str, int] = {}
            for key, attempt, *_ in rows:
                last[key] = max(last.get(key, 0), attempt)
            claimed = {key: last.get(key, 0) + 1 for key in asked if key not in taken}
            db.execute(CLAIM, (job_id, group_id, owner, now, as_json(list(claimed.items()))))
            self._link(
                db,
                job_id,
                [
                    *((asked[key], attempt) for key, attempt in claimed.items()),
                    *((asked[key], run.attempt) for key, run in taken.items()),
                ],
            )
        return claimed, taken

    def mark(self, state: str, attempts: Sequence[tuple[str, int, str | None]]) -> None:
        """Move claims to `sent` or `void`: (key, attempt, run id). Ended runs stay as they are."""
        if attempts:
            with self._transaction() as db:
                db.execute(MARK, (state, time.time(), as_json(attempts)))

    def renew(self, owner: str, claims: Sequence[tuple[str, int]]) -> set[str]:
        """Claim (key, attempt) once more; returns the keys that are still the owner's."""
        with self._transaction() as db:
            db.execute(RENEW, (time.time(), as_json(claims), owner))
            return {row[0] for row in db.execute(RENEWED, (as_json(claims), owner))}

    def abandon(self, claims: Sequence[tuple[str, int, float]]) -> None:
        """Void claims that have not changed since they were seen: (key, attempt, changed)."""
        with self._lock:
            self._db.execute(ABANDON, (time.time(), as_json(claims)))

    def finish(
        self, ended: Sequence[Finished], *, sent: Sequence[tuple[str, int, str | None]] = ()
    ) -> None:
        """Write what became of runs. An answer is never overwritten.

        `sent` are marked so in the same transaction.
        """
        now = time.time()
        blob = b"".join([f.output for f in ended if f.output is not None])
        statements: list[tuple[str, tuple[Any, ...]]] = []
        if sent:
            statements.append((MARK, ("sent", now, as_json(sent))))
        if ended and (columns := answered(ended, blob, now)) is not None:
            statements.append((ANSWERED, columns))
        elif ended:
            statements.append((FINISH, (blob, now, placed([with_size(f) for f in ended]))))
        if len(statements) == 1:  # one statement is its own transaction
            with self._lock:
                self._db.execute(*statements[0])
            return
        with self._transaction() as db:
            for statement in statements:
                db.execute(*statement)

    def import_runs(
        self, job_id: str, group_id: str, runs: Sequence[tuple[str, int, str, str, float]]
    ) -> dict[str, int]:
        """Write runs that another journal or tool made: (key, attempt, run id, state, created).

        What this journal knows of them already stays as it is. Returns the attempt of each key:
        another one where this journal has had an attempt of that number too.
        """
        with self._transaction() as db:
            return import_runs(db, job_id, group_id, runs, time.time())

    def adopt_runs(self, job_id: str, keys: Sequence[tuple[int, str]], now: float) -> None:
        """Copy the runs of a job to other keys, by position; what stands there stays."""
        with self._transaction() as db:
            db.execute(ADOPT, (job_id, as_json(keys), now))

    def linked(self, job_id: str) -> dict[str, RunRecord]:
        """The run that answers each question of a job, by its key."""
        return {row[0]: RunRecord(*row) for row in self._rows(LINKED, job_id)}

    def runs_by_id(self, run_ids: Sequence[str]) -> Iterator[AnswerRow]:
        """The runs with these ids; `position` is -1, as they may be of several jobs."""
        for start in range(0, len(run_ids), 500):
            rows = self._rows(
                "SELECT -1, key, runs.state, run_id, output, error, jobs.connection FROM runs "
                "LEFT JOIN jobs ON jobs.id = job_id "
                "WHERE run_id IN (SELECT value FROM json_each(?))",
                json.dumps(list(run_ids[start : start + 500])),
            )
            for row in rows:
                yield AnswerRow(*row)

    # --- upkeep -------------------------------------------------------------------------

    def delete_jobs(self, job_ids: Sequence[str]) -> None:
        """Forget jobs, and the runs that no other job's questions need."""
        with self._transaction() as db:
            delete_jobs(db, "id IN (SELECT value FROM json_each(?1))", as_json(list(job_ids)))
        self._shrink()

    def prune(self, days: float) -> int:
        """Forget jobs that have not changed for so many days; returns how many.

        A job of which a run was sent since is still at work.
        """
        before = time.time() - days * _DAY
        with self._transaction() as db:
            count = delete_jobs(db, f"changed < ?1 AND id NOT IN ({AT_WORK})", before)
        if count:
            self._shrink()
        return count

    def _shrink(self) -> None:
        """Give the space of what was deleted back; otherwise it would stay in the file."""
        with self._lock, contextlib.suppress(sqlite3.OperationalError):  # in use by another
            self._db.execute("VACUUM")


_open_lock = threading.Lock()
_opened: dict[tuple[int, Path], Journal] = {}


def open_journal(home: Path) -> Journal:
    """The journal of a home folder; one connection a process, also after a fork."""
    path = home / "journal.sqlite3"
    with _open_lock:
        journal = _opened.get((os.getpid(), path))
        if journal is None or not path.exists():  # deleted under us: a new one
            journal = _opened[os.getpid(), path] = Journal(path)
        return journal
