"""kill -9 at any moment: the same call again finishes the job, and nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from parallel_nb.jobs import start
from tests.jobs.groups_service import Run, Service
from tests.jobs.jobs_helpers import (
    FIELDS,
    PROMPT,
    QUICK,
    assert_paid_once,
    assert_right,
    companies,
    connect,
)

ROOT = Path(__file__).parents[2]
_SCRIPT = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[1])
from tests.jobs.jobs_helpers import FIELDS, PROMPT, QUICK, companies
from parallel_nb import kernel
from parallel_nb.jobs import start
connection = kernel.connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
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


def _start(service: Service, rows: int, wave: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(ROOT), service.url, str(rows), str(wave)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )


def _kill_and_run_again(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with Service(latency=lambda _: chance.uniform(0, _LONGEST)).serve() as service:
        child = _start(service, _ROWS, _WAVE)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        killer = threading.Timer(
            chance.uniform(0, _KILL_WITHIN), child.send_signal, (signal.SIGKILL,)
        )
        killer.start()
        assert child.wait(30) == -signal.SIGKILL, "it had ended before it was killed"
        assert child.stdout.read() == ""
        child.stdout.close()
        assert sum(run.status == "completed" for run in service.runs.values()) < _ROWS
        tuning = replace(QUICK, wave=500, window=_ROWS)
        job = start(
            companies(_ROWS), PROMPT, output=FIELDS, connection=connect(service), tuning=tuning
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


def test_two_processes_that_run_the_same_cell_at_once_pay_once() -> None:
    def latency(_run: Run) -> float:
        return 0.05

    with Service(latency=latency).serve() as service:
        children = [_start(service, _PAIR, 25) for _ in range(2)]
        for child in children:
            said, _ = child.communicate(timeout=60)
            assert said.split() == ["started", "done"]
        assert_paid_once(service, _PAIR)
