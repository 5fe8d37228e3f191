"""Fit the weights with which the reader says how sure it is.

    python -m bench.calibrate [--room FOLDER ...]

For every development question, the reader's decision is right or wrong. So that the weights
learn what a missing answer looks like, each question is asked a second time with every
right value taken from the evidence: whatever wins then is wrong. The weights are those of a
logistic regression (Newton steps, ridge), in which each set of questions counts the same, so
that no kind of document outweighs the others. They are printed for `engine/reader/decide.py`,
with the thresholds at which values of the fitted sets are right, each set judged by weights that
were fitted without it; then how often values are right on the kinds that took no part. A folder of
documents with its questions beside it (see `bench.questions`) takes part as a set of its own.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.questions import GOLD, folder, is_right, load, read_folder
from bench.rooms import TUNED, UNTOUCHED
from parallel_nb.api.schema.fields import OutputField, parse_type, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import FEATURE_WEIGHTS, FEATURES, decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.request import read_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Those that were blind once and are tuned on now are named; `holdout3.jsonl` never is.
FITTED = ("dev*.jsonl", "holdout2.jsonl")
#: What a question counts whose right answer was taken away: fewer lack theirs in use.
_TAKEN = 0.35
_RIDGE = 1.0
_STEPS = 50
#: What each set counts, in cases.
_CASES_OF_SET = 400.0


@dataclass(frozen=True)
class Case:
    """A value that the reader would give, with what speaks for it."""

    features: tuple[float, ...]
    right: bool
    weight: float


Sets = dict[str, list[Case]]


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
        decision = decide(evidence, nullable=False)
        if decision.value is None:
            return
        right = is_right_value(decision.value)
        yield Case(decision.features, right, weight)
        if not right:
            return
        evidence = [e for e in evidence if not is_right_value(e.candidate.value)]


def asked(index: Index, questions: Iterable[dict[str, Any]]) -> list[Case]:
    plain = (question for question in questions if "schema" not in question)
    return [case for question in plain for case in cases(index, question)]


def fit(sets: Iterable[list[Case]]) -> np.ndarray:
    """The weights that make the cases likeliest; small ones are preferred."""
    chosen = list(sets)
    found = [case for cases in chosen for case in cases]
    shares = [min(1.0, _CASES_OF_SET / len(cases)) for cases in chosen for _ in cases]
    features = np.array([case.features for case in found])
    right = np.array([float(case.right) for case in found])
    counts = np.array([case.weight for case in found]) * np.array(shares)
    weights = np.zeros(features.shape[1])
    ridge = np.eye(len(weights)) * _RIDGE
    ridge[0, 0] = 0.0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (counts * (right - chance)) - ridge @ weights
        curve = (features * (counts * chance * (1 - chance))[:, None]).T @ features + ridge
        weights += np.linalg.solve(curve, slope)
    return weights


def chances(found: list[Case], weights: np.ndarray) -> list[tuple[float, bool]]:
    """The probability of each case as it stands, and whether it is right."""
    return [
        (1 / (1 + float(np.exp(-np.dot(case.features, weights)))), case.right)
        for case in found
        if case.weight == 1.0
    ]


def table(judged: dict[str, list[tuple[float, bool]]]) -> str:
    """How often values of a probability are right, by set, as text."""
    bounds = (0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.0)
    lines = [f"{'at least':<18}" + "".join(f"{bound:>10.2f}" for bound in bounds)]
    for name, found in judged.items():
        line = f"{name:<18}"
        above = 1.01
        for bound in bounds:
            group = [right for chance, right in found if bound <= chance < above]
            line += f"{sum(group):>6}/{len(group):<3}"
            above = bound
        lines.append(line)
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's confidence.")
    parser.add_argument("--room", nargs="+", type=folder, default=[], metavar="FOLDER")
    options = parser.parse_args(arguments)
    samples = Index.build(load_corpus(None))
    paths = sorted(path for pattern in FITTED for path in GOLD.glob(pattern))
    sets: Sets = {"samples": asked(samples, (q for path in paths for q in load(path)))}
    for name, make in TUNED.items():
        room = make()
        sets[name] = asked(room.index(), room.questions)
    for path in options.room:
        sets[path.name] = asked(*read_folder(path))
    weights = fit(sets.values())
    for name, new, old in zip(FEATURES, weights, FEATURE_WEIGHTS, strict=False):
        print(f"  {name:<22}{new:>8.2f}  (in use: {old:.2f})")
    print("WEIGHTS =", tuple(round(float(weight), 2) for weight in weights))
    left_out = {
        name: chances(found, fit(other for key, other in sets.items() if key != name))
        for name, found in sets.items()
    }
    print(f"fitted sets, each by the weights of the others:\n{table(left_out)}")
    apart: Sets = {"questions.jsonl": asked(samples, load(GOLD / "questions.jsonl"))}
    for name, make in UNTOUCHED.items():
        room = make()
        apart[name] = asked(room.index(), room.questions)
    print(f"kinds that took no part:\n{table({k: chances(v, weights) for k, v in apart.items()})}")


if __name__ == "__main__":
    main(sys.argv[1:])
