"""A class server as a teacher starts it: the command, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from parallel_nb.engine.roster import add_students
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ClassServer:
    """`parallel-nb serve --class`, which a test may kill and start again at the same address."""

    folder: Path
    names: Sequence[str]
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def class_file(self) -> Path:
        return self.folder / "students.csv"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> str:
        return (self.folder / "serve.log").read_text("utf-8")

    def start(self) -> ClassServer:
        if not self.class_file.exists():
            added = add_students(self.class_file, self.names)
            self.tokens = {each.name: each.token for each in added}
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "parallel_nb.cli", "serve"),
                    *("--class", str(self.class_file), "--port", str(self.port)),
                    *("--data-dir", str(self.data), *self.arguments),
                ],
                stdout=log,
                stderr=log,
                env={**os.environ, "PARALLEL_NB_HOME": str(self.folder / "home")},
            )
        wait_for(self._answers, what="the class server", within=60)
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        time.sleep(0.05)
        try:
            return httpx2.get(self.url, trust_env=False).status_code == 401
        except httpx2.HTTPError:
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)

    @property
    def key(self) -> str:
        return (self.data / "key").read_text("ascii").strip()

    def client(self, key: str) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url, headers={"x-api-key": key}, timeout=60, trust_env=False
        )

    def student(self, name: str) -> httpx2.Client:
        return self.client(self.tokens[name])
