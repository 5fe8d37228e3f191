"""What is read for a run, and the evidence that it holds for each field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots
from parallel_nb.engine.reader.question import build_question
from parallel_nb.engine.reader.referents import RELATION_ROOTS, referents
from parallel_nb.engine.reader.scope import NOBODYS, Others, Whose, open_to_all, whose_of
from parallel_nb.engine.reader.statements import read_parts, read_statements
from parallel_nb.engine.reader.subject import (
    TRUST_ABOUT,
    TRUST_MENTION,
    find_subject,
    is_addressed,
)

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
#: Factor for what a sentence says of another thing than the subject.
_OF_OTHER: Final = 0.3
#: A statement that is less sure to be about the subject does not concern it.
_CONCERNS: Final = 0.5
#: The least trust in a document's part on the subject.
_OF_PART: Final = 0.95
#: The trust in a sentence that names the subject, where no document's title does.
_ONLY_MENTIONED: Final = 0.9
#: Passages of a long document that are read for all fields, and for one field at least.
_MOST_PARTS: Final = 600
_LEAST_PARTS: Final = 30
#: A longer input, in words, is a prompt about the work, not a question.
_SHORT_INPUT: Final = 14
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
    whose: Mapping[int, Whose]
    #: How far what it says of the subject is trusted.
    weight: float

    @classmethod
    def read(
        cls, content: DocumentStatements, subject: Subject, trust: float, others: Others
    ) -> SourceDocument:
        """Read what a document states, of a subject and of `others`."""
        spoken_of = referents(content)
        if not subject.words:
            return cls(content, trust, spoken_of, open_to_all(content, subject), trust)
        whose = whose_of(content, subject, trust, spoken_of, others)
        weight = trust if trust >= TRUST_ABOUT or subject.has_page else _ONLY_MENTIONED
        return cls(content, trust, spoken_of, whose, weight)

    def whose_is(self, statement: Statement) -> Whose:
        """How sure it is that a statement is about the subject."""
        return self.whose.get(statement.number, NOBODYS)

    def referent_fit(
        self, statement: Statement, subject: frozenset[str], asked: frozenset[str]
    ) -> float:
        """Less than 1 for a sentence that speaks of another thing, unless that is asked for."""
        words = self.spoken_of.get(statement.number)
        is_other = words and subject and not (asked & RELATION_ROOTS or words & subject)
        return _OF_OTHER if is_other else 1.0

    def trust_in(self, whose: Whose) -> float:
        """The same, as far as the document is trusted: a part on the subject is, in any."""
        has_part = whose.place in {"row", "heading"}
        return whose.sure * (max(_OF_PART, self.weight) if has_part else self.weight)

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
    #: The things other than the subject that the sources are about.
    others: Others

    @property
    def sources_about_subject(self) -> tuple[SourceDocument, ...]:
        """The documents about the subject; all of them where the run has none."""
        if not self.subject.words:
            return self.sources
        return tuple(source for source in self.sources if source.is_about_subject)

    def concerns_subject(self, source: SourceDocument, statement: Statement) -> bool:
        """True when a statement is about the subject, or the run has none."""
        return source.whose_is(statement).sure > _CONCERNS


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
    asked = [f"{field.text} {request.text[:300]}" for field in request.fields] or queries
    # a contract as Word and as PDF is one source, and does not agree with itself
    numbers = list(index.without_duplicates(trust))
    contents = [_read(index, index.corpus.documents[number], asked) for number in numbers]
    others = Others((content.document for content in contents), subject.words)
    sources = tuple(
        SourceDocument.read(content, subject, trust[number], others)
        for number, content in zip(numbers, contents, strict=True)
    )
    considered = len({*subject.trust, *found})
    return ReadingContext(index, request, subject, sources, considered, others)


def _chosen(index: Index, subject: Subject, found: list[int], limit: int) -> dict[int, float]:
    """The documents that are read, in order, with how far each is about the subject.

    Those with its name as their title come first, then those about it, then others that were
    found; of a kind, those that the question's words found first.
    """
    documents = index.corpus.documents
    trust = dict(subject.trust)
    for number in found:
        is_about = is_addressed(documents[number], subject)
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
        question = replace(question, names=_names_in(field.question, subject))
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
