"""The pool: a fair order, failures that stay with their run, workers that may die."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import NewRun, RunRow
from parallel_nb.engine.store.write import Store
from parallel_nb.engine.workers.fair_queue import FairQueue, Share
from parallel_nb.engine.workers.pool import (
    READ_WITHIN,
    StepFailedError,
    WorkerPool,
)
from parallel_nb.engine.workers.protocol import Documents
from tests.engine.stored import totals
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT = 30.0
NOTHING = Documents(b"")
WORKER = Path(__file__).parents[1] / "worker_for_tests.py"


class PoolForTests(WorkerPool):
    """The real pool with the worker of the tests."""

    #: All that were started.
    processes: list[subprocess.Popen[bytes]]

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the worker of the tests."""
        process = subprocess.Popen(
            [sys.executable, str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(WORKER.parents[2]), "PATH": ""},
        )
        self.processes = [*getattr(self, "processes", []), process]
        return process


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(SqliteFile(tmp_path / "runs.sqlite3"))
    yield store
    store.close()


@pytest.fixture
def pool(store: Store) -> Iterator[PoolForTests]:
    pool = PoolForTests(store, NOTHING, workers=2)
    pool.start()
    yield pool
    pool.stop()


def add(store: Store, pool: WorkerPool, *inputs: str, events: bool = False) -> list[str]:
    """Add runs on their own; gives their names."""
    runs = [
        NewRun(
            "base", msgspec.json.encode({"processor": "base", "input": text}), enable_events=events
        )
        for text in inputs
    ]
    added = store.add_runs(None, runs).result(WAIT)
    pool.enqueue(None, added.ids)
    return added.names


def ended(store: Store, name: str) -> RunRow:
    def find() -> RunRow | None:
        run = store.run(name)
        return run if run and run.status in {"completed", "failed"} else None

    return wait_for(find, what="the end of a run")


def drain(queue: FairQueue[int]) -> list[int]:
    taken = []
    while (found := queue.get(wait=False)) is not None:
        taken.append(found[1])
    return taken


def test_groups_take_turns_and_keep_their_own_order() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.put(Share(1), [10, 11, 12, 13])
    queue.put(Share(2), [20, 21])
    queue.put(Share(None), [30])
    queue.put(Share(1), [14])
    assert queue.get(wait=False) == (Share(1), 10)
    assert drain(queue) == [20, 30, 11, 21, 12, 13, 14]
    assert len(queue) == 0


def test_students_take_turns_however_many_groups_one_of_them_has() -> None:
    queue: FairQueue[int] = FairQueue()
    for group in range(5):
        queue.put(Share(group, "many"), [100 + group, 200 + group])
    queue.put(Share(9, "one"), [1, 2, 3])
    assert drain(queue)[:7] == [100, 1, 101, 2, 102, 3, 103]


def test_who_comes_later_catches_up_while_the_others_go_on() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.put(Share(1, "early"), ["early"] * 200)
    for _ in range(100):
        queue.get(wait=False)
    queue.put(Share(2, "late"), ["late"] * 100)
    taken = [found[1] for _ in range(60) if (found := queue.get(wait=False))]
    assert taken[:20] == ["late"] * 20
    assert taken[20:].count("early") == taken[20:].count("late") == 20


def test_what_was_given_before_a_restart_counts_after_it() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.recall({"ahead": 5, "behind": 2})
    queue.put(Share(1, "ahead"), [1, 1, 1])
    queue.put(Share(2, "behind"), [2, 2, 2, 2])
    assert drain(queue) == [2, 2, 2, 1, 2, 1, 1]


def test_a_closed_queue_lets_its_waiters_go() -> None:
    queue: FairQueue[int] = FairQueue()
    queue.put(Share(1), [10])
    queue.close()
    assert queue.get(wait=True) is None


def test_a_reading_that_raises_fails_its_run_alone(store: Store, pool: WorkerPool) -> None:
    good, bad, later = add(store, pool, "one", "raise", "two")
    run = ended(store, bad)
    assert run.status == "failed"
    assert run.error is not None
    error = msgspec.json.decode(run.error)
    assert "asked to fail" in error["message"]
    assert "\n" not in error["message"]
    assert error["ref_id"]
    assert ended(store, good).status == ended(store, later).status == "completed"


def test_a_run_that_kills_its_worker_twice_fails_and_the_others_go_on(
    store: Store, pool: WorkerPool
) -> None:
    names = add(store, pool, "die", *map(str, range(20)))
    assert ended(store, names[0]).status == "failed"
    assert {ended(store, name).status for name in names[1:]} == {"completed"}


