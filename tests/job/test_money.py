"""An amount reads the same wherever it is shown, to the last tenth of a cent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb import cli
from parallel_nb.job import plan, start
from parallel_nb.job.archive import list_jobs
from tests.job.jobs_helpers import PROMPT, QUICK, companies, connect_to
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("rows", "cost"), [(15, "$0.075"), (3, "$0.015")])
def test_a_cost_below_a_cent_is_the_same_in_plan_list_and_command_line(
    rows: int, cost: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GroupsService().serve() as service:
        connection = connect_to(service)
        planned = plan(companies(rows), PROMPT, processor="lite", connection=connection)
        assert f"cost        {cost}\n" in f"{planned}\n"
        job = start(companies(rows), PROMPT, processor="lite", connection=connection, tuning=QUICK)
    assert f", {cost}  " in repr(list_jobs())
    capsys.readouterr()
    assert cli.main(["jobs"]) == cli.DONE
    assert f" {cost} " in capsys.readouterr().out
    assert cli.main(["jobs", "show", str(job.group_id)]) == cli.DONE
    assert f"cost {cost}\n" in capsys.readouterr().out
