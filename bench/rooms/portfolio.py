"""The data room of a small fund: what it keeps of each company that it has a share in."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from bench.rooms.room import Room, html_page, html_table

_NAMES: Final = (
    "Tessellate Robotics AG",
    "Oakmoor Dairies Ltd",
    "Pelican Freight BV",
    "Quillon Software GmbH",
    "Rookery Brewing Company",
    "Sandpiper Medical Inc.",
    "Thistledown Yarns Ltd",
    "Umbra Optics SAS",
    "Vantry Cold Chain SpA",
)
_PEOPLE: Final = [
    "Ludmila Hartwig", "Oisin Brannigan", "Femke de Groot", "Tomas Zelenka", "Agnes Whitlock",
    "Ravi Subramaniam", "Catriona Muir", "Bastien Lefort", "Giulia Marchetti", "Henrik Aalto",
    "Salma Bennani", "Piers Holloway", "Yuki Matsuda", "Dorothea Engel", "Kwame Asante",
    "Noemi Szabo", "Callum Reid", "Ilse Vandenberg",
]  # fmt: skip
_TOWNS: Final = ("Winterthur", "Kilkenny", "Rotterdam", "Dresden", "Norwich", "Boston", "Hawick",
                 "Grenoble", "Modena")  # fmt: skip
_CUSTOMERS: Final = ("Albrecht Group", "Morrow Stores", "Delphine Cosmetics", "City of Aarhus",
                     "Nimbus Airlines")  # fmt: skip
_HOLDERS: Final = ("Larkspur Growth Fund II", "the founding family", "Meridian Pensions",
                   "Ostwald Beteiligungen")  # fmt: skip
_INSURERS: Final = ("Helvia Versicherung", "Albion Mutual", "Assurances du Rhone")
_SYSTEMS: Final = ("SAP Business One", "Odoo", "Sage 200", "Microsoft Dynamics")


@dataclass(frozen=True)
class _Holding:
    name: str
    head: str
    sales: str
    town: str
    incorporated: int
    people: int
    sites: int
    sales_by_year: dict[int, int]
    ebitda: dict[int, int]
    loan: int
    customer: str
    share: int
    holder: str
    stake: float
    insurer: str
    cover: int
    system: str
    certified: bool
    lawsuit: bool
    margin: float

    @property
    def short(self) -> str:
        return self.name.split()[0]


def _holdings(dice: random.Random) -> list[_Holding]:
    people = list(_PEOPLE)
    dice.shuffle(people)
    years = (2022, 2023, 2024)
    return [
        _Holding(
            name, people.pop(), people.pop(), town, dice.randint(1958, 2014),
            dice.randint(35, 1900), dice.randint(2, 9),
            {year: dice.randint(4_000, 96_000) for year in years},
            {year: dice.randint(300, 9_000) for year in years}, dice.randint(5, 90) * 100,
            dice.choice(_CUSTOMERS), dice.randint(11, 48), dice.choice(_HOLDERS),
            dice.randint(210, 740) / 10, dice.choice(_INSURERS), dice.randint(2, 25),
            dice.choice(_SYSTEMS), dice.random() < 0.5, dice.random() < 0.5,
            dice.randint(180, 610) / 10,
        )
        for name, town in zip(_NAMES, _TOWNS, strict=True)
    ]  # fmt: skip


def _memo(held: _Holding) -> tuple[str, str]:
    quality = (
        "Its quality system is certified to ISO 9001."
        if held.certified
        else "It does not hold an ISO 9001 certificate."
    )
    court = (
        f"{held.short} is being sued by a former supplier; the case is before the regional court."
        if held.lawsuit
        else "There are no legal proceedings, pending or threatened."
    )
    return (
        "md",
        f"""# Investment memorandum: {held.name}

## Overview
{held.name} ("{held.short}") was incorporated in {held.incorporated}. The company is based in
{held.town} and runs {held.sites} sites. At year end it had {held.people:,} people on the payroll.

## Management
{held.head} is managing director. Sales are led by {held.sales}, who joined from Corbin Brothers,
a rival that was set up in 1903 and whose managing director is Otto Brandl.

## Customers and systems
The largest customer, {held.customer}, accounts for {held.share}% of sales. The company runs its
books on {held.system}. {quality}

## Ownership
{held.holder[0].upper()}{held.holder[1:]} is the largest shareholder with {held.stake}% of the shares.

## Risks
{court} Property and liability cover of EUR {held.cover} million is placed with {held.insurer}.
""",
    )


def _sheet(held: _Holding) -> tuple[str, str]:
    rows = [
        ["Item", "Entry", "Source"],
        ["Managing director", held.head, "register"],
        ["Head of sales", held.sales, "interview"],
        ["Seat", held.town, "register"],
        ["Date of incorporation", f"3 May {held.incorporated}", "register"],
        ["Staff (year end)", f"{held.people:,}", "payroll"],
        ["Sites", str(held.sites), "visit"],
        ["Largest customer", f"{held.customer} ({held.share} % of sales)", "ledger"],
        ["Largest shareholder", f"{held.holder}, {held.stake} %", "share register"],
        ["Accounting software", held.system, "visit"],
        ["ISO 9001", "certified" if held.certified else "not certified", "visit"],
        ["Litigation", "one case pending" if held.lawsuit else "none", "counsel"],
        ["Insurer", held.insurer, "policy"],
        ["Sum insured", f"EUR {held.cover} million", "policy"],
    ]
    body = f"<h2>Due diligence checklist</h2>{html_table(rows)}"
    return "html", html_page(f"Checklist {held.name}", body)


def _mail(held: _Holding) -> tuple[str, str]:
    quality = "have" if held.certified else "do not have"
    court = "a supplier has taken them to court" if held.lawsuit else "nobody is suing them"
    return (
        "txt",
        f"""From: Maren Sund
