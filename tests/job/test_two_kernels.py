"""Two kernels on one table: what one has claimed the other neither sends nor loses."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from parallel_nb.job import plan, start
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
from tests.service.groups import Fault, GroupsService

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_SCRIPT = """
import sys
from dataclasses import replace
sys.path.insert(0, sys.argv[1])
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, assert_right, companies
from parallel_nb.connection import connect
from parallel_nb.job import plan
from parallel_nb.job import start
connection = connect("hosted", api_key="sk-secret", base_url=sys.argv[2])
rows = int(sys.argv[3])
# A lease that is over long before there is room for the waves that were claimed ahead.
tuning = replace(QUICK, wave=25, window=50, lease=float(sys.argv[4]))
job = start(companies(rows), PROMPT, output=FIELDS, connection=connection, tuning=tuning)
assert_right(job.df, rows)
print("right", flush=True)
"""
_ROWS = 200


def _start(service: GroupsService, lease: float) -> subprocess.Popen[str]:
    return start_kernel(_SCRIPT, service, _ROWS, lease)


def test_waves_that_wait_for_room_longer_than_their_lease_are_not_sent_twice() -> None:
    with GroupsService(latency=lambda _: 1.5).serve() as service:
        children = [_start(service, lease=0.3) for _ in range(2)]
        try:
            for child in children:
                output, _ = child.communicate(timeout=60)
                assert output.split() == ["right"]
        finally:
            for child in children:
                child.kill()
        assert_paid_once(service, _ROWS)


def _claimed_ahead(home: Path) -> bool:
    with contextlib.closing(sqlite3.connect(home / "journal.sqlite3")) as db:
        ((count,),) = db.execute("SELECT count(*) FROM runs WHERE state = 'sending'").fetchall()
    return int(count) >= 50


def _is_stopped(child: subprocess.Popen[str], home: Path) -> bool:
    """Stop a kernel, but not while it writes: nobody else could then."""
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    with contextlib.closing(sqlite3.connect(home / "journal.sqlite3", timeout=0)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            child.send_signal(signal.SIGCONT)
            return False
    return True


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_plan_counts_what_a_killed_kernel_may_not_have_sent(home: Path) -> None:
    with GroupsService(latency=lambda _: 30).serve() as service:
        child = _start(service, lease=150)
        try:
            wait_until(lambda: len(service.runs) == 50 and _claimed_ahead(home))
        finally:
            child.kill()
        child.communicate(timeout=20)
        planned = plan(companies(_ROWS), PROMPT, output=FIELDS, connection=connect_to(service))
    assert planned.in_doubt >= 50  # the waves that it had claimed ahead
    assert planned.in_flight + planned.in_doubt + planned.to_send == _ROWS
    assert (planned.in_flight + planned.in_doubt - 50) * 0.01 <= planned.cost
    assert f"at most ${planned.cost:.2f}" in str(planned)
    assert f"in doubt    {planned.in_doubt} (sent only where the group does not have them)" in str(
        planned
    )


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_kernel_that_slept_sends_nothing_that_another_has_taken_over(home: Path) -> None:
    with GroupsService(latency=lambda _: 1.5).serve() as service:
        asleep = _start(service, lease=0.3)
        other = None
        try:
            wait_until(lambda: len(service.runs) == 50 and _claimed_ahead(home))
            wait_until(lambda: _is_stopped(asleep, home))  # as a laptop that is shut
            other = _start(service, lease=0.3)
            output, _ = other.communicate(timeout=60)
            assert output.split() == ["right"]
            asleep.send_signal(signal.SIGCONT)
            output, _ = asleep.communicate(timeout=60)
            assert output.split() == ["right"]
        finally:
            asleep.kill()
            if other is not None:
                other.kill()
        assert_paid_once(service, _ROWS)


def test_an_answer_is_shown_that_another_has_got_at_its_second_attempt() -> None:
    broken = iter([Fault("500")])

    def faults(method: str, route: str) -> Fault | None:
        return next(broken, None) if (method, route) == ("POST", "groups/{id}/runs") else None

    with GroupsService(faults=faults).serve() as service:
        connection = connect_to(service)
        first = start(
            companies(40),
            PROMPT,
            output=FIELDS,
            connection=connection,
            wait=False,
            tuning=replace(QUICK, wave=1000),
        )
        wait_until(lambda: service.met)
        # Another table of the same questions: it looks into the journal when the claim that
        # it waits for was given back and made anew.
        second = start(
            companies(30),
            PROMPT,
            output=FIELDS,
            connection=connection,
            tuning=replace(QUICK, wave=1000, pause=2.0),
        )
        assert_right(first.wait(30).df, 40)
        assert_right(second.df, 30)
        assert_paid_once(service, 40)
