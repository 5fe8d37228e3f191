"""What the live displays cost, in a real JupyterLab: `python -m bench.display`.

An in-memory service sends events at a known rate; the page notes when a count is drawn. Both
read the clock of this machine. Needs a Chromium: PARALLEL_NB_CHROMIUM, or one on PATH.
"""

from __future__ import annotations

import bisect
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.jupyter import CHROMIUM_FLAGS, LAPTOP, Lab, Notebook, wait_for
from tests.browser.server import running_lab
from tests.service.groups import Group, GroupsService, Run

ROWS = 10_000
#: Rows a second of the two measured jobs.
FAST, STEADY = 500, 100
STEADY_ROWS = 1_500
PANEL_ROWS = 50_000
#: Milliseconds: three frames, and what a clock of tenths makes of them.
LATE = 50.5

SETUP = """
import os, time
import parallel_nb as pnb
os.environ["PARALLEL_NB_TASK_RUNS_PER_MINUTE"] = "1000000"  # no quota: the display is measured
pnb.connect(api_key="key-of-the-bench", base_url={url!r})
"""
#: Notes when the display hears of a count: the rest of the way is the display's.
HEARD = """
from parallel_nb.display.view import NotebookView
heard, update = {}, NotebookView.update
def noted(view, progress):
    heard.setdefault(progress.completed, time.time())
    update(view, progress)
NotebookView.update = noted
"""
#: What the loop thread spends on the display, its messages included.
SPENT = """
import time
from parallel_nb.display.view import NotebookView
spent, inside = 0.0, False
def timed(work):
    def one(*arguments):
        global spent, inside
        if inside:
            return work(*arguments)
        began, inside = time.thread_time(), True
        work(*arguments)
        spent, inside = spent + time.thread_time() - began, False
    return one
for name in ("start", "update", "_flush", "finish"):
    setattr(NotebookView, name, timed(getattr(NotebookView, name)))
"""
JOB = """
rows = [{{"name": f"{tag} {{n}}"}} for n in range({rows})]
began, cpu = time.perf_counter(), time.process_time()
job = pnb.tasks(rows, "Who owns {{{{name}}}}?", title="bench {tag}")
print(f"CPU {{time.process_time() - cpu:.3f}} of {{time.perf_counter() - began:.3f}}")
"""
WATCH = """() => {
  window.drawn = [];
  const look = () => {
    const found = /([\\d,]+)\\s+answered/.exec(
      document.querySelector('.pnb-progress .pnb-counts')?.innerText ?? '');
    if (!found) return;
    const count = Number(found[1].replaceAll(',', ''));
    if (window.drawn.at(-1)?.[0] === count) return;
    // Two frames on, what was written is on the screen.
    const entry = [count, 0];
    window.drawn.push(entry);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      entry[1] = (performance.timeOrigin + performance.now()) / 1000;
    }));
  };
  new MutationObserver(look).observe(document.body,
    {subtree: true, childList: true, characterData: true});
}"""
OPEN = """(number) => new Promise((done) => {
  const began = performance.now();
  const content = window.jupyterapp.shell.currentWidget.content;
  const cell = content.widgets[number].node;
  const look = new MutationObserver(() => {
    if (!cell.querySelector('.pnb-tbody .pnb-tr:not(.pnb-waits)')) return;
    look.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  });
  // Rows are drawn empty, and filled when the kernel has answered: that adds no element.
  look.observe(cell, {subtree: true, childList: true, characterData: true, attributes: true});
  content.activeCellIndex = number;
  void window.jupyterapp.commands.execute('notebook:run-cell');
})"""
SCROLL = """(step) => new Promise((done) => {
  const scroller = document.querySelector('.pnb-scroll');
  const waits = () => document.querySelector('.pnb-tbody .pnb-waits') !== null;
  const gaps = [];
  let last = performance.now(), frames = 0, empty = 0;
  scroller.scrollTop = 0;
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    scroller.scrollTop += step;
    if (waits()) empty++;
    if (++frames < 240) requestAnimationFrame(frame);
    else waitForText(performance.now());
  };
  const waitForText = (ended) => {
    if (waits()) requestAnimationFrame(() => waitForText(ended));
    else done({gaps: gaps.slice(1), empty, settled: performance.now() - ended});
  };
  requestAnimationFrame(frame);
})"""
#: A value is open while the table scrolls, and others are opened.
OPENED = """() => new Promise((done) => {
  document.querySelectorAll('.pnb-tbody .pnb-tr:not(.pnb-waits) .pnb-td')[1].click();
  const look = () => document.querySelector('.pnb-ev') ? done() : requestAnimationFrame(look);
  look();
})"""
STEPS = ((120, "4 rows a frame"), (900, "30 rows a frame"), (9_000, "300 rows a frame"))


