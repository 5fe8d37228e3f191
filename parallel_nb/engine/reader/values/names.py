"""Names, phrases and lists of them as candidates."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.candidates import (
    Candidate,
    Place,
    Token,
    cue_tokens,
    nearness,
)
from parallel_nb.engine.reader.grammar import acts, plain_clause
from parallel_nb.engine.reader.phrases import (
    NO_NAME,
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
from parallel_nb.engine.reader.values.lists import Enumeration, find_enumerations, split_items
from parallel_nb.engine.reader.values.name_scores import (
    ACTOR,
    fit_of_name,
    is_past_holder,
    joined_to_cue,
)
from parallel_nb.engine.reader.values.numbers import find_numbers
from parallel_nb.engine.reader.values.places import is_country
from parallel_nb.engine.reader.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Iterator

_COPULA = re.compile(
    r"\s*(?:(?:is|are|was|were|has been|became|remains|being)\s+(?:now |still |also |currently |officially )?"
    r"(?:called |named |known as )?|:\s*|=\s*|called\s+|named\s+)"
)
_PHRASE = re.compile(r"(?P<phrase>[^,;:.()]{2,90})")
_CODE = re.compile(r"(?<![\w.])(?:\+\d{1,4}|\.?[A-Z][A-Za-z0-9]{0,5}|\.[a-z][a-z0-9]{0,6})(?![\w])")
#: What may stand around a date in a value that is one.
_ROUND = re.compile(r"(?:about|around|circa|c\.|ca\.|on|in|early|late|since)?[.,]?", re.IGNORECASE)
#: A number that begins later in a value is an addition.
_LEAD: Final = 8
_MEASURED = re.compile(
    r"\b(?:how|size|length|height|depth|distance|period|time|age|area|mass|weight|speed|price|cost|revenue|duration"
    r"|temperature|range|limit|share|value|diameter|radius|width|gravity|density|term|salary|capacity)\b",
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:when|dates?|years?|days?|time|period|since|until)\b", re.IGNORECASE)
#: What is asked for in text, though pages write it in digits.
_NUMBERED = re.compile(
    r"\b(?:versions?|releases?|editions?|numbers?|codes?|standards?|amount|how (?:many|much|long|far))\b",
    re.IGNORECASE,
)
#: What a single name counts where a list is asked for.
_ALONE: Final = 0.6
_OWNER = re.compile(r"\bof (?:the )?(?P<name>[A-Z]\w+)")
#: The common noun with which a clause begins.
_NOUN = re.compile(r"(?:^|(?<=[,;] )|(?<=and ))[Tt]he (?P<noun>[a-z]{3,}(?: [a-z]{4,})?)(?=,| is )")
_IS_THE = re.compile(
    r",? (?:is |was )?(?:still |now |also )?(?:the|its|one of (?:the )?\w+) (?:[a-z]+ ){0,2}(?:of [^,.;]{1,30})?"
)
#: A member with a verb in it is a piece of a sentence.
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|founded|made|which|who|that|when)\b")


def str_candidates(place: Place) -> Iterator[Candidate]:
    """Values of a text field."""
    text = place.text
    if place.unit.is_fact:
        sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
        value = clean_value(_done_by(text) if sort == "person" else text)
        fit = 1.0
        if sort == "person" and not any(c.isalpha() for c in value):
            fit = 0.2
        if re.fullmatch(r"(?:yes|no|none)", value, re.IGNORECASE):
            fit = 0.2
        fit *= _fit_of_label(place.unit.label, sort, value)
        if _is_of_another(place):
            fit *= 0.75
        if re.fullmatch(r"[\d.,\s%]+", value) and not _NUMBERED.search(place.question):
            fit *= 0.5
        if sort != "code" and _is_date(text) and not _DATED.search(place.question):
            fit *= 0.4
        if sort != "code" and _is_measure(value) and not _MEASURED.search(place.question):
            fit *= 0.4
        at = max(0, text.find(value))
        yield Candidate(without_determiner(value), key_of(value), fit, at, at + len(value))
        return
    yield from _in_sentence(place)


def _done_by(text: str) -> str:
    """Who did it, of a fact that also says when: `January 1610 by Galileo Galilei`."""
    found = re.search(r"\bby (?=[A-Z])", text)
    return text[found.end() :] if found and find_dates(text[: found.start()]) else text


def _is_measure(value: str) -> bool:
    """True for a value that is a number with a unit: `227.9 million km`."""
    found = find_numbers(value[:40])
    return bool(found) and found[0].start < _LEAD and bool(found[0].dimension)


def _is_date(value: str) -> bool:
    """True for a value that is a date and nothing else."""
    found = find_dates(value)
    return len(found) == 1 and bool(
        _ROUND.fullmatch(value[: found[0].start].strip() + value[found[0].end :].strip())
    )


def _is_of_another(place: Place) -> bool:
    """True for a label such as `Legal seat of Omega Group` on a page about something else."""
    owner = _OWNER.search(place.unit.label)
    if owner is None:
        return False
    named = frozenset(roots(owner["name"]))
    return not named & (place.subject | frozenset(roots(place.question)))


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
        spans = [
            Span(m.start(), m.end(), m[0]) for m in _CODE.finditer(text) if m[0] not in NO_NAME
        ]
    said = frozenset(roots(place.question))
    for span in spans:
        whole = span.text
        if sort in {"person", "any"} and " " not in whole:
            whole = place.people.get(whole) or whole
            span = Span(span.start, span.end, whole)  # noqa: PLW2901 - `Zuckerberg` is told from the page
        words = frozenset(roots(span.text))
        if words <= said:
            continue  # the question names it itself
        if not words or words <= place.subject or words <= place.cues:
            continue
        fit = fit_of_name(place, span, sort, cues)
        if words & place.subject and not joined_to_cue(place, span, cues):
            fit *= 0.6
        own = not is_past_holder(place, span, sort)
        yield Candidate(span.text, key_of(span.text), fit, span.start, span.end, own)
    if sort in {"any", "place", "org", "country"}:
        yield from _behind_copula(place, cues, sort)
    if sort == "any":
        yield from _before_copula(place, cues)


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


def _before_copula(place: Place, cues: list[Token]) -> Iterator[Candidate]:
    """The common noun that a clause begins with: `The rupiah is the currency`."""
    text = place.text
    for found in _NOUN.finditer(text):
        for cue in cues:
            if cue.start <= found.end() or frozenset(roots(found["noun"])) <= place.cues:
                continue
            between = plain_clause(text[found.end("noun") : cue.start])
            if _IS_THE.fullmatch(between):
                key = key_of(found["noun"])
                yield Candidate(found["noun"], key, 0.65, found.start("noun"), found.end("noun"))


def list_candidates(place: Place) -> Iterator[Candidate]:
    """Values of a list of texts: a fact's members, or an enumeration in a sentence."""
    text = place.text
    if place.unit.is_fact:
        sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
        items = split_items(_done_by(text) if sort == "person" else text)
        if items:
            dated = _is_date(text) or (sort == "person" and bool(find_dates(items[0])))
            fit = 0.3 if dated and not _DATED.search(place.question) else 1.0
            yield Candidate(items, frozenset(key_of(item) for item in items), fit, 0, len(text))
        return
    cues = cue_tokens(place)
    yield from _single(place)
    for found in (*name_runs(text), *find_enumerations(text)):
        items = _trim_first(found.items)
        items = tuple(item for item in items if not frozenset(roots(item)) <= place.subject)
        if len(items) > 1:
            fit = 0.3 + 0.5 * nearness(text, found.start, found.end, cues)
            sort = sort_of(place.ask.plain_description, place.ask.words_of_name)
            if sort == "person":
                fit += _as_people(text, found, items, cues)
            names = [item for item in items if item[:1].isupper()]
            fit *= 1.0 if len(names) == len(items) else 0.5
            fit *= 0.7 if any(_VERB.search(item) for item in items) else 1.0
            yield Candidate(
                items, frozenset(key_of(item) for item in items), fit, found.start, found.end
            )


def _as_people(text: str, found: Enumeration, items: tuple[str, ...], cues: list[Token]) -> float:
    """What it adds that people do what the sentence says, and takes that they are none."""
    if sum(looks_like_person(item) for item in items) * 2 <= len(items):
        return -ACTOR
    if found.start:
        return 0.0
    does = any(acts(text, found.end, cue.start) for cue in cues if cue.start > found.end)
    return 2 * ACTOR + (ACTOR if does else 0.0)


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
    if cut := _VERB.search(items[-1]):
        # `Clay Magouyrk and Mike Sicilia have been joint chief executives`
        names = find_names(items[-1][: cut.start()])
        if len(names) == 1 and names[0].start == 0:
            items = (*items[:-1], names[0].text)
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
