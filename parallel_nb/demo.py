"""The demo: the quickstart, run on a terminal."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError, ParallelError
from parallel_nb.formats import shorten
from parallel_nb.lessons import folder

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Write = Callable[[str], None]

_QUICKSTART: Final = "01_quickstart.ipynb"
#: Characters of a cell's first line, and of an excerpt, that are printed.
_LINE_CHARS: Final = 96
_EXCERPT_CHARS: Final = 160


def run_demo(path: Path | None, write: Write, write_error: Write) -> None:
    """Run the cells of the quickstart here, and print its table and one row's citations.

    Args:
        path: Another notebook to run; the quickstart if None.
        write: Prints a line of the result.
        write_error: Prints a line about what went wrong.

    Raises:
        InputError: There is no such notebook, or a cell fails.
        ParallelError: What one of our own magics has raised.

    Examples:
        >>> run_demo(None, print, print)  # doctest: +SKIP
    """
    notebook = _find_notebook(path)
    # Outputs are captured, so live ones would be lost.
    os.environ["PARALLEL_NB_STATIC"] = "1"
    started = time.monotonic()
    write(f"Running {notebook.name}: the questions go to the embedded engine, on this machine.")
    variables = _run_cells(_code_cells(notebook), write, write_error)
    frame = next(
        (
            value
            for value in reversed(list(variables.values()))
            if "run_id" in getattr(value, "columns", ()) and "status" in value.columns
        ),
        None,
    )
    if frame is None:
        raise InputError(f"{notebook} makes no table of answers.", "Run the quickstart instead.")
    _print_answers(frame, write)
    write(f"\nDone in {time.monotonic() - started:.0f} s.")
    write("The answers come from the sample documents, not from the web.")
    if (Path(__file__).parents[1] / "Makefile").is_file():
        write("Go on in JupyterLab: make lab (or: jupyter lab notebooks)")
    else:  # installed
        write("Go on in JupyterLab with the course: parallel-nb lessons DIR copies it")


def _find_notebook(path: Path | None) -> Path:
    notebook = path or folder() / _QUICKSTART
    if not notebook.is_file():
        raise InputError(f"There is no notebook {notebook}.", "Name one with --notebook FILE.")
    return notebook


def _code_cells(notebook: Path) -> list[str]:
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        # An exercise that nobody has solved raises.
        asked = [c for c in code if "raises-exception" not in c.get("metadata", {}).get("tags", ())]
        return ["".join(cell["source"]) for cell in asked]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{notebook} is not a notebook.", "Name an .ipynb file.") from error


def _run_cells(cells: list[str], write: Write, write_error: Write) -> dict[str, Any]:
    """Run cells as a kernel would, quietly; returns the variables they made.

    Raises what a cell raised.
    """
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - demo alone
    from IPython.utils.capture import capture_output  # noqa: PLC0415 - the same
    from traitlets.config import Config  # noqa: PLC0415 - the same

    config: Any = Config()
    config.HistoryManager.enabled = False  # the cells do not belong into the person's history
    shell = InteractiveShell.instance(config=config)
    run_cell: Callable[[str], Any] = shell.run_cell
    for cell in cells:
        first = next(filter(str.strip, cell.splitlines()), None)
        if first is None:  # an empty cell, as every notebook ends with
            continue
        if first.lstrip().startswith("%"):
            write(f"  {shorten(first, _LINE_CHARS)}")
        with capture_output() as captured:
            result = run_cell(cell)
        problem = result.error_before_exec or result.error_in_exec
        if isinstance(problem, ParallelError):
            raise problem
        if problem is not None:
            write_error(captured.stdout)
            raise InputError(f"A cell failed: {first}", "The lines above say why.") from problem
    variables: dict[str, Any] = shell.user_ns
    return variables


def _print_answers(frame: pd.DataFrame, write: Write) -> None:
    """Print a table of answers, and the citations of the row with the best evidence."""
    answers = frame.drop(columns=["run_id", "status", "error"])
    write("")
    write(answers.to_string(index=False, max_colwidth=38))
    basis = frame.parallel.basis()
    cited = basis.dropna(subset=["excerpt"])
    if cited.empty:
        return
    scored = cited.assign(score=cited["confidence"].map({"high": 3, "medium": 2}).fillna(1))
    row = scored.drop_duplicates(["row", "field"]).groupby("row")["score"].sum().idxmax()
    write(f"\nWhere the values of {answers.loc[row].iloc[0]!s} come from:")
    for name, entries in cited[cited["row"] == row].groupby("field", sort=False):
        first = entries.iloc[0]
        write(f"  {name} = {first['value']} ({first['confidence']} confidence)")
        write(f"    {first['title']}, {first['url']}")
        write(f"    “{shorten(str(first['excerpt']), _EXCERPT_CHARS)}”")
