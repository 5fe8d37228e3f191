"""From what a person passes as `output` to the output schema of a task spec.

The service wants every property required and no others, and knows neither `default` nor
`format`; a Python class says less strictly what it means. This module closes the gap.
Source: the vendor's pages on task specs, as of 2026.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from parallel_nb.api.arguments import encode_json, shown
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.classes import (
    class_schema,
    fields_schema,
    is_class_with_fields,
    is_type,
)
from parallel_nb.api.schema.fields import (
    OutputField,
    describe_date,
    from_json_schema,
    parse_fields,
    to_json_schema,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import JsonObject


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """What a task answers with: fields of a JSON answer, or text when there are none.

    Attributes:
        schema: The `output_schema` of the task spec, as it is sent.
        fields: The fields of a JSON answer, in their order.
    """

    schema: JsonObject
    fields: tuple[OutputField, ...] = ()

    @property
    def is_text(self) -> bool:
        """True when the answer is prose instead of fields."""
        return bool(self.schema["type"] != "json")


def output_spec(output: Any, *, description: str = "") -> OutputSpec:
    """Make an output schema from whatever a person passes as `output`.

        >>> output_spec({"type": "object", "properties": {"year": {"type": "integer"}}}).fields
        (OutputField(name='year', type=FieldType(kind='int', ...), description=''),)

    Args:
        output: None for text; a string of lines of the field language, or else one that
            describes a text; a list of `OutputField`; a JSON schema, or the service's own
            `{"type": "json", ...}`; fields with their types, as `{"founded": int}`; a pydantic
            model, dataclass, TypedDict or msgspec struct (the class itself).
        description: The instruction of the whole task, where the prompt names no column. It
            goes before the description that the schema has.

    Raises:
        InputError: `output` is none of these, cannot be sent as JSON, or refers to itself
            without end.
    """
    encode_json("The prompt", description)
    if isinstance(output, str):
        with contextlib.suppress(InputError):  # then it describes a text
            output = parse_fields(output)
    if output is None or isinstance(output, str):
        encode_json("The output", output)
        text = "\n".join(part for part in (description, output or "") if part)
        return OutputSpec({"type": "text", "description": text} if text else {"type": "text"})
    schema = _json_schema_of(output)
    encode_json("The output", schema)
    if schema.get("type") in {"text", "auto"}:
        return OutputSpec(schema)
    if schema.get("type") == "json" and isinstance(schema.get("json_schema"), dict):
        schema = schema["json_schema"]
    if description:
        own = str(schema.get("description") or "")
        schema = schema | {"description": f"{description}\n{own}" if own else description}
    return OutputSpec({"type": "json", "json_schema": schema}, tuple(from_json_schema(schema)))


def input_schema(columns: Sequence[OutputField]) -> JsonObject:
    """The input schema of rows that are sent as JSON objects with these columns."""
    return {"type": "json", "json_schema": to_json_schema(columns)}


def _json_schema_of(output: Any) -> JsonObject:
    if isinstance(output, Mapping):
        if output and all(map(is_type, output.values())):
            of_types: JsonObject = _close(fields_schema(output))
            return of_types
        return dict(output)
    if isinstance(output, list | tuple) and all(isinstance(f, OutputField) for f in output):
        return to_json_schema(output)
    if is_class_with_fields(output):
        of_class: JsonObject = _close(class_schema(output))
        return of_class
    what = f"The class {output.__name__}" if isinstance(output, type) else shown(output)
    raise InputError(
        f"{what} cannot be used as a spec.",
        "Pass a pydantic model, a dataclass, a TypedDict (the class itself), fields as "
        "{'founded': int}, a JSON-schema dict, or a string that describes a text answer.",
    )


def _close(node: Any) -> Any:
    """Close every object and require all of its properties; a date is said in words."""
    if isinstance(node, list):
        return [_close(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {
        key: _close(value)
        for key, value in node.items()
        if key not in {"title", "default", "properties"}
    }
    if closed.get("format") == "date":
        del closed["format"]
        closed["description"] = describe_date(str(closed.get("description", "")))
    if isinstance(node.get("properties"), dict):
        # A property may be called `title`, so the properties are not closed as one object.
        closed["properties"] = {name: _close(sub) for name, sub in node["properties"].items()}
        closed["required"] = list(node["properties"])
        closed["additionalProperties"] = False
    return closed
