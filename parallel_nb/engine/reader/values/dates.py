"""Dates and years as candidates, those included that count from another: `a year later`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import MONTHS, FoundDate, find_dates, whole_date
from parallel_nb.engine.reader.candidates import (
    Candidate,
    keyword_tokens,
    position_fit,
    tokens,
)
from parallel_nb.engine.reader.language.grammar import (
    denies,
    has_object,
    has_other_agent,
    is_agent_noun,
    is_negated,
)
from parallel_nb.engine.reader.language.numbers import asks_for_count, requested_unit
from parallel_nb.engine.reader.language.vocabulary import close_synonyms, roots
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.whole import class_nouns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.candidates import MatchedStatement, Token

_YEAR_ASKED = re.compile(r"\byears?\b|\bwhen\b", re.IGNORECASE)
_NOT_A_YEAR = re.compile(
    r"\bhow (?:many|long|old)\b|\bnumber of\b|\b(?:in|of|earth|many|per|(?<!as )a) years?\b(?! (?:in|of|when|that|the|it|founded))"
    r"|\b(?:in|for|of) the (?:latest|last|previous|current|first|financial|same) (?:\w{1,20} )?year\b"
    r"|\bcount\b|\blength of (?:its|the|a|one) year\b|\bhalf-life\b|\bper year\b|\byears\b",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(
    r"(?:^|_)(?:year|founded|established|since|released|born|discovered|launched|incorporated)(?:_|$)"
)
_IN_YEAR = re.compile(r"\bin (?:which|what) year\b|\byear (?:in|of|when|that|it)\b", re.IGNORECASE)
_NAME_WITH_YEAR = re.compile(r"(?:^|_)years?(?:_|$)")
_VERB_FORM = re.compile(
    r"(?:ed|ew|an|un|ought|old|ent|ound|ade|ed)$|^(?:came|took|went|shown|met|put|rose|wrote)$"
)
_ENDS = re.compile(
    r"\b(?:end(?:s|ed)?|until|finish(?:ed)?|plunged|last(?:ed)?|stopp?(?:ed)?|closed|left|retired|dissolved|shut)\b",
    re.IGNORECASE,
)
_BEFORE_END = re.compile(r"\b(?:until|to|till|through)\s+(?:about |around )?$|[\u2013-]$")
_BEGINS = re.compile(r"\b(?:begin|start|commenc|effective)", re.IGNORECASE)
_FROM = re.compile(
    r"\b(?:from|since|beginning|starting|commencing|commences|effect|effective|as of)(?: on| from)?\s$"
)
#: What is counted from a date begins there, wherever the question's words stand.
_BOUND_FIT: Final = 2.5
_BEFORE_START = re.compile(r"\b(?:from|since|between)\s+(?:about |around )?$")
#: The noun behind a number that looks like a year but counts something.
_COUNTED = re.compile(r"\s?(?:km|people|employees|metres|meters|islands|dollars|m\b|\u00b0)")
#: Factor for a date of something else than the subject.
_OTHER_SUBJECT: Final = 0.4
#: Factor for a date whose year the text does not say.
_IMPLIED_YEAR: Final = 0.85
#: Factor for a date without a day.
_INCOMPLETE: Final = 0.6
_COUNTS: Final = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_MONTH_NAMES: Final = "|".join(MONTHS)
#: A day without its year: `1 March`, `March 1st`.
_DAY_OF_MONTH = re.compile(
    rf"(?<![\d.,/-])(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH_NAMES})\b"
    r"(?! (?:of|in) (?:that|the same) year)"
    rf"|\b(?P<month_before>{_MONTH_NAMES}) (?P<day_behind>[0-3]?\d)(?:st|nd|rd|th)?(?![\d.:])"
)
_FUTURE = re.compile(r"\b(?:will|shall|is to|are to|to be|due|until|next)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:was|were|had|has|have|\w{2,20}ed)\b")
#: A document tells its date within so many characters.
_DATED_WITHIN: Final = 300
_RELATIVE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}) )?(?P<month>{'|'.join(MONTHS)}) (?:of|in) (?P<that>that|the same) year\b"
    r"|\b(?:of|in|during) (?P<same>that|the same) year\b"
    rf"|\b(?P<count>{'|'.join(_COUNTS)}) years? (?:later|after (?:that|it))\b"
)


def is_year(matched: MatchedStatement) -> bool:
    """True when a number field asks for a year."""
    field = matched.field
    description = field.plain_description
    if requested_unit(field.name, description).dimension == "time":
        return False
    if _NOT_A_YEAR.search(description) and not _IN_YEAR.search(description):
        return False
    asks_when = _YEAR_ASKED.search(description) or _NAME_WITH_YEAR.search(field.name)
    by_name = _YEAR_NAME.search(field.name.lower())
    return bool(asks_when or by_name) and not asks_for_count(description)


def year_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The years of a statement: of its dates, and alone."""
    for date, fit, of_subject in _scored_dates(matched):
        if not _COUNTED.match(matched.text, date.end, date.end + 12):
            yield Candidate(date.year, date.year, fit, date.start, date.end, of_subject)


