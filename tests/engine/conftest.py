"""What the engine's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.engine_process import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import SharedEngine

PAGES = {
    "alpha.md": "---\nurl: https://alpha.test/a\ntitle: Alpha Corp\ndate: 2024-03-01\n---\n"
    "Alpha Corp was founded in 1987. Its chief executive is Ada Byron.\n",
    "beta.md": "---\nurl: https://docs.beta.test/b\ntitle: Beta Ltd\ndate: 2021-05-06\n---\n"
    "Beta Ltd was founded in 1999. Its chief executive is Bo Li.\n",
    "gamma.md": "---\nurl: https://gamma.gov/c\ntitle: Gamma Office\n---\n"
    "The Gamma Office was founded in 2005 as a public body.\n",
}


@pytest.fixture(scope="session")
def http(engine: SharedEngine) -> Iterator[httpx2.Client]:
    """A client of the shared engine."""
    with httpx2.Client(
        base_url=engine.url, headers={"x-api-key": engine.key}, timeout=60, trust_env=False
    ) as client:
        yield client


def write_pages(parent: Path) -> Path:
    """Make the small folder of documents."""
    room = parent / "dataroom"
    room.mkdir()
    for name, text in PAGES.items():
        (room / name).write_text(text, "utf-8")
    return room


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of documents."""
    return write_pages(tmp_path)


@pytest.fixture
def own_engine(tmp_path: Path, folder: Path) -> Iterator[EngineProcess]:
    """An engine of one test's own on the small folder; the test may kill it."""
    engine = EngineProcess(tmp_path / "data", ("--documents", str(folder))).start()
    yield engine
    engine.stop()


def spec(**properties: Any) -> dict[str, Any]:
    """A task spec with these output fields, as strict as the service likes it."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"output_schema": {"type": "json", "json_schema": schema}}
