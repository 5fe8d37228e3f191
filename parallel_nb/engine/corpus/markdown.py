"""Markdown and plain text: front matter, the first heading, the text as it is."""

from __future__ import annotations

import re

import msgspec

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.page import ParsedFile, decode_text

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<head>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_LINE = re.compile(r"(?P<key>[A-Za-z_][\w-]*)[ \t]*:[ \t]*(?P<value>.*)")
_HEADING = re.compile(r"^#{1,6}[ \t]+(?P<text>\S.*)", re.MULTILINE)


def read_markdown(data: bytes) -> ParsedFile:
    """Read a Markdown file; its title is that of its front matter, else its first heading.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    parsed = read_text(data)
    heading = _HEADING.search(parsed.text)
    return msgspec.structs.replace(
        parsed, title=parsed.title or (heading["text"].rstrip(" \t#") if heading else "")
    )


def read_text(data: bytes) -> ParsedFile:
    """Read a text file; its front matter may name its `title`, `url` and `date`.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    front_matter, text = read_front_matter(decode_text(data))
    return ParsedFile(
        text.strip("\n"),
        title=front_matter.get("title", ""),
        url=front_matter.get("url", ""),
        date=whole_date(front_matter.get("date", "")),
    )


def read_front_matter(source: str) -> tuple[dict[str, str], str]:
    """Split the `key: value` lines between two `---` off a text.

    Returns:
        The values by their keys in lower case, and the rest. A text without such lines, or
        with unclosed ones, comes back as it is, with no keys.
    """
    match = _FRONT_MATTER.match(source)
    if match is None:
        return {}, source
    values = {}
    for line in match["head"].splitlines():
        if found := _FRONT_LINE.match(line):
            values[found["key"].lower()] = _unquoted(found["value"].strip())
    return values, source[match.end() :]


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
