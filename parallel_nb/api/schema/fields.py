"""The field language: `name: type - description`, one output field a line.

    ceo: str - Full name of the current chief executive
    founded: int? - Year the company was founded
    ownership: public|private|state - Who owns it
    products: list[str] - Up to five main products

Types are `str`, `int`, `float`, `bool`, `date`, `a|b|c`, `list[...]`; a `?` behind one
means that the value may be null. The same types are read back from a JSON schema, so that
a table is typed alike whether its spec was written here or by another tool.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.arguments import check_text
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.refs import inline_references
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import JsonObject

Kind = Literal["str", "int", "float", "bool", "date", "enum", "list", "object"]

_SCALARS: Final[dict[str, Kind]] = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "date": "date",
}
_JSON_TYPES: Final = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "date": "string",
    "enum": "string",
    "list": "array",
    "object": "object",
}
_KINDS_OF_JSON: Final[dict[str, Kind]] = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "object",
}
#: The service does not support the `format` keyword; a date says so in its description.
DATE_HINT: Final = "as YYYY-MM-DD"
#: What says "no value" in other languages; here a ? does.
_NULLS: Final = ("None", "null")
#: Marks that open and close a quoted choice.
_QUOTES: Final = "'\"\u2018\u2019\u201c\u201d`"
#: Characters of a line in a message.
_SHOWN: Final = 120
#: Characters and nested lists that a type has at most.
_LONGEST_TYPE: Final = 60
_DEEPEST: Final = 8
#: What other languages call our types.
_ELSEWHERE: Final = {
    "string": "str",
    "text": "str",
    "integer": "int",
    "number": "float",
    "double": "float",
    "decimal": "float",
    "boolean": "bool",
    "datetime": "date",
    "array": "list[str]",
}
_GENERIC = re.compile(r"(Optional|list|List|array|Array|Sequence|set|tuple)\[([^\[\]]*)\]")
_DASH_WITHOUT_BLANK = re.compile(r"\s[-\u2013\u2014]|[-\u2013\u2014]\s")
#: The dash before a description.
_DASH = re.compile(r"(?<=\s)[-\u2013\u2014](?=\s|\Z)")
_DATE_WORDS = re.compile(r"YYYY-MM-DD|ISO[ -]?8601 date", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FieldType:
    """The type of one output field."""

    kind: Kind
    nullable: bool = False
    #: The allowed values of an `enum`.
    choices: tuple[str, ...] = ()
    #: The element type of a `list`.
    item: FieldType | None = None

    def __str__(self) -> str:
        """The type as a person would write it."""
        if self.kind == "enum":
            text = "|".join(self.choices)
        elif self.kind == "list":
            text = f"list[{self.item or 'str'}]"
        else:
            text = self.kind
        return f"{text}?" if self.nullable else text


@dataclass(frozen=True, slots=True)
class OutputField:
    """One field of a structured answer: what `parse_fields` makes of a line.

    Examples:
        >>> OutputField("founded", FieldType("int", nullable=True), "Year of founding").name
        'founded'
    """

    name: str
    type: FieldType
    description: str = ""


def parse_type(text: str) -> FieldType:
    """Read a type.

        >>> str(parse_type("list[ int ]?"))
        'list[int]?'

    Raises:
        ValueError: With a sentence that says what is wrong with it.
    """
    text = text.strip()
    nullable = text.endswith("?")
    core = text.removesuffix("?").strip()
    if not core:
        raise ValueError("the type is missing")
    if _DASH_WITHOUT_BLANK.search(core):
        raise ValueError("the dash before the description needs a blank on both sides")
    if core in _SCALARS:
        return FieldType(_SCALARS[core], nullable)
    if core == "list":
        return FieldType("list", nullable, item=FieldType("str"))
    if core.count("list[") > _DEEPEST:
        raise ValueError(f"lists may stand in lists at most {_DEEPEST} deep")
    _, closing, behind = core.rpartition("]")
    if core.startswith("list[") and not (closing and "|" in behind):
        if not core.endswith("]"):
            raise ValueError(f"{core!r} lacks its closing bracket")
        item = parse_type(core[5:-1])
        if item.nullable:
            raise ValueError("elements of a list cannot be null; drop the ? inside the brackets")
        return FieldType("list", nullable, item=item)
    if "|" in core:
        return _parse_choices(core, nullable=nullable)
    nearest = _nearest_type(core)
    hint = f"; did you mean {nearest!r}?" if nearest else ""
    raise ValueError(
        f"unknown type {core!r}{hint} (types: {', '.join(_SCALARS)}, a|b|c, list[...], ? for null)"
    )


def _nearest_type(word: str) -> str | None:
    """The type that is meant by one of another language, or by a slip."""
    if len(word) > _LONGEST_TYPE:
        return None
    if match := _GENERIC.fullmatch(word):
        outer, inner = match[1].lower(), match[2].strip()
        inner = inner if inner in _SCALARS else _nearest_type(inner) or inner
        return f"{inner}?" if outer == "optional" else f"list[{inner}]"
    if word.endswith("[]"):
        return f"list[{_nearest_type(word[:-2]) or word[:-2]}]"
    known = [*_SCALARS, *_ELSEWHERE, "list[str]"]
    near = get_close_matches(word.lower(), known, n=1)
    return _ELSEWHERE.get(near[0], near[0]) if near else None


def _parse_choices(core: str, *, nullable: bool) -> FieldType:
    choices = tuple(choice.strip() for choice in core.split("|"))
    types = [choice for choice in choices if choice not in _NULLS]
    if len(types) < len(choices):
        raise ValueError(f"null is written as a ? at the end: {'|'.join(types).rstrip('?')}?")
    of_types = all(choice in _SCALARS for choice in choices)
    if of_types or any(choice.startswith("list[") for choice in choices):
        raise ValueError(f"a field has one type; {core!r} names {len(choices)}")
    if any(choice.endswith("?") for choice in choices):
        raise ValueError("the ? for null goes behind the last choice")
    if any(choice.strip(_QUOTES) != choice for choice in choices):
        bare = "|".join(choice.strip(_QUOTES) for choice in choices)
        raise ValueError(f"choices are written without quotation marks: {bare}")
    if not all(choices):
        raise ValueError(f"one of the choices of {core!r} is empty")
    if len(set(choices)) < len(choices):
        raise ValueError(f"{core!r} names a choice twice")
    return FieldType("enum", nullable, choices=choices)


def _parse_field(line: str) -> OutputField:
    """Read one line. Raises `ValueError` with a sentence that says what is wrong with it."""
    name, colon, rest = line.partition(":")
    name = name.strip()
    if not colon:
        full_width = ", only a full-width one" if "\uff1a" in line else ""
        raise ValueError(f"there is no colon between a name and a type{full_width}")
    if not name.isidentifier():
        raise ValueError(f"{name!r} is not a name (letters, digits and _, no digit first)")
    dash = _DASH.search(rest)
    kind = parse_type(rest[: dash.start()] if dash else rest)
    return OutputField(name, kind, rest[dash.end() :].strip() if dash else "")


def parse_fields(text: str, *, first_line: int = 1) -> list[OutputField]:
    """Read output fields, one a line; blank lines and lines that start with # are skipped.

        >>> parse_fields("founded: int? - Year of founding")[0].name
        'founded'

    Args:
        text: The lines.
        first_line: Number of the first line within the cell, for messages.

    Returns:
        The fields, in the order of the lines.

    Raises:
        InputError: A line cannot be read, or there is none; names the line, its number and what
            is wrong with it.
    """
    check_text("The output fields", text, "'founded: int? - Year of founding'")
    fields: list[OutputField] = []
    for number, line in enumerate(text.splitlines(), first_line):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        problem = ""
        try:
            field = _parse_field(line)
            if any(other.name == field.name for other in fields):
                problem = f"there is a field {field.name!r} already"
            fields.append(field)
        except ValueError as error:
            problem = str(error)
        if problem:
            raise InputError(
                f"Line {number}, {shorten(line, _SHOWN)!r}: {shorten(problem, 2 * _SHOWN)}.",
                "Write each output field as `name: type - description`, "
                "for example `founded: int? - Year of founding`.",
            )
    if not fields:
        raise InputError(
            f"There are no output fields below the --- (line {first_line} and on).",
            "Add lines such as `founded: int? - Year of founding`, or drop the --- for text.",
        )
    return fields


def has_fields(text: str) -> bool:
    r"""Whether a line of the text is an output field; then all of it is meant as fields.

    >>> has_fields("A short answer."), has_fields("founded: int?\nceo: strng")
    (False, True)
    """
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            _parse_field(line)
            return True
    return False


def to_json_schema(fields: Sequence[OutputField]) -> JsonObject:
    """Make the JSON schema of an answer with these fields, as the service wants it."""
    return {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }


def _property(field: OutputField) -> JsonObject:
    schema = _type_schema(field.type)
    description = field.description
    if field.type.kind == "date":
        description = describe_date(description)
    if description:
        schema["description"] = description
    return schema


def _type_schema(kind: FieldType) -> JsonObject:
    name = _JSON_TYPES[kind.kind]
    schema: JsonObject = {"type": [name, "null"] if kind.nullable else name}
    if kind.kind == "enum":
        schema["enum"] = [*kind.choices, None] if kind.nullable else list(kind.choices)
    if kind.kind == "list":
        item = kind.item or FieldType("str")
        schema["items"] = _type_schema(item)
        if item.kind == "date":
            schema["items"]["description"] = describe_date("")
    return schema


def describe_date(description: str) -> str:
    """Say in words that a string is a date, unless the description does already."""
    if _DATE_WORDS.search(description):
        return description
    return f"{description} ({DATE_HINT})" if description else f"A date {DATE_HINT}"


def from_json_schema(schema: Any) -> list[OutputField]:
    """Read output fields back from a JSON schema, also one that another tool wrote.

        >>> [str(field.type) for field in from_json_schema(
        ...     {"type": "object", "properties": {"year": {"type": ["integer", "null"]}}})]
        ['int?']

    Args:
        schema: The schema of an answer; anything that is none has no fields.

    Returns:
        A field for each property, in the order of the schema. What the field language cannot
        say reads as `object` (nested objects), `str` (mixed unions) or a list of them.
    """
    if not isinstance(schema, dict):
        return []
    properties = inline_references(schema).get("properties")
    if not isinstance(properties, dict):
        return []
    return [
        OutputField(str(name), type_of(member), _description(member))
        for name, member in properties.items()
    ]


def _description(schema: Any) -> str:
    return str(schema.get("description") or "") if isinstance(schema, dict) else ""


def type_of(schema: Any) -> FieldType:
    """Read one property's type from its JSON schema.

    Args:
        schema: A schema without references (see `inline_references`); anything that is none
            reads as a text that may be null.
    """
    if not isinstance(schema, dict):
        return FieldType("str", nullable=True)
    if isinstance(schema.get("allOf"), list):
        parts = [part for part in schema["allOf"] if isinstance(part, dict)]
        beside = {name: member for name, member in schema.items() if name != "allOf"}
        schema = {name: member for part in (*parts, beside) for name, member in part.items()}
    for union in ("anyOf", "oneOf"):
        if isinstance(schema.get(union), list):
            return _type_of_union(schema, schema[union])
    return _type_of_plain(schema)


def _type_of_plain(schema: JsonObject) -> FieldType:
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    nullable = "null" in names
    if isinstance(schema.get("enum"), list):
        return _type_of_enum(schema["enum"], nullable=nullable)
    if "const" in schema:
        return FieldType("enum", nullable, choices=(str(schema["const"]),))
    name = next((name for name in names if name != "null"), None)
    kind = _KINDS_OF_JSON.get(str(name), "str")
    if kind == "str" and _describes_date(schema):
        kind = "date"
    if kind != "list":
        return FieldType(kind, nullable)
    return FieldType(kind, nullable, item=type_of(schema.get("items") or {"type": "string"}))


def _describes_date(schema: JsonObject) -> bool:
    if schema.get("format") == "date":
        return True
    return bool(_DATE_WORDS.search(str(schema.get("description", ""))))


def _type_of_enum(values: list[Any], *, nullable: bool) -> FieldType:
    choices = [value for value in values if value is not None]
    nullable = nullable or len(choices) < len(values)
    if choices and all(isinstance(choice, bool) for choice in choices):
        return FieldType("bool", nullable)
    if choices and all(isinstance(choice, int) for choice in choices):
        return FieldType("int", nullable)
    return FieldType("enum", nullable, choices=tuple(str(choice) for choice in choices))


def _type_of_union(schema: JsonObject, members: list[Any]) -> FieldType:
    described = {"description": schema["description"]} if "description" in schema else {}
    others = [m for m in members if not (isinstance(m, dict) and m.get("type") == "null")]
    if len(others) != 1:
        return FieldType("str", nullable=len(others) < len(members))
    inner = type_of(described | others[0] if isinstance(others[0], dict) else others[0])
    nullable = inner.nullable or len(others) < len(members)
    return FieldType(inner.kind, nullable, inner.choices, inner.item)
