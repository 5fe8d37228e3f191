"""Bad days, each with one clear screen that names the remedy, and nothing lost."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import parallel_nb as pnb
from parallel_nb.connection.launcher import ensure_engine
from tests.service.scripted import error, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from IPython.core.interactiveshell import InteractiveShell
    from starlette.requests import Request
    from starlette.responses import Response

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

BODY = "What is known about the company {{company}}?\n---\nceo: str? - Chief executive\n"
TASK = f"%%parallel_task --over companies --into profiles\n{BODY}"


@pytest.fixture
def person(shell: InteractiveShell, connected: pnb.Connection) -> InteractiveShell:
    """A person's session with a table, on the embedded engine."""
    shell.user_ns["companies"] = pd.DataFrame({"company": ["LEGO", "NVIDIA"]})
    return shell


def test_a_wrong_key_is_named_with_what_to_do(person: InteractiveShell, run: Run) -> None:
    async def refuse(_: Request) -> Response:
        return error(401, "Unauthorized")

    with serving(refuse) as service:
        pnb.connect(api_key="sk_wrong_key_1", base_url=service.url)
        for cell in ("%parallel_search Who leads LEGO?", TASK):
            ran = run(cell)
            assert isinstance(ran.error, pnb.ParallelError), ran.screen
            assert "Unauthorized" in ran.screen
            assert "PARALLEL_API_KEY" in ran.screen
            assert "sk_wrong_key_1" not in ran.screen
            assert "Traceback" not in ran.screen
            assert len(ran.lines) <= 6, ran.screen


def test_an_engine_that_does_not_know_the_token_says_so_when_it_is_connected(
    person: InteractiveShell,
    run: Run,
    connected: pnb.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WRONG", "pnbclass_wrong_token")
    ran = run(f"%parallel_connect hosted --base-url {connected.base_url} --key-from WRONG")
    assert isinstance(ran.error, pnb.ConnectionProblem)
    assert "PARALLEL_NB_TOKEN" in ran.screen
    assert "pnbclass_wrong_token" not in ran.screen
    assert len(ran.lines) <= 6, ran.screen


def test_nobody_at_an_address_is_named(run: Run, person: InteractiveShell) -> None:
    ran = run("%parallel_connect hosted --base-url http://127.0.0.1:9")
    assert isinstance(ran.error, pnb.ConnectionProblem)
    assert "127.0.0.1:9" in ran.screen
    assert len(ran.lines) <= 6


def test_a_folder_without_documents_is_named(
    run: Run, person: InteractiveShell, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    ran = run(f"%parallel_connect embedded --documents {tmp_path / 'empty'}")
    assert isinstance(ran.error, pnb.ParallelError)
    assert "empty" in ran.screen
    assert "document" in ran.screen
    assert "Traceback" not in ran.screen
    assert len(ran.lines) <= 8, ran.screen


def test_a_folder_that_does_not_exist_is_named(
    run: Run, person: InteractiveShell, tmp_path: Path
) -> None:
    ran = run(f"%parallel_connect embedded --documents {tmp_path / 'notes'}")
    assert "notes" in ran.screen
    assert "does not exist" in ran.screen


def test_a_table_of_1001_rows_goes_out_in_waves(person: InteractiveShell, run: Run) -> None:
    person.user_ns["companies"] = pd.DataFrame({"company": [f"Number {n}" for n in range(1001)]})
    ran = run(TASK.replace("base", "lite"))
    assert ran.error is None, ran.screen
    assert (person.user_ns["profiles"]["status"] == "completed").sum() == 1001


def test_an_engine_that_dies_in_mid_job_is_started_again_and_the_job_goes_on(
    person: InteractiveShell, run: Run
) -> None:
    person.user_ns["companies"] = pd.DataFrame({"company": [f"LEGO, no. {n}" for n in range(600)]})
    run(TASK.replace("profiles", "job --background"))
    job: Any = person.user_ns["job"]
    os.kill(ensure_engine(None).pid, signal.SIGKILL)
    frame = job.df
    if (frame["status"] != "completed").any():  # it ended early: the same cell goes on
        ran = run(TASK)
        assert ran.error is None, ran.screen
        frame = person.user_ns["profiles"]
    assert (frame["status"] == "completed").all()
    assert frame["run_id"].nunique() == 600


def test_a_duckdb_relation_comes_back_as_an_arrow_table(person: InteractiveShell, run: Run) -> None:
    person.user_ns["companies"] = duckdb.sql("select * from (values ('LEGO')) t(company)")
    ran = run(TASK)
    assert ran.error is None, ran.screen
    profiles = person.user_ns["profiles"]
    assert isinstance(profiles, pa.Table)
    assert profiles["ceo"].to_pylist() == ["Niels B. Christiansen"]


def test_a_polars_frame_comes_back_as_one(person: InteractiveShell, run: Run) -> None:
    person.user_ns["companies"] = pl.DataFrame({"company": ["LEGO", "NVIDIA"]})
    ran = run(TASK)
    assert ran.error is None, ran.screen
    profiles = person.user_ns["profiles"]
    assert isinstance(profiles, pl.DataFrame)
    assert profiles["ceo"].to_list() == ["Niels B. Christiansen", "Jensen Huang"]
    assert set(profiles.parallel.basis()["field"]) == {"ceo"}  # type: ignore[attr-defined]  # registered
