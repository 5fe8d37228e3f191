"""Mails: who wrote what to whom and when; attachments are documents of their own.

What a mail quotes of an older one stands under a heading that says so: it is not what this mail
says, and often the contrary.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mailparser_reply import EmailReplyParser

from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.corpus.page import Member, ParsedFile, UnreadableFileError, decode_text
from parallel_nb.engine.corpus.places import PlacedText, header_place, paragraph_place

if TYPE_CHECKING:
    from collections.abc import Iterator

_LANGUAGES: Final = ["en", "de", "fr", "es", "it", "nl", "pl", "sv", "da"]
_HEADERS: Final = ("From", "To", "Cc", "Date")
#: Characters of a mail's text that are searched for older mails.
_LONGEST_SEARCHED: Final = 200_000
_LONGEST_HEADER: Final = 2_000
_MAX_MEMBERS: Final = 10_000
_QUOTE_MARKS = re.compile(r"^(?:> ?)+", re.MULTILINE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
#: The line before a mail in a box has the time of its arrival: a paragraph may begin with `From`.
_BEGIN = re.compile(rb"(?:\A|\r?\n\r?\n)From [^\r\n]{1,400}[0-9]:[0-9]{2}[^\r\n]{0,80}\r?\n")
#: How such a paragraph is written there.
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
#: Parts without a name that hold nothing to read.
_SIGNATURES: Final = frozenset(
    f"application/{kind}" for kind in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature")
)
_UNSAFE = re.compile(r"[^\w. ()-]+")


def read_eml(data: bytes) -> ParsedFile:
    """Read a mail (.eml).

    Raises:
        UnreadableFileError: it is no mail.
    """
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    headers = {name: _header(message, name) for name in ("Subject", *_HEADERS)}
    if not any(headers.values()):
        raise UnreadableFileError("it is no mail: it has none of the headers of one")
    date = parsed_date(headers["Date"])
    plain, html, members = "", "", []
    for number, part in enumerate(_leaves(message)):
        kind, name = part.get_content_type(), _file_name(part)
        if name is None and kind == "text/plain":
            plain = f"{plain}\n\n{_decoded(part)}".strip()
        elif name is None and kind == "text/html":
            html = html or _decoded(part)
        elif kind == "message/rfc822":
            inner = part.get_payload(0) if part.is_multipart() else None
            if isinstance(inner, EmailMessage):
                members.append(Member(f"{number}-mail.eml", inner.as_bytes(policy=policy.SMTP)))
        elif name or (kind.startswith("application/") and kind not in _SIGNATURES):
            content = part.get_payload(decode=True)
            members.append(Member(name or f"{number}-attachment", content or b""))
    return compose_mail(headers, plain or _text_of_html(html), date, members)


def read_mbox(data: bytes) -> ParsedFile:
    """Read a box of mails (.mbox): each is a document of its own.

    Raises:
        UnreadableFileError: it holds no mail, or too many.
    """
    begins = list(_BEGIN.finditer(data))
    if not begins:
        raise UnreadableFileError("it holds no mail")
    if len(begins) > _MAX_MEMBERS:
        raise UnreadableFileError(f"it holds over {_MAX_MEMBERS:,} mails")
    ends = [*(begin.start() for begin in begins[1:]), len(data)]
    members = [
        Member(f"{number:04}.eml", _ESCAPED.sub(rb"\1", data[begin.end() : end]))
        for number, (begin, end) in enumerate(zip(begins, ends, strict=True), 1)
    ]
    return ParsedFile("", pages=len(members), members=tuple(members))


def compose_mail(
    headers: dict[str, str], body: str, date: str | None, members: list[Member]
) -> ParsedFile:
    """A mail as a text.

    Args:
        headers: its subject, and those of `From`, `To`, `Cc` and `Date` that it has.
        body: its plain text.
        date: the day of it, as YYYY-MM-DD.
        members: what is attached.
    """
    text = PlacedText()
    subject = headers["Subject"]
    text.paragraph(f"# {subject}" if subject else "", header_place("subject"))
    lines = [f"{name}: {headers[name]}" for name in _HEADERS if headers.get(name)]
    text.paragraph("\n".join(lines), header_place("header"))
    body = body.replace("\r\n", "\n")
    number = 0
    for position, reply in enumerate(_replies(body)):
        if position:
            begin = " ".join(_QUOTE_MARKS.sub("", reply).split("\n", 1)[0].split())
            text.paragraph(f"## Quoted from an older mail: {begin}"[:200])
        for paragraph in _BLANK_LINE.split(_QUOTE_MARKS.sub("", reply) if position else reply):
            if paragraph.strip():
                number += 1
                text.paragraph(paragraph.strip(), paragraph_place(number))
    content, places = text.build()
    return ParsedFile(content, title=subject, date=date, places=places, members=tuple(members))


def _replies(body: str) -> list[str]:
    """What the mail itself says, then the older mails that it quotes."""
    searched, rest = body[:_LONGEST_SEARCHED], body[_LONGEST_SEARCHED:]
    replies = [r.content for r in _parser().read(searched).replies]
    # The library must not lose a word of it.
    if sum(len(reply.split()) for reply in replies) < len(searched.split()):
        replies = [searched]
    return [*replies[:-1], replies[-1] + rest] if replies else [body]


@cache
def _parser() -> Any:
    return EmailReplyParser(languages=_LANGUAGES)


def _leaves(message: EmailMessage) -> Iterator[Any]:
    """The parts that hold something, of mails within it none."""
    waiting: list[Any] = [message]
    while waiting:
        part = waiting.pop()
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            waiting += reversed(part.get_payload())
        else:
            yield part


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line; as it stands there where its value cannot be parsed."""
    try:
        value = message.get(name)
    except (ValueError, IndexError, KeyError, AttributeError, TypeError):
        raw = (v for k, v in message.raw_items() if k.lower() == name.lower())
        value = next(raw, "")
    return in_one_line(str(value or ""))


def in_one_line(header: str) -> str:
    """A header without its line ends, and no longer than one is."""
    return " ".join(header.split())[:_LONGEST_HEADER]


def parsed_date(header: str) -> str | None:
    """The day of a date as mails write it, as YYYY-MM-DD; None for none."""
    try:
        return parsedate_to_datetime(header).date().isoformat()
    except (ValueError, IndexError, OverflowError, TypeError):
        return None


def _file_name(part: Any) -> str | None:
    """The name of an attachment; None for a part of the text."""
    try:
        name = part.get_filename()
        is_attached = part.get_content_disposition() == "attachment"
    except (ValueError, IndexError, KeyError, AttributeError, TypeError):
        name, is_attached = None, True
    if name:
        return safe_name(str(name))
    return "attachment" if is_attached else None


def safe_name(name: str) -> str:
    """A file's name without what could lead elsewhere."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])[-150:] or "attachment"


def _decoded(part: Any) -> str:
    """The text of a part, in the encoding that it says, or that it has."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"))
    except (LookupError, UnicodeError):
        return decode_text(content)


def _text_of_html(html: str) -> str:
    return read_html(html.encode("utf-8", "replace")).text if html.strip() else ""
