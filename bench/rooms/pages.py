"""A dozen pages as people write them, of many kinds, with questions; all of it is invented."""

from __future__ import annotations

from typing import Final

from bench.rooms.room import Room

_FILES: Final = {
    "saint-brannoc.md": """# Saint Brannoc lighthouse

The Saint Brannoc lighthouse stands on a reef eleven kilometres off the coast of Penmarrow. Work
began in 1838 under the engineer Josiah Telford Vane, and the lamp was first lit on 9 October 1843.
The tower, built of grey granite, is 41 metres tall and cost £62,400. Three keepers lived in it
until it was automated in 1987. Its light can be seen for 24 nautical miles and flashes twice every
fifteen seconds.

An earlier wooden tower, put up in 1751 by Henry Rudyerd Coll, was swept away in the storm of 1789.

The lighthouse is owned by the Western Lights Trust. It is not open to the public; boat trips around
it leave from Penmarrow harbour from May to September. A replica of its lens is shown in the museum
of Penmarrow, which had 38,000 visitors in 2023.
""",
    "corrie-point.md": """# Corrie Point Light

Corrie Point is the younger of the two lights of the Penmarrow coast. Designed by Ailsa Mackellar,
it entered service in 1961. The concrete tower has a height of 27 metres and was paid for by the
harbour board. Visitors can climb its 114 steps on Sundays; admission is free of charge. In 2019 the
lamp was replaced by light-emitting diodes, which cut the power used by 85 percent.
""",
    "museum-faq.html": """<html><head><title>Questions about the Penmarrow Museum</title></head><body>
<h1>Questions about the Penmarrow Museum</h1>
<h3>When are you open?</h3><p>From Tuesday to Sunday, 10 am to 5 pm. We are closed on Mondays.</p>
<h3>What does it cost?</h3><p>Adults pay £8.50, students £5. Children under 12 get in free.</p>
<h3>Can I bring my dog?</h3><p>No, only guide dogs are admitted.</p>
<h3>Is there a cafe?</h3><p>Yes, on the first floor. It seats 40.</p>
<h3>Who runs the museum?</h3><p>The museum is run by the Penmarrow Heritage Society; its director is
Dr Harriet Bose.</p>
<h3>How many objects are on show?</h3><p>About 2,300 of our 14,000 objects.</p>
</body></html>""",
    "minutes-2024-03-12.txt": """MINUTES of the meeting of the Penmarrow Rowing Club committee
Tuesday 12 March 2024, boathouse

Present: Gwen Tallis (chair), Rohan Pillai (treasurer), Beth Amory, Chidi Nwosu
Apologies: Sean Corrigan

1. Accounts. Rohan Pillai reported a balance of £4,812.60 at the end of February.
2. Boats. It was agreed to buy a second-hand four for no more than £6,500. Carried by 3 votes to 1.
3. Subscriptions. The annual subscription for adults rises from £120 to £135 from 1 September 2024.
4. Regatta. The regatta will be held on 6 July 2024. Beth Amory is to find a sponsor.
5. Next meeting: 14 May 2024.
""",
    "mail-crane.txt": """From: Lena Fischbach <lena@portworks.example>
To: Tom Adeyemi
Date: 3 June 2024
Subject: Crane 7

Hi Tom,

crane 7 is out of order since Friday because the slewing ring is worn. The maker, Hoyer Hebetechnik,
quotes 48,000 euros for a new one, delivery in nine weeks. Until then we hire a mobile crane at
1,150 euros a day. Crane 6 is not affected.

The permit for the quay expires on 31 December 2024, so please apply for the extension in time.

Lena
""",
    "recipe-card.md": """# Penmarrow saffron cake

| | |
|---|---|
| Serves | 12 |
| Preparation | 35 minutes |
| Baking time | 50 minutes |
| Oven | 180 °C |

**Origin:** first printed in the parish cookbook of 1926

## Ingredients
- 500 g flour
- 200 g butter
- 1 g saffron
- 150 g currants

## Notes
The cake keeps for five days. It contains gluten and milk, but no eggs.
""",
    "policy-travel.md": """# Travel policy

Valid from 1 January 2025. Owner: Human Resources.

## Flights
Flights are booked in economy class. Business class is allowed on flights of more than eight hours.

## Hotels
The limit is 140 euros a night, in capitals 190 euros.

## Meals
Employees receive a daily allowance of 32 euros. Alcohol is not reimbursed.

## Approval
Journeys over 2,000 euros must be approved by the head of department.

## Claims
Claims have to reach accounting within 30 days after the journey.
""",
    "ferry.html": """<html><head><title>MV Isle of Torran</title></head><body><h1>MV Isle of Torran</h1>
<p>MV Isle of Torran is a car ferry on the route between Penmarrow and Torran. She was built by
Ballard Shipyard in Fife and launched in 2007.</p>
<table><tr><th>Length</th><td>82.4 m</td></tr><tr><th>Beam</th><td>15.8 m</td></tr>
<tr><th>Tonnage</th><td>2,612 GT</td></tr><tr><th>Speed</th><td>14 knots</td></tr>
<tr><th>Capacity</th><td>420 passengers, 64 cars</td></tr><tr><th>Operator</th>
<td>Torran Line</td></tr><tr><th>Flag</th><td>United Kingdom</td></tr></table>
<h2>Passengers by year</h2>
<table><caption>Passengers, in thousands</caption>
<tr><th>Year</th><th>Passengers</th><th>Cars</th></tr><tr><td>2021</td><td>96</td><td>21</td></tr>
<tr><td>2022</td><td>151</td><td>33</td></tr><tr><td>2023</td><td>163</td><td>36</td></tr></table>
<h2>Fares</h2><table><tr><th>Ticket</th><th>Single</th><th>Return</th></tr>
<tr><td>Adult</td><td>£9.20</td><td>£16.00</td></tr><tr><td>Child</td><td>£4.60</td><td>£8.00</td></tr>
<tr><td>Car</td><td>£31.00</td><td>£55.00</td></tr></table></body></html>""",
    "society.md": """# Penmarrow Heritage Society

The society was founded in 1902 by the schoolmaster Edwin Thackeray Lowe. It has 640 members and is a
registered charity. Its president is Lord Ashcombe. The neighbouring Torran Field Club, founded in
1880, has 212 members; its president is Morag Sinclair.

The annual fee is £18, or £10 for those under 25. The society publishes a journal, *The Lamp*, twice a
year, and does not sell advertising in it.
""",
    "loan.txt": """LOAN AGREEMENT dated 2 May 2023 between Torran Savings Bank (the Lender) and Penmarrow Harbour
Board (the Borrower)

Amount: two million five hundred thousand pounds (£2,500,000)
Interest: 4.35% per annum, fixed
Repayment: in 20 equal half-yearly instalments, the first on 30 November 2023
Final maturity: 31 May 2033
Security: none. The Borrower gives no charge over its land.
Early repayment: permitted without penalty on 60 days' notice
Purpose: repair of the north breakwater
""",
    "glossary.md": """# Terms of the harbour

**Bollard** - a post on the quay to which ropes are made fast.

**Fender** - a cushion between ship and quay; ours are made of rubber.

**Pilot boat** - the *Kittiwake*, stationed at Penmarrow, crew of two.
""",
}  # fmt: skip

