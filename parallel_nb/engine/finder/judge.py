"""What the reader finds about an entity: its conditions, and the fields of an enrichment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import FieldBasis, JsonObject, TaskRunInput, TaskSpec
from parallel_nb.engine.finder.conditions import read_condition
from parallel_nb.engine.reader.answer import answer_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.findall import Enrichment, MatchCondition
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.index.fulltext import Index

#: The processor whose effort each generator's judging takes.
_PROCESSORS: Final = {"preview": "lite", "base": "base", "core": "core", "pro": "pro"}


def judge(
    index: Index,
    entity: JsonObject,
    conditions: Sequence[MatchCondition],
    generator: str,
) -> JsonObject:
    """Judge an entity by the conditions of a run.

    Args:
        index: the documents.
        entity: `name`, `url`, `has_page` of the candidate.
        conditions: what a match satisfies.
        generator: how much is read.

    Returns:
        `status` (`matched` or `unmatched`), `output` and `basis` as the API shows them.
    """
    questions = [read_condition(condition.description) for condition in conditions]
    # the reader reads a field's name too: that of the condition, in words
    names = [f"{condition.name}"[:60] or f"condition_{n}" for n, condition in enumerate(conditions)]
    properties = {
        name: question.property() for name, question in zip(names, questions, strict=True)
    }
    content, basis = _ask(index, entity, properties, _PROCESSORS.get(generator, "base"))
    entries = {entry.field: entry for entry in basis}
    output: JsonObject = {}
    shown: list[FieldBasis] = []
    for condition, name, question in zip(conditions, names, questions, strict=True):
        entry = entries.get(name) or FieldBasis(field=name, reasoning="The documents do not say.")
        value = content.get(name)
        output[condition.name] = {
            "value": value,
            "type": "match_condition",
            "is_matched": _is_matched(question, value, entry),
        }
        shown.append(FieldBasis(condition.name, entry.reasoning, entry.citations, entry.confidence))
    is_match = all(member["is_matched"] for member in output.values())
    return {"status": "matched" if is_match else "unmatched", "output": output, "basis": shown}


def _is_matched(question: Question, value: Any, entry: FieldBasis) -> bool:
    return question.is_satisfied(value) is True and bool(entry.citations)


def enrich(index: Index, entity: JsonObject, enrichment: Enrichment) -> JsonObject:
    """Fill the fields of an enrichment for a match.

    Returns:
        `output` and `basis` as the API shows them.
    """
    schema: JsonObject = enrichment.output_schema.get("json_schema") or {}
    content, basis = _ask(
        index, entity, schema.get("properties") or {}, enrichment.processor, schema
    )
    output = {name: {"value": value, "type": "enrichment"} for name, value in content.items()}
    return {"output": output, "basis": [entry for entry in basis if entry.field in output]}


def _ask(
    index: Index,
    entity: JsonObject,
    properties: JsonObject,
    processor: str,
    schema: JsonObject | None = None,
) -> tuple[JsonObject, list[FieldBasis]]:
    """Have the reader fill fields about an entity."""
    whole = schema or {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    row = {"name": entity["name"]}
    if entity.get("has_page"):
        row["url"] = entity["url"]
    answer = answer_run(
        index,
        TaskRunInput(
            processor=processor,
            input=row,
            task_spec=TaskSpec(output_schema={"type": "json", "json_schema": whole}),
        ),
    ).output
    content = answer.content if isinstance(answer.content, dict) else {}
    return content, list(answer.basis)
