"""The names in tables and lists, with the heads, headings and labels that say what they are."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from parallel_nb.engine.corpus.passages import lines
from parallel_nb.engine.finder.kinds import head_of, is_agent, is_of_things, is_post
from parallel_nb.engine.finder.names import JOINTS, is_name, is_person_like, proper_name
from parallel_nb.engine.finder.papers import is_common
from parallel_nb.engine.finder.tables import (
    is_code,
    is_of_properties,
    is_period,
    is_wordy,
    read_table,
)
from parallel_nb.engine.finder.words import roots_of
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block
    from parallel_nb.engine.finder.tables import Table

Place = Literal["title", "row", "list", "heading", "text"]

#: The part of a column's cells that look like people where it is one of people.
_MOST_PEOPLE: Final = 0.75
#: Letters that number what they stand before, one after the other.
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:count] for count in range(3, 27))
#: What stands before a row that sums others up.
_SUMS: Final = frozenset(("total", "totals", "sum", "subtotal", "grand total", "average"))
#: `2 Orrin Street`.
_ADDRESS = re.compile(r"[0-9]{1,4}[A-Za-z]?\s[A-Z][a-z]")
#: Heads of a column that says of what kind the thing in each row is.
_TYPES: Final = frozenset(roots_of("type kind"))
#: A noun is that of a whole column of types if it heads so many of them, in so many of the rows.
_SEVERAL: Final = 3
_COMMON: Final = 0.25
#: Words of a name in a table that is no proper name.
_MAX_COMMON: Final = 3
_LIST_LABEL = re.compile(r"^[-*+][ \t]+([^:\n]{1,60}): ", re.MULTILINE)
#: `6 paid teachers` are counted, not named.
_COUNTED = re.compile(r"[0-9][0-9.,]{0,12}\s[a-z]")
#: What follows a name in a list: an explanation.
_EXPLAINED = re.compile(r"\s[-\u2013\u2014]\s|:\s|\s?\(|,\s|;\s|\.\s")
_JOINED = re.compile(r",\s|;\s|\sand\s")
ITEM = re.compile(r"^(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_SCALE = re.compile(r"\s?\((?:in\s)?(thousand|million|billion|trillion)s?\)")
_BARE_NUMBER = re.compile(r"[0-9][0-9.,]{0,20}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a document.

    Attributes:
        name: As the document writes it.
        place: Where it stands.
        document: The document's number.
        says: The roots of the words that say what it is.
        hints: The roots of words that may say so: of the folder, of the page's title.
        context: The row, line or sentence around it, on one line.
        source: What the document says of it there, verbatim: the title, row, section or item.
        facts: The same as the reader reads it: of a row, a line `label: value` for each cell.
        is_person: Whether the column in which it stands is one of people; None elsewhere.
    """

    name: str
    place: Place
    document: int
    says: frozenset[str]
    hints: frozenset[str]
    context: str
    source: str = ""
    facts: str = ""
    is_person: bool | None = None


def of_table(
    document: Document, block: Block, line_before: str, title: frozenset[str]
) -> Iterator[Mention]:
    """The names in the cells of a table; `title` is what the title of its document says."""
    table = read_table(document.text, block)
    if is_of_properties(table.head):
        yield from _of_properties(document, table)
        return
    above = block.heading.rsplit(" > ", 1)[-1]
    context = title.union(roots_of(above))
    called = head_of(table.head[table.named])
    if not called or table.number >= 0:
        context = context.union(roots_of(f"{table.title} {clean(line_before)}"))
    typed = _column_of_types(table, called)
    types = table.column(typed) if typed >= 0 else []
    common = _common_head(types)
    listed = context.union(*map(head_of, types))
    # what has a number and no word of its own for its kind, or one that others share, is known by
    # the number
    is_class = bool(called & listed) and _repeats(table)
    is_kind = bool(called & listed or (types and not called))
    is_numbered = table.number >= 0 and (is_class or not is_kind)
    first = head_of(table.head[table.number]) if table.number >= 0 else frozenset[str]()
    other = head_of(above or document.title)
    by_number = frozenset(f"#{each}" for each in called or first)
    if is_numbered:
        by_number |= called if is_class else first or other
    people = [_names_people(label, table.column(i)) for i, label in enumerate(table.head)]
    for _, source, cells in table.rows:
        pairs = [(h, c) for h, c in zip(table.head, cells, strict=False) if h and c]
        row = "; ".join(f"{label}: {cell}" for label, cell in pairs)
        for number, (label, cell) in enumerate(zip(table.head, cells, strict=False)):
            is_number = number == table.number and is_code(cell)
            is_row = is_number or number == table.named
            is_address = number == table.named and is_wordy(cell) and _ADDRESS.match(cell)
            if not (is_number or is_address or _is_named(cell, label)):
                continue
            says = by_number if is_number else head_of(label)
            if is_row and is_number is is_numbered and 0 <= typed < len(cells):
                says |= head_of(cells[typed]) | common
            if is_row:
                says = says or called or first or other
            if is_class and number == table.named:
                says = frozenset[str]()
            hints = context if is_row and is_number is is_numbered else frozenset[str]()
            facts = "\n".join(_fact(h, c) for h, c in pairs if c != cell) if is_row else ""
            whole, is_person = source if facts else "", people[number]
            yield Mention(cell, "row", document.id, says, hints, row, whole, facts, is_person)


