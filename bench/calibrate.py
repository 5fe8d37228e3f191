"""Fit how sure the reader says that it is.

    python -m bench.calibrate [FOLDER ...] [--bounds FOLDER ...] [--questions 60] [--write]

A folder of documents has its questions beside it (`NAME.questions.jsonl`). Of every question, the
reader's value is right or wrong. So that the weights learn what a missing answer looks like, each
is asked again with every statement taken away that holds the right value: whatever wins then is
wrong. The weights are those of a logistic regression (Newton steps, ridge), none below 0; each
room counts the same, a folder more, since its documents are as people write them. The bounds of
high and medium are the lowest above which that part of the values is right that is promised, and a
value is null below the chance at which so many of the unanswerable are.

The bound of medium is looked for among the folders, if there are any: what is generated is too
simple.

Each room is judged by what was fitted without it: the table is what to expect of documents that
nobody has seen. `--write` puts the weights and bounds of all rooms in use.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.questions import GOLD, is_right, load, read_folder
from bench.rooms import TUNED
from parallel_nb.api.schema.fields import OutputField, parse_type, to_json_schema
from parallel_nb.api.types import TaskRunInput, TaskSpec
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.context import field_question, select_sources
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.request import read_request
from parallel_nb.engine.reader.signals import Asked
from parallel_nb.engine.reader.support import (
    SCALE,
    SCALE_FILE,
    SIGNALS,
    Scale,
    Support,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext

#: Those that were blind once and are tuned on now are named; `holdout3.jsonl` never is.
FITTED = ("questions.jsonl", "dev*.jsonl", "holdout2.jsonl")
#: Rooms of facts that another room holds as well.
_SAME_FACTS = {"factbook-lines", "factbook-table"}
#: What a question counts whose right answer was taken away: fewer lack theirs in use.
_TAKEN = 0.35
_RIDGE = 1.0
_STEPS = 25
#: What each room counts, and each folder, in cases.
_CASES_OF_ROOM, _CASES_OF_FOLDER = 50.0, 200.0
#: The parts of the values that are to be right, and of the unanswerable fields that are to be null.
_HIGH_RIGHT, _MEDIUM_RIGHT, _NULL = 0.95, 0.75, 0.85
#: The chances that may be bounds.
_BOUNDS = [number / 100 for number in range(5, 100)]


@dataclass(frozen=True)
class Case:
    """What the reader would give, and what speaks for it."""

    #: None where it finds no value at all.
    support: Support | None
    right: bool
    #: True where the documents say it, and it was not taken away.
    is_answerable: bool
    weight: float


@dataclass(frozen=True)
class Judged:
    """A case with its chance, by weights that were fitted without its room."""

    case: Case
    chance: float
    #: True where nothing is missing that high asks for.
    may_be_high: bool
    weight: float


Rooms = dict[str, list[Case]]


def read_question(index: Index, question: dict[str, Any]) -> tuple[ReadingContext, Asked]:
    """A question as a run of its own: what is read for it, and what its field asks."""
    output_field = OutputField(
        question["field"], parse_type(question["type"]), question["description"]
    )
    schema = {"type": "json", "json_schema": to_json_schema([output_field])}
    request = read_request(
        TaskRunInput("base", question["prompt"], task_spec=TaskSpec(output_schema=schema))
    )
    reading = select_sources(index, request)
    field = request.fields[0]
    return reading, Asked.of(reading, field, field_question(reading, field))


def cases(index: Index, question: dict[str, Any]) -> Iterator[Case]:
    """A question as it stands, and with its right answer taken away."""
    reading, asked = read_question(index, question)
    field = asked.field
    evidence = find_evidence(reading, field, asked.question)

    def is_right_value(value: Any) -> bool:
        return is_right(list(value) if field.type.kind == "list" else value, question)

    def case(given: Sequence[Evidence], weight: float) -> Case:
        decision = decide(given, asked, nullable=False)
        is_answerable = weight == 1.0 and question["answer"] is not None
        right = is_answerable and decision.value is not None and is_right_value(decision.value)
        return Case(decision.support, right, is_answerable, weight)

    yield case(evidence, 1.0)
    holding = {e.at for e in evidence if is_right_value(e.candidate.value)}
    if holding and question["answer"] is not None:
        yield case([e for e in evidence if e.at not in holding], _TAKEN)


def cases_of(index: Index, questions: Iterable[dict[str, Any]], most: int) -> list[Case]:
    """The cases of a room; of many questions, so many at even distances."""
    plain = [question for question in questions if "schema" not in question]
    chosen = plain[:: max(1, len(plain) // most)]
    return [case for question in chosen for case in cases(index, question)]


def read_rooms(folders: Iterable[Path], most: int) -> Rooms:
    """The folders, the samples, and the rooms of `bench/rooms` that may be tuned on."""
    rooms: Rooms = {}
    for folder in folders:
        rooms[folder.name] = cases_of(*read_folder(folder), most)
    samples = Index.build(load_corpus(None))
    for pattern in FITTED:
        questions = [q for path in sorted(GOLD.glob(pattern)) for q in load(path)]
        rooms[f"samples {pattern}"] = cases_of(samples, questions, most)
    for name in sorted(TUNED.keys() - _SAME_FACTS):
        room = TUNED[name]()
        rooms[name] = cases_of(room.index(), room.questions, most)
    return rooms


def fit(rooms: Rooms, shares: dict[str, float]) -> Scale:
    """The weights that make the cases likeliest, none below 0; small ones are preferred."""
    chosen = [(case, shares[name]) for name, found in rooms.items() for case in found]
    signals = np.array([[1.0, *_signals(case.support)] for case, _ in chosen if case.support])
    right = np.array([float(case.right) for case, _ in chosen if case.support])
    counts = np.array([case.weight * share for case, share in chosen if case.support])
    used = np.ones(signals.shape[1], dtype=bool)
    while True:
        weights = newton(signals[:, used], right, counts)
        below = np.flatnonzero(used)[np.flatnonzero(weights[1:] < 0) + 1]
        if not len(below):
            break
        used[below] = False  # a signal that speaks against a value says nothing
    whole = np.zeros(signals.shape[1])
    whole[used] = weights
    constant, *each = (round(float(weight), 2) for weight in whole)
    return Scale(constant, Support(*each), SCALE.high, SCALE.medium, SCALE.null_below)


def _signals(support: Support) -> list[float]:
    return [getattr(support, name) for name in SIGNALS]


def newton(signals: np.ndarray, right: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The weights of a logistic regression; the first signal is 1 everywhere."""
    weights = np.zeros(signals.shape[1])
    ridge = np.eye(len(weights)) * _RIDGE
    ridge[0, 0] = 0.0
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-signals @ weights))
        slope = signals.T @ (counts * (right - chance)) - ridge @ weights
        curve = (signals * (counts * chance * (1 - chance))[:, None]).T @ signals + ridge
        weights += np.linalg.solve(curve, slope)
    return weights


