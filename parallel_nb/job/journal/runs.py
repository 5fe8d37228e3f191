"""The runs of the journal: claimed, sent, and answered.

Every promise of a job rests here. A run is claimed before it is sent, in a transaction that
two kernels cannot both win; a claim whose POST was never answered stays `sending` until someone
has read the group. Answers are kept by row key, so that the same question is not paid twice.

States of a run: `sending` (claimed; may or may not exist at the service), `sent` (exists; with an
error where its answer could not be had), then `completed`, `failed`, `cancelled` or
`action_required`; `void` was never made.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING

from parallel_nb.job.journal.queries import CHUNK, as_json
from parallel_nb.job.journal.records import RANKS, AnswerRecord, RunOrigin, RunRecord, best_by_key
from parallel_nb.job.journal.transactions import Transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parallel_nb.job.journal.database import Statements
    from parallel_nb.job.journal.records import RunOutcome


class Runs(Transactions):
    """The part of the journal that is about runs."""

    def latest(self, keys: Sequence[str], *, since: float = 0.0) -> dict[str, RunRecord]:
        """The best attempt at each key: an answer, else one under way, else a failure.

        Runs that were made before `since` (seconds since 1970) do not count.
        """
        found: dict[str, RunRecord] = {}
        for start in range(0, len(keys), CHUNK):
            rows = self._rows("runs_of_keys", as_json(keys[start : start + CHUNK]))
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
            link_questions(
                execute, job_id, [(positions[key], number) for key, number in attempts.items()]
            )
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
            execute.rows(
                "finish",
                ((o.key, o.attempt, o.run_id, o.state, o.output, o.error, now) for o in outcomes),
            )

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
        for start in range(0, len(run_ids), CHUNK):
            rows = self._rows("run_origins", as_json(list(run_ids[start : start + CHUNK])))
            origins.update({run_id: RunOrigin(*rest) for run_id, *rest in rows})
        return origins

    def runs_by_id(self, run_ids: Sequence[str]) -> Iterator[AnswerRecord]:
        """The runs with these ids; `position` is -1, as they may be of several jobs."""
        for start in range(0, len(run_ids), CHUNK):
            chunk = as_json(list(run_ids[start : start + CHUNK]))
            yield from starmap(AnswerRecord, self._rows("runs_with_ids", chunk))


def link_questions(execute: Statements, job_id: str, attempts: Sequence[tuple[int, int]]) -> None:
    """Say which attempt answers a job's question: (position, attempt)."""
    execute.rows("link_questions", ((job_id, *attempt) for attempt in attempts))
