"""A page of a PDF as a picture, with the words of passages marked in it."""

from __future__ import annotations

import contextlib
import math
import struct
import zlib
from bisect import bisect_left, bisect_right
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Final, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from parallel_nb.engine.corpus.ocr import read_words
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.pdf import is_scan, open_page, open_pdf
from parallel_nb.engine.pages.matching import Letters, find_passage, occurrences
from parallel_nb.engine.pages.protocol import Drawn, Placed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.engine.corpus.ocr import Word
    from parallel_nb.engine.corpus.pdf_layout import Segment

#: Pixels of a picture at most, whatever the size of its page.
MOST_PIXELS: Final = 4_000_000
#: Characters of a page in which passages are looked for.
_MOST_CHARACTERS: Final = 100_000
#: How much of the light of each colour a mark lets through, of 255.
_MARK: Final = (255, 229, 120)
#: What a mark adds where a page is dark.
_LIGHT: Final = (110, 85, 0)
_DARK: Final = 110
#: A mark reaches so many pixels over the words.
_MARGIN: Final = 2
_COMPRESSION: Final = 4
#: Seconds that the words of a scanned page may take; the page is shown without marks after that.
_OCR_WITHIN: Final = 12.0
#: A cell that stands more often on a page is looked for no further.
_MOST_CELLS: Final = 200


class _Box(NamedTuple):
    """A rectangle in pixels, from the upper left corner of the picture."""

    left: int
    top: int
    right: int
    bottom: int


_NOWHERE: Final = _Box(0, 0, 0, 0)


class _PageText(NamedTuple):
    """The text of a page, and where in its picture that stands."""

    letters: Letters
    #: A box for each line, or piece of one, of the characters from one to another.
    boxes: Callable[[int, int], list[_Box]]


def draw_page(data: bytes, number: int, passages: Sequence[str], width: int) -> Drawn:
    """Draw a page, and mark the words of passages in it.

    Args:
        data: the file.
        number: of the page, from 1.
        passages: what is marked, as the engine has read it.
        width: of the picture in pixels; of a very long page it becomes less.

    Raises:
        UnreadableFileError: it cannot be opened, or has no such page.
    """
    with contextlib.closing(open_pdf(data)) as document:
        if not 0 < number <= len(document):
            raise UnreadableFileError(f"it has no page {number:,}")
        try:
            with contextlib.closing(open_page(document, number - 1)) as page:
                return _draw(page, passages, width)
        except pypdfium2.PdfiumError as error:
            raise UnreadableFileError(f"page {number:,} is damaged") from error


def _draw(page: pypdfium2.PdfPage, passages: Sequence[str], width: int) -> Drawn:
    words = _scanned_words(page) if passages else []  # first: it may turn the page
    scale = _scale(page, width)
    bitmap = page.render(scale=scale, rev_byteorder=True,
                         force_bitmap_format=pdfium.FPDFBitmap_BGR)  # fmt: skip
    with contextlib.closing(bitmap):
        boxes: list[_Box] = []
        placed: list[Placed] = []
        if passages:
            with contextlib.closing(page.get_textpage()) as text_page:
                boxes, placed = _place(_text_of(page, text_page, bitmap, scale, words), passages)
        marks = []
        for box in boxes:
            mark = (
                max(0, box.left - _MARGIN),
                max(0, box.top - _MARGIN),
                min(bitmap.width, box.right + _MARGIN),
                min(bitmap.height, box.bottom + _MARGIN),
            )
            if mark[0] < mark[2] and mark[1] < mark[3]:
                marks.append(mark)
        pixels = bytearray(bitmap.buffer)
        for mark in marks:
            _colour(pixels, bitmap.stride, mark)
        picture = _png(pixels, bitmap.width, bitmap.height, bitmap.stride)
        return Drawn(picture, bitmap.width, bitmap.height, marks, placed)


def _scale(page: pypdfium2.PdfPage, width: int) -> float:
    """Pixels a point, so that the picture is as wide as is wanted, and no larger than it may be."""
    wide, high = (max(1.0, float(side)) for side in page.get_size())
    # A side of less than a pixel becomes one, so that the other counts alone.
    return min(width / wide, math.sqrt(MOST_PIXELS / (wide * high)), MOST_PIXELS / max(wide, high))


# --- where the words stand --------------------------------------------------------------


def _place(text: _PageText, passages: Sequence[str]) -> tuple[list[_Box], list[Placed]]:
    """The boxes of the words of passages, and how each passage stands on the page."""
    boxes: dict[_Box, None] = {}
    placed = []
    for passage in passages:
        found = find_passage(passage, text.letters)
        spans = found.spans or _row_of_cells(passage, text)
        placed.append(Placed(found.times, bool(spans)))
        for start, end in spans:
            boxes |= dict.fromkeys(text.boxes(start, end))
    return list(boxes), placed


