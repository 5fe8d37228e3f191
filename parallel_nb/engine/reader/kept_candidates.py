"""Candidates of statements, kept for the next rows of a table that ask for the same field.

Most of what is looked at for a row stands on pages on other things, which are the same for many
rows. Where neither the statement nor who is named on its page has a word of the subject, its
candidates are the same for any subject.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.reader.language.vocabulary import roots_of
from parallel_nb.engine.reader.whole import parties_of, people_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.candidates import Candidate, MatchedStatement
    from parallel_nb.engine.reader.request import RequestedField

#: Types of whose values all that is said above is true. Of yes, no and choices it is not, since
#: those have no place of their own in a statement; and lists are made for each question.
_KINDS: Final = frozenset({"str", "int", "float", "date"})
#: Statements whose candidates are kept, each for one field: those of three fields in some 450
#: pages that are read again and again, in about 20 MB.
_MOST: Final = 20_000


class _Look:
    """A look into a statement, equal to those that find the same."""

    __slots__ = ("_key", "find")

    def __init__(self, key: Hashable, find: Callable[[], Iterable[Candidate]]) -> None:
        self._key: Final = key
        #: Is called once; what it holds (the document) is not kept.
        self.find: Callable[[], Iterable[Candidate]] | None = find

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Look) and self._key == other._key


def kept_for_rows(
    field: RequestedField, find: Callable[[MatchedStatement], Iterable[Candidate]]
) -> Callable[[MatchedStatement], Iterable[Candidate]]:
    """Like `find`, which finds a field's candidates in a statement, but keeping what it finds."""
    if field.type.kind not in _KINDS:
        return find
    asked = _of_field(field)

    def look(matched: MatchedStatement) -> tuple[Candidate, ...]:
        statement, subject, document = matched.statement, matched.subject, matched.document
        is_named = not (
            subject.isdisjoint(statement.roots) and subject.isdisjoint(_named_on(document))
        )
        of_whom = subject if is_named else bool(subject)
        of_statement = (_of_page(document), statement.number, matched.by_label, matched.keywords)
        key = (asked, matched.question, matched.context, of_statement, of_whom, matched.day_first)
        return _found(_Look(key, lambda: find(matched)))

    return look


@lru_cache(maxsize=_MOST)
def _found(look: _Look) -> tuple[Candidate, ...]:
    found = tuple(look.find()) if look.find else ()
    look.find = None
    return found


@lru_cache(maxsize=1_000)
def _of_field(field: RequestedField) -> object:  # noqa: ARG001 - it is the key
    """Stands for a field, which takes longer to compare."""
    return object()


@lru_cache(maxsize=2_000)
def _of_page(document: Document) -> object:  # noqa: ARG001 - it is the key
    """Stands for a document, which would be kept for as long as any of its statements."""
    return object()


@lru_cache(maxsize=2_000)
def _named_on(document: Document) -> frozenset[str]:
    """The roots of the full names that a document has for its short ones."""
    names = (*people_of(document).values(), *parties_of(document).values())
    return frozenset[str]().union(*map(roots_of, names))