class Timed(GroupsService):
    """Notes when each run's end goes out."""

    def __init__(self, rate: float) -> None:
        # Two waves of a thousand are in flight at once.
        super().__init__(latency=lambda run: (run.index % 1000) / (rate / 2))
        self.ended: list[float] = []

    def _end(self, group: Group, run: Run) -> None:
        super()._end(group, run)
        self.ended.append(time.time())


def ahead(page: Page) -> float:
    """Seconds by which the page's clock is ahead of ours, by the quickest of ten questions."""
    asked = []
    for _ in range(10):
        before = time.time()
        there = page.evaluate("() => (performance.timeOrigin + performance.now()) / 1000")
        after = time.time()
        asked.append((after - before, there - (before + after) / 2))
    return float(min(asked)[1])


def share(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def ran(notebook: Notebook, cell: int) -> str:
    """Run a cell to its end; its text."""
    notebook.run_cell(cell)
    wait_for("the cell has begun", lambda: notebook.runs(cell) or count(notebook, cell), 30)
    wait_for("the cell has ended", lambda: not notebook.runs(cell), 180)
    return " ".join(notebook.outputs())


def count(notebook: Notebook, cell: int) -> Any:
    return notebook.page.evaluate(
        """n => window.jupyterapp.shell.currentWidget.content.widgets[n]
          .model.executionCount""",
        cell,
    )


def cpu_of(output: str) -> tuple[float, float]:
    words = output.split("CPU ", 1)[1].split()
    return float(words[0]), float(words[2])


def measure_pixels(lab: Lab, page: Page) -> None:
    service = Timed(FAST)
    sizes: list[int] = []
    with service.serve():
        job = JOB.format(tag="fast", rows=ROWS)
        print_heard = "import json; print('HEARD', json.dumps(list(heard.items())), 'END')"
        lab.add("pixels.ipynb", [SETUP.format(url=service.url) + HEARD, job, print_heard])
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda data: sizes.append(len(data))),
        )
        notebook = Notebook(lab, page, "pixels.ipynb")
        notebook.open()
        page.evaluate(WATCH)
        skew = ahead(page)
        ran(notebook, 0)
        sizes.clear()
        began = time.perf_counter()
        ran(notebook, 1)
        seconds = time.perf_counter() - began
        output = ran(notebook, 2).split("HEARD ", 1)[1].split(" END", 1)[0]
    # The clocks of a browser and of Python differ, and not always by the same.
    skew, drift = (skew + ahead(page)) / 2, ahead(page) - skew
    drawn = [(n, at - skew) for n, at in page.evaluate("() => window.drawn") if at]
    counts = [n for n, _ in drawn]
    waits = [
        drawn[bisect.bisect_left(counts, number + 1)][1] - at
        for number, at in enumerate(sorted(service.ended))
        if number < counts[-1]
    ]
    # Of two counts within a fifth of a second the later one is sent, so the earlier waits for it.
    last = [
        drawn[at][1] - when
        for number, when in json.loads(output)
        if (at := bisect.bisect_left(counts, number)) < len(drawn) and number > 0
    ]
    print(
        f"of which the display, from the kernel's count to the pixel: median "
        f"{share(last, 0.5) * 1e3:.0f} ms, p95 {share(last, 0.95) * 1e3:.0f} ms "
        f"(the page's clock was {skew * 1e3:.0f} ms ahead, which is taken off, and drifted by "
        f"{drift * 1e3:.0f} ms)"
    )
    print(
        f"event to pixel, {ROWS:,} rows at {FAST}/s: median {share(waits, 0.5) * 1e3:.0f} ms, "
        f"p95 {share(waits, 0.95) * 1e3:.0f} ms, worst {max(waits) * 1e3:.0f} ms "
        f"({len(waits):,} events, {len(counts)} pictures)"
    )
    print(
        f"websocket frames to the page: {len(sizes) / seconds:.1f} a second, "
        f"{sum(sizes) / seconds / 1e3:.1f} kB/s, largest {max(sizes) / 1e3:.1f} kB, "
        f"{sum(sizes) / 1e3:.0f} kB in all over {seconds:.1f} s"
    )


