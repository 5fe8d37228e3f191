"""Free text of a model: the sentences that hold, with their citations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.types import TaskRunInput, TaskSpec, TextOutput
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.model.probe import open_model
from parallel_nb.engine.reader.model.reader import ModelReader
from parallel_nb.model_address import read_model_address
from tests.service.model import completion, model

if TYPE_CHECKING:
    from starlette.responses import Response

TEXT = (
    "Acme is led by Ada Byron. It was founded in 1987 in Oslo. It does not make tongs.\n\n"
    "Its rival Betaworks was founded in 1970."
)


def written(sentences: Any, *, writes_text: bool = True) -> TextOutput:
    """What a run answers whose model writes these sentences."""
    reply = sentences if isinstance(sentences, str) else {"sentences": sentences}

    def answer(body: dict[str, Any]) -> Response | None:
        is_question = "The question" in body["messages"][-1]["content"]
        return completion(reply) if is_question else None

    page = Document(0, "https://acme.test/", "Acme", "2024-01-01", TEXT)
    spec = TaskSpec(output_schema={"type": "text", "description": "Who leads it, and since when"})
    run = TaskRunInput("base", "Acme", task_spec=spec)
    with model(lambda _name, _passages: {}, answer) as endpoint:
        options = open_model(
            read_model_address(endpoint.address), within=5.0, per_minute=0.0, cache=None
        )
        reader = ModelReader(replace(options, writes_text=writes_text))
        output = answer_run(Index.build(Corpus("room", (page,))), run, model=reader).output
        reader.close()
    assert isinstance(output, TextOutput)
    return output


def sentence(text: str, quote: str, passage: int = 1) -> dict[str, Any]:
    return {"passage": passage, "quote": quote, "text": text}


GOOD = sentence("Ada Byron leads Acme", "Acme is led by Ada Byron")


def test_sentences_that_hold_are_numbered_by_their_document() -> None:
    output = written([GOOD, sentence("It was founded in 1987.", "founded in 1987")])
    assert output.content == "Ada Byron leads Acme. [1] It was founded in 1987. [1]"
    assert output.basis[0].confidence == "medium"
    assert [c.url for c in output.basis[0].citations] == ["https://acme.test/"]


@pytest.mark.parametrize(
    "bad",
    [
        sentence("It was founded in 1988.", "founded in 1987"),  # another number
        sentence("It was founded by Bo Li.", "founded in 1987"),  # another name
        sentence("It makes tongs.", "It does not make tongs"),  # the contrary
        sentence("It has many friends.", "Acme has many friends"),  # no such quote
        sentence("It was founded in 1970.", "Its rival Betaworks was founded in 1970"),
    ],
)
def test_a_sentence_that_does_not_hold_is_left_out_and_counted(bad: dict[str, Any]) -> None:
    output = written([GOOD, bad])
    assert output.content == "Ada Byron leads Acme. [1]"
    assert output.basis[0].confidence == "low"
    assert "1 other was left out" in output.basis[0].reasoning


@pytest.mark.parametrize("reply", [[], "nonsense", "{}", '{"sentences": [1, {"text": 2}]}'])
def test_without_a_sentence_the_rules_text_stands_and_says_so(reply: Any) -> None:
    output = written(reply)
    assert "Ada Byron" in output.content
    assert "scripted wrote no answer" in output.basis[0].reasoning


def test_the_rules_write_unless_the_person_chooses() -> None:
    assert "scripted" not in written([GOOD], writes_text=False).basis[0].reasoning
