"""A place says the same in a citation's address and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.places import document_of, place_of
from parallel_nb.engine.corpus import places
from parallel_nb.engine.corpus.documents import Document
from parallel_nb.engine.corpus.places import Place, PlacedText, place_at

PLACES = [
    places.page_place(3),
    places.page_place(3, "iv"),
    places.slide_place(7),
    places.slide_place(7, "notes"),
    places.line_place(12),
    places.row_place(4),
    places.row_place(4, "table 2"),
    places.paragraph_place(9),
    places.paragraph_place(9, "4.2 (a)"),
    places.note_place("2", 9),
    places.header_place("subject"),
    places.sheet_place("P&L #1"),
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.label)
def test_an_address_says_what_the_label_says(place: Place) -> None:
    assert place_of(f"file:room/a.x#{place.fragment}") == place.label


@given(st.text(min_size=1, max_size=20), st.integers(1, 999), st.integers(1, 999))
def test_a_cell_of_a_sheet_of_any_name_is_found_in_its_address(
    name: str, row: int, column: int
) -> None:
    text = PlacedText()
    text.table([["a", "b"], ["c", "d"]], place=places.sheet_place(name, row, column))
    content, found = text.build()
    document = Document(0, "file:room/a.xlsx", "A", None, content, found)
    start = content.index("d")
    place = document.place_at(start)
    assert place is not None
    url = document.url_of(start, start + 1)
    assert place.label == f"Sheet '{name}', {places.column_letters(column + 1)}{row + 1}"
    assert place_of(url) == place.label
    assert place_of(document.url_of(0, len(content))) == f"Sheet '{name}', row {row}"
    assert document_of(url) == "room/a.xlsx"


def test_an_address_of_the_web_has_no_place_and_no_document() -> None:
    assert place_of("https://a.example/x#page=3") is None
    assert document_of("https://a.example/x") is None
    assert place_of("file:room/a.md") is None


def test_what_stands_before_the_first_place_has_none() -> None:
    assert place_at("abc", ((2, places.page_place(1)),), 1) is None
