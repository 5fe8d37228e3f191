"""Fits how sure the reader says that it is where the ranker chooses.

python -m bench.ranker.bounds ROOM ... --folds FOLDER [--write]
python -m bench.ranker.bounds ROOM ...

Each room is judged by the trees of `bench.ranker.train --folds` that have not seen it; without
them, by those in use, which is to be done with rooms alone that took part in nothing. A value is
right if it is the right one and cites a page that says so. The weights are those of a logistic
regression over what is known of a choice, a folder's counting more than a made room's, which is
too simple; the bounds are fitted on folders alone. What they promise holds of ordinary papers and
of hard ones, each by themselves: the bounds of high and medium are the lowest from which on so many
of the values are right, and a value is null below the chance at which so many of the unanswerable
are.
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
from bench.ranker.cases import asked_of, fold_of, is_answer, open_room
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker.choose import (
    BOUNDS,
    BOUNDS_FILE,
    Bounds,
    Choice,
    choose,
    is_sure,
)
from parallel_nb.engine.reader.ranker.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from parallel_nb.engine.index.fulltext import Index
    from parallel_nb.engine.reader.support import Confidence

_HIGH_RIGHT, _MEDIUM_RIGHT, _NULL = 0.97, 0.8, 0.9
_BOUNDS = [number / 100 for number in range(5, 100)]
#: How the names of rooms of ordinary papers begin.
ORDINARY = "plain_"
#: What a case of a made room counts beside one of a folder.
_MADE = 0.3


@dataclass(frozen=True)
class Case:
    """What is chosen for a question."""

    #: None where nothing is found, and where the rules are sure.
    choice: Choice | None
    #: Whether the value is right: the choice's, or that of which the rules are sure.
    is_right: bool
    is_answerable: bool
    #: What the rules call it where they are sure.
    sure: Confidence | None
    #: What the room is: `ordinary`, `hard` or `made`.
    room: str

    @property
    def is_made(self) -> bool:
        """Whether its room was made by a program."""
        return self.room == "made"

    def is_null(self, bounds: Bounds) -> bool:
        """Whether no value is given; that of which the rules are sure is."""
        return not self.sure and (self.choice is None or bounds.is_null(self.choice))

    def confidence(self, bounds: Bounds) -> Confidence:
        """What the value is called."""
        return self.sure or (bounds.confidence(self.choice) if self.choice else "low")


def cases(index: Index, questions: list[dict[str, Any]], trees: Trees, room: str) -> Iterator[Case]:
    """The choice for each question of a type that is ranked."""
    for question, reading, asked in asked_of(index, questions):
        evidence = find_evidence(reading, asked.field, asked.question)
        rules = decide(evidence, asked, nullable=True)
        if is_sure(rules):
            choice, sure, winner = None, rules.confidence, rules.supporting
        else:
            rules = decide(evidence, asked, nullable=False)
            choice, sure = choose(reading, asked, evidence, rules, trees), None
            winner = choice.winner if choice else ()
        right = any(is_answer(item, question) for item in winner)
        yield Case(choice, right, question["answer"] is not None, sure, room)


def fit(known: Sequence[Case]) -> Bounds:
    """The weights and bounds for some cases."""
    chosen = [(case, case.choice) for case in known if case.choice]
    signals = np.array([[1.0, *choice.signals] for _, choice in chosen])
    right = np.array([float(case.is_right) for case, _ in chosen])
    counts = np.array([_MADE if case.is_made else 1.0 for case, _ in chosen])
    constant, *weights = (round(float(w), 3) for w in newton(signals, right, counts))
    bounds = replace(BOUNDS, constant=constant, weights=tuple(weights))
    kinds = [[c for c in known if c.room == room] for room in ("ordinary", "hard")]
    bounds = _with_null(kinds, bounds)
    high = max(
        _least(bounds, [c for c in kind if c.choice and c.choice.may_be_high], _HIGH_RIGHT)
        for kind in kinds
    )
    bounds = replace(bounds, high=max(bounds.null_below, high))
    medium = max(
        _least(
            bounds, [c for c in kind if c.choice and c.confidence(bounds) != "high"], _MEDIUM_RIGHT
        )
        for kind in kinds
    )
    return replace(bounds, medium=max(bounds.null_below, medium))


def _with_null(kinds: Sequence[Sequence[Case]], bounds: Bounds) -> Bounds:
    """The bounds with the least chance at which enough of the unanswerable of each kind is null."""
    each = [[case for case in kind if not case.is_answerable] for kind in kinds]
    for bound in _BOUNDS:
        fitted = replace(bounds, null_below=bound)
        if all(sum(c.is_null(fitted) for c in empty) >= _NULL * len(empty) for empty in each):
            break
    return fitted


def _least(bounds: Bounds, cases: Sequence[Case], promised: float) -> float:
    """The lowest chance from which on the promised part of what is chosen is right."""
    chances = [(bounds.chance(case.choice), case.is_right) for case in cases if case.choice]
    for bound in _BOUNDS:
        kept = [is_right for chance, is_right in chances if chance >= bound]
        if sum(kept) >= promised * len(kept):
            return bound
    return _BOUNDS[-1]


def line(name: str, found: Sequence[Case], bounds: Bounds) -> str:
    """A room's figures, by these bounds."""
    given = [case for case in found if not case.is_null(bounds)]
    asked = [case for case in found if case.is_answerable]
    empty = [case for case in found if not case.is_answerable]
    right = sum(case.is_right for case in given)
    text = f"{name:<22}{sum(case.is_right for case in asked):>5} must,{right:>5} right,"
    text += f"{len(given) - right:>4} wrong of {len(asked):<5}"
    text += f"null {sum(case not in given for case in empty):>3} of {len(empty):<4}"
    for word in ("high", "medium", "low"):
        group = [case.is_right for case in given if case.confidence(bounds) == word]
        text += f"{word:>8}{sum(group):>4}/{len(group):<4}"
    return text


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Fit the ranker's confidence.")
    parser.add_argument("rooms", nargs="+", help="folders, or rooms of bench/rooms, or samples")
    parser.add_argument("--folds", type=Path, help="the trees that have not seen a part")
    parser.add_argument("--write", action="store_true", help=f"to {BOUNDS_FILE.name}")
    options = parser.parse_args(arguments)
    rooms: dict[str, list[Case]] = {}
    for name in options.rooms:
        part = options.folds / f"without{fold_of(name)}.npz" if options.folds else None
        trees = Trees(part) if part else Trees()
        folder = "ordinary" if Path(name).name.startswith(ORDINARY) else "hard"
        room = folder if Path(name).is_dir() else "made"
        rooms[Path(name).name] = list(cases(*open_room(name), trees, room))
    folders = [case for found in rooms.values() for case in found if not case.is_made]
    made = [case for found in rooms.values() for case in found if case.is_made]
    bounds = fit([*folders, *made]) if options.folds else BOUNDS
    for name, found in rooms.items():
        print(line(name, found, bounds))
    print(line("folders", folders, bounds))
    if made:
        print(line("made rooms", made, bounds))
    print(bounds)
    if options.write:
        BOUNDS_FILE.write_text(json.dumps(asdict(bounds), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
