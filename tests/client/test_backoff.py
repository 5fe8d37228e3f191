"""Pauses grow with each fault in a row, heed the service, and end in the fault itself."""

from __future__ import annotations

import asyncio

import pytest

from parallel_nb.api.errors import RateLimitError, TransportError
from parallel_nb.client.backoff import Backoff

FAULT = TransportError("cut")


def test_pauses_double_up_to_the_longest_and_are_jittered() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    pauses = [backoff.next_pause() for _ in range(100)]
    for pause, full in zip(pauses, [1, 2, 4, 8, *[10] * 96], strict=True):
        assert full / 2 <= pause <= full
    assert len(set(pauses)) > 90


def test_a_success_begins_anew() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    for _ in range(5):
        backoff.next_pause()
    backoff.reset()
    assert backoff.next_pause() <= 1.0


def test_a_pause_is_never_shorter_than_the_service_asks_for() -> None:
    backoff = Backoff(first=0.5, longest=10.0)
    pauses = [backoff.next_pause(at_least=7.0) for _ in range(4)]
    assert all(7.0 <= pause <= 10.0 for pause in pauses)


def borne(backoff: Backoff, fault: Exception) -> int:
    """How many faults in a row are borne; a thousand at most."""

    async def main() -> int:
        for number in range(1000):
            try:
                await backoff.pause_after(fault)
            except type(fault):
                return number
        return 1000

    return asyncio.run(main())


@pytest.mark.parametrize("attempts", [0, 1, 3])
def test_so_many_faults_are_borne_and_the_next_is_raised(attempts: int) -> None:
    assert borne(Backoff(first=0.001, longest=0.001, attempts=attempts), FAULT) == attempts


def test_faults_that_last_too_long_are_raised() -> None:
    assert 1 < borne(Backoff(first=0.01, longest=0.01, seconds=0.2), FAULT) < 1000


def test_a_wait_beyond_the_time_that_is_borne_is_not_begun() -> None:
    asked = RateLimitError("quota", status=429, retry_after=60.0)
    assert borne(Backoff(first=0.01, longest=0.01, seconds=5), asked) == 0
