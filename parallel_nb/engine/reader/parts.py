"""The parts of which statements are made: labels and values of lines, rows, paragraphs and terms.

Facts come from labelled lines, from headings with their text below, from tables of two columns,
and from the rows of wider tables, whose first cell is the subject and whose column heads are
the labels; a cell has the unit of its head or caption.
"""

# ruff: noqa: E501 - a pattern reads best in one line

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.engine.corpus.passages import LABELLED, lines, sentences
from parallel_nb.engine.corpus.words import word_set
from parallel_nb.engine.reader.language.names import NAME, find_names, looks_like_person
from parallel_nb.engine.reader.language.units import unit_at, unit_in_head

if TYPE_CHECKING:
    from collections.abc import Iterator

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
#: The topic before the text of a paragraph or item: `Accounts. The treasurer reported`,
#: `24/35 Offer for Harl Moor. They had written`, `Dam No. 3. It has room`.
_RUN_IN = re.compile(
    r"(?:\(?[0-9]{1,3}(?:[./][0-9]{1,3}){0,2}[.)]?[ \t]+)?"
    r"(?P<label>[A-Z][\w'\u2019&/-]{2,30}(?: (?:No\. ?)?[\w'\u2019&/-]{1,30}){0,4})"
    r"\.[ \t\n]+(?=[\"\u201c(]?[A-Z0-9])"
)
#: What makes a sentence of so few words: `Acme makes anvils`, `Ann Lee resigned`.
_SHORT_VERB = re.compile(
    r" (?:[a-z]{2,20}s (?!of|in|on|at|for|to|with|from|by|and)|[a-z]{2,20}ed\b)"
)
_MAX_LABEL_WORDS: Final = 14
#: A text below a heading that has more words is no value of it.
_MAX_SECTION_WORDS: Final = 45
#: With fewer words and no verb, it is a phrase and no sentence.
_MAX_PHRASE_WORDS: Final = 12
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|shall|may|can|must|does|do)\b")
#: The head of a table of two columns that lists the document's own properties.
_PROPERTY_HEADS: Final = word_set(
    """
    property field fact attribute key label what feature detail value
    """
)
#: The head of a column that only holds what the rest of its row names.
_VALUE_HEADS: Final = word_set(
    "value values amount figure result measured actual data detail entry answer finding terms agreed provision"
)
#: Behind the unit of a table: `In thousands of euros, except ratios`.
_SAVE = re.compile(r",? (?:unless|except|save|other than)\b")
_UNIT_HEADS: Final = word_set("unit units")
#: A negative amount in accounts: `(4.2)`.
_NEGATIVE = re.compile(r"\((?P<digits>[\d.,]{1,30})\)")
#: What a sentence is about, before a colon: `Agents: Fowler Strutt.`
_SENTENCE_LABEL = re.compile(r"(?P<label>[A-Z][a-z]{2,20}(?: [a-z]{2,20}){0,2}): (?P<value>\S.*)")
#: A line of an address or signature is not longer, in characters.
_SHORT_LINE: Final = 60
_NAME_AND_OFFICE = re.compile(
    rf"(?P<name>{NAME.pattern}), (?:the )?(?P<office>[A-Za-z][\w'\u2019-]{{1,20}}(?: [\w'\u2019&-]{{1,20}}){{0,5}})"
)
#: The beginning of a line that credits somebody: `Lighting, Zoe Lark.`
_CREDIT = re.compile(
    rf"(?P<label>[A-Z][a-z]{{2,20}}(?: [a-z]{{2,20}}){{0,3}}), (?P<name>{NAME.pattern})(?=[.,]|$)"
)
#: The end of a word for what somebody does, before `of`, `for` and the like.
_OFFICE = re.compile(
    r"(?:[a-z](?:er|or|ist|ian|ant|ent|man|woman|eer)|[Hh]ead|[Ll]ead|[Cc]hair|[Cc]lerk|[Ss]ecretary|[Ee]xecutive|[Nn]urse"
    r"|[Cc]hief|[Cc]ounsel|[Jj]udge|[Dd]ean|[Cc]hef|[Cc]aptain|[Ff]ellow|[Tt]reasurer)$"
)
_OFFICE_END = re.compile(r",? (?:of|for|to|at|in|and)\b|, ")
_MAX_OFFICE_WORDS: Final = 7
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


class Parts(NamedTuple):
    """What a statement is made of; see `Statement`."""

    start: int
    end: int
    label: str
    value: str
    subject: str = ""
    #: The topic with which its item or label begins: `Exports` of `Exports - partners: Spain`.
    topic: str = ""


def clean(text: str) -> str:
    """Text without Markdown signs, links and footnote marks, on one line."""
    text = _LINK.sub(r"\1", text)
    text = _FOOTNOTE.sub("", text)
    text = _MARKUP.sub("", text)
    return " ".join(text.split())


