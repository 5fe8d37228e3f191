"""The text of a page from its boxes: columns, lines, tables, paragraphs, headings.

Sizes are relative to each other, and distances to the size of the text, so that they hold for any
page. The figures are ours, tried on the Debian manuals and on pages that reportlab wrote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from parallel_nb.engine.corpus.grids import has_head

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from parallel_nb.engine.corpus.places import Place, PlacedText

#: A gap within a line that parts two cells, in heights of the text.
_CELL_GAP: Final = 1.0
#: A gap that is a blank.
_BLANK_GAP: Final = 0.12
#: The least width of the gap between two columns of text, and of the lines beside it.
_GUTTER: Final = 0.8
_COLUMN_LINES: Final = 5
_COLUMN_CHARS: Final = 22
#: Columns are looked for so often within each other.
_DEPTH: Final = 3
#: A larger distance from line to line begins a paragraph, in heights of the text.
_LEADING: Final = 1.75
#: A line that ends so near to the right edge of its column goes on in the next.
_FULL: Final = 0.86
#: Text that is larger by this is a heading.
_LARGER: Final = 1.12
_LONGEST_HEADING: Final = 150
_LONGEST_BOLD: Final = 90
#: The sign of an item; those of symbol fonts are private characters.
_SIGN: Final = r"[\u2022\u25cf\u25aa\u25e6\u2023\u2043\u00b7\u2013\u2014\ue000-\uf8ff*-]"
_BULLET = re.compile(rf"{_SIGN} ?(?=\S)")
_LONE_BULLET = re.compile(_SIGN)
#: A gap behind such a sign, in heights of the text.
_INDENT: Final = 4.0
_NUMBERED = re.compile(r"(?:\(?[0-9]{1,3}[.)]|\(?[a-z]\)|\([ivx]{1,5}\)) ")
_LABEL = re.compile(r"[^\W\d_][^:.!?]{0,40}: \S")
_HYPHENATED = re.compile(r"[^\W\d_]-\Z")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text with its box, in points from the lower left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float
    text: str
    #: The height of its letters.
    size: float
    is_bold: bool

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a column: one cell, or several with wide gaps between."""

    cells: tuple[Segment, ...]
    #: Where the column that it stands in ends, to the right.
    right: float = 0.0

    @property
    def text(self) -> str:
        """Its text, with a blank between cells."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def size(self) -> float:
        """The height of its largest letters."""
        return max(cell.size for cell in self.cells)

    @property
    def is_bold(self) -> bool:
        """Whether all of it is bold."""
        return all(cell.is_bold for cell in self.cells)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return max(cell.y1 for cell in self.cells)

    @property
    def middle(self) -> float:
        """Its height on the page."""
        return sum(cell.middle for cell in self.cells) / len(self.cells)


def lay_out(segments: Sequence[Segment], depth: int = 0) -> list[Line]:
    """The lines of a page in the order in which a person reads them."""
    gutter = _find_gutter(segments) if depth < _DEPTH else None
    if gutter is None:
        return _lines(segments)
    crossing = sorted((s for s in segments if s.x0 < gutter < s.x1), key=lambda s: -s.middle)
    lines: list[Line] = []
    rest = [s for s in segments if not s.x0 < gutter < s.x1]
    for across in [*crossing, None]:
        above = [s for s in rest if across is None or s.middle > across.middle]
        rest = [s for s in rest if across is not None and s.middle <= across.middle]
        for side in ([s for s in above if s.x1 <= gutter], [s for s in above if s.x0 >= gutter]):
            lines += lay_out(side, depth + 1)
        if across is not None:
            lines += _lines([across])
    return lines


def _find_gutter(segments: Sequence[Segment]) -> float | None:
    """Where a gap runs down between two columns of running text; None where none does."""
    if len(segments) < 2 * _COLUMN_LINES:
        return None
    left, right = min(s.x0 for s in segments), max(s.x1 for s in segments)
    size = sorted(s.size for s in segments)[len(segments) // 2]
    best: tuple[int, float] | None = None
    starts = sorted({round(s.x0, 0) for s in segments if s.x0 > left + (right - left) / 5})
    for start in starts[:60]:
        x = start - _GUTTER * size / 2
        crossing = sum(s.x0 < x < s.x1 for s in segments)
        if best is None or crossing < best[0]:
            best = (crossing, x)
    if best is None or best[0] > len(segments) * 0.3:
        return None
    x = best[1]
    for side in ([s for s in segments if s.x1 <= x], [s for s in segments if s.x0 >= x]):
        long = sum(len(s.text) >= _COLUMN_CHARS for s in side)
        if long < _COLUMN_LINES or long < 0.6 * len(side):
            return None
    return x


def _lines(segments: Iterable[Segment]) -> list[Line]:
    """Segments of one column as lines from top to bottom."""
    rows: list[list[Segment]] = []
    largest: Segment | None = None  # of the row; a raised number comes before its line
    for segment in sorted(segments, key=lambda s: (-s.middle, s.x0)):
        if largest is not None:
            nearest = 0.45 * min(largest.size, segment.size)
            is_beside = abs(largest.middle - segment.middle) < nearest
            if is_beside or _is_raised(segment, rows[-1]) or _is_raised(largest, [segment]):
                rows[-1].append(segment)
                largest = max(largest, segment, key=lambda s: s.size)
                continue
        rows.append([segment])
        largest = segment
    right = max((s.x1 for row in rows for s in row), default=0.0)
    return [Line(tuple(_cells(sorted(row, key=lambda s: s.x0))), right) for row in rows]


def _is_raised(segment: Segment, row: list[Segment]) -> bool:
    """Whether it is an exponent or an index beside a line: small, and within its height."""
    top, bottom = max(s.y1 for s in row), min(s.y0 for s in row)
    size = max(s.size for s in row)
    return segment.size < 0.8 * size and bottom <= segment.middle <= top


def _cells(row: list[Segment]) -> list[Segment]:
    """The cells of a line: segments that follow each other closely are one."""
    cells = row[:1]
    for segment in row[1:]:
        before = cells[-1]
        gap = segment.x0 - before.x1
        height = max(before.size, segment.size)
        is_item = len(cells) == 1 and _LONE_BULLET.fullmatch(before.text)
        if gap > (_INDENT if is_item else _CELL_GAP) * height:
            cells.append(segment)
            continue
        blank = " " if gap > _BLANK_GAP * height else ""
        cells[-1] = Segment(
            before.x0,
            min(before.y0, segment.y0),
            max(before.x1, segment.x1),
            max(before.y1, segment.y1),
            f"{before.text}{blank}{segment.text}",
            height,
            is_bold=before.is_bold and segment.is_bold,
        )
    return cells


def write_page(text: PlacedText, lines: Sequence[Line], place: Place, body: float) -> None:
    """Add the lines of a page to a text as headings, paragraphs, lists and tables.

    Args:
        text: what it is added to.
        lines: the lines in reading order.
        place: the page.
        body: the size of most of the document's text.
    """
    at: Place | None = place
    position = 0
    before: Line | None = None
    while position < len(lines):
        rows = _table_at(lines, position)
        line = lines[position]
        if rows:
            table, used = rows
            text.table(table, has_head=has_head(table))
            if at:
                text.mark_before_last(at)
            position += used
            before = None
        else:
            _write_line(text, line, before, at, body)
            before = line
            position += 1
        at = None
    if before is None:
        text.end_paragraph()


def _write_line(
    text: PlacedText, line: Line, before: Line | None, place: Place | None, body: float
) -> None:
    """Add a line: as a heading, as a paragraph's begin, or to the paragraph before."""
    words = line.text
    if level := _heading_level(line, body):
        text.paragraph(f"{'#' * level} {words}", place)
        text.end_paragraph()
        return
    bullet = _BULLET.match(words)
    if bullet:
        words = f"- {words[bullet.end() :]}"
    starts_item = bool(bullet or _NUMBERED.match(words))
    if before is None or _heading_level(before, body):
        may_go_on = before is None and place is not None and not starts_item
        goes_on = may_go_on and (text.is_cut or (text.is_open and words[:1].islower()))
        if goes_on and place is not None:
            text.add(" ")
            text.mark(place)
            text.add(words)
        else:
            text.paragraph(words, place)
    elif before.middle - line.middle > _LEADING * line.size or line.middle > before.middle:
        text.paragraph(words, place)
    elif starts_item or _LABEL.match(words) or not _is_full(before):
        text.add(f"\n{words}")
    else:
        text.join(words, is_hyphenated=bool(_HYPHENATED.search(before.text)))
    ends = words.endswith((".", "!", "?", ":"))
    text.is_open = _is_full(line) or not ends
    text.is_cut = _is_full(line) and not ends


