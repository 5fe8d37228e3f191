"""A condition before a table: which of its words the table has, and in which rows it holds."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.finder.asked import LIGHT, likeness
from parallel_nb.engine.finder.conditions import moment
from parallel_nb.engine.finder.evidence import names_area
from parallel_nb.engine.finder.geography import is_place
from parallel_nb.engine.finder.measures import unit_over
from parallel_nb.engine.finder.stances import stance_of, without_stance
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.language.numbers import convert, find_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.finder.asked import Asked
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.grids import Column, Grid

#: What a word counts that stands right above a table, farther above, in the head of another column.
_ABOVE, _OVER, _BESIDE = 0.9, 0.8, 0.7
#: What it counts beside its words that a value or head is named whole, or a unit.
_WHOLE: Final = 0.5
#: A name that says so much has to stand in a table or over it, or the table is about another.
_TELLING: Final = 0.6
#: What a condition that asks for nothing but a number counts.
_BARE: Final = 0.8
#: The part of a column that says yes or no.
_MOST: Final = 0.6
#: How much a column that all rows have says less.
_ALWAYS: Final = 0.05
#: Characters before a number that is alone in its cell.
_FIRST: Final = 2
_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "x", "true", "\u2713", "\u2714"), True),
    **dict.fromkeys(("no", "n", "false", "-", "\u2013", "\u2014", "\u2717"), False),
}
_COMPARED = re.compile(
    r"\b(?:(?P<above>above|over|more than|higher than|greater than|larger than)"
    r"|below|under|less than|lower than|smaller than|fewer than)\s"
)
_UNITS: Final = frozenset(roots_of("eur gbp usd m k kg km ha pa ex vat excl incl pounds euros"))
_SCALED = re.compile(r"\b(?P<scale>[kKtTmM])(?P<unit>eur|usd|gbp|chf|nok|sek|dkk)\b", re.IGNORECASE)
_SCALES: Final = {"k": "thousand", "t": "thousand", "m": "million"}
_YEAR = re.compile(r"(?<![0-9])(?:1[0-9]{3}|20[0-9]{2})(?![0-9])")
#: Words of conditions and heads for when a thing is made, when somebody comes, and for either.
_MADE: Final = frozenset(
    roots_of(
        "founded established set formed opened built released published born launched created made"
        " introduced"
    )
)
_CAME: Final = frozenset(roots_of("joined came appointed started began"))
_SINCE: Final = frozenset(roots_of("since start date year est from first"))
_ENDS: Final = frozenset(
    roots_of("end ends expire expires expiry run runs lapse terminate valid to until till")
)
_FREE: Final = frozenset(roots_of("free gratis"))
_DATE_HEADS: Final = frozenset(roots_of("date year when"))
_MIN_COMPARED: Final = 2
#: A column, the values of it that a condition names, and whether it names the head as well.
_Named = tuple["Column", frozenset[frozenset[str]], bool]


class Reading(NamedTuple):
    """How well a table answers a condition, and in which of its rows the condition holds.

    Attributes:
        score: From 0 to 1.
        rows: Of each row, whether what is asked holds, or is not denied.
        has_told: Whether any of its columns says so, and not only what stands over it.
        values: Of each row, the number or year that decides; empty where words do.
        is_denied: Whether an entity of a row where it holds is none of those that are asked for.
        is_count: Whether the number of rows decides.
    """

    score: float = 0.0
    rows: Sequence[bool] = ()
    has_told: bool = False
    values: Sequence[Any] = ()
    is_denied: bool = False
    is_count: bool = False


class Sight:
    """A condition before a table whose entities stand in a column."""

    def __init__(self, grid: Grid, entity: int, asked: Asked) -> None:
        """See what stands over the table of the words of a condition."""
        self._grid, self._asked = grid, asked
        self._columns = [each for place, each in enumerate(grid.columns) if place != entity]
        self._is_key = entity == grid.key or grid.columns[entity].is_unique
        head = grid.columns[entity].roots
        self._frame = {
            item.roots: max(
                likeness(item.roots, head),
                _ABOVE * likeness(item.roots, grid.above_roots),
                _OVER * likeness(item.roots, grid.over_roots),
                *(_BESIDE * likeness(item.roots, each.roots) for each in self._columns),
                0.0,
            )
            for item in asked.items
        }

    def reading(self) -> Reading:
        """The best way to read the condition in this table."""
        question, is_denied, is_count = self._asked.question, self._asked.is_denied, False
        best = self._by_comparison()
        if not best.has_told and question:
            is_number = question.kind == "number"
            best = self._by_number(question) if is_number else self._by_date(question)
        if not best.has_told and (not question or self._asked.is_count):
            is_count = self._asked.is_count
            valued = self._by_value()
            if valued.has_told and self._lost <= self._told[0] and self._lost:
                is_denied = False  # `stopped` is what a column says
            options = [valued, self._by_presence()]
            if self._asked.areas:
                options.append(self._by_area())
            best = max(options, key=lambda each: (round(each.score, 3), each.has_told))
        rows = self._in_time(best.rows) if self._asked.when and best.rows else best.rows
        if rows is None or (is_denied and not best.has_told):
            return Reading()
        return best._replace(rows=rows, is_denied=is_denied, is_count=is_count)

    @property
    def _lost(self) -> frozenset[str]:
        """The words of the condition that say that something is denied or past."""
        bare, _ = without_stance(self._asked.text)
        return frozenset(roots_of(self._asked.text)) - frozenset(roots_of(bare))

    def _score(self, told: frozenset[str], head: frozenset[str], more: float = 0.0) -> float:
        """What of a condition is covered by values that it names, a head, and the frame."""
        total = got = more
        for item in self._asked.items:
            share = 1.0 if item.roots <= told else self._frame[item.roots]
            total += item.weight
            share = max(share, likeness(item.roots, head))
            if item.is_name and item.weight >= _TELLING and not share:
                return 0.0
            got += item.weight * share
        return got / total if total else _BARE

    def _has_head(self, column: Column, least: float = 0.0) -> bool:
        """Whether the condition has a word of a column's head."""
        return any(
            each.weight > least and likeness(each.roots, column.roots) for each in self._asked.items
        )

    # --- by values ------------------------------------------------------------

    @cached_property
    def _named(self) -> list[_Named]:
        """The columns with values that the condition names whole."""
        text = self._asked.text
        words = self._asked.roots | frozenset((*roots_of(text), *text.lower().split()))
        found: list[_Named] = []
        for column in self._columns:
            if column.is_of_numbers and not column.is_wordy:
                continue
            has_head = self._has_head(column)
            parts = {part for cell in column.parts for part in cell}
            values = {
                part
                for part in parts
                if part <= words and (has_head or not all(each.isdigit() for each in part))
            }
            if not self._asked.is_or:
                values = {part for part in values if not any(part < each for each in values)}
            if values and len(parts) > 1:
                found.append((column, frozenset(values), has_head))
        # of several columns with a value, that counts whose head is named
        headed = {value for _, values, has_head in found if has_head for value in values}
        kept = [
            (column, values if has_head else values - headed, has_head)
            for column, values, has_head in found
        ]
        over = self._grid.over_roots.union(*(each.roots for each in self._columns))
        # a word of the frame is no value beside one that is none
        strong = [each for each in kept if any(not value <= over for value in each[1])]
        weak = [each for each in kept if each[1] and not self._asked.question]
        return strong or weak

    @cached_property
    def _told(self) -> tuple[frozenset[str], list[bool]]:
        """The words of the condition that stand in cells, and the rows that have them."""
        rows = range(len(self._grid.quotes))
        by_value: dict[frozenset[str], list[_Named]] = {}
        for each in self._named:
            by_value.setdefault(frozenset[str]().union(*each[1]), []).append(each)
        holds = [
            all(
                any(column.has(values, row) for column, values, _ in columns)
                for columns in by_value.values()
            )
            for row in rows
        ]
        told = frozenset[str]().union(*by_value)
        for item in self._asked.items:
            if item.roots <= told or self._frame[item.roots] or item.weight <= LIGHT:
                continue
            has = [
                any(
                    item.roots <= (column.words if item.is_name else column.plain)[row]
                    and stance_of(column.cells[row], item.roots, is_value=True) == "holds"
                    for column in self._columns
                )
                for row in rows
            ]
            if any(has) and not all(has):
                told |= item.roots
                holds = [one and other for one, other in zip(holds, has, strict=True)]
        return told, holds

    def _by_value(self) -> Reading:
        told, rows = self._told
        heads = frozenset[str]().union(*(column.roots for column, *_ in self._named))
        score = self._score(told | heads, frozenset(), _WHOLE if self._named else 0.0)
        return Reading(score, rows, bool(told))

    def _by_area(self) -> Reading:
        """Of several columns with places, the one that names one in the most rows."""
        best, most = Reading(), 0
        for column in self._columns:
            cells = zip(column.cells, column.words, strict=True)
            holds = [
                any(names_area(cell, words, area) for area in self._asked.areas)
                for cell, words in (cells if column.is_wordy else ())
            ]
            known = sum(map(is_place, column.cells)) if any(holds) else 0
            if known > most:
                score, most = self._score(self._asked.names, column.roots), known
                best = Reading(score, holds, has_told=True)
        return best

    def _by_presence(self) -> Reading:
        """A column whose head says what is asked: flags, and values that are there or not."""
        best = Reading()
        for column in self._columns:
            if not (self._has_head(column, LIGHT) and self._is_of_year(column)):
                continue
            flags = [_FLAGS.get(cell.lower()) for cell in column.cells]
            told = sum(each is not None for each in flags)
            if told >= _MOST * sum(map(bool, column.cells)) > 0:
                # what is neither yes nor no is neither
                holds = [self._asked.is_denied if each is None else each for each in flags]
            else:
                holds = [_is_there(cell) for cell in column.cells]
            is_whole = column.roots - _UNITS <= self._asked.roots
            # what is free has no price
            free = _FREE & self._asked.roots if column.is_of_numbers else frozenset[str]()
            holds = [not each for each in holds] if free else holds
            score = self._score(free, column.roots, _WHOLE if is_whole else 0.0)
            score -= _ALWAYS if all(holds) else 0.0
            if score > best.score:
                best = Reading(score, holds, has_told=True)
        return best

    # --- by numbers and dates -------------------------------------------------

    def _by_number(self, question: Question) -> Reading:
        best, (told, rows), has_unit = Reading(), self._told, False
        dimension, counted = question.requested.dimension, frozenset(roots_of(question.unit))
        for column in self._columns:
            if not column.is_of_numbers or column.is_of_times or not self._is_of_year(column):
                continue
            unit = _unit_of(column.head, self._grid.caption, dimension)
            sample = f"1 {unit}" if unit else next(filter(None, column.cells), "")
            is_unit = any(each.dimension == dimension != "" for each in find_numbers(sample)[:1])
            is_unit |= bool(counted) and column.roots >= counted
            values = [_number(cell, unit, question) for cell in column.cells]
            if not (is_unit or self._has_head(column)) or all(each is None for each in values):
                continue
            score = self._score(told, column.roots, _WHOLE if is_unit else 0.0)
            if (is_unit, score) > (has_unit, best.score):
                has_unit, best = is_unit, _compared(score, values, rows, question)
        return best

    def _by_date(self, question: Question) -> Reading:
        best, (told, rows) = Reading(), self._told
        for column in self._grid.dates:
            heads = _heads_for(self._asked.roots, column.roots)
            is_same = self._is_key and bool(heads)
            is_sole = len(self._grid.dates) == 1 and bool(column.roots & _DATE_HEADS)
            if not (is_same or is_sole or self._has_head(column)):
                continue
            values = [_time(cell, question) for cell in column.cells]
            same = heads if is_same else frozenset[str]()
            score = self._score(told | same, column.roots, _WHOLE)
            if score > best.score:
                best = _compared(score, values, rows, question)
                years = [each if each is None else int(each) for each in values]
                best = best._replace(values=years)
        return best

    def _by_comparison(self) -> Reading:
        """Where a condition compares two columns: `The output was below the budget`."""
        text = self._asked.text
        found = _COMPARED.search(text)
        numeric = [each for each in self._columns if each.is_of_numbers]
        if found is None or len(numeric) < _MIN_COMPARED or self._asked.question:
            return Reading()
        sides = [frozenset(roots_of(each)) for each in (text[: found.start()], text[found.end() :])]
        first, second = (
            max(numeric, key=lambda each: len(each.roots & side) / (1 + len(each.roots | side)))
            for side in sides
        )
        if first is second or not (first.roots & sides[0] and second.roots & sides[1]):
            return Reading()
        told, rows = self._told
        pairs = zip(first.cells, second.cells, rows, strict=True)
        holds = [row and _is_more(a, b, is_less=not found["above"]) for a, b, row in pairs]
        words = told.union(first.roots, second.roots, roots_of(found[0]))
        return Reading(self._score(words, frozenset()), holds, has_told=True)

    def _is_of_year(self, column: Column) -> bool:
        """Whether a head has no other year than that of the condition: `sales 2023`."""
        years = _YEAR.findall(column.head)
        return not (years and self._asked.when) or self._asked.when[-4:] in years

    def _in_time(self, rows: Sequence[bool]) -> Sequence[bool] | None:
        """The rows of the time that is asked for; None where the table is of another."""
        grid, when = self._grid, next(iter(find_dates(self._asked.when)), None)
        if not when:
            return rows
        over = f"{grid.over} {grid.above} {grid.document.date or ''}"
        heads = " ".join(each.head for each in self._columns)
        year = str(when.year)
        if year in _YEAR.findall(heads) or (not when.month and year in _YEAR.findall(over)):
            return rows
        if any((d.year, d.month) == (when.year, when.month) for d in find_dates(over.title())):
            return rows
        if grid.dates:
            cells = [" ; ".join(each) for each in zip(*(c.cells for c in grid.dates), strict=True)]
            months = {when.month} if when.month else {None, *range(1, 13)}
            return [
                row and any(d.year == when.year and d.month in months for d in find_dates(cell))
                for row, cell in zip(rows, cells, strict=True)
            ]
        years = _YEAR.findall(over)
        return None if years and year not in years else rows


