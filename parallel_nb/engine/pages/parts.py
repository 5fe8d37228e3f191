"""A document that is no PDF in pages of text: slides, parts of sheets and of texts.

What is shown is what the engine has read, so that nothing is opened or parsed again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from parallel_nb.api.pages import Block, Row
from parallel_nb.engine.corpus.places import column_letters, place_at
from parallel_nb.engine.pages.matching import Letters, find_passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parallel_nb.api.pages import Piece
    from parallel_nb.engine.corpus.places import Place, Places

#: Characters of a part of a text: a page and a half in print. It ends with a paragraph, else with a
#: line; a line that is longer than the last figure is cut.
_PART: Final = 6_000
_LEAST_PART: Final = 3_000
_LONGEST_LINE: Final = 100_000
#: Columns of a table that are shown: the first, and those around the one that is marked.
_COLUMNS: Final = 12
#: Characters before a page in which the headings over it are looked for.
_HEADINGS_WITHIN: Final = 2_000_000
_MOST_OCCURRENCES: Final = 1_000
_HEADING = re.compile(r"^(#{1,6}) (\S[^\n]{0,300})", re.MULTILINE)
_CELL: Final = " | "
_CELL_NAME = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_COUNTED = re.compile(r"(?<![^&])(cell|row|line)=([^&]*)")
#: The rest of a word or number on either side of a cut, where a script has blanks; its length.
_WORD_BEFORE = re.compile(r"[0-9A-Za-z\u00c0-\u052f][0-9A-Za-z\u00c0-\u052f.,]{0,40}\Z")
_WORD_AFTER = re.compile(r"(?:[.,]?[0-9A-Za-z\u00c0-\u052f]){1,40}")
_LONGEST_WORD: Final = 40
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_RULE: Final = frozenset("|-: ")


class Span(NamedTuple):
    """A part of a text."""

    start: int
    end: int


def cut_pages(text: str, places: Places) -> list[Span]:
    """The pages of a text: a slide or a sheet begins one, and a long one is cut."""
    pages: list[Span] = []
    for start, end in _sections(text, places):
        at = start
        while at < end:
            cut = _end_of_part(text, at, end)
            pages.append(Span(at, cut))
            at = cut
    return pages or [Span(0, len(text))]


def _sections(text: str, places: Places) -> list[Span]:
    """Slides and sheets; the whole of any other text."""
    begins = [0]
    before: object = None
    for offset, place in places:
        if place.kind not in {"slide", "sheet"}:
            continue
        own = place.number if place.kind == "slide" else place.label
        if own != before and before is not None:
            begins.append(offset)
        before = own
    return [Span(*pair) for pair in zip(begins, [*begins[1:], len(text)], strict=True)]


def _end_of_part(text: str, start: int, end: int) -> int:
    if end - start <= _PART:
        return end
    for sign in ("\n\n", "\n"):
        cut = text.rfind(sign, start + _LEAST_PART, start + _PART)
        if cut >= 0:
            return cut + len(sign)
    cut = text.find("\n", start + _PART, min(end, start + _LONGEST_LINE))
    return cut + 1 if cut >= 0 else min(end, start + _LONGEST_LINE)


# --- where a passage stands -------------------------------------------------------------


def find_spans(text: str, places: Places, passages: Sequence[str], fragment: str) -> list[Span]:
    """Where passages stand in the text of a document, those nearest to a place.

    Args:
        text: of the document.
        places: of its parts.
        passages: cut from this text, or from what it was when the answer was given.
        fragment: the place in the citation's address, such as `line=12`; "" for none.

    Returns:
        A span a passage that was found; of a cell that the place names, this cell alone.
    """
    around = find_place(text, places, fragment)
    spans = []
    for passage in passages:
        span = _nearest(text, passage, around.start if around else 0)
        if span is None and around is not None:
            span = _in_other_form(text, passage, around)
        if span is not None:
            overlaps = around is not None and span.start < around.end and around.start < span.end
            spans.append(around if around and overlaps and "cell=" in fragment else span)
    return list(dict.fromkeys(spans))


def in_whole_words(text: str, passage: str, spans: Sequence[Span]) -> str:
    """A passage without the half of a word or number at its ends: a long statement is cut there."""
    span = next((s for s in spans if text[s.start : s.end] == passage), None)
    if span is None:
        return passage
    before = _WORD_BEFORE.search(text, max(0, span.start - _LONGEST_WORD), span.start)
    after = _WORD_AFTER.match(text, span.end, span.end + _LONGEST_WORD)
    return text[before.start() if before else span.start : after.end() if after else span.end]


def _in_other_form(text: str, passage: str, around: Span) -> Span | None:
    """Where the words of a passage stand near a place: its file may have been written anew."""
    begin = max(0, around.start - _PART)
    letters = Letters.of(text[begin : min(around.end, around.start + _PART) + _PART])
    found = find_passage(passage, letters).spans
    return Span(begin + found[0][0], begin + max(end for _, end in found)) if found else None


def _nearest(text: str, passage: str, offset: int) -> Span | None:
    best: Span | None = None
    start = text.find(passage) if passage.strip() else -1
    for _ in range(_MOST_OCCURRENCES):
        if start < 0:
            break
        span = Span(start, start + len(passage))
        if best is None or _distance(span, offset) < _distance(best, offset):
            best = span
        start = text.find(passage, start + 1)
    return best


def _distance(span: Span, offset: int) -> int:
    return max(span.start - offset, offset - span.end, 0)


def find_place(text: str, places: Places, fragment: str) -> Span | None:
    """The span of the place that an address names; None where it names none that is there."""
    if not fragment:
        return None
    base, counted = _COUNTED.sub("", fragment).strip("&"), dict(_COUNTED.findall(fragment))
    cell = _CELL_NAME.fullmatch(counted.get("cell", ""))
    row = cell[2] if cell else counted.get("row") or counted.get("line", "")
    number = int(row) if _NUMBER.fullmatch(row) else 0
    found: Span | None = None
    for position, (offset, place) in enumerate(places):
        end = places[position + 1][0] if position + 1 < len(places) else len(text)
        if place.fragment == fragment:
            return Span(offset, end)
        is_before = number and 0 < place.number <= number
        if not is_before or _COUNTED.sub("", place.fragment).strip("&") != base:
            continue
        if (line := _line(text, offset, end, number - place.number)) is None:
            continue
        # The last place that counts up to this row, but of tables side by side the one with the
        # column.
        of_cell = _cell_of(text, line, place, cell[1]) if cell else line
        found = of_cell or found or line
    return found


def _line(text: str, start: int, end: int, steps: int) -> Span | None:
    """The line so many lines after another; None where a part of a text has fewer."""
    for _ in range(steps):
        start = text.find("\n", start, end) + 1
        if start == 0:
            return None
    line_end = text.find("\n", start, end)
    return Span(start, line_end if line_end >= 0 else end)


def _cell_of(text: str, row: Span, place: Place, letters: str) -> Span | None:
    """The cell of a row in a column; None where the row has no such column."""
    if text[row.start : row.start + 2] != "| ":
        return row if column_letters(place.column) == letters else None
    for number, cell in enumerate(_cells(text, row)):
        if column_letters(place.column + number) == letters:
            return cell
    return None


def headings_over(text: str, offset: int) -> list[str]:
    """The headings that a part of a text stands under, the highest first."""
    path: list[tuple[int, str]] = []
    for found in _HEADING.finditer(text, max(0, offset - _HEADINGS_WITHIN), offset):
        level = len(found[1])
        path = [entry for entry in path if entry[0] < level]
        path.append((level, found[2].strip()))
    return [heading for _, heading in path]


def label_of(text: str, places: Places, page: Span) -> str:
    """The places of a page in words: from the first to the last."""
    end = page.start + len(text[page.start : page.end].rstrip())
    first = place_at(text, places, page.start)
    last = place_at(text, places, max(page.start, end - 1))
    if first is None or last is None:
        return last.label if last else ""
    if last.label.startswith(first.label):  # the same, or a sheet and a cell of it
        return first.label
    words = first.label.rpartition(" ")[0]
    return f"{first.label} to {last.label.removeprefix(f'{words} ') if words else last.label}"


# --- the text of a page -----------------------------------------------------------------


def blocks_of(text: str, places: Places, page: Span, marks: Sequence[Span]) -> list[Block]:
    """A page as headings, paragraphs and tables, with the marked pieces of each."""
    blocks: list[Block] = []
    for lines in _groups(text, page):
        first = text[lines[0].start : lines[0].end]
        heading = _HEADING.match(first)
        if first.startswith("|"):
            blocks.append(_table(text, places, lines, marks))
        elif heading:
            span = Span(lines[0].start + heading.start(2), lines[0].end)
            pieces = _pieces(text, span, marks)
            blocks.append(Block("heading", pieces, level=len(heading[1])))
        else:
            pieces = _pieces(text, Span(lines[0].start, lines[-1].end), marks)
            blocks.append(Block("paragraph", pieces))
    return blocks


def _groups(text: str, page: Span) -> list[list[Span]]:
    """The lines of a page in groups: of a table, of a paragraph, of a heading alone."""
    groups: list[list[Span]] = []
    before = ""
    start = page.start
    while start < page.end:
        end = text.find("\n", start, page.end)
        end = page.end if end < 0 else end
        first = text[start : start + 1] if text[start:end].strip() else ""
        kind = "" if not first else first if first == "|" or _HEADING.match(text, start) else "text"
        if kind and kind == before and kind != "#":
            groups[-1].append(Span(start, end))
        elif kind:
            groups.append([Span(start, end)])
        before = kind
        start = end + 1
    return groups


def _pieces(text: str, span: Span, marks: Sequence[Span]) -> list[Piece]:
    """A part of a text, cut where marks begin and end."""
    pieces: list[Piece] = []
    at = span.start
    for mark in sorted(marks):
        start, end = max(mark.start, at), min(mark.end, span.end)
        if start >= end:
            continue
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    if at < span.end:
        pieces.append((text[at : span.end], False))
    return pieces


def _table(text: str, places: Places, lines: list[Span], marks: Sequence[Span]) -> Block:
    """The rows of a table; of one that goes on from the page before, with its head."""
    head = _head_of(text, lines[0].start)
    has_rule = len(lines) > 1 and _is_rule(text, lines[1])
    rows = [line for line in ([head] if head else []) + lines if not _is_rule(text, line)]
    cells = [_cells(text, row) for row in rows]
    marked = {
        number
        for row in cells
        for number, cell in enumerate(row)
        if any(mark.start < cell.end and cell.start < mark.end for mark in marks)
    }
    shown = _columns(max(map(len, cells)), min(marked, default=0))
    block = Block("table")
    for position, row in enumerate(cells):
        place = place_at(text, places, row[0].start)
        is_sheet = place is not None and place.kind == "sheet" and place.number > 0
        if place is not None and is_sheet and not block.columns:
            block.columns = [column_letters(place.column + number) for number in shown]
        block.rows.append(
            Row(
                [_pieces(text, row[number], marks) for number in shown if number < len(row)],
                number=place.number if place and (is_sheet or place.kind == "row") else 0,
                is_head=position == 0 and (has_rule or head is not None),
            )
        )
    return block


def _head_of(text: str, start: int) -> Span | None:
    """The first row of the table that goes on at `start`, where it is its head."""
    begin = text.rfind("\n\n", 0, start) + 2 if "\n\n" in text[:start] else 0
    if begin >= start or text[begin : begin + 1] != "|":
        return None
    end = text.find("\n", begin)
    after = text.find("\n", end + 1)
    return Span(begin, end) if _is_rule(text, Span(end + 1, after)) else None


def _is_rule(text: str, line: Span) -> bool:
    return (
        line.end > line.start
        and set(text[line.start : line.end]) <= _RULE
        and ("---" in text[line.start : line.end])
    )


def _cells(text: str, row: Span) -> list[Span]:
    cells = []
    start = row.start + 2
    for cell in text[start : row.end].removesuffix(" |").split(_CELL):
        cells.append(Span(start, start + len(cell)))
        start += len(cell) + len(_CELL)
    return cells


def _columns(width: int, marked: int) -> list[int]:
    """Which columns are shown: the first, and those around the marked one."""
    if width <= _COLUMNS:
        return list(range(width))
    first = max(1, min(marked - _COLUMNS // 2, width - _COLUMNS + 1))
    return [0, *range(first, first + _COLUMNS - 1)]
