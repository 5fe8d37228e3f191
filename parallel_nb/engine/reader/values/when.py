"""Dates of a statement, those included that count from another: `on 13 March of that year`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import FoundDate, find_dates
from parallel_nb.engine.reader.pages import read_page

if TYPE_CHECKING:
    from parallel_nb.engine.reader.candidates import Place

_COUNTS: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_MONTH: Final = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
)
_RELATIVE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}) )?(?P<month>{_MONTH}) (?:of|in) (?P<that>that|the same) year\b"
    r"|\b(?:of|in|during) (?P<same>that|the same) year\b"
    rf"|\b(?P<count>{'|'.join(_COUNTS)}) years? (?:later|after (?:that|it))\b"
)


def dates_of(place: Place) -> list[FoundDate]:
    """The dates of a statement in their order."""
    found = find_dates(place.text)
    relative = list(_RELATIVE.finditer(place.text))
    if not relative:
        return found
    for match in relative:
        year = _year_before(place, found, match.start())
        if year is None:
            continue
        if count := match["count"]:
            found.append(FoundDate(match.start(), match.end(), year + _COUNTS[count]))
        elif month := match["month"]:
            whole = find_dates(f"{match['day'] or ''} {month} {year}".strip())
            found += [FoundDate(match.start(), match.end(), d.year, d.month, d.day) for d in whole]
        else:
            found.append(FoundDate(match.start(), match.end(), year))
    return sorted(found, key=lambda date: date.start)


def _year_before(place: Place, found: list[FoundDate], at: int) -> int | None:
    """The year last named before a place of a statement, or at the end of the one before."""
    before = [date.year for date in found if date.end <= at]
    if before:
        return before[-1]
    if place.unit.is_fact or not place.unit.number:
        return None
    last = read_page(place.document).units[place.unit.number - 1]
    named = [] if last.is_fact else find_dates(last.value)
    return named[-1].year if named else None
