"""A real JupyterLab and a real browser for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import (
    ARTIFACTS,
    LAPTOP,
    Lab,
    Notebook,
)
from tests.browser.server import running_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder) as running:
        yield running


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page; a screenshot of its last state is kept as an artefact."""
    context = browser.new_context(viewport=LAPTOP)
    opened = context.new_page()
    yield opened
    opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
    context.close()


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of the lab's folder; its kernel ends with the test."""

    def opener(name: str, app: str = "lab") -> Notebook:
        notebook = Notebook(lab, page, name, app)
        notebook.open()
        notebook.light()  # the server keeps the theme that a test before has chosen
        return notebook

    yield opener
    for kernel in lab.api("/kernels"):
        lab.api(f"/kernels/{kernel['id']}", method="DELETE")
