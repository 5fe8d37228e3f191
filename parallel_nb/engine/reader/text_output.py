"""Outputs without a schema: a text of quoted sentences, or a summary with the subject's facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.api.schema.fields import FieldType, OutputField, to_json_schema
from parallel_nb.api.types import FieldBasis, JsonObject
from parallel_nb.engine.corpus.dates import find_dates
from parallel_nb.engine.reader.explain import cite
from parallel_nb.engine.reader.language.names import find_names
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.question import build_question
from parallel_nb.engine.reader.relevance import best_coverage
from parallel_nb.engine.reader.subject import TRUST_EXACT
from parallel_nb.formats import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import ReadingContext, SourceDocument
    from parallel_nb.engine.reader.question import FieldQuestion
    from parallel_nb.engine.reader.statements import Statement

_Find = Callable[[str], Sequence[object]]
NO_ANSWER: Final = "The documents do not say."
#: Before what is said beside it, where a question asks for a reason and none is given.
NO_REASON: Final = "The documents do not say why."
#: What a question asks for by its first words, and what holds that in a sentence.
_ASKS_WHY = re.compile(
    r"\bwhy\b|\b(?:reasons?|causes?) (?:for|of)\b|\bwhat caused\b", re.IGNORECASE
)
_REASON = re.compile(
    r"\b(?:because|due to|owing to|owe[sd]?|so that|so as to|in order to|caused?|causes|reasons?"
    r"|therefore|thanks to|as a result|resulted from|since (?!\d|[A-Z])|led to)\b",
    re.IGNORECASE,
)
_HOLDS: Final[tuple[tuple[re.Pattern[str], _Find], ...]] = (
    (re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE), find_names),
    (re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day)\b", re.IGNORECASE), find_dates),
    (
        re.compile(r"\bhow (?:many|much|long|far|old|tall|big|large|fast)\b", re.IGNORECASE),
        find_numbers,
    ),
    (re.compile(r"\bwhere\b", re.IGNORECASE), find_names),
    (_ASKS_WHY, _REASON.findall),
)
#: What a sentence without the kind of answer that is asked for counts.
_OTHER_KIND: Final = 0.5
#: What the heading's words count beside a sentence's own.
_BY_HEADING: Final = 0.85
#: A sentence that answers less than this part of the best one is not quoted.
_PART_OF_BEST: Final = 0.4
#: A sentence with a lower score answers nothing.
_LEAST: Final = 0.12
#: Bonus for the first sentence of a document, which says what the document is about.
_FIRST_BONUS: Final = 0.15
#: The score of a document's first sentences where the question says nothing but the subject.
_INTRODUCTION: Final = 0.3
#: A sentence that shares more of its words with another one repeats it.
_REPEATS: Final = 0.7
#: The least scores of high and of medium confidence.
_HIGH, _MEDIUM = 0.75, 0.4
_LONGEST_NAME: Final = 40
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class _Quote(NamedTuple):
    """A statement that is quoted, with how well it answers."""

    score: float
    document: Document
    statement: Statement

    @property
    def text(self) -> str:
        """The statement as a sentence."""
        statement = self.statement
        text = f"{statement.label}: {statement.value}" if statement.is_fact else statement.value
        if statement.subject:
            text = f"{statement.subject}, {text}"
        return text if text.endswith((".", "!", "?")) else f"{text}."


def quote_answer(reading: ReadingContext) -> tuple[str, FieldBasis]:
    """Answer with the sentences that answer best, one to five by the processor.

    Returns:
        The sentences, each with the number of its document (`[1]`), and their basis, whose
        field is `output`; `NO_ANSWER` where no sentence answers.
    """
    quotes = _choose_quotes(reading)
    read = len(reading.sources)
    if not quotes:
        about = f" about {reading.subject.name!r}" if reading.subject.name else ""
        reasoning = (
            f"No sentence{about} in the {count(read, 'document')} that were read matches the "
            "question."
        )
        return NO_ANSWER, FieldBasis("output", reasoning, confidence="low")
    ids = list(dict.fromkeys(quote.document.id for quote in quotes))
    text = " ".join(f"{quote.text} [{ids.index(quote.document.id) + 1}]" for quote in quotes)
    asked = f"{reading.request.instruction} {reading.request.text}"
    is_unexplained = bool(_ASKS_WHY.search(asked)) and not any(
        _REASON.search(quote.text) for quote in quotes
    )
    if is_unexplained:
        text = f"{NO_REASON} {text}"
    citations = cite((quote.document, quote.statement.text) for quote in quotes)
    titles = ", ".join(repr(citation.title) for citation in citations)
    reasoning = (
        f"Quoted {count(len(quotes), 'sentence')} of {titles} that share most words with the "
        f"question, out of {count(read, 'document')} read."
    )
    best = 0.0 if is_unexplained else quotes[0].score
    confidence = "high" if best >= _HIGH else "medium" if best >= _MEDIUM else "low"
    return text, FieldBasis("output", reasoning, citations, confidence)


def summarize_subject(
    reading: ReadingContext,
) -> tuple[JsonObject, list[FieldBasis], JsonObject]:
    """Answer without a schema: a summary, and the facts that the subject's documents list.

    Returns:
        The content, its basis with one entry a field, and the JSON schema of the content.
    """
    summary, basis = quote_answer(reading)
    content: JsonObject = {"summary": summary}
    entries = [FieldBasis("summary", basis.reasoning, basis.citations, basis.confidence)]
    fields = [OutputField("summary", FieldType("str"), "What the documents say")]
    for source, fact in _facts(reading):
        name = _field_name(fact.label)
        if not name or name in content:
            continue
        if len(content) > reading.request.effort.facts:
            break
        content[name] = fact.value
        fields.append(OutputField(name, FieldType("str"), fact.label))
        reasoning = f"{source.document.title!r} lists it as {fact.label!r}."
        confidence = "high" if source.trust == TRUST_EXACT else "medium"
        citations = cite([(source.document, fact.text)])
        entries.append(FieldBasis(name, reasoning, citations, confidence))
    return content, entries, to_json_schema(fields)


def _choose_quotes(reading: ReadingContext) -> list[_Quote]:
    request, subject = reading.request, reading.subject
    texts = [request.instruction, request.text]
    question = build_question(texts, reading.index.idf, subject.words)
    holds = [find for words, find in _HOLDS if words.search(" ".join(texts))]
    quotes = []
    for source in reading.sources:
        for statement in source.content.statements:
            if not reading.concerns_subject(source, statement):
                continue
            share = _share(question, statement)
            if share and not all(find(statement.value) for find in holds):
                share *= _OTHER_KIND
            sure = source.trust_in(source.whose_is(statement))
            score = share * sure * source.referent_fit(statement, subject.words, question.words)
            if score >= _LEAST:
                quotes.append(_Quote(score, source.document, statement))
    most = request.effort.sentences
    if not quotes:
        return _introduction(reading, most) if subject.words and question.is_empty else []
    quotes.sort(key=lambda quote: (-quote.score, quote.document.id, quote.statement.number))
    chosen: list[_Quote] = []
    for quote in quotes:
        if len(chosen) >= most or quote.score < _PART_OF_BEST * quotes[0].score:
            break
        if not any(_repeats(quote.statement, other.statement) for other in chosen):
            chosen.append(quote)
    return chosen


def _share(question: FieldQuestion, statement: Statement) -> float:
    """How much of a question a statement covers, with the words of its heading."""
    share = best_coverage(question, statement.roots)
    if statement.section_roots:
        below = best_coverage(question, statement.roots | statement.section_roots)
        share = max(share, _BY_HEADING * below)
    return share + (_FIRST_BONUS if statement.number == 0 else 0.0)


def _introduction(reading: ReadingContext, most: int) -> list[_Quote]:
    """What a document about the subject begins with."""
    return [
        _Quote(_INTRODUCTION, source.document, statement)
        for source in reading.sources_about_subject[:1]
        for statement in source.content.statements[:most]
    ]


def _repeats(statement: Statement, other: Statement) -> bool:
    shorter = min(len(statement.roots), len(other.roots)) or 1
    return len(statement.roots & other.roots) / shorter > _REPEATS


def _facts(reading: ReadingContext) -> Iterator[tuple[SourceDocument, Statement]]:
    """The facts of the documents about the subject; those of a table's rows are left out."""
    for source in reading.sources if reading.subject.words else ():
        for statement in source.content.statements if source.is_about_subject else ():
            if statement.is_fact and not statement.subject:
                yield source, statement


def _field_name(label: str) -> str:
    """A label as a field's name; empty where none can be made of it."""
    name = _NOT_IN_NAMES.sub("_", label.lower()).strip("_")[:_LONGEST_NAME].strip("_")
    return name if name and not name[0].isdigit() else ""