def _heads_for(asked: frozenset[str], head: frozenset[str]) -> frozenset[str]:
    """The words for when something begins or ends, if a condition and a head have such of a sort.

    Of what was founded, `Established` and `Since` tell when, and `Joined` does not.
    """
    for words, heads in ((_ENDS, _ENDS), (_MADE, _MADE | _SINCE), (_CAME, _CAME | _SINCE)):
        if asked & words and head & heads:
            return words | heads
    return frozenset()


def _compared(
    score: float, values: Sequence[float | None], rows: Sequence[bool], question: Question
) -> Reading:
    holds = [
        row and value is not None and question.is_satisfied(value)
        for value, row in zip(values, rows, strict=True)
    ]
    return Reading(score, holds, has_told=True, values=values)


def _is_more(one: str, other: str, *, is_less: bool) -> bool:
    first, second = find_numbers(one), find_numbers(other)
    if not (first and second):
        return False
    difference = first[0].value - second[0].value
    return difference < 0 if is_less else difference > 0


def _unit_of(head: str, caption: str, dimension: str) -> str:
    """The scale and unit of the numbers below a head; `m` is metres where a length is asked."""
    if scaled := _SCALED.search(head):
        return f"{_SCALES[scaled['scale'].lower()]} {scaled['unit'].upper()}"
    unit = unit_over(head, caption)
    return "m" if unit == "million" and dimension == "length" else unit


