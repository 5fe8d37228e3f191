"""What the reader finds about an entity: its conditions, and the fields of an enrichment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation, FieldBasis, JsonObject, TaskRunInput, TaskSpec
from parallel_nb.engine.finder.conditions import read_condition
from parallel_nb.engine.finder.entities import catalogue, key_of
from parallel_nb.engine.finder.evidence import asked_of, find_statement
from parallel_nb.engine.finder.kinds import roots_of
from parallel_nb.engine.reader.answer import answer_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.api.findall import Enrichment, MatchCondition
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.index.fulltext import Index

#: The processor whose effort each generator's judging takes.
_PROCESSORS: Final = {"preview": "lite", "base": "base", "core": "core", "pro": "pro"}
Answer = tuple[JsonObject, dict[str, FieldBasis]]


def judge(
    index: Index,
    entity: JsonObject,
    entity_type: str,
    conditions: Sequence[MatchCondition],
    generator: str,
) -> JsonObject:
    """Judge an entity by the conditions of a run.

    Args:
        index: the documents.
        entity: `name`, `url`, `has_page` of the candidate.
        entity_type: what it is.
        conditions: what a match satisfies.
        generator: how much is read.

    Returns:
        `status` (`matched` or `unmatched`), `output` and `basis` as the API shows them.
    """
    questions = [read_condition(condition.description) for condition in conditions]
    names = [_field_name(number, condition) for number, condition in enumerate(conditions)]
    schema = _schema(dict(zip(names, questions, strict=True)))
    answers = list(_answers(index, entity, schema, _PROCESSORS.get(generator, "base")))
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    for condition, name, question in zip(conditions, names, questions, strict=True):
        value, entry = _decide(
            index,
            entity,
            entity_type,
            condition,
            question,
            [(content.get(name), entries.get(name)) for content, entries in answers],
        )
        is_matched = question.is_satisfied(value) is True
        if question.is_denied and value is not None:
            value = is_matched  # what is shown answers the condition as it was put
        output[condition.name] = {
            "value": value,
            "type": "match_condition",
            "is_matched": is_matched,
        }
        basis.append(
            FieldBasis(
                field=condition.name,
                reasoning=entry.reasoning,
                citations=entry.citations,
                confidence=entry.confidence,
            )
        )
    is_match = all(member["is_matched"] for member in output.values())
    return {"status": "matched" if is_match else "unmatched", "output": output, "basis": basis}


def _field_name(number: int, condition: MatchCondition) -> str:
    """The field that the reader fills for a condition.

    The reader looks for a field's name too. So a condition's name is taken where it adds no
    other words to the description, and else one that stands nowhere.
    """
    name = condition.name.removesuffix("_check")
    adds = set(roots_of(name.replace("_", " "))) - set(roots_of(condition.description))
    return f"zz{number}" if adds or len(name) < 3 else name


def _schema(questions: dict[str, Question]) -> JsonObject:
    return {
        "type": "object",
        "properties": {name: question.property() for name, question in questions.items()},
        "required": list(questions),
        "additionalProperties": False,
    }


def _decide(  # noqa: PLR0913, PLR0917 - one condition with all that is known of it
    index: Index,
    entity: JsonObject,
    entity_type: str,
    condition: MatchCondition,
    question: Question,
    answers: list[tuple[Any, FieldBasis | None]],
) -> tuple[Any, FieldBasis]:
    """The value for a condition and its basis: the first answer that is borne out."""
    asked = asked_of(condition.description, entity_type)
    first: FieldBasis | None = None
    own = frozenset(roots_of(entity["name"]))
    known = catalogue(index).entities.get(key_of(entity["name"]))
    told_in = {index.corpus.documents[number].url for number in known.told_in} if known else set()

    def is_borne_out(citation: Citation, confidence: str | None) -> bool:
        """Elsewhere than where the entity is told of, only sure statements that name it count."""
        if own <= asked.names:  # of the moons of Jupiter, Jupiter is none
            return False
        return any(
            asked.is_answered_by(text)
            and (
                citation.url in told_in
                or (confidence != "low" and own <= frozenset(roots_of(text)))
            )
            for text in citation.excerpts or ()
        )

    for value, entry in answers:
        if entry is None:
            continue
        first = first or entry
        if value is None or not entry.citations:
            continue
        if question.bounds or value is False:
            return value, entry
        if any(is_borne_out(citation, entry.confidence) for citation in entry.citations):
            return value, entry
    if not (question.bounds or question.is_denied) and (
        found := _stated(index, entity, condition, entity_type)
    ):
        return True, found
    if first is None or first.citations:
        text = f"Nothing that was read says so clearly enough: {condition.description!r}."
        return None, FieldBasis(field=condition.name, reasoning=text, confidence="low")
    return None, first


def _stated(
    index: Index, entity: JsonObject, condition: MatchCondition, entity_type: str
) -> FieldBasis | None:
    """A statement on the entity's own page, or in its row or section, that names all of it."""
    asked = asked_of(condition.description, entity_type)
    if frozenset(roots_of(entity["name"])) <= asked.names:
        return None
    for document, cite in _own_documents(index, entity):
        if statement := find_statement(document, asked):
            return FieldBasis(
                field=condition.name,
                reasoning=f"{statement!r} names what {condition.description!r} asks for.",
                citations=[cite(statement)],
                confidence="medium",
            )
    return None