def _column_of_types(table: Table, called: frozenset[str]) -> int:
    """The column that says of what kind each row is: `Type`, or `Vessel type` beside `Vessel`."""
    for place, label in enumerate(table.head):
        words = frozenset(roots_of(label))
        if place != table.named and words & _TYPES and words <= _TYPES | called:
            return place
    return -1


def _common_head(types: list[str]) -> frozenset[str]:
    """The noun that a column of types has in common, by which it calls all that is listed.

    A table with `research vessel`, `pilot vessel` and `standby vessel` beside `tug` lists vessels.
    """
    heads = Counter(head for cell in types for head in head_of(cell))
    several = Counter(head for cell in set(types) if " " in cell for head in head_of(cell))
    return frozenset(
        head
        for head, times in several.items()
        if times >= _SEVERAL and heads[head] >= _COMMON * len(types)
    )


def _repeats(table: Table) -> bool:
    """Whether the names of a table stand in several rows, of which each has a code of its own."""
    names, codes = table.column(table.named), table.column(table.number)
    is_coded = table.number >= 0 and len(set(codes)) == len(table.rows) and all(map(is_code, codes))
    return is_coded and len(set(names)) < len(names)


def _is_named(cell: str, label: str) -> bool:
    """Whether a cell names something: `Red Hall`, `M-101`, or `sand` below `Product`."""
    if is_code(cell) and not is_period(cell):
        return True
    if cell.strip("* ").lower() in _SUMS or is_period(cell):
        return False
    is_word = cell[:1].islower() and len(cell.split()) <= _MAX_COMMON and bool(head_of(label))
    return (is_name(cell) or is_word) and not cell[:1].isdigit()


def _of_properties(document: Document, table: Table) -> Iterator[Mention]:
    """The names behind labels: `Manager | Ada Berg`."""
    for _, source, cells in table.rows:
        for cell in cells[1:]:
            place: Place = "list" if is_common(cell) else "row"
            if place == "list" or (is_name(cell) and not cell[:1].isdigit()):
                says = head_of(cells[0])
                yield Mention(cell, place, document.id, says, frozenset(), clean(source))


def _names_people(label: str, cells: list[str]) -> bool:
    """Whether a column is one of people: nearly all of its cells look like their names."""
    if is_of_things(label) or head_of(label) & frozenset(roots_of(" ".join(cells))):
        return False  # `Hill Estate` below `Estate` is no person
    named = [cell for cell in cells if cell]
    if "".join(cell[0] for cell in named if cell[1:2] == " ") in _LETTERS:
        named = []  # `A Routine`, `B Full`
    people = sum(is_person_like(cell) and not is_post(cell) for cell in named)
    return people >= _MOST_PEOPLE * len(named) > 0


def _fact(label: str, cell: str) -> str:
    """A cell as a line of its own; `28.7` below `Passengers (million)` is 28.7 million."""
    scale = _SCALE.search(label)
    if scale and _BARE_NUMBER.fullmatch(cell):
        return f"- {label.replace(scale[0], '')}: {cell} {scale[1]}"
    return f"- {label}: {cell}"


@lru_cache(maxsize=100)
def _repeated_labels(document: Document) -> frozenset[str]:
    """The labels that stand before a colon several times: `Beds`, of each clinic."""
    labels = Counter(_LIST_LABEL.findall(document.text))
    return frozenset(label for label, times in labels.items() if times > 1)


def _is_label(text: str, whole: str) -> bool:
    """Whether a text before a colon is no name: `Date of call`, or a word of the document."""
    words = text.split()
    has_common = any(word.islower() and word not in JOINTS for word in words[1:])
    return has_common or (len(words) == 1 and f" {text.lower()} " in whole)


def of_list(
    document: Document, block: Block, line_before: str, title: frozenset[str]
) -> Iterator[Mention]:
    """The names of the items of a list, and of those behind its labels."""
    heading = block.heading.rsplit(" > ", 1)[-1]
    label = line_before if line_before.endswith(":") else heading
    repeated = _repeated_labels(document)
    for start, end in lines(document.text, block.start, block.end):
        line = document.text[start:end]
        item = clean(ITEM.sub("", line))
        fact_label, colon, value = item.partition(": ")
        name = _EXPLAINED.split(item, maxsplit=1)[0].strip(" .;,")
        # a page's own facts (`Employees: 900`) name nothing by their labels
        is_own_fact = colon and (
            fact_label in repeated
            or (
                label in {"", document.title}
                and (proper_name(document.title) or _is_label(fact_label, document.text))
            )
        )
        if is_name(name) and not is_own_fact and not _COUNTED.match(name):
            hints = frozenset() if colon else title
            is_person = (is_agent(label) and is_person_like(name)) or None
            says = head_of(label)
            yield Mention(
                name, "list", document.id, says, hints, item, line, item, is_person=is_person
            )
        if colon:  # `Supplier: Acme Ltd`
            for each in _JOINED.split(value):
                part = each.partition(" <")[0].strip(' ."')  # `From: Ada Berg <ada@hill.example>`
                if is_name(part) or is_common(part):
                    yield Mention(
                        part,
                        "list",
                        document.id,
                        head_of(fact_label),
                        frozenset(),
                        item,
                    )
