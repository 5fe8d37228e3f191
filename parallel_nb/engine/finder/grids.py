"""The tables of a room as grids: rows of cells under heads, with what stands over them.

What stands in columns of a plain text is a table too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.corpus.passages import blocks
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.finder.kinds import head_of, is_of_things, is_post
from parallel_nb.engine.finder.names import is_name, is_person_like
from parallel_nb.engine.finder.once import once
from parallel_nb.engine.finder.tables import (
    is_code,
    is_of_properties,
    is_period,
    is_wordy,
    read_table,
)
from parallel_nb.engine.finder.units import LEGEND, decoded
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.index.fulltext import Index

#: The part of a column's cells that say of what kind it is.
_MOST: Final = 0.7
_DISTINCT: Final = 0.9
_MIN_ROWS: Final = 2
_MAX_CAPTION: Final = 160
#: Cells that name nothing.
_NOTHING: Final = word_set(
    "total totals together sum subtotal average vacant none other others various unknown all new"
    " n/a tbc tba"
)
_GAP: Final = re.compile(r" {2,}|\t+")
_DIGIT: Final = re.compile(r"[0-9]")
_MIN_COLUMNS: Final = 3
#: Columns of a table of labels and their values.
_LABELLED: Final = 2
#: What a cell may have beside its number: a sign, a unit, a remark.
_MAX_UNIT: Final = 12
_PART: Final = re.compile(r"\s?[;,/]\s?|\s(?:and|&)\s(?=[A-Z])")
#: What is not meant: `all but Harbour`, `not verified`.
_NOT: Final = re.compile(r"\b(?:not|no|never|without|none|but|except)\b", re.IGNORECASE)
TIMES: Final = frozenset(roots_of("date year since from until to start end"))
_MAX_PARTS: Final = 20
_LETTERS: Final = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Column:
    """A column of a grid."""

    head: str
    cells: tuple[str, ...]

    @cached_property
    def roots(self) -> frozenset[str]:
        """The roots of its head."""
        return frozenset(roots_of(self.head))

    @cached_property
    def parts(self) -> tuple[tuple[frozenset[str], ...], ...]:
        """Of each cell, the roots of its value, and of each of several values in it."""
        return tuple(map(parts_of, self.cells))

    @cached_property
    def words(self) -> tuple[frozenset[str], ...]:
        """Of each cell, the roots of its words."""
        return tuple(frozenset(roots_of(cell)) for cell in self.cells)

    @cached_property
    def plain(self) -> tuple[frozenset[str], ...]:
        """Of each cell, the roots of its words that are no part of a name."""
        return tuple(frozenset(roots_of(_without_names(cell))) for cell in self.cells)

    @cached_property
    def is_of_people(self) -> bool:
        """Whether its cells are names of people."""
        if is_of_things(self.head) or head_of(self.head) & frozenset().union(*self.words):
            return False  # `Hill Estate` below `Estate` is no person
        return self._are(lambda cell: is_person_like(cell) and not is_post(cell))

    @cached_property
    def is_of_dates(self) -> bool:
        """Whether its cells have dates or years."""
        return self._are(lambda cell: not is_code(cell) and find_dates(cell))

    @cached_property
    def is_of_times(self) -> bool:
        """Whether its cells have dates, and are no numbers that might be years."""
        return self.is_of_dates and (
            bool(self.roots & TIMES)
            or any(each.month for cell in self.cells for each in find_dates(cell))
        )

    @cached_property
    def is_of_numbers(self) -> bool:
        """Whether its cells are numbers with no more than a unit or a remark."""
        return self._are(_is_number)

    @cached_property
    def is_wordy(self) -> bool:
        """Whether its cells are neither numbers nor dates nor codes."""
        return self._are(is_wordy)

    @cached_property
    def is_unique(self) -> bool:
        """Whether hardly any two of its cells are the same."""
        told = [cell for cell in self.cells if cell]
        return len(set(told)) >= _DISTINCT * len(told) > 0

    def has(self, values: frozenset[frozenset[str]], row: int) -> bool:
        """Whether a cell has one of some values, or begins with one: `approved unanimously`."""
        if not values.isdisjoint(self.parts[row]):
            return True
        words = roots_of(self.cells[row]) if self.parts[row] else []
        return any(each <= frozenset(words[: len(each)]) for each in values)

    def _are(self, is_so: Callable[[str], object]) -> bool:
        told = [cell for cell in self.cells if cell and not _NOT.fullmatch(cell)]
        return sum(map(bool, map(is_so, told))) >= _MOST * len(told) > 0


@dataclass(frozen=True)
class Grid:
    """A table with what stands over it."""

    document: Document
    columns: tuple[Column, ...]
    #: Each row, verbatim.
    quotes: tuple[str, ...]
    #: Right above it: the caption, the innermost heading.
    above: str
    #: Farther above: the other headings, title and address of the document.
    over: str
    named: int
    number: int
    caption: str = ""
    #: Columns whose cells are what another table is about.
    foreign: frozenset[int] = frozenset()
    #: Columns whose cells come again in other tables of the same heads, where others' do not.
    repeated: frozenset[int] = frozenset()

    def __hash__(self) -> int:
        """By where it stands."""
        return hash((self.document.id, self.quotes[0]))

    @cached_property
    def above_roots(self) -> frozenset[str]:
        """The roots of what stands right above it."""
        return frozenset(roots_of(self.above))

    @cached_property
    def over_roots(self) -> frozenset[str]:
        """The roots of what stands above it at all."""
        return frozenset(roots_of(f"{self.over} {self.above}"))

    @cached_property
    def key(self) -> int:
        """The first column that names each row, by a name or a code; -1 where there is none."""
        keys = [place for place in self.keys if place not in self.foreign] or [*self.keys, -1]
        if self.named in keys and keys[0] == self.number:
            number, named = self.columns[self.number], self.columns[self.named]
            # of a code and an address, people know the address, and of `Matter no.` the matter;
            # neither who has written something nor where it is has its number
            is_other = named.is_of_people or self.named in self.foreign
            if head_of(number.head) & head_of(named.head) or not is_other:
                return self.named
        return keys[0]

    @cached_property
    def keys(self) -> tuple[int, ...]:
        """The columns of which each cell names another thing."""
        return tuple(
            place
            for place, column in enumerate(self.columns)
            if place not in self.repeated
            and column.is_unique
            and not (column.is_of_numbers or column.is_of_dates)
            and sum(map(names_something, column.cells)) >= _MOST * len(column.cells)
        )

    @property
    def is_numbered(self) -> bool:
        """Whether a code of its own stands before what each row is named by."""
        return self.number >= 0 and self.columns[self.number].is_unique

    @cached_property
    def dates(self) -> tuple[Column, ...]:
        """The columns of dates."""
        return tuple(each for each in self.columns if each.is_of_dates)


def names_something(cell: str) -> bool:
    """Whether a cell names a thing that a row may be about."""
    return (is_name(cell) or is_code(cell)) and is_row(cell) and not is_period(cell)


def is_row(cell: str) -> bool:
    """Whether a cell of a column of names names its row: `qcharts` does, `Total` does not."""
    words = cell.strip("*() ").lower().split()
    return bool(words) and words[0] not in _NOTHING and words[-1] not in _NOTHING


def _without_names(cell: str) -> str:
    """The words of a cell that are no names: in lower case, or the first beside such a one."""
    words = cell.split()
    return " ".join(
        word
        for place, word in enumerate(words)
        if not word[:1].isupper() or (not place and not "".join(words[1:2])[:1].isupper())
    )


@lru_cache(maxsize=10_000)
def parts_of(value: str) -> tuple[frozenset[str], ...]:
    """The roots of a value, and of each of several in one cell; of `all` the word itself."""
    if _NOT.search(value):
        return ()
    parts = dict.fromkeys((value, *_PART.split(value, _MAX_PARTS)))
    roots = (frozenset(roots_of(part)) or frozenset(part.lower().split()) for part in parts)
    return tuple(each for each in roots if each)


def _is_number(cell: str) -> bool:
    numbers = [each for each in find_numbers(cell) if not each.in_words]
    return bool(numbers) and not _LETTERS.search(cell[: numbers[0].start])


@once()
def grids_of(index: Index) -> tuple[Grid, ...]:
    """All grids of a room; made once."""
    grids = _of_lists([grid for each in index.of_each("grids", _grids) for grid in each])
    owners: dict[str, set[tuple[int, str]]] = {}
    for grid in grids:
        if grid.key >= 0:
            for cell in grid.columns[grid.key].cells:
                owners.setdefault(cell, set()).add((grid.document.id, grid.quotes[0]))
    return tuple(replace(grid, foreign=_foreign(grid, owners)) for grid in grids)


def _of_lists(grids: list[Grid]) -> list[Grid]:
    """Grids, of which those of the same heads are one list, where other columns name the rows."""
    lists: dict[tuple[str, ...], list[Grid]] = {}
    for grid in grids:
        lists.setdefault(tuple(each.head for each in grid.columns), []).append(grid)
    repeated: dict[tuple[str, ...], frozenset[int]] = {}
    for heads, parts in lists.items():
        keys = frozenset[int].intersection(*(frozenset(each.keys) for each in parts))
        again = frozenset(
            place
            for place in keys
            if not Column(
                "", tuple(c for each in parts for c in each.columns[place].cells)
            ).is_unique
        )
        repeated[heads] = again if again < keys else frozenset()
    return [
        replace(grid, repeated=repeated[tuple(each.head for each in grid.columns)])
        for grid in grids
    ]


def _foreign(grid: Grid, owners: dict[str, set[tuple[int, str]]]) -> frozenset[int]:
    own = (grid.document.id, grid.quotes[0])
    return frozenset(
        place
        for place in grid.keys[:-1]
        if sum(bool(owners.get(cell, set()) - {own}) for cell in grid.columns[place].cells)
        >= _MOST * len(grid.quotes)
    )


def _grids(document: Document) -> tuple[Grid, ...]:
    return tuple(_of_tables(document))


def _of_tables(document: Document) -> Iterator[Grid]:
    text, caption = document.text, ""
    yield from _of_columns(document)
    for block in blocks(text):
        headings = block.heading.split(" > ")
        over = " ".join((*headings[:-1], document.title, _address(document)))
        if block.kind == "table":
            table = read_table(text, block)
            caption = table.title or caption
            legend = dict(LEGEND.findall(caption))
            if len(legend) < _MIN_ROWS:
                legend = {}
            rows = [
                (quote, [decoded(each, legend) for each in cells]) for _, quote, cells in table.rows
            ]
            above = headings[-1] if legend else f"{headings[-1]} {caption}"
            if len(table.head) >= _MIN_ROWS and not is_of_properties(table.head):
                place = (table.named, table.number)
                yield from _grid(document, table.head, rows, (above, over, caption), place)
        last = text[block.start : block.end].rsplit("\n", 1)[-1].strip()
        caption = clean(last) if block.kind == "prose" and len(last) <= _MAX_CAPTION else ""


def _address(document: Document) -> str:
    return (document.path or document.url).replace("_", " ").replace("-", " ").replace("/", " ")


def _of_columns(document: Document) -> Iterator[Grid]:
    """Tables that stand in columns in a plain text: lines that part into as many cells."""
    rows = [
        (line, [part.strip() for part in _GAP.split(line.strip())] if "|" not in line else [""])
        for line in document.text.split("\n")
    ]
    title = f"{document.title} {document.text[:_MAX_CAPTION].partition(chr(10))[0]}"
    begin = 0
    while begin < len(rows):
        head, end = rows[begin][1], begin
        while end < len(rows) and len(rows[end][1]) == len(head):
            end += 1
        is_head = len(head) >= _MIN_COLUMNS and not any(map(_DIGIT.search, head))
        if is_head and end - begin > _MIN_ROWS:
            body = rows[begin + 1 : end]
            yield from _grid(document, head, body, ("", f"{title} {_address(document)}", ""))
        begin = max(end, begin + 1)


def _grid(
    document: Document,
    head: list[str],
    rows: list[tuple[str, list[str]]],
    texts: tuple[str, str, str],
    place: tuple[int, int] = (-1, -1),
) -> Iterator[Grid]:
    """A grid, if it has rows enough; `texts` stand above, farther above, and are its caption."""
    above, over, caption = texts
    width = len(head)
    whole = [(quote, [*cells, *[""] * width][:width]) for quote, cells in rows if any(cells)]
    if len(whole) < _MIN_ROWS:
        return
    columns = tuple(
        Column(name.replace("_", " "), tuple(cells[place].strip("* ") for _, cells in whole))
        for place, name in enumerate(head)
    )
    if width == _LABELLED and _is_mixed(columns[1]):
        return
    quotes = tuple(quote for quote, _ in whole)
    yield Grid(document, columns, quotes, above, over, *place, caption)


def _is_mixed(column: Column) -> bool:
    """Whether the cells of a column are of different kinds, each the value of a label before it."""
    return not (column.is_of_numbers or column.is_of_dates or column.is_wordy)
