"""A find as plain values: its candidates, how each was judged, what it costs.

Nothing here does I/O. The runner is the one owner of a `FindState`; everyone else gets snapshots of
it (`FindProgress`).
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from parallel_nb.api.errors import ParallelError
from parallel_nb.api.findall import (
    FINDALL_PRICES_AS_OF,
    Candidate,
    candidate_values,
    enrichment_cost,
    researched,
    researched_cost,
)
from parallel_nb.api.types import FieldBasis  # noqa: TC001 - msgspec reads it at run time
from parallel_nb.formats import count, shorten
from parallel_nb.job.journal import CandidateRow
from parallel_nb.job.model import SHOWN_ANSWERS, FinishedWork, RowNote, WorkProgress, WorkView
from parallel_nb.tables.parse import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parallel_nb.api.findall import Generator
    from parallel_nb.finding.request import FindRequest
    from parallel_nb.job.model import JobState

#: How a candidate's status reads as the state of a run in the journal.
_STATES: Final = {"matched": "completed", "generated": "sent"}
_JUDGED: Final = frozenset({"matched", "unmatched", "discarded"})
_NOTE_CHARS: Final = 160
_WHY_CHARS: Final = 600


# --- what a person is shown -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FindProgress(WorkProgress):
    """Where a find stands. Counts are candidates, money is USD."""

    generator: str
    find_id: str | None
    #: Matches that are wanted.
    limit: int
    #: Candidates so far; of them those that match, those that do not, those that are not judged.
    candidates: int
    matched: int
    unmatched: int
    unjudged: int
    #: Matches whose enriched fields are there; None where nothing is enriched.
    enriched: int | None
    #: By the price table: for what was found so far, and when as many match as are wanted.
    cost_so_far: float
    cost_most: float

    @property
    def open_rows(self) -> int:
        """As of a job: 0, since an ended find may leave candidates that nobody judges."""
        return 0


FinishedFind = FinishedWork[FindProgress]


class FindView(WorkView[FindProgress, FinishedFind], Protocol):
    """Shows one find."""

    def take(self, work: object) -> None:
        """The running cell begins a find that is shown here; called on the cell's own thread."""


# --- what it costs ----------------------------------------------------------------------


def most_cost(request: FindRequest, generator: Generator) -> float:
    """USD for a find that matches as many as are wanted, all of them enriched."""
    return generator.cost(request.limit) + request.limit * enrichment_cost(request.enrichments)


# --- candidates -------------------------------------------------------------------------


class KeptOutput(msgspec.Struct, tag_field="type", tag="json"):
    """A candidate's output as the journal keeps it: that of a task run, and what was judged."""

    content: dict[str, Any]
    basis: list[FieldBasis] = []
    #: By condition: whether it is met.
    met: dict[str, bool] = {}


def merge(known: Candidate, news: Candidate) -> Candidate:
    """What is known of a candidate with what an event, or a snapshot, says of it.

    An event may carry a part of the output alone, and may be older than what is known: what was
    judged stays judged.
    """
    output = (known.output or {}) | (news.output or {})
    fields = {entry.field for entry in news.basis or ()}
    basis = [entry for entry in known.basis or () if entry.field not in fields]
    is_unjudged = news.match_status not in _JUDGED and known.match_status in _JUDGED
    return Candidate(
        candidate_id=known.candidate_id,
        name=news.name or known.name,
        url=news.url or known.url,
        description=news.description or known.description,
        match_status=known.match_status if is_unjudged else news.match_status,
        output=output or None,
        basis=[*basis, *(news.basis or ())] or None,
    )


def row_of(candidate: Candidate, findall_id: str, conditions: Iterable[str]) -> CandidateRow:
    """A candidate as the journal keeps it."""
    names = set(conditions)
    values = candidate_values(candidate.output)
    content = {
        name: _condition_text(value.value) if name in names else value.value
        for name, value in values.items()
    }
    met = {
        name: value.is_matched
        for name, value in values.items()
        if name in names and value.is_matched is not None
    }
    kept = KeptOutput(content=content, basis=candidate.basis or [], met=met)
    entity = {
        "name": candidate.name,
        "url": candidate.url or None,
        "description": candidate.description or None,
    }
    state = _STATES.get(candidate.match_status, candidate.match_status)
    return CandidateRow(
        # Nothing promises that two runs never name a candidate alike.
        key=f"{findall_id} {candidate.candidate_id}",
        candidate_id=candidate.candidate_id,
        name=shorten(candidate.name, _NOTE_CHARS),
        entity=msgspec.json.encode(entity),
        state=state,
        output=msgspec.json.encode(kept),
        error=None if state in ("completed", "sent") else why_not(candidate, names) or None,
    )


def _condition_text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def why_not(candidate: Candidate, conditions: Iterable[str]) -> str:
    """Why a candidate is no match: the conditions that it does not meet, with the reasons."""
    names = set(conditions)
    failed = [
        name
        for name, value in candidate_values(candidate.output).items()
        if value.is_matched is False and (name in names or not names)
    ]
    reasons = {entry.field: entry.reasoning for entry in candidate.basis or ()}
    parts = [f"{name}: {reasons.get(name) or 'not met'}" for name in failed]
    return shorten("; ".join(parts), _WHY_CHARS)


