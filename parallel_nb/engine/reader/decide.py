"""Which value a field gets, and how sure that is.

Each statement's candidates are scored; the best of each page are grouped by value.
Where pages disagree on about equal evidence, the newer page wins, and the disagreement
is kept for the reasoning and lowers the confidence.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.candidates import Candidate
    from parallel_nb.engine.reader.effort import Effort
    from parallel_nb.engine.reader.pages import Unit

#: Evidence below this is none; a field that may not be null asks for less.
NULL_BELOW: Final = 0.36
ANSWER_BELOW: Final = 0.2
#: A page whose evidence is at least this part of the best is heard on equal terms.
_EQUAL: Final = 0.62
#: The same for a newer page that is about the subject as well.
_NEWER: Final = 0.33
#: The trust in a page that is about the subject, not one that only names it.
_ABOUT: Final = 0.8
_MUCH_BETTER: Final = 0.45
_BELOW_FLOOR: Final = 0.75
#: A guess needs a value of the right type and unit.
_GUESS_BELOW: Final = 0.2
_HIGH, _MEDIUM = 0.85, 0.6
#: A field that may be null is, rather than be given a value that is likelier wrong.
_GIVEN: Final = 0.3
#: What a probability is made of: `bench/calibrate.py` fits the weights to questions whose
#: answers are known, and to the same questions with the right answer kept from the reader.
SIGNS: Final = (
    "one", "score", "margin", "relevance", "fit", "page of the subject", "own",
)  # fmt: skip
WEIGHTS: Final = (-5.24, 3.89, 1.35, 0.89, 1.98, 1.17, 0.62)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate where it stands, with its score."""

    document: Document
    unit: Unit
    candidate: Candidate
    #: From 0 to 1: relevance of the statement, fit of the value, trust in the page.
    score: float
    relevance: float
    trust: float
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about a field."""

    value: Any
    #: The evidence for the value, best first, one of each page.
    support: tuple[Evidence, ...]
    #: The best evidence of each page that says something else.
    against: tuple[Evidence, ...]
    confidence: str
    #: From 0 to 1, what `confidence` is a word for.
    probability: float
    #: True where an older page lost to a newer one.
    newer_won: bool = False
    #: True where no statement answers and the likeliest value was taken.
    guessed: bool = False
    #: What the probability was made of, in the order of `SIGNS`.
    signs: tuple[float, ...] = ()
    #: What stood nearest where nothing was found.
    rest: tuple[Evidence, ...] = ()


def decide(evidence: Sequence[Evidence], effort: Effort, *, nullable: bool) -> Verdict:
    """Choose the value that the evidence speaks for, or none."""
    floor = NULL_BELOW if nullable else ANSWER_BELOW
    ranked = sorted(evidence, key=_order)
    heard = [e for e in ranked if e.score >= floor and e.candidate.value is not None]
    if not heard:
        return Verdict(None, (), (), "low", 0.0, rest=tuple(ranked[:2]))
    heard = _about_first(ranked, heard, floor)
    best_of_page: dict[int, Evidence] = {}
    for item in heard:
        best_of_page.setdefault(item.document.id, item)
    equal = [e for e in best_of_page.values() if _is_heard(e, heard[0])]
    groups: defaultdict[Hashable, list[Evidence]] = defaultdict(list)
    for item in equal:
        groups[_group(item.candidate.key, groups)].append(item)
    winner = max(groups.values(), key=_claim)
    against = tuple(e for group in groups.values() if group is not winner for e in group)
    newer_won = any(_date(e) < _date(winner[0]) for e in against)
    rival = next(
        (e.score for e in heard if not same(e.candidate.key, winner[0].candidate.key)), 0.0
    )
    signs = _signs(winner, rival)
    probability = _probability(signs)
    if nullable and probability < _GIVEN and not newer_won:
        return Verdict(None, (), (), "low", probability, rest=tuple(ranked[:2]))
    confidence = _word(probability, len(winner), against, effort)
    support = tuple(sorted(winner, key=_order))
    value = _agreed(support)
    return Verdict(value, support, against, confidence, probability, newer_won, signs=signs)


def _about_first(ranked: list[Evidence], heard: list[Evidence], floor: float) -> list[Evidence]:
    """Evidence of the pages about the subject, unless other pages say it much better.

    Where only other pages reach the floor, a page about the subject is heard a little below it.
    """
    if heard[0].trust < _ABOUT:
        floor *= _BELOW_FLOOR
    about = [
        e
        for e in ranked
        if e.trust >= _ABOUT and e.score >= floor and e.candidate.value is not None
    ]
    if about and about[0].score >= _MUCH_BETTER * heard[0].score:
        return about
    return heard


def guess(evidence: Sequence[Evidence]) -> Verdict | None:
    """The likeliest value where no statement answers, with low confidence; None without any."""
    ranked = sorted((e for e in evidence if e.candidate.value is not None), key=_order)
    if not ranked or ranked[0].score < _GUESS_BELOW:
        return None
    best = ranked[0]
    return Verdict(best.candidate.value, (best,), (), "low", 0.0, guessed=True)


def _is_heard(item: Evidence, best: Evidence) -> bool:
    """True when a page's evidence may decide beside the best: a newer page needs less."""
    if item.score >= _EQUAL * best.score:
        return True
    newer = item.trust >= best.trust and _date(item) > _date(best) != ""
    return newer and item.score >= _NEWER * best.score


def _order(item: Evidence) -> tuple[float, int, int, int]:
    return (-item.score, item.document.id, item.unit.number, item.candidate.start)


def _agreed(support: Sequence[Evidence]) -> Any:
    return support[0].candidate.value


def _date(item: Evidence) -> str:
    return item.document.date or ""


def _claim(group: list[Evidence]) -> tuple[str, float, int]:
    """What speaks for a group: how new its newest page is, then its evidence."""
    return (max(_date(e) for e in group), sum(e.score for e in group), -group[0].document.id)


def _group(key: Hashable, groups: dict[Hashable, list[Evidence]]) -> Hashable:
    return next((other for other in groups if same(key, other)), key)


def same(left: Hashable, right: Hashable) -> bool:
    """True when two values mean the same: equal, within 0.5 %, or one within the other."""
    if left == right:
        return True
    if isinstance(left, bool) or isinstance(right, bool):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=0.005)
    if isinstance(left, str) and isinstance(right, str):
        a, b = set(left.split()), set(right.split())
        return bool(a and b) and (a <= b or b <= a)
    if isinstance(left, frozenset) and isinstance(right, frozenset):
        return len(left & right) * 2 > max(len(left), len(right))
    return False


def _signs(winner: list[Evidence], rival: float) -> tuple[float, ...]:
    """What tells whether the best value is right, in the order of `SIGNS`."""
    best = max(winner, key=lambda e: e.score)
    return (
        1.0,
        best.score,
        best.score - rival,
        best.relevance,
        best.candidate.fit,
        float(best.trust >= _ABOUT),
        float(best.candidate.own),
    )


def _probability(signs: Sequence[float]) -> float:
    """How likely the value is right: a logistic of the evidence."""
    z = sum(weight * sign for weight, sign in zip(WEIGHTS, signs, strict=True))
    return 1 / (1 + math.exp(-z))


def _word(probability: float, agreeing: int, against: Sequence[Evidence], effort: Effort) -> str:
    if probability >= _HIGH and agreeing >= effort.agree and not against:
        return "high"
    return "medium" if probability >= _MEDIUM else "low"
