"""A job goes at the pace of the quota, which counts runs: as fast as it may, and without a 429."""

from __future__ import annotations

import itertools
from dataclasses import replace
from time import monotonic
from typing import Any

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
    wait_until,
)
from tests.service.groups import GroupsService

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


def test_rows_go_out_a_quota_a_minute_though_no_row_before_them_is_answered(
    short_minutes: None,
) -> None:
    """Who waited for answers before the next quota would wait for ever."""

    def is_held() -> bool:
        return len(service.runs) < ROWS

    service = GroupsService(latency=lambda _: 0.0, quota=(QUOTA, MINUTE), held=is_held)
    with service.serve():
        hurry = replace(QUICK, wave=100, window=ROWS)
        assert_right(ask(service, ROWS, processor="lite", tuning=hurry).df, ROWS)
    assert_paid_once(service, ROWS)
    assert not service.met
    assert [runs for _, runs in service.let_in] == [100] * 6
    moments = [then for then, _ in service.let_in]
    pauses = [later - earlier for earlier, later in itertools.pairwise(moments)]
    # A minute is over after the second and after the fourth; one pause may be the machine's.
    assert sum(pause > 0.9 * MINUTE for pause in pauses) in {2, 3}, pauses


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


def test_a_job_that_waits_for_its_quota_stops_at_once(
    short_minutes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "_MINUTE", 90.0)
    service = GroupsService(latency=lambda _: 0.05, quota=(QUOTA, MINUTE))
    with service.serve():
        job = ask(service, 400, wait=False, tuning=replace(QUICK, wave=100, window=None))
        wait_until(lambda: len(service.runs) == job.progress.completed == QUOTA)
        job.stop().wait(45)  # not the minute and a half
        monkeypatch.setattr(pacing, "_MINUTE", scaled(61))
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
