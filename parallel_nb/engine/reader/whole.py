"""What a document tells as a whole: its people, names, terms and parties, and how it begins."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from parallel_nb.engine.reader.language.names import (
    HONORIFIC_ALONE,
    NAME,
    find_names,
    looks_like_person,
    without_origin,
)
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.statements import (
    MAX_ITEM_WORDS,
    DocumentStatements,
    read_statements,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.engine.corpus.documents import Document

#: How much of a text is its opening, in characters.
_OPENING: Final = 260
#: A shorter text before the second heading is only a title's line, in characters.
_SHORT_OPENING: Final = 120
#: The signs around the cells of a table's row with a label and its value.
_PIPES_OF_PAIR: Final = 3
#: A line with more names lists them.
_MANY_NAMES: Final = 7
#: A noun with its article and a verb behind it; so often, it stands for what the text is about.
_THE_NOUN = re.compile(
    r"\b[Tt]he (?P<noun>[a-z]{3,20}) (?:is|was|has|had|will|can|also|[a-z]{3,15}ed|[a-z]{2,15}s)\b"
)
_OFTEN: Final = 2
#: A capitalised word within a sentence.
_WITHIN = re.compile(r"(?<=[a-z,;] )[^\W\d_a-z][\w-]*")
_PLAIN = re.compile(r"(?<![\w.@/-])[a-z][a-z'-]{1,30}\b(?![.@/]\w)")
_WORDS = re.compile(r"[^\W\d_][\w-]*")


@lru_cache(maxsize=2_000)
def people_of(document: Document) -> Mapping[str, str]:
    """The people whom a document names.

    Returns:
        Full names by their last words; an empty text where two people share the last word,
        since of `Marie Curie` and `Pierre Curie` nobody can tell who Curie is.
    """
    people: dict[str, str] = {}
    for statement in read_statements(document).statements:
        for span in without_origin(find_names(statement.value)):
            if looks_like_person(HONORIFIC_ALONE.sub("", span.text)):
                last = span.text.rsplit(" ", maxsplit=1)[-1]
                people[last] = span.text if people.get(last, span.text) == span.text else ""
    return people


@lru_cache(maxsize=2_000)
def parties_of(document: Document) -> Mapping[str, str]:
    """The names for which a document defines a word: `Landlord` for `Elm Trust`.

    It does in `Elm Trust (the "Landlord")`, and in `Landlord: Elm Trust` above text that goes on to
    speak of `the Landlord`.
    """
    return {
        statement.label: statement.value
        for statement in read_statements(document).statements
        if statement.label.istitle()
        and len(statement.value.split()) <= MAX_ITEM_WORDS
        and (
            statement.label in statement.text.partition("(")[2]
            or _calls_it(document.text, statement.label)
        )
    }


def _calls_it(text: str, word: str) -> bool:
    """True where a text goes on to call somebody by a word: `the Landlord`."""
    return f" the {word} " in text


@lru_cache(maxsize=2_000)
def class_nouns_of(document: Document) -> frozenset[str]:
    """The roots of the nouns by which a document goes on to call its subject: `the clinic`."""
    counts = Counter(match["noun"].lower() for match in _THE_NOUN.finditer(document.text))
    return frozenset(r for noun, count in counts.items() if count >= _OFTEN for r in roots(noun))


@lru_cache(maxsize=2_000)
def names_within(document: Document) -> frozenset[str]:
    """The capitalised words that stand within the sentences of a document."""
    words: set[str] = set()
    for statement in read_statements(document).statements:
        words.update(match[0] for match in _WITHIN.finditer(statement.value))
    return frozenset(words)


@lru_cache(maxsize=2_000)
def names_of(document: Document) -> tuple[str, ...]:
    """Every name in a document's statements, and those of each heading and row once."""
    statements = read_statements(document).statements
    above = {text for s in statements for text in (s.section, s.subject)}
    texts = (*(s.value for s in statements), *sorted(above))
    return tuple(name.text for text in texts for name in find_names(text))


@lru_cache(maxsize=2_000)
def plain_words_of(document: Document) -> frozenset[str]:
    """The words that a document has in lower case."""
    return frozenset(_PLAIN.findall(document.text))


@lru_cache(maxsize=2_000)
def things_of(document: Document) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """What may be a name among a document's title, headings and first cells of rows.

    Returns:
        The words of each as they are written, and their roots. What the document has in lower
        case, or defines (`the "Tenant"`), is no name.
    """
    texts = {document.title}
    for statement in read_statements(document).statements:
        texts.update((statement.heading.rsplit(" > ", 1)[-1], statement.subject))
    found = []
    for text in texts:
        name = text.removeprefix("The ").strip()
        key = roots_of(name) - STOP_ROOTS
        no_names = (f" {name.lower()}", f'"{name}"', f"\u201c{name}\u201d")
        is_name = NAME.fullmatch(name) and find_names(name)  # a date is none
        if is_name and key and not any(form in document.text for form in no_names):
            found.append((frozenset(_WORDS.findall(name)), key))
    return tuple(found)


@lru_cache(maxsize=2_000)
def only_measures_of(document: Document) -> Mapping[tuple[str, float], int]:
    """The statement of each unit with which a document gives one value alone.

    Returns:
        The number of the first statement that gives it, by dimension and factor of the unit.
    """
    places: dict[tuple[str, float], int] = {}
    values: dict[tuple[str, float], set[float]] = {}
    for statement in read_statements(document).statements:
        for number in find_numbers(statement.value):
            unit = (number.dimension, number.factor)
            places.setdefault(unit, statement.number)
            values.setdefault(unit, set()).add(number.value)
    return {unit: place for unit, place in places.items() if unit[0] and len(values[unit]) == 1}


def has_section_on(content: DocumentStatements, words: frozenset[str]) -> bool:
    """True where a name, given by its roots, is a heading of a page, and not its first."""
    headings = list(dict.fromkeys(s.heading for s in content.statements if s.heading))
    nearest = (heading.rsplit(" > ", 1)[-1] for heading in headings[1:])
    return any(roots_of(heading) - STOP_ROOTS == words for heading in nearest)


@lru_cache(maxsize=2_000)
def head_of(document: Document) -> str:
    """What tells what a document is: its address, its title and how it begins."""
    return f"{unquote(document.url)} {document.title} {opening_of(document)}"


@lru_cache(maxsize=2_000)
def opening_of(document: Document) -> str:
    """What a document begins with, up to its second heading: it says what the whole is about.

    Rows of a table and lines of many names are left out: they tell of each of these.
    """
    text = document.text
    # a row that is cut off looks like one of two cells
    whole = text if len(text) <= _OPENING else text[:_OPENING].rpartition("\n| ")[0]
    first, *rest = (whole or text[:_OPENING]).split("\n#")
    opening = first if len(first) > _SHORT_OPENING or not rest else f"{first}\n{rest[0]}"
    kept = (
        line
        for line in opening.splitlines()
        if line.count("|") <= _PIPES_OF_PAIR and len(find_names(line)) <= _MANY_NAMES
    )
    return "\n".join(kept)
