"""An answer that fits its schema: what does not is brought into its form, or left out.

The schema is checked by a library on the answer as a whole, so `anyOf`, tuples, `const`,
`allOf`, `format` and all the rest count. A value is never made up: one that does not fit and
cannot be written in another form is null, and its basis says so.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs
import msgspec

from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.api.types import FieldBasis, JsonObject

#: Levels of schema and value that are followed.
_MAX_LEVELS: Final = 24
_SHOWN: Final = 60
_BRANCHES: Final = ("anyOf", "oneOf", "allOf")


@lru_cache(maxsize=500)
def validator(schema: str) -> jsonschema_rs.Validator:
    """The validator of a schema as JSON; of one that is no schema, one that accepts all.

    Formats count, and patterns are searched in linear time.
    """
    try:
        return jsonschema_rs.validator_for(
            json.loads(schema),
            validate_formats=True,
            pattern_options=jsonschema_rs.RegexOptions(),
        )
    except (ValueError, RecursionError):
        return jsonschema_rs.validator_for(True)  # noqa: FBT003 - the schema that all fits


def fit_schema(
    schema: JsonObject, content: JsonObject, basis: list[FieldBasis]
) -> tuple[JsonObject, list[FieldBasis]]:
    """Bring an answer into the form of its schema.

    Args:
        schema: the schema, its references inlined.
        content: the answer, an object.
        basis: its evidence, by dotted paths of fields (`profile.ceo`, `products.0`).

    Returns:
        The content, each value of which fits, or is null where nothing else is honest; and the
        basis, in which the fields whose values were left out say so, with low confidence.
    """
    if validator(json.dumps(schema, default=str)).is_valid(content):
        return content, basis
    fitted = _fitted(schema, content, _MAX_LEVELS)
    fitted = fitted if isinstance(fitted, dict) else content
    return fitted, [entry for old in basis for entry in _entry(old, content, fitted)]


def _entry(entry: FieldBasis, before: JsonObject, after: JsonObject) -> Iterator[FieldBasis]:
    """The evidence of a field after its value was fitted; none for a member that is gone."""
    path = entry.field.split(".")
    had, has = _at(before, path), _at(after, path)
    if has is _NOTHING and len(path) > 1:
        return
    if has in (None, []) and had not in (None, [], _NOTHING):
        shown = shorten(json.dumps(had, ensure_ascii=False, default=str), _SHOWN)
        reason = f"{entry.reasoning} But {shown} does not fit the schema of the field."
        entry = msgspec.structs.replace(entry, reasoning=reason, confidence="low")
    yield entry


_NOTHING: Final = object()


def _at(value: Any, path: list[str]) -> Any:
    for name in path:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return _NOTHING
    return value


def _is_valid(schema: Any, value: Any) -> bool:
    return validator(json.dumps(schema, default=str)).is_valid(value)


def _fitted(schema: Any, value: Any, levels: int) -> Any:
    """The value in a form that fits, or else what says nothing: null, an empty list."""
    if not isinstance(schema, dict) or levels == 0 or _is_valid(schema, value):
        return value
    forms = (form for form in _forms(schema, value, levels) if _is_valid(schema, form))
    if (found := next(forms, _NOTHING)) is not _NOTHING:
        return found
    if isinstance(value, dict):
        return _object(schema, value, levels)  # what is missing in it stays null
    return [] if isinstance(value, list) and _is_valid(schema, []) else None


def _forms(schema: JsonObject, value: Any, levels: int) -> Iterator[Any]:
    """Other ways to write the same value, the nearest first."""
    if value is None:
        yield []
        return
    if isinstance(value, dict):
        yield _object(schema, value, levels)
    elif isinstance(value, list):
        yield from _lists(schema, value, levels)
    else:
        yield from _scalars(schema, value)
        yield [value]
    for branch in (branch for key in _BRANCHES for branch in schema.get(key) or ()):
        yield _fitted(branch, value, levels - 1)


def _object(schema: JsonObject, value: JsonObject, levels: int) -> JsonObject:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    is_closed = schema.get("additionalProperties") is False
    return {
        name: _fitted(properties.get(name), item, levels - 1)
        for name, item in value.items()
        if name in properties or not is_closed
    }


def _lists(schema: JsonObject, value: list[Any], levels: int) -> Iterator[Any]:
    places = schema.get("prefixItems")
    if isinstance(places, list):
        yield [_fitted(s, v, levels - 1) for s, v in zip(places, value, strict=False)]
    of_item = schema.get("items")
    members = (_fitted(of_item, item, levels - 1) for item in value)
    kept = [item for item in members if not isinstance(of_item, dict) or _is_valid(of_item, item)]
    if schema.get("uniqueItems"):
        kept = list({json.dumps(item, default=str): item for item in kept}.values())
    most = schema.get("maxItems")
    yield kept[:most] if isinstance(most, int) else kept
    if len(value) == 1:
        yield value[0]


def _scalars(schema: JsonObject, value: Any) -> Iterator[Any]:
    """The same value as another type, or as the choice that it names."""
    text = str(value).strip()
    for choice in (*(schema.get("enum") or ()), schema.get("const")):
        if choice is not None and str(choice).casefold() == text.casefold():
            yield choice
    if isinstance(value, float) and value.is_integer():
        yield int(value)
    if isinstance(value, str):
        try:
            number = float(text.replace(",", ""))
        except ValueError:
            return
        yield int(number) if number.is_integer() else number
    elif not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else text
