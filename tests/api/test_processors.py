"""The price table, checked against figures noted from the vendor's price page of 2026."""

from __future__ import annotations

import math

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.processors import (
    PRICES_AS_OF,
    PROCESSORS,
    SEARCH_MODES,
    get_processor,
    search_cost,
    seconds_of_quota,
)

#: As the price page has them: USD for 1,000 runs; shortest, longest, median and 90th percentile
#: of the seconds.
TABLE = [
    ("lite", 5, (10, 120, 45, 90)),
    ("base", 10, (15, 180, 50, 120)),
    ("core", 25, (60, 300, 90, 180)),
    ("core2x", 50, (60, 600, 210, 390)),
    ("pro", 100, (120, 600, 210, 450)),
    ("ultra", 300, (180, 1500, 240, 600)),
    ("ultra2x", 600, (300, 3000, 360, 570)),
    ("ultra4x", 1200, (300, 5400, 480, 630)),
    ("ultra8x", 2400, (300, 7200, 390, 660)),
]


@pytest.mark.parametrize(("name", "usd_for_1000", "seconds"), TABLE)
def test_a_thousand_runs_cost_and_take_what_was_published(
    name: str, usd_for_1000: float, seconds: tuple[int, ...]
) -> None:
    processor = get_processor(name)
    assert processor.cost(1000) == usd_for_1000
    assert (*processor.latency, processor.p50, processor.p90) == seconds


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_fast_twin_is_accepted_has_no_published_price_and_is_not_offered(name: str) -> None:
    fast = get_processor(f"{name}-fast")
    assert not fast.is_priced
    assert math.isnan(fast.cost(1))
    assert fast.cost(0) == 0  # nothing asked costs nothing
    assert fast.name not in PROCESSORS


@pytest.mark.parametrize(
    ("name", "runs", "quota", "seconds"),
    [
        ("lite", 1, 2000, (45, 90, 120)),
        ("lite", 2000, 2000, (45, 90, 120)),  # a minute's quota goes out at once
        ("lite", 2001, 2000, (105, 150, 180)),
        ("lite", 10_000, 2000, (285, 330, 360)),
        ("core", 900, 300, (210, 300, 420)),
    ],
)
def test_the_expected_time_has_the_quota_and_the_percentiles_in_it(
    name: str, runs: int, quota: float, seconds: tuple[float, float, float]
) -> None:
    assert get_processor(name).expected_seconds(seconds_of_quota(runs, quota)) == seconds


def test_prices_carry_their_date() -> None:
    assert PRICES_AS_OF == "October 2026"


def test_an_unknown_processor_names_the_nearest() -> None:
    with pytest.raises(InputError, match="'cor'") as caught:
        get_processor("cor")
    assert "Did you mean 'core'?" in caught.value.remedy


@pytest.mark.parametrize(
    ("mode", "results", "usd_for_1000"),
    [
        ("turbo", 10, 1),
        ("fast", 10, 1),
        ("fast", 20, 11),
        ("basic", 10, 5),
        ("basic", 3, 5),
        ("advanced", 10, 5),
        ("advanced", 15, 10),
        ("advanced", 50, 15),  # 20 are given
    ],
)
def test_a_search_costs_by_mode_and_by_results_over_ten(
    mode: str, results: int, usd_for_1000: float
) -> None:
    assert mode in SEARCH_MODES
    assert 1000 * search_cost(mode, results) == pytest.approx(usd_for_1000)
