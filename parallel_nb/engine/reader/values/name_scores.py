"""How well a name in a sentence fits a question: grammar ties it to the question's words."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import Place, Token, is_former, nearness
from parallel_nb.engine.reader.grammar import acts, plain_clause
from parallel_nb.engine.reader.phrases import Sort, Span, looks_like_person
from parallel_nb.engine.reader.values.people import asks_for_holder, holds_office
from parallel_nb.engine.reader.values.places import is_country
from parallel_nb.engine.reader.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMESAKE = re.compile(
    r"\b(?:named|called) (?:after|for)\b|\bnamesake\b|\beponym|\bname (?:comes|refers|honou?rs)|\bhonou?r|\bbears\b"
    r"|\borigin of the name|\bname from\b|\bafter (?:which|whom)\b.*\b(?:named|called)\b",
    re.IGNORECASE,
)
#: A word that is no name of its own: `Greek`, `Marie's`, `country`.
_NO_NAME = (
    r"(?:(?:[a-z\u00df-\u00ff][\w-]*|[A-Z]\w*(?:an|ish|ese|eek|[nt]ch)|[A-Z]\S*['\u2019]s),?\s)"
)
_NAMED_AFTER = re.compile(
    rf"\b(?:named?|called|naming)\b(?:\s\w+){{0,3}}\s(?:after|for)\s{_NO_NAME}{{0,6}}$"
    rf"|\b(?:takes|took|has|got|owes) (?:its|the) name (?:from|to)\s{_NO_NAME}{{0,5}}$"
    rf"|\b(?:honou?rs?|in honou?r of|in memory of|recalls|bears the (?:first )?name of)\s{_NO_NAME}{{0,6}}$"
)
_NAMER = re.compile(r"\b(?:named|called|naming)\b(?:\s\w+){0,3}\s(?:after|for)\s")
_POSSESSIVE = re.compile(r"['\u2019]s\s(?:[a-z]+\s){0,4}[a-z]+,\s[A-Z]")
_TITLED = re.compile(
    r"(?:King|Queen|President|Emperor|Prince|Princess|Sir|Pope|Saint|General|Professor)\s"
)
_DEMONYM = re.compile(r"[A-Z]\w*(?:ish|ese|ican|[dlstr]ian)")
_WHERE = re.compile(r"\b(?:in|at|near|of|to|into|from|by|for)\s+(?:the\s+)?$")
_FROM = re.compile(r"\bfrom\s+(?:the\s+)?(?:[a-z]+\s+of\s+)?$")
_TO = re.compile(r"\s+to\s+[A-Z]")
#: What a sentence must hold to say where a name comes from.
_OF_NAMES = re.compile(
    r"\b(?:names?|named|naming|honou?r\w*|memory|recall\w*|bears|eponym\w*|word|stands? for|short for|from|after|mean\w*)\b",
    re.IGNORECASE,
)
#: Between a word of the question and the name behind it.
_AFTER_CUE = re.compile(
    r"\s+|,?\s*(?:is|was|are|were|became|has been)\s+(?:the\s+|now\s+)?|,\s+|:\s*|\s*\("
    r"|(?: of| for)?(?: the| its)?(?: [^\W_]+){1,4} (?:is|was|are|were|became)(?: the| now)? ?"
)
#: Between a name and the word of the question behind it.
_IDENTITY = re.compile(
    r",?\s+(?:(?:is|was|became|has been|are|were)\s+)?(?:the|its|their|a|an)\s+(?:[\w-]+\s+){0,2}"
)
_BEFORE_CUE = re.compile(
    r"(?:\s(?:on|near|in|at)\s(?:the\s)?[A-Z]\S*)?(?:, not [^,]{1,30})?,?\s+(?:(?:is|was|became|has been|are|were|had)\s+)?"
    r"(?:(?:the|its|a|an|now|then|first|current|new|[a-z-]+|[A-Z][a-z]+)\s+){0,3}"
)
_BY = re.compile(r"\s*(?:by|in|at|from|after|for|as|with|on|of|under|to|into)\s+(?:the\s+)?")
#: What it counts more to have taken over: the office stands in another clause then.
_CAME_IN: Final = 0.15
_AT = re.compile(r"\b(?:at|in|near|into)\s(?:the\s)?$")
#: `he moved it to Erlang`
_MOVED = re.compile(
    r"\b(?:moved|ported|switched|changed|converted|rewritten|rewrote)\b[^,.;:]{0,20}\s(?:to|in|into)\s$"
)
#: `Jakarta on Java`: the second name says where the first is.
_NAME_AT = re.compile(r"(?P<name>[A-Z]\S*)\s(?:on|near|in|at)\s(?:the\s)?$")
#: What `holds_office` says of those who held it.
_PAST: Final = 0.5
_FIRM, _TIED, _LOOSE = 0.4, 0.3, 0.12
#: What the names at a sentence's beginning count more where people are asked for.
ACTOR: Final = 0.1


def fit_of_name(place: Place, span: Span, sort: Sort, cues: Sequence[Token]) -> float:
    """How well a name fits, from 0 to 1, for the sort of answer that is asked for."""
    text = place.text
    fit = 0.2 + 0.45 * nearness(text, span.start, span.end, cues)
    fit += joined_to_cue(place, span, cues)
    if _NAMESAKE.search(place.question):
        fit = _as_namesake(text, span, fit)
    if _POSSESSIVE.match(text, span.end):
        fit *= 0.6  # `after Marie's country, Poland`
    if sort == "person":
        fit = _as_person(place, span, cues, fit)
    elif sort in {"place", "org", "country"}:
        fit = _as_place(place, span, sort, fit)
    if _FROM.search(text[max(0, span.start - 60) : span.start]) and _TO.match(text[span.end :]):
        fit *= 0.5  # `from Oak Brook to Chicago`
    if _MOVED.search(text[: span.start]):
        fit += _CAME_IN
    if is_former(text, span.start, place.question):
        fit *= 0.4
    if sort in {"person", "any"} and asks_for_holder(place.question):
        held = holds_office(text, span.start, span.end, place.document.date or "")
        if sort == "person" and not looks_like_person(span.text):
            held = min(held, 1.0)  # `Zurich is the largest` is nobody's office
        fit = (fit + _CAME_IN if held > 1 else fit) * held
    return min(1.0, fit)


def is_past_holder(place: Place, span: Span, sort: Sort) -> bool:
    """True for who held the office that is asked for and no longer does."""
    if sort not in {"person", "any"} or not asks_for_holder(place.question):
        return False
    return holds_office(place.text, span.start, span.end, place.document.date or "") < _PAST


def _as_namesake(text: str, span: Span, fit: float) -> float:
    if _NAMED_AFTER.search(text[max(0, span.start - 90) : span.start]):
        return fit + 0.4
    if _NAMER.search(text, span.end):
        return fit * 0.5  # who gave the name
    # `The rovers called Lunokhod` says what they are called, not after what
    return fit if _OF_NAMES.search(text) else fit * 0.5


def _as_person(place: Place, span: Span, cues: Sequence[Token], fit: float) -> float:
    text = place.text
    if is_country(span.text):
        fit *= 0.4
    if span.start == 0:
        fit += ACTOR  # who does what the sentence says
        if not asks_for_holder(place.question) and any(
            acts(text, span.end, cue.start) for cue in cues if cue.start > span.end
        ):
            fit += _TIED
    if _AT.search(text[max(0, span.start - 12) : span.start]):
        fit *= 0.5  # `at Potsdamer Platz`: a place, however it is called
    fit *= 1.0 if looks_like_person(span.text) else 0.55
    return fit * (0.3 if any(c.isdigit() for c in span.text) else 1.0)


def _as_place(place: Place, span: Span, sort: Sort, fit: float) -> float:
    text = place.text
    if _named_before(place, span):
        fit *= 0.8
    elif _WHERE.search(text[max(0, span.start - 20) : span.start]):
        fit += 0.2
    if _TITLED.match(span.text) or _DEMONYM.fullmatch(span.text):
        fit *= 0.4  # `King Rama I` and `American` are no places
    if sort == "country":
        return fit * (1.1 if is_country(span.text) else 0.5)
    if looks_like_person(span.text) and not is_country(span.text):
        fit *= 0.7
        if sort == "place" and re.search(rf"{re.escape(span.text)},? (?:who|said)", text):
            fit *= 0.5
    return fit


def _named_before(place: Place, span: Span) -> re.Match[str] | None:
    """The name that a name says the place of: `Jakarta` for `Java` in `Jakarta on Java`."""
    found = _NAME_AT.search(place.text[max(0, span.start - 40) : span.start])
    # of `Ada Byron wrote Alpha at Beta Labs` and the subject Alpha, the labs may well be asked for
    return found if found and not frozenset(roots(found["name"])) <= place.subject else None


def joined_to_cue(place: Place, span: Span, cues: Sequence[Token]) -> float:
    """How firmly grammar ties a name to a word of the question, from 0 to `_FIRM`.

    `X, the designer` and `the designer is X` say it outright; `designed by X` does too, while
    what follows `of` rather owns the thing than is it: `the virtual machine of X`.
    """
    text = place.text
    best = 0.0
    placed = _named_before(place, span)
    for cue in cues:
        if placed and (cue.start >= span.end or cue.start >= span.start - len(placed[0])):
            continue
        if cue.end <= span.start:
            between = plain_clause(text[cue.end : span.start])
            if _AFTER_CUE.fullmatch(between):
                best = max(best, _TIED)
            elif _BY.fullmatch(between):
                owner = between.split()[0] == "of" and not cue.root.startswith("succes")
                best = max(best, _LOOSE if owner else _TIED)
        elif cue.start >= span.end:
            between = plain_clause(text[span.end : cue.start])
            if _IDENTITY.fullmatch(between):
                best = max(best, _FIRM)
            elif _BEFORE_CUE.fullmatch(between):
                best = max(best, _TIED)
    return best
