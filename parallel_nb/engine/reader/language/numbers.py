"""Numbers in text with their scale and unit: `68.4 million`, `338,145 km²`, `-38.83 °C`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_SCALES: Final = {
    "thousand": 1e3,
    "million": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
    "dozen": 12.0,
}
_WORDS: Final = {
    word: float(value)
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
            "twenty",
        ]
    )
} | {"thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "hundred": 100.0, "no": 0.0}
#: Unit -> (dimension, how many of the dimension's base unit it is). First fitting wins.
_UNITS: Final[tuple[tuple[str, str, float], ...]] = (
    (r"km/s|kilomet(?:re|er)s (?:per|a) second", "speed", 1000.0),
    (r"km/h|kilomet(?:re|er)s (?:per|an) hour", "speed", 1 / 3.6),
    (r"m/s(?:²|2|\^2)|met(?:re|er)s per second squared", "acceleration", 1.0),
    (r"m/s|met(?:re|er)s (?:per|a) second", "speed", 1.0),
    (r"g/cm(?:³|3|\^3)|grams? per cubic centimet(?:re|er)", "density", 1000.0),
    (r"kg/m(?:³|3|\^3)|kilograms? per cubic met(?:re|er)", "density", 1.0),
    (r"g/l(?:it(?:re|er))?\b|grams? (?:per|a) lit(?:re|er)", "density", 1.0),
    (r"km(?:²|2|\^2)|sq\.? ?km|square[ -]kilomet(?:re|er)s?", "area", 1e6),
    (r"sq\.? ?mi(?:les)?|square miles?|mi²", "area", 2.589988e6),
    (r"hectares?|ha\b", "area", 1e4),
    (r"m(?:²|2|\^2)|square met(?:re|er)s?", "area", 1.0),
    (r"%|per ?cent(?:age)?\b|pct\b", "share", 1.0),
    (r"°\s?C\b|degrees? (?:C\b|Celsius|centigrade)|celsius", "temperature:C", 1.0),
    (r"°\s?F\b|degrees? (?:F\b|Fahrenheit)|fahrenheit", "temperature:F", 1.0),
    (r"K\b|kelvins?\b|Kelvin", "temperature:K", 1.0),
    (r"°|degrees?\b", "angle", 1.0),
    (r"km\b|kilomet(?:re|er)s?", "length", 1000.0),
    (r"cm\b|centimet(?:re|er)s?", "length", 0.01),
    (r"mm\b|millimet(?:re|er)s?", "length", 0.001),
    (r"nm\b|nanomet(?:re|er)s?", "length", 1e-9),
    (r"miles?\b|mi\b", "length", 1609.344),
    (r"feet\b|foot\b|ft\b", "length", 0.3048),
    (r"inch(?:es)?\b", "length", 0.0254),
    (r"light-years?|light years?", "length", 9.4607e15),
    (r"AU\b|au\b|astronomical units?", "length", 1.495979e11),
    (r"m\b|met(?:re|er)s?\b", "length", 1.0),
    (r"kg\b|kilograms?", "mass", 1.0),
    (r"tonnes?\b|tons?\b|t\b", "mass", 1000.0),
    (r"g\b|grams?\b", "mass", 0.001),
    (r"[Uu]\b|Da\b|atomic mass units?", "atomic mass", 1.0),
    (r"(?:Earth |terrestrial )?years?\b|yr\b", "time", 31_557_600.0),
    (r"months?\b", "time", 2_629_800.0),
    (r"weeks?\b", "time", 604_800.0),
    (r"(?:Earth )?days?\b", "time", 86_400.0),
    (r"(?:Earth )?hours?\b|h\b|hrs?\b", "time", 3_600.0),
    (r"minutes?\b|min\b", "time", 60.0),
    (r"milliseconds?\b|ms\b", "time", 0.001),
    (r"seconds?\b|s\b", "time", 1.0),
    (r"bits?\b", "bits", 1.0),
    (r"[KkMGTP]i?B\b|(?:kilo|mega|giga|tera)?bytes?\b", "data", 1.0),
    (r"(?:US |American )?dollars?\b|USD\b|US\$", "money:USD", 1.0),
    (r"euros?\b|EUR\b|€", "money:EUR", 1.0),
    (r"(?:Swiss )?francs?\b|CHF\b", "money:CHF", 1.0),
    (r"pounds?\b(?: sterling)?|GBP\b|£", "money:GBP", 1.0),
    (r"yen\b|JPY\b|¥", "money:JPY", 1.0),
    (
        r"(?:(?:Danish|Swedish|Norwegian) )?(?:kroner|kronor|krona|krone)\b|DKK\b|SEK\b|NOK\b",
        "money:KR",
        1.0,
    ),
    (r"(?:(?:New )?Taiwan dollars?|won|rupees?|yuan|riyals?)\b", "money:other", 1.0),
    (r"bar\b|atm(?:ospheres)?\b|hPa\b|kPa\b", "pressure", 1.0),
    (r"carats?\b", "carat", 1.0),
)
_COMPILED: Final = tuple((re.compile(p), dimension, factor) for p, dimension, factor in _UNITS)
_CURRENCIES: Final = {
    "$": "money:USD",
    "US$": "money:USD",
    "€": "money:EUR",
    "£": "money:GBP",
    "¥": "money:JPY",
}
_NUMBER = re.compile(
    r"(?<![\w.,/])(?<![A-Za-z]-)(?P<currency>US\$|\$|€|£|¥|(?:USD|EUR|CHF|GBP|JPY) )?"
    r"(?P<sign>[-\u2212\u2013](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?!\d|[.,:]\d|(?:st|nd|rd|th)\b|[A-Za-z]*-\w*\d)"
    r"(?P<scale>[ \u00a0\u202f-]?(?:thousand|million|billion|trillion|dozen|bn|mn)\b|(?<=\d)[KMB]\b)?"
)
_WORD_NUMBER = re.compile(
    rf"(?<![\w-])(?P<word>{'|'.join(_WORDS)})(?P<scale>[ -](?:hundred|thousand|million|billion|dozen))?(?![\w-])",
    re.IGNORECASE,
)
_COUNT_ASKED = re.compile(
    r"\bhow many\b|\bnumber of\b|\bcount\b|\bpopulation\b|\binhabitants\b|\bpeople\b|\bemployees\b|\bstaff\b",
    re.IGNORECASE,
)
_LETTER_SCALES: Final = {"K": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text."""

    start: int
    end: int
    value: float
    #: Empty for a bare number.
    dimension: str
    #: Base units of the dimension in one of its units.
    factor: float
    unit: str
    #: Written in words, such as `two`.
    in_words: bool = False
    has_scale: bool = False
    #: Four digits alone, which may be a year.
    like_year: bool = False


