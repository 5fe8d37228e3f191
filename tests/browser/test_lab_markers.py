"""Markers under what is wrong with a cell, asked of the kernel without running the cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import Lab, Notebook, wait_for
from tests.browser.test_lab_cells import select

if TYPE_CHECKING:
    from collections.abc import Callable

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

TABLE = """%load_ext parallel_nb
import pandas as pd
companies = pd.DataFrame({"name": ["LEGO"], "website": ["lego.com"]})"""
TASK = """%%parallel_task --over companies --procesor core
Don't guess: research {{name}} ({{web}}).
---
ceo: strng - Who leads it"""


def marked(notebook: Notebook) -> list[str]:
    texts: list[str] = notebook.page.locator(".pnb-cm-problem").all_inner_texts()
    return texts


def test_what_is_wrong_is_marked_once_the_kernel_can_tell(lab: Lab, open_notebook: Open) -> None:
    lab.add("markers.ipynb", [TABLE, TASK, "x = 1\n%parallel_jobs --nothing"])
    notebook = open_notebook("markers.ipynb")
    page = notebook.page
    notebook.run_cell(0)
    wait_for(
        "the markers are there",
        lambda: (
            marked(notebook) == ["--procesor", "{{web}}", "ceo: strng - Who leads it", "--nothing"]
        ),
        20,
    )
    # Neither the person's cells nor their numbers have changed.
    counts = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets"
        ".map(cell => cell.model.executionCount)"
    )
    assert counts == [1, None, None]

    page.locator(".pnb-cm-problem", has_text="{{web}}").hover()
    message = page.locator(".pnb-cm-message")
    message.wait_for()
    assert "There is no column 'web'. Did you mean 'website'?" in message.inner_text()
    notebook.picture("markers-light")
    notebook.dark()
    notebook.picture("markers-dark")
    page.mouse.move(5, 5)
    wait_for("the message has gone", lambda: message.count() == 0)

    # Without a mouse: the message stands where the cursor is.
    select(notebook, 1, 1, len("Don't guess: research {{name}} ({{we"))
    message.wait_for()
    assert "Did you mean 'website'?" in message.inner_text()
    assert not notebook.violations(".pnb-cm-message")

    page.keyboard.press("ArrowRight")
    page.keyboard.type("site")
    wait_for("the column is right", lambda: "{{website}}" not in marked(notebook))
    wait_for("no message is left", lambda: message.count() == 0)
    assert "--procesor" in marked(notebook)


def test_a_kernel_without_our_magics_is_told_where_no_cell_loads_them(
    lab: Lab, open_notebook: Open
) -> None:
    lab.add("unloaded.ipynb", ["x = 1", TASK, "import os\n%parallel_jobs", "%%bash\n%parallel_x"])
    notebook = open_notebook("unloaded.ipynb")
    wait_for("two are marked", lambda: marked(notebook) == ["%%parallel_task", "%parallel_jobs"])
    assert notebook.page.locator(".pnb-cm-message").count() == 0  # no cell has the keyboard
    select(notebook, 1, 0, 3)
    message = notebook.page.locator(".pnb-cm-message")
    message.get_by_text("Run %load_ext parallel_nb.").wait_for()
    notebook.picture("markers-not-loaded")
    select(notebook, 0, 0, 5)
    notebook.page.keyboard.type("\n%load_ext parallel_nb")  # not run yet: nothing is wrong
    wait_for("no magic is marked", lambda: marked(notebook) == [])


def test_a_kernel_whose_python_has_no_parallel_nb_is_told(lab: Lab, open_notebook: Open) -> None:
    blocker = lab.folder / "without" / "sitecustomize.py"
    blocker.parent.mkdir()
    blocker.write_text("import sys; sys.modules['parallel_nb'] = None")
    lab.add_kernel("without", {"PYTHONPATH": str(blocker.parent)})
    lab.add("without.ipynb", ["%load_ext parallel_nb", TASK], kernel="without")
    notebook = open_notebook("without.ipynb")
    wait_for("it is marked", lambda: marked(notebook) == ["%%parallel_task"])
    select(notebook, 1, 0, 3)
    notebook.page.get_by_text("Run %pip install parallel-nb, then %load_ext").wait_for()
