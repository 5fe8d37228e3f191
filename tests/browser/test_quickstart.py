"""The main job in JupyterLab, as a person does it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import ROOT, WIDGET, Lab, Notebook, code_cells, mime_types, wait_for
from tests.browser.readers import readers_held

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
QUICKSTART = "01_quickstart.ipynb"


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


def test_quickstart_runs_and_still_reads_after_a_reload(
    lab: Lab, open_notebook: Callable[[str], Notebook]
) -> None:
    source = json.loads((ROOT / "notebooks" / QUICKSTART).read_text("utf-8"))
    for cell in code_cells(source):
        cell["outputs"], cell["execution_count"] = [], None
        # Another test may have run the lesson here, and answers would come from the journal.
        text = "".join(cell["source"])
        cell["source"] = text.replace("--into profiles", "--into profiles --fresh", 1)
    (lab.folder / QUICKSTART).write_text(json.dumps(source), "utf-8")
    table = next(n for n, cell in enumerate(source["cells"]) if is_table(cell))
    notebook = open_notebook(QUICKSTART)
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

    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    # An exercise that is not solved shows an error, and Run All goes on.
    lesson = [c for c in code_cells(saved) if "exercise" not in c["metadata"].get("tags", [])]
    assert not [o for c in lesson for o in c["outputs"] if o["output_type"] == "error"]

    before = notebook.outputs()
    notebook.open()
    notebook.dark()
    wait_for(
        "the same results after the reload",
        lambda: notebook.outputs() == before,
        30,
    )
    notebook.picture("quickstart-dark")
