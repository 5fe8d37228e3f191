"""How money, counts, spans of time and shortened text are written: everywhere in the same way.

Plain functions from a number or a text to words, below every other room. What a widget shows is
made here too and sent as ready words, so that Python and TypeScript cannot disagree.
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What stands for a character that must not be shown as it is.
REPLACEMENT: Final = "\ufffd"
# C0 and C1 controls but for tab and line ends; marks, overrides, embeddings and isolates of the
# direction of writing; invisible "tag" characters, non-characters, lone surrogates, object
# replacement.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
    "\ufff9-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_MINUTE: Final = 60.0
_HOUR: Final = 3600.0
#: Amounts below this are written to a hundredth of a cent, where they have one: a run of `lite`
#: costs half a cent, and $0.075 must not read as $0.07 or $0.08.
_EXACT_BELOW: Final = 10
#: A number from here on is grouped: a shorter one may be a year.
GROUPED_FROM: Final = 10_000
#: From here on a float is no longer exact.
_EXACT: Final = 1e15
#: Of a message, and of a remedy: both with their heads fit one screen.
_SCREEN_CHARS: Final = 1200
_SCREEN_LINES: Final = 15
#: No guess of a time is longer, in seconds: about 116 days.
_LONGEST: Final = 1e7


def money(usd: float) -> str:
    """An amount in USD.

    Two decimals, or up to four where the amount is below $10 and cents would round it. NaN is what
    has no published price.

    >>> money(0), money(5), money(0.075), money(1.025), money(1234.5)
    ('$0.00', '$5.00', '$0.075', '$1.025', '$1,234.50')
    """
    if math.isnan(usd):
        return "an unpublished amount"
    if abs(usd) >= _EXACT:
        return f"${usd:,.0f}"
    amount = Decimal(repr(float(usd)))
    step = Decimal("0.0001") if abs(amount) < _EXACT_BELOW else Decimal("0.01")
    text = f"{amount.quantize(step, ROUND_HALF_UP):,f}"
    while text[-3] != ".":  # four decimals: drop trailing zeros, but keep the cents
        if not text.endswith("0"):
            break
        text = text[:-1]
    return f"${text}"


def number(value: float) -> str:
    """A number with thousands separators from five digits on.

    >>> number(1556000), number(1932), number(0.25), number(65.9e9)
    ('1,556,000', '1932', '0.25', '65,900,000,000')
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    return f"{value:,}" if abs(value) >= GROUPED_FROM else str(value)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun.

    >>> count(1, "row"), count(1000, "row"), count(2, "query", "queries")
    ('1 row', '1,000 rows', '2 queries')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def size(bytes_: int) -> str:
    """An amount of data in one unit, as file managers write it.

    >>> size(900), size(64 * 1024 * 1024)
    ('900 B', '64 MB')
    """
    amount, unit = float(bytes_), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"


def duration(seconds: float) -> str:
    """A span of time in one unit; at least a second.

    >>> duration(45), duration(300), duration(5400)
    ('45 s', '5 min', '1.5 h')
    """
    if seconds < 1.5 * _MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 1.5 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    return f"{seconds / _HOUR:.1f} h".replace(".0 h", " h")


def age(then: float, now: float) -> str:
    """How long ago something was, from two moments in seconds since 1970; days are local ones.

    >>> age(1000, 1030), age(0, 600), age(0, 7200)
    ('just now', '10 min ago', '2 h ago')
    """
    seconds = now - then
    if seconds < _MINUTE:
        return "just now"
    if seconds < 1.5 * _HOUR:
        return f"{round(seconds / _MINUTE)} min ago"
    day, today = (datetime.fromtimestamp(t).astimezone().date() for t in (then, now))
    days = (today - day).days
    if days == 0 or seconds < 6 * _HOUR:
        return f"{round(seconds / _HOUR)} h ago"
    if days == 1:
        return "yesterday"
    return f"{day:%Y-%m-%d}" if days > 6 else f"{days} days ago"


def time_left(eta: tuple[float, float, float] | None) -> str:
    """What remains, from a low, a best and a high guess in seconds; "" without a guess.

    >>> time_left((240, 300, 420))
    'about 5 min left (4 to 7)'
    """
    if eta is None:
        return ""
    low, best, high = (_bounded(value) for value in eta)
    unit = 1.0 if best < 1.5 * _MINUTE else _MINUTE if best < 1.5 * _HOUR else _HOUR
    near, far = (_figure(value / unit) for value in (low, high))
    span = f" ({near} to {far})" if near != far else ""
    return f"about {duration(best)} left{span}"


def rate(rows_per_second: float | None) -> str:
    """A pace, slow ones by the minute; "" before there is one.

    >>> rate(1.8), rate(0.05), rate(None)
    ('1.8 rows/s', '3.0 rows/min', '')
    """
    pace = rows_per_second
    if pace is None or not math.isfinite(pace) or pace <= 0:
        return ""
    if pace < 0.1:
        return f"{pace * _MINUTE:.1f} rows/min"
    return f"{pace:,.0f} rows/s" if pace >= 10 else f"{pace:.1f} rows/s"


def shorten(text: str, limit: int) -> str:
    """One line of at most `limit` characters: white space folded, the rest cut with "…".

    >>> shorten("who leads the  company?", 12)
    'who leads t…'
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def one_screen(text: str) -> str:
    """Text as it is where it fits a terminal of 24 lines beside its head; else its beginning.

    >>> one_screen("a word"), len(one_screen("x" * 10_000))
    ('a word', 1200)
    """
    if len(text) > _SCREEN_CHARS:
        text = f"{text[: _SCREEN_CHARS - 1].rstrip()}…"
    lines = text.splitlines()
    if len(lines) <= _SCREEN_LINES:
        return text
    return "\n".join(
        [*lines[: _SCREEN_LINES - 1], f"… and {len(lines) - _SCREEN_LINES + 1} more lines"]
    )


def harmless(text: str) -> str:
    r"""Text in which nothing hides, turns the line around or moves a terminal's cursor.

    White space and line ends stay; each other control becomes U+FFFD.

    >>> harmless("red \x1b[31m text")
    'red \ufffd[31m text'
    """
    return _CONTROLS.sub(REPLACEMENT, text)


def harmless_lines(text: str) -> str:
    r"""The same with "\n" as the only line end: "\r" would write over a line on a terminal."""
    return "\n".join(harmless(line) for line in text.splitlines())


def did_you_mean(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """A question that names the nearest of the known words; "" where none is near.

    It ends in a space, to stand before the rest of a remedy. `cutoff` is that of difflib.

    >>> did_you_mean("bsae", ["lite", "base"]), did_you_mean("xyz", ["lite", "base"])
    ("Did you mean 'base'? ", '')
    """
    near = get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"Did you mean {near[0]!r}? " if near else ""


def _bounded(seconds: float) -> float:
    return min(max(seconds, 0.0), _LONGEST) if math.isfinite(seconds) else _LONGEST


def _figure(value: float) -> str:
    return f"{value:.1f}" if value < 2 and value != round(value) else f"{round(value):,}"
