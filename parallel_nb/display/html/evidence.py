"""One value with its evidence: confidence, reasoning, cited sources and their excerpts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.api.places import place_of
from parallel_nb.display.html.escape import (
    NBSP,
    Html,
    clean,
    element,
    host_of,
    join,
    link,
    muted,
)
from parallel_nb.display.html.highlight import (
    any_match,
    excerpt_around,
    highlight,
    pattern_for,
    value_forms,
)
from parallel_nb.display.html.values import (
    VALUE_LIMIT,
    confidence_words,
    is_null,
    value_text,
)
from parallel_nb.formats import count

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

    from parallel_nb.api.types import FieldBasis

_REASONING: Final = 700
_TITLE: Final = 120
_SHORT: Final = 24
#: Sources and excerpts shown for one value; the rest is counted.
MOST_SOURCES: Final = 4
MOST_EXCERPTS: Final = 2


@dataclass(frozen=True, slots=True)
class CitedSource:
    """One page that is cited for a value: address, title, the passages that were used."""

    url: str
    title: str | None = None
    excerpts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one row with its evidence."""

    value: Any
    confidence: str | None = None
    reasoning: str = ""
    sources: tuple[CitedSource, ...] = ()
    #: What stands for a value that nobody has looked for; "" where the value stands for itself.
    absent: str = ""

    def text(self, limit: int = VALUE_LIMIT) -> str:
        """The value in a person's words, in at most `limit` characters."""
        return self.absent or value_text(self.value, limit)

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
    confidences = [entry.confidence for entry in entries if entry.confidence]
    if entries[0].field == name and entries[0].confidence:
        confidences = confidences[:1]
    confidence = min(confidences, key=lambda word: order.get(word, 0), default=None)
    sources: dict[str, CitedSource] = {}
    for entry in entries:
        for citation in entry.citations:
            known = sources.get(citation.url)
            excerpts = dict.fromkeys(
                (*(known.excerpts if known else ()), *(citation.excerpts or ()))
            )
            title = (known.title if known else None) or citation.title
            sources[citation.url] = CitedSource(citation.url, title, tuple(excerpts))
    reasoning = " ".join(dict.fromkeys(entry.reasoning for entry in entries if entry.reasoning))
    return Cell(value, confidence, reasoning, tuple(sources.values()))


def value_with_confidence(cell: Cell) -> Html:
    """The value, and its confidence as mark and word."""
    words = confidence_words(cell.confidence)
    if not words:
        return _value_html(cell)
    # Mark and word stay on the line of the value's last word.
    mark, blank, word = words.partition(" ")
    confidence = element("small", mark, NBSP if blank else None, word, style="muted")
    return join((_value_html(cell), NBSP, confidence))


def _value_html(cell: Cell) -> Html:
    """The value; what stands for none is in italics."""
    return element("em" if is_null(cell.value) else "span", cell.text())


def evidence_html(cell: Cell) -> Html:
    """Reasoning and sources; in the excerpts the value is marked."""
    pattern = pattern_for(value_forms(cell.value))
    parts: list[Html | None] = []
    if cell.reasoning:
        parts.append(element("div", clean(cell.reasoning, _REASONING)))
    parts += [
        _source_html(source, pattern) for source in ranked(cell.sources, pattern)[:MOST_SOURCES]
    ]
    left = len(cell.sources) - MOST_SOURCES
    if left > 0:
        parts.append(element("div", muted(f"and {count(left, 'more source')}: job.basis")))
    if not cell.sources:
        parts.append(element("div", muted("no source cited")))
    return element("div", *parts, style="evidence")


def ranked(sources: Sequence[CitedSource], pattern: re.Pattern[str] | None) -> list[CitedSource]:
    """Sources in whose excerpts the value stands come first."""
    return sorted(sources, key=lambda source: not any_match(source.excerpts, pattern))


def _source_html(source: CitedSource, pattern: re.Pattern[str] | None) -> Html:
    excerpts = sorted(source.excerpts, key=lambda excerpt: not any_match([excerpt], pattern))
    return element(
        "div",
        link(source.url, source.title or "", _TITLE),
        " ",
        muted(host_of(source.url), place_of(source.url) or ""),
        *(
            element("div", highlight(excerpt, pattern), style="para")
            for excerpt in excerpts[:MOST_EXCERPTS]
        ),
        style="cite",
    )


def cell_html(cell: Cell, *, with_evidence: bool = True) -> Html:
    """The value, which opens to its evidence where there is any."""
    if not with_evidence or not cell.has_evidence:
        return value_with_confidence(cell)
    # A short value is not broken: squeezed, its triangle would stand on a line of its own.
    short = len(cell.text()) <= _SHORT
    return element(
        "details",
        element("summary", value_with_confidence(cell), style="kept" if short else None),
        evidence_html(cell),
    )


def cell_text(name: str, cell: Cell, limit: int = VALUE_LIMIT) -> str:
    """The value with its name, on a line of text: `founded: 1970 (low)`."""
    confidence = f" ({clean(cell.confidence, 20)})" if cell.confidence else ""
    return f"{clean(name, 60)}: {cell.text(limit)}{confidence}"


def evidence_lines(cell: Cell) -> list[str]:
    """Reasoning and sources as lines of text."""
    pattern = pattern_for(value_forms(cell.value))
    lines = [f"    {clean(cell.reasoning, _REASONING)}"] if cell.reasoning else []
    for source in ranked(cell.sources, pattern)[:MOST_SOURCES]:
        title = clean(source.title or "", _TITLE)
        lines.append(f"    {title + ' ' if title else ''}<{clean(source.url, 200)}>")
        lines += [
            f"      “{excerpt_around(excerpt, pattern, 200)}”"
            for excerpt in sorted(source.excerpts, key=lambda e: not any_match([e], pattern))[:1]
        ]
    left = len(cell.sources) - MOST_SOURCES
    return [*lines, f"    and {count(left, 'more source')}"] if left > 0 else lines
