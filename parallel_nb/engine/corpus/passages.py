"""Passages: a document's text cut into pieces of a few sentences, a list, or table rows.

Every piece is a slice of the text (`text[start:end]`), so that what is quoted is verbatim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["prose", "list", "table", "code"]

#: A passage of prose closes at the sentence end after so many characters.
_PROSE_CHARS: Final = 360
_MAX_SENTENCES: Final = 4
#: Lines of a list or table that make one passage.
_LINES: Final = 8
#: A sentence longer than this is cut, whatever it holds.
_LONGEST: Final = 2_000
_HEADING = re.compile(r"(?P<level>#{1,6})[ \t]+(?P<text>.*?)[ \t#]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
_SETEXT = re.compile(r"[ \t]*(?:={3,}|-{3,})[ \t]*$")
#: `Label: value` on a line of its own, which is no sentence of a paragraph.
LABELLED = re.compile(
    r"(?P<label>[*_`]{0,2}[^\W_][^:\n.!?|]{0,60}?[*_`]{0,2})"
    r"[ \t]*:(?:\*\*|__|\*|_)?[ \t]+(?P<value>\S.*)"
)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|will|can|says|said)\b")
_NEXT_SENTENCE = re.compile(r"[a-z)][.!?]\s+[^\W\da-z_]")
_END = re.compile(
    r"(?:(?<=[.!?\u2026])|(?<=[.!?\u2026][\"'\u201d\u2019)\]*_]))\s+(?=[\"'\u201c\u2018(\[*_]?[^\W_a-z])"
    r"|(?<=[\u3002\uff01\uff1f])"
)
_ABBREVIATION = re.compile(
    r"(?:(?<!\u00b0)(?<!\u00b0 )\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Inc|Corp|Co|Ltd|No|Nos|vs"
    r"|approx|ca|cf|al|e\.g|i\.e"
    r"|etc|Fig|Vol|pp?|Gen|Gov|Sen|Rep|Mt|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|U\.S|U\.K))\.$"
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document."""

    #: Its place in the document.
    number: int
    start: int
    end: int
    #: The headings above it, outermost first, joined by ` > `.
    heading: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or code of a document, with the lines that it spans."""

    start: int
    end: int
    heading: str
    kind: Kind


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text; headings are not blocks but stand over them."""
    headings: list[tuple[int, str]] = []
    start, end, kind = 0, 0, ""
    fenced = False

    def close() -> Iterator[Block]:
        if kind and text[start:end].strip():
            heading = " > ".join(name for _, name in headings)
            yield Block(start, end, heading, _KINDS[kind])

    at = 0
    for line in text.splitlines(keepends=True):
        here, at = at, at + len(line)
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            if not fenced:
                yield from close()
                kind = ""
            fenced = not fenced
            continue
        found = "code" if fenced else _line_kind(line, bare, kind)
        if found == "heading" or not found:
            yield from close()
            kind = ""
            if match := _HEADING.match(bare):
                level = len(match["level"])
                headings = [entry for entry in headings if entry[0] < level]
                headings.append((level, match["text"].strip()))
            continue
        if found != kind:
            yield from close()
            kind, start = found, here
        end = here + len(line.rstrip())
    yield from close()


_KINDS: Final[dict[str, Kind]] = {
    "prose": "prose",
    "list": "list",
    "lines": "list",
    "table": "table",
    "code": "code",
}


def _line_kind(  # noqa: PLR0911 - one return a kind
    line: str, bare: str, before: str
) -> str:
    """What a line is: empty for a blank one or a rule, else heading or a kind of block."""
    if not bare or _RULE.match(bare):
        return ""
    if _HEADING.match(bare):
        return "heading"
    if bare.startswith("|"):
        return "table"
    if _ITEM.match(line):
        return "list"
    if before == "list" and line[:1] in " \t":
        return "list"  # an item that goes on
    labelled = LABELLED.match(bare)
    if labelled and _is_label(labelled) and (before != "prose" or not bare.endswith(".")):
        return "lines"
    return "prose"


def _is_label(found: re.Match[str]) -> bool:
    """False where a colon stands within a sentence: `Haskell is lazy: values are ...`."""
    return not _VERB.search(found["label"]) and not _NEXT_SENTENCE.search(found["value"])


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of `text[start:end]` as (start, end), without the space between them."""
    at = start
    for match in _END.finditer(text, start, end):
        if match.start() <= at or _ABBREVIATION.search(
            text, max(at, match.start() - 12), match.start()
        ):
            continue
        yield from _trimmed(text, at, match.start())
        at = match.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    for at in range(start, end, _LONGEST):
        yield at, min(end, at + _LONGEST)


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines that are not blank of `text[start:end]` as (start, end)."""
    at = start
    for line in text[start:end].splitlines(keepends=True):
        yield from _trimmed(text, at, at + len(line))
        at += len(line)


def passages(text: str) -> list[Passage]:
    """Cut a text into passages."""
    made: list[Passage] = []
    for block in blocks(text):
        for start, end in _pieces(text, block):
            made.append(Passage(len(made), start, end, block.heading, block.kind))
    return made


def _pieces(text: str, block: Block) -> Iterator[tuple[int, int]]:
    if block.kind == "prose":
        parts = list(sentences(text, block.start, block.end))
        limit, most = _PROSE_CHARS, _MAX_SENTENCES
    else:
        parts = list(lines(text, block.start, block.end))
        limit, most = _LONGEST, _LINES
    first = 0
    for number in range(1, len(parts) + 1):
        size = parts[number - 1][1] - parts[first][0]
        if number == len(parts) or number - first >= most or size >= limit:
            yield parts[first][0], parts[number - 1][1]
            first = number
