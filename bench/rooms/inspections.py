"""Technical reports: bridges that were inspected, water analysed, pumps commissioned, breakages."""

from __future__ import annotations

import random
from typing import Final

from bench.rooms.room import Room, html_page, html_table

_BRIDGES: Final = ("Lower Tannery Bridge", "Saltmarsh Viaduct", "Cooper's Ford Footbridge")
_INSPECTORS: Final = ("Eilidh Farquhar", "Marek Nowicki", "Tunde Bakare")
_WELLS: Final = ("Well Hollin 3", "Spring Aldersyke", "Borehole Mirk 12")
_CHEMISTS: Final = ("Dr Beate Rühl", "Paolo Ferri", "S. Venkataraman")
_STATIONS: Final = ("Grimston pumping station", "Pumping station Ouse 4", "Kelder booster station")
_MAKERS: Final = ("Ritterhaus Pumpen", "Calder Hydraulics", "Nagata Works")
_PARTS: Final = ("conveyor shaft CS-14", "hoist hook HH-3", "turbine blade TB-77")
_STEELS: Final = ("42CrMo4", "34CrNiMo6", "X12CrNiWTiB16-13")
_CAUSES: Final = ("fatigue", "overload", "stress corrosion cracking")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def _bridge(room: Room, dice: random.Random, number: int) -> None:
    name, by = _BRIDGES[number], _INSPECTORS[number]
    year, month, day = dice.randint(2020, 2025), dice.randint(1, 12), dice.randint(1, 28)
    built, span, width = (
        dice.randint(1880, 1990),
        dice.randint(80, 900) / 10,
        dice.randint(15, 120) / 10,
    )
    limit, grade, spans = (
        dice.choice((3, 7.5, 18, 40)),
        dice.choice(("good", "fair", "poor")),
        dice.randint(1, 9),
    )
    cost, scour, due = dice.randint(4, 90) * 1000, dice.random() < 0.5, year + dice.choice((2, 6))
    found = "Scour was found at the north pier." if scour else "No scour was found at the piers."
    path = f"BR{dice.randint(100, 999)}_inspection.md"
    room.files[path] = f"""# Principal inspection - {name}

Inspected by {by} on {day} {_MONTHS[month - 1]} {year}

## 1 Description of the structure

The bridge was built in {built} and carries a minor road over the river. It has {spans} spans; the
longest measures {span} m. The deck is {width} m wide. A weight limit of {limit:g} tonnes applies.

## 2 Condition

| Element | Condition | Remarks |
|---|---|---|
| Deck | {grade} | ponding near the east joint |
| Parapets | fair | paint is flaking |
| Bearings | good | greased in {year - 1} |

Overall condition: {grade}

{found}

## 3 Recommendations

Replace the east joint. Estimated cost of repairs: £{cost:,}. The next principal inspection is due in
{due}.
"""
    room.ask(name, "inspector: str? - Who carried out the inspection", by, path)
    room.ask(name, "inspected: date? - Date of the inspection", f"{year}-{month:02}-{day:02}", path)
    room.ask(name, "built: int? - Year of construction", built, path, accept=(str(built),))
    room.ask(name, "spans: int? - Number of spans", spans, path)
    room.ask(name, "longest_span: float? - Length of the longest span in metres", span, path)
    room.ask(name, "width: float? - Width of the deck in metres", width, path)
    room.ask(name, "limit: float? - Weight limit in tonnes", float(limit), path)
    room.ask(name, "condition: good|fair|poor - Overall condition", grade, path)
    room.ask(name, "bearings: good|fair|poor - Condition of the bearings", "good", path)
    room.ask(name, "scour: bool? - Was scour found?", scour, path)
    room.ask(name, "repairs: float? - Estimated cost of repairs in pounds", float(cost), path)
    room.ask(name, "next: int? - Year of the next principal inspection", due, path)
    room.ask(name, "height: float? - Height above the river in metres", None)
    room.ask(name, "architect: str? - Who designed the bridge", None)
    room.ask(name, "traffic: int? - Vehicles a day", None)
    room.ask(name, "listed: bool? - Is the bridge a listed monument?", None)


