"""FindAll runs at work: failures that end one run, and an engine that ends in the middle."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.write import Store
from parallel_nb.engine.workers.finds import FindRuns
from tests.engine.workers.test_pool import NOTHING, PoolForTests
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_nb.engine.store.finds import FindRow

WAIT = 30.0
WANTED = (
    b'{"objective":"x","entity_type":"y","generator":"base","match_limit":5,'
    b'"match_conditions":[{"name":"a","description":"b"}]}'
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(SqliteFile(tmp_path / "runs.sqlite3"))
    yield store
    store.close()


def create(store: Store) -> FindRow:
    find = store.finds.get(store.finds.create(WANTED, "base", 5).result(WAIT))
    assert find is not None
    return find


def test_a_run_whose_candidates_cannot_be_found_fails_alone(store: Store) -> None:
    pool = PoolForTests(store, NOTHING, workers=1)  # whose worker gives back what it is sent
    pool.start()
    finds = FindRuns(store, pool)
    find = create(store)
    finds.take_up(find.id)
    wait_for(lambda: not store.finds.by_id(find.id).is_active, what="the end of the run")
    ended = store.finds.by_id(find.id)
    assert (ended.status, ended.reason) == ("failed", "error_occurred")
    wait_for(lambda: finds.active == 0, what="the thread")
    finds.stop()
    pool.stop()


def test_a_candidate_that_cannot_be_judged_is_discarded_with_the_reason(store: Store) -> None:
    pool = PoolForTests(store, NOTHING, workers=1)
    pool.start()
    find = create(store)
    store.finds.claim(find.id)
    store.finds.add_candidates(find.id, [b'{"name":"A","url":"u"}'] * 3, is_cut=False).result(WAIT)
    finds = FindRuns(store, pool)
    finds.take_up(find.id)
    wait_for(lambda: not store.finds.by_id(find.id).is_active, what="the end of the run")
    finds.stop()
    pool.stop()
    assert store.finds.by_id(find.id).reason == "candidates_exhausted"
    for candidate in store.finds.candidates(find.id):
        assert candidate.status == "discarded"
        assert b"reasoning" in (candidate.basis or b"")


def test_an_engine_that_ends_leaves_its_runs_to_the_next_one(store: Store) -> None:
    pool = PoolForTests(store, NOTHING, workers=1)  # never started: no step is ever taken
    finds = FindRuns(store, pool)
    many = [create(store) for _ in range(6)]
    for find in many:
        finds.take_up(find.id)
    wait_for(lambda: store.finds.by_id(many[0].id).status == "running", what="a start")
    assert finds.active == 6
    began = time.monotonic()
    finds.stop()
    assert time.monotonic() - began < 60
    assert store.finds.unfinished() == [(find.id, None) for find in many]
