"""Which value a field gets where the rules are not sure, and how sure that is.

The trees tell of each candidate how likely it is the answer, and those of a value count together.
How likely the value is right is then a logistic function of how likely its best candidate and the
best of another value are the answer, and of how sure the rules are of the same value. Its weights
and the bounds of confidence are in `bounds.json`, as `bench/ranker/bounds.py` has fitted them on
rooms that the trees had not seen.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.decide import Decision, group_by_value, is_same_value
from parallel_nb.engine.reader.ranker.features import features_of
from parallel_nb.engine.reader.ranker.pool import pool_of
from parallel_nb.engine.reader.signals import doubt_of, support_of
from parallel_nb.engine.reader.support import SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.ranker.trees import Trees
    from parallel_nb.engine.reader.signals import Asked
    from parallel_nb.engine.reader.support import Confidence, Support

#: Another value of another document is told as a conflict from this share on.
_CONFLICT: Final = 0.15
#: The least chance by the rules at which their value is not asked again.
_SURE: Final = 0.85
#: The score of another value where there is none: that makes the only one no likelier. And the
#: least that counts.
_NO_RIVAL, _LEAST_RIVAL = -1.0, -4.0
_RANKS: Final[dict[Confidence, float]] = {"high": 1.0, "medium": 0.5, "low": 0.0}


@dataclass(frozen=True, slots=True)
class Choice:
    """The value with the largest share."""

    #: The best evidence for it of each document, best first.
    winner: tuple[Evidence, ...]
    #: The best evidence for each other value with a share worth telling, and those among it that
    #: stand in other documents.
    others: tuple[Evidence, ...]
    conflicting: tuple[Evidence, ...]
    #: How likely its best candidate, and the best of another value, is the answer, as log odds.
    score: float
    rival: float
    #: What the rules would give if they must give something.
    rules: Decision
    #: What speaks for it by the rules.
    support: Support

    @property
    def agrees(self) -> bool:
        """True where the rules would give the same value."""
        own, rules = self.winner[0].candidate.key, self.rules.supporting
        return bool(rules) and is_same_value(rules[0].candidate.key, own)

    @property
    def may_be_high(self) -> bool:
        """True where the rules would give the same, and nothing is missing that high asks for."""
        return self.agrees and not self.support.missing

    @property
    def is_supposed(self) -> bool:
        """True where the clause only plans or supposes it, and the rules find no answer."""
        rules = self.rules.support
        return not self.support.stated and (rules is None or SCALE.is_null(rules))

    @property
    def signals(self) -> tuple[float, ...]:
        """What its chance is reckoned from.

        The two scores, and how sure the rules are, if they would give the same.
        """
        return self.score, self.rival, self.agrees * _RANKS[self.rules.confidence]


@dataclass(frozen=True, slots=True)
class Bounds:
    """From a choice to its confidence."""

    constant: float
    #: What each of a choice's signals counts.
    weights: tuple[float, ...]
    #: The least chance of high, and of medium confidence.
    high: float
    medium: float
    #: There is no answer where the best value has a lower one.
    null_below: float

    def chance(self, choice: Choice) -> float:
        """How likely a value is right, from 0 to 1."""
        if choice.is_supposed:
            return 0.0
        z = self.constant + sum(w * s for w, s in zip(self.weights, choice.signals, strict=True))
        return 1 / (1 + math.exp(-z))

    def is_null(self, choice: Choice) -> bool:
        """True where there is no answer."""
        return self.chance(choice) < self.null_below

    def confidence(self, choice: Choice) -> Confidence:
        """High asks for more than a chance (`Choice.may_be_high`)."""
        chance = self.chance(choice)
        if chance >= self.high and choice.may_be_high:
            return "high"
        return "medium" if chance >= self.medium else "low"


BOUNDS_FILE: Final = Path(__file__).with_name("bounds.json")
BOUNDS: Final = Bounds(**json.loads(BOUNDS_FILE.read_text("utf-8")))


def is_sure(rules: Decision) -> bool:
    """True where the rules' own decision stands.

    Of 27 rooms that they were not tuned on, what they call high was right in all but one of 60, and
    what they hold for this likely in 88 %.
    """
    if rules.value is None or rules.support is None:
        return False
    return rules.confidence == "high" or SCALE.chance(rules.support) >= _SURE


def choose(
    reading: ReadingContext,
    asked: Asked,
    evidence: Sequence[Evidence],
    rules: Decision,
    trees: Trees,
) -> Choice | None:
    """The value that is the likeliest; None where there are no candidates.

    Args:
        reading: the run.
        asked: what a field asks.
        evidence: what the rules find.
        rules: what they would give if they must give something.
        trees: score the candidates.
    """
    pool = pool_of(reading, asked, evidence)
    if not pool:
        return None
    return choose_by(pool, trees.scores(features_of(reading, asked, pool)), rules, asked)


def choose_by(
    pool: Sequence[Evidence], scores: Sequence[float], rules: Decision, asked: Asked
) -> Choice:
    """The value whose candidates get the largest share."""
    top = max(scores)
    parts = [math.exp(score - top) for score in scores]
    whole = math.fsum(parts)
    score_of = {id(item): score for item, score in zip(pool, scores, strict=True)}
    share_of = {id(item): part / whole for item, part in zip(pool, parts, strict=True)}
    groups = group_by_value(sorted(pool, key=lambda item: -score_of[id(item)]))
    shares = [math.fsum(share_of[id(item)] for item in group) for group in groups]
    best = max(range(len(groups)), key=shares.__getitem__)
    if _is_outdated(groups[best], rules):
        newer = rules.supporting[0].candidate.key
        best = next((n for n, g in enumerate(groups) if g[0].candidate.key == newer), best)
    of_document: dict[int, Evidence] = {}
    for item in groups[best]:
        of_document.setdefault(item.document.id, item)
    winner = tuple(of_document.values())
    rivals = sorted(
        (
            (s, group[0])
            for n, (s, group) in enumerate(zip(shares, groups, strict=True))
            if n != best
        ),
        key=lambda rival: -rival[0],
    )
    others = tuple(item for share, item in rivals if share >= _CONFLICT)
    conflicting = tuple(item for item in others if item.document.id not in of_document)
    next_best = max((item.score for _, item in rivals), default=0.0)
    rival = max((score_of[id(item)] for _, item in rivals), default=_NO_RIVAL)
    return Choice(
        winner,
        others,
        conflicting,
        score_of[id(winner[0])],
        max(_LEAST_RIVAL, rival),
        rules,
        support_of(winner, next_best, is_disputed=bool(conflicting), asked=asked),
    )


def _is_outdated(group: Sequence[Evidence], rules: Decision) -> bool:
    """True for a value against which the rules hold what a newer page says."""
    newest = max((item.date for item in group), default="")
    is_known = any(
        is_same_value(item.candidate.key, group[0].candidate.key) for item in rules.conflicting
    )
    return is_known and any(item.date > newest for item in rules.supporting)


def decide_by(choice: Choice, asked: Asked, *, nullable: bool) -> Decision:
    """The decision on a field by the trees' choice; the rules' where it must and cannot be."""
    winner, support = choice.winner, choice.support
    if BOUNDS.is_null(choice):
        nothing = Decision(None, nearest=(winner[0], *choice.others[:1]))
        return nothing if nullable else choice.rules
    confidence = BOUNDS.confidence(choice)
    doubt = None if confidence == "high" else doubt_of(winner[0], support, asked)
    value = winner[0].candidate.value
    return Decision(value, confidence, winner, choice.conflicting, support=support, doubt=doubt)
