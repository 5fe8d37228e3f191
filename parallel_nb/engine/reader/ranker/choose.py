"""Which value a field gets where the network reads beside the rules, and how sure that is.

Each value has a share: what its candidates get of all, beside the answer that there is none. How
likely it is right is then a logistic function of that share, of how likely the rules hold it to be,
of whether they would give the same, and of its type; its weights and the bounds of confidence are
in `bounds.json`, as `bench/ranker/bounds.py` has fitted them on rooms that the network was not
trained on.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.decide import Decision, group_by_value, is_same_value
from parallel_nb.engine.reader.evidence import find_evidence
from parallel_nb.engine.reader.ranker.pairs import pairs_of
from parallel_nb.engine.reader.signals import doubt_of, support_of
from parallel_nb.engine.reader.support import SCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.ranker.network import Network
    from parallel_nb.engine.reader.ranker.pairs import Pair
    from parallel_nb.engine.reader.signals import Asked
    from parallel_nb.engine.reader.support import Confidence, Support

#: Another value of another document is told as a conflict from this share on.
_CONFLICT: Final = 0.15
_LEAST_SHARE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Choice:
    """The value with the largest share."""

    #: The best evidence for it of each document, best first.
    winner: tuple[Evidence, ...]
    #: The best evidence for each other value with a share worth telling.
    others: tuple[Evidence, ...]
    #: From 0 to 1.
    share: float
    #: True where the rules would give the same value.
    agrees: bool
    #: What speaks for it by the rules.
    support: Support

    @property
    def may_be_high(self) -> bool:
        """True where the rules would give the same, and nothing is missing that high asks for."""
        return self.agrees and not self.support.missing

    @property
    def signals(self) -> tuple[float, ...]:
        """What its chance is reckoned from.

        The share as log odds, the chance by the rules, that they agree, and that it is no text.
        """
        share = min(1 - _LEAST_SHARE, max(_LEAST_SHARE, self.share))
        odds, is_text = math.log(share / (1 - share)), self.winner[0].kind == "str"
        return odds, SCALE.chance(self.support), float(self.agrees), float(not is_text)


@dataclass(frozen=True, slots=True)
class Bounds:
    """From a choice to its confidence."""

    constant: float
    #: What each of a choice's signals counts.
    weights: tuple[float, ...]
    #: The least chance of high, and of medium confidence.
    high: float
    medium: float
    #: A nullable field is null if its best value has a lower one.
    null_below: float

    def chance(self, choice: Choice) -> float:
        """How likely a value is right, from 0 to 1."""
        z = self.constant + sum(w * s for w, s in zip(self.weights, choice.signals, strict=True))
        return 1 / (1 + math.exp(-z))

    def confidence(self, choice: Choice) -> Confidence:
        """High asks for more than a chance (`Choice.may_be_high`)."""
        chance = self.chance(choice)
        if chance >= self.high and choice.may_be_high:
            return "high"
        return "medium" if chance >= self.medium else "low"


BOUNDS_FILE: Final = Path(__file__).with_name("bounds.json")
BOUNDS: Final = Bounds(**json.loads(BOUNDS_FILE.read_text("utf-8")))


def choose(
    reading: ReadingContext, asked: Asked, rules: Decision, network: Network
) -> Choice | None:
    """The value that the network holds to be the likeliest; None where there are no candidates.

    Args:
        reading: the run.
        asked: what a field asks.
        rules: what the rules would give if they must give something.
        network: scores the candidates.
    """
    evidence = find_evidence(reading, asked.field, asked.question, is_open=True)
    pairs = pairs_of(reading.request.text, asked.field, evidence)
    return choose_by(pairs, network.scores(pairs), rules, asked) if pairs else None


def choose_by(
    pairs: Sequence[Pair], scores: Sequence[float], rules: Decision, asked: Asked
) -> Choice:
    """The value whose candidates get the largest share; that there is no answer scores 0."""
    top = max(0.0, *scores)
    parts = [math.exp(score - top) for score in scores]
    whole = math.fsum(parts) + math.exp(-top)
    share_of = {id(p.item): part / whole for p, part in zip(pairs, parts, strict=True)}
    ranked = sorted((pair.item for pair in pairs), key=lambda item: -share_of[id(item)])
    groups = group_by_value(ranked)
    shares = [math.fsum(share_of[id(item)] for item in group) for group in groups]
    best = max(range(len(groups)), key=shares.__getitem__)
    of_document: dict[int, Evidence] = {}
    for item in groups[best]:
        of_document.setdefault(item.document.id, item)
    winner = tuple(of_document.values())
    rivals = [
        (s, group[0]) for n, (s, group) in enumerate(zip(shares, groups, strict=True)) if n != best
    ]
    others = tuple(
        item for share, item in sorted(rivals, key=lambda r: -r[0]) if share >= _CONFLICT
    )
    key = winner[0].candidate.key
    agrees = bool(rules.supporting) and is_same_value(rules.supporting[0].candidate.key, key)
    is_disputed = any(item.document.id not in of_document for item in others)
    rival = max((item.score for _, item in rivals), default=0.0)
    support = support_of(winner, rival, is_disputed=is_disputed, asked=asked)
    return Choice(winner, others, shares[best], agrees, support)


def decide_by(choice: Choice, asked: Asked, *, nullable: bool) -> Decision:
    """The decision on a field by the network's choice."""
    winner, support = choice.winner, choice.support
    if nullable and BOUNDS.chance(choice) < BOUNDS.null_below:
        return Decision(None, nearest=(winner[0], *choice.others[:1]))
    documents = {item.document.id for item in winner}
    conflicting = tuple(item for item in choice.others if item.document.id not in documents)
    confidence = BOUNDS.confidence(choice)
    doubt = None if confidence == "high" else doubt_of(winner[0], support, asked)
    value = winner[0].candidate.value
    return Decision(value, confidence, winner, conflicting, support=support, doubt=doubt)
