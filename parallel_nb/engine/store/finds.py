"""FindAll runs in the store: their state, their candidates and their events.

As all of the store, changes are made by the one writer's thread. What a run is told after it has
ended changes nothing, so that a cancelled run stays as it was when it was cancelled.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeVar

import msgspec

from parallel_nb.api.findall import (
    FINDALL_ID,
    FindAllMetrics,
    FindAllRun,
    FindAllSchema,
    FindAllStatus,
)
from parallel_nb.api.types import ACTIVE_STATUSES
from parallel_nb.engine.store.tables import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.store.database import Database, Execute

T = TypeVar("T")
Judged = Literal["matched", "unmatched", "discarded"]
FinalStatus = Literal["completed", "failed", "cancelled"]
CANDIDATE: Final = "findall.candidate."


class Submit(Protocol):
    """Has the writer make a change."""

    def __call__(self, change: Callable[[], T], /) -> Future[T]:
        """The future of what the change gives back."""


@dataclass(frozen=True, slots=True)
class FindRow:
    """A FindAll run. All bytes are encoded JSON; see `schema.sql`."""

    id: int
    name: str
    status: str
    ended_as: FinalStatus | None
    reason: str | None
    generator: str
    metadata: bytes | None
    input: bytes
    match_limit: int
    enrichments: bytes
    is_searching: int
    has_candidates: int
    is_cut: int
    revision: int
    generated: int
    matched: int
    created_at: str
    modified_at: str
    #: Who asked, on the engine of a class.
    student: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.status in ACTIVE_STATUSES

    def view(self) -> FindAllRun:
        """The run as the API shows it."""
        return FindAllRun(
            findall_id=self.name,
            status=FindAllStatus(
                status=self.status,
                is_active=self.is_active,
                metrics=FindAllMetrics(
                    generated_candidates_count=self.generated,
                    matched_candidates_count=self.matched,
                ),
                termination_reason=None if self.is_active else self.reason,
            ),
            generator=self.generator,
            metadata=None if self.metadata is None else msgspec.json.decode(self.metadata),
            created_at=self.created_at,
            modified_at=self.modified_at,
        )

    def schema(self) -> JsonObject:
        """What it looks for, as the API shows it."""
        wanted = msgspec.json.decode(self.input, type=FindAllSchema)
        return {
            "objective": wanted.objective,
            "entity_type": wanted.entity_type,
            "match_conditions": wanted.match_conditions,
            "enrichments": msgspec.Raw(self.enrichments),
            "generator": self.generator,
            "match_limit": self.match_limit,
        }


class _Entity(msgspec.Struct):
    """What is shown of a candidate's entity; the finder may keep more of it."""

    name: str
    url: str
    description: str | None = None


_decode_entity: Final = msgspec.json.Decoder(_Entity).decode


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate. All bytes are encoded JSON; see `schema.sql`."""

    id: int
    name: str
    find_id: int
    status: str
    entity: bytes
    output: bytes | None
    basis: bytes | None
    enriched: int

    def view(self) -> JsonObject:
        """The candidate as the API shows it."""
        return {
            "candidate_id": self.name,
            **msgspec.to_builtins(_decode_entity(self.entity)),
            "match_status": self.status,
            "output": None if self.output is None else msgspec.Raw(self.output),
            "basis": None if self.basis is None else msgspec.Raw(self.basis),
        }


@dataclass(frozen=True, slots=True)
class FindEventRow:
    """One event of a run's stream."""

    id: int
    type: str
    created_at: str
    data: bytes


