"""A document as the reader sees it: facts (`label: value`) and sentences.

Facts come from labelled lines, from headings with their text below, from tables of two columns,
and from the rows of wider tables, whose first cell is the subject and whose column heads are
the labels. What stands over a statement (its section, the caption of its table) is part of its
label; the unit of a caption or head is part of its value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from sys import maxsize
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, lines
from parallel_nb.engine.reader.language.vocabulary import roots, roots_of
from parallel_nb.engine.reader.parts import Parts, clean, is_separator, parts_of_block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block

#: Idioms, with the roots of what they mean: where a firm `is now`, it has its headquarters; what
#: runs `from` a day begins then, and what runs `for` some years has that term.
_IDIOMS: Final = tuple(
    (re.compile(pattern), frozenset(roots(meaning)))
    for pattern, meaning in (
        (r"\bis (?:now|still|today) (?:near |at )?in [A-Z]", "headquarters"),
        (r"\b(?:from|commencing|starting|effect)(?: on| from)? (?:\d|[A-Z][a-z]{2,8} \d)", "begin"),
        (r"\b(?:until|expir\w{1,4} on|ends? on) (?:\d|[A-Z][a-z]{2,8} \d)", "end"),
        (r"\b(?:runs?|lasts?|continues?) for \w", "term duration"),
    )
)
MAX_ITEM_WORDS: Final = 9
#: A longer line before a table is no caption, in characters.
_LONGEST_CAPTION: Final = 160
__all__ = ["DocumentStatements", "Statement", "clean", "read_parts", "read_statements"]

#: The beginning of an explanation in a list: `Raft - how the members agree`.
_MEMBER = re.compile(r"\s[-\u2013\u2014]\s|:\s|\s?\(|,\s(?=which\b|who\b|the\b|an?\b)")
#: The most statements of one document that are read whatever is asked; of a longer one, also those
#: are that bear on the question.
_MAX_STATEMENTS: Final = 4_000
#: The number of a section, before its heading.
_NUMBERED = re.compile(r"^(?:\d{1,3}\.){0,4}\d{0,3}[.)]?\s+")
#: A year, or a quarter or half of one.
_PERIOD = re.compile(r"\b(?:([QH][1-4])[ /-]?)?((?:1[89]|20)\d\d)(?:[ /-]?([QH][1-4]))?\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact (`label: value`) or a sentence of a document."""

    #: Its number in the document, from 0; of a list, below 0.
    number: int
    #: Where it stands in the document's text, in characters.
    start: int
    end: int
    #: Verbatim.
    text: str
    #: Empty for a sentence.
    label: str
    #: The value of a fact, or the sentence, without Markdown signs; of a table's cell with its
    #: unit.
    value: str
    #: The first cell of a table row; empty where the document's own subject is meant.
    subject: str
    #: Of subject, label and value.
    roots: frozenset[str]
    label_roots: tuple[str, ...]
    #: Of the row's subject.
    row_roots: frozenset[str]
    #: The heading just above it, the caption of its table, the topic of its item.
    section: str
    section_roots: frozenset[str]
    #: The headings above it, outermost first, joined by ` > `.
    heading: str
    heading_roots: frozenset[str]
    #: True where the document gives the same for a later year.
    is_superseded: bool = False

    @property
    def is_fact(self) -> bool:
        """True for `label: value`."""
        return bool(self.label)

    @property
    def whole_row_roots(self) -> frozenset[str]:
        """Of a table row: the roots of all its cells; else empty."""
        return roots_of(self.text) if self.subject else frozenset()


@dataclass(frozen=True, slots=True)
class DocumentStatements:
    """What a document states."""

    document: Document
    #: In their order.
    statements: tuple[Statement, ...]
    title_roots: frozenset[str]
    #: Bulleted lists as facts: what stands above is the label, the members are the value.
    lists: tuple[Statement, ...]
    #: False where there are more, of which `read_parts` reads those that are wanted.
    is_whole: bool = True


@lru_cache(maxsize=2_000)
def read_statements(document: Document) -> DocumentStatements:
    """Split a document into its statements.

    Returns:
        At most its first 4,000 statements, and the bulleted lists among them.
    """
    return _read(document, ())


@lru_cache(maxsize=32)
def read_parts(document: Document, wanted: tuple[tuple[int, int], ...]) -> DocumentStatements:
    """The first statements of a long document, and those in the parts of its text that are wanted.

    Args:
        document: one of which `read_statements` does not give all.
        wanted: starts and ends of the parts, in order.
    """
    return _read(document, wanted)


def _read(document: Document, wanted: tuple[tuple[int, int], ...]) -> DocumentStatements:
    number = 0
    statements: list[Statement] = []
    lists: list[Statement] = []
    text = document.text
    title_roots = roots_of(document.title)
    line_before = heading_before = ""
    block_before: Block | None = None
    for block in blocks(text):
        for parts in _telling_headings(text, block, heading_before):
            if number < _MAX_STATEMENTS:
                statements.append(_statement(number, text, ("", ""), parts))
                number += 1
        first = len(statements)
        section = _section(block.heading, document.title)
        caption = _caption(text, block_before, block)
        is_first = block.heading != heading_before
        for parts in parts_of_block(text, block, section if is_first else "", caption):
            if number >= _MAX_STATEMENTS and not wanted:
                break
            if number < _MAX_STATEMENTS or _is_within(parts.start, wanted):
                heading = " > ".join(filter(None, (block.heading, parts.topic)))
                above = (heading, " ".join(filter(None, (section, caption, parts.topic))))
                statements.append(_statement(number, text, above, parts))
            number += 1
        members = statements[first:]
        if members:
            lists += _columns(text, block, members[0].number, f"{section} {caption}")
        if block.kind == "list" and (fact := _list_as_fact(text, block, members, line_before)):
            lists.append(fact)
        if members:
            line_before = members[-1].value
        heading_before, block_before = block.heading, block
    is_whole = number < _MAX_STATEMENTS
    return DocumentStatements(
        document, tuple(_with_superseded(statements)), title_roots, tuple(lists), is_whole
    )


