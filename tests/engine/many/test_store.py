"""The store of many engines: each run once, fairly, and no cursor that skips."""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg

from parallel_nb.engine.store.tables import NewRun, RunFilter
from parallel_nb.engine.store.usage import Question
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.engine.store.shared import SharedStore
    from parallel_nb.engine.store.tables import Counts, EventRow, GroupRow
    from parallel_nb.engine.store.write import Changes

    OpenStore = Callable[..., SharedStore]

WAIT = 30.0


def some_runs(count: int) -> list[NewRun]:
    return [
        NewRun("base", b'{"input":"%d"}' % n, b'{"output_schema":"text"}') for n in range(count)
    ]


def make_group(store: SharedStore, student: str | None = None) -> GroupRow:
    group = store.group(store.create_group(None, student).result(WAIT))
    assert group is not None
    return group


def counts(store: SharedStore, group: GroupRow) -> Counts:
    found = store.group(group.name)
    assert found is not None
    return found.counts


def answer(store: SharedStore, most: int) -> int:
    """Claim runs and end them; gives how many."""
    claimed = store.claim_runs(most).result(WAIT)
    for run in claimed:
        store.finish(run.id, "completed", output=b"{}").result(WAIT)
    return len(claimed)


def cut_connections(address: str) -> int:
    """Cut all connections to a database but one's own."""
    query = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        return int(connection.execute(query).fetchall()[0][0])


def test_what_one_engine_is_asked_another_answers(open_store: OpenStore) -> None:
    first, second = open_store(), open_store()
    group = make_group(first)
    added = first.add_runs(group.id, some_runs(3)).result(WAIT)
    claimed = second.claim_runs(2).result(WAIT)
    assert [run.id for run in claimed] == added.ids[:2]
    assert (counts(first, group).queued, counts(first, group).running) == (1, 2)
    assert second.input(claimed[0].id).body() == (
        b'{"input":"0","task_spec":{"output_schema":"text"}}'
    )
    assert second.finish(claimed[0].id, "completed", output=b'{"x":1}').result(WAIT)
    assert not first.finish(claimed[0].id, "failed", error=b"{}").result(WAIT)
    assert first.output(claimed[0].id) == b'{"x":1}'
    page = first.runs_of_group(RunFilter(group.id, 10**9, "completed"), after=0, limit=9)
    assert [run.name for run, _, _ in page] == added.names[:1]


