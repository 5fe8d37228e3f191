"""PDF files: their text in reading order, with its pages.

A PDF knows where words stand, and no more. Lines, paragraphs, columns, tables and headings are
found in `pdf_layout` from the boxes of the text; what every page repeats is left out here.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import pypdfium2
import pypdfium2.raw as pdfium

from parallel_nb.engine.corpus import ocr
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError, listed
from parallel_nb.engine.corpus.pdf_layout import Line, Segment, lay_out, write_page
from parallel_nb.engine.corpus.places import PlacedText, page_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.api.places import Scan

#: pdfium's number for a file that wants a password.
_PASSWORD: Final = 4
#: A line at a page's edge is a running head when it stands on so many pages; one of several cells,
#: which may be the head of a long table, when it does on this part of them.
_REPEATED_PAGES: Final = 3
_REPEATED_PART: Final = 0.3
#: How many lines from each edge may be running heads.
_EDGE_LINES: Final = 2
#: A larger part of a page that is covered by pictures, where it has no text, is a scan.
_SCANNED: Final = 0.5
_DIGITS = re.compile(r"[0-9]+")
_CREATED = re.compile(r"D:([0-9]{4})([0-9]{2})([0-9]{2})")
_NO_TITLE = re.compile(
    r"untitled|\(?(?:un)?specified\)?|microsoft \w+ - |.{0,200}\.\w{2,5}$", re.IGNORECASE
)
#: A wider gap parts two pieces of text on a line, in heights of the text.
_WORD_GAP: Final = 1.0
#: The characters between words, and the numbers that no character has.
_BLANKS: Final = frozenset(map(ord, " \t\r\n\xa0\u2002\u2003\u2009"))
_MOST_CODES: Final = 0x110000
#: From left, bottom, right and top.
_Box = tuple[float, ...]
#: A character that stands for a hyphen at the end of a line.
_HYPHEN: Final = "\ufffe"


def read_pdf(data: bytes) -> ParsedFile:
    """Read a PDF file: its pages as text with their places.

    Scanned pages are read by tesseract where it is installed, else they are named in the notes.

    Raises:
        UnreadableFileError: it is protected by a password, or damaged.
    """
    with contextlib.closing(open_pdf(data)) as document:
        pages: list[list[Line]] = []
        labels: list[str] = []
        scans: dict[int, Scan] = {}
        unread: dict[str, list[int]] = {}
        for number in range(len(document)):
            labels.append(_label(document, number))
            lines: list[Line] = []
            try:
                lines, scan = _read_page(document, number)
                if scan is not None:
                    scans[number] = scan
            except pypdfium2.PdfiumError:
                unread.setdefault("damaged", []).append(number + 1)
            except UnreadableFileError as error:
                unread.setdefault(str(error), []).append(number + 1)
            pages.append(lines)
        metadata = document.get_metadata_dict(skip_empty=True)
    _drop_running_heads(pages)
    body = _body_size(pages)
    text = PlacedText()
    for number, lines in enumerate(pages):
        place = page_place(number + 1, labels[number], scans.get(number))
        write_page(text, lines, place, body)
    content, places = text.build()
    title = metadata.get("Title", "").strip()
    return ParsedFile(
        content,
        title="" if _NO_TITLE.match(title) else title or _largest(pages),
        created=_created(metadata.get("CreationDate", "")),
        places=places,
        pages=len(pages),
        notes=tuple(f"{listed('page', numbers)}: {what}" for what, numbers in unread.items()),
    )


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """A PDF file, to be closed by the caller.

    Raises:
        UnreadableFileError: it is protected by a password, or damaged.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise UnreadableFileError("it is protected by a password") from error
        raise UnreadableFileError("it is damaged, or no PDF") from error
    if document.get_formtype() != pdfium.FORMTYPE_NONE:
        document.init_forms()
    return document


