"""The candidates of a field that the ranker looks at: more than what the rules take for answers.

The rules look at statements that bear on the question by their words and are the subject's. Beside
those, the ranker looks at the statements that say most of what is asked, wherever they stand.
"""

from __future__ import annotations

import heapq
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.evidence import ANYBODYS, find_evidence
from parallel_nb.engine.reader.language.numbers import may_have_number
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.scope import Place, Whose
    from parallel_nb.engine.reader.signals import Asked
    from parallel_nb.engine.reader.statements import Statement

#: Statements that are looked at beside those that bear on the question.
_STATEMENTS: Final = 32
#: How many candidates of a field are looked at: the best by the rules, and those whose statements
#: say most; of a value two at most. On ten rooms of ordinary papers a text is among these in 87 %,
#: among 12 of each from 24 statements in 85, and among all that 40 statements offer in 94.
_BEST, _TELLING = 12, 18
_OF_A_VALUE: Final = 2
#: How near a statement is to the subject by what tells whose it is.
_NEAR: Final[dict[Place, float]] = {
    "words": 1.0, "row": 1.0, "heading": 0.95, "cell": 0.9, "before": 0.85, "topic": 0.7,
    "page": 0.6, "room": 0.4, "mention": 0.1,
}  # fmt: skip
#: What a statement counts that has none of the words: in a short paper that the input names, it
#: may answer all the same. And how much less each further document counts.
_UNSAID, _LATER = 1.0, 0.3
#: Whether a statement can have a value of a type.
_MAY_HOLD: Final[dict[str, Callable[[str], bool]]] = {
    "date": lambda text: any(map(str.isdigit, text)),
    "int": may_have_number,
    "float": may_have_number,
}
#: What a statement counts that is nobody's, beside one of the subject's.
_OF_NOBODY: Final = 0.3
#: Words that ask for the first day of something, and for the last; and what stands before a date
#: that is one of them.
_ASKS_BEGIN = re.compile(r"\b(?:start|begin|commence|effective|from|open)", re.IGNORECASE)
_ASKS_END = re.compile(r"\b(?:end|expir|until|terminat|finish|clos|last)", re.IGNORECASE)
_BEGINS = re.compile(
    r"\b(?:from|since|commencing|starting|beginning|begins?|began|effective)"
    r"(?: (?:on|from|the)){0,2}\s$",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:until|till|ending|ends?|ended|expir(?:es|ed|ing)|up to)(?: (?:on|the)){0,2}\s$",
    re.IGNORECASE,
)
_BEFORE_CHARS: Final = 40


def pool_of(reading: ReadingContext, asked: Asked, known: Sequence[Evidence]) -> list[Evidence]:
    """The candidates that are looked at, those first that the rules hold to be best.

    Args:
        reading: the run.
        asked: what the field asks.
        known: the evidence that the rules find.
    """
    words = roots_of(f"{asked.field.text} {reading.request.text}") - STOP_ROOTS
    places = {item.at for item in known}
    order = {source.document.id: number for number, source in enumerate(reading.sources)}

    def tells(whose: Whose, statement: Statement, document: int) -> float:
        return _tells(words, reading.index.idf, whose, statement) / (1 + _LATER * order[document])

    may_hold = _MAY_HOLD.get(asked.field.type.kind, bool)
    tellings = (
        (tells(source.whose_is(statement), statement, source.document.id), place)
        for source in reading.sources
        for statement in source.content.statements
        if (place := (source.document.id, statement.number)) not in places
        and may_hold(statement.value)
    )
    beside = {place for _, place in heapq.nlargest(_STATEMENTS, tellings)}
    also = find_evidence(reading, asked.field, asked.question, only=beside)
    sources = {source.document.id: source for source in reading.sources}
    other_end = _other_end(asked.field.text) if asked.field.type.kind == "date" else None

    def may_answer(item: Evidence) -> bool:
        """Not what `its` and `the company` say of another: in ten rooms none was an answer."""
        source, subject = sources[item.document.id], asked.subject.words
        of_subject = source.referent_fit(item.statement, subject, item.keywords) == 1.0
        if item.candidate.value is None or not of_subject:
            return False
        return other_end is None or not other_end.search(_before(item))

    def telling(item: Evidence) -> float:
        return -tells(item.whose, item.statement, item.document.id) * item.candidate.fit

    found = sorted(filter(may_answer, (*known, *also)), key=lambda item: -item.score)
    counts: Counter[Hashable] = Counter()
    kept = _take(found, _BEST, counts) + _take(sorted(found, key=telling), _TELLING, counts)
    chosen = {id(item) for item in kept}
    return [item for item in found if id(item) in chosen]


def _other_end(question: str) -> re.Pattern[str] | None:
    """What stands before a first day where the last is asked for, and the other way round.

    `From 1 January 2025` says nothing of when a lease ends.
    """
    asks_begin, asks_end = _ASKS_BEGIN.search(question), _ASKS_END.search(question)
    if bool(asks_begin) == bool(asks_end):
        return None
    return _BEGINS if asks_end else _ENDS


def _before(item: Evidence) -> str:
    """The last words before a value."""
    start = item.candidate.start
    return item.statement.value[max(0, start - _BEFORE_CHARS) : start]


def _take(found: list[Evidence], most: int, counts: Counter[Hashable]) -> list[Evidence]:
    """The first candidates, of a value two at most; `counts` are those taken before."""
    kept: list[Evidence] = []
    for item in found:
        if len(kept) < most and counts[item.candidate.key] < _OF_A_VALUE:
            counts[item.candidate.key] += 1
            kept.append(item)
    return kept


def _tells(
    asked: frozenset[str], idf: Callable[[str], float], whose: Whose, statement: Statement
) -> float:
    """How much of the words stands in a statement and above it; more if it is the subject's."""
    said = asked & statement.roots | asked & statement.section_roots
    said |= asked & statement.heading_roots
    near = _NEAR[whose.place] * max(whose.sure, ANYBODYS.sure)
    return (_UNSAID + math.fsum(map(idf, said)) if said else _UNSAID) * (_OF_NOBODY + near)
