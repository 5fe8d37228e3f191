"""What a quote says, by the type of the field: the value is derived from the words, not believed.

Of a single number, date, choice or polarity in the quote, the quote wins over what the model made
of it. Where the quote holds several, the model's must be one of them.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.language.numbers import (
    asks_for_count,
    convert,
    find_numbers,
)
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import roots
from parallel_nb.engine.reader.model.quotes import find_quote, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.language.numbers import Number
    from parallel_nb.engine.reader.request import RequestedField

#: Numbers that differ by less than this part are the same.
_SAME: Final = 0.005
_LONGEST_TEXT: Final = 600
_ASKS_YEAR: Final = re.compile(
    r"\b(?:which|what|the) year\b|\byear (?:of|in|when|that|it|the)\b|^year\b|\bas YYYY\b(?!-)"
)
_NAME_OF_YEAR: Final = re.compile(r"(?:^|_)(?:year|founded|established|incorporated)(?:_|$)")
_HOW_LONG: Final = re.compile(r"\bhow (?:many|long|old)\b|\bnumber of\b|\byears\b", re.IGNORECASE)
_SHARE_ASKED: Final = re.compile(
    r"%|\bper ?cent|\bpct\b|\bshare\b|\brate\b|\bratio\b|\bproportion\b|\bmargin\b|\bgrowth\b"
    r"|\bfraction\b|\byield\b|\bdiscount\b",
    re.IGNORECASE,
)
#: `(in millions)`, `£m`, `EUR thousand`, `$'000` in a table's head, caption or heading.
_SCALE_ABOVE: Final = re.compile(
    r"\b(?:in|of)\s(?:US\s)?(?:[$£€¥]|[A-Z]{3}\s)?\s?(?P<word>thousand|million|billion)s?\b"
    r"|(?:[$£€¥]|\b(?:USD|EUR|GBP|CHF|JPY|DKK|SEK|NOK)\s?)\s?(?P<unit>thousands?|millions?|billions?|mn?|bn|k)\b"
    r"|\((?P<alone>thousand|million|billion)s?\b"
    r"|['\u2019](?P<zeros>000)s?\b",
    re.IGNORECASE,
)
_SCALES: Final = {"000": 1e3, "t": 1e3, "k": 1e3, "m": 1e6, "b": 1e9}
#: What turns a sentence into its contrary.
_NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|neither|nor|without|cannot|nobody|nothing|lacks?|absence of|exempt(?:ed)?"
    r"|waived?|excluded|prohibited|forbidden|barred|ceased|refus(?:es|ed)|fail(?:s|ed) to|declin(?:es|ed) to"
    r"|free of|free from)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
#: A negation that leaves the sentence as it was.
_NO_NEGATION: Final = re.compile(
    r"\bnot only\b|\bno later than\b|\bnot later than\b|\bno more than\b|\bno less than\b"
    r"|\bnot less than\b|\bnot more than\b|\bno\. ?\d|\bno fewer than\b",
    re.IGNORECASE,
)
_FREE: Final = re.compile(
    r"\bfree\b(?: (?:of|from)\b)?|\b(?:at )?no (?:cost|charge|fee)s?\b|\bgratis\b", re.IGNORECASE
)
_FEE_ASKED: Final = re.compile(
    r"\b(?:fee|fees|charge|charges|charged|cost|costs|price|pay|paid|rent|payment)\b", re.IGNORECASE
)
_FREE_ASKED: Final = re.compile(
    r"\bfree\b|\bwithout charge\b|\bno (?:fee|charge|cost)\b", re.IGNORECASE
)
_YES: Final = re.compile(r"[:|=]\s*(?:yes|true|y)\b|^\s*yes\b", re.IGNORECASE)
_NO: Final = re.compile(
    r"[:|=]\s*(?:no|false|none|n)\b(?!\.? ?\d)|^\s*no\s*(?:[.,;|]|$)", re.IGNORECASE
)
#: Where a sentence begins to say something else. Not at each comma: `it is not, however, listed`.
_CLAUSE: Final = re.compile(
    r";\s|,?\s(?:but|while|whereas|although|though|which|who)\s"
    r"|,?\sand\s(?=(?:it|they|is|are|was|were|has|have|had|does|do|did|will|shall|may|can|no|not)\b)",
    re.IGNORECASE,
)
_OR_NOT: Final = re.compile(r"\bor not\b")
_HONORIFIC: Final = re.compile(r"^(?:the|a|an|mr|mrs|ms|dr|prof|sir)\.? ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Derived:
    """A value that a quote says."""

    value: Any
    #: True where a choice is meant and not named.
    is_meant: bool = False
    #: True for what can hardly be about something else: a choice in its own word.
    speaks_for_itself: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a quote does not say the value, as a clause."""

    reason: str


