"""Jobs whose journal is a team's: the promises are those of the file."""

from __future__ import annotations

import pytest

from tests.job.jobs_helpers import ask, assert_paid_once, assert_right, schedule
from tests.service.groups import GroupsService


def test_a_job_is_answered_and_the_same_cell_again_pays_nothing() -> None:
    with GroupsService().serve() as service:
        assert_right(ask(service, 50).df, 50)
        again = ask(service, 60)
        assert_right(again.df, 60)
        assert again.progress.reused == 50
        assert_paid_once(service, 60)


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(n, marks=pytest.mark.slow) for n in range(6, 60))]
)
def test_whatever_fails_each_row_is_paid_once(seed: int) -> None:
    with GroupsService(faults=schedule(seed)).serve() as service:
        assert_right(ask(service, 80).df, 80)
        assert_paid_once(service, 80)
