"""The full-text index: passages of a corpus in tantivy, ranked by BM25 over stemmed words.

Several queries are fused by their scores, each scaled by its best hit (rank fusion was
measured to be worse). The texts themselves stay in the corpus; the index on disk can
be thrown away and is made anew when the corpus changes.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tantivy

from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.words import STOP_STEMS, make_analyzer, query_weights, stems
from parallel_nb.engine.index.excerpts import choose_excerpts, word_weights
from parallel_nb.engine.index.policy import allows, is_open

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.corpus.documents import Corpus, Document

#: Part of the fingerprint: raise it when schema, analyzer or passages change.
_FORMAT: Final = 2
_ANALYZER: Final = "stemmed"
_HEAP: Final = 50_000_000
#: One integer names a passage: the document's id, then its number in these bits.
_NUMBER_BITS: Final = 24
_TITLE_BOOST: Final = 0.5
_HEADING_BOOST: Final = 0.4
#: What the objective counts beside a query; alone it counts fully.
_OBJECTIVE_WEIGHT: Final = 0.3
#: What a document's second and third passages add to its best one.
_MORE_PASSAGES: Final = (0.15, 0.1)
#: How much of a document's score depends on the share of the query's words that it holds.
_WHOLE: Final = 0.8
_RARITY: Final = 2.0
#: What a title adds that is the query.
_NAMED: Final = 0.8
#: Stands for a title where a passage's number is asked for.
_TITLE: Final = -1
_PASSAGES_PER_HIT: Final = 3
_MAX_QUERY_WORDS: Final = 64


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found."""

    document: Document
    #: From 0 to about 2 for each full query; comparable within one search.
    score: float
    #: Its matching passages, best first, verbatim.
    passages: tuple[str, ...]


class Index:
    """A corpus that can be searched. Safe to use from several threads."""

    def __init__(self, corpus: Corpus, engine: tantivy.Index) -> None:
        """Use `Index.build`."""
        self.corpus = corpus
        self._engine = engine
        self._searcher = engine.searcher()
        self._by_url: dict[str, Document] = {}
        for document in corpus.documents:
            self._by_url.setdefault(_plain(document.url), document)
        # per index, so that two corpora in one process never share answers
        self.idf = lru_cache(maxsize=50_000)(self._idf)
        self._words_of = lru_cache(maxsize=20_000)(self._stem_set)
        self.passages = lru_cache(maxsize=5_000)(passages)

    @classmethod
    def build(cls, corpus: Corpus, directory: Path | None = None) -> Index:
        """Index a corpus, in memory or below `directory`, where a fitting one is reopened."""
        engine = _in_memory(corpus) if directory is None else _on_disk(corpus, directory)
        return cls(corpus, engine)

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.corpus.documents)

    def _idf(self, stem: str) -> float:
        total = max(1, self._searcher.num_docs)
        count = self._searcher.doc_freq("body", stem)
        weight = math.log(1 + (total - count + 0.5) / (count + 0.5))
        return weight * 0.1 if stem in STOP_STEMS else weight

    def document(self, url: str) -> Document | None:
        """The document with this address; a trailing slash or `http` makes no difference."""
        return self._by_url.get(_plain(url))

    def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        policy: SourcePolicy | None = None,
        objective: str | None = None,
    ) -> list[Hit]:
        """Find the documents that match best, best first.

        Args:
            queries: a few words each; they are fused.
            limit: how many documents at most.
            policy: which documents may be used.
            objective: a longer text that says what is wanted; it counts less than a query.
        """
        weighted = [(query, 1.0) for query in queries if query.strip()]
        if objective and objective.strip():
            weighted.append((objective, _OBJECTIVE_WEIGHT if weighted else 1.0))
        scores: defaultdict[int, float] = defaultdict(float)
        found: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for query, weight in weighted:
            hits = self.find_passages(query, limit=max(50, limit * 8), policy=policy)
            wanted = self._wanted(query)
            for number, own in _by_document(hits).items():
                ranked = sorted(own.values(), reverse=True)
                more = zip(_MORE_PASSAGES, ranked[1:], strict=False)
                found_here = ranked[0] + sum(part * s for part, s in more)
                scores[number] += weight * found_here * self._whole(wanted, number, own)
                for passage, score in own.items():
                    found[number][passage] = found[number].get(passage, 0.0) + weight * score
        best = sorted(scores, key=lambda number: (-scores[number], number))[:limit]
        return [self._hit(number, scores[number], found[number]) for number in best]

    def _wanted(self, query: str) -> dict[str, float]:
        """A query's words with their shares of it; rare words have most of it."""
        words = list(query_weights(query).items())[:_MAX_QUERY_WORDS]
        worth = {word: weight * self.idf(word) ** _RARITY for word, weight in words}
        total = sum(worth.values()) or 1.0
        return {word: value / total for word, value in worth.items()}

    def _whole(self, wanted: dict[str, float], number: int, own: Iterable[int]) -> float:
        """A factor for a document as a whole: the share of the query's words that it holds.

        A page with the one rare word that tells is better than one with two that stand
        everywhere. A title that the query spells out counts more, since a page so called is
        about the thing.
        """
        title = self._words_of(number, _TITLE)
        words = title.union(*(self._words_of(number, passage) for passage in own))
        # in the query's order, so that the sum is the same in every process
        told = math.fsum([share for word, share in wanted.items() if word in words])
        in_title = [share for word, share in wanted.items() if word in title]
        named, spelt = math.fsum(in_title), len(in_title) / max(1, len(title))
        return (1 - _WHOLE + _WHOLE * told) * (1 + _NAMED * named * spelt)

    def _stem_set(self, number: int, passage: int) -> frozenset[str]:
        document = self.corpus.documents[number]
        if passage == _TITLE:
            return frozenset(stems(document.title))
        piece = self.passages(document.text)[passage]
        return frozenset(stems(document.text[piece.start : piece.end]))

    def _hit(self, number: int, score: float, found: dict[int, float]) -> Hit:
        document = self.corpus.documents[number]
        pieces = self.passages(document.text)
        best = sorted(found, key=lambda passage: (-found[passage], passage))[:_PASSAGES_PER_HIT]
        texts = (document.text[pieces[n].start : pieces[n].end] for n in best)
        return Hit(document, score, tuple(texts))

    def find_passages(
        self, query: str, *, limit: int, policy: SourcePolicy | None = None
    ) -> list[tuple[int, int, float]]:
        """The passages that match: (document id, number, score), the best scored 1."""
        wanted = self._query(query)
        if wanted is None:
            return []
        if not is_open(policy):
            allowed = [d.id for d in self.corpus.documents if allows(policy, d)]
            schema = self._engine.schema
            only = tantivy.Query.term_set_query(schema, "document", allowed)
            wanted = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, wanted),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(only, 0.0)),
                ]
            )
        hits = self._searcher.search(wanted, limit=max(1, limit), count=False).hits
        if not hits:
            return []
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        top = hits[0][0] or 1.0
        made = [
            (int(key) >> _NUMBER_BITS, int(key) & ((1 << _NUMBER_BITS) - 1), score / top)
            for (score, _), key in zip(hits, keys, strict=True)
            if key is not None
        ]
        return sorted(made, key=lambda hit: (-hit[2], hit[0], hit[1]))

    def _query(self, text: str) -> tantivy.Query | None:
        words = query_weights(text) or dict.fromkeys(stems(text), 1.0)
        schema = self._engine.schema
        parts = []
        for word, weight in list(words.items())[:_MAX_QUERY_WORDS]:
            term = tantivy.Query.term_query(schema, "body", word, "freq")
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight)))
            # what is rare among titles (`companies`) need not be rare: the body's figures count
            for field, boost in (("title", _TITLE_BOOST), ("heading", _HEADING_BOOST)):
                term = tantivy.Query.term_query(schema, field, word, "freq")
                score = boost * weight * self.idf(word)
                parts.append((tantivy.Occur.Should, tantivy.Query.const_score_query(term, score)))
        return tantivy.Query.boolean_query(parts) if parts else None

    def excerpts(
        self,
        document: Document,
        queries: Sequence[str],
        *,
        max_chars: int = 3_000,
        max_chars_per_excerpt: int = 1_500,
    ) -> list[str]:
        """The parts of a document that bear on the queries, verbatim, best first."""
        return choose_excerpts(
            document.text,
            word_weights(queries, self.idf),
            max_chars=max_chars,
            max_chars_per_excerpt=max_chars_per_excerpt,
            cut=self.passages,
        )


