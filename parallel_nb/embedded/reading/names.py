"""Names, phrases and lists of them as candidates."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.embedded.reading.candidates import (
    Candidate,
    Place,
    Token,
    cue_tokens,
    nearness,
)
from parallel_nb.embedded.reading.lists import Enumeration, find_enumerations, split_items
from parallel_nb.embedded.reading.people import asks_for_holder, holds_office
from parallel_nb.embedded.reading.phrases import (
    Sort,
    Span,
    clean_value,
    find_names,
    join_people,
    looks_like_person,
    sort_of,
    without_determiner,
    without_origin,
)
from parallel_nb.embedded.reading.places import is_country
from parallel_nb.embedded.reading.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Iterator

_COPULA = re.compile(
    r"\s*(?:(?:is|are|was|were|has been|became|remains|being)\s+(?:now |still |also |currently |officially )?"
    r"(?:called |named |known as )?|:\s*|=\s*|called\s+|named\s+)"
)
_PHRASE = re.compile(r"(?P<phrase>[^,;:.()]{2,90})")
_NAMESAKE = re.compile(
    r"\b(?:named|called) (?:after|for)\b|\bnamesake\b|\beponym|\bname (?:comes|refers|honou?rs)|\bhonou?r|\bbears\b"
    r"|\borigin of the name|\bname from\b|\bafter (?:which|whom)\b.*\b(?:named|called)\b",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(
    r"\b(?:named?|called|naming)\b(?:\s\w+){0,3}\s(?:after|for)\s(?:[\w'\u2019-]+,?\s){0,6}$"
    r"|\b(?:takes|took|has|got|owes) (?:its|the) name (?:from|to)\s(?:[\w'\u2019-]+,?\s){0,5}$"
    r"|\b(?:honou?rs?|in honou?r of|in memory of|recalls|bears the (?:first )?name of)\s(?:[\w'\u2019-]+,?\s){0,6}$"
)
_WHERE = re.compile(r"\b(?:in|at|near|of|to|into|from|by|for)\s+(?:the\s+)?$")
_FROM = re.compile(r"\bfrom\s+(?:the\s+)?(?:[a-z]+\s+of\s+)?$")
_TO = re.compile(r"\s+to\s+[A-Z]")
_FIRM, _TIED, _LOOSE = 0.4, 0.3, 0.12
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
    r"(?:, not [^,]{1,30})?,?\s+(?:(?:is|was|became|has been|are|were|had)\s+)?"
    r"(?:(?:the|its|a|an|now|then|first|current|new|[a-z-]+|[A-Z][a-z]+)\s+){0,3}"
)
_BY = re.compile(r"\s*(?:by|in|at|from|after|for|as|with|on|of|under|to|into)\s+(?:the\s+)?")
_CODE = re.compile(r"(?<![\w.])(?:\.?[A-Z][A-Za-z0-9]{0,5}|\.[a-z][a-z0-9]{0,6})(?![\w])")
#: What a single name counts where a list is asked for.
_ALONE: Final = 0.6
#: What the names at a sentence's beginning count more where people are asked for.
_ACTOR: Final = 0.1
#: A member with a verb in it is a piece of a sentence.
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|founded|made|which|who|that|when)\b")


def str_candidates(place: Place) -> Iterator[Candidate]:
    """Values of a text field."""
    text = place.text
    if place.unit.is_fact:
        value = clean_value(text)
        sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
        fit = 1.0
        if sort == "person" and not any(c.isalpha() for c in value):
            fit = 0.2
        if sort in {"person", "place", "org", "country"} and re.match(
            r"(?:yes|no|none)\b", value, re.IGNORECASE
        ):
            fit = 0.2
        fit *= _fit_of_label(place.unit.label, sort, value)
        if re.fullmatch(r"[\d.,\s%]+", value):
            fit *= 0.5
        at = max(0, text.find(value))
        yield Candidate(without_determiner(value), key_of(value), fit, at, at + len(value))
        return
    yield from _in_sentence(place)


def _fit_of_label(label: str, sort: Sort, value: str) -> float:
    """Less than 1 where a label asks for another kind of answer: `Author` for a company."""
    have = sort_of(label)
    if sort == "country" and not is_country(value.rsplit(",", maxsplit=1)[-1]):
        return 0.6
    if (
        sort == "person"
        and have != "person"
        and not looks_like_person(value.split(",", maxsplit=1)[0])
    ):
        return 0.4
    if (
        "person" in {have, sort}
        and have != sort
        and {have, sort} & {"place", "country", "org", "code"}
    ):
        return 0.35
    return 1.0


def key_of(value: str) -> str:
    """Equal for texts that differ in case, accents and punctuation only."""
    return " ".join(roots(value))


def _in_sentence(place: Place) -> Iterator[Candidate]:
    text = place.text
    sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
    cues = cue_tokens(place)
    spans = find_names(text)
    if sort == "person":
        spans = without_origin(spans)
        spans = [*spans, *join_people(text, [s for s in spans if looks_like_person(s.text)])]
    if sort == "code":
        spans = [Span(m.start(), m.end(), m[0]) for m in _CODE.finditer(text)]
    said = frozenset(roots(place.question))
    for span in spans:
        words = frozenset(roots(span.text))
        if words <= said:
            continue  # the question names it itself
        if not words or words <= place.subject or words <= place.cues:
            continue
        fit = _fit_of_name(place, span, sort, cues)
        if words & place.subject and not _joined_to_cue(text, span, cues):
            fit *= 0.6
        yield Candidate(span.text, key_of(span.text), fit, span.start, span.end)
    if sort in {"any", "place", "org", "country"}:
        yield from _behind_copula(place, cues, sort)


def _fit_of_name(place: Place, span: Span, sort: Sort, cues: list[Token]) -> float:
    text = place.text
    fit = 0.2 + 0.45 * nearness(text, span.start, span.end, cues)
    fit += _joined_to_cue(text, span, cues)
    if _NAMESAKE.search(place.question) and _NAMED_AFTER.search(
        text[max(0, span.start - 90) : span.start]
    ):
        fit += 0.4
    if sort == "person":
        if span.start == 0:
            fit += _ACTOR  # who does what the sentence says
        fit *= 1.0 if looks_like_person(span.text) else 0.55
    elif sort in {"place", "org", "country"}:
        fit += 0.2 if _WHERE.search(text[max(0, span.start - 20) : span.start]) else 0.0
        if sort == "country":
            fit *= 1.1 if is_country(span.text) else 0.5
        elif looks_like_person(span.text) and not is_country(span.text):
            fit *= 0.7
    if _FROM.search(text[max(0, span.start - 60) : span.start]) and _TO.match(text[span.end :]):
        fit *= 0.5  # `from Oak Brook to Chicago`
    if sort in {"person", "any"} and asks_for_holder(place.question):
        fit *= holds_office(text, span.start, span.end)
    elif (
        sort == "place"
        and looks_like_person(span.text)
        and re.search(rf"{re.escape(span.text)},? (?:who|said)", text)
    ):
        fit *= 0.5
    return min(1.0, fit)


def _joined_to_cue(text: str, span: Span, cues: list[Token]) -> float:
    """How firmly grammar ties a name to a word of the question, from 0 to `_FIRM`.

    `X, the designer` and `the designer is X` say it outright; `designed by X` does too, while
    what follows `of` rather owns the thing than is it: `the virtual machine of X`.
    """
    best = 0.0
    for cue in cues:
        if cue.end <= span.start:
            between = text[cue.end : span.start]
            if _AFTER_CUE.fullmatch(between):
                best = max(best, _TIED)
            elif _BY.fullmatch(between):
                owner = between.split()[0] == "of" and not cue.root.startswith("succes")
                best = max(best, _LOOSE if owner else _TIED)
        elif cue.start >= span.end:
            between = text[span.end : cue.start]
            if _IDENTITY.fullmatch(between):
                best = max(best, _FIRM)
            elif _BEFORE_CUE.fullmatch(between):
                best = max(best, _TIED)
    return best


def _behind_copula(place: Place, cues: list[Token], sort: Sort) -> Iterator[Candidate]:
    """The phrase behind `cue (of the subject) is|was`: `The currency is the euro`."""
    text = place.text
    for cue in cues:
        tail = text[cue.end :]
        gap = re.match(
            r"(?:\s+(?:of|in|for|on)\s+(?:the\s+)?[^,;:.]{1,30}?)?(?=\s+(?:is|are|was|were|has been|became)\s)|(?=\s*:)",
            tail,
        )
        if gap is None:
            continue
        copula = _COPULA.match(tail, gap.end())
        phrase = _PHRASE.match(tail, copula.end()) if copula else None
        if phrase is None:
            continue
        value = without_determiner(clean_value(phrase["phrase"]))
        if re.match(r"(?:neither|not|no|none|put|said|to be|so|too|at|also)\b", value):
            continue
        value = re.split(r"\s+(?:and|which|who|that|where|since|until|in \d{4})\s+", value)[
            0
        ].strip()
        if value and not frozenset(roots(value)) <= place.cues | place.subject:
            start = cue.end + phrase.start()
            fit = 0.6 if value[:1].isupper() or sort == "any" else 0.25
            yield Candidate(value, key_of(value), fit, start, start + len(value))


def list_candidates(place: Place) -> Iterator[Candidate]:
    """Values of a list of texts: a fact's members, or an enumeration in a sentence."""
    text = place.text
    if place.unit.is_fact:
        items = split_items(text)
        if items:
            yield Candidate(items, frozenset(key_of(item) for item in items), 1.0, 0, len(text))
        return
    cues = cue_tokens(place)
    yield from _single(place)
    for found in (*name_runs(text), *find_enumerations(text)):
        items = _trim_first(found.items)
        items = tuple(item for item in items if not frozenset(roots(item)) <= place.subject)
        if len(items) > 1:
            fit = 0.3 + 0.5 * nearness(text, found.start, found.end, cues)
            sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
            if found.start == 0 and sort == "person":
                fit += 2 * _ACTOR
            names = [item for item in items if item[:1].isupper()]
            fit *= 1.0 if len(names) == len(items) else 0.5
            fit *= 0.7 if any(_VERB.search(item) for item in items) else 1.0
            yield Candidate(
                items, frozenset(key_of(item) for item in items), fit, found.start, found.end
            )


