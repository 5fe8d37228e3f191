"""What tables say of all entities at once: the column that names them, and what each row has.

A condition is read against each table: which of its words name a value of a column, which the head
of one, which stand above the table. What all of them cover of the condition, weighted by how rare a
word is in the room, says how well the table answers it; the best table answers, if well enough.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.finder.claims import LIGHT_ROOTS, EMPTY_ROOTS
from parallel_nb.engine.finder.conditions import COUNTS, essence, moment, of_each_date, read_condition, without_year
from parallel_nb.engine.finder.entities import key_of
from parallel_nb.engine.finder.evidence import names_area
from parallel_nb.engine.finder.geography import areas_in
from parallel_nb.engine.finder.grids import grids_of, is_row, names_something
from parallel_nb.engine.finder.kinds import NAME_ROOTS, kind_of, same_as
from parallel_nb.engine.finder.measures import unit_over
from parallel_nb.engine.finder.names import has_legal_form
from parallel_nb.engine.finder.stances import stance_of, without_stance
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.language.numbers import convert, find_numbers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.grids import Column, Grid
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.index.fulltext import Index

#: How well a table has to answer a condition, and how well its column has to fit the kind.
ENOUGH: Final = 0.55
LIGHT: Final = 0.3
#: The part of a column's cells that are names, that other tables call so; of tables with a word.
_HALF, _KNOWN, _COMMON = 0.5, 0.6, 0.4
_SURE, _CLASS = 0.95, 0.7
_NAME: Final = 1.5
#: What a word counts that stands right above a table, farther above, in the head of another column.
_ABOVE, _OVER, _BESIDE = 0.9, 0.8, 0.7
_SAME: Final = 0.85
#: Letters of a part of a compound, and of the rest.
_PART, _REST = 4, 3
#: Rows of a table at least that lists all there are.
_FEW: Final = 3
#: Rows that are counted at most.
_MAX_COUNT: Final = 12
#: What it counts beside its words that a value or head is named whole, or a unit.
_WHOLE: Final = 0.5
_FLAGS: Final = {
    **dict.fromkeys(("yes", "y", "x", "true", "\u2713", "\u2714"), True),
    **dict.fromkeys(("no", "n", "false", "-", "\u2013", "\u2014", "\u2717", ""), False),
}
_TOKEN = re.compile(r"[^\W_][\w.'\u2019/*-]*")
_COMPARED = re.compile(
    r"\b(?:(?P<above>above|over|more than|higher than|greater than|larger than)"
    r"|below|under|less than|lower than|smaller than|fewer than)\s"
)
_NUMBER: Final = rf"(?:{'|'.join(COUNTS)}|[0-9]{{1,2}})"
_SEVERAL = re.compile(
    rf"\b(?:(?:(?:more|fewer|less) than|at (?:least|most)) {_NUMBER}"
    rf"|{_NUMBER} or (?:more|fewer|less))\b(?: of (?:its|their|his|her|the)\b)?",
    re.IGNORECASE,
)
UNITS: Final = frozenset(roots_of("eur gbp usd m k kg km ha pa ex vat excl incl pounds euros"))
_SCALED = re.compile(r"\b(?P<scale>[kKtTmM])(?P<unit>eur|usd|gbp|chf|nok|sek|dkk)\b", re.IGNORECASE)
_SCALE_WORDS: Final = {"k": "thousand", "t": "thousand", "m": "million"}
_BEGINS: Final = frozenset(
    roots_of("founded established set formed opened built released published born joined started began"
    " launched created made came appointed introduced since start date year est from first")
)
_ENDS: Final = frozenset(roots_of("end ends expire expires expiry run runs lapse terminate valid to until till"))
_ID = re.compile(r"\b(?:no|nr|number|code|id|ref|reference)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9])(?:1[0-9]{3}|20[0-9]{2})(?![0-9])")
_ASIDE = re.compile(r"\s\([^()]{1,80}\)$")
_DATE_HEADS: Final = frozenset(roots_of("date year when"))


@dataclass(frozen=True, slots=True)
class Item:
    """A word or name of a condition."""

    roots: frozenset[str]
    weight: float
    is_name: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a condition asks."""

    text: str
    items: tuple[Item, ...]
    when: str
    question: Question | None
    is_denied: bool
    areas: tuple[str, ...]
    several: Question | None = None
    is_or: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How well a table answers a condition, and for which of its rows the condition holds."""

    score: float
    rows: tuple[bool, ...]
    is_denied: bool = False
    least: Question | None = None
    values: tuple[Any, ...] = ()


class Told(NamedTuple):
    """What a table says of an entity: the value that decides, whether the condition holds, where."""

    value: Any
    is_so: bool
    document: Document
    quote: str


@dataclass(slots=True)
class Verdicts:
    """What a plan says: by condition and key, whether it holds and the row that says so."""

    score: float = 0.0
    column: str = ""
    fit: float = 0.0
    names: dict[str, tuple[str, Document]] = field(default_factory=dict)
    told: dict[int, dict[str, Told]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether it lists all that there are: a table of two does not."""
        return len(self.names) >= _FEW


