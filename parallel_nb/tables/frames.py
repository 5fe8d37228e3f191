"""Answers beside the rows that they belong to: one typed column a field.

Index, order and columns of the input stay as they are. Behind them come the fields (`output`
for a text answer), `run_id`, `status` and `error`, in the types of the input's own library:

| field         | pandas           | Polars               | Arrow                      |
|---------------|------------------|----------------------|----------------------------|
| int           | Int64            | Int64                | int64                      |
| float         | Float64          | Float64              | double                     |
| bool          | boolean          | Boolean              | bool                       |
| str, choices  | string           | String               | string                     |
| date          | datetime64[us]   | Datetime("us")       | timestamp[us]              |
| list[...]     | object (lists)   | List(...)            | list<...>                  |
| object        | object (dicts)   | String (JSON)        | string (JSON)              |

Dates have no time zone. Dates within lists are text, as YYYY-MM-DD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb.api.schema.fields import FieldType
from parallel_nb.api.types import TextOutput
from parallel_nb.formats import shorten
from parallel_nb.tables.parse import as_text, parse_all
from parallel_nb.tables.source import name_answers, read_frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import narwhals.stable.v2 as nw

    from parallel_nb.api.schema.fields import Kind, OutputField
    from parallel_nb.api.types import JsonObject, Output
    from parallel_nb.tables.source import Library, Source

#: The type of columns that no field describes.
_TEXT: Final = FieldType("str", nullable=True)
#: What stands for the value of a field that the question of a row does not ask for, as where the
#: frames of two jobs were put together; and of one that a find has not researched, or not yet.
NOT_ASKED: Final = "not asked"
NOT_RESEARCHED: Final = "not researched"
#: Characters of a value in a row's error.
_SHOWN: Final = 60


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
    #: Stands behind names of columns that the input had too: see `name_answers`.
    suffix: str = ""
    #: The fields that it was asked for, where others may stand beside them; None for all.
    asked: frozenset[str] | None = None
    #: A candidate of a find: it has the fields that were researched for it by now.
    is_candidate: bool = False

    @property
    def content(self) -> JsonObject | str | None:
        """The values of the answer, without their basis."""
        return None if self.output is None else self.output.content

    def why_absent(self, field: str) -> str:
        """Why the answer has nothing of a field, where it is not that nothing was found; else "".

        >>> RowAnswer("k", "trun_1", "completed", asked=frozenset(["ceo"])).why_absent("founded")
        'not asked'
        """
        if field in (self.content if isinstance(self.content, dict) else ("output",)):
            return ""
        if self.asked is not None and field not in self.asked:
            return NOT_ASKED
        return NOT_RESEARCHED if self.is_candidate else ""


class RowContent(NamedTuple):
    """The part of a `RowAnswer` that a frame needs: cheap to make for each of 100,000 rows."""

    run_id: str | None
    status: str
    content: JsonObject | str | None
    error: str | None


def build_frame(
    source: Source,
    fields: Sequence[OutputField],
    answers: Iterable[RowAnswer | RowContent],
    *,
    suffix: str = "",
) -> Any:
    """Put one answer a row beside the input.

    Args:
        source: The input.
        fields: The fields of the output; none for text answers.
        answers: One a row, in the order of the rows. A generator will do: outputs are not kept.
        suffix: Stands behind names that the input has too: see `name_answers`.

    Returns:
        A frame of the input's library: its columns, then one a field, then the text columns
        `run_id`, `status` and `error`. A value that does not fit its type is missing here, is
        told in `error`, and stands in the basis.

    Raises:
        InputError: A field has the name of an input column, and there is no suffix.

    Examples:
        >>> source = read_source(pd.DataFrame({"name": ["Ada"]}))  # doctest: +SKIP
        >>> build_frame(source, parse_fields("born: int?"), answers)  # doctest: +SKIP
    """
    named = name_answers(source.names, fields, suffix)
    columns: dict[str, list[Any]] = {field.name: [] for field in fields} or {"output": []}
    run_ids: list[str | None] = []
    statuses: list[str] = []
    errors: list[str | None] = []
    for answer in answers:
        content = answer.content
        if not fields:
            columns["output"].append(None if content is None else as_text(content))
        else:
            record = content if isinstance(content, dict) else {}
            for name, values in columns.items():
                values.append(record.get(name))
        run_ids.append(answer.run_id)
        statuses.append(answer.status)
        errors.append(answer.error)
    if len(run_ids) != source.rows:
        raise ValueError(f"{len(run_ids)} answers for {source.rows} rows")
    for field in fields:
        raw, columns[field.name] = columns[field.name], parse_all(columns[field.name], field.type)
        if columns[field.name] is not raw:
            _tell_misfits(field, raw, columns[field.name], errors)
    columns = {named.fields[name]: values for name, values in columns.items()}
    columns |= dict(zip(named.status.values(), (run_ids, statuses, errors), strict=True))
    types = {named.fields[field.name]: field.type for field in fields}
    made = typed_columns(columns, types, source.library, like=source.frame)
    return source.frame.with_columns(*made).to_native()


def _tell_misfits(
    field: OutputField, raw: Sequence[Any], parsed: Sequence[Any], errors: list[str | None]
) -> None:
    """Say in a row's error which of its values does not fit the type of its field."""
    for row, (before, after) in enumerate(zip(raw, parsed, strict=True)):
        if before is None or after is not None:
            continue
        told = f"{field.name}: {shorten(as_text(before), _SHOWN)} is no {field.type}"
        errors[row] = f"{errors[row]}; {told}" if errors[row] else told


