"""Text of scanned pages, by the program tesseract where it is installed.

It runs as a process of its own for each page, with limits of time and memory: a picture comes from
outside as well as all else.
"""

from __future__ import annotations

import csv
import math
import os
import shutil
import subprocess
import sys
from contextvars import ContextVar
from functools import cache
from itertools import groupby
from statistics import fmean
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.pdf_layout import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pypdfium2

    from parallel_nb.api.places import Scan

#: The variable of the environment that names the program.
PROGRAM: Final = "PARALLEL_NB_TESSERACT"
#: What the pages of one file may take in all, in seconds; its other limits are for all else.
OCR_SECONDS: Final = 240.0
_PAGE_SECONDS: Final = 30.0
#: Of the processor, and bytes of memory, where the system can limit them.
_CPU_SECONDS: Final = 60
_MEMORY: Final = 1_000_000_000
#: Dots an inch that tesseract is made for, and pixels of a page at most from side to side.
_DPI: Final = 200.0
_MOST_PIXELS: Final = 4_000.0
#: Points of a PDF that make an inch.
_INCH: Final = 72.0
#: Languages at once: each takes as long as the first.
_MOST_LANGUAGES: Final = 3
#: What is among the languages and is none.
_NO_LANGUAGES: Final = frozenset({"osd", "equ"})
#: Words of which it is less sure, in percent, are specks and lines.
_LEAST_SURE: Final = 20.0
#: A page is clear where the program is as sure of its words on average. Of 37 pages that were
#: blurred, speckled, crooked or coarse, 28 were (tesseract 5.3): 99 % of their figures were right,
#: and 80 % of the others'.
_CLEAR: Final = 93.0
#: Letters of a word that is wider than high.
_LONG: Final = 4
#: A page that was read upside down is less sure: five were from 50 to 63 %.
_DOUBTFUL: Final = 75.0
#: A wider gap between two words parts cells, in heights of the line.
_CELL_GAP: Final = 1.5
#: The height of a font to that of the letters of a line.
_BOX_TO_FONT: Final = 1.15
_WORD: Final = "5"
_BOX: Final = ("left", "top", "width", "height")
_LINE: Final = ("block_num", "par_num", "line_num")
#: When no further page of the file at hand may be begun.
_begins_until: Final = ContextVar("begins_until", default=math.inf)


def allow(seconds: float) -> None:
    """Let the pages of the next file take so many seconds in all."""
    _begins_until.set(monotonic() + seconds - _PAGE_SECONDS)


def has_time() -> bool:
    """Whether another page may be read."""
    return monotonic() < _begins_until.get()


class Word(NamedTuple):
    """A word in the picture of a page."""

    #: Its box, in points from the lower left corner of the page as it is shown.
    segment: Segment
    #: The number of the line that it stands in, from the top of the page.
    line: int
    #: How sure the program is of it, in percent.
    sure: float


def read_words(page: pypdfium2.PdfPage, within: float = math.inf) -> list[Word]:
    """The words in the picture of a page in their order; none where nothing can be read.

    A page that was scanned sideways or upside down is turned.

    Args:
        page: the page; it stays turned, so that what is drawn of it can be read.
        within: seconds that it may take.

    Raises:
        UnreadableFileError: the program is not there, takes too long or fails.
    """
    try:
        return _upright(page, min(within, _PAGE_SECONDS))
    except (OSError, ValueError, csv.Error, subprocess.SubprocessError) as error:
        raise UnreadableFileError("a scan that tesseract could not read") from error


def _upright(page: pypdfium2.PdfPage, within: float) -> list[Word]:
    """The words of a page, which is turned if it is read better then and there is time."""
    began = monotonic()
    words = list(_words(*_ask(page, within)))
    takes, before = monotonic() - began, page.get_rotation()
    for turn in _turns(words):
        if (left := began + within - monotonic()) < takes:
            break
        page.set_rotation((before + turn) % 360)
        turned = list(_words(*_ask(page, left)))
        if turned and not _turns(turned):
            return turned
        page.set_rotation(before)
    return words