def derive(  # noqa: PLR0911 - one return a type
    field: RequestedField, quote: str, claimed: Sequence[str], above: str = ""
) -> Derived | Rejected:
    """The value that a quote says.

    Args:
        field: its type, name and description.
        quote: the words of the document.
        claimed: the model's value; of a list, its members.
        above: what stands above the quote: headings, a table's head. It may tell the magnitude.

    Examples:
        >>> derive(employees, "some 1,204 people", ["1204"]).value  # doctest: +SKIP
        1204
    """
    first = claimed[0] if claimed else ""
    match field.type.kind:
        case "int" | "float" if asks_year(field):
            return _year(quote, first)
        case "int" | "float":
            return _number(field, quote, first, above)
        case "date":
            return _date(quote, first)
        case "enum":
            return _choice(field, quote, first)
        case "bool":
            return _polarity(field, quote, first)
        case "str":
            return _text(field, quote, first)
        case _:
            return Rejected("a value of this type is not derived from a quote")


def asks_year(field: RequestedField) -> bool:
    """True when a field asks for a year: `founded`, `year of completion`."""
    text = field.description
    if _HOW_LONG.search(text) or requested_unit(field.name, text).dimension == "time":
        return False
    return bool(_ASKS_YEAR.search(text.lower()) or _NAME_OF_YEAR.search(field.name.lower()))


def same_value(left: Any, right: Any) -> bool:
    """True when two values of a field mean the same.

    Numbers may differ by 0.5 %, a text may hold the words of the other, and of two lists the
    longer shares more than half.

    Examples:
        >>> same_value("Ada Byron", "Dr. Ada Byron"), same_value(1000, 1004), same_value(True, 1)
        (True, True, False)
    """
    if left is None or right is None:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=_SAME, abs_tol=1e-12)
    if isinstance(left, list) and isinstance(right, list):
        a, b = {plain(str(item)) for item in left}, {plain(str(item)) for item in right}
        return bool(a and b) and len(a & b) * 2 > max(len(a), len(b))
    words, others = set(roots(str(left))), set(roots(str(right)))
    if not words or not others:
        return plain(str(left)) == plain(str(right))
    digits = {w for w in words ^ others if any(c.isdigit() for c in w)}
    return (words <= others or others <= words) and not digits


def _year(quote: str, claimed: str) -> Derived | Rejected:
    years = list(dict.fromkeys(date.year for date in find_dates(quote)))
    if not years:
        return Rejected("the quote names no year")
    if len(years) == 1:
        return Derived(years[0])
    meant = [date.year for date in find_dates(claimed)]
    if meant and meant[0] in years:
        return Derived(meant[0])
    return Rejected("the quote names several years, and not the one that was given")


def _date(quote: str, claimed: str) -> Derived | Rejected:
    found = find_dates(quote)
    whole = list(dict.fromkeys(date.iso for date in found if date.is_complete))
    if not whole:
        what = "no whole date" if found else "no date"
        return Rejected(f"the quote names {what}")
    if len(whole) == 1:
        return Derived(whole[0])
    meant = [date.iso for date in find_dates(claimed) if date.is_complete]
    if meant and meant[0] in whole:
        return Derived(meant[0])
    return Rejected("the quote names several dates, and not the one that was given")


def _number(field: RequestedField, quote: str, claimed: str, above: str) -> Derived | Rejected:
    found = [n for n in find_numbers(quote) if not (n.in_words and n.value == 0.0)]
    found = [n for n in found if not n.like_year] or found
    if not found:
        return Rejected("the quote holds no number")
    fitting = _fitting(field, found, scale_above(above))
    if not fitting:
        return Rejected("the quote gives it in another unit")
    chosen = fitting[0][1] if len({value for _, value in fitting}) == 1 else None
    if chosen is None:
        unit = requested_unit(field.name, field.description)
        chosen = _claimed_among(fitting, claimed, unit.scale)
    if chosen is None:
        return Rejected("the quote holds several numbers, and not the one that was given")
    if field.type.kind == "float":
        return Derived(chosen)
    if not math.isclose(chosen, round(chosen), rel_tol=1e-9, abs_tol=1e-6):
        return Rejected("the quote holds no whole number")
    return Derived(round(chosen))


def _fitting(
    field: RequestedField, numbers: Sequence[Number], scale: float
) -> list[tuple[Number, float]]:
    """The numbers that may be what is asked for, each in the unit that is asked for."""
    text = field.description
    unit = requested_unit(field.name, text)
    wants_share = unit.dimension == "share" or _SHARE_ASKED.search(
        f"{field.name.replace('_', ' ')} {text}"
    )
    fitting = []
    for number in numbers:
        if number.dimension == "share" and not wants_share:
            continue  # a part of the population is not the population
        if number.dimension.startswith("money") and asks_for_count(text):
            continue
        value = convert(number, unit)
        if value is not None:
            is_whole = number.has_scale or number.in_words or number.dimension == "share"
            lifted = value if is_whole else value * scale
            fitting.append((number, float(f"{lifted:.12g}")))
    return fitting