def _single(place: Place) -> Iterator[Candidate]:
    """A name alone as a list of one, which any enumeration is preferred to."""
    for candidate in _in_sentence(place):
        if candidate.value[:1].isupper():
            key = frozenset({candidate.key})
            fit = candidate.fit * _ALONE
            yield Candidate((candidate.value,), key, fit, candidate.start, candidate.end)


def name_runs(text: str) -> list[Enumeration]:
    """Names that follow one another: `Jensen Huang, Chris Malachowsky and Curtis Priem`."""
    runs: list[Enumeration] = []
    spans = find_names(text)
    run: list[Span] = []
    for span in [*spans, Span(len(text) + 10, len(text) + 10, "")]:
        if run and re.fullmatch(r",? and |, |,? or ", text[run[-1].end : span.start]):
            run.append(span)
            continue
        if len(run) > 1:
            runs.append(Enumeration(run[0].start, run[-1].end, tuple(s.text for s in run)))
        run = [span]
    return runs


def _trim_first(items: tuple[str, ...]) -> tuple[str, ...]:
    """An enumeration's first member without the words that lead to it."""
    first = items[0]
    others_are_names = all(item[:1].isupper() for item in items[1:])
    if others_are_names and not first[:1].islower() and len(first.split()) <= 3:
        return items
    if others_are_names and (names := find_names(first)):
        return (names[-1].text, *items[1:])
    lead = re.split(
        r"\b(?:is|are|was|were|include|includes|including|such as|like|of|makes|sells|has|have|by|in|from|with)\s+",
        first,
    )
    return (lead[-1].strip() or first, *items[1:])
