"""Candidates: the values that a statement offers for a field, and the evidence made of them.

Two figures tell how good a candidate is, both from 0 to 1. Its *fit* says how well its type,
unit and position in the statement suit the question (this module and `values`). The
*relevance* says how well the statement as a whole bears on the question (`relevance`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.reader.language.grammar import plain_clause
from parallel_nb.engine.reader.language.names import answer_kind
from parallel_nb.engine.reader.language.vocabulary import roots, roots_of
from parallel_nb.engine.reader.whole import parties_of, people_of

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.language.names import AnswerKind
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.scope import Whose
    from parallel_nb.engine.reader.statements import Statement

#: Evidence with a lower score answers nothing.
ANSWER_BELOW: Final = 0.2
_TOKEN = re.compile(r"[^\W_]+(?:\+\+|#)?")
#: How many words a comma or conjunction, and a clause, between value and keyword stand for.
_BARRIER: Final = 2.0
_CLAUSE: Final = 6.0
#: At this distance in words, the influence of a keyword has fallen to 1/e.
_REACH: Final = 6.0
#: Words that belong to what follows them, not to what stands before.
_BOUND_TO_NEXT: Final = frozenset({"since", "until", "from", "by", "in", "to", "till"})
#: A value that begins later than this in a fact, in characters, is an addition to it.
_FACT_LEAD: Final = 8
_CLAUSE_END = re.compile(r"[;:,]\s|\sbut\s")
_SENTENCE_END = re.compile(r"[;:]\s|\.\s")
_AT_FIRST = re.compile(
    r"\b(?:at first|originally|initially|formerly|in the beginning)\b", re.IGNORECASE
)
_ASKS_FOR_FORMER = re.compile(
    r"\b(?:first|original|former|initial|earl|begin|began|old|previous)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that stands in a statement."""

    value: Any
    #: Equal for values that mean the same.
    key: Hashable
    #: From 0 to 1.
    fit: float
    #: Where it stands in the statement's `value`, in characters.
    start: int
    end: int
    #: False where the sentence says it of another thing than the subject: then it proves
    #: nothing that it is the only value of its type there.
    of_subject: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """A candidate where it stands, with its score."""

    document: Document
    statement: Statement
    candidate: Candidate
    #: From 0 to 1: relevance of the statement, fit of the value, trust in the document.
    score: float
    relevance: float
    #: How sure it is that the statement is about the subject, and by what.
    whose: Whose
    #: The same, as far as its document is trusted.
    trust: float
    #: Roots of the statement that matched the question.
    keywords: frozenset[str]
    #: True where the fact's label answers.
    by_label: bool = False
    #: The share of the question's words that stand there.
    coverage: float = 1.0
    #: The type of the field: `bool`, `str`.
    kind: str = ""

    @property
    def at(self) -> tuple[int, int]:
        """Where it stands: the number of its document, and of the statement in that."""
        return self.document.id, self.statement.number

    @property
    def date(self) -> str:
        """That of its document, as `YYYY-MM-DD`; empty where it has none."""
        return self.document.date or ""

    @property
    def around(self) -> frozenset[str]:
        """The roots that stand in the statement, its row, above it, in the title or as the date."""
        statement, document = self.statement, self.document
        above = statement.section_roots | statement.heading_roots
        page = roots_of(f"{document.title} {document.date or ''}")
        return statement.roots | statement.whole_row_roots | above | page


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, as its root, and where it stands in characters."""

    root: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MatchedStatement:
    """A statement that bears on a field's question, in which values are looked for."""

    field: RequestedField
    statement: Statement
    #: Roots of the statement that matched the question.
    keywords: frozenset[str]
    #: Roots of the subject's name.
    subject: frozenset[str]
    #: The field's name and description in words.
    question: str
    document: Document
    #: True where the fact's label answers, so that its whole value is the answer.
    by_label: bool = True
    #: Roots of what the input says beside the subject's name.
    context: frozenset[str] = frozenset()
    #: How many the sentence before says that there are, and how well it bears on the question.
    announced: tuple[frozenset[int], float] = (frozenset(), 0.0)
    #: Whether the documents that are read write the day before the month; None where none tells.
    day_first: bool | None = None

    @property
    def people(self) -> Mapping[str, str]:
        """The people whom the document names, by the last words of their names."""
        return people_of(self.document)

    @property
    def parties(self) -> Mapping[str, str]:
        """The names for which the document defines a word."""
        return parties_of(self.document)

    @property
    def answer_kind(self) -> AnswerKind:
        """What kind of text the question asks for: a person, a place, ..."""
        return answer_kind(self.field.plain_description, self.field.name_in_words)

    @property
    def text(self) -> str:
        """The fact's value, or the sentence."""
        return self.statement.value


