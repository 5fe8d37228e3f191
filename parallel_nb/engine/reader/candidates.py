"""Candidates: what a statement offers as a field's value, and how well it fits.

A candidate's `fit` (0 to 1) says how well type, unit and place in the statement suit the
question; how well the statement itself suits it is `relevance`'s part.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.reader.grammar import plain_clause
from parallel_nb.engine.reader.pages import people_of
from parallel_nb.engine.reader.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.pages import Unit
    from parallel_nb.engine.reader.request import Ask

_TOKEN = re.compile(r"[^\W_]+(?:\+\+|#)?")
#: A comma or a conjunction between a value and its cue counts as so many words.
_BARRIER: Final = 2.0
_CLAUSE: Final = 6.0
_REACH: Final = 6.0


_IDIOM_ROOTS: Final = frozenset(roots("now still today"))
#: Such words belong to what follows them, not to what stands before.
_BOUND_TO_NEXT: Final = frozenset({"since", "until", "from", "by", "in", "to", "till"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that stands in a statement."""

    value: Any
    #: Equal for values that mean the same.
    key: Hashable
    fit: float
    #: Where it stands in the statement's `value`.
    start: int
    end: int
    #: False where a sentence says it of another thing, so that to stand alone proves nothing.
    own: bool = True


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text and where it stands."""

    root: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """A statement in which values are looked for, with what matched in it."""

    ask: Ask
    unit: Unit
    #: Roots that matched the question.
    cues: frozenset[str]
    #: Roots of the subject's name.
    subject: frozenset[str]
    #: The whole question in words.
    question: str
    document: Document

    @property
    def people(self) -> Mapping[str, str]:
        """The people on the page, by the last words of their names."""
        return people_of(self.document)

    @property
    def text(self) -> str:
        """The fact's value, or the sentence."""
        return self.unit.value


@lru_cache(maxsize=5_000)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text with their places."""
    return tuple(
        Token((roots(match[0]) or [""])[0], match.start(), match.end())
        for match in _TOKEN.finditer(text)
    )


def cue_tokens(place: Place) -> list[Token]:
    """Where the question's words stand in the statement."""
    found = [token for token in tokens(place.text) if token.root in place.cues]
    # an idiom such as `is now in` says it without the question's words
    return found or [token for token in tokens(place.text) if token.root in _IDIOM_ROOTS]


_AT_FIRST = re.compile(
    r"\b(?:at first|originally|initially|formerly|in the beginning)\b", re.IGNORECASE
)


def is_former(text: str, start: int, question: str) -> bool:
    """True for what a clause says to have been so at first, where that is not asked for."""
    clause = re.split(r"[;:,]\s|\sbut\s", text[:start])[-1]
    before = re.split(r"[;:]\s|\.\s", text[:start])[-1]
    said = _AT_FIRST.search(clause) or _AT_FIRST.match(before.strip())
    return bool(said) and not re.search(
        r"\b(?:first|original|former|initial|earl|begin|began|old|previous)",
        question,
        re.IGNORECASE,
    )


def nearness(text: str, start: int, end: int, cues: Iterable[Token]) -> float:
    """How near a value stands to the words that were asked for, from 0 to 1."""
    near = [math.exp(-_distance(text, start, end, cue) / _REACH) for cue in cues]
    if not near:
        return 0.3
    return 0.45 * max(near) + 0.55 * sum(near) / len(near)


def _distance(text: str, start: int, end: int, cue: Token) -> float:
    if cue.end <= start:
        between = text[cue.end : start]
    elif cue.start >= end:
        between = text[end : cue.start]
        if text[cue.start : cue.end].lower() in _BOUND_TO_NEXT:
            return _CLAUSE + between.count(" ")
    else:
        return 0.0
    between = plain_clause(between)
    words = between.count(" ")
    barriers = between.count(",") + between.count(" and ") + between.count(" but ")
    clauses = (
        between.count(";") + between.count(":") + between.count(" which ") + between.count(". ")
    )
    return words + _BARRIER * barriers + _CLAUSE * clauses


def in_parentheses(text: str, at: int) -> bool:
    """True when a place of a text stands within parentheses."""
    return text.count("(", 0, at) > text.count(")", 0, at)


def place_in_fact(text: str, start: int, order: int) -> float:
    """How well the n-th value of a fact fits: the first is meant, asides hardly."""
    fit = 1.0 if order == 0 else 0.75 / order
    return fit * 0.6 if in_parentheses(text, start) else fit