def judge(found: Iterable[Case], scale: Scale, share: float) -> list[Judged]:
    any_chance = replace(scale, null_below=0.0)
    return [
        Judged(c, scale.chance(c.support), c.support.may_be_high, c.weight * share)
        if c.support and not any_chance.is_null(c.support)
        else Judged(c, 0.0, may_be_high=False, weight=c.weight * share)
        for c in found
    ]


def with_bounds(scale: Scale, known: Sequence[Judged], telling: Sequence[Judged]) -> Scale:
    """The scale with the bounds at which the known cases keep what is promised.

    That of high is looked for among all, since few are wrong there, that of medium among those
    that are `telling`; null is to keep its promise among either.
    """

    def least(group: list[Judged], promised: float, other: float) -> float:
        kept = (b for b in _BOUNDS if _share_right([j for j in group if j.chance >= b]) >= promised)
        return next(kept, other)

    null_below = _least_null(known)
    high = least([j for j in known if j.may_be_high], _HIGH_RIGHT, _BOUNDS[-1])
    high = max(high, null_below)
    rest = [j for j in telling if j.chance >= null_below and (j.chance < high or not j.may_be_high)]
    medium = least(rest, _MEDIUM_RIGHT, high)
    return Scale(scale.constant, scale.weights, high, medium, null_below)


def _least_null(known: Sequence[Judged]) -> float:
    """The least bound below which as many of the unanswerable fields lie as are to be null."""
    empty = [j.chance for j in known if not j.case.is_answerable and j.case.weight == 1.0]
    return next(b for b in _BOUNDS if sum(c < b for c in empty) >= _NULL * len(empty))


def _share_right(group: Sequence[Judged]) -> float:
    total = sum(j.weight for j in group)
    return sum(j.weight for j in group if j.case.right) / total if total else 1.0