def _water(room: Room, dice: random.Random, number: int) -> None:
    well, chemist = _WELLS[number], _CHEMISTS[number]
    year, month, day = dice.randint(2021, 2025), dice.randint(1, 12), dice.randint(1, 28)
    nitrate, iron, hard = dice.randint(20, 480) / 10, dice.randint(2, 90), dice.randint(40, 400)
    acid, warm, germs = dice.randint(62, 84) / 10, dice.randint(60, 140) / 10, dice.randint(0, 30)
    drink, deep = dice.random() < 0.6, dice.randint(12, 180)
    rows = [
        ["Parameter", "Method", "Result", "Limit"],
        ["Nitrate", "ISO 10304", f"{nitrate}", "50"],
        ["Total hardness (as CaCO3)", "titration", f"{hard}", "-"],
        ["Iron [µg/L]", "ICP-MS", f"{iron}", "200"],
        ["pH value", "electrode", f"{acid}", "6.5-9.5"],
        ["Water temperature [°C]", "on site", f"{warm}", "-"],
        ["Colony count at 22 °C [per mL]", "plate", f"{germs}", "100"],
    ]
    verdict = "is suitable" if drink else "is not suitable"
    body = (
        f"<h1>Certificate of analysis</h1><p>Sampling point: {well}<br>Depth: {deep} m<br>"
        f"Sampled: {day:02}.{month:02}.{year}<br>Analyst: {chemist}</p>"
        f"{html_table(rows, caption='Results in mg/L unless stated otherwise')}"
        f"<p><strong>Assessment:</strong> the water {verdict} for drinking.</p>"
    )
    path = f"water/certificate-{dice.randint(2000, 9999)}.html"
    room.files[path] = html_page(f"Analysis {well}", body)
    room.ask(well, "analyst: str? - Name of the analyst", chemist, path)
    room.ask(well, "sampled: date? - Date of sampling", f"{year}-{month:02}-{day:02}", path)
    room.ask(well, "depth: float? - Depth in metres", float(deep), path)
    room.ask(well, "nitrate: float? - Nitrate content in mg/L", nitrate, path)
    room.ask(well, "hardness: float? - Total hardness in mg/L", float(hard), path)
    room.ask(well, "iron: float? - Iron in micrograms per litre", float(iron), path)
    room.ask(well, "ph: float? - pH value", acid, path)
    room.ask(well, "temperature: float? - Temperature of the water in degrees Celsius", warm, path)
    room.ask(well, "colonies: int? - Colony count", germs, path)
    room.ask(well, "nitrate_limit: float? - Limit for nitrate", 50.0, path)
    room.ask(well, "potable: bool? - Is the water suitable for drinking?", drink, path)
    room.ask(well, "lead: float? - Lead content", None)
    room.ask(well, "yield_: float? - Yield of the well in litres per second", None)
    room.ask(well, "owner: str? - Owner of the well", None)
    room.ask(well, "drilled: int? - Year in which it was drilled", None)