def _turns(words: Sequence[Word]) -> tuple[int, ...]:
    """By what degrees a page may have to be turned, by the words that were read of it."""
    long = [word.segment for word in words if len(word.segment.text) >= _LONG]
    tall = sum(box.y1 - box.y0 > box.x1 - box.x0 for box in long)
    if 2 * tall > len(long):
        return (90, 270)
    is_doubtful = words and fmean(word.sure for word in words) < _DOUBTFUL
    return (180,) if is_doubtful else ()


def _ask(page: pypdfium2.PdfPage, within: float) -> tuple[str, float, float]:
    """What the program says of a page, its pixels a point, and the page's height in points."""
    width, height = page.get_size()
    scale = min(_DPI / _INCH, _MOST_PIXELS / max(width, height, 1.0))
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        picture = _grey(bitmap)
    finally:
        bitmap.close()
    said = subprocess.run(  # noqa: S603 - nothing of the file is an argument
        [installed(), "stdin", "stdout", "--dpi", str(round(scale * _INCH)),
         "-l", "+".join(_languages_of(installed())), "tsv"],
        input=picture, capture_output=True, check=False, timeout=min(within, _PAGE_SECONDS),
        preexec_fn=None if sys.platform == "win32" else _limit,
    )  # fmt: skip
    if said.returncode:
        raise subprocess.CalledProcessError(said.returncode, said.args)
    return said.stdout.decode("utf-8", "replace"), scale, height


def program() -> str:
    """The path of the program; empty where it is not installed.

    `PARALLEL_NB_TESSERACT` names it where it is not on the PATH; an empty value has no page read.
    """
    return shutil.which(os.environ.get(PROGRAM, "tesseract")) or ""


def installed() -> str:
    """The same; empty also where it knows no language."""
    path = program()
    return path if path and _languages_of(path) else ""


@cache
def _languages_of(path: str) -> list[str]:
    """The languages that it reads: at most three that are installed, English first."""
    try:
        said = subprocess.run(  # noqa: S603 - the same
            [path, "--list-langs"], capture_output=True, check=False, timeout=_PAGE_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return []
    names = said.stdout.decode("utf-8", "replace").split("\n")[1:]
    known = sorted({name.strip() for name in names} - {""} - _NO_LANGUAGES)
    return sorted(known, key=lambda name: name != "eng")[:_MOST_LANGUAGES]


def _limit() -> None:
    """Limits of the process that reads a page, also where nobody is left to end it."""
    import resource  # noqa: PLC0415 - there is none on Windows

    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _grey(bitmap: Any) -> bytes:
    """A picture as a portable grey map."""
    pixels, width = memoryview(bitmap.buffer), bitmap.width
    rows = (pixels[y * bitmap.stride :][:width] for y in range(bitmap.height))
    return b"P5 %d %d 255\n" % (width, bitmap.height) + b"".join(rows)


def _words(table: str, scale: float, height: float) -> Iterator[Word]:
    """The words of the program's table; specks are none."""
    line, place = 0, None
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for row in rows:
        text, sure = (row.get("text") or "").strip(), float(row.get("conf") or 0)
        if row.get("level") != _WORD or not text or sure < _LEAST_SURE:
            continue
        left, top, wide, high = (float(row.get(name) or "") / scale for name in _BOX)
        bottom = height - top - high
        at = tuple(row.get(name) for name in _LINE)
        line, place = line + (at != place), at
        box = Segment(left, bottom, left + wide, bottom + high, text, high, is_bold=False)
        yield Word(box, line, sure)


def how_clear(words: Sequence[Word]) -> Scan:
    """How well a page could be read."""
    return "clear" if fmean(word.sure for word in words) >= _CLEAR else "unclear"


def pieces(words: Iterable[Word]) -> Iterator[Segment]:
    """The lines of a page, cut where a gap parts cells."""
    piece: list[Segment] = []
    for _, line in groupby(words, key=lambda word: word.line):
        for word in (each.segment for each in line):
            if piece and word.x0 - piece[-1].x1 > _CELL_GAP * piece[-1].size:
                yield _joined(piece)
                piece = []
            piece.append(word)
        yield _joined(piece)
        piece = []


def _joined(words: list[Segment]) -> Segment:
    """Words of a line as one piece."""
    bottom, top = min(word.y0 for word in words), max(word.y1 for word in words)
    text = " ".join(word.text for word in words)
    size = _BOX_TO_FONT * (top - bottom)
    return Segment(words[0].x0, bottom, words[-1].x1, top, text, size, is_bold=False)