def _is_full(line: Line) -> bool:
    start, end = line.cells[0].x0, line.cells[-1].x1
    return line.right > start and (end - start) >= _FULL * (line.right - start)


def _heading_level(line: Line, body: float) -> int:
    """1 to 4 for a heading by its size or weight; 0 for text."""
    words = line.text
    if len(line.cells) > 1 or len(words) > _LONGEST_HEADING or not any(map(str.isalpha, words)):
        return 0
    ratio = line.size / body
    if ratio >= _LARGER:
        return 1 if ratio >= 1.6 else 2 if ratio >= 1.3 else 3
    if line.is_bold and len(words) <= _LONGEST_BOLD and not words.endswith((".", ",", ";", ":")):
        return 4
    return 0


def _table_at(lines: Sequence[Line], start: int) -> tuple[list[list[str]], int] | None:
    """The rows of a table that begins at a line, and how many lines it takes; None for none.

    A line of one cell within it goes on with that cell of the row above.
    """
    end = start
    while end < len(lines):
        line = lines[end]
        if end > start and not 0 < lines[end - 1].middle - line.middle < 4 * line.size:
            break
        if len(line.cells) < 2 and (
            end == start or line.cells[0].x0 <= lines[start].cells[0].x0 + line.size
        ):
            break
        end += 1
    found = lines[start:end]
    if sum(len(line.cells) > 1 for line in found) < 2:
        return None
    columns = _columns([cell for line in found for cell in line.cells])
    if len(columns) < 2:
        return None
    rows: list[list[str]] = []
    for line in found:
        row = [""] * len(columns)
        for cell in line.cells:
            number = next(n for n, (x0, x1) in enumerate(columns) if x0 <= cell.x0 <= x1)
            row[number] = f"{row[number]} {cell.text}".strip()
        if rows and len(line.cells) == 1:
            rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows, end - start


def _columns(cells: Iterable[Segment]) -> list[tuple[float, float]]:
    """The ranges from left to right that no cell reaches out of."""
    columns: list[tuple[float, float]] = []
    for cell in sorted(cells, key=lambda cell: cell.x0):
        if columns and cell.x0 <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], cell.x1))
        else:
            columns.append((cell.x0, cell.x1))
    return columns
