"""Runs a second of 1, 2 and 4 engines on one store, whole and of the store alone; and how fair.

    python -m bench.engines [--runs 2000]

Engines have one worker each, on the sample documents; PostgreSQL is of this run, on loopback, and
writes to its disk before it answers. "Store alone" claims and ends runs without reading. How fair:
of two groups of the same size, added one after the other, the smaller share of what has ended while
both were under way.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from parallel_nb.engine.corpus.walk import SAMPLE
from parallel_nb.engine.store.postgres import PostgresServer
from parallel_nb.engine.store.shared import SharedStore
from parallel_nb.engine.store.tables import NewRun
from tests.engine_process import SPEC, EngineProcess
from tests.postgres_server import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres_server import PostgresProcess

COUNTS = (1, 2, 4)
#: One process that claims and ends runs, without reading.
STORE_ALONE = """
import sys
from parallel_nb.engine.store.postgres import PostgresServer
from parallel_nb.engine.store.shared import SharedStore
store = SharedStore(PostgresServer(sys.argv[1], 60))
print("ready", flush=True)
sys.stdin.readline()
ended = []
while claimed := store.claim_runs(50).result():
    ended = [store.finish(run.id, "completed", output=b"{}" * 2000) for run in claimed]
    if len(ended) < 50:
        break
for each in ended:
    each.result()
store.close()
"""


def store_alone(server: PostgresProcess, processes: int, runs: int) -> float:
    """Runs a second that go through the store."""
    address = server.database(f"alone_{secrets.token_hex(4)}")
    store = SharedStore(PostgresServer(address, 60))
    group = store.group(store.create_group(None).result())
    assert group is not None
    for _ in range(runs // 500):
        rows = [NewRun("base", b'{"input":"%d"}' % n, b'{"output_schema":"x"}') for n in range(500)]
        store.add_runs(group.id, rows).result()
    command = [sys.executable, "-c", STORE_ALONE, address]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    began = time.perf_counter()
    for process in started:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in started:
        process.wait()
    seconds = time.perf_counter() - began
    counts = store.group(group.name)
    assert counts is not None
    assert counts.counts.completed == runs, counts
    store.close()
    return runs / seconds


def whole(server: PostgresProcess, processes: int, runs: int) -> tuple[float, float]:
    """Runs a second of whole engines, and the smaller group's share while both were under way."""
    address = server.database(f"engines_{secrets.token_hex(4)}")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (home / "key").write_text("key-of-the-bench\n")
        given = ("--documents", str(SAMPLE), "--index", str(home / "index"), "--store", address)
        engines = []
        for number in range(processes):
            engine = EngineProcess(
                home / f"{number}", (*given, "--key-file", str(home / "key"), "--workers", "1")
            )
            stack.callback(engine.start().stop)
            engines.append(engine)
        http = stack.enter_context(engines[0].http())
        while http.get("/ready").status_code != 200:
            time.sleep(0.2)
        groups = [http.post("/v1/tasks/groups", json={}).json()["taskgroup_id"] for _ in range(2)]
        began = time.perf_counter()
        for group in groups:
            inputs = [{"input": name, "processor": "base"} for name in _names(runs // 2)]
            body = {"default_task_spec": SPEC, "inputs": inputs}
            assert http.post(f"/v1/tasks/groups/{group}/runs", json=body).status_code == 200
        while http.get(f"/v1/tasks/groups/{groups[0]}").json()["status"]["is_active"]:
            time.sleep(0.1)
        while http.get(f"/v1/tasks/groups/{groups[1]}").json()["status"]["is_active"]:
            time.sleep(0.1)
        seconds = time.perf_counter() - began
    return runs / seconds, _share(address, runs)


def _names(count: int) -> Iterator[str]:
    titles = sorted(path.stem for path in SAMPLE.rglob("*.md"))
    return (titles[number % len(titles)].replace("-", " ") for number in range(count))


def _share(address: str, runs: int) -> float:
    """Of the middle half of all that has ended, what the group has that has less of it."""
    query = (
        "SELECT group_id FROM parallel_nb_engine.events WHERE run_id IS NOT NULL"
        " ORDER BY id LIMIT %s OFFSET %s"
    )
    with psycopg.connect(address) as connection:
        ended = [row[0] for row in connection.execute(query, (runs // 2, runs // 4))]
    return min(ended.count(group) for group in set(ended)) / len(ended)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2_000)
    arguments = parser.parse_args()
    with postgres(is_safe=True) as server:
        print(f"{os.cpu_count()} cores; {arguments.runs:,} runs of two groups")
        print(f"{'engines':>8}{'runs/s':>10}{'share':>8}{'store alone, runs/s':>22}")
        for count in COUNTS:
            rate, share = whole(server, count, arguments.runs)
            alone = store_alone(server, count, arguments.runs)
            print(f"{count:>8}{rate:>10.0f}{share:>8.2f}{alone:>22.0f}", flush=True)


if __name__ == "__main__":
    main()