def _scanned_words(page: pypdfium2.PdfPage) -> list[Word]:
    """The words in the picture of a page; none of one that is no scan."""
    with contextlib.closing(page.get_textpage()) as text_page:
        if not is_scan(page, text_page):
            return []
    with contextlib.suppress(UnreadableFileError):
        return read_words(page, _OCR_WITHIN)
    return []


def _text_of(
    page: pypdfium2.PdfPage,
    text_page: pypdfium2.PdfTextPage,
    bitmap: pypdfium2.PdfBitmap,
    scale: float,
    words: Sequence[Word],
) -> _PageText:
    """The text of a page; of a scanned one, as it was read from its picture."""
    letters = Letters.of(_visible_text(page, text_page))
    scanned = _scanned_text(words, page.get_height(), scale)
    if len(scanned.letters.folded) > len(letters.folded):
        return scanned
    to_bitmap = bitmap.get_posconv(page).to_bitmap

    def boxes(start: int, end: int) -> list[_Box]:
        count = text_page.count_rects(start, end - start)
        return [box(*text_page.get_rect(k)) for k in range(count)]

    def box(left: float, bottom: float, right: float, top: float) -> _Box:
        corners = to_bitmap(left, bottom), to_bitmap(right, top)
        (x0, x1), (y0, y1) = (sorted(sides) for sides in zip(*corners, strict=True))
        return _Box(x0, y0, x1, y1)

    return _PageText(letters, boxes)


def _scanned_text(words: Sequence[Word], height: float, scale: float) -> _PageText:
    """The text that was found in the picture of a page."""
    texts = [word.segment.text for word in words]
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))  # a blank between two

    def boxes(start: int, end: int) -> list[_Box]:
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
        lines = groupby(words[first:last], key=lambda word: word.line)
        return [around([word.segment for word in line]) for _, line in lines]

    def around(line: Sequence[Segment]) -> _Box:
        return _Box(
            round(scale * min(word.x0 for word in line)),
            round(scale * (height - max(word.y1 for word in line))),
            round(scale * max(word.x1 for word in line)),
            round(scale * (height - min(word.y0 for word in line))),
        )

    return _PageText(Letters.of(" ".join(texts)), boxes)


def _visible_text(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> str:
    """The characters of a page at their own indices; a blank for each that is cropped away."""
    left, bottom, right, top = page.get_cropbox()
    characters = []
    for index in range(min(text_page.count_chars(), _MOST_CHARACTERS)):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        character = chr(code) if code < 0x110000 else " "
        if character.isalnum():
            x0, y0, x1, y1 = text_page.get_charbox(index)
            if x1 < left or x0 > right or y1 < bottom or y0 > top:
                character = " "
        characters.append(character)
    return "".join(characters)


def _row_of_cells(passage: str, text: _PageText) -> list[tuple[int, int]]:
    """Where the cells of a row stand, whose file has them in another order.

    Each must stand beside the others, and there may be one such row alone.
    """
    lines = [line for line in passage.strip().splitlines() if set(line) - set("| -:")]
    cells = [cell for cell in lines[0].split(" | ") if Letters.of(cell).folded] if lines else []
    if len(lines) != 1 or len(cells) < 2:
        return []
    places = [
        [(span, next(iter(text.boxes(*span)), _NOWHERE)) for span in found]
        for found in (occurrences(cell, text.letters, _MOST_CELLS) for cell in cells)
    ]
    rows = []
    for _, first in min(places, key=len):
        row = [[span for span, box in others if _beside(first, box)] for others in places]
        if all(len(spans) == 1 for spans in row):
            rows.append([spans[0] for spans in row])
    return rows[0] if len(rows) == 1 else []


def _beside(one: _Box, other: _Box) -> bool:
    """Whether two boxes stand in one line."""
    return one.top < (other.top + other.bottom) / 2 < one.bottom


# --- pixels -----------------------------------------------------------------------------


def _colour(pixels: bytearray, stride: int, mark: tuple[int, int, int, int]) -> None:
    """Colour a rectangle so that dark words on a light page stay dark, and light ones light."""
    left, top, right, bottom = mark
    lines = [range(y * stride + 3 * left, y * stride + 3 * right) for y in range(top, bottom)]
    green = b"".join(pixels[line.start + 1 : line.stop : 3] for line in lines)
    is_dark = sum(green) < _DARK * len(green)
    for channel in range(3):
        if is_dark:
            table = bytes(x + (255 - x) * _LIGHT[channel] // 255 for x in range(256))
        else:
            table = bytes(x * _MARK[channel] // 255 for x in range(256))
        for line in lines:
            part = slice(line.start + channel, line.stop, 3)
            pixels[part] = pixels[part].translate(table)


def _png(pixels: bytes | bytearray, width: int, height: int, stride: int) -> bytes:
    """Rows of red, green and blue as a PNG file: the one thing that Pillow would be wanted for."""
    rows = b"".join(b"\0" + pixels[y * stride : y * stride + 3 * width] for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, _COMPRESSION))
        + chunk(b"IEND", b"")
    )