def select_rows(frame: Any, column: str, values: Collection[str]) -> Any:
    """The rows of a frame of any library whose `column` has one of these values."""
    table = read_frame(frame).frame
    return table.filter(table.get_column(column).is_in(list(values))).to_native()


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


def label_column(name: str, labels: Sequence[Any], library: Library) -> nw.Series[Any]:
    """A column of row labels: those of a pandas index, elsewhere positions."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is made

    if library != "pandas":
        return nw.new_series(name, labels, nw.Int64, backend=library)
    import pandas as pd  # noqa: PLC0415 - the same

    series = pd.Series(labels, dtype=None if labels else "object", name=name)
    return nw.from_native(series, series_only=True)


def typed_columns(
    columns: Mapping[str, list[Any]],
    types: Mapping[str, FieldType],
    library: Library,
    *,
    like: nw.DataFrame[Any] | None = None,
) -> list[nw.Series[Any]]:
    """Make columns of parsed values.

    Args:
        columns: Values by name, of the Python types that `parse` gives.
        types: What the values of a column are; text where none is named.
        library: The library to make them in.
        like: The frame that they are to stand in, for its index.

    Returns:
        One series a column, in the types that are listed at the head of this module.
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is made

    if library == "pandas":
        import pandas as pd  # noqa: PLC0415 - the same

        index = None if like is None else nw.maybe_get_index(like)
        # narwhals has no nullable types of pandas, which make a column with gaps stay integer.
        return [
            nw.from_native(
                pd.Series(values, index, _PANDAS_TYPES[types.get(name, _TEXT).kind], name),
                series_only=True,
            )
            for name, values in columns.items()
        ]
    made = []
    for name, values in columns.items():
        field_type = types.get(name, _TEXT)
        dtype = _column_type(field_type)
        if dtype is None:
            texts = [None if value is None else as_text(value) for value in values]
            made.append(nw.new_series(name, texts, nw.String(), backend=library))
        elif library == "polars" and _is_flat_list(field_type):
            made.append(_polars_lists(name, values, dtype))
        else:
            made.append(nw.new_series(name, values, dtype, backend=library))
    return made


def _is_flat_list(field_type: FieldType) -> bool:
    item = field_type.item
    return field_type.kind == "list" and (item is None or item.kind != "list")


def _polars_lists(name: str, values: list[Any], dtype: nw.dtypes.DType) -> nw.Series[Any]:
    """A column of lists, made by Polars itself.

    It takes half as long again where the type of the elements is an instance, as narwhals
    gives it, and not the class (Polars 2.1, 100,000 lists).
    """
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is made
    import polars as pl  # noqa: PLC0415 - the frame came in from Polars

    element = nw.new_series(name, [], dtype, backend="polars").to_native().dtype.inner
    series = pl.Series(name, values, dtype=pl.List(type(element)))
    return nw.from_native(series, series_only=True)


_PANDAS_TYPES: Final[dict[Kind, str]] = {
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "str": "string",
    "enum": "string",
    "date": "datetime64[us]",
    "list": "object",
    "object": "object",
}


def _column_type(field_type: FieldType) -> nw.dtypes.DType | None:
    """The type of a column in Polars and Arrow; None for objects, which have no fixed shape."""
    import narwhals.stable.v2 as nw  # noqa: PLC0415 - loaded when a frame is made

    if field_type.kind == "list":
        if field_type.item is not None and field_type.item.kind == "date":
            return nw.List(nw.String())
        item = _column_type(field_type.item or _TEXT)
        return None if item is None else nw.List(item)
    plain: dict[Kind, nw.dtypes.DType | None] = {
        "int": nw.Int64(),
        "float": nw.Float64(),
        "bool": nw.Boolean(),
        "date": nw.Datetime("us"),
        "object": None,
    }
    return plain.get(field_type.kind, nw.String())
