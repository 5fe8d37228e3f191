"""Dates in text: `2015-05-15`, `15 May 2015`, `May 15th, 2015`, `May 2015`, `2015`.

Only what the text says is read: a month without a day stays a month. Numeric dates whose
order cannot be known (`03/04/2015`) are left out rather than guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from parallel_nb.engine.corpus.kept import kept_for_sentences

#: The keys under which a text says when it was published, the surest first.
PUBLISHED: Final = (
    "publish_date", "published", "date", "publish-date", "publication_date", "pubdate",
)  # fmt: skip
#: The English names of the months, January first.
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_MONTH_NUMBER: Final = {
    **{name.lower(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].lower(): number for number, name in enumerate(MONTHS, 1)},
    "sept": 9,
}
_MONTH = r"(?P<{}>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Jun\.|Jul\.|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"  # noqa: E501 - one pattern reads best in one line
_YEAR = r"(?P<{}>(?:1[0-9]{{3}}|20[0-9]{{2}}))(?![0-9]|,[0-9]{{3}})"
_DAY = r"(?P<{}>[0-3]?[0-9])(?:st|nd|rd|th)?"
_FORMS: Final = (
    r"(?<![0-9.,])(?<![0-9]-)(?P<y1>(?:1[0-9]{3}|20[0-9]{2}))[-/.](?P<m1>[01]?[0-9])[-/.](?P<d1>[0-3]?[0-9])(?![0-9])",
    (
        rf"(?<![0-9.,]){_DAY.format('d2')}(?:(?: of)? |[-/]){_MONTH.format('m2')}"
        rf"(?:,? |[-/]){_YEAR.format('y2')}"
    ),
    rf"\b{_MONTH.format('m3')} {_DAY.format('d3')},? {_YEAR.format('y3')}",
    rf"\b{_MONTH.format('m4')},? {_YEAR.format('y4')}",
    r"(?<![0-9.,])(?<![0-9]-)(?P<y5>(?:1[0-9]{3}|20[0-9]{2}))-(?P<m5>0[1-9]|1[0-2])(?![0-9-])",
    # the day first where dots part them: `21.08.2023`
    r"(?<![0-9.,])(?P<d7>[0-3]?[0-9])\.(?P<m7>[01]?[0-9])\.(?P<y7>(?:19|20)[0-9]{2})(?![0-9])",
    (
        r"(?<![0-9.,\u00a0$\u20ac\u00a3-])(?P<y6>(?:1[0-9]{3}|20[0-9]{2}))"
        r"(?![0-9]|[.,][0-9]|%| ?(?:km|m|kg|g|K|\u00b0)\b)"
    ),
)
_DATE: Final = re.compile("|".join(_FORMS))


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text, as exact as the text says it."""

    #: Where it stands, in characters.
    start: int
    end: int
    year: int
    month: int | None = None
    day: int | None = None

    @property
    def iso(self) -> str:
        """`YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
        parts = [f"{self.year:04}"]
        if self.month:
            parts.append(f"{self.month:02}")
            if self.day:
                parts.append(f"{self.day:02}")
        return "-".join(parts)

    @property
    def is_complete(self) -> bool:
        """True when the text names the day."""
        return self.day is not None


def find_dates(text: str) -> list[FoundDate]:
    """Every date in `text`, in its order; impossible ones (31 February) are left out.

    Examples:
        >>> [date.iso for date in find_dates("Founded in May 1949, listed on 3 June 1951.")]
        ['1949-05', '1951-06-03']
    """
    return list(_dates(text))


@kept_for_sentences()
def _dates(text: str) -> tuple[FoundDate, ...]:
    dates = (_date(match) for match in _DATE.finditer(text))
    return tuple(date for date in dates if date is not None)


def _date(match: re.Match[str]) -> FoundDate | None:
    """The date that a match stands for; None for one that no calendar has."""
    parts = {key[0]: value for key, value in match.groupdict().items() if value is not None}
    year = int(parts["y"])
    month = _month(parts["m"]) if "m" in parts else None
    day = int(parts["d"]) if "d" in parts else None
    try:
        dt.date(year, month or 1, day or 1)
    except ValueError:
        return None
    return FoundDate(match.start(), match.end(), year, month, day)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return _MONTH_NUMBER[text.rstrip(".").lower()]


def whole_date(text: str) -> str | None:
    """The first date with a day in `text` as YYYY-MM-DD, or None.

    Examples:
        >>> whole_date("minutes-2023-04-05")
        '2023-04-05'
    """
    return next((date.iso for date in find_dates(text) if date.is_complete), None)
