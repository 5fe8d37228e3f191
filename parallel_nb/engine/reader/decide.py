"""Which value a field gets, and how sure that is.

The best evidence of each document is grouped by value. Where documents disagree on about
equal evidence, the newer one wins; the disagreement is kept for the reasoning and lowers the
confidence.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.reader.candidates import ANSWER_BELOW
from parallel_nb.engine.reader.signals import doubt_of, support_of
from parallel_nb.engine.reader.support import SCALE

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.signals import Asked, Doubt
    from parallel_nb.engine.reader.support import Confidence, Support

#: A document takes part in the decision if it has this part of the best score.
_COMPARABLE: Final = 0.62
#: The same for a newer document that is trusted as much, and for one that is not, or that is newer
#: only because the best has no date.
_NEWER_COMPARABLE, _NEWER_DOUBTFUL = 0.33, 0.8
#: The part of the question's words that the best covers, which a newer one covers too.
_NEWER_COVERAGE: Final = 0.9
#: Whose a statement is at most, by the signal `own`, where its page only mentions the subject.
_MENTIONED: Final = 0.5
#: No guess is made below this score: type or unit do not fit.
_GUESS_BELOW: Final = 0.2


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about a field."""

    #: None where the documents do not say.
    value: Any
    confidence: Confidence = "low"
    #: The evidence for the value, best first, one of each document.
    supporting: tuple[Evidence, ...] = ()
    #: The best evidence of each document that says something else.
    conflicting: tuple[Evidence, ...] = ()
    #: True where no statement answers and the likeliest value was taken.
    is_guess: bool = False
    #: What speaks for the value; None without one.
    support: Support | None = None
    #: What keeps the value from high confidence; None where nothing does.
    doubt: Doubt | None = None
    #: The best evidence that was not enough, where there is no value.
    nearest: tuple[Evidence, ...] = ()


def decide(evidence: Sequence[Evidence], asked: Asked, *, nullable: bool) -> Decision:
    """Choose the value that the evidence speaks for, or none.

    Args:
        evidence: of one field, in any order.
        asked: what the field asks.
        nullable: whether the field may be null.

    Returns:
        The decision; its value is None where no evidence is good enough, and for a nullable
        field also where the best value is likelier wrong than right.
    """
    ranked = sorted(evidence, key=_rank)
    eligible = [e for e in ranked if e.score >= ANSWER_BELOW and e.candidate.value is not None]
    nothing = Decision(None, nearest=tuple(ranked[:2]))
    if not eligible:
        return nothing
    best_of_document: dict[int, Evidence] = {}
    for item in eligible:
        best_of_document.setdefault(item.document.id, item)
    best = best_of_document.values()
    groups = group_by_value(item for item in best if _is_comparable(item, eligible[0]))
    winner = max(groups, key=_priority)
    conflicting = tuple(e for group in groups if group is not winner for e in group)
    key = winner[0].candidate.key
    rival = next((e.score for e in eligible if not is_same_value(e.candidate.key, key)), 0.0)
    support = support_of(winner, rival, is_disputed=bool(conflicting), asked=asked)
    # that an older page says otherwise makes a value of the subject no likelier to be missing
    newer_won = support.own > _MENTIONED and any(e.date < winner[0].date for e in conflicting)
    if nullable and SCALE.is_null(support) and not newer_won:
        return nothing
    supporting = tuple(sorted(winner, key=_rank))
    value = supporting[0].candidate.value
    confidence = SCALE.confidence(support)
    doubt = None if confidence == "high" else doubt_of(supporting[0], support, asked)
    return Decision(value, confidence, supporting, conflicting, support=support, doubt=doubt)


def guess(evidence: Sequence[Evidence]) -> Decision | None:
    """The likeliest value where no statement answers, with low confidence; None without any."""
    ranked = sorted((e for e in evidence if e.candidate.value is not None), key=_rank)
    if not ranked or ranked[0].score < _GUESS_BELOW:
        return None
    return Decision(ranked[0].candidate.value, supporting=(ranked[0],), is_guess=True)


def group_by_value(items: Iterable[Evidence]) -> list[list[Evidence]]:
    """The evidence for each value together, in the order in which the values come first."""
    groups: defaultdict[Hashable, list[Evidence]] = defaultdict(list)
    for item in items:
        key = item.candidate.key
        groups[next((other for other in groups if is_same_value(key, other)), key)].append(item)
    return list(groups.values())


def is_same_value(left: Hashable, right: Hashable) -> bool:
    """True when the keys of two values mean the same.

    Numbers may differ by 0.5 %, a text may hold the words of the other (`Flagstaff` and
    `Flagstaff, Arizona`), and of two lists more than half of the longer must be shared.
    """
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


def _is_comparable(item: Evidence, best: Evidence) -> bool:
    """True when a document's evidence may decide beside the best.

    A newer one, which would win, has to say about as much of what is asked, and then needs
    less.
    """
    if item.date <= best.date:
        return item.score >= _COMPARABLE * best.score
    if item.coverage < _NEWER_COVERAGE * best.coverage:
        return False
    is_known_newer = item.trust >= best.trust and best.date
    return item.score >= (_NEWER_COMPARABLE if is_known_newer else _NEWER_DOUBTFUL) * best.score


def _rank(item: Evidence) -> tuple[float, int, int, int]:
    return (-item.score, item.document.id, item.statement.number, item.candidate.start)


def _priority(group: list[Evidence]) -> tuple[str, float, int]:
    """What speaks for a group: how new its newest document is, then its evidence."""
    return (max(e.date for e in group), sum(e.score for e in group), -group[0].document.id)
