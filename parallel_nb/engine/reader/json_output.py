"""A JSON output: every field with its value and its basis.

A field that the documents do not fill is null with low confidence, also where its schema
does not allow null: a made-up number or an empty text would be taken for an answer. The
reasoning says so. A list that is not found is an empty list where null is not allowed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.schema.fields import FieldType
from parallel_nb.api.types import FieldBasis, JsonObject
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.reader.context import field_question, find_evidence
from parallel_nb.engine.reader.decide import decide, guess
from parallel_nb.engine.reader.explain import (
    EXCERPT_CHARS,
    cite,
    excerpt_of,
    explain,
    merge_citations,
)
from parallel_nb.engine.reader.language.numbers import convert, find_numbers, requested_unit
from parallel_nb.engine.reader.language.vocabulary import roots, text_key
from parallel_nb.engine.reader.relevance import best_coverage, build_question
from parallel_nb.engine.reader.request import RequestedField
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Hashable

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.decide import Decision
    from parallel_nb.engine.reader.relevance import FieldQuestion
    from parallel_nb.engine.reader.statements import Statement

#: A value, and the entries of the basis for it.
_Filled = tuple[Any, list[FieldBasis]]

#: Types whose values are recognisable, so that a guess is better than chance.
_GUESSED: Final = frozenset({"date", "int", "float", "enum"})
#: The relevance that every statement about the subject has where a value is guessed.
_GUESS_RELEVANCE: Final = 0.3
_RANKS: Final = {"high": 2, "medium": 1, "low": 0}
#: A table's column belongs to a field if its head holds this share of the field's words.
_COLUMN_MATCHES: Final = 0.5
_MAX_ROWS: Final = 100
#: How cells and list members say yes and no.
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False, "none": False}


def fill_fields(reading: ReadingContext) -> tuple[JsonObject, list[FieldBasis]]:
    """Fill the fields that a run asks for.

    Args:
        reading: the run, with the documents that are read for it.

    Returns:
        The content, and its basis: an entry a field; of an object also one a field in it
        (`profile.ceo`), of a list also one an element (`products.0`).
    """
    content: JsonObject = {}
    basis: list[FieldBasis] = []
    for field in reading.request.fields:
        content[field.name], entries = _fill(reading, field, "")
        basis += entries
    return content, basis


def _fill(reading: ReadingContext, field: RequestedField, parents: str) -> _Filled:
    """Fill one field; `parents` are the names of the objects around it, in words."""
    if field.children and field.type.kind == "list":
        return _fill_rows(reading, field)
    if field.children:
        return _fill_object(reading, field, parents)
    if field.type.kind == "object":
        return None, [_not_found(field, "the schema does not say what stands in the object")]
    question = field_question(reading, field, parents)
    evidence = find_evidence(reading, field, question)
    agreeing, nullable = reading.request.effort.agreeing, field.type.nullable
    decision = decide(evidence, agreeing=agreeing, nullable=nullable)
    if decision.value is None and not nullable and field.type.kind in _GUESSED:
        # the schema says that there is an answer: the likeliest value is given, as a guess
        decision = guess(find_evidence(reading, field, question, _GUESS_RELEVANCE)) or decision
    basis = explain(reading, field, decision)
    if field.type.kind == "list":
        return _list_value(field, decision, basis)
    return decision.value, [basis]


def _not_found(field: RequestedField, reason: str) -> FieldBasis:
    return FieldBasis(field.path, f"The documents do not say: {reason}.", confidence="low")


def _fill_object(reading: ReadingContext, field: RequestedField, parents: str) -> _Filled:
    content: JsonObject = {}
    entries: list[FieldBasis] = []
    for child in field.children:
        names = f"{parents} {field.name_in_words}".strip()
        content[child.name], found = _fill(reading, child, names)
        entries += found
    direct = [entry for entry in entries if entry.field.count(".") == field.path.count(".") + 1]
    basis = FieldBasis(
        field.path,
        " ".join(f"{entry.field.rsplit('.', 1)[-1]}: {entry.reasoning}" for entry in direct),
        merge_citations(direct),
        min((entry.confidence or "low" for entry in direct), key=_RANKS.__getitem__, default="low"),
    )
    if field.type.nullable and all(value in (None, []) for value in content.values()):
        return None, [basis]
    return content, [basis, *entries]


def _list_value(field: RequestedField, decision: Decision, basis: FieldBasis) -> _Filled:
    if decision.value is None:
        return _empty_list(field), [basis]
    item = RequestedField(
        field.name, field.path, field.type.item or FieldType("str"), field.description
    )
    parsed = [(text, _parse(text, item)) for text in decision.value]
    members = [(text, value) for text, value in parsed if value is not None]
    entries = [
        FieldBasis(
            f"{field.path}.{number}",
            f"{text!r} is a member of the list.",
            cite(
                (item.document, excerpt_of(item))
                for item in [e for e in decision.supporting if _holds(e.candidate.key, text)]
                or decision.supporting[:1]
            ),
            basis.confidence,
        )
        for number, (text, _) in enumerate(members)
    ]
    return [value for _, value in members], [basis, *entries]


def _empty_list(field: RequestedField) -> list[Any] | None:
    return None if field.type.nullable else []


def _holds(key: Hashable, member: str) -> bool:
    """True when a list's key holds a member."""
    return isinstance(key, frozenset) and text_key(member) in key


