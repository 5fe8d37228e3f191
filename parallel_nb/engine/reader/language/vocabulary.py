"""Which words mean the same in questions (`synonyms.txt`), and which have little meaning.

General vocabulary of questions, not of any one set of documents.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from parallel_nb.engine.corpus.words import STOP_STEMS, root, stems

#: Names, labels and sentences are asked for again and again; longer texts are not kept.
_ASKED_AGAIN: Final = 300
_FOUND = re.compile(r"\b[Ff]ound\b")
#: Whose stem is that of `response`.
_RESPONSIBLE = re.compile(r"\b([Rr]esponsib)(?:le|ly|ility|ilities)\b")
#: Words of questions that tell little about the answer.
_GENERIC: Final = """
name names full year number date day month currently total value list short exact
company firm corporation business country nation language programming database system element
chemical planet celestial body entity item person city which where when
form type sort class category status nature
given known up five four three two one six seven eight nine ten unit kind many much time
yyyy mm dd format numeric integer digit null unknown if available please give find return
most according count counts amount quantity page document research prefer tell question answer
facts data sheet history world
become came come became thing
"""
#: Words that single one out among several; they have less weight than the word beside them.
_MODIFIERS: Final = """
first last latest newest recent current today now main largest biggest highest former next
early original leading reigning sitting incumbent
"""


def roots(text: str) -> list[str]:
    """The words of a text in their order, without endings of any kind.

    Examples:
        >>> roots("founders, founding, discovery")
        ['found', 'found', 'discov']
    """
    return list(_roots(text) if len(text) <= _ASKED_AGAIN else _roots.__wrapped__(text))


@lru_cache(maxsize=20_000)
def _roots(text: str) -> tuple[str, ...]:
    return tuple(root(stem) for stem in stems(unambiguous(text)))


@lru_cache(maxsize=20_000)
def roots_of(text: str) -> frozenset[str]:
    """The roots of a text's words, as a set."""
    return frozenset(roots(text))


def unambiguous(text: str) -> str:
    """A text with `found` as `discover`: the root of `founded` is the same word, and the like."""
    text = _FOUND.sub("discover", text) if "ound" in text else text
    return _RESPONSIBLE.sub(r"\1", text) if "sponsib" in text else text


def text_key(text: str) -> str:
    """Equal for texts that differ in case, accents, endings and punctuation only.

    Examples:
        >>> text_key("Zürich, Town") == text_key("zurich town")
        True
    """
    return " ".join(roots(text))


STOP_ROOTS: Final = frozenset(root(stem) for stem in STOP_STEMS)
#: Roots with little meaning, such as those of the subject's class.
GENERIC_ROOTS: Final = frozenset(roots(_GENERIC)) - STOP_ROOTS
MODIFIER_ROOTS: Final = frozenset(roots(_MODIFIERS)) - STOP_ROOTS
#: Without its particle, `set up` would be any `set`, and `written by` any `written in`.
_PARTICLES: Final = frozenset(roots("up out over off into by in"))
#: Weights of a synonym and of a loose one (`began` for `founded`); the word itself has 1.
CLOSE, _LOOSE = 0.88, 0.55

#: Phrases with their weights; of each, the roots that must stand in a text.
Synonyms = tuple[tuple[frozenset[str], float], ...]


@lru_cache(maxsize=10_000)
def synonyms_of(phrase: tuple[str, ...]) -> Synonyms:
    """What may stand for a phrase, best and longest first, itself left out.

    Args:
        phrase: its roots in their order, without stop words.
    """
    known = _SYNONYMS.get(phrase, {})
    return tuple(
        sorted(
            ((words, weight) for words, weight in known.items() if words != frozenset(phrase)),
            key=lambda item: (-item[1], -len(item[0]), sorted(item[0])),
        )
    )


@lru_cache(maxsize=10_000)
def close_synonyms(word: str) -> frozenset[str]:
    """The single roots that mean the same as a root."""
    close = (words for words, weight in synonyms_of((word,)) if weight == CLOSE)
    return frozenset().union(*(words for words in close if len(words) == 1))


def _read_synonyms() -> dict[tuple[str, ...], dict[frozenset[str], float]]:
    """Each phrase of `synonyms.txt` with the phrases that may stand for it, and what they count."""
    found: dict[tuple[str, ...], dict[frozenset[str], float]] = {}
    for line in (Path(__file__).parent / "synonyms.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        close, _, loose = line.partition("||")
        phrases = [(phrase, CLOSE) for phrase in close.split("|")]
        phrases += [(phrase, _LOOSE) for phrase in loose.split("|") if phrase.strip()]
        for phrase, _ in phrases:
            synonyms = found.setdefault(_phrase_roots(phrase), {})
            for other, weight in phrases:
                words = _roots_in_text(other)
                if not words <= STOP_ROOTS:  # `most` stands anywhere
                    synonyms[words] = max(synonyms.get(words, 0.0), weight)
    return found


def _phrase_roots(text: str) -> tuple[str, ...]:
    return tuple(word for word in roots(text) if word not in STOP_ROOTS or word == "by")


def _roots_in_text(text: str) -> frozenset[str]:
    """The roots that must stand in a text for a phrase to be there."""
    words = frozenset(roots(text))
    kept = words - STOP_ROOTS
    return kept | (_PARTICLES & words) if len(kept) < 2 else kept


_SYNONYMS: Final = _read_synonyms()
#: The length of the longest phrase that has synonyms, in roots.
LONGEST_PHRASE: Final = max(len(phrase) for phrase in _SYNONYMS)
