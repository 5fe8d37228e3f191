"""Which addresses from outside may become links: those that lead where they seem to lead."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from parallel_nb.formats import harmless

_URL_BAD = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"'`{}|^\u2028\u2029]")
_LONGEST_URL: Final = 2000
_IPV6 = re.compile(r"\[[0-9a-fA-F:.]{2,45}\](?::[0-9]{1,5})?")
#: Latin letters that are no ASCII letter with a mark.
_LATIN: Final = frozenset("ßæøœđłþð")


def is_safe_url(url: str) -> bool:
    """True for an http(s) address that leads where it seems to lead.

    Not with a user's name, which looks like a host; not with a host of letters that look like
    others, as a Cyrillic one looks like an "a"; nor with a character that could mislead.
    """
    if len(url) > _LONGEST_URL or _URL_BAD.search(url) or harmless(url) != url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return False
    return bool(_IPV6.fullmatch(parts.netloc)) or (
        bool(host)
        and all(_is_plain_letter(letter) for letter in unicodedata.normalize("NFC", host))
    )


def _is_plain_letter(letter: str) -> bool:
    """True for what a host may hold: ASCII, and Latin letters that look like none of it."""
    if letter.isascii():
        return letter.isalnum() or letter in "-._"
    parts = unicodedata.normalize("NFD", letter)
    base, marks = parts[0], parts[1:]
    return letter in _LATIN or (
        base.isascii() and base.isalpha() and bool(marks) and all(map(unicodedata.combining, marks))
    )
