"""What the columns of a table decide: of a condition that names values of a column, its cell does.

`The component is used in Harbour` names a value of the column `Used in`. Of an entity with another
value there, the condition does not hold, whatever is told elsewhere.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.finder.claims import LIGHT, VERB
from parallel_nb.engine.finder.evidence import Evidence, is_of_its_year
from parallel_nb.engine.finder.kinds import same_as
from parallel_nb.engine.finder.stances import is_past, stance_of
from parallel_nb.engine.finder.units import columns_of
from parallel_nb.engine.finder.words import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from parallel_nb.engine.finder.claims import Claim
    from parallel_nb.engine.finder.dossier import Statement

#: The part of a claim that the values, the head, what stands over them and the row have to have.
_ENOUGH: Final = 0.4
#: The same where it names the head of no such column.
_MOST: Final = 0.7
#: What a word counts that stands only over a table, or beside the cell in its row.
_AROUND: Final = 0.6
#: Weight of a name.
_NAME: Final = 1.5
#: The values of a column that says of each row whether something is so.
_YES: Final = frozenset(("yes", "y", "x", "true", "\u2713", "\u2714"))
_FLAGS: Final = _YES | {"no", "n", "false", "-", "\u2013", "\u2014", "\u2717"}
_PART = re.compile(r"\s?[;,/]\s?|\s(?:and|&)\s(?=[A-Z])")
_MAX_PARTS: Final = 20
#: Values of a column of which one is named, at most: more are a text.
_MAX_VALUES: Final = 400


def _decide_by_flag(row: Statement, claim: Claim) -> Evidence | None:
    """What a column of `yes` and `no` says, of which a claim has the head: `Guarantee job`."""
    columns = columns_of(row.document)
    for label, value in row.cells:
        roots = frozenset(roots_of(label))
        values = {each.lower() for each in columns.get(label, ())}
        if not roots or not roots <= claim.roots or not values or not values <= _FLAGS:
            continue
        score = _covered(claim, roots, frozenset(roots_of(f"{row.over} {row.whole}")))
        if score >= _MOST:
            agrees = (value.lower() in _YES) is (claim.stance == "holds")
            return Evidence(score, agrees, row)
    return None


def decide_by_cells(statements: Iterable[Statement], claim: Claim) -> Evidence | None:
    """What the rows about an entity say of a claim that names values of their columns.

    Returns:
        The evidence that fits the claim best; None where no column has a value that it names.
    """
    rows = {(each.document.id, each.quote): each for each in statements if each.cells}
    found = [decided for each in rows.values() if (decided := _decide(each, claim))]
    return max(found, key=lambda each: (each.score, each.agrees), default=None)


def _decide(row: Statement, claim: Claim) -> Evidence | None:
    if not is_of_its_year(claim.when, row):
        return None
    if flagged := _decide_by_flag(row, claim):
        return flagged
    columns = columns_of(row.document)
    told: dict[frozenset[str], list[tuple[bool, bool]]] = {}
    seen = set[str]()
    for label, value in row.cells:
        roots = _label_roots(label, claim)
        is_labelled = bool(roots & claim.roots)
        values = columns.get(label, frozenset())
        named = _named(values, claim, is_labelled=is_labelled)
        if not named and is_labelled:
            named = _with_rest(values, claim, roots)
        if not named or is_past(label):
            continue
        is_in = any(part in named for part in _parts(value))
        is_in = is_in and stance_of(value, frozenset(), is_value=True) == "holds"
        if not is_in and not (claim.roots - roots).isdisjoint(roots_of(value)):
            continue  # the value tells more than whether it is one of those
        key = frozenset[str]().union(*named)
        told.setdefault(key, []).append((is_labelled, is_in))
        seen |= roots | key
    if not told:
        return None
    around = frozenset(roots_of(f"{row.over} {row.whole}"))
    score = _covered(claim, seen, around)
    is_of_head = any(is_labelled for each in told.values() for is_labelled, _ in each)
    if score < (_ENOUGH if is_of_head else _MOST):
        return None
    # of two columns with the value, the one that the claim has the head of
    agrees = all(
        any(is_in for is_labelled, is_in in each if is_labelled is max(each)[0])
        for each in told.values()
    )
    return Evidence(score, agrees is (claim.stance == "holds"), row)


@lru_cache(maxsize=4_096)
def _named(values: frozenset[str], claim: Claim, *, is_labelled: bool) -> set[frozenset[str]]:
    """The values of a column that a claim names, as their roots; the longest of those that fit."""
    if not 1 < len(values) <= _MAX_VALUES:
        return set()
    asked = claim.roots.union(*claim.names)
    words = frozenset(claim.text.lower().split())
    parts = {part for value in values for part in _parts(value)}
    named = {part for part in parts if part <= asked or (is_labelled and part <= words)}
    if not is_labelled:
        named = {part for part in named if not all(word.isdigit() for word in part)}
    if claim.others:
        return named
    return {part for part in named if not any(part < other for other in named)}


@lru_cache(maxsize=4_096)
def _with_rest(values: frozenset[str], claim: Claim, label: frozenset[str]) -> set[frozenset[str]]:
    """The values of a column that have all that a claim asks of what the column tells.

    Of `The heating is by gas boilers`, those of `Heating` with a gas boiler.
    """
    rest = frozenset(word for word, weight in claim.words if weight > LIGHT) - label
    if not rest or claim.names or claim.others or not 1 < len(values) <= _MAX_VALUES:
        return set()
    return {part for value in values for part in _parts(value) if rest <= part}


def _parts(value: str) -> list[frozenset[str]]:
    """The roots of a value, and of each of several in one cell; of `all` the word itself."""
    parts = dict.fromkeys((value, *_PART.split(value, _MAX_PARTS)))
    roots = (frozenset(roots_of(part)) or frozenset(part.lower().split()) for part in parts)
    return [each for each in roots if each]


def _label_roots(label: str, claim: Claim) -> frozenset[str]:
    """The roots of a head; `Sev.` is that of severity, and `Vendor` that of a supplier."""
    roots = frozenset(roots_of(label))
    return roots.union(
        word
        for word in claim.roots
        if any(phrase <= roots for phrase, _ in same_as(word))
        or ("." in label and any(len(each) > 2 and word.startswith(each) for each in roots))
    )


def _covered(claim: Claim, here: frozenset[str] | set[str], around: frozenset[str]) -> float:
    """The part of a claim that values and heads have, from 0 to 1; 0 where a name is nowhere."""
    total = found = 0.0
    for word, weight in claim.words:
        counted = min(weight, LIGHT) if weight <= VERB else weight
        total += counted
        found += counted if word in here else counted * _AROUND if word in around else 0.0
    for name in claim.names:
        if not name <= here | around:
            return 0.0
        total += _NAME
        found += _NAME if name <= here else _NAME * _AROUND
    return found / total if total else 0.0
