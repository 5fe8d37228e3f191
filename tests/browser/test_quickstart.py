"""The main job in JupyterLab, as a person does it: the first lesson, with its exercises."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.lessons import copy_course
from tests.browser.jupyter import WIDGET, Lab, Notebook, mime_types, wait_for
from tests.browser.readers import readers_held
from tests.browser.test_lessons import FIRST, look_at_unsolved, solve

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
QUICKSTART = f"{FIRST}.ipynb"


def is_table(cell: dict[str, Any]) -> bool:
    """The cell that asks the table."""
    return "--into profiles" in "".join(cell["source"])


def is_progress(shown: list[str]) -> bool:
    """One progress: the title, that it is at work, and counts that add up to the rows."""
    text = "\n".join(shown)
    counts = re.findall(r"([\d,]+)\s+(?:answered|reused|failed|running|waiting|not sent)\b", text)
    rows = sum(int(count.replace(",", "")) for count in counts)
    phase = re.search(r"· (sending rows|running)\b", text)
    return text.startswith("profiles") and rows == 20 and phase is not None


def test_quickstart_runs_reads_the_same_after_a_reload_and_its_exercises_are_solved(
    lab: Lab, open_notebook: Callable[[str], Notebook]
) -> None:
    copy_course(lab.folder)
    source = json.loads((lab.folder / QUICKSTART).read_text("utf-8"))
    table = next(n for n, cell in enumerate(source["cells"]) if is_table(cell))
    notebook = open_notebook(QUICKSTART)
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.run_cell(table, "notebook:run-all-above")
    wait_for("the cells above the table have run", lambda: notebook.ran_up_to(table), 90)
    # The engine answers the table in a tenth of a second, sooner than a page can draw.
    with readers_held(lab):
        notebook.run_cell(table, "notebook:run-all-below")
        progress = notebook.page.locator(".pnb-progress")
        wait_for("live progress", lambda: is_progress(progress.all_inner_texts()), 40)
        assert notebook.runs(table), "the cell does not block"
        notebook.picture("quickstart-running")
    wait_for("every cell has run", notebook.ran, 90)
    notebook.picture("quickstart-light")

    assert WIDGET not in mime_types(notebook.save())
    look_at_unsolved(notebook, FIRST)
    before = notebook.outputs()
    notebook.open()
    notebook.dark()
    wait_for(
        "the same results after the reload",
        lambda: notebook.outputs() == before,
        30,
    )
    notebook.picture("quickstart-dark")
    notebook.light()
    solve(notebook, FIRST)
