"""What all tests share: one real engine on the sample documents."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from parallel_nb.connection import launcher
from parallel_nb.connection.running import Lease
from tests.browser.chromium import installed
from tests.browser.jupyter import CHROMIUM_FLAGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

# jsonschema, which nbformat brings, would build the grammar of foreign web addresses when it is
# imported: over 2 s of each process that runs tests, and none of them checks such an address.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # an import of it fails

# Machines are noisy: a slow example is no failure. Speed is shown in bench/.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What installs packages takes longest: it comes first, so that no process waits for it.

    What drives a browser comes last: from its first test on, Playwright has an event loop at work
    in the main thread, and a test could start none of its own.
    """

    def drives_browser(item: pytest.Item) -> bool:
        return item.get_closest_marker("browser") is not None

    for item in filter(drives_browser, items):
        if item.path.parent.name not in {"browser", "display"}:
            message = f"{item.nodeid}: browser tests are in tests/display and tests/browser alone"
            raise pytest.UsageError(message)
    items.sort(key=lambda item: (drives_browser(item), not item.get_closest_marker("network")))


@pytest.fixture(scope="session", autouse=True)
def _scans_stay_unread() -> Iterator[None]:
    """No test depends on whether tesseract is installed; its own tests name it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_TESSERACT", "")
        yield


@pytest.fixture(scope="session", autouse=True)
def _ranked_by_words() -> Iterator[None]:
    """No answer depends on how far the vectors are; the tests of ranking by meaning turn it on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_SEMANTIC", "0")
        yield


@dataclass(frozen=True)
class SharedEngine:
    """The engine that a session's tests share."""

    url: str
    key: str = field(repr=False)
    #: A settings' home in which `ensure_engine` finds it: set PARALLEL_NB_HOME to it.
    home: Path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser that the Makefile has found or installed."""
    path = installed()
    assert path, "no browser: `make browser` finds or installs one"
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A real browser, of which each test takes a page of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only browser tests need it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedEngine]:
    """A real engine process on the sample documents, in a home of its own."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_HOME", str(home))
        started = launcher.ensure_engine(None)
    lease = Lease(started)
    yield SharedEngine(started.url, started.key, home)
    lease.release()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_HOME", str(home))
        launcher.stop_engine(None)
