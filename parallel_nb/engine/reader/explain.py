"""Why a value was given, in a sentence or two, and the passages that show it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.types import Citation, FieldBasis
from parallel_nb.engine.index.excerpts import choose_excerpts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.reader.context import Desk
    from parallel_nb.engine.reader.decide import Evidence, Verdict
    from parallel_nb.engine.reader.request import Ask

_QUOTE_CHARS: Final = 160
_EXCERPT_CHARS: Final = 500
_NAMED_PAGES: Final = 3
_MAX_CITATIONS: Final = 5


def basis_of(desk: Desk, ask: Ask, verdict: Verdict, path: str) -> FieldBasis:
    """The basis of one field."""
    reasoning = _why(ask, verdict) if verdict.support else _why_not(desk, ask, verdict)
    shown = [*verdict.support, *verdict.against][:_MAX_CITATIONS]
    return FieldBasis(
        field=path,
        reasoning=reasoning,
        citations=citations_of(shown),
        confidence=verdict.confidence,
    )


def citations_of(evidence: Iterable[Evidence]) -> list[Citation]:
    """One citation a document, with the verbatim passages that hold the values."""
    by_document: dict[int, tuple[Document, list[str]]] = {}
    for item in evidence:
        _, excerpts = by_document.setdefault(item.document.id, (item.document, []))
        excerpt = _excerpt(item)
        if excerpt not in excerpts:
            excerpts.append(excerpt)
    return [
        Citation(url=document.url, title=document.title, excerpts=excerpts)
        for document, excerpts in by_document.values()
    ]


def _excerpt(item: Evidence) -> str:
    text = item.unit.text
    if len(text) <= _EXCERPT_CHARS:
        return text
    value = item.candidate.value
    said = text.find(item.unit.value[item.candidate.start : item.candidate.end])
    if said >= 0:
        start = max(0, said - _EXCERPT_CHARS // 2)
        return text[start : start + _EXCERPT_CHARS].strip()
    weights = dict.fromkeys(item.words, 1.0) | {str(value).lower(): 2.0}
    size = _EXCERPT_CHARS
    found = choose_excerpts(text, weights, max_chars=size, max_chars_per_excerpt=size)
    return found[0] if found else text[:_EXCERPT_CHARS]


def _why(ask: Ask, verdict: Verdict) -> str:
    best = verdict.support[0]
    said = _wanted(ask)
    if verdict.guessed:
        return (
            f"No statement clearly answers {said}, which may not be null by its schema. "
            f"The likeliest is {_quoted(best.unit.text)} on {_page(best.document)}."
        )
    parts = [f"{_quoted(best.unit.text)} on {_page(best.document)} matches {said}"]
    pages = len(verdict.support) + len(verdict.against)
    if verdict.against:
        parts[0] += f"; {len(verdict.support)} of {pages} pages agree."
        other = verdict.against[0]
        value = _shown(other.candidate.value)
        older = (other.document.date or "") < (best.document.date or "")
        relation = "The older page" if older else "The page"
        parts.append(f"{relation} {_page(other.document)} says {value}.")
    elif pages > 1:
        parts[0] += f"; {pages} of {pages} pages agree."
    else:
        parts[0] += "; no other page that was read says anything on it."
    return " ".join(parts)


def _why_not(desk: Desk, ask: Ask, verdict: Verdict) -> str:
    wanted = _wanted(ask)
    read = [source.page.document for source in desk.sources]
    subject = f" about {_quoted(desk.subject.name)}" if desk.subject.name else ""
    if not read:
        return f"The documents do not say: none was found{subject}."
    pages = ", ".join(_quoted(d.title) for d in read[:_NAMED_PAGES])
    more = f" and {len(read) - _NAMED_PAGES} more" if len(read) > _NAMED_PAGES else ""
    text = (
        f"The documents do not say: no statement{subject} answers {wanted} (read: {pages}{more})."
    )
    if verdict.rest:
        nearest = verdict.rest[0]
        text += f" Nearest was {_quoted(nearest.unit.text)} on {_page(nearest.document)}."
    if not ask.type.nullable:
        text += " The field may not be null by its schema; no value was invented for it."
    return text


def _wanted(ask: Ask) -> str:
    return _quoted(ask.description or ask.words_of_name)


def _page(document: Document) -> str:
    return (
        f"{_quoted(document.title)} ({document.date})" if document.date else _quoted(document.title)
    )


def _quoted(text: str) -> str:
    bare = " ".join(text.split()).removeprefix("- ").strip("| ")
    if len(bare) > _QUOTE_CHARS:
        bare = bare[: _QUOTE_CHARS - 1].rsplit(" ", 1)[0] + "\u2026"
    return f"'{bare}'"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def join_citations(bases: Sequence[FieldBasis]) -> list[Citation]:
    """The citations of several entries, one a page."""
    joined: dict[str, Citation] = {}
    for citation in (c for basis in bases for c in basis.citations):
        if citation.url not in joined:
            joined[citation.url] = Citation(
                url=citation.url, title=citation.title, excerpts=list(citation.excerpts or ())
            )
        else:
            known = joined[citation.url].excerpts or []
            known += [e for e in citation.excerpts or () if e not in known]
    return list(joined.values())[:_MAX_CITATIONS]
