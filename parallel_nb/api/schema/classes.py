"""From a Python class to its JSON schema, the same way for every kind of class.

Dataclasses (of pydantic too), TypedDicts, msgspec structs and `{"name": type}` are first written
anew as structs of msgspec, with what a person said about a field where msgspec reads it. So a
description counts wherever its kind of class keeps it: `Annotated[int, Field(description=...)]`,
`Annotated[int, "words"]`, `field(metadata={"description": ...})`, a default `Field(...)`. pydantic
models know their own schema, at the top and within other classes.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from decimal import Decimal
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.refs import endless_schema, inline_references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.api.types import JsonObject

#: Say of a TypedDict's field whether it must be there: all fields of an answer are.
_QUALIFIERS: Final = frozenset({"Required", "NotRequired", "ReadOnly"})


def is_class_with_fields(kind: Any) -> bool:
    """True for a class that `class_schema` can read."""
    return isinstance(kind, type) and (_is_model(kind) or _has_fields(kind))


def is_type(value: Any) -> bool:
    """True for what stands behind the colon of an annotation: `int`, `list[str]`, `int | None`."""
    return isinstance(value, type) or get_origin(value) is not None


def class_schema(kind: Any) -> JsonObject:
    """The JSON schema of a class with fields, without references.

    Raises:
        InputError: A field is of a type that JSON has not, or the class refers to itself.
    """
    return _model_schema(kind) if _is_model(kind) else _struct_schema(kind, kind.__name__)


def fields_schema(fields: Mapping[str, Any]) -> JsonObject:
    """The JSON schema of fields that are written as a dict, such as `{"founded": int}`.

    Raises:
        InputError: A field is of a type that JSON has not.
    """
    return _struct_schema(dict(fields), "The output")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and callable(getattr(kind, "model_json_schema", None))


def _has_fields(kind: Any) -> bool:
    return isinstance(kind, type) and (
        dataclasses.is_dataclass(kind) or is_typeddict(kind) or issubclass(kind, msgspec.Struct)
    )


def _struct_schema(kind: Any, name: str) -> JsonObject:
    try:
        struct = _Rewriter().struct(kind)
        schema = msgspec.json.schema(struct, schema_hook=_foreign_schema)
    except (TypeError, NameError, NotImplementedError) as error:
        raise InputError(
            f"{name} cannot be read as a JSON schema: {error}",
            "Use str, int, float, bool, Literal, list, other such classes, and optional fields.",
        ) from error
    return inline_references(_explicit_titles(schema), cut=False)


def _foreign_schema(kind: Any) -> JsonObject:
    """The schema of a type within another class that msgspec does not know."""
    if _is_model(kind):
        return _model_schema(kind)
    raise NotImplementedError(f"{getattr(kind, '__name__', kind)} has no form in JSON")


def _model_schema(model: Any) -> JsonObject:
    from pydantic.json_schema import GenerateJsonSchema  # noqa: PLC0415 - its user has loaded it

    class WithNumbers(GenerateJsonSchema):
        """A Decimal is a number; pydantic also takes it as a text of digits."""

        def decimal_schema(self, schema: Any) -> JsonObject:
            del schema
            return {"type": "number"}

    schema = model.model_json_schema(schema_generator=WithNumbers)
    return inline_references(_explicit_titles(schema), cut=False)


def _explicit_titles(node: Any) -> Any:
    """Put the title that a person gave a field into its description, which the service reads.

    pydantic gives every field a title of its own, made from the name: those say nothing.
    """
    if isinstance(node, list):
        return [_explicit_titles(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {name: _explicit_titles(value) for name, value in node.items()}
    properties = made.get("properties")
    if isinstance(properties, dict):
        made["properties"] = {
            name: _with_title(name, member) if isinstance(member, dict) else member
            for name, member in properties.items()
        }
    return made


def _with_title(name: str, member: JsonObject) -> JsonObject:
    title = member.get("title")
    if not isinstance(title, str) or _letters(title) == _letters(name):
        return member
    words = [title, *filter(None, [member.get("description")])]
    return member | {"description": ": ".join(words)}


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


class _Rewriter:
    """Writes classes anew as structs; each once."""

    def __init__(self) -> None:
        self._made: dict[type, Any] = {}

    def struct(self, kind: Any) -> Any:
        """The struct of a class, or of fields in a dict."""
        if isinstance(kind, dict):
            return self._define("Output", kind, None)
        if kind in self._made:
            if self._made[kind] is None:  # it is being made
                raise endless_schema()
            return self._made[kind]
        self._made[kind] = None
        doc = kind.__doc__ or ""
        own_doc = None if doc.startswith(f"{kind.__name__}(") else doc
        self._made[kind] = self._define(kind.__name__, _annotations(kind), own_doc)
        return self._made[kind]

    def _define(self, name: str, hints: Mapping[str, Any], doc: str | None) -> Any:
        # The names of the fields are any text: `{"year founded": int}`.
        renamed = {f"field_{at}": str(field) for at, field in enumerate(hints)}
        fields = [
            (attribute, self._rewrite(hint))
            for attribute, hint in zip(renamed, hints.values(), strict=True)
        ]
        return msgspec.defstruct(
            # Of two classes of one name each has a definition of its own.
            f"{name}_{len(self._made)}",
            fields,
            namespace={"__doc__": doc},
            rename=renamed,
        )

    def _rewrite(self, hint: Any) -> Any:  # noqa: PLR0911 - one line a kind of annotation
        """An annotation whose classes are structs, and whose metadata are msgspec's."""
        if _has_fields(hint) and not _is_model(hint):
            return self.struct(hint)
        if hint is Decimal:
            return float
        if hasattr(hint, "__value__"):  # of `type Name = ...`
            return self._rewrite(hint.__value__)
        origin, parts = get_origin(hint), get_args(hint)
        if origin is None or origin is Literal:
            return hint
        if origin is Annotated:
            return _describe(self._rewrite(parts[0]), parts[1:])
        if getattr(origin, "_name", None) in _QUALIFIERS:
            return self._rewrite(parts[0])
        rewritten = tuple(map(self._rewrite, parts))
        if origin is Union or origin is types.UnionType:
            return Union[rewritten]  # noqa: UP007 - of as many as there are
        return origin[rewritten]


