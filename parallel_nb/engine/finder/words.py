"""Words of questions and documents without their endings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import STOP_STEMS, root, stems

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Verbs whose forms have no common root; others are known to `corpus.words.root`.
_IRREGULAR: Final = """
begin began begun, bring brought, come came, draw drew drawn, drive drove driven, fall fell fallen,
fly flew flown, give gave given, go went gone, keep kept, lead led, make made, meet met, rise rose
risen, run ran, say said, sell sold, send sent, shrink shrank shrunk, sing sang sung, sink sank
sunk, speak spoke spoken, spend spent, stand stood, swim swam swum, take took taken, teach taught,
tell told, think thought, throw threw thrown, wear wore worn, withdraw withdrew withdrawn, write
wrote written
"""
_PARTICLES: Final = frozenset(stems("up out over off into by"))
#: What was founded was not found.
_FOUNDED = re.compile(r"\b(?:[Cc]o-)?[Ff]ounded\b")
#: Verbs that mean something else with a particle.
_PHRASES: Final = {"down": "refused", "off": "cancelled", "over": "acquired"}
_PHRASAL = re.compile(r"\b(?:turn(?:s|ed)? down|call(?:s|ed)? off|t(?:ake(?:s|n)?|ook) over)\b")


def roots_of(text: str) -> list[str]:
    """The words of a text in their order without endings; stop words are left out.

    Examples:
        >>> roots_of("The bought breweries") == roots_of("buying a brewery")
        True
    """
    plain = _FOUNDED.sub("established", text)
    plain = _PHRASAL.sub(lambda found: _PHRASES[found[0].rpartition(" ")[2]], plain)
    return [root_of(stem) for stem in stems(plain) if stem not in STOP_STEMS]


def words_in(text: str) -> frozenset[str]:
    """The roots of a text with the particles of its verbs: `set up` is no `set`."""
    return frozenset(roots_of(text)) | (_PARTICLES & frozenset(stems(text)))


def root_of(stem: str) -> str:
    """The root of a stem; the forms of a verb such as `drive` have one, and so has the driver."""
    bare = root(stem)
    return _ROOTS.get(stem) or _ROOTS.get(f"{bare}e") or bare


def as_root(word: str) -> str:
    """A root as `roots_of` gives it, of one that another part of the engine has made."""
    return _ROOTS.get(word, word)


def places_of(word: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a word stands whole in a text, in characters."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        around = (text[max(0, start - 1) : start], text[end : end + 1])
        if not any(c == "_" or c.isalnum() for c in around):
            yield start, end
        start = text.find(word, end)


def _irregular() -> dict[str, str]:
    verbs = [stems(forms) for forms in _IRREGULAR.split(",")]
    return {stem: root(forms[0]) for forms in verbs for stem in forms}


#: A policy has the root of the police otherwise.
_ROOTS: Final = _irregular() | {"polici": "policy"}