def open_page(document: pypdfium2.PdfDocument, number: int) -> pypdfium2.PdfPage:
    """A page by its number from 0, to be closed by the caller; what was filled in is text."""
    page = document[number]
    if document.formenv is not None:
        page.flatten()
        page.close()
        page = document[number]
    return page


def _label(document: pypdfium2.PdfDocument, number: int) -> str:
    """The number that is printed on a page, where the file says it."""
    with contextlib.suppress(pypdfium2.PdfiumError, UnicodeError):
        return str(document.get_page_label(number))[:20]
    return ""


def _read_page(document: pypdfium2.PdfDocument, number: int) -> tuple[list[Line], Scan | None]:
    """The lines of a page in reading order; of a scan, how well it could be read.

    Raises:
        UnreadableFileError: it is a scan of which nothing was read; says why.
    """
    page = open_page(document, number)
    try:
        text_page = page.get_textpage()
        try:
            segments = list(_segments(page, text_page))
            stream = "" if segments else text_page.get_text_range()
        finally:
            text_page.close()
        if segments:
            return lay_out(segments), None
        lines = [Line((Segment(0, -y, 1, 1 - y, line.strip(), 1, is_bold=False),))
                 for y, line in enumerate(stream.splitlines()) if line.strip()]  # fmt: skip
        return (lines, None) if lines or not is_scan(page) else _read_scan(page)
    finally:
        page.close()


def _read_scan(page: pypdfium2.PdfPage) -> tuple[list[Line], Scan]:
    """The same of a page that is a picture."""
    if not ocr.installed():
        raise UnreadableFileError("a scan; install tesseract to have it read")
    if not ocr.has_time():
        raise UnreadableFileError("a scan; the time for reading scans was over")
    words = ocr.read_words(page)
    if not words:
        raise UnreadableFileError("a scan in which no text was found")
    return lay_out(list(ocr.pieces(words))), ocr.how_clear(words)


def _segments(page: pypdfium2.PdfPage, text_page: pypdfium2.PdfTextPage) -> Iterator[Segment]:
    """The pieces of text on a page, each with its box; none where the text runs upwards.

    Words that follow each other closely, in one font, are one piece.
    """
    left, bottom, right, top = page.get_cropbox()
    words = list(_words(text_page))
    if 2 * sum(is_upright for _, is_upright in words) < len(words):
        return
    before: Segment | None = None
    upwards: list[str] = []
    for word, is_upright in words:
        if word.x1 < left or word.x0 > right or word.y1 < bottom or word.y0 > top:
            continue
        if not is_upright:
            upwards.append(word.text)
            continue
        if before is not None and _goes_on(before, word):
            before = Segment(
                before.x0,
                min(before.y0, word.y0),
                word.x1,
                max(before.y1, word.y1),
                f"{before.text} {word.text}",
                max(before.size, word.size),
                is_bold=word.is_bold,
            )
            continue
        if before is not None:
            yield before
        before = word
    if before is not None:
        yield before
        if upwards:  # such as a remark at the edge: below all else, in a line of its own
            low, size = bottom - 4 * before.size, before.size
            text = " ".join(upwards)
            yield Segment(left, low - size, right, low, text, size, is_bold=False)


def _goes_on(segment: Segment, word: Segment) -> bool:
    """Whether a word is the next one of a piece of text."""
    size = max(segment.size, word.size)
    is_level = abs(segment.size - word.size) < 0.15 * size and (
        abs(segment.middle - word.middle) < 0.3 * size
    )
    return (
        is_level
        and segment.is_bold == word.is_bold
        and -0.2 * size < word.x0 - segment.x1 <= _WORD_GAP * size
    )


