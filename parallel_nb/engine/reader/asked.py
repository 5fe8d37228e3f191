"""What a field asks, and of whom, as the signals of its values need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.names import NAME, find_names
from parallel_nb.engine.reader.language.vocabulary import (
    GENERIC_ROOTS,
    MODIFIER_ROOTS,
    STOP_ROOTS,
    roots,
)
from parallel_nb.engine.reader.statements import read_statements
from parallel_nb.engine.reader.whole import names_within

if TYPE_CHECKING:
    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.subject import Subject

_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")
_WORDS = re.compile(r"[^\W\d_][\w-]*")
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
    documents: tuple[Document, ...]

    @classmethod
    def of(cls, reading: ReadingContext, field: RequestedField, question: FieldQuestion) -> Asked:
        """What a field of a run asks."""
        documents = tuple(source.document for source in reading.sources)
        return cls(field, question, reading.subject, reading.request.text, documents)

    @cached_property
    def others(self) -> frozenset[frozenset[str]]:
        """The names of the things that the documents have titles, headings or rows for."""
        within = frozenset[str]().union(*(names_within(d) for d in self.documents))
        return frozenset(
            name
            for document in self.documents
            for words, name in _things_of(document)
            if words <= within and not name & self.subject.words
        )

    def is_other(self, text: str) -> bool:
        """True for the name of another thing than the subject."""
        return bool(text) and roots_of(text) - STOP_ROOTS in self.others

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


@lru_cache(maxsize=2_000)
def _things_of(document: Document) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """What may be a name among a document's title, headings and first cells of rows.

    Returns:
        The words of each as they are written, and their roots. What the document has in lower
        case, or defines (`the "Tenant"`), is no name.
    """
    texts = {document.title}
    for statement in read_statements(document).statements:
        texts.update((statement.section, statement.subject))
    found = []
    for text in texts:
        name = text.removeprefix("The ").strip()
        key = roots_of(name) - STOP_ROOTS
        no_names = (f" {name.lower()}", f'"{name}"', f"\u201c{name}\u201d")
        if NAME.fullmatch(name) and key and not any(form in document.text for form in no_names):
            found.append((frozenset(_WORDS.findall(name)), key))
    return tuple(found)


@lru_cache(maxsize=20_000)
def roots_of(text: str) -> frozenset[str]:
    """The roots of a text's words."""
    return frozenset(roots(text))
