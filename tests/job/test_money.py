"""An amount reads the same wherever it is shown, to the last tenth of a cent."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from parallel_nb import cli
from parallel_nb.api.errors import JobIncompleteError
from parallel_nb.display.html import progress as progress_html
from parallel_nb.formats import money
from parallel_nb.job import plan, start
from parallel_nb.job.archive import list_jobs
from tests.job.jobs_helpers import (
    PROMPT,
    QUICK,
    ask,
    assert_right,
    companies,
    connect_to,
    wait_until,
)
from tests.service.groups import Fault, GroupsService

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("rows", "cost"), [(15, "$0.075"), (3, "$0.015")])
def test_a_cost_below_a_cent_is_the_same_in_plan_list_and_command_line(
    rows: int, cost: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GroupsService().serve() as service:
        connection = connect_to(service)
        planned = plan(companies(rows), PROMPT, processor="lite", connection=connection)
        assert f"cost        at most {cost}\n" in f"{planned}\n"
        job = start(companies(rows), PROMPT, processor="lite", connection=connection, tuning=QUICK)
    assert f", {cost}  " in repr(list_jobs())
    capsys.readouterr()
    assert cli.main(["jobs"]) == cli.DONE
    assert f" {cost} " in capsys.readouterr().out
    assert cli.main(["jobs", "show", str(job.group_id)]) == cli.DONE
    assert f"cost {cost}\n" in capsys.readouterr().out


#: Processor, rows, how many of them fail, and what the service bills for the others.
BILLS: Final = [
    ("lite", 1, 0, 0.005),
    ("lite", 40, 3, 0.185),
    ("base", 1, 1, 0.0),
    ("base", 30, 0, 0.30),
    ("base", 30, 7, 0.23),
    ("core", 12, 2, 0.25),
    ("core2x", 4, 1, 0.15),
    ("pro", 10, 10, 0.0),
    ("pro", 10, 4, 0.60),
    ("ultra", 3, 1, 0.60),
    ("ultra2x", 3, 0, 1.80),
    ("ultra4x", 2, 1, 1.20),
    ("ultra8x", 5, 2, 7.20),
]


@pytest.mark.parametrize(("processor", "rows", "failing", "usd"), BILLS)
def test_only_completed_runs_are_billed(
    processor: str, rows: int, failing: int, usd: float
) -> None:
    with GroupsService(fails=lambda run: run.index < failing).serve() as service:
        job = ask(service, rows, processor=processor)
    assert job.progress.failed == failing
    progress = job.progress
    for amount in (job.cost, progress.cost, progress.cost_at_most, list_jobs()["cost"][0]):
        assert amount == pytest.approx(usd)
    assert progress.cost_reserved == list_jobs()["reserved"][0] == 0
    assert f"· {money(usd)} at prices of" in progress_html.text(progress)
    assert f"{processor}, {money(usd)}  " in repr(list_jobs())


def test_what_is_at_work_is_reserved_and_what_is_not_sent_may_still_come() -> None:
    """Of 100 rows 20 are answered, 5 have failed, 35 are at work and 40 are not sent."""
    service = GroupsService(
        latency=lambda run: 0.05 if run.index < 25 else 60.0, fails=lambda run: run.index < 5
    )
    with service.serve():
        job = ask(service, 100, wait=False, tuning=replace(QUICK, wave=60))
        wait_until(lambda: (job.progress.completed, job.progress.failed) == (20, 5))
        wait_until(lambda: list_jobs()["answered"][0] == 20)
        progress = job.progress
        job.stop()
        with contextlib.suppress(JobIncompleteError):
            job.wait()
    assert progress.cost == pytest.approx(0.20)
    sent = len(service.runs)
    assert job.cost == pytest.approx(0.20)
    assert job.progress.cost_reserved == pytest.approx((sent - 25) * 0.01)
    assert job.progress.cost_at_most == pytest.approx(0.95)
    reserved = money((sent - 25) * 0.01)
    assert f"{sent} questions were sent ($0.20 billed, at most {reserved} more)" in job.message
    (row,) = list_jobs().to_dict("records")
    assert [row["cost"], row["reserved"]] == pytest.approx([0.20, (sent - 25) * 0.01])
    assert f"base, $0.20 + {reserved} reserved  " in repr(list_jobs())


def test_the_limit_of_asking_again_counts_what_is_paid_then_and_not_what_has_failed() -> None:
    with GroupsService(fails=lambda run: run.index < 4).serve() as service:
        job = ask(service, 20, max_cost=0.20)
        assert job.cost == pytest.approx(0.16)
        service.fails = lambda _: False
        job.retry_failed(max_cost=0.04)
        assert job.cost == pytest.approx(0.20)
        assert list_jobs()["cost"].tolist() == [pytest.approx(0.20)]


def test_an_answer_that_cannot_be_read_is_billed_once_and_asked_for_again_at_no_cost(
    quick_client: None,
) -> None:
    """The run has completed; the service does not give its answer for a while."""

    def faults(method: str, route: str) -> Fault | None:
        if method != "GET" or route not in ("runs/{id}/result", "groups/{id}/runs"):
            return None
        return Fault("null output" if route == "runs/{id}/result" else "empty")

    with GroupsService(faults=faults, latency=lambda _: 0.05).serve() as service:
        job = ask(service, 1)
        assert job.progress.failed == 1
        assert job.cost == pytest.approx(0.01)
        assert list_jobs()["cost"].tolist() == [pytest.approx(0.01)]
        service.faults = lambda _method, _route: None
        job.retry_failed(max_cost=0)
        assert_right(job.df, 1)
        assert len(service.runs) == 1
        assert job.cost == pytest.approx(0.01)


def test_a_run_that_two_jobs_wait_for_is_on_the_bill_of_the_one_that_made_it() -> None:
    with GroupsService(latency=lambda _: 0.4).serve() as service:
        first = ask(service, 20, wait=False)
        wait_until(lambda: len(service.runs) == 20)
        second = ask(service, 30)
        first.wait()
    assert [first.cost, second.cost] == pytest.approx([0.20, 0.10])
    assert list_jobs()["cost"].tolist() == [pytest.approx(0.10), pytest.approx(0.20)]
