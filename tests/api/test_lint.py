"""The lint knows the service's rules before the service says them.

The rules are our own notes of the vendor's pages: root an object with properties, no anyOf
at the root, no bare null, nesting of 5, 100 properties, 500 enum values, 15,000 characters.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from parallel_nb.api.schema import lint
from parallel_nb.api.types import TaskSpec


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def found(schema: Any) -> str:
    return "\n".join(map(str, lint.lint_json_schema(schema)))


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = strict({"inner": schema})
    return schema


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "error: the root is not of type object"),
        (strict({}), "error: the root has no properties"),
        ({"anyOf": [strict({"a": {"type": "string"}})]}, "error: anyOf cannot stand at the root"),
        (strict({"a": {"type": "null"}}), "error: a: a bare null type"),
        (strict({"a": {"type": "strng"}}), "a: there is no type 'strng'. Did you mean 'string'?"),
        (strict({"a": {"type": ["str", "null"]}}), "error: a: there is no type 'str'."),
        (nested(11), "over 11"),
        (strict({f"p{i}": {"type": "string"} for i in range(101)}), "101 properties, over 100"),
        (strict({"a": {"enum": list(range(501))}}), "501 enum values, over 500"),
        ([], "error: the schema is not an object"),
    ],
)
def test_what_the_service_refuses_is_an_error(schema: Any, words: str) -> None:
    assert words in found(schema)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (
            {"type": "object", "properties": {"a": {"type": "string"}}},
            "warning: not required: a\nwarning: additionalProperties is not false",
        ),
        (strict({"Sources": {"type": "string"}}), "the basis gives sources already"),
        (strict({"a": {"type": "integer", "minimum": 3}}), "warning: a: the keyword 'minimum'"),
        (strict({"a": {"type": "string", "pattern": "x"}}), "warning: a: the keyword 'pattern'"),
    ],
)
def test_what_the_service_only_remarks_is_a_warning(schema: Any, words: str) -> None:
    assert words in found(schema)
    assert "error" not in found(schema)


@pytest.mark.parametrize("levels", [1, 3, 4])
def test_nesting_within_the_limit_is_fine(levels: int) -> None:
    assert found(nested(levels)) == ""


@pytest.mark.parametrize("levels", [5, 7, 10])
def test_deeper_nesting_is_remarked_and_never_refused_below_ten_levels(levels: int) -> None:
    assert found(nested(levels)) == (
        f"warning: {'.'.join(['inner'] * levels)}: nested {levels + 1} deep, over 5"
    )


def test_five_objects_and_lists_with_a_leaf_below_are_accepted() -> None:
    """As in the vendor's own recipes: a list of objects with a list of objects."""
    leaf = strict({"name": {"type": "string"}})
    inner = strict({"people": {"type": "array", "items": leaf}})
    schema = strict({"offices": {"type": "array", "items": inner}})
    findings = lint.lint_json_schema(schema)
    assert [finding.level for finding in findings] == ["warning"]
    assert findings[0].path == "offices[].people[].name"


def test_errors_come_before_warnings() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "null"}}}
    findings = lint.lint_spec(TaskSpec(output_schema={"type": "json", "json_schema": schema}))
    levels = [finding.level for finding in findings]
    assert levels == sorted(levels)
    assert levels[0] == "error"


def test_a_spec_over_15000_characters_is_an_error() -> None:
    spec = TaskSpec(output_schema={"type": "text", "description": "x" * 15_000})
    assert "over 15,000" in str(lint.lint_spec(spec)[0])


def test_spec_and_input_together_have_25000_characters_at_most() -> None:
    assert lint.lint_input("x" * 15_000, 10_000) == []
    assert "over 25,000" in str(lint.lint_input("x" * 15_001, 10_000)[0])
    assert "empty" in str(lint.lint_input("", 0)[0])
    assert "empty" in str(lint.lint_input({}, 0)[0])


def test_a_schema_that_refers_to_itself_many_times_is_linted_at_once() -> None:
    node = strict({f"p{i}": {"$ref": "#/$defs/Node"} for i in range(40)})
    started = time.thread_time()
    assert "error" in found(node | {"$defs": {"Node": node}})
    assert time.thread_time() - started < 2
