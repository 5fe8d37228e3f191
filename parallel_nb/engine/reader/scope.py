"""Whose a statement is: how sure it is that a document says it of a run's subject.

What stands nearest tells. From the inside out these are a statement's own words or row, the
sentence before it, the headings above it, and the document as a whole; where one of them names the
subject, the statement is so far the subject's, and where it names another thing, hardly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple
from urllib.parse import unquote

from parallel_nb.engine.reader.language.names import find_names, looks_like_person
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots_of
from parallel_nb.engine.reader.referents import leading_name
from parallel_nb.engine.reader.subject import TRUST_ABOUT, TRUST_EXACT
from parallel_nb.engine.reader.whole import (
    has_section_on,
    names_of,
    names_within,
    opening_of,
    things_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: What tells whose a statement is: its words, its row, another cell of that, a heading, the
#: sentences before it, the page, the room, the words of the input, the documents that mention it.
Place = Literal["words", "row", "cell", "heading", "before", "page", "room", "topic", "mention"]

#: How sure it is by another cell of a row, and by the sentence before, by whether that begins with
#: the name.
_CELL, _FOLLOWS, _FOLLOWS_MENTION = 0.85, 0.9, 0.6
#: How sure it is at least for a page about the subject, for all of the room that is its own, and
#: at most for a page that mentions it.
_PAGE, ROOM, _MENTION = 0.8, 0.8, 0.5
#: How sure it is at least where the input names nothing.
_OPEN: Final = 0.6
#: How sure it is for a statement on all of what the input says, and the least share of that.
_TOPIC, _ON_TOPIC = 0.8, 0.5
#: Factors for what follows another name, or stands below one on a page about the subject; for
#: another part of another thing; and below other headings where the subject has its own.
_OF_OTHER, _PART_OF_OTHER, _BESIDE_OWN = 0.5, 0.2, 0.3
#: A document that names the subject does so within so many characters.
_NAMED_WITHIN: Final = 4_000
#: A name that begins later, in characters, does not begin the sentence.
_LEADING: Final = 24
#: How many mentions a name in the title or address counts for, and one in the first characters.
_IN_TITLE, _IN_OPENING = 5, 3
_OPENING: Final = 300


class Whose(NamedTuple):
    """How sure it is that a statement is the subject's, and by what."""

    #: From 0 to 1.
    sure: float
    place: Place


NOBODYS: Final = Whose(0.0, "mention")


class Others:
    """The other things that the documents of a run have titles, headings or rows for."""

    def __init__(self, documents: Iterable[Document], subject: frozenset[str]) -> None:
        """They are those of `documents`; a longer or shorter form of `subject` is none."""
        documents = tuple(documents)
        within = frozenset[str]().union(*(names_within(d) for d in documents))
        self.names: Final = frozenset(
            name
            for document in documents
            for words, name in things_of(document)
            if words <= within and not (name <= subject or subject <= name)
        )

    def has(self, text: str) -> bool:
        """True for the name of another thing than the subject."""
        return bool(text) and roots_of(text) - STOP_ROOTS in self.names


def focus(document: Document, subject: Subject, others: Others) -> float:
    """How far a page keeps to the subject: 1 where it names no other thing as often."""
    own, counts = 0, dict.fromkeys(others.names, 0)
    opening = document.text[:_OPENING]
    above = f"{document.title} {unquote(document.url)}"
    own += _IN_TITLE * subject.is_named_in(roots_of(above), above)
    own += _IN_OPENING * subject.is_named_in(roots_of(opening), *opening.splitlines())
    for text in names_of(document):
        name = roots_of(text) - STOP_ROOTS
        if subject.is_named_in(name):
            own += 1
        elif name in counts:
            counts[name] += 1
    for name in counts:
        counts[name] += _IN_TITLE * (name <= roots_of(document.title))
    return own / (own + max(counts.values(), default=0)) if own else 0.0


def whose_of(
    content: DocumentStatements,
    subject: Subject,
    trust: float,
    spoken_of: Mapping[int, frozenset[str]],
    others: Others,
) -> Mapping[int, Whose]:
    """How sure it is that each statement is about the subject, by its number.

    Args:
        content: what a document states.
        subject: whom the run is about; it has a name.
        trust: how far the document is trusted to be about it.
        spoken_of: the names that pronouns stand for; see `referents`.
        others: the other things that the run's documents are about.

    Returns:
        What is certainly said of nothing that is the subject's is left out.
    """
    page = _of_page(content.document, subject, trust, others)
    may_have_own = page.place == "page" and trust < TRUST_EXACT
    has_own = may_have_own and has_section_on(content, subject.words)
    nearest = _in_paragraphs(content, subject, spoken_of, others)
    may_be_topic = bool(subject.telling) and subject.is_named_in(
        roots_of(content.document.text[:_NAMED_WITHIN])
    )
    places: dict[str, Whose] = {}
    found: dict[int, Whose] = {}
    for statement in (*content.statements, *content.lists):
        heading = statement.heading
        if heading not in places:
            places[heading] = _below(statement, subject, others, page, has_own=has_own)
        whose = places[heading]
        if statement.subject:
            whose = _by_row(statement, subject, whose)
        elif (near := nearest.get(statement.number)) and (
            near.place == "words" or whose.place != "heading"
        ):
            whose = Whose(max(near.sure, whose.sure), near.place)
        if may_be_topic and whose.sure < _TOPIC:
            whose = max(whose, _by_topic(statement, content, subject))
        if whose.sure:
            found[statement.number] = whose
    return found


