"""A data room of two dozen invented companies: profiles in six forms, accounts, letters, minutes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

from bench.rooms.room import Room, html_page, html_table

_STEMS: Final = [
    "Alder",
    "Bryn",
    "Corvid",
    "Dunmore",
    "Estrel",
    "Fallow",
    "Garnet",
    "Hollin",
    "Isolde",
    "Jarrow",
    "Kestrel",
    "Lomond",
    "Marram",
    "Norven",
    "Orrin",
    "Penhale",
    "Quarry",
    "Rowan",
    "Sable",
    "Tarn",
    "Ulver",
    "Vexil",
    "Wyke",
    "Yarrow",
]
_ENDS: Final = (
    "Systems",
    "Foods",
    "Logistics",
    "Marine",
    "Textiles",
    "Instruments",
    "Energy",
    "Paper",
)
_FIRST: Final = [
    "Anna",
    "Boris",
    "Clara",
    "Dmitri",
    "Elsa",
    "Farid",
    "Greta",
    "Hugo",
    "Ines",
    "Jonas",
    "Katya",
    "Liam",
    "Mona",
    "Nils",
    "Olga",
    "Pavel",
    "Rosa",
    "Stefan",
    "Tessa",
    "Umar",
    "Vera",
    "Walter",
    "Xenia",
    "Yusuf",
    "Zoe",
]
_LAST: Final = [
    "Abbott",
    "Brandt",
    "Castellan",
    "Dorsey",
    "Eriksen",
    "Falk",
    "Grimaldi",
    "Haugen",
    "Ivers",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rahman",
    "Sorensen",
    "Tanaka",
    "Urbina",
    "Visser",
    "Weiss",
    "Young",
    "Zeller",
]
_CITIES: Final = (
    "Leeds",
    "Bergen",
    "Porto",
    "Ghent",
    "Tampere",
    "Graz",
    "Cork",
    "Turin",
    "Malmo",
    "Lyon",
    "Gdansk",
    "Basel",
)
_PRODUCTS: Final = (
    "conveyor belts",
    "smoked herring",
    "pallet tracking",
    "ballast pumps",
    "wool felt",
    "flow meters",
    "heat exchangers",
    "kraft paper",
    "cold stores",
    "tide gauges",
    "crane hooks",
    "label printers",
)
_AUDITORS: Final = ("Harrow & Pike LLP", "Stellan Audit AB", "Morgan Tilney LLP", "Corvel Revision")
_BANKS: Final = ("Northgate Bank", "Union Credit Lyonnais", "Banco Atlantico", "Fjordbanken")
_OWNERSHIP: Final = {
    "public": "listed on the stock exchange",
    "private": "owned by its founders",
    "state": "owned by the state",
}
_MONTHS: Final = ("January", "March", "April", "June", "September", "November")


@dataclass(frozen=True)
class _Company:
    name: str
    chief: str
    finance: str
    chair: str
    founded: int
    city: str
    staff: int
    ownership: str
    auditor: str
    bank: str
    products: tuple[str, ...]
    revenue: dict[int, float]
    profit: dict[int, float]
    debt: float
    currency: str
    works_council: bool
    code: str


def _companies(dice: random.Random) -> list[_Company]:
    people = [f"{first} {last}" for first in _FIRST for last in _LAST]
    dice.shuffle(people)
    found = []
    for number, stem in enumerate(_STEMS):
        revenue = {year: round(dice.uniform(12, 900), 1) for year in (2021, 2022, 2023, 2024)}
        found.append(
            _Company(
                f"{stem} {dice.choice(_ENDS)}",
                people.pop(), people.pop(), people.pop(),
                dice.randint(1871, 2016), dice.choice(_CITIES), dice.randint(40, 9_800),
                dice.choice(list(_OWNERSHIP)), dice.choice(_AUDITORS), dice.choice(_BANKS),
                tuple(dice.sample(_PRODUCTS, 3)), revenue,
                {year: round(value * dice.uniform(-0.05, 0.2), 1)
                 for year, value in revenue.items()},
                round(dice.uniform(5, 300), 1), dice.choice(("EUR", "GBP", "USD")),
                dice.random() < 0.5, f"{stem[:2].upper()}-{dice.randint(10000, 99999)}",
            )
        )  # fmt: skip
        assert number < len(_STEMS)
    return found


def _facts(company: _Company) -> list[tuple[str, str]]:
    return [
        ("Chief executive officer", company.chief),
        ("Chief financial officer", company.finance),
        ("Chair of the board", company.chair),
        ("Established", str(company.founded)),
        ("Registered office", company.city),
        ("Headcount", f"{company.staff:,} (full-time equivalents)"),
        ("Shareholding", f"The company is {_OWNERSHIP[company.ownership]}."),
        ("Statutory auditor", company.auditor),
        ("Principal bankers", company.bank),
        ("Main products", ", ".join(company.products)),
        ("Company number", company.code),
        ("Works council", "Yes" if company.works_council else "None has been set up"),
    ]


def _as_lines(company: _Company) -> tuple[str, str]:
    lines = "\n".join(f"{label}: {value}" for label, value in _facts(company))
    return "md", f"# {company.name}\n\n{lines}\n"


def _as_headings(company: _Company) -> tuple[str, str]:
    body = "".join(f"<h3>{label}</h3><p>{value}</p>" for label, value in _facts(company))
    return "html", html_page(company.name, f"<h1>{company.name}</h1><h2>Key facts</h2>{body}")


def _as_rows(company: _Company) -> tuple[str, str]:
    rows = [[label, value] for label, value in _facts(company)]
    table = html_table(rows, head=False)
    return "html", html_page(f"{company.name}: fact sheet", f"<h1>Fact sheet</h1>{table}")


def _as_terms(company: _Company) -> tuple[str, str]:
    body = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in _facts(company))
    return "html", html_page(company.name, f"<h1>{company.name}</h1><dl>{body}</dl>")


def _as_bold(company: _Company) -> tuple[str, str]:
    lines = "\n\n".join(f"**{label}.** {value}" for label, value in _facts(company))
    return "md", f"# {company.name} at a glance\n\n{lines}\n"


def _as_prose(company: _Company) -> tuple[str, str]:
    kind = _OWNERSHIP[company.ownership]
    council = (
        "Employees are represented by a works council."
        if company.works_council
        else "Employees have not set up a works council."
    )
    return (
        "md",
        f"""# About {company.name}

