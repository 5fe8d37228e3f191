"""What little grammar the reader knows: asides, who acts, and whose verb it is.

A sentence is read as its main clause with asides set into it: `Morris Chang, who had
spent 25 years in Texas, came and started the company in Hsinchu, Taiwan, in 1987`.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import GENERIC_ROOTS, STOP_ROOTS, roots

if TYPE_CHECKING:
    from collections.abc import Collection

_ASIDE = re.compile(
    r"\s*\([^()]*\)"
    # `, a carpenter in Billund, Denmark,` and `, who had spent 25 years there,`
    r"|,\s(?:(?:who|whose|which|whom|where|then|formerly|previously|born|already|a|an|his|her|its|aged|now|\w+ed)\b|the [a-z])"
    r"[^,;.]{2,90}(?:,\s[A-Z][^,;.]{1,40})?,(?!\s(?:and|or)\b)"
)
#: `in Scotts Valley, California, on`: the state belongs to the place.
_PLACE = re.compile(
    r"(?P<place>\b[A-Z\u00c0-\u00de][\w'\u2019-]+),\s[A-Z\u00c0-\u00de][\w.'\u2019-]+(?:\s[A-Z\u00c0-\u00de][\w.'\u2019-]+){0,2},(?=\s(?!and\b|or\b)[a-z])"
)
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|be|being)\s+(?:\w+ly\s+|first\s+)?$")
_CLAUSE = re.compile(
    r"[;:]\s|,\s(?:and|but|while|whereas|when|which|who|where|as)\s|\sand\s|\sbut\s"
)
_AUXILIARY = re.compile(
    r"(?:,?\s*\b(?:was|were|is|are|has|have|had|been|be|being|officially|formally|first|publicly|also|only|then|later|soon|finally|itself|originally|already))+\s*$|,\s*$"
)
_LEAD = re.compile(
    r"^(?:In|On|By|From|Since|After|Before|At|Within|Until|During|For|Outside|Under)\s[^,]*,\s*|^(?:In|Since|By)\s(?:[A-Z][a-z]+\s)?\d{4}\s"
)
_CONTRAST = re.compile(r"[;:]|, (?:but|while|although|and)\b|\bbut\b")
_OPEN = re.compile(
    r"\b(?:it|they|he|she|this|we|its name|the name|who|which|that|one|company|firm|group|corporation|business|studio|workshop|bank|language|project|system|software|database|engine|country|state|republic|kingdom|element|metal|gas|planet|moon|body|founders?|developers?|authors?|brothers?|team|start-up|version)\b",
    re.IGNORECASE,
)
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|neither|nor|without|lacks?|lacking|cannot|nothing|nobody|lost|no longer|far from"
    r"|refused|rejected|isn't|doesn't|aren't|don't|hasn't|wasn't|didn't)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
#: How many words before a verb are looked through for a negation, and how many behind it.
_NEGATION_BEFORE: Final = 8
_NEGATION_AFTER: Final = 3
_MOST_WORDS: Final = 14


@lru_cache(maxsize=20_000)
def plain_clause(text: str) -> str:
    """A piece of a sentence without asides and without the state behind a town."""
    return _PLACE.sub(r"\g<place>", _ASIDE.sub("", text))


def acts(text: str, name_end: int, cue_start: int) -> bool:
    """True when what stands before `name_end`, at a clause's beginning, does the verb at `cue_start`."""
    between = plain_clause(text[name_end:cue_start])
    if re.search(r"[;:,]", between) or len(between.split()) > _MOST_WORDS:
        return False
    return not _PASSIVE.search(between)


def acts_for_other_subject(
    text: str, cue_start: int, known: Collection[str], people: Collection[str]
) -> bool:
    """True when the verb at `cue_start` says something of another thing than the page's.

    `Automatic reference counting, introduced in 2011` and `Streaming began` do; a pronoun,
    a noun of the class (`the company`), a person, or a thing that the question names does not.

    Args:
        text: the sentence.
        cue_start: where the verb begins.
        known: roots of the subject's name and of the question.
        people: last words of the names of the people on the page.
    """
    before = _LEAD.sub("", plain_clause(text[:cue_start]))
    clauses = _CLAUSE.split(before)
    head = _AUXILIARY.sub("", clauses[-1]).strip(" ,")
    if not head and len(clauses) > 1 and before.endswith((" and ", " but ")):
        head = clauses[-2].strip(" ,")  # `The probe entered orbit and found spots`
    if not head or _OPEN.search(head):
        return False
    words = frozenset(roots(head))
    if words & frozenset(known) - STOP_ROOTS - GENERIC_ROOTS:
        return False
    return not any(
        word.strip(".,'\u2019s") in people or word.strip(".,") in people for word in head.split()
    )


_OBJECT = re.compile(
    r"\s(?:(?:as|of|the|a|an|sight of|upon|new|his|her|its|their|little|\w+ly) ){0,3}(?P<object>\S+(?: \S+)?)"
)


def has_object(text: str, verb_end: int, subject: Collection[str]) -> bool:
    """True when the verb that ends there is followed by the subject's name: `found Charon`."""
    found = _OBJECT.match(text, verb_end)
    return found is not None and bool(frozenset(roots(found["object"])) & frozenset(subject))


def is_agent(text: str, start: int, end: int, root: str) -> bool:
    """True for `founder` where the root is `found`: the person, not what the person did."""
    word = text[start:end].lower().rstrip("s")
    return word.endswith(("er", "or")) and not root.endswith(("er", "or"))


def denies(text: str) -> bool:
    """True when a text holds a negation."""
    return bool(_NEGATION.search(text))


def is_negated(text: str, position: int) -> bool:
    """True when a negation stands in the same clause shortly before a position, or behind it."""
    clause = _CONTRAST.split(text[:position])[-1]
    before = " ".join(clause.split()[-_NEGATION_BEFORE:])
    after = " ".join(re.split(r"[,;.]", text[position:])[0].split()[:_NEGATION_AFTER])
    return denies(before) or denies(after)
