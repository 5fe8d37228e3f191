"""Test reports of invented devices: summaries, tables of results, conclusions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from bench.rooms.room import Room, html_page, html_table

_DEVICES: Final = (
    "Halcyon P4 pump",
    "Tern 220 gearbox",
    "Merlin LX valve",
    "Osprey heat meter",
    "Plover C9 fan",
    "Curlew battery pack",
    "Dunlin torque sensor",
    "Siskin relay module",
    "Heron 12 winch",
    "Avocet filter unit",
    "Linnet LED driver",
    "Pipit flow switch",
)
_LABS: Final = (
    "Brookfield Test House",
    "Institut Lumen",
    "Nordic Proving Centre",
    "Laboratorio Sur",
)
_ENGINEERS: Final = (
    "M. Aldous",
    "Petra Winkler",
    "Samuel Oyelaran",
    "Ingrid Solheim",
    "Jean-Luc Perrin",
    "Noriko Abe",
)
_STANDARDS: Final = ("EN 60068-2-6", "ISO 9906", "IEC 61000-4-5", "EN 1434", "ISO 5801")
_FAULTS: Final = (
    "a leaking shaft seal",
    "a cracked housing",
    "worn brushes",
    "a loose terminal",
    "corrosion at the inlet",
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


@dataclass(frozen=True)
class _Report:
    device: str
    number: str
    lab: str
    engineer: str
    standard: str
    day: tuple[int, int, int]
    samples: int
    temperature: float
    pressure: float
    power: float
    hours: int
    passed: bool
    fault: str
    mass: float
    client: str

    @property
    def day_text(self) -> str:
        year, month, day = self.day
        return f"{day} {_MONTHS[month - 1]} {year}"

    @property
    def day_iso(self) -> str:
        year, month, day = self.day
        return f"{year}-{month:02}-{day:02}"


def _reports(dice: random.Random) -> list[_Report]:
    return [
        _Report(
            device, f"TR-{dice.randint(2019, 2025)}-{dice.randint(100, 999)}", dice.choice(_LABS),
            dice.choice(_ENGINEERS), dice.choice(_STANDARDS),
            (dice.randint(2019, 2025), dice.randint(1, 12), dice.randint(1, 28)),
            dice.randint(3, 24), round(dice.uniform(41, 118), 1), round(dice.uniform(1.2, 19), 1),
            round(dice.uniform(0.2, 14), 2), dice.randint(2, 90) * 50, dice.random() < 0.6,
            dice.choice(_FAULTS), round(dice.uniform(0.4, 60), 1),
            f"{device.split()[0]} Manufacturing GmbH",
        )
        for device in _DEVICES
    ]  # fmt: skip


def _as_table(report: _Report) -> tuple[str, str]:
    facts = html_table(
        [
            ["Report no.", report.number],
            ["Test house", report.lab],
            ["Client", report.client],
            ["Engineer in charge", report.engineer],
            ["Tested on", report.day_text],
            ["Standard applied", report.standard],
            ["Specimens", str(report.samples)],
        ],
        head=False,
    )
    results = html_table(
        [
            ["Quantity", "Unit", "Limit", "Measured"],
            ["Peak temperature", "°C", "120", f"{report.temperature}"],
            ["Burst pressure", "bar", "20", f"{report.pressure}"],
            ["Power draw", "kW", "15", f"{report.power}"],
            ["Endurance", "h", "100", f"{report.hours:,}"],
            ["Mass", "kg", "-", f"{report.mass}"],
        ],
        caption="Table 1: Results",
    )
    verdict = "PASS" if report.passed else "FAIL"
    seen = "" if report.passed else f" The cause of the failure was {report.fault}."
    return "html", html_page(
        f"Test report {report.device}",
        f"<h1>Test report</h1><h2>Particulars</h2>{facts}<h2>Results</h2>{results}"
        f"<h2>Verdict</h2><p>{verdict}.{seen}</p>",
    )


def _as_sections(report: _Report) -> tuple[str, str]:
    verdict = (
        f"The {report.device} met all requirements and passed the test."
        if report.passed
        else f"The {report.device} did not meet the requirements. It failed because of {report.fault}."
    )
    return (
        "md",
        f"""# Qualification of the {report.device}

Report {report.number}, issued by {report.lab} for {report.client}

## Scope
{report.samples} specimens were tested to {report.standard} on {report.day_text} under the
supervision of {report.engineer}.

## Thermal behaviour
The highest temperature reached was {report.temperature} °C. The permitted limit is 120 °C.

## Pressure
The housing burst at {report.pressure} bar.

## Electrical
Power consumption was {report.power * 1000:,.0f} W at full load.

## Endurance
The device ran for {report.hours:,} hours. It weighs {report.mass} kg.

## Conclusion
{verdict}
""",
    )


def _as_list(report: _Report) -> tuple[str, str]:
    verdict = "passed" if report.passed else f"not passed ({report.fault})"
    return (
        "txt",
        f"""TEST RECORD {report.number}
Object: {report.device}

  Laboratory ............ {report.lab}
  Ordered by ............ {report.client}
  Tester ................ {report.engineer}
  Date of test .......... {report.day_text}
  Norm .................. {report.standard}

- Number of specimens: {report.samples}
- Maximum temperature: {report.temperature} degrees Celsius
- Bursting pressure: {report.pressure} bar
- Electrical power: {report.power} kW
- Running time: {report.hours:,} hours
- Weight: {report.mass} kg

Result: {verdict}
""",
    )


_FORMS: Final = (_as_table, _as_sections, _as_list)


def make() -> Room:
    """The room, always the same."""
    dice = random.Random(9)  # noqa: S311 - the same room each time
    room = Room("reports")
    for number, report in enumerate(_reports(dice)):
        suffix, text = _FORMS[number % 3](report)
        path = f"{report.number.lower()}.{suffix}"
        room.files[path] = text
        _ask(room, report, path)
    return room


def _ask(room: Room, report: _Report, path: str) -> None:
    device = report.device
    room.ask(device, "report: str? - Number of the test report", report.number, path)
    room.ask(device, "lab: str? - Laboratory that carried out the test", report.lab, path)
    room.ask(device, "client: str? - Who ordered the test", report.client, path)
    room.ask(device, "tester: str? - Engineer who led the test", report.engineer, path)
    room.ask(device, "tested: date? - Date of the test", report.day_iso, path)
    room.ask(device, "standard: str? - Standard that was applied", report.standard, path)
    room.ask(device, "samples: int? - Number of specimens tested", report.samples, path)
    room.ask(
        device,
        "heat: float? - Highest temperature measured, in degrees Celsius",
        report.temperature,
        path,
    )
    room.ask(device, "burst: float? - Burst pressure in bar", report.pressure, path)
    room.ask(device, "power: float? - Power consumption in kW", report.power, path)
    room.ask(device, "hours: int? - Hours of endurance running", report.hours, path)
    room.ask(
        device, "verdict: pass|fail - Result of the test", "pass" if report.passed else "fail", path
    )
    room.ask(device, "passed: bool? - Did the device pass?", report.passed, path)
    room.ask(device, "weight: float? - Weight in kg", report.mass, path)
    room.ask(
        device,
        "defect: str? - What caused the failure",
        None if report.passed else report.fault,
        path,
    )
    room.ask(device, "noise: float? - Sound level in dB", None)
    room.ask(device, "cost: float? - Price of the test in euros", None)
    room.ask(device, "next_test: date? - When the next test is due", None)
    room.ask(device, "serial: str? - Serial number of the specimen", None)
