"""Which words mean the same in questions about things (`synonyms.txt`), and which mean little.

General vocabulary of questions, not of any one set of documents.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from parallel_nb.embedded.words import STOP_STEMS, stems
from parallel_nb.embedded.words import root as root_of

_GROUPS: Final = [
    line
    for line in (Path(__file__).parent / "synonyms.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
#: Words of questions that tell little about the answer.
_GENERIC: Final = """
name names full year number date day month currently total value list short exact
company firm corporation business country nation language programming database system element
chemical planet celestial body entity item person city which where when
given known up five four three two one six seven eight nine ten unit kind many much time
iso yyyy mm dd format numeric integer digit null unknown if available please give find return
most according count counts amount quantity page document research prefer tell question answer
facts data sheet history world
become came come became thing
"""
#: Words that tell one among several; they count, but less than what they stand beside.
_MODIFIERS: Final = """
first last latest newest recent current today now main largest biggest highest former next
early original leading reigning sitting incumbent
"""


def roots(text: str) -> list[str]:
    """The words of a text without endings of any kind, in their order."""
    return [root_of(word) for word in stems(text)]


STOP_ROOTS: Final = frozenset(root_of(word) for word in STOP_STEMS)
#: `main` counts a little, a noun of the subject's class hardly: all share one weight.
GENERIC: Final = frozenset(roots(_GENERIC)) - STOP_ROOTS

MODIFIERS: Final = frozenset(roots(_MODIFIERS)) - STOP_ROOTS


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(root for root in roots(text) if root not in STOP_ROOTS or root == "by")


def _read_groups() -> dict[tuple[str, ...], frozenset[frozenset[str]]]:
    alternatives: dict[tuple[str, ...], frozenset[frozenset[str]]] = {}
    for line in _GROUPS:
        phrases = [_phrase(part) for part in line.split("|")]
        group = frozenset(frozenset(phrase) - {"by"} for phrase in phrases)
        for phrase in phrases:
            alternatives[phrase] = alternatives.get(phrase, frozenset()) | group
    return alternatives


_ALTERNATIVES: Final = _read_groups()
LONGEST_PHRASE: Final = max(len(phrase) for phrase in _ALTERNATIVES)


@lru_cache(maxsize=10_000)
def alternatives(phrase: tuple[str, ...]) -> frozenset[frozenset[str]]:
    """What may stand for a phrase, itself left out; empty for an unknown one."""
    return _ALTERNATIVES.get(phrase, frozenset()) - {frozenset(phrase)}
