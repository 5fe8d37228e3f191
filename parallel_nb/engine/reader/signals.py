"""What speaks for a value, measured: whose its statement is, what that says, what stands beside it.

Each signal of `support.Support` has one meaning and its function here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.kept import kept_for_sentences
from parallel_nb.engine.reader.language.names import (
    NAME,
    answer_kind,
    find_names,
    looks_like_person,
)
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.units import requested_unit
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
    roots_of,
)
from parallel_nb.engine.reader.scope import ROOM, focus
from parallel_nb.engine.reader.support import SCALE, SIGNALS, Support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.scope import Others
    from parallel_nb.engine.reader.subject import Subject


_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
#: Words of a question that single out one among several of its kind.
_SINGLING: Final = frozenset(
    roots(
        """
        first last previous former next before after original second third total own planned
        actual net gross minimum maximum average largest smallest longest highest lowest oldest
        newest initial final annual monthly only most least replacement predecessor successor
        """
    )
)
#: What is planned, supposed or over is not said to be so; nor is a deputy the holder of an office.
_HEDGE = re.compile(
    r"\b(?:would|might|could|should|may|if|unless|whether|plan(?:s|ned|ning)?|propos(?:ed|al|es)"
    r"|applied|intend(?:s|ed)?|expect(?:s|ed)?|hope[sd]?|hoping|aim(?:s|ed)?|due to"
    r"|target(?:s|ed)?|budget(?:ed|s)?|forecasts?|yet to|subject to"
    r"|formerly|no longer|originally|rumou?rs?|had been|refused to|declined to"
    r"|assistant|deputy|vice|acting|interim|former)\b"
)
_CLAUSE_END = re.compile(r"[;.]\s")
#: Whose a statement is where the run has no subject, at most behind what names it, and on a page
#: that keeps to it.
_OPEN, _IN_PARAGRAPH, _ON_PAGE = 0.7, 0.9, 0.85
_TOKEN = re.compile(r"\w[\w'-]*")
#: A noun in a heading counts a little less; another name beside the subject's, half.
_IN_HEADING: Final = 0.8
_BESIDE: Final = 0.5
#: How far a value is of the kind asked for: a name where an organisation or a place is, a list or
#: label's value where any text is, and a part of a sentence.
_NAMED, _SOME_KIND, _ANY_TEXT = 0.9, 0.7, 0.4
_NAMED_KINDS: Final = frozenset({"agent", "org", "place", "country"})


@dataclass(frozen=True)
class Asked:
    """What a field asks, and of whom, as the signals need it."""

    field: RequestedField
    question: FieldQuestion
    subject: Subject
    #: What the run asks, as a person wrote it.
    input: str
    others: Others

    @classmethod
    def of(cls, reading: ReadingContext, field: RequestedField, question: FieldQuestion) -> Asked:
        """What a field of a run asks."""
        return cls(field, question, reading.subject, reading.request.text, reading.others)

    @cached_property
    def singling(self) -> frozenset[str]:
        """The words and numbers of the question that single one out."""
        words = roots_of(self.field.text)
        years = frozenset(_YEAR.findall(self.input)) - self.subject.words
        return words & _SINGLING | {word for word in words if word.isdigit()} | years

    @cached_property
    def singled_out(self) -> tuple[frozenset[str], ...]:
        """The same, each by itself, and the names in the description."""
        return (*(frozenset({word}) for word in self.singling), *self.names)

    @cached_property
    def describing(self) -> frozenset[str]:
        """The words before the noun that is asked for."""
        return self.question.describing - GENERIC_ROOTS - MODIFIER_ROOTS - self.subject.words

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The names in the description, apart from the subject's."""
        text = self.field.plain_description
        found = (roots_of(s.text) - STOP_ROOTS for s in find_names(text) if s.start)
        return tuple(name for name in found if name and not name & self.subject.words)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What keeps a value from more confidence."""

    #: The signal that is missing, by its name in `Support`.
    signal: str
    #: The words or names that it is about, as they are written.
    said: tuple[str, ...] = ()


def support_of(
    winner: Sequence[Evidence], rival: float, *, is_disputed: bool, asked: Asked
) -> Support:
    """The signals of a value.

    Args:
        winner: the evidence for it, one of each document.
        rival: the score of the best evidence for another value.
        is_disputed: whether a page says otherwise.
        asked: what is asked.
    """
    best = max(winner, key=lambda e: e.score)
    return Support(
        score=best.score,
        lead=1 - min(1.0, rival / best.score) if best.score else 0.0,
        relevance=best.relevance,
        fit=best.candidate.fit if best.candidate.of_subject else best.candidate.fit / 2,
        own=_own(best, asked),
        alone=_alone(best, asked),
        noun=_noun(best, asked.question),
        qualified=_qualified(best, asked),
        described=_described(best, asked),
        coverage=best.coverage,
        stated=_stated(best, asked),
        kind=_kind(best, asked.field),
        labelled=_labelled(best, asked.question),
        agreed=float(len(winner) > 1),
        undisputed=float(not is_disputed),
        typed=float(best.kind not in {"str", "list"}),
    )


def _own(item: Evidence, asked: Asked) -> float:
    """Whose a statement is; a page as a whole tells the less, the more other things it names."""
    statement, whose = item.statement, item.whose
    if not asked.subject.words:
        return _OPEN
    if whose.place not in {"page", "room"}:
        return min(whose.sure, _IN_PARAGRAPH) if whose.place == "before" else whose.sure
    if whose.sure < ROOM:
        return 0.0  # it stands below the name of another thing
    if statement.row_roots and not statement.row_roots & asked.question.all_words:
        return 0.0
    if whose.place == "page":
        return _ON_PAGE * focus(item.document, asked.subject, asked.others)
    return whose.sure


def _others_named(item: Evidence, asked: Asked) -> list[str]:
    """The other things of the room that a sentence names, or to which a row belongs."""
    statement = item.statement
    value = statement.value[item.candidate.start : item.candidate.end]
    spans = [] if statement.is_fact else find_names(statement.value)
    names = [span.text for span in spans if span.text not in value]
    if item.whose.place != "cell":  # else the first cell is a number of the subject's own row
        names.append(statement.subject)
    return [name for name in names if asked.others.has(name)]


def _alone(item: Evidence, asked: Asked) -> float:
    if not _others_named(item, asked):
        return 1.0
    words = asked.subject.words
    return _BESIDE if words and words <= item.statement.roots else 0.0


def _noun(item: Evidence, question: FieldQuestion) -> float:
    if not question.nouns:
        return item.coverage
    statement = item.statement
    above = question.noun_in(statement.section_roots | statement.heading_roots)
    return max(question.noun_in(statement.roots), _IN_HEADING * above)


def _labelled(item: Evidence, question: FieldQuestion) -> float:
    label = frozenset(item.statement.label_roots) | item.statement.section_roots
    return question.noun_in(label) if item.by_label else 0.0


def _described(item: Evidence, asked: Asked) -> float:
    if item.kind == "bool":
        return 1.0  # opposites and other words answer yes or no as well
    if not asked.describing:
        return 1.0
    unsaid = asked.describing - item.around
    return 1 - len(unsaid) / len(asked.describing) if unsaid else 1.0


def _qualified(item: Evidence, asked: Asked) -> float:
    if not (wanted := asked.singled_out):
        return 1.0
    present = item.around
    return sum(words <= present for words in wanted) / len(wanted)


def _stated(item: Evidence, asked: Asked) -> float:
    """0 where the clause with the value supposes or plans it."""
    statement = item.statement
    if statement.is_fact:
        return 1.0
    hedges = _hedges_at(statement.value, item.candidate.start)
    return float(hedges <= roots_of(asked.field.text))


@kept_for_sentences()
def _hedges_at(text: str, place: int) -> frozenset[str]:
    """The roots of what supposes or plans in the clause of a place of a text."""
    start = max((m.end() for m in _CLAUSE_END.finditer(text, 0, place)), default=0)
    end = _CLAUSE_END.search(text, place)
    hedges = _HEDGE.finditer(text[start : end.start() if end else len(text)])
    return frozenset(root for found in hedges for root in roots(found[0]))


def _kind(item: Evidence, field: RequestedField) -> float:
    if item.kind in {"int", "float"}:
        return _kind_of_number(item, field)
    if item.kind == "list":
        return _SOME_KIND
    if item.kind != "str":
        return 1.0
    value = str(item.candidate.value)
    asked = answer_kind(field.plain_description, field.name_in_words)
    if asked == "person":
        return float(looks_like_person(value))
    if asked in _NAMED_KINDS:
        return _NAMED * bool(NAME.match(value))
    return _SOME_KIND if item.statement.is_fact or NAME.fullmatch(value) else _ANY_TEXT


def _kind_of_number(item: Evidence, field: RequestedField) -> float:
    statement, start = item.statement, item.candidate.start
    if not requested_unit(field.name, field.plain_description).dimension:
        return 1.0
    if any(n.dimension and n.start == start for n in find_numbers(statement.value)):
        return 1.0
    # a table may leave the unit unsaid
    return _SOME_KIND if statement.subject and item.by_label else 0.0


def doubt_of(best: Evidence, support: Support, asked: Asked) -> Doubt:
    """What keeps a value most from more confidence."""
    losses = {name: SCALE.loss(support, name) for name in SIGNALS}
    signal = next(iter(support.missing), "") or max(losses, key=losses.__getitem__)
    present = best.around
    match signal:
        case "alone":
            said = tuple(_others_named(best, asked))
        case "qualified":
            unmet = asked.singling.union(*asked.names)
            said = _written(f"{asked.field.text} {asked.input}", unmet - present)
        case "described":
            said = _written(asked.field.text, asked.describing - present)
        case "noun":
            said = _written(
                asked.field.text, frozenset(w for n in asked.question.nouns for w in n.words)
            )
        case _:
            said = ()
    return Doubt(signal, said)


def _written(text: str, words: frozenset[str]) -> tuple[str, ...]:
    """The words of a text that have these roots, each once."""
    found = (word for word in _TOKEN.findall(text) if roots_of(word) & words)
    return tuple(dict.fromkeys(found))
