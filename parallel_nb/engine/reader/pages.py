"""A document as the reader sees it: facts (`label: value`) and sentences.

Facts come from labelled lines, from tables of two columns, and from the rows of wider
tables, whose first cell is the subject and whose column heads are the labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import LABELLED, blocks, lines, sentences
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.phrases import find_names, looks_like_person, without_origin
from parallel_nb.engine.reader.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block

_ITEM = re.compile(r"(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)\s]*\)")
_FOOTNOTE = re.compile(r"\[(?:\d+|\^[^\]]*)\]")
_SEPARATOR = re.compile(r"\|?[ :|-]*-[ :|-]*\|?$")
#: What a sentence says without the word for it: where a firm `is now`, it has its seat.
IDIOMS: Final = (
    (
        re.compile(r"\bis (?:now|still|today) (?:near |at )?in [A-Z]"),
        frozenset(roots("headquarters")),
    ),
)
_MAX_LABEL_WORDS: Final = 9
#: What explains a member of a list: `Raft - how the members agree`.
_MEMBER = re.compile(r"\s+[-\u2013\u2014]\s+|:\s+|\s*\(|,\s+(?=which\b|who\b|the\b|an?\b)")
_MAX_UNITS: Final = 4_000


@dataclass(frozen=True, slots=True)
class Unit:
    """One statement of a document; `text` is verbatim, `value` without Markdown signs."""

    number: int
    start: int
    end: int
    text: str
    heading: str
    #: Empty for a sentence.
    label: str
    #: The value of a fact; of a sentence, the sentence itself.
    value: str
    #: The first cell of a table row; empty where the page's own subject is meant.
    subject: str
    words: frozenset[str]
    label_words: tuple[str, ...]
    #: Words of the headings above it.
    above: frozenset[str]

    @property
    def is_fact(self) -> bool:
        """True for `label: value`."""
        return bool(self.label)


@dataclass(frozen=True, slots=True)
class Page:
    """A document with its statements in their order."""

    document: Document
    units: tuple[Unit, ...]
    title_words: frozenset[str]
    #: Bulleted lists as facts: what stands above is the label, the members are the value.
    lists: tuple[Unit, ...]


def clean(text: str) -> str:
    """Text without Markdown signs, links and footnote marks, on one line."""
    text = _LINK.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _MARKUP.sub("", text)
    return " ".join(text.split())


@lru_cache(maxsize=2_000)
def read_page(document: Document) -> Page:
    """Split a document into its statements."""
    units: list[Unit] = []
    lists: list[Unit] = []
    text = document.text
    last_line = ""
    for block in blocks(text):
        first = len(units)
        for start, end, label, value, subject in _statements(text, block):
            if len(units) >= _MAX_UNITS:
                break
            units.append(_unit(len(units), text, start, end, block.heading, label, value, subject))
        if block.kind == "list" and (listed := _listed(text, units[first:], last_line)):
            lists.append(listed)
        if len(units) > first:
            last_line = units[-1].value
    return Page(document, tuple(units), frozenset(roots(document.title)), tuple(lists))


@lru_cache(maxsize=2_000)
def people_of(document: Document) -> Mapping[str, str]:
    """The people whom a page names, by the last word of their names; empty where two share it."""
    named: dict[str, str] = {}
    for unit in read_page(document).units:
        for span in without_origin(find_names(unit.value)):
            if looks_like_person(span.text):
                last = span.text.rsplit(" ", maxsplit=1)[-1]
                # of `Marie Curie` and `Pierre Curie`, nobody can tell who Curie is
                named[last] = span.text if named.get(last, span.text) == span.text else ""
    return named


def _listed(text: str, units: list[Unit], before: str) -> Unit | None:
    """A bulleted list as one fact, if its members are names or phrases."""
    if len(units) < 2 or any(unit.label for unit in units):
        return None
    first, last = units[0], units[-1]
    label = before.rstrip(":") if before.endswith(":") else first.heading.rsplit(" > ", 1)[-1]
    items = [_MEMBER.split(unit.value, maxsplit=1)[0].strip(" .;,") for unit in units]
    if not label or any(not 0 < len(item.split()) <= _MAX_LABEL_WORDS for item in items):
        return None
    value = "; ".join(items)
    return _unit(first.number, text, first.start, last.end, first.heading, label, value, "")


def _unit(  # noqa: PLR0913, PLR0917 - the parts of a statement
    number: int,
    text: str,
    start: int,
    end: int,
    heading: str,
    label: str,
    value: str,
    subject: str,
) -> Unit:
    verbatim = text[start:end]
    words = frozenset(roots(f"{subject} {label} {value}"))
    if not label:
        words |= frozenset(w for pattern, says in IDIOMS if pattern.search(value) for w in says)
    above = frozenset(roots(heading))
    label_words = tuple(roots(label))
    return Unit(
        number, start, end, verbatim, heading, label, value, subject, words, label_words, above
    )


_Statement = tuple[int, int, str, str, str]


def _statements(text: str, block: Block) -> Iterator[_Statement]:
    """(start, end, label, value, subject) of each statement of a block."""
    if block.kind == "table":
        yield from _table(text, block)
    elif block.kind == "list":
        for start, end in lines(text, block.start, block.end):
            yield from _line(text, start, end)
    elif block.kind == "prose":
        for start, end in sentences(text, block.start, block.end):
            yield start, end, "", clean(text[start:end]), ""


def _line(text: str, start: int, end: int) -> Iterator[_Statement]:
    bare = text[start:end]
    if item := _ITEM.match(bare):
        bare = bare[item.end() :]
    found = LABELLED.match(bare)
    if found:
        label = clean(found["label"])
        if len(label.split()) <= _MAX_LABEL_WORDS:
            yield start, end, label, clean(found["value"]), ""
            return
    if clean(bare):
        for first, last in sentences(text, end - len(bare), end):
            yield first, last, "", clean(text[first:last]), ""


def _table(text: str, block: Block) -> Iterator[_Statement]:
    head: list[str] = []
    rows = list(lines(text, block.start, block.end))
    has_head = len(rows) > 1 and bool(_SEPARATOR.match(text[rows[1][0] : rows[1][1]]))
    for number, (start, end) in enumerate(rows):
        line = text[start:end]
        if _SEPARATOR.match(line):
            continue
        cells = [clean(cell) for cell in line.strip().strip("|").split("|")]
        if number == 0 and has_head:
            head = cells
        elif len(cells) == 2 and _is_plain_head(head):
            if cells[0] and cells[1]:
                yield start, end, cells[0], cells[1], ""
        else:
            for label, value in zip(head[1:], cells[1:], strict=False):
                if label and value and cells[0]:
                    yield start, end, label, value, cells[0]


_PLAIN_HEADS: Final = word_set(
    """
    property field fact item attribute key label what name feature detail value
    """
)


def _is_plain_head(head: list[str]) -> bool:
    """True when a table of two columns lists the page's own properties."""
    if not head or not any(head):
        return True
    return bool(set(" ".join(head).lower().split()) & _PLAIN_HEADS)
