"""In which area something is, by the places that are told of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_nb.engine.corpus.words import STOPWORDS
from parallel_nb.engine.finder.claims import WHERE
from parallel_nb.engine.finder.evidence import now
from parallel_nb.engine.finder.geography import country_of, places_in
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.dossier import Statement

#: What says nothing of where something is: a former mill may well stand there.
_NOT_HERE = re.compile(
    r"\b(?:not|never|unlike|left|until|formerly|no longer|at first|originally|previously)\b",
    re.IGNORECASE,
)
_UNLIKE = re.compile(r"^Unlike [^,]{1,60}, ")
#: A sentence about somebody else, who is named: `Anna Berg and`, `James Joyce stayed`.
_OTHER = re.compile(r"([A-Z][\w'\u2019-]{1,40})\s(?:and\s)?[A-Z][a-z]+\b")
#: `His wife is`, `Its work is done`: somebody or something else.
_HIS = re.compile(r"(?:His|Her|Its|Their)\s([\w-]+)")


def find_where(
    statements: Iterable[Statement], claim: Claim, name: str
) -> tuple[bool, Statement] | None:
    """The statement that says best in which area something is, and whether that is claimed.

    What has a label such as `City` says it best, then what has the words of the condition, then
    what comes first. What is denied or past says nothing, and neither does a place in the
    thing's own name or in a sentence about somebody else. Of a city that may be one of several,
    nothing is said.
    """
    found: list[tuple[int, bool | None, Statement]] = []
    for statement in statements:
        text = now(_UNLIKE.sub("", statement.text.replace(name, "It")))
        if _NOT_HERE.search(text) or _is_of_another(text, claim.roots | WHERE):
            continue
        is_labelled = bool(frozenset(roots_of(statement.label)) & WHERE)
        has_words = bool(claim.roots & frozenset(roots_of(text)))
        is_structured = bool(statement.label) or not text.rstrip().endswith((".", "!", "?"))
        places = country_of(text) if is_labelled else []
        for place in places or places_in(text, is_structured=is_structured):
            lies = {place.is_in(area) for area in claim.areas}
            is_in = None if None in lies else lies == {True}
            rank = 0 if is_labelled else 1 if has_words else 2 if statement.is_own else 3
            found.append((rank, is_in, statement))
            break
    if not found:
        return None
    _, is_in, statement = min(found, key=lambda each: each[0])
    return None if is_in is None else (is_in, statement)


def _is_of_another(text: str, own: frozenset[str]) -> bool:
    """Whether a sentence is about another person or thing, but one of those in `own`."""
    if his := _HIS.match(text):
        return not own & frozenset(roots_of(his[1]))
    begins = _OTHER.match(text)
    return begins is not None and begins[1].lower() not in STOPWORDS
