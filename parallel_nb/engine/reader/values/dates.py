"""Dates and years as candidates, those included that count from another: `a year later`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import MONTHS, FoundDate, find_dates
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
from parallel_nb.engine.reader.language.numbers import asks_for_count
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import close_synonyms, roots_of, text_key
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.values.near_dates import COUNTS, counted_dates, days_without_year
from parallel_nb.engine.reader.whole import class_nouns_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token

_YEAR_ASKED = re.compile(r"\byears?\b|\bwhen\b", re.IGNORECASE)
#: A fact's value of more words is a sentence or two.
_LONG_VALUE: Final = 12
_SENTENCE_END = re.compile(r"[a-z)][.!?]\s")
#: One year is a date, `years` are a time.
_ONLY_YEAR = re.compile(r"(?:the )?year", re.IGNORECASE)
_NOT_A_YEAR = re.compile(
    r"\bhow (?:many|long|old)\b|\bnumber of\b"
    r"|\b(?:in|of|earth|many|per|(?<!as )a|this|that|each|every|past|whole|(?:during|over|in|within) the) years?\b"
    r"(?! (?:in|of|when|that|the|it|founded))"
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
    r"\b(?:end(?:s|ed)?|expir\w{1,4}|until|finish(?:ed)?|plunged|last(?:ed)?|stopp?(?:ed)?|closed|left|retired|dissolved|shut)\b",
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
_RELATIVE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}) )?(?P<month>{'|'.join(MONTHS)}) (?:of|in) (?P<that>that|the same) year\b"
    r"|\b(?:of|in|during) (?P<same>that|the same) year\b"
    rf"|\b(?P<count>{'|'.join(COUNTS)}) years? (?:later|after (?:that|it))\b"
)

#: What a date was moved to is how it stands now.
_MOVED_TO = re.compile(
    r"\b(?:put (?:off|back)|postponed|moved|delayed|deferred|extend(?:ed)?|brought forward|changed)\b[^,;.]{0,25}? (?:to|until|till)(?: [a-z]+){0,4} $"
)
_MOVED_FROM = re.compile(
    r"\b(?:foreseen|planned|promised|expected|scheduled|originally|at first|aimed at)(?: for| in| on)? $"
    r"|\b(?:put (?:off|back)|postponed|move[ds]?|moving|delayed|deferred|brought forward|changed) from $",
    re.IGNORECASE,
)
_FIRST_PLAN_ASKED = re.compile(r"\b(?:original|first plan|at first|before)", re.IGNORECASE)
_MOVED: Final = 2.0
#: Heads of columns that give the two ends of a span.
_END_HEAD = re.compile(
    r"(?:to|until|till|through|ends?|expir\w{1,4}|closes?|valid until)\b", re.IGNORECASE
)
_START_HEAD = re.compile(
    r"(?:from|since|starts?|begins?|opens?|commenc\w{1,6}|granted)\b", re.IGNORECASE
)
#: The steps of a matter, each with the words for it: when something was applied for says nothing of
#: when it was granted.
_STEPS: Final = tuple(
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (
        r"appl(?:y|ied|ication)|lodg(?:ed|ing)|submitted|submission|filed|tabled|requested",
        r"grant(?:ed|ing)|approv(?:ed|al)|accepted|awarded|issued|permission",
        r"refus(?:ed|al)|reject(?:ed|ion)|turned down|declined",
        r"beg[au]n|begin(?:s|ning)?|start(?:s|ed|ing)?|commenc(?:ed|es|ement)|opens?|opened|opening|launched",
        r"finish(?:ed|es)|complet(?:ed|es|ion)|end(?:s|ed)?|clos(?:ed|es|ing)|expir(?:ed|es|y)|runs? out|ran out|until|lapse[sd]?",
        r"planned|proposed|scheduled|expected|intended|forecast",
        r"inspected|inspection|visited|visit|surveyed|tested",
        r"signed|agreed|signature|concluded",
        r"ordered|order|bought|purchased",
        r"delivered|delivery|arrived|received|installed|fitted",
    )
)
#: Factor for the date of another step than the one that is asked for.
_OTHER_STEP: Final = 0.35
#: How far before a date its verb stands, in characters.
_VERB_BEFORE: Final = 45
_STEP_BREAK = re.compile(r"[,;:.]\s|\s(?:and|but|while)\s")


def is_prose(matched: MatchedStatement) -> bool:
    """True for a sentence, and for a fact whose value is a sentence or two."""
    return not matched.statement.is_fact or len(matched.text.split()) > _LONG_VALUE


def as_placed(matched: MatchedStatement) -> MatchedStatement:
    """A statement as the place of a value in it is judged: several sentences as what they are.

    It is one only where words of the question stand in it; else its label answers, and what
    stands first counts most.
    """
    is_several = matched.statement.is_fact and _SENTENCE_END.search(matched.text)
    if is_several and is_prose(matched) and keyword_tokens(matched):
        return replace(matched, statement=replace(matched.statement, label=""))
    return matched


def is_year(matched: MatchedStatement) -> bool:
    """True when a number field asks for a year."""
    field = matched.field
    description = field.plain_description
    if _ONLY_YEAR.fullmatch(description):
        return True
    if requested_unit(field.name, description).dimension:
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


def written_dates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The dates of a text field, those without a year included: `payable on 1 July each year`."""
    yield from date_candidates(matched)
    text, keywords, placed = matched.text, event_tokens(matched), as_placed(matched)
    for order, (start, end) in enumerate(days_without_year(text)):
        fit = position_fit(placed, start, end, order, keywords) * _IMPLIED_YEAR
        yield Candidate(text[start:end], text_key(text[start:end]), fit, start, end)


