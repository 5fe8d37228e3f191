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
from parallel_nb.engine.finder.kinds import NAME_ROOTS, kind_of
from parallel_nb.engine.finder.names import has_legal_form
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.sight import Sight
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.finder.grids import Grid
    from parallel_nb.engine.finder.kinds import Kind
    from parallel_nb.engine.finder.sight import Reading
    from parallel_nb.engine.index.fulltext import Index

#: How well a table has to answer all conditions, times how well its column fits the kind.
_ENOUGH: Final = 0.55
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
        told: By key, what is told of each condition.
        fit: How well its column fits the kind.
    """

    names: dict[str, tuple[str, Document]] = field(default_factory=dict)
    told: dict[str, list[Told]] = field(default_factory=dict)
    fit: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Whether it lists all that there are: a table of two does not."""
        return len(self.names) >= _FEW


@once(64)
def plan(index: Index, entity_type: str, conditions: tuple[str, ...]) -> Plan:
    """What the table says that answers some conditions on a kind of entity best."""
    kind, rarity = kind_of(entity_type), rarity_of(index)
    # a condition for two dates is asked for each
    asked = [[read(text, kind, rarity) for text in of_each_date(each)] for each in conditions]
    best, chosen, fits = 0.0, None, 0.0
    for fit, grid, place in _columns(index, entity_type):
        readings = [[Sight(grid, place, each).reading() for each in texts] for texts in asked]
        flat = [each for texts in readings for each in texts]
        score = fit * min((each.score for each in flat), default=0.0)
        if not any(reading.is_denied or not all(reading.rows) for reading in flat):
            score *= _UNCHOSEN
        if score > best and all(any(each.rows) or each.is_denied for each in flat):
            best, chosen, fits = score, (grid, place, readings), fit
    if chosen is None or best < _ENOUGH:
        return Plan()
    grid, place, readings = chosen
    found = Plan(fit=fits)
    rows_of = _rows(grid, place, _names(index), found)
    for key, rows in rows_of.items():
        # what is asked of one thing stands in one row
        held = [
            row
            for row in rows
            if all(
                each.rows[row]
                for texts in readings
                for each in texts
                if not (each.is_denied or each.is_count)
            )
        ]
        for texts, conditions_read in zip(readings, asked, strict=True):
            told = [
                _told(grid, reading, rows, held, each.question)
                for reading, each in zip(texts, conditions_read, strict=True)
            ]
            failed = next((each for each in told if not each.is_so), told[0])
            found.told.setdefault(key, []).append(failed)
    return found


def _rows(grid: Grid, place: int, known: Collection[str], found: Plan) -> dict[str, list[int]]:
    """By key, the rows of an entity; its name goes into what is found."""
    rows: dict[str, list[int]] = {}
    for row, cell in enumerate(grid.columns[place].cells):
        if is_row(cell):
            bare = _ASIDE.sub("", cell).strip()
            name = bare if key_of(bare) in known else cell
            rows.setdefault(key_of(name), []).append(row)
            found.names.setdefault(key_of(name), (name, grid.document))
    return rows


def _told(grid: Grid, reading: Reading, rows: list[int], held: list[int], question: Any) -> Told:
    own = [row for row in rows if reading.rows[row]]
    if reading.is_count:
        is_so = bool(own) and question.is_satisfied(len(own))
    elif reading.is_denied:
        is_so = not own
    else:
        is_so, own = bool(held), held or own
    row = (own or rows)[0]
    value = len(own) if reading.is_count else reading.values[row] if reading.values else is_so
    return Told(value, is_so, grid.document, grid.quotes[row])


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
    if column.roots & kind.hinted & NAME_ROOTS:
        return 1.0  # `unit refs`
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
    if kind.hinted & around:
        return 0.7 if has_head else 0.9
    return 0.5 if has_head else 0.6
