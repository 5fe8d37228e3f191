"""A lawyer's folder: warehouse leases, hire of machines, loans, licences, consultants."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from bench.rooms.room import Room, html_page, html_table

_LESSORS: Final = ("Ironbridge Realty Trust", "Coastal Sheds LLC", "Marlowe Land Company")
_LESSEES: Final = ("Borealis Tile Corporation", "Fennimore Toys Inc.", "Greenway Seeds LLC")
_OWNERS: Final = ("Hauser Cranes GmbH", "Liftline Rental BV", "Mastodon Plant Hire Ltd")
_HIRERS: Final = ("Pinewood Builders Ltd", "Rademaker Bouw NV", "Stellmach Hochbau AG")
_LENDERS: Final = ("Credit Maritime SA", "Bank of Lorne", "Sparkasse Altmark")
_BORROWERS: Final = ("Tidewater Shellfish Co.", "Upland Timber Ltd", "Vellum Press Holdings")
_LICENSORS: Final = ("Axiomatic Labs Inc.", "Brightloom Software Ltd", "Cartograph SAS")
_LICENSEES: Final = ("Drayton County Council", "Eastvale Hospital Trust", "Forde & Sons Surveyors")
_EXPERTS: Final = ("Dr Miriam Katz", "Laszlo Orban", "Winifred Achebe")
_CLIENTS: Final = ("Gillespie Water Authority", "Hartmut Zinc Works", "Isenberg Clinic")
_COURTS: Final = ("Delaware", "the Netherlands", "Austria", "New York", "Norway")
_YES, _NO = True, False
_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August",
                  "September", "October", "November", "December")  # fmt: skip


class _Day(NamedTuple):
    year: int
    month: int
    day: int

    @property
    def iso(self) -> str:
        return f"{self.year}-{self.month:02}-{self.day:02}"

    @property
    def american(self) -> str:
        return f"{_MONTHS[self.month - 1]} {self.day}, {self.year}"

    @property
    def british(self) -> str:
        return f"{self.day} {_MONTHS[self.month - 1]} {self.year}"


def _day(dice: random.Random) -> _Day:
    return _Day(dice.randint(2019, 2025), dice.randint(1, 12), dice.randint(1, 28))


def _warehouse(room: Room, dice: random.Random, number: int) -> None:
    lessor, lessee = _LESSORS[number], _LESSEES[number]
    signed, rent, feet = _day(dice), dice.randint(40, 240) * 250, dice.randint(12, 180) * 500
    months, deposit, court = dice.choice((24, 36, 60)), dice.randint(8, 60) * 1000, _COURTS[number]
    days, pets, renew = dice.choice((30, 60, 90)), dice.random() < 0.5, dice.random() < 0.5
    option = (
        "Lessee may extend the term once for a like period."
        if renew
        else "Lessee has no option to extend the term."
    )
    alter = (
        "Lessee may make alterations with the prior written approval of Lessor."
        if pets
        else "Lessee shall not make any alterations to the Building."
    )
    path = f"warehouse_{number + 1}.txt"
    room.files[path] = f"""COMMERCIAL LEASE AGREEMENT

THIS AGREEMENT, dated {signed.american}, is by and between {lessor}, hereinafter called "Lessor",
and {lessee}, hereinafter called "Lessee".

ARTICLE I - BUILDING. Lessor leases to Lessee the warehouse at {dice.randint(100, 990)} Canal Road,
containing approximately {feet:,} square feet (the "Building").

ARTICLE II - TERM. This Lease shall continue for {months} months.

ARTICLE III - RENT. Lessee shall pay Lessor base rent of ${rent:,} monthly. A security deposit in the
sum of ${deposit:,} is due on signing and shall be returned without interest.

ARTICLE IV - TERMINATION. Either party may terminate this Lease on {days} days' written notice.

ARTICLE V - EXTENSION. {option}

ARTICLE VI - ALTERATIONS. {alter} Lessor shall be responsible for the roof.

