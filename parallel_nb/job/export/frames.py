"""Writes a frame of answers to a file: CSV, JSON, JSON lines or Parquet."""

from __future__ import annotations

import importlib.util
import json
import re
from typing import TYPE_CHECKING, Any, Final

from pandas.api.types import is_numeric_dtype

from parallel_nb.api.errors import InputError
from parallel_nb.tables.source import read_frame
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd


def as_pandas(frame: Any) -> pd.DataFrame:
    """A frame of any library as one of pandas."""
    import pandas as pd  # noqa: PLC0415 - loaded when a frame is written

    if isinstance(frame, pd.DataFrame):
        return frame
    columns = read_frame(frame).frame.iter_columns()
    return pd.DataFrame(
        {column.name: pd.Series(column.to_list(), dtype=object) for column in columns}
    )


def write_frame(frame: pd.DataFrame, path: Path, *, raw: bool = False) -> None:
    """Write a frame in the form that the ending of the file says, one of `WRITERS`.

    Lists and objects are JSON text in CSV; Parquet keeps lists of texts. A text that a
    spreadsheet would take for a formula has an apostrophe before it in CSV; `raw` leaves it as
    it is.

    Raises:
        InputError: The file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv" and not raw:
        frame = _without_formulas(frame)
    try:
        WRITERS[suffix](frame, path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error}.", "Name another file.") from error


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _nested_as_text(frame).to_csv(path, index=False)


def _write_json(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path, orient="records", date_format="iso", indent=1)


def _write_json_lines(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path, orient="records", date_format="iso", lines=True)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame = _nested_as_text(frame, keep_lists=True)
    if any(importlib.util.find_spec(engine) for engine in ("pyarrow", "fastparquet")):
        frame.to_parquet(path, index=False)
    elif importlib.util.find_spec("polars"):
        import polars as pl  # noqa: PLC0415 - for this form alone

        columns = {
            str(name): [None if is_missing(cell) else cell for cell in column]
            for name, column in frame.items()
        }
        pl.DataFrame(columns, strict=False).write_parquet(path)
    else:
        raise InputError(
            f"{path}: to write Parquet, pyarrow or polars is needed, and neither is installed.",
            "pip install pyarrow, or name a .csv or .json file.",
        )


WRITERS: Final[dict[str, Callable[[pd.DataFrame, Path], None]]] = {
    ".csv": _write_csv,
    ".json": _write_json,
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}

#: How a formula begins in one spreadsheet or another, also in full width.
_FORMULA: Final = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
#: What begins so and is a number, which no spreadsheet runs: -5, +49 30 1234, -1.5e3, -3 %.
_NUMBER: Final = re.compile(r"[+-][\d\s.,]+(?:[eE][+-]?\d+)?\s?%?")


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with texts that a spreadsheet would run as formulas made harmless.

    Answers, excerpts and often the inputs come from the web.
    """

    def harmless(cell: Any) -> Any:
        if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
            return cell
        return f"'{cell}"

    changed = {
        str(name): column.map(harmless)
        for name, column in frame.items()
        if not is_numeric_dtype(column.dtype)
    }
    return frame.assign(**changed).rename(columns=harmless)


def _nested_as_text(frame: pd.DataFrame, *, keep_lists: bool = False) -> pd.DataFrame:
    """The frame with lists and objects as JSON text, where the form has no cells of their kind.

    With `keep_lists` a column of nothing but lists of texts stays as it is.
    """

    def text(cell: Any) -> Any:
        is_nested = isinstance(cell, (list, dict))
        return json.dumps(cell, ensure_ascii=False, default=str) if is_nested else cell

    changed = {
        str(name): column.map(text)
        for name, column in frame.items()
        if str(column.dtype) == "object" and not (keep_lists and _is_lists_of_text(column))
    }
    return frame.assign(**changed)


def _is_lists_of_text(column: pd.Series[Any]) -> bool:
    cells = [cell for cell in column if isinstance(cell, list) or not is_missing(cell)]
    return all(
        isinstance(cell, list) and all(isinstance(item, str) for item in cell) for cell in cells
    )
