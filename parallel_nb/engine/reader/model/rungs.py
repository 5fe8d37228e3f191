"""The rungs of the ladder that ask what a quote is about: the subject, the field, the year."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.units import UNIT_WORDS
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.engine.reader.model.sections import Section
    from parallel_nb.engine.reader.request import RequestedField

#: Where the subject is named: in the passage or above it, by the document's other parts only, or
#: not at all.
Naming = Literal["here", "document", "nowhere"]

_RELATED: Final = re.compile(
    r"\b(?i:its|their|his|her|the|a|an|our)\s+(?:[a-z-]+\s+){0,2}?(?:rival|competitor|predecessor|successor"
    r"|supplier|customer|partner|neighbou?r|sister|brother|parent|subsidiary|landlord|tenant|twin)"
    r"(?:\s(?:company|firm|bridge|country|city|group))?,?\s+(?P<name>[A-Z][\w&.-]*(?:\s[A-Z][\w&.-]*){0,4})"
)
_LEADS: Final = re.compile(
    r"^(?:The\s)?(?P<name>[A-Z][\w&.-]*(?:\s(?:[A-Z][\w&.-]*|of|and|&)){0,5})"
    r"(?:,[^,]{1,80},)?\s(?:is|was|were|are|has|had|have|employs?|employed|opened|owns?|operates?|reported"
    r"|spans?|carries|carried|produces?|sells?|sold|made|makes?|runs?|holds?)\b"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: What stands before a name in the middle of a sentence, and a blank.
_BEFORE_A_NAME: Final = frozenset("abcdefghijklmnopqrstuvwxyz,;")
_PRONOUN: Final = re.compile(r"^(?:Its?|They|Their|He|His|She|Her|This|That)\b")
_OWN: Final = re.compile(
    r"\b(?:the (?:company|firm|group|bank|bridge|country|city|report|agreement|lease|contract)"
    r"|we|our|us)\b",
    re.IGNORECASE,
)
#: A root of so many letters may be the beginning of another.
_LONG: Final = 5
#: Words that begin a sentence with a capital letter and name nobody.
_NO_NAME: Final = word_set(
    """
    The A An In On At By It Its This That These Those There He She They We As For From With After
    Before Since When While Although However Total Net Gross Annual Average
    """
)
_PAST_ASKED: Final = re.compile(
    r"\b(?:former|formerly|previous|predecessor|first|original|founder|outgoing|past|history|old)",
    re.IGNORECASE,
)
_FORMER: Final = re.compile(
    r"\b(?:former|formerly|previous|previously|outgoing|ex-)[^.;:,|]{0,40}$", re.IGNORECASE
)
_NO_LONGER: Final = re.compile(
    r"[^.;|]{0,40}\b(?:no longer|until (?:[A-Z][a-z]+ )?[0-9]{4}|stepped down|resigned|retired"
    r"|was (?:replaced|succeeded))\b"
)
_UNITS: Final = frozenset(root for word in UNIT_WORDS for root in roots(word))


def names_subject(section: Section, statement: str, subject: frozenset[str]) -> Naming:
    """Where the subject of a run is named, seen from a statement.

    Args:
        section: in which the statement stands.
        statement: its sentence or line.
        subject: the roots of the subject's name; empty where a run has none.
    """
    if not subject or subject <= roots_of(f"{statement} {section.frame}"):
        return "here"
    if subject <= roots_of(section.text):
        return "here"
    return "document" if section.is_about else "nowhere"


def other_subject(section_text: str, start: int, statement: str, subject: frozenset[str]) -> str:
    """Of whom a statement speaks, where that is somebody else than the subject; else empty.

    `Its rival Betaworks was founded in 1970. Its chief executive is Yves Stone` tells nothing of
    Acmeworks: a pronoun follows the last name.

    Args:
        section_text: in which the statement stands.
        start: where it begins there.
        statement: its sentence or line.
        subject: the roots of the subject's name.
    """
    if not subject or "|" in statement:
        return ""
    own = roots_of(statement)
    if subject <= own and not _RELATED.search(statement):
        return ""
    if related := _RELATED.search(statement):
        return "" if roots_of(related["name"]) & subject else related["name"]
    if _PRONOUN.match(statement.strip()):
        before = section_text[:start].rstrip().rsplit("\n\n", 1)[-1]
        sentence = _SENTENCE_END.split(before[-600:])[-1]
        if related := _RELATED.search(sentence):
            return "" if roots_of(related["name"]) & subject else related["name"]
        return _leader(sentence, subject, section_text)
    return "" if _OWN.search(statement) else _leader(statement, subject, section_text, of_firm=True)


def _leader(sentence: str, subject: frozenset[str], text: str, *, of_firm: bool = False) -> str:
    """The name with which a sentence begins, if it is another one than the subject's."""
    match = _LEADS.match(sentence.strip())
    if match is None or match["name"].split()[0] in _NO_NAME:
        return ""
    named = roots_of(match["name"])
    if named & subject or subject <= roots_of(sentence):
        return ""
    # `Employees are` names nobody: a name has its capital in the middle of a sentence as well
    if " " not in match["name"] and not _stands_within(text, match["name"]):
        return ""
    # a person who leads the subject may well begin a sentence of its page
    if of_firm and len(match["name"].split()) in {2, 3}:
        return ""
    return match["name"]


