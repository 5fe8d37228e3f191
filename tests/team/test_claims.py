"""Two kernels on a team's journal, in any order; and many processes at once."""

from __future__ import annotations

import multiprocessing
import secrets
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from parallel_nb.job.journal import Journal
from parallel_nb.job.journal.postgres import PostgresServer
from tests.job.test_journal import Kernels

if TYPE_CHECKING:
    from tests.postgres_server import PostgresProcess


def test_whatever_two_kernels_do_no_answer_is_lost_and_none_paid_twice(
    server: PostgresProcess,
) -> None:
    class TeamKernels(Kernels):
        address: ClassVar = ""

        def __init__(self) -> None:
            TeamKernels.address = server.database(f"kernels_{secrets.token_hex(6)}")
            super().__init__()

        def open_journal(self) -> Journal:
            return Journal(PostgresServer(self.address))

    steps = settings(max_examples=12, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(TeamKernels, settings=steps)


def _claim_all(address: str, who: int, queue: multiprocessing.Queue[int]) -> None:
    journal = Journal(PostgresServer(address))
    keys = [f"key {number}" for number in range(1000)]
    won = 0
    for first in range(0, 1000, 50):
        asked = {key: at for at, key in enumerate(keys[first : first + 50], first)}
        claimed, _ = journal.claim("job", "tgrp", f"h/{who}/x", asked)
        won += len(claimed)
    journal.close()
    queue.put(won)


@pytest.mark.parametrize("processes", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_processes_never_win_the_same_claim(address: str, processes: int) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[int] = context.Queue()
    workers = [
        context.Process(target=_claim_all, args=(address, n, queue)) for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    assert sum(queue.get(timeout=100) for _ in workers) == 1000
    for worker in workers:
        worker.join()
