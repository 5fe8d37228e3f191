"""What `%load_ext parallel_nb` costs a kernel's start, beside the imports of its peers.

    python bench/load.py [--sdk-python PATH] [--times 7]

Each figure is the median over fresh processes, in ms; the goal is under 150 ms, with
neither pandas nor anywidget nor the HTTP client imported.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

LOAD_EXT = """
import json, sys, time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.perf_counter()
shell.run_line_magic("load_ext", "parallel_nb")
took = time.perf_counter() - began
heavy = [name for name in ("pandas", "numpy", "anywidget", "httpx2") if name in sys.modules]
print(json.dumps({"ms": 1000 * took, "heavy": heavy}))
"""
IMPORT = """
import json, time
began = time.perf_counter()
import {name}
print(json.dumps({{"ms": 1000 * (time.perf_counter() - began), "heavy": []}}))
"""


def median(python: str, code: str, times: int) -> tuple[float, list[str]]:
    found = []
    for _ in range(times):
        done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout))
    return statistics.median(one["ms"] for one in found), found[-1]["heavy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sdk-python", help="a Python with parallel-web")
    parser.add_argument("--times", type=int, default=7)
    arguments = parser.parse_args()
    ours, heavy = median(sys.executable, LOAD_EXT, arguments.times)
    print(f"{'%load_ext parallel_nb':<26}{ours:>8.0f} ms   heavy imports: {heavy or 'none'}")
    peers = [
        ("import pandas", sys.executable, "pandas"),
        ("import httpx2", sys.executable, "httpx2"),
    ]
    if arguments.sdk_python:
        peers.append(("import parallel (the SDK)", arguments.sdk_python, "parallel"))
    for title, python, name in peers:
        theirs, _ = median(python, IMPORT.format(name=name), arguments.times)
        print(f"{title:<26}{theirs:>8.0f} ms   {theirs / ours:.1f} times ours")


if __name__ == "__main__":
    main()
