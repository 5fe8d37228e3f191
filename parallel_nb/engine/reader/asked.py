"""What a field asks, and of whom, as the signals of its values need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
)

if TYPE_CHECKING:
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
        words = frozenset(roots(self.field.text))
        years = frozenset(_YEAR.findall(self.input)) - self.subject.words
        return words & _SINGLING | {word for word in words if word.isdigit()} | years

    @cached_property
    def describing(self) -> frozenset[str]:
        """The words before the noun that is asked for."""
        return self.question.describing - GENERIC_ROOTS - MODIFIER_ROOTS - self.subject.words

    @cached_property
    def names(self) -> tuple[frozenset[str], ...]:
        """The names in the description, apart from the subject's."""
        text = self.field.plain_description
        found = (frozenset(roots(s.text)) - STOP_ROOTS for s in find_names(text) if s.start)
        return tuple(name for name in found if name and not name & self.subject.words)
