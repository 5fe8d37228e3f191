"""Numbers in text with their scale and unit: `68.4 million`, `338,145 km²`, `-38.83 °C`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_SCALES: Final = {
    "dozen": 12.0, "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12,
}  # fmt: skip
_UP_TO_TWENTY: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_WORDS: Final = {word: float(value) for value, word in enumerate(_UP_TO_TWENTY.split())} | {
    "hundred": 100.0, "no": 0.0
}  # fmt: skip
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
for _ten, _name in enumerate(_TENS.split(), 2):
    _WORDS[_name] = 10.0 * _ten
    for _one, _word in enumerate(_UP_TO_TWENTY.split()[1:10], 1):
        _WORDS[f"{_name}-{_word}"] = 10.0 * _ten + _one
#: Patterns of units, each with its dimension and with how many of the dimension's base units it
#: is; the first that matches counts. Feet, miles
#: and inches are those of NIST SP 811, a year is a Julian one.
_UNITS: Final[tuple[tuple[str, str, float], ...]] = (
    (r"km/s|kilomet(?:re|er)s (?:per|a) second", "speed", 1000.0),
    (r"km/h|kilomet(?:re|er)s (?:per|an) hour", "speed", 1 / 3.6),
    (r"m/s(?:²|2|\^2)|met(?:re|er)s per second squared", "acceleration", 1.0),
    (r"m/s|met(?:re|er)s (?:per|a) second", "speed", 1.0),
    (r"mg/[lL]\b|milligrams? (?:per|a) lit(?:re|er)", "concentration", 1e-3),
    (r"[µμu]g/[lL]\b|micrograms? (?:per|a) lit(?:re|er)", "concentration", 1e-6),
    (r"m(?:³|3|\^3)/h\b|cubic met(?:re|er)s (?:per|an) hour", "flow", 1 / 3600),
    (r"[lL]/s\b|lit(?:re|er)s (?:per|a) second", "flow", 0.001),
    (r"m(?:³|3|\^3)|cubic met(?:re|er)s?", "volume", 1.0),
    (r"[lL]\b|lit(?:re|er)s?\b", "volume", 0.001),
    (r"ml\b|millilit(?:re|er)s?", "volume", 1e-6),
    (r"gallons?\b", "volume", 0.003785412),
    (r"square f(?:ee|oo)t|sq\.? ?ft\b|ft²", "area", 0.09290304),
    (r"acres?\b", "area", 4046.856),
    (r"mg\b|milligrams?", "mass", 1e-6),
    (r"pounds\b(?! sterling)(?= (?:weight|avoirdupois))|lbs?\b", "mass", 0.45359237),
    (r"kWh\b|kilowatt[- ]hours?", "energy", 3.6e6),
    (r"MWh\b|megawatt[- ]hours?", "energy", 3.6e9),
    (r"kJ\b|kilojoules?", "energy", 1000.0),
    (r"J\b|joules?\b", "energy", 1.0),
    (r"kW\b|kilowatts?", "power", 1000.0),
    (r"MW\b|megawatts?", "power", 1e6),
    (r"W\b|watts?\b", "power", 1.0),
    (r"bar\b", "pressure", 1e5),
    (r"MPa\b|megapascals?", "pressure", 1e6),
    (r"kPa\b|kilopascals?", "pressure", 1000.0),
    (r"hPa\b|mbar\b", "pressure", 100.0),
    (r"atm(?:ospheres)?\b", "pressure", 101_325.0),
    (r"psi\b", "pressure", 6894.757),
    (r"Pa\b|pascals?\b", "pressure", 1.0),
    (r"kV\b|kilovolts?", "voltage", 1000.0),
    (r"V\b|volts?\b", "voltage", 1.0),
    (r"mA\b|milliamp(?:ere)?s?", "current", 0.001),
    (r"A\b|amp(?:ere)?s?\b", "current", 1.0),
    (r"kHz\b|kilohertz", "frequency", 1000.0),
    (r"MHz\b|megahertz", "frequency", 1e6),
    (r"Hz\b|hertz\b", "frequency", 1.0),
    (r"rpm\b|revolutions (?:per|a) minute", "rotation", 1.0),
    (r"kN\b|kilonewtons?", "force", 1000.0),
    (r"N\b|newtons?\b", "force", 1.0),
    (r"dB(?:\(A\)|A)?|decibels?", "sound", 1.0),
    (r"mm/s\b|millimet(?:re|er)s (?:per|a) second", "speed", 0.001),
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
    (r"carats?\b", "carat", 1.0),
)
_UNIT_PATTERNS: Final = tuple((re.compile(p), dimension, factor) for p, dimension, factor in _UNITS)
#: A pattern of every unit.
UNIT: Final = "|".join(pattern for pattern, _, _ in _UNITS)
_CURRENCIES: Final = {
    "$": "money:USD", "US$": "money:USD", "€": "money:EUR", "£": "money:GBP", "¥": "money:JPY",
}  # fmt: skip
_NUMBER = re.compile(
    r"(?<![\w.,/])(?<![A-Za-z]-)(?P<currency>US\$|\$|€|£|¥|(?:USD|EUR|CHF|GBP|JPY) )?"
    r"(?P<sign>[-\u2212\u2013](?=\d))?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[\u00a0\u202f\u2009]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?!\d|[.,:]\d|(?:st|nd|rd|th)\b|[A-Za-z]*-\w*\d)"
    r"(?P<scale>[ \u00a0\u202f-]?(?:thousand|million|billion|trillion|dozen|bn|mn)\b|(?<=\d)[KMB]\b|(?(currency)(?<=\d)[km]\b|(?!)))?"
)
_BETWEEN_DIGITS = re.compile(r"[,\u00a0\u202f\u2009]")
_BETWEEN_WORDS = re.compile(r"[_\W]+")
_WORD_NUMBER = re.compile(
    rf"(?<![\w-])(?P<word>{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?P<scale>[ -](?:hundred|thousand|million|billion|dozen))?(?![\w-])",
    re.IGNORECASE,
)
_COUNT_ASKED = re.compile(
    r"\bhow many\b|\bnumber of\b|\bcount\b|\bpopulation\b|\binhabitants\b|\bpeople\b|\bemployees\b|\bstaff\b",
    re.IGNORECASE,
)
_LETTER_SCALES: Final = {"K": 1e3, "M": 1e6, "B": 1e9, "k": 1e3, "m": 1e6}
#: Four digits that may be a year.
_YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")
#: More digits are no number but a code.
_MAX_DIGITS: Final = 30
#: The unit that a description asks for: `in km²`, `(USD)`, `how many days`.
_ASKED_UNIT: Final = tuple(
    (
        re.compile(
            rf"(?:\bin |\(|, ?|\bper |\b[Hh]ow many |\b[Nn]umber of |\bmeasured in )(?:the |whole |full |metric )?(?:(?:thousand|million|billion|trillion)s?(?: of)? )?(?:US |American |Swiss |Danish )?(?:{p})"
        ),
        dimension,
        factor,
    )
    for p, dimension, factor in _UNITS
)
#: `Days of paid leave`, `Months of notice`.
_LEADING_UNIT = re.compile(
    r"(?P<unit>days|weeks|months|years|hours|minutes) (?:of|within|until|for|before)\b",
    re.IGNORECASE,
)
_NAME_UNITS: Final = {
    "km2": "km²", "sqkm": "km²", "sqmi": "sq mi", "km": "km", "m": "m", "cm": "cm", "mm": "mm",
    "metres": "m", "meters": "m", "miles": "miles", "ft": "ft", "feet": "feet",
    "c": "°C", "celsius": "°C", "f": "°F", "k": "K", "kelvin": "K",
    "kg": "kg", "g": "g", "tonnes": "tonnes", "pct": "%", "percent": "%", "percentage": "%",
    "usd": "USD", "eur": "EUR", "chf": "CHF", "gbp": "GBP", "jpy": "JPY",
    "days": "days", "hours": "hours", "years": "years", "minutes": "minutes", "seconds": "seconds",
    "au": "AU", "degrees": "degrees", "deg": "degrees", "kms": "km/s", "kmh": "km/h",
    "kw": "kW", "mw": "MW", "bar": "bar", "kpa": "kPa", "mpa": "MPa", "hz": "Hz", "db": "dB",
}  # fmt: skip
_ASKED_SCALE = re.compile(
    r"\bin (?:the )?(?P<scale>thousand|million|billion|trillion)s?\b|(?P<tail>thousand|million|billion|trillion)s\b"
    r"|\((?:[A-Z]{3} |\$)?(?P<inner>thousand|million|billion|trillion)s?\b"
    r"|[$\u20ac\u00a3]\s?(?P<money>thousand|million|billion|bn|mn?|k)\b",
    re.IGNORECASE,
)
#: A unit in the plural with which a description begins: `cubic metres`, `pounds held back`.
_LEADING_PLURAL = re.compile(r"[a-z]+(?: [a-z]+)?s\b")
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


@dataclass(frozen=True, slots=True)
class RequestedUnit:
    """The unit in which a number is asked for."""

    #: Empty where no unit is asked for.
    dimension: str = ""
    factor: float = 1.0
    #: `in millions` asks for a number of millions.
    scale: float = 1.0


def find_numbers(text: str) -> list[Number]:
    """Every number of a text, in its order.

    Examples:
        >>> [(n.value, n.dimension) for n in find_numbers("68.4 million people on two km²")]
        [(68400000.0, ''), (2.0, 'area')]
    """
    found = [number for match in _NUMBER.finditer(text) if (number := _number(text, match))]
    found += [_word_number(text, match) for match in _WORD_NUMBER.finditer(text)]
    return sorted(found, key=lambda number: number.start)


#: Where a head or caption gives the unit of the numbers below: `(£m)`, `, EUR millions`, `in kg`.
_HEAD_UNIT = re.compile(
    r"(?:^|\(|,\s|\bin\s|\[)(?P<currency>[$\u20ac\u00a3\u00a5]|US\$|[A-Z]{3}\b)?\s?"
    r"(?P<scale>(?:thousand|million|billion|trillion)s?\b|bn\b|mn?(?=[,)\]]|$)|k(?=[,)\]]|$)|000s?\b)?"
    r"(?:\sof\s|\s)?(?P<unit>[^\s()\[\],]{1,20})?(?:,[^()\[\]]{1,60}(?=[)\]]))?[)\]]?$"
)
_HEAD_SCALES: Final = {"m": "million", "mn": "million", "bn": "billion", "k": "thousand"}


@lru_cache(maxsize=5_000)
def unit_in_head(text: str) -> str:
    """The scale and unit that a table's caption or head gives for the numbers below it.

    Examples:
        >>> unit_in_head("Key figures, EUR millions"), unit_in_head("Revenue (£m)")
        ('million EUR', 'million £')
    """
    found = _HEAD_UNIT.search(text)
    if found is None:
        return ""
    scale = (found["scale"] or "").lower()
    scale = _HEAD_SCALES.get(scale, "thousand" if scale.startswith("000") else scale.rstrip("s"))
    unit = found["currency"] or found["unit"] or ""
    if unit and not _unit_at(unit, 0)[0]:
        unit = ""
    return f"{scale} {unit}".strip()


def asks_for_count(text: str) -> bool:
    """True when a question asks how many of something there are."""
    return bool(_COUNT_ASKED.search(text))


@lru_cache(maxsize=10_000)
def requested_unit(name: str, description: str) -> RequestedUnit:
    """The unit that a field's description (`in km²`) or else its name (`area_km2`) asks for.

    Examples:
        >>> requested_unit("revenue_m", "Revenue in millions of dollars")
        RequestedUnit(dimension='money:USD', factor=1.0, scale=1000000.0)
    """
    parts = [part for part in _BETWEEN_WORDS.split(name.lower()) if part]
    scale = _requested_scale(parts, description)
    described = [
        (match.start(), -match.end(), dimension, factor)
        for pattern, dimension, factor in _ASKED_UNIT
        if (match := pattern.search(description))
    ]
    if leading := _LEADING_UNIT.match(description):
        dimension, factor, _ = _unit_at(leading["unit"].lower(), 0)
        return RequestedUnit(dimension, factor, scale)
    if described:
        *_, dimension, factor = min(described, key=lambda item: item[:2])
        return RequestedUnit(dimension, factor, scale)
    if plural := _LEADING_PLURAL.match(described_from := description[:1].lower() + description[1:]):
        dimension, factor, end = _unit_at(described_from, 0)
        if dimension not in {"", "time"} and plural.end() >= end:
            return RequestedUnit(dimension, factor, scale)
    without_per = [part for part in parts if part != "per"]
    units = [_NAME_PAIRS.get((without_per[-2], without_per[-1]))] if len(without_per) > 2 else []
    # `revenue_m` with a scale is in millions, not in metres
    units += [_NAME_UNITS.get(p) for p in reversed(parts[1:]) if p != "m" or scale == 1.0]
    if unit := next(filter(None, units), None):
        dimension, factor, _ = _unit_at(unit, 0)
        return RequestedUnit(dimension, factor, scale)
    return RequestedUnit(scale=scale)


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
    value = float(digits) * _SCALES.get(scale, _LETTER_SCALES.get(scale, 1.0))
    # the dash of a range (`1939-1945`) is no sign
    before = text[: match.start("sign")][-1:] if match["sign"] else ""
    if match["sign"] and not before.isalnum():
        value = -value
    dimension, factor, end = _unit_at(text, match.end())
    if match["currency"]:
        symbol = match["currency"].strip()
        dimension, factor, end = _CURRENCIES.get(symbol, f"money:{symbol}"), 1.0, match.end()
    like_year = bool(_YEAR.fullmatch(match["digits"])) and not (dimension or scale)
    return Number(
        match.start(), end, value, dimension, factor, has_scale=bool(scale), like_year=like_year
    )


def _word_number(text: str, match: re.Match[str]) -> Number:
    scale = (match["scale"] or "").strip(" -").lower()
    value = _WORDS[match["word"].lower()] * (
        100.0 if scale == "hundred" else _SCALES.get(scale, 1.0)
    )
    dimension, factor, end = _unit_at(text, match.end())
    return Number(match.start(), end, value, dimension, factor, in_words=True)


def _unit_at(text: str, position: int) -> tuple[str, float, int]:
    """Dimension, factor and end of the unit that begins at a position; (`""`, 1, position) without."""
    start = position
    while start < len(text) and start - position < 2 and text[start] in " \u00a0\u202f-":
        start += 1
    for pattern, dimension, factor in _UNIT_PATTERNS:
        if match := pattern.match(text, start):
            return dimension, factor, match.end()
    return "", 1.0, position


def _requested_scale(parts_of_name: list[str], description: str) -> float:
    scale = 1.0
    if match := _ASKED_SCALE.search(description):
        word = (match["scale"] or match["tail"] or match["inner"] or match["money"]).lower()
        scale = _SCALES[_HEAD_SCALES.get(word, word)]
    for part in parts_of_name:
        scale = _NAME_SCALES.get(part, scale) if scale == 1.0 else scale
    return scale


def _to_celsius(value: float, unit: str) -> float:
    return {"C": value, "K": value - 273.15, "F": (value - 32) / 1.8}[unit]


def _from_celsius(value: float, unit: str) -> float:
    return {"C": value, "K": value + 273.15, "F": value * 1.8 + 32}[unit]
