"""Values of every type in the many ways in which a text may say them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.engine.reader.language.numbers import convert, find_numbers
from parallel_nb.engine.reader.language.states import find_states, states_of
from parallel_nb.engine.reader.language.units import requested_unit, unit_in_head
from parallel_nb.engine.reader.values.lists import item_kind
from tests.engine.reader.one_field import answer

if TYPE_CHECKING:
    from parallel_nb.engine.reader.values.lists import ItemKind


@pytest.mark.parametrize(
    ("text", "name", "description", "expected"),
    [
        ("310,000 litres", "capacity", "cubic metres", 310.0),
        ("8.6 m", "width", "width in centimetres", 860.0),
        ("£3.2m", "cost", "cost in pounds", 3_200_000.0),
        ("£640k", "cost", "thousands of pounds", 640.0),
        ("5,120 thousand £", "turnover", "£m", 5.12),
        ("84 million francs", "cost", "latest estimate, million francs", 84.0),
        ("4.6 t", "weight", "kg", 4600.0),
        ("Four tonnes", "salt", "in kilograms", 4000.0),
        ("410 metres", "distance", "how far, km", 0.41),
        ("eighteen months", "term", "in years", 1.5),
        ("two and a half years", "term", "Months of notice", 30.0),
        ("a dozen", "members", "", 12.0),
        ("two hundred and thirty-one", "guests", "", 231.0),
        ("some twelve thousand", "bottles", "", 12_000.0),
        ("half a million", "visitors", "", 500_000.0),
        ("a third of", "share", "per cent", 100 / 3),
        ("2'350", "price", "", 2350.0),
        ("12 GWh", "energy_mwh", "", 12_000.0),
        ("7 tonnes", "area", "in hectares", None),
        ("30 ha", "area_square_metres", "", 300_000.0),
    ],
)
def test_a_number_comes_in_the_unit_that_is_asked_for(
    text: str, name: str, description: str, expected: float | None
) -> None:
    value = convert(find_numbers(text)[0], requested_unit(name, description))
    assert value == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("text", ["the second half of the year", "hundreds of people", "one-off"])
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert not find_numbers(text)


def test_the_head_of_a_column_gives_its_unit() -> None:
    heads = ("Output (kt)", "Dosage g/l", "Costs (£'000)", "Year", "area_ha")
    assert [unit_in_head(head) for head in heads] == ["kt", "g/l", "thousand £", "", "ha"]


@pytest.mark.parametrize(
    "description", ["Year it opened", "A date", "The year of the sale", "Score, A to F"]
)
def test_a_word_at_the_beginning_of_a_description_is_no_unit(description: str) -> None:
    assert requested_unit("value", description).dimension == ""


TABLE = (
    "| Product | Sales 2022, £m | Sales 2023, £m | Sales 2023 budget, £m |\n|---|---|---|---|\n"
    "| Acme | 4.1 | 4.6 | 5.0 |\n| Beta | 1.0 | 1.1 | 1.2 |\n"
)


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (TABLE, "sales_2023: float? - in pounds", 4_600_000.0),
        (TABLE, "sales_2022: float? - in £k", 4100.0),
        ("Acme took £171,400 where £205,000 had been looked for.", "takings: int?", None),
        (
            "Its takings were £171,400 against a target of £205,000.",
            "takings: int? - Takings in pounds",
            171_400,
        ),
        (
            "Martins nest at Acme: there were 60 pairs in 2021 and, in 2023, 114 pairs.",
            "pairs: int? - Pairs in 2023",
            114,
        ),
        ("Thirty-one employees work at Acme.", "employees: int?", 31),
    ],
)
def test_a_number_is_of_the_year_and_kind_that_is_asked_for(
    text: str, field: str, expected: float | None
) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        # the pages of these tests are of 1 January 2024, a Monday
        ("Acme was finished on 3 March.", "finished: date? - Day it was finished", "2023-03-03"),
        ("Acme will open on 3 March.", "opens: date? - Day it will open", "2024-03-03"),
        ("Acme was sold on Friday, 29 December.", "sold: date? - Day of the sale", "2023-12-29"),
        ("Acme was closed yesterday.", "closed: date? - Day it was closed", "2023-12-31"),
        ("Acme was opened three years ago.", "opened: int? - Year it was opened", 2021),
        (
            "- Granted: 30/06/2011\n- Expires: 04/07/2031\n",
            "expires: date? - Day it expires",
            "2031-07-04",
        ),
        (
            "The opening of Acme, foreseen for 2027, is put off to the spring of 2028.",
            "opening: int? - Year of the opening",
            2028,
        ),
        (
            "The application of Acme, lodged on 3 October 2022, had yet to be decided.",
            "granted: date? - Date on which the application was granted",
            None,
        ),
    ],
)
def test_a_date_is_read_in_every_form_and_role(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme holds a diving licence.", True),
        ("Acme has yet to be given a diving licence.", False),
        ("Acme does without a diving licence.", False),
        ("Acme let its diving licence lapse in 2017.", False),
        ("Acme gave up its diving licence.", False),
        ("The diving licence of Acme was refused.", False),
        ("Acme has not only a diving licence but a boat.", True),
        ("A diving licence? Acme has thought about it.", None),
        ("Acme has applied for a diving licence.", None),
        ("It is not known whether Acme holds a diving licence.", None),
        ("- Diving licence: we have none, and want none\n", False),
        ("- Diving licence: Yes, since 2019\n", True),
        ("- Diving licence: lapsed\n", False),
        ("Diving licences are held by Beta Boats only; Acme has yet to ask.", False),
    ],
)
def test_yes_or_no_is_what_the_clause_of_the_subject_says(text: str, expected: object) -> None:
    assert answer(text, "licence: bool? - Holds a diving licence") == expected


@pytest.mark.parametrize(
    ("text", "choices", "expected"),
    [
        ("The request of Acme was turned down.", "granted|refused|pending", "refused"),
        ("The request of Acme was not successful.", "granted|refused|pending", "refused"),
        ("The council approved the request of Acme.", "granted|refused|pending", "granted"),
        ("The request of Acme is still under review.", "granted|refused|pending", "pending"),
        ("The request of Acme was put off until May.", "accepted|refused|deferred", "deferred"),
        ("The hall of Acme was pulled down in 1962.", "demolished|converted|in use", "demolished"),
        ("Acme, worked out in 2006, is a lake.", "working|worked out|sold", "worked out"),
        ("Acme let its permit lapse in 2017.", "certified|lapsed|never applied", "lapsed"),
        ("- Acme, mothballed since 2020: still ours\n", "working|mothballed", "mothballed"),
    ],
)
def test_a_choice_is_found_by_the_words_of_its_state(
    text: str, choices: str, expected: str
) -> None:
    assert answer(text, f"outcome: {choices}? - How it stands") == expected


def test_what_is_only_recommended_is_no_outcome() -> None:
    text = "The officers had recommended refusal. The committee granted permission to Acme."
    assert answer(text, "outcome: granted|refused? - Outcome of the request") == "granted"


def test_a_choice_without_a_state_has_no_other_words() -> None:
    assert states_of("landlord") == states_of("tenant") == ()
    assert find_states("It was let to a tenant.", "tenant") == []


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            "Two tenders for Acme had come: Beta Lifts at £87,900 and Gamma Hoists at £79,500.",
            "tenderers: list[str]? - Firms whose tenders came",
            ["Beta Lifts", "Gamma Hoists"],
        ),
        (
            "Its exports go chiefly to Norway and Japan, with a little to Denmark.",
            "exports: list[str]? - Countries to which its exports go",
            ["Norway", "Japan", "Denmark"],
        ),
        (
            "The Blend of Acme is made in better years, lately 2014, 2017 and 2020.",
            "vintages: list[str]? - Years in which the blend was made",
            ["2014", "2017", "2020"],
        ),
        (
            "# Acme\n\n## Judges\n\n- Ann Lee, chair\n- Dr Bo Rask, writer, Oslo\n- Cy Dunn\n",
            "judges: list[str]? - The judges",
            ["Ann Lee", "Bo Rask", "Cy Dunn"],
        ),
        (
            "- Hauliers: Bagshaw & Daughter; Hoyle Bulk\n",
            "hauliers: list[str]?",
            ["Bagshaw & Daughter", "Hoyle Bulk"],
        ),
        ("- Trustees: none at present\n", "trustees: list[str]? - The trustees", None),
    ],
)
def test_a_list_holds_what_is_asked_for_and_nothing_else(
    text: str, field: str, expected: Any
) -> None:
    assert answer(text, field) == expected


def test_the_rows_of_the_subject_are_its_list() -> None:
    table = (
        "| Grower | Grape |\n|---|---|\n| Acme | Ortega |\n| Beta | Bacchus |\n| Acme | Seyval |\n"
    )
    assert answer(table, "grapes: list[str]? - Grape") == ["Ortega", "Seyval"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("trustees who have a vote", "person"),
        ("years in which the trustees met", "year"),
        ("countries it sells to", "country"),
        ("titles of his plays", ""),
    ],
)
def test_the_first_word_that_tells_says_what_is_listed(text: str, kind: ItemKind) -> None:
    assert item_kind(text) == kind
