"""What speaks for a value, measured: whose its statement is, what that says, what stands beside it.

Each signal of `support.Support` has one meaning and its function here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from parallel_nb.engine.reader.asked import roots_of
from parallel_nb.engine.reader.language.grammar import is_negated
from parallel_nb.engine.reader.language.names import (
    NAME,
    answer_kind,
    find_names,
    looks_like_person,
)
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import (
    STOP_ROOTS,
    roots,
)
from parallel_nb.engine.reader.referents import RELATION_ROOTS, referents
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.support import SCALE, SIGNALS, Support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.asked import Asked
    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.statements import Statement


#: What is planned, supposed or over is not said to be so; nor is a deputy the holder of an office.
_HEDGE = re.compile(
    r"\b(?:would|might|could|should|may|if|unless|whether|plan(?:s|ned|ning)?|propos(?:ed|al|es)"
    r"|applied|intend(?:s|ed)?|expect(?:s|ed)?|hope[sd]?|hoping|aim(?:s|ed)?|due to"
    r"|target(?:s|ed)?|budget(?:ed|s)?|forecasts?|yet to|subject to"
    r"|formerly|no longer|originally|rumou?rs?|had been"
    r"|assistant|deputy|vice|acting|interim|former)\b"
)
_CLAUSE_END = re.compile(r"[;.]\s")
#: Whose a statement is where the run has no subject, where another cell of its row names it, where
#: the sentences before it do, and on a page that keeps to it.
_OPEN, _IN_ROW, _IN_PARAGRAPH, _ON_PAGE = 0.7, 0.9, 0.9, 0.85
#: Factor for a sentence on a page about the subject that begins with another name.
_BEGINS_WITH_OTHER: Final = 0.6
#: How many mentions a name in the title or address counts for, and one in the first characters.
_IN_TITLE, _IN_OPENING = 5, 3
_OPENING: Final = 300
_TOKEN = re.compile(r"\w[\w'-]*")
#: A noun in a heading counts a little less; another name beside the subject's, half.
_IN_HEADING: Final = 0.8
_BESIDE: Final = 0.5
_DENIED: Final = 0.5
#: How far a value is of the kind asked for: a name where an organisation or a place is, a list or
#: label's value where any text is, and a part of a sentence.
_NAMED, _SOME_KIND, _ANY_TEXT = 0.9, 0.7, 0.4
_NAMED_KINDS: Final = frozenset({"agent", "org", "place", "country"})


@dataclass(frozen=True, slots=True)
class Doubt:
    """What keeps a value from more confidence."""

    #: The signal that is missing, by its name in `Support`.
    signal: str
    #: The words or names that it is about, as they are written.
    said: tuple[str, ...] = ()


@lru_cache(maxsize=2_000)
def _names_of(document: Document) -> tuple[frozenset[str], ...]:
    """The roots of every name in a document's statements, and in each heading and row once."""
    statements = read_statements(document).statements
    above = {text for s in statements for text in (s.section, s.subject)}
    texts = (*(s.value for s in statements), *above)
    return tuple(roots_of(name.text) - STOP_ROOTS for text in texts for name in find_names(text))


def support_of(
    winner: Sequence[Evidence], rival: float, *, is_disputed: bool, asked: Asked
) -> Support:
    """The signals of a value.

    Args:
        winner: the evidence for it, one of each document.
        rival: the score of the best evidence for another value.
        is_disputed: whether a page says otherwise.
        asked: what is asked.
    """
    best = max(winner, key=lambda e: e.score)
    return Support(
        score=best.score,
        lead=1 - min(1.0, rival / best.score) if best.score else 0.0,
        relevance=best.relevance,
        fit=best.candidate.fit if best.candidate.of_subject else best.candidate.fit / 2,
        own=_own(best, asked),
        alone=_alone(best, asked),
        noun=_noun(best, asked.question),
        qualified=_qualified(best, asked),
        described=_described(best, asked),
        coverage=best.coverage,
        stated=_stated(best, asked),
        kind=_kind(best, asked.field),
        labelled=_labelled(best, asked.question),
        agreed=float(len(winner) > 1),
        undisputed=float(not is_disputed),
        typed=float(best.kind not in {"str", "list"}),
    )


