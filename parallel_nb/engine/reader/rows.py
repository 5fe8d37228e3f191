"""Lists from the rows of tables: those of the subject, those that meet what is asked, those before.

A column is a list where its rows are about one thing. Of `bidders that were excluded`, those rows
count that say `excluded`; of a table with rows on several things, those that name the subject.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import GENERIC_ROOTS, STOP_ROOTS, roots, roots_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.statements import DocumentStatements, Statement
    from parallel_nb.engine.reader.subject import Subject

#: A number before a member: `1, Heron Water`.
_NUMBER = re.compile(r"\(?\d{1,3}[,.:)]+ (?=[^\W\d_])")
_YES_OR_NO = re.compile(
    r"(?P<yes>yes|y|true|x|[\u2713\u2714])|(?P<no>no|n|false|none|[-\u2013\u2014\u2717\u2718])",
    re.IGNORECASE,
)
#: Questions for those before others, and a cell that says that one still is.
_FORMER_ASKED: Final = frozenset(roots("former previous before predecessor past"))
_STILL = re.compile(
    r"(?:in (?:post|office)|(?:to )?(?:present|date|now|today)|current(?:ly)?|ongoing|incumbent|[-\u2013\u2014])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A table's row: its cells by the heads of their columns."""

    cells: dict[str, Statement]

    @property
    def first(self) -> Statement:
        return next(iter(self.cells.values()))

    @property
    def words(self) -> frozenset[str]:
        return self.first.whole_row_roots


def row_lists(
    content: DocumentStatements, question: FieldQuestion, subject: Subject, *, denied: bool
) -> Iterator[tuple[Statement, frozenset[int]]]:
    """The lists of a document's tables that hold a part of their rows.

    Args:
        content: what the document states.
        question: its words tell which rows count.
        subject: whose rows count, where only some of a table's name it.
        denied: whether the question denies: `those without a vote`.

    Returns:
        Each list as a fact, with the numbers of the statements in whose place it stands.
    """
    for rows in _tables(content.statements):
        own = [row for row in rows if subject.is_named_in(row.words, row.first.text)]
        of_subject = own if len(own) < len(rows) else []
        for label in dict.fromkeys(label for row in rows for label in row.cells):
            kept, said = _asked(of_subject or rows, label, question, denied=denied)
            is_whole = not (said or of_subject)
            # the columns of a table with bars are lists already
            if kept and not (is_whole and kept[0].first.text.startswith("|")):
                cells = [row.cells[label] for row in kept if label in row.cells]
                yield from _as_list(cells, said, is_own=bool(of_subject))


def _tables(statements: Iterable[Statement]) -> Iterator[list[_Row]]:
    """The rows of each table of two rows or more."""
    found: defaultdict[tuple[str, str, str], dict[int, dict[str, Statement]]] = defaultdict(dict)
    head = ""
    for statement in statements:
        if not statement.subject:
            head = ""
            continue
        head = head or statement.label
        table = found[head, statement.section, statement.heading]
        table.setdefault(statement.start, {}).setdefault(statement.label, statement)
    for table in found.values():
        if len(table) > 1:
            yield [_Row(cells) for cells in table.values()]


def _asked(
    rows: list[_Row], label: str, question: FieldQuestion, *, denied: bool
) -> tuple[list[_Row], frozenset[str]]:
    """The rows that say what is asked beside a column's head, and the words by which they do."""
    rows = [row for row in rows if label in row.cells]
    if not rows:
        return [], frozenset()
    above = rows[0].first.section_roots | rows[0].first.heading_roots
    beside = question.all_words - above - roots_of(label) - STOP_ROOTS - GENERIC_ROOTS
    if question.words & _FORMER_ASKED:
        return _former(rows, label, beside), _FORMER_ASKED & question.words
    for head in rows[0].cells:
        said = roots_of(head) - STOP_ROOTS
        answers = [_yes_or_no(row.cells.get(head)) for row in rows]
        if said and said <= question.all_words and {True, False} == set(answers):
            kept = [row for row, yes in zip(rows, answers, strict=True) if yes != denied]
            return kept, said
    words = [row.words - roots_of(row.cells[label].value) for row in rows]
    telling = {w for w in beside if 0 < sum(w in own for own in words) < len(rows)}
    kept = [row for row, own in zip(rows, words, strict=True) if telling <= own]
    return (kept, frozenset(telling)) if kept else (rows, frozenset())


def _yes_or_no(cell: Statement | None) -> bool | None:
    found = _YES_OR_NO.fullmatch(cell.value.strip()) if cell else None
    return found.lastgroup == "yes" if found else None


def _former(rows: list[_Row], label: str, names: frozenset[str]) -> list[_Row]:
    """The rows before the one that is named or still holds; empty where none is."""
    for number, row in enumerate(rows):
        own = roots_of(row.cells[label].value)
        still = any(_STILL.fullmatch(cell.value.strip()) for cell in row.cells.values())
        if number and (still or (own and own <= names)):
            return rows[:number]
    return []


def _as_list(
    cells: list[Statement], said: frozenset[str], *, is_own: bool
) -> Iterator[tuple[Statement, frozenset[int]]]:
    members = tuple(dict.fromkeys(_NUMBER.sub("", cell.value) for cell in cells))
    if any(member[:1].isdigit() for member in members) or (len(members) < 2 and not said):
        return
    first = cells[0]
    own = roots(" ".join((*members, first.text if is_own else "")))
    subject = first.subject if is_own else ""
    fact = replace(
        first,
        end=cells[-1].end,
        value="; ".join(members),
        subject=subject,
        label_roots=(*first.label_roots, *sorted(said)),
        roots=first.roots.union(own, said),
    )
    yield fact, frozenset(cell.number for cell in cells)
