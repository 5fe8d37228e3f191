"""What stays in the notebook: after a reload, without a kernel, untrusted; and panels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from tests.browser.jupyter import WIDGET, Lab, Notebook, code_cells, mime_types, wait_for
from tests.browser.readers import readers_held
from tests.display.outputs import HOSTILE, PLAIN, Seen, outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Dialog, Page

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PROGRESS, PANEL = ".pnb-progress", ".pnb-panel"

#: Every second sample document is asked about, so that the engine is watched for some seconds.
SETUP = """
import parallel_nb as pnb
from pathlib import Path
pnb.connect("embedded")
sample = Path(pnb.__file__).parent / "engine" / "sample"
names = sorted(page.stem for page in sample.glob("*/*.md"))
fields = pnb.parse_fields("founded: int? - year\\ncountry: str?\\nwho: str? - who made it")
"""
ASK = """
rows = [{"name": n, "what": w} for n in names[::2] for w in ("origin", "maker", "age")]
job = pnb.tasks(rows, "The {{what}} of {{name}}", output=fields, processor="ultra",
                title="Everything of every second")
"""
PLAN = "pnb.plan(rows, 'The {{what}} of {{name}}', output=fields, fresh=True)"
SEARCH = 'pnb.search("Which languages are statically typed and cost $5 or $10?")'
TASK = 'pnb.task("Who designed Rust, and when?", output=fields)'


def without_trust(lab: Lab, name: str) -> str:
    """A copy of the notebook that this server has not signed, as one from elsewhere."""
    notebook = json.loads((lab.folder / name).read_text("utf-8"))
    for cell in code_cells(notebook):
        cell["metadata"].pop("trusted", None)
    notebook["metadata"]["sent_by"] = "a friend"
    copy = f"untrusted-{name}"
    (lab.folder / copy).write_text(json.dumps(notebook), "utf-8")
    return copy


def is_trusted(notebook: Notebook) -> bool:
    trusted: bool = notebook.page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets
          .filter(cell => cell.model.type === 'code').every(cell => cell.model.trusted)"""
    )
    return trusted


def test_outputs_read_the_same_after_reload_without_a_kernel_and_untrusted(
    lab: Lab, open_notebook: Open
) -> None:
    lab.add("lasting.ipynb", [SETUP, ASK, PLAN, SEARCH, TASK])
    notebook = open_notebook("lasting.ipynb")
    notebook.run_cell(0)
    wait_for("the engine is there", lambda: notebook.ran_up_to(1), 60)
    answered = notebook.page.locator(f"{PROGRESS} .pnb-count-completed b")
    seen: list[list[str]] = []

    def grown() -> bool:
        now = answered.all_inner_texts()
        if not now or now in seen:
            return False
        seen.append(now)
        return True

    # The engine goes on only when the page has shown how far it is.
    with readers_held(lab) as readers:
        notebook.run_all()
        wait_for("progress on the page", grown, 60)
        for _ in range(7):
            readers.let_one_go_on()
            wait_for("more answers on the page", grown, 60)
            readers.hold()
        assert notebook.runs(1), "the cell does not block"
        notebook.picture("embedded-running")
        assert notebook.violations(PROGRESS) == []
    wait_for("every cell has run", notebook.ran, 120)
    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    before = notebook.outputs()
    assert len(before) == 4
    assert "hosted it would be at most $" in before[1]
    assert "$5 or $10" in before[2]
    assert notebook.page.locator(".jp-OutputArea-output mjx-container").count() == 0

    # Without a kernel, loaded anew.
    for kernel in lab.api("/kernels"):
        lab.api(f"/kernels/{kernel['id']}", method="DELETE")
    notebook.open()
    wait_for("the same after the reload", lambda: notebook.outputs() == before, 30)
    assert is_trusted(notebook)
    assert notebook.violations() == []
    for number in range(4):
        output = notebook.page.locator(".jp-OutputArea-output").nth(number)
        output.scroll_into_view_if_needed()
        notebook.picture(f"lasting-light-{number}")
    notebook.dark()
    assert notebook.violations() == []
    for number in range(4):
        notebook.page.locator(".jp-OutputArea-output").nth(number).scroll_into_view_if_needed()
        notebook.picture(f"lasting-dark-{number}")

    stranger = open_notebook(without_trust(lab, "lasting.ipynb"))
    wait_for("the same without trust", lambda: stranger.outputs() == before, 30)
    assert not is_trusted(stranger)
    stranger.picture("lasting-untrusted")


#: What would hurt most if a page took it for its own, and what MathJax would typeset.
ATTACKS = (PLAIN, *(text for text in HOSTILE[:17] if text.strip()))


