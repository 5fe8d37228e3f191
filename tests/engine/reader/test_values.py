"""Rules of the reader that hold for many questions, each on a page of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.reader.one_field import answer, by_rules

METAL = (
    "Atomic number 99, melting point 1,538 °C, boiling point 2,861 °C, density 7.874 g/cm³. "
    "It formed about 4.5 billion years ago."
)
LISTED = "Acme has had its seat in Redville since 1986. It went public on 13 March of that year."
LATER = "The kingdom of Acme became free on 12 December 1963 and a republic a year later."
PROBE = (
    "Ann Lee noticed Acme from Palermo, on 1 January 1801. The probe Dusk entered orbit "
    "on 6 March 2015 and found bright spots."
)
VICTIMS = "The flood killed more than 5,000 people. There were 70 million inhabitants in 2025."


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (METAL, "melting_point_c: float?", 1538.0),
        (METAL, "boiling_point_c: float?", 2861.0),
        (METAL, "density_g_cm3: float?", 7.874),
        ("- Melting point: 1,538 °C\n", "boiling_point_c: float?", None),
        ("It is 4.5 billion years old.", "orbital_period_days: float?", None),
        (VICTIMS, "population: int?", 70_000_000),
        ("Power is shared with 47 counties.", "counties: int? - Number of counties", 47),
    ],
)
def test_a_number_is_taken_by_the_words_and_unit_of_its_own(
    text: str, field: str, expected: float | None
) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (LISTED, "listed: date? - Day on which it went public", "1986-03-13"),
        (LATER, "republic_year: int? - Year in which it became a republic", 1964),
        (PROBE, "discovered: date? - Date of discovery", "1801-01-01"),
        ("Voters refused to join the EU on 28 November 1994.", "joined_eu: date?", None),
        ("The latest standard was published in 2023.", "first_published: int?", None),
    ],
)
def test_a_date_is_of_the_event_that_is_asked_for(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("- License: Eclipse Public License 1.0\n", "license: MIT|EPL|GPL?", "EPL"),
        ("It is a metalloid that melts late.", "category: metal|metalloid|nonmetal?", "metalloid"),
        ("Acme is column-oriented.", "storage: row|column?", "column"),
        ("- EU member: no\n", "in_nato: bool? - Is it a member of NATO?", None),
        ("- Forces: none, although a founder of NATO\n", "nato: bool? - Is it in NATO?", True),
    ],
)
def test_a_choice_may_be_named_by_other_words(text: str, field: str, expected: object) -> None:
    assert by_rules(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("- Latest version: 3.14, 7 October 2025\n", "latest_version: str?", "3.14"),
        ("- Discovered: January 1610 by Ann Lee\n", "discovered_by: str?", "Ann Lee"),
        ("- Discovered: 5 January 2005\n", "discoverers: list[str]?", None),
        ("- Written in: Java\n", "developer: str?", None),
        ("- Orbit: 227.9 million km\n", "parent: str? - Body that it orbits", None),
        (
            "Ann Lee was the first prime minister and then the first president.",
            "head_of_government: str? - Who leads the government",
            None,
        ),
        (
            "Ann Lee named it after Bo's native country, Poland. The rovers called Luno were warm.",
            "named_after: str - What its name goes back to",
            "Poland",
        ),
    ],
)
def test_a_text_is_of_the_kind_that_is_asked_for(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected


def test_a_bulleted_list_is_the_value_of_its_heading() -> None:
    text = (
        "# Acme\n\nAcme is a firm.\n\n## Products\n\n- Anvils\n- Rockets (since 1950)\n- Magnets\n"
    )
    assert answer(text, "products: list[str]?") == ["Anvils", "Rockets", "Magnets"]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Why is tin special among the metals?", 10),
        ("What is known about the metal Tin?", 10),
        ("Research rhodium.", None),
    ],
)
def test_the_subject_is_found_in_a_sentence(prompt: str, expected: Any) -> None:
    others = ("Tin: It has ten stable isotopes.", "The Metal: It has two stable isotopes.")
    field = "isotopes: int? - Number of stable isotopes"
    assert answer("Acme is a firm.", field, prompt=prompt, others=others) == expected
