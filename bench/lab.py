"""What the JupyterLab extension costs, beside a JupyterLab without it: `python -m bench.lab`.

What the extension adds is the processor time of the page's main thread, whatever else the machine
does. Two pages of the same JupyterLab differ by more than a tenth, so a key is measured in one page
where every second cell has the extension: there the same comparison differs by a hundredth. Beside
it stand two JupyterLabs, measured in turn, and two pages of the bare one, which say how much of a
difference is chance. Needs a Chromium: PARALLEL_NB_CHROMIUM, or one on PATH.
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
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

CELLS = 200
KEYS, TYPING_ROUNDS, START_ROUNDS = 100, 12, 8
PAIRED_KEYS, PAIRED_ROUNDS = 25, 24
#: Milliseconds that each key takes to be in the page, in the cells of these places in turn.
TYPE = """async ({ keys, places }) => {
  const { widgets } = window.jupyterapp.shell.currentWidget.content;
  const views = places.map(place => widgets[place].editor.editor);
  const times = [];
  for (let key = 0; key < keys; key++) {
    const view = views[key % views.length];
    const began = performance.now();
    const changes = { from: view.state.doc.length, insert: "x" };
    view.dispatch({ changes, userEvent: "input.type" });
    view.contentDOM.getBoundingClientRect();
    times.push(performance.now() - began);
    if (key % 10 === 0) await new Promise(requestAnimationFrame);
  }
  return times;
}"""
#: Opens a notebook of which every second cell has the editor that JupyterLab has without us, and
#: gives the place of a cell with ours and of one without: of our cells, and of those of Python.
OPEN_HALF = """async name => {
  const plugins = window.jupyterapp.pluginRegistry._plugins;
  const registry = plugins.get("@jupyterlab/codemirror-extension:extensions").service;
  const ours = registry.configurationBuilder.get("parallel-nb:cells");
  const make = ours.factory;
  const withOurs = new Set();
  let count = 0;
  ours.factory = options => {
    if (!options.inline || count++ % 2 > 0) return null;
    withOurs.add(options.model);
    return make(options);
  };
  const opened = await window.jupyterapp.commands.execute("docmanager:open", { path: name });
  await opened.context.ready;
  await opened.sessionContext.ready;
  const { widgets } = opened.content;
  while (widgets.some(cell => !cell.editor)) await new Promise(requestAnimationFrame);
  const place = (isOurs, has) => widgets.findIndex(({ model }) =>
    model.sharedModel.getSource().startsWith("%%") === isOurs && withOurs.has(model) === has);
  return [true, false].map(isOurs => [true, false].map(has => place(isOurs, has)));
}"""
#: Takes away what was typed.
CLEAN = """({ keys, places }) => {
  const { widgets } = window.jupyterapp.shell.currentWidget.content;
  for (const place of places) {
    const view = widgets[place].editor.editor;
    const { length } = view.state.doc;
    view.dispatch({ changes: { from: length - keys / places.length, to: length } });
  }
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


def measure_keys(lab: Lab, browser: Browser) -> dict[str, Times]:
    """What a key takes in cells with the extension and without, in one notebook of 200 cells."""
    lab.add("half.ipynb", [OURS if n % 10 < 2 else PYTHON for n in range(CELLS)])
    page = browser.new_page(viewport=LAPTOP)
    page.goto(f"{lab.url}/lab?reset&token={lab.token}")
    page.wait_for_function("() => window.jupyterapp", timeout=120_000)
    page.evaluate("() => window.jupyterapp.restored")
    places = page.evaluate(OPEN_HALF, "half.ipynb")
    page.wait_for_timeout(3_000)
    clock = Clock(page)
    found: dict[str, Times] = {}
    for name, pair in zip(
        ("a key in a cell of ours", "a key in one of Python"), places, strict=True
    ):
        sides: tuple[list[float], list[float]] = ([], [])
        for turn in range(-2, PAIRED_ROUNDS):  # the first ones compile
            for side in (0, 1) if turn % 2 else (1, 0):
                what = {"keys": PAIRED_KEYS, "places": [pair[side]]}
                began = clock.now()
                page.evaluate(TYPE, what)
                used = (clock.now() - began) / PAIRED_KEYS
                page.evaluate(CLEAN, what)
                if turn >= 0:
                    sides[side].append(used)
        found[name] = Times(*sides)
    page.close()
    return found


def measure_typing(labs: tuple[Lab, ...], browser: Browser) -> dict[str, Times]:
    """What a key takes in a notebook of 200 cells of the first Lab, and of the second."""
    notebooks = []
    for number, lab in enumerate(labs):
        name = f"many{number}.ipynb"
        lab.add(name, [OURS if n % 5 == 0 else PYTHON for n in range(CELLS)])
        notebook = Notebook(lab, browser.new_page(viewport=LAPTOP), name)
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
            times = sorted(notebook.page.evaluate(TYPE, {"keys": KEYS, "places": [0, 1]}))
            used = (clock.now() - began) / KEYS
            figures = (statistics.median(times), times[int(0.95 * (KEYS - 1))], used)
            for (_, sides), figure in zip(found.items(), figures, strict=True):
                sides[side].append(figure)
    for notebook, _ in notebooks:
        notebook.page.close()
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
        print(f"{'milliseconds':26} {'with':>8} {'without':>8} {'adds':>8}")
        parts: dict[str, Callable[[], dict[str, Times]]] = {
            "in one page": lambda: measure_keys(labs[0], browser),
            "in two JupyterLabs": lambda: measure_typing(labs, browser),
            "in two bare pages: chance": lambda: measure_typing((labs[1], labs[1]), browser),
            "at the start": lambda: measure_start(labs, browser),
        }
        for title, measure in parts.items():
            print(title)
            for name, times in measure().items():
                print(f"  {name:24} {times}", flush=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
