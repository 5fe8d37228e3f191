"""The ranker: which candidates it looks at, what is measured of them, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.schema.fields import parse_fields, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import Corpus, Document
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader import json_output
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker import choose as choosing
from parallel_nb.engine.reader.ranker.features import features_of
from parallel_nb.engine.reader.ranker.pool import pool_of
from parallel_nb.engine.reader.ranker.trees import Trees, load_trees
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.signals import Asked
from tests.engine.reader.one_field import asked_of

if TYPE_CHECKING:
    from pathlib import Path

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext

MINUTES = """# Board of the Larkhill Trust, 4 March 2024

Present: Ada Berg, Tom Oake and Mina Holt. Mina Holt took the chair.

The treasurer, Tom Oake, told the board that the roof had cost 48,200 pounds, 3,000 more than was
planned. The builder is Harrow & Sons. Ada Berg will ask them for a ten-year warranty.

Subscriptions came to 12,650.
"""
COST = "cost: int? - what the roof cost in pounds"
#: How many candidates of a field are looked at, at most.
MOST = 24


def page(text: str) -> tuple[Document, ...]:
    return (Document(0, "file:room/minutes.md", "Minutes of March", "2024-03-04", text),)


def read(text: str, field: str, prompt: str = "Larkhill Trust") -> tuple[ReadingContext, Asked]:
    schema = to_json_schema(parse_fields(field))
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    index = Index.build(Corpus("room", page(text)))
    reading = select_sources(index, read_request(TaskRunInput("base", prompt, task_spec=spec)))
    requested = reading.request.fields[0]
    return reading, Asked.of(reading, requested, field_question(reading, requested))


def pool_for(reading: ReadingContext, asked: Asked) -> list[Evidence]:
    return pool_of(reading, asked, find_evidence(reading, asked.field, asked.question))


def choice_of(score: dict[Any, float], field: str = COST) -> choosing.Choice:
    """What is chosen where the candidates of some values have these scores, and others -4."""
    reading, asked = read(MINUTES, field)
    pool = pool_for(reading, asked)
    rules = decide(find_evidence(reading, asked.field, asked.question), asked, nullable=False)
    scores = [score.get(item.candidate.value, -4.0) for item in pool]
    return choosing.choose_by(pool, scores, rules, asked)


def values(pool: list[Evidence]) -> set[Any]:
    return {item.candidate.value for item in pool}


def test_also_what_the_rules_take_for_no_answer_is_looked_at() -> None:
    reading, asked = read(MINUTES, COST)
    by_rules = values(find_evidence(reading, asked.field, asked.question))
    assert values(pool_for(reading, asked)) - by_rules == {12_650}


def test_what_is_said_of_another_is_not_looked_at() -> None:
    text = "Acme makes anvils. Its rival Betaworks was founded in 1970. Its chair is Yves Stone."
    reading, asked = read(text, "chair: str? - who chairs it", "Acme")
    assert "Yves Stone" not in values(pool_for(reading, asked))


@given(st.text(max_size=3_000), st.sampled_from(["str?", "int?", "date?", "bool?", "a|b?"]))
def test_whatever_is_read_has_its_features(text: str, kind: str) -> None:
    reading, asked = read(
        f"Larkhill Trust 17 {text} 2024-03-04", f"it: {kind} - {text[:400]!r}", text[:90]
    )
    pool = pool_for(reading, asked)
    assert len(pool) <= MOST
    rows = features_of(reading, asked, pool)
    assert len(rows) == len(pool)
    assert len({len(row) for row in rows}) <= 1
    assert np.isfinite(np.array(rows, np.float32)).all()
    assert np.isfinite(load_trees().scores(rows)).all()


def test_trees_go_from_node_to_node_by_their_bounds(tmp_path: Path) -> None:
    # x1 > 2 ? 30 : (x0 > 0.5 ? 20 : 10), and a tree of one leaf
    path = tmp_path / "trees.npz"
    np.savez(
        path,
        columns=2,
        features=np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]], np.int16),
        bounds=np.array([[2, 0.5, 0, 0, 0], [0, 0, 0, 0, 0]], np.float64),
        next=np.array([[[1, 4], [2, 3], [2, 2], [3, 3], [4, 4]], [[0, 0]] * 5], np.int16),
        values=np.array([[0, 0, 10, 20, 30], [1, 0, 0, 0, 0]], np.float32),
        depth=np.array(2),
    )
    rows = [[0.5, 2.0], [0.6, 2.0], [0.0, 2.1]]
    assert Trees(path).scores(rows) == [11.0, 21.0, 31.0]
    assert Trees(path).scores([]) == []


def test_the_trees_in_use_read_what_is_measured() -> None:
    reading, asked = read(MINUTES, COST)
    (first, *_) = features_of(reading, asked, pool_for(reading, asked))
    assert load_trees().features == len(first)


def test_the_candidates_of_a_value_count_together() -> None:
    choice = choice_of({3_000: 2.0})
    assert choice.winner[0].candidate.value == 3_000
    assert (choice.score, choice.rival) == (2.0, -4.0)
    assert choosing.BOUNDS.chance(choice_of({})) < choosing.BOUNDS.chance(choice)


def test_without_a_likely_value_there_is_none_and_the_rules_guess_where_there_must_be_one() -> None:
    nothing = choice_of({3_000: -3.0})
    assert not nothing.agrees
    _, asked = read(MINUTES, COST)
    assert choosing.decide_by(nothing, asked, nullable=True).value is None
    assert choosing.decide_by(nothing, asked, nullable=False) == nothing.rules


def test_high_asks_that_the_rules_give_the_same() -> None:
    choice = choice_of({3_000: 7.9})
    assert not choice.agrees
    assert choosing.BOUNDS.confidence(choice) != "high"


def test_of_what_the_rules_are_sure_and_for_lite_nothing_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(json_output, "choose", lambda _, ask, *__: asked.append(ask.field.name))
    text = "# Larkhill Trust\n\nFounded: 1961\n\nTreasurer: Tom Oake\n"
    output = asked_of(page(text), "founded: int? - Year it was founded", prompt="Larkhill Trust")
    assert (output.content, output.basis[0].confidence, asked) == ({"founded": 1961}, "high", [])
    architect = "architect: str? - who drew the plans"
    asked_of(page(MINUTES), architect, prompt="Larkhill Trust", processor="lite")
    assert asked == []
    asked_of(page(MINUTES), architect, prompt="Larkhill Trust")
    assert asked == ["architect"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("roof_cost: int? - what the roof cost in pounds", 48_200),
        ("treasurer: str? - who keeps the money", "Tom Oake"),
        ("builder: str? - who built it", "Harrow & Sons"),
    ],
)
def test_a_field_is_answered_with_the_passage_that_says_so(field: str, value: Any) -> None:
    output = asked_of(page(MINUTES), field, prompt="Larkhill Trust")
    assert list(output.content.values()) == [value]
    excerpts = output.basis[0].citations[0].excerpts or []
    assert str(value).replace("48200", "48,200") in excerpts[0]


def test_what_is_not_said_is_null() -> None:
    output = asked_of(
        page(MINUTES), "architect: str? - who drew the plans", prompt="Larkhill Trust"
    )
    assert output.content == {"architect": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("starts: date? - First day of the lease", "2025-01-01"),
        ("ends: date? - End of the lease", None),
    ],
)
def test_a_first_day_is_no_last_one(field: str, value: str | None) -> None:
    text = (
        "# Larkhill Trust\n\nThe lease of the barn was renewed from 1 January 2025 at 540 pounds."
    )
    output = asked_of(page(text), field, prompt="Larkhill Trust")
    assert list(output.content.values()) == [value]
