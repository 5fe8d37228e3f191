"""The main job in JupyterLab, as a person does it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import ROOT, WIDGET, Lab, Notebook, code_cells, mime_types, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
QUICKSTART = "01_quickstart.ipynb"
#: The title of the job over the twenty rows: the variable that it binds.
TITLE = "profiles"


def is_progress_of_the_table(text: str) -> bool:
    """The title, that it is at work, and counts that add up to the twenty rows."""
    counts = re.findall(r"([\d,]+)\s+(?:answered|reused|failed|running|waiting|not sent)\b", text)
    rows = sum(int(count.replace(",", "")) for count in counts)
    phase = re.search(r"· (sending rows|running)\b", text)
    return text.startswith(TITLE) and rows == 20 and phase is not None


def test_quickstart_runs_and_still_reads_after_a_reload(
    lab: Lab, open_notebook: Callable[[str], Notebook]
) -> None:
    source = json.loads((ROOT / "notebooks" / QUICKSTART).read_text("utf-8"))
    for cell in code_cells(source):
        cell["outputs"], cell["execution_count"] = [], None
    (lab.folder / QUICKSTART).write_text(json.dumps(source), "utf-8")
    notebook = open_notebook(QUICKSTART)
    notebook.page.evaluate(
        """() => {
          window.pnbSeen = [];
          new MutationObserver(() => {
            for (const node of document.querySelectorAll('.pnb-progress'))
              if (!window.pnbSeen.includes(node.innerText)) window.pnbSeen.push(node.innerText);
          }).observe(document.body, {subtree: true, childList: true, characterData: true});
        }"""
    )
    notebook.run_all()
    wait_for("every cell has run", notebook.ran, 90)
    seen = notebook.page.evaluate("() => window.pnbSeen")
    # A fast engine skips phases and counts, so any phase of the twenty rows will do.
    assert any(is_progress_of_the_table(text) for text in seen), seen
    notebook.picture("quickstart-light")

    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    assert not [o for c in code_cells(saved) for o in c["outputs"] if o["output_type"] == "error"]

    before = notebook.page.locator(".jp-OutputArea-output").all_inner_texts()
    notebook.open()
    notebook.dark()
    wait_for(
        "the same results after the reload",
        lambda: notebook.page.locator(".jp-OutputArea-output").all_inner_texts() == before,
        20,
    )
    notebook.picture("quickstart-dark")
