"""Days that a text gives without their year, or in figures: `1 March`, `last Friday`, `31/12/2042`.

They count from the day on which the text was written, and by the order of its other dates.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import MONTHS, FoundDate, find_dates, whole_date

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.corpus.documents import Document

#: Small numbers of years in words.
COUNTS: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
#: A day without its year: `Friday, 30 August`, `1 March`, `March 1st`.
_DAY_OF_YEAR = re.compile(
    rf"(?:\b(?P<weekday>{'|'.join(_WEEKDAYS)}),? (?:the )?)?"
    rf"(?:(?<![\d.,:/])\b(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<month>{'|'.join(MONTHS)})"
    rf"|\b(?P<month_first>{'|'.join(MONTHS)}) (?P<day_behind>[0-3]?\d)(?:st|nd|rd|th)?)"
    r"\b(?!,? \d{4}|\d|[.,:]\d)",
    re.IGNORECASE,
)
#: A day that is counted from the day on which the text was written.
_NEAR_DAY = re.compile(
    rf"\b(?:(?P<near>yesterday|today|tomorrow)|(?P<which>last|next) (?P<name>{'|'.join(_WEEKDAYS)})(?!,? (?:the )?\d))\b",
    re.IGNORECASE,
)
_NEAR: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}
#: `last year`, `three years ago`.
_NEAR_YEAR = re.compile(
    rf"\b(?:(?P<which>last|this|next) year|(?P<count>{'|'.join(COUNTS)}|\d{{1,2}}) years ago)(?!['\u2019])\b",
    re.IGNORECASE,
)
_YEARS: Final = {"last": -1, "this": 0, "next": 1}
#: What has not happened yet when a text is written.
_WILL_BE = re.compile(r"\b(?:will|shall|is to|are to|to be|next|planned|expected)\b", re.IGNORECASE)
_TO_COME = re.compile(
    r"\b(?:due|until|by|from|begins?|starts?|opens?|closes?|ends?)\b",
    re.IGNORECASE,
)
#: `31/12/2042`: which is the day, the document's other dates tell.
_SLASHED = re.compile(
    r"(?<![\d/.])(?P<first>[0-3]?\d)/(?P<second>[0-3]?\d)/(?P<year>(?:19|20)\d\d)(?![\d/])"
)
#: Where the day of a letter or of minutes stands, in characters.
_HEAD: Final = 400
#: How far before a day its verb stands, in characters.
_VERB_BEFORE: Final = 45


def counted_dates(
    text: str, document: Document, found: list[FoundDate], *, day_first: bool | None = None
) -> list[FoundDate]:
    """The dates of a text that only its document makes whole.

    Args:
        text: a statement of the document.
        document: says when it was written, and in which order it writes day and month.
        found: the dates that the text gives whole.
        day_first: the order of the other documents, where this one does not tell.
    """
    return [*_from_writing(text, document, found), *_slashed(text, document, day_first)]


def day_stands_first(documents: Iterable[Document]) -> bool | None:
    """Whether documents write the day before the month; None where none tells, or they differ."""
    orders = {_day_stands_first(document) for document in documents} - {None}
    return orders.pop() if len(orders) == 1 else None


def _from_writing(text: str, document: Document, found: list[FoundDate]) -> list[FoundDate]:
    days = [m for m in _DAY_OF_YEAR.finditer(text) if not _overlaps(m, found)]
    near, years = list(_NEAR_DAY.finditer(text)), list(_NEAR_YEAR.finditer(text))
    written = written_on(document) if days or near or years else None
    if written is None:
        return []
    dated = [(m, _day_of_year(m, written, text)) for m in days]
    dated += [(m, _near_day(m, written)) for m in near]
    dates = [FoundDate(m.start(), m.end(), d.year, d.month, d.day) for m, d in dated if d]
    return dates + [FoundDate(m.start(), m.end(), _near_year(m, written)) for m in years]


def _overlaps(match: re.Match[str], found: list[FoundDate]) -> bool:
    return any(date.start < match.end() and match.start() < date.end for date in found)


@lru_cache(maxsize=2_000)
def written_on(document: Document) -> dt.date | None:
    """The day on which a document was written: its own, or the last that its head gives."""
    if day := whole_date(document.date or ""):
        return dt.date.fromisoformat(day)
    days = [date.iso for date in find_dates(document.text[:_HEAD]) if date.is_complete]
    return dt.date.fromisoformat(max(days)) if days else None


def days_without_year(text: str) -> list[tuple[int, int]]:
    """Where days stand without their year, in characters: `19 April`."""
    return [match.span() for match in _DAY_OF_YEAR.finditer(text)]


@lru_cache(maxsize=2_000)
def _day_stands_first(document: Document) -> bool | None:
    """Whether `03/04/2015` is in April, by the document's other dates; None where none tells."""
    parts = [(int(m["first"]), int(m["second"])) for m in _SLASHED.finditer(document.text)]
    # dates that cannot be, as `13/14/2015`, tell nothing
    parts = [(a, b) for a, b in parts if a <= 12 or b <= 12]
    day_first, month_first = any(a > 12 for a, _ in parts), any(b > 12 for _, b in parts)
    return None if day_first == month_first else day_first


def _slashed(text: str, document: Document, day_first: bool | None) -> Iterator[FoundDate]:  # noqa: FBT001 - passed on
    """Dates such as `31/12/2042`, where the document, or else the room, tells day from month."""
    for match in _SLASHED.finditer(text):
        day, month, year = int(match["first"]), int(match["second"]), int(match["year"])
        order = _day_stands_first(document)
        order = day_first if order is None else order
        if order is None:
            continue
        if not order:
            day, month = month, day
        try:
            dt.date(year, month, day)
        except ValueError:
            continue
        yield FoundDate(match.start(), match.end(), year, month, day)


def _day_of_year(match: re.Match[str], written: dt.date, text: str) -> dt.date | None:
    """The day of that name nearest to the writing: the weekday decides, else past or future."""
    month = (match["month"] or match["month_first"]).capitalize()
    number = int(match["day"] or match["day_behind"])
    days = []
    for year in (written.year - 1, written.year, written.year + 1):
        try:
            days.append(dt.date(year, MONTHS.index(month) + 1, number))
        except ValueError:
            continue
    if weekday := match["weekday"]:
        days = [day for day in days if day.weekday() == _WEEKDAYS.index(weekday.lower())]
    before = text[max(0, match.start() - _VERB_BEFORE) : match.start()]
    if not match["weekday"] and _WILL_BE.search(before):
        days = [day for day in days if day >= written]
    elif not match["weekday"] and not _TO_COME.search(before):
        days = [day for day in days if day <= written]
    return min(days, key=lambda day: abs(day - written), default=None)


def _near_day(match: re.Match[str], written: dt.date) -> dt.date:
    if near := match["near"]:
        return written + dt.timedelta(_NEAR[near.lower()])
    ahead = (_WEEKDAYS.index(match["name"].lower()) - written.weekday()) % 7
    if match["which"].lower() == "next":
        return written + dt.timedelta(ahead or 7)
    return written - dt.timedelta((-ahead) % 7 or 7)


def _near_year(match: re.Match[str], written: dt.date) -> int:
    if which := match["which"]:
        return written.year + _YEARS[which.lower()]
    count = match["count"].lower()
    return written.year - (int(count) if count.isdigit() else COUNTS[count])