class Rarity:
    """How rare words are in a room."""

    def __init__(self, index: Index) -> None:
        found = index.of_each("roots", lambda each: frozenset(roots_of(each.text)))
        self._times = Counter(root for roots in found for root in roots)
        self._most = math.log(2 + len(found))

    def of(self, root: str) -> float:
        """From 0.3 for a word of all documents, or of none, to 1."""
        times = self._times[root]
        return LIGHT if not times else max(LIGHT, min(1.0, 1.25 - math.log(1 + times) / self._most))


@lru_cache(maxsize=4)
def rarity_of(index: Index) -> Rarity:
    """How rare words are in a room; made once."""
    return Rarity(index)


def _in(item: frozenset[str], found: frozenset[str]) -> float:
    """How well some roots have an item: itself, what means the same, a compound with it."""
    if item <= found:
        return 1.0
    if len(item) > 1:
        return 0.0
    (word,) = item
    if any(phrase <= found and weight >= _SAME for phrase, weight in same_as(word)):
        return _SAME
    return _SAME if any(_is_part(word, each) or _is_part(each, word) for each in found) else 0.0


def _is_part(part: str, word: str) -> bool:
    """Whether a word is a compound with another: `downtime` of `down`, `shareholder` of `holder`."""
    is_long = len(part) >= _PART and len(word) - len(part) >= _REST
    return is_long and (word.startswith(part) or word.endswith(part))


def read(text: str, kind: Kind, rarity: Rarity) -> Asked:
    """Read a condition."""
    bare = essence(text)
    bare = bare[:1].lower() + bare[1:] if bare[1:2].islower() else bare
    question, several = read_condition(bare), None
    bare, when = without_year(bare)
    measured = bare
    if question:
        counted = _SEVERAL.search(bare)
        is_count = counted and question.kind == "number" and not question.requested.dimension
        if is_count and question.bounds[0][1] <= _MAX_COUNT:
            several = question
        measured = question.description.partition(":")[2]
    holds, stance = without_stance(bare)
    areas = [each for each in areas_in(bare) if bare[each.start : each.end][:1].isupper() and bare[each.start : each.end][1:2].islower()]
    items = _items(measured, kind, rarity, question)
    return Asked(
        bare, tuple(items), when, question, stance in {"denied", "past"},
        tuple(each.area for each in areas), several, question is None and " or " in bare,
    )


def _items(text: str, kind: Kind, rarity: Rarity, question: Question | None) -> Iterable[Item]:
    unit = frozenset(roots_of(question.unit)) if question and question.requested.dimension else frozenset()
    found: dict[frozenset[str], tuple[float, bool]] = {}
    name: list[str] = []
    end = -2
    for token in [*_TOKEN.finditer(text), None]:
        is_name = token is not None and (token[0][:1].isupper() or (name and token[0][:1].isdigit() and token.start() - end <= 1))
        if name and any(name) and (token is None or not is_name or token.start() - end > 1):
            # of the papers of a house, its name says little
            found[frozenset(name)] = _NAME * max(map(rarity.of, name)), True
            name = []
        if token is None:
            break
        roots = [each for each in roots_of(token[0]) if each not in unit | kind.words | EMPTY_ROOTS]
        if is_name:
            name += roots
            end = token.end()
        else:
            for each in roots:
                weight = LIGHT if each in LIGHT_ROOTS else rarity.of(each)
                found.setdefault(frozenset({each}), (weight, False))
    return [Item(roots, *told) for roots, told in found.items()]