def _number(cell: str, unit: str, question: Question) -> float | None:
    """The number of a cell in the unit that is asked for."""
    numbers = find_numbers(cell)
    if not numbers:
        return None
    number = numbers[0]
    if unit and not number.dimension:
        number = (find_numbers(f"{cell[number.start : number.end]} {unit}") or numbers)[0]
    asked = question.requested.dimension
    if number.dimension and asked not in {"", number.dimension}:
        return None
    return convert(number, question.requested) if number.dimension and asked else number.value


def _time(cell: str, question: Question) -> float | None:
    """The year of a cell, or the moment; in the year of the bound, only a month tells more."""
    date = next(iter(find_dates(cell)), None)
    if date is None or not question.is_exact:
        return float(date.year) if date else None
    is_vague = not date.month and date.year in {int(bound) for _, bound in question.bounds}
    return None if is_vague else moment(date)


def _is_there(cell: str) -> bool:
    """Whether a cell has a value, and neither 0 nor a denial, even in parentheses."""
    numbers = find_numbers(cell)
    if not cell or (numbers and numbers[0].start <= _FIRST and numbers[0].value == 0.0):
        return False
    plain = cell.replace("(", "; ").replace(")", " ")
    return stance_of(plain, frozenset(), is_value=True) == "holds"
