"""A row that asks nothing is skipped, never failed, wherever rows are counted."""

from __future__ import annotations

from typing import Any

import pandas as pd

import parallel_nb as pnb
from parallel_nb.display.bundles import job_bundle
from parallel_nb.display.html import progress as progress_html
from parallel_nb.display.widgets.progress import state_of
from parallel_nb.job import attach, start
from tests.job.jobs_helpers import FIELDS, PROMPT, connect_to
from tests.service.groups import GroupsService

ROWS = ["Acme", None, "Bolt", "  ", "x" * 30_000, "fails"]


def test_displays_repr_and_list_count_skipped_rows_as_skipped() -> None:
    with GroupsService(fails=lambda question: "fails" in str(question)).serve() as service:
        connection = connect_to(service)
        job = start(pd.DataFrame({"name": ROWS}), PROMPT, output=FIELDS, connection=connection)
        progress = job.progress
        assert (progress.completed, progress.failed, progress.skipped) == (2, 1, 3)
        assert progress.total == len(ROWS)
        assert "1 failed, 3 skipped" in repr(job)
        text = progress_html.text(progress)
        assert "2 answered, 1 failed, 3 skipped" in text
        assert "row 1: skipped: nothing to ask" in text
        assert ": failed: " in text
        assert "3</b> skipped" in job_bundle(job)["text/html"]
        state: dict[str, Any] = state_of(progress)
        assert ["skipped", 3, "3", "skipped"] in state["counts"]
        assert state["ended"] == len(ROWS)
        assert job.df["status"].tolist().count("skipped") == 3
        listed = pnb.jobs()
        row = listed.iloc[0]
        assert (row["failed"], row["skipped"], row["rows"]) == (1, 3, 6)
        assert "3 skipped" in repr(listed)
        again = attach(str(job.group_id), connection=connection)
        assert (again.progress.failed, again.progress.skipped) == (1, 3)


def test_without_skipped_rows_no_display_speaks_of_them() -> None:
    with GroupsService().serve() as service:
        job = start([{"name": "Acme"}], PROMPT, output=FIELDS, connection=connect_to(service))
    assert "skipped" not in repr(job)
    assert "skipped" not in job_bundle(job)["text/plain"]
    assert "skipped" not in repr(pnb.jobs())
