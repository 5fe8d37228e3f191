"""The words of a query with their weights."""

from __future__ import annotations

import re
from typing import Final

from parallel_nb.engine.corpus.words import STOP_STEMS, stem, stems, word_set

#: Stems of verbs that many things do: beside a noun they say little of what is looked for.
_LIGHT_STEMS: Final = frozenset(
    word
    for text in word_set(
        """
        make build built sell sold use used need come run give get take find keep call named
        work offer provide produce belong store say said show contain include
        """
    )
    for word in stems(text)
)
#: `Which companies`, `all of the toy makers`: the kind of thing that a query asks for.
_KIND = re.compile(r"\s*(?:which|what|all)\s+(?:of\s+)?(?:the\s+)?((?:\w+\s*){1,3})", re.IGNORECASE)


def query_weights(text: str) -> dict[str, float]:
    """The weight of each word of a query, beside its rarity.

    `Which companies build aircraft?` looks for aircraft: the kind of thing that is asked
    for, and a verb that many things do, stand on pages about anything.

    Returns:
        Weights from 0 to 1 by stem, in the order of the text; stop words are left out.

    Examples:
        >>> query_weights("Which companies build aircraft?")
        {'compani': 0.3, 'build': 0.5, 'aircraft': 1.0}
    """
    kind = frozenset(stems(_kind_of(text)))
    return {
        word: 0.3 if word in kind else 0.5 if word in _LIGHT_STEMS else 1.0
        for word in dict.fromkeys(stems(text))
        if word not in STOP_STEMS
    }


def _kind_of(text: str) -> str:
    """The kind of thing that a query asks for: `companies`, or `makers` of `which toy makers`."""
    found = _KIND.match(text)
    if found is None:
        return ""
    words: list[str] = found[1].split()
    for before, word in zip(["", *words], words, strict=False):
        if stem(word) in STOP_STEMS | _LIGHT_STEMS:
            return before
        if word.endswith("s"):
            return word
    return words[0]
