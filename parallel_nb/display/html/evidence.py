"""One value with what speaks for it: confidence, reasoning, citations, excerpts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.display.html.escape import NBSP, Html, clean, element, host_of, join, link
from parallel_nb.display.html.marking import holds, marked, pattern_of, value_needles, window
from parallel_nb.display.html.words import (
    VALUE_LIMIT,
    confidence_words,
    quiet,
    value_html,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.types import FieldBasis

_REASONING: Final = 700
_TITLE: Final = 120
_SHORT: Final = 24
#: Sources and excerpts shown for one value; the rest is counted.
MOST_SOURCES: Final = 4
MOST_EXCERPTS: Final = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One citation: address, title, the passages that were used."""

    url: str
    title: str | None = None
    excerpts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one row with its evidence."""

    value: Any
    confidence: str | None = None
    reasoning: str = ""
    sources: tuple[Source, ...] = ()

    @property
    def has_evidence(self) -> bool:
        """True when there is more to say than the value."""
        return bool(self.reasoning or self.sources)


def cell_of(name: str, value: Any, entries: Sequence[FieldBasis]) -> Cell:
    """Put a value together with its basis entries.

    A list may have an entry for itself and one for each element (`products.0`). The cell's
    confidence is that of the field's own entry, or else the worst of its elements.
    """
    if not entries:
        return Cell(value)
    entries = sorted(entries, key=lambda entry: entry.field != name)
    order = {"low": 0, "medium": 1, "high": 2}
    told = [entry.confidence for entry in entries if entry.confidence]
    if entries[0].field == name and entries[0].confidence:
        told = told[:1]
    confidence = min(told, key=lambda word: order.get(word, 0), default=None)
    sources: dict[str, Source] = {}
    for entry in entries:
        for citation in entry.citations:
            known = sources.get(citation.url)
            excerpts = dict.fromkeys(
                (*(known.excerpts if known else ()), *(citation.excerpts or ()))
            )
            title = (known.title if known else None) or citation.title
            sources[citation.url] = Source(citation.url, title, tuple(excerpts))
    reasoning = " ".join(dict.fromkeys(entry.reasoning for entry in entries if entry.reasoning))
    return Cell(value, confidence, reasoning, tuple(sources.values()))


def summary(cell: Cell) -> Html:
    """The value and its confidence as mark and word."""
    words = confidence_words(cell.confidence)
    if not words:
        return value_html(cell.value)
    # Mark and word stay on the line of the value's last word.
    mark, blank, word = words.partition(" ")
    said = element("small", mark, NBSP if blank else None, word, style="quiet")
    return join((value_html(cell.value), NBSP, said))


def evidence_html(cell: Cell) -> Html:
    """Reasoning and sources, excerpts with the value marked where it stands."""
    pattern = pattern_of(value_needles(cell.value))
    parts: list[Html | None] = []
    if cell.reasoning:
        parts.append(element("div", clean(cell.reasoning, _REASONING)))
    parts += [
        _source_html(source, pattern) for source in ranked(cell.sources, pattern)[:MOST_SOURCES]
    ]
    left = len(cell.sources) - MOST_SOURCES
    if left > 0:
        parts.append(element("div", quiet(f"and {left:,} more sources: job.basis")))
    if not cell.sources:
        parts.append(element("div", quiet("no source cited")))
    return element("div", *parts, style="evidence")


def ranked(sources: Sequence[Source], pattern: Any) -> list[Source]:
    """Sources in whose excerpts the value stands come first."""
    return sorted(sources, key=lambda source: not holds(source.excerpts, pattern))


def _source_html(source: Source, pattern: Any) -> Html:
    excerpts = sorted(source.excerpts, key=lambda excerpt: not holds([excerpt], pattern))
    return element(
        "div",
        link(source.url, source.title or "", _TITLE),
        " ",
        quiet(host_of(source.url)),
        *(
            element("div", marked(excerpt, pattern), style="para")
            for excerpt in excerpts[:MOST_EXCERPTS]
        ),
        style="cite",
    )


def cell_html(cell: Cell, *, with_evidence: bool = True) -> Html:
    """The value; opened, what speaks for it."""
    if not with_evidence or not cell.has_evidence:
        return summary(cell)
    # A short value is not broken: squeezed, its triangle would stand on a line of its own.
    short = len(value_text(cell.value)) <= _SHORT
    return element(
        "details",
        element("summary", summary(cell), style="kept" if short else None),
        evidence_html(cell),
    )


def cell_text(name: str, cell: Cell, limit: int = VALUE_LIMIT) -> str:
    """`founded: 1970 (low)`."""
    confidence = f" ({clean(cell.confidence, 20)})" if cell.confidence else ""
    return f"{clean(name, 60)}: {value_text(cell.value, limit)}{confidence}"


def evidence_lines(cell: Cell, indent: str = "    ") -> list[str]:
    """Reasoning and sources as lines of text."""
    pattern = pattern_of(value_needles(cell.value))
    lines = [f"{indent}{clean(cell.reasoning, _REASONING)}"] if cell.reasoning else []
    for source in ranked(cell.sources, pattern)[:MOST_SOURCES]:
        title = clean(source.title or "", _TITLE)
        lines.append(f"{indent}{title + ' ' if title else ''}<{clean(source.url, 200)}>")
        lines += [
            f"{indent}  “{window(excerpt, pattern, 200)}”"
            for excerpt in sorted(source.excerpts, key=lambda e: not holds([e], pattern))[:1]
        ]
    left = len(cell.sources) - MOST_SOURCES
    return [*lines, f"{indent}and {left:,} more sources"] if left > 0 else lines
