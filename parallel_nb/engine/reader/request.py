"""What a task run asks: its fields, the texts that describe them, and its input."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.schema.fields import FieldType, from_json_schema
from parallel_nb.api.schema.refs import inline_references
from parallel_nb.engine.reader.values.numbers import UNIT_WORDS

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject, TaskRunInput

Form = Literal["json", "text", "auto"]

#: Deeper objects than the service allows are not followed.
_MAX_DEPTH: Final = 6
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FORMAT_HINT = re.compile(
    r"\(?\b(?:as|in|formatted as|format:?|ISO[ -]?8601 date)\s*:?\s*(?:ISO[ -]?8601|YYYY[-/]MM(?:[-/]DD)?)[^)\s]*\)?"
    r"|\bYYYY(?:-MM(?:-DD)?)?\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s*\((?:if|or null|null|e\.g|for example|such as|optional)\b[^)]*\)", re.IGNORECASE
)
#: `after` says nothing alone, so that `named after` would ask for any name.
_NAMESAKE = re.compile(r"\b(?:named|called) (?:after|for)\b", re.IGNORECASE)
_NULL_HINT = re.compile(
    r"[,;.]?\s*\b(?:or\s+)?(?:null|none)\s+(?:if|when|where)\b.*$|[,;]\s*if\s+(?:any|known|stated|given)\b",
    re.IGNORECASE,
)
_IN_UNIT = re.compile(
    r",?\s+\b(?:in|given in|measured in)\s+(?:whole |full |metric |Earth |US |American |Swiss |Danish )*"
    r"(?:(?:thousands?|millions?|billions?|trillions?)(?: of)?\s*)?"
    r"(?:days|hours|years|minutes|seconds|months|km\u00b2|km|square \w+|kilomet(?:re|er)s|met(?:re|er)s|miles|m|feet"
    r"|\u00b0\s?[CFK]|degrees(?: Celsius)?|K|kelvins?|percent|per cent|dollars|euros|kroner|kronor|francs|yen|USD|EUR"
    r"|kg|kilograms?|tonnes|g/cm\u00b3|m/s\u00b2|km/s|thousands|millions|billions)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One field to be filled."""

    name: str
    #: Dotted, from the answer's root.
    path: str
    type: FieldType
    description: str
    #: The fields of an object, or of the objects of a list.
    children: tuple[Ask, ...] = ()

    @property
    def words_of_name(self) -> str:
        """`firstReleased` and `first_released` as words."""
        return _CAMEL.sub(" ", self.name).replace("_", " ")

    @property
    def _named(self) -> str:
        """The name without its unit: `melting_point_c` asks for the melting point."""
        words = self.words_of_name.split()
        while len(words) > 1 and words[-1].lower() in UNIT_WORDS:
            words.pop()
        return " ".join(words)

    @property
    def plain_description(self) -> str:
        """The description without what only says how to write the answer."""
        text = _FORMAT_HINT.sub(" ", self.description)
        return _NULL_HINT.sub("", _ASIDE.sub("", text)).strip()

    @property
    def question(self) -> str:
        """The description without the unit that it asks for: no page has to say `in days`."""
        return _IN_UNIT.sub("", self.plain_description)

    @property
    def wordings(self) -> tuple[str, str]:
        """The question as the field's name puts it, and as its description does."""
        name, described = (_NAMESAKE.sub("namesake", text) for text in (self._named, self.question))
        return name, described

    @property
    def text(self) -> str:
        """Name and description in one."""
        return f"{self.words_of_name} {self.plain_description}"


@dataclass(frozen=True, slots=True)
class Task:
    """One run's question."""

    form: Form
    asks: tuple[Ask, ...]
    #: The input as a person wrote it; of a row, its values.
    text: str
    #: The row, where the input is an object.
    row: tuple[tuple[str, str], ...]
    #: What the schema as a whole says.
    instruction: str


def read_request(request: TaskRunInput) -> Task:
    """Understand a run's input and spec; never raises, whatever they hold."""
    form, schema, instruction = _output_of(request)
    row = _row_of(request.input)
    text = request.input if isinstance(request.input, str) else " ".join(v for _, v in row)
    asks = _asks_of(schema, "", 1) if form == "json" else ()
    return Task(form, asks, text, row, instruction)


def _output_of(request: TaskRunInput) -> tuple[Form, JsonObject, str]:
    spec = request.task_spec.output_schema if request.task_spec else {"type": "auto"}
    if isinstance(spec, str):
        return "text", {}, spec
    kind = spec.get("type")
    if kind == "text":
        return "text", {}, str(spec.get("description") or "")
    if kind == "json":
        schema = spec.get("json_schema")
        if isinstance(schema, dict):
            return "json", inline_references(schema), str(schema.get("description") or "")
    return "auto", {}, str(spec.get("description") or "")


def _asks_of(schema: JsonObject, path: str, depth: int) -> tuple[Ask, ...]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > _MAX_DEPTH:
        return ()
    fields = from_json_schema({"properties": properties})
    asks = []
    for field in fields:
        here = f"{path}.{field.name}" if path else field.name
        inner = _inner_schema(properties.get(field.name))
        children = _asks_of(inner, here, depth + 1) if inner else ()
        asks.append(Ask(field.name, here, field.type, field.description, children))
    return tuple(asks)


def _inner_schema(found: Any) -> JsonObject:
    """The object that a property is, or lists; empty for anything else."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(found, dict):
            return {}
        if isinstance(found.get("properties"), dict):
            return found
        if isinstance(found.get("items"), dict):
            found = found["items"]
            continue
        members = found.get("anyOf") or found.get("oneOf") or found.get("allOf")
        listed = members if isinstance(members, list) else ()
        real = [m for m in listed if isinstance(m, dict) and m.get("type") != "null"]
        if len(real) != 1:
            return {}
        found = real[0]
    return {}


def _row_of(value: str | JsonObject) -> tuple[tuple[str, str], ...]:
    if isinstance(value, str):
        value = _object_in(value)
    return tuple((str(key), _plain(cell)) for key, cell in value.items() if _plain(cell))


def _object_in(text: str) -> JsonObject:
    """The object that a text input may be; empty for any other text."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _plain(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    return json.dumps(cell, ensure_ascii=False, default=str)
