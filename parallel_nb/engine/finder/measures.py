"""Numbers and years that statements give for what a condition asks: `46 volunteers`, `since 1998`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.finder.claims import clauses_of, coverage, is_of_its_year
from parallel_nb.engine.finder.conditions import SCALES
from parallel_nb.engine.finder.kinds import roots_of, same_as
from parallel_nb.engine.finder.stances import is_planned

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.dossier import Statement

#: How sure a year is that says since when something is, whatever its verb.
_LOOSE: Final = 1.2
#: How well the words of a condition have to stand beside a number.
_ENOUGH: Final = 0.5
_WORDS: Final = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_NUMBER: Final = r"[0-9]{1,15}(?:[,.][0-9]{1,9}){0,4}"
_COUNT = re.compile(
    rf"(?<![\w.,\u00a3\u20ac$])(?P<number>{_NUMBER}|(?:{'|'.join(_WORDS)})\b)(?![\w%])",
    re.IGNORECASE,
)
#: An amount of money; what stands before or behind the number says so.
_AMOUNT = re.compile(
    rf"(?:[\u00a3\u20ac$]|\b(?:GBP|EUR|USD|NOK|CHF)\s)\s?(?P<number>{_NUMBER})(?P<scale>k|m|bn)?\b"
    rf"|\b(?P<counted>{_NUMBER})\s(?:pounds|euros|dollars|francs|kroner|GBP|EUR|USD|NOK|CHF)\b"
)
_BARE_NUMBER: Final = re.compile(_NUMBER)
_BARE_MONEY: Final = re.compile(
    rf"[\u00a3\u20ac$]?\s?(?P<number>{_NUMBER})(?P<scale>\s?(?:k|m|bn|thousand|million|billion))?\b"
)
_CURRENCY: Final = re.compile(r"[\u00a3\u20ac$]|\b(?:GBP|EUR|USD|NOK|CHF|pounds|euros|dollars)\b")
#: The scale of a column or caption: `(\u00a3k)`, `in thousand`, `\u00a3m`.
_SCALE: Final = re.compile(
    r"[\u00a3\u20ac$]\s?(?P<sign>k|m|bn)\b|\b(?:GBP|EUR|USD)\s(?P<code>k|m|bn)\b"
    r"|(?P<word>thousand|million|billion|trillion)s?\b|(?P<zeros>['\u2019]000s?\b)"
)
_YEAR: Final = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
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
_YEAR_LABELS: Final = frozenset(roots_of("year date est since"))
_BEHIND = re.compile(r"\s?([^\W\d_]+)")
_LETTERS = re.compile(r"[^\W\d_]+")
#: Words between a number and what is counted: `three members of staff`.
_BETWEEN: Final = 3
_ABBREVIATIONS: Final = {
    "minut": "min mins", "hour": "h hr hrs", "second": "s sec secs",
    "kilomet": "km", "kilometr": "km",
    "metr": "m", "meter": "m", "kilogram": "kg", "tonn": "t", "hectar": "ha",
}  # fmt: skip


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
    read = _years if question.kind == "integer" else _money if question.is_money else _counts
    best, found = 0.0, None
    for statement in statements:
        if question.kind == "number" and not is_of_its_year(claim.when, statement):
            continue
        for clause in clauses_of(statement):
            if is_planned(f"{statement.label} {clause}", claim.roots):
                continue
            words = coverage(clause, statement, claim, is_known)
            for value, score in read(statement, clause, claim, question):
                total = score * words * (1.0 if statement.is_own else 0.8)
                if total >= _ENOUGH and total > best:
                    best, found = total, (value, statement)
    return found


#: Numbers that a clause gives, and how sure it is that each is what is asked.
Numbers = Iterator[tuple[float, float]]


def _counts(statement: Statement, clause: str, claim: Claim, question: Question) -> Numbers:
    """What is counted or measured in the unit that is asked for."""
    unit = roots_of(question.unit)
    measures = [word for word in unit if word in _ABBREVIATIONS]
    if measures and measures[0] != unit[0]:  # square kilometres are no kilometres
        unit, measures = unit[:1], []
    counted = measures[0] if measures else unit[-1] if unit else ""
    phrases = [frozenset({counted}), *same_as(counted)] if counted else []
    short = word_set(_ABBREVIATIONS.get(counted, ""))
    if statement.label and (number := _COUNT.match(clause.strip())):
        label = frozenset(roots_of(statement.label))
        behind = _BEHIND.match(clause.strip(), number.end())
        is_bare = behind is None
        has_unit = any(phrase <= label for phrase in phrases) or bool(
            short & set(_LETTERS.findall(statement.label))
        )
        if has_unit or (is_bare and claim.words and not measures):
            value = _value(number["number"]) * (_scale(behind) if behind else 1.0)
            scale = _scale_over(statement.label) if is_bare else 1.0
            yield value * scale, 1.0 if has_unit else 0.9
            return
    if unit and unit[-1] == "year" and (span := _SPAN.search(statement.whole)):
        yield float(span["last"]) - float(span["first"]), 0.9
    for number in _COUNT.finditer(clause):
        at = number.end()
        behind = _BEHIND.match(clause, at)
        scale = 1.0 if behind and behind[1] in short else _scale(behind)  # 5 m high is in metres
        for _ in range(_BETWEEN):
            word = _BEHIND.match(clause, at)
            if word is None:
                break
            at = word.end()
            if word[1] in short or frozenset(roots_of(word[1])) in phrases:
                yield _value(number["number"]) * scale, 1.0
                break


def _money(statement: Statement, clause: str, claim: Claim, question: Question) -> Numbers:
    """Amounts: the one behind the words of what is asked is likelier than one before them."""
    over = f"{statement.label} {statement.over}"
    bare = _BARE_MONEY.match(clause.strip())
    if statement.label and bare and (_CURRENCY.search(f"{over} {clause}")):
        scale = SCALES.get((bare["scale"] or "").strip().lower(), 0.0) or _scale_over(over)
        is_named = bool(frozenset(roots_of(statement.label)) & claim.roots)
        yield _value(bare["number"]) * scale, 1.0 if is_named or _CURRENCY.search(over) else 0.9
        return
    begins = first_of(claim.roots, clause)
    for amount in _AMOUNT.finditer(clause):
        scale = SCALES.get(amount["scale"] or "", 0.0) or _scale(
            _BEHIND.match(clause, amount.end())
        )
        value = _value(amount["number"] or amount["counted"]) * scale
        yield value, 1.0 if begins < amount.start() else 0.8


def _years(statement: Statement, clause: str, claim: Claim, question: Question) -> Numbers:
    """Years: of several, the first behind the words of what is asked."""
    years = list(_YEAR.finditer(clause))
    if not years:
        return
    begins = bool(claim.roots & _BEGINS)
    if statement.label:
        is_year = begins and bool(frozenset(roots_of(statement.label)) & _YEAR_LABELS)
        yield float(years[0][0]), 1.0 / 0.6 if is_year else 1.0
    first = first_of(claim.roots, clause)
    behind = [year for year in years if year.start() > first]
    yield float((behind or years)[0][0]), 1.0 if behind else 0.9
    if begins and (since := _SINCE.search(clause)):
        yield float(since["year"]), _LOOSE


def first_of(roots: frozenset[str], text: str) -> int:
    """Where the first word of some roots, or what means the same, stands; behind all else."""
    wanted = {word for root in roots for phrase in same_as(root) for word in phrase} | roots
    for word in _LETTERS.finditer(text):
        if wanted & frozenset(roots_of(word[0])):
            return word.start()
    return len(text)


def _scale(word: re.Match[str] | None) -> float:
    return SCALES.get(word[1].lower(), 1.0) if word else 1.0


def _scale_over(text: str) -> float:
    """The scale that a head or caption gives to bare numbers."""
    if found := _SCALE.search(text):
        word = found["sign"] or found["code"] or found["word"]
        return SCALES.get(word, 1.0) if word else 1_000.0
    return 1.0


def _value(number: str) -> float:
    if number.lower() in _WORDS:
        return float(_WORDS.index(number.lower()))
    whole, dot, rest = number.replace(",", "").partition(".")
    return float(f"{whole}.{rest.replace('.', '')}" if dot else whole)
