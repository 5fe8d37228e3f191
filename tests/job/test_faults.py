"""Whatever the network does, each row is answered once and paid once."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import pytest

from parallel_nb.job import Job, start
from tests.job.jobs_helpers import (
    FIELDS,
    PROMPT,
    QUICK,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
)
from tests.job.jobs_helpers import schedule as make_schedule
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.service.groups import Run

_AT_ONCE = 25


def _latency(seed: int) -> Callable[[Run], float] | None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    longest = chance.choice([None, 0.05, 0.4])
    return None if longest is None else lambda _: chance.uniform(0, longest)


def _survive(seeds: Iterable[int]) -> None:
    """Run a job against each of these schedules, all at the same time."""
    with contextlib.ExitStack() as stack:
        running: list[tuple[int, int, GroupsService, Job]] = []
        for seed in seeds:
            rows = random.Random(seed).randint(5, 120)  # noqa: S311 - no secret
            service = stack.enter_context(
                GroupsService(
                    faults=make_schedule(seed),
                    latency=_latency(seed),
                    echo_metadata=seed % 3 != 0,
                ).serve()
            )
            job = start(
                companies(rows),
                PROMPT,
                output=FIELDS,
                connection=connect_to(service),
                wait=False,
                tuning=QUICK,
            )
            running.append((seed, rows, service, job))
        for seed, rows, service, job in running:
            try:
                job.wait(timeout=90)
                assert_right(job.df, rows)
                assert_paid_once(service, rows)
            except BaseException as error:
                error.add_note(f"seed {seed}, faults met: {dict(service.met)}")
                raise


@pytest.mark.usefixtures("quick_client")
def test_each_row_is_answered_and_paid_once_under_random_faults() -> None:
    _survive(range(_AT_ONCE))


@pytest.mark.slow
@pytest.mark.usefixtures("quick_client")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("first", range(_AT_ONCE, 1000, _AT_ONCE))
def test_each_row_is_answered_and_paid_once_under_many_random_faults(first: int) -> None:
    _survive(range(first, first + _AT_ONCE))
