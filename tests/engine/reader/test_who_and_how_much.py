"""Who and how much: names, numbers, dates and states by what a sentence says of each."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.reader.one_field import answer, by_rules


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            "Ms Roe reported that Acme had paid. The architect of the wing is Fenn Ottaway.",
            "architect: str?",
            "Fenn Ottaway",
        ),
        (
            "Catering at Acme is by Moss & Thyme, in place of Seaway.",
            "caterer: str?",
            "Moss & Thyme",
        ),
        (
            "The survey of Acme was done by a chartered surveyor, Ann Lee of Hobbs & Co.",
            "surveyor: str?",
            "Ann Lee",
        ),
        (
            "## Bettina Rauch, Associate Designer\n\nFreelance, from Leipzig. Acme pays her.\n",
            "designer: str? - associate designer of Acme",
            "Bettina Rauch",
        ),
    ],
)
def test_who_it_is_and_not_who_else_is_named(text: str, field: str, expected: Any) -> None:
    assert answer(text, field) == expected


def test_how_it_was_until_a_year_is_not_how_it_is() -> None:
    text = "Until 2015 the bursar of Acme was Tom Hale; the present one is Eve Hart."
    assert answer(text, "bursar: str? - present bursar") != "Tom Hale"


@pytest.mark.parametrize(
    ("text", "field", "prompt", "expected"),
    [
        ("- Without service: 7 h 05 min\n", "outage: int? - minutes without service", "Acme", 425),
        (
            "Acme was founded by Ann Lee in 2001; it has no staff.",
            "founded: int? - year",
            "Acme",
            2001,
        ),
        (
            "Three bids came: Alder Civil £11.2m, Birch £12.75m and a late one from Cedar.",
            "bid: float? - bid, £m",
            "Birch",
            12.75,
        ),
        (
            "The price of Acme, as amended by variation 2, is €49.6 million.",
            "price: float? - price, million euros",
            "Acme",
            49.6,
        ),
    ],
)  # fmt: skip
def test_how_much_of_whom(text: str, field: str, prompt: str, expected: float) -> None:
    assert answer(text, field, prompt=prompt) == expected


def test_the_clinic_is_what_its_page_is_about() -> None:
    text = "The clinic was opened on 2 September 1984 by three surgeons of the town."
    assert answer(text, "opened_on: date?") == "1984-09-02"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            "The bank would not extend Acme's loan but agreed to early repayment without a charge.",
            "early_repayment_free: bool? - early repayment of the loan without a charge",
            True,
        ),
        (
            "The court stayed the case of Acme in May 2023.",
            "status: settled|stayed|dismissed? - how the case stands",
            "stayed",
        ),
        (
            "Acme has yet to reply to the recommendation.",
            "response: accepted|rejected|no reply? - response to the recommendation",
            "no reply",
        ),
    ],
)  # fmt: skip
def test_how_things_stand_by_the_verb_of_their_clause(text: str, field: str, expected: Any) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("voting: list[str]? - trustees who have a vote", ["Ann Lee", "Cy Dunn"]),
        ("others: list[str]? - trustees without a vote", ["Ben Roe"]),
    ],
)
def test_a_column_of_yes_and_no_tells_which_rows_count(field: str, expected: list[str]) -> None:
    table = (
        "## Trustees of Acme\n\n| Trustee | Vote |\n|---|---|\n| Ann Lee | yes |\n"
        "| Ben Roe | no |\n| Cy Dunn | yes |\n"
    )
    assert answer(table, field) == expected


def test_what_a_clause_says_of_another_name_is_not_the_asked_ones() -> None:
    text = "Two bids came for Acme. Alder's is for a span 32 m long; Birch's is of 80 tonnes."
    field = "span_length: float? - length of the span, metres"
    assert by_rules(text, field, prompt="Birch's bid for Acme") is None
