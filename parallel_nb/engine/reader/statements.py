"""A document as the reader sees it: facts (`label: value`) and sentences.

Facts come from labelled lines, from headings with their text below, from tables of two columns,
and from the rows of wider tables, whose first cell is the subject and whose column heads are
the labels. What stands over a statement (its section, the caption of its table) is part of its
label; the unit of a caption or head is part of its value.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from sys import maxsize
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.corpus.passages import LABELLED, blocks, lines, sentences
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.names import find_names, looks_like_person, without_origin
from parallel_nb.engine.reader.language.numbers import find_numbers
from parallel_nb.engine.reader.language.units import unit_in_head
from parallel_nb.engine.reader.language.vocabulary import roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block

_ITEM = re.compile(r"(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_LINK = re.compile(r"!?\[([^\]]{0,500})\]\([^)\s]{0,1000}\)")
_FOOTNOTE = re.compile(r"\[(?:\d+|\^[^\]]{0,200})\]")
#: A label in bold before its value: `**Founded.** 1902`, `**Bollard** - a post`.
_BOLD_LEAD = re.compile(
    r"(?:\*\*|__)(?P<label>[^*_\n]{1,60}?)[.:]?(?:\*\*|__)[.:]?[ \t]*+"
    r"(?:[-\u2013\u2014][ \t]*+)?(?=\S)"
)
#: The topic before the text of an item: `Accounts. The treasurer reported`.
_ITEM_LEAD = re.compile(r"(?P<label>[A-Z][\w-]{2,30}(?: [\w-]{2,30}){0,2})\.[ \t]+(?=[A-Z])")
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
_MAX_LABEL_WORDS: Final = 14
_MAX_ITEM_WORDS: Final = 9
#: A text below a heading that has more words is no value of it.
_MAX_SECTION_WORDS: Final = 45
#: With fewer words and no verb, it is a phrase and no sentence.
_MAX_PHRASE_WORDS: Final = 12
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|shall|may|can|must|does|do)\b")
#: A longer line before a table is no caption, in characters.
_LONGEST_CAPTION: Final = 160
#: The beginning of an explanation in a list: `Raft - how the members agree`.
_MEMBER = re.compile(r"\s[-\u2013\u2014]\s|:\s|\s?\(|,\s(?=which\b|who\b|the\b|an?\b)")
#: The most statements of one document that are read whatever is asked; of a longer one, also those
#: are that bear on the question.
_MAX_STATEMENTS: Final = 4_000
#: The head of a table of two columns that lists the document's own properties.
_PROPERTY_HEADS: Final = word_set(
    """
    property field fact attribute key label what feature detail value
    """
)
#: The head of a column that only holds what the rest of its row names.
_VALUE_HEADS: Final = word_set(
    "value values amount figure result measured actual data detail entry answer finding"
)
#: How much of a text is its opening, in characters.
_OPENING: Final = 600
_UNIT_HEADS: Final = word_set("unit units")
#: A negative amount in accounts: `(4.2)`.
_NEGATIVE = re.compile(r"\((?P<digits>[\d.,]{1,30})\)")
#: A capitalised word within a sentence.
_WITHIN = re.compile(r"(?<=[a-z,;] )[^\W\d_a-z][\w-]*")
#: What a name stands for, behind it.
_ROLE = re.compile(
    r",? \((?:(?:the |hereinafter |called |referred to as |together ){0,4}"
    r"(?:[\"\u201c](?P<quoted>[A-Z]\w{2,30})[\"\u201d]|(?<=the )(?P<plain>[A-Z]\w{2,30}))"
    r"|(?P<role>[a-z][a-z -]{2,40}))\)"
)
#: A term that a contract defines: `"Margin" means 2 % a year`.
_DEFINED = re.compile(
    r"[\"\u201c](?P<term>[A-Z][\w -]{2,40})[\"\u201d] (?:means|shall mean|is) (?P<value>.+)"
)
#: What stands before the definition of a thing: `Unit 3, Mill Street (the "Premises")`.
_DEFINED_THING = re.compile(r"(?:[A-Z0-9][\w'\u2019&/-]{0,30}(?:, | |$)){1,9}$")
#: Between the columns of a table that is written in spaces, and the fewest of its columns.
_GAP = re.compile(r"(?<! ) {2,}|\t+")
_ALIGNED: Final = 3
#: A financial year in a table's head: `FY2023`.
_FISCAL = re.compile(r"\bFY\s?(?=\d{4}\b)")
_YEAR = re.compile(r"\b(?:1[89]|20)\d\d\b")


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
    #: Of the headings above it.
    heading_roots: frozenset[str]
    #: True where the document gives the same for a later year.
    is_superseded: bool = False
    #: True where it gives the same for earlier years.
    is_latest: bool = False

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
    #: False where there are more, of which `read_parts` reads those that are wanted.
    is_whole: bool = True


class _Parts(NamedTuple):
    """What a statement is made of; see `Statement`."""

    start: int
    end: int
    label: str
    value: str
    subject: str = ""
    #: The topic with which its item or label begins: `Exports` of `Exports - partners: Spain`.
    topic: str = ""


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
    title_roots = frozenset(roots(document.title))
    line_before = heading_before = ""
    block_before: Block | None = None
    for block in blocks(text):
        first = len(statements)
        section = _section(block.heading, document.title)
        caption = _caption(text, block_before, block)
        is_first = block.heading != heading_before
        for parts in _parts_of_block(text, block, section if is_first else "", caption):
            if number >= _MAX_STATEMENTS and not wanted:
                break
            if number < _MAX_STATEMENTS or _is_within(parts.start, wanted):
                above = (block.heading, f"{section} {caption} {parts.topic}")
                statements.append(_statement(number, text, above, parts))
            number += 1
        members = statements[first:]
        lists += _columns(text, block)
        if block.kind == "list" and (fact := _list_as_fact(text, block, members, line_before)):
            lists.append(fact)
        if members:
            line_before = members[-1].value
        heading_before, block_before = block.heading, block
    is_whole = number < _MAX_STATEMENTS
    return DocumentStatements(
        document, tuple(_with_superseded(statements)), title_roots, tuple(lists), is_whole
    )


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
    """The statements, those marked whose label stands there again with a later year."""
    keys: list[tuple[str, str] | None] = []
    latest: dict[tuple[str, str], str] = {}
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    for statement in statements:
        name = f"{statement.subject}|{statement.label}"
        years = _YEAR.findall(name) if statement.label else []
        key = (_YEAR.sub("", name), " ".join(sorted(statement.section_roots))) if years else None
        keys.append(key)
        if key is not None:
            latest[key] = max(latest.get(key, ""), years[-1])
            counts[key] += 1
    for statement, key in zip(statements, keys, strict=True):
        if key is None:
            yield statement
        elif latest[key] in f"{statement.subject}|{statement.label}":
            yield replace(statement, is_latest=counts[key] > 1)
        else:
            yield replace(statement, is_superseded=True)


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


@lru_cache(maxsize=2_000)
def parties_of(document: Document) -> Mapping[str, str]:
    """The names for which a document defines a word: `Landlord` for `Elm Trust`."""
    return {
        statement.label: statement.value
        for statement in read_statements(document).statements
        if statement.label.istitle()
        and len(statement.value.split()) <= _MAX_ITEM_WORDS
        and statement.label in statement.text.partition("(")[2]
    }


@lru_cache(maxsize=2_000)
def names_within(document: Document) -> frozenset[str]:
    """The capitalised words that stand within the sentences of a document."""
    words: set[str] = set()
    for statement in read_statements(document).statements:
        words.update(match[0] for match in _WITHIN.finditer(statement.value))
    return frozenset(words)


@lru_cache(maxsize=2_000)
def only_measures_of(document: Document) -> Mapping[tuple[str, float], int]:
    """The statement of each unit with which a document gives one value alone.

    Returns:
        The number of the first statement that gives it, by dimension and factor of the unit.
    """
    places: dict[tuple[str, float], int] = {}
    values: dict[tuple[str, float], set[float]] = {}
    for statement in read_statements(document).statements:
        for number in find_numbers(statement.value):
            unit = (number.dimension, number.factor)
            places.setdefault(unit, statement.number)
            values.setdefault(unit, set()).add(number.value)
    return {unit: place for unit, place in places.items() if unit[0] and len(values[unit]) == 1}


def opening_of(document: Document) -> str:
    """What a document begins with, and its headings: they say what it is about."""
    headings = (line.lstrip("# ") for line in document.text.splitlines() if line.startswith("#"))
    return " \n ".join((document.text[:_OPENING], *headings))


def clean(text: str) -> str:
    """Text without Markdown signs, links and footnote marks, on one line."""
    text = _LINK.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _MARKUP.sub("", text)
    return " ".join(text.split())


def _columns(text: str, block: Block) -> Iterator[Statement]:
    """The columns of a table with words in them, as lists whose label is the column's head."""
    if block.kind != "table":
        return
    rows = [text[start:end].strip() for start, end in lines(text, block.start, block.end)]
    if len(rows) < 4 or not _is_separator(rows[1]):  # a head, a line, two rows
        return
    cells = [[clean(cell) for cell in row.strip("|").split("|")] for row in rows if row != rows[1]]
    for label, *column in zip(*cells, strict=False):
        members = [cell for cell in column if cell and len(cell.split()) <= _MAX_ITEM_WORDS]
        if label and len(members) > 1 and not any(cell[:1].isdigit() for cell in members):
            parts = _Parts(block.start, block.end, label, "; ".join(members))
            yield _statement(0, text, (block.heading, ""), parts)


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
    if not label or any(not 0 < len(item.split()) <= _MAX_ITEM_WORDS for item in items):
        return None
    first, last = members[0], members[-1]
    parts = _Parts(first.start, last.end, label, "; ".join(items))
    return _statement(first.number, text, (block.heading, ""), parts)


