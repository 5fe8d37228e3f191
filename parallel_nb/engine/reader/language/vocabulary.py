"""Which words mean the same in questions about things (`synonyms.txt`), and which mean little.

General vocabulary of questions, not of any one set of documents.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from parallel_nb.engine.corpus.words import STOP_STEMS, stems
from parallel_nb.engine.corpus.words import root as root_of

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
yyyy mm dd format numeric integer digit null unknown if available please give find return
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


def text_key(text: str) -> str:
    """Equal for texts that differ in case, accents, endings and punctuation only.

    Example:
        >>> text_key("Zürich, Town") == text_key("zurich town")
        True
    """
    return " ".join(roots(text))


STOP_ROOTS: Final = frozenset(root_of(word) for word in STOP_STEMS)
#: `main` counts a little, a noun of the subject's class hardly: all share one weight.
GENERIC_ROOTS: Final = frozenset(roots(_GENERIC)) - STOP_ROOTS

MODIFIER_ROOTS: Final = frozenset(roots(_MODIFIERS)) - STOP_ROOTS


#: Without its particle, `set up` would be any `set`, and `written by` any `written in`.
_PARTICLES: Final = frozenset(roots("up out over off into by in"))
#: What a synonym counts beside the word itself, and a loose one: `began` for `founded`.
CLOSE, _LOOSE = 0.88, 0.55

#: Phrases that may stand for another, with what each counts beside it.
Synonyms = dict[frozenset[str], float]


def _phrase(text: str) -> tuple[str, ...]:
    return tuple(root for root in roots(text) if root not in STOP_ROOTS or root == "by")


def _in_text(text: str) -> frozenset[str]:
    """The words that must stand in a text for a phrase to be there."""
    words = roots(text)
    kept = frozenset(w for w in words if w not in STOP_ROOTS)
    return kept | (_PARTICLES & frozenset(words)) if len(kept) < 2 else kept


def _read_groups() -> dict[tuple[str, ...], Synonyms]:
    """Each phrase with what may stand for it; behind `||` the loose ones of a group."""
    found: dict[tuple[str, ...], Synonyms] = {}
    for line in _GROUPS:
        close, _, loose = line.partition("||")
        worth = [(part, CLOSE) for part in close.split("|")]
        worth += [(part, _LOOSE) for part in loose.split("|") if part.strip()]
        for part, _ in worth:
            known = found.setdefault(_phrase(part), {})
            for other, value in worth:
                words = _in_text(other)
                if words <= STOP_ROOTS:
                    continue  # `most` stands anywhere
                known[words] = max(known.get(words, 0.0), value)
    return found


_ALTERNATIVES: Final = _read_groups()
LONGEST_PHRASE: Final = max(len(phrase) for phrase in _ALTERNATIVES)


@lru_cache(maxsize=10_000)
def close_synonyms(word: str) -> frozenset[str]:
    """The single words that mean the same as a word."""
    said = alternatives((word,))
    return frozenset(
        w for words, worth in said if worth == CLOSE and len(words) == 1 for w in words
    )


@lru_cache(maxsize=10_000)
def alternatives(phrase: tuple[str, ...]) -> tuple[tuple[frozenset[str], float], ...]:
    """What may stand for a phrase, best and longest first, itself left out."""
    known = _ALTERNATIVES.get(phrase, {})
    return tuple(
        sorted(
            ((words, worth) for words, worth in known.items() if words != frozenset(phrase)),
            key=lambda item: (-item[1], -len(item[0]), sorted(item[0])),
        )
    )
