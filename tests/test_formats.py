"""Money, counts, spans of time and shortened text are written in one way."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb import formats
from parallel_nb.formats import money, shorten


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (0.0, "$0.00"),
        (0.005, "$0.005"),
        (0.015, "$0.015"),
        (0.075, "$0.075"),
        (0.1, "$0.10"),
        (0.3, "$0.30"),
        (0.1 + 0.2, "$0.30"),
        (1.025, "$1.025"),
        (9.99995, "$10.00"),
        (12.345, "$12.35"),
        (1234567.0, "$1,234,567.00"),
        (1e30, "$1,000,000,000,000,000,019,884,624,838,656"),
        (float("inf"), "$inf"),
        (float("nan"), "an unpublished amount"),
    ],
)
def test_an_amount_is_never_rounded_to_another(usd: float, words: str) -> None:
    assert money(usd) == words


@given(st.integers(0, 1_999))
def test_half_cents_below_ten_dollars_are_exact(halves: int) -> None:
    assert float(money(halves * 0.005).lstrip("$")) == pytest.approx(halves * 0.005, abs=1e-9)


@given(st.text(), st.integers(1, 40))
def test_shortened_text_keeps_to_its_limit(text: str, limit: int) -> None:
    line = shorten(text, limit)
    assert len(line) <= limit
    assert "\n" not in line


def test_the_examples_hold() -> None:
    assert doctest.testmod(formats).failed == 0
