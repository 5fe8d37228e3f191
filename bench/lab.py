"""What the JupyterLab extension costs, beside a JupyterLab without it: `python -m bench.lab`.

Both run at once and are measured in turn, so that a busy machine slows both. The wall clock is what
a person waits; the processor time of the page's main thread is what the extension adds, whatever
else the machine does. Needs a Chromium: PARALLEL_NB_CHROMIUM, or one on PATH.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.jupyter import CHROMIUM_FLAGS, LAPTOP, Lab, Notebook
from tests.browser.server import running_lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CELLS = 200
KEYS, TYPING_ROUNDS, START_ROUNDS = 100, 12, 8
#: Milliseconds that each key takes to be in the page, in a cell of ours and one of Python in turn.
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


@dataclass(frozen=True)
class Times:
    """Milliseconds with the extension and without, each a figure a round."""

    ours: list[float]
    bare: list[float]

    def __str__(self) -> str:
        """The medians and the median of the differences within a round."""
        ours, bare = statistics.median(self.ours), statistics.median(self.bare)
        return f"{ours:8.2f} {bare:8.2f} {self.difference:+8.2f} {self.difference / bare:+7.1%}"

    @property
    def difference(self) -> float:
        """What the extension adds in a round, at the median."""
        return statistics.median(a - b for a, b in zip(self.ours, self.bare, strict=True))


class Clock:
    """Milliseconds of processor time that the main thread of a page has taken."""

    def __init__(self, page: Page) -> None:
        """Watch a page."""
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def now(self) -> float:
        """The time until now."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))


@contextmanager
def both_labs(folder: Path) -> Iterator[tuple[Lab, Lab]]:
    """A JupyterLab with the extension, and one without."""
    places = [folder / name for name in "abcd"]
    for place in places:
        place.mkdir()
    with ExitStack() as running:
        ours = running.enter_context(running_lab(places[0], places[1]))
        yield ours, running.enter_context(running_lab(places[2], places[3], extension=False))


def measure_typing(labs: tuple[Lab, Lab], browser: Browser) -> dict[str, Times]:
    """What a key takes in a notebook of 200 cells."""
    notebooks = []
    for lab in labs:
        lab.add("many.ipynb", [OURS if n % 5 == 0 else PYTHON for n in range(CELLS)])
        notebook = Notebook(lab, browser.new_page(viewport=LAPTOP), "many.ipynb")
        notebook.open()
        notebook.page.wait_for_timeout(3_000)
        notebooks.append((notebook, Clock(notebook.page)))
    found: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in ("a key, median", "a key, p95", "a key, processor")
    }
    for turn in range(TYPING_ROUNDS):
        # Who is first has the machine in another state.
        for side in (0, 1) if turn % 2 else (1, 0):
            notebook, clock = notebooks[side]
            notebook.page.bring_to_front()
            began = clock.now()
            times = sorted(notebook.page.evaluate(TYPE, KEYS))
            used = (clock.now() - began) / KEYS
            figures = (statistics.median(times), times[int(0.95 * (KEYS - 1))], used)
            for (_, sides), figure in zip(found.items(), figures, strict=True):
                sides[side].append(figure)
    return {name: Times(*sides) for name, sides in found.items()}


def measure_start(labs: tuple[Lab, Lab], browser: Browser) -> dict[str, Times]:
    """What the start of JupyterLab takes in a browser that has nothing of it."""
    wall: tuple[list[float], list[float]] = ([], [])
    used: tuple[list[float], list[float]] = ([], [])
    for turn in range(START_ROUNDS):
        for side in (0, 1) if turn % 2 else (1, 0):
            context = browser.new_context(viewport=LAPTOP)
            page = context.new_page()
            clock = Clock(page)
            page.goto(f"{labs[side].url}/lab?reset&token={labs[side].token}")
            page.wait_for_function("() => window.jupyterapp", timeout=120_000)
            now = "() => window.jupyterapp.restored.then(() => performance.now())"
            wall[side].append(page.evaluate(now))
            used[side].append(clock.now())
            context.close()
    return {"the start": Times(*wall), "the start, processor": Times(*used)}


def main() -> int:
    """Measure and print."""
    names = ("chromium", "google-chrome", "chrome")
    chromium = os.environ.get("PARALLEL_NB_CHROMIUM") or next(
        filter(None, map(shutil.which, names))
    )
    with (
        tempfile.TemporaryDirectory(prefix="parallel_nb_bench_") as folder,
        both_labs(Path(folder)) as labs,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        print(f"{'milliseconds':24} {'with':>8} {'without':>8} {'adds':>8}")
        for measure in (measure_typing, measure_start):
            for name, times in measure(labs, browser).items():
                print(f"{name:24} {times}", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
