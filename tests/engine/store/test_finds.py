"""FindAll runs in the store: what a candidate goes through, and what an ended run is told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from parallel_nb.engine.store.retention import delete_old
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.write import Changes, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_nb.engine.store.finds import FindRow

WAIT = 30.0
WANTED = b'{"objective":"x","entity_type":"y","match_conditions":[]}'
ENTITY = b'{"name":"A","url":"u","description":"d","has_page":true}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = Store(SqliteFile(path))
    yield store
    store.close()


def make(store: Store, entities: int = 2) -> FindRow:
    """A run that is worked on, with candidates."""
    name = store.finds.create(WANTED, "base", 5).result(WAIT)
    find = store.finds.get(name)
    assert find is not None
    store.finds.claim(find.id).result(WAIT)
    store.finds.add_candidates(find.id, [ENTITY] * entities, is_cut=False).result(WAIT)
    return store.finds.by_id(find.id)


def told(store: Store, find: FindRow) -> list[str]:
    kinds = [event.type for event in store.finds.events(find.id, after=0, limit=1000)]
    return [kind.removeprefix("findall.").removeprefix("candidate.") for kind in kinds]


def decoded(data: bytes | None) -> Any:
    assert data is not None
    return msgspec.json.decode(data)


def test_a_candidate_is_shown_judged_and_enriched(store: Store) -> None:
    find = make(store)
    first, second = store.finds.candidates(find.id)
    for each in (first, second):
        store.finds.take_up(each.id)
    store.finds.judge(first.id, "matched", b'{"a":1}', b'[{"field":"a"}]')
    store.finds.judge(second.id, "unmatched", b"{}", b"[]")
    store.finds.change(find.id, enrichment=b'{"processor":"base"}')
    store.finds.enrich(first.id, b'{"b":2}', b'[{"field":"b"}]').result(WAIT)
    assert [each.id for each in store.finds.to_enrich(find.id, 2)] == [first.id]
    assert store.finds.to_enrich(find.id, 1) == []
    first, second = store.finds.candidates(find.id)
    assert (first.status, second.status) == ("matched", "unmatched")
    assert decoded(first.output) == {"a": 1, "b": 2}
    assert decoded(first.basis) == [{"field": "a"}, {"field": "b"}]
    assert first.view()["name"] == "A"
    assert "has_page" not in first.view()
    find = store.finds.by_id(find.id)
    assert (find.generated, find.matched, find.revision) == (2, 1, 1)
    assert told(store, find) == [
        *("status", "status", "generated", "generated", "matched", "unmatched"),
        *("schema.updated", "enriched"),
    ]
    last = store.finds.events(find.id, after=0, limit=100)[-1]
    assert decoded(last.data)["output"] == {"b": 2}


def test_an_ended_run_is_not_changed_by_what_comes_late(store: Store) -> None:
    find = make(store)
    first, second = store.finds.candidates(find.id)
    store.finds.take_up(first.id)
    assert store.finds.cancel(find.id).result(WAIT)
    before = told(store, find)
    store.finds.judge(first.id, "matched", b"{}", b"[]")
    store.finds.take_up(second.id)
    store.finds.enrich(first.id, b"{}", b"[]")
    assert not store.finds.cancel(find.id).result(WAIT)
    assert not store.finds.end(find.id, "completed", "x", find.revision).result(WAIT)
    assert told(store, find) == before
    assert store.finds.by_id(find.id).matched == 0


def test_who_ends_a_run_misses_no_change_of_it(store: Store) -> None:
    find = make(store)
    changed = store.finds.change(find.id, additional=5).result(WAIT)
    assert (changed.match_limit, changed.revision) == (10, 1)
    assert not store.finds.end(find.id, "completed", "x", find.revision).result(WAIT)
    assert store.finds.end(find.id, "completed", "x", changed.revision).result(WAIT)
    again = store.finds.change(find.id, enrichment=b"{}").result(WAIT)
    assert (again.status, again.ended_as, again.is_searching) == ("queued", "completed", 0)
    assert again.view().status.termination_reason is None


def test_candidates_are_recorded_once(store: Store) -> None:
    find = make(store)
    store.finds.add_candidates(find.id, [ENTITY], is_cut=True).result(WAIT)
    assert len(store.finds.candidates(find.id)) == 2


def test_an_interrupted_run_is_queued_again_and_whoever_waits_is_told(path: Path) -> None:
    store = Store(SqliteFile(path))
    find = make(store)
    store.close()
    store = Store(SqliteFile(path))
    assert store.finds.unfinished() == [(find.id, None)]
    assert store.finds.by_id(find.id).status == "queued"
    seen: list[Changes] = []
    store.on_change = seen.append
    store.finds.claim(find.id).result(WAIT)
    store.close()
    assert [change.finds for change in seen] == [frozenset({find.id})]


def test_old_runs_are_deleted_with_all_that_is_theirs(path: Path) -> None:
    store = Store(SqliteFile(path))
    find, going_on = make(store), make(store)
    store.finds.end(find.id, "completed", "candidates_exhausted", 0).result(WAIT)
    store.close()
    at = (datetime.now(UTC) - timedelta(days=100)).isoformat().replace("+00:00", "Z")
    with closing(sqlite3.connect(path)) as connection, connection:
        statement = "UPDATE finds SET created_at = ?1, modified_at = ?1 WHERE id = ?2"
        connection.execute(statement, (at, find.id))
    assert delete_old(path, 30) == 0  # marked first
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE marks SET since = ?", (at,))
    assert delete_old(path, 30) == 1
    store = Store(SqliteFile(path))
    assert store.finds.get(find.name) is None
    assert store.finds.candidates(find.id) == []
    assert store.finds.events(find.id, after=0, limit=10) == []
    assert len(store.finds.candidates(going_on.id)) == 2
    store.close()
