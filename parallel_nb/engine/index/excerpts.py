"""Excerpts: the parts of a document that bear on a question, cut at sentence ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import lines, passages, sentences
from parallel_nb.engine.corpus.words import stems
from parallel_nb.engine.index.passage_index import key_of_passage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Passage
    from parallel_nb.engine.index.fulltext import Index

#: No excerpt is begun with less room than this, in characters.
_SHORTEST: Final = 40
#: Words of the queries by which excerpts are chosen.
_MAX_WORDS: Final = 200
#: A passage that matches less than this part of the best one is left out.
_PART_OF_BEST: Final = 1 / 3


class Excerpts:
    """Excerpts of several documents for the same queries, whose words are looked up once.

    Examples:
        >>> chosen = Excerpts(index, documents, ["rent in 2024"])  # doctest: +SKIP
        >>> chosen.of(documents[0], max_chars=500, max_chars_per_excerpt=200)  # doctest: +SKIP
    """

    def __init__(self, index: Index, documents: Sequence[Document], queries: Sequence[str]) -> None:
        """Look up which words of the queries stand in which passages of these documents."""
        words = list(dict.fromkeys(word for query in queries for word in stems(query)))
        self._weights = {word: index.idf(word) for word in words[:_MAX_WORDS]}
        self._passages = {each.id: index.corpus.passages_of(each.id) for each in documents}
        count = sum(map(len, self._passages.values()))
        of_documents = ("document", list(self._passages))
        terms = [(field, word) for field in ("body", "heading") for word in self._weights]
        self._present = index.words_present(terms, of_documents, count)

    def of(self, document: Document, *, max_chars: int, max_chars_per_excerpt: int) -> list[str]:
        """The excerpts of one of the documents, verbatim, best first; see `choose_excerpts`."""
        return choose_excerpts(
            document.text,
            self._weights,
            max_chars=max_chars,
            max_chars_per_excerpt=max_chars_per_excerpt,
            scored=[(self._score(document, each), each) for each in self._passages[document.id]],
        )

    def _score(self, document: Document, passage: Passage) -> float:
        """How well a passage matches: a word in the heading above it counts half."""
        key = key_of_passage(document.id, passage.number)
        present = self._present.get(key, set())
        held = {word for field, word in present if field == "body"}
        if not held:
            return 0.0
        above = {word for field, word in present if field == "heading"} - held
        found = math.fsum(self._weights[word] for word in held)
        return found + math.fsum(self._weights[word] for word in above) / 2


def choose_excerpts(
    text: str,
    weights: Mapping[str, float],
    *,
    max_chars: int,
    max_chars_per_excerpt: int,
    scored: Sequence[tuple[float, Passage]],
) -> list[str]:
    """The passages of `text` that match best, best first; its beginning when none does.

    Args:
        text: the document.
        weights: how much each stemmed word of the question counts.
        max_chars: characters in all; at least one sentence is given, cut if it must be.
        max_chars_per_excerpt: characters of one excerpt.
        scored: its passages in their order, each with how well it matches.

    Returns:
        Verbatim slices of `text`.

    Examples:
        >>> text = "Anvils are heavy. They fall."
        >>> weights = {"anvil": 1.0}
        >>> scored = score_passages(text, weights)
        >>> choose_excerpts(text, weights, max_chars=20, max_chars_per_excerpt=20, scored=scored)
        ['Anvils are heavy.']
    """
    best = sorted((entry for entry in scored if entry[0] > 0), key=lambda e: (-e[0], e[1].number))
    chosen: list[str] = []
    left = max_chars
    for score, passage in best or scored[:1]:
        if chosen and (left < _SHORTEST or score < _PART_OF_BEST * best[0][0]):
            break
        excerpt = _fit(text, passage, min(left, max_chars_per_excerpt), weights)
        if excerpt and not (chosen and len(excerpt) > left):
            chosen.append(excerpt)
            left -= len(excerpt)
    return chosen


def score_passages(text: str, weights: Mapping[str, float]) -> list[tuple[float, Passage]]:
    """The passages of a short text, each with the weights of the words in it."""
    return [(_score(text[each.start : each.end], weights), each) for each in passages(text)]


def _score(text: str, weights: Mapping[str, float]) -> float:
    """The weights of the words that stand in a text."""
    return math.fsum(weights.get(word, 0.0) for word in set(stems(text))) if weights else 0.0


def _fit(text: str, passage: Passage, room: int, weights: Mapping[str, float]) -> str:
    """The passage, or where it is too long the sentences in it that match best."""
    if passage.end - passage.start <= room:
        return text[passage.start : passage.end]
    split = sentences if passage.kind == "prose" else lines
    parts = list(split(text, passage.start, passage.end))
    if not parts:
        return ""
    scores = [_score(text[start:end], weights) for start, end in parts]
    first = last = max(range(len(parts)), key=lambda n: (scores[n], -n))
    for step in _outwards(first, len(parts)):
        low, high = min(first, step), max(last, step)
        if parts[high][1] - parts[low][0] > room:
            break
        first, last = low, high
    start, end = parts[first][0], parts[last][1]
    return text[start:end] if end - start <= room else _cut_words(text[start:end], room)


def _outwards(middle: int, count: int) -> Iterator[int]:
    """The numbers after `middle` and before it, by turns."""
    for distance in range(1, count):
        if middle + distance < count:
            yield middle + distance
        if middle - distance >= 0:
            yield middle - distance


def _cut_words(text: str, room: int) -> str:
    """The beginning of a text, cut between words; without a mark, since excerpts are verbatim."""
    if room <= 0:
        return ""
    head = text[:room]
    cut = head.rfind(" ")
    return head[:cut].rstrip() if cut > room // 2 else head
