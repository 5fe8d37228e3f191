"""Whatever a person passes as `output` becomes the output schema that the service wants."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any, Literal, TypedDict

import msgspec
import pydantic
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema import lint, specs
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import TaskSpec


def strict(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def test_a_schema_made_from_fields_has_no_findings() -> None:
    fields = parse_fields("a: int?\nb: x|y\nc: list[str]\nd: date?\ne: bool\nf: float")
    output = specs.output_spec(fields)
    assert lint.lint_spec(TaskSpec(output_schema=output.schema)) == []
    assert [field.name for field in output.fields] == list("abcdef")


class Model(pydantic.BaseModel):
    year: int | None = pydantic.Field(default=None, description="Year of release")
    kind: Literal["a", "b"]
    released: dt.date


class Endless(pydantic.BaseModel):
    inner: Endless | None


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
    output = specs.output_spec(kind)
    assert [(f.name, str(f.type)) for f in output.fields] == [
        ("year", "int?"),
        ("kind", "a|b"),
        ("released", "date"),
    ]
    assert lint.lint_spec(TaskSpec(output_schema=output.schema)) == []


def test_a_json_schema_dict_and_the_services_own_form_are_the_same() -> None:
    schema = strict({"a": {"type": "integer"}})
    bare = specs.output_spec(schema)
    wrapped = specs.output_spec({"type": "json", "json_schema": schema})
    assert bare == wrapped


def test_without_an_output_the_answer_is_text() -> None:
    assert specs.output_spec(None).is_text
    assert specs.output_spec("one sentence").schema == {
        "type": "text",
        "description": "one sentence",
    }


def test_the_instruction_of_the_task_stands_in_the_spec() -> None:
    fields = parse_fields("a: int")
    output = specs.output_spec(fields, description="Count them.")
    assert output.schema["json_schema"]["description"] == "Count them."
    assert "description" not in specs.output_spec(fields).schema["json_schema"]


@pytest.mark.parametrize("output", [3, Model(kind="a", released=dt.date(2026, 1, 1)), int, ["a"]])
def test_anything_else_is_an_error_that_says_what_to_pass(output: Any) -> None:
    with pytest.raises(InputError, match="cannot be used as a spec") as caught:
        specs.output_spec(output)
    assert "pydantic model" in caught.value.remedy


def test_a_model_that_refers_to_itself_is_refused() -> None:
    with pytest.raises(InputError, match="refers to itself"):
        specs.output_spec(Endless)


def test_lines_of_the_field_language_in_a_string_are_fields() -> None:
    assert [f.name for f in specs.output_spec("founded: int?\nceo: str - Who leads it").fields] == [
        "founded",
        "ceo",
    ]
    assert specs.output_spec("A short text: two sentences").is_text
