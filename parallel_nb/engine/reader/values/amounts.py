"""Numbers, years and dates as candidates."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import FoundDate, find_dates
from parallel_nb.engine.reader.candidates import (
    Candidate,
    Place,
    Token,
    cue_tokens,
    nearness,
    place_in_fact,
    tokens,
)
from parallel_nb.engine.reader.grammar import is_agent, is_of_other, takes
from parallel_nb.engine.reader.values.choices import NEGATION, is_negated
from parallel_nb.engine.reader.values.numbers import (
    Number,
    Wanted,
    convert,
    find_numbers,
    wanted_unit,
)
from parallel_nb.engine.reader.values.when import dates_of
from parallel_nb.engine.reader.vocabulary import close_to, roots

if TYPE_CHECKING:
    from collections.abc import Iterator

_YEAR_ASKED = re.compile(r"\byears?\b|\bwhen\b", re.IGNORECASE)
_STAFF = re.compile(
    r"\b(?:employees|staff|inhabitants|population|workforce|headcount)\b", re.IGNORECASE
)
_NOT_A_YEAR = re.compile(
    r"\bhow (?:many|long|old)\b|\bnumber of\b|\b(?:in|of|earth|many|per|(?<!as )a) years?\b(?! (?:in|of|when|that|the|it|founded))"
    r"|\bcount\b|\blength of (?:its|the|a|one) year\b|\bhalf-life\b|\bper year\b|\byears\b",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(
    r"(?:^|_)(?:year|founded|established|since|released|born|discovered|launched|incorporated)(?:_|$)"
)
_COUNT_ASKED = re.compile(
    r"\bhow many\b|\bnumber of\b|\bcount\b|\bpopulation\b|\binhabitants\b|\bpeople\b|\bemployees\b|\bstaff\b",
    re.IGNORECASE,
)
_SHARE_ASKED = re.compile(
    r"%|\bper ?cent|\bshare\b|\bproportion\b|\bfraction\b|\bratio\b|\brate\b", re.IGNORECASE
)
#: `128 more moons`, `four of them`: not the whole count.
#: What is measured, by the question's words, where it names no unit.
_MEASURES: Final = (
    ("temperature", re.compile(r"\btemperature|\bmelt|\bboil|\bfreez", re.IGNORECASE)),
    ("area", re.compile(r"\barea\b|\bsurface area\b", re.IGNORECASE)),
    (
        "length",
        re.compile(
            r"\b(?:diameter|radius|height|elevation|distance|length|altitude|depth)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "money",
        re.compile(r"\b(?:revenue|profit|turnover|price|cost|sales|income)\b", re.IGNORECASE),
    ),
    ("density", re.compile(r"\bdensity\b", re.IGNORECASE)),
)
#: `raised their number to 274`: the number that holds now.
_RISEN = re.compile(
    r"\b(?:raised|rose|grew|increased|risen|brought|fell|reduced|lowered|went up)\b[^.;]{0,50}\bto\s+(?:about |some |around |over )?$"
)
_FACT_LEAD: Final = 8
_VERB_FORM = re.compile(
    r"(?:ed|ew|an|un|ought|old|ent|ound|ade|ed)$|^(?:came|took|went|shown|met|put|rose|wrote)$"
)
_OTHER_SEGMENT: Final = 0.75
_SEGMENT = re.compile(r"[,;]\s(?:and\s)?|\sand\s(?=[a-z]+ )")
_OTHER_THING: Final = 0.4
#: A number whose unit or noun suits less is not meant, even where it is the only one.
_SUITS: Final = 0.5
_PART = re.compile(
    r"\s*(?:more|others?|another|additional|further|new|former|of (?:them|these|which|whom))\b"
)
_VICTIMS = re.compile(
    r"\b(?:killed|kills|drowned|died|dead|deaths|victims|perished|injured|wounded|fled|lost their)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:end(?:s|ed)?|until|finish(?:ed)?|plunged|last(?:ed)?|stopp?(?:ed)?|closed|left|retired|dissolved|shut)\b",
    re.IGNORECASE,
)
_BEFORE_END = re.compile(r"\b(?:until|to|till|through)\s+(?:about |around )?$|[\u2013-]$")
_BEFORE_START = re.compile(r"\b(?:from|since|between)\s+(?:about |around )?$")
_MAX_INT: Final = 2**63


def is_year(place: Place) -> bool:
    """True when an integer field asks for a year."""
    ask = place.ask
    description = ask.plain_description
    if wanted_unit(ask.name, description).dimension == "time":
        return False
    if _NOT_A_YEAR.search(description) and not re.search(
        r"\bin (?:which|what) year\b|\byear (?:in|of|when|that|it)\b", description, re.IGNORECASE
    ):
        return False
    asks_when = _YEAR_ASKED.search(description) or re.search(r"(?:^|_)years?(?:_|$)", ask.name)
    return bool(asks_when or _YEAR_NAME.search(ask.name.lower())) and not _COUNT_ASKED.search(
        description
    )


def year_candidates(place: Place) -> Iterator[Candidate]:
    """Years of the dates in a statement."""
    for order, date in enumerate(dates_of(place)):
        fit = _fit(place, date.start, date.end, order) * _side_fit(place, date)
        if _is_measure(place.text, date):
            continue
        own = _is_own(place, date.start)
        fit *= 1.0 if own else _OTHER_THING
        yield Candidate(date.year, date.year, fit, date.start, date.end, own)


def _is_measure(text: str, date: FoundDate) -> bool:
    """True when what looks like a year is followed by the noun that it counts."""
    return bool(
        re.match(
            r"\s?(?:km|people|employees|metres|meters|islands|dollars|m\b|°)",
            text[date.end : date.end + 12],
        )
    )


def date_candidates(place: Place) -> Iterator[Candidate]:
    """Dates of a statement; one without a day fits badly but is kept as evidence."""
    for order, date in enumerate(dates_of(place)):
        fit = _fit(place, date.start, date.end, order)
        fit *= 1.0 if date.is_complete else 0.6
        fit *= _side_fit(place, date)
        value = date.iso if date.is_complete else None
        own = _is_own(place, date.start)
        fit *= 1.0 if own else _OTHER_THING
        yield Candidate(value, date.iso, fit, date.start, date.end, own)


def _side_fit(place: Place, date: FoundDate) -> float:
    """Whether a date is the end of a span that the question asks for: its start or its end."""
    before = place.text[: date.start]
    asks_end = bool(_ENDS.search(place.question))
    if _BEFORE_START.search(before):
        return 0.5 if asks_end else 1.0
    if _BEFORE_END.search(before):
        return 1.0 if asks_end else 0.6
    return 1.0


def number_candidates(place: Place) -> Iterator[Candidate]:
    """Numbers of a statement in the wanted unit."""
    ask = place.ask
    wanted = wanted_unit(ask.name, ask.plain_description)
    dates = find_dates(place.text)
    whole = ask.type.kind == "int"
    found = [n for n in find_numbers(place.text) if not _in_date(n, dates)]
    shares = [_segment_share(place, number, found) for number in found]
    for order, (number, share) in enumerate(zip(found, shares, strict=True)):
        value = convert(number, wanted)
        if value is None:
            continue
        suits = _unit_fit(place, number, wanted)
        suits *= _OTHER_SEGMENT if number.dimension and share < max(shares) else 1.0
        if _only_unit_matches(place, number):
            suits *= _OTHER_THING
        fit = _fit(place, number.start, number.end, order) * suits
        if whole and abs(value - round(value)) > 1e-6:
            fit *= 0.4
        made: float = round(value) if whole and abs(value) < _MAX_INT else value
        own = suits >= _SUITS
        yield Candidate(made, float(made), min(1.0, fit), number.start, number.end, own)


def _segment_share(place: Place, number: Number, found: list[Number]) -> float:
    """How many of the asked words stand in a number's part of a series.

    In `melting point 1,538 °C, boiling point 2,861 °C` each number has the words before it.
    """
    if place.unit.is_fact or len(found) < 2:
        return 1.0
    text = place.text
    start = max((m.end() for m in _SEGMENT.finditer(text, 0, number.start)), default=0)
    end = next((m.start() for m in _SEGMENT.finditer(text, number.end)), len(text))
    cues = cue_tokens(place)
    inside = {cue.root for cue in cues if start <= cue.start < end}
    return len(inside) / len({cue.root for cue in cues}) if cues else 1.0


def _only_unit_matches(place: Place, number: Number) -> bool:
    """True where the words that were asked for are a number's unit: `4.5 billion years`."""
    if place.unit.is_fact or not number.unit:
        return False
    cues = cue_tokens(place)
    return bool(cues) and all(number.start <= cue.start < number.end for cue in cues)


