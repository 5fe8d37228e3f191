"""Papers of an office, written by hand to tune on: contracts, orders, certificates, notes."""

from __future__ import annotations

from typing import Final

from bench.rooms.room import Room

_FILES: Final = {
    "employment-hart.txt": """EMPLOYMENT AGREEMENT

This agreement is made on 3 March 2022 between Bellamy Optics GmbH (the "Employer") and Miriam Hart
(the "Employee").

1. Position
The Employee is hired as head of laboratory.

2. Start and duration
Employment begins on 1 April 2022 and is concluded for an indefinite period.

3. Salary
3.1 The Employer pays a gross salary of €5,400 a month.
3.2 A bonus is not paid.

4. Working hours
The weekly working time is 38.5 hours. Work at weekends is not required.

5. Leave
The Employee is entitled to 28 days of paid leave a year.

6. Notice
After the trial period of six months either side may give notice of three months.

7. Jurisdiction
The courts of Hamburg have jurisdiction.
""",
    "service-lindgren.md": """# Service agreement

**Client:** Lindgren Sailcloth AB
**Contractor:** Pellworm Cleaning Services
**Object:** office building, Varvsgatan 12

The contractor cleans the building twice a week. The fee is 1,850 euros per month and is due on the
15th. The agreement runs from 1 October 2023 for two years; it is extended by a year unless it is
terminated. Termination needs three months' notice.

The contractor carries liability insurance of two million euros. Keys may not be passed to third
parties. Subcontractors are allowed with the client's consent.
""",
    "certificate-4471.html": """<html><head><title>Certificate of calibration</title></head><body>
<h1>Certificate of calibration</h1><table>
<tr><th>Certificate no.</th><td>CC-4471-B</td></tr><tr><th>Instrument</th><td>Kestrel anemometer</td>
</tr><tr><th>Serial number</th><td>K5-0093</td></tr><tr><th>Customer</th><td>Norderney Wind KG</td></tr>
<tr><th>Calibrated on</th><td>17 August 2024</td></tr><tr><th>Valid until</th><td>16 August 2026</td></tr>
<tr><th>Technician</th><td>Oskar Lund</td></tr></table>
<h2>Readings</h2><table><caption>Table 2: Readings at 20 °C</caption>
<tr><th>Point</th><th>Unit</th><th>Reference</th><th>Reading</th></tr>
<tr><td>Low speed</td><td>m/s</td><td>5.00</td><td>5.04</td></tr>
<tr><td>High speed</td><td>m/s</td><td>25.00</td><td>24.81</td></tr></table>
<h2>Assessment</h2><p>The instrument is within tolerance. No adjustment was made.</p></body></html>""",
    "inspection-bridge-12.txt": """INSPECTION RECORD 2024/12
Structure: Sandway footbridge

  Inspector ............. Tilda Moe
  Date .................. 9 May 2024
  Weather ............... dry, 14 °C
  Ordered by ............ Sandway Parish

- Length: 23.5 m
- Load limit: 3.5 kN/m2
- Defects found: 4
- Next inspection: 9 May 2026

Outcome: safe to use, repairs needed (rusted bolts at the north end)
""",
    "order-9917.md": """# Purchase order 9917

| Item | Quantity | Unit price (EUR) | Total (EUR) |
|---|---|---|---|
| Oak boards | 40 | 31.50 | 1,260.00 |
| Brass hinges | 120 | 2.40 | 288.00 |
| Varnish, 5 l | 6 | 48.00 | 288.00 |

Supplier: Timber & Tack Ltd
Delivery: within 14 days, free of charge
Payment: 30 days net
Discount: none
""",
    "minutes-board.txt": """MINUTES
Board of the Ostersund Choir, 4 February 2025

Present: Lars Nyberg (chairman), Eva Sjolin (secretary), Tom Ek (treasurer)

1. Budget. The budget for 2025 was approved; it foresees expenses of 48,200 kronor.
2. Concert. The spring concert takes place on 17 May 2025 in the cathedral. Tickets cost 150 kronor.
3. Conductor. Hanna Vik was elected conductor; she succeeds Bo Lind.
4. Next meeting: 11 March 2025
""",
    "letter-roof.txt": """From: Greta Holm
To: Harbour Housing Cooperative
Date: 12 September 2024
Re: Roof of Block C

Dear members,

the roof of Block C leaks because the felt has perished. Nilsson Roofing will replace it in October for
86,000 euros. Their competitor Taklaget was founded in 1988. Its offer came to 97,500 euros. Residents do not
have to move out. The work will take three weeks.

Greta Holm, manager
""",
    "study-kelp.md": """# Growth of sugar kelp in the Sound

Report K-07 of the Marine Station Varholm, prepared by Ingrid Aas for the Kelp Growers' Union

## Method
36 lines were hung at two depths between 1 November 2022 and 30 April 2023.

## Growth
The longest blade measured 2.9 m. Mean growth was 1.4 cm a day.

## Temperature
The water was between 3.1 and 9.8 °C.

## Yield
The harvest came to 8.2 kg per metre of line.

## Conclusion
The site is suitable. The trial succeeded in spite of ice.
""",
    "faq-pool.md": """# Swimming pool Eastgate

## When does it open?
At 6.30 am on weekdays.

## What is the water temperature?
27 degrees.

## Are there lockers?
Yes, they take a one-euro coin.

## Can I bring food?
No food is allowed at the pool.

## Who teaches swimming?
Courses are given by the club Delphin 04.
""",
    "warranty.md": """# Warranty of the Aldo coffee grinder

The maker, Aldo Fratelli S.p.A., gives a warranty of two years. It does not cover the burrs. Repairs
under it are free of charge. Claims are to be sent to Servizio Aldo in Bologna. The grinder weighs
3.2 kg and draws 150 watts; its hopper holds 250 g. It is made of aluminium and was first sold in 2016.
""",
}

