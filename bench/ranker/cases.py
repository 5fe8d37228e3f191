"""Makes the examples for the ranker: of every question its candidates, and which are right.

python -m bench.ranker.cases ROOM ... --to FOLDER

A right candidate has the right value and stands on one of the pages that the question names. A file
a room: the features of all candidates, which are right, and of which question each is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.calibrate import read_question
from bench.questions import GOLD, is_right, load, read_folder
from bench.rooms import KINDS as ROOMS
from parallel_nb.api.schema.fields import parse_type
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker.features import KINDS, features_of
from parallel_nb.engine.reader.ranker.pool import pool_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.signals import Asked

#: Questions of a made room, which are alike.
_OF_A_MADE_ROOM = 80
SAMPLES = "samples"
#: In so many parts the rooms fall, each of which is judged by what was trained on the others.
FOLDS = 5


def fold_of(name: str) -> int:
    """The part that a room belongs to, by the name of its folder."""
    return crc32(Path(name).name.encode()) % FOLDS


def open_room(name: str) -> tuple[Index, list[dict[str, Any]]]:
    """A folder, a room of `bench/rooms`, or the samples with the questions that are tuned on."""
    if name == SAMPLES:
        files = ("questions.jsonl", "dev*.jsonl", "holdout2.jsonl")
        questions = [q for each in files for path in sorted(GOLD.glob(each)) for q in load(path)]
        return Index.build(load_corpus(None)), questions
    if name not in ROOMS:
        return read_folder(Path(name).resolve())
    room = ROOMS[name]()
    return room.index(), room.questions[:: max(1, len(room.questions) // _OF_A_MADE_ROOM)]


def asked_of(
    index: Index, questions: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], ReadingContext, Asked]]:
    """Each question of a type that is ranked, as a run of its own."""
    for question in questions:
        if "schema" not in question and parse_type(question["type"]).kind in KINDS:
            yield question, *read_question(index, question)


def is_answer(item: Evidence, question: dict[str, Any]) -> bool:
    """True for the right value on a page that the question names."""
    is_there = item.document.url.partition("#")[0] in set(question.get("pages") or ())
    return is_there and is_right(item.candidate.value, question)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Make examples for the ranker.")
    parser.add_argument("rooms", nargs="+", help="folders, rooms of bench/rooms, or samples")
    parser.add_argument("--to", type=Path, required=True, help="folder for a file a room")
    options = parser.parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    for name in options.rooms:
        rows, right, of_question = [], [], []
        for number, (question, reading, asked) in enumerate(asked_of(*open_room(name))):
            known = find_evidence(reading, asked.field, asked.question)
            pool = pool_of(reading, asked, known)
            rows += features_of(reading, asked, pool)
            right += [is_answer(item, question) for item in pool]
            of_question += [number] * len(pool)
        path = options.to / f"{Path(name).name}.npz"
        features = np.array(rows, np.float32)
        np.savez_compressed(path, features=features, right=right, of_question=of_question)
        print(f"{path.name}: {len(set(of_question))} questions, {len(rows)} candidates", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
