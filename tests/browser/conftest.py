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
    from collections.abc import Callable, Generator, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder) as running:
        yield running


class Pages:
    """The pages of JupyterLab and of Notebook 7, which tests use one after the other.

    The browser has read and compiled their scripts: to load them in a new page takes twice as long.
    """

    def __init__(self, context: BrowserContext) -> None:
        self._context = context
        self._free: dict[str, Page] = {}

    def take(self, app: str) -> Page:
        """The page of an app, or a new one."""
        page = self._free.pop(app, None) or self._context.new_page()
        page.set_viewport_size(LAPTOP)
        return page

    def give_back(self, app: str, page: Page) -> None:
        """Keep a page for the next test."""
        self._free[app] = page


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[Pages]:
    context = browser.new_context(viewport=LAPTOP)
    yield Pages(context)
    context.close()


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture
def page(pages: Pages, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of JupyterLab, or of the `app` of a parameter, which the test before may have used.

    After a test that has failed comes a new one. A screenshot of its last state is kept as an
    artefact.
    """
    parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    app = parameters.get("app", "lab")
    taken = pages.take(app)
    yield taken
    taken.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
    if request.node.stash.get(_FAILED, False):
        taken.close()
    else:
        pages.give_back(app, taken)


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of the lab's folder; its kernel ends with the test."""

    def opener(name: str, app: str = "lab") -> Notebook:
        notebook = Notebook(lab, page, name, app)
        notebook.open_here()
        notebook.light()  # the server keeps the theme that a test before has chosen
        return notebook

    yield opener
    for kernel in lab.api("/kernels"):
        lab.api(f"/kernels/{kernel['id']}", method="DELETE")
