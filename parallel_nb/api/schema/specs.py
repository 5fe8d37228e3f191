"""Task specs: from what a person writes to what is sent, and the service's own rules.

`lint_spec` holds the rules of the service, so that a mistake is shown before anything is
sent; the embedded engine answers by the same rules. Sources: the vendor's pages on task
specs and its error answers, as of 2026.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal, is_typeddict

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import (
    OutputField,
    describe_date,
    from_json_schema,
    resolve,
    to_json_schema,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.types import JsonObject, TaskSpec

MAX_DEPTH: Final = 5
#: Nodes of a schema that the lint looks at; far over what any limit allows.
_MAX_NODES: Final = 5_000
#: Steps into a schema's JSON after which it must be circular: each level takes two or three.
_MAX_NODES_DEEP: Final = 40
#: Names that one remark lists.
_MOST_NAMES: Final = 10
MAX_PROPERTIES: Final = 100
MAX_ENUM_VALUES: Final = 500
MAX_SPEC_CHARS: Final = 15_000
MAX_SPEC_AND_INPUT_CHARS: Final = 25_000
MAX_METADATA_KEY: Final = 16
MAX_METADATA_VALUE: Final = 512
#: Names that the basis gives anyway, so that asking for them as fields is a mistake.
RESERVED_NAMES: Final = frozenset(
    {
        "citations",
        "confidence",
        "evidence",
        "reasoning",
        "source",
        "sources",
        "source_urls",
    }
)
UNSUPPORTED_KEYWORDS: Final = frozenset(
    {
        "contains",
        "dependentRequired",
        "dependentSchemas",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "if",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "pattern",
        "patternProperties",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of the lint."""

    #: An error would be answered with 422; a warning comes back in the run's `warnings`.
    level: Literal["error", "warning"]
    #: Where in the schema, dotted; empty for the whole.
    path: str
    message: str

    def __str__(self) -> str:
        """The remark in one line."""
        where = f"{self.path}: " if self.path else ""
        return f"{self.level}: {where}{self.message}"


@dataclass(frozen=True, slots=True)
class Output:
    """What a task answers with: fields of a JSON answer, or text when there are none."""

    spec: JsonObject
    fields: tuple[OutputField, ...] = ()

    @property
    def is_text(self) -> bool:
        """True when the answer is prose instead of fields."""
        return bool(self.spec["type"] != "json")


def read_output(output: Any, *, description: str = "") -> Output:
    """Make an output schema from whatever a person passes as `output`.

    `None` asks for text; a list of `OutputField` comes from the field language; a dict is
    a JSON schema (or the service's own `{"type": "json", ...}`); pydantic models,
    dataclasses and TypedDicts are read by their JSON schema; a string describes text.
    `description` is the instruction of the whole task, where the prompt names no column.

    Raises `InputError` when `output` is none of these.
    """
    if output is None or isinstance(output, str):
        text = "\n".join(part for part in (description, output or "") if part)
        return Output({"type": "text", "description": text} if text else {"type": "text"})
    schema = _json_schema_of(output)
    if schema.get("type") in {"text", "auto"}:
        return Output(schema)
    if schema.get("type") == "json" and isinstance(schema.get("json_schema"), dict):
        schema = schema["json_schema"]
    if description:
        given = str(schema.get("description") or "")
        schema = schema | {"description": f"{description}\n{given}" if given else description}
    return Output({"type": "json", "json_schema": schema}, tuple(from_json_schema(schema)))


def _json_schema_of(output: Any) -> JsonObject:
    if isinstance(output, dict):
        return dict(output)
    if isinstance(output, list | tuple) and all(isinstance(f, OutputField) for f in output):
        return to_json_schema(output)
    if inspect.isclass(output):
        model_schema = getattr(output, "model_json_schema", None)
        if callable(model_schema):
            return _strict(model_schema())
        if (
            dataclasses.is_dataclass(output)
            or is_typeddict(output)
            or issubclass(output, msgspec.Struct)
        ):
            return _in_order(output, _strict(_msgspec_schema(output)))
    raise InputError(
        f"An output of type {type(output).__name__!r} cannot be used as a spec.",
        "Pass a pydantic model, a dataclass, a TypedDict (the class itself), a JSON-schema "
        "dict, or a string that describes a text answer.",
    )