To: Investment committee
Subject: {held.name} - what we found
Date: 17 February 2025

All,

our notes on {held.name}:

* Who runs it: {held.head} (managing director), {held.sales} (sales director)
* Where: headquarters in {held.town}, {held.sites} locations in all
* Year of incorporation: {held.incorporated}
* Employees: {held.people:,}
* Biggest customer: {held.customer}, {held.share} per cent of turnover
* Biggest shareholder: {held.holder} ({held.stake} per cent)
* Accounts are kept in {held.system}
* Insurance: {held.insurer}, sum insured EUR {held.cover} million

They {quality} ISO 9001 certification, and {court}.

Maren
""",
    )


def _figures_html(held: _Holding) -> tuple[str, str]:
    years = sorted(held.ebitda)
    rows = [
        ["", *(f"FY{year}" for year in years)],
        ["Net sales", *(f"{held.sales_by_year[year]:,}" for year in years)],
        ["Gross margin (%)", "", "", f"{held.margin}"],
        ["EBITDA", *(f"{held.ebitda[year]:,}" for year in years)],
        ["Bank loans", "", "", f"{held.loan:,}"],
    ]
    table = html_table(rows, caption="EUR thousand, 31 December")
    return "html", html_page(f"{held.name} - financials", f"<h1>{held.name}</h1>{table}")


def _figures_csv(held: _Holding) -> tuple[str, str]:
    unit = "(EUR thousand)"
    lines = [f"Year,Net sales {unit},EBITDA {unit},Bank loans {unit},Gross margin (%)"]
    for year in sorted(held.ebitda):
        last = year == max(held.ebitda)
        lines.append(f"{year},{held.sales_by_year[year]},{held.ebitda[year]},"
                     f"{held.loan if last else ''},{held.margin if last else ''}")  # fmt: skip
    return "csv", "\n".join(lines) + "\n"


def _figures_md(held: _Holding) -> tuple[str, str]:
    rows = "\n".join(
        f"| {year} | {held.sales_by_year[year] / 1000:.3f} | {held.ebitda[year] / 1000:.3f} |"
        for year in sorted(held.ebitda, reverse=True)
    )
    return (
        "md",
        f"""# Figures of {held.name}

All amounts in EUR million.

| Financial year | Net sales | EBITDA |
|---|---|---|
{rows}

Bank loans stood at EUR {held.loan / 1000:.1f} million at the end of 2024. The gross margin was
{held.margin} per cent.
""",
    )


_ABOUT: Final = (_memo, _sheet, _mail)
_FIGURES: Final = (_figures_html, _figures_csv, _figures_md)


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(77)  # noqa: S311 - the same room each time
    room = Room("portfolio")
    for number, held in enumerate(_holdings(dice)):
        suffix, text = _ABOUT[number % 3](held)
        folder = held.name.lower().replace(" ", "_").replace(".", "")
        about = f"{folder}/diligence.{suffix}"
        room.files[about] = text
        suffix, text = _FIGURES[(number // 3 + number) % 3](held)
        figures = f"{folder}/{folder}_figures.{suffix}"
        room.files[figures] = text
        _ask(room, held, about, figures)
    return room


def _ask(room: Room, held: _Holding, about: str, figures: str) -> None:
    name = held.name
    bare = held.holder.removeprefix("the ")
    room.ask(name, "head: str? - Managing director", held.head, about)
    room.ask(name, "sales_lead: str? - Who is responsible for sales", held.sales, about)
    room.ask(name, "seat: str? - Town of the headquarters", held.town, about)
    room.ask(name, "since: int? - Year of incorporation", held.incorporated, about)
    room.ask(name, "staff: int? - Number of employees", held.people, about)
    room.ask(name, "sites: int? - Number of sites", held.sites, about)
    room.ask(name, "top_customer: str? - Name of the largest customer", held.customer, about)
    room.ask(name, "dependence: float? - Share of sales with the largest customer, in percent",
             float(held.share), about)  # fmt: skip
    room.ask(name, "owner: str? - Largest shareholder", held.holder, about, accept=(bare,))
    room.ask(name, "stake: float? - Percentage held by the largest shareholder", held.stake, about)
    room.ask(name, "software: str? - Which accounting software is used", held.system, about)
    room.ask(name, "iso_9001: bool? - Whether the company is certified to ISO 9001",
             held.certified, about)  # fmt: skip
    room.ask(name, "litigation: bool? - Is there any pending litigation?", held.lawsuit, about)
    room.ask(name, "insurer: str? - Insurance company", held.insurer, about)
    room.ask(name, "insured: float? - Sum insured in million euros", float(held.cover), about)
    room.ask(name, "net_sales: float? - Net sales in 2023, in euros",
             held.sales_by_year[2023] * 1000.0, figures)  # fmt: skip
    room.ask(name, "ebitda: float? - Latest EBITDA in euros", held.ebitda[2024] * 1000.0, figures)
    room.ask(name, "loans: float? - Bank loans in thousands of euros", float(held.loan), figures)
    room.ask(name, "gross_margin: float? - Gross margin in percent", held.margin, figures)
    room.ask(name, "net_sales_2019: float? - Net sales in 2019", None)
    room.ask(name, "trademarks: int? - Number of registered trademarks", None)
    room.ask(name, "auditor: str? - Auditor of the accounts", None)
    room.ask(name, "dividend: float? - Dividend paid per share", None)
    room.ask(name, "research_head: str? - Head of research", None)
    room.ask(name, "audit_date: date? - Date of the last tax audit", None)
    room.ask(name, "profit_sharing: bool? - Do employees share in the profit?", None)
