"""What a task run asks for: its fields, the words that describe them, its input, its effort."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from parallel_nb.api.schema.fields import FieldType, from_json_schema
from parallel_nb.api.schema.refs import inline_references
from parallel_nb.engine.reader.language.units import UNIT, UNIT_WORDS
from parallel_nb.engine.reader.schema_fit import validator

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject, SourcePolicy, TaskRunInput

OutputForm = Literal["json", "text", "auto"]

#: Objects nested deeper than this are not read; the service allows no more.
_MAX_DEPTH: Final = 11
#: Rules of JSON schema on a value that its type does not hold.
_RULES: Final = (
    "pattern", "format", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "prefixItems",
)  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FORMAT_HINT = re.compile(
    r"\(?\b(?:as|in|formatted as|format:?|ISO[ -]?8601 date)\s?:?\s?(?:ISO[ -]?8601|YYYY[-/]MM(?:[-/]DD)?)[^)\s]*\)?"
    r"|\bYYYY(?:-MM(?:-DD)?)?\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\s?\((?:if|or null|null|e\.g|for example|such as|optional)\b[^)]{0,300}\)", re.IGNORECASE
)
#: `after` says nothing alone, so that `named after` would ask for any name.
_NAMESAKE = re.compile(r"\b(?:named|called) (?:after|for)\b", re.IGNORECASE)
_NULL_HINT = re.compile(
    r"[,;.]?\s?\b(?:or\s)?(?:null|none)\s(?:if|when|where)\b.*|[,;]\s?if\s(?:any|known|stated|given)\b",
    re.IGNORECASE,
)
_IN_UNIT = re.compile(
    r",?\s\b(?:in|given in|measured in)\s(?:whole |full |metric |Earth |US |American |Swiss |Danish )*"
    r"(?:(?:thousands?|millions?|billions?|trillions?)(?: of)?\s?)?"
    rf"(?:{UNIT}|thousands|millions|billions)(?!\w)"
)
#: `CHF m`, `cubic metres`, `thousand tonnes`, `£`.
_ONLY_UNIT = re.compile(
    rf"(?:in |the )?(?:(?:thousands?|millions?|billions?)(?: of)? ?)?(?:[$\u20ac\u00a3\u00a5]|{UNIT}|[A-Z]{{3}})?(?: ?(?:k|mn?|bn|thousands?|millions?|billions?))?"
)
#: What a unit of time or money says already.
_IMPLIED = re.compile(r"^(?:length|duration|period|amount|sum) of (?:the |an? )?", re.IGNORECASE)
#: What was done with the thing that is asked for: `Temperature measured`.
_PARTICIPLE = re.compile(r"(?<=\w) \w{2,30}ed(?:,? (?:in|at|on|for|by|to)\b.*)?$")
#: Where a relative clause begins.
_RELATIVE = re.compile(
    r"(?<=\w)\s(?:(?:by|at|in|on|for|to|from|of|with|under)\s(?:which|whom|whose)|that|which|who|whose)\s"
)


@dataclass(frozen=True, slots=True)
class Effort:
    """The work that one processor does on one run.

    The figures are ours: they keep the order of the service's processors (a dearer one reads
    more, and so sees more that agrees or contradicts), on collections of some hundred documents.
    """

    #: Documents that are read for one run, at most.
    documents: int
    #: Facts that an answer without a schema reports, at most.
    facts: int
    #: Sentences that a text answer quotes, at most.
    sentences: int
    #: Whether the ranker chooses where the rules are not sure: it takes twice their time.
    is_ranked: bool = True


_EFFORTS: Final = {
    "lite": Effort(documents=3, facts=4, sentences=2, is_ranked=False),
    "base": Effort(documents=8, facts=6, sentences=3),
    "core": Effort(documents=10, facts=10, sentences=4),
    "core2x": Effort(documents=14, facts=12, sentences=4),
    "pro": Effort(documents=20, facts=20, sentences=5),
    "ultra": Effort(documents=30, facts=20, sentences=5),
    "ultra2x": Effort(documents=40, facts=25, sentences=5),
    "ultra4x": Effort(documents=60, facts=25, sentences=5),
    "ultra8x": Effort(documents=100, facts=25, sentences=5),
}
_FAST: Final = "-fast"


@dataclass(frozen=True)
class RequestedField:
    """One field of the output schema, as a question to the documents."""

    name: str
    #: Dotted, from the answer's root: `profile.ceo`.
    path: str
    type: FieldType
    description: str
    #: The fields of an object, or of the objects of a list.
    children: tuple[RequestedField, ...] = ()
    #: What its JSON schema asks for beyond the type (`pattern`, `minimum`, `const`), as JSON;
    #: empty where it asks for nothing more.
    rules: str = ""

    def accepts(self, value: Any) -> bool:
        """True for a value that fits the JSON schema of the field."""
        if not self.rules or value is None:
            return True
        return validator(self.rules).is_valid(list(value) if isinstance(value, tuple) else value)

    @cached_property
    def name_in_words(self) -> str:
        """`firstReleased` and `first_released` as `first Released` and `first released`."""
        return _CAMEL.sub(" ", self.name).replace("_", " ")

    @cached_property
    def _name_without_unit(self) -> str:
        """`melting_point_c` as `melting point`."""
        words = self.name_in_words.split()
        while len(words) > 1 and words[-1].lower() in UNIT_WORDS:
            words.pop()
        return " ".join(words)

    @cached_property
    def plain_description(self) -> str:
        """The description without what only says how to write the answer."""
        text = _FORMAT_HINT.sub(" ", " ".join(self.description.split()))
        return _NULL_HINT.sub("", _ASIDE.sub("", text)).strip()

    @cached_property
    def question(self) -> str:
        """The plain description without the unit: no document has to say `in days`.

        Nor what the unit implies: `Length of the term in years` asks for the term.
        """
        if self.type.kind in {"int", "float"} and _ONLY_UNIT.fullmatch(self.plain_description):
            return ""
        text = _IN_UNIT.sub("", self.plain_description)
        return text if text == self.plain_description else _IMPLIED.sub("", text)

    @cached_property
    def wordings(self) -> tuple[str, ...]:
        """The question in the words of the field's name, and of its description.

        `Laboratory that carried out the test` also asks for nothing but a laboratory, and
        `Pumps installed` for pumps.
        """
        name = _NAMESAKE.sub("namesake", self._name_without_unit)
        question = _NAMESAKE.sub("namesake", self.question)
        head = _PARTICIPLE.sub("", _RELATIVE.split(question, maxsplit=1)[0])
        return tuple(dict.fromkeys(text for text in (name, question, head) if text))

    @cached_property
    def column_wordings(self) -> tuple[str, str]:
        """The same as a table's head may put it: the name, and the plain description."""
        return self.name_in_words, self.plain_description

    @cached_property
    def text(self) -> str:
        """Name and plain description, joined by a space."""
        return " ".join(self.column_wordings)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one task run asks for."""

    form: OutputForm
    fields: tuple[RequestedField, ...]
    #: The input as a person wrote it; of a row, its values joined by spaces.
    text: str
    #: The cells of the row, where the input is an object: (column, value).
    row: tuple[tuple[str, str], ...]
    #: The description of the output as a whole.
    instruction: str
    effort: Effort
    policy: SourcePolicy | None
    #: The JSON schema of the output, its references inlined; empty for other forms.
    schema: JsonObject = field(default_factory=dict)


def _rules(schema: Any) -> str:
    """A property's schema as JSON, where it asks for more than a type."""
    if not isinstance(schema, dict):
        return ""
    text = json.dumps(schema, default=str)
    return text if any(f'"{rule}":' in text for rule in _RULES) else ""


