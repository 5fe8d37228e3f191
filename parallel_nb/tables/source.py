"""The frame that a person passes in, pandas or Polars, read once at the edge.

A `Source` gives its columns as plain Python lists and puts new columns beside them in the
same library, with the index, order and columns of the input kept.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import FieldType, Kind, OutputField
from parallel_nb.tables.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Columns that every answered frame has, behind the fields.
STATUS_COLUMNS: Final = ("run_id", "status", "error")


@dataclass(frozen=True, slots=True)
class Source:
    """The input of a job: the frame itself, its columns by name, and its length."""

    frame: Any
    library: Literal["pandas", "polars"]
    #: Column names as text, in order; they are unique.
    names: tuple[str, ...]
    #: The names as the frame has them (a pandas column may be named by a number).
    labels: tuple[Any, ...]
    rows: int

    def values(self, name: str) -> list[Any]:
        """The cells of one column. Raises `InputError` that names the nearest column."""
        if name not in self.names:
            raise unknown_column(name, self.names)
        label = self.labels[self.names.index(name)]
        column = self.frame[label]
        return list(column.to_list() if self.library == "polars" else column.tolist())

    def take(self, positions: Sequence[int]) -> Source:
        """The same source with these rows only."""
        frame = self.frame.iloc[list(positions)] if self.is_pandas else self.frame[list(positions)]
        return Source(frame, self.library, self.names, self.labels, len(positions))

    @property
    def is_pandas(self) -> bool:
        """True for pandas, False for Polars."""
        return self.library == "pandas"

    @property
    def index(self) -> list[Any]:
        """A label a row: pandas' index, or the position in Polars."""
        return list(self.frame.index) if self.is_pandas else list(range(self.rows))


def read_source(frame: Any) -> Source:
    """Read a pandas or Polars DataFrame, a Series, a list of dicts or a dict of columns.

    Raises `InputError` for anything else, for a frame without rows or columns, and for
    columns that share a name.
    """
    source = _read(frame)
    if not source.names:
        raise InputError(
            "The frame has no columns, so there is nothing to ask about.",
            "Pass a frame with one row a question.",
        )
    repeated = sorted({name for name in source.names if source.names.count(name) > 1})
    if repeated:
        raise InputError(
            f"The frame has more than one column named {repeated[0]!r}.",
            "Rename or drop one of them: an answer could not be told from the other.",
        )
    if source.rows == 0:
        raise InputError(
            f"The frame has no rows (columns: {_list(source.names)}).",
            "Nothing was sent. Check the filter or the file that made it.",
        )
    return source


def _read(frame: Any) -> Source:
    polars = sys.modules.get("polars")  # a Polars frame cannot exist before its import
    if polars is not None:
        if isinstance(frame, polars.LazyFrame):
            frame = frame.collect()
        if isinstance(frame, polars.Series):
            frame = frame.to_frame(frame.name or "value")
        if isinstance(frame, polars.DataFrame):
            return Source(frame, "polars", tuple(frame.columns), tuple(frame.columns), len(frame))
    import pandas as pd  # noqa: PLC0415 - imported when a frame is met

    if isinstance(frame, pd.Series):
        frame = frame.to_frame(frame.name if frame.name is not None else "value")
    elif isinstance(frame, Mapping) or (isinstance(frame, Sequence) and not isinstance(frame, str)):
        frame = _from_plain(frame, pd)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"A {type(frame).__name__} cannot be read as a table.",
            "Pass a pandas or Polars DataFrame, a Series, or a list of dicts.",
        )
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            "The frame has several levels of column names.",
            "Flatten them first: df.columns = ['_'.join(map(str, c)) for c in df.columns]",
        )
    labels = tuple(frame.columns)
    return Source(frame, "pandas", tuple(str(label) for label in labels), labels, len(frame))


def _from_plain(data: Any, pd: Any) -> Any:
    try:
        if isinstance(data, Sequence) and not all(isinstance(row, Mapping) for row in data):
            return pd.DataFrame({"value": list(data)})
        return pd.DataFrame(data)
    except ValueError as error:
        raise InputError(
            f"The data cannot be read as a table: {error}", "Pass a DataFrame or a list of dicts."
        ) from error


def unknown_column(name: str, names: Iterable[str]) -> InputError:
    """The error for a column that does not exist, with the nearest one that does."""
    names = list(names)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if not near:
        near = [known for known in names if known.lower() == name.lower()]
    hint = f"Did you mean {near[0]!r}? " if near else ""
    return InputError(f"There is no column {name!r}.", f"{hint}Columns: {_list(names)}.")


def _list(names: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def check_collisions(names: Sequence[str], fields: Sequence[OutputField]) -> None:
    """Raise `InputError` when an output column would take an input column's name."""
    wanted = [field.name for field in fields] or ["output"]
    if taken := [name for name in wanted if name in names]:
        raise InputError(
            f"The output {_quoted(taken)} has the name of a column that the frame has already.",
            f"Rename the field, or the column: df.rename(columns={{{taken[0]!r}: 'old'}}).",
        )
    if taken := [name for name in STATUS_COLUMNS if name in names]:
        raise InputError(
            f"The frame has columns named {_quoted(taken)}, which the answers need.",
            f"Drop or rename them first: df.drop(columns={taken!r}).",
        )
    if taken := [name for name in wanted if name in STATUS_COLUMNS]:
        raise InputError(
            f"An output field cannot be named {_quoted(taken)}: every answer has one.",
            "Rename the field.",
        )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def column_field(name: str, values: Sequence[Any]) -> tuple[OutputField, bool]:
    """Read a column's type off its cells, for the input schema.

    Every column may be null: whether this frame happens to have a gap is not part of the
    question. Returns the field, and False when the cells are of several kinds, so that they
    must go as text.
    """
    types = set(map(type, values))
    kinds = {_BY_TYPE[kind] for kind in types & _BY_TYPE.keys()}
    if others := types - _BY_TYPE.keys() - {type(None)}:
        cells = (value for value in values if type(value) in others and not is_missing(value))
        kinds |= set(map(_kind, cells))
    if kinds == {"int", "float"}:
        kinds = {"float"}
    if len(kinds) == 1:
        kind = kinds.pop()
        item = FieldType("str") if kind == "list" else None
        return OutputField(name, FieldType(kind, nullable=True, item=item)), True
    return OutputField(name, FieldType("str", nullable=True)), not kinds


#: Types whose every value is of one kind.
_BY_TYPE: Final[dict[type, Kind]] = {
    bool: "bool",
    int: "int",
    str: "str",
    dict: "object",
    list: "list",
}


def _kind(value: Any) -> Kind:  # noqa: PLR0911 - one line a kind
    if isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}:
        return "bool"
    if isinstance(value, int):
        return "int"
    if isinstance(value, float):
        return "int" if value.is_integer() else "float"
    if isinstance(value, Mapping):
        return "object"
    if isinstance(value, (list, tuple, set, frozenset)) or getattr(value, "shape", None):
        return "list"
    if isinstance(value, (dt.date, dt.datetime)):
        return "date"
    return "str"
