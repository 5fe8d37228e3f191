"""The store: atomic changes, exact counts, survival, and cost that does not grow."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import GroupRow, NewRun, RunFilter
from parallel_nb.engine.store.write import Changes, Store
from tests.engine.stored import totals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT = 30.0
SPEC = b'{"output_schema":"text"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(SqliteFile(path))
    yield store
    store.close()


def some_runs(count: int) -> list[NewRun]:
    return [NewRun("base", msgspec.json.encode({"input": str(n)}), SPEC) for n in range(count)]


def make_group(store: Store) -> GroupRow:
    group = store.group(store.create_group(None).result(WAIT))
    assert group is not None
    return group


def counts(store: Store, group: GroupRow) -> dict[str, int]:
    found = store.group(group.name)
    assert found is not None
    c = found.counts
    return {"queued": c.queued, "running": c.running, "completed": c.completed, "failed": c.failed}


def test_the_counts_of_a_group_follow_every_change_of_its_runs(store: Store) -> None:
    group = make_group(store)
    ids = store.add_runs(group.id, some_runs(4)).result(WAIT).ids
    for run_id in ids[:3]:
        store.claim(run_id)
    store.finish(ids[0], "completed", output=b"{}")
    store.finish(ids[1], "failed", error=b"{}").result(WAIT)
    assert counts(store, group) == {"queued": 1, "running": 1, "completed": 1, "failed": 1}


def test_a_run_ends_once(store: Store) -> None:
    group = make_group(store)
    (run_id,) = store.add_runs(group.id, some_runs(1)).result(WAIT).ids
    assert store.finish(run_id, "completed", output=b'"first"').result(WAIT) is True
    assert store.finish(run_id, "failed", error=b"{}").result(WAIT) is False
    store.claim(run_id).result(WAIT)
    assert counts(store, group) == {"queued": 0, "running": 0, "completed": 1, "failed": 0}
    output = store.output(run_id)
    assert output is not None
    assert output == b'"first"'
    _, events = store.events_of_group(group.id, after=0, limit=100)
    assert len([event for event in events if event.run]) == 1


def test_a_change_that_fails_leaves_the_others_of_its_batch(store: Store) -> None:
    group = make_group(store)
    good = store.add_runs(group.id, some_runs(1))
    bad = store.add_runs(10**6, some_runs(2))
    bad_run = NewRun(None, b"{}")  # type: ignore[arg-type]  # breaks a rule of the table
    worse = store.add_runs(group.id, [*some_runs(3), bad_run])
    also_good = store.add_runs(group.id, some_runs(1))
    assert len(good.result(WAIT).ids) == len(also_good.result(WAIT).ids) == 1
    with pytest.raises(sqlite3.IntegrityError):
        worse.result(WAIT)
    with pytest.raises(sqlite3.IntegrityError):
        bad.result(WAIT)
    assert counts(store, group)["queued"] == 2
    assert sum(totals(store).values()) == 2


def test_runs_that_were_cut_off_are_queued_again(path: Path) -> None:
    first = Store(SqliteFile(path))
    group = make_group(first)
    ids = first.add_runs(group.id, some_runs(3)).result(WAIT).ids
    first.claim(ids[0])
    first.finish(ids[0], "completed", output=b"{}")
    first.claim(ids[1]).result(WAIT)
    first.close()

    second = Store(SqliteFile(path))
    assert counts(second, group) == {"queued": 2, "running": 0, "completed": 1, "failed": 0}
    assert second.unfinished() == [(group.id, ids[1], None), (group.id, ids[2], None)]
    second.close()


def test_a_store_of_the_first_version_is_brought_up_to_date_with_its_runs(path: Path) -> None:
    first = Store(SqliteFile(path))
    run = NewRun("pro", b'{"input":"x"}', SPEC, enable_events=True)
    added = first.add_runs(None, [run]).result(WAIT)
    (name,), (run_id,) = added.names, added.ids
    first.claim(run_id)
    first.finish(run_id, "completed", output=b"{}").result(WAIT)
    first.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "ALTER TABLE runs RENAME COLUMN enable_events TO tells_progress;"
            "ALTER TABLE runs ADD COLUMN tells_elements INTEGER NOT NULL DEFAULT 0;"
            "ALTER TABLE outputs RENAME COLUMN body TO plain;"
            "ALTER TABLE outputs ADD COLUMN with_elements BLOB;"
            "UPDATE outputs SET with_elements = CAST('[1]' AS BLOB);"
            "DROP TABLE find_events; DROP TABLE candidates; DROP TABLE finds; DROP TABLE asked;"
            "DROP INDEX runs_of_student;"
            "ALTER TABLE runs DROP COLUMN student; ALTER TABLE groups DROP COLUMN student;"
            "PRAGMA user_version = 1"
        )
    second = Store(SqliteFile(path))
    found = second.run(name)
    assert found is not None
    assert found.enable_events
    assert second.input(found.id).body() == b'{"input":"x","task_spec":%s}' % SPEC
    assert second.output(found.id) == b"[1]"  # with the basis of list elements
    second.close()


def test_a_store_of_another_version_is_refused_with_a_remedy(path: Path) -> None:
    Store(SqliteFile(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ConnectionProblem, match="version 99") as caught:
        Store(SqliteFile(path))
    assert "--data-dir" in caught.value.remedy


def test_whoever_waits_is_told_after_the_change_can_be_read(path: Path) -> None:
    seen: list[str | None] = []
    store = Store(SqliteFile(path))
    group = make_group(store)
    (run_id,) = store.add_runs(group.id, some_runs(1)).result(WAIT).ids
    name = store.runs_of_group(RunFilter(group.id, run_id), after=0, limit=1)[0][0].name

    def on_change(changes: Changes) -> None:
        if run_id in changes.runs:
            run = store.run(name)
            seen.append(run.status if run else None)

    store.on_change = on_change
    store.finish(run_id, "completed", output=b"{}").result(WAIT)
    store.close()
    assert seen == ["completed"]


def test_a_spec_that_runs_share_is_kept_once(store: Store, path: Path) -> None:
    store.add_runs(None, some_runs(50)).result(WAIT)
    store.add_runs(None, some_runs(50)).result(WAIT)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM specs").fetchone() == (1,)
    connection.close()


def test_the_counts_in_a_stream_are_few_and_the_last_are_final(store: Store) -> None:
    group = make_group(store)
    ids = store.add_runs(group.id, some_runs(500)).result(WAIT).ids
    for run_id in ids:
        store.claim(run_id)
        last = store.finish(run_id, "completed", output=b"{}")
    last.result(WAIT)
    rest, events = store.events_of_group(group.id, after=0, limit=10_000)
    statuses = [event.status for event in events if event.status]
    assert not rest.is_active
    assert len(statuses) < 50
    assert events[-1].status is not None
    assert b'"completed":500' in events[-1].status


@pytest.mark.parametrize("thousands", [15, pytest.param(100, marks=pytest.mark.slow)])
def test_a_run_in_a_large_group_costs_no_more_than_in_a_small_one(
    store: Store, thousands: int
) -> None:
    """Adding, ending and reading page by page stay linear in the number of runs."""
    group = make_group(store)

    def thousand() -> float:
        began = time.process_time()  # the store writes in a thread of its own
        ids = store.add_runs(group.id, some_runs(1000)).result(WAIT).ids
        for run_id in ids:
            store.claim(run_id)
            end = store.finish(run_id, "completed", output=b'{"a":1}')
        end.result(WAIT)
        after = ids[0] - 1
        store.events_of_group(group.id, after=0, limit=250)
        whole = RunFilter(group.id, ids[-1], include_input=True, include_output=True)
        store.runs_of_group(whole, after=after, limit=250)
        store.group(group.name)
        return time.process_time() - began

    times = [thousand() for _ in range(thousands)]
    assert counts(store, group)["completed"] == thousands * 1000
    assert min(times[-5:]) < 4 * min(times[:5])  # with each row more it would be six and more
