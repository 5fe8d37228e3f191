"""Fits how sure the reader says that it is where the ranker reads beside the rules.

python -m bench.ranker.bounds ROOM ... [--write]

The rooms are to be others than those that the network was trained on. A value is right if it is the
right one and cites a page that says so. The weights are those of a logistic regression over what is
known of a choice; the bounds of high and medium are the lowest from which on the promised part of
the values is right, and a value is null below the chance at which so many of the unanswerable are.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.calibrate import newton
from bench.questions import is_right
from bench.ranker.cases import asked_of, open_room
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker.choose import BOUNDS, BOUNDS_FILE, Bounds, Choice, choose
from parallel_nb.engine.reader.ranker.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.engine.index.fulltext import Index

_HIGH_RIGHT, _MEDIUM_RIGHT, _NULL = 0.97, 0.85, 0.9
_BOUNDS = [number / 100 for number in range(5, 100)]


@dataclass(frozen=True)
class Case:
    """A choice, and whether it is right."""

    choice: Choice
    is_right: bool
    is_answerable: bool


def cases(index: Index, questions: list[dict[str, Any]], network: Network) -> Iterator[Case]:
    """The choice for each question of a type that is ranked."""
    for question, reading, asked in asked_of(index, questions):
        evidence = find_evidence(reading, asked.field, asked.question)
        rules = decide(evidence, asked, nullable=False)
        choice = choose(reading, asked, rules, network)
        if choice is None:
            continue
        best = choice.winner[0]
        pages = set(question.get("pages") or ())
        is_there = any(e.document.url.partition("#")[0] in pages for e in choice.winner)
        right = is_there and is_right(best.candidate.value, question)
        yield Case(choice, right, question["answer"] is not None)


def fit(known: Sequence[Case]) -> Bounds:
    """The weights and bounds for some cases."""
    signals = np.array([[1.0, *case.choice.signals] for case in known])
    right = np.array([float(case.is_right) for case in known])
    constant, *weights = (round(float(w), 2) for w in newton(signals, right, np.ones(len(known))))
    bounds = replace(BOUNDS, constant=constant, weights=tuple(weights))
    chances = [(bounds.chance(case.choice), case) for case in known]
    empty = [chance for chance, case in chances if not case.is_answerable]
    null_below = next(b for b in _BOUNDS if sum(c < b for c in empty) >= _NULL * len(empty))

    def least(group: list[tuple[float, Case]], promised: float) -> float:
        for bound in _BOUNDS:
            kept = [case.is_right for chance, case in group if chance >= bound]
            if sum(kept) >= promised * len(kept):
                return bound
        return _BOUNDS[-1]

    high = max(null_below, least([c for c in chances if c[1].choice.may_be_high], _HIGH_RIGHT))
    rest = [c for c in chances if not (c[0] >= high and c[1].choice.may_be_high)]
    medium = max(null_below, least(rest, _MEDIUM_RIGHT))
    return replace(bounds, high=high, medium=medium, null_below=null_below)


def line(name: str, found: Sequence[Case], bounds: Bounds) -> str:
    """A room's figures, by these bounds."""
    given = [c for c in found if bounds.chance(c.choice) >= bounds.null_below]
    asked = [case for case in found if case.is_answerable]
    empty = [case for case in found if not case.is_answerable]
    text = f"{name:<22}{sum(c.is_right for c in given):>5} of {len(asked):<4}"
    text += f"null {sum(c not in given for c in empty):>3} of {len(empty):<4}"
    for word in ("high", "medium", "low"):
        group = [case.is_right for case in given if bounds.confidence(case.choice) == word]
        text += f"{word:>8}{sum(group):>4}/{len(group):<4}"
    return text


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Fit the ranker's confidence.")
    parser.add_argument("rooms", nargs="+", help="folders, or rooms of bench/rooms")
    parser.add_argument("--write", action="store_true", help=f"to {BOUNDS_FILE.name}")
    options = parser.parse_args(arguments)
    network = Network()
    rooms = {Path(n).name: list(cases(*open_room(n), network)) for n in options.rooms}
    for name, found in rooms.items():
        others = [case for other, each in rooms.items() if other != name for case in each]
        print(line(name, found, fit(others) if others else BOUNDS))
    everything = [case for found in rooms.values() for case in found]
    bounds = fit(everything)
    print(line("all, by their own", everything, bounds))
    print(line("all, as in use", everything, BOUNDS))
    print(bounds)
    if options.write:
        BOUNDS_FILE.write_text(json.dumps(asdict(bounds), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
