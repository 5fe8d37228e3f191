from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from parallel_nb.client import events as streams
from parallel_nb.client import transport

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, login or setting of this machine takes part."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "parallel_nb"))
    for name in ("PARALLEL_NB_BASE_URL", "PARALLEL_NB_CONNECTION", "PARALLEL_NB_API"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait for milliseconds: for tests that count attempts, not seconds."""
    for module in (transport, streams):
        monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of its own authority for 127.0.0.1, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), check=True, cwd=folder, capture_output=True)
    return folder
