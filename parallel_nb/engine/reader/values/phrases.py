"""Phrases behind a word of the question: `the currency is the euro`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parallel_nb.engine.reader.candidates import Candidate
from parallel_nb.engine.reader.language.names import Span, clean_value, without_determiner
from parallel_nb.engine.reader.language.vocabulary import STOP_ROOTS, roots_of, text_key
from parallel_nb.engine.reader.values.name_scores import role_fit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.reader.candidates import MatchedStatement, Token
    from parallel_nb.engine.reader.language.names import AnswerKind

_COPULA = re.compile(
    r"\s*(?:(?:is|are|was|were|has been|became|remains|being)\s+(?:now |still |also |currently |officially )?"
    r"(?:called |named |known as )?|:\s*|=\s*|called\s+|named\s+)"
)
#: Between a keyword and its copula: `the capital of the country is`.
_BEFORE_COPULA = re.compile(
    r"(?:\s(?:of|in|for|on)\s(?:the\s)?[^,;:.]{1,30}?)?(?=\s(?:is|are|was|were|has been|became)\s)|(?=\s?:)"
)
_PHRASE_END = re.compile(r"\s(?:and|which|who|that|where|since|until|in \d{4})\s")
_PHRASE = re.compile(r"(?P<phrase>[^,;:.()]{2,90})")


def behind_copula(
    matched: MatchedStatement, keywords: list[Token], kind: AnswerKind
) -> Iterator[Candidate]:
    """The phrase behind `keyword (of the subject) is|was`: `The currency is the euro`."""
    for keyword in keywords:
        tail = matched.text[keyword.end :]
        gap = _BEFORE_COPULA.match(tail)
        copula = _COPULA.match(tail, gap.end()) if gap else None
        phrase = _PHRASE.match(tail, copula.end()) if copula else None
        if phrase is None:
            continue
        value = without_determiner(clean_value(phrase["phrase"]))
        value = _PHRASE_END.split(value)[0].strip()
        if roots_of(value) - STOP_ROOTS - matched.keywords - matched.subject:
            start = keyword.end + phrase.start()
            fit = 0.6 if value[:1].isupper() or kind == "any" else 0.25
            fit *= role_fit(matched, Span(start, start + len(value), value))
            yield Candidate(value, text_key(value), fit, start, start + len(value))