def enrich(index: Index, entity: JsonObject, enrichment: Enrichment) -> JsonObject:
    """Fill the fields of an enrichment for a match.

    Returns:
        `output` and `basis` as the API shows them.
    """
    schema: JsonObject = enrichment.output_schema.get("json_schema") or {}
    answers = list(_answers(index, entity, schema, enrichment.processor))
    output: JsonObject = {}
    basis: list[FieldBasis] = []
    for name in answers[0][0]:
        known = [each for each in answers if each[0].get(name) is not None] or answers
        content, entries = known[0]
        output[name] = {"value": content[name], "type": "enrichment"}
        basis += [e for field, e in entries.items() if field.split(".")[0] == name]
    return {"output": output, "basis": basis}


# --- asking the reader ------------------------------------------------------------------


def _answers(
    index: Index, entity: JsonObject, schema: JsonObject, processor: str
) -> Iterator[Answer]:
    """What the reader answers about an entity: from its own row or section, and from all pages."""
    known = catalogue(index)
    url = known.record_of.get(key_of(entity["name"]))
    if not entity.get("has_page") and url is not None:
        content, entries = _ask(known.records, {"name": entity["name"], "url": url}, schema, "lite")
        yield content, {name: _from_record(index, url, each) for name, each in entries.items()}
        return
    row = {"name": entity["name"]}
    if entity.get("has_page"):
        row["url"] = entity["url"]
    yield _ask(index, row, schema, processor)
    if url is not None:
        content, entries = _ask(known.records, {"name": entity["name"], "url": url}, schema, "lite")
        yield content, {name: _from_record(index, url, each) for name, each in entries.items()}


def _ask(index: Index, row: JsonObject, schema: JsonObject, processor: str) -> Answer:
    output = answer_run(
        index,
        TaskRunInput(
            processor=processor,
            input=row,
            task_spec=TaskSpec(output_schema={"type": "json", "json_schema": schema}),
        ),
    ).output
    content = output.content if isinstance(output.content, dict) else {}
    return content, {entry.field: entry for entry in output.basis}


def _from_record(index: Index, url: str, entry: FieldBasis) -> FieldBasis:
    """A basis whose citations are of the entity's record, citing the documents instead."""
    citations = [
        _cite_source(index, url, text)
        for each in entry.citations
        if each.url == url
        for text in each.excerpts or ()
    ]
    return FieldBasis(
        field=entry.field,
        reasoning=entry.reasoning,
        citations=citations,
        confidence=entry.confidence,
    )


def _cite_source(index: Index, url: str, text: str) -> Citation:
    """Where a line of a record stands: of a row, the whole row is quoted."""
    sources = catalogue(index).sources[url]
    mention = next((each for each in sources if text in each.facts), sources[0])
    document = index.corpus.documents[mention.document]
    quote = text if text in document.text else mention.source
    return Citation(url=document.url, title=document.title, excerpts=[quote])


def _own_documents(index: Index, entity: JsonObject) -> Iterator[tuple[Document, Any]]:
    """The page about an entity and its record, each with how a statement of it is cited."""
    known = catalogue(index)
    if entity.get("has_page") and (page := index.document(entity["url"])):
        yield page, lambda text: Citation(url=page.url, title=page.title, excerpts=[text])
    if url := known.record_of.get(key_of(entity["name"])):
        record = known.records.document(url)
        if record is not None:
            yield record, lambda text: _cite_source(index, url, text)
