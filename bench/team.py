"""Rows a second of a whole job with the journal in a file, and on a PostgreSQL server.

    python -m bench.team [--rows 10000] [--times 5]

The two take turns against the instant service of `bench.jobs`; the server is of this run, on
loopback, and writes to its disk before it answers, as the file does.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys

from bench.jobs import OURS, measure, show
from tests.postgres_server import postgres


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5, help="runs of each way")
    arguments = parser.parse_args()
    command = [sys.executable, "-c", OURS]
    with postgres(is_safe=True) as server:
        figures: dict[str, list[dict[str, float]]] = {"file": [], "PostgreSQL": []}
        for _ in range(arguments.times):
            for name, runs in figures.items():
                os.environ.pop("PARALLEL_NB_JOURNAL", None)
                if name == "PostgreSQL":
                    address = server.database(f"bench_{secrets.token_hex(4)}")
                    os.environ["PARALLEL_NB_JOURNAL"] = address
                runs.append(measure(command, arguments.rows))
    print(f"{'':<14}{'rows':>8}{'s':>8}{'rows/s':>8}")
    file, server_rate = (show(name, arguments.rows, runs) for name, runs in figures.items())
    print(f"{'':<14}{server_rate / file:.2f} times the rows a second of the file")


if __name__ == "__main__":
    main()
