"""The journal: the record of jobs, runs and answers.

Every promise of a job rests here. A run is claimed before it is sent, in a transaction that
two kernels cannot both win; a claim whose POST was never answered stays `sending` until someone
has read the group. Answers are kept by row key, so that the same question is not paid twice.

It is kept in a file of SQLite (`sqlite_file`) or, for a team, on a PostgreSQL server (`postgres`).

States of a run: `sending` (claimed; may or may not exist at the service), `sent` (exists; with an
error where its answer could not be had), then `completed`, `failed`, `cancelled` or
`action_required`; `void` was never made.
"""

from __future__ import annotations

import os
import threading
from dataclasses import asdict
from itertools import islice, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from parallel_nb.api.errors import InputError
from parallel_nb.job.journal.queries import answered_columns, as_json, with_places
from parallel_nb.job.journal.records import (
    RANKS,
    AnswerRecord,
    JobRecord,
    RunOrigin,
    RunRecord,
    best_by_key,
    current_person,
)
from parallel_nb.job.journal.sqlite_file import SqliteFile
from parallel_nb.retention import cutoffs
from parallel_nb.settings import is_postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from parallel_nb.job.journal.database import Cursor, Database, Statements, Values
    from parallel_nb.job.journal.records import CandidateRow, QuestionRow, RunOutcome
    from parallel_nb.settings import Settings

T = TypeVar("T")

#: Rows that one statement writes or reads at most.
_CHUNK: Final = 2000