ARTICLE VII - LAW. This Lease shall be construed under the laws of {court}.
"""
    prompt = f"{lessee} warehouse lease"
    room.ask(prompt, "lessor: str? - Who is the lessor", lessor, path)
    room.ask(prompt, "signed: date? - Date of the agreement", signed.iso, path)
    room.ask(prompt, "area: int? - Area of the building in square feet", feet, path)
    room.ask(prompt, "term: int? - Term in months", months, path)
    room.ask(prompt, "base_rent: float? - Base rent a month in dollars", float(rent), path)
    room.ask(prompt, "security: float? - Security deposit in dollars",
             float(deposit), path)  # fmt: skip
    room.ask(prompt, "notice_days: int? - Days of notice to terminate", days, path)
    room.ask(prompt, "extendable: bool? - Can the lessee extend the term?", renew, path)
    room.ask(prompt, "alterations: bool? - Are alterations allowed?", pets, path)
    room.ask(prompt, "roof: Lessor|Lessee - Who is responsible for the roof", "Lessor", path)
    room.ask(prompt, "law: str? - Which law applies", court, path,
             accept=(f"laws of {court}", f"the laws of {court}"))  # fmt: skip
    room.ask(prompt, "broker: str? - Name of the broker", None)
    room.ask(prompt, "docks: int? - Number of loading docks", None)
    room.ask(prompt, "late_fee: float? - Late fee in dollars", None)
    room.ask(prompt, "inspection: date? - Date of the next inspection", None)
    room.ask(prompt, "smoking: bool? - Is smoking allowed in the building?", None)


def _hire(room: Room, dice: random.Random, number: int) -> None:
    owner, hirer = _OWNERS[number], _HIRERS[number]
    start, rate, weeks = _day(dice), dice.randint(9, 90) * 50, dice.randint(4, 40)
    machine = ("tower crane MK 88", "telescopic handler TH 7", "crawler excavator CX 210")[number]
    serial, excess = f"SN {dice.randint(100000, 999999)}", dice.randint(1, 10) * 500
    operator, site = dice.random() < 0.5, ("Leith Docks", "Zuidas", "Hafencity")[number]
    with_whom = (
        "The Owner shall provide a qualified operator."
        if operator
        else "The hire is without an operator."
    )
    path = f"hire/{hirer.split()[0].lower()}.html"
    rows = [
        ["Machine", machine],
        ["Serial number", serial],
        ["Site", site],
        ["Start of hire", start.british],
        ["Period of hire", f"{weeks} weeks"],
        ["Hire charge", f"EUR {rate:,} per week"],
        ["Excess", f"EUR {excess:,} for each claim"],
    ]
    body = f"""<h1>Hire contract</h1>