@pytest.mark.parametrize("trusted", [False, True], ids=["untrusted", "trusted"])
def test_no_display_gives_a_page_more_than_its_words(
    lab: Lab, open_notebook: Open, page: Page, *, trusted: bool
) -> None:
    name = f"hostile-{'trusted' if trusted else 'untrusted'}.ipynb"
    path = lab.add(name, ["" for _ in ATTACKS])
    made = nbformat.from_dict(json.loads(path.read_text("utf-8")))  # type: ignore[no-untyped-call]
    shown = [list(outputs(text).values()) for text in ATTACKS]
    for cell, bundles in zip(made["cells"], shown, strict=True):
        cell["outputs"] = [
            {"output_type": "display_data", "data": bundle, "metadata": {}} for bundle in bundles
        ]
    path.write_text(json.dumps(made), "utf-8")
    if trusted:
        NotebookNotary(data_dir=str(lab.data)).sign(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    opened: list[str] = []

    def note(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    notebook = open_notebook(name)
    expected = [
        "".join(Seen(bundle["text/html"]).text.split()) for bundles in shown for bundle in bundles
    ]
    wait_for(
        "every display reads as it should",
        lambda: ["".join(text.split()) for text in notebook.outputs()] == expected,
        30,
    )
    assert is_trusted(notebook) == trusted
    within = ".jp-OutputArea-output"
    foreign = "script, img, iframe, object, h1, mjx-container, [onclick], [onmouseover], [ontoggle]"
    assert page.locator(within).locator(foreign).count() == 0
    hrefs = page.locator(f"{within} a").evaluate_all("all => all.map(a => a.protocol)")
    assert set(hrefs) <= {"http:", "https:"}
    page.remove_listener("dialog", note)
    assert opened == []


def focused(notebook: Notebook) -> str:
    """What has the focus, in words."""
    words: str = notebook.page.evaluate(
        """() => (document.activeElement.ariaLabel || document.activeElement.textContent || '')
          .replace(/\\s+/g, ' ').trim()"""
    )
    return words


def tab_to(notebook: Notebook, words: str) -> None:
    for _ in range(40):
        if words in focused(notebook):
            return
        notebook.page.keyboard.press("Tab")
    raise AssertionError(f"the tabulator does not reach {words!r}; it is at {focused(notebook)!r}")


def test_a_panel_is_used_by_keyboard_alone_and_closes_to_its_static_twin(
    lab: Lab, open_notebook: Open
) -> None:
    ask = ASK.replace("names[::2]", "names[:4]").replace('"ultra"', '"base"')
    lab.add("panel.ipynb", [SETUP + ask, "job.panel()", "'the cell below'"])
    notebook = open_notebook("panel.ipynb")
    notebook.run_all()
    wait_for("every cell has run", notebook.ran, 60)
    panel = notebook.page.locator(PANEL)
    values = panel.locator(".pnb-tr:not(.pnb-waits) .pnb-value")
    wait_for("the panel has rows", lambda: values.count() > 10, 30)
    notebook.scroll_to(PANEL)
    notebook.picture("panel-light")
    assert notebook.violations(PANEL) == []

    # A person clicks nothing from here on.
    panel.locator("input[type=search]").focus()
    press = notebook.page.keyboard.press
    notebook.page.keyboard.type("airbus")
    wait_for("the filter acts", lambda: "3 shown" in panel.inner_text(), 30)
    for _ in range(12):
        press("Tab")
        if notebook.page.evaluate("() => document.activeElement.matches('.pnb-td')"):
            break
    press("ArrowDown")
    press("ArrowRight")
    press("Enter")
    evidence = panel.locator(".pnb-ev")
    evidence.wait_for(timeout=30_000)
    notebook.picture("panel-evidence-light")
    assert notebook.violations(PANEL) == []
    notebook.dark()
    notebook.picture("panel-evidence-dark")
    assert notebook.violations(PANEL) == []
    press("Escape")
    wait_for("Escape closes the evidence", lambda: evidence.count() == 0, 30)
    while "Close panel" not in focused(notebook):
        press("Shift+Tab")
    press("Enter")
    wait_for(
        "the static twin", lambda: panel.count() == 0 and "country" in notebook.outputs()[1], 10
    )
    notebook.picture("panel-closed-dark")
    assert WIDGET not in mime_types(notebook.save())
    before = notebook.outputs()
    stranger = open_notebook(without_trust(lab, "panel.ipynb"))
    wait_for("the same without trust", lambda: stranger.outputs() == before, 30)
