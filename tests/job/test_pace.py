"""A job goes at the pace of the quota, which counts runs: as fast as it may, and without a 429."""

from __future__ import annotations

import random
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.processors import get_processor
from parallel_nb.client import pacing
from parallel_nb.job import Tuning, start
from tests.job.jobs_helpers import (
    QUICK,
    ask,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
)
from tests.service.groups import GroupsService, Run

if TYPE_CHECKING:
    from collections.abc import Callable

#: A minute of these tests, in seconds: times of the facts go through `scaled`.
MINUTE = 2.0
#: A tenth of the rows and of the quota: 600 rows as 6,000, and 200 runs a minute as 2,000.
ROWS, QUOTA = 600, 200


def scaled(seconds: float) -> float:
    return seconds * MINUTE / 60


@pytest.fixture
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_MINUTE", scaled(61))
    monkeypatch.setenv("PARALLEL_NB_TASK_RUNS_PER_MINUTE", str(QUOTA))


def as_long_as_lite(seed: int) -> Callable[[Run], float]:
    """Half of the runs take less than lite's p50, and 9 in 10 less than its p90."""
    lite, chance = get_processor("lite"), random.Random(seed)  # noqa: S311 - no secret
    low, high = lite.latency

    def latency(_: Run) -> float:
        share = chance.random()
        if share < 0.5:
            seconds = low + (lite.p50 - low) * share * 2
        elif share < 0.9:
            seconds = lite.p50 + (lite.p90 - lite.p50) * (share - 0.5) / 0.4
        else:
            seconds = lite.p90 + (high - lite.p90) * (share - 0.9) * 10
        return scaled(seconds)

    return latency


def test_many_rows_take_no_longer_than_they_must_and_meet_no_429(
    short_minutes: None,
) -> None:
    def seconds() -> float:
        service = GroupsService(latency=lambda _: scaled(45), quota=(QUOTA, MINUTE))
        hurry = replace(QUICK, wave=100, window=None)
        with service.serve():
            began = monotonic()
            job = ask(service, ROWS, processor="lite", fresh=True, tuning=hurry)
            took = monotonic() - began
            assert_right(job.df, ROWS)
        assert_paid_once(service, ROWS)
        assert not service.met
        return took

    # Three quotas: the last goes out when two minutes are over, and takes lite's median.
    possible = 2 * MINUTE + scaled(45)
    # A second for this machine, which has other things to do; and once more where it had too many.
    assert any(seconds() <= 1.1 * possible + 1.0 for _ in range(2))


def test_runs_of_a_slow_minute_do_not_hold_up_the_next(short_minutes: None) -> None:
    service = GroupsService(latency=as_long_as_lite(1), quota=(QUOTA, MINUTE))
    with service.serve():
        job = ask(service, 600, processor="lite", tuning=replace(QUICK, wave=100, window=None))
        assert_right(job.df, 600)
    assert not service.met
    sent = [then for then, runs in service.let_in for _ in range(runs)]
    assert sent[-1] - sent[0] <= 1.15 * 2 * MINUTE


def test_a_429_that_comes_all_the_same_loses_nothing(short_minutes: None) -> None:
    """Another client uses two thirds of the quota."""
    service = GroupsService(latency=lambda _: 0.05, quota=(QUOTA // 3, MINUTE))
    with service.serve():
        job = ask(service, 200, tuning=replace(QUICK, wave=100, window=None))
        assert_right(job.df, 200)
    assert_paid_once(service, 200)
    assert service.met["429 by quota"] > 0


def test_a_quota_that_is_smaller_than_a_wave_makes_smaller_waves(
    short_minutes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_TASK_RUNS_PER_MINUTE", "7")
    service = GroupsService(quota=(7, MINUTE))
    with service.serve():
        job = ask(service, 20, tuning=replace(QUICK, wave=1000, window=None))
        assert_right(job.df, 20)
    assert not service.met
    assert max(runs for _, runs in service.let_in) <= 7


def test_a_job_that_waits_for_its_quota_stops_at_once(short_minutes: None) -> None:
    service = GroupsService(latency=lambda _: 0.05, quota=(QUOTA, MINUTE))
    with service.serve():
        job = ask(service, 400, wait=False, tuning=replace(QUICK, wave=100, window=None))
        while len(service.runs) < QUOTA or job.progress.completed < QUOTA:
            assert job.status in ("submitting", "running")
        began = monotonic()
        job.stop().wait(10)
        assert monotonic() - began < MINUTE / 2
        assert job.status == "stopped"
        assert job.progress.unsent == 200
        assert len(service.runs) == QUOTA
        assert_right(ask(service, 400, tuning=replace(QUICK, wave=100, window=None)).df, 400)
    assert_paid_once(service, 400)


def test_two_jobs_of_one_connection_share_its_quota(short_minutes: None) -> None:
    service = GroupsService(latency=lambda _: 0.05, quota=(QUOTA, MINUTE))
    with service.serve():
        options: dict[str, Any] = {
            "connection": connect_to(service),
            "tuning": replace(QUICK, wave=100, window=None),
        }
        jobs = [
            start(companies(150), f"{verb} {{{{name}}}}?", wait=False, **options)
            for verb in ("Who leads", "Who owns")
        ]
        for job in jobs:
            assert (job.wait().df["status"] == "completed").all()
    assert not service.met
    assert len(service.runs) == 300


@pytest.mark.parametrize("processor", ["lite", "core", "pro", "ultra8x"])
def test_the_window_never_holds_up_what_the_quota_lets_through(processor: str) -> None:
    grade = get_processor(processor)
    window = Tuning().runs_at_work(grade, 2000)
    # As long as 9 in 10 runs take, a quota goes out each minute, and one more is to follow.
    assert window >= 2000 * (grade.p90 / 60 + 1)
    assert Tuning().runs_at_work(grade, None) == 2000  # an engine of one's own
    assert Tuning(window=50).runs_at_work(grade, 2000) == 50


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_rows_in_real_minutes() -> None:
    service = GroupsService(latency=lambda _: 45.0, quota=(2000, 60.0))
    with service.serve():
        began = monotonic()
        job = ask(service, 10_000, processor="lite", tuning=Tuning())
        took = monotonic() - began
        assert_right(job.df, 10_000)
    assert_paid_once(service, 10_000)
    assert not service.met
    assert took <= 1.1 * (4 * 60 + 45)
