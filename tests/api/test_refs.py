"""References are replaced before a schema is read; one without an end is cut or refused."""

from __future__ import annotations

import time
from typing import Any

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import from_json_schema
from parallel_nb.api.schema.refs import inline_references

COLOUR = {"enum": ["red", "green"]}


@pytest.mark.parametrize("definitions", ["$defs", "definitions"])
def test_a_reference_is_replaced_by_what_it_names(definitions: str) -> None:
    schema = {"items": {"$ref": f"#/{definitions}/Colour"}, definitions: {"Colour": COLOUR}}
    assert inline_references(schema) == {"items": COLOUR}


def test_what_stands_beside_a_reference_wins() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/A", "description": "its own"}},
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string", "description": "shared"}},
    }
    inlined = inline_references(schema)
    assert inlined["properties"]["a"] == {"type": "string", "description": "its own"}


@pytest.mark.parametrize("reference", ["#/$defs/Missing", "#", "https://a.example/schema"])
def test_a_reference_to_nothing_allows_everything(reference: str) -> None:
    assert inline_references({"items": {"$ref": reference}}) == {"items": {}}


def test_a_property_may_be_called_ref() -> None:
    schema = {"properties": {"$ref": {"type": "string"}}}
    assert inline_references(schema) == schema


def branching(width: int) -> dict[str, Any]:
    node = {"type": "object", "properties": {f"p{i}": {"$ref": "#/$defs/N"} for i in range(width)}}
    return node | {"$defs": {"N": node}}


def test_a_schema_without_an_end_is_cut_at_once_or_refused() -> None:
    started = time.thread_time()
    assert [str(field.type) for field in from_json_schema(branching(40))] == ["object"] * 40
    with pytest.raises(InputError, match="refers to itself"):
        inline_references(branching(40), cut=False)
    assert time.thread_time() - started < 2


@pytest.mark.parametrize("loop", [{"$ref": "#/$defs/A"}, {"anyOf": [{"$ref": "#/$defs/A"}]}])
def test_a_definition_that_is_only_itself_is_cut(loop: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": loop}}
    assert [field.name for field in from_json_schema(schema)] == ["a"]
