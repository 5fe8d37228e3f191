"""Places: where in a file a part of its text stands, such as page 3 or cell C14 of a sheet.

A document is one text. Beside it stand its places, each with the offset from which it holds until
the next one. Rows, cells and lines follow each other, so one place says where they begin, and which
of them is meant is counted in the text: a sheet of 100,000 rows needs no place for each cell.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Literal
from unicodedata import is_normalized, normalize
from urllib.parse import quote

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.api.places import Scan

PlaceKind = Literal["page", "sheet", "slide", "paragraph", "line", "row", "header"]
#: Between two cells of a row.
_CELL: Final = " | "
_LETTERS: Final = 26
#: Soft hyphens, blanks of no width, and marks of the order of bytes.
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a part of a document stands."""

    kind: PlaceKind
    #: For a person: `p. 3`, `Sheet 'P&L', C14`, `slide 7`, `§ 4.2`.
    label: str
    #: For an address, behind its `#`: `page=3`.
    fragment: str
    #: The number of the page or slide, or of the first line or row; from 1, 0 where there is none.
    number: int = 0
    #: The first column of a sheet's rows, from 1.
    column: int = 0


#: Places by the offset from which they hold, in order.
Places = tuple[tuple[int, Place], ...]


def place_at(text: str, places: Sequence[tuple[int, Place]], offset: int) -> Place | None:
    """The place of `text[offset]`: of a row its cell, of lines the line.

    Examples:
        >>> places = ((0, sheet_place("P&L", 3, 2)),)
        >>> place_at("| Sales | 5 |", places, 10).label
        "Sheet 'P&L', C3"
    """
    found = bisect_right(places, offset, key=lambda entry: entry[0]) - 1
    if found < 0:
        return None
    start, place = places[found]
    if place.kind not in {"line", "row", "sheet"} or not place.number:
        return place
    number = place.number + text.count("\n", start, offset)
    if place.kind == "line":
        return line_place(number)
    column = place.column + text.count(_CELL, text.rfind("\n", 0, offset) + 1, offset + 1)
    if place.kind == "row":
        return row_place(number, place.label.rpartition("row ")[0].removesuffix(", "))
    cell = f"{column_letters(column)}{number}"
    return msgspec.structs.replace(
        place,
        label=f"{place.label}, {cell}",
        fragment=f"{place.fragment}&cell={cell}",
        number=number,
        column=column,
    )


def place_of(text: str, places: Sequence[tuple[int, Place]], start: int, end: int) -> Place | None:
    """The place of `text[start:end]`: of a sheet its cell, or the row where it takes several.

    Examples:
        >>> text = "| Sales | 5 |"
        >>> place_of(text, ((0, sheet_place("P&L", 3, 2)),), 0, len(text)).label
        "Sheet 'P&L', row 3"
    """
    place = place_at(text, places, start)
    if place and place.kind == "sheet" and place.number and _CELL in text[start:end]:
        sheet = place.fragment.partition("&")[0]
        name = f"{place.label.rpartition(', ')[0]}, row {place.number}"
        return msgspec.structs.replace(
            place, label=name, fragment=f"{sheet}&row={place.number}", column=0
        )
    return place


def page_place(number: int, label: str = "", scan: Scan | None = None) -> Place:
    """A page of a PDF.

    Args:
        number: of the page, from 1.
        label: the number that is printed on it, where that is another.
        scan: how well it could be read, where it is a picture; None for one of text.
    """
    name = label or str(number)
    own = "" if name == str(number) else f"&label={quote(name, safe='')}"
    if scan is None:
        return Place("page", f"p. {name}", f"page={number}{own}", number)
    return Place("page", f"p. {name}, scanned", f"page={number}{own}&scan={scan}", number)


def slide_place(number: int, part: str = "") -> Place:
    """A slide of a presentation, or a part of it such as `notes`."""
    if part:
        return Place("slide", f"slide {number}, {part}", f"slide={number}&part={part}", number)
    return Place("slide", f"slide {number}", f"slide={number}", number)


def sheet_place(sheet: str, row: int = 0, column: int = 1) -> Place:
    """Rows of a sheet that begin at a row and a column, both from 1; without a row, the sheet."""
    return Place("sheet", f"Sheet '{sheet}'", f"sheet={quote(sheet, safe='')}", row, column)


def row_place(row: int, table: str = "") -> Place:
    """Rows that begin at this one, from 1; of a file that is a table, or of its `table 2`."""
    name = f"{table}, row {row}" if table else f"row {row}"
    return Place("row", name, name.replace(", ", "&").replace(" ", "="), row, 1)


def paragraph_place(number: int, clause: str = "") -> Place:
    """A paragraph by its number from 1; `clause` is the one that it is, or stands in: `4.2`."""
    name = f"§ {clause}" if clause else f"paragraph {number}"
    part = f"&clause={quote(clause, safe='')}" if clause else ""
    return Place("paragraph", name, f"paragraph={number}{part}", number)


def note_place(number: str, paragraph: int) -> Place:
    """A foot note of a paragraph."""
    return Place("paragraph", f"note {number}", f"paragraph={paragraph}&note={number}", paragraph)


