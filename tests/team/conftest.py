"""A journal on a PostgreSQL server for each test, as a team has one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from parallel_nb.connection import background, disconnect
from parallel_nb.job.journal import Journal
from parallel_nb.job.journal.postgres import PostgresServer
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
    return server.database(f"team_{secrets.token_hex(6)}")


@pytest.fixture(autouse=True)
def home(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings that nothing else touches, with that database as the journal."""
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_MAX_COST", "PARALLEL_NB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PARALLEL_NB_JOURNAL", address)
    yield tmp_path / "home"
    disconnect()
    background.shutdown()


@pytest.fixture
def open_team_journal(address: str) -> Iterator[Callable[[], Journal]]:
    """Opens the journal once more, as another kernel does."""
    opened: list[Journal] = []

    def another() -> Journal:
        opened.append(Journal(PostgresServer(address)))
        return opened[-1]

    yield another
    for journal in opened:
        journal.close()