def _pump(room: Room, dice: random.Random, number: int) -> None:
    station, maker = _STATIONS[number], _MAKERS[number]
    year, month, day = dice.randint(2019, 2025), dice.randint(1, 12), dice.randint(1, 28)
    flow, head, power = (
        dice.randint(40, 900),
        dice.randint(80, 700) / 10,
        dice.randint(55, 3150) / 10,
    )
    speed, noise, shake = (
        dice.choice((980, 1450, 2960)),
        dice.randint(610, 890) / 10,
        dice.randint(8, 60) / 10,
    )
    pumps, ok, hours = dice.randint(2, 5), dice.random() < 0.6, dice.choice((24, 48, 72))
    path = f"commissioning {number + 1}.txt"
    outcome = "Accepted" if ok else "Not accepted, vibration to be checked"
    room.files[path] = f"""COMMISSIONING RECORD
{station}
-----------------------------------------------
Manufacturer            {maker}
Commissioned            {year}-{month:02}-{day:02}
Pumps installed         {pumps}
Trial run               {hours} hours
Witness                 Ottoline Prewett (client), Gerd Maas (contractor)

Readings at duty point

Quantity                Unit      Guaranteed   Measured
Flow rate               m3/h      {flow - 7}          {flow}
Delivery head           m         {head - 0.6:.1f}         {head}
Shaft power             kW        {power + 2:.1f}        {power}
Speed                   rpm       {speed}         {speed - 4}
Sound level             dB(A)     90.0         {noise}
Vibration               mm/s      7.1          {shake}

Outcome: {outcome}
"""
    room.ask(station, "maker: str? - Manufacturer of the pumps", maker, path)
    room.ask(station, "commissioned: date? - Date of commissioning",
             f"{year}-{month:02}-{day:02}", path)  # fmt: skip
    room.ask(station, "pumps: int? - Number of pumps installed", pumps, path)
    room.ask(station, "trial: int? - Length of the trial run in hours", hours, path)
    room.ask(station, "flow: float? - Measured flow rate in m3/h", float(flow), path)
    room.ask(station, "head: float? - Measured delivery head in metres", head, path)
    room.ask(station, "power: float? - Measured shaft power in kW", power, path)
    room.ask(station, "guaranteed_flow: float? - Guaranteed flow rate", float(flow - 7), path)
    room.ask(station, "noise: float? - Sound level measured, in dB", noise, path)
    room.ask(station, "vibration: float? - Vibration measured, in mm/s", shake, path)
    room.ask(station, "accepted: bool? - Was the installation accepted?", ok, path)
    room.ask(
        station, "contractor: str? - Who witnessed the trial for the contractor", "Gerd Maas", path
    )
    room.ask(station, "price: float? - Contract price", None)
    room.ask(station, "warranty: int? - Warranty in years", None)
    room.ask(station, "voltage: float? - Supply voltage", None)
    room.ask(station, "efficiency: float? - Efficiency of the pump in percent", None)


def _breakage(room: Room, dice: random.Random, number: int) -> None:
    part, steel, cause = _PARTS[number], _STEELS[number], _CAUSES[number]
    hours, hard, crack = (
        dice.randint(8, 90) * 100,
        dice.randint(210, 420),
        dice.randint(12, 90) / 10,
    )
    strength, weld = dice.randint(700, 1250), dice.random() < 0.5
    trace = "Traces of a repair weld were found" if weld else "No trace of a repair weld was found"
    path = f"failure-analysis-{part.split()[-1]}.md"
    room.files[path] = f"""Failure analysis of {part}
===

Summary
---
The {part} broke after {hours:,} operating hours. The fracture was caused by {cause}. It started at a
crack {crack} mm deep. The sister part, which was made by another foundry, ran for 41,000 hours.

Material
---
The part is made of steel {steel}. Its tensile strength is {strength:,} MPa (required: 1,300 MPa), and
the mean hardness is {hard} HV. {trace} near the origin.

Advice
---
Check the remaining parts by ultrasound every six months. Laboratory: Institute Corvin, Prague.
Author: Zuzana Horakova.
"""
    room.ask(part, "hours: int? - Operating hours before it broke", hours, path)
    room.ask(part, "cause: str? - Cause of the fracture", cause, path)
    room.ask(part, "crack: float? - Depth of the crack in mm", crack, path)
    room.ask(part, "steel: str? - Material of which the part is made", f"steel {steel}", path,
             accept=(steel,))  # fmt: skip
    room.ask(part, "strength: float? - Tensile strength in MPa", float(strength), path)
    room.ask(part, "hardness: float? - Hardness in HV", float(hard), path)
    room.ask(part, "weld: bool? - Were traces of a repair weld found?", weld, path)
    room.ask(part, "author: str? - Author of the report", "Zuzana Horakova", path)
    room.ask(part, "laboratory: str? - Laboratory", "Institute Corvin", path,
             accept=("Institute Corvin, Prague",))  # fmt: skip
    room.ask(part, "interval: int? - Months between the checks that are advised", 6, path)
    room.ask(part, "foundry: str? - Name of the foundry", None)
    room.ask(part, "damage: float? - Cost of the damage in euros", None)
    room.ask(part, "injured: int? - Number of people injured", None)
    room.ask(part, "broke: date? - Day on which it broke", None)


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(314)  # noqa: S311 - the same room each time
    room = Room("inspections")
    for number in range(3):
        for make_one in (_bridge, _water, _pump, _breakage):
            make_one(room, dice, number)
    return room
