"""What a reader of a file format gives back, and what the readers of text formats share.

A reader is a function from a file's bytes to a `ParsedFile`. To add a format, write one in a
module of its own and enter it in `documents.READERS`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_CHARSET = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]+)")
#: A declaration of the encoding stands in the first bytes of a file.
_CHARSET_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file's text, and what the file says about itself; empty where it does not say."""

    text: str
    title: str = ""
    #: The address that the file gives itself.
    url: str = ""
    #: YYYY-MM-DD.
    date: str | None = None


class UnreadableFileError(Exception):
    """A file that its reader cannot read; the message is the reason, as a clause."""


def decode_text(data: bytes) -> str:
    """The text of a file, with line feeds at the ends of lines.

    Tried in turn: UTF-16 with its mark, UTF-8, the encoding that the file declares, and
    Windows-1252, which old files on Windows have.

    Raises:
        UnreadableFileError: the bytes are not text.

    Examples:
        >>> decode_text("Zürich".encode("cp1252"))
        'Zürich'
    """
    encodings = ["utf-8-sig"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise UnreadableFileError("it is not text")
    elif match := _CHARSET.search(data[:_CHARSET_BYTES]):
        encodings.append(match[1].decode("ascii"))
    for encoding in [*encodings, "cp1252"]:
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    raise UnreadableFileError("it is not text")


def host_of(url: str) -> str:
    """The host that an address names, in lower case; empty when it names none.

    Examples:
        >>> host_of("https://Docs.Example.com/a"), host_of("file:dataroom/a.md")
        ('docs.example.com', '')
    """
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
