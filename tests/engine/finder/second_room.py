"""A second room with known answers, of other kinds and forms than the first; never tuned on.

Vessels stand in an HTML register, clinics in prose and lists of a region's pages, grants in
numbered sections, courses on pages of their own with front matter, and partners in letters.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tests.engine.finder.room import Question

if TYPE_CHECKING:
    from pathlib import Path

SEED = 71
_SHIPS = [
    "Nordlys",
    "Havfrue",
    "Skarven",
    "Teisten",
    "Alken",
    "Lomvi",
    "Terna",
    "Havsula",
    "Krykkja",
    "Toppskarv",
]
_CLINICS = (
    "Lindenhof|Westgate|Saint Anne|Riverside|Oakfield|Elmbridge|Castle Hill|Marienhof|Southmead"
)
_TOPICS = "soil salinity|tidal energy|battery recycling|coral bleaching|urban noise|peat fires"
_COURSES = "Statistics I|Marine Biology|Organic Chemistry|Linear Algebra|Field Methods|Optics"


def make_second_room(folder: Path) -> list[Question]:
    """Write the documents below `folder`; gives the questions about them."""
    random_ = random.Random(SEED)  # noqa: S311 - the same room each time
    ships = _ships(folder / "fleet", random_)
    clinics = _clinics(folder / "health", random_)
    grants = _grants(folder / "research", random_)
    courses = _courses(folder / "courses", random_)

    def ask(objective: str, kind: str, conditions: Any, gold: Any) -> Question:
        return Question("second room", "fresh", objective, kind, conditions, frozenset(gold))

    return [
        ask(
            "Vessels built before 2000",
            "vessels",
            {"built": "The vessel was built before 2000"},
            [s["name"] for s in ships if s["built"] < 2000],
        ),
        ask(
            "Vessels with their home port in Tromso",
            "vessels",
            {"port": "The home port is Tromso"},
            [s["name"] for s in ships if s["port"] == "Tromso"],
        ),
        ask(
            "Clinics that have an emergency department",
            "clinics",
            {"emergency": "The clinic has an emergency department"},
            [c["name"] for c in clinics if c["emergency"]],
        ),
        ask(
            "Clinics with at least 200 beds",
            "clinics",
            {"beds": "The clinic has at least 200 beds"},
            [c["name"] for c in clinics if c["beds"] >= 200],
        ),
        ask(
            "Grants of more than 500,000 euros",
            "grants",
            {"amount": "The amount is more than 500,000 euros"},
            [g["name"] for g in grants if g["amount"] > 500_000],
        ),
        ask(
            "Grants that were awarded to the University of Bergen",
            "grants",
            {"bergen": "The grant was awarded to the University of Bergen"},
            [g["name"] for g in grants if g["holder"] == "University of Bergen"],
        ),
        ask(
            "Courses that are taught in English",
            "courses",
            {"english": "The course is taught in English"},
            [c["name"] for c in courses if c["language"] == "English"],
        ),
        ask(
            "Courses with 10 credits",
            "courses",
            {"credits": "The course has at least 10 credits"},
            [c["name"] for c in courses if c["credits"] >= 10],
        ),
    ]


def _write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, "utf-8")


def _ships(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    ships = [
        {
            "name": name,
            "built": random_.randint(1972, 2021),
            "port": random_.choice(["Tromso", "Alesund", "Stavanger"]),
            "length": random_.randint(18, 96),
        }
        for name in _SHIPS
    ]
    rows = "".join(
        f"<tr><td>{s['name']}</td><td>{s['port']}</td><td>{s['built']}</td>"
        f"<td>{s['length']} m</td></tr>"
        for s in ships
    )
    _write(
        folder,
        "register.html",
        "<html><head><title>Register of the fleet</title></head><body><h1>Register of the fleet"
        "</h1><p>This register lists all vessels of the company with their home ports.</p><table>"
        "<tr><th>Vessel</th><th>Home port</th><th>Built</th><th>Length</th></tr>"
        f"{rows}</table><p>Changes are to be reported within a month.</p></body></html>",
    )
    return ships


def _clinics(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    names = [f"{name} Clinic" for name in _CLINICS.split("|")]
    clinics = [
        {
            "name": name,
            "beds": random_.choice([60, 120, 180, 240, 310, 420]),
            "emergency": random_.random() < 0.5,
        }
        for name in names
    ]
    half = len(clinics) // 2
    _write(
        folder,
        "north.md",
        "# Hospitals of the northern region\n\nThe region runs these clinics:\n\n"
        + "".join(
            f"- **{c['name']}** - {c['beds']} beds, "
            f"{'with' if c['emergency'] else 'without'} an emergency department\n"
            for c in clinics[:half]
        ),
    )
    parts = []
    for c in clinics[half:]:
        has = "has an emergency department" if c["emergency"] else "has no emergency department"
        parts.append(f"### {c['name']}\n\nThe clinic has {c['beds']} beds. It {has}.\n")
    _write(folder, "south.md", "# Southern region\n\n## Clinics\n\n" + "\n".join(parts))
    return clinics


def _grants(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    holders = ["University of Bergen", "Nordic Institute", "Technical College"]
    grants = [
        {
            "name": f"Grant {2301 + number}",
            "topic": topic,
            "amount": random_.randint(2, 18) * 50_000,
            "holder": random_.choice(holders),
        }
        for number, topic in enumerate(_TOPICS.split("|"))
    ]
    text = "# Annual report of the research fund\n\n## Grants\n\n" + "\n".join(
        f"### {g['name']}: {g['topic']}\n\nAwarded to the {g['holder']}. The amount is "
        f"{g['amount']:,} euros over three years.\n"
        for g in grants
    )
    _write(folder, "report.md", text)
    return grants


def _courses(folder: Path, random_: random.Random) -> list[dict[str, Any]]:
    courses = [
        {
            "name": name,
            "language": random_.choice(["English", "German"]),
            "credits": random_.choice([5, 6, 10, 12]),
        }
        for name in _COURSES.split("|")
    ]
    for number, c in enumerate(courses):
        _write(
            folder,
            f"c{100 + number}.md",
            f"---\ntitle: {c['name']}\ndate: 2026-09-01\n---\n\n"
            f"Language of instruction: {c['language']}\n\nCredits: {c['credits']}\n\n"
            f"The course is taught in {c['language']} and ends with a written exam.\n",
        )
    return courses
