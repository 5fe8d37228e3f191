"""When a newer page wins, whom a row or list names, and what is no value."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.subject_names import name_in_text, title_names
from tests.engine.reader.one_field import answer, asked_of, by_rules

STAFF = (
    "## Board of Acme\n\n| Member | Role | Joined |\n|---|---|---|\n| Ann Lee | Chair | 2019 |\n"
    "| Ben Roe | Vice-chair | 2020 |\n| Cy Dunn | Member | 2021 |\n"
)
OFFICERS = (
    "## Your housing officer\n\n- Ann Lee: Mill House, Elm Court\n"
    "- Ben Roe: Quarry Bank, Weir House\n"
)
RENTS = (
    "| ref | address | rent |\n|---|---|---|\n| A5 | 5 Larkfield | 94.70 |\n"
    "| A27 | 27 Larkfield | 121.24 |\n| A38 | 38 Larkfield | 119.25 |\n"
)
ORDER = (
    "# Order form\n\n| Supplier | Elm Labs |\n|---|---|\n| Customer | Acme Council |\n"
    "| Named users | 480 |\n"
)
LEASE = (
    "Landlord: Elm Trust\n\nTenant: Oak Bakery Limited\n\n1.1 The Landlord lets the shop to the"
    " Tenant for the Term. The Tenant keeps the windows in repair, and the Tenant pays the rates.\n"
)


@pytest.mark.parametrize(
    ("text", "prompt", "field", "expected"),
    [
        (STAFF, "Acme", "chair: str? - who chairs the board", "Ann Lee"),
        (OFFICERS, "Quarry Bank", "housing_officer: str?", "Ben Roe"),
        (RENTS, "27 Larkfield", "rent: float? - rent in pounds", 121.24),
        (
            LEASE,
            "Acme",
            "keeps_windows: str? - who keeps the windows in repair",
            "Oak Bakery Limited",
        ),
        (
            "Three samples of Acme were tested for asbestos. No asbestos was found.",
            "Acme",
            "asbestos: bool? - was asbestos found",
            False,
        ),
        (
            "Dr Ann Lee, proposed by Ben Roe, was elected chair of Acme.",
            "Acme",
            "chair: str? - who chairs it",
            "Dr Ann Lee",
        ),
    ],
)
def test_whom_a_row_or_sentence_is_about(text: str, prompt: str, field: str, expected: Any) -> None:
    assert by_rules(text, field, prompt=prompt) == expected


def test_a_sum_of_money_counts_nothing() -> None:
    text = "Acme pays £150 for each of the employees in training."
    assert answer(text, "employees: int? - employees of Acme") != 150


def test_a_name_ends_with_its_sentence_and_begins_behind_a_contraction() -> None:
    names = find_names("We let for a Term. The Tenant said: it's Acme Mutual. It's Elm Trust.")
    assert [name.text for name in names] == ["Term", "Tenant", "Acme Mutual", "Elm Trust"]


def test_the_number_of_a_house_is_part_of_its_name() -> None:
    page = Document(0, "https://acme.test/", "Rents", None, RENTS)
    index = Index.build(Corpus("room", (page,)))
    assert name_in_text("27 Larkfield", title_names(index), index) == "27 Larkfield"


def test_a_tolerance_is_no_value_and_a_square_metre_no_million() -> None:
    found = find_numbers("Nitrate 61.4 ± 4.9 mg/l")
    assert [(n.value, n.dimension) for n in found] == [(61.4, "concentration")]
    assert requested_unit("roof_area", "m²").scale == 1.0
    assert requested_unit("speed", "m/s").scale == 1.0
    assert requested_unit("revenue", "£m").scale == 1e6


def test_a_newer_page_that_speaks_in_passing_does_not_win_over_a_label() -> None:
    older = Document(0, "https://acme.test/a", "Acme", "2023-01-01", "- Manager: Ann Lee\n")
    text = "Ben Roe introduced himself to Acme as the new quality manager."
    newer = Document(1, "https://acme.test/b", "Minutes of Acme", "2024-01-01", text)
    assert asked_of((older, newer), "manager: str?").content == {"manager": "Ann Lee"}


def test_labels_and_values_are_no_rows_on_several_things() -> None:
    page = Document(0, "file:room/order.md", "Order form", None, ORDER)
    field = "users: int? - Number of named users"
    output = asked_of((page,), field, prompt="Licence of Acme Council", processor="lite")
    assert output.content == {"users": 480}