#: Prompt, field, answer, the file that holds it, other answers that are as good.
_QUESTIONS: Final = (
    ("Saint Brannoc lighthouse", "lit: date? - Date on which it was first lit", "1843-10-09",
     "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "height: float? - Height of the tower in metres", 41.0,
     "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "engineer: str? - Who designed or built the tower",
     "Josiah Telford Vane", "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "cost: float? - What it cost to build, in pounds", 62400.0,
     "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "automated: int? - Year of automation", 1987, "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "owner: str? - Owner", "Western Lights Trust", "saint-brannoc.md",
     "the Western Lights Trust"),
    ("Saint Brannoc lighthouse", "open: bool? - Can the public go inside?", False,
     "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "range: float? - How far the light can be seen, in nautical miles",
     24.0, "saint-brannoc.md"),
    ("Saint Brannoc lighthouse", "material: str? - What the tower is made of", "grey granite",
     "saint-brannoc.md", "granite"),
    ("Saint Brannoc lighthouse", "steps: int? - Number of steps", None, ""),
    ("Saint Brannoc lighthouse", "visitors: int? - Visitors a year", None, ""),
    ("Corrie Point Light", "designer: str? - Who designed it", "Ailsa Mackellar",
     "corrie-point.md"),
    ("Corrie Point Light", "since: int? - Year in which it entered service", 1961,
     "corrie-point.md"),
    ("Corrie Point Light", "height: float? - Height in metres", 27.0, "corrie-point.md"),
    ("Corrie Point Light", "steps: int? - Number of steps", 114, "corrie-point.md"),
    ("Corrie Point Light", "fee: bool? - Is there an admission fee?", False, "corrie-point.md"),
    ("Corrie Point Light", "material: brick|concrete|granite|steel - Material of the tower",
     "concrete", "corrie-point.md"),
    ("Corrie Point Light", "saving: float? - Cut in power by the new lamp, in percent", 85.0,
     "corrie-point.md"),
    ("Corrie Point Light", "keepers: int? - Number of keepers", None, ""),
    ("Penmarrow Museum", "adult: float? - Ticket price for adults in pounds", 8.5,
     "museum-faq.html"),
    ("Penmarrow Museum", "dogs: bool? - Are pet dogs allowed?", False, "museum-faq.html"),
    ("Penmarrow Museum", "cafe: bool? - Does it have a cafe?", True, "museum-faq.html"),
    ("Penmarrow Museum", "director: str? - Name of the director", "Harriet Bose",
     "museum-faq.html", "Dr Harriet Bose"),
    ("Penmarrow Museum", "closed: str? - Day of the week on which it is closed", "Mondays",
     "museum-faq.html", "Monday"),
    ("Penmarrow Museum", "shown: int? - Number of objects on show", 2300, "museum-faq.html"),
    ("Penmarrow Museum", "visitors: int? - Visitors in 2023", 38000, "saint-brannoc.md"),
    ("Penmarrow Museum", "architect: str? - Architect of the building", None, ""),
    ("Penmarrow Rowing Club", "balance: float? - Balance at the end of February, in pounds",
     4812.6, "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "treasurer: str? - Treasurer", "Rohan Pillai",
     "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "subscription: float? - New annual subscription for adults, pounds",
     135.0, "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "regatta: date? - Date of the regatta", "2024-07-06",
     "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "next: date? - Date of the next meeting", "2024-05-14",
     "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "absent: str? - Who sent apologies", "Sean Corrigan",
     "minutes-2024-03-12.txt"),
    ("Penmarrow Rowing Club", "founded: int? - Year of foundation", None, ""),
    ("crane 7", "cause: str? - Why it is out of order", "the slewing ring is worn",
     "mail-crane.txt", "slewing ring is worn", "because the slewing ring is worn"),
    ("crane 7", "maker: str? - Manufacturer", "Hoyer Hebetechnik", "mail-crane.txt"),
    ("crane 7", "quote: float? - Price of a new slewing ring in euros", 48000.0, "mail-crane.txt"),
    ("crane 7", "hire: float? - Daily cost of the hired crane, in euros", 1150.0,
     "mail-crane.txt"),
    ("crane 7", "weeks: int? - Delivery time in weeks", 9, "mail-crane.txt"),
    ("crane 7", "permit: date? - When the quay permit expires", "2024-12-31", "mail-crane.txt"),
    ("crane 7", "load: float? - Maximum load in tonnes", None, ""),
    ("Penmarrow saffron cake", "baking: int? - Baking time in minutes", 50, "recipe-card.md"),
    ("Penmarrow saffron cake", "serves: int? - For how many people", 12, "recipe-card.md"),
    ("Penmarrow saffron cake", "ingredients: list[str] - Ingredients",
     ["flour", "butter", "saffron", "currants"], "recipe-card.md", "500 g flour", "200 g butter",
     "1 g saffron", "150 g currants"),
    ("Penmarrow saffron cake", "eggs: bool? - Does it contain eggs?", False, "recipe-card.md"),
    ("Penmarrow saffron cake", "printed: int? - Year of first printing", 1926, "recipe-card.md"),
    ("Penmarrow saffron cake", "calories: int? - Calories a slice", None, ""),
    ("Travel policy", "hotel: float? - Hotel limit a night in euros, outside capitals", 140.0,
     "policy-travel.md"),
    ("Travel policy", "allowance: float? - Daily allowance for meals in euros", 32.0,
     "policy-travel.md"),
    ("Travel policy", "alcohol: bool? - Is alcohol reimbursed?", False, "policy-travel.md"),
    ("Travel policy", "deadline: int? - Days within which claims must be made", 30,
     "policy-travel.md"),
    ("Travel policy", "valid: date? - Valid from", "2025-01-01", "policy-travel.md"),
    ("Travel policy", "approver: str? - Who approves expensive journeys", "head of department",
     "policy-travel.md", "the head of department"),
    ("Travel policy", "mileage: float? - Mileage rate for private cars", None, ""),
    ("MV Isle of Torran", "length: float? - Length in metres", 82.4, "ferry.html"),
    ("MV Isle of Torran", "builder: str? - Shipyard that built her", "Ballard Shipyard",
     "ferry.html"),
    ("MV Isle of Torran", "launched: int? - Year of launch", 2007, "ferry.html"),
    ("MV Isle of Torran", "passengers_2022: int? - Passengers carried in 2022", 151000,
     "ferry.html"),
    ("MV Isle of Torran", "passengers: int? - Passengers carried in the latest year", 163000,
     "ferry.html"),
    ("MV Isle of Torran", "child_return: float? - Return fare for a child in pounds", 8.0,
     "ferry.html"),
    ("MV Isle of Torran", "cars: int? - Number of cars she can carry", 64, "ferry.html"),
    ("MV Isle of Torran", "operator: str? - Operator", "Torran Line", "ferry.html"),
    ("MV Isle of Torran", "captain: str? - Name of the captain", None, ""),
    ("Penmarrow Heritage Society", "members: int? - Number of members", 640, "society.md"),
    ("Penmarrow Heritage Society", "president: str? - President", "Lord Ashcombe", "society.md"),
    ("Penmarrow Heritage Society", "founder: str? - Founder", "Edwin Thackeray Lowe", "society.md"),
    ("Penmarrow Heritage Society", "journal: str? - Title of its journal", "The Lamp",
     "society.md"),
    ("Penmarrow Heritage Society", "advertising: bool? - Does it sell advertising?", False,
     "society.md"),
    ("Penmarrow Heritage Society", "staff: int? - Number of paid employees", None, ""),
    ("Torran Field Club", "members: int? - Number of members", 212, "society.md"),
    ("Torran Field Club", "president: str? - President", "Morag Sinclair", "society.md"),
    ("Penmarrow Harbour Board", "loan: float? - Amount of the loan in pounds", 2500000.0,
     "loan.txt"),
    ("Penmarrow Harbour Board", "lender: str? - Who lent the money", "Torran Savings Bank",
     "loan.txt"),
    ("Penmarrow Harbour Board", "rate: float? - Interest rate in percent a year", 4.35, "loan.txt"),
    ("Penmarrow Harbour Board", "maturity: date? - Final maturity of the loan", "2033-05-31",
     "loan.txt"),
    ("Penmarrow Harbour Board", "penalty: bool? - Is there a penalty for early repayment?", False,
     "loan.txt"),
    ("Penmarrow Harbour Board", "secured: bool? - Is the loan secured?", False, "loan.txt"),
    ("Penmarrow Harbour Board", "purpose: str? - What the loan is for",
     "repair of the north breakwater", "loan.txt"),
    ("Penmarrow Harbour Board", "chief: str? - Harbour master", None, ""),
)  # fmt: skip


def make() -> Room:
    """The room."""
    room = Room("pages", dict(_FILES))
    for prompt, line, answer, path, *accept in _QUESTIONS:
        room.ask(prompt, line, answer, *filter(None, [path]), accept=tuple(accept))
    return room
