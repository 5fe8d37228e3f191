"""How well searches find the expected pages by words alone, and by words and meaning.

    python -m bench.semantic          # needs parallel-nb[semantic]; two minutes

Each question is put as "prompt, field, description". A page that answers it should stand first:
nDCG@10 of the first such page, and whether one is among the first 1, 3 and 5 pages, or passages.
The rooms of `bench/rooms/written` are asked each by itself and all as one room. The weight was
not chosen by these figures; of two texts to embed, that with title and headings was, by most sets.

On 26 November 2026 (words > words and meaning): all eight rooms as one, 384 questions: nDCG@10
89.7 > 90.8, first page 77.9 > 78.9, among three 94.3 > 96.1, among five 97.4 > 99.2; passages
68.0 > 71.4, 89.6 > 92.7, 94.8 > 96.9. The questions of the sample documents that nothing was tuned
on (holdout3): nDCG@10 93.4 > 94.9. Made rooms: contracts 100 > 100, portfolio 91.2 > 90.1. A
quarter of the first among 103,069 passages (all of `bench.rooms` and the samples):
nDCG@10 83.5 > 85.2, first page 69.8 > 70.8, among five 92.7 > 94.8; passages 54.2 > 61.5,
81.2 > 84.4, 87.5 > 92.7. Answers of the reader: 286 of 537 right > 286, wrong 78 > 79, ms a
question 19 > 65; so it goes on by words.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.questions import GOLD, load, read_folder
from bench.rooms import KINDS
from parallel_nb.engine.corpus.documents import Corpus, load_corpus
from parallel_nb.engine.index.embedder import PASSAGE_PIECES, QUERY_PIECES, Embedder
from parallel_nb.engine.index.embedding_worker import text_of
from parallel_nb.engine.index.fulltext import Index, PassageHit
from parallel_nb.engine.index.semantic import fuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document

WRITTEN = Path(__file__).parent / "rooms" / "written"
MADE = ("agreements", "contracts", "portfolio")
#: Text of a question, and the addresses of the pages that answer it.
Asked = tuple[str, set[str]]


class Meaning:
    """Ranks by meaning with vectors that are made when they are wanted."""

    def __init__(self, index: Index, embedder: Embedder, vectors: dict[str, Any]) -> None:
        self._index, self._embedder, self._vectors = index, embedder, vectors

    def rescore(self, query: str, hits: list[PassageHit]) -> list[PassageHit]:
        asked = self._embedder.embed(query, QUERY_PIECES)
        return fuse(hits, [float(self._vector(hit) @ asked) for hit in hits])

    def _vector(self, hit: PassageHit) -> Any:
        corpus = self._index.corpus
        passage = corpus.passages_of(hit.document_id)[hit.number]
        text = text_of(corpus.documents[hit.document_id], passage)
        if text not in self._vectors:
            self._vectors[text] = self._embedder.embed(text, PASSAGE_PIECES)
        return self._vectors[text]


def asked_of(questions: list[dict[str, Any]]) -> list[Asked]:
    """The questions that some page answers."""
    return [
        (
            " ".join((one["prompt"], one["field"].replace("_", " "), one["description"])).strip(),
            set(one["pages"]),
        )
        for one in questions
        if one.get("pages") and one["answer"] is not None
    ]


def rooms() -> Iterator[tuple[str, Index, list[Asked]]]:
    """Each room with its questions."""
    documents: list[Document] = []
    everything: list[Asked] = []
    for path in sorted(WRITTEN.glob("*.questions.jsonl")):
        name = path.name.split(".")[0]
        index, questions = read_folder(WRITTEN / name)
        yield name, index, asked_of(questions)
        documents += index.corpus.documents
        everything += asked_of(questions)
    numbered = (dataclasses.replace(one, id=number) for number, one in enumerate(documents))
    yield "all as one", Index.build(Corpus("all", tuple(numbered))), everything
    sample = Index.build(load_corpus(None))
    searches = load(GOLD / "search.jsonl")
    yield "search.jsonl", sample, [(one["query"], set(one["pages"])) for one in searches]
    for name in ("questions", "holdout2", "holdout3"):
        yield name, sample, asked_of(load(GOLD / f"{name}.jsonl"))
    for name in MADE:
        room = KINDS[name]()
        yield name, room.index(), asked_of(room.questions)


def figures(index: Index, asked: list[Asked], meaning: Meaning | None) -> list[float]:
    """nDCG@10, and the shares of questions with a right page among 1, 3, 5 pages and passages."""
    pages, passages = [], []
    for query, right in asked:
        rescore = meaning.rescore if meaning else None
        urls = [hit.document.url for hit in index.search([query], rescore=rescore)]
        pages.append(_rank(urls, right))
        hits = index.find_passages(query, limit=200)
        hits = rescore(query, hits) if rescore else hits
        numbers = [hit.document_id for hit in hits[:5]]
        passages.append(_rank([index.corpus.documents[n].url for n in numbers], right))
    gains = [1 / math.log2(rank + 1) if rank <= 10 else 0.0 for rank in pages]
    shares = [sum(rank <= n for rank in ranks) for ranks in (pages, passages) for n in (1, 3, 5)]
    return [100 * figure / len(asked) for figure in (sum(gains), *shares)]


def _rank(urls: list[str], right: set[str]) -> float:
    return next((rank for rank, url in enumerate(urls, 1) if url in right), math.inf)


def main() -> None:
    embedder = Embedder()
    vectors: dict[str, Any] = {}
    heads = ("nDCG@10", *(f"{what}@{n}" for what in ("page", "passage") for n in (1, 3, 5)))
    print(f"{'room':<14}{'':<9}" + "".join(f"{head:>11}" for head in heads))
    for name, index, asked in rooms():
        ways = {"words": None, "both": Meaning(index, embedder, vectors)}
        for way, meaning in ways.items():
            shown = "".join(f"{figure:>11.1f}" for figure in figures(index, asked, meaning))
            print(f"{name:<14}{way:<9}{shown}", flush=True)


if __name__ == "__main__":
    main()