def read_request(run_input: TaskRunInput) -> RunRequest:
    """Understand the input and the spec of a task run.

    Never raises, whatever they hold: a schema that cannot be understood has no fields.

    Examples:
        >>> from parallel_nb.api.types import TaskRunInput
        >>> read_request(TaskRunInput("lite", {"company": "Acme", "id": 7})).text
        'Acme 7'
    """
    form, schema, instruction = _output_schema(run_input)
    row = _cells(run_input.input)
    value = run_input.input
    text = value if isinstance(value, str) else " ".join(cell for _, cell in row)
    fields = _fields(schema, "", 1) if form == "json" else ()
    effort = effort_of(run_input.processor)
    return RunRequest(form, fields, text, row, instruction, effort, run_input.source_policy, schema)


def effort_of(processor: str) -> Effort:
    """The effort of a processor; its `-fast` twin reads two thirds of the documents.

    An unknown processor works like `base`: the server has refused it long before.

    Examples:
        >>> effort_of("lite").documents, effort_of("pro-fast").documents
        (3, 13)
    """
    effort = _EFFORTS.get(processor.removesuffix(_FAST), _EFFORTS["base"])
    if processor.endswith(_FAST):
        return replace(effort, documents=max(2, effort.documents * 2 // 3))
    return effort


def _output_schema(run_input: TaskRunInput) -> tuple[OutputForm, JsonObject, str]:
    """The form of the output, its JSON schema (empty for other forms), its description."""
    spec = run_input.task_spec.output_schema if run_input.task_spec else {"type": "auto"}
    if isinstance(spec, str):
        return "text", {}, spec
    form = spec.get("type")
    if form == "text":
        return "text", {}, str(spec.get("description") or "")
    if form == "json":
        schema = spec.get("json_schema")
        if isinstance(schema, dict):
            return "json", inline_references(schema), str(schema.get("description") or "")
    return "auto", {}, str(spec.get("description") or "")


def _fields(schema: JsonObject, path: str, depth: int) -> tuple[RequestedField, ...]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth > _MAX_DEPTH:
        return ()
    fields = []
    for found in from_json_schema({"properties": properties}):
        field_path = f"{path}.{found.name}" if path else found.name
        inner = _inner_schema(properties.get(found.name))
        children = _fields(inner, field_path, depth + 1) if inner else ()
        fields.append(
            RequestedField(
                found.name,
                field_path,
                found.type,
                found.description,
                children,
                _rules(properties.get(found.name)),
            )
        )
    return tuple(fields)


def _inner_schema(schema: Any) -> JsonObject:
    """The schema of the object that a property is, or lists; empty for anything else."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(schema, dict):
            return {}
        if isinstance(schema.get("properties"), dict):
            return schema
        if isinstance(schema.get("items"), dict):
            schema = schema["items"]
            continue
        members = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        members = members if isinstance(members, list) else []
        not_null = [m for m in members if isinstance(m, dict) and m.get("type") != "null"]
        if len(not_null) != 1:
            return {}
        schema = not_null[0]
    return {}


def _cells(value: str | JsonObject) -> tuple[tuple[str, str], ...]:
    """The cells of a row that hold something, as text."""
    row = _parse_object(value) if isinstance(value, str) else value
    texts = ((str(key), _cell_text(cell)) for key, cell in row.items())
    return tuple((key, text) for key, text in texts if text)


def _parse_object(text: str) -> JsonObject:
    """The JSON object that a text is; empty for any other text."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _cell_text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(cell)
    return json.dumps(cell, ensure_ascii=False, default=str)