def date_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The dates of a statement; one without a day has no value, but is kept as evidence."""
    for date, score, of_subject in _scored_dates(matched):
        fit = score if date.is_complete else score * _INCOMPLETE
        value = date.iso if date.is_complete else None
        yield Candidate(value, date.iso, fit, date.start, date.end, of_subject)


def _scored_dates(matched: MatchedStatement) -> Iterator[tuple[FoundDate, float, bool]]:
    """Each date with its fit, and whether it dates something of the subject."""
    keywords = event_tokens(matched)
    for order, date in enumerate(_dates_of(matched)):
        fit = position_fit(matched, date.start, date.end, order, keywords)
        if str(date.year) not in matched.text[date.start : date.end]:
            fit *= _IMPLIED_YEAR
        of_subject = _is_of_subject(matched, date.start, keywords)
        yield (
            date,
            min(1.0, fit * _span_fit(matched, date)) * (1.0 if of_subject else _OTHER_SUBJECT),
            of_subject,
        )


def _span_fit(matched: MatchedStatement, date: FoundDate) -> float:
    """Less than 1 for the start of a span (`from 1939 to 1945`) where its end is asked for."""
    before = matched.text[: date.start]
    asks_for_end = bool(_ENDS.search(matched.question))
    if _BEGINS.search(matched.question) and _FROM.search(before):
        return _BOUND_FIT
    if _BEFORE_START.search(before):
        return 0.5 if asks_for_end else 1.0
    if _BEFORE_END.search(before):
        return 1.0 if asks_for_end else 0.6
    return 1.0


def event_tokens(matched: MatchedStatement) -> list[Token]:
    """The question's words in a sentence, and those that mean the same: `formed`."""
    roots_of_event = matched.keywords.union(*(close_synonyms(root) for root in matched.keywords))
    found = [token for token in tokens(matched.text) if token.root in roots_of_event]
    return found or keyword_tokens(matched)


def _is_of_subject(matched: MatchedStatement, start: int, keywords: list[Token]) -> bool:
    """False where the word that dates an event speaks of another thing, or of a person."""
    text = matched.text
    if matched.statement.is_fact:
        return True
    events = [
        word for word in keywords if not is_agent_noun(text[word.start : word.end], word.root)
    ]
    if not events:
        return not keywords  # `the founder declared in 1983` dates no founding
    nearest = min(events, key=lambda event: abs(event.start - start))
    if is_negated(text, nearest.start) and not denies(matched.question):
        return False  # `voters refused to join`: that did not happen then
    if not _VERB_FORM.search(text[nearest.start : nearest.end]):
        return True
    if has_object(text, nearest.end, matched.subject):
        return True
    question = frozenset(roots(matched.question))
    # `shares` is known where stock is asked for
    synonyms = question.union(*(close_synonyms(root) for root in question))
    known = matched.subject | matched.context | (matched.keywords | synonyms) - {nearest.root}
    known |= class_nouns_of(matched.document)
    return not has_other_agent(text, nearest.start, known, matched.people.keys())


def _dates_of(matched: MatchedStatement) -> list[FoundDate]:
    """The dates of a statement in their order, relative ones and those without a year included."""
    found = find_dates(matched.text)
    found = sorted([*found, *_without_year(matched, found)], key=lambda date: date.start)
    relative = list(_RELATIVE.finditer(matched.text))
    for match in relative:
        year = _year_before(matched, found, match.start())
        if year is None:
            continue
        if count := match["count"]:
            found.append(FoundDate(match.start(), match.end(), year + _COUNTS[count]))
        elif month := match["month"]:
            whole = find_dates(f"{match['day'] or ''} {month} {year}".strip())
            found += [FoundDate(match.start(), match.end(), d.year, d.month, d.day) for d in whole]
        else:
            found.append(FoundDate(match.start(), match.end(), year))
    return sorted(found, key=lambda date: date.start) if relative else found


def _without_year(matched: MatchedStatement, found: list[FoundDate]) -> Iterator[FoundDate]:
    """The days that a text names without a year: those nearest to the document's own date."""
    days = [
        day
        for day in _DAY_OF_MONTH.finditer(matched.text)
        if not any(date.start < day.end() and day.start() < date.end for date in found)
    ]
    written = _date_of(matched.document) if days else None
    if written is None:
        return
    for day in days:
        text = f"{day['day'] or day['day_behind']} {day['month'] or day['month_before']}"
        years = range(written.year - 1, written.year + 2)
        dates = [date for year in years for date in find_dates(f"{text} {year}")]
        # what is to be comes after the day of writing, what was before it
        before = matched.text[: day.start()]
        if _FUTURE.search(before):
            dates = [date for date in dates if _as_date(date) >= written]
        elif _PAST.search(before):
            dates = [date for date in dates if _as_date(date) <= written]
        near = min(dates, key=lambda date: abs(_as_date(date) - written), default=None)
        if near is not None:
            yield FoundDate(day.start(), day.end(), near.year, near.month, near.day)


@lru_cache(maxsize=2_000)
def _date_of(document: Document) -> dt.date | None:
    """When a document was written, by its date or the first one in its beginning."""
    text = document.date or whole_date(document.text[:_DATED_WITHIN])
    return dt.date.fromisoformat(text) if text and len(text) == len("2024-01-01") else None


def _as_date(date: FoundDate) -> dt.date:
    return dt.date(date.year, date.month or 1, date.day or 1)


def _year_before(matched: MatchedStatement, found: list[FoundDate], position: int) -> int | None:
    """The year named last before a position of a statement, or at the end of the one before."""
    before = [date.year for date in found if date.end <= position]
    if before:
        return before[-1]
    number = matched.statement.number
    if matched.statement.is_fact or not number:
        return None
    statements = read_statements(matched.document).statements
    if number > len(statements):  # far behind in a long document
        return None
    previous = statements[number - 1]
    dates = [] if previous.is_fact else find_dates(previous.value)
    return dates[-1].year if dates else None
