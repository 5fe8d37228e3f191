"""What the extension costs a person who types, and at the start of JupyterLab: next to nothing.

Both Labs run at once and are measured in turn. Wall-clock times are printed; what is asserted is
the processor time of the page's main thread, which a busy machine does not lengthen.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.jupyter import CHROMIUM_FLAGS, LAPTOP, Lab, Notebook
from tests.browser.server import running_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

#: What JupyterLab loads of us at its start, in bytes.
MOST_BYTES = 60_000
CELLS = 200
#: Milliseconds that a key takes to be in the page, in a cell of ours and one of Python in turn.
TYPE = """async keys => {
  const { widgets } = window.jupyterapp.shell.currentWidget.content;
  const times = [];
  for (let key = 0; key < keys; key++) {
    const view = widgets[key % 2].editor.editor;
    const began = performance.now();
    const changes = { from: view.state.doc.length, insert: "x" };
    view.dispatch({ changes, userEvent: "input.type" });
    view.contentDOM.getBoundingClientRect();
    times.push(performance.now() - began);
    if (key % 10 === 0) await new Promise(requestAnimationFrame);
  }
  return times;
}"""
#: Each cell of ours beside four of Python.
OURS = "%%parallel_task --over ships --max-cost 5\nDon't guess: who owns {{ship}}?\n---\nowner: str"
PYTHON = "def f(x):\n    return [y for y in range(x) if y % 2]  # a comment"


@pytest.fixture(scope="module")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Lab]]:
    places = [tmp_path_factory.mktemp(name) for name in ("a", "b", "c", "d")]
    with (
        running_lab(places[0], places[1]) as ours,
        running_lab(places[2], places[3], extension=False) as bare,
    ):
        yield ours, bare


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


class Clock:
    """Milliseconds of processor time that the main thread of a page has taken."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]


@pytest.mark.slow
def test_typing_among_two_hundred_cells_is_as_quick_as_without(
    labs: tuple[Lab, Lab], browser: Browser
) -> None:
    notebooks, clocks = [], []
    for lab in labs:
        lab.add("many.ipynb", [OURS if n % 5 == 0 else PYTHON for n in range(CELLS)])
        notebook = Notebook(lab, browser.new_page(viewport=LAPTOP), "many.ipynb")
        notebook.open()
        notebook.page.wait_for_timeout(3_000)
        notebooks.append(notebook)
        clocks.append(Clock(notebook.page))
    times: list[list[float]] = [[], []]
    used: list[list[float]] = [[], []]
    for _ in range(12):
        for notebook, clock, found, taken in zip(notebooks, clocks, times, used, strict=True):
            notebook.page.bring_to_front()
            began = clock.now()
            found.extend(notebook.page.evaluate(TYPE, 100))
            taken.append((clock.now() - began) / 100)
    wall = [[round(quantile(found, share), 2) for share in (0.5, 0.95)] for found in times]
    ours, bare = (statistics.median(taken) for taken in used)
    print(f"a key: median and p95 {wall} ms, processor {ours:.2f} and {bare:.2f} ms")  # noqa: T201 - measured
    assert ours < 1.05 * bare + 0.1  # a tenth of a millisecond is noise


@pytest.mark.slow
def test_jupyterlab_starts_as_quickly_as_without(labs: tuple[Lab, Lab], browser: Browser) -> None:
    times: list[list[float]] = [[], []]
    for _ in range(8):
        for lab, found in zip(labs, times, strict=True):
            context = browser.new_context(viewport=LAPTOP)  # with nothing in its cache
            page = context.new_page()
            clock = Clock(page)
            page.goto(f"{lab.url}/lab?reset&token={lab.token}")
            page.wait_for_function("() => window.jupyterapp", timeout=60_000)
            page.evaluate("() => window.jupyterapp.restored.then(() => true)")
            found.append(clock.now())
            context.close()
    ours, bare = (statistics.median(found) for found in times)
    print(f"start: processor {ours:.0f} and {bare:.0f} ms; {times}")  # noqa: T201 - measured
    assert ours < bare + 100


def test_what_is_loaded_at_the_start_is_small(lab: Lab, browser: Browser) -> None:
    page = browser.new_page(viewport=LAPTOP)
    sizes: dict[str, int] = {}
    page.on(
        "response",
        lambda answer: (
            sizes.update({answer.url: len(answer.body())})
            if "/labextensions/parallel-nb/" in answer.url
            or "/extensions/parallel-nb/" in answer.url
            else None
        ),
    )
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    page.wait_for_timeout(500)
    assert any("remoteEntry" in url for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES, sizes