def test_a_run_whose_worker_dies_once_is_read_again(
    store: Store, pool: WorkerPool, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    (name,) = add(store, pool, f"die once {mark}")
    assert ended(store, name).status == "completed"
    assert mark.exists()


def kill_all(pool: PoolForTests) -> None:
    """Kill the pool's processes, as a system that is short of memory does."""
    for process in pool.processes:
        process.kill()
        process.wait()


@pytest.mark.parametrize("times", [1, 2, 4])
def test_an_idle_worker_that_was_killed_costs_no_run(
    store: Store, pool: PoolForTests, times: int
) -> None:
    ended(store, add(store, pool, "first")[0])
    for number in range(times):
        kill_all(pool)
        names = add(store, pool, *(f"{number} {n}" for n in range(3)))
        assert {ended(store, name).status for name in names} == {"completed"}


def test_a_worker_that_is_killed_between_two_runs_costs_none(
    store: Store, pool: PoolForTests
) -> None:
    names = add(store, pool, *(f"wait 0.0{n % 3}" for n in range(60)))
    for _ in range(4):
        time.sleep(0.3)
        kill_all(pool)
    # a run may be read by a worker that is killed, but hardly twice
    assert [ended(store, name).status for name in names].count("completed") >= 58


def test_a_run_that_waits_behind_one_that_kills_its_worker_is_not_blamed(store: Store) -> None:
    pool = PoolForTests(store, NOTHING, workers=1)
    pool.start()
    try:
        names = add(store, pool, "die", "die", "good")
        statuses = [ended(store, name).status for name in names]
        assert statuses == ["failed", "failed", "completed"]
    finally:
        pool.stop()


@pytest.mark.parametrize("slow", ["wait 600", "compute"])
def test_a_reading_without_end_is_ended_and_its_run_has_failed(store: Store, slow: str) -> None:
    pool = PoolForTests(store, NOTHING, workers=1, read_within=3.0)
    pool.start()
    try:
        bad, good = add(store, pool, slow, "good")
        run = ended(store, bad)
        assert run.status == "failed"
        assert b"over 3 s" in (run.error or b"")
        assert ended(store, good).status == "completed"
    finally:
        pool.stop()


def test_a_worker_without_runs_is_never_overdue(store: Store) -> None:
    pool = PoolForTests(store, NOTHING, workers=1, read_within=1.0)
    pool.start()
    try:
        for _ in range(3):
            assert ended(store, add(store, pool, "x")[0]).status == "completed"
            time.sleep(1.2)
        assert len(pool.processes) == 1
    finally:
        pool.stop()


def test_the_deadline_of_a_question_is_half_a_minute() -> None:
    assert READ_WITHIN == 30


def test_what_a_worker_prints_does_no_harm_and_its_steps_are_kept(
    store: Store, pool: WorkerPool
) -> None:
    (name,) = add(store, pool, "hello", events=True)
    run = ended(store, name)
    output = store.output(run.id)
    assert output is not None
    assert msgspec.json.decode(output)["content"] == "hello"
    assert len(store.progress(run.id).splitlines()) == 2


def test_long_inputs_and_answers_never_block_one_another(store: Store, pool: WorkerPool) -> None:
    names = add(store, pool, *(str(n) * 300_000 for n in range(1, 9)))
    assert {ended(store, name).status for name in names} == {"completed"}


def test_stopping_does_not_wait_and_leaves_the_rest_for_the_next(store: Store) -> None:
    first = PoolForTests(store, NOTHING, workers=1)
    first.start()
    names = add(store, first, *map(str, range(3000)))
    ended(store, names[0])
    began = time.monotonic()
    first.stop()
    assert time.monotonic() - began < 10
    second = PoolForTests(store, NOTHING, workers=2)
    wait_for(lambda: totals(store).get("completed"), what="a finished run")
    second.start()
    assert {ended(store, name).status for name in names} == {"completed"}
    assert totals(store) == {"completed": 3000}
    second.stop()


def test_a_step_gives_what_the_worker_makes_of_it(pool: PoolForTests) -> None:
    steps = [pool.take_step(("find", 1), b"step %d" % number) for number in range(20)]
    assert [step.result(WAIT) for step in steps] == [b"step %d" % number for number in range(20)]
    wait_for(lambda: pool.active == 0, what="the end of the steps")


def test_a_step_is_taken_again_where_its_worker_dies_and_fails_the_second_time(
    pool: PoolForTests, tmp_path: Path
) -> None:
    once = pool.take_step(None, b"die once " + str(tmp_path / "mark").encode())
    always = pool.take_step(None, b"die")
    wrong = pool.take_step(None, b"raise")
    assert once.result(WAIT).startswith(b"die once")
    with pytest.raises(StepFailedError, match="ended twice"):
        always.result(WAIT)
    with pytest.raises(StepFailedError, match="asked to fail"):
        wrong.result(WAIT)