def _in_date(number: Number, dates: list[FoundDate]) -> bool:
    """True when a number is part of a date; a year alone may be a number after all."""
    for date in dates:
        if date.start <= number.start < date.end:
            return date.month is not None
    return False


def _fit(place: Place, start: int, end: int, order: int) -> float:
    if place.unit.is_fact:
        fit = place_in_fact(place.text, start, order)
        if start > _FACT_LEAD:
            fit *= 0.8  # the fact's value is something else, dated or counted by the way
        # a word of the question beside a later number: `3.7 million (2024), of them 1.2 million abroad`
        near = cue_tokens(place)
        return max(fit, 0.9 * nearness(place.text, start, end, near)) if near else fit
    dated = place.ask.type.kind == "date" or is_year(place)
    cues = _dating(place) if dated else cue_tokens(place)
    return 0.25 + 0.75 * nearness(place.text, start, end, cues)


def _dating(place: Place) -> list[Token]:
    """The words of the question in a sentence, and those that mean the same: `formed`."""
    meant = place.cues.union(*(close_to(cue) for cue in place.cues))
    return [token for token in tokens(place.text) if token.root in meant] or cue_tokens(place)


def _is_own(  # noqa: PLR0911 - one rule after the other, each with its own answer
    place: Place, start: int
) -> bool:
    """False where the word that dates an event speaks of another thing, or of a person."""
    if place.unit.is_fact:
        return True
    cues = _dating(place)
    acting = [cue for cue in cues if not is_agent(place.text, cue.start, cue.end, cue.root)]
    if cues and not acting:
        return False  # `the founder declared in 1983`
    if not acting:
        return True
    nearest = min(acting, key=lambda cue: abs(cue.start - start))
    if is_negated(place.text, nearest.start) and not NEGATION.search(place.question):
        return False  # `voters refused to join`: that did not happen then
    if not _VERB_FORM.search(place.text[nearest.start : nearest.end]):
        return True
    asked = frozenset(roots(place.question))
    meant = asked.union(*(close_to(word) for word in asked))  # `shares` where stock is asked for
    known = place.subject | (place.cues | meant) - {nearest.root}
    if takes(place.text, nearest.end, place.subject):
        return True
    return not is_of_other(place.text, nearest.start, known, place.people.keys())