def _statement(number: int, text: str, above: tuple[str, str], parts: _Parts) -> Statement:
    heading, section = above
    label_roots = _roots_of(parts.label)
    row_roots = frozenset(_roots_of(parts.subject))
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
        section_roots=frozenset(_roots_of(section)).difference(label_roots),
        heading_roots=frozenset(_roots_of(heading)),
    )


@lru_cache(maxsize=20_000)
def _roots_of(text: str) -> tuple[str, ...]:
    """The roots of a label or heading, which stand over many statements."""
    return tuple(roots(text)) if text.strip() else ()


def _parts_of_block(text: str, block: Block, section: str, caption: str) -> Iterator[_Parts]:
    """The statements of a block; `section` is its heading where it stands just below."""
    if block.kind == "table":
        yield from _parts_of_table(text, block, caption)
    elif block.kind == "list":
        head: list[str] = []
        for start, end in lines(text, block.start, block.end):
            cells = _GAP.split(text[start:end])
            if len(cells) >= _ALIGNED and len(cells) == len(head):
                yield from _parts_of_row(_Parts(start, end, "", "", cells[0]), head, cells)
                continue
            head = cells if len(cells) >= _ALIGNED else []
            for parts in _parts_of_line(text, start, end):
                yield parts
                yield from _roles(parts)
    elif block.kind == "prose":
        yield from _parts_of_prose(text, block, section)


