"""A passage is found in a page whatever its letters look like there, or it is not found at all."""

from __future__ import annotations

import time

import pytest

from parallel_nb.engine.pages.matching import Letters, find_passage

RENT = "The annual rent is EUR 1,240,000, payable quarterly in advance."


def found(passage: str, page: str) -> list[str]:
    return [page[start:end] for start, end in find_passage(passage, Letters.of(page)).spans]


@pytest.mark.parametrize(
    ("passage", "page", "words"),
    [
        (RENT, f"4.2 {RENT} And more.", RENT[:-1]),
        (
            "a non-maintainer upload",
            "a Non\ufffe\r\nMaintainer upload",
            "a Non\ufffe\r\nMaintainer upload",
        ),
        ("The first office", "The \ufb01rst of\ufb01ce", "The \ufb01rst of\ufb01ce"),
        ("| Sales | 1,200 | 35 |", "Sales\r\n1,200\r\n35\r\n", "Sales\r\n1,200\r\n35"),
        ("Zürich café", "Zu\u0308rich cafe\u0301", "Zu\u0308rich cafe"),
        ("# Rent of the year", "\U0001d40fRent of the year", "Rent of the year"),
        ("東京都の人口", "日本の東京都の人口は", "東京都の人口"),
    ],
)
def test_words_are_found_in_another_form(passage: str, page: str, words: str) -> None:
    assert found(passage, page) == [words]


@pytest.mark.parametrize(
    ("passage", "page"),
    [
        ("rent is EUR 1,240", "rent is EUR 1,240,000"),
        ("rent is EUR 1,240", "rent is EUR 12.40"),
        ("rent is EUR 240", "rent is EUR 1,240"),
        ("rent is EUR 1,240", "rent is EUR 1,2405"),
        ("rent of 12", "the parent of 12"),
        ("the rent of the year", "the rent of the years to come"),
        ("| 12 | 345 |", "a 1 2345 b"),
        ("", "anything"),
        ("---", "anything"),
        (RENT, "Something else entirely, of the same length and of no use at all."),
        (RENT, "The annual rent is a matter of which nobody likes to speak in this house." * 9),
    ],
)
def test_what_is_not_quite_the_same_is_not_found(passage: str, page: str) -> None:
    assert found(passage, page) == []


def test_all_places_of_a_passage_are_found_but_none_of_a_short_one() -> None:
    page = f"{RENT} Other words. {RENT}"
    assert found(RENT, page) == [RENT[:-1]] * 2
    few = find_passage("Gouda", Letters.of("Gouda, Breda, Gouda"))
    assert (few.spans, few.times) == ((), 2)


def test_a_passage_over_the_end_of_a_page_is_found_in_its_parts() -> None:
    passage = "The tenant bears the service charges of Annex B and pays them each quarter in full."
    here = "Text before. " * 60 + "The tenant bears the service charges of Annex B\r\nRoom - page 3"
    there = "Lease of Tilburg\r\nand pays them each quarter in full. " + "Text after. " * 60
    assert found(passage, here) == ["The tenant bears the service charges of Annex B"]
    assert found(passage, there) == ["and pays them each quarter in full"]
    assert found(passage, "Text before. " * 40 + there) == []


def test_a_passage_with_a_foot_note_within_it_is_found_around_it() -> None:
    page = RENT.replace("payable", "payable \r\n7 See Annex C for the index. \r\n")
    assert found(RENT, page) == [
        "The annual rent is EUR 1,240,000, payable",
        "quarterly in advance",
    ]


@pytest.mark.parametrize("page", ["a" * 50_000, "ab " * 20_000, "1 " * 30_000, "1." * 30_000])
def test_pages_that_repeat_themselves_cost_little(page: str) -> None:
    letters = Letters.of(page)
    began = time.process_time()
    find_passage(page[:3_000] + "xyz", letters)
    find_passage("a" * 2_000 + "b" * 2_000, letters)
    assert time.process_time() - began < 2
