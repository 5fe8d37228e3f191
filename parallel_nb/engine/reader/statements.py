"""A document as the reader sees it: facts (`label: value`) and sentences.

Facts come from labelled lines, from tables of two columns, and from the rows of wider
tables, whose first cell is the subject and whose column heads are the labels.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.corpus.passages import LABELLED, blocks, lines, sentences
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.names import find_names, looks_like_person, without_origin
from parallel_nb.engine.reader.language.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block

_ITEM = re.compile(r"(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\]]{0,500})\]\([^)\s]{0,1000}\)")
_FOOTNOTE = re.compile(r"\[(?:\d+|\^[^\]]{0,200})\]")
#: Idioms, with the roots of what they mean: where a firm `is now`, it has its headquarters.
_IDIOMS: Final = (
    (
        re.compile(r"\bis (?:now|still|today) (?:near |at )?in [A-Z]"),
        frozenset(roots("headquarters")),
    ),
)
_MAX_LABEL_WORDS: Final = 9
#: The beginning of an explanation in a list: `Raft - how the members agree`.
_MEMBER = re.compile(r"\s[-\u2013\u2014]\s|:\s|\s?\(|,\s(?=which\b|who\b|the\b|an?\b)")
#: The most statements of one document that are read.
_MAX_STATEMENTS: Final = 4_000
#: The head of a table of two columns that lists the document's own properties.
_PROPERTY_HEADS: Final = word_set(
    """
    property field fact item attribute key label what name feature detail value
    """
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A fact (`label: value`) or a sentence of a document."""

    #: Its number in the document, from 0.
    number: int
    #: Where it stands in the document's text, in characters.
    start: int
    end: int
    #: Verbatim.
    text: str
    #: Empty for a sentence.
    label: str
    #: The value of a fact, or the sentence, without Markdown signs.
    value: str
    #: The first cell of a table row; empty where the document's own subject is meant.
    subject: str
    #: Of subject, label and value.
    roots: frozenset[str]
    label_roots: tuple[str, ...]
    #: Of the headings above it.
    heading_roots: frozenset[str]

    @property
    def is_fact(self) -> bool:
        """True for `label: value`."""
        return bool(self.label)

    @property
    def subject_roots(self) -> frozenset[str]:
        """Of a table row: the roots of its subject and of its value, without the label's."""
        return self.roots - frozenset(self.label_roots)


@dataclass(frozen=True, slots=True)
class DocumentStatements:
    """What a document states."""

    document: Document
    #: In their order.
    statements: tuple[Statement, ...]
    title_roots: frozenset[str]
    #: Bulleted lists as facts: what stands above is the label, the members are the value.
    lists: tuple[Statement, ...]


class _Parts(NamedTuple):
    """What a statement is made of; see `Statement`."""

    start: int
    end: int
    label: str
    value: str
    subject: str = ""


@lru_cache(maxsize=2_000)
def read_statements(document: Document) -> DocumentStatements:
    """Split a document into its statements.

    Returns:
        At most 4,000 statements, and the bulleted lists among them.
    """
    statements: list[Statement] = []
    lists: list[Statement] = []
    text = document.text
    line_before = ""
    for block in blocks(text):
        first = len(statements)
        for parts in _parts_of_block(text, block):
            if len(statements) >= _MAX_STATEMENTS:
                break
            statements.append(_statement(len(statements), text, block.heading, parts))
        members = statements[first:]
        if block.kind == "list" and (fact := _list_as_fact(text, block, members, line_before)):
            lists.append(fact)
        if members:
            line_before = members[-1].value
    title_roots = frozenset(roots(document.title))
    return DocumentStatements(document, tuple(statements), title_roots, tuple(lists))


@lru_cache(maxsize=2_000)
def people_of(document: Document) -> Mapping[str, str]:
    """The people whom a document names.

    Returns:
        Full names by their last words; an empty text where two people share the last word,
        since of `Marie Curie` and `Pierre Curie` nobody can tell who Curie is.
    """
    people: dict[str, str] = {}
    for statement in read_statements(document).statements:
        for span in without_origin(find_names(statement.value)):
            if looks_like_person(span.text):
                last = span.text.rsplit(" ", maxsplit=1)[-1]
                people[last] = span.text if people.get(last, span.text) == span.text else ""
    return people


def clean(text: str) -> str:
    """Text without Markdown signs, links and footnote marks, on one line."""
    text = _LINK.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _MARKUP.sub("", text)
    return " ".join(text.split())


def _list_as_fact(
    text: str, block: Block, members: list[Statement], line_before: str
) -> Statement | None:
    """A bulleted list as one fact, if its members are names or phrases."""
    if len(members) < 2 or any(member.label for member in members):
        return None
    if line_before.endswith(":"):
        label = line_before.rstrip(":")
    else:
        label = block.heading.rsplit(" > ", 1)[-1]
    items = [_MEMBER.split(member.value, maxsplit=1)[0].strip(" .;,") for member in members]
    if not label or any(not 0 < len(item.split()) <= _MAX_LABEL_WORDS for item in items):
        return None
    first, last = members[0], members[-1]
    parts = _Parts(first.start, last.end, label, "; ".join(items))
    return _statement(first.number, text, block.heading, parts)


def _statement(number: int, text: str, heading: str, parts: _Parts) -> Statement:
    found = frozenset(roots(f"{parts.subject} {parts.label} {parts.value}"))
    if not parts.label:
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
        label_roots=tuple(roots(parts.label)),
        heading_roots=frozenset(roots(heading)),
    )


def _parts_of_block(text: str, block: Block) -> Iterator[_Parts]:
    if block.kind == "table":
        yield from _parts_of_table(text, block)
    elif block.kind == "list":
        for start, end in lines(text, block.start, block.end):
            yield from _parts_of_line(text, start, end)
    elif block.kind == "prose":
        for start, end in sentences(text, block.start, block.end):
            yield _Parts(start, end, "", clean(text[start:end]))


def _parts_of_line(text: str, start: int, end: int) -> Iterator[_Parts]:
    line = text[start:end]
    if item := _ITEM.match(line):
        line = line[item.end() :]
    if labelled := LABELLED.match(line):
        label = clean(labelled["label"])
        if len(label.split()) <= _MAX_LABEL_WORDS:
            yield _Parts(start, end, label, clean(labelled["value"]))
            return
    if clean(line):
        for first, last in sentences(text, end - len(line), end):
            yield _Parts(first, last, "", clean(text[first:last]))


def _parts_of_table(text: str, block: Block) -> Iterator[_Parts]:
    head: list[str] = []
    rows = list(lines(text, block.start, block.end))
    has_head = len(rows) > 1 and _is_separator(text[rows[1][0] : rows[1][1]])
    for number, (start, end) in enumerate(rows):
        row = text[start:end]
        if _is_separator(row):
            continue
        cells = [clean(cell) for cell in row.strip().strip("|").split("|")]
        if number == 0 and has_head:
            head = cells
        elif len(cells) == 2 and _lists_properties(head):
            if cells[0] and cells[1]:
                yield _Parts(start, end, cells[0], cells[1])
        else:
            for label, value in zip(head[1:], cells[1:], strict=False):
                if label and value and cells[0]:
                    yield _Parts(start, end, label, value, cells[0])


def _is_separator(row: str) -> bool:
    """True for the line below the head of a table: `|---|:--|`."""
    return "-" in row and not row.strip(" :|-")


def _lists_properties(head: list[str]) -> bool:
    """True when a table of two columns lists the document's own properties."""
    if not head or not any(head):
        return True
    return bool(set(" ".join(head).lower().split()) & _PROPERTY_HEADS)
