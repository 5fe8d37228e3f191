"""Text answers: sentences that hold the kind of answer, and no reason where none is given."""

from __future__ import annotations

from parallel_nb.api.types import TaskRunInput, TaskSpec, TextOutput
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.text_output import NO_REASON

PAGE = """Acme makes anvils. The anvils of Acme are blue. The foundry of Acme closed because the
roof fell in. The foundry of Acme stands beside the river.

Its rival Betaworks opened a foundry in 1970.
"""


def told(question: str) -> tuple[str, str | None]:
    index = Index.build(Corpus("room", (Document(0, "https://a.test/", "Acme", None, PAGE),)))
    run_input = TaskRunInput("lite", question, task_spec=TaskSpec(output_schema="Answer it."))
    output = answer_run(index, run_input).output
    assert isinstance(output, TextOutput)
    return output.content, output.basis[0].confidence


def test_a_reason_comes_first_where_one_is_asked_for() -> None:
    text, _ = told("Why was the foundry of Acme closed?")
    assert text.startswith("The foundry of Acme closed because the")


def test_without_a_reason_the_answer_says_so() -> None:
    text, confidence = told("Why are the anvils of Acme blue?")
    assert text.startswith(f"{NO_REASON} The anvils of Acme are blue.")
    assert confidence == "low"


def test_what_another_did_is_not_told_with_confidence() -> None:
    assert told("When did Acme open a foundry?")[1] == "low"
