"""What a table says of all entities at once: the column that names them, and what each row has.

A condition is read against each table of the room: which of its words name a value of a column,
which the head of one, which stand above it. What they cover of the condition, weighted by how rare
a word is in the room, says how well the table answers it, and one threshold whether it does. Then
it decides for all that it lists, and for all others: whoever stands in no row of it is none.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb.engine.finder.asked import likeness, rarity_of, read
from parallel_nb.engine.finder.conditions import of_each_date
from parallel_nb.engine.finder.entities import key_of
from parallel_nb.engine.finder.grids import grids_of, is_row, names_something
from parallel_nb.engine.finder.kinds import NAME_ROOTS, are_companies, kind_of
from parallel_nb.engine.finder.names import has_legal_form
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.sight import Sight
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.asked import Asked
    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.grids import Grid
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.sight import Reading
    from parallel_nb.engine.index.fulltext import Index

#: How well a table has to answer all conditions, times how well its column fits the kind.
_ENOUGH: Final = 0.55
#: The part of the heads that two tables have in common which are one list.
_ALIKE: Final = 0.7
#: What a table counts that lists something else.
_BESIDE: Final = 0.7
#: What a table counts of which all rows hold: it may list another kind of thing.
_UNCHOSEN: Final = 0.9
#: Rows of a table at least that lists all there are.
_FEW: Final = 3
#: The part of a column that names things, that other tables call so; of tables that have a word.
_HALF, _KNOWN, _COMMON = 0.5, 0.6, 0.4
#: A column is sure to be of the kind; what its rows are numbered by names their kind.
_SURE, _CLASS = 0.95, 0.7
_LIKELY: Final = 0.85
_ID = re.compile(r"\b(?:no|nr|number|code|id|ref|reference)\b", re.IGNORECASE)
_ASIDE = re.compile(r"\s\([^()]{1,80}\)$")


class Told(NamedTuple):
    """What a table says of an entity: the value that decides, whether it is so, and where."""

    value: Any
    is_so: bool
    document: Document
    quote: str


@dataclass(slots=True)
class Plan:
    """What a table says of entities; nothing where none answers the conditions well enough.

    Attributes:
        names: By key, the name of an entity and the document with its row.
        is_whole: Whether it lists all that there are: a table of two does not, and neither does
            one of something else that has them beside it.
        told: By key, what is told of each condition.
        fit: How well its column fits the kind.
    """

    names: dict[str, tuple[str, Document]] = field(default_factory=dict)
    told: dict[str, list[Told]] = field(default_factory=dict)
    fit: float = 0.0
    is_whole: bool = False


class _Answer(NamedTuple):
    """How well a column and what stands beside it answer all conditions."""

    score: float
    fit: float
    grid: Grid
    place: int
    readings: list[list[Reading]]

    def is_like(self, other: _Answer) -> bool:
        """Whether it goes on with the list of another: a table of the same heads, or nearly."""
        if self.score < _ENOUGH or self.head != other.head:
            return False
        heads, others = ({each.roots for each in answer.grid.columns} for answer in (self, other))
        return len(heads & others) >= _ALIKE * len(heads | others)

    @property
    def is_list(self) -> bool:
        """Whether its table lists what stands in the column, and nothing else that has it."""
        column = self.grid.columns[self.place]
        return self.place == self.grid.key or not (column.is_unique and self.grid.key >= 0)

    @property
    def head(self) -> frozenset[str]:
        """The roots of the head of its column."""
        return self.grid.columns[self.place].roots


@once(64)
def plan(index: Index, entity_type: str, conditions: tuple[str, ...]) -> Plan:
    """What the table says that answers some conditions on a kind of entity best.

    Several of the same heads are one list.
    """
    kind, rarity = kind_of(entity_type), rarity_of(index)
    # a condition for two dates is asked for each
    asked = [[read(text, kind, rarity) for text in of_each_date(each)] for each in conditions]
    answers = [
        answer
        for fit, grid, place in _columns(index, entity_type)
        if (answer := _answer(fit, grid, place, asked))
    ]
    best = max(answers, key=lambda each: each.score, default=None)
    if best is None or best.score < _ENOUGH:
        return Plan()
    found = Plan(fit=best.fit)
    rows_of: dict[str, list[_Row]] = {}
    for answer in answers:
        if answer is best or answer.is_like(best):
            _read_rows(answer, _names(index), rows_of, found)
    found.is_whole = len(found.names) >= _FEW and best.is_list
    # what is asked of one thing stands in one row, but not of two of those that a column names
    is_one = any(each.holds for rows in rows_of.values() for each in rows)
    for key, rows in rows_of.items():
        held = [each for each in rows if each.holds] if is_one else None
        for place, texts in enumerate(asked):
            told = [
                _told(rows, held, (place, part), each.question) for part, each in enumerate(texts)
            ]
            failed = next((each for each in told if not each.is_so), told[0])
            found.told.setdefault(key, []).append(failed)
    return found


def _answer(fit: float, grid: Grid, place: int, asked: list[list[Asked]]) -> _Answer | None:
    """How well a column answers conditions; None where one of them holds in none of its rows."""
    readings = [[Sight(grid, place, each).reading() for each in texts] for texts in asked]
    flat = [each for texts in readings for each in texts]
    if not all(any(each.rows) or each.is_denied for each in flat):
        return None
    score = fit * min((each.score for each in flat), default=0.0)
    if not any(reading.is_denied or not all(reading.rows) for reading in flat):
        score *= _UNCHOSEN
    answer = _Answer(score, fit, grid, place, readings)
    # what a table of museums says in a row, it says of the museum, and not of its director
    is_own = answer.is_list or fit == 1.0
    return answer if is_own else answer._replace(score=score * _BESIDE)


class _Row(NamedTuple):
    """A row of one of the tables that answer."""

    answer: _Answer
    number: int

    @property
    def holds(self) -> bool:
        """Whether all that is asked holds in it, but for what is counted or denied."""
        return all(
            each.rows[self.number]
            for texts in self.answer.readings
            for each in texts
            if not (each.is_denied or each.is_count)
        )


def _read_rows(
    answer: _Answer, known: Collection[str], rows: dict[str, list[_Row]], found: Plan
) -> None:
    """Add the rows of a table to those of each entity, by its key; its name to what is found."""
    grid = answer.grid
    for number, cell in enumerate(grid.columns[answer.place].cells):
        if is_row(cell):
            bare = _ASIDE.sub("", cell).strip()
            name = bare if key_of(bare) in known else cell
            rows.setdefault(key_of(name), []).append(_Row(answer, number))
            found.names.setdefault(key_of(name), (name, grid.document))


def _told(
    rows: list[_Row], held: list[_Row] | None, place: tuple[int, int], question: Question | None
) -> Told:
    """What the rows of an entity say of a part of a condition, or those that hold all of it."""

    def reading(row: _Row) -> Reading:
        return row.answer.readings[place[0]][place[1]]

    own = [row for row in rows if reading(row).rows[row.number]]
    first = reading(rows[0])
    if first.is_count and question:
        is_so = bool(own) and question.is_satisfied(len(own))
    elif first.is_denied:
        is_so = not own
    else:
        is_so, own = bool(own if held is None else held), held or own
    row = (own or rows)[0]
    values, grid = reading(row).values, row.answer.grid
    value = len(own) if first.is_count else values[row.number] if values else is_so
    return Told(value, is_so, grid.document, grid.quotes[row.number])


@once()
def _names(index: Index) -> frozenset[str]:
    """The keys of all cells of a room."""
    return frozenset(
        key_of(cell) for grid in grids_of(index) for column in grid.columns for cell in column.cells
    )


def plan_alone(index: Index, entity_type: str, condition: str) -> Plan:
    """What a table says of one condition of several, if its column surely names what is asked."""
    found = plan(index, entity_type, (condition,))
    return found if found.fit >= _LIKELY else Plan()


# --- the column of entities ----------------------------------------------------------------


@once(8)
def _columns(index: Index, entity_type: str) -> tuple[tuple[float, Grid, int], ...]:
    """The columns that may name what is of a kind, and how well they fit."""
    kind, grids = kind_of(entity_type), grids_of(index)
    times = Counter(root for grid in grids for root in grid.over_roots)
    most = max(_FEW, _COMMON * len(grids))
    # words that stand over many tables say nothing of one
    common = frozenset(root for root, count in times.items() if count > most)
    known: set[str] = set()
    found: list[tuple[float, Grid, int]] = []
    for _ in range(2):
        found = [
            (fit, grid, place)
            for grid in grids
            for place in range(len(grid.columns))
            if (fit := _fit(grid, place, kind, known, common)) > 0
        ]
        for fit, grid, place in found:
            if fit >= _SURE:
                known.update(key_of(cell) for cell in grid.columns[place].cells if cell)
    return tuple(found)


def _fit(
    grid: Grid, place: int, kind: Kind, known: Collection[str], common: frozenset[str]
) -> float:
    """How well a column names what is of a kind, from 0 to 1.

    Args:
        grid: the table.
        place: the column.
        kind: what is asked for.
        known: keys of what other tables call so.
        common: roots of words that say nothing of this table.
    """
    column, is_key = grid.columns[place], place == grid.key
    if _is_numbered_so(grid, place, kind):
        return 1.0
    told = [cell for cell in column.cells if names_something(cell)]
    if len(told) < _HALF * sum(map(bool, column.cells)) or not told:
        return 0.0
    around = (grid.over_roots - common).union(*(each.roots for each in grid.columns))
    if kind.is_number:
        asked = frozenset(each.removeprefix("#") for each in kind.heads)
        is_coded = place == grid.number or (is_key and not column.is_wordy)
        return 1.0 if is_coded and asked & around else 0.0
    if column.is_of_numbers or column.is_of_dates:
        return 0.0
    words = [each for each in roots_of(column.head.partition("(")[0]) if each not in NAME_ROOTS]
    head = frozenset(words[-1:])
    is_no_person = kind.is_person and not (column.is_of_people or head & kind.words)
    if is_no_person or (grid.key not in {-1, place} and _ID.search(column.head)):
        return 0.0
    keys = [key_of(cell) for cell in told]
    is_known = sum(key in known for key in keys) >= _KNOWN * len(keys)
    by_head = _fit_of_head(grid, place, kind, head)
    by_form = _fit_of_form(told, kind, is_near=bool(kind.hinted & around))
    return max(by_head, by_form, 0.9 if is_known else 0.0) or (
        _fit_of_key(grid, kind, around, has_head=bool(words)) if is_key else 0.0
    )


def _is_numbered_so(grid: Grid, place: int, kind: Kind) -> bool:
    """Whether what is of a kind is known by the number in a column: `7` below `Route`."""
    column = grid.columns[place]
    is_own = bool(column.roots) and column.roots <= kind.words & kind.hinted
    is_named = is_own and place == grid.number and grid.is_numbered
    is_named = is_named and NAME_ROOTS.isdisjoint(grid.columns[grid.named].roots)
    # `unit refs`
    is_coded = bool(column.roots & kind.hinted & NAME_ROOTS) and not column.is_of_dates
    return (is_named and not _ID.search(column.head)) or (is_coded and not column.is_of_numbers)


def _fit_of_head(grid: Grid, place: int, kind: Kind, head: frozenset[str]) -> float:
    """How well the head of a column names a kind."""
    if head & kind.hinted & kind.words:
        # what repeats behind a number of its own is a class of what the number names
        column = grid.columns[place]
        is_class = place == grid.named and grid.is_numbered and not column.is_unique
        return _CLASS if is_class and kind.hinted & grid.over_roots else 1.0
    if head & kind.heads:
        return 0.97 if place == grid.key else 0.95
    return 0.9 if head and any(likeness(head, frozenset({each})) for each in kind.hinted) else 0.0


def _fit_of_form(told: list[str], kind: Kind, *, is_near: bool) -> float:
    """How well names look like those of a kind; only people are asked by a column of people."""
    if kind.is_person:
        return 0.87 if kind.is_any_person or is_near else 0.0
    is_company = kind.is_company and sum(map(has_legal_form, told)) >= _HALF * len(told)
    return 0.85 if is_company else 0.0


def _fit_of_key(grid: Grid, kind: Kind, around: frozenset[str], *, has_head: bool) -> float:
    """How well what names the rows of a table is of a kind, of which its head has no word."""
    if any(kind.hinted & each.roots and _ID.search(each.head) for each in grid.columns):
        return 0.95  # of `Policy no.`, the policy is named by the key
    if has_head and grid.columns[grid.key].is_of_people:
        return 0.0  # of bridges, the bridge masters are none
    if any(are_companies(each.roots, kind) for each in grid.columns):
        return 0.0  # beside their owners, gliders are no companies
    if kind.hinted & around:
        return 0.7 if has_head else 0.9
    return 0.5 if has_head else 0.6
