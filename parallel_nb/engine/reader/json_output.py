"""A JSON output: every field with its value and its basis.

A field that the documents do not fill is null with low confidence, also where its schema
does not allow null: a made-up number or an empty text would be taken for an answer. The
reasoning says so. A list that is not found is an empty list where null is not allowed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from parallel_nb.api.schema.fields import FieldType
from parallel_nb.api.types import FieldBasis, JsonObject
from parallel_nb.engine.reader.context import field_question
from parallel_nb.engine.reader.decide import decide, guess
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.explain import cite, excerpt_of, explain, object_basis
from parallel_nb.engine.reader.language.vocabulary import text_key
from parallel_nb.engine.reader.objects import Filled, empty_list, fill_rows, not_found, parse_text
from parallel_nb.engine.reader.ranker.choose import choose, decide_by, is_sure
from parallel_nb.engine.reader.ranker.features import KINDS as RANKED
from parallel_nb.engine.reader.ranker.trees import load_trees
from parallel_nb.engine.reader.request import RequestedField
from parallel_nb.engine.reader.signals import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.decide import Decision

#: Types whose values are recognisable, so that a guess is better than chance.
_GUESSED: Final = frozenset({"date", "int", "float", "enum"})
#: The relevance that every statement about the subject has where a value is guessed.
_GUESS_RELEVANCE: Final = 0.3
#: Seconds after which the rules choose alone for the fields that are left: a run that takes too
#: long is ended, and has no answer at all.
_RANKED_WITHIN: Final = 15.0


def fill_fields(
    reading: ReadingContext, on_field: Callable[[int], None] = lambda _: None
) -> tuple[JsonObject, list[FieldBasis]]:
    """Fill the fields that a run asks for.

    Args:
        reading: the run, with the documents that are read for it.
        on_field: is called before each field with its number, from 1.

    Returns:
        The content, and its basis: an entry a field; of an object also one a field in it
        (`profile.ceo`), of a list also one an element (`products.0`).
    """
    content: JsonObject = {}
    basis: list[FieldBasis] = []
    until = time.monotonic() + _RANKED_WITHIN
    for number, field in enumerate(reading.request.fields, 1):
        on_field(number)
        content[field.name], entries = _fill(reading, field, "", until)
        basis += entries
    return content, basis


def _fill(reading: ReadingContext, field: RequestedField, parents: str, until: float) -> Filled:
    """Fill one field.

    Args:
        reading: the run.
        field: the field.
        parents: the names of the objects around it, in words.
        until: when there is time for the rules alone.
    """
    if field.children and field.type.kind == "list":
        return fill_rows(reading, field)
    if field.children:
        return _fill_object(reading, field, parents, until)
    if field.type.kind == "object":
        return None, [not_found(field, "the schema does not say what stands in the object")]
    question = field_question(reading, field, parents)
    nullable = field.type.nullable
    decision = _decide(reading, Asked.of(reading, field, question), until)
    if decision.value is None and not nullable and field.type.kind in _GUESSED:
        # the schema says that there is an answer: the likeliest value is given, as a guess
        decision = guess(find_evidence(reading, field, question, _GUESS_RELEVANCE)) or decision
    basis = explain(reading, field, decision)
    if field.type.kind == "list":
        return _list_value(field, decision, basis)
    return decision.value, [basis]


def _decide(reading: ReadingContext, asked: Asked, until: float) -> Decision:
    """By the rules, and where they are not sure by the trees while there is time."""
    field = asked.field
    evidence = find_evidence(reading, field, asked.question)
    rules = decide(evidence, asked, nullable=field.type.nullable)
    may_be_ranked = reading.request.effort.is_ranked and field.type.kind in RANKED
    if not may_be_ranked or is_sure(rules) or time.monotonic() > until:
        return rules
    likeliest = rules if rules.value is not None else decide(evidence, asked, nullable=False)
    choice = choose(reading, asked, evidence, likeliest, load_trees())
    return decide_by(choice, asked, nullable=field.type.nullable) if choice else rules


def _fill_object(
    reading: ReadingContext, field: RequestedField, parents: str, until: float
) -> Filled:
    content: JsonObject = {}
    entries: list[FieldBasis] = []
    for child in field.children:
        names = f"{parents} {field.name_in_words}".strip()
        content[child.name], found = _fill(reading, child, names, until)
        entries += found
    direct = [entry for entry in entries if entry.field.count(".") == field.path.count(".") + 1]
    basis = object_basis(field.path, direct)
    if field.type.nullable and all(value in (None, []) for value in content.values()):
        return None, [basis]
    return content, [basis, *entries]


def _list_value(field: RequestedField, decision: Decision, basis: FieldBasis) -> Filled:
    if decision.value is None:
        return empty_list(field), [basis]
    item = RequestedField(
        field.name, field.path, field.type.item or FieldType("str"), field.description
    )
    parsed = [(text, parse_text(text, item)) for text in decision.value]
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


def _holds(key: Hashable, member: str) -> bool:
    """True when a list's key holds a member."""
    return isinstance(key, frozenset) and text_key(member) in key