class Journal:
    """The journal in one database. Every method may be called from any thread.

    Each raises `ParallelError` where the database cannot be read or written; a file that is
    damaged is put aside, and the error says where it is.
    """

    def __init__(self, database: Database) -> None:
        """Keep it in this database."""
        self._db = database
        self.place = database.place
        self.is_shared = database.is_shared
        #: The time in seconds since 1970, by one clock for all who write here.
        self.clock = database.clock

    @property
    def is_current(self) -> bool:
        """False when it must be opened anew: the file was deleted, or the server has gone."""
        return self._db.is_current

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _write(self, query: str, **parameters: Any) -> None:
        """Execute one statement, which is its own transaction."""

        def write() -> None:
            with self._db.used("written") as execute:
                execute(query, parameters)

        self._db.repeat(write)

    def transact(self, work: Callable[[Statements], T], *, alone: bool = True) -> T:
        """Do work in one transaction. Where the connection is lost it is done again."""

        def once() -> T:
            with self._db.transaction(alone=alone) as execute:
                return work(execute)

        done: T = self._db.repeat(once)
        return done

    def _repeatable(self, rows: Iterable[T]) -> Iterable[T]:
        """Rows that can be written twice; a file's transaction is never done again."""
        return list(rows) if self.is_shared else rows

    def _rows(self, query: str, *arguments: Any, **named: Any) -> list[Any]:
        def read() -> list[Any]:
            with self._db.used("read") as execute:
                return execute(query, named or arguments).fetchall()

        rows: list[Any] = self._db.repeat(read)
        return rows

    # --- jobs ---------------------------------------------------------------------------

    def create_job(
        self,
        job: JobRecord,
        questions: Iterable[QuestionRow],
        extras: Mapping[int, bytes] | None = None,
    ) -> None:
        """Write a job and its questions; `extras` are what single runs carry, by position."""
        rows = self._repeatable(questions)

        def create(execute: Statements) -> None:
            execute("insert_job", asdict(job))
            _insert_questions(execute, job.id, rows)
            _set_extras(execute, job.id, extras)

        self.transact(create)

    def add_questions(
        self,
        job_id: str,
        questions: Iterable[QuestionRow],
        extras: Mapping[int, bytes] | None = None,
    ) -> None:
        """Add questions to a job in which each row asks a question of its own."""
        rows = self._repeatable(questions)

        def add(execute: Statements) -> None:
            _insert_questions(execute, job_id, rows)
            _set_extras(execute, job_id, extras)
            execute("set_row_count", (job_id,))

        self.transact(add)

    def jobs(self) -> list[JobRecord]:
        """All jobs, newest first."""
        return self._jobs("all_jobs")

    def own_jobs(self) -> frozenset[str] | None:
        """The ids of the person's jobs; None where nobody else writes into this journal."""
        if not self.is_shared:
            return None
        return frozenset(row[0] for row in self._rows("jobs_of_person", current_person()))

    def job(self, job_id: str) -> JobRecord | None:
        """One job by our own id."""
        return next(iter(self._jobs("job_by_id", (job_id,))), None)

    def job_of_group(self, group_id: str) -> JobRecord | None:
        """The newest job that sends to a group."""
        return next(iter(self._jobs("newest_job_of_group", (group_id,))), None)

    def job_of_fingerprint(self, fingerprint: str) -> JobRecord | None:
        """The newest job that asks the same questions in the same way.

        In a journal that a team shares a person goes on with their own jobs, and with anybody's
        finds: a find is paid as a whole, a job's answers are reused one by one.
        """
        person = current_person() if self.is_shared else None
        values = {"fingerprint": fingerprint, "person": person}
        return next(iter(self._jobs("newest_job_of_fingerprint", values)), None)

    def _jobs(self, query: str, values: Values = ()) -> list[JobRecord]:
        def read() -> list[JobRecord]:
            with self._db.used("read") as execute:
                return _job_records(execute(query, values))

        found: list[JobRecord] = self._db.repeat(read)
        return found

    def set_state(self, job_id: str, state: str, message: str = "") -> None:
        """Write where a job stands."""
        self._write("set_state", state=state, message=message, now=self.clock(), job_id=job_id)

    def ask_to_stop(self, job_id: str) -> None:
        """Ask the process that works on a job, if it is not this one, to submit no more."""
        self._write("ask_to_stop", now=self.clock(), job_id=job_id)

    def touch(self, job_id: str) -> None:
        """Write that a job is worked on now."""
        self._write("touch_job", now=self.clock(), job_id=job_id)

    def owners_under_way(self, job: JobRecord) -> set[str]:
        """Who works on the runs of a job that have not ended; "" for the candidates of a find."""
        since = job.created if job.fresh else 0.0
        rows = self._rows("owners_under_way", job_id=job.id, since=since)
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
        values = {"group_id": group_id, "job_id": job_id, "instead_of": instead_of}

        def write(execute: Statements) -> str | None:
            execute("set_group", values | {"now": self.clock()})
            row = execute("group_of_job", (job_id,)).fetchone()
            return row[0] if row else None

        return self.transact(write)

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

    def whole_questions(self, job_id: str) -> Iterator[list[Any]]:
        """All that the journal keeps of a job's questions, in order, some hundred at a time."""
        last = -1
        while chunk := self._rows("whole_questions_after_position", job_id, last):
            yield chunk
            last = chunk[-1][0]

    def whole_runs(self, keys: Sequence[str]) -> list[Any]:
        """All that the journal keeps of all attempts at these keys."""
        return self._rows("whole_runs_of_keys", as_json(list(keys)))

    def _in_chunks(self, query: str, job_id: str) -> Iterator[tuple[Any, ...]]:
        # In chunks, so that the lock is not held while the reader works.
        last = -1
        while chunk := self._rows(query, job_id, last):
            yield from chunk
            last = chunk[-1][0]

    def link(self, job_id: str, attempts: Iterable[tuple[int, int]]) -> None:
        """Say which attempt answers a job's question: (position, attempt)."""
        links = list(attempts)
        self.transact(lambda execute: _link(execute, job_id, links))

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
        now = max(self.clock(), since)  # a clock may have been set back since
        claims = {"job_id": job_id, "group_id": group_id, "owner": owner, "now": now}
        unseen = {"keys": as_json(list(positions)), "positions": as_json(list(positions.values()))}

        def claim_unseen() -> int:
            with self._db.used("written") as execute:
                return execute("claim_unseen", claims | unseen).rowcount

        if self._db.repeat(claim_unseen) == len(positions):
            return dict.fromkeys(positions, 1), {}

        def claim(execute: Statements) -> tuple[dict[str, int], dict[str, RunRecord]]:
            rows = execute("runs_of_keys", (as_json(list(positions)),)).fetchall()
            best = best_by_key(rows, since)
            taken: dict[str, RunRecord] = {}
            claimed: dict[str, int] = {}
            for key, run in best.items():
                if run.owner == owner and run.state == "sending" and run.changed == now:
                    claimed[key] = run.attempt  # this very claim, whose answer was lost
                elif run.state in RANKS:
                    taken[key] = run
            last_attempts: dict[str, int] = {}
            for key, attempt, *_ in rows:
                last_attempts[key] = max(last_attempts.get(key, 0), attempt)
            new = {
                key: last_attempts.get(key, 0) + 1
                for key in positions
                if key not in taken and key not in claimed
            }
            execute("claim", claims | {"claims": as_json(list(new.items()))})
            claimed |= new
            attempts = claimed | {key: run.attempt for key, run in taken.items()}
            _link(execute, job_id, [(positions[key], number) for key, number in attempts.items()])
            return claimed, taken

        return self.transact(claim)

    def mark(self, state: str, attempts: Sequence[tuple[str, int, str | None]]) -> None:
        """Move claims to `sent` or `void`: (key, attempt, run id). Ended runs stay as they are."""
        if attempts:
            self._write("mark", state=state, now=self.clock(), attempts=as_json(attempts))

    def renew(self, owner: str, claims: Sequence[tuple[str, int]]) -> set[str]:
        """Claim (key, attempt) once more; returns the keys that are still the owner's."""
        parameters = {"now": self.clock(), "claims": as_json(claims), "owner": owner}

        def renew(execute: Statements) -> set[str]:
            execute("renew", parameters)
            return {row[0] for row in execute("renewed", parameters)}

        return self.transact(renew)

    def abandon(self, claims: Sequence[tuple[str, int, float]]) -> None:
        """Void claims that have not changed since they were seen: (key, attempt, changed)."""
        self._write("abandon", now=self.clock(), claims=as_json(claims))

    def finish(
        self,
        outcomes: Sequence[RunOutcome],
        *,
        sent: Sequence[tuple[str, int, str | None]] = (),
    ) -> None:
        """Write how runs have ended. An answer is never overwritten.

        `sent` are marked so in the same transaction: (key, attempt, run id).
        """
        now = self.clock()

        def finish(execute: Statements) -> None:
            if sent:
                execute("mark", {"state": "sent", "now": now, "attempts": as_json(sent)})
            if not outcomes:
                return
            parameters = {"outputs": b"".join([o.output for o in outcomes if o.output]), "now": now}
            if (columns := answered_columns(outcomes)) is not None:
                execute("finish_answered", parameters | columns)
                return
            rows = [
                (o.key, o.attempt, o.run_id, o.state, o.error, o.output and len(o.output))
                for o in outcomes
            ]
            execute("finish", parameters | {"outcomes": with_places(rows)})

        self.transact(finish, alone=False)

    def import_runs(
        self, job_id: str, group_id: str, runs: Iterable[tuple[str, int, str, str, float]]
    ) -> dict[str, int]:
        """Write runs that another journal or tool made: (key, attempt, run id, state, created).

        What this journal knows of them already stays as it is.

        Returns:
            The attempt of each key: another one where this journal has had an attempt of that
            number too.
        """
        imported = list(runs)
        now = self.clock()

        def write(execute: Statements) -> dict[str, int]:
            attempts: dict[str, int] = {}
            for key, attempt, run_id, state, created in imported:
                known = dict(execute("attempts_of_key", (key,)).fetchall())
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
                execute("insert_run", run)
            return attempts

        return self.transact(write)

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

        def begin(execute: Statements) -> JobRecord:
            values = {"fingerprint": record.fingerprint, "person": None}
            newest = next(iter(_job_records(execute("newest_job_of_fingerprint", values))), None)
            if (newest.id if newest else None) == instead_of:
                execute("insert_job", asdict(record))
                return record
            return record if newest is None else newest

        return self.transact(begin)

    def take_sending(self, job_id: str, sender: str, *, instead_of: str = "") -> bool:
        """Become the one who sends what a find costs; False where somebody else is.

        `instead_of` is one who was seen there and has died.
        """
        parameters = {"job_id": job_id, "sender": sender, "instead_of": instead_of}
        return self.transact(
            lambda execute: (
                execute("take_sending", parameters | {"now": self.clock()}).rowcount == 1
            )
        )

    def end_sending(self, job_id: str, sender: str, *, group_id: str | None = None) -> None:
        """Give back what `take_sending` took, with the service's id of what was made."""
        values = {"job_id": job_id, "sender": sender, "group_id": group_id}
        self._write("end_sending", **values, now=self.clock())

    def set_find(self, job_id: str, find: bytes, spec: bytes) -> None:
        """Write what a find looks for, and the fields of its candidates."""
        self._write("set_find", job_id=job_id, find=find, spec=spec, now=self.clock())

    def put_candidates(
        self, job_id: str, group_id: str, candidates: Iterable[CandidateRow]
    ) -> None:
        """Write candidates as they are now, in the order in which each was first seen."""
        now = self.clock()
        seen = list(candidates)

        def put(execute: Statements) -> None:
            positions = dict(execute("keys_of_job", (job_id,)).fetchall())
            for candidate in seen:
                position = positions.setdefault(candidate.key, len(positions))
                execute(
                    "put_candidate",
                    {
                        "job_id": job_id,
                        "position": position,
                        "key": candidate.key,
                        "label": candidate.name,
                        "input": candidate.entity,
                    },
                )
                execute(
                    "put_judgement",
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
            execute("set_row_count", (job_id,))

        self.transact(put)

    # --- pages that were read by address ------------------------------------------------

    def put_pages(self, asked: str, pages: Mapping[str, bytes]) -> None:
        """Write pages by their addresses; `asked` tells what was asked of them, and where."""
        about = {"asked": asked, "read": self.clock(), "person": current_person()}

        def put(execute: Statements) -> None:
            for url, page in pages.items():
                execute("put_page", about | {"url": url, "page": page})

        self.transact(put)

    def pages(self, asked: str, urls: Sequence[str]) -> dict[str, bytes]:
        """Those of the addresses whose pages were read before, with their pages."""
        found: dict[str, bytes] = {}
        for start in range(0, len(urls), _CHUNK):
            some = as_json(list(urls[start : start + _CHUNK]))
            found |= dict(self._rows("pages_of_urls", asked, some))
        return found

    # --- upkeep -------------------------------------------------------------------------

    def delete_jobs(self, job_ids: Sequence[str]) -> None:
        """Forget jobs, and the runs that no other job's questions need."""
        self.transact(lambda execute: _delete_jobs(execute, job_ids))
        self._db.shrink()

    def newest_change(self) -> float:
        """When a job or page was last written, in seconds since 1970; 0 where there is none."""
        return float(self._rows("newest_change")[0][0])

    def prune(self, days: float, *, clock: float | None = None) -> int:
        """Forget jobs, and pages, of more than so many days and a month ago, as `retention` says.

        Until then they are listed, and answer the same questions, as before; a job that is taken
        up again is new. A job of which a run was sent since is still at work.

        Args:
            days: How long a job is kept after its last change.
            clock: The time in seconds since 1970; now if None.

        Returns:
            How many jobs were forgotten.
        """

        def forget(execute: Statements) -> int:
            newest_change = float(execute("newest_change").fetchone()[0])
            now = self.clock() if clock is None else clock
            parameters = asdict(cutoffs(days, newest_change, now)) | {"person": current_person()}
            for name in ("unmark_jobs", "restart_marks", "mark_old_jobs"):
                execute(name, parameters)
            marked = [row[0] for row in execute("jobs_marked_before", parameters)]
            _delete_jobs(execute, marked)
            execute("delete_old_pages", parameters)
            return len(marked)

        forgotten = self.transact(forget)
        if forgotten:
            self._db.shrink()
        return forgotten


def _job_records(cursor: Cursor) -> list[JobRecord]:
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return [JobRecord(**row | {"fresh": bool(row["fresh"])}) for row in rows]  # SQLite has 0 and 1


def _insert_questions(execute: Statements, job_id: str, questions: Iterable[QuestionRow]) -> None:
    rest = iter(questions)
    while chunk := list(islice(rest, _CHUNK)):
        rows = [(*question[:-1], len(question[-1])) for question in chunk]
        inputs = b"".join([question[-1] for question in chunk])
        execute(
            "insert_questions",
            {"job_id": job_id, "inputs": inputs, "questions": with_places(rows)},
        )


def _set_extras(execute: Statements, job_id: str, extras: Mapping[int, bytes] | None) -> None:
    if extras:
        rows = [(position, data.decode()) for position, data in extras.items()]
        execute("set_extras", {"job_id": job_id, "extras": as_json(rows)})


def _link(execute: Statements, job_id: str, attempts: Sequence[tuple[int, int]]) -> None:
    execute("link_questions", {"job_id": job_id, "attempts": as_json(attempts)})


def _delete_jobs(execute: Statements, job_ids: Sequence[str]) -> None:
    if job_ids:
        for name in ("delete_runs_of_jobs", "delete_questions_of_jobs", "delete_jobs"):
            execute(name, {"job_ids": as_json(list(job_ids))})


_open_lock = threading.Lock()
_opened: dict[tuple[int, str], Journal] = {}


def open_journal(chosen: Settings) -> Journal:
    """The journal of these settings; one connection a process, also after a fork.

    Raises:
        ConnectionProblem: It cannot be opened.
    """
    place = chosen.journal or str(_file_of(chosen))
    with _open_lock:
        journal = _opened.get((os.getpid(), place))
        if journal is None or not journal.is_current:
            journal = _opened[os.getpid(), place] = Journal(_open(chosen))
        return journal


def journal_at(place: str, *, must_exist: bool = False) -> Journal:
    """The journal of a file, or at an address `postgresql://...`.

    Raises:
        InputError: There is no such file, and there must be.
        ConnectionProblem: It cannot be opened.
    """
    if is_postgres(place):
        return Journal(_server(place))
    path = Path(place).expanduser()
    if must_exist and not path.is_file():
        raise InputError(
            f"There is no journal {path}.",
            "`parallel-nb config` says where `home` is; the journal is its journal.sqlite3.",
        )
    return Journal(SqliteFile(path))


def has_journal(chosen: Settings) -> bool:
    """Whether there is a journal by now; one is not made by looking at it."""
    return chosen.journal is not None or _file_of(chosen).exists()


def _file_of(chosen: Settings) -> Path:
    return chosen.home / "journal.sqlite3"


def _open(chosen: Settings) -> Database:
    if chosen.journal is None:
        return SqliteFile(_file_of(chosen))
    return _server(chosen.journal)


def _server(address: str) -> Database:
    try:
        from parallel_nb.job.journal.postgres import PostgresServer  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise InputError(
            f"A journal on a PostgreSQL server needs psycopg, which is not installed ({error}).",
            "pip install 'parallel-nb[team]', then restart the kernel.",
        ) from error
    return PostgresServer(address)
