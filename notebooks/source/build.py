"""Makes the notebooks of the course from their source: `python notebooks/source/build.py`.

A lesson is one Markdown file, as jupytext reads it. Cells are tagged: `exercise` is what a student
gets, and `solution` what stands in its place in `notebooks/solutions/`. Both notebooks are run
here, and the lesson keeps its outputs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import jupytext
import nbformat
from nbclient import NotebookClient

SOURCE: Final = Path(__file__).parent
COURSE: Final = SOURCE.parent
_METADATA: Final = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
}


def make(source: Path, *, solved: bool) -> Any:
    """A notebook without outputs: the lesson, or the lesson with its solutions."""
    read = jupytext.read(source, fmt="md")
    left_out = "exercise" if solved else "solution"
    notebook: Any = nbformat.v4.new_notebook(metadata=_METADATA)  # type: ignore[no-untyped-call]
    topic = source.stem.partition("_")[2]
    for number, cell in enumerate(read.cells):
        tags = cell.metadata.get("tags", [])
        if left_out in tags:
            continue
        cell.id = f"{topic}-{number:02d}"
        cell.metadata = {"tags": [*tags]} if tags else {}
        if "exercise" in tags:
            # Not solved yet, it raises; Run All goes on, and the tests accept it.
            cell.metadata["tags"] += ["raises-exception", "nbval-ignore-output"]
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = []
        notebook.cells.append(cell)
    return notebook


def run(notebook: Any) -> None:
    """Run all cells in the folder of the course, and keep their outputs in the notebook."""
    client = NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        resources={"metadata": {"path": str(COURSE)}},
    )
    client.execute()
    notebook.metadata = _METADATA
    for cell in notebook.cells:
        if "exercise" in cell.metadata.get("tags", []):
            cell.outputs = []
            cell.execution_count = None


def _write(notebook: Any, path: Path) -> None:
    path.write_text(f"{nbformat.writes(notebook)}\n", "utf-8")  # type: ignore[no-untyped-call]


def main(names: list[str]) -> None:
    """Make the named lessons, or all of them."""
    for source in sorted(SOURCE.glob("*.md")):
        if names and not any(name in source.stem for name in names):
            continue
        lesson = make(source, solved=False)
        run(lesson)
        _write(lesson, COURSE / f"{source.stem}.ipynb")
        _write(make(source, solved=True), COURSE / "solutions" / f"{source.stem}.ipynb")
        sys.stdout.write(f"{source.stem}: {len(lesson.cells)} cells\n")


if __name__ == "__main__":
    main(sys.argv[1:])
