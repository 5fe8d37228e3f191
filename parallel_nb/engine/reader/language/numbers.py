"""Numbers in text with their scale and unit: `68.4 million`, `£3.2m`, `thirty-one`, `-38.83 °C`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.reader.language.units import SCALES, unit_at

if TYPE_CHECKING:
    from parallel_nb.engine.reader.language.units import RequestedUnit

_UP_TO_TWENTY: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
SMALL: Final = {word: float(value) for value, word in enumerate(_UP_TO_TWENTY.split())}
_TENS: Final = {
    word: 10.0 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}
_MULTIPLES: Final = {
    "hundred": 100.0, "dozen": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9,
}  # fmt: skip
_VALUES: Final = {**SMALL, **_TENS, **_MULTIPLES, "half": 0.5, "no": 0.0}
_CURRENCIES: Final = {
    "$": "money:USD", "US$": "money:USD", "€": "money:EUR", "£": "money:GBP", "¥": "money:JPY",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.,/])(?<![A-Za-z]-)(?P<currency>US\$|A\$|C\$|NZ\$|\$|€|£|¥|(?:USD|EUR|CHF|GBP|JPY) )?"
    r"(?P<sign>[-\u2212\u2013](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[\u00a0\u202f\u2009'\u2019]\d{3})+(?:\.\d+)?"
    r"|[1-9]\d{0,2}(?: \d{3})+(?! ?\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?!\d|[.,:]\d|(?:st|nd|rd|th)\b|[A-Za-z]*-\w*\d|/\d{1,6}/|/\d{3})"
    # `3.2m` is in millions where it is money, and in metres where it is not
    r"(?P<scale>[ \u00a0\u202f-]?(?:thousand|million|billion|trillion|dozen|bn|mn)\b|(?<=\d)[KMB]\b"
    r"|(?(currency)[ \u00a0\u202f]?(?:k|m|tn)\b|(?<=\d)k\b))?"
)
_BETWEEN_DIGITS = re.compile(r"[, \u00a0\u202f\u2009'\u2019]")
_ARTICLE = re.compile(r"\b[Aa] $")
_NUMBER_WORD = re.compile(rf"(?<!\w)(?:{'|'.join(_VALUES)})(?!\w)", re.IGNORECASE)
#: What may stand between the words of one number.
_JOINTS: Final = frozenset((" ", "-", " and ", ", "))
#: A number that begins a compound is none, unless a unit follows: `twenty-strong`, `one-off`.
_COMPOUND = re.compile(r"-[A-Za-z]")
#: `two thirds of`, `a fifth of`, `half its`; a second half is no share.
_PART_OF = re.compile(
    r"(?<![\w-])(?:(?P<count>an?|one|two|three|four)[ -](?P<part>half|third|quarter|fifth|sixth|eighth|tenth)s?"
    r"|(?<!first )(?<!second )(?<!other )(?<!latter )(?P<half>half))(?= (?:of|the|its|their|his|her|our|all)\b)",
    re.IGNORECASE,
)
_PARTS: Final = {
    "half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10,
}  # fmt: skip
_COUNT_ASKED = re.compile(
    r"\bhow many\b|\bnumber of\b|\bcount\b|\bpopulation\b|\binhabitants\b|\bpeople\b|\bemployees\b|\bstaff\b",
    re.IGNORECASE,
)
_LETTER_SCALES: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "k": 1e3, "m": 1e6}
#: Four digits that may be a year.
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")
_BETWEEN_UNITS: Final = frozenset({" ", ", ", " and "})
#: Between a value and how far it may be off; the unit behind both is that of the value.
_TOLERANCE = re.compile(r"\s?(?:\u00b1|\+/-)\s?")
#: More digits are no number but a code.
_MAX_DIGITS: Final = 30


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text, and where it stands in characters, its unit included."""

    start: int
    end: int
    #: In its own unit.
    value: float
    #: What it measures, such as `length` or `money:USD`; empty for a bare number.
    dimension: str
    #: How many base units of the dimension its unit is.
    factor: float
    #: Written in words, such as `two`.
    in_words: bool = False
    #: Written with a word such as `million`.
    has_scale: bool = False
    #: Four digits alone, which may be a year.
    like_year: bool = False


def may_have_number(text: str) -> bool:
    """Whether a text has a digit, or a word for a number."""
    return any(map(str.isdigit, text)) or _NUMBER_WORD.search(text) is not None


def find_numbers(text: str) -> list[Number]:
    """Every number of a text, in its order.

    Examples:
        >>> [(n.value, n.dimension) for n in find_numbers("68.4 million people on two km²")]
        [(68400000.0, ''), (2.0, 'area')]
        >>> [(n.value, n.dimension) for n in find_numbers("7 h 05 min")]
        [(425.0, 'time')]
        >>> [n.value for n in find_numbers("£3.2m for two hundred and thirty-one, a third of the staff")]
        [3200000.0, 231.0, 33.333333333333336]
    """
    return list(_numbers(text))


@kept_for_sentences()
def _numbers(text: str) -> tuple[Number, ...]:
    found = [number for match in _NUMBER.finditer(text) if (number := _number(text, match))]
    found += _numbers_in_words(text)
    found += [_share(match) for match in _PART_OF.finditer(text)]
    return tuple(_compounds(text, sorted(found, key=lambda number: number.start)))


