"""Whose a statement is: how sure it is that a document says it of a run's subject.

A page may be about one thing as a whole, or hold a section, a row, a paragraph or a sentence on
each of many. What stands nearest tells: a statement's own words or row first, then the sentence
before it, its heading, and the document's title last.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.names import find_names, looks_like_person
from parallel_nb.engine.reader.language.vocabulary import GENERIC_ROOTS, STOP_ROOTS, roots
from parallel_nb.engine.reader.referents import leading_name
from parallel_nb.engine.reader.subject_names import WORD
from parallel_nb.engine.reader.whole import has_section_on, names_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: How sure it is for a row of the subject, for one that names it in another cell, and for what
#: stands below its heading.
_ROW, _IN_ROW = 0.95, 0.75
_BELOW_HEADING: Final = 0.95
#: Factors for what follows such a sentence in its paragraph, by whether it begins with the name.
_FOLLOWS, _FOLLOWS_MENTION = 0.9, 0.6
#: Factor for one of these that begins with the name of another thing: `At Hallowdene the fans`.
_AT_OTHER: Final = 0.6
#: A name that begins later, in characters, does not begin the sentence.
_LEADING: Final = 24
#: How sure it is for a statement on all of the input's topic, and the least share of that.
_TOPIC, _ON_TOPIC = 0.75, 0.5
#: A document that names the subject does so within so many characters.
_NAMED_WITHIN: Final = 4_000
#: Factors on a page about the subject below a heading that names another thing, and below any
#: other heading where the subject has its own.
_BELOW_OTHER: Final = 0.5
_BESIDE_OWN: Final = 0.3


def scope_of(
    content: DocumentStatements,
    subject: Subject,
    trust: float,
    spoken_of: Mapping[int, frozenset[str]],
    *,
    is_about: bool,
) -> Mapping[int, float]:
    """How sure it is that each statement is about the subject, by its number.

    Args:
        content: what a document states.
        subject: whom the run is about.
        trust: how far the document is trusted to be about it; of one that only mentions it, how
            far a sentence is that does.
        spoken_of: the names that pronouns stand for; see `referents`.
        is_about: whether the document as a whole is about the subject.

    Returns:
        From 0 to 1; what is said of nothing that is the subject's is left out.
    """
    if not subject.words:
        return {statement.number: trust for statement in content.statements}
    as_whole = trust if is_about else 0.0
    has_own = as_whole < 1.0 and is_about and has_section_on(content, subject.words)
    found = _in_paragraphs(content, subject, trust, spoken_of)
    places: dict[str, float] = {}
    for statement in content.statements:
        heading = statement.heading
        if heading not in places:
            is_below = subject.is_named_in(statement.heading_roots, heading)
            other = _BESIDE_OWN if has_own else _BELOW_OTHER
            is_beside = bool(heading) and (
                has_own or (is_about and _names_another(content.document, heading))
            )
            as_part = as_whole * other if is_beside else as_whole
            places[heading] = _BELOW_HEADING if is_below else as_part
        number = statement.number
        found[number] = max(found.get(number, 0.0), places[heading], _by_row(statement, subject))
    return {number: sure for number, sure in found.items() if sure}


def _by_row(statement: Statement, subject: Subject) -> float:
    """How sure it is for a table's row, by its cells."""
    if not statement.subject:
        return 0.0
    if subject.is_named_in(statement.row_roots, statement.subject):
        return _ROW
    return _IN_ROW if subject.is_named_in(statement.whole_row_roots, statement.text) else 0.0


def _in_paragraphs(
    content: DocumentStatements,
    subject: Subject,
    named: float,
    spoken_of: Mapping[int, frozenset[str]],
) -> dict[int, float]:
    """How sure it is for statements that name the subject, and for what follows them."""
    found: dict[int, float] = {}
    text = content.document.text
    carried, end_before = 0.0, 0
    for statement in content.statements:
        between = text[end_before : statement.start]
        if "\n\n" in between:
            carried = 0.0
        end_before = statement.end
        if statement.subject:
            continue
        number, value = statement.number, statement.value
        start = value[:_LEADING]
        if subject.is_named_in(statement.roots, value, statement.label):
            beginning = value[: _LEADING + len(subject.name)]
            leads = subject.is_named_in(frozenset(roots(beginning)), beginning)
            found[number] = named
            carried = named * (_FOLLOWS if leads else _FOLLOWS_MENTION)
        elif number in spoken_of:
            found[number] = named if subject.is_named_in(spoken_of[number]) else 0.0
        elif carried and (not statement.is_fact or "\n" not in between):
            if leading_name(content.document, statement):
                carried = 0.0
            within = names_within(content.document)
            is_of_other = any(
                not looks_like_person(span.text) and (span.start or span.text in within)
                for span in find_names(start)
            )
            found[number] = carried * _AT_OTHER if is_of_other else carried
    return found


def with_topic(
    content: DocumentStatements,
    subject: Subject,
    scope: Mapping[int, float],
    topic: Mapping[str, float],
) -> Mapping[int, float]:
    """The same, and what is said on the input's topic in a document that names the subject.

    Of `the sale of Tolland Ridge`, a letter on the sale tells without the name in each sentence.

    Args:
        content: what a document states.
        subject: whom the run is about.
        scope: what `scope_of` found.
        topic: the words that the input says beside the name, with how rare they are.
    """
    if not subject.is_named_in(frozenset(roots(content.document.text[:_NAMED_WITHIN]))):
        return scope
    total = sum(topic.values())
    found = dict(scope)
    for statement in content.statements:
        words = statement.roots | statement.section_roots | statement.row_roots
        words |= content.title_roots
        share = sum(rarity for word, rarity in topic.items() if word in words) / total
        if share >= _ON_TOPIC:
            found[statement.number] = max(found.get(statement.number, 0.0), _TOPIC * share)
    return found


@lru_cache(maxsize=5_000)
def _names_another(document: Document, heading: str) -> bool:
    """True for a heading that is a name, and neither a common word nor a term that is defined."""
    nearest = heading.rsplit(" > ", 1)[-1]
    words = [word[0] for word in WORD.finditer(nearest) if word[0] not in {"The", "A", "An"}]
    if not words or not all(word[:1].isupper() for word in words):
        return False
    if frozenset(roots(nearest)) <= GENERIC_ROOTS | STOP_ROOTS:
        return False
    within, text = names_within(document), document.text
    return all(word in within for word in words) and not any(
        form in text for word in words for form in (f" {word.lower()}", f'"{word}', f"\u201c{word}")
    )
