"""Whose papers a room holds: the organisation that many of its documents name, and most of all.

Of `a sampler of Velding` among the papers of Velding, no statement repeats whose sampler it is; who
looks for firms among them looks for others, and `Tarnside Homes` in a title hints at no homes.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.names import has_legal_form, without_legal_form
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index

#: The part of the documents that name it, of how many at least, and how much more often than any
#: other organisation.
_MANY: Final = 0.4
_FEW: Final = 6
_MORE: Final = 1.5
_WORD = re.compile(r"[^\W\d_]{3,}")


def find_house(index: Index, names: Iterable[str]) -> frozenset[str]:
    """The roots of the house's name; none where no organisation is named so often.

    Args:
        index: the documents.
        names: what they name; a house is known by its legal form.
    """
    documents = index.of_each("words", _words)
    named = Counter(word for words in documents for word in words)
    bare = {without_legal_form(name).lower() for name in names if has_legal_form(name)}
    words_of = {name: _WORD.findall(name) for name in bare}
    times = {name: min(named[word] for word in words) for name, words in words_of.items() if words}
    if not times:
        return frozenset()
    house = max(sorted(times), key=lambda each: times[each])
    own = set(words_of[house])
    others = [count for name, count in times.items() if own.isdisjoint(words_of[name])]
    least = max(_FEW, _MANY * len(documents), _MORE * max(others, default=0))
    return frozenset(roots_of(house)) if times[house] >= least else frozenset()


def _words(document: Document) -> frozenset[str]:
    return frozenset(_WORD.findall(f"{document.title}\n{document.text}".lower()))
