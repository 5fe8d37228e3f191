"""A JSON answer: every field with its value and its basis.

A field that the documents do not fill is null with low confidence, also where its schema
does not allow null: a made-up number or an empty text would be taken for an answer. The
reasoning says so. A list that is not found is an empty list where null is not allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.schema.fields import FieldType
from parallel_nb.api.types import FieldBasis, JsonObject
from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.context import Desk, find_evidence, question_of
from parallel_nb.engine.reader.decide import Verdict, decide, guess
from parallel_nb.engine.reader.explain import basis_of, citations_of, join_citations
from parallel_nb.engine.reader.request import Ask
from parallel_nb.engine.reader.tables import rows_of
from parallel_nb.engine.reader.values.names import key_of
from parallel_nb.engine.reader.values.numbers import convert, find_numbers, wanted_unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.effort import Effort

#: Kinds whose values can be told from other words, so that a guess is not blind.
_GUESSED: Final = frozenset({"date", "int", "float", "enum"})
_GUESS_FROM: Final = 0.3
_RANKS: Final = {"high": 2, "medium": 1, "low": 0}


def fill(desk: Desk, asks: Sequence[Ask], effort: Effort) -> tuple[JsonObject, list[FieldBasis]]:
    """Fill the fields; the basis has an entry a field, then one an element of a list."""
    content: JsonObject = {}
    basis: list[FieldBasis] = []
    for ask in asks:
        value, entries = _fill_one(desk, ask, effort, "")
        content[ask.name] = value
        basis += entries
    return content, basis


def _fill_one(desk: Desk, ask: Ask, effort: Effort, context: str) -> tuple[Any, list[FieldBasis]]:
    if ask.children and ask.type.kind == "list":
        return _fill_rows(desk, ask)
    if ask.children:
        return _fill_object(desk, ask, effort, context)
    if ask.type.kind == "object":
        return None, [_nothing(ask, "the schema does not say what stands in the object")]
    asked = question_of(desk, ask, context)
    verdict = decide(find_evidence(desk, ask, asked), effort, nullable=ask.type.nullable)
    if verdict.value is None and not ask.type.nullable and ask.type.kind in _GUESSED:
        # the schema says that there is an answer: the likeliest value is given, as a guess
        verdict = guess(find_evidence(desk, ask, asked, least=_GUESS_FROM)) or verdict
    basis = basis_of(desk, ask, verdict, ask.path)
    if ask.type.kind == "list":
        return _list_value(ask, verdict, basis)
    return verdict.value, [basis]


def _nothing(ask: Ask, reason: str) -> FieldBasis:
    reasoning = f"The documents do not say: {reason}."
    return FieldBasis(field=ask.path, reasoning=reasoning, citations=[], confidence="low")


def _fill_object(
    desk: Desk, ask: Ask, effort: Effort, context: str
) -> tuple[Any, list[FieldBasis]]:
    made: JsonObject = {}
    entries: list[FieldBasis] = []
    inner = f"{context} {ask.words_of_name}".strip()
    for child in ask.children:
        made[child.name], found = _fill_one(desk, child, effort, inner)
        entries += found
    direct = [entry for entry in entries if entry.field.count(".") == ask.path.count(".") + 1]
    worst = min((e.confidence or "low" for e in direct), key=lambda c: _RANKS[c], default="low")
    parts = [f"{e.field.rsplit('.', 1)[-1]}: {e.reasoning}" for e in direct]
    whole = FieldBasis(
        field=ask.path,
        reasoning=" ".join(parts),
        citations=join_citations(direct),
        confidence=worst,
    )
    if ask.type.nullable and all(value in (None, []) for value in made.values()):
        return None, [whole]
    return made, [whole, *entries]


def _fill_rows(desk: Desk, ask: Ask) -> tuple[Any, list[FieldBasis]]:
    rows = rows_of(desk, ask)
    if not rows:
        return (None if ask.type.nullable else []), [
            _nothing(ask, "no table with such columns was found")
        ]
    made = [{child.name: _typed(cell, child) for child, cell in row.cells} for row in rows]
    citations = citations_of([row.evidence for row in rows])
    whole = FieldBasis(
        field=ask.path,
        reasoning=f"{len(rows)} rows of a table on {citations[0].title!r} whose columns match.",
        citations=citations,
        confidence="medium",
    )
    elements = [
        FieldBasis(
            field=f"{ask.path}.{number}",
            reasoning=f"Row {row.evidence.unit.text.strip()!r} of that table.",
            citations=citations_of([row.evidence]),
            confidence="medium",
        )
        for number, row in enumerate(rows)
    ]
    return made, [whole, *elements]


def _list_value(ask: Ask, verdict: Verdict, basis: FieldBasis) -> tuple[Any, list[FieldBasis]]:
    if verdict.value is None:
        return (None if ask.type.nullable else []), [basis]
    item = Ask(ask.name, ask.path, ask.type.item or FieldType("str"), ask.description)
    typed = [(text, _typed(text, item)) for text in verdict.value]
    kept = [(text, value) for text, value in typed if value is not None]
    entries = [
        FieldBasis(
            field=f"{ask.path}.{number}",
            reasoning=f"{text!r} is a member of the list.",
            citations=citations_of(
                [e for e in verdict.support if key_of(text) in _keys(e.candidate.key)]
                or verdict.support[:1]
            ),
            confidence=basis.confidence,
        )
        for number, (text, _) in enumerate(kept)
    ]
    return [value for _, value in kept], [basis, *entries]


def _keys(key: Any) -> frozenset[str]:
    return key if isinstance(key, frozenset) else frozenset()


def _typed(text: str, ask: Ask) -> Any:
    """A cell or member as its type, or None where it is not of that type."""
    kind = ask.type.kind
    if kind in {"int", "float"}:
        return _number(text, ask)
    if kind == "date":
        return next((d.iso for d in find_dates(text) if d.is_complete), None)
    if kind == "bool":
        return {"yes": True, "true": True, "no": False, "false": False, "none": False}.get(
            text.lower().split(",")[0].strip()
        )
    if kind == "enum":
        return next((c for c in ask.type.choices if key_of(c) == key_of(text)), None)
    return text if kind == "str" else None


def _number(text: str, ask: Ask) -> float | int | None:
    wanted = wanted_unit(ask.name, ask.plain_description)
    for number in find_numbers(text):
        value = convert(number, wanted)
        if value is not None:
            return round(value) if ask.type.kind == "int" else value
    return None
