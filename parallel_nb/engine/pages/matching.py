"""Where a passage stands in a text that has the same words in another form.

A passage was cut from what the engine has read: lines are joined there, hyphens at their ends are
gone, ligatures are letters, cells have bars between them. So letters and digits are compared and
nothing else, but for what parts two digits: 12.40 is not 1,240.

What is not found, or not surely, gives no span: the wrong words marked are worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters of a passage that are looked for; its beginning stands for a longer one.
MAX_PASSAGE: Final = 4_000
#: A passage is looked for in parts by this many letters, and a part has at least so many.
_SEED: Final = 8
_SHORTEST_RUN: Final = 12
#: So many places of a seed are tried.
_MOST_PLACES: Final = 16
#: Letters that are compared at once.
_STEP: Final = 64
#: The share of a passage that must stand in its parts; the rest has no number that is not there.
_MOST_OF_IT: Final = 0.85
#: A passage that goes on from page to page stands with so many letters on this one, and these at
#: most so far from its end or beginning: what each page repeats stands between.
_CROSSING_RUN: Final = 20
_EDGE: Final = 400
#: A shorter passage that stands several times on a page is not marked: it could be any of them.
_TELLING: Final = 12
#: The mark of a foot note stands at most so many letters from its sentence.
_NOTE_MARK: Final = 6
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
#: Signs that belong to a number when a digit stands on either side.
_IN_NUMBERS: Final = ".,'\u2019"


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters and digits of a text in one form, each with where in the text it stands."""

    text: str
    folded: str
    at: array[int] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Letters:
        """Fold a text: case, accents, width and ligatures make no difference.

        Examples:
            >>> Letters.of("The ﬁrst: EUR 1,240 | 56").folded
            'thefirsteur1,240 56'
        """
        folded: list[str] = []
        at = array("l")
        end = 0
        for index, character in enumerate(text):
            forms = _fold(character)
            if not forms:
                continue
            if folded and forms[0].isdigit() and folded[-1].isdigit() and index > end:
                between = text[end:index].strip("".join(_INVISIBLE) + " \r\n\t")
                folded.append(between if between in (".", ",") else " ")
                at.append(end)
            for form in forms:
                folded.append(form)
                at.append(index)
            end = index + 1
        return cls(text, "".join(folded), at)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text `folded[start:end]` stands."""
        return self.at[start], self.at[end - 1] + 1


#: Signs without any width, which part nothing.
_INVISIBLE: Final = ("\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff")


def _fold(character: str) -> str:
    if character.isascii():
        return character.lower() if character.isalnum() else ""
    forms = unicodedata.normalize("NFKD", character).casefold()
    return "".join(form for form in forms if form.isalnum())


@dataclass(frozen=True, slots=True)
class Found:
    """Where a passage stands."""

    #: Spans of the text, in the order of the passage; none where it cannot be placed.
    spans: tuple[tuple[int, int], ...] = ()
    #: How often the whole of it stands there.
    times: int = 0


def find_passage(passage: str, page: Letters) -> Found:
    r"""Find the words of a passage in a page.

    Args:
        passage: as the engine has read it.
        page: the text in which it is looked for.

    Returns:
        All places of the whole passage; else, where most of it stands there in parts or it goes
        over the end of the page, these parts; else none.

    Examples:
        >>> page = Letters.of("4.2 The annual rent\r\nis EUR 1,240 a year.")
        >>> find_passage("| annual rent | is EUR 1,240", page).spans
        ((8, 32),)
    """
    wanted = Letters.of(passage[:MAX_PASSAGE])
    if not wanted.folded:
        return Found()
    whole = tuple(page.span(start, end) for start, end in _whole(wanted.folded, page))
    if len(whole) > 1 and len(wanted.folded) < _TELLING:
        return Found((), len(whole))
    if whole:
        return Found(whole, len(whole))
    runs = _runs(wanted, page)
    if not runs or not (_are_most(runs, wanted, page) or _crosses(runs, wanted, page)):
        return Found()
    return Found(tuple(page.span(run.start, run.end) for run in runs))


def occurrences(words: str, page: Letters, most: int) -> list[tuple[int, int]]:
    """The first places of some words in a page, however short they are."""
    folded = Letters.of(words[:MAX_PASSAGE]).folded
    return [page.span(*place) for place in islice(_whole(folded, page), most)] if folded else []


def _whole(wanted: str, page: Letters) -> Iterator[tuple[int, int]]:
    start = page.folded.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _begins_word(page, start) and _ends_word(page, end):
            yield start, end
            start = page.folded.find(wanted, end)
        else:
            start = page.folded.find(wanted, start + 1)


def _begins_word(page: Letters, start: int) -> bool:
    at = page.at[start]
    before = page.text[max(0, at - 2) : at]
    first = page.text[at]
    if first.isdigit() and len(before) == 2 and before[1] in _IN_NUMBERS and before[0].isdigit():
        return False
    return not before or not _go_together(before[-1], first)


def _ends_word(page: Letters, end: int) -> bool:
    at = page.at[end - 1] + 1
    after = page.text[at : at + 2]
    last = page.text[at - 1]
    if last.isdigit() and len(after) == 2 and after[0] in _IN_NUMBERS and after[1].isdigit():
        return False
    return not after or not _go_together(last, after[0])


def _go_together(left: str, right: str) -> bool:
    """Whether two characters are of one word: digits, or letters of a script that has blanks."""
    if left.isdigit() and right.isdigit():
        return True
    cased = (c.lower() != c.upper() for c in (left, right))
    return left.isalpha() and right.isalpha() and all(cased)


@dataclass(frozen=True, slots=True)
class _Run:
    """A part of a passage that stands on a page, by the folded letters of both."""

    of: int
    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


def _runs(passage: Letters, page: Letters) -> list[_Run]:
    """The longest parts of a passage that stand on a page, one after the other, in whole words."""
    wanted, folded = passage.folded, page.folded
    starts = [of for of in range(len(wanted) - _SEED + 1) if _begins_word(passage, of)]
    places: dict[str, list[int]] = {wanted[of : of + _SEED]: [] for of in starts}
    for place in range(len(folded) - _SEED + 1):
        known = places.get(folded[place : place + _SEED])
        if known is not None and len(known) < _MOST_PLACES and _begins_word(page, place):
            known.append(place)
    runs: list[_Run] = []
    for of in starts:
        end, after = (runs[-1].of + runs[-1].length, runs[-1].end) if runs else (0, 0)
        if of < end:
            continue
        found = [
            _Run(of, place, _common(wanted, of, folded, place))
            for place in places[wanted[of : of + _SEED]]
        ]
        best = max(found, key=lambda run: (run.length, run.start >= after), default=None)
        length = best.length if best else 0
        while (
            best
            and length >= _SHORTEST_RUN
            and not (_ends_word(page, best.start + length) and _ends_word(passage, of + length))
        ):
            length -= 1
        if best and length >= _SHORTEST_RUN:
            runs.append(_Run(of, best.start, length))
    return runs


def _common(left: str, i: int, right: str, j: int) -> int:
    """How many letters two texts share from here on."""
    length = 0
    step = _STEP
    while step:
        one, other = (
            text[at + length : at + length + step] for text, at in ((left, i), (right, j))
        )
        if one == other and len(one) == step:
            length += step
        else:
            step //= 2
    return length


def _are_most(runs: list[_Run], wanted: Letters, page: Letters) -> bool:
    """Whether a passage stands on a page but for a few letters, with all its numbers."""
    last = runs[-1]
    left = len(wanted.folded) - last.of - last.length
    if sum(run.length for run in runs) < _MOST_OF_IT * len(wanted.folded):
        return False
    return _has_numbers(wanted.folded, runs, page, runs[0].of, left)


def _crosses(runs: list[_Run], wanted: Letters, page: Letters) -> bool:
    """Whether a passage begins on the page before, or ends on the next one."""
    first, last = runs[0], runs[-1]
    if max(run.length for run in runs) < _CROSSING_RUN:
        return False
    begins_here = first.of == 0 and len(page.folded) - last.end <= _EDGE
    ends_here = last.of + last.length == len(wanted.folded) and first.start <= _EDGE
    here = wanted.folded[first.of : last.of + last.length]
    return (begins_here or ends_here) and _has_numbers(here, runs, page)


def _has_numbers(
    words: str, runs: list[_Run], page: Letters, before: int = 0, after: int = 0
) -> bool:
    """Whether all numbers of some words stand where the parts of a passage do.

    The mark of a foot note may stand at another place there; another amount is another passage.
    """
    start = max(0, min(run.start for run in runs) - before - _NOTE_MARK)
    end = max(run.end for run in runs) + after + _NOTE_MARK
    return not Counter(_NUMBER.findall(words)) - Counter(_NUMBER.findall(page.folded[start:end]))
