"""Where on Earth a text places something: cities, countries, continents, regions, US states.

The countries with their other names, demonyms and the United Nations' regions come from a library
of open data (countryinfo), the cities of more than 50,000 people and the US states from GeoNames
(`cities.tsv`). A city whose name several places have is the one that is twice as large as the
next, or else any of them.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import calendar
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Areas around a place by their names, such as `france` and `europe`; and all that it may be.
Areas = frozenset[str]
Options = tuple[Areas, ...]

_WORD = re.compile(r"[^\W\d_](?:[\w'\u2019.]|-(?!based\b)){0,40}")
_LONGEST: Final = 5
#: A city of a name is meant where it is so many times as large as the next one of that name.
_DOMINANT: Final = 2
_CITIES: Final = Path(__file__).parent / "cities.tsv"
#: North America is what is left of the Americas.
_AMERICAS, _SOUTH, _NORTH = "Americas", "South America", "North America"
#: Capitalised words that are no places, though some places are called so.
_NO_PLACES: Final = frozenset(
    name.casefold()
    for name in (*calendar.month_name, *calendar.month_abbr, *calendar.day_name)
    if name
)
#: What stands before a place where something is; what comes `from` there is elsewhere.
_IN = re.compile(
    r"(?:\b(?:in|at|near|of|outside|around|off|based|city|moved to|relocated to)\s(?:the\s)?"
    r"(?:[a-z-]{3,12}\s(?:of\s)?)?)$"
)
_BASED = re.compile(r"^-based\b")
#: What stands before a place in a list or a table: a label, a cell, a comma, or nothing.
_AFTER_SIGN = re.compile(r"(?:^|[:|,(\u2013\u2014-]\s?)$")
_IS_A = re.compile(
    r"(?:\b(?:is|are|was|were|remains|became)|,)\s(?:now\s)?(?:an?|the|one of the)\s(?:[\w-]+\s){0,3}$"
)
_OF_A_KIND = re.compile(r"^\s[a-z]")
#: `in Hallstatt, Austria`, where only the country is known.
_IN_TOWN = re.compile(r"\b(?:in|at|near|of|outside|to)\s[^\W\d_a-z]\w{1,40},\s$")
_COMMA = re.compile(r",\s(?:the\s)?$")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a text names: where it stands, and in which areas it may lie."""

    start: int
    end: int
    options: Options

    def is_in(self, area: str) -> bool | None:
        """Whether it lies in an area; None where that depends on which place is meant."""
        lies = {area in areas for areas in self.options}
        return lies.pop() if len(lies) == 1 else None


@dataclass(frozen=True, slots=True)
class AreaName:
    """An area that a text names; `area` is the name by which `Place.is_in` knows it."""

    start: int
    end: int
    area: str
    is_adjective: bool


def key_of_place(name: str) -> str:
    """Equal for the spellings of one place: without case, accents and signs."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    kept = (c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join("".join(kept).split()).removeprefix("the ")


def areas_in(text: str) -> list[AreaName]:
    """The countries, continents, regions and US states that a text names, also as `Norwegian`.

    Examples:
        >>> [(each.area, each.is_adjective) for each in areas_in("Norwegian firms in the UK")]
        [('norway', True), ('united kingdom', False)]
    """
    found = []
    for place in _named(text, _areas() | _demonyms()):
        named = text[place.start : place.end].removeprefix("The ").removeprefix("the ")
        if named[0].islower() and not text.islower():
            continue  # an island is not Iceland
        key = key_of_place(text[place.start : place.end])
        area = _adjectives().get(key, _aliases().get(key, key))
        found.append(AreaName(place.start, place.end, area, key in _adjectives()))
    return found


def country_of(code: str) -> list[Place]:
    """The country of a code of two letters; none where it is no such code."""
    areas = _countries().get(code.strip())
    return [Place(0, len(code), (areas,))] if areas else []


def is_place(cell: str) -> bool:
    """Whether a cell of a table names a place that is known."""
    return bool(places_in(cell, is_structured=True))


def places_in(text: str, *, is_structured: bool = False) -> list[Place]:
    """Where a text says that something is: `in Lyon`, `Portland, Oregon`, `City: Ulm`.

    Args:
        text: a sentence, or a line of a list or table.
        is_structured: whether a name alone is a place too, as in a cell or behind a comma.
    """
    found: list[Place] = []
    for place in _named(text, _places()):
        before = text[: place.start]
        last = found[-1] if found else None
        if last is not None and _COMMA.fullmatch(text[last.end : place.start]):
            if len(last.options) > 1 or not _shares(last.options, place.options):
                within = [o for o in last.options if _shares((o,), place.options)]
                if within:  # `Portland, Oregon`
                    found[-1] = Place(last.start, place.end, tuple(within))
                    continue
            else:
                continue
        is_place = _IN.search(before) or _IN_TOWN.search(before) or _BASED.match(text[place.end :])
        if is_place or (is_structured and _AFTER_SIGN.search(before)):
            found.append(place)
    found += (
        place  # `is a Norwegian brewery`
        for place in _named(text, _demonyms())
        if _IS_A.search(text[: place.start]) and _OF_A_KIND.match(text[place.end :])
    )
    return found


def _shares(options: Options, others: Options) -> bool:
    """Whether one of the options lies in what the others name."""
    return any(min(others, key=len) and option >= other for option in options for other in others)


def _named(text: str, known: Mapping[str, Options]) -> Iterator[Place]:
    """The longest names in a text that are known, from its start on."""
    words = list(_WORD.finditer(text))
    number = 0
    while number < len(words):
        first = words[number]
        for length in range(_LONGEST, 0, -1):
            group = words[number : number + length]
            if len(group) < length or not first[0][:1].isupper():
                continue
            last = group[-1]
            end = last.end() - (len(last[0]) - len(last[0].rstrip(".'\u2019-")))
            name = text[first.start() : end]
            key = key_of_place(name)
            # `ATI` is no town of Chad, but `US` is a country
            is_acronym = name.isupper() and key not in _aliases()
            if key not in _NO_PLACES and not is_acronym and (options := known.get(key)):
                yield Place(first.start(), end, options)
                number += length - 1
                break
        number += 1


# --- what is known ----------------------------------------------------------------------


@lru_cache(maxsize=1)
def _countries() -> dict[str, Areas]:
    """By its code of two letters, each country's areas, itself among them."""
    from countryinfo import all_countries  # noqa: PLC0415 - only where places are asked for

    found: dict[str, Areas] = {}
    for country in all_countries():
        facts = country.info()
        code = facts.get("ISO", {}).get("alpha2")
        if not code:
            continue
        around = [
            str(facts.get(key) or "") for key in ("region", "subregion", "intermediateregion")
        ]
        if around[0] == _AMERICAS and _SOUTH not in around:
            around.append(_NORTH)
        found[code] = frozenset(key_of_place(each) for each in (country.name(), *around) if each)
    return found