{company.name} was established in {company.founded} and has its registered office in {company.city}.
The company is {kind} and employs {company.staff:,} people. It makes {company.products[0]},
{company.products[1]} and {company.products[2]}.

{company.chief} is the chief executive officer. {company.finance} has been chief financial officer
since 2019, and {company.chair} chairs the board. The accounts are audited by {company.auditor};
the principal bankers are {company.bank}. {council} The company number is {company.code}.
""",
    )


_FORMS: Final = (_as_lines, _as_headings, _as_rows, _as_terms, _as_bold, _as_prose)


def _accounts(company: _Company) -> str:
    years = sorted(company.revenue, reverse=True)
    rows = [
        ["", *map(str, years)],
        ["Revenue", *(f"{company.revenue[year]:.1f}" for year in years)],
        ["Profit after tax", *(_money(company.profit[year]) for year in years)],
        ["Net debt", f"{company.debt:.1f}", "", "", ""],
    ]
    table = html_table(rows, caption=f"Key figures, {company.currency} millions")
    return html_page(
        f"{company.name}: annual accounts",
        f"<h1>Annual accounts of {company.name}</h1>{table}<p>Figures are audited.</p>",
    )


def _money(value: float) -> str:
    return f"({-value:.1f})" if value < 0 else f"{value:.1f}"


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(20261125)  # noqa: S311 - the same room each time
    room = Room("companies")
    companies = _companies(dice)
    for number, company in enumerate(companies):
        suffix, text = _FORMS[number % len(_FORMS)](company)
        slug = company.name.lower().replace(" ", "-")
        profile, accounts = f"{slug}/profile.{suffix}", f"{slug}/accounts.html"
        room.files[profile] = text
        room.files[accounts] = _accounts(company)
        chief, pages = company.chief, [profile]
        if number % 3 == 0:
            chief, letter = _successor(company, companies[number - 1], room, slug, dice)
            pages = [letter]
        _ask(room, company, chief, pages, profile, accounts)
    return room


def _successor(
    company: _Company, other: _Company, room: Room, slug: str, dice: random.Random
) -> tuple[str, str]:
    """A newer letter with another chief executive, which names a person of a rival too."""
    chief = f"{dice.choice(_FIRST)} Van {dice.choice(_LAST)}"
    month = dice.choice(_MONTHS)
    path = f"{slug}/2025-02-letter.txt"
    room.files[path] = f"""Date: 14 {month} 2025
