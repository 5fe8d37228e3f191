"""Rows a second of a whole job against a service that answers at once, ours beside the SDK.

    python bench/jobs.py [--rows 1000 10000] [--sdk-python PATH] [--sdk-rows 1000 10000]

Each runs in a process of its own. Wall time covers planning, sending, fetching and the
typed frame; requests and bytes are the service's own count; peak memory is the process's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.jobs.groups_service import Service  # noqa: E402 - found by the line above

_OURS = """
import json, resource, sys, time
import pandas as pd
from parallel_nb import kernel
from parallel_nb.api.fields import parse_fields
from parallel_nb.jobs import start
url, rows = sys.argv[1], int(sys.argv[2])
connection = kernel.connect("hosted", api_key="key", base_url=url)
frame = pd.DataFrame({"name": [f"company {number}" for number in range(rows)]})
fields = parse_fields("leader: str\\nfounded: int?")
used = resource.getrusage(resource.RUSAGE_SELF)
before = used.ru_utime + used.ru_stime
began = time.perf_counter()
job = start(frame, "Who leads {{name}}?", output=fields, connection=connection)
answered = job.df
took = time.perf_counter() - began
assert len(answered) == rows and (answered["status"] == "completed").all()
used = resource.getrusage(resource.RUSAGE_SELF)
peak, cpu = used.ru_maxrss / 1024, used.ru_utime + used.ru_stime - before
again = time.perf_counter()
assert start(frame, "Who leads {{name}}?", output=fields, connection=connection).df.shape[0] == rows
again = time.perf_counter() - again
print(json.dumps({"seconds": took, "peak_mb": peak, "cpu": cpu, "again": again}))
"""


def measure(command: list[str], rows: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home, Service().serve() as service:
        environment = os.environ | {"PARALLEL_NB_HOME": home}
        done = subprocess.run(
            [*command, service.url, str(rows)],
            check=True,
            capture_output=True,
            text=True,
            env=environment,
        )
        figures: dict[str, float] = json.loads(done.stdout)
        figures |= {
            "requests": sum(service.requests.values()),
            "mb": service.bytes_sent / 1e6,
            "runs": len(service.runs),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--sdk-rows", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--sdk-python", help="a Python with parallel-web and pandas")
    arguments = parser.parse_args()
    heads = f"{'':<14}{'rows':>8}{'s':>8}{'rows/s':>8}{'requests':>10}{'MB':>8}"
    print(heads + f"{'peak MB':>9}{'CPU s':>7}")
    todo = [("parallel_nb", [sys.executable, "-c", _OURS], rows) for rows in arguments.rows]
    if arguments.sdk_python:
        command = [arguments.sdk_python, str(HERE / "jobs_sdk.py")]
        todo += [("parallel-web", command, rows) for rows in arguments.sdk_rows]
    for name, command, rows in todo:
        f = measure(command, rows)
        assert f["runs"] == rows
        print(
            f"{name:<14}{rows:>8,}{f['seconds']:>8.2f}{rows / f['seconds']:>8,.0f}"
            f"{f['requests']:>10,}{f['mb']:>8.1f}{f['peak_mb']:>9.0f}{f['cpu']:>7.2f}"
            + (f"   again: {f['again']:.2f} s" if "again" in f else "")
        )


if __name__ == "__main__":
    main()