@dataclass(frozen=True, slots=True)
class RequestedUnit:
    """The unit in which a number is asked for."""

    dimension: str = ""
    factor: float = 1.0
    unit: str = ""
    #: `in millions` asks for a number of millions.
    scale: float = 1.0


def asks_for_count(text: str) -> bool:
    """True when a question asks how many of something there are."""
    return bool(_COUNT_ASKED.search(text))


def find_numbers(text: str) -> list[Number]:
    """Every number of a text, in its order."""
    found = [number for match in _NUMBER.finditer(text) if (number := _number(text, match))]
    found += [_word_number(text, match) for match in _WORD_NUMBER.finditer(text)]
    return sorted(found, key=lambda number: number.start)


def _number(text: str, match: re.Match[str]) -> Number | None:
    digits = re.sub(r"[,\u00a0\u202f\u2009]", "", match["digits"])
    if len(digits) > 30:
        return None
    value = float(digits)
    scale = (match["scale"] or "").strip(" -\u00a0\u202f")
    value *= _SCALES.get(scale, _LETTER_SCALES.get(scale, 1.0))
    sign = match["sign"]
    if sign and not _is_range(text, match.start("sign")):
        value = -value
    dimension, factor, unit, end = _unit_at(text, match.end())
    if match["currency"]:
        symbol = match["currency"].strip()
        dimension = _CURRENCIES.get(symbol, f"money:{symbol}")
        factor, unit, end = 1.0, symbol, match.end()
    like_year = bool(re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", match["digits"])) and not (
        dimension or scale
    )
    return Number(
        match.start(),
        end,
        value,
        dimension,
        factor,
        unit,
        has_scale=bool(scale),
        like_year=like_year,
    )


def _is_range(text: str, at: int) -> bool:
    """True when the dash before a number joins it to another one (`1939-1945`)."""
    return at > 0 and text[at - 1].isalnum()


def _word_number(text: str, match: re.Match[str]) -> Number:
    value = _WORDS[match["word"].lower()]
    scale = (match["scale"] or "").strip(" -").lower()
    value *= {"hundred": 100.0}.get(scale, _SCALES.get(scale, 1.0))
    dimension, factor, unit, end = _unit_at(text, match.end())
    return Number(match.start(), end, value, dimension, factor, unit, in_words=True)


def _unit_at(text: str, at: int) -> tuple[str, float, str, int]:
    start = at
    while start < len(text) and start - at < 2 and text[start] in " \u00a0\u202f-":
        start += 1
    for pattern, dimension, factor in _COMPILED:
        if match := pattern.match(text, start):
            return dimension, factor, match[0], match.end()
    return "", 1.0, "", at