def _words(text_page: pypdfium2.PdfTextPage) -> Iterator[tuple[Segment, bool]]:
    """The words of a page in the order of the file with their boxes, and whether they are upright.

    A word of two fonts or on two lines has several boxes, and is as many words.
    """
    count = text_page.count_chars()
    code_of = pdfium.FPDFText_GetUnicode
    codes = [code_of(text_page, number) for number in range(count)]
    name = ctypes.create_string_buffer(100)
    flags = ctypes.c_int()
    begin = 0
    for end in range(count + 1):
        if end < count and codes[end] not in _BLANKS:
            continue
        for first, last, box in _in_boxes(text_page, begin, end) if begin < end else ():
            text = _clean("".join(map(_character, codes[first:last])))
            x0, y0, x1, y1 = box
            if not text or (x0 == x1 and y0 == y1):
                continue
            _, low, _, high = text_page.get_charbox(first, loose=True)
            pdfium.FPDFText_GetFontInfo(text_page, first, name, len(name), flags)
            is_bold = b"bold" in name.value.lower() or b"black" in name.value.lower()
            size = max(y1 - y0, high - low)
            angle = pdfium.FPDFText_GetCharAngle(text_page, first)
            is_upright = abs(math.sin(angle)) < 0.5 or angle < 0  # which is for an unknown one
            yield Segment(x0, y0, x1, y1, text, size, is_bold=is_bold), is_upright
        begin = end + 1


def _in_boxes(
    text_page: pypdfium2.PdfTextPage, begin: int, end: int
) -> Iterator[tuple[int, int, _Box]]:
    """The parts of a word that stand each in a box of its own, which most have one of."""
    if text_page.count_rects(begin, end - begin) == 1:
        yield begin, end, text_page.get_rect(0)
        return
    first, whole = begin, text_page.get_charbox(begin)
    before = whole
    for number in range(begin + 1, end):
        box = text_page.get_charbox(number)
        if box[0] < before[0] or box[1] > before[3] or box[3] < before[1]:
            yield first, number, whole
            first, whole = number, box
        before = box
        least = zip((min, min, max, max), whole, box, strict=True)
        whole = tuple(choose(one, other) for choose, one, other in least)
    yield first, end, whole


def _character(code: int) -> str:
    return chr(code) if code < _MOST_CODES else ""


def _clean(text: str) -> str:
    """A piece of text in one line, without what stands for nothing."""
    text = text.replace(_HYPHEN, "-").replace("\x02", "-").replace("\0", "")
    return " ".join(text.split())


def is_scan(page: pypdfium2.PdfPage) -> bool:
    """Whether pictures cover most of a page."""
    width, height = page.get_size()
    covered = 0.0
    for picture in page.get_objects([pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        x0, y0, x1, y1 = picture.get_bounds()
        covered += max(0.0, x1 - x0) * max(0.0, y1 - y0)
    return bool(covered > _SCANNED * width * height)


def _drop_running_heads(pages: list[list[Line]]) -> None:
    """Leave out the lines at the edges of pages that many pages have but for their digits."""

    def edges(lines: list[Line]) -> Iterator[tuple[str, Line]]:
        by_height = sorted(lines, key=lambda line: -line.top)
        for side, found in (("top", by_height[:_EDGE_LINES]), ("end", by_height[-_EDGE_LINES:])):
            for line in found:
                yield f"{side} {_DIGITS.sub('0', line.text)}", line

    counts = Counter(key for lines in pages for key in {key for key, _ in edges(lines)})
    many = _REPEATED_PART * len(pages)
    for number, lines in enumerate(pages):
        heads = {
            id(line)
            for key, line in edges(lines)
            if counts[key] >= max(_REPEATED_PAGES, many if len(line.cells) > 1 else 0)
        }
        pages[number] = [line for line in lines if id(line) not in heads]


def _body_size(pages: list[list[Line]]) -> float:
    """The size of most of the text."""
    sizes: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 1.0


def _largest(pages: list[list[Line]]) -> str:
    """The first of the largest lines of the first page, where one is larger than the others."""
    lines = pages[0] if pages else []
    sizes = [line.size for line in lines]
    if not sizes or max(sizes) < 1.15 * min(sizes):
        return ""
    return next(line.text for line in lines if line.size == max(sizes))


def _created(date: str) -> str | None:
    found = _CREATED.match(date)
    return "-".join(found.groups()) if found else None
