"""Words as BERT's models read them: pieces of a vocabulary of 30,522, each by its number.

The vocabulary, `wordpieces.txt`, is that of BERT (uncased) by Google, Apache-2.0; a piece's number
is its line. The package with the model has none, and `tokenizers` would bring a client of a hub
from which models are downloaded.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

_VOCABULARY: Final = Path(__file__).with_name("wordpieces.txt")
_UNKNOWN, _BEGIN, _END = 100, 101, 102
#: A longer word is unknown, in characters.
_LONGEST_WORD: Final = 100
#: Characters of a text that are looked at for each piece that may come of it.
_CHARS_A_PIECE: Final = 16
#: Ranges of characters that each are a word, as Chinese has them.
_IDEOGRAPHS: Final = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2CEAF),
    (0x2F800, 0x2FA1F),
)  # fmt: skip
#: What is kept of how characters are read: those below this one.
_COMMON: Final = 0x3000


def word_pieces(text: str, most: int) -> list[int]:
    """The pieces of a text between the marks for its begin and end, in lower case, no accents.

    Args:
        text: of any length; only its beginning is read.
        most: how many pieces at most, with the two marks.

    Examples:
        >>> word_pieces("Anvils!", most=64)
        [101, 2019, 14762, 2015, 999, 102]
    """
    spread = unicodedata.normalize("NFD", text[: most * _CHARS_A_PIECE]).translate(_reading)
    pieces = [piece for word in spread.split() for piece in _pieces_of(word)]
    return [_BEGIN, *pieces[: most - 2], _END]


class _Reading(dict[int, str]):
    """What each character is read as."""

    def __missing__(self, code: int) -> str:
        read = _read_as(chr(code))
        if code < _COMMON:
            self[code] = read
        return read


_reading: Final = _Reading()


def _read_as(char: str) -> str:
    category = unicodedata.category(char)
    if char in "\t\n\r" or category == "Zs":
        return " "
    if char == "\ufffd" or category[0] == "C" or category == "Mn":
        return ""
    is_sign = category[0] == "P" or (char.isascii() and category[0] == "S")
    if is_sign or any(first <= ord(char) <= last for first, last in _IDEOGRAPHS):
        return f" {char} "
    return char.lower()


@cache
def _vocabulary() -> dict[str, int]:
    lines = _VOCABULARY.read_text("utf-8").splitlines()
    return {piece: number for number, piece in enumerate(lines)}


@lru_cache(maxsize=20_000)
def _pieces_of(word: str) -> tuple[int, ...]:
    """The longest pieces from the left; those after the first begin with `##`."""
    vocabulary = _vocabulary()
    pieces: list[int] = []
    start = 0
    while start < len(word) <= _LONGEST_WORD:
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), 0)
        if not end:
            return (_UNKNOWN,)
        pieces.append(vocabulary[mark + word[start:end]])
        start = end
    return tuple(pieces) or (_UNKNOWN,)
