"""What a condition asks of a table: its words, each with how much it says in its room."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.claims import EMPTY_ROOTS, LIGHT_ROOTS
from parallel_nb.engine.finder.conditions import COUNTS, essence, read_condition, without_year
from parallel_nb.engine.finder.geography import areas_in
from parallel_nb.engine.finder.kinds import same_as
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.stances import without_stance
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.index.fulltext import Index

#: What a word counts at least, and a name at most.
LIGHT: Final = 0.3
_NAME: Final = 1.5
#: What a word counts of which none but documents of its own has it: no more than this.
_RARE: Final = 1.25
#: What a word counts that is a compound with the one that is asked for, or means the same.
_SAME: Final = 0.85
#: Letters of a part of a compound, and of the rest.
_PART, _REST = 4, 3
#: Rows that are counted at most.
_MAX_COUNT: Final = 12
_TOKEN = re.compile(r"[^\W_][\w.'\u2019/*-]*")
_COUNT: Final = rf"(?:{'|'.join(COUNTS)}|[0-9]{{1,2}})"
_SEVERAL = re.compile(
    rf"\b(?:(?:(?:more|fewer|less) than|at (?:least|most)) {_COUNT}"
    rf"|{_COUNT} or (?:more|fewer|less))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """A word or name of a condition, as roots."""

    roots: frozenset[str]
    weight: float
    is_name: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition asks.

    Attributes:
        text: The condition, without when it is to hold.
        items: Its words and names, but for those of the kind, of a number and its unit.
        when: When it is to hold.
        question: The number or year that it compares.
        is_count: Whether that may be the number of rows.
        is_denied: Whether what it says is not to hold.
        areas: Countries and other areas that it names.
        is_or: Whether one of several things will do.
    """

    text: str
    items: tuple[Item, ...]
    when: str
    question: Question | None
    is_count: bool
    is_denied: bool
    areas: tuple[str, ...]
    is_or: bool

    @property
    def roots(self) -> frozenset[str]:
        """The roots of its items."""
        return frozenset[str]().union(*(each.roots for each in self.items))

    @property
    def names(self) -> frozenset[str]:
        """The roots of its names."""
        return frozenset[str]().union(*(each.roots for each in self.items if each.is_name))


class Rarity:
    """How rare words are in a room."""

    def __init__(self, index: Index) -> None:
        """Count the documents that have each word."""
        found = index.of_each("roots", lambda each: frozenset(roots_of(each.text)))
        self._times = Counter(root for roots in found for root in roots)
        self._most = math.log(2 + len(found))

    def of(self, root: str) -> float:
        """From 0.3 for a word that all documents have, or none, to 1."""
        times = self._times[root]
        weight = _RARE - math.log(1 + times) / self._most if times else LIGHT
        return max(LIGHT, min(1.0, weight))


@once()
def rarity_of(index: Index) -> Rarity:
    """How rare words are in a room; made once."""
    return Rarity(index)


def likeness(item: frozenset[str], found: frozenset[str]) -> float:
    """How well some roots have an item: itself, what means the same, or a compound with it."""
    if item <= found:
        return 1.0
    if len(item) > 1:
        return 0.0
    (word,) = item
    is_same = any(phrase <= found and weight >= _SAME for phrase, weight in same_as(word))
    is_like = is_same or any(_is_part(word, each) or _is_part(each, word) for each in found)
    return _SAME if is_like else 0.0


def _is_part(part: str, word: str) -> bool:
    """Whether a word is a compound with another: `downtime` with `down`."""
    is_long = len(part) >= _PART and len(word) - len(part) >= _REST
    return is_long and (word.startswith(part) or word.endswith(part))


def read(text: str, kind: Kind, rarity: Rarity) -> Asked:
    """Read a condition on entities of a kind."""
    bare = essence(text)
    bare = bare[:1].lower() + bare[1:] if bare[1:2].islower() else bare
    question = read_condition(bare)
    bare, when = without_year(bare)
    is_count = (
        question is not None
        and question.kind == "number"
        and not question.requested.dimension
        and question.bounds[0][1] <= _MAX_COUNT
        and _SEVERAL.search(bare) is not None
    )
    measured = question.description.partition(":")[2] if question else bare
    without = kind.words | EMPTY_ROOTS
    if question and question.requested.dimension:
        without |= frozenset(roots_of(question.unit))
    named = (each for each in areas_in(bare) if bare[each.start : each.end].istitle())
    return Asked(
        bare,
        _items(measured, without, rarity),
        when,
        question,
        is_count,
        without_stance(bare)[1] in {"denied", "past"},
        tuple(each.area for each in named),
        question is None and " or " in bare,
    )


def _items(text: str, without: frozenset[str], rarity: Rarity) -> tuple[Item, ...]:
    words: dict[str, float] = {}
    names: list[list[str]] = []
    end = -2
    for token in _TOKEN.finditer(text):
        roots = [each for each in roots_of(token[0]) if each not in without]
        goes_on = token.start() - end <= 1
        if token[0][0].isupper() or (goes_on and token[0][0].isdigit()):
            if not goes_on:
                names.append([])
            names[-1] += roots
            end = token.end()
        else:
            for each in roots:
                words[each] = LIGHT if each in LIGHT_ROOTS else rarity.of(each)
    # of the papers of a house, its name says little
    told = {frozenset(name): _NAME * max(map(rarity.of, name)) for name in names if name}
    items = [Item(roots, weight, is_name=True) for roots, weight in told.items()]
    items += [Item(frozenset({word}), weight, is_name=False) for word, weight in words.items()]
    return tuple(items)
