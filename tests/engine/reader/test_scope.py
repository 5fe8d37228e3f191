"""Whose a statement is: pages that tell of many things, each in its own place."""

from __future__ import annotations

import pytest

from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.reader.statements import read_statements
from tests.engine.reader.one_field import answer, by_rules

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
    assert by_rules(text, f"released: int? - {field}") == expected


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


MINUTES = """Minutes of 12 March: # Minutes of 12 March

Harbour Growers' Association

3. Officers. Ann Lee was elected treasurer. Tom Ray stood down.

4. Elm Mine. The offer of Basalt Partners was declined.
"""
MINE = """Site notes: # Where we dig

## Elm Mine

Elm Mine was opened in 1951.

## Oak Pit

It was opened in 1962.
"""
NOTES = """Pumps and people: # Elm: pumps and people

Hydrologist. We took on Eva Moor in May.

Pumps. Both pumps at Elm are from Hallmark, and a third comes from Peak Hire.
"""


@pytest.mark.parametrize(
    ("prompt", "field", "expected"),
    [
        # the papers of an association name it at their head, and by its initials
        ("the association (HGA)", "treasurer: str? - Treasurer", "Ann Lee"),
        # the short name of a mine, in another document's heading
        ("Elm Mine", "pump_maker: str? - Firm that the pumps are from", "Hallmark"),
        ("Oak Pit", "pump_maker: str? - Firm that the pumps are from", None),
        ("New Elm", "opened: int? - Year it was opened", None),
    ],
)
def test_a_subject_goes_by_shorter_names(prompt: str, field: str, expected: object) -> None:
    members = "Members: # Who we are\n\nThe Harbour Growers' Association (HGA) has nine members.\n"
    others = (MINUTES, MINE, NOTES, members)
    assert by_rules("Nothing.", field, prompt=prompt, others=others) == expected


def test_a_short_first_sentence_is_a_heading() -> None:
    page = Document(0, "https://acme.test/", "Acme", None, NOTES.partition(": ")[2])
    headings = {s.value[:12]: s.heading for s in read_statements(page).statements}
    assert headings["Both pumps a"] == "Elm: pumps and people > Pumps"
    plain = Document(1, "https://acme.test/1", "Acme", None, "Acme makes anvils. They are blue.")
    assert not any(s.section for s in read_statements(plain).statements)