def _scored_dates(matched: MatchedStatement) -> Iterator[tuple[FoundDate, float, bool]]:
    """Each date with its fit, and whether it dates something of the subject."""
    keywords, placed = event_tokens(matched), as_placed(matched)
    for order, date in enumerate(_dates_of(matched)):
        fit = position_fit(placed, date.start, date.end, order, keywords)
        if str(date.year) not in matched.text[date.start : date.end]:
            fit *= _IMPLIED_YEAR
        of_subject = _is_of_subject(matched, date.start, keywords)
        moved, step = _move_fit(matched, date), _step_fit(matched, date)
        fit = min(1.0, fit * _span_fit(matched, date) * moved) * step * _head_fit(matched)
        fit *= 1.0 if of_subject else _OTHER_SUBJECT
        yield date, fit, of_subject and min(moved, step) >= 1.0


def _step_fit(matched: MatchedStatement, date: FoundDate) -> float:
    """Less than 1 for the date of another step than is asked for: `lodged on`, for the granting."""
    asked = {step for step in _STEPS if step.search(matched.question)}
    if not asked:
        return 1.0
    before = matched.text[max(0, date.start - _VERB_BEFORE) : date.start]
    near = _STEP_BREAK.split(before)[-1]
    said = {step for step in _STEPS if step.search(near)}
    return 1.0 if not said or said & asked else _OTHER_STEP


def _head_fit(matched: MatchedStatement) -> float:
    """Less than 1 for the column of a span's start where its end is asked for, and the other way."""
    label, question = matched.statement.label, matched.question
    is_other = (_ENDS.search(question) and _START_HEAD.match(label)) or (
        _BEGINS.search(question) and _END_HEAD.match(label)
    )
    return _OTHER_STEP if is_other else 1.0


def _move_fit(matched: MatchedStatement, date: FoundDate) -> float:
    """More than 1 for the date to which something was put off, less for the one before."""
    before = matched.text[: date.start]
    if _FIRST_PLAN_ASKED.search(matched.question):
        return 1.0
    if _MOVED_TO.search(before[-80:]):
        return _MOVED
    return 0.5 if _MOVED_FROM.search(before[-40:]) else 1.0


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
    question = roots_of(matched.question)
    # `shares` is known where stock is asked for
    synonyms = question.union(*(close_synonyms(root) for root in question))
    known = matched.subject | matched.context | (matched.keywords | synonyms) - {nearest.root}
    known |= class_nouns_of(matched.document)
    return not has_other_agent(text, nearest.start, known, matched.people.keys())


def _dates_of(matched: MatchedStatement) -> list[FoundDate]:
    """The dates of a statement in their order, relative ones and those without a year included."""
    found = find_dates(matched.text)
    relative = list(_RELATIVE.finditer(matched.text))
    for match in relative:
        year = _year_before(matched, found, match.start())
        if year is None:
            continue
        if count := match["count"]:
            found.append(FoundDate(match.start(), match.end(), year + COUNTS[count]))
        elif month := match["month"]:
            whole = find_dates(f"{match['day'] or ''} {month} {year}".strip())
            found += [FoundDate(match.start(), match.end(), d.year, d.month, d.day) for d in whole]
        else:
            found.append(FoundDate(match.start(), match.end(), year))
    if matched.field.type.kind != "str":  # a text is given as it is written
        found += counted_dates(matched.text, matched.document, found, day_first=matched.day_first)
    return sorted(found, key=lambda date: date.start)


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
