"""A PostgreSQL server, and engines that have their store there."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.store.postgres import PostgresServer
from parallel_nb.engine.store.shared import SharedStore
from tests.engine_process import EngineProcess
from tests.postgres_server import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.postgres_server import PostgresProcess


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresProcess]:
    with postgres() as server:
        yield server


@pytest.fixture
def address(server: PostgresProcess) -> str:
    """The address of an empty database."""
    return server.database(f"engines_{secrets.token_hex(6)}")


@pytest.fixture
def open_store(address: str) -> Iterator[Callable[..., SharedStore]]:
    """Opens the store once more, as another engine does."""
    opened: list[SharedStore] = []

    def another(lease: float = 30.0) -> SharedStore:
        opened.append(SharedStore(PostgresServer(address, lease)))
        return opened[-1]

    yield another
    for store in opened:
        store.close()


@pytest.fixture
def start_engine(
    address: str, tmp_path: Path, folder: Path
) -> Iterator[Callable[..., EngineProcess]]:
    """Starts one more engine on the store, on the small folder."""
    started: list[EngineProcess] = []
    key = tmp_path / "key"
    key.write_text("of-all-engines\n", "ascii")

    def another(*arguments: str) -> EngineProcess:
        place = ("--documents", str(folder), "--index", str(tmp_path / "index"))
        given = (*place, "--store", address, "--key-file", str(key))
        home = tmp_path / f"engine-{len(started)}"
        engine = EngineProcess(home, (*given, "--lease", "3", "--workers", "1", *arguments))
        started.append(engine)
        return engine.start()

    yield another
    for engine in started:
        engine.stop()
