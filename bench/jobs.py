"""Rows a second of a whole job against a service that answers at once, ours beside the SDK.

    python bench/jobs.py [--rows 1000 10000] [--sdk-python PATH] [--times 5]

Each run has a process of its own, and so has the service. The two ways take turns, and the
medians are printed. Wall time covers planning, sending, fetching and the typed frame; requests
and bytes are the service's own count; memory and CPU time are those of the client. Memory is
the peak, and how far it lies over that of the imports. pandas imports pyarrow where it is
installed, which takes 35 MB: where the SDK's Python has none, ours goes without it too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent

OURS = """
import json, resource, sys, time
if "--without-pyarrow" in sys.argv:
    sys.modules["pyarrow"] = None
import narwhals.stable.v2 as nw
import pandas as pd
nw.from_native(pd.DataFrame())  # imports are outside of what is timed, as the SDK's are
from parallel_nb.connection import connect
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.job import start
url, rows = sys.argv[-2], int(sys.argv[-1])
connection = connect("hosted", api_key="key", base_url=url)
frame = pd.DataFrame({"name": [f"company {number}" for number in range(rows)]})
fields = parse_fields("leader: str\\nfounded: int?")
used = resource.getrusage(resource.RUSAGE_SELF)
before, imports_mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
start_time = time.perf_counter()
job = start(frame, "Who leads {{name}}?", output=fields, connection=connection)
answered = job.df
seconds = time.perf_counter() - start_time
assert len(answered) == rows and (answered["status"] == "completed").all()
assert (answered["leader"] == "Who leads " + frame["name"] + "?").all()
used = resource.getrusage(resource.RUSAGE_SELF)
peak, cpu = used.ru_maxrss / 1024, used.ru_utime + used.ru_stime - before
start_time = time.perf_counter()
assert start(frame, "Who leads {{name}}?", output=fields, connection=connection).df.shape[0] == rows
again = time.perf_counter() - start_time
figures = {"seconds": seconds, "peak_mb": peak, "job_mb": peak - imports_mb, "cpu": cpu}
print(json.dumps(figures | {"again": again}))
"""


def measure(command: list[str], rows: int) -> dict[str, float]:
    """One run of one way; the figures of its client and of the service."""
    service = subprocess.Popen(
        [sys.executable, "-m", "bench.instant"],
        cwd=HERE.parent,  # so that its imports are found
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdin is not None
    assert service.stdout is not None
    try:
        url = service.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as home:
            # No quota: it is the code that is measured.
            quota = {"PARALLEL_NB_TASK_RUNS_PER_MINUTE": "1000000"}
            environment = os.environ | quota | {"PARALLEL_NB_HOME": home}
            arguments = [*command, url, str(rows)]
            done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, env=environment)
        figures: dict[str, float] = json.loads(done.stdout)
        with urllib.request.urlopen(f"{url}/figures") as answer:  # noqa: S310 - our own
            served = json.load(answer)
        assert served["runs"] == rows
        return figures | {"requests": served["requests"], "mb": served["bytes"] / 1e6}
    finally:
        service.stdin.close()
        service.wait()


def show(name: str, rows: int, several: list[dict[str, float]]) -> float:
    """Print the medians of several runs; returns the rows a second."""
    f = {key: statistics.median(one[key] for one in several) for key in several[0]}
    print(
        f"{name:<14}{rows:>8,}{f['seconds']:>8.2f}{rows / f['seconds']:>8,.0f}"
        f"{f['requests']:>10,.0f}{f['mb']:>8.1f}{f['peak_mb']:>9.0f}{f['job_mb']:>8.0f}{f['cpu']:>7.2f}"
        + (f"   again: {f['again']:.2f} s" if "again" in f else ""),
        flush=True,
    )
    return rows / f["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--sdk-python", help="a Python with parallel-web and pandas")
    parser.add_argument("--times", type=int, default=5, help="runs of each way")
    arguments = parser.parse_args()
    heads = f"{'':<14}{'rows':>8}{'s':>8}{'rows/s':>8}{'requests':>10}{'MB':>8}"
    print(heads + f"{'peak MB':>9}{'job MB':>8}{'CPU s':>7}")
    ways = {"parallel_nb": [sys.executable, "-c", OURS]}
    if arguments.sdk_python:
        look = [arguments.sdk_python, "-c", "import pyarrow"]
        if subprocess.run(look, check=False, stderr=subprocess.DEVNULL).returncode:
            ways["parallel_nb"] += ["--without-pyarrow"]
        ways["parallel-web"] = [arguments.sdk_python, str(HERE / "jobs_sdk.py")]
    for rows in arguments.rows:
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
        for _ in range(arguments.times):
            for name, command in ways.items():
                figures[name].append(measure(command, rows))
        rates = [show(name, rows, several) for name, several in figures.items()]
        if len(rates) > 1:
            print(f"{'':<14}{rows:>8,} rows: {rates[0] / rates[1]:.2f} times the rows a second")


if __name__ == "__main__":
    main()
