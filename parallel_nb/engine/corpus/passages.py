"""Passages: a document's text cut into a few sentences, lines of a list, or rows of a table.

Every part is a slice of the text (`text[start:end]`), so that what is quoted is verbatim.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

BlockKind = Literal["prose", "list", "table", "code"]

#: A passage of prose closes at the sentence end after so many characters.
_PROSE_CHARS: Final = 360
_MAX_SENTENCES: Final = 4
#: Lines of a list or table that make one passage.
_MAX_LINES: Final = 8
#: How far before the end of a sentence an abbreviation is looked for, in characters.
_LONGEST_ABBREVIATION: Final = 12
#: A longer sentence is cut, in characters.
_LONGEST: Final = 2_000
_HEADING = re.compile(r"(?P<level>#{1,6})[ \t]+(?P<text>.*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|[0-9]{1,3}[.)])[ \t]+")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
#: `Label: value` on a line of its own, which is no sentence of a paragraph; what stands between
#: may also be a leader of dots or a wide gap.
LABELLED = re.compile(
    r"(?P<label>[*_`]{0,2}[^\W_][^:\n.!?|]{0,90}?[*_`]{0,2})"
    r"(?:[ \t]*:(?:\*\*|__|\*|_)?[ \t]++|[ \t]?\.{3,}+[ \t]*+|(?<!\t)\t[ \t]*+|(?<! ) {3,}+)"
    r"(?P<value>\S.*)"
)
#: A clause's heading in a plain text: `7. Renewal`, or `INSURANCE` in capitals; no `22 May 2025`.
_PLAIN_HEADING = re.compile(
    r"(?!\d{1,2} [A-Z][a-z]{2,8} \d{4}$)(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?[ \t]+"
    r"(?P<text>[A-Z][^\s.,:;!?|]{0,30}(?: [^\s.,:;!?|]{1,30}){0,5})"
    r"|(?P<capitals>[A-Z][A-Z&/-]{2,30}(?: [A-Z&/-]{1,30}){0,5}))$"
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
#: A heading without a sign stands below all that have one.
_PLAIN_LEVEL: Final = 7
#: The kind of block that lines of a kind make.
_KINDS: Final[dict[str, BlockKind]] = {
    "prose": "prose", "list": "list", "lines": "list", "table": "table", "code": "code",
}  # fmt: skip


class Passage(msgspec.Struct, frozen=True, array_like=True):
    """A part of a document that is found and quoted as one."""

    #: Its number in the document, from 0.
    number: int
    #: Where it stands in the text, in characters.
    start: int
    end: int
    #: The headings above it, outermost first, joined by ` > `.
    heading: str
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or code of a document."""

    #: Where it stands in the text, in characters.
    start: int
    end: int
    #: The headings above it, outermost first, joined by ` > `.
    heading: str
    kind: BlockKind


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text; headings are not blocks but stand over them."""
    headings: list[tuple[int, str]] = []
    start, end, kind = 0, 0, ""
    fenced = False

    def close() -> Iterator[Block]:
        if kind and text[start:end].strip():
            heading = " > ".join(name for _, name in headings)
            yield Block(start, end, heading, _KINDS[kind])

    line_end = 0
    all_lines = text.splitlines(keepends=True)
    for number, line in enumerate(all_lines):
        line_start, line_end = line_end, line_end + len(line)
        bare = line.strip()
        if bare.startswith(("```", "~~~")):
            if not fenced:
                yield from close()
                kind = ""
            fenced = not fenced
            continue
        line_kind = "code" if fenced else _line_kind(line, bare, kind)
        heading = None if fenced else _heading(all_lines, number, line_kind)
        if heading or not line_kind:
            yield from close()
            kind = ""
            if heading:
                headings = [entry for entry in headings if entry[0] < heading[0]]
                headings.append(heading)
            continue
        if line_kind != kind:
            yield from close()
            kind, start = line_kind, line_start
        end = line_start + len(line.rstrip())
    yield from close()


def _heading(all_lines: list[str], number: int, kind: str) -> tuple[int, str] | None:
    """The level and text of the heading that a line is; of a plain one, other lines tell."""
    bare = all_lines[number].strip()
    if kind == "heading" and (match := _HEADING.match(bare)):
        return len(match["level"]), match["text"].rstrip(" \t#").strip()
    if kind not in {"list", "prose"} or not (found := _PLAIN_HEADING.match(bare)):
        return None
    following = "".join(all_lines[number + 1 : number + 3]).strip().split("\n")[0]
    stands_alone = number == 0 or not all_lines[number - 1].strip()
    if not (stands_alone and following) or _PLAIN_HEADING.match(following):
        return None
    return _PLAIN_LEVEL, found["text"] or found["capitals"].capitalize()


def _line_kind(  # noqa: PLR0911 - one return a kind
    line: str, bare: str, kind_before: str
) -> str:
    """What a line is: empty for a blank one or a rule, else heading or a key of `_KINDS`."""
    if not bare or _RULE.match(bare):
        return ""
    if _HEADING.match(bare) and not is_code(line):
        return "heading"
    if bare.startswith("|"):
        return "table"
    if _ITEM.match(line):
        return "list"
    if kind_before == "list" and line[:1] in " \t":
        return "list"  # an item that goes on
    labelled = LABELLED.match(bare)
    if labelled and _is_label(labelled) and (kind_before != "prose" or not bare.endswith(".")):
        return "lines"
    return "prose"


def is_code(line: str) -> bool:
    """Whether a line of Markdown is set in so far that it is code: `    # root` is no heading."""
    return line.startswith(("    ", "\t"))


def _is_label(found: re.Match[str]) -> bool:
    """False where a colon stands within a sentence: `Haskell is lazy: values are ...`."""
    return not _VERB.search(found["label"]) and not _NEXT_SENTENCE.search(found["value"])


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of `text[start:end]` as (start, end), without the space between them.

    Examples:
        >>> text = "Dr. Lee left. The end."
        >>> [text[start:end] for start, end in sentences(text, 0, len(text))]
        ['Dr. Lee left.', 'The end.']
    """
    sentence_start = start
    for match in _END.finditer(text, start, end):
        before = max(sentence_start, match.start() - _LONGEST_ABBREVIATION)
        if match.start() <= sentence_start or _ABBREVIATION.search(text, before, match.start()):
            continue
        yield from _trimmed(text, sentence_start, match.start())
        sentence_start = match.end()
    yield from _trimmed(text, sentence_start, end)


def lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines of `text[start:end]` that are not blank, as (start, end)."""
    line_end = start
    for line in text[start:end].splitlines(keepends=True):
        line_start, line_end = line_end, line_end + len(line)
        yield from _trimmed(text, line_start, line_end)


def passages(text: str) -> list[Passage]:
    """Cut a text into passages: four sentences or 360 characters of prose, eight lines else."""
    found: list[Passage] = []
    for block in blocks(text):
        for start, end in _passages_of(text, block):
            found.append(Passage(len(found), start, end, block.heading, block.kind))
    return found


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """`text[start:end]` without the space around it, cut where it is longer than any sentence."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    for part_start in range(start, end, _LONGEST):
        yield part_start, min(end, part_start + _LONGEST)


def _passages_of(text: str, block: Block) -> Iterator[tuple[int, int]]:
    if block.kind == "prose":
        parts = list(sentences(text, block.start, block.end))
        limit, most = _PROSE_CHARS, _MAX_SENTENCES
    else:
        parts = list(lines(text, block.start, block.end))
        limit, most = _LONGEST, _MAX_LINES
    first = 0
    for number in range(1, len(parts) + 1):
        size = parts[number - 1][1] - parts[first][0]
        if number == len(parts) or number - first >= most or size >= limit:
            yield parts[first][0], parts[number - 1][1]
            first = number
