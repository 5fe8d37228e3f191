"""One field, asked of a few pages that a test writes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.signals import Asked

if TYPE_CHECKING:
    from parallel_nb.engine.reader.candidates import Evidence


def answered(
    text: str, field: str, *, prompt: str = "Acme", others: tuple[str, ...] = ()
) -> JsonOutput:
    """One field, asked of a page on Acme and of other pages (`Title: text`)."""
    return asked_of(_pages(text, others), field, prompt=prompt)


def _pages(text: str, others: tuple[str, ...]) -> tuple[Document, ...]:
    pages = [Document(0, "https://acme.test/", "Acme", "2024-01-01", text)]
    for number, other in enumerate(others, 1):
        title, _, body = other.partition(": ")
        pages.append(Document(number, f"https://other.test/{number}", title, None, body))
    return tuple(pages)


def by_rules(text: str, field: str, *, prompt: str = "Acme", others: tuple[str, ...] = ()) -> Any:
    """The value of one field by the rules alone, which the ranker may doubt; see `answered`."""
    asked, evidence = _found(text, field, prompt, others)
    return decide(evidence, asked, nullable=True).value


def offered(text: str, field: str, *, prompt: str = "Acme") -> list[Any]:
    """The values of one field that there are to choose from; see `answered`."""
    return [item.candidate.value for item in _found(text, field, prompt, ())[1]]


def _found(
    text: str, field: str, prompt: str, others: tuple[str, ...]
) -> tuple[Asked, list[Evidence]]:
    schema = to_json_schema(parse_fields(field))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    request = read_request(TaskRunInput(processor="base", input=prompt, task_spec=spec))
    reading = select_sources(Index.build(Corpus("room", _pages(text, others))), request)
    (requested,) = request.fields
    question = field_question(reading, requested)
    evidence = find_evidence(reading, requested, question)
    return Asked.of(reading, requested, question), evidence


def asked_of(
    pages: tuple[Document, ...], field: str, *, prompt: str = "Acme", processor: str = "base"
) -> JsonOutput:
    """One field, asked of pages."""
    schema = to_json_schema(parse_fields(field))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    request = TaskRunInput(processor=processor, input=prompt, task_spec=spec)
    output = answer_run(Index.build(Corpus("room", pages)), request).output
    assert isinstance(output, JsonOutput)
    return output


def answer(text: str, field: str, *, prompt: str = "Acme", others: tuple[str, ...] = ()) -> Any:
    """The value of one field; see `answered`."""
    (value,) = answered(text, field, prompt=prompt, others=others).content.values()
    return value