def why(candidate: Candidate, conditions: Iterable[str]) -> str:
    """The reason for a match, or against one, in a line."""
    if candidate.match_status != "matched":
        return why_not(candidate, conditions) or candidate.match_status
    texts = [entry.reasoning for entry in candidate.basis or () if entry.reasoning]
    return texts[0] if texts else candidate.description or ""


# --- the state --------------------------------------------------------------------------


@dataclass(slots=True)
class FindState:
    """All candidates of a find, and what a person is shown."""

    title: str
    connection: str
    billed: bool
    generator: Generator
    request: FindRequest
    findall_id: str | None = None
    phase: JobState = "submitting"
    message: str = ""
    #: Why the service has ended the run; None while it is active.
    termination: str | None = None
    status: str = ""
    candidates: dict[str, Candidate] = field(default_factory=dict)
    #: Ids of candidates that the journal does not have as they are now.
    unwritten: dict[str, None] = field(default_factory=dict)
    changed: bool = True
    _newest: deque[str] = field(default_factory=lambda: deque(maxlen=SHOWN_ANSWERS))

    def absorb(self, candidates: Iterable[Candidate]) -> bool:
        """Take up what a snapshot or an event says; True when anything of it is new."""
        is_new = False
        for news in candidates:
            known = self.candidates.get(news.candidate_id)
            merged = news if known is None else merge(known, news)
            if known is not None and merged == known:
                continue
            is_new = True
            self.candidates[news.candidate_id] = merged
            self.unwritten[news.candidate_id] = None
            if merged.match_status in _JUDGED and (
                known is None or known.match_status != merged.match_status
            ):
                self._newest.appendleft(news.candidate_id)
        self.changed = self.changed or is_new
        return is_new

    def take_unwritten(self) -> list[CandidateRow]:
        """The candidates to write; they count as written from now on."""
        ids, self.unwritten = list(self.unwritten), {}
        names = self.request.condition_names
        return [row_of(self.candidates[one], self.findall_id or "", names) for one in ids]

    @property
    def has_ended(self) -> bool:
        """True where the service works on the run no more, as far as is known."""
        return bool(self.status) and self.status not in ("queued", "running", "cancelling")

    @property
    def matched(self) -> int:
        """How many candidates match."""
        return sum(one.match_status == "matched" for one in self.candidates.values())

    def progress(self) -> FindProgress:
        """The snapshot that a person is shown."""
        judged = [one.match_status for one in self.candidates.values()]
        matched = judged.count("matched")
        unjudged = sum(status not in _JUDGED for status in judged)
        enriched = self._enriched()
        cost_most = most_cost(self.request, self.generator) if self.billed else 0.0
        return FindProgress(
            title=self.title,
            generator=self.generator.name,
            connection=self.connection,
            find_id=self.findall_id,
            state=self.phase,
            limit=self.request.limit,
            candidates=len(judged),
            matched=matched,
            unmatched=len(judged) - matched - unjudged,
            unjudged=unjudged,
            enriched=min(enriched, default=None),
            cost_so_far=self._cost_so_far(matched, enriched),
            cost_most=cost_most,
            prices_as_of=FINDALL_PRICES_AS_OF,
            newest=tuple(self._note(self.candidates[one]) for one in self._newest),
            message=self.message,
            priced=not math.isnan(cost_most),
        )

    def _enriched(self) -> list[int]:
        """For each enrichment the number of matches that have its fields."""
        outputs = [
            one.output or {} for one in self.candidates.values() if one.match_status == "matched"
        ]
        return researched(self.request.enrichments, outputs)

    def _cost_so_far(self, matched: int, enriched: list[int]) -> float:
        if not self.billed or self.findall_id is None:
            return 0.0
        return self.generator.cost(matched) + researched_cost(self.request.enrichments, enriched)

    def _note(self, candidate: Candidate) -> RowNote:
        reason = why(candidate, self.request.condition_names)
        mark = "" if candidate.match_status == "matched" else "no match: "
        return RowNote(
            shorten(candidate.name or candidate.url, _NOTE_CHARS),
            shorten(f"{mark}{reason}", _NOTE_CHARS),
            candidate.match_status,
        )


# --- how it ended, in words --------------------------------------------------------------

_ENDS: Final[Mapping[str, str]] = {
    "candidates_exhausted": "there are no more candidates",
    "low_match_rate": "too few of the candidates matched to go on",
    "timeout": "the service's time for it was over",
    "insufficient_funds": "the credit of the account ran out",
    "error_occurred": "an error of the service",
}


def end_note(state: FindState) -> str:
    """Why a find that has ended by itself has fewer matches than were wanted; else ""."""
    matched = state.matched
    if matched >= state.request.limit or state.generator.name == "preview":
        return ""
    reason = _ENDS.get(state.termination or "", "")
    because = f": {reason}" if reason else ""
    return f"{count(matched, 'match', 'matches')} of {state.request.limit:,} wanted{because}."


def failure_of(state: FindState) -> ParallelError | None:
    """The fault of a find that the service has not brought to its end, or None."""
    reason = state.termination or ""
    if state.status == "failed" or reason in ("error_occurred", "insufficient_funds"):
        words = _ENDS.get(reason, "the service does not say why")
        remedy = (
            "Add credit, then search for the rest: find.again()."
            if reason == "insufficient_funds"
            else "Search for the rest with find.again(), or all anew with --fresh."
        )
        return ParallelError(f"The find has failed: {words}", remedy)
    if state.status == "action_required":
        return ParallelError(
            "The find waits for an action of the account's owner", "See the service's dashboard."
        )
    return None