def parts_of_block(text: str, block: Block, section: str, caption: str) -> Iterator[Parts]:
    """The statements of a block; `section` is its heading where it stands just below."""
    before = None
    for parts in _parts_of_block(text, block, section, caption):
        yield parts
        yield from _of_office(parts, before)
        before = parts


def _parts_of_block(text: str, block: Block, section: str, caption: str) -> Iterator[Parts]:
    if block.kind == "table":
        yield from _parts_of_table(text, block, caption)
    elif block.kind == "list":
        head = _aligned_head(text, block.start)
        for start, end in _items(text, block):
            cells = _GAP.split(text[start:end])
            if len(cells) >= _ALIGNED and len(cells) == len(head):
                yield from _parts_of_row(Parts(start, end, "", "", cells[0]), head, cells)
                continue
            head = cells if len(cells) >= _ALIGNED else []
            for parts in _parts_of_line(text, start, end):
                yield parts
                yield from _roles(parts)
    elif block.kind == "prose":
        yield from _parts_of_prose(text, block, section)


def _items(text: str, block: Block) -> list[tuple[int, int]]:
    """The lines of a list, each with the lines set in below it on which its text goes on."""
    found: list[tuple[int, int]] = []
    may_go_on = False
    for start, end in lines(text, block.start, block.end):
        line = text[start:end]
        is_item = bool(_ITEM.match(line))
        is_set_in = start > block.start and text[start - 1] in " \t"
        is_own = LABELLED.match(line) or len(_GAP.split(line)) >= _ALIGNED
        if may_go_on and is_set_in and not is_item and not is_own:
            found[-1] = (found[-1][0], end)
            continue
        found.append((start, end))
        may_go_on = is_item
    return found


def _aligned_head(text: str, start: int) -> list[str]:
    """The columns' heads in the line just above a block: `No.   Shareholder   Seat`."""
    line = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : start]
    cells = _GAP.split(line.strip())
    return cells if len(cells) >= _ALIGNED else []


