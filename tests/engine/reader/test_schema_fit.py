"""Every answer fits its schema, or says that it does not."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from parallel_nb.api.types import FieldBasis, JsonObject, JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.schema_fit import fit_schema

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}


def fitted(field: JsonObject, value: Any) -> tuple[Any, FieldBasis]:
    schema = {"type": "object", "properties": {"x": field}, "required": ["x"]}
    content, (basis,) = fit_schema(schema, {"x": value}, [FieldBasis("x", "It.", [], "high")])
    return content["x"], basis


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ({"type": "string"}, "as it was", "as it was"),
        ({"type": "string"}, 1932, "1932"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "1,250", 1250),
        ({"type": "integer"}, 3.0, 3),
        ({"const": "ACTIVE"}, "active", "ACTIVE"),
        ({"enum": [1, 2, 3]}, "2", 2),
        ({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]},
         ["5", "EUR"], [5, "EUR"]),
        ({"type": "array", "prefixItems": [{"type": "number"}], "items": False}, [5, 6], [5]),
        ({"type": "array", "items": PERSON}, [{"name": "A", "age": 3}, {"name": "B", "age": None}],
         [{"name": "A", "age": 3}]),
        ({"type": "array", "maxItems": 2, "uniqueItems": True}, ["a", "a", "b", "c"], ["a", "b"]),
        ({"type": "array", "items": {"type": "string"}}, "only", ["only"]),
    ],
)  # fmt: skip
def test_a_value_is_brought_into_the_form_of_its_schema(
    field: JsonObject, value: Any, expected: Any
) -> None:
    found, basis = fitted(field, value)
    assert found == expected
    assert basis.confidence == "high"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ({"anyOf": [{"type": "integer", "minimum": 50}, {"type": "null"}]}, 12),
        ({"allOf": [{"type": "string"}, {"pattern": "^[A-Z]{2}$"}]}, "abc"),
        ({"type": ["string", "null"], "format": "date-time"}, "in May"),
        ({"const": "ACTIVE"}, "closed"),
        ({"enum": ["a", "b", None]}, "c"),
    ],
)
def test_what_cannot_fit_is_null_and_said_to_be(field: JsonObject, value: Any) -> None:
    found, basis = fitted(field, value)
    assert found is None
    assert basis.confidence == "low"
    assert "does not fit the schema" in basis.reasoning


SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "founded": {"allOf": [{"$ref": "#/$defs/Year"}], "description": "Year of foundation"},
        "seat": {"anyOf": [{"type": "string", "maxLength": 3}, {"type": "null"}],
                 "description": "Town of the seat"},
        "state": {"const": "active", "description": "State of the company"},
        "size": {"type": "array", "prefixItems": [{"type": "integer"}], "items": False,
                 "description": "Employees"},
    },
    "required": ["founded", "seat", "state", "size"],
    "$defs": {"Year": {"type": ["integer", "null"], "minimum": 1900}},
}  # fmt: skip


def test_the_whole_answer_of_a_run_fits() -> None:
    text = "Founded: 1950\n\nSeat: Tucson\n\nState: active\n\nEmployees: 37\n"
    index = Index.build(Corpus("room", (Document(0, "https://a.test/", "Acme", None, text),)))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": SCHEMA})
    output = answer_run(index, TaskRunInput("base", "Acme", task_spec=spec)).output
    assert isinstance(output, JsonOutput)
    assert output.content["founded"] == 1950
    assert output.content["seat"] is None
    problems = list(jsonschema_rs.validator_for(SCHEMA).iter_errors(output.content))
    # what the documents do not say is null, also where the schema has no null
    assert {problem.instance for problem in problems} <= {None}
