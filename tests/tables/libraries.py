"""The same table in each library that is read, and which library its answers come back in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa

from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable

Data = dict[str, list[Any]]


#: By name: what makes the table of columns, and the library of what is made for it.
LIBRARIES: dict[str, tuple[Callable[[Data], Any], str]] = {
    "pandas": (pd.DataFrame, "pandas"),
    "pandas, Arrow types": (
        lambda data: pa.table(data).to_pandas(types_mapper=pd.ArrowDtype),
        "pandas",
    ),
    "polars": (pl.DataFrame, "polars"),
    "polars, lazy": (pl.LazyFrame, "polars"),
    "pyarrow": (pa.table, "pyarrow"),
    "duckdb": (lambda data: duckdb.from_arrow(pa.table(data)), "pyarrow"),
    "ibis": (lambda data: ibis.memtable(pa.table(data)), "pyarrow"),
    "list of dicts": (
        lambda data: [
            dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)
        ],
        "pandas",
    ),
    "dict of lists": (dict, "pandas"),
}

#: The class of the frames that come back.
FRAMES: dict[str, type[Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "pyarrow": pa.Table,
}


def columns_of(frame: Any) -> Data:
    """The columns of a frame of any of these libraries, every null as None."""
    if isinstance(frame, pa.Table):
        columns: Data = frame.to_pydict()
        return columns
    if isinstance(frame, pl.DataFrame):
        return frame.to_dict(as_series=False)
    return {
        str(name): [None if is_missing(cell) else cell for cell in column]
        for name, column in frame.items()
    }
