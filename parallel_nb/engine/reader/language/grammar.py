"""The little grammar that the reader knows: asides, agents and objects of verbs, negation.

A sentence is read as its main clause with asides set into it: `Morris Chang, who had
spent 25 years in Texas, came and started the company in Hsinchu, Taiwan, in 1987`.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.reader.language.vocabulary import GENERIC_ROOTS, STOP_ROOTS, roots_of

if TYPE_CHECKING:
    from collections.abc import Collection

_ASIDE = re.compile(
    r"(?:(?<!\s)\s+)?+\([^()]*\)"
    # `, a carpenter in Billund, Denmark,` and `, who had spent 25 years there,`
    r"|,\s(?:(?:who|whose|which|whom|where|for|with|including|until|then|formerly|previously|born|already|a|an|his|her|its|aged|now|\w+ed)\b|the [a-z])"
    r"[^,;.]{2,90}(?:,\s[A-Z][^,;.]{1,40})?,(?!\s(?:and|or)\b)"
)
#: `in Scotts Valley, California, on`: the state belongs to the place.
_PLACE = re.compile(
    r"(?P<place>\b[A-Z\u00c0-\u00de][\w'\u2019-]{1,60}),\s[A-Z\u00c0-\u00de][\w.'\u2019-]+(?:\s[A-Z\u00c0-\u00de][\w.'\u2019-]+){0,2},(?=\s(?!and\b|or\b)[a-z])"
)
#: The words before a verb that make it passive.
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|be|being)\s+(?:\w+ly\s+|first\s+)?$")
#: Where one clause ends and another begins.
_CLAUSE = re.compile(
    r"[;:]\s|,\s(?:and|but|while|whereas|when|which|who|where|as)\s|\sand\s|\sbut\s"
)
#: Auxiliary verbs and adverbs between an agent and its verb.
_AUXILIARY = re.compile(
    r"(?:,?\s?\b(?:was|were|is|are|has|have|had|been|be|being|officially|formally|first|publicly|also|only|then|later|soon|finally|itself|originally|already)){1,8}\s?$|,\s?$"
)
#: What stands before the agent at the beginning of a sentence: `In 1999`, `After the war,`.
_LEAD = re.compile(
    r"^(?:In|On|By|From|Since|After|Before|At|Within|Until|During|For|Outside|Under)\s[^,]*,\s*|^(?:In|Since|By)\s(?:[A-Z][a-z]+\s)?\d{4}\s"
)
#: Where a contrast ends the reach of a negation.
_CONTRAST = re.compile(r"[;:]|[.!?]\s|, (?:but|while|although|and)\b|\bbut\b")
#: Agents that may well be the subject itself: pronouns, nouns of its class, its people.
_MAY_BE_SUBJECT = re.compile(
    r"\b(?:it|they|he|she|this|we|its name|the name|who|which|that|one|company|firm|group|corporation|business|studio|workshop|bank|language|project|system|software|database|engine|country|state|republic|kingdom|element|metal|gas|planet|moon|body|founders?|developers?|authors?|brothers?|team|start-up|version)\b",
    re.IGNORECASE,
)
#: A definite common noun for what papers are about, which stands for the subject: `the clinic`.
_DEFINITE = re.compile(
    r"(?:the|this|our|your) (?:[a-z]+ )?(?:clinic|hospital|practice|school|college|university|institute|theatre|museum|gallery|library|church|house|hall"
    r"|hotel|shop|estate|farm|garden|park|reserve|mine|quarry|pit|plant|factory|mill|works|winery|vineyard|brewery|site|building|bridge|station|port|harbour"
    r"|ship|vessel|ferry|boat|aircraft|trust|charity|foundation|association|society|club|committee|council|centre|service|scheme|programme|project|product"
    r"|contract|agreement|lease|policy|fund|loan|bond|application|request|appeal|case|claim|dispute|patent|mark|incident|accident|survey|audit|report"
    r"|tender|offer|order|plan|sale|works?|line|route)",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[;:,]")
_BREAK_OR_STOP = re.compile(r"[,;.]")
_NEGATION = re.compile(
    r"\b(?:not(?! (?:only|just|least|until)\b)|no(?! (?:doubt|fewer|less|later)\b)|never|none|neither|nor|without(?! (?:doubt|fail)\b)"
    r"|lacks?|lacking|cannot|nothing|nobody|lost|far from|yet to|(?:do|does|did) without|g[ai]ven? up|ceased|stopped|laps(?:e|ed|es)"
    r"|expired|declin(?:e|ed|es)|turned down|withdr(?:ew|awn)|abandoned|dropped|came to nothing|failed to|rather than|instead of"
    r"|refus(?:al|ed|es)|reject(?:ed|ion)|prohibited|forbidden|excluded|cancelled|revoked|scrapped"
    r"|isn't|doesn't|aren't|don't|hasn't|wasn't|didn't)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
#: What denies a denial: `not excluded`.
_DOUBLE_NEGATION = re.compile(
    r"\b(?:not|never|n['\u2019]t) (?:been |be |yet )?(?:ceased|stopped|lapsed|expired|declined|turned down|withdrawn|abandoned"
    r"|dropped|refused|rejected|prohibited|forbidden|excluded|cancelled|revoked|scrapped)\b",
    re.IGNORECASE,
)
#: An aside between a noun and its verb: `The repair, put down for 2024, was not done`.
_ASIDE_BEFORE_VERB = re.compile(
    r",\s[^,;.:]{2,60},(?=\s(?:is|are|was|were|has|have|had|will|shall|can|may|must|does|do|did)\b)"
)
#: What is only asked, wished or planned is not said to be so.
_HYPOTHETICAL = re.compile(
    r"\b(?:whether|if|unless|would|should|could|might|recommend(?:s|ed)?|advis(?:es|ed)|hop(?:es|ed?|ing) (?:to|for)|plan(?:s|ned)? (?:to|for)|intend(?:s|ed)?"
    r"|propos(?:es|ed)(?= (?:to|that|an?|the)\b)|ask(?:s|ed) (?:for|to|that|about)|appl(?:ied|ies) for|wish(?:es|ed)?|want(?:s|ed)|talk of|considering)\b",
    re.IGNORECASE,
)
#: Where a sentence passes from one thing to another.
_PART = re.compile(
    r"[;:]\s|[.!?]\s|,\s(?:and|but|while|whereas|though|although)\s|\s(?:but|while|whereas)\s"
)
#: How many words before a verb are looked through for a negation, and how many behind it.
_NEGATION_BEFORE: Final = 8
_NEGATION_AFTER: Final = 3
#: The most words between an agent and its verb.
_MAX_DISTANCE: Final = 14
_OBJECT = re.compile(
    r"\s(?:(?:as|of|the|a|an|sight of|upon|new|his|her|its|their|little|\w+ly) ){0,3}(?P<object>\S+(?: \S+)?)"
)


@lru_cache(maxsize=20_000)
def plain_clause(text: str) -> str:
    """Part of a sentence without asides, and without the state behind a town.

    Examples:
        >>> plain_clause("Ole Kirk, a carpenter in Billund, Denmark, began (in a shed) to make toys")
        'Ole Kirk began to make toys'
    """
    return _PLACE.sub(r"\g<place>", _ASIDE.sub("", text))


def is_agent_of(text: str, name_end: int, verb_start: int) -> bool:
    """True when the name at a clause's beginning does what the verb says.

    Args:
        text: the sentence.
        name_end: where the name ends.
        verb_start: where the verb begins, behind the name.
    """
    between = plain_clause(text[name_end:verb_start])
    if _BREAK.search(between) or len(between.split()) > _MAX_DISTANCE:
        return False
    return not _PASSIVE.search(between)


def has_other_agent(
    text: str, verb_start: int, known: Collection[str], people: Collection[str]
) -> bool:
    """True when a verb says something of another thing than the document's subject.

    It does in `Automatic reference counting, introduced in 2011` and `Streaming began`. It does
    not with a pronoun, a noun of the class (`the company`), a person of the document, or a thing
    that the question names.

    Args:
        text: the sentence.
        verb_start: where the verb begins.
        known: roots of the subject's name and of the question.
        people: last words of the names of the people in the document.
    """
    before = _LEAD.sub("", plain_clause(text[:verb_start]))
    clauses = _CLAUSE.split(before)
    agent = _AUXILIARY.sub("", clauses[-1]).strip(" ,")
    if not agent and len(clauses) > 1 and before.endswith((" and ", " but ")):
        agent = clauses[-2].strip(" ,")  # `The probe entered orbit and found spots`
    if not agent or _MAY_BE_SUBJECT.search(agent) or _DEFINITE.fullmatch(agent):
        return False
    if roots_of(agent) & frozenset(known) - STOP_ROOTS - GENERIC_ROOTS:
        return False
    return not any(
        word.strip(".,'\u2019s") in people or word.strip(".,") in people for word in agent.split()
    )


def has_object(text: str, verb_end: int, subject: Collection[str]) -> bool:
    """True when the subject's name follows the verb that ends at `verb_end`: `found Charon`."""
    found = _OBJECT.match(text, verb_end)
    return found is not None and not roots_of(found["object"]).isdisjoint(subject)


