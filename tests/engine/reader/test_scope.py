"""Whose a statement is: pages that tell of many things, each in its own place."""

from __future__ import annotations

import pytest

from tests.engine.reader.one_field import answer

PAGE = """Houses: # Our houses

Three houses belong to us.

## Elm House

It was opened in 1951. The warden is Ann Lee.

## Oak House

It was opened in 1962. The warden is Tom Ray.

## Beds

| House | Beds | Doctor |
|---|---|---|
| Elm House | 40 | Eva Moor |
| Oak House | 25 | Jon Hale |
"""


@pytest.mark.parametrize(
    ("prompt", "field", "expected"),
    [
        ("Elm House", "opened: int? - Year it was opened", 1951),
        ("Oak House", "opened: int? - Year it was opened", 1962),
        ("Oak House", "warden: str? - Warden", "Tom Ray"),
        ("Oak House", "beds: int? - Number of beds", 25),
        ("Jon Hale", "house: str? - House", "Oak House"),
        ("Ash House", "warden: str? - Warden", None),
    ],
)
def test_what_stands_below_a_heading_or_in_a_row_is_of_that_thing(
    prompt: str, field: str, expected: object
) -> None:
    assert answer("Nothing.", field, prompt=prompt, others=(PAGE,)) == expected


def test_a_name_may_hold_small_words() -> None:
    page = "Season: # Season\n\n## A Walk in Arden\n\nDirected by Ann Lee.\n"
    field = "director: str? - Who directed it"
    prompt = "What do we know of A Walk in Arden?"
    assert answer("Nothing.", field, prompt=prompt, others=(page,)) == "Ann Lee"


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("It appeared in 2016. Version 0.14 came out in 2025.", "year of the first release", 2016),
        ("Version 0.14.0 came out on 5 March 2025.", "year of the first release", None),
        ("Acme 0.14 was released on 5 March 2025.", "year of release", None),
        ("Version 1.0 was released in 2012.", "year of release", 2012),
    ],
)
def test_a_later_version_does_not_date_the_whole(
    text: str, field: str, expected: int | None
) -> None:
    text = f"Acme is a programming language. {text}"
    assert answer(text, f"released: int? - {field}") == expected


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        (
            "The sale of Acme was completed on 30 August.",
            "completed: date? - Day the sale was completed",
            "2023-08-30",
        ),
        ("The price of Acme was \u00a30.9m.", "price: int? - Price in pounds", 900_000),
        ("- Tank capacity: 310,000 litres", "tank_capacity: float? - cubic metres", 310.0),
        ("The application of Acme was turned down.",
         "outcome: granted|refused|pending? - outcome of the application", "refused"),
        ("Acme has thirty-one employees.", "employees: int? - Number of employees", 31),
    ],
)  # fmt: skip
def test_values_are_read_as_people_write_them(text: str, field: str, expected: object) -> None:
    assert answer(text, field) == expected