#: As in `pages`: prompt, field, answer, the file that holds it, other answers that are as good.
_QUESTIONS: Final = (
    ("Miriam Hart", "employer: str? - Name of the employer", "Bellamy Optics GmbH", "employment-hart.txt"),
    ("Miriam Hart", "position: str? - Position for which she was hired", "head of laboratory", "employment-hart.txt"),
    ("Miriam Hart", "start: date? - First day of employment", "2022-04-01", "employment-hart.txt"),
    ("Miriam Hart", "signed: date? - Date of the agreement", "2022-03-03", "employment-hart.txt"),
    ("Miriam Hart", "salary: float? - Monthly gross salary in euros", 5400.0, "employment-hart.txt"),
    ("Miriam Hart", "bonus: bool? - Is a bonus paid?", False, "employment-hart.txt"),
    ("Miriam Hart", "hours: float? - Weekly working hours", 38.5, "employment-hart.txt"),
    ("Miriam Hart", "leave: int? - Days of paid leave", 28, "employment-hart.txt"),
    ("Miriam Hart", "trial: int? - Length of the trial period in months", 6, "employment-hart.txt"),
    ("Miriam Hart", "notice: int? - Notice in months", 3, "employment-hart.txt"),
    ("Miriam Hart", "weekend: bool? - Does she have to work at weekends?", False, "employment-hart.txt"),
    ("Miriam Hart", "courts: str? - Place of jurisdiction", "Hamburg", "employment-hart.txt", "The courts of Hamburg", "courts of Hamburg"),
    ("Miriam Hart", "car: bool? - Is there a company car?", None, ""),
    ("Miriam Hart", "pension: float? - Employer's pension contribution in percent", None, ""),
    ("Lindgren Sailcloth", "contractor: str? - Name of the contractor", "Pellworm Cleaning Services", "service-lindgren.md"),
    ("Lindgren Sailcloth", "place: str? - Building to be cleaned", "office building, Varvsgatan 12", "service-lindgren.md", "Varvsgatan 12", "office building"),
    ("Lindgren Sailcloth", "fee: float? - Monthly fee in euros", 1850.0, "service-lindgren.md"),
    ("Lindgren Sailcloth", "begin: date? - Begin of the agreement", "2023-10-01", "service-lindgren.md"),
    ("Lindgren Sailcloth", "term: int? - Term in years", 2, "service-lindgren.md"),
    ("Lindgren Sailcloth", "notice: int? - Months of notice", 3, "service-lindgren.md"),
    ("Lindgren Sailcloth", "cover: float? - Amount of liability insurance in euros", 2000000.0, "service-lindgren.md"),
    ("Lindgren Sailcloth", "subcontractors: bool? - Are subcontractors allowed?", True, "service-lindgren.md"),
    ("Lindgren Sailcloth", "keys: bool? - May keys be given to third parties?", False, "service-lindgren.md"),
    ("Lindgren Sailcloth", "penalty: float? - Contractual penalty in euros", None, ""),
    ("Kestrel anemometer", "certificate: str? - Number of the certificate", "CC-4471-B", "certificate-4471.html"),
    ("Kestrel anemometer", "serial: str? - Serial number", "K5-0093", "certificate-4471.html"),
    ("Kestrel anemometer", "customer: str? - For whom it was calibrated", "Norderney Wind KG", "certificate-4471.html"),
    ("Kestrel anemometer", "expires: date? - Until when the certificate is valid", "2026-08-16", "certificate-4471.html"),
    ("Kestrel anemometer", "done: date? - Date of calibration", "2024-08-17", "certificate-4471.html"),
    ("Kestrel anemometer", "technician: str? - Technician", "Oskar Lund", "certificate-4471.html"),
    ("Kestrel anemometer", "high: float? - Reading at high speed in m/s", 24.81, "certificate-4471.html"),
    ("Kestrel anemometer", "adjusted: bool? - Was it adjusted?", False, "certificate-4471.html"),
    ("Kestrel anemometer", "tolerance: bool? - Is it within tolerance?", True, "certificate-4471.html"),
    ("Kestrel anemometer", "price: float? - Price of the calibration", None, ""),
    ("Sandway footbridge", "inspector: str? - Name of the inspector", "Tilda Moe", "inspection-bridge-12.txt"),
    ("Sandway footbridge", "inspected: date? - Date of the inspection", "2024-05-09", "inspection-bridge-12.txt"),
    ("Sandway footbridge", "client: str? - Who ordered the inspection", "Sandway Parish", "inspection-bridge-12.txt"),
    ("Sandway footbridge", "length: float? - Length in metres", 23.5, "inspection-bridge-12.txt"),
    ("Sandway footbridge", "defects: int? - Number of defects", 4, "inspection-bridge-12.txt"),
    ("Sandway footbridge", "next: date? - Next inspection", "2026-05-09", "inspection-bridge-12.txt"),
    ("Sandway footbridge", "outcome: safe|unsafe - Outcome", "safe", "inspection-bridge-12.txt"),
    ("Sandway footbridge", "weather: str? - Weather on that day", "dry, 14 °C", "inspection-bridge-12.txt", "dry"),
    ("Sandway footbridge", "built: int? - Year of construction", None, ""),
    ("Purchase order 9917", "supplier: str? - Supplier", "Timber & Tack Ltd", "order-9917.md"),
    ("Purchase order 9917", "hinges: int? - Quantity of brass hinges", 120, "order-9917.md"),
    ("Purchase order 9917", "boards: float? - Unit price of oak boards in EUR", 31.5, "order-9917.md"),
    ("Purchase order 9917", "delivery: int? - Days of delivery", 14, "order-9917.md"),
    ("Purchase order 9917", "shipping: bool? - Is delivery charged?", False, "order-9917.md"),
    ("Purchase order 9917", "discount: bool? - Is there a discount?", False, "order-9917.md"),
    ("Purchase order 9917", "items: list[str] - Items ordered", ["Oak boards", "Brass hinges", "Varnish"], "order-9917.md", "Varnish, 5 l"),
    ("Purchase order 9917", "buyer: str? - Name of the buyer", None, ""),
    ("Ostersund Choir", "treasurer: str? - Treasurer", "Tom Ek", "minutes-board.txt"),
    ("Ostersund Choir", "chair: str? - Chairman", "Lars Nyberg", "minutes-board.txt"),
    ("Ostersund Choir", "conductor: str? - New conductor", "Hanna Vik", "minutes-board.txt"),
    ("Ostersund Choir", "concert: date? - Date of the spring concert", "2025-05-17", "minutes-board.txt"),
    ("Ostersund Choir", "ticket: float? - Price of a ticket", 150.0, "minutes-board.txt"),
    ("Ostersund Choir", "expenses: float? - Expenses in the budget for 2025", 48200.0, "minutes-board.txt"),
    ("Ostersund Choir", "meeting: date? - Next meeting", "2025-03-11", "minutes-board.txt"),
    ("Ostersund Choir", "members: int? - Number of singers", None, ""),
    ("Block C", "cause: str? - Why the roof leaks", "the felt has perished", "letter-roof.txt", "because the felt has perished", "felt has perished"),
    ("Block C", "roofer: str? - Firm that will replace the roof", "Nilsson Roofing", "letter-roof.txt"),
    ("Block C", "price: float? - Price of the new roof in euros", 86000.0, "letter-roof.txt"),
    ("Block C", "weeks: int? - Duration of the work in weeks", 3, "letter-roof.txt"),
    ("Block C", "move: bool? - Do residents have to move out?", False, "letter-roof.txt"),
    ("Nilsson Roofing", "founded: int? - Year of foundation", None, ""),
    ("Growth of sugar kelp in the Sound", "author: str? - Who prepared the report", "Ingrid Aas", "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "number: str? - Number of the report", "K-07", "study-kelp.md", "Report K-07"),
    ("Growth of sugar kelp in the Sound", "lines: int? - Number of lines", 36, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "blade: float? - Length of the longest blade in metres", 2.9, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "growth: float? - Mean growth in cm a day", 1.4, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "warmest: float? - Highest water temperature", 9.8, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "yield: float? - Yield in kg per metre", 8.2, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "suitable: bool? - Is the site suitable?", True, "study-kelp.md"),
    ("Growth of sugar kelp in the Sound", "cost: float? - Cost of the study", None, ""),
    ("Swimming pool Eastgate", "water: float? - Water temperature", 27.0, "faq-pool.md"),
    ("Swimming pool Eastgate", "lockers: bool? - Are there lockers?", True, "faq-pool.md"),
    ("Swimming pool Eastgate", "food: bool? - Is food allowed?", False, "faq-pool.md"),
    ("Swimming pool Eastgate", "lessons: str? - Who gives swimming lessons", "Delphin 04", "faq-pool.md", "the club Delphin 04"),
    ("Swimming pool Eastgate", "lanes: int? - Number of lanes", None, ""),
    ("Aldo coffee grinder", "maker: str? - Manufacturer", "Aldo Fratelli S.p.A.", "warranty.md", "Aldo Fratelli"),
    ("Aldo coffee grinder", "years: int? - Length of the warranty in years", 2, "warranty.md"),
    ("Aldo coffee grinder", "burrs: bool? - Does the warranty cover the burrs?", False, "warranty.md"),
    ("Aldo coffee grinder", "repair_fee: bool? - Is there a fee for repairs?", False, "warranty.md"),
    ("Aldo coffee grinder", "weight: float? - Weight in kg", 3.2, "warranty.md"),
    ("Aldo coffee grinder", "hopper: float? - Capacity of the hopper in grams", 250.0, "warranty.md"),
    ("Aldo coffee grinder", "service: str? - City to which claims are sent", "Bologna", "warranty.md"),
    ("Aldo coffee grinder", "since: int? - Year in which it was first sold", 2016, "warranty.md"),
    ("Aldo coffee grinder", "colour: str? - Colour", None, ""),
)  # fmt: skip


def make() -> Room:
    """The room."""
    room = Room("papers", dict(_FILES))
    for prompt, line, answer, path, *accept in _QUESTIONS:
        room.ask(prompt, line, answer, *filter(None, [path]), accept=tuple(accept))
    return room
