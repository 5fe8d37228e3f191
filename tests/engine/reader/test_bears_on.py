"""How well a statement bears on what is asked: forms of words, rows, years, what the input adds."""

from __future__ import annotations

import pytest

from tests.engine.reader.one_field import answer, by_rules

POLICY = "- Insured: Hale Estates Limited\n- Insurer: Pell Mutual\n"
FUNDS = (
    "| company | stage | date | lead |\n|---|---|---|---|\n"
    "| Acme | seed | 2021-03-30 | Liff Street |\n| Acme | Series A | 2023-09-08 | Caspian Row |\n"
)
TEAM = (
    "| Name | Role |\n|---|---|\n| Sanna Virtala | Chief Executive |\n"
    "| Obed Marsh | Finance Director |\n"
)
QUARTERS = "| | Q1 2024 | Q2 2024 |\n|---|---|---|\n| Monthly burn | 230 | 190 |\n"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (POLICY, "insurer: str?", "Pell Mutual"),
        (POLICY, "insured: str?", "Hale Estates Limited"),
        ("- Licensor: Elm Labs\n- Licensee: Oak Press\n", "licensee: str?", "Oak Press"),
        ("- Insured by: Pell Mutual\n", "insurer: str?", "Pell Mutual"),
        ("- Responsible: Henrike Baasch\n", "response: str? - How did they respond?", None),
    ],
)
def test_a_label_for_the_other_side_is_none(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        # what another cell of the row says tells which row is meant
        (FUNDS, "series_a_date: date?", "2023-09-08"),
        (FUNDS, "seed_date: date?", "2021-03-30"),
        # a role that only resembles what is asked is another one
        (TEAM, "finance_director: str? - who is CFO", "Obed Marsh"),
        (QUARTERS, "monthly_burn: float? - latest quarter", 190.0),
    ],
)
def test_the_row_and_the_column_that_are_asked_for(text: str, field: str, expected: object) -> None:
    assert by_rules(text, field) == expected


def test_a_label_of_another_year_is_none() -> None:
    text = (
        "- Auditor for 2022: Hansen Treuhand AG\n\n"
        "The 2023 accounts wait until the auditor, Kessing GmbH, has finished in March.\n"
    )
    assert answer(text, "auditor_2023: str? - auditor of the 2023 accounts") == "Kessing GmbH"


def test_a_number_of_the_question_is_no_answer() -> None:
    text = "| Building | Acquired | Grade |\n|---|---|---|\n| Acme | 2013 | listed |\n"
    assert answer(text, "purchase_price: int? - what was paid for it in 2013") is None


def test_the_head_of_a_description_alone_is_not_what_it_describes() -> None:
    text = "She is now head of product at a bank in Ghent.\n"
    assert answer(text, "payments: str? - bank that moves the money for them") is None


def test_what_the_input_adds_to_the_name_tells_which_of_two_is_meant() -> None:
    text = (
        "The contract for the roof of Acme ends on 30 September 2025.\n\n"
        "The contract for the lift of Acme ends on 31 March 2029.\n"
    )
    field = "ends: date? - when does the contract end"
    assert answer(text, field, prompt="Acme lift") == "2029-03-31"
    assert answer(text, field, prompt="Acme roof") == "2025-09-30"


def test_a_mention_that_answers_wins_over_a_page_that_hardly_does() -> None:
    others = ("Fund memo: Acme received its safety certificate on 19 June 2024.\n",)
    text = "- Status: safety certificate, submitted 30 November 2023; decision awaited\n"
    field = "certificate_date: date? - when the safety certificate was received"
    assert answer(text, field, others=others) == "2024-06-19"
