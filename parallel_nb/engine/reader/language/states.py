"""Words that say how something stands: granted, refused, put off, lapsed, pulled down, in use.

A small vocabulary of any administration, not of any one set of documents. A choice (`refused`) is
found by all words of its state (`turned down`), a yes or no by whether a state denies what is asked.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

#: Each state with the words for it, as patterns.
_STATES: Final = {
    "granted": r"grant(?:ed|s)?|approv(?:ed|es|al)|accepted|agreed|awarded|allowed|permitted|permission (?:was |is )?given|given permission|upheld|adopted|consented|successful|admitted|carried|passed|was made",
    "refused": r"refus(?:ed|es|al)|reject(?:ed|s|ion)|declin(?:ed|es)|turn(?:ed|s) (?:\w{1,15} ){0,2}down|denied|dismissed|not successful|unsuccessful|voted down|thrown out|was lost|not (?:been |be )?(?:granted|approved|accepted|agreed|allowed|given|admitted)|came to nothing|failed",
    "pending": r"pending|await(?:s|ed|ing)|under (?:consideration|review|appeal)|yet to (?:be (?:decided|settled|heard|considered|determined|agreed)|decide|hear)|will (?:decide|be decided|consider|be considered|be heard)|to be decided|undecided|not yet (?:been )?(?:decided|settled|heard|determined)|(?:has|have|had)(?: not|n't) (?:yet )?(?:decided|determined)|no decision|outstanding|(?:waiting|wait) (?:for|to hear)|being considered|still open",
    "deferred": r"defer(?:red|s)|postponed|put (?:off|back)|adjourned|held over|carried over|stood over|left over|delayed",
    "withdrawn": r"withdr(?:ew|awn|aws)|pulled out|taken back|dropped",
    "cancelled": r"cancel(?:led|ed|s)|call(?:ed|s) off|scrapped|abandon(?:ed|s)|will not take place|is off\b|dropped",
    "lapsed": r"laps(?:e|ed|es)|expir(?:ed|es|y)|r[au]n out|has ended|came to an end|not (?:been )?renewed",
    "no reply": r"no (?:reply|answer|response)|(?:yet|failed|still) to (?:reply|answer|respond)|(?:has|have|had) not (?:yet )?(?:replied|answered|responded)|unanswered",
    "suspended": r"suspended|stayed|halted|on hold|mothballed|paused|stopped|care and maintenance|stood down",
    "revoked": r"revoked|lost (?:its|their|his|her)|struck off|taken away|annulled|rescinded|terminated",
    "renewed": r"renew(?:ed|s|al)|extended|prolonged|reappointed|re-elected|reissued",
    "demolished": r"demolish(?:ed|es)|demolition|(?:pulled|torn|knocked|taken) down|razed|flattened|no longer stands|cleared away",
    "converted": r"convert(?:ed|s)|conversion|turned into|made into|(?:is|been|became|now|let to) an? \w{1,20}(?: \w{1,20})? (?:since|now|shop|showroom|flat|house|store|office|school|museum|hotel|garage|warehouse)|now (?:a|houses?|holds?)|was let to",
    "sold": r"sold|sale of|sells|bought by|disposed of",
    "closed": r"clos(?:ed|es|ure)|shut(?: down)?|ceased|wound up|dissolved|discontinued|out of business|gone under|no longer (?:open|trades?|runs?|operat\w{1,5})|is no more|grubbed up|retired",
    "open": r"open(?:s|ed)?|in use|operat(?:es|ing|ional)|running|runs|active|working|in service|in operation|still (?:used|stands|runs|going)|in production|trading",
    "planned": r"plan(?:s|ned)?|proposed|intend(?:s|ed)|to be built|scheduled|not yet (?:begun|started|built|open)|due to (?:begin|open|start)",
    "under construction": r"under construction|being built|in progress|under way|underway|ongoing|on site|has begun|have begun|started|began|continues",
    "completed": r"complet(?:ed|es|ion)|finish(?:ed|es)|handed over|delivered|concluded|done\b|ready\b",
    "appealed": r"appeal(?:s|ed|ing)?",
    "settled": r"settled|resolved|agreed between",
    "in conversion": r"in conversion|converting",
    "good": r"good|sound|excellent|fine order|well kept",
    "fair": r"fair|middling|adequate|moderate|satisfactory|reasonable",
    "poor": r"poor|bad(?:ly)?|failing|end of (?:its|their) life|worn out|needs? replac\w{1,5}|unsatisfactory|derelict",
    "owned": r"owns|owned by (?:it|us|the)|freehold|its own|their own|belongs? to (?:it|us|them)",
    "leased": r"leas(?:e|ed|es|ehold|ing)|rent(?:s|ed|ing)|hir(?:es|ed)",
    "full time": r"full[- ]time",
    "part time": r"part[- ]time|(?:two|three|four) days a week|half[- ]time",
    "employed": r"employed|on the staff|salaried|member of staff",
    "freelance": r"freelance|self-employed|not a member of staff",
    "paid": r"paid|settled|discharged",
    "unpaid": r"unpaid|owing|owed|overdue|not (?:been )?paid|voluntary",
    "fatal": r"fatal|killed|died|deaths?",
    "internal": r"internal|in-house|own staff",
    "external": r"external|outside (?:firm|contractor)|contracted out|outsourced",
}
_PATTERNS: Final = {
    state: re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE) for state, words in _STATES.items()
}
_GAP = re.compile(r"[_\s-]+")


@dataclass(frozen=True, slots=True)
class StateWords:
    """Where a text says how something stands, in characters."""

    start: int
    end: int


@lru_cache(maxsize=2_000)
def states_of(choice: str) -> tuple[str, ...]:
    """The states that a choice is a name or a word of; empty for any other choice.

    Examples:
        >>> states_of("Turned_down"), states_of("purple")
        (('refused',), ())
    """
    name = _GAP.sub(" ", choice.casefold()).strip()
    return tuple(s for s, words in _PATTERNS.items() if s == name or words.fullmatch(name))


def find_states(text: str, choice: str) -> list[StateWords]:
    """Where a text says what a choice says, in its own words or in those that mean the same.

    Examples:
        >>> find_states("The house was pulled down in 1962.", "demolished")
        [StateWords(start=14, end=25)]
    """
    found = [m for state in states_of(choice) for m in _PATTERNS[state].finditer(text)]
    return [StateWords(match.start(), match.end()) for match in found]
