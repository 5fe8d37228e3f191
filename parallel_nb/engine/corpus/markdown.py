"""Markdown, reStructuredText, plain text: front matter, headings, the text and its lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from parallel_nb.engine.corpus.dates import PUBLISHED, whole_date
from parallel_nb.engine.corpus.page import ParsedFile, decode_text
from parallel_nb.engine.corpus.passages import is_code
from parallel_nb.engine.corpus.places import line_place

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The lines that begin and end front matter, and what parts a key from its value there.
_FENCES: Final = {"---": ":", "+++": "="}
#: And what ends them: YAML has a sign for it.
_ENDS: Final = {"---": ("---", "..."), "+++": ("+++",)}
_KEY = re.compile(r"(?P<key>[A-Za-z_][\w -]{0,40}?)[ \t]*(?P<sign>[:=])(?:[ \t]+|\Z)(?P<value>.*)")
_DATE_LINE = re.compile(
    r"^[*_]{0,2}(?:Date|Dated|Sent)[*_]{0,2}:[*_]{0,2}[ \t]{1,8}(?P<date>\S.*)",
    re.MULTILINE | re.IGNORECASE,
)
#: The date of a letter stands in the first characters.
_HEAD_CHARS: Final = 600
_HEADING = re.compile(r"#{1,6}[ \t]+(?P<text>\S.*)")
_UNDERLINE = re.compile(r" {0,3}(?:={3,}|-{3,})[ \t]*\Z")
_RST_RULE = re.compile(r"([=\-~^\"'`#*+.:_<>])\1{2,}")
_CODE: Final = ("```", "~~~")
_ADDRESSES: Final = ("url", "canonical_url", "canonical", "link")
#: Lines within which front matter must end.
_LONGEST: Final = 200


def read_markdown(data: bytes) -> ParsedFile:
    """Read a Markdown file; its title is that of its front matter, else its first heading.

    Titles that are underlined become those that begin with `#`.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    parsed = read_text(data)
    text, heading = _with_headings(parsed.text)
    return msgspec.structs.replace(parsed, text=text, title=parsed.title or heading)


def read_rst(data: bytes) -> ParsedFile:
    """Read a file of reStructuredText; its title is its first one.

    Titles that are underlined, or stand between two lines, become those that begin with `#`.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    parsed = read_text(data)
    lines = parsed.text.split("\n")
    first = ""
    #: The signs of the lines in the order in which they come up: the first is of the highest title.
    kinds: list[tuple[str, bool]] = []
    for number, line in enumerate(lines[:-1]):
        title, under = line.strip(), lines[number + 1].rstrip()
        before = lines[number - 1].rstrip() if number else ""
        is_rule = _RST_RULE.fullmatch(under) and len(under) >= len(title)
        if not title or not is_rule or _RST_RULE.fullmatch(title) or before not in {"", under}:
            continue
        kind = (under[0], bool(before))
        if kind not in kinds:
            kinds.append(kind)
        first = first or title
        lines[number : number + 2] = [f"{'#' * min(6, kinds.index(kind) + 1)} {title}", ""]
        if before:
            lines[number - 1] = ""
    return msgspec.structs.replace(parsed, text="\n".join(lines), title=parsed.title or first)


def read_text(data: bytes) -> ParsedFile:
    """Read a text file; its front matter may name its `title`, `url` and `date`.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    source = decode_text(data)
    values, rest = read_front_matter(source)
    text = rest.lstrip("\n")
    first_line = 1 + source.count("\n", 0, len(source) - len(text))
    return ParsedFile(
        text.rstrip("\n"),
        title=values.get("title", ""),
        url=next((values[key] for key in _ADDRESSES if values.get(key)), ""),
        date=next(filter(None, map(whole_date, _date_texts(values, text))), None),
        places=((0, line_place(first_line)),),
        language=values.get("lang", values.get("language", ""))[:20],
    )


def _date_texts(values: dict[str, str], text: str) -> Iterator[str]:
    """What may give the date: the front matter, else the head of a letter or of minutes."""
    yield from (values[key] for key in PUBLISHED if key in values)
    if found := _DATE_LINE.search(text[:_HEAD_CHARS]):
        yield found["date"]


def read_front_matter(source: str) -> tuple[dict[str, str], str]:
    """What a text says of itself before it begins.

    That is `key: value` lines between two lines of `---`, or `key = value` between `+++`. Without
    them, lines of `key: value` at the begin that name a title are read too, and stay part of the
    text (the form of MultiMarkdown).

    Returns:
        The values by their keys in lower case, and the rest. A text without such lines, or
        with unclosed ones, comes back as it is, with no keys.
    """
    lines = source.split("\n", _LONGEST)
    sign = _FENCES.get(lines[0].rstrip())
    if sign is None:
        end = lines.index("") if "" in lines else len(lines)
        values = _values(lines[:end], ":")
        return (values if values and "title" in values else {}), source
    ends = _ENDS[lines[0].rstrip()]
    closing = (n for n, line in enumerate(lines[1:_LONGEST], 1) if line.rstrip() in ends)
    end = next(closing, 0)
    found = _values(lines[1:end], sign) if end else None
    return ({}, source) if found is None else (found, "\n".join(lines[end + 1 :]))


def _values(lines: list[str], sign: str) -> dict[str, str] | None:
    """The values of lines that are keys with values, or go on with one; None where others are."""
    values: dict[str, str] = {}
    for line in lines:
        bare = line.strip()
        found = _KEY.match(line)
        if found and found["sign"] == sign:
            values[found["key"].lower()] = _unquoted(found["value"].strip())
        elif bare and not (bare.startswith(("#", "- ")) or (values and line[:1] in " \t]})")):
            return None
    return values


def _with_headings(text: str) -> tuple[str, str]:
    """The text with each heading marked by `#`, on the same line, and the first of them."""
    lines = text.split("\n")
    first = ""
    fence = ""
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith(_CODE) and (not fence or bare.startswith(fence)):
            fence = "" if fence else bare[:3]
        if fence or is_code(line):
            continue
        if found := _HEADING.match(bare):
            first = first or found["text"].rstrip(" \t#")
        elif number and _UNDERLINE.match(line) and _is_title(lines, number - 1):
            title = lines[number - 1].strip()
            lines[number - 1 : number + 1] = [f"{'#' if '=' in line else '##'} {title}", ""]
            first = first or title
    return "\n".join(lines), first


def _is_title(lines: list[str], number: int) -> bool:
    """Whether an underlined line is a title: alone, and neither a table nor a list."""
    bare = lines[number].strip()
    before = lines[number - 1].strip() if number else ""
    return bool(bare) and not before and not bare.startswith(("|", "#", "- ", "* ", ">"))


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace("''", "'") if value[0] == "'" else value[1:-1]
    return value