def _parts_of_prose(text: str, block: Block, section: str) -> Iterator[Parts]:
    """Sentences; below a heading or behind a label in bold, also the whole as its value."""
    start = block.start
    label = section
    if lead := _BOLD_LEAD.match(text, start, block.end):
        label, start = clean(lead["label"]), lead.end()
    topic = _topic(text, block.start, block.end) or (label if lead else "")
    value = clean(text[start : block.end])
    words = len(value.split())
    if label and len(label.split()) <= _MAX_LABEL_WORDS and words <= _MAX_SECTION_WORDS:
        yield Parts(block.start, block.end, label.rstrip("?: "), value)
        is_phrase = words <= _MAX_PHRASE_WORDS and not value.endswith(".")
        if lead or (is_phrase and not _VERB.search(value)):
            return
    for first, last in _sentences(text, start, block.end):
        parts = Parts(first, last, "", clean(text[first:last]), topic=topic)
        yield parts
        yield from _roles(parts)
        if labelled := _SENTENCE_LABEL.match(parts.value):
            yield Parts(first, last, labelled["label"], labelled["value"].rstrip("."))
        if defined := _DEFINED.match(parts.value):
            yield Parts(first, last, defined["term"], defined["value"].rstrip("."))


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of a paragraph; the lines of an address or signature each by themselves."""
    found = list(lines(text, start, end))
    if len(found) > 1 and all(
        last - first <= _SHORT_LINE and text[last - 1] not in ".,;:?!" for first, last in found
    ):
        yield from found
    else:
        yield from sentences(text, start, end)


def _of_office(parts: Parts, before: Parts | None) -> Iterator[Parts]:
    """Who holds an office, where a name and the office stand side by side.

    They do in a label (`Ann Lee, Technical Manager`), in a line (`Ann Lee, lead auditor`,
    `Lighting, Ann Lee.`), and in two lines below a letter.
    """
    if parts.subject:
        return
    line = parts.label or parts.value
    if named := _NAME_AND_OFFICE.fullmatch(line):
        name, office = named["name"], named["office"]
        if looks_like_person(name) and _OFFICE.search(_OFFICE_END.split(office, maxsplit=1)[0]):
            yield Parts(parts.start, parts.end, office, name)
    elif not parts.label and (credit := _CREDIT.match(line)) and looks_like_person(credit["name"]):
        yield Parts(parts.start, parts.end, credit["label"], credit["name"])
    elif (
        before
        and not parts.label
        and NAME.fullmatch(before.value)
        and looks_like_person(before.value)
        and len(line.split()) <= _MAX_OFFICE_WORDS
        and _OFFICE.search(_OFFICE_END.split(line, maxsplit=1)[0])
    ):
        yield Parts(before.start, parts.end, line.partition(", ")[0], before.value)


def _roles(parts: Parts) -> Iterator[Parts]:
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
            yield Parts(parts.start, parts.end, label, name)


def _parts_of_line(text: str, start: int, end: int) -> Iterator[Parts]:
    line = text[start:end]
    if item := _ITEM.match(line):
        line = line[item.end() :]
    labelled = _BOLD_LEAD.match(line) or LABELLED.match(line)
    if labelled:
        label = clean(labelled["label"])
        value = clean(line[labelled.end() :]) or clean(labelled[0].rpartition(label)[2])
        if "value" in labelled.groupdict():
            value = clean(line[labelled.start("value") :])
        if len(label.split()) <= _MAX_LABEL_WORDS and value:
            above, _, label = label.rpartition(" - ")
            yield Parts(start, end, label, value, topic=above)
            return
    if clean(line):
        topic = _topic(text, end - len(line), end)
        for first, last in sentences(text, end - len(line), end):
            yield Parts(first, last, "", clean(text[first:last]), topic=topic)


def _topic(text: str, start: int, end: int) -> str:
    """What a paragraph or item is about, by a short first sentence without a verb."""
    lead = _RUN_IN.match(text, start, end)
    if not lead or _VERB.search(lead["label"]) or _SHORT_VERB.search(lead["label"]):
        return ""
    return lead["label"]


def _parts_of_table(text: str, block: Block, caption: str) -> Iterator[Parts]:
    rows = list(lines(text, block.start, block.end))
    has_head = len(rows) > 1 and is_separator(text[rows[1][0] : rows[1][1]])
    head: list[str] = []
    subject = ""
    above = (block.heading.rsplit(" > ", 1)[-1], caption)
    unit = next((u for text_above in reversed(above) if (u := _unit_above(text_above))), "")
    for number, (start, end) in enumerate(rows):
        row = text[start:end]
        if is_separator(row):
            continue
        cells = [clean(cell) for cell in row.strip().strip("|").split("|")]
        if number == 0 and has_head:
            head = cells
            unit = unit_in_head(head[0]) or unit
            continue
        subject = cells[0] or subject
        if len(cells) == 2 and _lists_properties(head):
            if subject and cells[1]:
                yield Parts(start, end, subject, _with_unit(cells[1], unit_in_head(subject)))
        elif head:
            yield from _parts_of_row(Parts(start, end, "", unit, subject), head, cells)
        else:
            yield Parts(start, end, "", ", ".join(filter(None, cells)), subject)


def _unit_above(text: str) -> str:
    """The unit in a caption or heading: `EUR thousand, 31 December`, `in mg/L unless stated`."""
    bare = _SAVE.split(text, maxsplit=1)[0]
    return next((unit for part in (bare, *bare.split(",")) if (unit := unit_in_head(part))), "")


def _parts_of_row(row: Parts, head: list[str], cells: list[str]) -> Iterator[Parts]:
    """The cells of a row as facts; `row` holds its place, its subject and the table's unit."""
    in_row = next(
        (cell for label, cell in zip(head, cells, strict=False) if _is_unit(label, cell)), ""
    )
    unit_of_row = unit_in_head(row.subject) or in_row or row.value
    named = row.subject
    beside = next((cell for cell in cells[1:] if cell[:1].isalpha()), "")
    if head[0] and cells[0] and beside:
        # of another cell of the row, too, the first one tells: `Silver | Aster Brut 2017`
        yield Parts(row.start, row.end, head[0], cells[0], beside)
    for named_head, cell in zip(head[1:], cells[1:], strict=False):
        label = _FISCAL.sub("", named_head)
        if not (label and cell and row.subject) or _is_unit(label, cell):
            continue
        is_value = set(label.lower().split()) <= _VALUE_HEADS
        value = _with_unit(cell, unit_in_head(label) or unit_of_row)
        yield Parts(row.start, row.end, label, value, named if is_value else row.subject)
        if within := _SENTENCE_LABEL.fullmatch(f"{cell[:1].upper()}{cell[1:]}"):
            # `partnership: A. Lee and B. Roe` as a remark
            yield Parts(row.start, row.end, within["label"], within["value"], row.subject)
        if is_value and len(cell.split()) <= _MAX_LABEL_WORDS:
            named = f"{named} {cell}"


def _is_unit(label: str, cell: str) -> bool:
    """True for the unit of a row: not for the `A8` of a tenant's unit."""
    is_place = any(map(str.isdigit, cell)) and not unit_at(cell, 0)[0]
    return label.lower() in _UNIT_HEADS and not is_place


def _with_unit(cell: str, unit: str) -> str:
    """A cell's number with the unit that stands in the head or caption; `(4.2)` as `-4.2`."""
    if negative := _NEGATIVE.fullmatch(cell):
        cell = f"-{negative['digits']}"
    return f"{cell} {unit}" if unit and cell[-1:].isdigit() else cell


def is_separator(row: str) -> bool:
    """True for the line below the head of a table: `|---|:--|`."""
    return "-" in row and not row.strip(" :|-")


def _lists_properties(head: list[str]) -> bool:
    """True when a table of two columns lists the document's own properties."""
    if len(head) != 2 or not all(head):
        return True
    first, second = (set(text.lower().split()) for text in head)
    return bool(first & _PROPERTY_HEADS or second & _VALUE_HEADS)
