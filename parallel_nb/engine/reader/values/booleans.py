"""Yes or no as candidates: whether a statement asserts what is asked, or denies it."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import Candidate, keyword_tokens, tokens
from parallel_nb.engine.reader.language.grammar import (
    clause_at,
    clauses_of,
    denies,
    is_hypothetical,
    is_negated,
)
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.statements import read_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token

_YES = re.compile(
    r"(?:yes|true|y|supported|full|fully|permitted|allowed|included|required|available|possible|fitted|installed|present|in place|held|since \d{4})\b|[\u2713\u2714]",
    re.IGNORECASE,
)
_NO = re.compile(
    r"(?:no|false|none|n|never|not|without|nil|unsupported|prohibited|forbidden|excluded|yet to|lapsed|expired|refused|withdrawn|removed|pending|absent)\b|[\u2717\u2718]",
    re.IGNORECASE,
)
#: What is so for some alone, before and behind their name.
_ONLY_BEFORE = re.compile(
    r"\b(?:only|none but|nobody but|no one but|nowhere but)(?: (?:in|at|for|on|to|by|the|you and)){0,3} $",
    re.IGNORECASE,
)
#: How far before a name that stands, in characters.
_ONLY_REACH: Final = 40
_ONLY_AFTER = re.compile(r" (?:only|alone)\b")
#: The same holds of the thing that is named in another clause: `and so does the Pit`.
_LIKEWISE = re.compile(
    r"\b(?:also|too|likewise|as well|so (?:do|does|is|are|has|have))\b", re.IGNORECASE
)
#: How many words behind what is asked may hold its denial: `the licence of Acme was refused`.
_DENIED_BEHIND: Final = 4
#: A clause with so many of the question's words is meant.
_SEVERAL: Final = 2
#: Words of a question for what was done, which decide: `line drawn`, `exclusivity granted`.
_DONE = re.compile(
    r"\b\w*(?:ed|wn|ken|ven|sold|held|paid|done|made|built|sent|kept)\b", re.IGNORECASE
)
#: What one sentence asks and the next replies.
_ASKS_WHETHER = re.compile(r"\bask(?:s|ed|ing)? (?:\w+ ){0,2}(?:whether|if)\b", re.IGNORECASE)
_REPLY = re.compile(
    r"(?:it|they|he|she|that|this|we|i|there) (?:is|are|was|were|has|have|had|do|does|did|will|can|may|must)(?P<no>n['\u2019]t| not| never)?(?:[.,:;]|$)",
    re.IGNORECASE,
)
#: Fit of a reply, and the part of the fit that a mention or denial of one word of many has.
_REPLIED, _MENTION, _DENIAL = 0.8, 0.5, 0.75
_WITHOUT = re.compile(r"\bwithout\b")
#: How many words of a fact are looked through for a denial.
_OPENING: Final = 5
_FIRST_CLAUSE = re.compile(r"[,;:.(]")
#: Factors for what is asked, wished or planned, and for what a clause says of another thing.
_HYPOTHETICAL, _OTHER_CLAUSE = 0.4, 0.5
#: Fit of a denial: a word that is only mentioned looks like a yes, but nobody denies in passing.
_DENIED: Final = 0.75
#: Fit of a yes or no behind a label without any word of the question, and the factor for a denial
#: that stands far from these.
_BARE_REPLY, _FAR_DENIAL = 0.3, 0.5
#: Fit of a denial that a sentence implies.
_IMPLIED: Final = 0.65
#: Where money is asked for, what is free costs none.
_CHARGE_ASKED = re.compile(
    r"\b(?:fees?|charged?|charges|costs?|price|pay|paid|payable|penalty)\b", re.IGNORECASE
)
_FREE = re.compile(
    r"\b(?:free of charge|free of cost|for free|(?:is|are|get in|admission) free|free (?:admission|entry|delivery)"
    r"|without (?:any )?(?:charge|penalty|fee|cost)|at no (?:extra |additional )?(?:charge|cost)|gratis|complimentary)\b",
    re.IGNORECASE,
)
#: A word of the question, and the word that denies it where it stands instead; both ways.
_OPPOSITES: Final = (
    ("static", "dynamic"),
    ("compiled", "interpreted"),
    ("open", "proprietary"),
    ("open", "closed"),
    ("open", "commercial"),
    ("public", "private"),
    ("left", "right"),
    ("radioactive", "stable"),
    ("monarchy", "republic"),
    ("landlocked", "coast"),
    ("landlocked", "sea"),
    ("landlocked", "island"),
    ("landlocked", "shore"),
    ("landlocked", "coastline"),
    ("landlocked", "ocean"),
    ("strong", "weak"),
    ("metal", "gas"),
    ("solid", "liquid"),
    ("independent", "subsidiary"),
    ("active", "discontinued"),
    ("pass", "fail"),
    ("accepted", "rejected"),
)
OPPOSITES: Final = tuple(
    (roots(word)[0], roots(opposite)[0])
    for left, right in _OPPOSITES
    for word, opposite in ((left, right), (right, left))
)
#: `Whether it has no coast` asks for the opposite of a coast.
_LACK = re.compile(r"\b(?:no|not|without|lacks?|never)\s(?:\w+\s)?$", re.IGNORECASE)


def bool_candidates(  # noqa: C901, PLR0911, PLR0912 - one way of saying yes or no after the other
    matched: MatchedStatement,
) -> Iterator[Candidate]:
    """True where the statement asserts what is asked, false where it denies it.

    Both only where the denial stands far from what is asked.
    """
    text, statement = matched.text, matched.statement
    if (free := _FREE.search(text)) and _CHARGE_ASKED.search(matched.question):
        is_free = is_negated(text, free.start()) and not free[0].lower().startswith("without")
        yield Candidate(is_free, is_free, 0.85, free.start(), free.end())
        return
    named = statement.row_roots.union(statement.label_roots)
    if statement.is_fact and matched.keywords & named:
        answer = _yes_or_no(text)
        if answer is None and denies(" ".join(_FIRST_CLAUSE.split(text)[0].split()[:_OPENING])):
            answer = False  # `Drill rig: we have none`
        if answer is not None:
            value = answer != _asks_for_opposite(matched, statement.label_roots)
            if denies(statement.label) and not denies(matched.question):
                value = not value  # `Without a garbage collector: yes`
            yield Candidate(value, value, 1.0, 0, len(text))
            return
    if (reply := _reply(matched)) is not None:
        yield Candidate(reply, reply, _REPLIED, 0, len(text))
        return
    if text.endswith("?"):
        return  # asks, and says nothing
    asked = _asked_roots(matched)
    if by_opposite := _by_opposite(matched, asked):
        yield by_opposite
        return
    keywords = keyword_tokens(matched)
    if not keywords:
        if statement.is_fact and (answer := _yes_or_no(text)) is not None:
            # `Airfield: none` may answer whether one can fly there
            yield Candidate(answer, answer, _BARE_REPLY, 0, len(text))
        return
    if statement.is_fact and not asked & {token.root for token in tokens(text)}:
        # a fact such as `Moons: 2` answers `has moons`, though not for sure
        yield Candidate(True, True, 0.5, 0, len(text))  # noqa: FBT003 - the answer is yes
        return
    value = not any(_is_denied(matched, token) for token in _of_one_clause(matched, keywords))
    # a `multi-ring basin` is no ring
    in_compounds = all(text[max(0, t.start - 1) : t.start] == "-" for t in keywords)
    fit = 0.35 if in_compounds and value else 0.7 if value else _DENIED
    least = _MENTION if value else _DENIAL
    fit *= least + (1 - least) * _share_said(matched, keywords)
    if not statement.is_fact:
        value, fit = _of_subject(matched, keywords, fit, is_so=value)
        if all(is_hypothetical(text, token.start) for token in keywords):
            fit *= _HYPOTHETICAL
    yield Candidate(value, value, fit, keywords[0].start, keywords[-1].end)
    if value and not statement.is_fact and denies(text) and not denies(matched.question):
        # a denial far off may mean it as well: `Pets, we are sorry to say, cannot be taken in`
        yield Candidate(False, False, fit * _FAR_DENIAL, keywords[0].start, keywords[-1].end)  # noqa: FBT003 - the answer is no


def _of_one_clause(matched: MatchedStatement, keywords: list[Token]) -> list[Token]:
    """Those of the question's words that stand in the clause with the most of them.

    In `It would not extend the loan but agreed that it may be repaid early`, the loan is in both.
    """
    clauses: dict[str, list[Token]] = {}
    for token in keywords:
        if token.root not in matched.subject:
            clauses.setdefault(clause_at(matched.text, token.start)[1], []).append(token)

    done = frozenset(root for word in _DONE.findall(matched.question) for root in roots(word))

    def weight(found: list[Token]) -> tuple[bool, int, bool, int]:
        named = any(matched.text[t.start].isupper() and t.start for t in found)
        said = {t.root for t in found}
        return bool(said & done), len(said), named, found[0].start

    most = max(clauses.values(), key=weight, default=keywords)
    return most if len(most) >= _SEVERAL or weight(most)[0] else keywords


def _share_said(matched: MatchedStatement, keywords: list[Token]) -> float:
    """The share of the field's name or description that a statement's text says."""
    field = matched.field
    wordings = [
        roots_of(text) - STOP_ROOTS - matched.subject
        for text in (field.name_in_words, field.plain_description)
    ]
    # words that mean the same
    others = len({token.root for token in keywords}.difference(*wordings))
    said = {token.root for token in tokens(matched.text)}
    return max((min(1.0, (len(said & w) + others) / len(w)) for w in wordings if w), default=1.0)


def _reply(matched: MatchedStatement) -> bool | None:
    """What the next sentence replies to what one asks: `whether it is so. It is not.`."""
    statement, text = matched.statement, matched.text
    if statement.is_fact or not (text.endswith("?") or _ASKS_WHETHER.search(text)):
        return None
    statements = read_statements(matched.document).statements
    if statement.number + 1 >= len(statements):
        return None
    following = statements[statement.number + 1].value
    if found := _REPLY.match(following):
        return not found["no"]
    return _yes_or_no(following) if following.casefold() in {"yes.", "no."} else None


def _is_denied(matched: MatchedStatement, token: Token) -> bool:
    """True where a word of the question is denied, other than by a `without` of the question."""
    text = matched.text
    if _WITHOUT.search(matched.question):
        text = _WITHOUT.sub("with   ", text)  # as long, so that the places stay
    return is_negated(text, token.start, _DENIED_BEHIND)


def _of_subject(
    matched: MatchedStatement, keywords: list[Token], fit: float, *, is_so: bool
) -> tuple[bool, float]:
    """Whether what a sentence says is so of the subject, and how well that fits.

    In `Captions in the Hall only; the Pit has yet to be fitted` it is not so of the pit, which has
    a clause of its own; nor is it of what goes unnamed where only others are named.
    """
    text, subject = matched.text, matched.subject
    own = [clause for clause in clauses_of(text) if subject & roots_of(clause)]
    said = [clause_at(text, token.start)[1] for token in keywords]
    if own and not any(clause in own for clause in said):
        others = any(find_names(clause) for clause in said)
        if others and denies(own[-1]):
            return False, _IMPLIED
        return is_so, fit if not others or _LIKEWISE.search(own[-1]) else fit * _OTHER_CLAUSE
    if is_so and not own and subject and _is_of_others_only(matched):
        return False, _IMPLIED
    return is_so, fit


def _is_of_others_only(matched: MatchedStatement) -> bool:
    """True where a sentence says a thing of those alone whom it names."""
    text, asked = matched.text, roots_of(matched.question)
    return any(
        (
            _ONLY_BEFORE.search(text[max(0, span.start - _ONLY_REACH) : span.start])
            or _ONLY_AFTER.match(text, span.end)
        )
        and asked.isdisjoint(roots(span.text))
        for span in find_names(text)
    )


def _by_opposite(matched: MatchedStatement, asked: frozenset[str]) -> Candidate | None:
    """False where `private` stands instead of the `public` that is asked for; true for `not private`."""
    found = tokens(matched.text)
    words = {token.root for token in found}
    for word, opposite in OPPOSITES:
        if word in asked and opposite in words and word not in words:
            opposites = [token for token in found if (word, token.root) in OPPOSITES]
            negated = [t for t in opposites if is_negated(matched.text, t.start)]
            token = (negated or opposites)[0]
            fit = 0.75 if matched.statement.is_fact else 0.45
            return Candidate(bool(negated), bool(negated), fit, token.start, token.end)
    return None


def _yes_or_no(text: str) -> bool | None:
    if _YES.match(text):
        return True
    return False if _NO.match(text) else None


def _asked_roots(matched: MatchedStatement) -> frozenset[str]:
    return roots_of(matched.question) - STOP_ROOTS - matched.subject


def _asks_for_opposite(matched: MatchedStatement, label: tuple[str, ...]) -> bool:
    """True when the label names the opposite of what is asked: `Coast: none`, `landlocked`."""
    asked = _asked_roots(matched)
    contrary = [a for a, b in OPPOSITES if a in asked and b in label and a not in label]
    return any(not _asks_for_lack(matched.question, word) for word in contrary)


def _asks_for_lack(question: str, word: str) -> bool:
    """True when a question asks whether something lacks a thing."""
    return any(
        _LACK.search(question[: token.start]) for token in tokens(question) if token.root == word
    )