def _unit_fit(  # noqa: C901, PLR0911, PLR0912 - one rule after the other, each with its own answer
    place: Place, number: Number, wanted: Wanted
) -> float:
    question = place.question
    if re.match(r"\s*(?:million |billion )?to [$€]?\d", place.text[number.end :]) and re.search(
        r"\bfrom $", place.text[: number.start]
    ):
        return 0.45  # `from 6,852 to 14,125`: the second is how it is now
    after = place.text[number.end :]
    if _PART.match(after):
        return 0.3
    around = place.text[max(0, number.start - 40) : number.end + 40]
    if _VICTIMS.search(around) and not _VICTIMS.search(question):
        return 0.3  # `killed more than 5,000 people`
    if _RISEN.search(place.text[: number.start]):
        return 1.3
    if _is_designation(place, number):
        return 0.3
    if number.like_year and not place.unit.is_fact and not _follows_cue(place, number):
        return 0.25
    if number.in_words and number.value == 0.0 and not _noun_is_asked(place, number):
        return 0.2
    fit = (0.7 if number.value in {0.0, 1.0} else 0.85) if number.in_words else 1.0
    if wanted.dimension:
        if number.dimension == wanted.dimension:
            return fit
        return fit * (0.7 if not number.dimension else 0.5)
    measure = next((d for d, words in _MEASURES if words.search(question)), "")
    if measure and not _COUNT_ASKED.search(question):
        return fit if number.dimension.startswith(measure) else fit * 0.6
    if number.dimension == "share":
        return fit if _SHARE_ASKED.search(question) else fit * 0.4
    if _COUNT_ASKED.search(question) or place.ask.type.kind == "int":
        if number.dimension and not number.dimension.startswith("money"):
            return fit * 0.3
        if _noun_is_asked(place, number):
            return fit
        return fit * (0.5 if number.in_words and wanted_count(question) else 0.85)
    return fit


def _follows_cue(place: Place, number: Number) -> bool:
    """True for the number in `port 1521`, which is no year."""
    before = [token for token in tokens(place.text) if token.end <= number.start][-1:]
    return any(t.root in place.cues and number.start - t.end < 2 for t in before)


def wanted_count(question: str) -> bool:
    """True for a number that pages write in digits: of people, not of moons."""
    return bool(_STAFF.search(question))


def _is_designation(place: Place, number: Number) -> bool:
    """True for the number in `Apollo 11` or `PHP 6`, which counts nothing."""
    if number.dimension or number.in_words or number.has_scale or place.unit.is_fact:
        return False
    word = re.search(r"([A-Z][\w+#]*)\s$", place.text[: number.start])
    if word is None or word.start() == 0:
        return False
    return not set(roots(word[1])) & (place.cues | frozenset(roots(place.question)))


def _noun_is_asked(place: Place, number: Number) -> bool:
    """True when the word after a number, or the second, is one that was asked for."""
    after = [token for token in tokens(place.text) if token.start >= number.end][:2]
    return place.unit.is_fact or any(token.root in place.cues for token in after)