def is_agent_noun(word: str, root: str) -> bool:
    """True for `founder` with the root `found`: it means the person, not what the person did."""
    singular = word.lower().rstrip("s")
    return singular.endswith(("er", "or")) and not root.endswith(("er", "or"))


def denies(text: str) -> bool:
    """True when a text holds a negation."""
    found = _NEGATION.search(text)
    return bool(found and _NEGATION.search(_DOUBLE_NEGATION.sub("", text)))


def is_negated(text: str, position: int, behind: int = _NEGATION_AFTER) -> bool:
    """True when a negation stands in the same clause shortly before a position, or behind it."""
    if text[:position].endswith(("non-", "Non-")):
        return True
    clause = _CONTRAST.split(text[:position])[-1]
    before = " ".join(clause.split()[-_NEGATION_BEFORE:])
    # the word itself may deny: `refused on 11 May` says of a refusal that it was
    rest = _ASIDE_BEFORE_VERB.sub("", text[position:])
    after = _BREAK_OR_STOP.split(rest, maxsplit=1)[0].split()[1 : behind + 1]
    return denies(before) or denies(" ".join(after))


def is_hypothetical(text: str, position: int) -> bool:
    """True where what stands at a position is only asked, wished or planned.

    Examples:
        >>> is_hypothetical("The report had recommended refusal", 27)
        True
    """
    return bool(_HYPOTHETICAL.search(clause_at(text, position)[0]))


@kept_for_sentences()
def clause_at(text: str, position: int) -> tuple[str, str]:
    """The clause of a position: what of it stands before the position, and the whole of it.

    Examples:
        >>> clause_at("Sound in the Hall; the Pit has none", 27)
        ('the Pit ', 'the Pit has none')
    """
    start = max((m.end() for m in _PART.finditer(text) if m.end() <= position), default=0)
    end = next((m.start() for m in _PART.finditer(text) if m.start() >= position), len(text))
    return text[start:position], text[start:end]


def clauses_of(text: str) -> list[str]:
    """The clauses of a sentence in their order."""
    return _PART.split(text)
