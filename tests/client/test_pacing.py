"""A quota holds in every minute, also the first, and no minute waits longer than it must."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.api.errors import RateLimitError, ServiceError, TransportError
from parallel_nb.client.pacing import RollingQuota

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

#: A minute of these tests, in seconds; and of the one with many of them.
MINUTE = 0.2
SHORT = 0.1


def run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(what)


@settings(max_examples=15, deadline=None)
@given(
    most=st.integers(1, 30),
    sent=st.lists(
        st.tuples(st.integers(1, 30), st.floats(0, SHORT / 4), st.floats(0, SHORT / 4)),
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
        quota = RollingQuota(most, SHORT)

        async def send(amount: int, until_counted: float, until_answered: float) -> None:
            async with quota.take(amount):
                await asyncio.sleep(until_counted)
                counted.append((time.monotonic(), min(amount, most)))
                await asyncio.sleep(until_answered)

        async with asyncio.TaskGroup() as requests:
            for each in sent[:6]:
                requests.create_task(send(*each))

    run(main())
    for begin, _ in counted:
        assert sum(amount for when, amount in counted if 0 <= when - begin < SHORT) <= most


def test_a_minutes_worth_goes_out_at_once_and_the_next_when_the_minute_is_over() -> None:
    times: list[float] = []

    async def main() -> None:
        quota = RollingQuota(100, MINUTE)
        for _ in range(8):
            async with quota.take(50):
                times.append(time.monotonic())

    run(main())
    minutes = [round((when - times[0]) / MINUTE, 1) for when in times]
    assert [int(minute) for minute in minutes] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_it_says_what_is_left_and_when_there_is_more() -> None:
    async def main() -> None:
        quota = RollingQuota(10, MINUTE)
        assert (quota.left, quota.seconds_until(10)) == (10, 0.0)
        async with quota.take(4):
            assert quota.left == 6
            assert quota.seconds_until(7) == MINUTE  # at least: it is not yet answered
        assert quota.left == 6
        assert 0 < quota.seconds_until(7) <= MINUTE
        await asyncio.sleep(quota.seconds_until(10) + 0.001)
        assert quota.left == 10
        async with quota.take(25):  # more than is ever let through goes alone
            assert quota.left == 0

    run(main())


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

    run(main())


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

    run(main())
    assert order == ["first", "large", "small"]