def _own(item: Evidence, asked: Asked) -> float:  # noqa: PLR0911 - one return a place
    """Whose a statement is, by what stands nearest: its words, its row, its heading, its page."""
    statement, subject = item.statement, asked.subject
    if not subject.words:
        return _OPEN
    if subject.is_named_in(statement.roots, statement.value, statement.label, statement.subject):
        return 1.0
    if statement.subject and subject.is_named_in(roots_of(statement.text), statement.text):
        return _IN_ROW
    if subject.is_named_in(roots_of(statement.section), statement.section):
        return 1.0
    if _is_of_other(item, asked):
        return 0.0
    if not statement.is_fact:
        before = _before_in_paragraph(item.document, statement)
        if subject.is_named_in(roots_of(before), before):
            return _IN_PARAGRAPH
    focus = _ON_PAGE * _focus(item.document, asked)
    return focus * _BEGINS_WITH_OTHER if _begins_with_other(item) else focus


def _is_of_other(item: Evidence, asked: Asked) -> bool:
    """True for a statement of another thing, by its pronoun, row, heading or first name."""
    statement, document = item.statement, item.document
    spoken = referents(read_statements(document)).get(statement.number)
    if spoken and not item.keywords & RELATION_ROOTS:
        return not asked.subject.words <= spoken
    if statement.row_roots and not statement.row_roots & asked.question.all_words:
        return True
    if not asked.subject.words <= statement.heading_roots and _has_section(
        document, asked.subject.words
    ):
        return True
    lead = None if statement.is_fact else NAME.match(statement.value)
    names = (statement.section, statement.subject, lead[0] if lead else "")
    return any(map(asked.is_other, names))


@lru_cache(maxsize=5_000)
def _has_section(document: Document, words: frozenset[str]) -> bool:
    """True where one of a page's headings is a name: below the others it tells of other things."""
    sections = {statement.section for statement in read_statements(document).statements}
    return any(roots_of(section) - STOP_ROOTS == words for section in sections)


def _before_in_paragraph(document: Document, statement: Statement) -> str:
    start = document.text.rfind("\n\n", 0, statement.start) + 1
    return document.text[start : statement.start]


def _begins_with_other(item: Evidence) -> bool:
    """True where a sentence or list item begins with a name of several words that is no answer."""
    statement = item.statement
    lead = None if statement.is_fact else NAME.match(statement.value)
    return lead is not None and " " in lead[0] and item.candidate.start >= lead.end()


def _focus(document: Document, asked: Asked) -> float:
    """How far a page keeps to the subject: 1 where it names no other thing as often."""
    own, others = 0, dict.fromkeys(asked.others, 0)
    opening = document.text[:_OPENING]
    above = f"{document.title} {unquote(document.url)}"
    own += _IN_TITLE * (asked.subject.words <= roots_of(above))
    own += _IN_OPENING * asked.subject.is_named_in(roots_of(opening), *opening.splitlines())
    for name in _names_of(document):
        if asked.subject.words <= name:
            own += 1
        elif name in others:
            others[name] += 1
    for name in asked.others:
        others[name] += _IN_TITLE * (name <= roots_of(document.title))
    return own / (own + max(others.values(), default=0)) if own else 0.0


def _others_named(item: Evidence, asked: Asked) -> list[str]:
    """The other things of the room that a sentence names, or to which a row belongs."""
    statement = item.statement
    value = statement.value[item.candidate.start : item.candidate.end]
    spans = [] if statement.is_fact else find_names(statement.value)
    names = [span.text for span in spans if span.text not in value]
    return [name for name in (*names, statement.subject) if asked.is_other(name)]


def _alone(item: Evidence, asked: Asked) -> float:
    if not _others_named(item, asked):
        return 1.0
    is_named = bool(asked.subject.words) and asked.subject.words <= item.statement.roots
    return _BESIDE if is_named else 0.0