# --- what a table says of a condition ------------------------------------------------------


class _Sight:
    """A condition before a table whose entities stand in a column."""

    def __init__(self, grid: Grid, entity: int, kind: Kind, asked: Asked) -> None:
        self.grid, self.entity, self.asked = grid, entity, asked
        self.columns = [each for place, each in enumerate(grid.columns) if place != entity]
        self.is_key = entity == grid.key or grid.columns[entity].is_unique
        self.total = sum(each.weight for each in asked.items)
        head = grid.columns[entity].roots
        self.frame: dict[frozenset[str], float] = {}
        for item in asked.items:
            self.frame[item.roots] = max(
                _in(item.roots, head),
                _ABOVE * _in(item.roots, grid.above_roots),
                _OVER * _in(item.roots, grid.over_roots),
                max((_BESIDE * _in(item.roots, each.roots) for each in self.columns), default=0.0),
            )

    def score(self, told: Iterable[frozenset[str]], column: Column | None = None, bonus: float = 0.0) -> float:
        """What is covered of the condition by values that it names, a column's head and the rest."""
        words = frozenset[str]().union(*told)
        total, got = self.total, 0.0
        for item in self.asked.items:
            share = self.frame[item.roots]
            if column:
                share = max(share, _in(item.roots, column.roots))
            if item.roots <= words:
                share = 1.0
            got += item.weight * share
        return (got + bonus) / (total + bonus) if total + bonus else 0.8

    # -- by value

    def named(self) -> list[tuple[Column, set[frozenset[str]], bool]]:
        """The columns with values that the condition names whole."""
        asked = frozenset[str]().union(*(each.roots for each in self.asked.items)) | frozenset(roots_of(self.asked.text)) | frozenset(self.asked.text.lower().split())
        found = []
        for column in self.columns:
            if column.is_of_numbers and not column.is_wordy:
                continue
            is_labelled = any(_in(each.roots, column.roots) for each in self.asked.items)
            parts = {part for cell in column.parts for part in cell}
            values = {part for part in parts if part <= asked and (is_labelled or not all(each.isdigit() for each in part))}
            values = {part for part in values if self.asked.is_or or not any(part < other for other in values)}
            if values and len(parts) > 1:
                found.append((column, values, is_labelled))
        # of several columns with a value, that counts whose head is named, or else the longest
        best: dict[frozenset[str], tuple[bool, int]] = {}
        for column, values, is_labelled in found:
            for value in values:
                best[value] = max(best.get(value, (False, 0)), (is_labelled, len(value)))
        kept = [(column, {v for v in values if best[v][0] == is_labelled}, is_labelled) for column, values, is_labelled in found]
        kept = [each for each in kept if each[1]]
        # a word of the frame is no value beside one that is none
        strong = [each for each in kept if any(not self.is_framed(v) for v in each[1])]
        return strong or ([] if self.asked.question else kept)

    def is_framed(self, value: frozenset[str]) -> bool:
        """Whether the heads of columns, or what stands over them, have a value's words."""
        return value <= self.grid.over_roots.union(*(each.roots for each in self.columns))

    def rows_with(self, named: list[tuple[Column, set[frozenset[str]], bool]]) -> list[bool]:
        rows = range(len(self.grid.quotes))
        by_value: dict[frozenset[str], list[list[bool]]] = {}
        for column, values, _ in named:
            key = frozenset[str]().union(*values)
            by_value.setdefault(key, []).append([column.has(values, row) for row in rows])
        folded = [[any(column[row] for column in columns) for row in rows] for columns in by_value.values()]
        return [all(each[row] for each in folded) for row in rows]

    def with_text(self, told: set[str], rows: list[bool]) -> tuple[set[str], list[bool]]:
        """Further words of the condition that stand in cells, which the right rows have."""
        for item in self.asked.items:
            if item.roots <= told or self.frame[item.roots] or item.weight <= LIGHT:
                continue
            has = [
                any(item.roots <= (column.words if item.is_name else column.plain)[row] and stance_of(column.cells[row], item.roots, is_value=True) == "holds" for column in self.columns)
                for row in range(len(rows))
            ]
            if any(has) and not all(has):
                told = told | item.roots
                rows = [a and b for a, b in zip(rows, has, strict=True)]
        return told, rows

    def by_value(self) -> tuple[float, list[bool], bool]:
        """The score, the rows, and whether they differ by any value."""
        named = self.named()
        told = {word for _, values, _ in named for value in values for word in value}
        rows = self.rows_with(named) if named else [True] * len(self.grid.quotes)
        told, rows = self.with_text(told, rows)
        heads = frozenset[str]().union(*(column.roots for column, _, _ in named))
        bonus = _WHOLE if named else 0.0
        return self.score([frozenset(told), heads], bonus=bonus), rows, bool(told)

    # -- by number, date, presence

    def by_number(self, question: Question) -> tuple[float, list[bool], bool]:
        best: tuple[float, list[bool], bool] = (0.0, [], False)
        named, rows, _ = self.also()
        has_unit = False
        for column in self.columns:
            if not column.is_of_numbers or column.is_of_times or not self._is_of_year(column):
                continue
            unit = unit_of(column.head, self.grid.caption, question.requested.dimension)
            is_head = any(_in(each.roots, column.roots) for each in self.asked.items if each.weight > LIGHT) or any(_in(each.roots, column.roots) for each in self.asked.items)
            told = f"1 {unit}" if unit else next(filter(None, column.cells), "")
            dimension = next((each.dimension for each in find_numbers(told)), "")
            is_unit = bool(dimension) and dimension == question.requested.dimension
            is_unit |= bool(question.unit) and frozenset(roots_of(question.unit)) <= column.roots
            values = [_number(cell, unit, question) for cell in column.cells]
            if not (is_head or is_unit) or all(each is None for each in values):
                continue
            score = self.score([named], column, bonus=_WHOLE if is_unit else 0.0)
            if (is_unit, score) > (has_unit, best[0]):
                has_unit = is_unit
                holds = [v is not None and question.is_satisfied(v) and rows[i] for i, v in enumerate(values)]
                best = score, holds, True, values
        return best

    def also(self) -> tuple[frozenset[str], list[bool], bool]:
        named = self.named()
        told = frozenset(word for _, values, _ in named for value in values for word in value)
        rows = self.rows_with(named) if named else [True] * len(self.grid.quotes)
        told, rows = self.with_text(set(told), rows)
        return frozenset(told), rows, bool(told)

    def _is_of_year(self, column: Column) -> bool:
        year = self.asked.when[-4:]
        years = [each for each in column.roots if each.isdigit() and len(each) == 4]
        return not (year and years) or year in years

    def by_date(self, question: Question) -> tuple[float, list[bool], bool]:
        best: tuple[float, list[bool], bool] = (0.0, [], False)
        told, rows, _ = self.also()
        asked = frozenset[str]().union(*(each.roots for each in self.asked.items))
        for column in self.grid.dates:
            ends = bool(column.roots & _ENDS)
            is_head = any(_in(each.roots, column.roots) for each in self.asked.items)
            is_same = self.is_key and bool(asked & _ENDS if ends else asked & _BEGINS and column.roots & _BEGINS)
            is_sole = len(self.grid.dates) == 1 and bool(column.roots & _DATE_HEADS)
            if not (is_head or is_same or is_sole):
                continue
            times = [_time(cell, question) for cell in column.cells]
            score = self.score([told, asked & (_ENDS if ends else _BEGINS) if is_same else frozenset()], column, bonus=_WHOLE)
            if score > best[0]:
                holds = [t is not None and question.is_satisfied(t) and rows[i] for i, t in enumerate(times)]
                best = score, holds, True, [None if t is None else int(t) for t in times]
        return best

    def by_comparison(self) -> tuple[float, list[bool], bool]:
        """Where a condition compares two columns."""
        found = _COMPARED.search(self.asked.text)
        numeric = [each for each in self.columns if each.is_of_numbers]
        if found is None or len(numeric) < 2 or self.asked.question:
            return 0.0, [], False
        sides = [frozenset(roots_of(each)) for each in (self.asked.text[: found.start()], self.asked.text[found.end() :])]
        first, second = (max(numeric, key=lambda c: len(c.roots & side) / (1 + len(c.roots | side)), default=None) for side in sides)
        if first is second or not (first.roots & sides[0] and second.roots & sides[1]):
            return 0.0, [], False
        pairs = [(find_numbers(a), find_numbers(b)) for a, b in zip(first.cells, second.cells, strict=True)]
        told, rows, _ = self.also()
        holds = [
            bool(a and b) and rows[i] and (a[0].value > b[0].value if found["above"] else a[0].value < b[0].value)
            for i, (a, b) in enumerate(pairs)
        ]
        words = frozenset(roots_of(found[0]))
        return self.score([told, first.roots, second.roots, words]), holds, True

    def by_presence(self) -> tuple[float, list[bool], bool]:
        """A column whose head says what is asked: flags, and values that are there or not."""
        best: tuple[float, list[bool], bool] = (0.0, [], False)
        for column in self.columns:
            main = [each for each in self.asked.items if _in(each.roots, column.roots) and each.weight > LIGHT]
            if not main or not self._is_of_year(column):
                continue
            values = {cell.lower() for cell in column.cells}
            is_flag = values <= _FLAGS.keys()
            told = [_FLAGS.get(cell.lower()) for cell in column.cells if cell]
            if (is_flag and "" not in values) or sum(each is not None for each in told) >= _KNOWN * len(told) > 0:
                # what is neither yes nor no is neither
                neither = self.asked.is_denied
                holds = [_FLAGS.get(cell.lower() or "?", neither) for cell in column.cells]
            else:
                holds = [_is_there(cell) for cell in column.cells]
            head = column.roots - UNITS
            is_whole = head <= frozenset[str]().union(*(each.roots for each in self.asked.items))
            score = self.score([], column, bonus=_WHOLE if is_whole else 0.0)
            if all(holds):
                score -= 0.05
            if score > best[0]:
                best = score, holds, True
        return best

    def reading(self) -> Reading:
        """The best reading."""
        asked = self.asked
        empty: tuple[float, list[bool], bool] = (0.0, [], False)
        options = [self.by_comparison()]
        question = asked.question
        is_denied = asked.is_denied
        least = None
        if question and not options[0][2]:
            options.append(self.by_number(question) if question.kind == "number" else self.by_date(question))
        if not options[0][2] and (not question or (asked.several and not options[1][2])):
            least = asked.several
            valued = self.by_value()
            if asked.areas and (placed := self.by_area()):
                options.append(placed)
            present = self.by_presence()
            if valued[2]:
                bare, stance = without_stance(asked.text)
                gone = frozenset(roots_of(asked.text)) - frozenset(roots_of(bare))
                named = {w for _, vs, _ in self.named() for v in vs for w in v}
                if gone & named:
                    is_denied = False
            options += [valued, present]
            if not valued[2] and is_denied and not present[2]:
                return Reading(0.0, ())
        score, rows, differs, *values = max(options, key=lambda each: (round(each[0], 3), each[2]), default=empty)
        if is_denied and not differs:
            return Reading(0.0, ())
        if asked.when and rows:
            timed = self.in_time(rows)
            if timed is None:
                return Reading(0.0, ())
            rows = timed
        return Reading(score, tuple(rows), is_denied, least, tuple(values[0]) if values else ())

    def by_area(self) -> tuple[float, list[bool], bool] | None:
        for column in self.columns:
            if not column.is_wordy:
                continue
            holds = [any(names_area(cell, words, area) for area in self.asked.areas) for cell, words in zip(column.cells, column.words, strict=True)]
            if any(holds):
                words = frozenset(w for each in self.asked.areas for w in roots_of(each)).union(*(i.roots for i in self.asked.items if i.weight == _NAME))
                told, rows, _ = self.also()
                return self.score([words], column), holds, True
        return None

    def in_time(self, rows: list[bool]) -> list[bool] | None:
        """The rows of the time that is asked for; None where the table is of another."""
        when = find_dates(self.asked.when)
        if not when:
            return rows
        asked = when[0]
        heads = {each for column in self.columns for each in column.roots if each.isdigit() and len(each) == 4}
        if str(asked.year) in heads:
            return rows
        text = f"{self.grid.over} {self.grid.above} {self.grid.document.date or ''}"
        if not asked.month and str(asked.year) in _YEAR.findall(text):
            return rows
        over = find_dates(f"{self.grid.over} {self.grid.above}".title() + f" {self.grid.document.date or ''}")
        if any(each.year == asked.year and each.month == asked.month for each in over):
            return rows
        if self.grid.dates:
            cells = [[date for column in self.grid.dates for date in find_dates(column.cells[i])] for i in range(len(rows))]
            return [
                row and any(d.year == asked.year and (not asked.month or d.month == asked.month) for d in dates)
                for row, dates in zip(rows, cells, strict=True)
            ]
        years = {each.year for each in over}
        return None if years and asked.year not in years else rows


