"""The full-text index: passages of a corpus in tantivy, ranked by BM25 over stemmed words.

Several queries are fused by their scores, each scaled by its best hit (rank fusion was
measured to be worse). The texts themselves stay in the room; the index can be thrown away and
made anew from them.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import msgspec
import tantivy

from parallel_nb.api.types import SourcePolicy
from parallel_nb.engine.corpus.words import STOP_STEMS, stems
from parallel_nb.engine.index.passage_index import (
    PassageWriter,
    index_in_memory,
    key_of_passage,
    passage_of_key,
)
from parallel_nb.engine.index.policy import allows, is_open
from parallel_nb.engine.index.queries import query_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from parallel_nb.engine.corpus.documents import Corpus, Document, Room

    #: Ranks the passages that were found for a query anew, best first.
    Rescore = Callable[[str, list["PassageHit"]], list["PassageHit"]]

T = TypeVar("T")
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
_PASSAGES_PER_HIT: Final = 3
_MAX_QUERY_WORDS: Final = 64
#: Passages of a query that are ranked anew where there is something to rank them by.
_RESCORED: Final = 200
#: Words whose presence one search can tell: a score is exact in so many bits.
_WORDS_AT_ONCE: Final = 24
#: How many queries are kept with what they found, some 100 hits each, and the longest of them.
_KEPT_QUERIES: Final = 64
_KEPT_CHARS: Final = 300


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
    #: How many stems the document's title has.
    title_stems: int


@dataclass(slots=True)
class _Held:
    """What a document that was found holds of a query."""

    words: set[str] = field(default_factory=set)
    in_title: set[str] = field(default_factory=set)
    title_stems: int = 0


class Index:
    """A room as it is at one moment, which can be searched. Safe to use from several threads.

    Examples:
        >>> from parallel_nb.engine.corpus.documents import load_corpus
        >>> index = Index.build(load_corpus())
        >>> index.search(["capital of Bhutan"])[0].document.title
        'Bhutan'
    """

    def __init__(
        self, corpus: Room, passage_index: tantivy.Index, kept: dict[str, Any] | None = None
    ) -> None:
        """Search the documents of a room in the index of their passages.

        Args:
            corpus: the room.
            passage_index: the passages of its documents.
            kept: what readers have kept of the room as it was before.
        """
        self.corpus = corpus
        #: What readers keep of a room, which is handed on to the index of the room as it is next.
        self.kept: dict[str, Any] = {} if kept is None else kept
        #: What is made of the room as it is now: `finder.once`.
        self.made: dict[str, Callable[..., Any]] = {}
        self._schema = passage_index.schema
        self._searcher = passage_index.searcher()
        # per index, so that two corpora in one process never share answers
        self.idf = lru_cache(maxsize=50_000)(self._idf)
        self._digest_of = lru_cache(maxsize=50_000)(self._digest)
        self._allowed = lru_cache(maxsize=8)(self._allowed_by)
        # a run asks several times for the passages that name its subject
        self._naming = lru_cache(maxsize=_KEPT_QUERIES)(self._find)

    @classmethod
    def build(cls, corpus: Corpus) -> Index:
        """Index a corpus in memory."""
        index = index_in_memory()
        writer = PassageWriter(index)
        for document in corpus.documents:
            cut = corpus.passages_of(document.id)
            writer.add(document.id, document.title, document.text, cut)
        writer.close()
        return cls(corpus, index)

    def __len__(self) -> int:
        """The number of documents."""
        return len(self.corpus.documents)

    @property
    def passage_count(self) -> int:
        """The number of passages."""
        return int(self._searcher.num_docs)

    def _idf(self, stem: str) -> float:
        """How rare a stem is: BM25's inverse document frequency, a tenth for stop words."""
        total = max(1, self._searcher.num_docs)
        count = self._searcher.doc_freq("body", stem)
        weight = math.log(1 + (total - count + 0.5) / (count + 0.5))
        return weight * _STOP_WORD if stem in STOP_STEMS else weight

    def has(self, stem: str) -> bool:
        """Whether a stem stands anywhere in the texts."""
        return bool(self._searcher.doc_freq("body", stem))

    def document(self, url: str) -> Document | None:
        """The document with this address; a trailing slash or `http` makes no difference."""
        number = self.corpus.number_at(url)
        return None if number is None else self.corpus.documents[number]

    def of_each(self, name: str, make: Callable[[Document], T]) -> list[T]:
        """What is made of each document, in the order of their numbers.

        It is kept: once the room has changed, it is made of the new documents alone.

        Args:
            name: under which it is kept, with the same `make` each time.
            make: what is made of a document; it may look at nothing else.
        """
        kept: dict[int, T] = self.kept.get(name, {})
        documents = self.corpus.documents
        # what is new is not entered into what another thread may be reading
        made = {
            number: kept[number] if number in kept else make(documents[number])
            for number in sorted(self.corpus.numbers())
        }
        self.kept[name] = made
        return list(made.values())

    def search(
        self,
        queries: Sequence[str],
        *,
        limit: int = 10,
        policy: SourcePolicy | None = None,
        objective: str | None = None,
        rescore: Rescore | None = None,
    ) -> list[Hit]:
        """Find the documents that match best.

        Args:
            queries: a few words each; they are fused.
            limit: how many documents at most.
            policy: which documents may be used.
            objective: a longer text that says what is wanted; it counts less than a query.
            rescore: ranks the passages of each query anew.

        Returns:
            The documents, best first.
        """
        weighted = [(query, 1.0) for query in queries if query.strip()]
        if objective and objective.strip():
            weighted.append((objective, _OBJECTIVE_WEIGHT if weighted else 1.0))
        scores: defaultdict[int, float] = defaultdict(float)
        passage_scores: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for query, weight in weighted:
            most = max(50, limit * 8)
            looked_at = max(_RESCORED, most) if rescore else most
            hits = self.find_passages(query, limit=looked_at, policy=policy)
            if rescore:
                hits = rescore(query, hits)[:most]
            shares = self._query_shares(query)
            held = self._words_of_documents(list(shares), hits)
            for document_id, found in _by_document(hits).items():
                ranked = sorted(found.values(), reverse=True)
                more = zip(_MORE_PASSAGES, ranked[1:], strict=False)
                score = ranked[0] + sum(part * other for part, other in more)
                score *= _coverage(shares, held[document_id])
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
        return self.corpus.sketch_of(number).digest

    def _query_shares(self, query: str) -> dict[str, float]:
        """A query's stems with their shares of it; rare words have most of it."""
        words = list(query_weights(query).items())[:_MAX_QUERY_WORDS]
        weights = {word: weight * self.idf(word) ** _RARITY for word, weight in words}
        total = sum(weights.values()) or 1.0
        return {word: weight / total for word, weight in weights.items()}

    def _words_of_documents(
        self, words: list[str], hits: Sequence[PassageHit]
    ) -> defaultdict[int, _Held]:
        """Which of some stems stand in the titles and passages that were found, by document."""
        keys = [key_of_passage(hit.document_id, hit.number) for hit in hits]
        held: defaultdict[int, _Held] = defaultdict(_Held)
        for hit in hits:
            held[hit.document_id].title_stems = hit.title_stems
        terms = [(place, word) for place in ("title", "body") for word in words]
        for key, present in self.words_present(terms, ("key", keys), len(keys)).items():
            found = held[passage_of_key(key)[0]]
            found.words.update(word for _, word in present)
            found.in_title.update(word for place, word in present if place == "title")
        return held

    def words_present(
        self, terms: Sequence[tuple[str, str]], among: tuple[str, Sequence[int]], count: int
    ) -> dict[int, set[tuple[str, str]]]:
        """Which words stand in which fields of which passages, told without their texts.

        Each of them adds a power of two to a passage's score, so the score says which are there.

        Args:
            terms: the fields (`body`, `heading` or `title`), each with a stem.
            among: the passages: `key` or `document`, and its values.
            count: how many passages these are.

        Returns:
            Those of the terms that are there by the passage's key; without passages that hold none.
        """
        found: dict[int, set[tuple[str, str]]] = {}
        if not count:
            return found
        chosen = tantivy.Query.term_set_query(self._schema, among[0], list(among[1]))
        is_chosen = (tantivy.Occur.Must, tantivy.Query.const_score_query(chosen, 0.0))
        for first in range(0, len(terms), _WORDS_AT_ONCE):
            some = terms[first : first + _WORDS_AT_ONCE]
            asked = (tantivy.Query.term_query(self._schema, *term, "basic") for term in some)
            bits = [
                (tantivy.Occur.Should, tantivy.Query.const_score_query(term, float(1 << bit)))
                for bit, term in enumerate(asked)
            ]
            query = tantivy.Query.boolean_query([is_chosen, *bits])
            hits = self._searcher.search(query, limit=count, count=False).hits
            keys = self._searcher.fast_field_values("key", [address for _, address in hits])
            for (score, _), key in zip(hits, keys, strict=True):
                # in binary, the last digit is the first term's
                digits = f"{int(score):b}"[::-1]
                if score and key is not None:
                    held = found.setdefault(int(key), set())
                    held.update(compress(some, map(int, digits)))
        return found

    def _hit(self, document_id: int, score: float, passage_scores: dict[int, float]) -> Hit:
        document = self.corpus.documents[document_id]
        cut = self.corpus.passages_of(document_id)
        best = sorted(passage_scores, key=lambda number: (-passage_scores[number], number))
        texts = (document.text[cut[n].start : cut[n].end] for n in best[:_PASSAGES_PER_HIT])
        return Hit(document, score, tuple(texts))

    def find_passages(
        self,
        query: str,
        *,
        limit: int,
        policy: SourcePolicy | None = None,
        within: int | None = None,
    ) -> list[PassageHit]:
        """Find the passages that match best.

        Args:
            query: a few words.
            limit: how many passages at most.
            policy: which documents may be used.
            within: the number of the one document that is searched; None for all.

        Returns:
            The passages, best first.
        """
        if policy is not None and is_open(policy):
            policy = None
        if policy is None and within is None and len(query) <= _KEPT_CHARS:
            return list(self._naming(query, limit))
        return self._find(query, limit, policy, within)

    def _find(
        self,
        query: str,
        limit: int,
        policy: SourcePolicy | None = None,
        within: int | None = None,
    ) -> list[PassageHit]:
        wanted = self._query(query)
        if wanted is None:
            return []
        if policy is not None:
            is_allowed = self._allowed(msgspec.json.encode(policy))
            wanted = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, is_allowed)]
            )
        if within is not None:
            one = tantivy.Query.term_query(self._schema, "document", within)
            is_within = tantivy.Query.const_score_query(one, 0.0)
            wanted = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, is_within)]
            )
        hits = self._searcher.search(wanted, limit=max(1, limit), count=False).hits
        if not hits:
            return []
        addresses = [address for _, address in hits]
        keys, lengths = (
            self._searcher.fast_field_values(field, addresses) for field in ("key", "title_stems")
        )
        best = hits[0][0] or 1.0
        found = [
            PassageHit(*passage_of_key(int(key)), score / best, int(length))
            for (score, _), key, length in zip(hits, keys, lengths, strict=True)
            if key is not None and length is not None
        ]
        return sorted(found, key=lambda hit: (-hit.score, hit.document_id, hit.number))

    def _allowed_by(self, policy: bytes) -> tantivy.Query:
        """What matches the documents that an encoded policy lets through."""
        decoded = msgspec.json.decode(policy, type=SourcePolicy)
        allowed = [head.id for head in self.corpus.heads() if allows(decoded, head)]
        chosen = tantivy.Query.term_set_query(self._schema, "document", allowed)
        return tantivy.Query.const_score_query(chosen, 0.0)

    def _query(self, text: str) -> tantivy.Query | None:
        words = query_weights(text) or dict.fromkeys(stems(text), 1.0)
        parts = []
        for word, weight in list(words.items())[:_MAX_QUERY_WORDS]:
            term = tantivy.Query.term_query(self._schema, "body", word, "freq")
            parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(term, weight)))
            # what is rare among titles (`companies`) need not be rare: the body's figures count
            for place, boost in (("title", _TITLE_BOOST), ("heading", _HEADING_BOOST)):
                term = tantivy.Query.term_query(self._schema, place, word, "freq")
                score = boost * weight * self.idf(word)
                parts.append((tantivy.Occur.Should, tantivy.Query.const_score_query(term, score)))
        return tantivy.Query.boolean_query(parts) if parts else None


def _coverage(shares: dict[str, float], held: _Held) -> float:
    """A factor for a document as a whole: by the share of the query's words that it holds.

    A page with the one rare word that tells is better than one with two that stand everywhere. A
    title that the query spells out counts more, since a page so called is about the thing.
    """
    # in the query's order, so that the sum is the same in every process
    covered = math.fsum([share for word, share in shares.items() if word in held.words])
    in_title = [share for word, share in shares.items() if word in held.in_title]
    spelt_out = len(in_title) / max(1, held.title_stems)
    title_factor = 1 + _TITLE_IN_QUERY * math.fsum(in_title) * spelt_out
    return (1 - _COVERAGE + _COVERAGE * covered) * title_factor


def _by_document(hits: list[PassageHit]) -> dict[int, dict[int, float]]:
    """Scores by number of passage, by document."""
    grouped: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for hit in hits:
        grouped[hit.document_id][hit.number] = hit.score
    return grouped
