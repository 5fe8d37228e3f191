"""The entry of this room: the rules' answer to each field goes in, the settled one comes out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from parallel_nb.api.types import FieldBasis
from parallel_nb.engine.reader.explain import object_basis
from parallel_nb.engine.reader.model.agreement import member_entries, settle
from parallel_nb.engine.reader.model.cache import ReplyCache, cache_key
from parallel_nb.engine.reader.model.endpoint import Completion, Endpoint, ModelFaultError
from parallel_nb.engine.reader.model.ladder import Asked, Verdict, verify
from parallel_nb.engine.reader.model.prompt import claim_messages, claim_schema, read_claim
from parallel_nb.engine.reader.model.sections import (
    MOST_SHOWN,
    PER_FIELD,
    question_stems,
    rank_sections,
    sections_of,
    share_sections,
)
from parallel_nb.engine.reader.model.sentences import (
    read_sentences,
    settle_text,
    text_messages,
    text_schema,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.model.capabilities import Capabilities
    from parallel_nb.engine.reader.model.prompt import Claim
    from parallel_nb.engine.reader.model.sections import Section
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.model_address import ModelAddress

T = TypeVar("T")
#: Faults that the next request would meet as well.
_LASTING: Final = frozenset({"unreachable", "key", "unknown model"})
#: Replies in a row that do not come in time until the endpoint is left alone.
_TIMEOUTS: Final = 2
#: Seconds for which an endpoint that has failed so is left alone: the table goes on without it.
_REST: Final = 30.0
#: Characters of a prompt for each token that an endpoint counts, at most. Where it counts fewer
#: tokens, it has cut the prompt without saying so.
_CHARS_PER_TOKEN: Final = 9.0


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Which model reads, and within which bounds. Holds no key, so it may go to a worker."""

    address: ModelAddress
    capabilities: Capabilities
    #: Seconds in which a reply must have come, and in which all fields of a run must be read.
    within: float = 120.0
    run_within: float = 900.0
    #: Requests a minute of this process at most; 0 for no limit.
    per_minute: float = 0.0
    #: Where replies are kept; None for nowhere.
    cache: Path | None = None
    #: Whether it also writes answers in free text; else they are the rules' own.
    writes_text: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """What a run is answered from, as this room sees it."""

    #: The documents that are read, each with whether it is about the subject.
    documents: Sequence[tuple[Document, bool]]
    #: Whom the run is about, and the roots of that name; empty for nobody in particular.
    subject: str
    subject_roots: frozenset[str]
    #: The input and the instruction, in words.
    task: str
    #: How rare a stem is.
    idf: Callable[[str], float]


@dataclass(slots=True)
class Usage:
    """What a model was asked, and what it took."""

    #: Replies that were sent for, and those that were known.
    requests: int = 0
    cached: int = 0
    #: As the endpoint counts them.
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def add(self, completion: Completion) -> None:
        """Count one reply."""
        self.requests += 1
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens


@dataclass(slots=True)
class _Reading:
    """One run: what is read for it, and until when."""

    room: Room
    deadline: float
    report: Callable[[str], None]
    usage: Usage = field(default_factory=Usage)
    verdicts: dict[str, Verdict] = field(default_factory=dict)


