"""Lists of objects: the rows of tables, people with what they do, and what a sentence lists.

A row counts if its columns, or else the labels beside its names, answer the objects' fields; in a
list, what is said of each name (`Acme Lifts at 900 and Beta Lifts at 800`). An object that lacks
what its schema asks for is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import FieldBasis
from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.reader.explain import EXCERPT_CHARS, cite
from parallel_nb.engine.reader.language.names import (
    answer_kind,
    find_names,
    looks_like_person,
    without_origin,
)
from parallel_nb.engine.reader.language.numbers import convert, find_numbers
from parallel_nb.engine.reader.language.series import find_series
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import roots_of, text_key
from parallel_nb.engine.reader.question import build_question
from parallel_nb.engine.reader.relevance import best_coverage
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.statements import Statement

#: A value, and the entries of the basis for it.
Filled = tuple[Any, list[FieldBasis]]

#: A table's column belongs to a field if its head holds this share of the field's words.
_COLUMN_MATCHES: Final = 0.5
_MAX_ROWS: Final = 100
#: How cells and list members say yes and no.
_BOOLEANS: Final = {"yes": True, "true": True, "no": False, "false": False, "none": False}
#: The field of an object that holds what a person does.
_ROLE_FIELD = re.compile(
    r"\b(?:title|role|position|function|office|job|post|capacity)\b", re.IGNORECASE
)
#: What a sentence says that a person does: `is the chief executive officer`.
_DOES = re.compile(
    r",? (?:is|has been|serves as|was appointed|became|acts as) (?:as )?(?:the |our |its )?"
    r"(?P<role>[a-z][a-z -]{3,40}?)(?=[,.;]| since\b| of\b| and\b| at\b| in\b|$)"
)
_LONGEST_ROLE: Final = 5
#: The least share of a field's words in a sentence whose list answers it.
_LEAST_COVERED: Final = 0.4
#: What stands beside a name in a list: `Ann Lee (chair)`, `Ann Lee, chair,`, `Ann Lee as Queen`.
_BESIDE_NAME = re.compile(
    r" ?\(([^()]{2,60})\)|, (?!and |or )(?:the )?([^,;.]{2,60})(?=[,;.]|$)"
    r"| as (?:the )?([^,;.]{2,60}?)(?=[,;.]| and |$)"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """What makes an object: its texts by field, and the passage in which they stand."""

    cells: tuple[tuple[RequestedField, str], ...]
    document: Document
    text: str


def not_found(field: RequestedField, reason: str) -> FieldBasis:
    """The basis of a field that the documents do not fill."""
    return FieldBasis(field.path, f"The documents do not say: {reason}.", confidence="low")


def empty_list(field: RequestedField) -> list[Any] | None:
    """What stands for a list that was not found."""
    return None if field.type.nullable else []


def fill_rows(reading: ReadingContext, field: RequestedField) -> Filled:
    """Fill a list of objects from a table, else from people and their roles, else from a list."""
    rows, origin = _rows(reading, field), "rows of a table"
    if not rows:
        rows, origin = _people(reading, field), "people named with what they do"
    if not rows:
        rows, origin = _listed(reading, field), "names listed with what is said of each"
    found = [(row, content) for row in rows[:_MAX_ROWS] if (content := _object(row)) is not None]
    if not found:
        reason = "no table with such columns was found, and no names with such labels"
        return empty_list(field), [not_found(field, reason)]
    title = found[0][0].document.title
    basis = FieldBasis(
        field.path,
        f"{count(len(found), 'object')} from {origin} on {title!r}.",
        cite((row.document, row.text) for row, _ in found),
        "medium",
    )
    entries = [
        FieldBasis(
            f"{field.path}.{number}",
            f"It stands in {row.text!r}.",
            cite([(row.document, row.text)]),
            "medium",
        )
        for number, (row, _) in enumerate(found)
    ]
    return [content for _, content in found], [basis, *entries]


def _object(row: _Row) -> dict[str, Any] | None:
    """A row as an object; None where it lacks what may not be null."""
    content = {child.name: parse_text(cell, child) if cell else None for child, cell in row.cells}
    is_whole = all(content[child.name] is not None or child.type.nullable for child, _ in row.cells)
    return content if is_whole else None


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
            # the row's own name alone makes no object
            if any(text for _, text in cells[1:]) and filled * 2 >= len(cells):
                text = statements[0].text[:EXCERPT_CHARS].strip()
                rows.append(_Row(cells, source.document, text))
        if rows:
            return rows
    return []


def _cells(
    columns: list[tuple[RequestedField, FieldQuestion]], statements: list[Statement]
) -> tuple[tuple[RequestedField, str], ...]:
    """The cell of each field in one row, empty where no column matches it."""
    cells = []
    for number, (field, question) in enumerate(columns):
        best, text = _COLUMN_MATCHES, ""
        for statement in statements:
            score = best_coverage(question, roots_of(statement.label))
            if score >= best:
                best, text = score, statement.value
        if not text and number == 0:
            text = statements[0].subject
        cells.append((field, text))
    return tuple(cells)


def _people(reading: ReadingContext, field: RequestedField) -> list[_Row]:
    """The people of the documents about the subject, each with the role that a label gives."""
    roles = [child for child in field.children if _ROLE_FIELD.search(child.text)]
    names = [child for child in field.children if child not in roles]
    if not roles or not names or field.children[2:]:
        return []
    question = build_question(field.column_wordings, reading.index.idf, reading.subject.words)
    asked: list[_Row] = []
    others: list[_Row] = []
    seen = set()
    for source in reading.sources_about_subject:
        for statement in source.content.statements:
            for name, role in _named_roles(statement):
                if name in seen or not reading.concerns_subject(source, statement):
                    continue
                seen.add(name)
                cells = ((names[0], name), (roles[0], role))
                row = _Row(cells, source.document, statement.text[:EXCERPT_CHARS].strip())
                matches = best_coverage(question, roots_of(role) | statement.section_roots)
                (asked if matches >= _COLUMN_MATCHES else others).append(row)
    return asked or others


def _listed(reading: ReadingContext, field: RequestedField) -> list[_Row]:
    """The names that the sentence lists which bears best on a field, with what it says of each."""
    question = build_question(field.column_wordings, reading.index.idf, reading.subject.words)
    best, rows = 0.0, list[_Row]()
    for source in reading.sources:
        for statement in source.content.statements:
            if statement.subject or not reading.concerns_subject(source, statement):
                continue
            names = without_origin(find_names(statement.value))
            for series in find_series(statement.value, names):
                words = statement.roots | statement.section_roots
                score = best_coverage(question, words)
                if score <= max(best, _LEAST_COVERED):
                    continue
                text = statement.text[:EXCERPT_CHARS].strip()
                best, rows = score, [
                    _Row(_said_of(field, name.text, said), source.document, text)
                    for name, said in zip(series.members, series.said, strict=True)
                ]  # fmt: skip
    return rows


def _said_of(field: RequestedField, name: str, said: str) -> tuple[tuple[RequestedField, str], ...]:
    """A member of a list as cells: its name is the first text, what is said of it the others."""
    named = next((child for child in field.children if child.type.kind == "str"), None)
    beside = _BESIDE_NAME.match(said)
    text = next((part for part in beside.groups() if part), "") if beside else ""
    return tuple(
        (child, name if child is named else text if child.type.kind == "str" else said)
        for child in field.children
    )


def _named_roles(statement: Statement) -> Iterator[tuple[str, str]]:
    """The people of a statement whose role it gives."""
    if statement.is_fact and not statement.subject:
        label = statement.label
        name = find_names(statement.value)[:1]
        is_role = len(label.split()) <= _LONGEST_ROLE and answer_kind(label) == "person"
        if is_role and name and name[0].start == 0 and looks_like_person(name[0].text):
            yield name[0].text, label
    elif not statement.is_fact:
        for span in find_names(statement.value):
            does = _DOES.match(statement.value, span.end)
            if does and looks_like_person(span.text) and answer_kind(does["role"]) == "person":
                yield span.text, does["role"]


def parse_text(text: str, field: RequestedField) -> Any:
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
