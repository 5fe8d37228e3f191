"""Engines as processes of their own, for the tests that need one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import httpx2

from parallel_nb.engine_home import read_discovery

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from parallel_nb.engine_home import Discovery

T = TypeVar("T")
START_WITHIN = 60.0
#: A question that the sample documents and short rooms answer: when something was founded.
SPEC = {
    "output_schema": {
        "type": "json",
        "json_schema": {
            "type": "object",
            "properties": {"founded": {"type": ["integer", "null"], "description": "Year founded"}},
            "required": ["founded"],
            "additionalProperties": False,
        },
    }
}


def wait_for(ask: Callable[[], T | None], *, what: str, within: float = 90.0) -> T:
    """Ask again until there is an answer; fail when there is none in time."""
    deadline = time.monotonic() + within
    pause = 0.01
    while time.monotonic() < deadline:
        if answer := ask():
            return answer
        time.sleep(pause)
        pause = min(1.2 * pause, 0.05)  # who waits for long leaves the core to what is waited for
    raise AssertionError(f"{what} did not come within {within:.0f} s")


@dataclass
class EngineProcess:
    """An engine that a test has started, and may kill and start again."""

    home: Path
    arguments: tuple[str, ...] = ()
    url: str = ""
    key: str = field(default="", repr=False)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> EngineProcess:
        """Start it and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "test.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "parallel_nb.engine", "--discovery"),
                    *("--data-dir", str(self.home), *self.arguments),
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, "PARALLEL_NB_HOME": str(self.home)},
            )
        found = wait_for(self._discovery, what="the engine", within=START_WITHIN)
        self.url, self.key = found.url, found.key
        return self

    def _discovery(self) -> Discovery | None:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError((self.home / "test.log").read_text())
        found = read_discovery(self.home)
        return found if found and found.pid == self.process.pid else None

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it in good order."""
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def has_ended_itself(self) -> bool:
        """Whether it ended when it was told to, and nobody had to kill it."""
        return self.process is not None and self.process.poll() not in {None, -9}

    def http(self) -> httpx2.Client:
        """A client that carries the key."""
        return httpx2.Client(
            base_url=self.url, headers={"x-api-key": self.key}, timeout=60, trust_env=False
        )