class Finds:
    """FindAll runs of a store: `store.finds`.

    Methods that change something return a future, as those of the store do.

    Examples:
        >>> name = store.finds.create(b'{...}', "base", 10).result()
        >>> store.finds.get(name).status
        'queued'
    """

    def __init__(
        self,
        database: Database,
        submit: Submit,
        write: Execute,
    ) -> None:
        """Made by the store.

        Args:
            database: where they are read.
            submit: has the writer make a change.
            write: runs a statement in such a change.
        """
        self._read = database.read
        self._now = database.now
        self._submit = submit
        self._write = write
        #: Row ids of runs that the present transaction has changed.
        self.changed: set[int] = set()
        #: Whether it has queued one.
        self.has_queued = False

    # --- reading ------------------------------------------------------------------------

    def get(self, name: str) -> FindRow | None:
        """A run by its name; None where there is none."""
        row = self._read("find_by_name", name=name).fetchone()
        return FindRow(*row) if row else None

    def by_id(self, find_id: int) -> FindRow:
        """A run that exists."""
        return FindRow(*self._read("find_by_id", find_id=find_id).fetchone())

    def unfinished(self) -> list[tuple[int, str | None]]:
        """The runs that have not ended with their students, oldest first."""
        return self._read("unfinished_finds").fetchall()

    def candidates(self, find_id: int) -> list[CandidateRow]:
        """All candidates of a run, those that wait among them, best first."""
        return [CandidateRow(*row) for row in self._read("candidates_of_find", find_id=find_id)]

    def to_judge(self, find_id: int) -> list[CandidateRow]:
        """The candidates that are not judged yet, best first."""
        return [CandidateRow(*row) for row in self._read("candidates_to_judge", find_id=find_id)]

    def to_enrich(self, find_id: int, enrichments: int) -> list[CandidateRow]:
        """The matches that have fewer than so many enrichments."""
        rows = self._read("candidates_to_enrich", find_id=find_id, enrichments=enrichments)
        return [CandidateRow(*row) for row in rows]

    def events(self, find_id: int, *, after: int, limit: int) -> list[FindEventRow]:
        """One page of a run's events with ids over `after`."""
        rows = self._read("events_of_find", find_id=find_id, after=after, limit=limit)
        return [FindEventRow(*row) for row in rows]

    def last_event(self, find_id: int) -> int:
        """The id of a run's newest event."""
        return int(self._read("last_find_event", find_id=find_id).fetchone()[0] or 0)

    # --- changes ------------------------------------------------------------------------

    def create(
        self,
        wanted: bytes,
        generator: str,
        match_limit: int,
        metadata: bytes | None = None,
        *,
        student: str | None = None,
    ) -> Future[str]:
        """Make a queued run, perhaps of a student; gives its name."""
        values = {"generator": generator, "match_limit": match_limit, "metadata": metadata}
        return self._submit(lambda: self._create(input=wanted, student=student, **values))

    def claim(self, find_id: int) -> Future[None]:
        """Record that a queued run is being worked on."""
        return self._submit(lambda: self._claim(find_id))

    def add_candidates(
        self, find_id: int, entities: Sequence[bytes], *, is_cut: bool
    ) -> Future[None]:
        """Record which entities come into question, best first; once a run."""
        return self._submit(lambda: self._add_candidates(find_id, entities, is_cut))

    def take_up(self, candidate_id: int) -> Future[None]:
        """Show a candidate that waited."""
        return self._submit(lambda: self._take_up(candidate_id))

    def judge(self, candidate_id: int, status: Judged, output: bytes, basis: bytes) -> Future[None]:
        """Record what a candidate was found to be."""
        return self._submit(lambda: self._judge(candidate_id, status, output, basis))

    def enrich(self, candidate_id: int, output: bytes, basis: bytes) -> Future[None]:
        """Add the next enrichment of a match."""
        return self._submit(lambda: self._enrich(candidate_id, output, basis))

    def change(
        self, find_id: int, *, additional: int = 0, enrichment: bytes | None = None
    ) -> Future[FindRow]:
        """Extend a run, or enrich it; one that has ended is queued again."""
        return self._submit(lambda: self._change(find_id, additional, enrichment))

    def end(
        self, find_id: int, status: FinalStatus, reason: str | None, revision: int
    ) -> Future[bool]:
        """End a run; False, and nothing is changed, where it has ended or been changed since."""
        return self._submit(lambda: self._end(find_id, status, reason, revision))

    def cancel(self, find_id: int) -> Future[bool]:
        """Cancel a run; False where it had ended."""
        return self._submit(lambda: self._cancel(find_id))

    # --- the changes themselves, inside a transaction -----------------------------------

    def requeue_interrupted(self) -> None:
        """Queue again what was being worked on when the last engine ended."""
        self._write("requeue_interrupted_finds", moment=self._moment())

    def _moment(self) -> str:
        return timestamp(self._now())

    def _find(self, find_id: int) -> FindRow:
        return FindRow(*self._write("find_by_id", find_id=find_id).fetchone())

    def _candidate(self, candidate_id: int) -> CandidateRow:
        return CandidateRow(*self._write("candidate", candidate_id=candidate_id).fetchone())

    def _event(self, find_id: int, kind: str, data: Any) -> None:
        body = msgspec.json.encode(data)
        self._write("add_find_event", find_id=find_id, type=kind, moment=self._moment(), data=body)
        self.changed.add(find_id)

    def tell_status(self, find_id: int) -> None:
        """Add how a run stands to its stream, in a change."""
        self._event(find_id, "findall.status", self._find(find_id).view())

    def _create(self, **values: object) -> str:
        name = f"{FINDALL_ID}{uuid.uuid4().hex}"
        row = self._write("add_find", name=name, moment=self._moment(), **values)
        self.has_queued = True
        self.tell_status(int(row.fetchone()[0]))
        return name

    def _claim(self, find_id: int) -> None:
        if self._write("claim_find", find_id=find_id, moment=self._moment()).rowcount:
            self.tell_status(find_id)

    def _add_candidates(self, find_id: int, entities: Sequence[bytes], is_cut: bool) -> None:  # noqa: FBT001 - of a method with the name
        moment = self._moment()
        if not self._write(
            "note_candidates", find_id=find_id, is_cut=is_cut, moment=moment
        ).rowcount:
            return
        for entity in entities:
            name = f"candidate_{uuid.uuid4()}"
            self._write("add_candidate", name=name, find_id=find_id, entity=entity)

    def _take_up(self, candidate_id: int) -> None:
        candidate = self._candidate(candidate_id)
        if candidate.status == "waiting":
            self._set(candidate, "generated", generated=1)

    def _judge(self, candidate_id: int, status: Judged, output: bytes, basis: bytes) -> None:
        candidate = self._candidate(candidate_id)
        if candidate.status == "generated":
            matched = int(status == "matched")
            self._set(candidate, status, output=output, basis=basis, matched=matched)

    def _set(  # noqa: PLR0913 - what may change
        self,
        candidate: CandidateRow,
        status: str,
        *,
        output: bytes | None = None,
        basis: bytes | None = None,
        generated: int = 0,
        matched: int = 0,
    ) -> None:
        find_id = candidate.find_id
        if not self._find(find_id).is_active:
            return
        self._write(
            "set_candidate",
            candidate_id=candidate.id,
            status=status,
            output=output,
            basis=basis,
            enriched=0,
        )
        self._write(
            "count_candidate",
            find_id=find_id,
            generated=generated,
            matched=matched,
            moment=self._moment(),
        )
        self._event(find_id, CANDIDATE + status, self._candidate(candidate.id).view())

    def _enrich(self, candidate_id: int, output: bytes, basis: bytes) -> None:
        candidate = self._candidate(candidate_id)
        if not self._find(candidate.find_id).is_active:
            return
        known: JsonObject = msgspec.json.decode(candidate.output or b"{}")
        entries: list[Any] = msgspec.json.decode(candidate.basis or b"[]")
        self._write(
            "set_candidate",
            candidate_id=candidate.id,
            status=candidate.status,
            output=msgspec.json.encode(known | msgspec.json.decode(output)),
            basis=msgspec.json.encode(entries + msgspec.json.decode(basis)),
            enriched=candidate.enriched + 1,
        )
        # the enriched fields alone, as the service sends them
        news = {"output": msgspec.Raw(output), "basis": msgspec.Raw(basis)}
        self._event(candidate.find_id, CANDIDATE + "enriched", candidate.view() | news)

    def _change(self, find_id: int, additional: int, enrichment: bytes | None) -> FindRow:
        find = self._find(find_id)
        enrichments = msgspec.json.decode(find.enrichments)
        if enrichment is not None:
            enrichments.append(msgspec.Raw(enrichment))
        self._write(
            "change_find",
            find_id=find_id,
            match_limit=find.match_limit + additional,
            enrichments=msgspec.json.encode(enrichments),
            is_searching=find.is_searching or additional > 0,
            moment=self._moment(),
        )
        changed = self._find(find_id)
        self._event(find_id, "findall.schema.updated", changed.schema())
        if not find.is_active:
            self.has_queued = True
            self.tell_status(find_id)
        return changed

    def _end(self, find_id: int, status: FinalStatus, reason: str | None, revision: int) -> bool:
        values = {"status": status, "reason": reason, "moment": self._moment()}
        ended = self._write("end_find", find_id=find_id, revision=revision, **values).rowcount
        if ended:
            self.tell_status(find_id)
        return bool(ended)

    def _cancel(self, find_id: int) -> bool:
        return self._end(find_id, "cancelled", "user_cancelled", self._find(find_id).revision)
