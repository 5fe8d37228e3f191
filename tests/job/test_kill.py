"""kill -9 of the kernel or of the engine at any moment of 2,000 rows.

The same call again finishes the job, nothing is sent twice, and no row has another's answer.
Seeds are the tests' parameters, so that they are printed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd
import pytest

from parallel_nb import engine_home
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.connection import Connection, background, connect, launcher
from parallel_nb.job import start
from tests.job.jobs_helpers import (
    FIELDS,
    PROMPT,
    QUICK,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
    start_kernel,
    wait_until,
)
from tests.service.groups import GroupsService, Run

if TYPE_CHECKING:
    import subprocess

_SCRIPT = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[1])
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, companies
from parallel_nb.connection import background, connect, Connection
from parallel_nb.job import start
connection = connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
print("started", flush=True)
tuning = replace(QUICK, wave=int(sys.argv[4]), window=4 * int(sys.argv[4]))
start(companies(int(sys.argv[3])), PROMPT, output=FIELDS, connection=connection, tuning=tuning)
print("done", flush=True)
"""
_ROWS = 2000
_WAVE = 100
#: Four waves of 100 are under way at once, each row for up to this long (seconds): the whole
#: takes two seconds and more, and the kill comes within the first and a half.
_LONGEST = 0.6
_KILL_WITHIN = 1.5
_PAIR = 300
#: So many of the moments are times since the start, the others counts of answered rows.
_BY_TIME = 0.5


def _start(service: GroupsService, rows: int, wave: int) -> subprocess.Popen[str]:
    return start_kernel(_SCRIPT, service, rows, wave)


def _completed(service: GroupsService) -> int:
    return sum(run.status == "completed" for run in list(service.runs.values()))


def _kill_and_run_again(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with GroupsService(latency=lambda _: chance.uniform(0, _LONGEST)).serve() as service:
        child = _start(service, _ROWS, _WAVE)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        if chance.random() < _BY_TIME:
            killer = threading.Timer(
                chance.uniform(0, _KILL_WITHIN), child.send_signal, (signal.SIGKILL,)
            )
            killer.start()
        else:
            answered = chance.uniform(0, 0.9) * _ROWS
            wait_until(lambda: _completed(service) >= answered or child.poll() is not None)
            child.kill()
        assert child.wait(30) == -signal.SIGKILL, "it had ended before it was killed"
        assert child.stdout.read() == ""
        child.stdout.close()
        assert _completed(service) < _ROWS
        tuning = replace(QUICK, wave=500, window=_ROWS)
        job = start(
            companies(_ROWS), PROMPT, output=FIELDS, connection=connect_to(service), tuning=tuning
        )
        assert_right(job.df, _ROWS)
        assert_paid_once(service, _ROWS)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("seed", range(3))
def test_the_same_call_after_kill_9_finishes_and_sends_nothing_twice(seed: int) -> None:
    _kill_and_run_again(seed)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
@pytest.mark.parametrize("seed", range(3, 23))
def test_the_same_call_after_kill_9_at_20_more_moments(seed: int) -> None:
    _kill_and_run_again(seed)


# --- the engine -------------------------------------------------------------------------

_LANGUAGES = ("Python", "Rust", "Go", "Java", "Ruby", "Haskell", "Erlang", "Swift", "Lua", "Julia")
_ENGINE_PROMPT = "When was {{language}} released? Note {{note}}"
#: Of the random moments one in five falls into the first seconds, in which the job submits.
_EARLY = 0.2
_SUBMITTING = 0.5


def _engine_says(question: str) -> list[tuple[object, ...]]:
    """Ask the engine's own store, whatever groups there are."""
    path = engine_home.home_of(None) / "runs.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return store.execute(question).fetchall()


def _engine_has_completed(rows: float) -> bool:
    ((completed,),) = _engine_says("SELECT count(*) FROM runs WHERE status = 'completed'")
    return int(str(completed)) >= rows


#: Runs, and distinct inputs among them.
_RUNS: Final = "SELECT count(*), count(DISTINCT input) FROM runs"


def _asked(group_id: str, connection: Connection) -> dict[str, object]:
    """The input of each run of a group, by its id."""

    async def read() -> dict[str, object]:
        runs = connection.client.groups.runs(group_id, include_input=True)
        return {event.run.run_id: event.input and event.input.input async for event in runs}

    return background.run(read())


def _kill_the_engine(seed: int, rows: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    early, share = chance.random() < _EARLY, chance.random()
    connection = connect("embedded")
    frame = pd.DataFrame({"language": _LANGUAGES * (rows // 10), "note": range(rows)})
    fields = parse_fields("first_released: int?")
    tuning = replace(QUICK, wave=rows // 4, window=rows)
    try:
        first = launcher.ensure_engine(None)
        job = start(
            frame,
            _ENGINE_PROMPT,
            output=fields,
            connection=connection,
            wait=False,
            tuning=tuning,
        )
        if early:
            threading.Event().wait(share * _SUBMITTING)  # the moment is what is random
        else:
            wait_until(lambda: _engine_has_completed(0.9 * share * rows), 60)
        os.kill(first.pid, signal.SIGKILL)
        assert job.status in ("submitting", "running"), "it had ended before the kill"
        job.wait(timeout=90)
        assert launcher.ensure_engine(None).pid != first.pid
        assert (job.df["status"] == "completed").all(), job.df["status"].value_counts()
        # Nothing was sent twice, in this group or another.
        assert _engine_says(_RUNS) == [(rows, rows)]
        # No row has the answer to another's question.
        asked = _asked(str(job.group_id), connection)
        for row in job.df.itertuples():
            assert asked[row.run_id] == f"When was {row.language} released? Note {row.note}"
        # The same cell again sends nothing.
        again = start(frame, _ENGINE_PROMPT, output=fields, connection=connection, tuning=tuning)
        assert again.progress.reused == rows
        assert again.df["first_released"].equals(job.df["first_released"])
        assert _engine_says(_RUNS) == [(rows, rows)]
    finally:
        launcher.stop_engine(None)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("seed", [0])
def test_a_job_goes_on_when_its_engine_is_killed_in_the_middle(seed: int) -> None:
    _kill_the_engine(seed, 800)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_job_goes_on_when_its_engine_is_killed_at_20_more_moments(seed: int) -> None:
    _kill_the_engine(seed, _ROWS)


# --- two at once ------------------------------------------------------------------------


def test_two_processes_that_run_the_same_cell_at_once_pay_once() -> None:
    def latency(_run: Run) -> float:
        return 0.05

    with GroupsService(latency=latency).serve() as service:
        children = [_start(service, _PAIR, 25) for _ in range(2)]
        for child in children:
            output, _ = child.communicate(timeout=60)
            assert output.split() == ["started", "done"]
        assert_paid_once(service, _PAIR)
