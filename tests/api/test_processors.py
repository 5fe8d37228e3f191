"""The price table, checked against figures noted from the vendor's price page of 2026."""

from __future__ import annotations

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import PRICES_AS_OF, PROCESSORS, get_processor, search_cost


@pytest.mark.parametrize(
    ("name", "usd_for_1000"),
    [
        ("lite", 5),
        ("base", 10),
        ("core", 25),
        ("core2x", 50),
        ("pro", 100),
        ("ultra", 300),
        ("ultra2x", 600),
        ("ultra4x", 1200),
        ("ultra8x", 2400),
    ],
)
def test_a_thousand_runs_cost_what_was_published_and_fast_costs_the_same(
    name: str, usd_for_1000: float
) -> None:
    assert get_processor(name).cost(1000) == usd_for_1000
    assert get_processor(f"{name}-fast").cost(1000) == usd_for_1000


def test_a_fast_twin_is_faster() -> None:
    for name, processor in PROCESSORS.items():
        if name.endswith("-fast"):
            slow = PROCESSORS[name.removesuffix("-fast")]
            assert processor.latency[0] < slow.latency[0]
            assert processor.latency[1] < slow.latency[1]


def test_prices_carry_their_date() -> None:
    assert PRICES_AS_OF == "2026"


def test_an_unknown_processor_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'cor'") as caught:
        get_processor("cor")
    assert "Did you mean 'core'?" in caught.value.remedy


@pytest.mark.parametrize(
    ("requests", "results", "usd"),
    [(1000, 10, 5.0), (1000, 5, 5.0), (1000, 15, 10.0), (1, 10, 0.005)],
)
def test_a_search_costs_by_request_and_by_results_over_ten(
    requests: int, results: int, usd: float
) -> None:
    assert search_cost(requests, results) == pytest.approx(usd)