def _by_document(hits: list[tuple[int, int, float]]) -> dict[int, dict[int, float]]:
    grouped: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for document, number, score in hits:
        grouped[document][number] = score
    return grouped


def _plain(url: str) -> str:
    """An address without what does not tell pages apart."""
    bare = url.strip().split("#", maxsplit=1)[0].rstrip("/")
    for scheme in ("https://", "http://"):
        if bare.lower().startswith(scheme):
            host, slash, path = bare[len(scheme) :].partition("/")
            return host.lower().removeprefix("www.") + slash + path
    return bare


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("title", "heading", "body"):
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    # signed integers: tantivy-py reads a plain 0 as signed and refuses it in unsigned fields
    builder.add_integer_field("document", indexed=True)
    builder.add_integer_field("key", fast=True)
    return builder.build()


def _fill(engine: tantivy.Index, corpus: Corpus) -> tantivy.Index:
    engine.register_tokenizer(_ANALYZER, make_analyzer())
    writer = engine.writer(heap_size=_HEAP, num_threads=1)
    for document in corpus.documents:
        for passage in passages(document.text):
            made = tantivy.Document()
            made.add_text("title", document.title)
            made.add_text("heading", passage.heading)
            made.add_text("body", document.text[passage.start : passage.end])
            made.add_integer("document", document.id)
            made.add_integer("key", document.id << _NUMBER_BITS | passage.number)
            writer.add_document(made)
    writer.commit()
    writer.wait_merging_threads()
    engine.reload()
    return engine


def _in_memory(corpus: Corpus) -> tantivy.Index:
    return _fill(tantivy.Index(_schema()), corpus)


def _on_disk(corpus: Corpus, directory: Path) -> tantivy.Index:
    """Reopen the index of this very corpus, or make it anew and drop the older ones.

    It is made beside its place and moved there when it is whole, so that a process killed
    in between leaves nothing that could be taken for an index.
    """
    name = f"{_FORMAT}-{corpus.fingerprint[:32]}"
    place = directory / name
    if place.is_dir():
        try:
            engine = tantivy.Index.open(str(place))
        except ValueError:
            shutil.rmtree(place, ignore_errors=True)
        else:
            engine.register_tokenizer(_ANALYZER, make_analyzer())
            return engine
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.iterdir():
        if old.is_dir() and re.match(r"\d+-[0-9a-f]{32}\Z", old.name):
            shutil.rmtree(old, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=directory))
    _fill(tantivy.Index(_schema(), path=str(making)), corpus)
    try:
        making.replace(place)
    except OSError:  # another process was quicker: its index is as good
        shutil.rmtree(making, ignore_errors=True)
    engine = tantivy.Index.open(str(place))
    engine.register_tokenizer(_ANALYZER, make_analyzer())
    return engine
