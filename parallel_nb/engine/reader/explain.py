"""Why a value was given, in a sentence or two, and the passages that show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.places import place_of, scan_of
from parallel_nb.api.types import Citation, FieldBasis
from parallel_nb.engine.index.excerpts import choose_excerpts, score_passages
from parallel_nb.formats import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.candidates import Evidence
    from parallel_nb.engine.reader.context import ReadingContext
    from parallel_nb.engine.reader.decide import Decision
    from parallel_nb.engine.reader.request import RequestedField
    from parallel_nb.engine.reader.signals import Doubt

#: How many characters of a statement the reasoning quotes, and a citation.
_QUOTE_CHARS: Final = 160
EXCERPT_CHARS: Final = 500
#: How many of the documents that were read the reasoning names.
_NAMED_DOCUMENTS: Final = 3
_MAX_CITATIONS: Final = 5
_RANKS: Final = {"high": 2, "medium": 1, "low": 0}
#: Why a value is not called high, by the signal that it lacks (`support.Support`); `{}` stands for
#: the words or names that it is about.
_DOUBTS: Final = {
    "score": "the statement answers only in part",
    "lead": "another value is nearly as likely",
    "relevance": "the statement is worded otherwise than the question",
    "fit": "other values stand beside it",
    "own": "the statement may be about something else",
    "alone": "{} is named there as well",
    "noun": "it does not say {}",
    "qualified": "the page does not say {} of it",
    "described": "the page does not say {} of it",
    "coverage": "it does not have all the words of the question",
    "stated": "the sentence only plans or supposes it",
    "kind": "the value may be of another kind or unit",
    "labelled": "nothing else confirms it",
    "agreed": "nothing else confirms it",
    "undisputed": "the pages disagree",
    "typed": "a text may say more than the value",
}


def explain(reading: ReadingContext, field: RequestedField, decision: Decision) -> FieldBasis:
    """The basis of one field.

    Returns:
        Why the value was given, or why none was, with at most five documents cited: those that
        support the value first, then those that conflict with it.
    """
    reasoning = _why(field, decision) if decision.supporting else _why_not(reading, field, decision)
    cited = [*decision.supporting, *decision.conflicting][:_MAX_CITATIONS]
    citations = cite((item.document, excerpt_of(item), *_span_of(item)) for item in cited)
    return FieldBasis(field.path, reasoning, citations, decision.confidence)


def cite(
    passages: Iterable[tuple[Document, str] | tuple[Document, str, int, int]],
) -> list[Citation]:
    """One citation a place of a document, in the order of the passages, each passage once.

    Args:
        passages: of each its document, its text, and where in the document's text that stands
            which is cited; without it, the passage is looked for there.
    """
    by_place: dict[tuple[int, str], tuple[Document, dict[str, None]]] = {}
    for document, passage, *span in passages:
        start, end = span or (document.text.find(passage), 0)
        end = end or start + len(passage)
        url = document.url_of(start, end) if start >= 0 else document.url
        by_place.setdefault((document.id, url), (document, {}))[1][passage] = None
    return [
        Citation(url=url, title=document.title, excerpts=list(excerpts))
        for (_, url), (document, excerpts) in by_place.items()
    ]


def tell_scans(entries: Iterable[FieldBasis]) -> None:
    """Say of what rests on a scanned page that OCR has read it, in its reasoning.

    Where the page could not be read clearly, none is called high.
    """
    for entry in entries:
        url = entry.citations[0].url if entry.citations else ""
        if (scan := scan_of(url)) is None:
            continue
        told = f"{place_of(url)}: read by OCR"
        if scan == "unclear":
            told += ", which was not sure of it"
            entry.confidence = "medium" if entry.confidence == "high" else entry.confidence
        entry.reasoning = f"{entry.reasoning} ({told}.)"


def _span_of(item: Evidence) -> tuple[int, int]:
    """Where the value stands; the whole statement where it may stand in several places of it."""
    statement = item.statement
    value = statement.value[item.candidate.start : item.candidate.end]
    if value and statement.text.count(value) == 1:
        start = statement.start + statement.text.index(value)
        return start, start + len(value)
    return statement.start, statement.end


def merge_citations(citations: Iterable[Citation]) -> list[Citation]:
    """One citation a place, five at most, each excerpt once."""
    merged: dict[str, Citation] = {}
    for citation in citations:
        known = merged.setdefault(citation.url, Citation(citation.url, citation.title, []))
        excerpts = dict.fromkeys([*(known.excerpts or ()), *(citation.excerpts or ())])
        known.excerpts = list(excerpts)
    return list(merged.values())[:_MAX_CITATIONS]


def object_basis(path: str, entries: Sequence[FieldBasis]) -> FieldBasis:
    """The basis of an object, from those of the fields in it."""
    return FieldBasis(
        path,
        " ".join(f"{entry.field.rsplit('.', 1)[-1]}: {entry.reasoning}" for entry in entries),
        merge_citations(citation for entry in entries for citation in entry.citations),
        min(
            (entry.confidence or "low" for entry in entries), key=_RANKS.__getitem__, default="low"
        ),
    )


def excerpt_of(item: Evidence) -> str:
    """The statement verbatim; of a long one, the part around the value."""
    text = item.statement.text
    if len(text) <= EXCERPT_CHARS:
        return text
    position = text.find(item.statement.value[item.candidate.start : item.candidate.end])
    if position >= 0:
        start = max(0, position - EXCERPT_CHARS // 2)
        return text[start : start + EXCERPT_CHARS].strip()
    weights = dict.fromkeys(item.keywords, 1.0) | {str(item.candidate.value).lower(): 2.0}
    found = choose_excerpts(
        text,
        weights,
        max_chars=EXCERPT_CHARS,
        max_chars_per_excerpt=EXCERPT_CHARS,
        scored=score_passages(text, weights),
    )
    return found[0] if found else text[:EXCERPT_CHARS]


def _why(field: RequestedField, decision: Decision) -> str:
    best = decision.supporting[0]
    statement = f"{quoted(best.statement.text)} on {named(best.document)}"
    if decision.is_guess:
        return (
            f"No statement clearly answers {_question(field)}, which may not be null by its "
            f"schema. The likeliest is {statement}."
        )
    agreeing = len(decision.supporting)
    total = agreeing + len(decision.conflicting)
    if total == 1:
        agreement = "no other page that was read says anything on it."
    else:
        agreement = f"{agreeing} of {total} pages agree."
    text = f"{statement} matches {_question(field)}; {agreement}"
    if decision.doubt is not None:
        text += f" Confidence is {decision.confidence}: {_doubt(decision.doubt)}."
    if not decision.conflicting:
        return text
    other = decision.conflicting[0]
    is_older = other.date < best.date
    page = "The older page" if is_older else "The page"
    return f"{text} {page} {named(other.document)} says {shown(other.candidate.value)}."


def _doubt(doubt: Doubt) -> str:
    """Why the value is not called high, as the rest of a sentence."""
    joint = " and " if doubt.signal == "alone" else " or "
    reason = _DOUBTS[doubt.signal]
    if "{}" in reason and not doubt.said:
        reason = _DOUBTS["score"]
    return reason.format(joint.join(map(quoted, doubt.said)))


def _why_not(reading: ReadingContext, field: RequestedField, decision: Decision) -> str:
    about = f" about {quoted(reading.subject.name)}" if reading.subject.name else ""
    read = [source.document for source in reading.sources]
    if not read:
        return f"The documents do not say: none was found{about}."
    titles = ", ".join(quoted(document.title) for document in read[:_NAMED_DOCUMENTS])
    more = f" and {len(read) - _NAMED_DOCUMENTS} more" if len(read) > _NAMED_DOCUMENTS else ""
    text = (
        f"The documents do not say: no statement{about} answers {_question(field)} "
        f"(read: {titles}{more})."
    )
    if decision.nearest:
        nearest = decision.nearest[0]
        text += f" Nearest was {quoted(nearest.statement.text)} on {named(nearest.document)}."
    if not field.type.nullable:
        text += " The field may not be null by its schema; no value was invented for it."
    return text


def _question(field: RequestedField) -> str:
    return quoted(field.description or field.name_in_words)


def named(document: Document) -> str:
    """A document's title and date, for a sentence."""
    title = quoted(document.title)
    return f"{title} ({document.date})" if document.date else title


def quoted(text: str) -> str:
    """A text in quotation marks on one line, shortened."""
    line = " ".join(text.split()).removeprefix("- ").strip("| ")
    return f"'{shorten(line, _QUOTE_CHARS)}'"


def shown(value: Any) -> str:
    """A value as a sentence gives it."""
    if isinstance(value, str):
        return quoted(value)
    return shorten(json.dumps(value, ensure_ascii=False, default=str), _QUOTE_CHARS)
