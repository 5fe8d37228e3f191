"""The sentences, items and rows of a document, each with what stands over it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import blocks, lines, sentences
from parallel_nb.engine.finder.tables import is_of_properties, read_table
from parallel_nb.engine.reader.statements import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.passages import Block

MAX_CAPTION: Final = 160
#: Characters of a value below its heading.
_MAX_VALUE: Final = 80
_ITEM = re.compile(r"(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_LEAD = re.compile(
    r"[*_]{0,3}(?P<lead>[^\W_][^:.|\n]{0,58}?)(?:[.:][*_]{0,3}|[*_]{2,3}[.:]?)\s+(?=\S)"
)
#: `Income last year: 1,300 pounds`, if the label has no verb.
_LABELLED = re.compile(r"(?P<label>[^\W_][^:.;|?!]{0,58}?):\s+(?=\S)")
#: `A = accredited; S = suspended`: what letters in a table stand for.
LEGEND = re.compile(r"\b([A-Za-z]{1,3})\s?[=:]\s([^;,=]{2,60})(?=[;,]|\.?$)")
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|did|does|not|will|can|that|which)\b")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|did|does|will|sat|came|went|took|gave|made|said|left|ran|led|held"
    r"|bought|sold|began|won|lost|met|put|set|[a-z]{3,20}ed)\b"
)
#: What stands over a mail.
_MAIL: Final = frozenset(("From", "To", "Cc", "Subject", "Date", "Sent"))


def is_finite(text: str) -> bool:
    """Whether a text has a verb that makes it a sentence."""
    return _FINITE.search(text) is not None


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, item or row of a document before it is known of what it tells."""

    quote: str
    text: str
    label: str
    topic: str
    headings: tuple[str, ...]
    caption: str
    block: int
    cells: tuple[tuple[str, str], ...] = ()
    #: Whether a cell is a value of what the row's first cell names.
    is_property: bool = False
    #: Whether its label is the heading above it.
    is_headed: bool = False


@lru_cache(maxsize=2_000)
def units_of(document: Document) -> tuple[Unit, ...]:
    """The sentences, items and rows of a document, with what stands over them."""
    text = document.text
    found: list[Unit] = []
    caption = ""
    for number, block in enumerate(blocks(text)):
        headings = tuple(block.heading.split(" > ")) if block.heading else ()
        if block.kind == "table":
            found += _of_table(text, block, headings, caption, number)
        elif block.kind == "prose" and found and found[-1].label and _hangs(text, block):
            for start, end in lines(text, block.start, block.end):
                quote = text[start:end]
                found.append(replace(found[-1], quote=quote, text=clean(quote)))
        elif block.kind != "code":
            for place, (start, end) in enumerate(_paragraphs(text, block)):
                part = number * 1_000 + min(place, 999) if block.kind == "list" else number
                found += _of_paragraph(text[start:end], headings, caption, part)
        last = text[block.start : block.end].rsplit("\n", 1)[-1].strip()
        is_caption = block.kind == "prose" and len(last) <= MAX_CAPTION
        caption = clean(last) if is_caption and not last.endswith(".") else ""
    return _headed(found)


def _headed(units: list[Unit]) -> tuple[Unit, ...]:
    """Units, of which a mere value alone below a heading has that as its label.

    `Applicant` and `Harbour Trust` below it.
    """
    below = Counter(unit.headings for unit in units)
    return tuple(
        replace(unit, label=unit.headings[-1], headings=unit.headings[:-1], is_headed=True)
        if below[unit.headings] == 1 and _is_value(unit)
        else unit
        for unit in units
    )


def _is_value(unit: Unit) -> bool:
    """Whether what stands below a heading that may be a label is a value, and no sentence."""
    if unit.label or unit.topic or unit.cells or len(unit.headings) <= 1:
        return False
    words = unit.headings[-1].split()
    is_label = len(words) == 1 or any(word.islower() for word in words[1:])
    is_short = len(unit.text) <= _MAX_VALUE and not unit.text.endswith((".", ":"))
    return is_label and is_short and not is_finite(unit.text)


@lru_cache(maxsize=2_000)
def columns_of(document: Document) -> dict[str, frozenset[str]]:
    """By each label of a document, the values that stand below or behind it."""
    columns: dict[str, set[str]] = {}
    for unit in units_of(document):
        if unit.is_property:
            cells = tuple((unit.cells[0][1], value) for _, value in unit.cells[1:])
        else:
            cells = unit.cells or (((unit.label, unit.text),) if unit.label else ())
        for label, value in cells:
            columns.setdefault(label, set()).add(value)
    return {label: frozenset(values) for label, values in columns.items()}


def _hangs(text: str, block: Block) -> bool:
    """Whether the lines of a block go on with the line right above, below which they are indented.

    `Present: Ada Berg`, and each other name in a line of its own.
    """
    return text[block.start - 2 : block.start - 1].strip() != "" and all(
        line[:2].isspace() for line in text[block.start : block.end].splitlines()
    )


def _paragraphs(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """A paragraph, or the items of a list with their further lines."""
    if block.kind == "prose":
        yield block.start, block.end
        return
    start = end = -1
    for line_start, line_end in lines(text, block.start, block.end):
        is_indented = line_start > block.start and text[line_start - 1] in " \t"
        goes_on = is_indented and not _ITEM.match(text[line_start:line_end])
        if start >= 0 and not goes_on:
            yield start, end
        start, end = (start if goes_on and start >= 0 else line_start), line_end
    if start >= 0:
        yield start, end


def _of_paragraph(
    text: str, headings: tuple[str, ...], caption: str, number: int
) -> Iterator[Unit]:
    item = _ITEM.match(text)
    begins = item.end() if item else 0
    lead = _LEAD.match(text, begins)
    topic = clean(lead["lead"]) if lead and (item or "*" in lead[0] or ":" in lead[0]) else ""
    for start, end in sentences(text, 0, len(text)):
        quote = text[start:end]
        is_topic = start == 0 and topic and lead and ":" not in lead[0]
        bare = clean(quote[lead.end() if is_topic and lead else begins if start == 0 else 0 :])
        labelled = _LABELLED.match(bare)
        label = labelled["label"] if labelled and not _VERB.search(labelled["label"]) else ""
        if bare and label not in _MAIL:
            value = bare[labelled.end() :] if labelled and label else bare
            yield Unit(quote, value, label, topic, headings, caption, number)


def _of_table(
    text: str, block: Block, headings: tuple[str, ...], caption: str, number: int
) -> Iterator[Unit]:
    table = read_table(text, block)
    is_property = is_of_properties(table.head)
    caption = table.title or caption
    legend = dict(LEGEND.findall(caption))
    caption = "" if len(legend) > 1 else caption
    for place, (_, quote, coded) in enumerate(table.rows):
        cells = [decoded(cell, legend) for cell in coded] if len(legend) > 1 else coded
        pairs = tuple((h, c) for h, c in zip(table.head, cells, strict=False) if c)
        part = number * 1_000 + min(place, 999)
        yield Unit(quote, " | ".join(cells), "", "", headings, caption, part, pairs, is_property)


def decoded(cell: str, legend: dict[str, str]) -> str:
    """A cell with what its letters stand for: `S (since May)` is `suspended (since May)`."""
    code, space, rest = cell.partition(" ")
    told = legend.get(code) if not space or rest.startswith("(") else None
    return f"{told}{space}{rest}" if told else cell