def _noun(item: Evidence, question: FieldQuestion) -> float:
    if not question.nouns:
        return item.coverage
    statement = item.statement
    above = question.noun_in(statement.section_roots | statement.heading_roots)
    return max(question.noun_in(statement.roots), _IN_HEADING * above)


def _labelled(item: Evidence, question: FieldQuestion) -> float:
    label = frozenset(item.statement.label_roots) | item.statement.section_roots
    return question.noun_in(label) if item.by_label else 0.0


def _described(item: Evidence, asked: Asked) -> float:
    if item.kind == "bool":
        return 1.0  # opposites and other words answer yes or no as well
    unsaid = asked.describing - _present(item)
    return 1 - len(unsaid) / len(asked.describing) if unsaid else 1.0


def _present(item: Evidence) -> frozenset[str]:
    """The roots that stand in a statement, above it, in the title or as the page's date."""
    statement, document = item.statement, item.document
    above = statement.section_roots | statement.heading_roots
    return statement.roots | above | roots_of(f"{document.title} {document.date or ''}")


def _qualified(item: Evidence, asked: Asked) -> float:
    wanted = [frozenset({word}) for word in asked.singling] + list(asked.names)
    present = _present(item)
    return sum(words <= present for words in wanted) / len(wanted) if wanted else 1.0


def _stated(item: Evidence, asked: Asked) -> float:
    """Less than 1 where the clause with the value supposes, plans or denies it."""
    statement = item.statement
    if statement.is_fact:
        return 1.0
    text, place = statement.value, item.candidate.start
    start = max((m.end() for m in _CLAUSE_END.finditer(text, 0, place)), default=0)
    end = _CLAUSE_END.search(text, place)
    clause = text[start : end.start() if end else len(text)]
    if _hedges(clause) - frozenset(roots(asked.field.text)):
        return 0.0
    is_denied = item.kind not in {"bool", "enum"} and is_negated(text, place)
    return _DENIED if is_denied else 1.0


def _hedges(clause: str) -> frozenset[str]:
    return frozenset(root for found in _HEDGE.finditer(clause) for root in roots(found[0]))


def _kind(item: Evidence, field: RequestedField) -> float:
    if item.kind in {"int", "float"}:
        unit = requested_unit(field.name, field.plain_description)
        found = find_numbers(item.statement.value) if unit.dimension else []
        has_unit = any(n.dimension and n.start == item.candidate.start for n in found)
        return float(has_unit or not unit.dimension)
    if item.kind == "list":
        return _SOME_KIND
    if item.kind != "str":
        return 1.0
    value = str(item.candidate.value)
    asked = answer_kind(field.plain_description, field.name_in_words)
    if asked == "person":
        return float(looks_like_person(value))
    if asked in _NAMED_KINDS:
        return _NAMED * bool(NAME.match(value))
    return _SOME_KIND if item.statement.is_fact or NAME.fullmatch(value) else _ANY_TEXT


def doubt_of(best: Evidence, support: Support, asked: Asked) -> Doubt:
    """What keeps a value most from more confidence."""
    losses = {name: SCALE.loss(support, name) for name in SIGNALS}
    signal = next(iter(support.missing), "") or max(losses, key=losses.__getitem__)
    present = _present(best)
    match signal:
        case "alone":
            said = tuple(_others_named(best, asked))
        case "qualified":
            unmet = asked.singling | frozenset[str]().union(*asked.names)
            said = _written(f"{asked.field.text} {asked.input}", unmet - present)
        case "described":
            said = _written(asked.field.text, asked.describing - present)
        case "noun":
            said = _written(
                asked.field.text, frozenset(w for n in asked.question.nouns for w in n.words)
            )
        case _:
            said = ()
    return Doubt(signal, said)


def _written(text: str, words: frozenset[str]) -> tuple[str, ...]:
    """The words of a text that have these roots, each once."""
    found = (word for word in _TOKEN.findall(text) if roots_of(word) & words)
    return tuple(dict.fromkeys(found))
