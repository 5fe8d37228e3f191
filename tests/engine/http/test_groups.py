"""Task groups: streams that resume anywhere, snapshots, counts, and what a kill leaves."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.engine.http import groups
from parallel_nb.engine.http.state import EngineState
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import NewRun
from parallel_nb.engine.store.write import Store
from tests.engine import shapes
from tests.engine.conftest import spec
from tests.engine.wire import ask, make_group, parse, states, stream
from tests.engine_process import EngineProcess, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx2

YEAR = spec(year={"type": "integer", "description": "Year of its foundation"})
NAMES = ["Alpha Corp", "Beta Ltd", "Gamma Office"]


def test_a_stream_resumed_at_any_cursor_sends_the_rest_and_nothing_else(
    http: httpx2.Client,
) -> None:
    path = make_group(http, ["Rust"] * 30, spec=YEAR)
    events = stream(http, f"{path}/events", like=shapes.GROUP_STREAM)
    cursors = [int(event["event_id"]) for event in events]
    assert cursors == sorted(set(cursors))
    assert events == stream(http, f"{path}/events")
    for number, cursor in enumerate(cursors[:-1]):
        assert stream(http, f"{path}/events?last_event_id={cursor}") == events[number + 1 :]
    # with nothing left to send, it sends once more how the group stands
    (rest,) = stream(http, f"{path}/events?last_event_id={cursors[-1]}")
    assert rest == events[-1]


def test_each_run_ends_once_in_the_stream_and_the_counts_come_last(http: httpx2.Client) -> None:
    path = make_group(http, ["Rust"] * 40, spec=YEAR)
    events = stream(http, f"{path}/events")
    ended = Counter(event["run"]["run_id"] for event in states(events))
    assert len(ended) == 40
    assert set(ended.values()) == {1}
    assert events[-1]["type"] == "task_group_status"
    assert events[-1]["status"]["is_active"] is False
    for event in events:
        if event["type"] == "task_group_status":
            counts = event["status"]["task_run_status_counts"]
            assert sum(counts.values()) == event["status"]["num_task_runs"]


def test_a_snapshot_resumes_at_any_cursor_and_can_be_narrowed(http: httpx2.Client) -> None:
    path = make_group(http, ["Rust"] * 12, spec=YEAR)
    stream(http, f"{path}/events")
    rows = stream(http, f"{path}/runs?include_input=true&include_output=true")
    assert [row["run"]["metadata"]["row"] for row in rows] == [str(n) for n in range(12)]
    assert all(row["input"]["task_spec"] == YEAR for row in rows)
    assert all(row["output"]["type"] == "json" for row in rows)
    for number, row in enumerate(rows):
        rest = stream(http, f"{path}/runs?last_event_id={row['event_id']}")
        assert [r["run"] for r in rest] == [r["run"] for r in rows[number + 1 :]]
    assert len(stream(http, f"{path}/runs?status=completed")) == 12
    assert stream(http, f"{path}/runs?status=failed") == []


def test_the_cursors_of_an_addition_lead_to_its_runs(http: httpx2.Client) -> None:
    path = make_group(http, ["Rust"] * 3)
    stream(http, f"{path}/events")
    more = {"inputs": [{"input": "Go", "processor": "lite"}] * 2}
    added = ask(http, "POST", f"{path}/runs?refresh_status=false", more)
    rows = stream(http, f"{path}/runs?last_event_id={added['run_cursor']}")
    assert [row["run"]["run_id"] for row in rows] == added["run_ids"]
    events = stream(http, f"{path}/events?last_event_id={added['event_cursor']}")
    assert {e["run"]["run_id"] for e in states(events)} == set(added["run_ids"])


def test_a_rest_between_two_additions_is_not_sent_afterwards(http: httpx2.Client) -> None:
    path = make_group(http, ["Rust"])
    assert stream(http, f"{path}/events")[-1]["status"]["is_active"] is False
    more = {"inputs": [{"input": "Go", "processor": "lite"}]}
    ask(http, "POST", f"{path}/runs", more)
    events = stream(http, f"{path}/events")
    while events[-1]["status"]["num_task_runs"] < 2:  # between the answer and its event
        events = stream(http, f"{path}/events")
    rests = [e["event_id"] for e in events if "status" in e and not e["status"]["is_active"]]
    assert rests == [events[-1]["event_id"]]
    assert len(states(events)) == 2


def test_a_rest_between_two_additions_is_not_sent_wherever_a_page_of_events_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "PAGE", 1)
    store = Store(SqliteFile(tmp_path / "runs.sqlite3"))
    group = store.group(store.create_group(None).result())
    assert group is not None
    for _ in range(2):
        (run_id,) = store.add_runs(group.id, [NewRun("lite", b"{}")]).result().ids
        store.finish(run_id, "completed", output=b"{}").result()
    nothing: Any = None
    state = EngineState("key", nothing, store, nothing, nothing, nothing, version="1")

    async def follow() -> bytes:
        chunks = groups.follow_group(state, group.id, after=0, seconds=30)
        return b"".join([chunk async for chunk in chunks])

    events = parse(asyncio.run(follow()).decode())
    store.close()
    rests = [
        e["status"]["num_task_runs"]
        for e in events
        if "status" in e and not e["status"]["is_active"]
    ]
    assert rests == [2]
    assert len(states(events)) == 2


def test_a_runs_own_spec_goes_before_the_default(http: httpx2.Client) -> None:
    path = make_group(http, [])
    own = spec(name={"type": "string"})
    runs = [
        {"input": "Rust", "processor": "lite", "task_spec": own},
        {"input": "Rust", "processor": "lite"},
    ]
    ask(http, "POST", f"{path}/runs", {"inputs": runs, "default_task_spec": YEAR})
    stream(http, f"{path}/events")
    rows = stream(http, f"{path}/runs?include_input=true&include_output=true")
    assert [row["input"]["task_spec"] for row in rows] == [own, YEAR]
    assert [list(row["output"]["content"]) for row in rows] == [["name"], ["year"]]


def test_a_run_is_not_found_through_another_group(http: httpx2.Client) -> None:
    path, other = make_group(http, ["Rust"]), make_group(http, [])
    (row,) = stream(http, f"{path}/runs")
    ask(http, "GET", f"{path}/runs/{row['run']['run_id']}", like=shapes.RUN)
    ask(http, "GET", f"{other}/runs/{row['run']['run_id']}", expect=404)


@pytest.fixture
def slow_engine(tmp_path: Path, folder: Path) -> Iterator[EngineProcess]:
    """An engine with one reader, so that a large group stays active for a while."""
    arguments = ("--documents", str(folder), "--workers", "1", "--keep-alive-seconds", "0.02")
    engine = EngineProcess(tmp_path / "data", arguments).start()
    yield engine
    engine.stop()


def test_a_waiting_request_ends_with_its_timeout_while_the_work_goes_on(
    slow_engine: EngineProcess,
) -> None:
    with slow_engine.http() as http:
        path = make_group(http, NAMES * 600, spec=YEAR, processor="ultra")
        last = stream(http, f"{path}/runs")[-1]["run"]["run_id"]
        ask(http, "GET", f"/v1/tasks/runs/{last}/result?timeout=0", expect=408, like=shapes.ERROR)
        events = stream(http, f"{path}/events?timeout=0.2")
        assert all(event["status"]["is_active"] for event in events if "status" in event)
        assert ask(http, "GET", path)["status"]["is_active"] is True


def test_a_quiet_stream_is_kept_open_by_comments(slow_engine: EngineProcess) -> None:
    with slow_engine.http() as http:
        first = make_group(http, NAMES * 100, spec=YEAR, processor="ultra")
        run = ask(http, "POST", "/v1/tasks/runs", {"input": "x", "processor": "lite"}, expect=202)
        others = [make_group(http, NAMES * 100, processor="ultra") for _ in range(3)]
        text = http.get(f"{others[-1]}/events?timeout=1").text
        assert ": keep-alive\n\n" in text
        assert parse(text)
        assert ask(http, "GET", f"/v1/tasks/runs/{run['run_id']}/result")["run"]
        assert ask(http, "GET", first)["status"]["num_task_runs"] == 300


def test_a_small_group_does_not_wait_for_a_large_one(slow_engine: EngineProcess) -> None:
    with slow_engine.http() as http:
        large = make_group(http, NAMES * 900, spec=YEAR, processor="ultra")
        small = make_group(http, NAMES, spec=YEAR)
        stream(http, f"{small}/events")
        counts = ask(http, "GET", large)["status"]["task_run_status_counts"]
        assert counts["queued"] > 2000


def test_after_a_kill_in_mid_group_every_run_finishes_once(own_engine: EngineProcess) -> None:
    total = 900
    with own_engine.http() as http:
        path = make_group(http, NAMES * (total // 3), spec=YEAR)
        single = ask(
            http, "POST", "/v1/tasks/runs", {"input": "x", "processor": "base"}, expect=202
        )
        before = stream(http, f"{path}/events?timeout=0.05")
    for _ in range(3):  # killed again and again, at whatever moment it is in
        own_engine.kill()
        own_engine.start()
        with own_engine.http() as http:
            wait_for(
                lambda: ask(http, "GET", path)["status"]["task_run_status_counts"].get("completed"),
                what="a finished run",
            )
    with own_engine.http() as http:
        cursor = before[-1]["event_id"] if before else "0"
        after = stream(http, f"{path}/events?last_event_id={cursor}")
        ended = Counter(event["run"]["run_id"] for event in states(before) + states(after))
        rows = stream(http, f"{path}/runs?include_output=true")
        assert set(ended.values()) == {1}
        assert set(ended) == {row["run"]["run_id"] for row in rows}
        assert len(rows) == total
        assert all(row["output"]["content"] for row in rows)
        assert ask(http, "GET", path)["status"]["task_run_status_counts"] == {"completed": total}
        assert ask(http, "GET", f"/v1/tasks/runs/{single['run_id']}/result")


def test_the_engine_answers_while_a_thousand_runs_are_read(own_engine: EngineProcess) -> None:
    waits: list[float] = []
    done = threading.Event()

    def ping() -> None:
        with own_engine.http() as http:
            while not done.wait(0.01):  # a break, or the asking would be most of the work
                waits.append(http.get("/engine").elapsed.total_seconds())

    with own_engine.http() as http:
        path = make_group(http, NAMES * 400, spec=YEAR)
        pinging = threading.Thread(target=ping)
        pinging.start()
        stream(http, f"{path}/events")
        done.set()
        pinging.join()
    assert len(waits) > 20
    assert max(waits) < sum(waits) / 2  # whom it does not hear at all waits until the end


def test_a_stream_that_is_cut_by_a_stop_goes_on_at_the_next_engine(
    own_engine: EngineProcess,
) -> None:
    with own_engine.http() as http:
        path = make_group(http, NAMES * 300, spec=YEAR)
        stopping = threading.Timer(0.3, own_engine.stop)
        stopping.start()
        before = stream(http, f"{path}/events")
        stopping.join()
    own_engine.start()
    with own_engine.http() as http:
        after = stream(http, f"{path}/events?last_event_id={before[-1]['event_id']}")
        ended = [event["run"]["run_id"] for event in states(before) + states(after)]
        assert len(ended) == len(set(ended)) == 900
