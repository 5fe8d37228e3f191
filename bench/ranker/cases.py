"""Makes the examples for the ranker: of every question its candidates, and which are right.

python -m bench.ranker.cases FOLDER [--to FOLDER]

A right candidate has the right value and stands on one of the pages that the question names. One
line a question: what the reader needs, and what the rules alone would answer.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from bench.calibrate import read_question
from bench.questions import GOLD, is_right, load, read_folder
from bench.rooms import KINDS as ROOMS
from parallel_nb.api.schema.fields import parse_type
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.reader.decide import decide
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker.pairs import KINDS, pairs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.signals import Asked

#: Questions of a made room, which are alike.
_OF_A_MADE_ROOM = 80
SAMPLES = "samples"


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


def cases(index: Index, questions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the network reads of each question."""
    for question, reading, asked in asked_of(index, questions):
        field, asks = asked.field, asked.question
        decision = decide(find_evidence(reading, field, asks), asked, nullable=True)
        pages = set(question.get("pages") or ())
        pairs = pairs_of(
            reading.request.text, field, find_evidence(reading, field, asks, is_open=True)
        )
        yield {
            "is_answerable": question["answer"] is not None,
            "rules": {
                "is_null": decision.value is None,
                "is_right": is_right(decision.value, question),
                "confidence": decision.confidence,
            },
            "candidates": [
                {
                    "key": str(pair.item.candidate.key),
                    "is_right": is_right(pair.item.candidate.value, question),
                    "is_there": pair.item.document.url.partition("#")[0] in pages,
                    "pieces": pair.pieces,
                    "passage": pair.passage,
                    "span": pair.span,
                    "signals": [round(signal, 4) for signal in pair.signals],
                }
                for pair in pairs
            ],
        }


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Make examples for the ranker.")
    parser.add_argument("rooms", nargs="+", help="folders, rooms of bench/rooms, or samples")
    parser.add_argument("--to", type=Path, required=True, help="folder for a file a room")
    options = parser.parse_args(arguments)
    options.to.mkdir(parents=True, exist_ok=True)
    for name in options.rooms:
        path = options.to / f"{Path(name).name}.jsonl"
        lines = [json.dumps(case) for case in cases(*open_room(name))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(lines)} questions", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
