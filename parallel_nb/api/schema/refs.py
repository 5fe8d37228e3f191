"""References in a JSON schema: replaced by what they refer to, once, before anything is read.

Every reader of schemas (the field language, the lint, the embedded engine) works on the result,
so none of them knows `$ref`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.errors import InputError

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject

#: Levels of JSON to which references are followed. One level of nested objects takes six at most
#: (`properties`, its name, `anyOf`, its index, `$ref` twice), so a schema that refers to itself
#: is nested beyond what is ever accepted before it is cut.
_MAX_LEVELS: Final = 96


def endless_schema() -> InputError:
    """The error for a schema that refers to itself."""
    return InputError(
        "The output schema refers to itself, so it has no end.",
        "Nest at most ten levels, without a cycle.",
    )


def inline_references(schema: JsonObject, *, cut: bool = True) -> JsonObject:
    """Replace each local `$ref` by the definition that it names, and drop the definitions.

    Members that stand beside a `$ref` win over those of the definition. A reference that names
    nothing becomes an empty schema, which allows everything.

        >>> inline_references({"items": {"$ref": "#/$defs/A"}, "$defs": {"A": {"type": "string"}}})
        {'items': {'type': 'string'}}

    Args:
        schema: A JSON schema with its definitions under `$defs` or `definitions`.
        cut: What lies deeper than 96 levels of JSON, as in a schema that refers to itself,
            becomes an empty schema; False raises instead.

    Returns:
        A new schema. The same definition may be the same dict in several places of it.

    Raises:
        InputError: `cut` is False and the schema has no end.
    """
    definitions = schema.get("$defs") or schema.get("definitions")
    if not isinstance(definitions, dict):
        definitions = {}
    inlined: dict[tuple[str, int], JsonObject] = {}

    def inline(node: Any, levels: int) -> Any:
        if not isinstance(node, dict | list):
            return node
        if levels == 0:
            if cut:
                return {}
            raise endless_schema()
        if isinstance(node, list):
            return [inline(item, levels - 1) for item in node]
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return {name: inline(value, levels - 1) for name, value in node.items()}
        name = reference.rsplit("/", 1)[-1]
        if not isinstance(definitions.get(name), dict):
            return {}
        if (name, levels) not in inlined:
            inlined[name, levels] = inline(definitions[name], levels - 1)
        beside = {key: inline(value, levels - 1) for key, value in node.items() if key != "$ref"}
        return inlined[name, levels] | beside

    top = {name: value for name, value in schema.items() if name not in {"$defs", "definitions"}}
    result: JsonObject = inline(top, _MAX_LEVELS)
    return result