@dataclass(frozen=True, slots=True)
class _Row:
    """A table row as an object: its cells by field, and the passage in which it stands."""

    cells: tuple[tuple[RequestedField, str], ...]
    document: Document
    text: str


def _fill_rows(reading: ReadingContext, field: RequestedField) -> _Filled:
    """Fill a list of objects from a table whose columns match the objects' fields."""
    rows = _rows(reading, field)
    if not rows:
        return _empty_list(field), [_not_found(field, "no table with such columns was found")]
    content = [{child.name: _parse(cell, child) for child, cell in row.cells} for row in rows]
    found = count(len(rows), "row")
    basis = FieldBasis(
        field.path,
        f"{found} of a table on {rows[0].document.title!r} whose columns match.",
        cite((row.document, row.text) for row in rows),
        "medium",
    )
    entries = [
        FieldBasis(
            f"{field.path}.{number}",
            f"Row {row.text!r} of that table.",
            cite([(row.document, row.text)]),
            "medium",
        )
        for number, row in enumerate(rows)
    ]
    return content, [basis, *entries]


def _rows(reading: ReadingContext, field: RequestedField) -> list[_Row]:
    """The rows of the first document about the subject whose columns match half of the fields."""
    columns = [
        (child, build_question(child.column_wordings, reading.index.idf, frozenset()))
        for child in field.children
    ]
    for source in reading.sources_about_subject:
        by_line: defaultdict[int, list[Statement]] = defaultdict(list)
        for statement in source.content.statements:
            if statement.subject:
                by_line[statement.start].append(statement)
        rows = []
        for statements in by_line.values():
            cells = _cells(columns, statements)
            filled = sum(bool(text) for _, text in cells)
            if filled and filled * 2 >= len(cells):
                text = statements[0].text[:EXCERPT_CHARS].strip()
                rows.append(_Row(cells, source.document, text))
        if rows:
            return rows[:_MAX_ROWS]
    return []


def _cells(
    columns: list[tuple[RequestedField, FieldQuestion]], statements: list[Statement]
) -> tuple[tuple[RequestedField, str], ...]:
    """The cell of each field in one row, empty where no column matches it."""
    cells = []
    for number, (field, question) in enumerate(columns):
        best, text = _COLUMN_MATCHES, ""
        for statement in statements:
            score = best_coverage(question, frozenset(roots(statement.label)))
            if score >= best:
                best, text = score, statement.value
        if not text and number == 0:
            text = statements[0].subject
        cells.append((field, text))
    return tuple(cells)


def _parse(text: str, field: RequestedField) -> Any:
    """A cell or member as its type, or None where it is not of that type."""
    match field.type.kind:
        case "int" | "float":
            return _parse_number(text, field)
        case "date":
            return whole_date(text)
        case "bool":
            return _BOOLEANS.get(text.lower().split(",")[0].strip())
        case "enum":
            key = text_key(text)
            return next((c for c in field.type.choices if text_key(c) == key), None)
        case "str":
            return text
        case _:
            return None


def _parse_number(text: str, field: RequestedField) -> float | int | None:
    unit = requested_unit(field.name, field.plain_description)
    values = (convert(number, unit) for number in find_numbers(text))
    value = next((value for value in values if value is not None), None)
    return round(value) if value is not None and field.type.kind == "int" else value
