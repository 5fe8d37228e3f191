"""The finds of the journal: jobs whose rows are the candidates of a FindAll run."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from parallel_nb.job.journal.transactions import Transactions, job_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.job.journal.database import Statements
    from parallel_nb.job.journal.records import CandidateRow, JobRecord


class Finds(Transactions):
    """The part of the journal that is about finds."""

    def begin_find(self, record: JobRecord, instead_of: str | None) -> JobRecord:
        """Write a find, unless another kernel was first with the same one.

        `instead_of` is the id of the newest find of this fingerprint that was seen; None for none.

        Returns:
            The find that is now the newest of its fingerprint.
        """

        def begin(execute: Statements) -> JobRecord:
            values = {"fingerprint": record.fingerprint, "person": None}
            newest = next(iter(job_records(execute("newest_job_of_fingerprint", values))), None)
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
