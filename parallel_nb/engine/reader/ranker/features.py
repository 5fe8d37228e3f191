"""What is measured of a candidate, as the trees read it.

Beside what the rules have measured, most of it is where the words of the question stand: those of
the field and those of the input, each by how rare it is, in what stands around the value. The
training (`bench/ranker`) measures by this module, so that both see the same.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from operator import attrgetter, sub
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import STOPWORDS, word_set
from parallel_nb.engine.reader.candidates import tokens
from parallel_nb.engine.reader.language.names import NAME, answer_kind, looks_like_person
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots_of
from parallel_nb.engine.reader.signals import support_of
from parallel_nb.engine.reader.support import SCALE
from parallel_nb.engine.reader.whole import head_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.scope import Place
    from parallel_nb.engine.reader.signals import Asked
    from parallel_nb.engine.reader.statements import Statement

#: The types of fields that are ranked; lists and objects are read by the rules.
KINDS: Final = ("int", "float", "date", "bool", "enum", "str")
_PLACES: Final[tuple[Place, ...]] = (
    "words", "row", "heading", "cell", "before", "topic", "page", "room", "mention",
)  # fmt: skip
_ANSWER_KINDS: Final = ("person", "agent", "org", "place", "country", "any")
#: How many words before and after a value are near it.
_NEAR: Final = 8
#: What was said just before a sentence, in characters.
_BEFORE_CHARS: Final = 160
#: The word before a value, and what it may be.
_LAST_WORD = re.compile(r"\b[^\W_]{1,30}(?=\W{1,3}$)")
_LONGEST_WORD: Final = 30
_BEFORE: Final = tuple(
    map(
        word_set,
        ("a an the", "is are was were be been", "of", "by with from", "for as to", "in on at"),
    )
)
#: Where no word of the question stands in the sentence, in words.
_FAR: Final = 40
_SUPPORT: Final = attrgetter(
    "own", "alone", "noun", "qualified", "described", "stated", "kind", "labelled"
)


class Words:
    """Some words of a question, each with how rare it is."""

    def __init__(self, words: frozenset[str], idf: Callable[[str], float]) -> None:
        """They are roots; stop words are left out."""
        self.words: Final = words - STOP_ROOTS
        self.weights: Final = {word: max(0.5, idf(word)) for word in self.words}
        self._whole: Final = math.fsum(self.weights.values())

    def share(self, found: frozenset[str]) -> float:
        """Which part of them stands in a text, the rare ones counting more."""
        if self.words.isdisjoint(found):
            return 0.0
        return math.fsum(map(self.weights.__getitem__, self.words & found)) / self._whole


def features_of(
    reading: ReadingContext, asked: Asked, evidence: Sequence[Evidence]
) -> list[list[float]]:
    """The features of each candidate of a field.

    Args:
        reading: the run.
        asked: what the field asks.
        evidence: its candidates, best first by the rules.
    """
    idf, request = reading.index.idf, reading.request
    field_words = roots_of(asked.field.text) - asked.subject.words
    nouns = frozenset[str]().union(*(noun.words for noun in asked.question.nouns))
    parts = (
        Words(field_words, idf),
        Words(nouns, idf),
        Words(roots_of(asked.field.name_in_words), idf),
        Words(roots_of(request.text) - field_words, idf),
    )
    keys = Counter[object](item.candidate.key for item in evidence)
    documents: defaultdict[Hashable, set[int]] = defaultdict(set)
    of_value: defaultdict[Hashable, float] = defaultdict(float)
    for item in evidence:
        documents[item.candidate.key].add(item.document.id)
        of_value[item.candidate.key] += item.score
    in_statement = Counter(item.at for item in evidence)
    in_document = Counter(item.document.id for item in evidence)
    trust = {source.document.id: source.trust for source in reading.sources}
    heads = {
        document.id: [words.share(roots_of(head_of(document))) for words in parts]
        for document in {item.document.id: item.document for item in evidence}.values()
    }
    dates = sorted({item.date for item in evidence})
    order = {source.document.id: place for place, source in enumerate(reading.sources)}
    about = {source.document.id for source in reading.sources if source.is_about_subject}
    best = max((item.score for item in evidence), default=0.0)
    kind = asked.field.type.kind
    asked_kind = answer_kind(asked.field.plain_description, asked.field.name_in_words)
    of_question = [
        *(float(kind == each) for each in KINDS),
        *(float(asked_kind == each) for each in _ANSWER_KINDS),
        float(bool(asked.subject.words)), len(parts[0].weights), len(parts[-1].weights),
        math.log1p(len(evidence)), best, len(order),
    ]  # fmt: skip
    # the first of another value: for the first value the next, for all others the first
    top_key, top = (evidence[0].candidate.key, evidence[0].score) if evidence else (None, 0.0)
    top_other = next((e.score for e in evidence if e.candidate.key != top_key), 0.0)
    rows: list[list[float]] = []
    kept: dict[tuple[int, int], list[float]] = {}
    for rank, item in enumerate(evidence):
        if item.at not in kept:
            kept[item.at] = _of_statement(item, parts)
        rival = top_other if item.candidate.key == top_key else top
        support = support_of((item,), rival, is_disputed=False, asked=asked)
        rows.append(
            [
                *of_question,
                _allowance(item),
                item.score,
                item.relevance,
                item.candidate.fit,
                item.whose.sure,
                item.trust,
                item.coverage,
                float(item.by_label),
                float(item.candidate.of_subject),
                float(item.statement.is_fact),
                1 / (1 + rank),
                item.score / max(best, 1e-3),
                _PLACES.index(item.whose.place),
                *_SUPPORT(support),
                SCALE.chance(support),
                math.log1p(keys[item.candidate.key]),
                math.log1p(len(documents[item.candidate.key])),
                of_value[item.candidate.key],
                in_statement[item.at],
                in_document[item.document.id],
                trust.get(item.document.id, 0.0),
                *heads[item.document.id],
                dates.index(item.date) / max(1, len(dates) - 1),
                float(bool(item.document.date)),
                order.get(item.document.id, 99),
                float(item.document.id in about),
                float(item.statement.is_superseded),
                math.log1p(max(0, item.statement.number)),
                *kept[item.at],
                *_of_place(item, parts),
                *_of_value(item, parts),
            ]
        )
    return _beside_the_best(rows, len(of_question))


def _beside_the_best(rows: list[list[float]], start: int) -> list[list[float]]:
    """The features, and beside each how far it is behind the largest of the question."""
    if not rows:
        return rows
    best = list(map(max, *(row[start:] for row in rows))) if len(rows) > 1 else rows[0][start:]
    return [[*row, *map(sub, row[start:], best)] for row in rows]


def _allowance(item: Evidence) -> float:
    """What the rules leave of a score where the clause or post is of another: 1 where all."""
    whole = item.relevance * item.candidate.fit * item.trust
    return min(1.0, item.score / whole) if whole else 0.0


def _of_statement(item: Evidence, parts: Sequence[Words]) -> list[float]:
    """Where the words of the question stand above and in a statement."""
    statement, document = item.statement, item.document
    title = roots_of(document.title)
    above = statement.heading_roots - title
    label = frozenset(statement.label_roots) | statement.section_roots
    before = _said_before(document.text, statement)
    row = statement.row_roots
    value = roots_of(statement.value)
    around = title | above | label | before | row | value
    return [
        *(
            words.share(found)
            for words in parts
            for found in (title, above, label, row, before, value, around)
        ),
        len(statement.label_roots), len(statement.value.split()),
        # what the label says beyond what is asked
        len(label - parts[0].weights.keys() - parts[-1].weights.keys() - STOP_ROOTS),
    ]  # fmt: skip


def _said_before(text: str, statement: Statement) -> frozenset[str]:
    if statement.is_fact:
        return frozenset()
    return roots_of(text[max(0, statement.start - _BEFORE_CHARS) : statement.start])


def _of_place(item: Evidence, parts: Sequence[Words]) -> list[float]:
    """How near the words of the question stand to the value."""
    text, start, end = item.statement.value, item.candidate.start, item.candidate.end
    if not 0 <= start < end <= len(text):
        start = end = 0
    sentence = tokens(text)
    starts = [token.start for token in sentence]
    first, last = bisect_left(starts, start), bisect_left(starts, end)
    near_before = frozenset(t.root for t in sentence[max(0, first - _NEAR) : first])
    near_after = frozenset(t.root for t in sentence[last : last + _NEAR])
    numbers: list[float] = [first, len(sentence) - last]
    asked = parts[0].words.union(*(words.words for words in parts[1:]))
    around = [
        (first - n if n < first else n - last + 1, token.root)
        for n, token in enumerate(sentence)
        if token.root in asked and not first <= n < last
    ]
    for words in parts:
        distances = [(d, words.weights[root]) for d, root in around if root in words.weights]
        numbers += [
            words.share(near_before),
            words.share(near_after),
            min((d for d, _ in distances), default=_FAR),
            sum(weight / d for d, weight in distances),
        ]
    return numbers


def _of_value(item: Evidence, parts: Sequence[Words]) -> list[float]:
    """What the value looks like."""
    sentence, start, end = item.statement.value, item.candidate.start, item.candidate.end
    text = sentence[start:end].strip()
    found = roots_of(text)
    last = _LAST_WORD.search(sentence, max(0, start - _LONGEST_WORD), start)
    before = last[0] if last else ""
    sign = sentence[end : end + 1]
    behind = sentence[end + 1 : end + 1 + _LONGEST_WORD].split(" ", 1)[0].lower()
    return [
        float(not before), *(float(before in words) for words in _BEFORE),
        float(not sign), float(sign in ".,;:)("), float(behind in STOPWORDS),
        len(text), len(text.split()), float(text[:1].isupper()), float(text[:1].isdigit()),
        float(looks_like_person(text)), float(bool(NAME.fullmatch(text))), float(text.islower()),
        float(any(c.isdigit() for c in text)),
        float(sentence[:start].count("(") > sentence[:start].count(")")),
        *(words.share(found) for words in parts),
    ]  # fmt: skip