To: all shareholders
Subject: Change at the top

Dear shareholder,

The board of {company.name} has appointed {chief} as chief executive officer. {company.chief} has
stepped down. Our competitor {other.name} is still led by {other.chief}.

A dividend of 0.{dice.randint(10, 99)} {company.currency} per share will be paid on 3 {month} 2025.

Yours sincerely,
{company.chair}
"""
    return chief, path


def _ask(  # noqa: PLR0913, PLR0917 - what the questions need
    room: Room, company: _Company, chief: str, chief_pages: list[str], profile: str, accounts: str
) -> None:
    name = company.name
    room.ask(name, "ceo: str? - Full name of the current chief executive", chief, *chief_pages)
    room.ask(name, "cfo: str? - Who is the chief financial officer", company.finance, profile)
    room.ask(name, "chairman: str? - Chair of the board of directors", company.chair, profile)
    room.ask(
        name, "founded: int? - Year in which the company was established", company.founded, profile
    )
    room.ask(
        name, "founding_year: str? - Year of establishment, as text", str(company.founded), profile
    )
    room.ask(name, "office: str? - City of the registered office", company.city, profile)
    room.ask(name, "employees: int? - Headcount", company.staff, profile)
    room.ask(name, "owner: public|private|state - Who owns the company", company.ownership, profile)
    room.ask(name, "auditor: str? - Name of the auditor", company.auditor, profile)
    room.ask(name, "banks: str? - The bankers of the company", company.bank, profile)
    room.ask(name, "products: list[str] - Main products", list(company.products), profile)
    room.ask(name, "number: str? - Company number", company.code, profile)
    room.ask(name, "council: bool? - Is there a works council?", company.works_council, profile)
    room.ask(
        name,
        "revenue: float? - Latest annual revenue, in full units of currency",
        round(company.revenue[2024] * 1e6, 1),
        accounts,
    )
    room.ask(
        name,
        "revenue_2022: float? - Revenue in 2022",
        round(company.revenue[2022] * 1e6, 1),
        accounts,
    )
    room.ask(
        name,
        "profit_2023: float? - Profit after tax in 2023, in millions",
        company.profit[2023],
        accounts,
    )
    room.ask(name, "net_debt: float? - Net debt", round(company.debt * 1e6, 1), accounts)
    room.ask(name, "patents: int? - How many patents the company holds", None)
    room.ask(name, "pension: float? - Pension deficit", None)
    room.ask(name, "insurer: str? - Who insures the company", None)
    room.ask(name, "union: str? - Name of the trade union", None)
    room.ask(name, "revenue_2018: float? - Revenue in 2018", None)
    room.ask(name, "executives: list[str] - Executives with their name and title",
             [chief, company.finance], profile, accept=(company.chair, company.chief),
             schema=_EXECUTIVES)  # fmt: skip


_EXECUTIVES: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "executives": {
            "type": "array",
            "description": "Executives with their name and title",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "title": {"type": "string"}},
                "required": ["name", "title"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["executives"],
    "additionalProperties": False,
}