def heading_place(heading: str) -> Place:
    """What stands under a heading, in a text that has no other places."""
    return Place("paragraph", heading, f"heading={quote(heading, safe='')}")


def header_place(name: str) -> Place:
    """What stands beside the text itself: a mail's `subject`, a page's `header`."""
    return Place("header", name, f"part={quote(name, safe='')}")


def line_place(line: int) -> Place:
    """Lines of a text that begin at this one, from 1."""
    return Place("line", f"line {line}", f"line={line}", line)


def column_letters(column: int) -> str:
    """The letters of a sheet's column, from 1.

    Examples:
        >>> column_letters(3), column_letters(28)
        ('C', 'AB')
    """
    letters = ""
    while column > 0:
        column, letter = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters


class PlacedText:
    r"""A text that is put together, with the places of its parts.

    Examples:
        >>> text = PlacedText()
        >>> text.mark(page_place(1))
        >>> text.paragraph("# Lease")
        >>> text.table([["Item", "Rent"], ["Tilburg", "5"]], has_head=True)
        >>> text.build()[0]
        '# Lease\n\n| Item | Rent |\n| --- | --- |\n| Tilburg | 5 |'
    """

    def __init__(self) -> None:
        """It is empty."""
        self._parts: list[str] = []
        self._places: list[tuple[int, Place]] = []
        self._length = 0
        self._table_start = 0
        #: Whether the last paragraph may go on, as over the end of a page.
        self.is_open = False
        #: Whether it must: it ends within a sentence, at the end of a full line.
        self.is_cut = False

    def mark(self, place: Place) -> None:
        """What is added from here on stands at this place; one without a label is none."""
        if self._places and self._places[-1][0] == self._length:
            self._places.pop()
        self._places.append((self._length, place))

    def add(self, text: str) -> None:
        """Add text as it is."""
        text = sendable(text)
        self._parts.append(text)
        self._length += len(text)

    def mark_before_last(self, place: Place) -> None:
        """The table that was added last stands at this place."""
        self._places.append((self._table_start, place))

    def join(self, text: str, *, is_hyphenated: bool = False) -> None:
        """Go on with a paragraph; a word that was parted by a hyphen is put together again."""
        if is_hyphenated and text[:1].islower():
            self._parts[-1] = self._parts[-1].removesuffix("-")
            self._length -= 1
            self.add(text)
        else:
            self.add(text if is_hyphenated else f" {text}")

    def end_paragraph(self) -> None:
        """The last paragraph does not go on."""
        self.is_open = self.is_cut = False

    def begin(self) -> None:
        """Begin a paragraph: a blank line, where anything stands before it."""
        if self._length:
            self.add("\n\n")

    def paragraph(self, text: str, place: Place | None = None) -> None:
        """Add a paragraph, a heading or a list behind a blank line."""
        if text:
            self.begin()
            if place:
                self.mark(place)
            self.add(text)

    def table(
        self,
        rows: Iterable[Sequence[str]],
        *,
        has_head: bool = False,
        place: Place | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        """Add rows as a table.

        Args:
            rows: the cells of each.
            has_head: whether the first row names the columns.
            place: that of the first row; the others follow it.
            numbers: the number of each row in its file, where some are left out; 0 of a head that
                is none there, which has no place of its own.
        """
        expected = place.number if place else 0
        for position, row in enumerate(rows):
            number = numbers[position] if numbers else expected
            if position == 0:
                self.begin()
                self._table_start = self._length
            else:
                self.add("\n")
            if has_head and position == 1:
                self.add(f"|{' --- |' * len(row)}\n")
            is_first = position == 0 or (has_head and position == 1) or number != expected
            if place and number and is_first:
                self.mark(msgspec.structs.replace(place, number=number))
            self.add(f"| {_CELL.join(map(cell_text, row))} |")
            expected = number + 1

    def build(self) -> tuple[str, Places]:
        """The text, and its places in order."""
        return "".join(self._parts), tuple(self._places)


def cell_text(text: str) -> str:
    """A text as a cell of a table: in one line, without the sign that ends a cell."""
    return " ".join(text.replace("|", "/").split())


def composed(
    text: str, places: Sequence[tuple[int, Place]] = ()
) -> tuple[str, Sequence[tuple[int, Place]]]:
    r"""A text in the composed form of Unicode (NFC), without what nobody sees, and its places.

    A word is found then however its file writes it: with an accent apart, with a soft hyphen or a
    blank of no width within. It looks the same. Joiners stay: some scripts and signs need them.

    Examples:
        >>> composed("Zu\u0308rich co\u00adoperates")[0]
        'Zürich cooperates'
    """
    if text.isascii() or (is_normalized("NFC", text) and not _UNSEEN.search(text)):
        return text, places
    parts: list[str] = []
    moved: list[tuple[int, Place]] = []
    start = length = 0
    for offset, place in places:
        parts.append(normalize("NFC", _UNSEEN.sub("", text[start:offset])))
        length += len(parts[-1])
        moved.append((length, place))
        start = offset
    parts.append(normalize("NFC", _UNSEEN.sub("", text[start:])))
    return "".join(parts), tuple(moved)


def sendable(text: str) -> str:
    """Text without lone surrogates, which cannot be sent, as of names that are not UTF-8."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