def unit_of(head: str, caption: str, dimension: str) -> str:
    """The scale and unit of the numbers below a head; `m` is metres where a length is asked."""
    if scaled := _SCALED.search(head):
        return f"{_SCALE_WORDS[scaled['scale'].lower()]} {scaled['unit'].upper()}"
    unit = unit_over(head, caption)
    return "m" if unit == "million" and dimension == "length" else unit


def _number(cell: str, unit: str, question: Question) -> float | None:
    numbers = find_numbers(cell)
    if not numbers:
        return None
    if not numbers[0].dimension and unit:
        numbers = find_numbers(f"{cell[numbers[0].start : numbers[0].end]} {unit}") or numbers
    number = numbers[0]
    if number.dimension and question.requested.dimension not in {"", number.dimension}:
        return None
    return convert(number, question.requested) if number.dimension and question.requested.dimension else number.value


def _time(cell: str, question: Question) -> float | None:
    dates = find_dates(cell)
    if not dates:
        return None
    date = dates[0]
    # in the year of the bound, only a month tells more
    if question.is_exact and not date.month and date.year in {int(b) for _, b in question.bounds}:
        return None
    return moment(date) if question.is_exact else float(date.year)


def _is_there(cell: str) -> bool:
    numbers = find_numbers(cell)
    if numbers and numbers[0].start <= 2 and numbers[0].value == 0.0:
        return False
    plain = cell.replace("(", "; ").replace(")", " ")
    return bool(cell) and stance_of(plain, frozenset(), is_value=True) == "holds"