def measure_cpu(lab: Lab, page: Page) -> None:
    service = GroupsService(latency=lambda run: run.index / STEADY)
    shares: dict[str, float] = {}
    display = 0.0
    with service.serve():
        for name, static in (("live", "0"), ("static", "1")):
            setup = f"{SETUP.format(url=service.url)}os.environ['PARALLEL_NB_STATIC'] = '{static}'"
            job = JOB.format(tag=name, rows=STEADY_ROWS)
            print_spent = "print(f'SPENT {spent:.3f} END')"
            lab.add(f"{name}.ipynb", [setup + SPENT, "import anywidget, pandas", job, print_spent])
            notebook = Notebook(lab, page, f"{name}.ipynb")
            notebook.open()
            ran(notebook, 0)
            ran(notebook, 1)
            used, seconds = cpu_of(ran(notebook, 2))
            shares[name] = used / seconds
            if name == "live":
                output = ran(notebook, 3).split("SPENT ", 1)[1].split(" END", 1)[0]
                display = float(output) / seconds
    print(
        f"kernel CPU at {STEADY} rows/s for {STEADY_ROWS / STEADY:.0f} s: with the live display "
        f"{shares['live']:.1%} of a core, with one output at the end {shares['static']:.1%}; "
        f"the display's own work on the loop thread {display:.1%}"
    )


def measure_panel(lab: Lab, page: Page) -> None:
    with GroupsService().serve() as service:
        job = JOB.format(tag="panel", rows=PANEL_ROWS)
        lab.add("panel.ipynb", [SETUP.format(url=service.url), job, *["job.panel()"] * 4])
        notebook = Notebook(lab, page, "panel.ipynb")
        notebook.open()
        ran(notebook, 0)
        ran(notebook, 1)
        times = [page.evaluate(OPEN, 2)]
        wait_for(
            "the panel has read all",
            lambda: "still reading" not in page.locator(".pnb-panel").inner_text(),
            60,
        )
        notebook.scroll_to(".pnb-panel")
        drawn = page.locator(".pnb-tbody .pnb-tr:not(.pnb-waits)")
        wait_for("its rows are drawn", lambda: drawn.count() > 10, 20)
        page.evaluate(OPENED)
        measure_scrolling(page)
        times += [page.evaluate(OPEN, cell) for cell in (3, 4, 5)]
    listed = ", ".join(f"{at:.0f}" for at in times)
    print(f"panel of {PANEL_ROWS:,} rows, from Run to the first rows on screen: {listed} ms")


def measure_scrolling(page: Page) -> None:
    """With a value open; on this machine, and as on one that is four times slower."""
    session = page.context.new_cdp_session(page)
    for slower in (1, 4):
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for step, what in STEPS:
            found = page.evaluate(SCROLL, step)
            gaps = found["gaps"]
            # A frame that is late by a hair is not one that was missed.
            over = sum(gap > LATE for gap in gaps)
            print(
                f"scrolling {PANEL_ROWS:,} rows, {what}, processor {slower}x slower: gap between "
                f"frames median {share(gaps, 0.5):.1f} ms, p95 {share(gaps, 0.95):.1f} ms, worst "
                f"{max(gaps):.1f} ms; {over} of {len(gaps)} over 50 ms; "
                f"rows without text in {found['empty']} frames, and {found['settled']:.0f} ms "
                f"after the last"
            )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()


MEASURES = {"pixels": measure_pixels, "cpu": measure_cpu, "panel": measure_panel}


def main() -> None:
    path = os.environ.get("PARALLEL_NB_CHROMIUM") or shutil.which("chromium")
    home = Path(tempfile.mkdtemp(prefix="pnb-bench-"))
    folder = home / "notebooks"
    folder.mkdir()
    with running_lab(home / "jupyter", folder) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        chosen = sys.argv[1:] or list(MEASURES)
        for measure in (MEASURES[name] for name in chosen):
            page = browser.new_page(viewport=LAPTOP)
            try:
                measure(lab, page)
            finally:
                page.close()
            for kernel in lab.api("/kernels"):
                lab.api(f"/kernels/{kernel['id']}", method="DELETE")
        browser.close()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
