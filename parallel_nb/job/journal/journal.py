"""The journal: the local SQLite record of jobs, runs and answers.

Every promise of a job rests here. A run is claimed before it is sent, in a transaction that
two kernels cannot both win; a claim whose POST was never answered stays `sending` until someone
has read the group. Answers are kept by row key, so that the same question is not paid twice.

A rollback journal instead of WAL, because WAL does not work on network homes. One connection
a process behind a lock, short transactions, and 30 s of waiting for another process.

States of a run: `sending` (claimed; may or may not exist at the service), `sent` (exists; with an
error where its answer could not be had), then `completed`, `failed`, `cancelled` or
`action_required`; `void` was never made.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from dataclasses import asdict
from itertools import islice, starmap
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.damaged import damage_of
from parallel_nb.job.journal.queries import QUERIES, answered_columns, as_json, with_places
from parallel_nb.job.journal.records import (
    RANKS,
    AnswerRecord,
    JobRecord,
    RunOrigin,
    RunRecord,
    best_by_key,
)
from parallel_nb.job.journal.schema import journal_fault, open_fault, open_file
from parallel_nb.retention import cutoffs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from parallel_nb.job.journal.records import CandidateRow, QuestionRow, RunOutcome

#: Rows that one statement writes or reads at most.
_CHUNK: Final = 2000


class Journal:
    """The journal in one file. Every method may be called from any thread.

    Each raises `ParallelError` where the file cannot be read or written; one that is damaged is
    put aside, and the error says where it is.
    """

    def __init__(self, path: Path) -> None:
        """Open the file and bring it up to date, making it with mode 0600 if need be.

        Raises:
            ConnectionProblem: The file cannot be opened or is no journal.
        """
        self.path = path
        self._lock = threading.RLock()
        self._db = open_file(path)
        self._file = _identity(path)

    @property
    def is_current(self) -> bool:
        """False when the file was deleted, or another one stands in its place."""
        return self._file is not None and _identity(self.path) == self._file

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextlib.contextmanager
    def _used(self, doing: str) -> Iterator[sqlite3.Connection]:
        """The database, to be "read" or "written" by one thread at a time; its faults are ours."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                if damage_of(error) is None or not self.is_current:
                    raise journal_fault(error, doing) from error
                self._db.close()
                raise open_fault(error, self.path) from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._used("written"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # what made it fail says more
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _write(self, query: str, **parameters: Any) -> None:
        """Execute one statement, which is its own transaction."""
        with self._used("written") as db:
            db.execute(QUERIES[query], parameters)

    def _rows(self, query: str, *arguments: Any) -> list[Any]:
        with self._used("read") as db:
            return db.execute(QUERIES[query], arguments).fetchall()

    # --- jobs ---------------------------------------------------------------------------

    def create_job(
        self,
        job: JobRecord,
        questions: Iterable[QuestionRow],
        extras: Mapping[int, bytes] | None = None,
    ) -> None:
        """Write a job and its questions; `extras` are what single runs carry, by position."""
        with self._transaction() as db:
            db.execute(QUERIES["insert_job"], asdict(job))
            _insert_questions(db, job.id, questions)
            _set_extras(db, job.id, extras)

    def add_questions(
        self,
        job_id: str,
        questions: Iterable[QuestionRow],
        extras: Mapping[int, bytes] | None = None,
    ) -> None:
        """Add questions to a job in which each row asks a question of its own."""
        with self._transaction() as db:
            _insert_questions(db, job_id, questions)
            _set_extras(db, job_id, extras)
            db.execute(QUERIES["set_row_count"], (job_id,))

    def jobs(self) -> list[JobRecord]:
        """All jobs, newest first."""
        return self._jobs("all_jobs")

    def job(self, job_id: str) -> JobRecord | None:
        """One job by our own id."""
        return next(iter(self._jobs("job_by_id", job_id)), None)

    def job_of_group(self, group_id: str) -> JobRecord | None:
        """The newest job that sends to a group."""
        return next(iter(self._jobs("newest_job_of_group", group_id)), None)

    def job_of_fingerprint(self, fingerprint: str) -> JobRecord | None:
        """The newest job that asks the same questions in the same way."""
        return next(iter(self._jobs("newest_job_of_fingerprint", fingerprint)), None)

    def _jobs(self, query: str, *arguments: Any) -> list[JobRecord]:
        with self._used("read") as db:
            cursor = db.cursor()
            cursor.row_factory = sqlite3.Row
            rows = cursor.execute(QUERIES[query], arguments).fetchall()
        return [JobRecord(**dict(row)) for row in rows]

    def set_state(self, job_id: str, state: str, message: str = "") -> None:
        """Write where a job stands."""
        self._write("set_state", state=state, message=message, now=time.time(), job_id=job_id)

    def ask_to_stop(self, job_id: str) -> None:
        """Ask the process that works on a job, if it is not this one, to submit no more."""
        self._write("ask_to_stop", now=time.time(), job_id=job_id)

    def touch(self, job_id: str) -> None:
        """Write that a job is worked on now."""
        self._write("touch_job", now=time.time(), job_id=job_id)

    def owners_under_way(self, job: JobRecord) -> set[str]:
        """Who works on the runs of a job that have not ended; "" for the candidates of a find."""
        since = job.created if job.fresh else 0.0
        with self._used("read") as db:
            rows = db.execute(QUERIES["owners_under_way"], {"job_id": job.id, "since": since})
            return {owner for (owner,) in rows}

    def take_over(self, job_id: str, owner: str, instead_of: Sequence[str]) -> None:
        """Make `owner` the one who follows what others have sent for a job, who are dead."""
        dead = as_json(list(instead_of))
        self._write("take_over", job_id=job_id, owner=owner, instead_of=dead)

    def state(self, job_id: str) -> str:
        """Where a job stands; "" when it is not there any more."""
        row = next(iter(self._rows("state_of_job", job_id)), None)
        return "" if row is None else str(row[0])

    def set_group(
        self, job_id: str, group_id: str | None, *, instead_of: str | None = None
    ) -> str | None:
        """Write the group of a job, unless another kernel was first.

        Returns:
            The group that the job has now.
        """
        with self._transaction() as db:
            db.execute(
                QUERIES["set_group"],
                {
                    "group_id": group_id,
                    "now": time.time(),
                    "job_id": job_id,
                    "instead_of": instead_of,
                },
            )
            row = db.execute(QUERIES["group_of_job"], (job_id,)).fetchone()
        return row[0] if row else None

    def counts(self) -> dict[str, dict[str, int]]:
        """For each job: how many of its questions are in which state (`unsent` for none)."""
        counts: dict[str, dict[str, int]] = {}
        for job_id, state, count in self._rows("count_questions_by_state"):
            counts.setdefault(job_id, {})[state] = count
        return counts

    def bills(self) -> dict[str, tuple[int, int]]:
        """For each job: how many runs that it made have completed, and how many are at work."""
        rows = self._rows("count_runs_on_bills")
        return {job_id: (completed, at_work) for job_id, completed, at_work in rows}

    # --- questions ----------------------------------------------------------------------

    def questions(self, job_id: str) -> list[tuple[int, str, str]]:
        """Position, key and label of each question of a job, in order."""
        return self._rows("questions_of_job", job_id)

    def inputs(self, job_id: str, positions: Sequence[int]) -> dict[int, bytes]:
        """The inputs of some questions as JSON, by position."""
        return dict(self._rows("inputs_at_positions", job_id, as_json(list(positions))))

    def all_inputs(self, job_id: str) -> Iterator[bytes]:
        """The inputs of all questions as JSON, in order; few are in memory at once."""
        return (row[1] for row in self._in_chunks("inputs_after_position", job_id))

    def extras(self, job_id: str) -> dict[int, bytes]:
        """What single runs of a job carry beside their input, as JSON, by position."""
        return {at: data.encode() for at, data in self._rows("extras_of_job", job_id)}

    def answers(self, job_id: str) -> Iterator[AnswerRecord]:
        """Each question of a job with its answer, in order; few are in memory at once."""
        return starmap(AnswerRecord, self._in_chunks("answers_after_position", job_id))

    def _in_chunks(self, query: str, job_id: str) -> Iterator[tuple[Any, ...]]:
        # In chunks, so that the lock is not held while the reader works.
        last = -1
        while chunk := self._rows(query, job_id, last):
            yield from chunk
            last = chunk[-1][0]

    def link(self, job_id: str, attempts: Iterable[tuple[int, int]]) -> None:
        """Say which attempt answers a job's question: (position, attempt)."""
        with self._transaction() as db:
            _link(db, job_id, list(attempts))

    # --- runs ---------------------------------------------------------------------------

    def latest(self, keys: Sequence[str], *, since: float = 0.0) -> dict[str, RunRecord]:
        """The best attempt at each key: an answer, else one under way, else a failure.

        Runs that were made before `since` (seconds since 1970) do not count.
        """
        found: dict[str, RunRecord] = {}
        for start in range(0, len(keys), _CHUNK):
            rows = self._rows("runs_of_keys", as_json(keys[start : start + _CHUNK]))
            found |= best_by_key(rows, since)
        return found

    def claim(
        self,
        job_id: str,
        group_id: str,
        owner: str,
        positions: Mapping[str, int],
        *,
        since: float = 0.0,
    ) -> tuple[dict[str, int], dict[str, RunRecord]]:
        """Claim keys, with the positions of their questions, for sending.

        Returns:
            The attempt of each key that is claimed now; and the run of each key that is
            answered, or under way elsewhere. A key that has failed is claimed anew.
        """
        now = max(time.time(), since)  # a clock may have been set back since
        claims = {"job_id": job_id, "group_id": group_id, "owner": owner, "now": now}
        unseen = {"keys": as_json(list(positions)), "positions": as_json(list(positions.values()))}
        with self._lock:
            claim = self._db.execute(QUERIES["claim_unseen"], claims | unseen)
            if claim.rowcount == len(positions):
                return dict.fromkeys(positions, 1), {}
        with self._transaction() as db:
            rows = db.execute(QUERIES["runs_of_keys"], (as_json(list(positions)),)).fetchall()
            best = best_by_key(rows, since)
            taken = {key: run for key, run in best.items() if run.state in RANKS}
            last_attempts: dict[str, int] = {}
            for key, attempt, *_ in rows:
                last_attempts[key] = max(last_attempts.get(key, 0), attempt)
            claimed = {key: last_attempts.get(key, 0) + 1 for key in positions if key not in taken}
            db.execute(QUERIES["claim"], claims | {"claims": as_json(list(claimed.items()))})
            attempts = claimed | {key: run.attempt for key, run in taken.items()}
            _link(db, job_id, [(positions[key], attempt) for key, attempt in attempts.items()])
        return claimed, taken

    def mark(self, state: str, attempts: Sequence[tuple[str, int, str | None]]) -> None:
        """Move claims to `sent` or `void`: (key, attempt, run id). Ended runs stay as they are."""
        if attempts:
            self._write("mark", state=state, now=time.time(), attempts=as_json(attempts))

    def renew(self, owner: str, claims: Sequence[tuple[str, int]]) -> set[str]:
        """Claim (key, attempt) once more; returns the keys that are still the owner's."""
        parameters = {"now": time.time(), "claims": as_json(claims), "owner": owner}
        with self._transaction() as db:
            db.execute(QUERIES["renew"], parameters)
            return {row[0] for row in db.execute(QUERIES["renewed"], parameters)}

    def abandon(self, claims: Sequence[tuple[str, int, float]]) -> None:
        """Void claims that have not changed since they were seen: (key, attempt, changed)."""
        self._write("abandon", now=time.time(), claims=as_json(claims))

    def finish(
        self,
        outcomes: Sequence[RunOutcome],
        *,
        sent: Sequence[tuple[str, int, str | None]] = (),
    ) -> None:
        """Write how runs have ended. An answer is never overwritten.

        `sent` are marked so in the same transaction: (key, attempt, run id).
        """
        now = time.time()
        with self._transaction() as db:
            if sent:
                db.execute(
                    QUERIES["mark"], {"state": "sent", "now": now, "attempts": as_json(sent)}
                )
            if not outcomes:
                return
            parameters = {"outputs": b"".join([o.output for o in outcomes if o.output]), "now": now}
            if (columns := answered_columns(outcomes)) is not None:
                db.execute(QUERIES["finish_answered"], parameters | columns)
                return
            rows = [
                (o.key, o.attempt, o.run_id, o.state, o.error, o.output and len(o.output))
                for o in outcomes
            ]
            db.execute(QUERIES["finish"], parameters | {"outcomes": with_places(rows)})

    def import_runs(
        self, job_id: str, group_id: str, runs: Iterable[tuple[str, int, str, str, float]]
    ) -> dict[str, int]:
        """Write runs that another journal or tool made: (key, attempt, run id, state, created).

        What this journal knows of them already stays as it is.

        Returns:
            The attempt of each key: another one where this journal has had an attempt of that
            number too.
        """
        attempts: dict[str, int] = {}
        now = time.time()
        with self._transaction() as db:
            for key, attempt, run_id, state, created in runs:
                known = dict(db.execute(QUERIES["attempts_of_key"], (key,)))
                same = next((number for number, other in known.items() if other == run_id), None)
                if same is not None:
                    attempts[key] = same
                    continue
                attempts[key] = attempt if attempt not in known else max(known) + 1
                run = {
                    "key": key,
                    "attempt": attempts[key],
                    "job_id": job_id,
                    "group_id": group_id,
                    "state": state,
                    "run_id": run_id,
                    "created": created,
                    "now": now,
                }
                db.execute(QUERIES["insert_run"], run)
        return attempts

    def copy_runs(self, job_id: str, keys: Sequence[tuple[int, str]], now: float) -> None:
        """Copy the runs of a job to other keys: (position, key). What stands there stays."""
        self._write("copy_runs", job_id=job_id, keys=as_json(keys), now=now)

    def runs_of_job(self, job_id: str) -> dict[str, RunRecord]:
        """The run that answers each question of a job, by its key."""
        return {row[0]: RunRecord(*row) for row in self._rows("runs_of_job", job_id)}

    def run_origins(self, run_ids: Sequence[str]) -> dict[str, RunOrigin]:
        """Where the runs with these ids were asked; those that are not known are left out."""
        origins = {}
        for start in range(0, len(run_ids), _CHUNK):
            rows = self._rows("run_origins", as_json(list(run_ids[start : start + _CHUNK])))
            origins.update({run_id: RunOrigin(*rest) for run_id, *rest in rows})
        return origins

    def runs_by_id(self, run_ids: Sequence[str]) -> Iterator[AnswerRecord]:
        """The runs with these ids; `position` is -1, as they may be of several jobs."""
        for start in range(0, len(run_ids), _CHUNK):
            chunk = as_json(list(run_ids[start : start + _CHUNK]))
            yield from starmap(AnswerRecord, self._rows("runs_with_ids", chunk))

    # --- finds --------------------------------------------------------------------------

    def begin_find(self, record: JobRecord, instead_of: str | None) -> JobRecord:
        """Write a find, unless another kernel was first with the same one.

        `instead_of` is the id of the newest find of this fingerprint that was seen; None for none.

        Returns:
            The find that is now the newest of its fingerprint.
        """
        with self._lock, self._transaction() as db:
            row = db.execute(QUERIES["newest_job_of_fingerprint"], (record.fingerprint,)).fetchone()
            if (row[0] if row else None) == instead_of:
                db.execute(QUERIES["insert_job"], asdict(record))
        found = self.job_of_fingerprint(record.fingerprint)
        return record if found is None else found

    def take_sending(self, job_id: str, sender: str, *, instead_of: str = "") -> bool:
        """Become the one who sends what a find costs; False where somebody else is.

        `instead_of` is one who was seen there and has died.
        """
        parameters = {"job_id": job_id, "sender": sender, "instead_of": instead_of}
        with self._transaction() as db:
            taken = db.execute(QUERIES["take_sending"], parameters | {"now": time.time()})
            return taken.rowcount == 1

    def end_sending(self, job_id: str, sender: str, *, group_id: str | None = None) -> None:
        """Give back what `take_sending` took, with the service's id of what was made."""
        self._write("end_sending", job_id=job_id, sender=sender, group_id=group_id, now=time.time())

    def set_find(self, job_id: str, find: bytes, spec: bytes) -> None:
        """Write what a find looks for, and the fields of its candidates."""
        self._write("set_find", job_id=job_id, find=find, spec=spec, now=time.time())

    def put_candidates(
        self, job_id: str, group_id: str, candidates: Iterable[CandidateRow]
    ) -> None:
        """Write candidates as they are now, in the order in which each was first seen."""
        now = time.time()
        with self._transaction() as db:
            positions = dict(db.execute(QUERIES["keys_of_job"], (job_id,)))
            for candidate in candidates:
                position = positions.setdefault(candidate.key, len(positions))
                db.execute(
                    QUERIES["put_candidate"],
                    {
                        "job_id": job_id,
                        "position": position,
                        "key": candidate.key,
                        "label": candidate.name,
                        "input": candidate.entity,
                    },
                )
                db.execute(
                    QUERIES["put_judgement"],
                    {
                        "key": candidate.key,
                        "job_id": job_id,
                        "group_id": group_id,
                        "state": candidate.state,
                        "run_id": candidate.candidate_id,
                        "output": candidate.output,
                        "error": candidate.error,
                        "now": now,
                    },
                )
            db.execute(QUERIES["set_row_count"], (job_id,))

    # --- upkeep -------------------------------------------------------------------------

    def delete_jobs(self, job_ids: Sequence[str]) -> None:
        """Forget jobs, and the runs that no other job's questions need."""
        with self._transaction() as db:
            _delete_jobs(db, job_ids)
        self._shrink()

    def newest_change(self) -> float:
        """When a job was last written, in seconds since 1970; 0 where there is none."""
        return float(self._rows("newest_change")[0][0])

    def prune(self, days: float, *, clock: float | None = None) -> int:
        """Forget jobs that have not changed for so many days and a month, as `retention` says.

        Until then they are listed, and answer the same questions, as before; a job that is taken
        up again is new. A job of which a run was sent since is still at work.

        Args:
            days: How long a job is kept after its last change.
            clock: The time in seconds since 1970; now if None.

        Returns:
            How many jobs were forgotten.
        """
        with self._transaction() as db:
            moments = cutoffs(days, self.newest_change(), clock)
            parameters = asdict(moments)
            for name in ("unmark_jobs", "restart_marks", "mark_old_jobs"):
                db.execute(QUERIES[name], parameters)
            marked = [row[0] for row in db.execute(QUERIES["jobs_marked_before"], parameters)]
            _delete_jobs(db, marked)
        if marked:
            self._shrink()
        return len(marked)

    def _shrink(self) -> None:
        """Give the space of what was deleted back; otherwise it would stay in the file."""
        with self._lock, contextlib.suppress(sqlite3.OperationalError):  # in use by another
            self._db.execute("VACUUM")


def _insert_questions(
    db: sqlite3.Connection, job_id: str, questions: Iterable[QuestionRow]
) -> None:
    rest = iter(questions)
    while chunk := list(islice(rest, _CHUNK)):
        rows = [(*question[:-1], len(question[-1])) for question in chunk]
        inputs = b"".join([question[-1] for question in chunk])
        db.execute(
            QUERIES["insert_questions"],
            {"job_id": job_id, "inputs": inputs, "questions": with_places(rows)},
        )


def _set_extras(db: sqlite3.Connection, job_id: str, extras: Mapping[int, bytes] | None) -> None:
    if extras:
        rows = [(position, data.decode()) for position, data in extras.items()]
        db.execute(QUERIES["set_extras"], {"job_id": job_id, "extras": as_json(rows)})


def _link(db: sqlite3.Connection, job_id: str, attempts: Sequence[tuple[int, int]]) -> None:
    db.execute(QUERIES["link_questions"], {"job_id": job_id, "attempts": as_json(attempts)})


def _delete_jobs(db: sqlite3.Connection, job_ids: Sequence[str]) -> None:
    if job_ids:
        for name in ("delete_runs_of_jobs", "delete_questions_of_jobs", "delete_jobs"):
            db.execute(QUERIES[name], {"job_ids": as_json(list(job_ids))})


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same path."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


_open_lock = threading.Lock()
_opened: dict[tuple[int, Path], Journal] = {}


def open_journal(home: Path) -> Journal:
    """The journal of a home folder; one connection a process, also after a fork."""
    path = home / "journal.sqlite3"
    with _open_lock:
        journal = _opened.get((os.getpid(), path))
        if journal is None or not journal.is_current:
            journal = _opened[os.getpid(), path] = Journal(path)
        return journal
