"""Fit the weights with which the reader says how sure it is.

    python bench/calibrate.py

For every development question, the reader's decision is right or wrong. So that the weights
learn what a missing answer looks like, each question is asked a second time with every
right value taken from the evidence: whatever wins then is wrong. The weights are those of a
logistic regression (Newton steps, ridge). They are printed for `engine/reader/decide.py`,
together with how often values of each probability are right, on the development questions and
on those that were kept apart.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.questions import GOLD, is_right, load
from parallel_nb.api.schema.fields import OutputField, parse_type, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.context import field_question, find_evidence, select_sources
from parallel_nb.engine.reader.decide import FEATURE_WEIGHTS, FEATURES, decide
from parallel_nb.engine.reader.request import read_request

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Those that were blind once and are tuned on now are named; `holdout3.jsonl` never is.
FITTED = ("dev*.jsonl", "holdout2.jsonl")
KEPT_APART = "questions.jsonl"
#: What a question counts whose right answer was taken away: fewer lack theirs in use.
_TAKEN = 0.35
_RIDGE = 1.0
_STEPS = 50


@dataclass(frozen=True)
class Case:
    """A value that the reader would give, with what speaks for it."""

    features: tuple[float, ...]
    right: bool
    weight: float


def cases(index: Index, question: dict[str, Any]) -> Iterator[Case]:
    """A question as it stands, and with its right answers taken away."""
    output_field = OutputField(
        question["field"], parse_type(question["type"]), question["description"]
    )
    schema = {"type": "json", "json_schema": to_json_schema([output_field])}
    request = read_request(
        TaskRunInput("base", question["prompt"], task_spec=TaskSpec(output_schema=schema))
    )
    reading = select_sources(index, request)
    field = request.fields[0]

    def is_right_value(value: Any) -> bool:
        return is_right(list(value) if field.type.kind == "list" else value, question)

    evidence = find_evidence(reading, field, field_question(reading, field))
    for weight in (1.0, _TAKEN):
        decision = decide(evidence, agreeing=request.effort.agreeing, nullable=False)
        if decision.value is None:
            return
        right = is_right_value(decision.value)
        yield Case(decision.features, right, weight)
        if not right:
            return
        evidence = [e for e in evidence if not is_right_value(e.candidate.value)]


def fit(found: Sequence[Case]) -> np.ndarray:
    """The weights that make the cases likeliest; small ones are preferred."""
    features = np.array([case.features for case in found])
    right = np.array([float(case.right) for case in found])
    counts = np.array([case.weight for case in found])
    weights = np.zeros(features.shape[1])
    ridge = np.eye(len(weights)) * _RIDGE
    ridge[0, 0] = 0.0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (counts * (right - chance)) - ridge @ weights
        curve = (features * (counts * chance * (1 - chance))[:, None]).T @ features + ridge
        weights += np.linalg.solve(curve, slope)
    return weights


def table(found: Sequence[Case], weights: np.ndarray) -> str:
    """How often values of a probability are right, as text."""
    bins: defaultdict[int, list[bool]] = defaultdict(list)
    for case in found:
        if case.weight == 1.0:
            chance = 1 / (1 + float(np.exp(-np.dot(case.features, weights))))
            bins[min(19, int(chance * 20))].append(case.right)
    lines = [
        f"  {number / 20:.2f}-{number / 20 + 0.05:.2f}: {sum(group):>3} of {len(group):>3} right"
        for number, group in sorted(bins.items(), reverse=True)
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's confidence.")
    parser.parse_args(arguments)
    index = Index.build(load_corpus(None), None)

    def read(*patterns: str) -> list[Case]:
        paths = sorted(path for pattern in patterns for path in GOLD.glob(pattern))
        return [case for path in paths for q in load(path) for case in cases(index, q)]

    fitted, apart = read(*FITTED), read(KEPT_APART)
    weights = fit(fitted)
    print(f"{len(fitted)} cases, {sum(not case.right for case in fitted)} of them wrong")
    for name, new, old in zip(FEATURES, weights, FEATURE_WEIGHTS, strict=True):
        print(f"  {name:<22}{new:>8.2f}  (in use: {old:.2f})")
    print("WEIGHTS =", tuple(round(float(weight), 2) for weight in weights))
    print(f"on {' and '.join(FITTED)}:\n{table(fitted, weights)}")
    print(f"on {KEPT_APART}, kept apart:\n{table(apart, weights)}")


if __name__ == "__main__":
    main(sys.argv[1:])