def _parts_of_prose(text: str, block: Block, section: str) -> Iterator[_Parts]:
    """Sentences; below a heading or behind a label in bold, also the whole as its value."""
    start = block.start
    label = section
    if lead := _BOLD_LEAD.match(text, start, block.end):
        label, start = clean(lead["label"]), lead.end()
    value = clean(text[start : block.end])
    words = len(value.split())
    if label and len(label.split()) <= _MAX_LABEL_WORDS and words <= _MAX_SECTION_WORDS:
        yield _Parts(block.start, block.end, label.rstrip("?: "), value)
        is_phrase = words <= _MAX_PHRASE_WORDS and not value.endswith(".")
        if lead or (is_phrase and not _VERB.search(value)):
            return
    for first, last in sentences(text, start, block.end):
        parts = _Parts(first, last, "", clean(text[first:last]))
        yield parts
        yield from _roles(parts)
        if defined := _DEFINED.match(parts.value):
            yield _Parts(first, last, defined["term"], defined["value"].rstrip("."))


def _roles(parts: _Parts) -> Iterator[_Parts]:
    """Roles in parentheses behind names: `Tom Ek (treasurer)`, `Elm Trust (the "Landlord")`."""
    if "(" not in parts.value:
        return
    found = list(_ROLE.finditer(parts.value))
    if len(found) == 1 and found[0]["role"]:
        return  # one alone may just explain
    names = {span.end: span.text for span in find_names(parts.value)}
    for role in found:
        name = names.get(role.start())
        if role["quoted"] and (thing := _DEFINED_THING.search(parts.value, 0, role.start())):
            # `to the Tenant Unit 3`: what follows `the` is another party
            is_behind_party = parts.value[: thing.start()].endswith(" the ")
            name = thing[0].partition(" ")[2] if is_behind_party else thing[0]
        if name:
            label = role["quoted"] or role["plain"] or role["role"]
            yield _Parts(parts.start, parts.end, label, name)


