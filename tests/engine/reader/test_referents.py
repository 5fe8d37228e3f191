"""`Its` and `the company` follow the last name, and what a contract defines stands for a name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.reader.one_field import answer

RIVAL = """Acme makes anvils in Oslo.

Its rival Betaworks was founded in 1970. Its chief executive is Yves Stone. The company has 412
employees.
"""
DIRECT = "Acme was founded in 1950 and has 37 employees. Its rival Betaworks was founded in 1970."
MENTION = "Betaworks: Betaworks sells saws. Its rival Acme makes anvils. It has 37 employees."


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (RIVAL, "founded: int? - Year in which the company was founded", None),
        (RIVAL, "ceo: str? - Chief executive", None),
        (RIVAL, "staff: int? - Number of employees", None),
        (RIVAL, "rival: str? - Name of the rival", "Betaworks"),
        (DIRECT, "founded: int? - Year in which the company was founded", 1950),
        (DIRECT, "staff: int? - Number of employees", 37),
        (
            "A model stands in the museum of Sund, which had 38,000 visitors.",
            "visitors: int? - Number of visitors",
            None,
        ),
    ],
)
def test_a_sentence_speaks_of_the_last_name(text: str, field: str, expected: Any) -> None:
    assert answer(text, field) == expected


def test_a_page_of_another_speaks_of_the_subject_too() -> None:
    field = "staff: int? - Number of employees"
    assert answer("Anvils are heavy.", field, others=(MENTION,)) == 37


LEASE = """# Lease of Acme

This lease is made between Elm Trust (the "Landlord") and Acme (the "Tenant").

The Landlord lets to the Tenant Unit 7, Mill Row (the "Premises").

"Break Date" means 3 May 2027.

The fee of £1,200 is due monthly; the insurance costs £900 per year. The lease runs for six years
from 4 April 2021.
"""


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("premises: str? - Which premises are let", "Unit 7, Mill Row"),
        ("break: date? - Break date", "2027-05-03"),
        ("begins: date? - When the lease begins", "2021-04-04"),
        ("term: int? - Length of the term in years", 6),
        ("landlord: str? - Landlord", "Elm Trust"),
    ],
)
def test_contracts_define_their_words(field: str, expected: Any) -> None:
    assert answer(LEASE, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("Annual rent: £72,000 a year, in instalments of £6,000 a month\n",
         "rent: float? - Monthly rent in pounds", 6000.0),
        ("Power consumption was 11,220 W.\n", "power: float? - Power consumption in kW", 11.22),
        ("Result of the trial: not passed\n", "verdict: pass|fail - Result of the trial", "fail"),
        ("Report TR-2020-11, issued by Sund Laboratory.\n", "n: str? - Number of the report",
         "TR-2020-11"),
        ("Maximum torque: 95 kg\n", "torque: float? - Maximum torque measured, in kg", 95.0),
        ("This page is governed by the law of England and Wales.\n",
         "law: str? - Governing law", "England and Wales"),
        ("Tested on: 4 May 2024\n", "due: date? - When the next test is due", None),
    ],
)  # fmt: skip
def test_the_description_decides_the_value(text: str, field: str, expected: Any) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [("the rowing club Aster", 214), ("the rowing club Beacon", None), ("the club Zephyr", None)],
)
def test_what_a_thing_is_does_not_name_it(prompt: str, expected: Any) -> None:
    page = "Rowing club Aster: Members: 214"
    asked = f"What is known about {prompt}?"
    field = "members: int? - Number of members"
    assert answer("Anvils are heavy.", field, prompt=asked, others=(page,)) == expected


def test_an_apposition_makes_a_name_of_the_first_word() -> None:
    text = "Acme is a country.\n\nVienna, the capital on the Danube, is home to many."
    assert answer(text, "capital: str - Capital city") == "Vienna"
