"""A run of many fields says how far it is, and has an answer however long the trees would take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.answer import answer_run
from parallel_nb.engine.reader.ranker.choose import choose

if TYPE_CHECKING:
    import pytest

FILLING = "parallel_nb.engine.reader.json_output"
LOTS = "# Larkhill Trust\n\n" + "\n\n".join(f"Lot {n} brought {7 * n} pounds." for n in range(99))
MANY = "".join(f"number_{n}: int? - number {n} of the list\n" for n in range(6))


def ask(told: list[tuple[str, float]]) -> dict[str, Any]:
    index = Index.build(Corpus("room", (Document(0, "file:room/a.md", "Lots", None, LOTS),)))
    schema = {"type": "json", "json_schema": to_json_schema(parse_fields(MANY))}
    run = TaskRunInput("pro", "Larkhill Trust", task_spec=TaskSpec(output_schema=schema))
    answer = answer_run(index, run, lambda step: told.append((step.message, step.meter)))
    assert isinstance(answer.output, JsonOutput)
    return answer.output.content


def slowed(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[None]:
    """Have the trees take their time; gives how often they are asked."""
    asked: list[None] = []

    def slow(*arguments: Any) -> Any:
        asked.append(None)
        time.sleep(seconds)
        return choose(*arguments)

    monkeypatch.setattr(f"{FILLING}.choose", slow)
    return asked


def test_a_run_of_many_fields_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, told = slowed(monkeypatch, 0.4), list[tuple[str, float]]()
    ask(told)
    assert len(asked) == 6
    assert any(m.startswith("Filling field ") and m.endswith(" of 6") for m, _ in told)
    assert [meter for _, meter in told] == sorted(meter for _, meter in told)


def test_when_the_time_is_over_the_rules_choose_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{FILLING}._RANKED_WITHIN", 0.1)
    asked = slowed(monkeypatch, 0.5)
    assert len(ask([])) == 6
    assert len(asked) == 1
