"""Phrases beside a word of the question: `the currency is the euro`, `approved by the head`."""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.corpus.words import STOPWORDS, word_set
from parallel_nb.engine.reader.candidates import Candidate, proximity
from parallel_nb.engine.reader.language.grammar import plain_clause
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
#: A phrase that begins so is no name of a thing.
_NO_PHRASE = re.compile(r"(?:neither|not|no|none|put|said|to be|so|too|at|also)\b")
_PHRASE_END = re.compile(r"\s(?:and|which|who|that|where|since|until|in \d{4})\s")
_BY_ROLE = re.compile(
    r" by (?:the |an? |its )(?P<role>[a-z][a-z-]{2,20}(?: [a-z-]{2,20}){0,4}?)"
    r"(?=[.,;]|$| (?:if|when|before|after|in|on|for|within|and|at)\b)"
)
_NAMED_BEHIND = re.compile(r", [A-Z]")
_PHRASE = re.compile(r"(?P<phrase>[^,;:.()]{2,90})")
#: The common noun with which a clause begins.
_CLAUSE_NOUN = re.compile(
    r"(?:^|(?<=[,;] )|(?<=and ))[Tt]he (?P<noun>[a-z]{3,}(?: [a-z]{4,})?)(?=,| is )"
)
#: A word, and the little words and signs that part phrases.
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019/&.][^\W_]+)*")
_LITTLE: Final = STOPWORDS | word_set(
    "also however still already once only just now often always never usually mainly well may must shall might"
    " against within without until since upon among across along around behind below above beside near via"
    " take takes use uses make makes give gives need needs get gets keep keeps want wants bring brings"
    " every another either neither nor few many much several whose because although though unless there here please"
)
#: Little words that are a part of the phrase behind them: `every two months`; and whether that is
#: none without.
_QUANTIFIERS: Final = {"every": True, "each": True, "any": False}
#: Behind these stands a verb: `please use the side door`.
_BEFORE_VERB: Final = word_set("to please must shall should will would can could may might not")
#: What may stand between the parts of one phrase, and how many parts it has at most.
_JOINS = re.compile(
    r" (?:of|for|in|on|with|to|from|by|and|at|under|over|against|behind|before|after|between|near|without|within|per)"
    r" (?:(?:the|an?|its|our|their|his|her) )?"
)
_PARTS: Final = 4
_PARTICIPLE: Final = (
    r"\w{2,}ed|sent|spent|lent|built|held|paid|kept|set|put|met|left|lost|won|run|known|shown|drawn|grown|worn|done|gone|given|taken|made|found"
    r"|bought|sold|told|said|seen|written|chosen|begun|led|felt|let|cut"
)
_IS_PARTICIPLE = re.compile(_PARTICIPLE)
_MAY_BE_VERB = re.compile(rf"(?:{_PARTICIPLE}|.*(?:[^s]s|ing|en|ew|ought|ade|old))")
#: Factors for a phrase that begins or ends with a participle, and for each further part.
_VERBAL, _LONGER = 0.5, 0.95
#: Clauses that say what or why, and what is to be done; the last words may only say when.
_CLAUSE = re.compile(
    r"\b(?:(?:that|because)|(?P<do>please|must|should|shall|(?:is|are|has|have) to))\s(?P<clause>[a-z][^,;.()]{6,120})"
)
_LAST_WORDS = re.compile(r".{6,}(?= (?:during|on|in|at|for|since|until|by|to|from) )")
_MOST_CLAUSES: Final = 2
_CLAUSE_FIT: Final = 0.2
#: Words and characters of a phrase; how much of a text is looked through, in characters and in
#: phrases; how many are given, and how well each fits.
_LONG, _CHARS = 6, 90
_LOOKED_AT, _MOST_SPANS = 1_000, 80
_MOST_PHRASES: Final = 10
_PLAIN_FIT: Final = 0.28
_IS_THE = re.compile(
    r",? (?:is |was )?(?:still |now |also )?(?:the|its|one of (?:the )?\w+) (?:[a-z]+ ){0,2}(?:of [^,.;]{1,30})?"
)


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
        if _NO_PHRASE.match(value):
            continue
        value = _PHRASE_END.split(value)[0].strip()
        if roots_of(value) - STOP_ROOTS - matched.keywords - matched.subject:
            start = keyword.end + phrase.start()
            fit = 0.6 if value[:1].isupper() or kind == "any" else 0.25
            fit *= role_fit(matched, Span(start, start + len(value), value))
            yield Candidate(value, text_key(value), fit, start, start + len(value))


def by_role(matched: MatchedStatement, keywords: list[Token]) -> Iterator[Candidate]:
    """Who does it, by a role: `approved by the head of department`."""
    for keyword in keywords:
        found = _BY_ROLE.match(matched.text, keyword.end)
        if found and not _NAMED_BEHIND.match(matched.text, found.end()):
            role = found["role"]
            yield Candidate(role, text_key(role), 0.8, found.start("role"), found.end("role"))


