"""The demo: the quickstart, run on a terminal."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError, ParallelError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    Write = Callable[[str], None]

_QUICKSTART: Final = "01_quickstart.ipynb"


def run_demo(given: Path | None, write: Write, complain: Write) -> None:
    """Run the cells of the quickstart here, and print its table and one row's citations.

    `given` names another notebook; `write` and `complain` print a line of result or error.

    Raises `InputError` when there is no such notebook or a cell fails, and what our own
    magics raise.
    """
    notebook = _find_notebook(given)
    # Outputs are captured, so that live ones would be lost.
    os.environ["PARALLEL_NB_STATIC"] = "1"
    started = time.monotonic()
    write(f"Running {notebook.name}: the questions go to the embedded engine, on this machine.")
    variables = _run_cells(_code_cells(notebook), write, complain)
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
    else:  # installed, without the lessons' folder
        write(f"Go on in JupyterLab with a copy of the notebook: {notebook}")


def _find_notebook(given: Path | None) -> Path:
    package = Path(__file__).parent
    places = (
        [given] if given else [package / _QUICKSTART, package.parent / "notebooks" / _QUICKSTART]
    )
    for place in places:
        if place.is_file():
            return place
    raise InputError(
        f"There is no notebook {places[-1]}.",
        "Name one with --notebook FILE, or run the command in a checkout of the project.",
    )


def _code_cells(notebook: Path) -> list[str]:
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        return ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{notebook} is not a notebook.", "Name an .ipynb file.") from error


def _run_cells(cells: list[str], write: Write, complain: Write) -> dict[str, Any]:
    """Run cells as a kernel would, quietly; returns the variables they made.

    Raises what a cell raised.
    """
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415 - demo alone
    from IPython.utils.capture import capture_output  # noqa: PLC0415 - the same
    from traitlets.config import Config  # noqa: PLC0415 - the same

    config: Any = Config()
    config.HistoryManager.enabled = False  # the person's own history is none of ours
    shell = InteractiveShell.instance(config=config)
    run_cell: Callable[[str], Any] = shell.run_cell
    for cell in cells:
        first = next(filter(str.strip, cell.splitlines()), None)
        if first is None:  # an empty cell, as every notebook ends with
            continue
        if first.lstrip().startswith("%"):
            write(f"  {first[:96]}")
        with capture_output() as captured:
            result = run_cell(cell)
        problem = result.error_before_exec or result.error_in_exec
        if isinstance(problem, ParallelError):
            raise problem
        if problem is not None:
            complain(captured.stdout)
            raise InputError(f"A cell failed: {first}", "The lines above say why.") from problem
    variables: dict[str, Any] = shell.user_ns
    return variables


def _print_answers(frame: pd.DataFrame, write: Write) -> None:
    """Print a table of answers, and the citations of the row with the best evidence."""
    shown = frame.drop(columns=["run_id", "status", "error"])
    write("")
    write(shown.to_string(index=False, max_colwidth=38))
    basis = frame.parallel.basis()
    cited = basis.dropna(subset=["excerpt"])
    if cited.empty:
        return
    sure = cited.assign(sure=cited["confidence"].map({"high": 3, "medium": 2}).fillna(1))
    row = sure.drop_duplicates(["row", "field"]).groupby("row")["sure"].sum().idxmax()
    write(f"\nWhere the values of {shown.loc[row].iloc[0]!s} come from:")
    for name, entries in cited[cited["row"] == row].groupby("field", sort=False):
        first = entries.iloc[0]
        write(f"  {name} = {first['value']} ({first['confidence']} confidence)")
        write(f"    {first['title']}, {first['url']}")
        write(f"    “{' '.join(str(first['excerpt']).split())[:160]}”")
