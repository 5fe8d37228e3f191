"""A condition as a question for a number, and when its answer satisfies the condition.

`was founded after 1990` asks for a year and compares it.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.passages import sentences
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.units import RequestedUnit

if TYPE_CHECKING:
    from parallel_nb.api.types import JsonObject
    from parallel_nb.engine.corpus.dates import FoundDate

Relation = Literal[">", ">=", "<", "<=", "="]
_NUMBER: Final = r"(?P<number>[0-9][0-9,. ]{0,20})(?P<scale>\s?(?:thousand|million|billion|trillion|bn)\b|(?<=[0-9])[km]\b)?"
_YEAR: Final = r"(?P<year>1[0-9]{3}|20[0-9]{2})"
_RELATIONS: Final[tuple[tuple[Relation, str], ...]] = (
    (">=", r"(?:at least|no (?:less|fewer) than|not (?:less|fewer) than|a minimum of|minimum)"),
    ("<=", r"(?:at most|no more than|not more than|up to|a maximum of|maximum)"),
    (
        ">",
        r"(?:(?:more|greater|larger|higher|longer|older|bigger|deeper|taller|wider|heavier|faster|thicker|stronger) than|over|above|exceed(?:s|ing)?|beyond)",
    ),
    (
        "<",
        r"(?:(?:less|fewer|lower|smaller|shorter|younger|shallower|narrower|lighter|slower|thinner|cheaper) than|under|below)",
    ),
)
_TIMES: Final[tuple[tuple[Relation, str], ...]] = (
    (">=", r"(?:since|from|(?:in|on) or after|no earlier than)"),
    ("<=", r"(?:(?:in|on) or before|no later than|until|by)"),
    (">", r"(?:after|later than)"),
    ("<", r"(?:before|earlier than|prior to)"),
    ("=", r"(?:in|during|of)"),
)
_TIME_PATTERNS: Final = tuple(
    (
        relation,
        re.compile(rf"\b{words}\s(?:the\s)?(?:year\s|(?:[0-9]{{1,2}}\s)?[A-Z][a-z]+\s)?{_YEAR}\b"),
    )
    for relation, words in _TIMES
)
_NUMBER_PATTERNS: Final = tuple(
    (
        relation,
        re.compile(rf"\b{words}\s[^\w]{{0,2}}(?:USD|EUR|NOK|GBP|CHF)?\s?{_NUMBER}", re.IGNORECASE),
    )
    for relation, words in _RELATIONS
)
_BETWEEN = re.compile(
    rf"\bbetween\s[^\w]?(?P<least>[0-9][0-9,]{{0,14}}(?:\.[0-9]{{1,6}})?)\sand\s[^\w]?{_NUMBER}"
)
_MORE: Final = "more|higher|longer|larger|greater|bigger|older|better|above|over"
_FEWER: Final = "fewer|less|lower|shorter|smaller|younger|below|under"
#: `30 days or longer`, `15 % or higher`, `6 out of 10 or better`.
_OR_MORE = re.compile(
    rf"{_NUMBER}\s?(?:out of [0-9]{{1,4}}\s|(?P<unit>%\s|(?:[^\W\d]{{1,20}}\s){{1,3}}?))?or (?:(?P<more>{_MORE})|{_FEWER})\b"
)
_UNIT = re.compile(
    r"\s?([^\s\d,.;:]{1,20}(?:\s(?!(?:may|can|must|of|for|in|on|at|to|from|by)\b)[^\s\d,.;:]{2,20})?)"
)
#: `in 2020 or later`.
_YEAR_OR = re.compile(
    rf"\b(?:(?:in|of|from|during)\s)?(?:the\syear\s)?{_YEAR}\sor\s(?P<which>later|after|newer|earlier|before|older)\b"
)
_YEAR_RELATIONS: Final[dict[str, Relation]] = {
    "later": ">=", "after": ">=", "newer": ">=", "earlier": "<=", "before": "<=", "older": "<=",
}  # fmt: skip
#: `at the festival of 2026`, `in March 2026`, `the 2026 festival`: when what is asked holds.
_WHEN = re.compile(
    r"\s(?:in|during|of|for|on)\s(?:the\s)?(?:year\s|(?:[0-9]{1,2}\s)?(?P<month>[A-Z][a-z]+)\s)?(?P<of>(?:1[0-9]{3}|20[0-9]{2})(?:[-\u2013/][0-9]{2,4})?)\b"
    r"|\s(?P<the>(?:1[0-9]{3}|20[0-9]{2})(?:[-\u2013/][0-9]{2,4})?)(?=\s[a-z])"
)
#: What happens once, so that its year is what is asked for: `founded in 1998`.
_ONCE = re.compile(
    r"\b(?:founded|established|set up|formed|opened|built|released|published|expires?|expired|ends?|ended|born"
    r"|died|appointed|joined|elected|launched|completed|created|signed|acquired|incorporated|started|starts?"
    r"|began|begins?|made|produced|introduced|closed|bought|hired|retired|registered|due|dated)$",
    re.IGNORECASE,
)
_BETWEEN_YEARS = re.compile(
    rf"\b(?:between\s(?P<first>[12][0-9]{{3}})\sand|in\s(?P<either>[12][0-9]{{3}})\sor)\s{_YEAR}\b"
)
SCALES: Final = {
    "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12,
}  # fmt: skip
COUNTS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
#: `fewer than ten`, `two or more`.
_COUNT = re.compile(
    rf"(?<=(?:than|east|nder)\s)(?:{'|'.join(COUNTS)})\b"
    rf"|\b(?:{'|'.join(COUNTS)})(?=\s(?:[a-z]{{1,20}}\s){{0,2}}or\s(?:{_MORE}|{_FEWER})\b)",
    re.IGNORECASE,
)
#: `8 or more weeks` is `at least 8 weeks`.
_MORE_OF: Final = re.compile(rf"\b([0-9][0-9,.]{{0,15}}) or (?:({_MORE})|{_FEWER})\s(?=[a-z])")
#: `at both the March 2025 and the September 2026 meeting`.
_MONTH_AND_YEAR: Final = r"(?:[0-9]{1,2}\s)?[A-Z][a-z]{2,8}\s[12][0-9]{3}"
_BOTH = re.compile(
    rf"(?<!between)\s(?:(?:in|on|at|of)\s)?(?:both\s)?(?:(?:in|on|at)\s)?(?P<the>the\s)?(?P<first>{_MONTH_AND_YEAR})"
    rf"\sand\s(?:(?:in|on|at)\s)?(?:the\s)?(?P<second>{_MONTH_AND_YEAR})\b"
)
#: `The result was negative`.
_SIGNED = re.compile(r"\b(?:is|was|were|are)\s(?P<sign>negative|positive)\b")
#: `less than a million pounds`.
_A_MILLION = re.compile(r"\ba\s(?=(?:thousand|million|billion)\b)")
_ASIDE = re.compile(r"\([^()]{0,300}\)")
#: Words around a comparison that are no part of what is compared.
_FILLERS = re.compile(
    r"\b(?:must|should|has|have|had|having|with|is|are|was|were|be|been|being|that|which|who|it|its|the|a|an"
    r"|there|any|of|may|can)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """The number or year that a condition asks for.

    Attributes:
        description: Of the output field.
        kind: The JSON type of the field.
        bounds: What a number must satisfy, all of it.
        unit: The words behind a number: `square kilometres`.
        requested: The unit of measure of a number; none where things are counted.
    """

    description: str
    kind: Literal["integer", "number"]
    bounds: tuple[tuple[Relation, float], ...]
    unit: str = ""
    requested: RequestedUnit = field(default_factory=RequestedUnit)

    def schema(self) -> JsonObject:
        """The field in an output schema."""
        return {"type": [self.kind, "null"], "description": self.description}

    @property
    def is_exact(self) -> bool:
        """Whether a year alone is not enough: `before June 2024`."""
        return any(bound % 1 for _, bound in self.bounds)

    @property
    def is_sign(self) -> bool:
        """Whether no more than the sign is asked for, which words may tell too."""
        return self.bounds[0][1] == 0.0

    def is_satisfied(self, value: float) -> bool:
        """Whether an answer satisfies the condition."""
        return all(_holds(value, relation, bound) for relation, bound in self.bounds)


def _holds(value: float, relation: Relation, bound: float) -> bool:
    return {
        ">": value > bound,
        ">=": value >= bound,
        "<": value < bound,
        "<=": value <= bound,
        "=": value == bound,
    }[relation]


def read_condition(description: str) -> Question | None:
    """Turn a condition into a question; None where it compares no number.

    Examples:
        >>> question = read_condition("The company was founded after 1990")
        >>> question.description, question.bounds
        ('Year: company founded', (('>', 1990.0),))
    """
    text, _ = without_year(essence(description))
    text = _COUNT.sub(lambda match: str(COUNTS.index(match[0].lower()) + 1), text)
    text = _A_MILLION.sub("1 ", text)
    text = _MORE_OF.sub(lambda match: f"at {'least' if match[2] else 'most'} {match[1]} ", text)
    text = text.replace("square km", "sq km")  # as the reader's units have it
    if found := _years(text) or _numbers(text):
        return found
    if match := _SIGNED.search(text):
        relation: Relation = "<" if match["sign"] == "negative" else ">"
        return _asked("Number", text, match, "number", ((relation, 0.0),))
    return None


def essence(description: str) -> str:
    """A condition without what explains it: its first sentence, without parentheses.

    Examples:
        >>> essence("Company must be SOC 2 certified (not Type I). Look for it in trust centers.")
        'Company must be SOC 2 certified.'
    """
    text = " ".join(_ASIDE.sub(" ", description).split()).replace(" .", ".")
    first = next(sentences(text, 0, len(text)), (0, len(text)))
    return text[slice(*first)] or text


def without_year(text: str) -> tuple[str, str]:
    """A condition without the year or month in which it holds, and that: `2026` or `June 2026`.

    A year that is itself asked for or compared with stays.

    Examples:
        >>> without_year("The film won a prize at the festival of 2026")
        ('The film won a prize at the festival', '2026')
        >>> without_year("The company was founded in 1998")
        ('The company was founded in 1998', '')
    """
    match = _WHEN.search(text)
    if match is None or _YEAR_OR.search(text) or _BETWEEN_YEARS.search(text):
        return text, ""
    is_compared = any(
        relation != "=" and pattern.search(text) for relation, pattern in _TIME_PATTERNS
    )
    is_number = match["the"] and text[: match.start()].rsplit(" ", 1)[-1].lower() != "the"
    if is_compared or is_number or (match["of"] and _ONCE.search(text[: match.start()])):
        return text, ""
    when = f"{match['month'] or ''} {match['of'] or match['the']}".strip()
    return text[: match.start()] + text[match.end() :], when


def of_each_date(description: str) -> list[str]:
    """A condition once for each of two dates on which it is to hold.

    Examples:
        >>> of_each_date("Came in both March 2025 and May 2026")
        ['Came in March 2025', 'Came in May 2026']
    """
    text = essence(description)
    both = _BOTH.search(text)
    if both is None:
        return [description]
    before, behind = text[: both.start()], text[both.end() :].rstrip(". ")
    meeting = f" at the{behind}" if both["the"] and behind else behind
    return [f"{before}{meeting} in {date}" for date in (both["first"], both["second"])]


def _years(text: str) -> Question | None:
    if match := _BETWEEN_YEARS.search(text):
        bounds: tuple[tuple[Relation, float], ...] = (
            (">=", float(match["first"] or match["either"])),
            ("<=", float(match["year"])),
        )
        return _asked("Year", text, match, "integer", bounds)
    if match := _YEAR_OR.search(text):
        bounds = ((_YEAR_RELATIONS[match["which"]], float(match["year"])),)
        return _asked("Year", text, match, "integer", bounds)
    for relation, pattern in _TIME_PATTERNS:
        if match := pattern.search(text):
            return _asked("Year", text, match, "integer", ((relation, _time(match[0], relation)),))
    return None


def moment(date: FoundDate) -> float:
    """A date as a number of years."""
    return date.year + ((date.month or 1) - 1) / 12 + ((date.day or 1) - 1) / 372


def _time(text: str, relation: Relation) -> float:
    """The moment with which a date is compared; what is after March is after its last day."""
    date = find_dates(text)[-1]
    if relation == "=" or not date.month:
        return float(date.year)
    return moment(date) + (1 / 12 - 1 / 372 if relation in {">", "<="} and not date.day else 0.0)


def _numbers(text: str) -> Question | None:
    if match := _BETWEEN.search(text):
        scale = SCALES.get((match["scale"] or "").strip().lower(), 1.0)
        least = float(match["least"].replace(",", "")) * scale
        bounds: tuple[tuple[Relation, float], ...] = ((">=", least), ("<=", _number(match)))
        return _asked("Number", text, match, "number", bounds)
    if match := _OR_MORE.search(text):
        relation: Relation = ">=" if match["more"] else "<="
        return _asked("Number", text, match, "number", ((relation, _number(match)),))
    for relation, pattern in _NUMBER_PATTERNS:
        if match := pattern.search(text):
            return _asked("Number", text, match, "number", ((relation, _number(match)),))
    return None


def _number(match: re.Match[str]) -> float:
    digits = match["number"].replace(",", "").replace(" ", "").rstrip(".")
    whole, dot, rest = digits.partition(".")
    value = float(f"{whole}.{rest.replace('.', '')}" if dot else whole)
    return value * SCALES.get((match["scale"] or "").strip().lower(), 1.0)


def _asked(
    what: str,
    text: str,
    match: re.Match[str],
    kind: Literal["integer", "number"],
    bounds: tuple[tuple[Relation, float], ...],
) -> Question:
    unit = f" {match['unit']}" if "unit" in match.groupdict() and match["unit"] else " "
    rest = text[: match.start()] + unit + text[match.end() :]
    bare = " ".join(_FILLERS.sub(" ", rest).split()).strip(" .,;:").lower()
    behind = _UNIT.match(text, match.end()) if kind == "number" else None
    counted = unit.strip() or (behind[1] if behind else "")
    asked = f"{what}: {bare}" if bare else what
    numbers = (each for each in find_numbers(text) if match.start() < each.end)
    number = next(numbers, None) if kind == "number" else None
    requested = RequestedUnit(number.dimension, number.factor) if number else RequestedUnit()
    if number and number.dimension and match.end() < number.end:
        counted = text[match.end() : number.end].strip()
    return Question(asked, kind, bounds, unit=counted, requested=requested)
