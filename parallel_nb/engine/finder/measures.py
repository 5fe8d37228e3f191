"""Numbers with their units in statements: `46 volunteers`, `Income: £98,500`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.finder.conditions import SCALES
from parallel_nb.engine.finder.evidence import same_as
from parallel_nb.engine.finder.kinds import roots_of
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.evidence import Asked

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
    rf"(?:[\u00a3\u20ac$]|\b(?:GBP|EUR|USD|NOK|CHF)\s)\s?(?P<number>{_NUMBER})"
    rf"|\b(?P<counted>{_NUMBER})\s(?:pounds|euros|dollars|francs|kroner|GBP|EUR|USD|NOK|CHF)\b"
)
_BARE_NUMBER: Final = re.compile(_NUMBER)
_WORD: Final = re.compile(r"\w+")
_CURRENCIES: Final = word_set("GBP EUR USD NOK CHF")
_LABEL = re.compile(r"(?P<label>[^:|]{1,80}):\s(?P<value>.{1,200})", re.DOTALL)
_BEHIND = re.compile(r"\s?([^\W\d_]+)")
#: Words between a number and what is counted: `three members of staff`.
_BETWEEN: Final = 3
_ABBREVIATIONS: Final = {
    "minut": "min mins", "hour": "h hr hrs", "second": "s sec secs",
    "kilomet": "km", "kilometr": "km",
    "metr": "m", "meter": "m", "kilogram": "kg", "tonn": "t", "hectar": "ha",
}  # fmt: skip


def find_number(
    statements: Iterable[str], asked: Asked, question: Question
) -> tuple[float, str] | None:
    """The first number that is counted or measured in what a condition asks for.

    Args:
        statements: about one entity.
        asked: what the condition asks.
        question: the same as a question for a number.

    Returns:
        The number and its statement, verbatim; None where no statement has one.
    """
    unit = roots_of(question.unit)
    for statement in statements:
        text = clean(statement)
        number = _money(text, asked) if question.is_money else _counted(text, unit)
        if number is not None:
            return number, statement
    return None


def _counted(text: str, unit: list[str]) -> float | None:
    if not unit:
        return None
    measures = [word for word in unit if word in _ABBREVIATIONS]
    if measures and measures[0] != unit[0]:  # square kilometres are no kilometres
        return None
    counted = measures[0] if measures else unit[-1]
    phrases = [frozenset({counted}), *same_as(counted)]
    short = word_set(_ABBREVIATIONS.get(counted, ""))
    if label := _LABEL.fullmatch(text.strip("|-* ")):
        number = _COUNT.match(label["value"])
        if number and any(phrase <= frozenset(roots_of(label["label"])) for phrase in phrases):
            behind = _BEHIND.match(label["value"], number.end())
            return _value(number["number"]) * _scale(behind)
    for number in _COUNT.finditer(text):
        at = number.end()
        behind = _BEHIND.match(text, at)
        scale = 1.0 if behind and behind[1] in short else _scale(behind)  # 5 m high is in metres
        for _ in range(_BETWEEN):
            word = _BEHIND.match(text, at)
            if word is None:
                break
            at = word.end()
            if word[1] in short or frozenset(roots_of(word[1])) in phrases:
                return _value(number["number"]) * scale
    return None


def _money(text: str, asked: Asked) -> float | None:
    """The amount behind a word of what is asked; else the one before it."""
    bare = text.strip("|-* ")
    if label := _LABEL.fullmatch(bare):
        # `2026 (EUR): 12500` in a table of what each gives
        words = set(_WORD.findall(label["label"]))
        number = _BARE_NUMBER.fullmatch(label["value"].strip())
        if number and words & _CURRENCIES and words <= {*_CURRENCIES, *asked.when.split()}:
            return _value(number[0])
        if number and words & _CURRENCIES and asked.is_touched_by(label["label"]):
            return _value(number[0])
    if not asked.words or not asked.is_touched_by(text):
        return None
    before: float | None = None
    for amount in _AMOUNT.finditer(text):
        scale = _scale(_BEHIND.match(text, amount.end()))
        value = _value(amount["number"] or amount["counted"]) * scale
        if asked.is_touched_by(text[: amount.start()]):
            return value
        before = value if before is None else before
    return before


def _scale(word: re.Match[str] | None) -> float:
    return SCALES.get(word[1].lower(), 1.0) if word else 1.0


def _value(number: str) -> float:
    if number.lower() in _WORDS:
        return float(_WORDS.index(number.lower()))
    whole, dot, rest = number.replace(",", "").partition(".")
    return float(f"{whole}.{rest.replace('.', '')}" if dot else whole)
