"""Evidence: for a field, every candidate in the documents that are read, with its score."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.index.policy import allows
from parallel_nb.engine.reader.candidates import Candidate, Place
from parallel_nb.engine.reader.decide import Evidence
from parallel_nb.engine.reader.pages import Page, read_page
from parallel_nb.engine.reader.relevance import (
    Match,
    Question,
    match_label,
    match_sentence,
    question,
    widened,
    with_antonyms,
)
from parallel_nb.engine.reader.subject import ABOUT, MENTION, Subject, find_subject
from parallel_nb.engine.reader.values import amounts, choices, names
from parallel_nb.engine.reader.vocabulary import STOP_ROOTS, roots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.effort import Effort
    from parallel_nb.engine.reader.pages import Unit
    from parallel_nb.engine.reader.request import Ask, Task

#: The trust in a document that was found by the words of a question without a subject.
OPEN: Final = 0.8
#: A statement that bears less than this on a question is not looked at.
_LEAST: Final = 0.1
_SENTENCE: Final = 0.92
#: What a fact counts that holds the words in its value instead of its label.
_IN_VALUE: Final = 0.7
_EVIDENCE_KEPT: Final = 60
#: How much the statement counts beside the value in it.
_RELEVANCE: Final = 0.8
#: What a statement counts more that names the subject itself.
_NAMED: Final = 1.1
#: How far a value that has no rival in its sentence is lifted towards a perfect fit.
_ALONE: Final = 0.45
#: A value that fits worse is not lifted.
_LIFTED: Final = 0.2
#: A longer input is a prompt about the work, not a question.
_SHORT_INPUT: Final = 14
#: What a statement counts at least that names one of the choices.
_CHOICE_NAMED: Final = 0.45


@dataclass(frozen=True, slots=True)
class Source:
    """A document that is read for a run, and how far it is trusted to be about the subject."""

    page: Page
    trust: float


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on the reader's desk for one run."""

    index: Index
    task: Task
    subject: Subject
    sources: tuple[Source, ...]
    #: Documents that came into question.
    considered: int


def lay_out(index: Index, task: Task, effort: Effort, policy: SourcePolicy | None) -> Desk:
    """Choose the documents to read: those about the subject, then those that mention it."""
    subject = find_subject(index, task, pages=effort.pages, policy=policy)
    trust = dict(subject.trust)
    wanted = " ".join(ask.text for ask in task.asks) or task.instruction
    queries = [f"{subject.name} {task.text[:300]}", f"{subject.name} {wanted[:600]}"]
    # a question that names nothing is answered from wherever its words stand
    most = effort.pages if subject.words else effort.pages * 2
    hits = index.search(queries, limit=max(most, 10), policy=policy)
    for hit in hits:
        if len(trust) >= most:
            break
        trust.setdefault(hit.document.id, _trust_of(hit.document.id, subject))
    considered = len(set(subject.trust) | {hit.document.id for hit in hits})
    documents = index.corpus.documents
    sources = [
        Source(read_page(documents[number]), value)
        for number, value in trust.items()
        if allows(policy, documents[number])
    ]
    return Desk(index, task, subject, tuple(sources), considered)


def _trust_of(number: int, subject: Subject) -> float:
    if not subject.words:
        return OPEN
    return subject.trust.get(number, MENTION)


def question_of(desk: Desk, ask: Ask, context: str = "") -> Question:
    """The question of a field, in the words of its name, its description and the input."""
    idf, subject = desk.index.idf, desk.subject.words
    texts: tuple[str, ...] = ask.wordings
    if context:
        texts = tuple(f"{context} {text}" for text in texts if text)
    words = desk.task.text.split()
    beside = desk.task.text if len(words) <= _SHORT_INPUT and not desk.task.row else ""
    asked = question(texts, idf, subject, beside)
    if ask.type.kind == "bool":
        if _OPEN_SOURCE.search(ask.text):
            for word in ("licence", "license"):
                asked = widened(asked, frozenset(roots("open source")), frozenset(roots(word)))
        asked = replace(asked, names=_names_in(ask.question, subject))
        asked = with_antonyms(asked, choices.PAIRS)
    if asked.is_empty:
        return question([f"{ask.text} {desk.task.instruction} {desk.task.text}"], idf, subject)
    return asked


_OPEN_SOURCE = re.compile(r"\bopen[- ]source\b", re.IGNORECASE)
#: An abbreviation, or a name of several words: `European` alone tells little.
_NAME = re.compile(r"(?<=\S\s)(?:[A-Z]{2,}\b|[A-Z][\w+#-]*(?:\s[A-Z][\w+#-]*)+)")


