"""Leases and service agreements between invented parties, as clauses, letters and schedules."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from bench.rooms.room import Room, html_page, html_table

_LANDLORDS: Final = (
    "Brackley Estates Limited",
    "Cantor Property Partners LLP",
    "Elm Trust",
    "Severn Holdings Limited",
)
_TENANTS: Final = (
    "Apricot Bakery Ltd",
    "Bluebell Nursery School",
    "Copper Kettle Cafe",
    "Dovetail Joinery Limited",
    "Emberglass Studio",
    "Fernleigh Dental Practice",
    "Gilded Page Bookshop",
    "Harbour Cycle Works",
    "Ivory Key Music School",
    "Juniper Physiotherapy",
    "Kiln Lane Pottery",
    "Lantern Films Ltd",
)
_STREETS: Final = (
    "Harbour Row",
    "Mill Street",
    "Abbey Court",
    "Station Yard",
    "Quayside",
    "Orchard Parade",
)
_USES: Final = (
    "a bakery and shop",
    "a nursery school",
    "a cafe",
    "a joinery workshop",
    "a glass studio",
    "a dental surgery",
    "a bookshop",
    "a bicycle workshop",
    "a music school",
    "a physiotherapy clinic",
    "a pottery",
    "an editing studio",
)
_MONTHS: Final = (
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
)
_WORDS: Final = {
    3: "three",
    5: "five",
    6: "six",
    10: "ten",
    12: "twelve",
    15: "fifteen",
    30: "thirty",
}


@dataclass(frozen=True)
class _Lease:
    landlord: str
    tenant: str
    premises: str
    rent: int
    deposit: int
    term: int
    start: tuple[int, int, int]
    use: str
    notice: int
    renewal: bool
    sublet: bool
    break_year: int
    law: str
    insured_by: str
    interest: float

    @property
    def start_text(self) -> str:
        year, month, day = self.start
        return f"{day} {_MONTHS[month - 1]} {year}"

    @property
    def start_date(self) -> str:
        year, month, day = self.start
        return f"{year}-{month:02}-{day:02}"


def _leases(dice: random.Random) -> list[_Lease]:
    found = []
    for tenant, use in zip(_TENANTS, _USES, strict=True):
        found.append(
            _Lease(
                dice.choice(_LANDLORDS), tenant,
                f"Unit {dice.randint(1, 40)}, {dice.choice(_STREETS)}",
                dice.randint(8, 90) * 125, dice.randint(10, 60) * 250,
                dice.choice((3, 5, 10, 15)),
                (dice.randint(2018, 2025), dice.randint(1, 12), dice.randint(1, 28)), use,
                dice.choice((3, 6, 12)), dice.random() < 0.5, dice.random() < 0.5,
                dice.randint(2, 3), dice.choice(("England and Wales", "Scotland", "Ireland")),
                dice.choice(("Landlord", "Tenant")), dice.choice((2.0, 3.5, 4.0, 5.25)),
            )
        )  # fmt: skip
    return found


def _as_clauses(lease: _Lease) -> tuple[str, str]:
    renewal = (
        "The Tenant has the right to renew this lease for a further term."
        if lease.renewal
        else "This lease confers no right of renewal on the Tenant."
    )
    sublet = (
        "The Tenant may sublet the whole of the Premises with the Landlord's written consent."
        if lease.sublet
        else "The Tenant shall not sublet, assign or part with possession of the Premises."
    )
    return (
        "txt",
        f"""LEASE

This lease is made between {lease.landlord} (the "Landlord") and {lease.tenant} (the "Tenant").

1. Premises
The Landlord lets to the Tenant {lease.premises} (the "Premises").

2. Term
The term is {_WORDS[lease.term]} years commencing on {lease.start_text}.

3. Rent
3.1 The Tenant shall pay a rent of £{lease.rent:,} per month, in advance on the first day of each month.
3.2 Overdue sums bear interest at {lease.interest:g} per cent a year above base rate.

4. Deposit
On signing the Tenant shall lodge a deposit of £{lease.deposit:,} with the Landlord.

5. Permitted use
The Premises shall be used only as {lease.use}.

6. Break
Either party may end this lease at the end of year {lease.break_year} by giving not less than \
{_WORDS[lease.notice]} months' written notice.

7. Renewal
{renewal}

8. Alienation
{sublet}

9. Insurance
The {lease.insured_by} shall insure the Premises against fire and flood.

