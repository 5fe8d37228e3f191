"""The built JavaScript and CSS of the widgets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from parallel_nb.api.errors import ConnectionProblem

_FOLDER = Path(__file__).parents[1] / "static"


@cache
def read_asset(name: str) -> str:
    """The text of one built file, such as `progress.js`.

    Raises:
        ConnectionProblem: The file has not been built; the message says how to build it.
    """
    try:
        return (_FOLDER / name).read_text("utf-8")
    except FileNotFoundError:
        raise ConnectionProblem(
            f"The widget file {name} has not been built.",
            "In the project folder run `python hatch_build.py` (or `make setup`); "
            "until then PARALLEL_NB_STATIC=1 shows everything without widgets.",
        ) from None


def has_asset(name: str) -> bool:
    """True when the built file is there."""
    return (_FOLDER / name).is_file()