# --- the column of entities ----------------------------------------------------------------


def fit_of(grid: Grid, place: int, kind: Kind, known: Collection[str], common: frozenset[str]) -> float:
    """How well a column names what is of a kind, from 0 to 1.

    Args:
        grid: the table.
        place: the column.
        kind: what is asked for.
        known: keys of what other tables call so.
        common: roots of words that stand over many tables, which say nothing of this one.
    """
    column = grid.columns[place]
    told = [cell for cell in column.cells if names_something(cell)]
    if len(told) < _HALF * len([each for each in column.cells if each]) or not told:
        return 0.0
    is_key = place == grid.key
    words = [each for each in roots_of(column.head.partition("(")[0]) if each not in NAME_ROOTS]
    head = frozenset(words[-1:])
    around = (grid.over_roots - common).union(*(each.roots for each in grid.columns))
    if kind.is_number:
        asked = frozenset(each.removeprefix("#") for each in kind.heads)
        is_coded = place == grid.number or (is_key and not column.is_wordy)
        return 1.0 if is_coded and asked & around else 0.0
    if column.is_of_numbers or column.is_of_dates:
        return 0.0
    if any(grid.columns[place].roots >= frozenset({each}) and each in NAME_ROOTS for each in kind.hinted):
        return 1.0  # `unit refs`
    if grid.key not in {-1, place} and _ID.search(column.head):
        return 0.0
    if kind.is_person and not (column.is_of_people or head & kind.words):
        return 0.0
    if head & kind.hinted & kind.words:
        # what repeats behind a number of its own is a class of what the number names
        is_class = place == grid.named and grid.is_numbered and not column.is_unique
        return _CLASS if is_class and kind.hinted & grid.over_roots else 1.0
    if head & kind.heads:
        return 0.97 if is_key else 0.95
    if any(_in(head, frozenset({each})) for each in kind.hinted if head):
        return 0.9
    if kind.is_person and (kind.is_any_person or kind.hinted & around):
        return 0.9 if is_key else 0.85
    keys = [key_of(cell) for cell in told]
    if sum(key in known for key in keys) >= _KNOWN * len(keys):
        return 0.9
    if kind.is_company and sum(map(has_legal_form, told)) >= _HALF * len(told):
        return 0.85
    if not is_key:
        return 0.0
    if any(kind.hinted & each.roots and _ID.search(each.head) for each in grid.columns):
        return 0.95  # of `Policy no.`, the policy is named by the key
    if kind.hinted & around:
        return 0.9 if not words else 0.7
    return 0.6 if not words else 0.5