<p>Parties: (1) {owner}, the <b>Owner</b>, and (2) {hirer}, the <b>Hirer</b>.</p>
<h2>Schedule</h2>{html_table(rows, head=False)}
<h2>Terms</h2>
<ol><li>The machine stays the property of the Owner.</li>
<li>{with_whom}</li>
<li>The Hirer shall pay for fuel. The Owner shall carry out all maintenance.</li>
<li>Payment is due within 21 days of the date of the invoice.</li></ol>"""
    room.files[path] = html_page(f"Hire contract {dice.randint(1000, 9999)}", body)
    prompt = f"Hire contract with {hirer}"
    room.ask(prompt, "owner: str? - Owner of the machine", owner, path)
    room.ask(prompt, "machine: str? - Which machine is hired", machine, path)
    room.ask(prompt, "serial: str? - Serial number", serial, path,
             accept=(serial.removeprefix("SN "),))  # fmt: skip
    room.ask(prompt, "site: str? - Site at which the machine is used", site, path)
    room.ask(prompt, "begin: date? - Date on which the hire starts", start.iso, path)
    room.ask(prompt, "weeks: int? - Duration of the hire in weeks", weeks, path)
    room.ask(prompt, "charge: float? - Charge per week in euros", float(rate), path)
    room.ask(prompt, "excess: float? - Excess for a claim in euros", float(excess), path)
    room.ask(prompt, "operator: bool? - Is an operator provided?", operator, path)
    room.ask(prompt, "fuel: Owner|Hirer - Who pays for fuel", "Hirer", path)
    room.ask(prompt, "maintenance: Owner|Hirer - Who is in charge of maintenance", "Owner", path)
    room.ask(prompt, "pay_days: int? - Days within which invoices must be paid", 21, path)
    room.ask(prompt, "price: float? - Purchase price of the machine", None)
    room.ask(prompt, "built: int? - Year in which the machine was built", None)
    room.ask(prompt, "operator_name: str? - Name of the operator", None)
    room.ask(prompt, "discount: float? - Discount in percent", None)


def _loan(room: Room, dice: random.Random, number: int) -> None:
    lender, borrower = _LENDERS[number], _BORROWERS[number]
    amount, rate = dice.randint(4, 90) / 2, dice.randint(210, 790) / 100
    until, fee, court = _day(dice), dice.randint(2, 15) / 10, _COURTS[number + 2]
    secured, early = dice.random() < 0.5, dice.random() < 0.5
    path = f"{borrower.split()[0]} facility letter.md"
    security = (
        "The Facility is secured by a mortgage over the Borrower's land."
        if secured
        else "No security is given for the Facility."
    )
    prepay = (
        "The Borrower may prepay at any time without penalty."
        if early
        else "The Borrower may not prepay before the Final Repayment Date."
    )
    room.files[path] = f"""**FACILITY LETTER**

{lender} (the *Lender*) offers {borrower} (the *Borrower*) a term loan on these terms.

**Definitions**

"Facility" means a term loan of EUR {amount:g} million.
"Final Repayment Date" means {until.british}.
"Margin" means {rate:g}% per annum.

**Fees.** An arrangement fee of {fee:g}% of the Facility falls due at drawdown.

**Purpose.** The loan shall be used to refinance existing debts and for no other purpose.

**Security.** {security}

**Prepayment.** {prepay}

**Jurisdiction.** The courts of {court} have jurisdiction.

Signed for the Lender by Anselm Roth, and for the Borrower by its director, Judith Fairbairn.
"""
    prompt = f"Loan to {borrower}"
    room.ask(prompt, "lender: str? - Lender", lender, path)
    room.ask(prompt, "amount: float? - Amount of the loan in euros", amount * 1e6, path)
    room.ask(prompt, "margin: float? - Margin in percent a year", rate, path)
    room.ask(prompt, "repaid_by: date? - Final repayment date", until.iso, path)
    room.ask(prompt, "fee: float? - Arrangement fee in percent", fee, path)
    room.ask(prompt, "secured: bool? - Is the loan secured?", secured, path)
    room.ask(prompt, "prepay: bool? - May the borrower repay early?", early, path)
    room.ask(prompt, "signatory: str? - Who signed for the lender", "Anselm Roth", path)
    room.ask(prompt, "director: str? - Director of the borrower", "Judith Fairbairn", path)
    room.ask(prompt, "courts: str? - Which country's courts have jurisdiction", court, path,
             accept=(court.removeprefix("the "), f"the courts of {court}"))  # fmt: skip
    room.ask(prompt, "guarantor: str? - Guarantor", None)
    room.ask(prompt, "covenant: float? - Maximum leverage ratio", None)
    room.ask(prompt, "grace: int? - Grace period in months", None)
    room.ask(prompt, "agent: str? - Name of the facility agent", None)


def _licence(room: Room, dice: random.Random, number: int) -> None:
    licensor, licensee = _LICENSORS[number], _LICENSEES[number]
    users, fee, years = dice.randint(5, 90) * 10, dice.randint(20, 400) * 150, dice.randint(1, 5)
    start, up = _day(dice), dice.choice((99.5, 99.9, 98.5))
    path = f"order-form-{licensee.split()[0].lower()}.md"
    product = ("Ledgerline", "Wardview", "Plotmaster")[number]
    room.files[path] = f"""# Order form

