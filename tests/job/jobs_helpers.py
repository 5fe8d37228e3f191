"""Small things that several tests of jobs use."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from parallel_nb.api.schema.fields import OutputField, parse_fields
from parallel_nb.connection import Connection, connect
from parallel_nb.job import Job, Tuning, start
from tests.service.groups import Fault, FaultKind, GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable

FIELDS: list[OutputField] = parse_fields("leader: str - Who leads it\nfounded: int? - Year")
PROMPT = "Who leads {{name}}?"
#: Everything in a hurry; the time to reconcile is longer than any "late" fault.
QUICK = Tuning(
    wave=25,
    window=60,
    reconcile_after=0.5,
    reconcile_after_timeout=1.0,
    give_up_after=60.0,
    pause=0.02,
    longest_pause=0.3,
    progress_interval=0.05,
    stream_silence=1.0,
    grace=3.0,
)


def companies(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"name": [f"company {number}" for number in range(rows)]})


def connect_to(service: GroupsService) -> Connection:
    return connect("hosted", api_key="sk-secret", base_url=service.url)


def ask(service: GroupsService, rows: Any = 30, **options: Any) -> Job:
    """Ask about so many companies, or about a table of any library."""
    frame = companies(rows) if isinstance(rows, int) else rows
    options.setdefault("connection", connect_to(service))
    options.setdefault("tuning", QUICK)
    return start(frame, PROMPT, output=FIELDS, **options)


def start_kernel(script: str, service: GroupsService, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own for `script`, which gets the root, the service's URL and these."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", script, str(root), service.url, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
    )


def wait_until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition has not come true in time"
        time.sleep(0.01)


def assert_right(frame: pd.DataFrame, rows: int) -> None:
    """Every row has the answer to its own question."""
    assert len(frame) == rows
    assert (frame["status"] == "completed").all(), frame["status"].value_counts()
    for name, leader in zip(frame["name"], frame["leader"], strict=True):
        assert leader == f"answer to: Who leads {name}?"


def assert_paid_once(service: GroupsService, rows: int) -> None:
    counts = service.runs_by_input()
    assert len(counts) == rows
    assert set(counts.values()) == {1}, counts.most_common(3)
    keys = [json.dumps(run.metadata) for run in service.runs.values()]
    assert len(set(keys)) == len(keys)


_POST: list[FaultKind] = [
    "reset",
    "lost",
    "late",
    "cut",
    "500",
    "500 acted",
    "503",
    "429",
    "429 after",
    "stall",
]
_GET: list[FaultKind] = ["reset", "cut", "cut", "500", "503", "429", "429 after", "stall"]
_STREAM: list[FaultKind] = [*_GET, "cut", "repeat", "repeat"]


def schedule(
    seed: int, *, share: float = 0.3, most: int = 25
) -> Callable[[str, str], Fault | None]:
    """A random fault schedule: each request fails with probability `share`, `most` in all."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    left = most

    def fault(method: str, route: str) -> Fault | None:
        nonlocal left
        if route == "" or left == 0 or chance.random() > share:
            return None
        left -= 1
        kinds = _POST if method == "POST" else _STREAM if route != "groups/{id}" else _GET
        return Fault(chance.choice(kinds), at=chance.random(), seconds=0.15)

    return fault
