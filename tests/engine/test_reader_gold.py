"""The reader's figures on questions about the sample documents, written before it was tuned."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parallel_nb.embedded.documents import load_corpus
from parallel_nb.embedded.index import Index

ROOT = Path(__file__).parents[2]
GOLD = Path(__file__).parent / "gold"


@cache
def bench() -> Any:
    """`bench/questions.py`, so that test and benchmark judge alike."""
    spec = importlib.util.spec_from_file_location("questions", ROOT / "bench" / "questions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def outcomes(name: str) -> list[Any]:
    index = Index.build(load_corpus())
    return [bench().ask(index, question) for question in bench().load(GOLD / name)]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("questions.jsonl", 0.9),
        ("dev.jsonl", 0.9),
        ("dev_reader.jsonl", 0.9),
        ("dev_reader2.jsonl", 0.85),
        ("dev_reader3.jsonl", 0.85),
    ],
)
def test_nine_of_ten_typed_questions_are_right_with_the_page_cited(name: str, least: float) -> None:
    answered = outcomes(name)
    print(f"\n{name}\n{bench().table(answered)}")  # noqa: T201 - the figures by type are wanted
    assert sum(outcome.right for outcome in answered) >= least * len(answered)


def test_a_higher_confidence_is_right_more_often() -> None:
    given = [o for o in outcomes("questions.jsonl") if o.value is not None]

    def share(word: str) -> float:
        group = [o.right for o in given if o.confidence == word]
        return float(sum(group) / len(group))

    assert share("high") >= 0.9
    assert share("high") >= share("medium") >= share("low")