def _annotations(kind: Any) -> dict[str, Any]:
    """The annotations of a class in the order of its fields, each with what is said of it."""
    if is_typeddict(kind):
        return get_type_hints(kind, include_extras=True)
    if issubclass(kind, msgspec.Struct):
        return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    hints = get_type_hints(kind, include_extras=True)
    of_pydantic = getattr(kind, "__pydantic_fields__", {})
    return {
        field.name: _describe(
            hints[field.name],
            [field.metadata, of_pydantic.get(field.name) or _said_by_default(field.default)],
        )
        for field in dataclasses.fields(kind)
    }


def _said_by_default(default: Any) -> Any:
    """A default that describes its field, as pydantic's `Field` does; a text is a value."""
    return None if isinstance(default, str) else default


def _describe(hint: Any, sources: Iterable[Any]) -> Any:
    """An annotation with what its metadata say of the field, in the form that msgspec reads.

    `sources` are a text, a mapping, or an object such as pydantic's `Field`; others say nothing.
    """
    words: dict[str, str] = {}
    for source in sources:
        for name in ("title", "description"):
            if isinstance(source, str):
                found: Any = source if name == "description" else None
            elif isinstance(source, Mapping):
                found = source.get(name)
            else:
                found = getattr(source, name, None)
            if isinstance(found, str):
                words.setdefault(name, found)
    if not words:
        return hint
    meta = msgspec.Meta(title=words.get("title"), description=words.get("description"))
    return Annotated[hint, meta]
