"""Lists of objects, from tables whose columns match the objects' fields."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.candidates import Candidate
from parallel_nb.engine.reader.decide import Evidence
from parallel_nb.engine.reader.relevance import coverage, question
from parallel_nb.engine.reader.subject import ABOUT
from parallel_nb.engine.reader.vocabulary import roots

if TYPE_CHECKING:
    from parallel_nb.engine.reader.context import Desk
    from parallel_nb.engine.reader.pages import Unit
    from parallel_nb.engine.reader.request import Ask

_MATCHES: Final = 0.5
_MAX_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A table row as an object."""

    cells: tuple[tuple[Ask, str], ...]
    evidence: Evidence


def rows_of(desk: Desk, ask: Ask) -> list[Row]:
    """The rows of the first table about the subject whose columns match half of the fields."""
    for source in desk.sources:
        if desk.subject.words and source.trust < ABOUT:
            continue
        by_line: defaultdict[int, list[Unit]] = defaultdict(list)
        for unit in source.page.units:
            if unit.subject:
                by_line[unit.start].append(unit)
        rows = []
        for units in by_line.values():
            cells = _cells(desk, ask, units)
            filled = sum(bool(text) for _, text in cells)
            if filled * 2 >= len(ask.children) and filled:
                first = units[0]
                candidate = Candidate(first.subject, first.subject, 1.0, 0, 0)
                document = source.page.document
                evidence = Evidence(document, first, candidate, 1.0, 1.0, source.trust, frozenset())
                rows.append(Row(cells, evidence))
        if rows:
            return rows[:_MAX_ROWS]
    return []


def _cells(desk: Desk, ask: Ask, units: list[Unit]) -> tuple[tuple[Ask, str], ...]:
    free = list(units)
    cells = []
    for number, child in enumerate(ask.children):
        asked = question(
            [child.words_of_name, child.plain_description], desk.index.idf, frozenset()
        )
        best, text = _MATCHES, ""
        for unit in free:
            words = frozenset(roots(unit.label))
            score = max((coverage(w, words).score for w in asked.wordings), default=0.0)
            if score >= best:
                best, text = score, unit.value
        if not text and number == 0:
            text = units[0].subject
        cells.append((child, text))
    return tuple(cells)
