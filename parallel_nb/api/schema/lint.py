"""The service's own rules of task specs, checked before anything is sent.

So a mistake costs no request, and the embedded engine answers by the same rules. Sources: the
vendor's pages on task specs and its error answers, as of 2026.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from parallel_nb.api.schema.refs import inline_references
from parallel_nb.formats import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.types import JsonObject, Metadata, TaskSpec

#: Levels of a schema, its root and the values at its leaves among them. One page of the vendor says
#: 5 and another 3, and its own recipes have 6, so more is remarked, and refused far beyond.
ADVISED_DEPTH: Final = 5
MAX_DEPTH: Final = 11
#: Properties and enum values of a schema in all.
MAX_PROPERTIES: Final = 100
MAX_ENUM_VALUES: Final = 500
#: Characters of a spec as JSON, and of a spec with one input.
MAX_SPEC_CHARS: Final = 15_000
MAX_SPEC_AND_INPUT_CHARS: Final = 25_000
#: Characters of a key and of a value in the metadata of a run or a group.
MAX_METADATA_KEY: Final = 16
MAX_METADATA_VALUE: Final = 512
#: Keys of metadata. The service names no number; metadata with more is data in the wrong place.
MAX_METADATA_KEYS: Final = 256
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
#: The types of JSON schema; a schema with another is none.
_TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
#: Nodes of a schema that are looked at; far over what any limit allows. A schema that refers to
#: itself often has more than anyone can count.
_MAX_NODES: Final = 5_000
#: Names that one finding lists.
_MAX_NAMES: Final = 10


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


def lint_spec(spec: TaskSpec) -> list[Finding]:
    """Check a task spec by the service's rules.

    Returns:
        What was found, errors first; empty for a spec that the service takes as it is.
    """
    findings: list[Finding] = []
    output = spec.output_schema
    if isinstance(output, dict):
        kind = output.get("type", "json" if "json_schema" in output else None)
        if kind == "json":
            findings += lint_json_schema(output.get("json_schema"))
        elif kind not in ("text", "auto"):  # no set: it may be a list or an object
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
    """Check the input of one run.

    Args:
        value: The text, or the row as an object.
        size_of_spec: Characters of its spec, see `spec_size`: the two share a limit.
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if not value:
        return [Finding("error", "input", "it is empty")]
    size = len(text) + size_of_spec
    if size > MAX_SPEC_AND_INPUT_CHARS:
        message = f"spec and input have {size:,} characters, over {MAX_SPEC_AND_INPUT_CHARS:,}"
        return [Finding("error", "input", message)]
    return []


def lint_metadata(metadata: Metadata | None) -> list[Finding]:
    """Check the metadata of a run or a group.

        >>> [str(finding) for finding in lint_metadata({"a_key_of_17_chars": 1})]
        ["error: a_key_of_17_chars: the key is longer than 16 characters"]

    Returns:
        What breaks a limit; the path of each is the key.
    """
    if not metadata:
        return []
    if len(metadata) > MAX_METADATA_KEYS:
        return [Finding("error", "", f"{len(metadata):,} keys, over {MAX_METADATA_KEYS}")]
    findings = []
    for key, value in metadata.items():
        name = shorten(key, 2 * MAX_METADATA_KEY)
        if len(key) > MAX_METADATA_KEY:
            message = f"the key is longer than {MAX_METADATA_KEY} characters"
            findings.append(Finding("error", name, message))
        if isinstance(value, str) and len(value) > MAX_METADATA_VALUE:
            message = f"the value has {len(value):,} characters, over {MAX_METADATA_VALUE}"
            findings.append(Finding("error", name, message))
    return findings


def lint_json_schema(schema: Any) -> list[Finding]:
    """Check an output JSON schema by the service's rules.

        >>> [str(finding) for finding in lint_json_schema({"type": "string"})]
        ['error: the root is not of type object']

    Args:
        schema: The schema; may be of any shape, and may refer to itself.
    """
    if not isinstance(schema, dict):
        return [Finding("error", "", "the schema is not an object")]
    findings = list(_lint_root(schema))
    nodes = list(islice(_walk(inline_references(schema), "", 1), _MAX_NODES))
    properties = sum(len(_properties(node)) for _, node, _ in nodes)
    if properties > MAX_PROPERTIES:
        findings.append(
            Finding("error", "", f"{properties} properties, over {MAX_PROPERTIES} in all")
        )
    values = sum(len(node["enum"]) for _, node, _ in nodes if isinstance(node.get("enum"), list))
    if values > MAX_ENUM_VALUES:
        findings.append(Finding("error", "", f"{values} enum values, over {MAX_ENUM_VALUES}"))
    depth, deepest = max(((depth, path) for path, _, depth in nodes), default=(0, ""))
    if depth > ADVISED_DEPTH:
        level: Literal["error", "warning"] = "error" if depth > MAX_DEPTH else "warning"
        most = MAX_DEPTH if level == "error" else ADVISED_DEPTH
        findings.append(Finding(level, deepest, f"nested {depth} deep, over {most}"))
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


def _walk(schema: JsonObject, path: str, depth: int) -> Iterator[tuple[str, JsonObject, int]]:
    """Yield each node of a schema without references, with its path and its depth."""
    if depth > MAX_DEPTH + 1:  # deep enough to be refused
        return
    yield path, schema, depth
    for name, sub in _properties(schema).items():
        if isinstance(sub, dict):
            yield from _walk(sub, f"{path}.{name}" if path else name, depth + 1)
    items = schema.get("items")
    if isinstance(items, dict):
        is_nested = items.get("type") in ("object", "array")
        yield from _walk(items, f"{path}[]", depth + is_nested)
    for union in ("anyOf", "oneOf", "allOf"):
        members = schema.get(union)
        for sub in members if isinstance(members, list) else ():
            if isinstance(sub, dict) and sub.get("type") != "null":
                yield from _walk(sub, path, depth)


def _list_names(names: Sequence[str]) -> str:
    left = len(names) - _MAX_NAMES
    return ", ".join(map(str, names[:_MAX_NAMES])) + (f" and {left:,} more" if left > 0 else "")


def _lint_node(path: str, node: JsonObject) -> Iterator[Finding]:
    kind = node.get("type")
    if kind == "null":
        yield Finding("error", path, "a bare null type")
    for each in kind if isinstance(kind, list) else [kind]:
        if isinstance(each, str) and each not in _TYPES:
            meant = did_you_mean(each, _TYPES)
            yield Finding(
                "error", path, f"there is no type {shorten(each, 40)!r}. {meant}".rstrip()
            )
    for name in sorted(UNSUPPORTED_KEYWORDS & node.keys()):
        yield Finding("warning", path, f"the keyword {name!r} is not supported and is ignored")
    properties = _properties(node)
    if not properties:
        return
    required = node.get("required")
    missing = [p for p in properties if p not in (required if isinstance(required, list) else ())]
    if missing:
        yield Finding("warning", path, f"not required: {_list_names(missing)}")
    if node.get("additionalProperties") is not False:
        yield Finding("warning", path, "additionalProperties is not false")
    if reserved := sorted(RESERVED_NAMES & {str(name).lower() for name in properties}):
        yield Finding(
            "warning", path, f"the basis gives {', '.join(reserved)} already; drop or rename it"
        )
