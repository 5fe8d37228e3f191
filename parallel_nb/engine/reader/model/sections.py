"""What a model is shown: sections of the subject's own pages, the best for a field.

What is shown decides more than the model does: of the right passages, plain search showed a quarter
and sections of the subject's own pages, ranked by heading and text, nearly all (measured on pages
of a factbook).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, passages
from parallel_nb.engine.corpus.words import STOP_STEMS, root, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from parallel_nb.engine.corpus.documents import Document

#: Passages under one heading are joined up to this length, in characters.
_JOINED: Final = 700
#: A longer section is shown as far as this, in characters: a single line may be as long.
_LONGEST: Final = 2_000
#: A longer line above a table is no caption, in characters.
_LONGEST_CAPTION: Final = 150
#: Sections that one field is shown, and that all fields of one request share.
PER_FIELD: Final = 8
PER_REQUEST: Final = 16
#: Characters of all that is shown in one request: about 1,500 tokens.
MOST_SHOWN: Final = 6_000
#: Weight of a word in a heading or a table's head; in the text it has 1.
_IN_HEADING: Final = 2.0
#: How soon a word that comes again counts less, and how much a long section is held back; the
#: figures of BM25.
_SATURATION: Final = 1.2
_LENGTH_SHARE: Final = 0.5
_USUAL_WORDS: Final = 80
#: Bonus for how a document begins, which says what it is about.
_BEGINNING: Final = 0.3
#: Factor for a page that only mentions the subject.
_MENTIONS: Final = 0.6


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document that is shown and quoted as one."""

    document: Document
    #: Where it stands in the document's text, in characters.
    start: int
    end: int
    #: The headings above it, outermost first, joined by ` > `.
    heading: str
    #: Of the table that it is a part of: the line above it, and the row of its column heads.
    caption: str
    columns: str
    #: False where the document only mentions the subject.
    is_about: bool

    @property
    def text(self) -> str:
        """Verbatim."""
        return self.document.text[self.start : min(self.end, self.start + _LONGEST)]

    @property
    def place(self) -> tuple[str, int, int]:
        """Orders sections as they are shown: oldest document first, then as they stand."""
        return (self.document.date or "", self.document.id, self.start)

    @property
    def above(self) -> str:
        """What stands above the text: headings, a table's caption and its column heads."""
        return "\n".join(filter(None, (self.heading, self.caption, self.columns)))

    @property
    def head(self) -> str:
        """Of what belongs to a table, what its text does not repeat."""
        return "\n".join(
            part for part in (self.caption, self.columns) if part and part not in self.text
        )

    @property
    def frame(self) -> str:
        """The same with the document's title."""
        return f"{self.document.title}\n{self.above}"


@lru_cache(maxsize=2_000)
def sections_of(document: Document, *, is_about: bool) -> tuple[Section, ...]:
    """The sections of a document in their order; what stands under one heading is joined."""
    tables = _tables(document.text)
    found: list[Section] = []
    for passage in passages(document.text):
        caption = columns = ""
        if passage.kind == "table":
            caption, columns = next(
                ((c, h) for s, e, c, h in tables if s <= passage.start < e), ("", "")
            )
        last = found[-1] if found else None
        start = passage.start
        if (
            last is not None
            and last.heading == passage.heading
            and (last.columns == columns or not last.columns)
            and passage.end - last.start <= _JOINED
        ):
            start = found.pop().start
        found.append(
            Section(document, start, passage.end, passage.heading, caption, columns, is_about)
        )
    return tuple(found)


def _tables(text: str) -> list[tuple[int, int, str, str]]:
    """Start, end, caption and first row of every table of a text."""
    found = []
    for block in blocks(text):
        if block.kind != "table":
            continue
        before = text[: block.start].rstrip("\n").rsplit("\n", 1)[-1].strip()
        is_caption = before and len(before) <= _LONGEST_CAPTION and before[-1] not in ".!?|"
        caption = before if is_caption and not before.startswith("#") else ""
        first = text[block.start : block.end].split("\n", 1)[0].strip()
        found.append((block.start, block.end, caption, first))
    return found


def rank_sections(
    sections: Iterable[Section],
    question: frozenset[str],
    idf: Callable[[str], float],
) -> list[Section]:
    """The sections that bear on a question, best first.

    Args:
        sections: of the documents that are read.
        question: the stems of the field's words, without those of the subject's name.
        idf: how rare a stem is in the room.

    Returns:
        All sections; those without a word of the question come last, as they stand.
    """
    scored = [
        (_score(section, number == 0 or section.start == 0, question, idf), number, section)
        for number, section in enumerate(sections)
    ]
    scored.sort(key=lambda item: (-item[0], item[1]))
    return [section for _, _, section in scored]


def _score(
    section: Section,
    is_beginning: bool,  # noqa: FBT001 - of a private function
    question: frozenset[str],
    idf: Callable[[str], float],
) -> float:
    counts = _stem_counts(section.text)
    above = _stem_counts(section.above)
    length = sum(counts.values()) / _USUAL_WORDS
    held_back = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
    terms = []
    for stem in sorted(question):
        times = counts.get(stem, 0) + _IN_HEADING * (stem in above)
        terms.append(idf(stem) * times * (_SATURATION + 1) / (times + held_back))
    score = math.fsum(terms) + (_BEGINNING if is_beginning else 0.0)
    return score * (1.0 if section.is_about else _MENTIONS)


@lru_cache(maxsize=20_000)
def _stem_counts(text: str) -> Counter[str]:
    return Counter(stems(text))


def question_stems(text: str, subject: frozenset[str]) -> frozenset[str]:
    """The stems of a field's words that tell sections apart: no stop words, no subject's name."""
    found = frozenset(stems(text)) - STOP_STEMS
    return frozenset(stem for stem in found if root(stem) not in subject)


def share_sections(
    ranked: Sequence[Sequence[Section]], most: int = MOST_SHOWN
) -> list[tuple[list[int], list[Section]]]:
    """Have fields share what they are shown, so that a server can keep the prefix of a prompt.

    Args:
        ranked: for each field, its sections, best first.
        most: characters shown at most.

    Returns:
        Groups of fields, by number, with the sections that each group is shown, ordered oldest
        document first. Each field has its eight best among them, as far as the room goes.

    Examples:
        >>> share_sections([[], []])
        [([0, 1], [])]
    """
    groups: list[tuple[list[int], list[Section]]] = []
    for number, sections in enumerate(ranked):
        own = _within(sections, PER_FIELD, most)
        if groups:
            fields, shown = groups[-1]
            both = list(dict.fromkeys([*shown, *own]))
            if len(both) <= PER_REQUEST and _size(both) <= most:
                groups[-1] = ([*fields, number], both)
                continue
        groups.append(([number], own))
    return [(fields, sorted(shown, key=lambda s: s.place)) for fields, shown in groups]


def _within(sections: Sequence[Section], most_sections: int, most: int) -> list[Section]:
    chosen: list[Section] = []
    for section in sections[:most_sections]:
        if chosen and _size([*chosen, section]) > most:
            break
        chosen.append(section)
    return chosen


def _size(sections: Iterable[Section]) -> int:
    return sum(len(section.text) + len(section.frame) + 8 for section in sections)