def _compounds(text: str, found: list[Number]) -> list[Number]:
    """The numbers of a text, `7 h 05 min` and `61.4 ± 4.9 mg` as one each."""
    joined: list[Number] = []
    for number in found:
        last = joined[-1] if joined else None
        if (
            last
            and last.dimension == number.dimension == "time"
            and last.factor > number.factor
            and text[last.end : number.start] in _BETWEEN_UNITS
        ):
            value = last.value * last.factor / number.factor + number.value
            joined[-1] = replace(number, start=last.start, value=value)
        elif last and _TOLERANCE.fullmatch(text, last.end, number.start):
            joined[-1] = replace(number, start=last.start, value=last.value)
        else:
            joined.append(number)
    return joined


def asks_for_count(text: str) -> bool:
    """True when a question asks how many of something there are."""
    return bool(_COUNT_ASKED.search(text))


def convert(number: Number, requested: RequestedUnit) -> float | None:
    """The number in the requested unit, or None where it measures something else.

    A number without a unit, or a request without one, is taken as it stands.
    """
    value = number.value
    have, want = number.dimension, requested.dimension
    if have and want and have != want:
        if not (have.startswith("temperature:") and want.startswith("temperature:")):
            return None
        value = _from_celsius(_to_celsius(value, have[-1]), want[-1])
    elif have and have == want and number.factor != requested.factor:
        value = value * number.factor / requested.factor
    # without the dust of binary fractions: 391.0 * 1e9 is 391000000000
    return float(f"{value / requested.scale:.12g}")


def _number(text: str, match: re.Match[str]) -> Number | None:
    digits = _BETWEEN_DIGITS.sub("", match["digits"])
    if len(digits) > _MAX_DIGITS:
        return None
    scale = (match["scale"] or "").strip(" -\u00a0\u202f")
    value = float(digits) * SCALES.get(scale, _LETTER_SCALES.get(scale, 1.0))
    # the dash of a range (`1939-1945`) is no sign
    before = text[: match.start("sign")][-1:] if match["sign"] else ""
    if match["sign"] and not before.isalnum():
        value = -value
    dimension, factor, end = unit_at(text, match.end())
    if match["currency"]:
        symbol = match["currency"].strip()
        dimension, factor, end = _CURRENCIES.get(symbol, f"money:{symbol}"), 1.0, match.end()
    like_year = bool(_YEAR.fullmatch(match["digits"])) and not (dimension or scale)
    return Number(
        match.start(), end, value, dimension, factor, has_scale=bool(scale), like_year=like_year
    )


def _numbers_in_words(text: str) -> list[Number]:
    """`twelve thousand`, `two and a half`, `a dozen`, `no`."""
    runs: list[list[re.Match[str]]] = []
    for match in _NUMBER_WORD.finditer(text):
        if runs and _belongs_to(text, runs[-1][-1], match):
            runs[-1].append(match)
        else:
            runs.append([match])
    return [number for run in runs if (number := _word_number(text, run))]


def _belongs_to(text: str, before: re.Match[str], match: re.Match[str]) -> bool:
    """True for a word that goes on with the number before it."""
    gap = text[before.end() : match.start()]
    left, right = before[0].lower(), match[0].lower()
    if right in _MULTIPLES:
        return (gap in {" ", "-"} and left != "no") or (gap == " a " and left == "half")
    if right == "half":
        return gap == " and a " and left not in _MULTIPLES
    if right == "no" or gap not in _JOINTS:
        return False
    if left in _MULTIPLES:
        return left != "dozen" and gap != "-"
    return left in _TENS and right in SMALL and gap in {" ", "-"} and SMALL[right] in range(1, 10)


def _word_number(text: str, run: list[re.Match[str]]) -> Number | None:
    start, end = run[0].start(), run[-1].end()
    words = [match[0].lower() for match in run]
    dimension, factor, unit_end = unit_at(text, end)
    is_part = text[start - 1 : start] == "-" or (not dimension and _COMPOUND.match(text, end))
    is_bare = all(word in _MULTIPLES for word in words) and not _ARTICLE.search(
        text[max(0, start - 3) : start]
    )
    if is_part or is_bare or words == ["half"]:
        return None  # the word behind `68.4`, or `hundreds`
    total = current = 0.0
    for word in words:
        if word not in _MULTIPLES:
            current += _VALUES[word]
        elif word in {"hundred", "dozen"}:
            current = (current or 1.0) * _VALUES[word]
        else:
            total, current = total + (current or 1.0) * _VALUES[word], 0.0
    has_scale = any(SCALES.get(word, 0.0) >= 1e3 for word in words)
    value = total + current
    return Number(start, unit_end, value, dimension, factor, in_words=True, has_scale=has_scale)


def _share(match: re.Match[str]) -> Number:
    count = SMALL.get((match["count"] or "one").lower(), 1.0)
    part = _PARTS[(match["part"] or match["half"]).lower()]
    return Number(match.start(), match.end(), 100 * count / part, "share", 1.0, in_words=True)


def _to_celsius(value: float, unit: str) -> float:
    return {"C": value, "K": value - 273.15, "F": (value - 32) / 1.8}[unit]


def _from_celsius(value: float, unit: str) -> float:
    return {"C": value, "K": value + 273.15, "F": value * 1.8 + 32}[unit]
