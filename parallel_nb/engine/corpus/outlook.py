"""Mails of Outlook (.msg): a compound file with a stream for each property.

The names and types of properties are those of Microsoft's MS-OXPROPS, the layout that of MS-OXMSG.
Old ones have texts in a code page of their own, and some have their text as compressed RTF alone.
"""

from __future__ import annotations

import datetime as dt
import io
import struct
from email.parser import HeaderParser
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Final

import compressed_rtf
import olefile

from parallel_nb.engine.corpus.mail import (
    compose_mail,
    in_one_line,
    parsed_date,
    safe_name,
    text_of_html,
)  # fmt: skip
from parallel_nb.engine.corpus.page import Member, ParsedFile, UnreadableFileError, decode_as
from parallel_nb.engine.corpus.rtf import read_rtf

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Numbers of properties.
_SUBJECT: Final = 0x0037
_SENT, _DELIVERED = 0x0039, 0x0E06
_HEADERS: Final = 0x007D
_SENDER: Final = 0x0C1A
_SENDER_ADDRESSES: Final = (0x5D01, 0x0C1F)
_BODY, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_NAME: Final = 0x3001
_ADDRESSES: Final = (0x39FE, 0x3003)
_ROLE: Final = 0x0C15
_CODE_PAGE, _HTML_CODE_PAGE = 0x3FFD, 0x3FDE
_FILE: Final = 0x3701
_FILE_NAMES: Final = (0x3707, 0x3704, 0x3001)
#: Types of properties.
_LONG, _TIME, _UNICODE, _STRING, _BINARY, _OBJECT = 0x03, 0x40, 0x1F, 0x1E, 0x102, 0x0D

_ENTRY: Final = struct.Struct("<HHI8s")
_NUMBER: Final = struct.Struct("<I")
_FILETIME: Final = struct.Struct("<Q")
_PROPERTIES: Final = "__properties_version1.0"
#: What stands before the entries of a message, of one within it, and of a recipient or attachment.
_TOP, _INNER, _PART = 32, 24, 8
_EPOCH: Final = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
#: The years of a mail: a moment that nobody has set is in 1601 or in 4501.
_YEARS: Final = range(1971, 2200)
#: Code pages that Python calls otherwise.
_CODE_PAGES: Final = {
    65001: "utf-8",
    20127: "ascii",
    20866: "koi8-r",
    21866: "koi8-u",
    50220: "iso2022_jp",
    51932: "euc_jp",
    51949: "euc_kr",
    54936: "gb18030",
    **{28590 + part: f"iso8859_{part}" for part in range(1, 16)},
}
_MAX_DEPTH: Final = 3
_MAX_PARTS: Final = 2_000
#: The headings of recipients, by their role.
_ROLES: Final = {2: "Cc", 3: "Bcc"}


