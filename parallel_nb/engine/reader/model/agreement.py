"""What has held of a claim, beside what the rules have found: one value, and how sure it is.

Where both say the same, the confidence is high: in the measurements that led to this, 64 of 64 such
values were right. A claim that holds alone is medium, or low where it is weak or the rules say
otherwise. A claim that did not hold supports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation, FieldBasis
from parallel_nb.engine.reader.explain import (
    EXCERPT_CHARS,
    merge_citations,
    named,
    quoted,
    shown,
)
from parallel_nb.engine.reader.model.values import same_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.model.ladder import Verdict
    from parallel_nb.engine.reader.model.sections import Section
    from parallel_nb.engine.reader.request import RequestedField

_LOWER: Final = {"high": "medium", "medium": "low"}


def settle(
    field: RequestedField,
    verdict: Verdict,
    rules: tuple[Any, FieldBasis],
    model: str,
) -> tuple[Any, FieldBasis]:
    """The value of a field, and its basis.

    Args:
        field: the field.
        verdict: what has become of the model's claim.
        rules: the value that the rules give, and their basis.
        model: the model's name.

    Returns:
        The model's value where it has held, but not against rules that are sure; else the rules'
        value. The reasoning says which, and what was dropped and why.
    """
    value, basis = rules
    has_value = value is not None and value != []
    sure = basis.confidence or "low"
    if verdict.section is None:
        return value, _without_claim(basis, verdict, model, has_value=has_value)
    told = f"{model} quotes {quoted(verdict.excerpt)} on {named(verdict.section.document)}"
    if verdict.found_again:
        place = named(verdict.section.document)
        told = (
            f"{model} gives {shown(verdict.value)}; its quote was not found, but "
            f"{quoted(verdict.excerpt)} on {place} says so"
        )
    if verdict.newer:
        newer, page = verdict.newer
        told += f"; the newer page {named(page.document)} says {shown(newer)}"
    if verdict.closer:
        told += f"; {quoted(verdict.closer)} is closer to the question and does not say so"
    own = citation(verdict.section, verdict.excerpt)
    if has_value and same_value(value, verdict.value):
        confidence = "low" if verdict.is_disputed else "high"
        reasoning = f"{told}. The rules find the same: {basis.reasoning}"
        citations = merge_citations([own, *basis.citations])
        return verdict.value, FieldBasis(field.path, reasoning, citations, confidence)
    if has_value and sure == "high":
        reasoning = f"{basis.reasoning} {told}, and so says {shown(verdict.value)}."
        citations = merge_citations([*basis.citations, own])
        confidence = "medium" if verdict.is_weak else "low"
        return value, FieldBasis(field.path, reasoning, citations, confidence)
    is_disputed = has_value and sure == "medium"
    other = f" The rules find {shown(value)}: {basis.reasoning}" if has_value else ""
    confidence = "low" if verdict.is_weak or is_disputed else "medium"
    return verdict.value, FieldBasis(field.path, f"{told}.{other}", [own], confidence)


def _without_claim(
    basis: FieldBasis, verdict: Verdict, model: str, *, has_value: bool
) -> FieldBasis:
    """The basis of the rules' answer, with what the model has to say or why it says nothing."""
    confidence = basis.confidence
    if verdict.outcome == "not found":
        note = f"{model} finds no passage that says it."
        if has_value and confidence:
            confidence = _LOWER.get(confidence, confidence)
    elif verdict.outcome == "dropped":
        note = f"What {model} gave, {quoted(verdict.given)}, was dropped: {verdict.reason}."
    else:
        note = f"{model} did not read this field: {verdict.reason}. The rules' answer stands."
    reasoning = f"{basis.reasoning} {note}".strip()
    return FieldBasis(basis.field, reasoning, basis.citations, confidence)


def member_entries(
    field: RequestedField, members: Sequence[Any], basis: FieldBasis
) -> list[FieldBasis]:
    """The basis of each member of a list that the model has found."""
    return [
        FieldBasis(
            f"{field.path}.{number}",
            f"{shown(member)} is a member of the list.",
            basis.citations,
            basis.confidence,
        )
        for number, member in enumerate(members)
    ]


def citation(section: Section, excerpt: str) -> Citation:
    """The citation of a statement."""
    document = section.document
    return Citation(
        url=document.url, title=document.title, excerpts=[excerpt[:EXCERPT_CHARS].strip()]
    )