def _telling_headings(text: str, block: Block, before: str) -> Iterator[Parts]:
    """The new headings above a block that give a number, a date or a reference."""
    known = before.split(" > ")
    for heading in block.heading.split(" > "):
        if heading in known:
            continue
        bare = _NUMBERED.sub("", heading)
        if not any(map(str.isdigit, bare)):
            continue
        start = text.rfind(heading, 0, block.start)
        if start >= 0:
            yield Parts(start, start + len(heading), "", clean(bare))


def _is_within(offset: int, parts: tuple[tuple[int, int], ...]) -> bool:
    """True for an offset in one of some parts of a text, which are in order."""
    found = bisect_right(parts, (offset, maxsize)) - 1
    return found >= 0 and offset < parts[found][1]


def _section(heading: str, title: str) -> str:
    """The heading just above; empty where it is the document's title."""
    nearest = clean(heading.rsplit(" > ", 1)[-1])
    return "" if nearest == title else nearest


def _caption(text: str, before: Block | None, block: Block) -> str:
    """The line just before a table."""
    if block.kind != "table" or before is None or before.heading != block.heading:
        return ""
    line = text[before.start : before.end].rsplit("\n", 1)[-1]
    if text[before.end : block.start].strip() or len(line) > _LONGEST_CAPTION:
        return ""
    return clean(line)


def _with_superseded(statements: list[Statement]) -> Iterator[Statement]:
    """The statements, those marked whose label stands there again with a later year or quarter."""
    dated: list[tuple[tuple[str, str], str] | None] = []
    latest: dict[tuple[str, str], str] = {}
    for statement in statements:
        name = f"{statement.subject}|{statement.label}"
        periods = _PERIOD.findall(name) if statement.label else []
        if not periods:
            dated.append(None)
            continue
        key = (_PERIOD.sub("", name), " ".join(sorted(statement.section_roots)))
        before, year, after = periods[-1]
        dated.append((key, f"{year}{before or after}"))
        latest[key] = max(latest.get(key, ""), f"{year}{before or after}")
    for statement, told in zip(statements, dated, strict=True):
        is_superseded = told is not None and latest[told[0]] != told[1]
        yield replace(statement, is_superseded=True) if is_superseded else statement


def _columns(text: str, block: Block, number: int, section: str) -> Iterator[Statement]:
    """The columns of a table with words in them, as lists whose label is the column's head."""
    if block.kind != "table":
        return
    rows = [text[start:end].strip() for start, end in lines(text, block.start, block.end)]
    if len(rows) < 4 or not is_separator(rows[1]):  # a head, a line, two rows
        return
    cells = [[clean(cell) for cell in row.strip("|").split("|")] for row in rows if row != rows[1]]
    for label, *column in zip(*cells, strict=False):
        members = [cell for cell in column if cell and len(cell.split()) <= MAX_ITEM_WORDS]
        if label and len(members) > 1 and not any(cell[:1].isdigit() for cell in members):
            parts = Parts(block.start, block.end, label, "; ".join(members))
            yield _statement(-1 - number, text, (block.heading, section), parts)


def _list_as_fact(
    text: str, block: Block, members: list[Statement], line_before: str
) -> Statement | None:
    """A bulleted list as one fact, if its members are names or phrases."""
    told = {member.start for member in members if not member.label}
    # what a line also tells as a fact (`Ann Lee, chair`) is no label of the line
    members = [member for member in members if not (member.label and member.start in told)]
    if len(members) < 2 or any(member.label for member in members):
        return None
    if line_before.endswith(":"):
        label = line_before.rstrip(":")
    else:
        label = block.heading.rsplit(" > ", 1)[-1]
    items = [_MEMBER.split(member.value, maxsplit=1)[0].strip(" .;,") for member in members]
    if not label or any(not 0 < len(item.split()) <= MAX_ITEM_WORDS for item in items):
        return None
    first, last = members[0], members[-1]
    parts = Parts(first.start, last.end, label, "; ".join(items))
    return _statement(-1 - first.number, text, (block.heading, ""), parts)


def _statement(number: int, text: str, above: tuple[str, str], parts: Parts) -> Statement:
    heading, section = above
    label_roots = tuple(roots(parts.label))
    row_roots = roots_of(parts.subject)
    found = row_roots.union(label_roots, roots(parts.value))
    idioms = (meaning for idiom, meaning in _IDIOMS if idiom.search(parts.value))
    found = found.union(*idioms)
    return Statement(
        number,
        parts.start,
        parts.end,
        text=text[parts.start : parts.end],
        label=parts.label,
        value=parts.value,
        subject=parts.subject,
        roots=found,
        label_roots=label_roots,
        row_roots=row_roots,
        section=section,
        section_roots=roots_of(section).difference(label_roots),
        heading=heading,
        heading_roots=roots_of(heading),
    )