@lru_cache(maxsize=64)
def _columns(index: Index, entity_type: str) -> tuple[tuple[float, Grid, int], ...]:
    """The columns that may name what is of a kind, and how well."""
    kind = kind_of(entity_type)
    grids = grids_of(index)
    times = Counter(root for grid in grids for root in grid.over_roots)
    common = frozenset(root for root, count in times.items() if count > max(3, _COMMON * len(grids)))
    known: set[str] = set()
    found: list[tuple[float, Grid, int]] = []
    for _ in range(2):
        found = [
            (fit, grid, place)
            for grid in grids
            for place in range(len(grid.columns))
            if (fit := fit_of(grid, place, kind, known, common)) > 0
        ]
        for fit, grid, place in found:
            if fit >= _SURE:
                known.update(key_of(cell) for cell in grid.columns[place].cells if cell)
    return tuple(found)


@lru_cache(maxsize=64)
def plan(index: Index, entity_type: str, conditions: tuple[str, ...]) -> Verdicts:
    """What the tables of a room say of conditions."""
    kind, rarity = kind_of(entity_type), rarity_of(index)
    texts = [(number, text) for number, each in enumerate(conditions) for text in of_each_date(each)]
    asked = [(number, read(text, kind, rarity)) for number, text in texts]
    best: tuple[float, Grid | None, int, list[Reading]] = (0.0, None, 0, [])
    for fit, grid, place in _columns(index, entity_type):
        readings = [_Sight(grid, place, kind, each).reading() for _, each in asked]
        score = fit * min((each.score for each in readings), default=0.0)
        if score > best[0]:
            best = score, grid, place, readings
    score, grid, place, readings = best
    verdicts = Verdicts()
    if grid is None or score < ENOUGH or not all(any(each.rows) or each.is_denied for each in readings):
        return verdicts
    verdicts.score = score
    verdicts.column = grid.columns[place].head
    known = {key_of(cell) for each in grids_of(index) for column in each.columns for cell in column.cells}
    rows_of: dict[str, list[int]] = {}
    for row, cell in enumerate(grid.columns[place].cells):
        if is_row(cell):
            bare = _ASIDE.sub("", cell).strip()
            cell = bare if key_of(bare) in known else cell
            rows_of.setdefault(key_of(cell), []).append(row)
            verdicts.names.setdefault(key_of(cell), (cell, grid.document))
    for key, rows in rows_of.items():
        held = rows
        for reading in readings:
            if not reading.is_denied and not reading.least:
                held = [row for row in held if reading.rows[row]]
        for (number, _), reading in zip(asked, readings, strict=True):
            own = [row for row in rows if reading.rows[row]]
            if reading.least:
                is_so = bool(own) and reading.least.is_satisfied(len(own))
            elif reading.is_denied:
                is_so = not own
            else:
                is_so, own = bool(held), held or own
            before = verdicts.told.setdefault(number, {}).get(key)
            row = (own or rows)[0]
            value = reading.values[row] if reading.values else is_so
            is_so = is_so and (before is None or before.is_so)
            verdicts.told[number][key] = Told(value, is_so, grid.document, grid.quotes[row])
    return verdicts
