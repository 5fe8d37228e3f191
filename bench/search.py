"""How well the embedded engine's search finds the expected pages.

    python bench/search.py [--wrong]

Each question of tests/engine/gold/search.jsonl names the pages that answer it. Recall@3 is
the share of them among the first three hits (of three at most), MRR the mean of one over
the rank of the first of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.index.fulltext import Index

GOLD = Path(__file__).parent.parent / "tests" / "engine" / "gold" / "search.jsonl"
#: So many hits are a page of results in the lessons.
SHOWN = 3
_LOOKED_AT = 10


@dataclass(frozen=True)
class Found:
    """One question with the pages that were found."""

    question: dict[str, Any]
    urls: list[str]
    seconds: float

    @property
    def recall(self) -> float:
        """The share of the expected pages among the first three."""
        pages = set(self.question["pages"])
        return len(pages & set(self.urls[:SHOWN])) / min(SHOWN, len(pages))

    @property
    def reciprocal_rank(self) -> float:
        """One over the rank of the first expected page; 0 where none was found."""
        pages = set(self.question["pages"])
        ranks = [rank for rank, url in enumerate(self.urls, 1) if url in pages]
        return 1 / ranks[0] if ranks else 0.0


def find(index: Index, path: Path = GOLD) -> list[Found]:
    """Put every question of a file to the index."""
    results = []
    for line in path.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        start = time.perf_counter()
        hits = index.search([question["query"]], limit=_LOOKED_AT)
        seconds = time.perf_counter() - start
        results.append(Found(question, [hit.document.url for hit in hits], seconds))
    return results


def mean(values: list[float]) -> float:
    """The mean of some figures."""
    return sum(values) / len(values)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="The figures of the engine's search.")
    parser.add_argument("--wrong", action="store_true", help="also print what was not found")
    options = parser.parse_args(arguments)
    found = find(Index.build(load_corpus(None)))
    recall = mean([one.recall for one in found])
    rank = mean([one.reciprocal_rank for one in found])
    times = sorted(one.seconds * 1000 for one in found)
    print(f"{len(found)} searches: recall@{SHOWN} {recall:.3f}, MRR {rank:.3f}")
    print(f"ms a search: median {times[len(times) // 2]:.1f}, longest {times[-1]:.1f}")
    for one in found if options.wrong else ():
        if one.recall < 1 or one.reciprocal_rank < 1:
            print(f"\n{one.question['id']} {one.question['query']} ({one.recall:.2f})")
            print("  expected", *(url.split("/", 2)[2] for url in one.question["pages"]))
            print("  found   ", *(url.split("/", 2)[2] for url in one.urls[:5]))


if __name__ == "__main__":
    main(sys.argv[1:])
