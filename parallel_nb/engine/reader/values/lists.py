"""Enumerations: `X, Y and Z`, with commas, semicolons or slashes between."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TOP_LEVEL = re.compile(
    r"\s*;\s*|\s*,\s*(?:and|or|&)\s+|\s*,\s+|\s+(?:and|or|&)\s+|\s+/\s+|\s+\u00b7\s+"
)
_SEMICOLON = re.compile(r"\s*;\s*(?:and\s+)?")
_AND = re.compile(r"\s*,?\s+(?:and|or|&)\s+|\s*,\s+")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_HEAD = re.compile(
    r"^(?:among others|for example|e\.g\.|including|such as|namely|and|both|mainly|chiefly)[,:]?\s+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[,;]?\s+(?:among others|and others|and more|etc\.?|amongst others)$", re.IGNORECASE
)
#: In a sentence: at least two short members before a last one joined by `and`/`or`.
_ITEM = r"[^\s,;:.()][^,;:.()]{0,48}?"
_SENTENCE_LIST = re.compile(
    rf"(?P<items>{_ITEM}(?:, {_ITEM})*,? (?:and|or) (?P<last>{_ITEM}))(?=[,.;:)]|$)"
)
_MAX_ITEMS: Final = 60


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The members of a list in a text."""

    start: int
    end: int
    items: tuple[str, ...]


def split_items(text: str) -> tuple[str, ...]:
    """The members of a fact's value, each without what stands in parentheses."""
    text = _TAIL.sub("", _ASIDE.sub("", text).strip().rstrip("."))
    pieces = _TOP_LEVEL.split(text)
    items = [_HEAD.sub("", piece.strip()).strip(' .,;"\u201c\u201d') for piece in pieces]
    return tuple(dict.fromkeys(item for item in items if item))[:_MAX_ITEMS]


def find_enumerations(text: str) -> list[Enumeration]:
    """The enumerations of a sentence, from two members on."""
    found = []
    for match in _SENTENCE_LIST.finditer(text):
        items = split_items(match["items"])
        if len(items) > 1:
            found.append(Enumeration(match.start(), match.end(), items))
    return found