def read_msg(data: bytes) -> ParsedFile:
    """Read a mail of Outlook.

    Raises:
        UnreadableFileError: it is damaged.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            if not ole.exists(_PROPERTIES):
                raise UnreadableFileError("it is no mail of Outlook")
            return _read(ole, (), 0)
    except (OSError, ValueError, IndexError, struct.error, RecursionError) as error:
        raise UnreadableFileError(f"it is damaged ({type(error).__name__})") from error


class _Properties:
    """The properties of one storage: of a message, a recipient or an attachment."""

    def __init__(self, ole: Any, path: tuple[str, ...], skipped: int, encoding: str = "") -> None:
        self._ole, self._path = ole, path
        self._fixed: dict[tuple[int, int], bytes] = {}
        stream = self._stream(_PROPERTIES) or b""
        whole = (len(stream) - skipped) // _ENTRY.size * _ENTRY.size
        for kind, number, _, value in _ENTRY.iter_unpack(stream[skipped : skipped + max(0, whole)]):
            self._fixed[number, kind] = value
        self.encoding = encoding or _encoding(self.number(_CODE_PAGE))

    def _stream(self, name: str) -> bytes | None:
        path = [*self._path, name]
        if not self._ole.exists(path) or self._ole.get_type(path) != olefile.STGTY_STREAM:
            return None
        content: bytes = self._ole.openstream(path).read()
        return content

    def number(self, number: int) -> int:
        """A number; 0 where there is none."""
        return int(_NUMBER.unpack_from(self._fixed.get((number, _LONG), bytes(8)))[0])

    def time(self, number: int) -> dt.datetime | None:
        """A moment; None where there is none."""
        ticks = _FILETIME.unpack(self._fixed.get((number, _TIME), bytes(8)))[0]
        try:
            moment = _EPOCH + dt.timedelta(seconds=ticks // 10_000_000)
        except OverflowError:
            return None
        return moment if moment.year in _YEARS else None

    def binary(self, number: int) -> bytes:
        """Bytes; none where there are none."""
        return self._stream(f"__substg1.0_{number:04X}{_BINARY:04X}") or b""

    def text(self, *numbers: int) -> str:
        """The first of these texts that there is; an empty one where there is none."""
        for number in numbers:
            if content := self._stream(f"__substg1.0_{number:04X}{_UNICODE:04X}"):
                return content.decode("utf-16-le", "replace").rstrip("\0")
            if content := self._stream(f"__substg1.0_{number:04X}{_STRING:04X}"):
                return decode_as(content.rstrip(b"\0"), self.encoding)
        return ""


def _read(ole: Any, path: tuple[str, ...], depth: int) -> ParsedFile:
    """A message: that of the file, or one that is attached to it."""
    message = _Properties(ole, path, _INNER if path else _TOP)
    parts = sorted({each[len(path)] for each in ole.listdir() if each[: len(path)] == [*path]})
    headers = HeaderParser().parsestr(message.text(_HEADERS))
    sent = message.time(_SENT) or message.time(_DELIVERED)
    said = str(headers.get("Date", ""))
    date = sent.date().isoformat() if sent else parsed_date(said)
    written = {
        "Subject": in_one_line(message.text(_SUBJECT)),
        "From": _sender(message, str(headers.get("From", ""))),
        **_recipients(ole, path, parts, message.encoding),
        "Date": sent.isoformat(" ", "seconds") if sent else said,
    }
    members = list(_attachments(ole, path, parts, message.encoding, depth))
    return compose_mail(written, _body(message), date, members)


def _body(message: _Properties) -> str:
    """The text of a mail: its own, else of its HTML, else of its rich text."""
    if text := message.text(_BODY).strip():
        return text
    html = message.binary(_HTML)
    if html:
        written = decode_as(html, _encoding(message.number(_HTML_CODE_PAGE)) or message.encoding)
    else:
        written = message.text(_HTML)
    if written.strip():
        return text_of_html(written)
    rich = message.binary(_RTF)
    try:
        return read_rtf(compressed_rtf.decompress(rich)).text if rich else ""
    except (UnreadableFileError, ValueError, IndexError, struct.error):
        return ""  # the rest of the mail is worth reading


def _recipients(ole: Any, path: tuple[str, ...], parts: list[str], encoding: str) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for name in [name for name in parts if name.startswith("__recip_version1.0_")][:_MAX_PARTS]:
        one = _Properties(ole, (*path, name), _PART, encoding)
        role = _ROLES.get(one.number(_ROLE), "To")
        found.setdefault(role, []).append(_person(one.text(_NAME), one, _ADDRESSES))
    return {role: ", ".join(filter(None, found[role])) for role in ("To", "Cc") if role in found}


def _sender(message: _Properties, header: str) -> str:
    """Who wrote it; the header as it was sent knows more than an Exchange server's address."""
    _, address = parseaddr(in_one_line(header))
    sender = _person(message.text(_SENDER), message, _SENDER_ADDRESSES)
    if "@" in sender or "@" not in address:
        return sender
    return f"{sender} <{address}>" if sender else address


def _person(name: str, properties: _Properties, numbers: tuple[int, ...]) -> str:
    """A person with the address; that of an Exchange server tells nobody anything."""
    addresses = (in_one_line(properties.text(number)) for number in numbers)
    address = next((each for each in addresses if "@" in each), "")
    name = in_one_line(name).strip("'\" ")
    if not address or address == name:
        return name
    return f"{name} <{address}>" if name else address


def _attachments(
    ole: Any, path: tuple[str, ...], parts: list[str], encoding: str, depth: int
) -> Iterator[Member]:
    names = [name for name in parts if name.startswith("__attach_version1.0_")]
    for number, name in enumerate(names[:_MAX_PARTS], 1):
        one = _Properties(ole, (*path, name), _PART, encoding)
        inner = (*path, name, f"__substg1.0_{_FILE:04X}{_OBJECT:04X}")
        if content := one.binary(_FILE):
            yield Member(safe_name(one.text(*_FILE_NAMES)), content)
        elif depth < _MAX_DEPTH and ole.exists([*inner, _PROPERTIES]):
            mail = _read(ole, inner, depth + 1)
            called = f"{number}-mail.msg"
            # what is within it comes first: it is looked up by the begin of its path
            for member in mail.members:
                yield Member(f"{called}/{member.name}", member.data)
            yield Member(called, ParsedFile(mail.text, title=mail.title, date=mail.date,
                                            places=mail.places))  # fmt: skip


def _encoding(code_page: int) -> str:
    """Python's name of a code page; empty for none."""
    if not code_page:
        return ""
    name = _CODE_PAGES.get(code_page, f"cp{code_page}")
    try:
        "".encode(name)
    except LookupError:
        return ""
    return name
