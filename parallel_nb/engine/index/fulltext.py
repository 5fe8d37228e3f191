"""The full-text index: passages of a corpus in tantivy, ranked by BM25 over stemmed words.

Several queries are fused by their scores, each scaled by its best hit (rank fusion was
measured to be worse). The texts themselves stay in the corpus; the index on disk can
be thrown away and is made anew when the corpus changes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import tantivy

from parallel_nb.engine.corpus.duplicates import sketch
from parallel_nb.engine.corpus.passages import passages
from parallel_nb.engine.corpus.words import STOP_STEMS, stems
from parallel_nb.engine.index.excerpts import choose_excerpts
from parallel_nb.engine.index.passage_index import open_index, passage_of_key
from parallel_nb.engine.index.policy import allows, is_open
from parallel_nb.engine.index.queries import query_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from parallel_nb.api.types import SourcePolicy
    from parallel_nb.engine.corpus.documents import Corpus, Document

#: Weights of a word in a title and in a heading; in the text it has 1. These figures and those
#: below are ours, chosen with `bench/search.py` on `tests/engine/gold/search.jsonl`.
_TITLE_BOOST: Final = 0.5
_HEADING_BOOST: Final = 0.4
#: Weight of the objective where there are queries; alone it has 1.
_OBJECTIVE_WEIGHT: Final = 0.3
#: Weights of a document's second and third best passages; the best has 1.
_MORE_PASSAGES: Final = (0.15, 0.1)
#: The part of a document's score that depends on the share of the query's words in it.
_COVERAGE: Final = 0.8
#: Exponent of the inverse document frequency in that share: rare words count more.
_RARITY: Final = 2.0
#: Factor for stop words.
_STOP_WORD: Final = 0.1
#: Bonus for a title that the query spells out.
_TITLE_IN_QUERY: Final = 0.8
#: Takes the place of a passage's number where the title is meant.
_TITLE: Final = -1
_PASSAGES_PER_HIT: Final = 3
_MAX_QUERY_WORDS: Final = 64


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found."""

    document: Document
    #: From 0 to about 2 for each full query; comparable within one search.
    score: float
    #: Its matching passages, best first, verbatim; three at most.
    passages: tuple[str, ...]


class PassageHit(NamedTuple):
    """A passage that was found."""

    document_id: int
    #: Its number in the document.
    number: int
    #: From 0 to 1; the best of a query has 1.
    score: float