_ASKED_UNIT: Final = tuple(
    (
        re.compile(
            rf"(?:\bin |\(|, ?|\bper |\b[Hh]ow many |\b[Nn]umber of |\bmeasured in )(?:the |whole |full |metric )?(?:(?:thousand|million|billion|trillion)s?(?: of)? )?(?:US |American |Swiss |Danish )?(?:{p})"
        ),
        d,
        f,
    )
    for p, d, f in _UNITS
)
_NAME_UNITS: Final = {
    "km2": "km²", "sqkm": "km²", "sqmi": "sq mi", "km": "km", "m": "m", "cm": "cm", "mm": "mm",
    "metres": "m", "meters": "m", "miles": "miles", "ft": "ft", "feet": "feet",
    "c": "°C", "celsius": "°C", "f": "°F", "k": "K", "kelvin": "K",
    "kg": "kg", "g": "g", "tonnes": "tonnes", "pct": "%", "percent": "%", "percentage": "%",
    "usd": "USD", "eur": "EUR", "chf": "CHF", "gbp": "GBP", "jpy": "JPY",
    "days": "days", "hours": "hours", "years": "years", "minutes": "minutes", "seconds": "seconds",
    "au": "AU", "degrees": "degrees", "deg": "degrees", "kms": "km/s", "kmh": "km/h",
}  # fmt: skip
_ASKED_SCALE = re.compile(
    r"\bin (?:the )?(?P<scale>thousand|million|billion|trillion)s?\b|(?P<tail>thousand|million|billion|trillion)s\b"
    r"|\((?:[A-Z]{3} |\$)?(?P<inner>thousand|million|billion|trillion)s?\b",
    re.IGNORECASE,
)
_NAME_SCALES: Final = {
    "thousands": 1e3, "millions": 1e6, "million": 1e6, "mn": 1e6, "billions": 1e9, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12, "trillions": 1e12,
}  # fmt: skip


#: Units of two parts: `density_g_cm3`, `speed_km_per_s`.
_NAME_PAIRS: Final = {
    ("g", "cm3"): "g/cm3", ("kg", "m3"): "kg/m3", ("g", "l"): "g/l", ("km", "s"): "km/s",
    ("km", "h"): "km/h", ("m", "s2"): "m/s2", ("m", "s"): "m/s",
}  # fmt: skip
#: The words with which a field's name gives its unit.
UNIT_WORDS: Final = frozenset(
    {*_NAME_UNITS, *_NAME_SCALES, *(word for pair in _NAME_PAIRS for word in pair), "per", "in"}
)


@lru_cache(maxsize=10_000)
def requested_unit(name: str, description: str) -> RequestedUnit:
    """The unit that a field's name (`area_km2`) or description (`in km²`) asks for."""
    scale = 1.0
    if match := _ASKED_SCALE.search(description):
        scale = _SCALES[(match["scale"] or match["tail"] or match["inner"]).lower()]
    parts = [part for part in re.split(r"[_\W]+", name.lower()) if part]
    for part in parts:
        scale = _NAME_SCALES.get(part, scale) if scale == 1.0 else scale
    best: tuple[int, int, str, float, str] | None = None
    for pattern, dimension, factor in _ASKED_UNIT:
        match = pattern.search(description)
        if match and (best is None or (match.start(), -match.end()) < best[:2]):
            best = (match.start(), -match.end(), dimension, factor, match[0])
    if best is not None:
        unit = re.sub(
            r"^(?:in|per|[Hh]ow many|[Nn]umber of|measured in|\(|,)\s*(?:the |whole |full |metric )?",
            "",
            best[4].strip("( ,"),
        )
        return RequestedUnit(best[2], best[3], unit, scale)
    plain = [part for part in parts if part != "per"]
    if len(plain) > 2 and (pair := _NAME_PAIRS.get((plain[-2], plain[-1]))):
        dimension, factor, unit, _ = _unit_at(pair, 0)
        return RequestedUnit(dimension, factor, unit, scale)
    for part in reversed(parts[1:]):
        if part in _NAME_UNITS and not (scale != 1.0 and part == "m"):  # m for millions
            dimension, factor, unit, _ = _unit_at(_NAME_UNITS[part], 0)
            return RequestedUnit(dimension, factor, unit, scale)
    return RequestedUnit(scale=scale)


def convert(number: Number, wanted: RequestedUnit) -> float | None:
    """The number in the wanted unit, or None where it measures something else."""
    value = number.value
    have, want = number.dimension, wanted.dimension
    if have and want and have != want:
        if have.startswith("temperature:") and want.startswith("temperature:"):
            value = _celsius_to(_to_celsius(value, have[-1]), want[-1])
        else:
            return None
    elif have and have == want and number.factor != wanted.factor:
        value = value * number.factor / wanted.factor
    return _rounded(value / wanted.scale)


def _to_celsius(value: float, unit: str) -> float:
    return {"C": value, "K": value - 273.15, "F": (value - 32) / 1.8}[unit]


def _celsius_to(value: float, unit: str) -> float:
    return {"C": value, "K": value + 273.15, "F": value * 1.8 + 32}[unit]


def _rounded(value: float) -> float:
    """Without the dust of binary fractions: 391.0 * 1e9 is 391000000000."""
    return float(f"{value:.12g}")
