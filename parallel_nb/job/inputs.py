"""What was asked and answered, read back from the journal: for jobs that are attached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from parallel_nb.api.schema.fields import FieldType, OutputField
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.api.types import TaskSpec
from parallel_nb.tables.source import STATUS_COLUMNS, Source, read_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.schema.fields import Kind

_decode = msgspec.json.Decoder().decode
#: Answers that are looked at to learn their fields.
_LOOKED_AT: Final = 200


def source_of_inputs(
    inputs: Sequence[bytes], layout: Sequence[int] | None, taken: Sequence[str]
) -> Source:
    """Make the rows of a job from its inputs: objects become columns, text one column.

    A column that an output takes the name of (`taken`) is called `input_NAME`.
    """
    decoded = [_decode(data) for data in inputs]
    rows = [value if isinstance(value, dict) else {"input": value} for value in decoded]
    if layout is not None:
        empty: dict[str, Any] = {}
        rows = [rows[position] if position >= 0 else empty for position in layout]
    used = {*taken, *STATUS_COLUMNS}
    names = {name: f"input_{name}" if name in used else name for row in rows for name in row}
    return read_source([{names[name]: value for name, value in row.items()} for row in rows])


def fields_of_spec(spec: bytes | None) -> tuple[OutputField, ...] | None:
    """The output fields of a journaled job; none for text, None where the answers must tell.

    Another tool may have left the schema to the service, or have one of a shape that we do not
    read.
    """
    if spec is None:
        return None
    output = msgspec.json.decode(spec, type=TaskSpec).output_schema
    if isinstance(output, str):
        return ()
    made = output_spec(output)
    return made.fields if made.fields or made.schema["type"] == "text" else None


def infer_fields(outputs: Iterable[bytes]) -> tuple[OutputField, ...]:
    """Read the fields off the answers, for a group whose spec is not known."""
    seen: dict[str, set[Kind]] = {}
    for _, data in zip(range(_LOOKED_AT), outputs, strict=False):
        content = _decode(data).get("content")
        if not isinstance(content, dict):
            return ()
        for name, value in content.items():
            kinds = seen.setdefault(name, set())
            if value is not None:
                kinds.add(_kind(value))
    return tuple(OutputField(name, _type(kinds)) for name, kinds in seen.items())


def _type(kinds: set[Kind]) -> FieldType:
    if kinds == {"int", "float"}:
        kinds = {"float"}
    kind = kinds.pop() if len(kinds) == 1 else "str"
    # The elements are not looked at: kept as they are.
    item = FieldType("object") if kind == "list" else None
    return FieldType(kind, nullable=True, item=item)


def _kind(value: Any) -> Kind:
    kinds: dict[type, Kind] = {
        bool: "bool",
        int: "int",
        float: "float",
        list: "list",
        dict: "object",
    }
    return kinds.get(type(value), "str")