def _names_in(text: str, subject: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The roots of the names that a question holds beside its subject's."""
    found = (frozenset(roots(match[0])) - STOP_ROOTS for match in _NAME.finditer(text))
    return tuple(name for name in found if name and not name & subject)


def find_evidence(desk: Desk, ask: Ask, asked: Question, least: float = 0.0) -> list[Evidence]:
    """Every candidate for a field, best first.

    With `least`, every statement on a page about the subject counts at least so much.
    """
    found: list[Evidence] = []
    words = f"{ask.words_of_name} {ask.plain_description}"
    for source in desk.sources:
        listed = source.page.lists if ask.type.kind == "list" else ()
        for unit in (*source.page.units, *listed):
            if not _concerns(desk.subject, source, unit):
                continue
            given = source.page.title_words if source.trust >= ABOUT else frozenset()
            match = _match(asked, ask, desk.subject, unit, given)
            if ask.type.kind == "enum" and source.trust >= ABOUT:
                match = Match(max(match.score, _CHOICE_NAMED), match.words)
            if least and source.trust >= ABOUT and desk.subject.words:
                match = Match(max(match.score, least), match.words)
            if match.score < _LEAST:
                continue
            document = source.page.document
            place = Place(ask, unit, match.words, desk.subject.words, words, document)
            found += _weigh(source, match, place)
    found.sort(key=lambda e: (-e.score, e.document.id, e.unit.number, e.candidate.start))
    return found[:_EVIDENCE_KEPT]


def _concerns(subject: Subject, source: Source, unit: Unit) -> bool:
    """True when a statement is about the subject."""
    if not subject.words or source.trust >= ABOUT:
        return True
    if unit.subject:
        return subject.is_named_in(frozenset(_roots_of_subject(unit)) | source.page.title_words)
    return subject.is_named_in(unit.words | unit.above)


def _roots_of_subject(unit: Unit) -> frozenset[str]:
    return unit.words - frozenset(unit.label_words)


def _match(asked: Question, ask: Ask, subject: Subject, unit: Unit, given: frozenset[str]) -> Match:
    if not unit.is_fact:
        match = match_sentence(asked, unit, given)
        return Match(match.score * _SENTENCE, match.words)
    extra: tuple[str, ...] = ()
    if unit.subject and not (subject.words and subject.is_named_in(_roots_of_subject(unit))):
        extra = tuple(w for w in _roots_of_subject(unit) if w not in STOP_ROOTS)
    label = match_label(asked, unit, extra)
    if ask.type.kind in {"bool", "enum", "str", "date", "int", "float"}:
        whole = match_sentence(asked, unit, given)
        share = _IN_VALUE if ask.type.kind in {"bool", "enum"} else _IN_VALUE * 0.8
        if whole.score * share > label.score:
            return Match(whole.score * share, whole.words)
    return label


def _weigh(source: Source, match: Match, place: Place) -> Iterator[Evidence]:
    trust = source.trust
    found = list(_candidates(place))
    rivals = sum(candidate.fit for candidate in found) or 1.0
    lift = place.ask.type.kind not in {"bool", "enum"} and not place.unit.is_fact
    for candidate in found:
        fit = candidate.fit
        if (
            lift and candidate.own and fit >= _LIFTED
        ):  # the only value of its type in a sentence is meant, wherever it stands
            fit += (1 - fit) * _ALONE * (fit / rivals) ** 2
        score = min(1.0, match.score) ** _RELEVANCE * fit * trust
        if place.ask.type.kind == "str" and place.subject and place.subject <= place.unit.words:
            score = min(1.0, score * _NAMED)
        yield Evidence(
            source.page.document, place.unit, candidate, score, match.score, trust, match.words
        )


def _candidates(  # noqa: PLR0911 - one return a type
    place: Place,
) -> Iterable[Candidate]:
    kind = place.ask.type.kind
    if kind == "bool":
        return choices.bool_candidates(place)
    if kind == "enum":
        return choices.enum_candidates(place)
    if kind == "date":
        return amounts.date_candidates(place)
    if kind in {"int", "float"}:
        if kind == "int" and amounts.is_year(place):
            return amounts.year_candidates(place)
        return amounts.number_candidates(place)
    if kind == "list":
        return names.list_candidates(place)
    return names.str_candidates(place)