def _claimed_among(
    fitting: list[tuple[Number, float]], claimed: str, scale: float
) -> float | int | None:
    """The one of several numbers that a model has named, in whatever unit it has."""
    for number in find_numbers(claimed):
        for own, value in fitting:
            meant = (value, own.value, value * scale, own.value / scale)
            if any(math.isclose(number.value, m, rel_tol=_SAME) for m in meant):
                return value
    return None


def scale_above(text: str) -> float:
    """The magnitude that a table's head or a heading gives to the numbers below it.

    Examples:
        >>> scale_above("Revenue (in millions)"), scale_above("| Year | £m |"), scale_above("Sales")
        (1000000.0, 1000000.0, 1.0)
    """
    match = _SCALE_ABOVE.search(text)
    if match is None:
        return 1.0
    word = next(filter(None, match.groupdict().values())).lower()
    return _SCALES["000" if word == "000" else word[0]]


def _choice(field: RequestedField, quote: str, claimed: str) -> Derived | Rejected:
    words = roots(quote)
    named: dict[str | None, set[str]] = {}
    for choice in field.type.choices:
        own = roots(choice.replace("_", " "))
        place = _place_of(own, words)
        if own and place is not None:
            named[choice] = set(own)
    # `planet` within `dwarf planet`
    named = {c: w for c, w in named.items() if not any(w < other for other in named.values())}
    key = plain(claimed)
    meant = next((c for c in field.type.choices if plain(c) == key), None)
    if len(named) == 1 or meant in named:
        only = next(iter(named)) if len(named) == 1 else meant
        where = [clause for clause in clauses(quote) if named[only] <= set(roots(clause))]
        if any(is_negated(clause) for clause in where or [quote]):
            return Rejected("the quote denies it")
        return Derived(only, speaks_for_itself=True)
    if named:
        return Rejected("the quote names several of the choices")
    if meant is None:
        return Rejected("what was given is none of the choices")
    if is_negated(quote):
        return Rejected("the quote denies something, and names none of the choices")
    return Derived(meant, is_meant=True)


def _place_of(wanted: list[str], words: list[str]) -> int | None:
    if not wanted:
        return None
    span = len(wanted)
    return next((n for n in range(len(words)) if words[n : n + span] == wanted), None)


def clauses(text: str) -> list[str]:
    """The clauses of a sentence, each of which may be denied by itself.

    Examples:
        >>> clauses("It is listed and does not pay a dividend")
        ['It is listed', 'does not pay a dividend']
    """
    return [clause for clause in _CLAUSE.split(text) if clause.strip()] or [text]


def is_negated(text: str) -> bool:
    """True when a text says that something is not so."""
    return bool(_NEGATION.search(_NO_NEGATION.sub(" ", text)))


def _polarity(field: RequestedField, quote: str, claimed: str) -> Derived | Rejected:
    asked = f"{field.name.replace('_', ' ')} {field.plain_description}"
    said = claimed.strip().lower()
    meant = {"yes": True, "true": True, "no": False, "false": False}.get(said)
    asks_free, is_free = bool(_FREE_ASKED.search(asked)), bool(_FREE.search(quote))
    if _YES.search(quote) and not _NO.search(quote):
        derived = True
    elif _NO.search(quote):
        derived = False
    elif asks_free and is_free:
        derived = not is_negated(_FREE.sub(" ", quote))
    elif asks_free or is_negated(_OR_NOT.sub(" ", field.plain_description)):
        return Rejected("the field asks by a negation, which is not judged by words")
    elif is_free and _FEE_ASKED.search(asked):
        derived = is_negated(_FREE.sub(" ", quote))
    else:
        derived = not is_negated(quote)
    if meant is not None and meant != derived:
        return Rejected(f"the quote says {'yes' if derived else 'no'}, and the value the contrary")
    return Derived(derived)


def _text(field: RequestedField, quote: str, claimed: str) -> Derived | Rejected:
    if asks_year(field):
        year = _year(quote, claimed)
        return Derived(str(year.value)) if isinstance(year, Derived) else year
    for wanted in (claimed, _HONORIFIC.sub("", claimed), claimed.strip(" .,;:")):
        span = find_quote(wanted, quote)
        if span is not None and not (set("|\n") & set(quote[span[0] : span[1]])):
            text = " ".join(quote[span[0] : span[1]].replace("**", "").split())
            if len(text) > _LONGEST_TEXT:
                return Rejected("the value is a whole passage")
            return Derived(text)
    return Rejected("the value does not stand in the quote")