class ModelReader:
    """Reads fields with a language model; safe to use on one thread.

    Examples:
        >>> reader = ModelReader(ModelOptions(address, capabilities))  # doctest: +SKIP
        >>> content, basis = reader.read_fields(room, fields, content, basis)  # doctest: +SKIP
    """

    def __init__(self, options: ModelOptions) -> None:
        """Nothing is asked yet.

        Raises:
            InputError: the variable that should hold the key is not set.
        """
        self.options = options
        self.name = options.address.name
        #: What the last run took.
        self.usage = Usage()
        self._endpoint = Endpoint(
            options.address,
            options.capabilities,
            within=options.within,
            per_minute=options.per_minute,
        )
        self._cache = ReplyCache(options.cache)
        self._rests_until = 0.0
        self._why_resting = ""
        self._timeouts = 0
        #: Characters shown at most; fewer once the endpoint was found to take fewer.
        self._most_shown = MOST_SHOWN

    def close(self) -> None:
        """Close what is open."""
        self._endpoint.close()
        self._cache.close()

    def read_fields(
        self,
        room: Room,
        fields: Sequence[RequestedField],
        content: JsonObject,
        basis: Sequence[FieldBasis],
        report: Callable[[str], None] = lambda _: None,
    ) -> tuple[JsonObject, list[FieldBasis]]:
        """Read fields with the model, and set what holds beside the rules' answers.

        Args:
            room: what the run is answered from.
            fields: those of the output; lists of objects are left to the rules.
            content: the rules' answer.
            basis: and its basis.
            report: is called with what is being done.

        Returns:
            The content and its basis, in the same order. Never raises on account of the endpoint:
            a field that it does not answer keeps the rules' answer, and says so.
        """
        reading = _Reading(room, time.monotonic() + self.options.run_within, report)
        self.usage = reading.usage
        self._read(reading, [leaf for f in fields for leaf in _leaves(f)])
        entries = {entry.field: entry for entry in basis}
        settled: JsonObject = {}
        found: list[FieldBasis] = []
        for f in fields:
            members = [e for e in basis if e.field.startswith(f"{f.path}.")]
            value, own = self._settle(reading, f, content.get(f.name), entries, members)
            settled[f.name] = value
            found += own
        return settled, found

    def read_text(
        self,
        room: Room,
        rules: tuple[str, FieldBasis],
        most: int,
        report: Callable[[str], None] = lambda _: None,
    ) -> tuple[str, FieldBasis]:
        """Answer in free text with the model, where the options say so.

        Args:
            room: what the run is answered from.
            rules: the rules' text and its basis.
            most: sentences at most.
            report: is called with what is being done.

        Returns:
            The sentences that hold, and their basis; the rules' text where none does, with the
            reason.
        """
        reading = _Reading(room, time.monotonic() + self.options.run_within, report)
        self.usage = reading.usage
        sections = _sections(room)
        if not self.options.writes_text or not sections:
            return rules
        report(f"{self.name} writes an answer")
        ranked = rank_sections(sections, question_stems(room.task, room.subject_roots), room.idf)
        ((_, shown),) = share_sections([ranked], self._most_shown)
        messages = text_messages(room.subject, room.task, shown, most)
        try:
            sentences = self._reply(reading, (messages, text_schema()), read_sentences)
            reason = "none of its sentences stands in the passages"
        except ModelFaultError as fault:
            self._note(fault)
            sentences, reason = [], str(fault)
        settled = settle_text(sentences, shown, room.subject_roots, self.name)
        if settled is not None:
            return settled
        text, basis = rules
        reasoning = f"{basis.reasoning} {self.name} wrote no answer: {reason}."
        return text, FieldBasis(basis.field, reasoning, basis.citations, basis.confidence)

    def _settle(
        self,
        reading: _Reading,
        f: RequestedField,
        value: Any,
        entries: dict[str, FieldBasis],
        below: list[FieldBasis],
    ) -> tuple[Any, list[FieldBasis]]:
        """One field's value, and the entries of its basis."""
        basis = entries.get(f.path) or FieldBasis(f.path, "", confidence="low")
        if _is_object(f):
            inner: JsonObject = {}
            own: list[FieldBasis] = []
            for child in f.children:
                known = value.get(child.name) if isinstance(value, dict) else None
                of_child = [e for e in below if e.field.startswith(f"{child.path}.")]
                inner[child.name], more = self._settle(reading, child, known, entries, of_child)
                own += more
            if value is None and all(v in (None, []) for v in inner.values()):
                return None, [basis]
            direct = [e for e in own if e.field.count(".") == f.path.count(".") + 1]
            return inner, [object_basis(f.path, direct), *own]
        verdict = reading.verdicts.get(f.path)
        if verdict is None:
            return value, [basis, *below]
        settled, entry = settle(f, verdict, (value, basis), self.name)
        if isinstance(settled, list) and settled is verdict.value:
            return settled, [entry, *member_entries(f, settled, entry)]
        return settled, [entry, *below]

    def _read(self, reading: _Reading, leaves: Sequence[RequestedField]) -> None:
        """Ask for every field; those that share what is shown come one after the other."""
        room = reading.room
        sections = _sections(room)
        if not sections:
            return
        ranked = [
            rank_sections(sections, question_stems(_words(f), room.subject_roots), room.idf)
            for f in leaves
        ]
        number = 0
        for fields, shown in share_sections(ranked, self._most_shown):
            for position in fields:
                number += 1
                f = leaves[position]
                reading.report(f"{self.name} reads field {number} of {len(leaves)}: {f.name}")
                reading.verdicts[f.path] = self._ask(reading, f, shown, ranked[position])

    def _ask(
        self,
        reading: _Reading,
        f: RequestedField,
        shown: Sequence[Section],
        ranked: Sequence[Section],
    ) -> Verdict:
        """The verdict on one field; once more with fewer passages where the reply is no good."""
        reason = ""
        for sections in (shown, sorted(ranked[: PER_FIELD // 2], key=lambda s: s.place)):
            try:
                claim = self._claim(reading, f, sections)
            except ModelFaultError as fault:
                self._note(fault)
                reason = str(fault)
                if fault.kind in {"overflow", "malformed"}:
                    continue
                break
            self._timeouts = 0
            verdict = verify(Asked(f, reading.room.subject_roots, sections), claim)
            return replace(verdict, given=", ".join(claim.values))
        return Verdict("fault", reason=reason)

    def _claim(self, reading: _Reading, f: RequestedField, shown: Sequence[Section]) -> Claim:
        room = reading.room
        messages = claim_messages(room.subject, room.task, shown, f)
        may_be_cut = len(shown) > PER_FIELD // 2
        question = (messages, claim_schema(f.type))
        return self._reply(reading, question, read_claim, may_be_cut=may_be_cut)

    def _reply(
        self,
        reading: _Reading,
        question: tuple[list[dict[str, str]], dict[str, Any]],
        read: Callable[[str], T | None],
        *,
        may_be_cut: bool = False,
    ) -> T:
        """What a reply to messages and their schema says: a known one's, else a new one's.

        Raises:
            ModelFaultError: There is no reply that can be read, or, where `may_be_cut`, the
                endpoint has not read all that it was sent.
        """
        messages, schema = question
        key = cache_key(str(self.options.address), messages, schema)
        known = self._cache.get(key)
        if known is not None and (said := read(known)) is not None:
            reading.usage.cached += 1
            return said
        if time.monotonic() < self._rests_until:
            raise ModelFaultError("busy", self._why_resting)
        if time.monotonic() > reading.deadline:
            limit = f"{self.options.run_within:g} s"
            raise ModelFaultError("busy", f"the run's time of {limit} for reading was over")
        completion = self._endpoint.complete(messages, schema)
        reading.usage.add(completion)
        length = sum(len(message["content"]) for message in messages)
        if may_be_cut and 0 < completion.prompt_tokens < length / _CHARS_PER_TOKEN:
            self._most_shown = max(MOST_SHOWN // 4, self._most_shown // 2)
            raise ModelFaultError("overflow", "it has read only a part of the passages")
        said = read(completion.text)
        if said is None:
            what = "was cut off" if completion.is_cut else "is not the JSON that was asked for"
            raise ModelFaultError("malformed", f"its answer {what}")
        self._cache.put(key, completion.text)
        return said

    def _note(self, fault: ModelFaultError) -> None:
        """Leave an endpoint alone for a while that will not answer the next question either."""
        if fault.kind == "timeout":
            self._timeouts += 1
        if fault.kind in _LASTING or self._timeouts >= _TIMEOUTS:
            self._rests_until = time.monotonic() + _REST
            self._why_resting = str(fault)
            self._timeouts = 0


def _sections(room: Room) -> list[Section]:
    return [
        section
        for document, is_about in room.documents
        for section in sections_of(document, is_about=is_about)
    ]


def _leaves(f: RequestedField) -> list[RequestedField]:
    """The fields that are asked for one by one: not objects but what stands in them."""
    if _is_object(f):
        inner = [replace(c, description=_described(f, c)) for c in f.children]
        return [leaf for child in inner for leaf in _leaves(child)]
    return [] if f.children or f.type.kind == "object" else [f]


def _is_object(f: RequestedField) -> bool:
    return bool(f.children) and f.type.kind != "list"


def _described(parent: RequestedField, child: RequestedField) -> str:
    """A field's description, with the name of the object in which it stands."""
    name = parent.name.replace("_", " ")
    return f"{child.description} ({name})" if child.description else f"{child.name} of the {name}"


def _words(f: RequestedField) -> str:
    return f"{f.name.replace('_', ' ')} {f.description}"
