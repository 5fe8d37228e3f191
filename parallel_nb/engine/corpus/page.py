"""What a reader of a file format gives back, and what the readers of text formats share.

A reader is a function from a file's bytes to a `ParsedFile`. To add a format, write one in a
module of its own and enter it in `formats.FORMATS`.
"""

from __future__ import annotations

import codecs
import re
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from parallel_nb.engine.corpus.places import Places  # noqa: TC001 - read when it is decoded
from parallel_nb.engine.corpus.words import word_set

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHARSET = re.compile(rb"(?:charset|encoding) ?= ?[\"']?([A-Za-z0-9_-]{1,40})")
#: A declaration of the encoding stands in the first bytes of a file.
_CHARSET_BYTES = 20_000
#: Bytes from which the encoding of other text is guessed.
_GUESSED_BYTES = 50_000
#: Bytes of a text from which zeros tell UTF-16.
_SHORTEST_UTF_16 = 8
#: The part of all bytes that is no ASCII in a text of other letters.
_FOREIGN = 0.2
#: What Python's table of handlers calls the one below.
_MIXED: Final = "parallel_nb.mixed"
#: The part of every second byte that is zero in UTF-16 of Latin letters.
_ZEROS = 0.4
#: The encodings that a file may declare, by Python's names. Python knows more: some are no
#: encodings of text (`hex`), and some make what cannot be encoded again (`raw_unicode_escape`).
_TEXT_ENCODINGS: Final = word_set(
    """
    ascii utf_8 latin_1 iso8859_2 iso8859_3 iso8859_4 iso8859_5 iso8859_6 iso8859_7 iso8859_8
    iso8859_9 iso8859_10 iso8859_11 iso8859_13 iso8859_14 iso8859_15 iso8859_16 tis_620
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp866 cp874
    koi8_r koi8_u mac_roman mac_cyrillic
    gb2312 gbk gb18030 big5 big5hkscs shift_jis cp932 euc_jp iso2022_jp euc_kr cp949
    """
)


_MOST_DIGITS: Final = 7


class Member(msgspec.Struct, frozen=True):
    """A file within a file: an attachment of a mail, an entry of an archive."""

    #: With `/` between its parts.
    name: str
    #: Its bytes; of a row of a table that is a document of its own, what it says.
    data: bytes | ParsedFile


class ParsedFile(msgspec.Struct, frozen=True):
    """A file's text, and what the file says about itself; empty where it does not say."""

    text: str
    title: str = ""
    #: The address that the file gives itself.
    url: str = ""
    #: YYYY-MM-DD.
    date: str | None = None
    #: YYYY-MM-DD, when the file says that it was made, which may be later than what it says.
    created: str | None = None
    #: Where the parts of the text stand in the file.
    places: Places = ()
    #: How many pages, slides or sheets the file has; None for one that has none.
    pages: int | None = None
    #: A tag such as `en` or `de-CH`.
    language: str = ""
    #: What was not read of it: `page 7: damaged`.
    notes: tuple[str, ...] = ()
    #: Files within it, to be read as documents of their own.
    members: tuple[Member, ...] = ()


class UnreadableFileError(Exception):
    """A file that its reader cannot read; the message is the reason, as a clause."""


def decode_text(data: bytes) -> str:
    """The text of a file, with line feeds at the ends of lines.

    Tried in turn: UTF-16 by its mark or its zeros, UTF-8, also where single bytes of it are
    Windows-1252, as of a letter that was put together from several, the encoding that the file
    declares, one that is guessed from the letters (Shift-JIS, KOI8-R), and Windows-1252, which
    old files on Windows have.

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
        encodings = [_utf_16_of(data)]
    elif match := _CHARSET.search(data[:_CHARSET_BYTES]):
        name = normalize_encoding(match[1].decode("ascii").lower())
        encodings += {aliases.get(name, name)} & _TEXT_ENCODINGS
    if b"\0" not in data and (mixed := _mixed(data)) is not None:
        return _with_line_feeds(mixed)
    for encoding in encodings if b"\0" in data else (*encodings, "", "cp1252"):
        try:
            text = data.decode(encoding or _guessed(data))
        except UnicodeError:
            continue
        return _with_line_feeds(text)
    raise UnreadableFileError("it is not text")


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _mixed(data: bytes) -> str | None:
    """UTF-8 in which single bytes are Windows-1252; None for what is whole UTF-8, or is none.

    By chance the bytes of another encoding seldom make a letter of UTF-8: they are twice as many
    as the others in a text that is UTF-8 for the most part.
    """
    wrong: list[str] = []

    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - of decoding there is no other
        byte = error.object[error.start : error.start + 1]
        wrong.append(byte.decode("cp1252", "replace"))
        return wrong[-1], error.start + 1

    codecs.register_error(_MIXED, note)
    text = data.decode("utf-8-sig", _MIXED)
    letters = sum(not character.isascii() for character in text) if wrong else 0
    return text if wrong and letters - len(wrong) >= 2 * len(wrong) else None


def _utf_16_of(data: bytes) -> str:
    """The form of UTF-16 without its mark that a text with zeros is in.

    Raises:
        UnreadableFileError: it is in none.
    """
    sample = data[: 2 * _CHARSET_BYTES]
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        half, other = sample[first::2], sample[1 - first :: 2]
        is_whole = len(data) % 2 == 0 and len(data) >= _SHORTEST_UTF_16
        if is_whole and half.count(0) >= _ZEROS * len(half) and not other.count(0):
            return name
    raise UnreadableFileError("it is not text")


def _guessed(data: bytes) -> str:
    """The encoding of text that is not of Latin letters, by these; Windows-1252 for Latin ones.

    Encodings of Latin letters are too near to each other to be told apart by a few of them.
    """
    sample = data[:_GUESSED_BYTES]
    if sum(byte > 127 for byte in sample) < _FOREIGN * len(sample):
        return "cp1252"
    from charset_normalizer import from_bytes  # noqa: PLC0415 - few files need it

    found = from_bytes(sample).best()
    name = "cp1252" if found is None else found.encoding
    return name if name in _TEXT_ENCODINGS else "cp1252"


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


def whole_number(text: str | None, otherwise: int = 0) -> int:
    """A number of up to seven digits, as an attribute says it; `otherwise` for anything else.

    Examples:
        >>> whole_number("12"), whole_number("\u00b2"), whole_number(None, 1)
        (12, 0, 1)
    """
    is_one = text is not None and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if text is not None and is_one else otherwise


def decode_as(data: bytes, encoding: str) -> str:
    """A text in the encoding that its file says, else in the one that it has."""
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeError):
        pass
    try:
        return decode_text(data)
    except UnreadableFileError:
        return data.decode("latin-1")


def listed(noun: str, numbers: Sequence[int]) -> str:
    """Numbers of pages or slides in words.

    Examples:
        >>> listed("page", [2, 3, 4, 9]), listed("page", [1])
        ('pages 2-4, 9', 'page 1')
    """
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    words = [str(low) if low == high else f"{low}-{high}" for low, high in ranges]
    return f"{noun if len(numbers) == 1 else noun + 's'} {', '.join(words)}"
