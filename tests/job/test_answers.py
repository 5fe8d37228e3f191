"""One reader of answers: the handle, the journal, a file and the command line agree on each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from parallel_nb import cli
from parallel_nb.job import Job, archive, attach
from parallel_nb.job.archive import list_jobs
from tests.job.jobs_helpers import QUICK, ask, connect_to
from tests.service.groups import Fault, GroupsService

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def statuses_and_errors(frame: pd.DataFrame) -> list[tuple[str, str | None]]:
    """Status and error of each row; None where there is no error."""
    errors = [None if pd.isna(error) else error for error in frame["error"]]
    return list(zip(frame["status"].tolist(), errors, strict=True))


def read_back(job: Job) -> pd.DataFrame:
    return archive.read_answers(archive.find_job(job.id))


def test_a_refused_row_keeps_its_reason_wherever_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with GroupsService(refuses=lambda asked: "company 3" in str(asked)).serve() as service:
        job = ask(service, 5)
        by_handle = statuses_and_errors(job.df)
        status, error = by_handle[3]
        assert (status, job.df["run_id"].isna().tolist()) == (
            "failed",
            [False, False, False, True, False],
        )
        assert error is not None
        assert "is refused" in error
        assert statuses_and_errors(read_back(job)) == by_handle
        archive.export_job(job.id, tmp_path / "out.parquet")
        assert pl.read_parquet(tmp_path / "out.parquet")["error"].to_list()[3] == error
        attached = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert statuses_and_errors(attached.df) == by_handle
        assert cli.main(["jobs", "show", job.id]) == 0
        assert "is refused" in capsys.readouterr().out


def test_a_row_that_is_being_sent_reads_as_running() -> None:
    during_the_request: list[pd.DataFrame] = []

    def look(method: str, route: str) -> Fault | None:
        if (method, route) == ("POST", "groups/{id}/runs"):
            record = archive.find_job(str(list_jobs()["id"][0]))
            during_the_request.append(archive.read_answers(record))
        return None

    with GroupsService(faults=look).serve() as service:
        ask(service, 3)
    assert [frame["status"].tolist() for frame in during_the_request] == [["running"] * 3]


def test_a_skipped_row_says_why_wherever_it_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a", None, "b", "x" * 30_000, None, "a"]})
    with GroupsService().serve() as service:
        job = ask(service, frame)
        by_handle = statuses_and_errors(job.df)
        assert [status for status, _ in by_handle] == [
            "completed",
            "skipped",
            "completed",
            "skipped",
            "skipped",
            "completed",
        ]
        assert by_handle[1] == by_handle[4]
        assert "every column asked about is empty (name)" in str(by_handle[1][1])
        assert "characters" in str(by_handle[3][1])
        assert statuses_and_errors(read_back(job)) == by_handle
        archive.export_job(job.id, tmp_path / "out.json")
        assert statuses_and_errors(pd.read_json(tmp_path / "out.json")) == by_handle
        attached = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert statuses_and_errors(attached.df) == by_handle
        assert statuses_and_errors(ask(service, frame).df) == by_handle


def test_the_answers_of_a_small_table_are_decoded_once() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 5)
        assert len(job.df) == 5
        outputs = [answer.output for answer in job.answers()]
        assert None not in outputs
        again = [answer.output for answer in job.answers()]
        assert all(one is other for one, other in zip(outputs, again, strict=True))


def test_the_evidence_is_the_same_from_the_job_and_from_the_journal() -> None:
    names = pd.DataFrame({"name": ["x", "y", "x", None]})
    with GroupsService().serve() as service:
        job: Any = ask(service, names)
        basis = archive.read_answers(archive.find_job(job.id), basis=True)
        pd.testing.assert_frame_equal(basis, job.basis)
