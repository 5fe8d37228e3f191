from __future__ import annotations

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
