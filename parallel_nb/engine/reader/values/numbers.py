"""Numbers as candidates, in the unit that the field asks for."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import FoundDate, find_dates
from parallel_nb.engine.reader.candidates import (
    Candidate,
    keyword_tokens,
    position_fit,
    tokens,
)
from parallel_nb.engine.reader.language.grammar import clause_at
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.numbers import (
    Number,
    asks_for_count,
    convert,
    find_numbers,
)
from parallel_nb.engine.reader.language.series import Series, find_series, part_of
from parallel_nb.engine.reader.language.units import RequestedUnit, requested_unit
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots, roots_of
from parallel_nb.engine.reader.values.dates import as_placed, event_tokens, is_prose, is_year
from parallel_nb.engine.reader.values.near_dates import days_without_year

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement

#: Questions for a number of people.
_STAFF = re.compile(
    r"\b(?:employees|staff|inhabitants|population|workforce|headcount)\b", re.IGNORECASE
)
_SHARE_ASKED = re.compile(
    r"%|\bper ?cent|\bshare\b|\bproportion\b|\bfraction\b|\bratio\b|\brate\b", re.IGNORECASE
)
#: The dimension that a question without a unit asks for, by its words.
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
#: Questions for a sum, whose unit often goes without saying.
_MONEY_ASKED = re.compile(
    r"\b(?:fees?|rents?|salar\w+|wages?|pay|paid|payments?|spen[dt]\w*|budget\w*|loans?|grants?|debts?|deposits?|sums?|amounts?"
    r"|values?|worth|fines?|premiums?|tax\w*|funds?|funding|capital|reserves?|costs?|costing|prices?|revenues?|profits?|loss(?:es)?"
    r"|turnover|sales|income|takings|charges?|bids?|tenders?|offers?|limits?|compensation|damages|bonus\w*|discounts?|raised|donat\w+"
    r"|invest\w*|balances?|assets|surplus|deficit|contributions?|excess|penalt\w+|refund\w*|settlement|quot\w+|earn\w*|money"
    r"|results?|expens\w+|expenditures?|outlays?|dividends?|equity|interest|cash|proceeds|subsid\w+|allowances?|bill(?:s|ed)?"
    r"|invoic\w+|purchase\w*|margins?|ebitda?|stipends?|credits?|owed|owing|owes?|gifts?|legac\w+|royalt\w+|duties|tolls?)\b",
    re.IGNORECASE,
)
#: `raised their number to 274`: the number that holds now.
_RISEN = re.compile(
    r"\b(?:raised|rose|grew|increased|risen|brought|brings|bringing|fell|reduced|lowered|went up|now put at)\b(?:[^.;]|(?<=\d)\.(?=\d)|(?<=Mr|Ms|Dr)\.){0,110}\bto\s+(?:about |some |around |over )?$"
)
#: Factor for a number of a series if another one stands beside more words of the question.
_OTHER_SEGMENT: Final = 0.75
#: Where one part of a series ends: `melting point 1,538 °C, boiling point 2,861 °C`.
_SEGMENT = re.compile(r"[,;]\s(?:and\s)?|\sand\s(?=[a-z]+ )")
#: Factor for a number if the question's words match nothing but its unit.
_ONLY_UNIT: Final = 0.4
#: A number with a lower factor is about something else, even if it is the only one.
_LEAST_UNIT_FIT: Final = 0.5
#: Between a word of the question and its number: `notice of three months`.
_BOUND = re.compile(r"(?: period)? (?:of|is|was|at|to)(?: about| approximately| some)? ")
_BOUND_FIT: Final = 1.2
#: `128 more moons`, `four of them`: not the whole count.
_PART = re.compile(
    r"\s*(?:more|others?|another|additional|further|new|former|of (?:them|these|which|whom))\b"
)
#: `1.02 male(s)/female`: a ratio, and no count.
_RATIO_ASKED = re.compile(r"\b(?:per|rate|ratio|each)\b", re.IGNORECASE)
_RATIO = re.compile(r"\s?[a-z]{1,20}(?:\(s\))?/[\w,]{1,20}")
#: People who are counted for what happened to them.
_VICTIMS = re.compile(
    r"\b(?:killed|kills|drowned|died|dead|deaths|victims|perished|injured|wounded|fled|lost their)\b",
    re.IGNORECASE,
)
#: `from 6,852 to 14,125`: the second is how it is now.
_RANGE_END = re.compile(r"\s*(?:million |billion )?to [$\u20ac\u00a3]?\d")
_RANGE_START = re.compile(r"\bfrom [$\u20ac\u00a3]?$")
#: What is only asked, wished or said to be another's: `You asked for 30 places`.
_WISHED = re.compile(
    r"\b(?:ask(?:s|ed|ing)? (?:for|whether|if|that|to)|request(?:s|ed)?|want(?:s|ed)|wish(?:es|ed)?|sought|demand(?:s|ed)|hop(?:es|ed|ing) (?:for|to))\b",
    re.IGNORECASE,
)
#: What a number is only compared with: `£171,400 where £205,000 had been looked for`.
_COMPARED = re.compile(
    r"\b(?:against|in place of|instead of|rather than|(?<!and )not|compared (?:with|to)|(?:up|down) from|where|target of|budget of|limit of|more than the|less than the)"
    r"(?: (?:an?|the|about|some|only|budgeted|expected|planned|previous|earlier|usual|target|surplus|deficit|sum|of|loss|profit)){0,4} $",
    re.IGNORECASE,
)
_COMPARISON_ASKED = re.compile(
    r"\b(?:target|budget\w*|expected|previous\w*|before|former\w*|plan\w*|limit|earlier|old|forecast|estimat\w*|asked|requested|original\w*)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
#: The year to which a number behind it belongs: `2022: £66.1m`, `in 2023, 114`.
_OF_YEAR = re.compile(
    r"\b(?P<year>(?:1[89]|20)\d\d)(?::|,| \()?(?: (?:it )?(?:was|were|to|about|some|only)){0,2} ?[$\u20ac\u00a3]?$"
)
#: A time of day, whose hours and minutes count nothing.
_CLOCK = re.compile(
    r"\b(?:(?:[01]\d|2[0-3]):[0-5]\d(?!\d)|\d:[0-5]\d(?= ?[ap]\.?m\b))", re.IGNORECASE
)
#: How far before a number the words stand that belong to it, in characters.
_REACH: Final = 80
_SENTENCE_END = re.compile(r"[.!?]\s")
_IN_YEAR = re.compile(r"[^.;:,()\d]{0,25} in (?P<year>(?:1[89]|20)\d\d)\b")
_TOTAL = re.compile(r"\btotal(?:s|led)?\b", re.IGNORECASE)
#: Factor for a number in a table's row that is no total where one is asked for.
_NO_TOTAL: Final = 0.7
#: Factors for a number of the year that is asked for, and of another, and what the words of a row
#: that are not in the question cost at most.
_SAME_YEAR, _OTHER_YEAR, _ROW_WORDS = 1.5, 0.4, 0.04
#: How often an amount falls due, in the question and behind a number: `a month`, `per annum`.
_PERIODS: Final = tuple(
    (
        re.compile(rf"\b(?:{adverb}|(?:a|an|per|each|every) {noun})\b", re.IGNORECASE),
        re.compile(
            rf"[^\d;.]{{0,12}}\b(?:{adverb}|(?:a|an|per|each|every) {noun})\b", re.IGNORECASE
        ),
    )
    for adverb, noun in (
        ("annual(?:ly)?|yearly|p\\.a\\.", "(?:year|annum)"),
        ("monthly", "month"),
        ("weekly", "week"),
        ("daily", "day"),
        ("hourly", "hour"),
    )
)
_SAME_PERIOD, _OTHER_PERIOD = 1.6, 0.3
#: The head of what only numbers things: `No.`, `Application number`.
_DESIGNATES = re.compile(r"(?:^|\s)(?:nos?|nr|number|ref|reference|code|id|#)\.?$", re.IGNORECASE)
#: The name in `Apollo 11`.
_NAMED_BY_NUMBER = re.compile(r"([A-Z][\w+#]{0,40})\s$")
#: Factors for a number without a unit beside one with it, and for what a list says of the subject
#: and of others: `Alder £11.2m, Birch £12.75m`.
_BARE, _OWN_PART, _OTHER_PART = 0.3, 2.0, 0.3
#: Larger numbers stay floats: an SQLite or Arrow integer has 64 bits.
_MAX_INT: Final = 2**63


def number_candidates(matched: MatchedStatement) -> Iterator[Candidate]:
    """The numbers of a statement, in the unit that the field asks for."""
    field = matched.field
    requested = requested_unit(field.name, field.plain_description)
    dates = find_dates(matched.text)
    is_int = field.type.kind == "int"
    keywords = event_tokens(matched) if is_year(matched) else keyword_tokens(matched)
    placed = as_placed(matched)
    times = [*days_without_year(matched.text), *(m.span() for m in _CLOCK.finditer(matched.text))]
    found = [
        number
        for number in find_numbers(matched.text)
        if not _in_date(number, dates)
        and not any(start <= number.start < end for start, end in times)
    ]
    place_fit = _row_fit(matched) if matched.statement.is_fact else 1.0
    is_listed = bool(matched.subject) and len(found) > 1
    listed = find_series(matched.text, find_names(matched.text)) if is_listed else []
    shares = [_segment_share(matched, number, found) for number in found]
    for order, (number, share) in enumerate(zip(found, shares, strict=True)):
        value = convert(number, requested)
        if value is None:
            continue
        unit_fit = _unit_fit(matched, number, requested) * place_fit
        unit_fit *= _year_fit(matched, number, found)
        unit_fit *= _OTHER_SEGMENT if number.dimension and share < max(shares) else 1.0
        unit_fit *= _ONLY_UNIT if _only_unit_matches(matched, number) else 1.0
        unit_fit *= _BARE if _is_bare(matched, number, found, requested) else 1.0
        unit_fit *= _part_fit(matched, number, listed)
        fit = position_fit(placed, number.start, number.end, order, keywords) * unit_fit
        if any(_BOUND.fullmatch(matched.text, k.end, number.start) for k in keywords):
            fit *= _BOUND_FIT
        if is_int and abs(value - round(value)) > 1e-6:
            fit *= 0.4
        rounded: float = round(value) if is_int and abs(value) < _MAX_INT else value
        fit, of_subject = min(1.0, fit), unit_fit >= _LEAST_UNIT_FIT
        yield Candidate(rounded, float(rounded), fit, number.start, number.end, of_subject)


def _is_bare(
    matched: MatchedStatement, number: Number, found: list[Number], requested: RequestedUnit
) -> bool:
    """True for a number without a unit beside one in the unit asked: `variation 2 at £5m`."""
    if matched.statement.is_fact or number.dimension or requested.dimension in {"", "share"}:
        return False
    return any(other.dimension == requested.dimension for other in found)


def _part_fit(matched: MatchedStatement, number: Number, listed: list[Series]) -> float:
    """A factor by whether a list says a number of the subject or of another member."""
    is_own = part_of(listed, matched.subject, number.start)
    return 1.0 if is_own is None else _OWN_PART if is_own else _OTHER_PART


def _row_fit(matched: MatchedStatement) -> float:
    """How well a cell fits by its column and row: the year that is asked for, no budget, the words."""
    statement, question = matched.statement, matched.question
    place = f"{statement.subject} {statement.label}"
    fit = 1.0
    asked, said = set(_YEAR.findall(question)), set(_YEAR.findall(place))
    if asked and said:
        fit = 1.0 if asked & said else _OTHER_YEAR
    if _COMPARISON_ASKED.search(statement.label) and not _COMPARISON_ASKED.search(question):
        fit *= _OTHER_YEAR
    if _TOTAL.search(question) and not _TOTAL.search(f"{statement.text} {statement.heading}"):
        fit *= _NO_TOTAL
    if statement.subject:
        words = roots_of(question) - STOP_ROOTS
        share = len(words & roots_of(statement.text)) / max(1, len(words))
        fit *= 1.0 - _ROW_WORDS * (1.0 - share)
    return fit


def _year_fit(matched: MatchedStatement, number: Number, found: list[Number]) -> float:
    """A factor by the year beside a number: `63.8 (2022: 66.1)`."""
    asked = set(_YEAR.findall(matched.question))
    if not asked:
        return 1.0
    text = matched.text
    years = {
        n.start: m["year"]
        for n in found
        if not (n.like_year or _SENTENCE_END.search(text, *sorted((n.start, number.start))))
        and (
            m := _OF_YEAR.search(text[max(0, n.start - _REACH) : n.start])
            or _IN_YEAR.match(text, n.end)
        )
    }
    if year := years.get(number.start):
        return _SAME_YEAR if year in asked else _OTHER_YEAR
    return _OTHER_YEAR if asked & set(years.values()) else 1.0


def _segment_share(matched: MatchedStatement, number: Number, found: list[Number]) -> float:
    """The share of the question's words that stand in a number's part of a series."""
    if matched.statement.is_fact or len(found) < 2:
        return 1.0
    text = matched.text
    start = max((m.end() for m in _SEGMENT.finditer(text, 0, number.start)), default=0)
    end = next((m.start() for m in _SEGMENT.finditer(text, number.end)), len(text))
    keywords = keyword_tokens(matched)
    inside = {keyword.root for keyword in keywords if start <= keyword.start < end}
    return len(inside) / len({keyword.root for keyword in keywords}) if keywords else 1.0


def _only_unit_matches(matched: MatchedStatement, number: Number) -> bool:
    """True where the question's words match nothing but a number's unit: `4.5 billion years`."""
    if matched.statement.is_fact or not number.dimension:
        return False
    keywords = keyword_tokens(matched)
    return bool(keywords) and all(
        number.start <= keyword.start < number.end for keyword in keywords
    )


def _in_date(number: Number, dates: list[FoundDate]) -> bool:
    """True when a number is part of a date; a year alone may be a number after all."""
    for date in dates:
        if date.start <= number.start < date.end:
            return date.month is not None
    return False


def _unit_fit(matched: MatchedStatement, number: Number, requested: RequestedUnit) -> float:
    """How well a number fits by its unit, its noun and the words around it; 1.3 at most."""
    fit = _context_fit(matched, number, requested)
    if fit is not None:
        return fit
    fit = (0.7 if number.value in {0.0, 1.0} else 0.85) if number.in_words else 1.0
    return fit * _dimension_fit(matched, number, requested)


def _context_fit(  # noqa: C901, PLR0911 - one rule after the other, each with its own fit
    matched: MatchedStatement, number: Number, requested: RequestedUnit
) -> float | None:
    """The fit of a number that counts something else, or that a sentence says to hold now."""
    before, after = matched.text[: number.start], matched.text[number.end :]
    around = f"{before[-40:]}{matched.text[number.start : number.end]}{after[:40]}"
    in_sentence = is_prose(matched)
    if _RANGE_END.match(after) and _RANGE_START.search(before):
        return 0.45
    if (
        in_sentence
        and _COMPARED.search(before[-_REACH:])
        and not _COMPARISON_ASKED.search(matched.question)
    ):
        return 0.35
    if (
        in_sentence
        and _WISHED.search(clause_at(matched.text, number.start)[0])
        and not (_WISHED.search(matched.question) or _COMPARISON_ASKED.search(matched.question))
    ):
        return 0.35
    if _PART.match(after):
        return 0.3
    if _is_no_sum(matched, number, requested):
        return 0.25
    if period := _period_fit(matched.question, after):
        return period
    if _RATIO.match(after) and not _RATIO_ASKED.search(matched.question):
        return 0.3
    if _VICTIMS.search(around) and not _VICTIMS.search(matched.question):
        return 0.3  # `killed more than 5,000 people`
    if _RISEN.search(before):
        return 1.3
    if in_sentence and _is_designation(matched, number):
        return 0.3
    if in_sentence and number.like_year and not _follows_keyword(matched, number):
        return 0.25
    if number.in_words and number.value == 0.0 and not _noun_is_asked(matched, number):
        return 0.2
    return None


def _is_no_sum(matched: MatchedStatement, number: Number, requested: RequestedUnit) -> bool:
    """True for a number that is no amount of money or the like where one is asked for.

    It is none below `No.`, as a year, and without any unit in a sentence.
    """
    if number.dimension or number.has_scale or requested.dimension in {"", "share"}:
        return False
    if _DESIGNATES.search(matched.statement.label):
        return True
    is_money = requested.dimension.startswith("money")
    return is_money and (number.like_year or number.in_words or is_prose(matched))


def _period_fit(question: str, after: str) -> float | None:
    """Whether an amount falls due as often as is asked for; None where either does not say."""
    asked = [number for number, (words, _) in enumerate(_PERIODS) if words.search(question)]
    said = [number for number, (_, words) in enumerate(_PERIODS) if words.match(after)]
    if not asked or not said:
        return None
    return _SAME_PERIOD if set(asked) & set(said) else _OTHER_PERIOD


def _dimension_fit(  # noqa: PLR0911 - one rule after the other, each with its own fit
    matched: MatchedStatement, number: Number, requested: RequestedUnit
) -> float:
    """How well a number's dimension fits the requested one, or else the question's words."""
    question, dimension = matched.question, number.dimension
    if requested.dimension:
        if dimension == requested.dimension:
            return 1.0
        return 0.5 if dimension else 0.7
    is_count = asks_for_count(question)
    measure = next((name for name, words in _MEASURES if words.search(question)), "")
    if measure and not is_count:
        return 1.0 if dimension.startswith(measure) else 0.6
    if dimension == "share":
        return 1.0 if _SHARE_ASKED.search(question) else 0.4
    if is_count or matched.field.type.kind == "int":
        if dimension and not (dimension.startswith("money") and _MONEY_ASKED.search(question)):
            return 0.3
        if not _noun_is_asked(matched, number):
            # documents write a number of people in digits, but one of moons in words
            return 0.5 if number.in_words and _STAFF.search(question) else 0.85
    return 1.0


def _follows_keyword(matched: MatchedStatement, number: Number) -> bool:
    """True for the number in `port 1521`, which is no year."""
    before = [token for token in tokens(matched.text) if token.end <= number.start][-1:]
    return any(t.root in matched.keywords and number.start - t.end < 2 for t in before)


def _is_designation(matched: MatchedStatement, number: Number) -> bool:
    """True for the number in `Apollo 11` or `PHP 6`, which counts nothing."""
    if number.dimension or number.in_words or number.has_scale:
        return False
    word = _NAMED_BY_NUMBER.search(matched.text[: number.start])
    if word is None or word.start() == 0:
        return False
    return not set(roots(word[1])) & (matched.keywords | roots_of(matched.question))


def _noun_is_asked(matched: MatchedStatement, number: Number) -> bool:
    """True when the word after a number, or the second, is one that was asked for."""
    after = [token for token in tokens(matched.text) if token.start >= number.end][:2]
    return matched.statement.is_fact or any(token.root in matched.keywords for token in after)
