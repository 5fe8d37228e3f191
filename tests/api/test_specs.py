"""Task specs, and the lint that knows the service's rules before the service says them.

The rules are our own notes of the vendor's pages: root an object with properties, no anyOf
at the root, no bare null, nesting of 5, 100 properties, 500 enum values, 15,000 characters.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from typing import Any, Literal, TypedDict

import msgspec
import pydantic
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema import specs
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import TaskSpec


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def said(schema: Any) -> str:
    return "\n".join(map(str, specs.lint_json_schema(schema)))


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = strict({"inner": schema})
    return schema


def test_a_schema_made_from_fields_has_no_findings() -> None:
    fields = parse_fields("a: int?\nb: x|y\nc: list[str]\nd: date?\ne: bool\nf: float")
    output = specs.read_output(fields)
    assert specs.lint_spec(TaskSpec(output_schema=output.spec)) == []
    assert [field.name for field in output.fields] == list("abcdef")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "error: the root is not of type object"),
        (strict({}), "error: the root has no properties"),
        ({"anyOf": [strict({"a": {"type": "string"}})]}, "error: anyOf cannot stand at the root"),
        (strict({"a": {"type": "null"}}), "error: a: a bare null type"),
        (nested(6), "over 5"),
        (strict({f"p{i}": {"type": "string"} for i in range(101)}), "101 properties, over 100"),
        (strict({"a": {"enum": list(range(501))}}), "501 enum values, over 500"),
        ([], "error: the schema is not an object"),
    ],
)
def test_what_the_service_refuses_is_an_error(schema: Any, words: str) -> None:
    assert words in said(schema)


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
    assert words in said(schema)
    assert "error" not in said(schema)


@pytest.mark.parametrize("levels", [1, 3])
def test_nesting_within_the_limit_is_fine(levels: int) -> None:
    assert said(nested(levels)) == ""


def test_errors_come_before_warnings() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "null"}}}
    findings = specs.lint_spec(TaskSpec(output_schema={"type": "json", "json_schema": schema}))
    levels = [finding.level for finding in findings]
    assert levels == sorted(levels)
    assert levels[0] == "error"


def test_a_spec_over_15000_characters_is_an_error() -> None:
    spec = TaskSpec(output_schema={"type": "text", "description": "x" * 15_000})
    assert "over 15,000" in str(specs.lint_spec(spec)[0])


def test_spec_and_input_together_have_25000_characters_at_most() -> None:
    assert specs.lint_input("x" * 15_000, 10_000) == []
    assert "over 25,000" in str(specs.lint_input("x" * 15_001, 10_000)[0])
    assert "empty" in str(specs.lint_input("", 0)[0])
    assert "empty" in str(specs.lint_input({}, 0)[0])


def test_a_schema_that_refers_to_itself_many_times_is_linted_at_once() -> None:
    node = strict({f"p{i}": {"$ref": "#/$defs/Node"} for i in range(40)})
    started = time.thread_time()
    assert "error" in said(node | {"$defs": {"Node": node}})
    assert time.thread_time() - started < 2


class Model(pydantic.BaseModel):
    year: int | None = pydantic.Field(default=None, description="Year of release")
    kind: Literal["a", "b"]
    released: dt.date


@dataclasses.dataclass
class Data:
    year: int | None
    kind: Literal["a", "b"]
    released: dt.date


class Typed(TypedDict):
    year: int | None
    kind: Literal["a", "b"]
    released: dt.date


class Struct(msgspec.Struct):
    year: int | None
    kind: Literal["a", "b"]
    released: dt.date


@pytest.mark.parametrize("kind", [Model, Data, Typed, Struct])
def test_a_python_class_reads_as_the_same_fields_and_passes_the_lint(kind: Any) -> None:
    output = specs.read_output(kind)
    assert [(f.name, str(f.type)) for f in output.fields] == [
        ("year", "int?"),
        ("kind", "a|b"),
        ("released", "date"),
    ]
    assert specs.lint_spec(TaskSpec(output_schema=output.spec)) == []


def test_a_json_schema_dict_and_the_services_own_form_are_the_same() -> None:
    schema = strict({"a": {"type": "integer"}})
    bare = specs.read_output(schema)
    wrapped = specs.read_output({"type": "json", "json_schema": schema})
    assert bare == wrapped


def test_without_an_output_the_answer_is_text() -> None:
    assert specs.read_output(None).is_text
    assert specs.read_output("one sentence").spec == {
        "type": "text",
        "description": "one sentence",
    }


def test_the_instruction_of_the_task_stands_in_the_spec() -> None:
    fields = parse_fields("a: int")
    output = specs.read_output(fields, description="Count them.")
    assert output.spec["json_schema"]["description"] == "Count them."
    assert "description" not in specs.read_output(fields).spec["json_schema"]


@pytest.mark.parametrize("output", [3, Model(kind="a", released=dt.date(2026, 1, 1)), int, ["a"]])
def test_anything_else_is_an_error_that_says_what_to_pass(output: Any) -> None:
    with pytest.raises(InputError, match="cannot be used as a spec") as caught:
        specs.read_output(output)
    assert "pydantic model" in caught.value.remedy