def line(name: str, found: Sequence[tuple[Judged, str]]) -> str:
    """A room's figures; `found` holds a confidence for each case, empty for null."""
    text = f"{name:<22}"
    asked = [(j, word) for j, word in found if j.case.weight == 1.0]
    for confidence in ("high", "medium", "low"):
        group = [j.case.right for j, word in asked if word == confidence]
        share = 100 * sum(group) / len(group) if group else 0
        text += f"{sum(group):>6}/{len(group):<4}{share:>4.0f} %"
    lost = [word == "" for j, word in asked if j.case.right]
    empty = [word == "" for j, word in asked if not j.case.is_answerable]
    taken = [word == "" for j, word in found if j.case.weight < 1.0]
    return text + "".join(f"{sum(g):>8}/{len(g):<4}" for g in (lost, empty, taken))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Fit the reader's confidence.")
    parser.add_argument("folders", nargs="*", type=Path, help="rooms, with questions beside them")
    parser.add_argument("--questions", type=int, default=60, help="so many of a room, about")
    parser.add_argument(
        "--bounds", nargs="+", type=Path, default=[], help="rooms that give the bounds alone"
    )
    parser.add_argument("--write", action="store_true", help=f"to {SCALE_FILE.name}")
    options = parser.parse_args(arguments)
    rooms = read_rooms(options.folders, options.questions)
    of_folder = {folder.name for folder in options.folders}
    shares = {
        name: (_CASES_OF_FOLDER if name in of_folder else _CASES_OF_ROOM)
        / sum(case.weight for case in found)
        for name, found in rooms.items()
    }
    apart = {
        name: judge(found, fit({k: v for k, v in rooms.items() if k != name}, shares), shares[name])
        for name, found in rooms.items()
    }
    print(
        f"{'left out':<22}"
        + "".join(f"{word:>17}" for word in ("high", "medium", "low"))
        + f"{'right, null':>13}{'unanswered':>13}{'taken':>13}"
    )
    every: list[tuple[Judged, str]] = []
    for name, found in apart.items():
        scale = with_bounds(SCALE, *apart_from(apart, of_folder, name))
        shown = [(j, word_of(j, scale)) for j in found]
        print(line(name, shown))
        every += shown
    print(line("all", every))
    scale = fit(rooms, shares)
    known, telling = apart_from(apart, of_folder)
    if options.bounds:
        of_bounds = (cases_of(*read_folder(f), options.questions) for f in options.bounds)
        unseen = [case for found in of_bounds for case in found]
        # generated rooms count as much as these for medium: documents are of either kind
        share = sum(j.weight for j in known) / sum(case.weight for case in unseen)
        telling = [*known, *judge(unseen, scale, share)]
        known = judge(unseen, scale, 1.0)
    scale = with_bounds(scale, known, telling)
    if options.bounds:
        print(line("bounds", [(item, word_of(item, scale)) for item in known]))
    print(
        f"constant {scale.constant}, high {scale.high}, medium {scale.medium}, "
        f"null below {scale.null_below} (in use: {SCALE.constant}, {SCALE.high}, "
        f"{SCALE.medium}, {SCALE.null_below})"
    )
    for name in SIGNALS:
        print(
            f"  {name:<12}{getattr(scale.weights, name):>7.2f}"
            f"  (in use: {getattr(SCALE.weights, name):.2f})"
        )
    if options.write:
        SCALE_FILE.write_text(json.dumps(asdict(scale), indent=1) + "\n", encoding="utf-8")


def apart_from(
    apart: dict[str, list[Judged]], of_folder: set[str], name: str = ""
) -> tuple[list[Judged], list[Judged]]:
    """The cases of all rooms but one, and those of the folders among them, or all without any."""
    known = {key: found for key, found in apart.items() if key != name}
    telling = known.keys() & of_folder or known.keys()
    return [j for v in known.values() for j in v], [j for key in telling for j in known[key]]


def word_of(item: Judged, scale: Scale) -> str:
    """The confidence of a case in a nullable field; empty for null."""
    if item.case.support is None or item.chance < scale.null_below:
        return ""
    if item.chance >= scale.high and item.may_be_high:
        return "high"
    return "medium" if item.chance >= scale.medium else "low"


if __name__ == "__main__":
    main(sys.argv[1:])
