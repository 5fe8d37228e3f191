"""Whether a text says that something holds, or denies it, or that it is past, or only planned."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Stance = Literal["holds", "denied", "past", "planned"]

_DENIED = re.compile(
    r"\b(?:not|no|none|nobody|nothing|no one|never|without|neither|nor|cannot|lacks?|lacking"
    r"|(?:has|have|had) yet to|yet to|fail(?:s|ed)? to|refus(?:es|ed|al)|declin(?:es|ed)|turned down|unable"
    r"|instead of|rather than|unlike|free of|do(?:es)? without|ruled out|rejected|outside)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
#: What denies only what stands behind it.
_OF_WHAT_FOLLOWS: Final = frozenset(
    ("without", "no", "instead of", "rather than", "unlike", "free of", "neither", "nor", "none")
)
_AND = re.compile(r"\s(?:and|but|when|while)\s|[,;:]\s")
_RELATIVE = re.compile(r"\s(?:that|which|who|whose|where)\s")
_ASIDE = re.compile(r"\([^()]{0,300}\)")
#: What looks like a denial and is none.
_NO_DENIAL = re.compile(
    r"\b(?:not only|not just|no doubt|not least|no (?:later|less|fewer|more|earlier) than"
    r"|not (?:less|fewer|more) than|nothing but|not until|none other than|no longer)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:formerly|former|no longer|used to|previously|ceased|gave up|given up|abolished|discontinued"
    r"|replaced by|stopped|closed|ended|expired|lapsed|ran out|withdr[ae]wn?|withdrew|cancelled|called off"
    r"|dropped|scrapped|demolished|pulled down|at first|originally|until (?:then|recently|last|its|the)"
    r"|resigned|retired|stepped down|stood down|out of (?:business|use|order)|is no more|wound up|gone)\b",
    re.IGNORECASE,
)
#: What was given away: `sold the projector`.
_LOST = re.compile(
    r"\b(?:sold|lost|left|removed|surrendered|gave back|gave away|took [a-z]{2,12} out|taken out|shed)\b",
    re.IGNORECASE,
)
#: What will be held is no mere plan.
_SCHEDULED = re.compile(r"\bwill (?:be held|take place|sit|meet)\b")
_UNTIL = re.compile(r"\buntil\s(?:[A-Z][a-z]+\s)?(?P<year>[12][0-9]{3})\b")
_WAS = re.compile(
    r"\b(?:was|were|had|did|[a-z]{3,20}ed|gave|made|held|kept|sold|ran|led|won|taught|paid|met|took|built|stood|sat)\b"
)
_PLANNED = re.compile(
    r"\b(?:planned|plans? to|will|would|is to|are to|due to (?:be|open|start|begin|move)|intends?|hopes?|hoping"
    r"|proposed|proposes|proposal|expects? to|expected to|under consideration|considering|applied|applying"
    r"|wants? to|wishes to|aims?|if|could|might|means to|target|budget|talked about|bid for"
    r"|applications? (?:to|for)|asks? (?:about|whether)|asked (?:about|whether))\b",
    re.IGNORECASE,
)
#: A value that says no: of a cell, or behind a label.
_NO_VALUE = re.compile(
    r"(?:no|none|nil|never|not|false|n/?a|without|0(?:\.0+)?|[-\u2013\u2014\u2717])(?![\w.])",
    re.IGNORECASE,
)
#: Words that deny another.
OPPOSITES: Final = {"landlocked": "coast", "unpaid": "paid", "unlisted": "listed"}
#: Words of which one says that the other is not so.
_CONTRARIES: Final = tuple(
    (frozenset(roots_of(one)), frozenset(roots_of(other)))
    for one, other in (
        ("left", "right"),
        ("granted approved accepted admitted allowed permitted", "refused rejected declined"),
        ("open", "closed"),
        ("possible", "impossible"),
        ("passed", "failed"),
        ("public", "private"),
        ("permanent indefinite", "temporary"),
        ("increased rose grew", "decreased fell declined"),
        ("included", "excluded"),
        ("allowed permitted welcome", "forbidden prohibited banned barred"),
        ("early", "late"),
    )
)
#: In a condition, what says that something is denied or past, and what stays of it.
_ASKED: Final[tuple[tuple[Stance, re.Pattern[str]], ...]] = (
    (
        "past",
        re.compile(
            r"\b(?:(?:is|are|has|have|does|do) no longer|no longer|(?:is|are) former|formerly|used to"
            r"|(?:has|have) (?:stopped|ceased|left|given up)|(?:stopped|ceased|gave up))\b"
        ),
    ),
    (
        "planned",
        re.compile(
            r"\b(?:(?:is|are) (?:planned|to)|plans? to|will(?: be)?|intends? to|is due to)\b"
        ),
    ),
    (
        "denied",
        re.compile(
            r"\b(?:(?:is|are|was|were|be|does|do|did|must|should|has|have|had|can)(?: not|n['\u2019]t| never)"
            r"|cannot|never|lacks?|without|other than|anything but|except(?: for)?|(?:is|are|was|were) outside(?: of)?|(?:has|have|had|with) (?:no|neither|none of)|(?:has|have) yet to|no|not|^No)\b"
        ),
    ),
)


def without_stance(condition: str) -> tuple[str, Stance]:
    """A condition as something that holds, and what is asked of that.

    Examples:
        >>> without_stance("The club no longer has a pool")
        ('The club has a pool', 'past')
    """
    for stance, pattern in _ASKED:
        if found := pattern.search(condition):
            bare = f"{condition[: found.start()]}{condition[found.end() :]}"
            return " ".join(bare.split()), stance
    return condition, "holds"


def stance_of(clause: str, asked: frozenset[str], *, is_value: bool) -> Stance:
    """What a clause says of what is asked.

    Args:
        clause: of a sentence, or a value.
        asked: the roots of what is asked; a word of these is no sign of anything else.
        is_value: whether it is the value of a label.
    """
    if is_value and _NO_VALUE.match(clause.strip()):
        return "denied"
    text = _ASIDE.sub(" ", clause)
    text = _SCHEDULED.sub(" ", text)
    text = _NO_DENIAL.sub(lambda match: match[0] if match[0].lower() == "no longer" else " ", text)
    if any(_signs(_PAST, text, asked)) or (_UNTIL.search(text) and _WAS.search(text)):
        return "past"
    for lost in _signs(_LOST, text, asked):
        if asked & frozenset(roots_of(_AND.split(text[lost.end() :], maxsplit=1)[0])):
            return "past"
    for denied in _signs(_DENIED, text, asked):
        # who came without a ticket came
        is_of_what_follows = denied[0].lower() in _OF_WHAT_FOLLOWS
        if not is_of_what_follows or asked & frozenset(roots_of(text[denied.end() :])):
            return "denied"
    return "planned" if is_planned(text, asked) else "holds"


def is_contrary(asked: frozenset[str], said: frozenset[str]) -> bool:
    """Whether the contrary of what is asked is said: of a refusal, that something was granted."""
    pairs = (*_CONTRARIES, *((other, one) for one, other in _CONTRARIES))
    return any(asked & one and said & other and not said & one for one, other in pairs)


def is_past(text: str) -> bool:
    """Whether a text tells of what was and is no more."""
    return _PAST.search(text) is not None


def is_planned(text: str, asked: frozenset[str]) -> bool:
    """Whether a text tells of what is only planned or aimed at."""
    return any(_signs(_PLANNED, text, asked))


def _signs(pattern: re.Pattern[str], text: str, asked: frozenset[str]) -> Iterator[re.Match[str]]:
    """Where a text has a sign of what is asked: not of what a relative clause behind it tells."""
    for found in pattern.finditer(text):
        if asked & frozenset(roots_of(found[0])):
            continue
        relative = deque(_RELATIVE.finditer(text, 0, found.start()), maxlen=1)
        if (
            not relative
            or asked & frozenset(roots_of(text[relative[0].end() :]))
            or not asked & frozenset(roots_of(text[: relative[0].start()]))
        ):
            yield found
