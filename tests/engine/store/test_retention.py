"""Retention: what is old is deleted as a whole; what goes on, or is new, stays."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.serve import STORE
from parallel_nb.engine.store.retention import delete_old
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import NewRun, RunFilter, timestamp
from parallel_nb.engine.store.write import Store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine_process import EngineProcess

WAIT = 30.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / STORE


def runs(count: int, spec: bytes = b"{}") -> list[NewRun]:
    return [NewRun("base", b"{}", spec) for _ in range(count)]


def group_of(store: Store, count: int, spec: bytes = b"{}", size: int = 2) -> str:
    """A group of ended runs; gives its name."""
    name = store.create_group(None).result(WAIT)
    found = store.group(name)
    assert found is not None
    added = store.add_runs(found.id, runs(count, spec)).result(WAIT)
    for run_id in added.ids:
        store.finish(run_id, "completed", output=b"x" * size, progress=b"{}")
    store.create_group(None).result(WAIT)  # the writer has done all that
    return name


def age(path: Path, days: float) -> None:
    """Let rows of groups and runs be so many days older."""
    at = (datetime.now(UTC) - timedelta(days=days)).isoformat().replace("+00:00", "Z")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("groups", "runs"):
            connection.execute(f"UPDATE {table} SET created_at = ?1, modified_at = ?1", (at,))  # noqa: S608 - from above


def age_marks(path: Path, days: float) -> None:
    """Let what is old be marked for so many days longer."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for rowid, since in connection.execute("SELECT rowid, since FROM marks").fetchall():
            moment = datetime.fromisoformat(since) - timedelta(days=days)
            connection.execute(
                "UPDATE marks SET since = ? WHERE rowid = ?", (timestamp(moment), rowid)
            )


def touch(path: Path) -> None:
    """Somebody asks something now, so that the clock is believed."""
    store = Store(SqliteFile(path))
    store.create_group(None).result(WAIT)
    store.close()


def delete_marked(path: Path, days: float) -> int:
    """What is deleted of what is old by then, once it has been marked for a month."""
    touch(path)
    assert delete_old(path, days) == 0
    age_marks(path, 31)
    return delete_old(path, days)


def counts(path: Path) -> dict[str, int]:
    """Rows of each table."""
    names = ("groups", "runs", "outputs", "progress", "events", "specs")
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - from above
            for name in names
        }


def test_old_groups_and_runs_go_with_all_that_is_theirs(path: Path) -> None:
    store = Store(SqliteFile(path))
    group_of(store, 3, b'{"old": 1}')
    (alone,) = store.add_runs(None, runs(1)).result(WAIT).ids
    store.finish(alone, "failed", error=b"{}").result(WAIT)
    store.close()
    assert delete_old(path, 90) == 0
    assert counts(path)["runs"] == 4
    age(path, 91)
    assert delete_marked(path, 90) == 4
    left = counts(path)
    assert left.pop("groups") == 1  # of today
    assert set(left.values()) == {0}


def test_what_is_new_or_goes_on_is_kept_whole(path: Path) -> None:
    store = Store(SqliteFile(path))
    old = group_of(store, 2, b'{"shared": 1}')
    active = group_of(store, 2, b'{"shared": 1}')
    found = store.group(active)
    assert found is not None
    store.add_runs(found.id, runs(1)).result(WAIT)
    (waiting,) = store.add_runs(None, runs(1)).result(WAIT).names
    store.close()
    age(path, 400)
    store = Store(SqliteFile(path))
    new = group_of(store, 2, b'{"shared": 1}')
    store.close()

    assert delete_marked(path, 90) == 2
    store = Store(SqliteFile(path))
    assert store.group(old) is None
    for name, runs_left in ((active, 3), (new, 2)):
        group = store.group(name)
        assert group is not None
        whole = RunFilter(group.id, 10**9, include_input=True, include_output=True)
        page = store.runs_of_group(whole, after=0, limit=99)
        assert len(page) == runs_left
        assert all(sent is not None and sent.spec is not None for _, sent, _ in page)
        assert sum(output is not None for _, _, output in page) == 2
    assert store.run(waiting) is not None
    assert len(store.unfinished()) == 2
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_the_file_gives_space_back(path: Path) -> None:
    store = Store(SqliteFile(path))
    group_of(store, 150, size=100_000)
    store.close()
    assert path.stat().st_size > 15_000_000
    age(path, 91)
    assert delete_marked(path, 90) == 150
    assert path.stat().st_size < 200_000


def test_a_store_that_is_not_there_or_not_ours_is_left_alone(path: Path) -> None:
    assert delete_old(path, 90) == 0
    assert not path.exists()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    assert delete_old(path, 90) == 0
    assert path.read_bytes() == before


def test_an_engine_deletes_what_is_old_at_its_start(own_engine: EngineProcess) -> None:
    run = {"processor": "base", "input": "When was Alpha Corp founded?"}
    with own_engine.http() as http:
        name = http.post("/v1/tasks/runs", json=run).json()["run_id"]
        assert http.get(f"/v1/tasks/runs/{name}/result").status_code == 200
    own_engine.stop()
    path = own_engine.home / STORE
    for days, marked_for, status in (
        (89.9, 0, 200),
        (90.1, 0, 200),
        (90.1, 29, 200),
        (90.1, 2, 404),
    ):
        age(path, days)
        touch(path)
        if marked_for:
            age_marks(path, marked_for)
        with own_engine.start().http() as http:
            assert http.get(f"/v1/tasks/runs/{name}").status_code == status
        own_engine.stop()


@pytest.mark.parametrize("days", [31, 100, 400, 40_000, -400])
def test_a_clock_that_has_jumped_deletes_nothing(path: Path, days: float) -> None:
    store = Store(SqliteFile(path))
    group_of(store, 3)
    store.close()
    jumped = time.time() + days * 86_400
    for _ in range(3):
        assert delete_old(path, 90, clock=jumped) == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM marks").fetchall() == []


def test_what_was_asked_under_a_wrong_clock_does_not_make_the_rest_old_at_once(path: Path) -> None:
    store = Store(SqliteFile(path))
    name = group_of(store, 3)
    store.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        at = timestamp(datetime.now(UTC) + timedelta(days=400))
        connection.execute(
            "UPDATE groups SET created_at = ?1, modified_at = ?1 WHERE name <> ?2", (at, name)
        )
    for later in (400, 401, 429):
        assert delete_old(path, 90, clock=time.time() + later * 86_400) == 0
    assert delete_old(path, 90) == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM marks").fetchall() == []
    assert counts(path)["runs"] == 3
