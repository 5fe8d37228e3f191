"""Answers beside the rows that they belong to: one typed column a field.

Input index, order and columns stay as they are; behind them come the fields (`output` for a
text answer), `run_id`, `status` and `error`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from parallel_nb.api.types import TextOutput
from parallel_nb.tables.parse import as_text, parse_all
from parallel_nb.tables.source import check_collisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.schema.fields import FieldType, OutputField
    from parallel_nb.api.types import JsonObject, Output
    from parallel_nb.tables.source import Source


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What came back for one row."""

    #: The row key: rows with the same question share it.
    key: str
    run_id: str | None
    #: completed, failed, cancelled, queued, running, unsent or skipped.
    status: str
    output: Output | None = None
    error: str | None = None
    #: Label of the connection that answered, where the journal knows it.
    connection: str | None = None

    @property
    def content(self) -> JsonObject | str | None:
        """What the answer says, without its basis."""
        return None if self.output is None else self.output.content


class RowContent(NamedTuple):
    """What a frame needs of a `RowAnswer`: cheap to make for each of 100,000 rows."""

    run_id: str | None
    status: str
    content: JsonObject | str | None
    error: str | None


def build_frame(
    source: Source, fields: Sequence[OutputField], answers: Iterable[RowAnswer | RowContent]
) -> Any:
    """Put one answer a row beside the input, in the library that the input came in.

    `answers` may be a generator, in the order of the rows: outputs are not kept.

    Raises `InputError` when a field has the name of an input column.
    """
    check_collisions(source.names, fields)
    columns: dict[str, list[Any]] = {field.name: [] for field in fields} or {"output": []}
    run_ids: list[str | None] = []
    statuses: list[str] = []
    errors: list[str | None] = []
    for answer in answers:
        content = answer.content
        if not fields:
            columns["output"].append(None if content is None else as_text(content))
        else:
            said = content if isinstance(content, dict) else {}
            for name, values in columns.items():
                values.append(said.get(name))
        run_ids.append(answer.run_id)
        statuses.append(answer.status)
        errors.append(answer.error)
    if len(run_ids) != source.rows:
        raise ValueError(f"{len(run_ids)} answers for {source.rows} rows")
    for field in fields:
        columns[field.name] = parse_all(columns[field.name], field.type)
    types: dict[str, FieldType | None] = {field.name: field.type for field in fields}
    make = _pandas if source.is_pandas else _polars
    columns |= {"run_id": run_ids, "status": statuses, "error": errors}
    return make(source.frame, columns, types)


def raw_value(output: Output, name: str) -> Any:
    """The raw value under a dotted name (`products.0`), or None when there is none."""
    if isinstance(output, TextOutput):
        return output.content
    value: Any = output.content
    if name in output.content:
        return output.content[name]
    for part in name.split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


_PANDAS_TYPES = {
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "str": "string",
    "enum": "string",
    "date": "datetime64[us]",
    "list": "object",
    "object": "object",
}


def _pandas(frame: Any, columns: dict[str, list[Any]], types: dict[str, FieldType | None]) -> Any:
    import pandas as pd  # noqa: PLC0415 - imported when a frame is made

    made = {}
    for name, values in columns.items():
        kind = types.get(name)
        dtype = _PANDAS_TYPES[kind.kind] if kind else "string"
        made[name] = pd.Series(values, index=frame.index, dtype=dtype)
    answered = pd.DataFrame(made, index=frame.index)
    return pd.concat([frame, answered], axis="columns")


def _polars(frame: Any, columns: dict[str, list[Any]], types: dict[str, FieldType | None]) -> Any:
    import polars as pl  # noqa: PLC0415 - the frame came in from Polars

    def dtype(kind: FieldType | None) -> Any:
        if kind is None:
            return pl.String
        if kind.kind == "list":
            item = kind.item
            # Dates within lists stay text, as in pandas.
            inner = pl.String if item is not None and item.kind == "date" else dtype(item)
            return pl.List(inner) if inner is not None else None
        return {
            "int": pl.Int64,
            "float": pl.Float64,
            "bool": pl.Boolean,
            "date": pl.Datetime("us"),
            "object": None,
        }.get(kind.kind, pl.String)

    made = []
    for name, values in columns.items():
        kind = dtype(types.get(name))
        if kind is None:  # objects of open shape have no Polars type: kept as JSON text
            values = [None if value is None else as_text(value) for value in values]  # noqa: PLW2901 - the same column, as text
            kind = pl.String
        made.append(pl.Series(name, values, dtype=kind))
    return frame.hstack(made)
