"""Engines as processes of their own on one store: killed at any moment, each run is there once."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx2
import psycopg
import pytest

from parallel_nb.engine.corpus.walk import SAMPLE
from tests.class_server import ClassServer
from tests.engine.http.test_sdk import SCRIPT, python_of
from tests.engine.many.round_robin import RoundRobin, lines
from tests.engine_process import SPEC, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engine_process import EngineProcess
    from tests.postgres_server import PostgresProcess

    StartEngine = Callable[..., EngineProcess]

COMPANIES = ["Alpha Corp", "Beta Ltd", "Gamma Office"]


def add_runs(http: httpx2.Client, count: int) -> tuple[str, list[str]]:
    """Make a group with runs: its path, and their names."""
    path = f"/v1/tasks/groups/{http.post('/v1/tasks/groups', json={}).json()['taskgroup_id']}"
    names: list[str] = []
    for start in range(0, count, 500):
        inputs = [
            {"input": COMPANIES[n % 3], "processor": "base"}
            for n in range(start, min(count, start + 500))
        ]
        answer = http.post(f"{path}/runs", json={"default_task_spec": SPEC, "inputs": inputs})
        assert answer.status_code == 200, answer.text
        names += answer.json()["run_ids"]
    return path, names


def follow(client: Callable[[], httpx2.Client], path: str, within: float) -> list[dict[str, Any]]:
    """A group's events to its end, taken up again wherever the stream is cut."""
    events: list[dict[str, Any]] = []
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        after = events[-1]["event_id"] if events else "0"
        try:
            with (
                client() as http,
                http.stream("GET", f"{path}/events", params={"last_event_id": after}) as answer,
            ):
                if answer.status_code == 200:
                    data = (line[6:] for line in lines(answer) if line.startswith("data: "))
                    events += map(json.loads, data)
        except httpx2.HTTPError:
            pass
        if events and not events[-1].get("status", {}).get("is_active", True):
            return events
        time.sleep(0.05)
    raise AssertionError(f"the stream did not end within {within:.0f} s: {len(events)} events")


def test_a_stream_at_one_engine_tells_what_another_answers(start_engine: StartEngine) -> None:
    first, second = start_engine(), start_engine()
    with first.http() as http, second.http() as other:
        path, names = add_runs(http, 40)
        events = [follow(engine.http, path, 60) for engine in (first, second)]
        assert [e for e in events[0] if "run" in e] == [e for e in events[1] if "run" in e]
        assert sorted(e["run"]["run_id"] for e in events[0] if "run" in e) == sorted(names)
        assert other.get(f"/v1/tasks/runs/{names[0]}/result").json()["output"]["content"] == {
            "founded": 1987
        }
        run = {"input": "Who leads Alpha Corp?", "processor": "base", "enable_events": True}
        name = http.post("/v1/tasks/runs", json=run).json()["run_id"]
        with other.stream("GET", f"/v1/tasks/runs/{name}/events") as answer:
            told = [json.loads(line[6:]) for line in lines(answer) if line.startswith("data: ")]
        assert told[0]["run"]["status"] == "queued"
        assert told[-1]["run"]["status"] == "completed"
        assert any(event["type"] == "task_run.progress_stats" for event in told)


def test_who_runs_an_engine_is_told_how_it_does(start_engine: StartEngine) -> None:
    engine, other = start_engine(), start_engine()
    with httpx2.Client(base_url=engine.url, trust_env=False) as anybody:
        assert anybody.get("/health").json() == {"status": "alive"}
        assert anybody.get("/ready").json() == {"ready": True, "reason": None}
        assert anybody.get("/metrics").status_code == 401
        text = anybody.get("/metrics", auth=("prometheus", engine.key)).text
    for line in text.splitlines():
        assert line.startswith(("# HELP parallel_nb_", "# TYPE parallel_nb_", "parallel_nb_"))
    assert "parallel_nb_engines 2" in text.splitlines()
    assert 'parallel_nb_requests_total{status="401"} 1' in text
    assert engine.key not in text
    assert other.key not in text


def test_an_engine_that_is_told_to_end_gives_back_what_it_has(start_engine: StartEngine) -> None:
    ending, staying = start_engine(), start_engine("--workers", "2")
    with ending.http() as http:
        path, names = add_runs(http, 300)
    told: list[list[dict[str, Any]]] = []
    engines = [ending]

    def client() -> httpx2.Client:
        return engines[0].http()

    thread = threading.Thread(target=lambda: told.append(follow(client, path, 60)), daemon=True)
    thread.start()
    time.sleep(0.5)
    engines[0] = staying
    ending.stop()
    assert ending.has_ended_itself
    thread.join()
    ended = Counter(event["run"]["run_id"] for event in told[0] if "run" in event)
    assert ended == Counter(names)


