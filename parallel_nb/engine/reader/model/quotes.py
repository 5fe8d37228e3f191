"""Where a quote stands in a section: word for word, but for its writing, or as a table's row."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.passages import LABELLED, sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

Span = tuple[int, int]

_DASHES: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_QUOTES: Final = frozenset("\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2032\u2033\u00ab\u00bb")
#: Signs that are not seen, or only mark text as bold.
_UNSEEN: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff*_")
_ELLIPSIS: Final = re.compile(r"\u2026|\.{3}")
#: Characters that may be left out at an ellipsis.
_MOST_LEFT_OUT: Final = 300
_PARTS: Final = 4
#: Places at which a quote is looked for: a short one may begin inside many words.
_PLACES: Final = 50
_WORD: Final = re.compile(r"[^\W_]+(?:[.,][0-9]+)*")
_ITEM: Final = re.compile(r"\s*(?:[-*+\u2022]|[0-9]{1,3}[.)])\s")


def find_quote(quote: str, text: str, head: str = "") -> Span | None:
    """Where a quote stands in a text.

    Args:
        quote: as a model has written it.
        text: a section's text.
        head: the head of the table that the section is a part of.

    Returns:
        Start and end in the text: of the quote, word for word; or, where only white space, dashes,
        quotation marks, case or the form of letters differ, of what it stands for; or of the table
        row from which, with its head, all its words are. None where it does not stand there.

    Examples:
        >>> find_quote("in \u201cMay\u201d 2019", "Opened in  'may' 2019.")
        (7, 21)
    """
    bare = quote.strip().strip("\"'\u201c\u201d\u2018\u2019 ")
    if not any(character.isalnum() for character in bare):
        return None
    parts = [part for part in _ELLIPSIS.split(bare) if part.strip()][:_PARTS]
    return _find_parts(parts, text) or _find_row(bare, text, head)


def _find_parts(parts: list[str], text: str) -> Span | None:
    """The parts of a quote in their order, with little left out between them."""
    plain, places = _plain(text)
    spans: list[Span] = []
    for part in parts:
        wanted = _plain(part)[0].strip(" .,;:|")
        begin = spans[-1][1] if spans else 0
        found = _find_whole_words(wanted, plain, begin)
        if found is None or (spans and found - begin > _MOST_LEFT_OUT):
            return None
        spans.append((found, found + len(wanted)))
    if not spans:
        return None
    return places[spans[0][0]], places[spans[-1][1] - 1] + 1


def _plain(text: str) -> tuple[str, list[int]]:
    """A text with one way to write each sign, and where each character stands in the original."""
    characters: list[str] = []
    places: list[int] = []
    for place, original in enumerate(text):
        if original in _UNSEEN:
            continue
        if original in _DASHES:
            written = "-"
        elif original in _QUOTES:
            written = "'"
        else:
            written = unicodedata.normalize("NFKD", original).casefold()
        for character in written:
            if unicodedata.combining(character):
                continue
            if character.isspace():
                if characters and characters[-1] == " ":
                    continue
                characters.append(" ")
            else:
                characters.append(character)
            places.append(place)
    return "".join(characters), places


def plain(text: str) -> str:
    """A text in lower case, without accents, with one way to write each sign."""
    return _plain(text)[0].strip()


def _find_whole_words(wanted: str, text: str, begin: int) -> int | None:
    """Where whole words and numbers stand: `5 m` is not in `125 m`, and `205` not in `1,205`."""
    position = text.find(wanted, begin) if wanted else -1
    for _ in range(_PLACES):
        if position < 0:
            return None
        if not _cuts(text, position, position + len(wanted)):
            return position
        position = text.find(wanted, position + 1)
    return None


def _cuts(text: str, start: int, end: int) -> bool:
    """True when a span begins or ends inside a word or a number."""
    before, first = text[start - 1 : start] if start else "", text[start]
    last, after = text[end - 1], text[end : end + 1]
    if (before.isalnum() and first.isalnum()) or (last.isalnum() and after.isalnum()):
        return True
    if first.isdigit() and before in {".", ","} and text[start - 2 : start - 1].isdigit():
        return True
    return last.isdigit() and after in {".", ","} and text[end + 1 : end + 2].isdigit()


def _find_row(quote: str, text: str, head: str) -> Span | None:
    """The one table row that, with its head, holds all words of a quote."""
    wanted = set(_WORD.findall(plain(quote)))
    found: list[Span] = []
    start = 0
    lines = text.split("\n")
    first = lines[0] if lines[0].lstrip().startswith("|") else ""
    above = set(_WORD.findall(plain(head or first)))
    for line in lines:
        end = start + len(line)
        own = set(_WORD.findall(plain(line))) if "|" in line else set()
        if wanted & own and len(wanted) > 1 and wanted <= own | above and wanted - above:
            found.append((start, end))
        start = end + 1
    return found[0] if len(found) == 1 else None


def statements_of(text: str) -> Iterator[Span]:
    """The lines of lists and tables and the sentences of prose of a text, as (start, end)."""
    start = 0
    for paragraph in text.split("\n\n"):
        end = start + len(paragraph)
        prose_from = start
        position = start
        for line in paragraph.split("\n"):
            line_end = position + len(line)
            bare = line.strip()
            if bare.startswith("|") or _ITEM.match(line) or LABELLED.match(bare):
                yield from sentences(text, prose_from, position)
                if bare:
                    yield position, line_end
                prose_from = line_end
            position = line_end + 1
        yield from sentences(text, min(prose_from, end), end)
        start = end + 2


def statement_at(text: str, span: Span) -> Span:
    """The sentences or lines in which a span stands, as one span."""
    around = [s for s in statements_of(text) if s[0] < span[1] and s[1] > span[0]]
    if not around:
        return span
    return around[0][0], around[-1][1]
