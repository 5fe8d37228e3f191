"""The search panel in JupyterLab: used by keyboard, closed to what stays in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import WIDGET, Lab, Notebook, mime_types, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
ASK = """import parallel_nb as pnb
results = pnb.search("Which languages are statically typed?", max_results=6)"""


def test_found_pages_are_opened_by_keyboard_and_closing_leaves_html(
    lab: Lab, open_notebook: Callable[[str], Notebook]
) -> None:
    lab.add("search-panel.ipynb", [ASK, "results.panel()"])
    notebook = open_notebook("search-panel.ipynb")
    notebook.run_all()
    wait_for("every cell has run", notebook.ran, 90)
    panel = notebook.page.locator(".pnb-search")
    wait_for("the pages are there", lambda: panel.locator(".pnb-hit").count() == 6, 30)
    panel.locator(".pnb-opener").first.focus()
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("Enter")
    second = panel.locator(".pnb-hit").nth(1)
    wait_for("the second page is open", second.locator(".pnb-excerpt").first.is_visible, 30)
    notebook.picture("search-panel-light")
    notebook.dark()
    notebook.picture("search-panel-dark")
    panel.get_by_role("button", name="Close panel").focus()
    notebook.page.keyboard.press("Enter")
    wait_for("the static twin", lambda: panel.count() == 0 and "1. " in notebook.outputs()[0], 30)
    assert WIDGET not in mime_types(notebook.save())
