"""Units in text: which stands behind a number or over a column, and which a field asks for."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from parallel_nb.engine.corpus.words import word_set

SCALES: Final = {
    "dozen": 12.0, "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
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
    (r"megalit(?:re|er)s?|ML\b", "volume", 1000.0),
    (r"hectolit(?:re|er)s?|hl\b", "volume", 0.1),
    (r"centilit(?:re|er)s?|cl\b", "volume", 1e-5),
    (r"cubic f(?:ee|oo)t|ft³", "volume", 0.02831685),
    (r"barrels?\b|bbl\b", "volume", 0.1589873),
    (r"ml\b|millilit(?:re|er)s?", "volume", 1e-6),
    (r"gallons?\b", "volume", 0.003785412),
    (r"g/t\b|grams? (?:per|a) tonne|ppm\b|parts per million", "grade", 1e-6),
    (r"kg/ha\b|(?:kg|kilograms?) (?:per|a) hectare", "yield", 1.0),
    (r"t/ha\b|tonnes? (?:per|a) hectare", "yield", 1000.0),
    (r"square f(?:ee|oo)t|sq\.? ?ft\b|ft²", "area", 0.09290304),
    (r"acres?\b", "area", 4046.856),
    (r"mg\b|milligrams?", "mass", 1e-6),
    (r"pounds\b(?! sterling)(?= (?:weight|avoirdupois))|lbs?\b", "mass", 0.45359237),
    (r"kWh\b|kilowatt[- ]hours?", "energy", 3.6e6),
    (r"MWh\b|megawatt[- ]hours?", "energy", 3.6e9),
    (r"GWh\b|gigawatt[- ]hours?", "energy", 3.6e12),
    (r"kJ\b|kilojoules?", "energy", 1000.0),
    (r"J\b|joules?\b", "energy", 1.0),
    (r"kW\b|kilowatts?", "power", 1000.0),
    (r"MW\b|megawatts?", "power", 1e6),
    (r"GW\b|gigawatts?", "power", 1e9),
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
    (r"GHz\b|gigahertz", "frequency", 1e9),
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
    (r"nautical miles?\b|nmi\b", "length", 1852.0),
    (r"yards?\b|yd\b", "length", 0.9144),
    (r"miles?\b|mi\b", "length", 1609.344),
    (r"feet\b|foot\b|ft\b", "length", 0.3048),
    (r"inch(?:es)?\b", "length", 0.0254),
    (r"light-years?|light years?", "length", 9.4607e15),
    (r"AU\b|au\b|astronomical units?", "length", 1.495979e11),
    (r"m\b|met(?:re|er)s?\b", "length", 1.0),
    (r"kg\b|kilograms?", "mass", 1.0),
    (r"tonnes?\b|tons?\b|t\b", "mass", 1000.0),
    (r"ounces?\b|oz\b", "mass", 0.02834952),
    (r"kt\b|kilotonnes?\b", "mass", 1e6),
    (r"g\b|grams?\b", "mass", 0.001),
    (r"[Uu]\b|Da\b|atomic mass units?", "atomic mass", 1.0),
    (r"decades?\b", "time", 315_576_000.0),
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
    (r"(?:(?:New )?Taiwan dollars?|Korean won|rupees?|yuan|riyals?)\b", "money:other", 1.0),
    (r"carats?\b", "carat", 1.0),
)
#: A pattern of every unit.
UNIT: Final = "|".join(pattern for pattern, _, _ in _UNITS)
#: The same, where the number of the group says which unit it is.
_ANY_UNIT: Final = re.compile(
    "|".join(f"(?P<unit_{number}>{pattern})" for number, (pattern, _, _) in enumerate(_UNITS))
)
_WORDS = r"(?:thousand|million|billion|trillion)"
_LETTERS = r"(?:k|mn?|bn|tn|'?000s?)(?![\w/\u00b0])"  # `m²` and `m/s` are no millions
#: Where a description says its unit: `in km²`, `(USD)`, `how many days`, `cubic metres`, `£m`. At its
#: beginning, `Year it opened` and `A list` are no units.
_ASKED_UNIT: Final = re.compile(
    rf"(?:(?P<lead>\bin |\(|, ?|\b[Hh]ow many |\b[Nn]umber of |\bmeasured in |^(?!(?:[Tt]he |whole |full |metric )?(?:year|month|week|day|hour|minute|second|degree|bar|[A-Za-z]{{1,2}})\b))"
    rf"(?:the |whole |full |metric )?(?:{_WORDS}s?(?: of)? )?(?:US |American |Swiss |Danish )?|(?=[$\u20ac\u00a3\u00a5%])"
    rf"|(?<=\s)(?=(?:k?m[\u00b2\u00b323]|k[mgW]|ha|[mc]m|[kMG]Wh?)$))(?P<unit>{UNIT})"
)
#: `Days of paid leave`, `Months of notice`.
_LEADING_UNIT = re.compile(
    r"(?P<unit>days|weeks|months|years|hours|minutes) (?:of|within|until|for|before)\b",
    re.IGNORECASE,
)
_ASKED_SCALE = re.compile(
    rf"\bin (?:the )?(?P<scale>{_WORDS})s?\b|(?P<tail>{_WORDS})s\b"
    rf"|\((?:[A-Z]{{3}} |\$)?(?P<inner>{_WORDS})s?\b"
    rf"|(?:[$\u20ac\u00a3\u00a5]|\b[A-Z]{{3}} |^|, )\s?(?P<symbol>{_WORDS}\b|{_LETTERS})",
    re.IGNORECASE,
)
_SCALE_LETTERS: Final = {
    "m": "million",
    "mn": "million",
    "bn": "billion",
    "tn": "trillion",
    "k": "thousand",
}
_NAME_UNITS: Final = {
    "km2": "km²", "sqkm": "km²", "sqmi": "sq mi", "m2": "m²", "sqm": "m²", "m3": "m³", "km": "km",
    "m": "m", "cm": "cm", "mm": "mm", "ft": "ft", "ha": "ha", "kg": "kg", "g": "g", "t": "t",
    "c": "°C", "f": "°F", "k": "K", "usd": "USD", "eur": "EUR", "chf": "CHF", "gbp": "GBP",
    "jpy": "JPY", "au": "AU", "deg": "degrees", "kms": "km/s", "kmh": "km/h", "kw": "kW", "mw": "MW",
    "kwh": "kWh", "mwh": "MWh", "gwh": "GWh", "kpa": "kPa", "mpa": "MPa", "hz": "Hz", "db": "dB",
    "hl": "hl", "l": "L",
}  # fmt: skip
#: Units that a field's name gives in whole words: `tank_cubic_metres`.
_NAME_WORDS: Final = word_set(
    """
    metres meters miles feet hectares acres litres liters celsius kelvin tonnes tons kilograms
    kilometres kilometers percent percentage pct pounds dollars euros francs days hours years minutes
    seconds months weeks degrees bar gallons barrels
    """
)
_NAME_QUALIFIERS: Final = frozenset(("square", "cubic", "per"))
_NAME_SCALES: Final = {
    "thousands": 1e3, "millions": 1e6, "million": 1e6, "mn": 1e6, "billions": 1e9, "billion": 1e9, "bn": 1e9,
    "trillion": 1e12, "trillions": 1e12, "thousand": 1e3,
}  # fmt: skip
#: Units of two parts: `density_g_cm3`, `speed_km_per_s`.
_NAME_PAIRS: Final = {
    ("g", "cm3"): "g/cm3", ("kg", "m3"): "kg/m3", ("g", "l"): "g/l", ("mg", "l"): "mg/l", ("g", "t"): "g/t",
    ("km", "s"): "km/s", ("km", "h"): "km/h", ("m", "s2"): "m/s2", ("m", "s"): "m/s", ("kg", "ha"): "kg/ha",
    ("t", "ha"): "t/ha",
}  # fmt: skip
_BETWEEN_WORDS = re.compile(r"[_\W]+")
#: The words with which a field's name gives its unit.
UNIT_WORDS: Final = frozenset(
    {
        *_NAME_UNITS,
        *_NAME_WORDS,
        *_NAME_SCALES,
        *(word for pair in _NAME_PAIRS for word in pair),
        "per",
        "in",
    }
)
#: Where a head or caption gives the unit of the numbers below: `(£m)`, `, EUR millions`, `in kg`, `Dosage g/l`.
_HEAD_UNIT = re.compile(
    rf"(?:^|\(|,\s|\b[Ii]n\s|\[|(?<=[\w.][ _])(?=(?:%|pct|ppm|m?g/[lt]|k?m[\u00b2\u00b323]|k[mg]|k?g/ha|ha|[mc]m|[kMG]Wh?)$))"
    rf"(?P<currency>[$\u20ac\u00a3\u00a5]|US\$|[A-Z]{{3}}(?=k|m|bn|\b))?\s?"
    rf"(?P<scale>{_WORDS}s?\b|bn\b|mn?(?=[,)\]]|$)|k(?=[,)\]]|$)|'?000s?\b)?"
    r"(?:\sof\s|\s)?(?P<unit>[^\s()\[\],_]{1,20})?(?:,[^()\[\]]{1,60}(?=[)\]]))?[)\]]?$"
)


#: What a head says a figure is of, and not in.
_PERIODS: Final = frozenset({"hour", "day", "week", "month", "year"})
#: What is measured in metres, where a head says no more than `(m)`.
_OF_LENGTH = re.compile(
    r"\b(?:depth|height|length|width|breadth|distance|altitude|elevation|diameter|radius|span|draught|draft|beam"
    r"|thickness|perimeter|headroom|clearance|high|long|wide|deep|tall)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RequestedUnit:
    """The unit in which a number is asked for."""

    #: Empty where no unit is asked for.
    dimension: str = ""
    factor: float = 1.0
    #: `in millions` asks for a number of millions.
    scale: float = 1.0


def unit_at(text: str, position: int) -> tuple[str, float, int]:
    """Dimension, factor and end of the unit that begins at a position; (`""`, 1, position) without.

    Examples:
        >>> unit_at("310 litres", 3)
        ('volume', 0.001, 10)
    """
    start = position
    while start < len(text) and start - position < 2 and text[start] in " \u00a0\u202f-":
        start += 1
    match = _ANY_UNIT.match(text, start)
    if match is None:
        return "", 1.0, position
    dimension, factor = _unit_of(match)
    return dimension, factor, match.end()


def _unit_of(match: re.Match[str]) -> tuple[str, float]:
    _, dimension, factor = _UNITS[int((match.lastgroup or "").removeprefix("unit_"))]
    return dimension, factor


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
    scale = _whole_scale(found["scale"] or "")
    unit = found["currency"] or found["unit"] or ""
    if unit in _PERIODS:
        unit = ""  # `Hours in week`
    if found["scale"] == "m" and not unit and _OF_LENGTH.search(text):
        return "m"  # `Greatest depth (m)`
    if unit and not unit_at(unit, 0)[0]:
        unit = ""
    return f"{scale} {unit}".strip()


def _whole_scale(text: str) -> str:
    """`million` for `m` and `millions`, `thousand` for `'000`."""
    word = text.lower().strip("'")
    return _SCALE_LETTERS.get(word, "thousand" if word.startswith("000") else word.rstrip("s"))


@lru_cache(maxsize=10_000)
def requested_unit(name: str, description: str) -> RequestedUnit:
    """The unit that a field's description (`in km²`) or else its name (`area_km2`) asks for.

    Examples:
        >>> requested_unit("revenue_m", "Revenue in millions of dollars")
        RequestedUnit(dimension='money:USD', factor=1.0, scale=1000000.0)
        >>> requested_unit("tanks", "cubic metres").dimension
        'volume'
    """
    parts = [part for part in _BETWEEN_WORDS.split(name.lower()) if part]
    scale = _requested_scale(parts, description)
    # a description may begin with a unit that is none: `Hours a week, per cent of full time`
    unit = _described_unit(description, at_start=False)
    unit = unit or _unit_in_name(parts, has_scale=scale > 1.0)
    if leading := _LEADING_UNIT.match(description):
        unit = unit or leading["unit"].lower()
    unit = unit or _described_unit(description, at_start=True)
    dimension, factor, _ = unit_at(unit, 0)
    return RequestedUnit(dimension, factor, scale)


def _described_unit(description: str, *, at_start: bool) -> str:
    text = description
    if text == "year":
        return ""  # when it was, and not how long
    if unit_at(text, 0)[2] == len(text.strip()):
        return text.strip()  # nothing but a unit: `kg`
    if text[1:2].islower():
        text = text[0].lower() + text[1:]
    for match in _ASKED_UNIT.finditer(text):
        if match["lead"] == "" and not at_start:
            continue
        # `Score, A to F`
        if (
            len(match["unit"]) > 1
            or match["lead"] in {"in ", "(", "measured in "}
            or not match["unit"].isalpha()
        ):
            return match["unit"]
    return ""


def _unit_in_name(parts: list[str], *, has_scale: bool) -> str:
    without_per = [part for part in parts if part != "per"]
    if len(without_per) > 2 and (pair := _NAME_PAIRS.get((without_per[-2], without_per[-1]))):
        return pair
    for number in range(len(parts) - 1, 0, -1):
        part, before = parts[number], parts[number - 1]
        if part in _NAME_WORDS and before != "per":
            return f"{before} {part}" if before in _NAME_QUALIFIERS else part
        # `revenue_m` with a scale is in millions, not in metres
        if part in _NAME_UNITS and before != "per" and not (part == "m" and has_scale):
            return _NAME_UNITS[part]
    return ""


def _requested_scale(parts_of_name: list[str], description: str) -> float:
    scale = 1.0
    if match := _ASKED_SCALE.search(description):
        found = match["scale"] or match["tail"] or match["inner"] or match["symbol"]
        scale = SCALES[_whole_scale(found)]
    for part in parts_of_name:
        scale = _NAME_SCALES.get(part, scale) if scale == 1.0 else scale
    return scale
