"""A data room with known answers, made from a seed: suppliers, staff, projects, products, leases.

Each kind of entity stands in another form: suppliers have pages of their own in varied prose and
lists, staff is one table, projects are headings of a report, products are a catalogue, leases are
agreements, and partners are named in passing in minutes. Nothing of it was used to tune the finder
but what its questions call `tune`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261125
_STEMS = [
    "Nor",
    "Kvern",
    "Haldex",
    "Brent",
    "Lumo",
    "Tessa",
    "Orca",
    "Vardo",
    "Peli",
    "Quint",
    "Staal",
    "Ferro",
    "Adler",
    "Kibo",
    "Merid",
    "Zephy",
]
_ENDS = ["tec", "form", "dyn", "works", "line", "metal", "plast", "cast", "mar", "gear"]
_FORMS = {
    "Germany": "GmbH",
    "Norway": "AS",
    "Italy": "S.p.A.",
    "France": "SAS",
    "Poland": "Sp. z o.o.",
}
_CITIES = {
    "Germany": ["Kassel", "Bremen", "Ulm"],
    "Norway": ["Drammen", "Bodo", "Hamar"],
    "Italy": ["Brescia", "Parma", "Lecco"],
    "France": ["Lyon", "Nantes", "Metz"],
    "Poland": ["Poznan", "Gdynia", "Lublin"],
}
_GOODS = ["castings", "seals", "cable harnesses", "gearboxes", "coatings", "sheet metal"]
_FIRST = [
    "Anna",
    "Jonas",
    "Mette",
    "Piotr",
    "Giulia",
    "Henrik",
    "Sofie",
    "Marek",
    "Claire",
    "Lars",
    "Ines",
    "Tomas",
    "Vera",
    "Emil",
]
_LAST = [
    "Berg",
    "Nowak",
    "Rossi",
    "Lindqvist",
    "Moreau",
    "Haugen",
    "Weber",
    "Kowalski",
    "Conti",
    "Dahl",
    "Keller",
    "Faure",
]
_ROLES = ["engineer", "buyer", "controller", "technician", "designer"]
_OFFICES = ["Oslo", "Hamburg", "Turin"]
_PROJECTS = [
    "Aurora",
    "Basalt",
    "Cinder",
    "Delta",
    "Ember",
    "Fjord",
    "Granite",
    "Harbour",
    "Indigo",
    "Juniper",
]
_STATES = ["on hold", "on schedule", "completed", "delayed"]
_PRODUCTS = ["Pump", "Valve", "Filter", "Sensor", "Motor", "Fan", "Coupling", "Gauge"]
_HOUSES = (
    "Harbour House|Mill Yard|Dock 7|Old Foundry|Station Court|Park Annex|North Hall|West Depot"
)


@dataclass(frozen=True)
class Question:
    """A question with all of its answers."""

    room: str
    part: str  # `tune` was looked at while the finder was written, `held` was not
    objective: str
    entity_type: str
    conditions: dict[str, str]
    gold: frozenset[str]


def make_room(folder: Path) -> list[Question]:
    """Write the documents below `folder`; gives the questions about them."""
    random_ = random.Random(SEED)  # noqa: S311 - the same room each time
    suppliers = _suppliers(folder / "suppliers", random_)
    staff = _staff(folder / "people", random_)
    projects = _projects(folder / "reports", random_, staff)
    products = _products(folder / "sales", random_)
    leases = _leases(folder / "legal", random_)
    _minutes(folder / "minutes", random_, suppliers, staff)

    def question(part: str, objective: str, kind: str, conditions: Any, gold: Any) -> Question:
        return Question("room", part, objective, kind, conditions, frozenset(gold))

    chosen = staff[3]["office"]
    leader = projects[2]["leader"]
    return [
        question(
            "tune",
            "Suppliers in Germany",
            "suppliers",
            {"in_germany": "The supplier is located in Germany"},
            [s["name"] for s in suppliers if s["country"] == "Germany"],
        ),
        question(
            "tune",
            "Suppliers that are certified to ISO 9001",
            "suppliers",
            {"iso_9001": "The supplier is certified to ISO 9001"},
            [s["name"] for s in suppliers if s["iso"]],
        ),
        question(
            "tune",
            f"People who work in the {chosen} office",
            "people",
            {"office": f"Works in the {chosen} office"},
            [p["name"] for p in staff if p["office"] == chosen],
        ),
        question(
            "tune",
            "Projects that are on hold",
            "projects",
            {"on_hold": "The project is on hold"},
            [p["name"] for p in projects if p["state"] == "on hold"],
        ),
        question(
            "tune",
            "Products that cost more than 500 euros",
            "products",
            {"price": "The price is more than 500 EUR"},
            [p["name"] for p in products if p["price"] > 500],
        ),
        question(
            "held",
            "Suppliers with more than 300 employees that were founded before 1990",
            "suppliers",
            {
                "employees": "The supplier has more than 300 employees",
                "founded": "The supplier was founded before 1990",
            },
            [s["name"] for s in suppliers if s["employees"] > 300 and s["founded"] < 1990],
        ),
        question(
            "held",
            "Employees who are engineers and joined in or after 2015",
            "employees",
            {"engineer": "The role is engineer", "since": "Joined since 2015"},
            [p["name"] for p in staff if p["role"] == "engineer" and p["since"] >= 2015],
        ),
        question(
            "held",
            f"Projects led by {leader}",
            "projects",
            {"leader": f"The project is led by {leader}"},
            [p["name"] for p in projects if p["leader"] == leader],
        ),
        question(
            "held",
            "Discontinued products",
            "products",
            {"discontinued": "The product is discontinued"},
            [p["name"] for p in products if p["status"] == "discontinued"],
        ),
        question(
            "held",
            "Leases that expire before 2028",
            "leases",
            {"expires": "The lease expires before 2028"},
            [lease["name"] for lease in leases if lease["ends"] < 2028],
        ),
    ]


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text, "utf-8")


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _suppliers(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    names = random_.sample([f"{a}{b}" for a in _STEMS for b in _ENDS], 24)
    made = []
    for number, stem in enumerate(names):
        country = random_.choice(sorted(_FORMS))
        one: dict[str, Any] = {
            "name": f"{stem} {_FORMS[country]}",
            "country": country,
            "city": random_.choice(_CITIES[country]),
            "goods": random_.choice(_GOODS),
            "founded": random_.randint(1951, 2018),
            "employees": random_.choice([28, 64, 120, 210, 340, 480, 900, 1500]),
            "iso": random_.random() < 0.5,
        }
        made.append(one)
        form = number % 3
        iso = (
            "The quality system is certified to ISO 9001."
            if one["iso"]
            else "The quality system is not certified to ISO 9001."
        )
        if form == 0:
            text = (
                f"# {one['name']}\n\n- Location: {one['city']}, {country}\n- Supplies: "
                f"{one['goods']}\n- Founded: {one['founded']}\n- Employees: {one['employees']:,}\n"
                f"- ISO 9001: {'yes' if one['iso'] else 'no'}\n"
            )
        elif form == 1:
            text = (
                f"# {one['name']}\n\n{one['name']} of {one['city']}, {country}, has supplied us "
                f"with {one['goods']} for years. The company was founded in {one['founded']} "
                f"and has {one['employees']:,} employees. {iso}\n"
            )
        else:
            text = (
                f"# {one['name']}\n\n## Profile\n\n| Item | Value |\n|---|---|\n"
                f"| Seat | {one['city']}, {country} |\n| Year founded | {one['founded']} |\n"
                f"| Staff | {one['employees']:,} |\n\n## Quality\n\n{iso} "
                f"Deliveries of {one['goods']} are checked on arrival.\n"
            )
        _write(folder, _slug(one["name"]), text)
    return made


def _staff(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    names = random_.sample([f"{a} {b}" for a in _FIRST for b in _LAST], 26)
    staff = [
        {
            "name": name,
            "role": random_.choice(_ROLES),
            "office": random_.choice(_OFFICES),
            "since": random_.randint(2004, 2024),
        }
        for name in names
    ]
    rows = "".join(f"| {p['name']} | {p['role']} | {p['office']} | {p['since']} |\n" for p in staff)
    _write(
        folder,
        "staff-directory",
        f"# Staff directory\n\n| Employee | Role | Office | Joined |\n|---|---|---|---|\n{rows}",
    )
    return staff


def _projects(folder: Path, random_: random.Random, staff: list[Any]) -> list[dict[str, Any]]:
    leaders = random_.sample([p["name"] for p in staff], 4)
    projects = [
        {
            "name": f"Project {name}",
            "state": random_.choice(_STATES),
            "leader": random_.choice(leaders),
            "budget": random_.randint(2, 40) * 50_000,
        }
        for name in _PROJECTS
    ]
    parts = []
    for number, p in enumerate(projects):
        if number % 2:
            parts.append(
                f"## {p['name']}\n\nThe project is led by {p['leader']} and is {p['state']}. "
                f"Its budget is {p['budget']:,} euros.\n"
            )
        else:
            parts.append(
                f"## {p['name']}\n\n- Status: {p['state']}\n- Project leader: {p['leader']}\n"
                f"- Budget: {p['budget']:,} euros\n"
            )
    _write(folder, "projects-2026", "# Report on projects, 2026\n\n" + "\n".join(parts))
    return projects


def _products(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    names = random_.sample([f"{a} {b}" for a in _PRODUCTS for b in (110, 240, 360, 480, 520)], 22)
    products = [
        {
            "name": name,
            "price": random_.choice([45, 120, 260, 390, 510, 780, 1250]),
            "status": random_.choice(["available", "available", "discontinued"]),
        }
        for name in names
    ]
    rows = "".join(
        f"| {100 + n} | {p['name']} | {p['price']:,} | {p['status']} |\n"
        for n, p in enumerate(products)
    )
    _write(
        folder,
        "catalogue",
        "# Catalogue\n\nAll prices without tax.\n\n| No. | Product | Price (EUR) | Status |\n"
        f"|---|---|---|---|\n{rows}",
    )
    return products


def _leases(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    leases = [{"name": house, "ends": random_.randint(2026, 2031)} for house in _HOUSES.split("|")]
    for lease in leases:
        rent = random_.randint(3, 30) * 1000
        _write(
            folder,
            _slug(f"lease {lease['name']}"),
            f"# Lease: {lease['name']}\n\nThis lease is made for the premises at {lease['name']}. "
            f"The annual rent is {rent:,} euros. The lease expires on 30 June {lease['ends']}.\n",
        )
    return leases


def _minutes(folder: Path, random_: random.Random, suppliers: list[Any], staff: list[Any]) -> None:
    for month in range(1, 7):
        people = random_.sample([p["name"] for p in staff], 3)
        supplier = random_.choice(suppliers)["name"]
        _write(
            folder,
            f"2026-0{month}",
            f"# Minutes of the purchasing meeting, 2026-0{month}\n\n"
            f"Present: {', '.join(people)}.\n\n"
            f"{people[0]} reported on the delivery of {supplier}, which came late. "
            "Other offers from Germany and Norway were discussed.\n",
        )