def test_engines_that_claim_at_once_get_each_run_once(open_store: OpenStore) -> None:
    stores = [open_store() for _ in range(3)]
    group = make_group(stores[0])
    ids = stores[0].add_runs(group.id, some_runs(300)).result(WAIT).ids
    claimed: list[int] = []

    def claim(store: SharedStore) -> None:
        while found := store.claim_runs(7).result(WAIT):
            claimed.extend(run.id for run in found)

    threads = [threading.Thread(target=claim, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == ids
    assert counts(stores[1], group).running == 300


def test_groups_take_turns_whichever_came_first(open_store: OpenStore) -> None:
    store, other = open_store(), open_store()
    large, small = make_group(store), make_group(store)
    store.add_runs(large.id, some_runs(200)).result(WAIT)
    store.add_runs(None, some_runs(40)).result(WAIT)
    other.add_runs(small.id, some_runs(40)).result(WAIT)
    given = Counter(run.group_id for each in (store, other) for run in each.claim_runs(30).result())
    assert given == {large.id: 20, small.id: 20, None: 20}


def test_students_take_turns_however_many_groups_each_has(open_store: OpenStore) -> None:
    store, other = open_store(), open_store()
    for _ in range(3):
        store.add_runs(make_group(store, "Ada").id, some_runs(40), "Ada").result(WAIT)
    assert len(store.claim_runs(60).result(WAIT)) == 60
    other.add_runs(make_group(other, "Bob").id, some_runs(60), "Bob").result(WAIT)
    given = Counter(run.student for run in other.claim_runs(60).result(WAIT))
    # who comes later catches up, but only by so much that the others go on meanwhile
    assert given == {"Bob": 40, "Ada": 20}


def test_what_a_dead_engine_had_claimed_is_taken_up_and_what_one_gives_back(
    open_store: OpenStore,
) -> None:
    alive, dead, ends = open_store(1.5), open_store(1.5), open_store()
    group = make_group(alive)
    alive.add_runs(group.id, some_runs(6)).result(WAIT)
    assert len(dead.claim_runs(2).result(WAIT)) == 2
    dead._stopped.set()  # it says no more that it is alive
    kept = ends.claim_runs(2).result(WAIT)
    ends.give_back([kept[0].id]).result(WAIT)
    assert (counts(alive, group).queued, counts(alive, group).running) == (3, 3)
    ends.close()
    assert (counts(alive, group).queued, counts(alive, group).running) == (4, 2)
    claimed: set[int] = set()

    def all_six() -> bool:
        claimed.update(run.id for run in alive.claim_runs(9).result(WAIT))
        return len(claimed) == 6

    wait_for(all_six, what="the runs of the dead engine")


def test_counts_stay_right_when_engines_are_taken_for_dead_at_any_moment(
    open_store: OpenStore,
) -> None:
    alive, slow = open_store(), open_store(0.01)
    group = make_group(alive)
    alive.add_runs(group.id, some_runs(40)).result(WAIT)
    for _ in range(60):
        claimed = slow.claim_runs(40).result(WAIT)
        time.sleep(0.009)  # its time is over about now
        alive._submit(alive._requeue_interrupted).result(WAIT)
        slow.give_back([run.id for run in claimed]).result(WAIT)
        now = counts(alive, group)
        assert (now.queued, now.running) == (40, 0)


def test_a_stream_across_engines_never_skips_or_repeats(open_store: OpenStore) -> None:
    stores = [open_store() for _ in range(3)]
    groups = [make_group(stores[0]) for _ in range(2)]
    for group in groups:
        stores[0].add_runs(group.id, some_runs(150)).result(WAIT)
    reader = open_store()
    seen: dict[int, list[EventRow]] = {group.id: [] for group in groups}

    def follow(group_id: int) -> None:
        is_active, after = True, 0
        while is_active:
            now, page = reader.events_of_group(group_id, after=after, limit=7)
            seen[group_id] += page
            after = page[-1].id if page else after
            is_active = bool(page) or now.is_active

    def work(store: SharedStore) -> None:
        while answer(store, 5):
            pass

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    threads += [threading.Thread(target=follow, args=(group.id,)) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for group in groups:
        _, events = reader.events_of_group(group.id, after=0, limit=10**6)
        assert seen[group.id] == events
        ended = [event.run.id for event in events if event.run]
        assert len(ended) == len(set(ended)) == 150


def test_others_are_told_of_what_changes(open_store: OpenStore) -> None:
    first, second = open_store(), open_store()
    told: list[Changes] = []
    second.on_change = told.append
    work = threading.Event()
    second.on_work = work.set
    group = make_group(first)
    wait_for(lambda: told, what="that it listens, which tells of everything")
    assert work.wait(WAIT)
    work.clear()
    (run_id,) = first.add_runs(group.id, some_runs(1)).result(WAIT).ids
    assert work.wait(WAIT)
    first.claim_runs(1).result(WAIT)
    first.finish(run_id, "completed", output=b"{}").result(WAIT)
    wait_for(lambda: any(run_id in each.runs for each in told), what="the news of the run")
    assert any(group.id in each.groups for each in told)


def test_a_cut_connection_loses_and_repeats_nothing(open_store: OpenStore, address: str) -> None:
    store = open_store()
    group = make_group(store)
    stopped = threading.Event()
    cut = 0

    def cut_often() -> None:
        nonlocal cut
        while cut < 20 and not stopped.wait(0.3):
            cut += cut_connections(address)

    thread = threading.Thread(target=cut_often)
    thread.start()
    ids: list[int] = []
    while cut < 12:
        ids += store.add_runs(group.id, some_runs(2)).result(WAIT).ids
    while counts(store, group).is_active:
        answer(store, 5)
    stopped.set()
    thread.join()
    now, events = store.events_of_group(group.id, after=0, limit=10**6)
    assert now.completed == len(set(ids)) == len(ids)
    assert sorted(event.run.id for event in events if event.run) == sorted(ids)


class DeafOnce:
    """A connection that is cut after its next transaction has ended, before that is heard."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield
        self._connection.close()
        raise psycopg.OperationalError("the answer did not come")


def test_a_transaction_whose_end_was_not_heard_is_not_done_again(open_store: OpenStore) -> None:
    store = open_store()
    group = make_group(store)
    store._writer._connection = DeafOnce(store._writer._open())  # type: ignore[attr-defined]
    added = store.add_runs(group.id, some_runs(4)).result(WAIT)
    assert isinstance(store._writer._connection, psycopg.Connection)  # type: ignore[attr-defined]
    assert counts(store, group).queued == len(added.ids) == 4


def test_quotas_hold_across_engines(open_store: OpenStore) -> None:
    first, second = open_store(), open_store()
    question = Question("Ada", "tasks", "Who\0?", rows=6)
    assert first.usage.charge(question, 10).result(WAIT) is None
    over = second.usage.charge(question, 10).result(WAIT)
    assert over is not None
    assert over.room == 4
    assert [row.question for row in second.usage.last(5, "Ada")] == ["Who\ufffd?"]
    assert second.usage.by_student()["Ada"].rows == 6
    admitted = [store.admit("Ada", 5).result(WAIT) for store in (first, second) * 4]
    assert admitted[:5] == [None] * 5
    assert all(seconds is not None and 50 < seconds <= 60 for seconds in admitted[5:])


def test_what_is_old_is_deleted_and_nothing_else(open_store: OpenStore) -> None:
    store = open_store()
    group = make_group(store)
    store.add_runs(group.id, some_runs(3)).result(WAIT)
    answer(store, 2)
    other = make_group(store)
    store.add_runs(other.id, some_runs(3)).result(WAIT)
    store.finds.create(b'{"objective":"x"}', "base", 5).result(WAIT)
    answer(store, 9)
    store.add_runs(other.id, some_runs(1)).result(WAIT)
    store._retention_days = 0
    store._submit(store._delete_old).result(WAIT)
    assert store.group(group.name) is None
    assert store.group(other.name) is not None
    assert len(store.claim_finds(9).result(WAIT)) == 1