10. Governing law
This lease is governed by the law of {lease.law}.
""",
    )


def _as_particulars(lease: _Lease) -> tuple[str, str]:
    rows = [
        ["Landlord", lease.landlord],
        ["Tenant", lease.tenant],
        ["Property", lease.premises],
        ["Commencement date", lease.start_text],
        ["Contractual term", f"{lease.term} years"],
        [
            "Annual rent",
            f"£{lease.rent * 12:,} a year, payable in instalments of £{lease.rent:,} a month",
        ],
        ["Rent deposit", f"£{lease.deposit:,}"],
        ["Default interest rate", f"{lease.interest:g}% above base rate"],
        ["Permitted use", f"Use as {lease.use}"],
        ["Break notice", f"{lease.notice} months, not before the end of year {lease.break_year}"],
        ["Renewal", "Permitted, once" if lease.renewal else "No right of renewal"],
        ["Subletting", "Allowed with consent" if lease.sublet else "Not permitted"],
        ["Insurance", f"To be arranged by the {lease.insured_by}"],
        ["Governing law", lease.law],
    ]
    body = f"<h1>Lease particulars</h1>{html_table(rows, head=False)}"
    return "html", html_page(f"Lease of {lease.premises} to {lease.tenant}", body)


def _as_letter(lease: _Lease) -> tuple[str, str]:
    renewal = (
        "You will be entitled to renew when it ends."
        if lease.renewal
        else "There is no entitlement to renew when it ends."
    )
    sublet = (
        "Subletting is allowed if we agree in writing."
        if lease.sublet
        else "Subletting is not allowed."
    )
    return (
        "md",
        f"""# Heads of terms

**From:** {lease.landlord}
**To:** {lease.tenant}
**Re:** {lease.premises}

Dear Sirs,

We write to confirm the terms on which we will let {lease.premises} to you. The lease will run for
{lease.term} years from {lease.start_text}. The rent will be £{lease.rent:,} a month. We shall hold
a deposit of £{lease.deposit:,}. The property may be used as {lease.use} and for nothing else.

- **Break:** on {lease.notice} months' notice, at the end of year {lease.break_year}
- **Late payment:** interest of {lease.interest:g}% over base
- **Insurance:** the responsibility of the {lease.insured_by}
- **Law:** {lease.law}

{renewal} {sublet}

Yours faithfully,
{lease.landlord}
""",
    )


_FORMS: Final = (_as_clauses, _as_particulars, _as_letter)


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(41)  # noqa: S311 - the same room each time
    room = Room("contracts")
    for number, lease in enumerate(_leases(dice)):
        suffix, text = _FORMS[number % 3](lease)
        path = f"{lease.tenant.split()[0].lower()}-{number + 101}.{suffix}"
        room.files[path] = text
        _ask(room, lease, path)
    return room


def _ask(room: Room, lease: _Lease, path: str) -> None:
    prompt = f"The lease of {lease.tenant}"
    room.ask(prompt, "landlord: str? - Name of the landlord", lease.landlord, path)
    room.ask(prompt, "premises: str? - Which premises are let", lease.premises, path)
    room.ask(prompt, "rent: float? - Monthly rent in pounds", float(lease.rent), path)
    room.ask(prompt, "deposit: float? - Deposit in pounds", float(lease.deposit), path)
    room.ask(prompt, "years: int? - Length of the term in years", lease.term, path)
    room.ask(prompt, "begins: date? - When the lease begins", lease.start_date, path)
    room.ask(
        prompt,
        "permitted: str? - What the premises may be used for",
        lease.use,
        path,
        accept=(
            f"Use as {lease.use}",
            f"The Premises shall be used only as {lease.use}.",
            f"Use as {lease.use}.",
            f"only as {lease.use}",
            f"as {lease.use}",
        ),
    )
    room.ask(prompt, "notice: int? - Months of notice to use the break", lease.notice, path)
    room.ask(
        prompt, "renewable: bool? - Whether the tenant has a right to renew", lease.renewal, path
    )
    room.ask(prompt, "sublet: bool? - Whether subletting is allowed", lease.sublet, path)
    room.ask(
        prompt,
        "law: str? - Governing law",
        lease.law,
        path,
        accept=(f"the law of {lease.law}", f"law of {lease.law}"),
    )
    room.ask(
        prompt, "insurer: Landlord|Tenant - Who has to insure the property", lease.insured_by, path
    )
    room.ask(
        prompt,
        "interest: float? - Interest on late payment, percent over base",
        lease.interest,
        path,
    )
    room.ask(prompt, "service_charge: float? - Service charge a year in pounds", None)
    room.ask(prompt, "guarantor: str? - Name of the guarantor", None)
    room.ask(prompt, "parking: int? - Number of parking spaces", None)
    room.ask(prompt, "review: date? - Date of the rent review", None)