def word_places(text: str, word: str) -> Iterator[int]:
    """Where a word, or words side by side, stand in a text."""
    at = text.find(word)
    while word and at >= 0:
        end = at + len(word)
        if not any(map(_is_letter, (text[at - 1 : at], text[end : end + 1]))):
            yield at
        at = text.find(word, at + 1)


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


def _stands_within(text: str, name: str) -> bool:
    """True where a name stands in the middle of a sentence: after a small letter or a comma."""
    befores = (text[max(0, at - 2) : at] for at in word_places(text, name))
    return any(len(b) == 2 and b[1] == " " and b[0] in _BEFORE_A_NAME for b in befores)


def field_roots(field: RequestedField, subject: frozenset[str]) -> frozenset[str]:
    """The roots of a field's words that say what it is: no stop words, units, or subject's name."""
    words = _CAMEL.sub(" ", field.name).replace("_", " ")
    found = roots_of(f"{words} {field.description}")
    told = found - STOP_ROOTS - GENERIC_ROOTS - MODIFIER_ROOTS - _UNITS - subject
    return told or (found - STOP_ROOTS - subject)


def overlap(wanted: frozenset[str], statement: str, above: str) -> int:
    """How many of a field's roots stand in a statement or above it: `employ` is in `employees`."""
    said = roots_of(f"{statement} {above}")
    long = [word for word in said if len(word) >= _LONG]
    return sum(
        word in said
        or (len(word) >= _LONG and any(w.startswith(word) or word.startswith(w) for w in long))
        for word in wanted
    )


def is_on_topic(wanted: frozenset[str], statement: str, above: str) -> bool:
    """True when a word of a field stands in a statement, or above it: heading, table's head."""
    return not wanted or overlap(wanted, statement, above) > 0


def column_of(row: str, columns: str, holds: Callable[[str], bool]) -> tuple[str, list[str]]:
    """The head of the column in which a table row holds a value, and the heads of all columns.

    Args:
        row: of a table, its cells between `|`.
        columns: the row of the column heads.
        holds: whether a cell holds the value.

    Returns:
        An empty head where the row is none, is the head itself, or no cell alone holds the value.
    """
    cells, heads = _cells(row), _cells(columns)
    if len(cells) < 2 or len(cells) != len(heads) or cells == heads:
        return "", []
    found = [number for number, cell in enumerate(cells) if number and holds(cell)]
    return (heads[found[0]], heads) if len(found) == 1 else ("", heads)


def _cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")] if "|" in row else []


def asks_for_past(field: RequestedField) -> bool:
    """True when a field asks for what was, as a former chief executive or a first address."""
    return bool(_PAST_ASKED.search(f"{field.name.replace('_', ' ')} {field.description}"))


def is_past(field: RequestedField, statement: str, value: str) -> bool:
    """True where a statement says that a text was so and is no longer; not where that is asked for.

    Examples:
        >>> is_past(ceo, "Former chief executive Bo Li left in 2019.", "Bo Li")  # doctest: +SKIP
        True
    """
    if asks_for_past(field):
        return False
    at = statement.find(value)
    if at < 0:
        return False
    before, after = statement[max(0, at - 60) : at], statement[at + len(value) :][:80]
    return bool(_FORMER.search(before) or _NO_LONGER.match(after))


def year_conflict(field: RequestedField, statement: str, above: str) -> int | None:
    """The year that a field names, where the statement is of other years alone.

    Examples:
        >>> year_conflict(revenue_in_2023, "Revenue 2021: 4.2", "")  # doctest: +SKIP
        2023
    """
    wanted = {
        date.year for date in find_dates(f"{field.name.replace('_', ' ')} {field.description}")
    }
    if not wanted:
        return None
    said = {date.year for date in find_dates(statement)}
    said = said or {date.year for date in find_dates(above)}
    return min(wanted) if said and wanted.isdisjoint(said) else None
