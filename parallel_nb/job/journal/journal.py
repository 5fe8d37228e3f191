"""The journal: the record of jobs, runs and answers.

It is kept in a file of SQLite (`sqlite_file`) or, for a team, on a PostgreSQL server (`postgres`).
What is about runs stands in `runs`, about finds in `finds`; all else stands here.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import starmap
from typing import TYPE_CHECKING, Any

from parallel_nb.job.journal.finds import Finds
from parallel_nb.job.journal.queries import CHUNK, as_json
from parallel_nb.job.journal.records import AnswerRecord, JobRecord, current_person
from parallel_nb.job.journal.runs import Runs, link_questions
from parallel_nb.job.journal.transactions import job_records
from parallel_nb.retention import cutoffs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parallel_nb.job.journal.database import Statements, Values
    from parallel_nb.job.journal.records import QuestionRow


class Journal(Runs, Finds):
    """The journal in one database. Every method may be called from any thread.

    Each raises `ParallelError` where the database cannot be read or written; a file that is
    damaged is put aside, and the error says where it is.
    """

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

    def jobs_sending(self, identity: str) -> list[JobRecord]:
        """The tables of questions that are being sent to a connection, as far as is written."""
        return self._jobs("jobs_sending", {"identity": identity})

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
                return job_records(execute(query, values))

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
        return dict(self._rows("extras_of_job", job_id))

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
        self.transact(lambda execute: link_questions(execute, job_id, links))

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
        for start in range(0, len(urls), CHUNK):
            some = as_json(list(urls[start : start + CHUNK]))
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


def _insert_questions(execute: Statements, job_id: str, questions: Iterable[QuestionRow]) -> None:
    execute.rows("insert_questions", ((job_id, *question) for question in questions))


def _set_extras(execute: Statements, job_id: str, extras: Mapping[int, bytes] | None) -> None:
    execute.rows("set_extras", ((job_id, *extra) for extra in (extras or {}).items()))


def _delete_jobs(execute: Statements, job_ids: Sequence[str]) -> None:
    if job_ids:
        for name in ("delete_runs_of_jobs", "delete_questions_of_jobs", "delete_jobs"):
            execute(name, {"job_ids": as_json(list(job_ids))})
