"""Which documents have the same text, and which have nearly the same.

The same are those with the same letters and digits in the same order: a contract as Word and as
PDF. Nearly the same are those that share most of their runs of four words: a draft and what became
of it. They are told and no more, since the two words that differ may be the price.

The share of runs in common (Jaccard's) is estimated from the smallest hashes of each document: A.
Broder, "On the resemblance and containment of documents", 1997.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from array import array
from collections import Counter
from functools import lru_cache
from heapq import nsmallest
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Words that make a run, and hashes that are kept of a document.
_RUN: Final = 4
_HASHES: Final = 200
#: By how many of them others are looked up, how many of these they must share, how many documents
#: are remembered for each, since what stands at the foot of all mails tells nothing, and how many
#: documents are then compared.
_LOOKED_UP: Final = 40
_FEWEST_SHARED: Final = 15
_MOST_HOLDERS: Final = 100
_COMPARED_WITH: Final = 5
#: Words from which on two documents can be nearly the same.
_FEWEST_WORDS: Final = 30
#: The share of runs in common from which on they are. Two words changed in each 100 leave 0.85.
_NEARLY: Final = 0.8
#: And no more than this is said of texts that are not the same.
_MOST_OF_NEAR: Final = 0.99
#: Characters of a document that are compared.
_COMPARED: Final = 1_000_000
_WORD: Final = re.compile(r"\w+")


class Sketch(msgspec.Struct, frozen=True, array_like=True):
    """What of a text is compared with others."""

    #: The same for the same letters and digits.
    digest: bytes
    #: The smallest hashes of its runs of words, smallest first; none of a short text.
    hashes: tuple[int, ...]


class Duplicate(NamedTuple):
    """A document of the same, or nearly the same text."""

    #: The first of them, by its number.
    of: int
    #: Of their runs of words, the share that both have; 1 for the same text.
    share: float


def sketch(text: str, title: str = "") -> Sketch:
    r"""Read a text for the comparison.

    A short text counts with its title: two records that say "none" are two.

    Examples:
        >>> sketch("# The Rent\n\nis 5.") == sketch("The rent is | 5 |")
        True
    """
    words = _words(text)
    hashes: list[int] = []
    if len(words) >= _FEWEST_WORDS:
        codes = [_code(word) for word in words]
        # hashes of tuples of numbers are the same in every process, unlike those of texts
        runs = map(hash, zip(*(codes[n:] for n in range(_RUN)), strict=False))
        hashes = sorted(set(runs))[:_HASHES]
    else:
        words = _words(title) + words
    return Sketch(_digest(words), tuple(hashes))


def find_duplicates(sketches: Iterable[tuple[int, Sketch]]) -> dict[int, Duplicate]:
    """The documents that repeat an earlier one.

    Args:
        sketches: of each document its number and its text.

    Returns:
        Of each that does, which one.
    """
    found: dict[int, Duplicate] = {}
    by_digest: dict[bytes, int] = {}
    # a tenth of what numbers take in tuples: a room may have 100,000 documents
    kept = [(number, each.digest, array("q", each.hashes)) for number, each in sketches]
    repeated = _repeated(value for _, _, hashes in kept for value in hashes[:_LOOKED_UP])
    #: The documents that repeat none, and which of them has a hash that another has too.
    first: dict[int, array[int]] = {}
    having: dict[int, list[int]] = {}
    for number, digest, hashes in kept:
        if (same := by_digest.setdefault(digest, number)) != number:
            found[number] = Duplicate(same, 1.0)
            continue
        smallest = repeated.intersection(hashes[:_LOOKED_UP])
        counts = Counter(other for value in smallest for other in having.get(value, ()))
        near = [o for o, count in counts.most_common(_COMPARED_WITH) if count >= _FEWEST_SHARED]
        shares = ((_share(frozenset(hashes), frozenset(first[other])), -other) for other in near)
        share, nearest = max(shares, default=(0.0, 0))
        if share >= _NEARLY:
            found[number] = Duplicate(-nearest, min(share, _MOST_OF_NEAR))
            continue
        first[number] = hashes
        for value in smallest:
            holders = having.setdefault(value, [])
            if len(holders) < _MOST_HOLDERS:
                holders.append(number)
    return found


def _repeated(values: Iterable[int]) -> set[int]:
    """Those that come more than once."""
    return {one for one, other in pairwise(sorted(values)) if one == other}


def _share(one: frozenset[int], other: frozenset[int]) -> float:
    """Jaccard's share of two documents, by the smallest hashes of both together."""
    both = nsmallest(_HASHES, one | other)
    return sum(value in one and value in other for value in both) / len(both)


@lru_cache(maxsize=100_000)
def _code(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text[:_COMPARED]).casefold())


def _digest(words: list[str]) -> bytes:
    # a cell that is merged from several has its word in each of them, in some formats
    joined = "".join(word for word, _ in groupby(words)).replace("_", "")
    return hashlib.sha256(joined.encode("utf-8", "replace")).digest()[:16]
