"""A quota holds in every minute, also the first, and no minute waits longer than it must."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import RateLimitError, ServiceError, TransportError
from parallel_nb.client import pacing
from parallel_nb.client.pacing import RollingQuota
from tests.virtual_time import run_at_once, virtual_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = 60.0


@pytest.fixture(autouse=True, scope="module")
def _virtual_time() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "time", SimpleNamespace(monotonic=virtual_clock))
        yield


@given(
    most=st.integers(1, 30),
    sent=st.lists(
        st.tuples(st.integers(1, 30), st.floats(0, MINUTE / 4), st.floats(0, MINUTE / 4)),
        min_size=1,
        max_size=12,
    ),
)
def test_no_minute_has_more_than_the_quota_wherever_in_the_request_the_service_counts(
    most: int, sent: list[tuple[int, float, float]]
) -> None:
    """Each request is counted somewhere between its sending and its answer."""
    counted: list[tuple[float, int]] = []

    async def main() -> None:
        quota = RollingQuota(most, MINUTE)

        async def send(amount: int, until_counted: float, until_answered: float) -> None:
            async with quota.take(amount):
                await asyncio.sleep(until_counted)
                counted.append((virtual_clock(), min(amount, most)))
                await asyncio.sleep(until_answered)

        async with asyncio.TaskGroup() as requests:
            for each in sent:
                requests.create_task(send(*each))

    run_at_once(main())
    minute = MINUTE - 1e-6  # so far are sums of floats from the truth
    for begin, _ in counted:
        assert sum(amount for when, amount in counted if 0 <= when - begin < minute) <= most


def test_a_minutes_worth_goes_out_at_once_and_the_next_when_the_minute_is_over() -> None:
    times: list[float] = []

    async def main() -> None:
        quota = RollingQuota(100, MINUTE)
        for _ in range(8):
            async with quota.take(50):
                times.append(virtual_clock())

    run_at_once(main())
    minutes = [round((when - times[0]) / MINUTE, 6) for when in times]
    assert minutes == [0, 0, 1, 1, 2, 2, 3, 3]


def test_it_says_what_is_left_and_when_there_is_more() -> None:
    async def main() -> None:
        quota = RollingQuota(10, MINUTE)
        assert (quota.left, quota.seconds_until(10)) == (10, 0.0)
        async with quota.take(4):
            assert quota.left == 6
            assert quota.seconds_until(7) == MINUTE  # at least: it is not yet answered
        assert quota.left == 6
        assert 0 < quota.seconds_until(7) <= MINUTE
        await asyncio.sleep(quota.seconds_until(10))
        assert quota.left == 10
        async with quota.take(25):  # more than is ever let through goes alone
            assert quota.left == 0

    run_at_once(main())


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (RateLimitError("429", status=429), 10),
        (TransportError("not sent", maybe_sent=False), 10),
        (TransportError("lost"), 6),
        (ServiceError("500", status=500), 6),
    ],
)
def test_what_was_certainly_not_taken_does_not_count(error: Exception, left: int) -> None:
    async def main() -> None:
        quota = RollingQuota(10, MINUTE)
        with pytest.raises(type(error)):
            async with quota.take(4):
                raise error
        assert quota.left == left

    run_at_once(main())


@given(
    most=st.integers(1, 20),
    sent=st.lists(st.tuples(st.integers(1, 20), st.floats(0, MINUTE)), max_size=6),
    amount=st.integers(1, 100),
)
def test_it_foretells_when_the_last_of_many_goes_out(
    most: int, sent: list[tuple[int, float]], amount: int
) -> None:
    async def main() -> None:
        quota = RollingQuota(most, MINUTE)
        for number, pause in sent:
            async with quota.take(number):
                pass
            await asyncio.sleep(pause)
        foretold = virtual_clock() + quota.seconds_until_last(amount)
        for _ in range(amount):
            async with quota.take(1):
                pass
        assert virtual_clock() == pytest.approx(foretold, abs=0.01)

    run_at_once(main())


def test_who_asks_first_goes_first() -> None:
    order: list[str] = []

    async def main() -> None:
        quota = RollingQuota(10, MINUTE)

        async def send(name: str, amount: int) -> None:
            async with quota.take(amount):
                order.append(name)

        async with asyncio.TaskGroup() as requests:
            requests.create_task(send("first", 8))
            requests.create_task(send("large", 10))
            requests.create_task(send("small", 1))  # would fit beside the first

    run_at_once(main())
    assert order == ["first", "large", "small"]
