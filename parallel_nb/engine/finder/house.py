"""Whose papers a room holds: the organisation that nearly all of its documents name.

Of `a sampler of Velding` among the papers of Velding, no statement repeats whose sampler it is, and
who looks for firms among them looks for others.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.entities import catalogue
from parallel_nb.engine.finder.names import has_legal_form, without_legal_form
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.index.fulltext import Index

#: The part of the documents that name it, of how many at least, and how much more often than any
#: other organisation.
_MANY: Final = 0.4
_FEW: Final = 6
_MORE: Final = 1.5
_WORD = re.compile(r"[^\W\d_]{3,}")


def without_house(claim: Claim, index: Index) -> Claim:
    """A claim that does not ask for the name of the house, if it asks for anything else."""
    house = house_of(index)
    names = tuple(name for name in claim.names if not name <= house)
    if len(names) == len(claim.names) and not claim.others:
        return claim
    others = tuple(without_house(each, index) for each in claim.others)
    return replace(claim, names=names, others=others) if names or claim.words else claim


@lru_cache(maxsize=2)
def house_of(index: Index) -> frozenset[str]:
    """The roots of the house's name; none where no organisation is named nearly everywhere."""
    documents = index.of_each("words", _words)
    named = Counter(word for words in documents for word in words)
    times: dict[str, int] = {}
    for entity in catalogue(index).entities.values():
        if any(has_legal_form(each.name) for each in entity.mentions):
            name = " ".join(_WORD.findall(without_legal_form(entity.name).lower()))
            times[name] = min((named[word] for word in name.split()), default=0)
    if not times:
        return frozenset()
    house = max(times, key=lambda each: times[each])
    own = set(house.split())
    second = max((count for name, count in times.items() if own.isdisjoint(name.split())), default=0)
    is_house = times[house] >= max(_FEW, _MANY * len(documents), _MORE * second)
    return frozenset(roots_of(house)) if is_house else frozenset()


def _words(document: Document) -> frozenset[str]:
    return frozenset(_WORD.findall(f"{document.title}\n{document.text}".lower()))
