"""Panels on the page: how they end, and that nobody is kept out, in JupyterLab and Notebook 7."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import WIDGET, Lab, Notebook, code_cells, mime_types, wait_for
from tests.browser.test_live import Paced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page, WebSocket

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ROWS = ".pnb-panel .pnb-tr:not(.pnb-waits) .pnb-value"
ASK = """
import parallel_nb as pnb
pnb.connect("embedded")
rows = [{"name": name} for name in ("Rust", "Go", "Zig", "Java", "Elm", "Ada")]
fields = pnb.parse_fields("released: int? - year of the first release\\ntyping: str?")
job = pnb.tasks(rows, "What is known about the programming language {{name}}?", output=fields)
found = pnb.search("Which languages are statically typed?", max_results=4)
"""


def kinds(saved: dict[str, Any]) -> list[list[str]]:
    """What each code cell shows: `widget` or `html`."""
    return [
        ["widget" if WIDGET in output["data"] else "html" for output in cell["outputs"]]
        for cell in code_cells(saved)
    ]


@pytest.fixture
def service() -> Iterator[Paced]:
    paced = Paced(latency=lambda _: 0.0)
    with paced.serve():
        yield paced


def shown(notebook: Notebook, selector: str, times: int = 1) -> None:
    wait_for(selector, lambda: notebook.page.locator(selector).count() >= times, 60)


#: A kernel is shut down, restarted, or killed as by a lack of memory.
ENDS = {
    "shutdown": "session => session.shutdown()",
    "restart": "session => session.restartKernel()",
    "kill": None,
}


def note_replacement(replaceable: set[str], frame: str | bytes) -> None:
    """Note for which widget the kernel sends a replacement to the page."""
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    is_one = re.search(r'"kind": ?"replacement"', text)
    if is_one and (found := re.search(r'"model": ?"(\w+)"', text)):
        replaceable.add(found[1])


@pytest.mark.parametrize("how", list(ENDS))
def test_the_end_of_the_kernel_leaves_html_in_place_of_widgets(
    lab: Lab, open_notebook: Open, page: Page, service: Paced, how: str
) -> None:
    name = f"panels-{how}.ipynb"
    again = f"""
