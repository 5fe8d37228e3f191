"""What a sum, a date, a yes or no is, and what only looks like one, in texts of any office."""

from __future__ import annotations

import pytest

from parallel_nb.engine.reader.language.grammar import denies, is_negated
from parallel_nb.engine.reader.language.numbers import find_numbers
from tests.engine.reader.one_field import answer

MINUTES = (
    "**5. Visitors.** No complaints in 2024, the third year running. 42 school visits were made, "
    "against 19 in 2023. The trustees were pleased."
)


def test_the_digits_of_a_code_are_no_number() -> None:
    assert not find_numbers("Application 24/01187/FUL")
    assert [number.value for number in find_numbers("3/4 of 12")] == [3.0, 12.0]


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("Application number: 771\n", "application_fee: float? - application fee, pounds", None),
        (
            "The deposit is three monthly rents. The monthly rent is €2,600.",
            "monthly_rent: float? - rent per month in euros",
            2600.0,
        ),
        ("You asked for 30 places. There are 24 places.", "places: int? - number of places", 24),
        (
            "A dividend of £2.10 a share was declared, payable on 31 July 2025 (2024: £1.95).",
            "dividend: float? - dividend per share for 2025, pounds",
            2.1,
        ),
        (MINUTES, "school_visits: int? - how many school visits were made in 2024", 42),
    ],
)
def test_a_sum_is_no_other_number(text: str, field: str, expected: float | None) -> None:
    assert answer(text, field) == expected


def test_the_day_from_which_something_moved_is_over() -> None:
    text = (
        "The opening moves from 28 June 2024 to the end of July. The hall opened on 29 July 2024."
    )
    assert answer(text, "opened: date? - day of the opening") == "2024-07-29"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("The bank line was agreed but not drawn.", "bank_line_drawn: bool?", False),
        ("The roof repair, put down for 2024, was not made.", "roof_repair: bool?", False),
        ("The connection is non-firm.", "firm_connection: bool?", False),
        (
            "That a lease was granted to Birch is a rumour; no lease was granted to anybody.",
            "lease_granted: bool? - has a lease been granted",
            False,
        ),
        (
            "We were asked whether the guarantee covers the boiler. It does not. We shall pay.",
            "guarantee_covers_boiler: bool?",
            False,
        ),
        ("The shared garden is not excluded.", "shared_garden_excluded: bool?", False),
    ],
)
def test_a_yes_is_denied_where_its_verb_is(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected


def test_a_word_in_passing_is_no_yes() -> None:
    field = "lift_inspected: bool? - was the goods lift inspected by the insurer this year"
    assert answer("The goods are sold in the yard.", field) is None


def test_a_denied_denial_denies_nothing() -> None:
    assert denies("sections 24 to 28 are excluded")
    assert not denies("sections 24 to 28 are not excluded")
    assert is_negated("a non-firm offer", 6)
