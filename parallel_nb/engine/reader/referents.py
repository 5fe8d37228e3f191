"""Whom a sentence speaks of: `its` and `the company` follow the last name, not always the title.

`Its rival Betaworks was founded in 1970. Its chief executive is Yves Stone.` on a page about
Acmeworks tells nothing of Acmeworks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.reader.language.names import NAME, NO_NAME, looks_like_person
from parallel_nb.engine.reader.language.vocabulary import roots, roots_of
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.whole import names_within, people_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement

#: What another thing is to the one that was spoken of.
_RELATION_WORDS: Final = (
    "rival rivals competitor competitors neighbour neighbouring neighbor neighboring predecessor "
    "successor parent subsidiary sister supplier vendor customer client partner another other"
)
_RELATIONS: Final = "|".join(_RELATION_WORDS.split())
RELATION_ROOTS: Final = frozenset(roots(_RELATION_WORDS))
#: A sentence about another thing: `Its rival Betaworks was`, `The neighbouring club, Torran,`.
_OF_RELATED = re.compile(
    r"(?:(?:[A-Z][\w-]{1,30}['\u2019]s|Its|Their|Our|The|An?|His|Her|One) (?:[a-z-]{1,20} ){0,2}|)"
    rf"(?i:{_RELATIONS})(?: [a-z-]{{1,20}}){{0,2}},? (?=[A-Z])"
)
_PRONOUN = re.compile(
    r"(?:Its?|They|Their|The (?:company|firm|group|club|society|organi[sz]ation|business))\b"
)
_VERB = re.compile(r",? (?:is|was|are|were|has|had|will|can|also|[a-z]{3,20}s|[a-z]{3,20}ed)\b")
#: Where a relative clause about the name before it begins, and where it ends.
_RELATIVE = re.compile(r",? (?:which|whose|an? [a-z-]{2,20} (?:that|which))\b")
_PART_NAMES: Final = (
    "version|edition|release|volume|stage|phase|part|series|season|generation|model"
)
_LATER_WORDS: Final = "second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|latest|next|last"
#: What a clause begins with that tells of one part of a thing: `Version 0.14`, `Zig 0.14`.
_LATER_PART = re.compile(
    rf"(?:(?:the|its|a) )?(?:\w{{1,20}} )?(?:(?:{_LATER_WORDS}) (?:{_PART_NAMES})"
    rf"|(?:{_PART_NAMES}) (?P<number>v?\d[\w.]{{0,12}}|two|three|four|five|I{{2,3}}|IV|V))\b"
    r"|[A-Z][\w+#-]{0,30} v?\d{1,3}\.\d[\w.]{0,12}\b",
    re.IGNORECASE,
)
_FIRST_NUMBER = re.compile(r"v?[01](?:\.[0x]){0,2}|1st")
_ASKS_FIRST = re.compile(r"\b(?:first|original|initial)", re.IGNORECASE)
_ASKS_PART = re.compile(
    rf"\d|\b(?:{_PART_NAMES.replace('release|', '')}|{_LATER_WORDS}|current|newest|recent)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(r"\b(?:on|in|at|near|by|off)(?: the)? $")
_CLAUSE_END = re.compile(r"[;.]\s|, (?:and|but|while)\b")


def referents(content: DocumentStatements) -> Mapping[int, frozenset[str]]:
    """The roots of the name of which a sentence speaks, by its number.

    Sentences that say nothing of that are left out: they speak of the document's subject, or
    name their own.
    """
    return _of_document(content.document) if content.is_whole else _referents(content)


@lru_cache(maxsize=2_000)
def _of_document(document: Document) -> Mapping[int, frozenset[str]]:
    return _referents(read_statements(document))


def _referents(content: DocumentStatements) -> Mapping[int, frozenset[str]]:
    document = content.document
    found: dict[int, frozenset[str]] = {}
    current: frozenset[str] = frozenset()
    end_before, number_before = 0, -1
    for statement in content.statements:
        # of a long document some are left out
        follows = statement.number == number_before + 1
        number_before = statement.number
        if not follows:
            current = frozenset()
        if statement.is_fact:
            continue
        if "\n\n" in document.text[end_before : statement.start]:
            current = frozenset()
        end_before = statement.end
        if related := _OF_RELATED.match(statement.value):
            current = _name_at(statement.value, related.end())
        elif not _PRONOUN.match(statement.value):
            name = leading_name(document, statement)
            current = current if name is None else name
            continue
        if current:
            found[statement.number] = current
    return found


def _name_at(text: str, position: int) -> frozenset[str]:
    name = NAME.match(text, position)
    return roots_of(name[0]) if name and not looks_like_person(name[0]) else frozenset()


def leading_name(document: Document, statement: Statement) -> frozenset[str] | None:
    """The roots of the thing that a sentence begins with, as what it speaks of.

    Returns:
        Empty where it begins with none; None for a person, who leaves all as it was.
    """
    name = NAME.match(statement.value)
    if name is None or not _VERB.match(statement.value, name.end()):
        return frozenset()
    people = (full.split() for full in people_of(document).values())
    if looks_like_person(name[0]) or any(name[0] in words for words in people):
        return None
    is_word = " " not in name[0] and name[0] not in names_within(document)
    return frozenset() if is_word or name[0] in NO_NAME else roots_of(name[0])


@kept_for_sentences()
def is_of_later_part(text: str, position: int, question: str) -> bool:
    """True where a clause tells of a later version, edition or stage, and the whole is asked for.

    `Version 0.14 came out in 2025` does not say when the language did.

    Args:
        text: the sentence, or the label of a fact.
        position: where the value begins.
        question: what is asked; one for the latest, for a part or for a number asks for such.
    """
    clause = _CLAUSE_END.split(text[:position])[-1].lstrip(" ,;")
    part = _LATER_PART.match(clause)
    if part is None or _FIRST_NUMBER.fullmatch(part["number"] or ""):
        return False
    return bool(_ASKS_FIRST.search(question)) or not _ASKS_PART.search(question)


def is_in_clause_of_other(text: str, position: int, subject: frozenset[str]) -> bool:
    """True within a relative clause about another name: `the museum of Penmarrow, which had 40`."""
    clauses = list(_RELATIVE.finditer(text, 0, position))
    if not clauses or _CLAUSE_END.search(text, clauses[-1].end(), position):
        return False
    last = clauses[-1]
    for name in NAME.finditer(text, max(0, last.start() - 60), last.start()):
        if name.end() == last.start():
            before = text[max(0, name.start() - 60) : name.start()]
            if _PLACED.search(before) and subject <= roots_of(before):
                return False  # `The Playhouse on Mill Bank, which opened in 1934`
            return not looks_like_person(name[0]) and subject.isdisjoint(roots(name[0]))
    return False