@lru_cache(maxsize=5_000)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in their order.

    Examples:
        >>> [token.root for token in tokens("Founders, C++")]
        ['found', 'c++']
    """
    return tuple(
        Token((roots(match[0]) or [""])[0], match.start(), match.end())
        for match in _TOKEN.finditer(text)
    )


def keyword_tokens(matched: MatchedStatement) -> list[Token]:
    """Where the question's words stand in the statement."""
    return [token for token in tokens(matched.text) if token.root in matched.keywords]


def position_fit(
    matched: MatchedStatement, start: int, end: int, order: int, keywords: Collection[Token]
) -> float:
    """How well a number or date fits by where it stands.

    Args:
        matched: the statement.
        start: where the value begins in it, in characters.
        end: where it ends.
        order: its place among the statement's values of that type, from 0.
        keywords: the question's words in a sentence; a fact is looked through anew.

    Returns:
        From 0 to 1. In a fact, the first value counts most; in a sentence, the one that
        stands nearest to the question's words.
    """
    text = matched.text
    if not matched.statement.is_fact:
        return 0.25 + 0.75 * proximity(text, start, end, keywords)
    fit = 1.0 if order == 0 else 0.75 / order
    if in_parentheses(text, start):
        fit *= 0.6
    if start > _FACT_LEAD:
        fit *= 0.8
    # `3.7 million (2024), of them 1.2 million abroad`, where those abroad are asked for
    in_fact = keyword_tokens(matched)
    return max(fit, 0.9 * proximity(text, start, end, in_fact)) if in_fact else fit


def is_former(text: str, start: int, question: str) -> bool:
    """True for what a clause says to have been so at first, where that is not asked for."""
    clause = _CLAUSE_END.split(text[:start])[-1]
    sentence = _SENTENCE_END.split(text[:start])[-1]
    at_first = _AT_FIRST.search(clause) or _AT_FIRST.match(sentence.strip())
    return bool(at_first) and not _ASKS_FOR_FORMER.search(question)


def proximity(text: str, start: int, end: int, keywords: Collection[Token]) -> float:
    """How near `text[start:end]` stands to the question's words, from 0 to 1."""
    near = [math.exp(-_distance(text, start, end, keyword) / _REACH) for keyword in keywords]
    if not near:
        return 0.3
    return 0.45 * max(near) + 0.55 * sum(near) / len(near)


def _distance(text: str, start: int, end: int, keyword: Token) -> float:
    """The distance between a value and a keyword in words, barriers counted in."""
    if keyword.end <= start:
        between = text[keyword.end : start]
    elif keyword.start >= end:
        between = text[end : keyword.start]
        if text[keyword.start : keyword.end].lower() in _BOUND_TO_NEXT:
            return _CLAUSE + between.count(" ")
    else:
        return 0.0
    between = plain_clause(between)
    words = between.count(" ")
    barriers = between.count(",") + between.count(" and ") + between.count(" but ")
    clauses = (
        between.count(";") + between.count(":") + between.count(" which ") + between.count(". ")
    )
    return words + _BARRIER * barriers + _CLAUSE * clauses


def in_parentheses(text: str, position: int) -> bool:
    """True when a position of a text stands within parentheses."""
    return text.count("(", 0, position) > text.count(")", 0, position)
