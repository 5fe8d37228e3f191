"""How many rows about an entity say what a condition asks to be there several times."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.finder.cells import decide_by_cells
from parallel_nb.engine.finder.claims import claim_of, without_house
from parallel_nb.engine.finder.conditions import COUNTS, essence
from parallel_nb.engine.finder.evidence import weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.finder.conditions import Question
    from parallel_nb.engine.finder.dossier import Statement

#: Things that are counted row by row; more of them have a figure of their own.
_MAX_COUNT: Final = 12
_NUMBER: Final = rf"(?:{'|'.join(COUNTS)}|[0-9]{{1,2}})"
_SEVERAL = re.compile(
    rf"\b(?:(?:(?:more|fewer|less) than|at (?:least|most)) {_NUMBER}"
    rf"|{_NUMBER} or (?:more|fewer|less))\b(?: of (?:its|their|his|her|the)\b)?",
    re.IGNORECASE,
)


class Asked(NamedTuple):
    """A condition, and what of its room it is read by."""

    description: str
    #: What kind the entity is of.
    entity_type: str
    #: The roots of the name of whoever's papers the room holds.
    house: frozenset[str]
    #: Whether the room has a word, by its root.
    is_known: Callable[[str], bool]


def count_rows(
    statements: Sequence[Statement], question: Question, asked: Asked
) -> tuple[int, bool, Statement] | None:
    """Count the rows of an entity that say what is asked to be there several times.

    Args:
        statements: about the entity.
        question: the condition as a question for a number.
        asked: the condition itself.

    Returns:
        The number, whether it satisfies the condition, and one of the rows; None where nothing
        is counted, or no row says so.
    """
    text = essence(asked.description)
    several = _SEVERAL.search(text)
    if several is None or question.bounds[0][1] > _MAX_COUNT:
        return None
    rest = " ".join(f"{text[: several.start()]} {text[several.end() :]}".split())
    claim = without_house(claim_of(rest, asked.entity_type), asked.house)
    if not (claim.words or claim.names):
        return None
    rows: dict[tuple[int, str], list[Statement]] = {}
    for each in statements:
        if each.is_own and len(each.cells) > 1:
            rows.setdefault((each.document.id, each.quote), []).append(each)
    told: Counter[int] = Counter()
    first: dict[int, Statement] = {}
    for (document, _), cells in rows.items():
        weighed = (evidence for each in cells if (evidence := weigh(each, claim, asked.is_known)))
        found = decide_by_cells(cells, claim) or max(weighed, key=lambda e: e.score, default=None)
        if found and found.agrees:
            told[document] += 1
            first.setdefault(document, found.statement)
    if not told:
        return None
    (document, number), *_ = told.most_common(1)
    return number, question.is_satisfied(number), first[document]