pnb.connect(api_key="key-of-the-tests", base_url={service.url!r})
ships = [{{"ship": f"{how} {{n}}"}} for n in range(300)]
job = pnb.tasks(ships, "Who owns {{{{ship}}}}?", title="300 ships", wait=False)
"""
    cells = [ASK, "job.panel()", "found.panel()", "job.df.parallel.panel()", again]
    lab.add(name, cells)
    replaceable: set[str] = set()

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", partial(note_replacement, replaceable))

    page.on("websocket", listen)
    notebook = open_notebook(name)
    notebook.run_all()
    shown(notebook, ".pnb-panel", 2)
    shown(notebook, ".pnb-search .pnb-hit", 4)
    service.allowed = 120
    notebook.page.locator(".pnb-progress").get_by_text("120 answered").wait_for(timeout=60_000)
    wait_for("every cell has run", notebook.ran, 60)
    saved = notebook.save()
    assert kinds(saved)[1:] == [["widget"]] * 4
    live = {cell["outputs"][0]["data"][WIDGET]["model_id"] for cell in code_cells(saved)[1:]}
    # Asking for the title lets the page tell of its messages.
    wait_for("the page can replace each", lambda: page.title() and live <= replaceable, 20)
    page.remove_listener("websocket", listen)
    if ends := ENDS[how]:
        session = "window.jupyterapp.shell.currentWidget.sessionContext"
        notebook.page.evaluate(f"() => {{ void ({ends})({session}) }}")
    else:
        notebook.page.evaluate(
            """() => {
              const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
              session.kernel.requestExecute({ code: 'import os; os.kill(os.getpid(), 9)' });
            }"""
        )
    widgets = page.locator(".pnb-panel, .pnb-search, .pnb-progress")
    wait_for("no widget is on the page", lambda: widgets.count() == 0, 30)
    notebook.picture(f"kernel-{how}")
    saved = notebook.save()
    assert kinds(saved)[1:] == [["html"]] * 4
    before = notebook.outputs()
    assert "Error displaying widget" not in " ".join(before)
    assert "released" in before[1]
    assert "%parallel_attach tgrp_" in before[-1]
    notebook.open()
    wait_for("the same after a reload", lambda: notebook.outputs() == before, 30)


def test_the_next_panel_and_close_leave_html_also_after_a_reload(
    lab: Lab, open_notebook: Open
) -> None:
    cells = [ASK, "job.panel()", "second = job.panel(); second", "second.close()"]
    lab.add("panels-close.ipynb", cells)
    notebook = open_notebook("panels-close.ipynb")
    notebook.run_cell(0)
    shown(notebook, ".pnb-unseen, .jp-OutputArea-output details")
    notebook.run_cell(1)
    shown(notebook, ROWS)
    notebook.save()
    notebook.open()
    shown(notebook, ROWS)  # it is live again, and answers
    notebook.run_cell(2)
    wait_for(
        "the first has become HTML, the second is live",
        lambda: kinds(notebook.save())[1:3] == [["html"], ["widget"]],
        30,
    )
    shown(notebook, ROWS)
    notebook.run_cell(3)
    wait_for("no panel is left", lambda: notebook.page.locator(".pnb-panel").count() == 0, 30)
    assert WIDGET not in mime_types(notebook.save())


#: Beside another document, JupyterLab leaves a notebook so little.
BESIDE = """() => window.jupyterapp.commands.execute('docmanager:open',
  {path: 'beside.ipynb', factory: 'Editor', options: {mode: 'split-right', activate: false}})"""
#: What stands over the right edge of a live display, but for what scrolls within it.
OVER = """() => {
  const right = (node) => node.getBoundingClientRect().right;
  const inside = '.pnb-scroll, .pnb-unseen, [hidden]';
  return [...document.querySelectorAll('.pnb')].flatMap((box) => [...box.querySelectorAll('*')]
    .filter((node) => !node.closest(inside) && right(node) > right(box) + 1)
    .map((node) => node.className));
}"""


def look_at(notebook: Notebook, name: str) -> None:
    """A picture of each output."""
    outputs = notebook.page.locator(".jp-OutputArea-output")
    for at in range(outputs.count()):
        outputs.nth(at).scroll_into_view_if_needed()
        notebook.picture(f"{name}-{at}")


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_nobody_is_kept_out_in_light_and_dark_wide_and_narrow(
    lab: Lab, open_notebook: Open, app: str
) -> None:
    name = f"panels-axe-{app}.ipynb"
    plan = "pnb.plan(rows, 'Who made {{name}}?', output=fields)"
    task = "pnb.task('When was Rust first released?', output=fields)"
    # a confidence that some rows have and some have not, and how many have it
    some = """counts = job.basis.groupby('confidence')['row'].nunique()
print(*next((word, rows) for word, rows in counts.items() if rows < 6))"""
    cells = [ASK, "job.panel()", "found.panel()", plan, task, "job", "found", "pnb.jobs()", some]
    lab.add(name, cells)
    lab.add("beside.ipynb", [""])
    notebook = open_notebook(name, app)
    notebook.run_all()
    shown(notebook, ROWS)
    shown(notebook, ".pnb-search .pnb-hit", 4)
    wait_for("every cell has run", notebook.ran, 60)
    notebook.page.locator(ROWS).nth(1).click()
    shown(notebook, ".pnb-ev")
    for theme in ("light", "dark"):
        notebook.dark() if theme == "dark" else notebook.light()
        assert notebook.violations(".jp-OutputArea-output:not(:has(.dataframe))") == []
        look_at(notebook, f"axe-{app}-{theme}")
    notebook.light()
    confidence, rows = notebook.outputs()[-1].split()
    notebook.page.get_by_label("Confidence").select_option(confidence)
    wait_for("the filter acts", lambda: f"{rows} shown" in notebook.outputs()[1], 20)
    notebook.scroll_to(".pnb-panel")
    notebook.picture(f"filtered-{app}")
    if app == "lab":
        notebook.page.evaluate(BESIDE)
    else:
        notebook.page.set_viewport_size({"width": 500, "height": 768})
    shown(notebook, ".pnb-panel.pnb-slim")
    shown(notebook, ".pnb-search.pnb-slim")
    assert notebook.page.evaluate(OVER) == []
    look_at(notebook, f"narrow-{app}")
