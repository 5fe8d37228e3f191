"""What is read for a run, and the evidence that it holds for each field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import ANSWER_BELOW, Evidence, MatchedStatement
from parallel_nb.engine.reader.language.states import states_of
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots
from parallel_nb.engine.reader.referents import (
    RELATION_ROOTS,
    is_in_clause_of_other,
    referents,
)
from parallel_nb.engine.reader.relevance import (
    Match,
    best_coverage,
    build_question,
    match_label,
    match_sentence,
    with_synonyms,
)
from parallel_nb.engine.reader.statements import only_measures_of, read_parts, read_statements
from parallel_nb.engine.reader.subject import (
    TRUST_ABOUT,
    TRUST_MENTION,
    find_subject,
    is_addressed,
)
from parallel_nb.engine.reader.values import booleans, choices, dates, lists, numbers, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.candidates import Candidate
    from parallel_nb.engine.reader.relevance import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField, RunRequest
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: The trust in a document that was found by the words of a question without a subject.
TRUST_OPEN: Final = 0.8
#: A statement that bears less than this on a question is not looked at.
_LEAST_RELEVANCE: Final = 0.1
#: Factor for the relevance of a sentence; a fact has 1.
_SENTENCE: Final = 0.92
#: Factors for a fact that holds the question's words in its value instead of its label: where yes,
#: no or a choice is asked for, and for other types.
_CHOICE_IN_VALUE: Final = 0.7
_IN_VALUE: Final = _CHOICE_IN_VALUE * 0.8
_EVIDENCE_KEPT: Final = 60
#: Passages of a long document that are read for all fields, and for one field at least.
_MOST_PARTS: Final = 600
_LEAST_PARTS: Final = 30
#: Exponent of the relevance in a score: it counts a little less than the fit.
_RELEVANCE: Final = 0.8
#: Factor for a text in a statement that names the subject.
_NAMES_SUBJECT: Final = 1.1
#: How far the fit of the only value in a sentence is lifted towards 1.
_ONLY_VALUE: Final = 0.45
#: A worse fit is not lifted.
_LEAST_LIFTED: Final = 0.2
#: The least relevance of the only value in the unit that is asked for.
_ONLY_MEASURE: Final = 0.42
#: Factor for what a sentence says of another thing than the subject.
_OF_OTHER: Final = 0.3
#: A longer input, in words, is a prompt about the work, not a question.
_SHORT_INPUT: Final = 14
#: The least relevance of a statement about the subject where a choice is asked for.
_CHOICE_RELEVANCE: Final = 0.45
#: The same where it, or the heading above it, names the subject, and states are asked for.
_CHOICE_OF_SUBJECT: Final = 0.7
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
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

    @classmethod
    def read(cls, content: DocumentStatements, trust: float) -> SourceDocument:
        """Read what a document states."""
        return cls(content, trust, referents(content))

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
        if not self.subject.words or source.is_about_subject:
            return True
        if statement.subject:
            words = statement.row_roots | source.content.title_roots
            return self.subject.is_named_in(words, statement.subject, source.document.title)
        if self.subject.words <= source.spoken_of.get(statement.number, frozenset()):
            return True
        words = statement.roots | statement.heading_roots
        heading = statement.section
        return self.subject.is_named_in(words, statement.value, statement.label, heading)


def select_sources(index: Index, request: RunRequest) -> ReadingContext:
    """Choose the documents to read: those about the subject, then those that mention it.

    Args:
        index: the documents.
        request: its effort says how many are read, its policy which of them may be.

    Returns:
        The request with its subject and its sources, those about the subject first.
    """
    subject = find_subject(index, request)
    trust = dict(subject.trust)
    fields = " ".join(field.text for field in request.fields) or request.instruction
    queries = [f"{subject.name} {request.text[:300]}", f"{subject.name} {fields[:600]}"]
    # a question that names nothing is answered from wherever its words stand
    limit = request.effort.documents * (1 if subject.words else 2)
    hits = index.search(queries, limit=max(limit, 10), policy=request.policy)
    found = [hit.document.id for hit in hits]
    documents = index.corpus.documents
    for number in found:
        if len(trust) >= limit:
            break
        mentioned = TRUST_MENTION if subject.words else TRUST_OPEN
        if subject.words and is_addressed(documents[number], subject.words):
            mentioned = TRUST_ABOUT
        trust.setdefault(number, mentioned)
    asked = [f"{field.text} {request.text[:300]}" for field in request.fields] or queries
    # a contract as Word and as PDF is one source, and does not agree with itself
    sources = tuple(
        SourceDocument.read(_read(index, documents[number], asked), trust[number])
        for number in index.without_duplicates(trust)
    )
    return ReadingContext(index, request, subject, sources, len({*subject.trust, *found}))


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


def find_evidence(
    reading: ReadingContext, field: RequestedField, question: FieldQuestion, least: float = 0.0
) -> list[Evidence]:
    """Every candidate for a field in the documents that are read.

    Args:
        reading: the run.
        field: the field.
        question: its question.
        least: the relevance that every statement has at least in a document about the subject.

    Returns:
        The best 60, best first.
    """
    found: list[Evidence] = []
    subject = reading.subject
    of_states = bool(subject.words) and any(states_of(c) for c in field.type.choices)
    asked = field.text
    if field.type.kind in {"int", "float"} and not _YEAR.search(asked):
        # `Acme in 2022`: the year that the input names is meant
        asked = " ".join((asked, *_YEAR.findall(reading.request.text)))
    for source in reading.sources:
        content = source.content
        as_lists = content.lists if field.type.kind == "list" else ()
        floor = least if subject.words else 0.0
        only = _only_measure(field, source)
        for statement in (*content.statements, *as_lists):
            if not reading.concerns_subject(source, statement):
                continue
            match, by_label = _match_statement(reading, field, question, source, statement)
            is_choice = field.type.kind == "enum"
            if of_states and subject.words <= statement.roots | statement.section_roots:
                match = Match(max(match.score, _CHOICE_OF_SUBJECT), match.words)
            if source.is_about_subject:
                is_only = statement.number == only and not statement.is_fact
                least_here = _ONLY_MEASURE if is_only else floor
                least_here = max(least_here, _CHOICE_RELEVANCE) if is_choice else least_here
                match = Match(max(match.score, least_here), match.words)
            if match.score < _LEAST_RELEVANCE:
                continue
            document = source.document
            matched = MatchedStatement(
                field, statement, match.words, subject.words, asked, document, by_label
            )
            found += _score_candidates(source, match, matched, question)
    if field.type.kind == "list":
        found = lists.joined(found, subject.words)
    found = [item for item in found if field.accepts(item.candidate.value)]
    found.sort(key=lambda e: (-e.score, e.document.id, e.statement.number, e.candidate.start))
    return found[:_EVIDENCE_KEPT]


def _only_measure(field: RequestedField, source: SourceDocument) -> int | None:
    """The statement with the one value that a document about the subject gives in the unit asked.

    `Weight in kg` is answered by `It weighs 3 kg`, whatever its words are.
    """
    if field.type.kind not in {"int", "float"} or not source.is_about_subject:
        return None
    unit = requested_unit(field.name, field.plain_description)
    if not unit.dimension or unit.dimension == "share":
        return None
    return only_measures_of(source.document).get((unit.dimension, unit.factor))


def _match_statement(
    reading: ReadingContext,
    field: RequestedField,
    question: FieldQuestion,
    source: SourceDocument,
    statement: Statement,
) -> tuple[Match, bool]:
    """How well a statement bears on a field, and whether it does by its label."""
    kind, subject = field.type.kind, reading.subject
    title_roots = source.content.title_roots if source.is_about_subject else frozenset()
    if not statement.is_fact:
        return match_sentence(question, statement, title_roots).scaled(_SENTENCE), False
    row_subject: frozenset[str] = frozenset()
    if statement.subject and not subject.is_named_in(statement.row_roots):
        row_subject = statement.row_roots
    label = match_label(question, statement, row_subject, title_roots)
    if kind in {"list", "object"}:
        return label, True
    in_value = _CHOICE_IN_VALUE if kind in {"bool", "enum"} else _IN_VALUE
    whole = match_sentence(question, statement, title_roots).scaled(in_value)
    if whole.score <= label.score:
        return label, True
    # without further words in the value, it is still the label that answers
    return whole, bool(label.words) and whole.words <= label.words


def _score_candidates(
    source: SourceDocument, match: Match, matched: MatchedStatement, question: FieldQuestion
) -> Iterator[Evidence]:
    kind, statement = matched.field.type.kind, matched.statement
    candidates = list(_candidates(matched))
    if not candidates:
        return
    total_fit = sum(candidate.fit for candidate in candidates) or 1.0
    may_be_lifted = kind not in {"bool", "enum"} and not statement.is_fact
    names_subject = bool(matched.subject) and matched.subject <= statement.roots
    relevance = min(1.0, match.score) ** _RELEVANCE
    relevance *= _referent_fit(source, matched)
    noun = covered = 0.0
    if relevance * source.trust >= ANSWER_BELOW:
        # what tells how sure a value is, beside its score; the same for all of a statement
        words = statement.roots | statement.section_roots | statement.heading_roots
        noun, covered = question.noun_in(words), best_coverage(question, words)
    for candidate in candidates:
        fit = candidate.fit
        if not statement.is_fact and is_in_clause_of_other(
            matched.text, candidate.start, matched.subject
        ):
            fit *= _OF_OTHER
        if may_be_lifted and candidate.of_subject and fit >= _LEAST_LIFTED:
            # the only value of its type in a sentence is meant, wherever it stands
            fit += (1 - fit) * _ONLY_VALUE * (fit / total_fit) ** 2
        score = relevance * fit * source.trust
        if kind == "str" and names_subject:
            score = min(1.0, score * _NAMES_SUBJECT)
        yield Evidence(
            source.document,
            statement,
            candidate,
            score,
            match.score,
            source.trust,
            match.words,
            by_label=statement.is_fact and matched.by_label,
            noun=noun,
            coverage=covered,
            kind=kind,
        )


def _referent_fit(source: SourceDocument, matched: MatchedStatement) -> float:
    """Less than 1 for a sentence that speaks of another thing, unless that is asked for."""
    words = source.spoken_of.get(matched.statement.number)
    if not words or not matched.subject or matched.statement.is_fact:
        return 1.0
    is_asked = matched.keywords & RELATION_ROOTS or words & matched.subject
    return 1.0 if is_asked else _OF_OTHER


def _candidates(  # noqa: PLR0911 - one return a type
    matched: MatchedStatement,
) -> Iterable[Candidate]:
    match matched.field.type.kind:
        case "bool":
            return booleans.bool_candidates(matched)
        case "enum":
            return choices.enum_candidates(matched)
        case "date":
            return dates.date_candidates(matched)
        case "int" if dates.is_year(matched):
            return dates.year_candidates(matched)
        case "int" | "float":
            return numbers.number_candidates(matched)
        case "list":
            return lists.list_candidates(matched)
        case _:
            return _text_candidates(matched)


def _text_candidates(matched: MatchedStatement) -> Iterable[Candidate]:
    """Candidates of a text field: of the kind that its description asks for, as written."""
    match texts.asked_value(matched.field):
        case "year":
            found = dates.year_candidates(matched)
        case "date":
            found = dates.date_candidates(matched)
        case "count":
            found = numbers.number_candidates(matched)
        case "identifier":
            return texts.identifier_candidates(matched)
        case _:
            return texts.str_candidates(matched)
    return (replace(c, value=matched.text[c.start : c.end].strip()) for c in found)
