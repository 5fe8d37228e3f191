"""The course in JupyterLab, as a student takes it: Run All, read, solve the exercises.

Its first lesson, which is the main job, is watched in `test_quickstart.py`.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import jupytext
import pytest

from parallel_nb.lessons import LESSONS, copy_course
from tests.browser.jupyter import ROOT, Lab, Notebook, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
FIRST = "01_quickstart"
_TYPE = """([id, source]) => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const number = [...cells].findIndex(cell => cell.model.id === id);
  cells[number].model.sharedModel.setSource(source);
  return number;
}"""


def answers(name: str) -> list[tuple[str, str]]:
    """For each exercise cell its id, and what stands in its place in the solution."""
    read = jupytext.read(ROOT / "notebooks" / "source" / f"{name}.md", fmt="md")
    lesson = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text("utf-8"))
    ids = [c["id"] for c in lesson["cells"] if "exercise" in c["metadata"].get("tags", [])]
    solved = [c.source for c in read.cells if "solution" in c.metadata.get("tags", [])]
    return list(zip(ids, solved, strict=True))


def error_of(cell: dict[str, Any]) -> str:
    texts = [line for o in cell["outputs"] for line in o.get("traceback", [])]
    return "\n".join(texts)


def has_run(notebook: Notebook, number: int) -> bool:
    return not notebook.runs(number) and notebook.ran()


def look_at_unsolved(notebook: Notebook, name: str) -> None:
    """An exercise that is not solved says so in two lines; no other cell has an error."""
    unsolved = notebook.save()["cells"]
    exercises = [c for c in unsolved if "exercise" in c["metadata"].get("tags", [])]
    asked = [c for c in exercises if "lessons.check" in "".join(c["source"])]
    for cell in asked:
        # Two lines, and no traceback.
        assert "hint" in error_of(cell)
        assert len(error_of(cell).splitlines()) == 2
    others = [c for c in unsolved if "raises-exception" not in c["metadata"].get("tags", [])]
    assert not [error_of(c) for c in others if c["cell_type"] == "code" and error_of(c)]
    notebook.page.get_by_role("heading", name="Exercises").first.scroll_into_view_if_needed()
    notebook.picture(f"lesson-{name[:2]}-unsolved")


def solve(notebook: Notebook, name: str) -> None:
    """Write the solutions into the cells of the exercises; each is told to be right."""
    for cell_id, source in answers(name):
        number = notebook.page.evaluate(_TYPE, [cell_id, source])
        notebook.run_cell(number)
        wait_for(f"exercise {cell_id} has run", partial(has_run, notebook, number), 200)
    for cell in notebook.save()["cells"]:
        if "lessons.check" in "".join(cell["source"]) and cell["cell_type"] == "code":
            shown = json.dumps(cell["outputs"])
            assert " is right. " in shown, shown
    if notebook.page.locator(".jp-RenderedImage").count():
        notebook.page.locator(".jp-RenderedImage").last.scroll_into_view_if_needed()
    notebook.picture(f"lesson-{name[:2]}-light")
    notebook.dark()
    notebook.picture(f"lesson-{name[:2]}-dark")
    notebook.light()


@pytest.mark.parametrize("name", [name for name in LESSONS if name != FIRST])
def test_a_student_runs_a_lesson_and_solves_its_exercises(
    name: str, lab: Lab, open_notebook: Callable[..., Notebook]
) -> None:
    copy_course(lab.folder)
    notebook = open_notebook(f"{name}.ipynb")
    notebook.command("notebook:clear-all-cell-outputs")
    notebook.run_all()
    wait_for("every cell has run", notebook.ran, 400)
    look_at_unsolved(notebook, name)
    solve(notebook, name)
