"""Numbers and years that statements give for what a condition asks: `46 volunteers`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.finder.conditions import moment
from parallel_nb.engine.finder.evidence import clauses_of, coverage, is_of_its_year
from parallel_nb.engine.finder.kinds import same_as
from parallel_nb.engine.finder.stances import is_planned
from parallel_nb.engine.finder.units import is_finite
from parallel_nb.engine.finder.words import roots_of, words_in
from parallel_nb.engine.reader.language.numbers import convert, find_numbers
from parallel_nb.engine.reader.language.units import unit_in_head

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.corpus.dates import FoundDate
    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.dossier import Statement
    from parallel_nb.engine.reader.language.numbers import Number

#: How sure a year is that says since when something is, whatever its verb.
_LOOSE: Final = 0.65
#: The same of a year in the line with which a document begins to tell of something.
_BARE: Final = 0.6
#: How well the words of a condition have to stand beside a number.
_ENOUGH: Final = 0.5
#: Of two years that are told equally well, the earlier one is when something began.
_LATEST, _EARLIER = 2100, 1e-4
#: Characters within which a statement names what its number is about.
_SUBJECT_WITHIN: Final = 30
#: The scale of amounts in a caption: `Turnover (\u00a3k, without tax)`.
_SCALED: Final = re.compile(
    r"(?P<sign>[\u00a3\u20ac$]|\b(?:EUR|GBP|USD|CHF|NOK|SEK|DKK)\b)\s?(?P<scale>k|m|bn)\b"
)
_SCALES: Final = {"k": "thousand", "m": "million", "bn": "billion"}
_ASIDE: Final = re.compile(r"\([^()]{0,200}\)")
_SINCE: Final = re.compile(
    r"\b(?:since|est\.?|from)\s(?:[A-Z][a-z]+\s)?(?P<year>1[0-9]{3}|20[0-9]{2})\b", re.IGNORECASE
)
_SPAN: Final = re.compile(
    r"\b(?P<first>1[0-9]{3}|20[0-9]{2})[^0-9.]{0,12}(?:\bto\b|\buntil\b|[-\u2013])[^0-9.]{0,4}(?P<last>1[0-9]{3}|20[0-9]{2})\b",
    re.IGNORECASE,
)
#: What a thing begins with, so that `since 1998` and a mere year tell when.
_BEGINS: Final = frozenset(
    roots_of(
        """
        founded established set formed opened built released published born joined started began
        launched created made produced came appointed introduced running
        """
    )
)
#: What a thing ends with, and the heads of columns that say when.
_ENDS: Final = frozenset(roots_of("end ends expire expires run runs lapse terminate valid"))
_END_LABELS: Final = frozenset(("to", "until", "till", "end", "ends", "expires", "expiry"))
_YEAR_LABELS: Final = frozenset(roots_of("year date est since"))
_DIGIT = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[^\W\d_]+")
#: `was above the budget`, `was lower than in 2022`.
_COMPARED: Final = re.compile(
    r"\b(?:is|was|were|are|has been)\s(?:(?P<above>above|over|more than|higher than|greater than|larger than)"
    r"|below|under|less than|lower than|smaller than)\s(?P<other>(?:in\s[12][0-9]{3}|the|its|that)\b.*)"
)
#: Words between a number and what is counted: `three members of staff`.
_BETWEEN: Final = 3
#: Characters between the words of what is asked and a number without a unit.
_NEAR: Final = 40
_MAX_BEHIND: Final = 60
#: Characters before the number of a cell: a sign, `about`.
_MAX_SIGNS: Final = 12
#: Words of at most this weight need not stand beside an amount in the right unit.
_VAGUE: Final = 0.5
_LONGEST_MONTH: Final = 2_700_000


def find_number(
    statements: Sequence[Statement],
    claim: Claim,
    question: Question,
    is_known: Callable[[str], bool],
) -> tuple[float, Statement] | None:
    """The number or year that statements give for what a condition asks; None where none does.

    Args:
        statements: about one entity.
        claim: what is measured, without the number and its unit.
        question: the same as a question for a number.
        is_known: whether the room has a word, by its root.
    """
    best, found = 0.0, None
    for statement in statements:
        if question.kind == "number" and not is_of_its_year(claim.when, statement):
            continue
        if statement.at > _SUBJECT_WITHIN:
            continue
        for clause in clauses_of(statement):
            if is_planned(f"{statement.label} {clause}", claim.roots):
                continue
            words = coverage(clause, statement, claim, is_known)
            numbers = (
                _years(statement, clause, claim, question)
                if question.kind == "integer"
                else _numbers(statement, clause, claim, question)
            )
            for value, score, least in numbers:
                total = score * max(words, least) * (1.0 if statement.is_own else 0.8)
                if question.kind == "integer" and claim.roots & _BEGINS:
                    total += (_LATEST - value) * _EARLIER  # what begins twice began before
                if total >= _ENOUGH and total > best:
                    best, found = total, (value, statement)
    return found


def compare(
    statements: Sequence[Statement], description: str, claim: Claim
) -> tuple[bool, bool, Statement] | None:
    """Whether one cell of a row is above or below another, where a condition says so.

    `Output in 2023 was above the budget` compares the columns `2023` and `Budget`.
    """
    found = _COMPARED.search(description)
    if found is None:
        return None
    best, verdict = 0.0, None
    sides = [frozenset(roots_of(each)) for each in (description[: found.start()], found["other"])]
    for row in statements:
        values = {frozenset(roots_of(head)): cell for head, cell in row.cells}
        heads = [roots for roots, cell in values.items() if find_numbers(cell)]
        second = max(heads, key=lambda each: _likeness(each, sides[1]), default=frozenset[str]())
        rest = [each for each in heads if each != second]
        first = max(rest, key=lambda each: _likeness(each, sides[0]), default=frozenset[str]())
        # the words of either side, of which no more than the years need to be heads
        here = first | second | frozenset(roots_of(row.over))
        words = [word for word in (sides[0] | sides[1]) - claim.own if not word.isdigit()]
        told = sum(word in here for word in words)
        if second & sides[1] and first & sides[0] and told > best:
            one, other = (find_numbers(values[each])[0].value for each in (first, second))
            is_so = one > other if found["above"] else one < other
            best, verdict = told, (is_so, is_so, row)
    return verdict


def _likeness(head: frozenset[str], asked: frozenset[str]) -> float:
    return len(head & asked) / max(1, len(head | asked))


#: Numbers that a clause gives, how sure each is beside the words of what is asked, and without.
Numbers = Iterator[tuple[float, float, float]]


def _numbers(statement: Statement, clause: str, claim: Claim, question: Question) -> Numbers:
    """What is counted or measured in the unit that is asked for."""
    requested = question.requested
    clause = _ASIDE.sub("", clause)
    text = (
        f"{clause} {unit_over(statement.label, statement.caption)}" if statement.label else clause
    )
    is_cell = bool(statement.label)
    label = frozenset(roots_of(statement.label))
    phrases = _counted(question, claim)
    here = words_in(clause)
    span = _SPAN.search(statement.whole)
    if span and requested.dimension == "time" and requested.factor > _LONGEST_MONTH:
        years = float(span["last"]) - float(span["first"])
        yield years, 0.9, 0.9 if is_cell else 0.0
    first = first_of(claim.roots, clause)
    for number in _undated(text):
        value = convert(number, requested)
        in_label = is_cell and any(phrase <= label for phrase in phrases)
        # 87 percent of its people are not 87 people
        is_share = number.dimension == "share" != requested.dimension
        is_of_head = number.start >= len(clause)
        is_year = number.like_year and not (in_label or label & claim.roots)
        # `Dock 1` below `Dock` is a name
        is_name = is_cell and not label.isdisjoint(roots_of(clause[: number.start]))
        if value is None or is_share or is_of_head or is_year or is_name:
            continue
        sure = 1.0 if is_cell or first <= number.start else 0.9
        if requested.dimension:
            is_measured = number.dimension != ""
        else:
            behind = roots_of(" ".join(_behind(clause, number.end)))
            is_measured = any(phrase <= here and phrase & frozenset(behind) for phrase in phrases)
            # of `paid staff`, `6 paid teachers` are some
            is_measured |= bool(behind and behind[0] in roots_of(question.unit))
            is_near = 0 < number.start - first <= _NEAR
            if is_near and not question.unit and not number.dimension:
                is_measured = True  # `atomic number 83`
            if number.dimension and not is_measured:
                continue
        if is_cell and number.start <= _MAX_SIGNS:
            is_sole = in_label or not _LETTERS.search(clause[number.end :])
            if is_measured or in_label or (is_sole and claim.words):
                is_vague = all(weight <= _VAGUE for _, weight in claim.words)
                yield value, sure, 0.6 if (is_measured or in_label) and is_vague else 0.0
                return
        elif is_measured:
            # 38,394 square kilometres are an area, whatever stands beside them
            is_named = bool(claim.roots & frozenset(roots_of(requested.dimension)))
            yield value, sure, _BARE if is_named and statement.is_own else 0.0


def _undated(text: str) -> Iterator[Number]:
    """The numbers of a text that are no part of a date; a year alone may be a number."""
    dates = [each for each in find_dates(text) if each.month]
    for number in find_numbers(text):
        if not any(each.start <= number.start < each.end for each in dates):
            yield number


def unit_over(head: str, caption: str) -> str:
    """The scale and unit that the head of a cell, or else its caption, gives to its number."""
    # `EUR m` is of millions, though `EUR` alone is a unit
    if scaled := _SCALED.search(f"{head} {caption}"):
        return f"{_SCALES[scaled['scale']]} {scaled['sign']}"
    return unit_in_head(head) or unit_in_head(caption)


def _counted(question: Question, claim: Claim) -> list[frozenset[str]]:
    """The phrases of which one stands behind a number that counts what is asked for."""
    if question.requested.dimension:
        return []
    counted = roots_of(question.unit)[-1:] or sorted(claim.roots)
    same = (phrase for word in counted for phrase, _ in same_as(word))
    return [*(frozenset({word}) for word in counted), *same]


def _behind(text: str, position: int) -> list[str]:
    """The words behind a number that say what is counted: `three members of staff`."""
    behind = _DIGIT.split(text[position : position + _MAX_BEHIND], maxsplit=1)[0]
    return _LETTERS.findall(behind)[:_BETWEEN]


def _years(statement: Statement, clause: str, claim: Claim, question: Question) -> Numbers:
    """Years, or moments in them: of several, the first behind the words of what is asked."""
    years = find_dates(clause)
    if question.is_exact:
        # in the year of the bound, only a month tells more
        of_bound = {int(bound) for _, bound in question.bounds}
        years = [each for each in years if each.month or each.year not in of_bound]
    if not years:
        return
    begins = bool(claim.roots & _BEGINS)
    is_year = begins and bool(frozenset(roots_of(statement.label)) & _YEAR_LABELS)
    is_year |= bool(claim.roots & _ENDS) and statement.label.lower() in _END_LABELS
    since = _SINCE.match(clause) if begins else None
    if since:
        yield _value(years[0], question), 1.0, _LOOSE
    first = first_of(claim.roots, clause)
    behind = [year for year in years if year.start > first]
    sure = 1.0 if behind or statement.label else 0.9
    is_bare = not (statement.label or is_finite(clause))
    is_lead = begins and statement.is_first and is_bare and years[0].start <= _SUBJECT_WITHIN
    least = _LOOSE if is_year else _BARE if is_lead else 0.0
    yield _value((behind or years)[0], question), sure, least


def _value(date: FoundDate, question: Question) -> float:
    return moment(date) if question.is_exact else float(date.year)


def first_of(roots: frozenset[str], text: str) -> int:
    """Where the first word of some roots, or what means the same, stands; behind all else."""
    wanted = {word for root in roots for phrase, _ in same_as(root) for word in phrase} | roots
    for word in _LETTERS.finditer(text):
        if wanted & words_in(word[0]):
            return word.start()
    return len(text)
