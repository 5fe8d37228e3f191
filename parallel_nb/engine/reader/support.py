"""How sure a value is: its signals, and what they count together.

A signal is a number from 0 to 1, and more is always better. `bench/calibrate.py` fits a weight for
each to questions whose answers are known, and to the same with the right answers taken away; none
is below 0, so that no support can make a value look worse. High asks for more than a likelihood:
nothing that has often misled may be missing. `signals.py` measures them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from operator import attrgetter, mul
from pathlib import Path
from typing import Final, Literal

Confidence = Literal["high", "medium", "low"]

#: What a value needs to be called high, whatever its likelihood.
REQUIRED: Final = {
    "own": 0.55, "alone": 0.5, "noun": 0.6, "kind": 0.4, "stated": 1.0, "qualified": 0.99,
    "lead": 0.05, "undisputed": 1.0,
}  # fmt: skip
_COVERED: Final = 0.9
#: The least chance of what stands behind a label that lacks the words before the noun.
_OTHER_KIND: Final = 0.65
#: Without the noun that is asked for, the words of a statement must suit the question this well.
_SAYS_SOMETHING: Final = 0.35
#: A nullable field is null if the score of its best value is lower.
_NULL_SCORE: Final = 0.36
#: How many forms of support vouch for a value without a label.
_FORMS: Final = 2


@dataclass(frozen=True, slots=True)
class Support:
    """The signals of a value; also one weight for each of them."""

    #: Relevance of the statement, fit of the value and trust, as they were ranked by.
    score: float
    #: How far the next best other value is behind, as a share.
    lead: float
    #: How well the words of the statement suit the question.
    relevance: float
    #: How well type, unit and place of the value suit it.
    fit: float
    #: Whose the statement is: the subject is named in it, in its row, heading or paragraph.
    own: float
    #: No other thing of the room is named in the sentence.
    alone: float
    #: The noun that is asked for stands in label or sentence, or at least in a heading.
    noun: float
    #: What singles one out (`first`, a year, a name) is said.
    qualified: float
    #: The share of the words that describe the noun (`lighting` of a lighting designer).
    described: float
    #: The share of the question's words that stand there.
    coverage: float
    #: It is said to be so: not planned or supposed.
    stated: float
    #: The value is of the kind that is asked for: a person, a place, a number in its unit.
    kind: float
    #: A label names what its value is.
    labelled: float
    #: Another page says the same.
    agreed: float
    #: No page says otherwise.
    undisputed: float
    #: A number, date, choice or yes and no, which text around it cannot blur.
    typed: float

    @property
    def missing(self) -> tuple[str, ...]:
        """The signals without which a value is never high, as far as it lacks them."""
        return tuple(name for name, least in REQUIRED.items() if getattr(self, name) < least)

    @property
    def may_be_high(self) -> bool:
        """True where nothing is missing, and a label or two forms of support vouch for it.

        Such are that another page agrees, that the statement itself names the subject, and that
        it holds all the words of the question.
        """
        forms = (self.agreed, self.own >= 1.0, self.coverage >= _COVERED)
        is_vouched_for = self.labelled >= REQUIRED["noun"] or sum(forms) >= _FORMS
        return is_vouched_for and not self.missing


SIGNALS: Final = tuple(signal.name for signal in fields(Support))
_of_all: Final = attrgetter(*SIGNALS)


@dataclass(frozen=True, slots=True)
class Scale:
    """From the signals to a confidence."""

    constant: float
    #: What each signal counts.
    weights: Support
    #: The least chance of high, and of medium confidence.
    high: float
    medium: float
    #: A nullable field is null if its best value has a lower one.
    null_below: float

    def chance(self, support: Support) -> float:
        """How likely a value is right, from 0 to 1: a logistic function of its signals."""
        z = self.constant + sum(map(mul, _of_all(self.weights), _of_all(support)))
        return 1 / (1 + math.exp(-z))

    def confidence(self, support: Support) -> Confidence:
        """High, medium or low; high asks for more than a chance (`Support.may_be_high`)."""
        chance = self.chance(support)
        if chance >= self.high and support.may_be_high:
            return "high"
        return "medium" if chance >= self.medium else "low"

    def is_null(self, support: Support) -> bool:
        """True where a nullable field gets no value."""
        says_nothing = not support.noun and support.relevance < _SAYS_SOMETHING
        # a label with the noun and other words before it: the boiling point for the melting point
        is_of_other_kind = support.labelled >= 1.0 and not support.described
        least = max(self.null_below, _OTHER_KIND if is_of_other_kind else 0.0)
        is_unlikely = self.chance(support) < least
        return says_nothing or is_unlikely or support.score < _NULL_SCORE

    def loss(self, support: Support, name: str) -> float:
        """What a signal takes from a value's chance, before the logistic function."""
        return float(getattr(self.weights, name) * (1 - getattr(support, name)))


def _read_scale(path: Path) -> Scale:
    content = json.loads(path.read_text("utf-8"))
    return Scale(**content | {"weights": Support(**content["weights"])})


#: The scale in use, as `bench/calibrate.py` has written it.
SCALE_FILE: Final = Path(__file__).parent / "scale.json"
SCALE: Final = _read_scale(SCALE_FILE)
