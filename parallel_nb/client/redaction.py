"""Take the key out of what comes from outside, before anything else reads it.

A service, or a proxy in its place, may quote the request and with it the key: in an error, in a
page, in an answer. So what `Transport` receives goes through a `Redactor` first, and no error,
display, notebook or journal can hold what is not there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

#: Stands in place of the key.
PLACEHOLDER: Final = "[API key]"
#: A shorter key is a stand-in, such as "x" or "test", and a word of every answer.
_SHORTEST_KEY: Final = 6
#: Characters in a row that are a part of the key, and not there by chance.
_SHORTEST_PART: Final = 8
#: Each part of that length holds one of the key's pieces of this length, counted from its start.
_PIECE: Final = 4
#: Words, as in "parallel-live-...": nothing that had to be kept secret.
_WORDS: Final = re.compile(rb"[a-z_-]*|[A-Za-z]?[a-z]*|[A-Z]*")
#: One visible ASCII character as JSON, addresses and HTML may write it.
_ESCAPE: Final = re.compile(
    rb"\\u00([2-7][0-9a-f])|%(?:25){0,3}([2-7][0-9a-f])|&#x0{0,4}([2-7][0-9a-f]);"
    rb"|&#0{0,4}([0-9]{2,3});|&(amp|lt|gt|quot|apos);|\\([\"\\/])",
    re.IGNORECASE,
)
_ONE: Final = (
    rb"[\\%&](?:u00[2-7][0-9a-fA-F]|(?:25){0,3}[2-7][0-9a-fA-F]|#[xX]?0{0,4}[0-9a-fA-F]{2,3};)"
)
#: Characters that nobody has to escape, and escapes all the same.
_ESCAPED_RUN: Final = re.compile(_ONE * 3)
#: A key of such characters is escaped as a whole, or not at all.
_NEVER_ESCAPED: Final = re.compile(rb"[A-Za-z0-9._~-]*")
_ENTITIES: Final = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'"}


class Redactor:
    """Replaces a key, and each part of 8 or more of its characters, by `PLACEHOLDER`.

    Whether it is written as it is, or escaped as in JSON, addresses or HTML. The time it takes
    grows with the length of the text alone.

        redact = Redactor("sk-0123456789abcdef")
        redact(b"bad key sk-0123456789abcdef")  # b"bad key [API key]"
    """

    def __init__(self, key: str | None) -> None:
        """None, or a key that is a plain word or shorter than 6 characters, changes nothing."""
        data = (key or "").encode()
        if len(data) < _SHORTEST_KEY or (data.isalpha() and _WORDS.fullmatch(data)):
            data = b""
        self._key = data
        self._has_specials = _NEVER_ESCAPED.fullmatch(data) is None
        #: Where each piece stands in the key.
        self._pieces: dict[bytes, list[int]] = {}
        for at in range(0, len(data) - _PIECE + 1, _PIECE):
            self._pieces.setdefault(data[at : at + _PIECE], []).append(at)

    def __repr__(self) -> str:
        """Never the key."""
        return "Redactor()"

    def __call__(self, data: bytes) -> bytes:
        """Redact text in any encoding that writes ASCII as ASCII.

        Returns:
            `data` itself where no part of the key is in it.
        """
        if not self._key:
            return data
        spans = self._spans(data)
        if any(mark in data for mark in (b"\\", b"%", b"&")) and (
            self._has_specials or _ESCAPED_RUN.search(data)
        ):
            plain, places = _unescape(data)
            spans += [(_place(places, a), _place(places, b)) for a, b in self._spans(plain)]
        if not spans:
            return data
        kept, last = [], 0
        for start, end in _merge(spans):
            kept += [data[last:start], PLACEHOLDER.encode()]
            last = end
        return b"".join([*kept, data[last:]])

    def text(self, text: str) -> str:
        """Redact a text that is decoded already."""
        data = text.encode("utf-8", "surrogatepass")
        redacted = self(data)
        return text if redacted is data else redacted.decode("utf-8", "surrogatepass")

    def scrub(self, error: BaseException) -> None:
        """Redact an exception of another library, with its causes, where it stands."""
        link: BaseException | None = error
        seen: set[int] = set()
        while link is not None and id(link) not in seen:
            seen.add(id(link))
            link.args = tuple(self._argument(argument) for argument in link.args)
            link = link.__cause__ or link.__context__

    def _argument(self, argument: object) -> object:
        if isinstance(argument, str):
            return self.text(argument)
        return self(bytes(argument)) if isinstance(argument, bytes | bytearray) else argument

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        """Where the key and its parts stand."""
        found = []
        for piece, places in self._pieces.items():
            at = data.find(piece)
            while at >= 0:
                runs = [self._run(data, at, place) for place in places]
                start, end = max(runs, key=lambda run: run[1] - run[0])
                if self._is_secret(data[start:end]):
                    found.append((start, end))
                at = data.find(piece, max(end, at + 1))
        return found

    def _run(self, data: bytes, at: int, place: int) -> tuple[int, int]:
        """How far the text around `at` goes on as the key does around `place`."""
        key = self._key
        before = 0
        while before < min(at, place) and data[at - before - 1] == key[place - before - 1]:
            before += 1
        after = _PIECE
        most = min(len(data) - at, len(key) - place)
        while after < most and data[at + after] == key[place + after]:
            after += 1
        return at - before, at + after

    def _is_secret(self, run: bytes) -> bool:
        return run == self._key or (len(run) >= _SHORTEST_PART and _WORDS.fullmatch(run) is None)


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same places in order and apart from each other."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _unescape(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The text without escapes, and for each stretch of it where it begins there and in `data`."""
    parts: list[bytes] = []
    places = [(0, 0)]
    length = last = 0
    for match in _ESCAPE.finditer(data):
        code = match[1] or match[2] or match[3]
        number = int(code, 16) if code else int(match[4] or 0)
        if number >= 0x80:
            continue
        character = bytes([number]) if number else match[6] or _ENTITIES[match[5].lower()]
        parts += [data[last : match.start()], character]
        length += match.start() - last
        places.append((length, match.start()))
        length += 1
        last = match.end()
        places.append((length, last))
    parts.append(data[last:])
    return b"".join(parts), places


def _place(places: list[tuple[int, int]], at: int) -> int:
    """Where in the text with escapes the character `at` of the one without begins."""
    plain, raw = places[bisect_right(places, (at, 1 << 62)) - 1]
    return raw + at - plain
