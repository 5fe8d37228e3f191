"""What a processor does for its price: how much is read, how many sources must agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Effort:
    """The work of one processor on one run."""

    #: Documents that are read for one run, at most.
    pages: int
    #: Documents that must say the same before a value counts as highly confident.
    agree: int
    #: Facts that an answer without a schema reports, at most.
    facts: int
    #: Sentences that a text answer quotes, at most.
    sentences: int


_EFFORTS: Final = {
    "lite": Effort(pages=3, agree=1, facts=4, sentences=2),
    "base": Effort(pages=6, agree=1, facts=6, sentences=3),
    "core": Effort(pages=10, agree=1, facts=10, sentences=4),
    "core2x": Effort(pages=14, agree=1, facts=12, sentences=4),
    "pro": Effort(pages=20, agree=2, facts=20, sentences=5),
    "ultra": Effort(pages=30, agree=2, facts=20, sentences=5),
    "ultra2x": Effort(pages=40, agree=2, facts=25, sentences=5),
    "ultra4x": Effort(pages=60, agree=3, facts=25, sentences=5),
    "ultra8x": Effort(pages=100, agree=3, facts=25, sentences=5),
}


def effort_of(processor: str) -> Effort:
    """The effort of a processor; a `-fast` twin reads two thirds of the pages."""
    effort = _EFFORTS.get(processor.removesuffix("-fast"), _EFFORTS["base"])
    if processor.endswith("-fast"):
        pages = max(2, effort.pages * 2 // 3)
        return Effort(pages, effort.agree, effort.facts, effort.sentences)
    return effort