@pytest.mark.timeout(300)
def test_the_vendors_sdk_works_behind_a_load_balancer(start_engine: StartEngine) -> None:
    engines = [start_engine("--documents", str(SAMPLE)) for _ in range(2)]
    balancer = RoundRobin(lambda: [engine.url for engine in engines]).start()
    try:
        ran = subprocess.run(
            [str(python_of("1")), str(SCRIPT), balancer.url, engines[0].key],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        balancer.stop()
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["text"][0] == "completed"
    assert report["events"].count("task_run.state") == len(set(report["run_ids"])) == 3
    assert report["events"][-1] == "task_group_status"
    assert len(report["rows"]) == 3
    assert report["active"] is False
    assert min(balancer.sent.values()) > 5
    assert len(balancer.sent) == 2


def kill_campaign(
    start_engine: StartEngine,
    address: str,
    *,
    engines: int,
    runs: int,
    kills: int,
    seed: int,
    at_half: Callable[[], None] = lambda: None,
) -> None:
    """Kill engines while they work; each run ends once, and each stream is complete."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    alive = [start_engine() for _ in range(engines)]
    balancer = RoundRobin(lambda: [engine.url for engine in alive]).start()

    def client() -> httpx2.Client:
        return httpx2.Client(
            base_url=balancer.url, headers={"x-api-key": alive[0].key}, timeout=60, trust_env=False
        )

    with client() as http:
        groups = [add_runs(http, runs // 2) for _ in range(2)]
    told: dict[int, list[dict[str, Any]]] = {}

    def follow_one(number: int) -> None:
        told[number] = follow(client, groups[number % 2][0], 60 + runs)

    followers = [threading.Thread(target=follow_one, args=(n,), daemon=True) for n in range(4)]
    for thread in followers:
        thread.start()

    def done() -> int:
        query = "SELECT count(*) FROM parallel_nb_engine.outputs"
        with psycopg.connect(address, autocommit=True) as store:
            return int(store.execute(query).fetchall()[0][0])

    for number in range(1, kills + 1):
        mark = number * runs // (kills + 2)
        wait_for(lambda mark=mark: done() >= mark, what=f"answer {mark}", within=60 + runs)  # type: ignore[misc]
        victim = chance.choice(alive)
        time.sleep(chance.random() / 10)
        victim.kill()
        victim.start()
        if number == kills // 2:
            at_half()
    for thread in followers:
        thread.join()
    balancer.stop()
    assert len(told) == 4
    for number, events in told.items():
        cursors = [int(event["event_id"]) for event in events]
        assert cursors == sorted(set(cursors))
        ended = Counter(event["run"]["run_id"] for event in events if "run" in event)
        assert ended == Counter(groups[number % 2][1])
        assert {event["run"]["status"] for event in events if "run" in event} == {"completed"}
        assert events[-1]["status"]["task_run_status_counts"] == {"completed": runs // 2}


@pytest.mark.timeout(240)
def test_engines_that_are_killed_lose_and_repeat_nothing(
    start_engine: StartEngine, address: str
) -> None:
    kill_campaign(start_engine, address, engines=2, runs=300, kills=2, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_four_engines_killed_at_twenty_moments_under_ten_thousand_runs(
    start_engine: StartEngine, address: str, server: PostgresProcess
) -> None:
    def restart() -> None:
        server.stop()
        time.sleep(3)
        server.start()

    kill_campaign(start_engine, address, engines=4, runs=10_000, kills=20, seed=2, at_half=restart)


def test_a_find_goes_on_at_another_engine_when_its_own_is_killed(
    start_engine: StartEngine, address: str
) -> None:
    engines = [start_engine("--documents", str(SAMPLE)) for _ in range(2)]
    wanted = {
        "objective": "companies founded before 1990",
        "entity_type": "companies",
        "match_conditions": [{"name": "age", "description": "founded before 1990"}],
        "generator": "base",
        "match_limit": 8,
    }
    with engines[0].http() as http:
        name = http.post("/v1beta/findall/runs", json=wanted).json()["findall_id"]
    path = f"/v1beta/findall/runs/{name}"
    query = (
        "SELECT e.name, f.generated FROM parallel_nb_engine.finds f"
        " JOIN parallel_nb_engine.engines e ON e.id = f.engine_id WHERE f.status = 'running'"
    )
    with psycopg.connect(address, autocommit=True) as store:
        found = wait_for(lambda: store.execute(query).fetchone(), what="who works on it")
    pid = int(found[0].rpartition(":")[2])
    dead, alive = sorted(engines, key=lambda each: each.process is None or each.process.pid != pid)
    dead.kill()
    with alive.http() as http:
        answer = http.get(f"{path}/events")
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("d")]
        assert http.get(path).json()["status"]["status"] == "completed"
        candidates = http.get(f"{path}/result").json()["candidates"]
    cursors = [int(event["event_id"]) for event in events]
    assert cursors == sorted(set(cursors))
    matched = [e for e in events if e["type"] == "findall.candidate.matched"]
    assert len(matched) == len({e["data"]["candidate_id"] for e in matched})
    assert len(matched) == sum(each["match_status"] == "matched" for each in candidates) == 8


def test_a_class_has_one_quota_over_all_engines(
    address: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_SERVE_KEY", "of-the-teacher")
    quotas = ("--rows-per-hour", "5", "--requests-per-minute", "12")
    given = ("--store", address, "--documents", str(folder), *quotas)
    (tmp_path / "one").mkdir()
    one = ClassServer(tmp_path / "one", ["Ada", "Bob"], given).start()
    (tmp_path / "two").mkdir()
    two = ClassServer(tmp_path / "two", [], given, tokens=one.tokens)
    two.class_file.write_bytes(one.class_file.read_bytes())
    two.start()
    try:
        with one.student("Ada") as here, two.student("Ada") as there, two.student("Bob") as bob:
            run = {"input": "Alpha Corp", "processor": "base"}
            names = [here.post("/v1/tasks/runs", json=run).json()["run_id"] for _ in range(3)]
            result = there.get(f"/v1/tasks/runs/{names[0]}/result")
            assert result.json()["run"]["status"] == "completed"
            assert bob.get(f"/v1/tasks/runs/{names[0]}").status_code == 404
            statuses = [there.post("/v1/tasks/runs", json=run).status_code for _ in range(3)]
            assert statuses == [202, 202, 429]
            asked = [each.get("/engine").status_code for each in (here, there) * 5]
            assert Counter(asked) == {200: 5, 429: 5}  # 7 requests were sent before
            assert bob.get("/engine").status_code == 200
        with two.client("of-the-teacher") as teacher:
            assert "Ada" in teacher.get("/class").text
    finally:
        two.stop()
        one.stop()