def before_copula(matched: MatchedStatement, keywords: list[Token]) -> Iterator[Candidate]:
    """The common noun that a clause begins with: `The rupiah is the currency`."""
    text = matched.text
    for found in _CLAUSE_NOUN.finditer(text):
        noun = found["noun"]
        if roots_of(noun) <= matched.keywords:
            continue
        for keyword in keywords:
            if keyword.start <= found.end():
                continue
            if _IS_THE.fullmatch(plain_clause(text[found.end("noun") : keyword.start])):
                yield Candidate(noun, text_key(noun), 0.65, found.start("noun"), found.end("noun"))


def plain_phrases(matched: MatchedStatement, keywords: list[Token]) -> Iterator[Candidate]:
    """The noun phrases of a sentence: of `gloves of nitrile rubber are worn`, nitrile rubber.

    What a phrase is is told by what stands around it alone: it begins behind a little word, a sign
    or a word that may be a verb, and ends before one; another may follow behind `of` and the like.
    The nearest to the question's words are given, each with little fit: they are answers where the
    ranker finds that they are.
    """
    text = matched.text[:_LOOKED_AT]
    spans = dict(islice(phrase_spans(text), _MOST_SPANS))
    found = [
        (fit * (0.25 + 0.75 * proximity(text, start, end, keywords)), start, end)
        for (start, end), fit in spans.items()
    ]
    found.sort(key=lambda item: -item[0])
    for fit, start, end in found[:_MOST_PHRASES]:
        value = text[start:end]
        if roots_of(value) - STOP_ROOTS - matched.keywords - matched.subject:
            yield Candidate(value, text_key(value), _PLAIN_FIT * fit, start, end)


def plain_clauses(matched: MatchedStatement) -> Iterator[Candidate]:
    """What a sentence gives as a reason, a condition or a duty: `a condition that the bank agrees`."""
    text = matched.text[:_LOOKED_AT]
    for found in islice(_CLAUSE.finditer(text), _MOST_CLAUSES):
        start, clause = found.start("clause"), found["clause"].strip()
        shorter = _LAST_WORDS.match(clause)
        for value in dict.fromkeys((clause, shorter[0] if shorter else clause)):
            yield Candidate(value, text_key(value), _CLAUSE_FIT, start, start + len(value))


class _Run(NamedTuple):
    """Words between two little words or signs."""

    words: list[re.Match[str]]
    #: The little word before them; empty behind a sign.
    lead: str
    #: Where a quantifier before them begins; None where there is none.
    quantifier: int | None


def _runs_of(text: str) -> list[_Run]:
    runs = [_Run([], "", None)]
    for word in _WORD.finditer(text):
        lower, last = word[0].lower(), runs[-1].words
        if lower in _LITTLE:
            runs.append(_Run([], lower, word.start() if lower in _QUANTIFIERS else None))
        elif last and text[last[-1].end() : word.start()].strip():
            runs.append(_Run([word], "", None))
        else:
            last.append(word)
    return [run for run in runs if run.words]


def phrase_spans(text: str) -> Iterator[tuple[tuple[int, int], float]]:
    """Where the noun phrases of a text stand, and how much each looks like one, from 0 to 1."""
    parts = _runs_of(text)
    for number, (run, lead, quantifier) in enumerate(parts):
        ends = _ends_of(text, [part.words for part in parts[number : number + _PARTS]])
        for place, word in enumerate(run):
            is_behind_verb = bool(place) and (
                _MAY_BE_VERB.fullmatch(run[place - 1][0]) or (place == 1 and lead in _BEFORE_VERB)
            )
            if place and not (is_behind_verb and len(run) - place <= _LONG):
                continue
            starts = [word.start()]
            if quantifier is not None and not place:
                starts = [quantifier] if _QUANTIFIERS[lead] else [quantifier, word.start()]
            verbal = _VERBAL if _IS_PARTICIPLE.fullmatch(word[0]) else 1.0
            for start in starts:
                for end, fit in ends:
                    if word.end() <= end <= start + _CHARS:
                        yield (start, end), verbal * fit


def _ends_of(text: str, runs: list[list[re.Match[str]]]) -> list[tuple[int, float]]:
    """Where a phrase may end that begins in the first of some runs, and how much it is one then."""
    ends: list[tuple[int, float]] = []
    fit = 1.0
    for number, run in enumerate(runs):
        if number and not _JOINS.fullmatch(text, runs[number - 1][-1].end(), run[0].start()):
            break
        is_verbal = bool(_IS_PARTICIPLE.fullmatch(run[-1][0]))
        if is_verbal and len(run) > 1:
            ends.append((run[-2].end(), fit))
        ends.append((run[-1].end(), fit * (_VERBAL if is_verbal else 1.0)))
        fit *= _LONGER
    return ends