def _msgspec_schema(kind: Any) -> JsonObject:
    try:
        schema = msgspec.json.schema(kind)
    except TypeError as error:
        raise InputError(
            f"{kind.__name__} cannot be read as a JSON schema: {error}",
            "Use str, int, float, bool, Literal, list and optional fields.",
        ) from error
    return schema


def _in_order(kind: Any, schema: JsonObject) -> JsonObject:
    """Put the properties in the order of the class: msgspec sorts those of a TypedDict."""
    properties = schema.get("properties")
    if is_typeddict(kind) and isinstance(properties, dict):
        ordered = {n: properties[n] for n in kind.__annotations__ if n in properties}
        schema = schema | {"properties": ordered, "required": list(ordered)}
    return schema


def _strict(schema: JsonObject) -> JsonObject:
    """Inline references, and close and require what a Python class leaves open.

    A class with defaults makes optional properties; the service wants every property
    required and no others, and says null for what it has not found.
    """
    definitions = schema.get("$defs") or {}

    def close(node: Any, depth: int = 0) -> Any:
        if depth > _MAX_NODES_DEEP:
            raise InputError(
                "The output model refers to itself, so its schema has no end.",
                f"Nest at most {MAX_DEPTH} levels, without a cycle.",
            )
        if isinstance(node, list):
            return [close(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        node = resolve(node, definitions)
        made = {
            key: close(value, depth + 1)
            for key, value in node.items()
            if key not in {"title", "default", "properties"}
        }
        if made.get("format") == "date":
            del made["format"]
            made["description"] = describe_date(str(made.get("description", "")))
        if isinstance(node.get("properties"), dict):
            made["properties"] = {k: close(v, depth + 1) for k, v in node["properties"].items()}
            made["required"] = list(node["properties"])
            made["additionalProperties"] = False
        return made

    closed: JsonObject = close({key: value for key, value in schema.items() if key != "$defs"})
    return closed


def input_schema(columns: Sequence[OutputField]) -> JsonObject:
    """The input schema of rows that go as JSON objects with these columns."""
    return {"type": "json", "json_schema": to_json_schema(columns)}


# --- lint -------------------------------------------------------------------------------


def lint_spec(spec: TaskSpec) -> list[Finding]:
    """Check a task spec by the service's rules; errors first."""
    findings: list[Finding] = []
    output = spec.output_schema
    if isinstance(output, dict):
        kind = output.get("type", "json" if "json_schema" in output else None)
        if kind == "json":
            findings += lint_json_schema(output.get("json_schema"))
        elif kind not in {"text", "auto"}:
            findings.append(
                Finding("error", "output_schema", "its type is none of json, text and auto")
            )
    size = spec_size(spec)
    if size > MAX_SPEC_CHARS:
        findings.append(
            Finding("error", "", f"the spec has {size:,} characters, over {MAX_SPEC_CHARS:,}")
        )
    return sorted(findings, key=lambda finding: finding.level)


def spec_size(spec: TaskSpec | None) -> int:
    """Characters of a spec as the service counts them."""
    return len(msgspec.json.encode(spec).decode()) if spec else 0


def lint_input(value: str | JsonObject, size_of_spec: int) -> list[Finding]:
    """Check one input, given the size of its spec."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not value:
        return [Finding("error", "input", "it is empty")]
    size = len(text) + size_of_spec
    if size > MAX_SPEC_AND_INPUT_CHARS:
        message = f"spec and input have {size:,} characters, over {MAX_SPEC_AND_INPUT_CHARS:,}"
        return [Finding("error", "input", message)]
    return []


def lint_json_schema(schema: Any) -> list[Finding]:
    """Check an output JSON schema by the service's rules."""
    if not isinstance(schema, dict):
        return [Finding("error", "", "the schema is not an object")]
    definitions = schema.get("$defs") or schema.get("definitions") or {}
    findings = list(_lint_root(schema))
    # A schema that refers to itself often has more nodes than anyone can count.
    nodes = list(islice(_walk(schema, definitions, "", 1), _MAX_NODES))
    properties = sum(len(_properties(node)) for _, node, _ in nodes)
    if properties > MAX_PROPERTIES:
        findings.append(
            Finding("error", "", f"{properties} properties, over {MAX_PROPERTIES} in all")
        )
    values = sum(len(node["enum"]) for _, node, _ in nodes if isinstance(node.get("enum"), list))
    if values > MAX_ENUM_VALUES:
        findings.append(Finding("error", "", f"{values} enum values, over {MAX_ENUM_VALUES}"))
    depth, deepest = max(((depth, path) for path, _, depth in nodes), default=(0, ""))
    if depth > MAX_DEPTH:
        findings.append(Finding("error", deepest, f"nested {depth} deep, over {MAX_DEPTH}"))
    for path, node, _ in nodes:
        findings += _lint_node(path, node)
    return findings


def _lint_root(schema: JsonObject) -> Iterator[Finding]:
    if "anyOf" in schema or "oneOf" in schema:
        yield Finding("error", "", "anyOf cannot stand at the root")
    elif schema.get("type") != "object":
        yield Finding("error", "", "the root is not of type object")
    elif not _properties(schema):
        yield Finding("error", "", "the root has no properties")


def _properties(node: JsonObject) -> JsonObject:
    properties = node.get("properties")
    return properties if isinstance(properties, dict) else {}


def _walk(
    schema: JsonObject, definitions: JsonObject, path: str, depth: int
) -> Iterator[tuple[str, JsonObject, int]]:
    """Yield each schema node with its path and its depth in objects and lists."""
    if depth > MAX_DEPTH + 2:  # deep enough to be refused; also ends circular references
        return
    schema = resolve(schema, definitions)
    yield path, schema, depth
    for name, sub in _properties(schema).items():
        if isinstance(sub, dict):
            yield from _walk(sub, definitions, f"{path}.{name}" if path else name, depth + 1)
    items = schema.get("items")
    if isinstance(items, dict):
        yield from _walk(items, definitions, f"{path}[]", depth + _is_nested(items, definitions))
    for union in ("anyOf", "oneOf", "allOf"):
        members = schema.get(union)
        for sub in members if isinstance(members, list) else ():
            if isinstance(sub, dict) and sub.get("type") != "null":
                yield from _walk(sub, definitions, path, depth)


def _is_nested(items: JsonObject, definitions: JsonObject) -> int:
    return 1 if resolve(items, definitions).get("type") in {"object", "array"} else 0


def _some(names: Sequence[str]) -> str:
    left = len(names) - _MOST_NAMES
    return ", ".join(map(str, names[:_MOST_NAMES])) + (f" and {left:,} more" if left > 0 else "")


def _lint_node(path: str, node: JsonObject) -> Iterator[Finding]:
    if node.get("type") == "null":
        yield Finding("error", path, "a bare null type")
    for name in sorted(UNSUPPORTED_KEYWORDS & node.keys()):
        yield Finding("warning", path, f"the keyword {name!r} is not supported and is ignored")
    properties = _properties(node)
    if not properties:
        return
    required = node.get("required")
    missing = [p for p in properties if p not in (required if isinstance(required, list) else ())]
    if missing:
        yield Finding("warning", path, f"not required: {_some(missing)}")
    if node.get("additionalProperties") is not False:
        yield Finding("warning", path, "additionalProperties is not false")
    if taken := sorted(RESERVED_NAMES & {str(name).lower() for name in properties}):
        yield Finding(
            "warning", path, f"the basis gives {', '.join(taken)} already; drop or rename it"
        )