class _City(NamedTuple):
    """A city of GeoNames, or with `=` before its code the name of a US state."""

    name: str
    country: str
    state: str = ""
    thousands: str = "0"
    others: str = ""


@lru_cache(maxsize=1)
def _table() -> tuple[list[_City], dict[str, str]]:
    """The cities, and the names of US states by their codes."""
    lines = _CITIES.read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    states = {row[0][1:]: key_of_place(row[1]) for row in rows if row[0].startswith("=")}
    return [_City(*row) for row in rows if not row[0].startswith("=")], states


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    """Other names of countries, with those by which areas are known."""
    from countryinfo import all_countries  # noqa: PLC0415

    found: dict[str, str] = {}
    for country in all_countries():
        name = key_of_place(country.name())
        for alias in country.alt_spellings():
            # `US` is one; `IN` and `NO` are words too
            if len(alias) > 2 or alias in {"US", "UK"}:
                found.setdefault(key_of_place(alias), name)
    return found


@lru_cache(maxsize=1)
def _areas() -> dict[str, Options]:
    """By name: countries, continents, regions and US states."""
    found: dict[str, Options] = {}
    for areas in _countries().values():
        for name in areas:
            found.setdefault(name, (frozenset((name,)),))
    from countryinfo import all_countries  # noqa: PLC0415

    for country in all_countries():
        code = country.info().get("ISO", {}).get("alpha2")
        if code in _countries():
            found[key_of_place(country.name())] = (_countries()[code],)
    for alias, name in _aliases().items():
        if name in found:
            found.setdefault(alias, found[name])
    for key in _table()[1].values():
        # Georgia may be either
        found[key] = (*found.get(key, ()), _countries()["US"] | {key})
    return found


@lru_cache(maxsize=1)
def _adjectives() -> dict[str, str]:
    """`norwegian` and `european`, with the areas that they mean."""
    from countryinfo import all_countries  # noqa: PLC0415

    found: dict[str, str] = {}
    # of several countries of one demonym, the largest
    for country in sorted(all_countries(), key=lambda each: -(each.population() or 0)):
        if demonym := country.demonym():
            found.setdefault(key_of_place(demonym), key_of_place(country.name()))
    for name in {area for areas in _countries().values() for area in areas}:
        if name.endswith(("a", "europe")):  # `African`, `European`, `South American`
            found.setdefault(f"{name}n", name)
    return found


@lru_cache(maxsize=1)
def _demonyms() -> dict[str, Options]:
    return {key: _areas()[name] for key, name in _adjectives().items() if name in _areas()}


@lru_cache(maxsize=1)
def _places() -> dict[str, Options]:
    """By name, what a place may be: cities and areas."""
    cities, states = _table()
    own: defaultdict[str, list[tuple[int, Areas]]] = defaultdict(list)
    others: defaultdict[str, list[tuple[int, Areas]]] = defaultdict(list)
    for city in cities:
        areas = _countries().get(city.country, frozenset())
        if city.state in states:
            areas |= {states[city.state]}
        known = (int(city.thousands), areas)
        own[key_of_place(city.name)].append(known)
        for alias in filter(None, city.others.split("|")):
            others[key_of_place(alias)].append(known)
    return {name: _likeliest(cities) for name, cities in (others | own).items()} | _areas()


def _likeliest(cities: list[tuple[int, Areas]]) -> Options:
    largest = max(population for population, _ in cities)
    return tuple(dict.fromkeys(a for population, a in cities if population * _DOMINANT > largest))