def _parts_of_line(text: str, start: int, end: int) -> Iterator[_Parts]:
    line = text[start:end]
    if item := _ITEM.match(line):
        line = line[item.end() :]
    labelled = _BOLD_LEAD.match(line) or LABELLED.match(line)
    if labelled:
        label = clean(labelled["label"])
        value = clean(line[labelled.end() :]) or clean(labelled[0].rpartition(label)[2])
        if "value" in labelled.groupdict():
            value = clean(labelled["value"])
        if len(label.split()) <= _MAX_LABEL_WORDS and value:
            above, _, label = label.rpartition(" - ")
            yield _Parts(start, end, label, value, topic=above)
            return
    topic = _ITEM_LEAD.match(line) if item else None
    if clean(line):
        for first, last in sentences(text, end - len(line), end):
            yield _Parts(
                first, last, "", clean(text[first:last]), topic=topic["label"] if topic else ""
            )


def _parts_of_table(text: str, block: Block, caption: str) -> Iterator[_Parts]:
    rows = list(lines(text, block.start, block.end))
    has_head = len(rows) > 1 and _is_separator(text[rows[1][0] : rows[1][1]])
    head: list[str] = []
    subject = ""
    above = (block.heading.rsplit(" > ", 1)[-1], caption)
    unit = next((u for text_above in reversed(above) if (u := _unit_above(text_above))), "")
    for number, (start, end) in enumerate(rows):
        row = text[start:end]
        if _is_separator(row):
            continue
        cells = [clean(cell) for cell in row.strip().strip("|").split("|")]
        if number == 0 and has_head:
            head = cells
            continue
        subject = cells[0] or subject
        if len(cells) == 2 and _lists_properties(head):
            if subject and cells[1]:
                yield _Parts(start, end, subject, _with_unit(cells[1], unit_in_head(subject)))
        elif head:
            yield from _parts_of_row(_Parts(start, end, "", unit, subject), head, cells)


def _unit_above(text: str) -> str:
    """The unit in a caption or heading: `EUR thousand, 31 December`, `in mg/L unless stated`."""
    bare = text.partition(" unless ")[0]
    return next((unit for part in (bare, *bare.split(",")) if (unit := unit_in_head(part))), "")


def _parts_of_row(row: _Parts, head: list[str], cells: list[str]) -> Iterator[_Parts]:
    """The cells of a row as facts; `row` holds its place, its subject and the table's unit."""
    in_row = next(
        (cell for label, cell in zip(head, cells, strict=False) if label.lower() in _UNIT_HEADS), ""
    )
    unit_of_row = unit_in_head(row.subject) or in_row or row.value
    named = row.subject
    for named_head, cell in zip(head[1:], cells[1:], strict=False):
        label = _FISCAL.sub("", named_head)
        if not (label and cell and row.subject) or label.lower() in _UNIT_HEADS:
            continue
        is_value = set(label.lower().split()) <= _VALUE_HEADS
        value = _with_unit(cell, unit_in_head(label) or unit_of_row)
        yield _Parts(row.start, row.end, label, value, named if is_value else row.subject)
        if is_value and len(cell.split()) <= _MAX_LABEL_WORDS:
            named = f"{named} {cell}"


def _with_unit(cell: str, unit: str) -> str:
    """A cell's number with the unit that stands in the head or caption; `(4.2)` as `-4.2`."""
    if negative := _NEGATIVE.fullmatch(cell):
        cell = f"-{negative['digits']}"
    return f"{cell} {unit}" if unit and cell[-1:].isdigit() else cell


def _is_separator(row: str) -> bool:
    """True for the line below the head of a table: `|---|:--|`."""
    return "-" in row and not row.strip(" :|-")


def _lists_properties(head: list[str]) -> bool:
    """True when a table of two columns lists the document's own properties."""
    if len(head) != 2 or not any(head):
        return True
    first, second = (set(text.lower().split()) for text in head)
    return bool(first & _PROPERTY_HEADS or second & _VALUE_HEADS)