| Supplier | {licensor} |
|---|---|
| Customer | {licensee} |
| Product | {product} |
| Named users | {users} |
| Annual fee | GBP {fee:,} (excluding VAT) |
| Start date | {start.iso} |
| Initial term | {years} years |
| Availability | {up}% a month |
| Data location | Frankfurt |
| Support hours | 8 am to 6 pm, Monday to Friday |

The licence is non-exclusive. It cannot be transferred to a third party. Source code is not supplied.
"""
    prompt = f"Software licence of {licensee}"
    room.ask(prompt, "supplier: str? - Supplier of the software", licensor, path)
    room.ask(prompt, "product: str? - Name of the product", product, path)
    room.ask(prompt, "users: int? - Number of named users", users, path)
    room.ask(prompt, "fee: float? - Annual licence fee in pounds", float(fee), path)
    room.ask(prompt, "starts: date? - Start date", start.iso, path)
    room.ask(prompt, "term: int? - Initial term in years", years, path)
    room.ask(prompt, "uptime: float? - Guaranteed availability in percent", up, path)
    room.ask(prompt, "data: str? - Where the data is located", "Frankfurt", path)
    room.ask(prompt, "exclusive: bool? - Is the licence exclusive?", _NO, path)
    room.ask(prompt, "transferable: bool? - Can the licence be transferred?", _NO, path)
    room.ask(prompt, "penalty: float? - Penalty for early termination in pounds", None)
    room.ask(prompt, "contact: str? - Contact person at the supplier", None)
    room.ask(prompt, "training_days: int? - Days of training included", None)


def _consultant(room: Room, dice: random.Random, number: int) -> None:
    expert, client = _EXPERTS[number], _CLIENTS[number]
    rate, cap, days = dice.randint(6, 22) * 50, dice.randint(10, 60) * 1000, dice.randint(10, 90)
    begin, notice = _day(dice), dice.choice((2, 4, 8))
    compete = dice.random() < 0.5
    bar = (
        "After the end of the engagement the consultant shall not work for a competitor for a year."
        if compete
        else "Nothing in this letter prevents the consultant from working for competitors."
    )
    path = f"letters/{client.split()[0].lower()}-engagement.txt"
    room.files[path] = f"""{client}
{begin.british}

Dear {expert},

We are pleased to engage you as a consultant to review our laboratory. Your work begins on the date
of this letter and is expected to take {days} days. You will be paid {rate:,} euros a day, up to a
total of EUR {cap:,}. Travel expenses will be reimbursed against receipts. You will report to our
technical manager, Norbert Thiel.

Either side may end the engagement on {notice} weeks' notice. {bar} All reports that you write belong
to us.

{client}
"""
    prompt = f"Engagement of {expert} by {client}"
    room.ask(prompt, "day_rate: float? - Daily rate in euros", float(rate), path)
    room.ask(prompt, "cap: float? - Maximum total fee in euros", float(cap), path)
    room.ask(prompt, "days: int? - Expected number of days", days, path)
    room.ask(prompt, "begins: date? - Date of the letter", begin.iso, path)
    room.ask(prompt, "notice: int? - Weeks of notice", notice, path)
    room.ask(prompt, "reports_to: str? - To whom the consultant reports", "Norbert Thiel", path)
    room.ask(prompt, "expenses: bool? - Are travel expenses reimbursed?", _YES, path)
    room.ask(prompt, "non_compete: bool? - Is the consultant barred from working for competitors?",
             compete, path)  # fmt: skip
    room.ask(prompt, "insurance: float? - Required insurance cover in euros", None)
    room.ask(prompt, "vat: str? - VAT number of the consultant", None)
    room.ask(prompt, "holiday: int? - Days of holiday", None)


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(2027)  # noqa: S311 - the same room each time
    room = Room("agreements")
    for number in range(3):
        for make_one in (_warehouse, _hire, _loan, _licence, _consultant):
            make_one(room, dice, number)
    return room
