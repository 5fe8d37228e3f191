"""What is read for a run, and the evidence that it holds for each field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots
from parallel_nb.engine.reader.question import build_question, with_synonyms
from parallel_nb.engine.reader.referents import (
    referents,
)
from parallel_nb.engine.reader.scope import scope_of, with_topic
from parallel_nb.engine.reader.statements import read_parts, read_statements
from parallel_nb.engine.reader.subject import (
    TRUST_ABOUT,
    TRUST_EXACT,
    TRUST_MENTION,
    find_subject,
    is_addressed,
    words_beside,
)
from parallel_nb.engine.reader.values import booleans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField, RunRequest
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: The trust in a document that was found by the words of a question without a subject.
TRUST_OPEN: Final = 0.8
#: How sure it is for a statement in the room of the subject's own.
_OWNED: Final = 0.7
#: The trust in a sentence that names the subject, where no document's title does.
_ONLY_MENTIONED: Final = 0.9
#: Passages of a long document that are read for all fields, and for one field at least.
_MOST_PARTS: Final = 600
_LEAST_PARTS: Final = 30
#: A longer input, in words, is a prompt about the work, not a question.
_SHORT_INPUT: Final = 14
_OPEN_SOURCE = re.compile(r"\bopen[- ]source\b", re.IGNORECASE)
#: A statement on the licence tells whether something is open source.
_LICENCE_SYNONYMS: Final = tuple(
    (frozenset(roots("open source")), frozenset(roots(word))) for word in ("licence", "license")
)
_OPPOSITES: Final = tuple(
    (frozenset({word}), frozenset({opposite})) for word, opposite in booleans.OPPOSITES
)
#: An abbreviation, or a name of several words: `European` alone does not tell enough.
_NAME = re.compile(r"(?<=\S\s)(?:[A-Z]{2,}\b|[A-Z][\w+#-]*(?:\s[A-Z][\w+#-]*)+)")


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that is read for a run, and how far it is trusted to be about the subject."""

    content: DocumentStatements
    #: From 0 to 1; see `subject.TRUST_EXACT` and below.
    trust: float
    #: Whom its sentences speak of, by their numbers; see `referents.referents`.
    spoken_of: Mapping[int, frozenset[str]]
    #: How sure it is that a statement is about the subject, by its number; see `scope`.
    scope: Mapping[int, float]

    @classmethod
    def read(
        cls,
        content: DocumentStatements,
        subject: Subject,
        trust: float,
        beside: Mapping[str, float] | None = None,
    ) -> SourceDocument:
        """Read what a document states, of a subject and what the input says `beside` its name."""
        spoken_of = referents(content)
        is_about = trust >= TRUST_ABOUT
        has_page = TRUST_EXACT in subject.trust.values()
        mention = trust if has_page or not subject.words else _ONLY_MENTIONED
        scope = scope_of(
            content, subject, trust if is_about else mention, spoken_of, is_about=is_about
        )
        if subject.owns_room and not is_about:
            scope = {s.number: max(_OWNED, scope.get(s.number, 0.0)) for s in content.statements}
        elif beside and not is_about:
            scope = with_topic(content, subject, scope, beside)
        return cls(content, trust, spoken_of, scope)

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.content.document

    @property
    def is_about_subject(self) -> bool:
        """True when its title names the subject, so that all its statements count."""
        return self.trust >= TRUST_ABOUT


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What a run is answered from: its request, its subject, the documents that are read."""

    index: Index
    request: RunRequest
    subject: Subject
    sources: tuple[SourceDocument, ...]
    #: Documents that came into question, read or not.
    considered: int

    @property
    def sources_about_subject(self) -> tuple[SourceDocument, ...]:
        """The documents about the subject; all of them where the run has none."""
        if not self.subject.words:
            return self.sources
        return tuple(source for source in self.sources if source.is_about_subject)

    def concerns_subject(self, source: SourceDocument, statement: Statement) -> bool:
        """True when a statement is about the subject, or the run has none."""
        return statement.number in source.scope


def select_sources(index: Index, request: RunRequest) -> ReadingContext:
    """Choose the documents to read: those about the subject, then those that mention it.

    Args:
        index: the documents.
        request: its effort says how many are read, its policy which of them may be.

    Returns:
        The request with its subject and its sources, those about the subject first.
    """
    subject = find_subject(index, request)
    fields = " ".join(field.text for field in request.fields) or request.instruction
    queries = [f"{subject.name} {request.text[:300]}", f"{subject.name} {fields[:600]}"]
    # a question that names nothing is answered from wherever its words stand
    limit = request.effort.documents * (1 if subject.words else 2)
    hits = index.search(queries, limit=max(limit, 10), policy=request.policy)
    found = [hit.document.id for hit in hits]
    trust = _chosen(index, subject, found, limit)
    beside = {word: index.idf(word) for word in words_beside(request, subject)}
    asked = [f"{field.text} {request.text[:300]}" for field in request.fields] or queries
    # a contract as Word and as PDF is one source, and does not agree with itself
    sources = tuple(
        SourceDocument.read(
            _read(index, index.corpus.documents[number], asked), subject, trust[number], beside
        )
        for number in index.without_duplicates(trust)
    )
    return ReadingContext(index, request, subject, sources, len({*subject.trust, *found}))


def _chosen(index: Index, subject: Subject, found: list[int], limit: int) -> dict[int, float]:
    """The documents that are read, in order, with how far each is about the subject.

    Those with its name as their title come first, then those about it, then others that were
    found; of a kind, those that the question's words found first.
    """
    documents = index.corpus.documents
    trust = dict(subject.trust)
    for number in found:
        is_about = subject.words and is_addressed(documents[number], subject.words)
        mentioned = TRUST_MENTION if subject.words else TRUST_OPEN
        trust.setdefault(number, TRUST_ABOUT if is_about else mentioned)
    places = {number: place for place, number in enumerate(found)}
    order = sorted(trust, key=lambda number: (-trust[number], places.get(number, len(found))))
    return {number: trust[number] for number in order[:limit]}


def _read(index: Index, document: Document, asked: Sequence[str]) -> DocumentStatements:
    """What a document states; of a long one its beginning, and what bears on what is asked."""
    content = read_statements(document)
    if content.is_whole:
        return content
    limit = max(_LEAST_PARTS, _MOST_PARTS // len(asked))
    cut = index.corpus.passages_of(document.id)
    numbers = {
        hit.number
        for text in asked[:_MOST_PARTS]
        for hit in index.find_passages(text, limit=limit, within=document.id)
    }
    return read_parts(document, tuple((cut[n].start, cut[n].end) for n in sorted(numbers)))


def field_question(
    reading: ReadingContext, field: RequestedField, parents: str = ""
) -> FieldQuestion:
    """The question of a field, in the words of its name, its description and the input.

    Args:
        reading: the run.
        field: the field.
        parents: the names of the objects in which it stands, in words.
    """
    idf, subject, request = reading.index.idf, reading.subject.words, reading.request
    wordings: tuple[str, ...] = field.wordings
    if parents:
        wordings = tuple(f"{parents} {text}" for text in wordings if text)
    is_short = len(request.text.split()) <= _SHORT_INPUT and not request.row
    question = build_question(wordings, idf, subject, request.text if is_short else "")
    if field.type.kind == "bool":
        if _OPEN_SOURCE.search(field.text):
            question = with_synonyms(question, _LICENCE_SYNONYMS)
        question = replace(question, names=_names_in(field.question, subject))
        question = with_synonyms(question, _OPPOSITES)
    if question.is_empty:
        text = f"{field.text} {request.instruction} {request.text}"
        return build_question([text], idf, subject)
    return question


def _names_in(text: str, subject: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """The names that a question holds beside its subject's, as roots in their order."""
    found = (
        tuple(root for root in roots(match[0]) if root not in STOP_ROOTS)
        for match in _NAME.finditer(text)
    )
    return tuple(name for name in found if name and subject.isdisjoint(name))