class Index:
    """A corpus that can be searched. Safe to use from several threads.

    Examples:
        >>> from parallel_nb.engine.corpus.documents import load_corpus
        >>> index = Index.build(load_corpus())
        >>> index.search(["capital of Bhutan"])[0].document.title
        'Bhutan'
    """

    def __init__(self, corpus: Corpus, passage_index: tantivy.Index) -> None:
        """Use `Index.build`."""
        self.corpus = corpus
        self._schema = passage_index.schema
        self._searcher = passage_index.searcher()
        self._by_url: dict[str, Document] = {}
        for document in corpus.documents:
            self._by_url.setdefault(_normalized(document.url), document)
        # per index, so that two corpora in one process never share answers
        self.idf = lru_cache(maxsize=50_000)(self._idf)
        self._digest_of = lru_cache(maxsize=50_000)(self._digest)
        self._stems_of = lru_cache(maxsize=20_000)(self._stem_set)
        self.passages = lru_cache(maxsize=5_000)(passages)

    @classmethod
    def build(cls, corpus: Corpus, directory: Path | None = None) -> Index:
        """Index a corpus, in memory or below `directory`, where a fitting one is reopened."""
        return cls(corpus, open_index(corpus, directory))

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.corpus.documents)

    def _idf(self, stem: str) -> float:
        """How rare a stem is: BM25's inverse document frequency, a tenth for stop words."""
        total = max(1, self._searcher.num_docs)
        count = self._searcher.doc_freq("body", stem)
        weight = math.log(1 + (total - count + 0.5) / (count + 0.5))
        return weight * _STOP_WORD if stem in STOP_STEMS else weight

    def document(self, url: str) -> Document | None:
        """The document with this address; a trailing slash or `http` makes no difference."""
        return self._by_url.get(_normalized(url))

    def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        policy: SourcePolicy | None = None,
        objective: str | None = None,
    ) -> list[Hit]:
        """Find the documents that match best.

        Args:
            queries: a few words each; they are fused.
            limit: how many documents at most.
            policy: which documents may be used.
            objective: a longer text that says what is wanted; it counts less than a query.

        Returns:
            The documents, best first.
        """
        weighted = [(query, 1.0) for query in queries if query.strip()]
        if objective and objective.strip():
            weighted.append((objective, _OBJECTIVE_WEIGHT if weighted else 1.0))
        scores: defaultdict[int, float] = defaultdict(float)
        passage_scores: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for query, weight in weighted:
            hits = self.find_passages(query, limit=max(50, limit * 8), policy=policy)
            shares = self._query_shares(query)
            for document_id, found in _by_document(hits).items():
                ranked = sorted(found.values(), reverse=True)
                more = zip(_MORE_PASSAGES, ranked[1:], strict=False)
                score = ranked[0] + sum(part * other for part, other in more)
                score *= self._coverage(shares, document_id, found)
                scores[document_id] += weight * score
                totals = passage_scores[document_id]
                for number, value in found.items():
                    totals[number] = totals.get(number, 0.0) + weight * value
        best = self.without_duplicates(sorted(scores, key=lambda number: (-scores[number], number)))
        return [
            self._hit(number, scores[number], passage_scores[number])
            for number in islice(best, limit)
        ]

    def without_duplicates(self, numbers: Iterable[int]) -> Iterator[int]:
        """Documents in their order, of those with the same words the first."""
        seen: set[bytes] = set()
        for number in numbers:
            digest = self._digest_of(number)
            if digest not in seen:
                seen.add(digest)
                yield number

    def _digest(self, number: int) -> bytes:
        document = self.corpus.documents[number]
        return (document.sketch or sketch(document.text, document.title)).digest

    def _query_shares(self, query: str) -> dict[str, float]:
        """A query's stems with their shares of it; rare words have most of it."""
        words = list(query_weights(query).items())[:_MAX_QUERY_WORDS]
        weights = {word: weight * self.idf(word) ** _RARITY for word, weight in words}
        total = sum(weights.values()) or 1.0
        return {word: weight / total for word, weight in weights.items()}

    def _coverage(
        self, shares: dict[str, float], document_id: int, numbers: Iterable[int]
    ) -> float:
        """A factor for a document as a whole: by the share of the query's words that it holds.

        A page with the one rare word that tells is better than one with two that stand
        everywhere. A title that the query spells out counts more, since a page so called is
        about the thing.
        """
        title = self._stems_of(document_id, _TITLE)
        words = title.union(*(self._stems_of(document_id, number) for number in numbers))
        # in the query's order, so that the sum is the same in every process
        covered = math.fsum([share for word, share in shares.items() if word in words])
        in_title = [share for word, share in shares.items() if word in title]
        spelt_out = len(in_title) / max(1, len(title))
        title_factor = 1 + _TITLE_IN_QUERY * math.fsum(in_title) * spelt_out
        return (1 - _COVERAGE + _COVERAGE * covered) * title_factor

    def _stem_set(self, document_id: int, number: int) -> frozenset[str]:
        """The stems of a document's title, or of one of its passages."""
        document = self.corpus.documents[document_id]
        if number == _TITLE:
            return frozenset(stems(document.title))
        passage = self.passages(document.text)[number]
        return frozenset(stems(document.text[passage.start : passage.end]))

    def _hit(self, document_id: int, score: float, passage_scores: dict[int, float]) -> Hit:
        document = self.corpus.documents[document_id]
        cut = self.passages(document.text)
        best = sorted(passage_scores, key=lambda number: (-passage_scores[number], number))
        texts = (document.text[cut[n].start : cut[n].end] for n in best[:_PASSAGES_PER_HIT])
        return Hit(document, score, tuple(texts))

    def find_passages(
        self, query: str, *, limit: int, policy: SourcePolicy | None = None
    ) -> list[PassageHit]:
        """Find the passages that match best.

        Args:
            query: a few words.
            limit: how many passages at most.
            policy: which documents may be used.

        Returns:
            The passages, best first.
        """
        wanted = self._query(query)
        if wanted is None:
            return []
        if not is_open(policy):
            allowed = [d.id for d in self.corpus.documents if allows(policy, d)]
            is_allowed = tantivy.Query.term_set_query(self._schema, "document", allowed)
            wanted = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, wanted),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(is_allowed, 0.0)),
                ]
            )
        hits = self._searcher.search(wanted, limit=max(1, limit), count=False).hits
        if not hits:
            return []
        keys = self._searcher.fast_field_values("key", [address for _, address in hits])
        best = hits[0][0] or 1.0
        found = [
            PassageHit(*passage_of_key(int(key)), score / best)
            for (score, _), key in zip(hits, keys, strict=True)
            if key is not None
        ]
        return sorted(found, key=lambda hit: (-hit.score, hit.document_id, hit.number))

    def _query(self, text: str) -> tantivy.Query | None:
        words = query_weights(text) or dict.fromkeys(stems(text), 1.0)
        parts = []
        for word, weight in list(words.items())[:_MAX_QUERY_WORDS]:
            term = tantivy.Query.term_query(self._schema, "body", word, "freq")
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight)))
            # what is rare among titles (`companies`) need not be rare: the body's figures count
            for field, boost in (("title", _TITLE_BOOST), ("heading", _HEADING_BOOST)):
                term = tantivy.Query.term_query(self._schema, field, word, "freq")
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
        """The parts of a document that bear on the queries, verbatim, best first.

        Args:
            document: one of the corpus.
            queries: what is asked for.
            max_chars: characters in all.
            max_chars_per_excerpt: characters of one excerpt.
        """
        words = dict.fromkeys(word for query in queries for word in stems(query))
        return choose_excerpts(
            document.text,
            {word: self.idf(word) for word in words},
            max_chars=max_chars,
            max_chars_per_excerpt=max_chars_per_excerpt,
            cut=self.passages,
        )


def _by_document(hits: list[PassageHit]) -> dict[int, dict[int, float]]:
    """Scores by number of passage, by document."""
    grouped: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for hit in hits:
        grouped[hit.document_id][hit.number] = hit.score
    return grouped


def _normalized(url: str) -> str:
    """An address without what does not tell pages apart."""
    bare = url.strip().split("#", maxsplit=1)[0].rstrip("/")
    for scheme in ("https://", "http://"):
        if bare.lower().startswith(scheme):
            host, slash, path = bare[len(scheme) :].partition("/")
            return host.lower().removeprefix("www.") + slash + path
    return bare