def open_to_all(content: DocumentStatements, subject: Subject) -> Mapping[int, Whose]:
    """The same where the input names nothing: how far each statement is on what it says."""
    found: dict[int, Whose] = {}
    for statement in (*content.statements, *content.lists):
        share = _share(statement, content, subject) if subject.telling else 1.0
        found[statement.number] = Whose(_OPEN + (1 - _OPEN) * share, "topic")
    return found


def _of_page(document: Document, subject: Subject, trust: float, others: Others) -> Whose:
    """How sure it is for what nothing nearer tells of."""
    if trust >= TRUST_EXACT:
        return Whose(1.0, "page")
    if trust >= TRUST_ABOUT:
        return Whose(_PAGE + (1 - _PAGE) * focus(document, subject, others), "page")
    if subject.owns_room:
        return Whose(ROOM, "room")
    return Whose(_MENTION * focus(document, subject, others), "mention")


def _below(
    statement: Statement,
    subject: Subject,
    others: Others,
    page: Whose,
    *,
    has_own: bool,
) -> Whose:
    """How sure it is for what stands below a statement's heading."""
    heading = statement.heading
    if subject.is_named_in(statement.heading_roots, heading):
        inner = heading.partition(" > ")[2]
        is_title = page.place == "page" and not subject.is_named_in(roots_of(inner), inner)
        return Whose(1.0, "page" if is_title else "heading")
    factor = 1.0
    if heading and has_own:
        factor = _BESIDE_OWN
    elif any(others.has(part) for part in heading.split(" > ")[1:]) or others.has(heading):
        factor = _OF_OTHER if page.place == "page" else _PART_OF_OTHER
    return Whose(page.sure * factor, page.place)


def _by_row(statement: Statement, subject: Subject, place: Whose) -> Whose:
    """How sure it is for a table's row, by its cells."""
    if subject.is_named_in(statement.row_roots, statement.subject):
        return Whose(1.0, "row")
    if subject.is_named_in(statement.whole_row_roots, statement.text):
        return Whose(_CELL, "cell")
    return place


def _in_paragraphs(
    content: DocumentStatements,
    subject: Subject,
    spoken_of: Mapping[int, frozenset[str]],
    others: Others,
) -> dict[int, Whose]:
    """How sure it is for statements that name the subject, and for what follows them."""
    found: dict[int, Whose] = {}
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
        if subject.is_named_in(statement.roots, value, statement.label):
            beginning = value[: _LEADING + len(subject.name)]
            leads = subject.is_named_in(roots_of(beginning), beginning)
            found[number] = Whose(1.0, "words")
            carried = _FOLLOWS if leads else _FOLLOWS_MENTION
        elif number in spoken_of:
            if subject.is_named_in(spoken_of[number]):
                found[number] = Whose(1.0, "before")
        elif carried and (not statement.is_fact or "\n" not in between):
            leading = leading_name(content.document, statement)
            if leading:
                carried = 0.0
            within = names_within(content.document)
            is_of_other = leading is not None and any(
                not looks_like_person(span.text)
                and (others.has(span.text) if span.start else span.text in within)
                for span in find_names(value[:_LEADING])
            )
            found[number] = Whose(carried * (_OF_OTHER if is_of_other else 1.0), "before")
    return found


def _by_topic(statement: Statement, content: DocumentStatements, subject: Subject) -> Whose:
    """How sure it is by what the input says beside the name: of the sale, a letter on the sale.

    `Surgical robot at Central` is a row of a robot at Central, wherever it stands.
    """
    share = _share(statement, content, subject)
    return Whose(_TOPIC * share, "topic") if share >= _ON_TOPIC else NOBODYS


def _share(statement: Statement, content: DocumentStatements, subject: Subject) -> float:
    """The share of the input's words in a statement, its row, above it or where the page begins.

    Those of the name alone are none.
    """
    places = (
        *(statement.roots, statement.section_roots, statement.heading_roots),
        *(statement.whole_row_roots, content.title_roots, roots_of(opening_of(content.document))),
    )
    said = [word for word in subject.telling if any(word in place for place in places)]
    if subject.words.issuperset(said):
        return 0.0
    return sum(subject.telling[word] for word in said) / sum(subject.telling.values())
