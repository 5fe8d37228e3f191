"""What the network reads of a candidate: question and value, then the passage, and some signals.

The training (`bench/ranker`) makes its examples by this module, so that both read the same.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.index.wordpieces import word_pieces

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.scope import Place

#: How many candidates of a field are looked at: the best by the rules, of a value two at most, and
#: as many of other values, whatever their statements say: those nearest to the subject. On nine
#: rooms the right one is among them in 82 %; among twenty of the best in 78.
_BEST, _NEAREST = 10, 10
_OF_A_VALUE: Final = 2
MOST: Final = _BEST + _NEAREST
#: How near a statement is to the subject by what tells whose it is.
_NEAR: Final[dict[Place, float]] = {
    "words": 1.0, "row": 1.0, "heading": 0.95, "cell": 0.9, "before": 0.85, "topic": 0.7,
    "page": 0.6, "room": 0.4, "mention": 0.1,
}  # fmt: skip
#: Among how many of the best the documents that hold a value are counted.
_COUNTED: Final = 60
#: The types of fields that are ranked; lists and objects are read by the rules.
KINDS: Final = ("int", "float", "date", "bool", "enum", "str")
_PLACES: Final = tuple(_NEAR)
#: Pieces of words that are read at most: of the question, of the value; before the passage, of it
#: before the value, in it and after.
_QUESTION, _VALUE = 40, 10
_ABOVE, _BEFORE, _WITHIN, _AFTER = 44, 32, 16, 20
#: The same in characters, of what is cut to its end or beginning before it is split.
_HEADING_CHARS, _SENTENCE_CHARS, _BEFORE_CHARS, _AFTER_CHARS = 140, 110, 160, 120
_PROMPT_CHARS: Final = 300
_BEGIN, _END = 101, 102


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate as the network reads it."""

    item: Evidence
    #: Question and value, then the passage, as pieces of words.
    pieces: list[int]
    #: Where the passage begins in them.
    passage: int
    #: Where the value begins and ends in them.
    span: tuple[int, int]
    #: What the rules have measured; see `_signals`.
    signals: list[float]


def pairs_of(prompt: str, field: RequestedField, evidence: Sequence[Evidence]) -> list[Pair]:
    """The best candidates of a field as the network reads them.

    Args:
        prompt: the input of the run.
        field: the field.
        evidence: its candidates, best first; see `evidence.find_evidence` with `is_open`.
    """
    kept = _kept(evidence)
    documents: defaultdict[Hashable, set[int]] = defaultdict(set)
    for item in evidence[:_COUNTED]:
        documents[item.candidate.key].add(item.document.id)
    dates = sorted({item.document.date or "" for _, item in kept})
    asked = f"{prompt[:_PROMPT_CHARS]} : {field.name_in_words}. {field.description}"
    question = _pieces(asked, _QUESTION)
    pairs = []
    for rank, item in kept:
        signals = [
            *_signals(item, field, kept[0][1].score, rank),
            math.log1p(len(documents[item.candidate.key])),
            dates.index(item.document.date or "") / max(1, len(dates) - 1),
        ]
        pairs.append(_pair(question, item, signals))
    return pairs


def _kept(evidence: Sequence[Evidence]) -> list[tuple[int, Evidence]]:
    """The candidates that are looked at, with their ranks by the rules."""
    kept: list[tuple[int, Evidence]] = []
    counts: Counter[Hashable] = Counter()
    ranked = list(enumerate(evidence))
    for rank, item in ranked:
        key = item.candidate.key
        if len(kept) < _BEST and counts[key] < _OF_A_VALUE:
            counts[key] += 1
            kept.append((rank, item))
    for rank, item in sorted(ranked, key=lambda each: -_nearness(each[1])):
        key = item.candidate.key
        if len(kept) < MOST and not counts[key]:
            counts[key] += 1
            kept.append((rank, item))
    return kept


def _nearness(item: Evidence) -> float:
    """How near a candidate is to the subject, whatever it says of it."""
    return _NEAR[item.whose.place] * item.whose.sure * item.candidate.fit


def _pieces(text: str, most: int) -> list[int]:
    """At most so many pieces from the begin of a text."""
    return word_pieces(text, most + 2)[1:-1]


def _last_pieces(text: str, most: int) -> list[int]:
    """At most so many pieces from the end of a short text."""
    return _pieces(text, 2 * most)[-most:]


def _pair(question: list[int], item: Evidence, signals: list[float]) -> Pair:
    statement, candidate = item.statement, item.candidate
    text, start, end = statement.value, candidate.start, candidate.end
    if not 0 <= start < end <= len(text):  # it is drawn from the statement as a whole
        start = end = min(len(text), _BEFORE_CHARS)
    asked = [_BEGIN, *question, *_pieces(f" = {candidate.value}", _VALUE), _END]
    before = _last_pieces(text[max(0, start - _BEFORE_CHARS) : start], _BEFORE)
    above = _last_pieces(_above(item), _ABOVE)
    value = _pieces(text[start:end], _WITHIN)
    after = _pieces(text[end : end + _AFTER_CHARS], _AFTER)
    begin = len(asked) + len(above) + len(before)
    pieces = [*asked, *above, *before, *value, *after, _END]
    return Pair(item, pieces, len(asked), (begin, begin + max(1, len(value))), signals)


def _above(item: Evidence) -> str:
    """What stands above a statement: title, headings, row and label, or what was said before."""
    statement, document = item.statement, item.document
    heading = " > ".join(part for part in (document.title, statement.heading) if part)
    heading = heading[-_HEADING_CHARS:]
    if not statement.is_fact:
        before = document.text[max(0, statement.start - _SENTENCE_CHARS) : statement.start]
        return f"{heading} > {before} "
    section = statement.section if statement.section not in heading else ""
    parts = [part for part in (statement.subject, section) if part]
    return f"{heading} > {' | '.join((*parts, statement.label))}: "


def _signals(item: Evidence, field: RequestedField, best: float, rank: int) -> list[float]:
    """What the rules have measured of a candidate, all about between 0 and 1."""
    return [
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
        *(float(item.whose.place == place) for place in _PLACES),
        *(float(field.type.kind == kind) for kind in KINDS),
    ]
