"""What the tests of finds share: a home of their own, and a service of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb.client import events as streams
from parallel_nb.client import transport
from parallel_nb.connection import background, disconnect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A journal that starts empty, and settings that nothing else touches."""
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_MAX_COST", "PARALLEL_NB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    disconnect()
    background.shutdown()  # closes the clients of this test


@pytest.fixture
def quick_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client's retries wait for milliseconds: what is tested is what they do."""
    for module in (transport, streams):
        monkeypatch.setattr(module, "_FIRST_PAUSE", 0.02)
