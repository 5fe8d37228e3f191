"""The same job on the real embedded engine, over HTTP."""

from __future__ import annotations

import os
import random
import signal
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from parallel_nb import kernel
from parallel_nb.api.fields import parse_fields
from parallel_nb.embedded import launch
from parallel_nb.jobs import attach, start
from tests.jobs.jobs_helpers import QUICK, wait_until

if TYPE_CHECKING:
    from tests.conftest import SharedEngine

_KILLED_ROWS = 200
LANGUAGES = [
    "Python",
    "Rust",
    "Go",
    "Java",
    "C",
    "Ruby",
    "Haskell",
    "Erlang",
    "Swift",
    "Kotlin",
    "Scala",
    "Perl",
    "PHP",
    "Lua",
    "Julia",
    "R",
    "OCaml",
    "Clojure",
    "Elixir",
    "Dart",
]


def test_twenty_rows_are_answered_with_sources_by_the_engine(engine: SharedEngine) -> None:
    connection = kernel.connect("hosted", api_key=engine.key, base_url=engine.url)
    fields = parse_fields("first_released: int? - Year of the first release")
    frame = pd.DataFrame({"language": LANGUAGES})
    prompt = "When was the programming language {{language}} first released?"
    job = start(frame, prompt, output=fields, connection=connection)
    assert job.df["language"].tolist() == LANGUAGES
    assert (job.df["status"] == "completed").all()
    assert str(job.df["first_released"].dtype) == "Int64"
    assert job.df["first_released"].notna().sum() > 5
    assert job.basis["url"].notna().any()
    again = start(frame, prompt, output=fields, connection=connection)
    assert again.progress.reused == 20
    back = attach(str(job.group_id), connection=connection)
    assert back.df["first_released"].tolist() == job.df["first_released"].tolist()


def _kill_the_engine(seed: int) -> None:
    wait_for = random.Random(seed).randrange(_KILLED_ROWS * 3 // 4)  # noqa: S311 - no secret
    connection = kernel.connect("embedded")
    try:
        frame = pd.DataFrame({"language": LANGUAGES * 10, "note": range(_KILLED_ROWS)})
        job = start(
            frame,
            "When was {{language}} released? Note {{note}}",
            output=parse_fields("first_released: int?"),
            connection=connection,
            wait=False,
            tuning=QUICK,
        )
        wait_until(lambda: job.progress.completed >= wait_for and job.group_id, 60)
        first = launch.ensure_engine(None)
        os.kill(first.pid, signal.SIGKILL)
        assert job.status in ("submitting", "running"), "it had ended before the kill"
        job.wait(timeout=90)
        second = launch.ensure_engine(None)
        assert second.pid != first.pid
        assert (job.df["status"] == "completed").all()
        assert job.df["run_id"].nunique() == _KILLED_ROWS
        counts = kernel.run(connection.client.groups.get(str(job.group_id))).status
        assert counts.num_task_runs == _KILLED_ROWS
    finally:
        launch.stop_engine(None)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("seed", range(2))
def test_a_job_goes_on_when_its_engine_is_killed_in_the_middle(seed: int) -> None:
    _kill_the_engine(seed)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("seed", range(2, 22))
def test_a_job_goes_on_when_its_engine_is_killed_at_20_more_moments(seed: int) -> None:
    _kill_the_engine(seed)


def test_rows_as_objects_are_answered_by_the_engine(engine: SharedEngine) -> None:
    connection = kernel.connect("hosted", api_key=engine.key, base_url=engine.url)
    frame = pd.DataFrame({"language": ["Python", "Rust"], "checked": [True, None]})
    job = start(frame, "Say who created the language.", connection=connection)
    assert (job.df["status"] == "completed").all()
    assert job.df["output"].str.len().gt(0).all()
