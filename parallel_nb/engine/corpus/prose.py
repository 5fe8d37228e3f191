"""Texts of word processors: clauses, items, notes, tables and margins, however a file has them.

A passage's place is its clause, else its paragraph: such files have no pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.grids import has_head, squared
from parallel_nb.engine.corpus.places import (
    PlacedText,
    header_place,
    note_place,
    paragraph_place,
    row_place,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.engine.corpus.places import Places

#: The label of an item without a number.
BULLET: Final = "-"
#: Where a line ends within a paragraph, among the pieces of its text.
LINE_END: Final = "\v"
#: What of a file is not read.
DELETED: Final = "text that was deleted under track changes is left out"
COMMENTS: Final = "comments are not read"


def in_lines(text: str) -> str:
    r"""The pieces of a paragraph put together: blanks are one, and lines end where they are broken.

    Examples:
        >>> in_lines("Rent:\n EUR 5\vArea: 7 \v")
        'Rent: EUR 5\nArea: 7'
    """
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.split(LINE_END))))


class Prose:
    """Puts the text of a file together, a paragraph after the other.

    Examples:
        >>> prose = Prose()
        >>> prose.begin_paragraph()
        >>> prose.begin_clause(1, "4.")
        >>> prose.write("Rent", level=1, label="4.")
        >>> prose.build()[0]
        '# 4. Rent'
    """

    def __init__(self, *, joins_numbers: bool = False) -> None:
        """It is empty.

        Args:
            joins_numbers: numbered items follow each other without a blank line, as bullets do.
        """
        self._joins_numbers = joins_numbers
        #: The first heading.
        self.title = ""
        self.text = PlacedText()
        self._paragraphs = 0
        self._tables = 0
        #: The clauses that the paragraph stands in, by level.
        self._clauses: dict[int, str] = {}
        self._margins: set[str] = set()
        self._is_in_list = False

    def begin_paragraph(self) -> None:
        """Count a paragraph of the file, also one without words."""
        self._paragraphs += 1

    def begin_clause(self, level: int, label: str) -> None:
        """What comes stands in this clause; `(a)` within `4.2` is `4.2 (a)`."""
        self._clauses = {k: v for k, v in self._clauses.items() if k < level}
        clause, above = label.rstrip("."), self._clause()
        is_whole = clause.startswith(above.split(" ", maxsplit=1)[0])
        self._clauses[level] = clause if is_whole else f"{above} {clause}"

    def leave_clauses(self) -> None:
        """What comes stands in no clause."""
        self._clauses = {}

    def write(self, words: str, *, level: int = 0, label: str = "") -> None:
        """Add the words of a paragraph.

        Args:
            words: of a heading in one line, whatever it has.
            level: 1 to 6 for a heading.
            label: its number as it is shown, or `BULLET`.
        """
        place = paragraph_place(self._paragraphs, self._clause())
        if level:
            words = " ".join(words.split())
            self.title = self.title or words
            label = f"{'#' * level} {label.removeprefix(BULLET)}".strip()
        line = f"{label} {words}".strip()
        if label and not level and self._is_in_list:
            self.text.add("\n")
            self.text.mark(place)
            self.text.add(line)
        else:
            self.text.paragraph(line, place)
        self._is_in_list = not level and (label == BULLET or (self._joins_numbers and bool(label)))

    def end_list(self) -> None:
        """The next item is one of another list."""
        self._is_in_list = False

    def write_note(self, number: str, words: str) -> None:
        """Add a note of the paragraph."""
        if words:
            self.text.paragraph(f"[{number}] {words}", note_place(number, self._paragraphs))
            self._is_in_list = False

    def write_table(self, rows: Sequence[list[str]], *, has_marked_head: bool = False) -> None:
        """Add a table; one that has no words is counted."""
        self._tables += 1
        if any(map(any, rows)):
            rows = squared(rows)
            is_head = len(rows[0]) > 1 and (has_marked_head or has_head(rows))
            self.text.table(rows, has_head=is_head, place=row_place(1, f"table {self._tables}"))
            self._is_in_list = False

    def write_margin(self, kind: str, words: str) -> None:
        """Add the `header` or `footer` of pages; the same one once."""
        if any(map(str.isalpha, words)) and words not in self._margins:
            self._margins.add(words)
            self.text.paragraph(words, header_place(kind))

    def build(self) -> tuple[str, Places]:
        """The text, and its places in order."""
        return self.text.build()

    def _clause(self) -> str:
        return self._clauses[max(self._clauses)] if self._clauses else ""
