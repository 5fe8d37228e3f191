"""kill -9 of the kernel or of the engine in the middle of a find: nothing is lost or made twice."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from parallel_nb import engine_home
from parallel_nb.connection import connect
from parallel_nb.connection.launcher import stop_engine
from parallel_nb.finding.start import start_find
from parallel_nb.job.journal import open_journal
from parallel_nb.settings import Settings
from tests.finding.find_helpers import ENRICH, assert_right, sent, start
from tests.job.jobs_helpers import start_kernel, wait_until
from tests.service.findall import FindAllService
from tests.service.groups import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")

_SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from parallel_nb.connection import connect
from tests.finding.find_helpers import ENRICH, start
connection = connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
print("started", flush=True)
start(None, connection=connection, limit=int(sys.argv[3]), enrich=ENRICH)
print("done", flush=True)
"""


@pytest.mark.parametrize("matches", [0, 3, 10])
def test_the_same_call_after_kill_9_goes_on(matches: int) -> None:
    with FindAllService(pace=0.02).serve() as service:
        child = start_kernel(_SCRIPT, service, 20)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        wait_until(lambda: any(run.matched >= matches for run in list(service.finds.values())))
        if matches == 0:  # its answer may be on the way; then it is in doubt, see the next test
            wait_until(lambda: service.requests["GET findall/runs/{id}/result"] > 0)
        child.kill()
        assert child.wait(30) == -signal.SIGKILL
        child.stdout.close()
        find = start(service, limit=20, enrich=ENRICH)
        assert_right(find, 20)
        assert find.df["founded"].notna().all()
        assert sent(service) == {"created": 1, "extended by": 0, "founded": 1}


def test_a_kernel_that_dies_while_it_creates_leaves_a_doubt_and_no_second_find() -> None:
    def fault(method: str, route: str) -> Fault | None:
        is_create = (method, route) == ("POST", "findall/runs")
        return Fault("stall", seconds=30) if is_create else None

    with FindAllService(faults=fault).serve() as service:
        child = start_kernel(_SCRIPT, service, 5)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        wait_until(lambda: service.requests["POST findall/runs"] == 1)
        child.kill()
        child.wait(30)
        child.stdout.close()
        find = start(service, limit=5, enrich=ENRICH, wait=False)
        wait_until(lambda: find.progress.ended)
        assert "not known whether" in find.message
        assert service.requests["POST findall/runs"] == 1


@pytest.fixture
def engine(home: Path) -> Iterator[int]:
    """The embedded engine over the sample documents; gives its process."""
    connect("embedded")
    yield _engine_process()
    stop_engine(None)


def _engine_process() -> int:
    running = engine_home.read_discovery(engine_home.home_of(None))
    assert running is not None
    return running.pid


def test_a_find_survives_kill_9_of_the_engine(engine: int, home: Path) -> None:
    conditions = {"old": "First released before 1990"}
    find = start_find("Programming languages", conditions, limit=10, wait=False)
    wait_until(lambda: find.progress.candidates > 2 or find.progress.ended)
    os.kill(engine, signal.SIGKILL)
    found = find.wait(60).df
    assert len(found) > 2
    again = start_find("Programming languages", conditions, limit=10)
    assert again.findall_id == find.findall_id
    assert again.df.equals(found)
    assert len(open_journal(Settings(home=home)).jobs()) == 1
