"""kill -9 at any moment: the same call again finishes the job, and nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from parallel_nb.jobs import start
from tests.jobs.groups_service import Run, Service
from tests.jobs.jobs_helpers import FIELDS, PROMPT, QUICK, assert_paid_once, companies, connect

ROOT = Path(__file__).parents[2]
_SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.jobs.jobs_helpers import FIELDS, PROMPT, QUICK, companies
from parallel_nb import kernel
from parallel_nb.jobs import start
connection = kernel.connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
print("started", flush=True)
start(companies(int(sys.argv[3])), PROMPT, output=FIELDS, connection=connection, tuning=QUICK)
print("done", flush=True)
"""
_ROWS = 300


def _kill_and_run_again(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    with Service(latency=lambda _: chance.uniform(0, 0.3)).serve() as service:
        for _ in range(chance.randint(1, 2)):
            child = subprocess.Popen(
                [sys.executable, "-c", _SCRIPT, str(ROOT), service.url, str(_ROWS)],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ.copy(),
            )
            assert child.stdout is not None
            assert child.stdout.readline() == "started\n"
            killer = threading.Timer(chance.uniform(0, 1.5), child.send_signal, (signal.SIGKILL,))
            killer.start()
            child.wait(30)
            killer.cancel()
            child.stdout.close()
        job = start(
            companies(_ROWS), PROMPT, output=FIELDS, connection=connect(service), tuning=QUICK
        )
        frame = job.df
        assert (frame["status"] == "completed").all()
        wanted = [f"answer to: Who leads {name}?" for name in frame["name"]]
        assert frame["leader"].tolist() == wanted
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
        children = [
            subprocess.Popen(
                [sys.executable, "-c", _SCRIPT, str(ROOT), service.url, str(_ROWS)],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ.copy(),
            )
            for _ in range(2)
        ]
        for child in children:
            said, _ = child.communicate(timeout=60)
            assert said.split() == ["started", "done"]
        assert_paid_once(service, _ROWS)
