"""Presentations: each slide with its number, its tables and its notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.drawings import write_drawings
from parallel_nb.engine.corpus.grids import has_head, squared
from parallel_nb.engine.corpus.packages import Package
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.places import PlacedText, slide_place

if TYPE_CHECKING:
    from collections.abc import Iterator

_A: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P: Final = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PRESENTATION: Final = "ppt/presentation.xml"
_TITLES: Final = frozenset({"title", "ctrTitle"})
#: What stands on each slide alike.
_REPEATED: Final = frozenset({"sldNum", "ftr", "dt", "sldImg", "hdr"})


def read_slides(data: bytes) -> ParsedFile:
    """Read a presentation (.pptx), in the order in which it is shown.

    Raises:
        UnreadableFileError: it is damaged, protected, or unpacks to too much.
    """
    package = Package(data)
    root = package.part(_PRESENTATION)
    if root is None:
        raise UnreadableFileError("it is damaged")
    parts = {name: target for name, _, target in package.related(_PRESENTATION)}
    text = PlacedText()
    title = ""
    number = 0
    for entry in root.iterfind(f"{_P}sldIdLst/{_P}sldId"):
        part = parts.get(entry.get(_R, ""), "")
        slide = package.part(part) if part else None
        if slide is None:
            continue
        number += 1
        heading = _write_slide(text, slide, number)
        title = title or heading
        write_drawings(text, package, part)
        for _, kind, target in package.related(part):
            notes = package.part(target) if kind == "notesSlide" else None
            if notes is not None:
                _write_notes(text, notes, number)
    content, places = text.build()
    properties = package.properties()
    own = properties.get("title", "")
    return ParsedFile(
        content,
        title=title if own.lower() in {"", "powerpoint presentation"} else own,
        created=whole_date(properties.get("created", "")),
        places=places,
        pages=number,
        language=properties.get("language", ""),
    )


def _write_slide(text: PlacedText, slide: Any, number: int) -> str:
    """Add a slide; returns its title."""
    place = slide_place(number)
    shapes = [shape for shape in _shapes(slide) if _kind(shape) not in _REPEATED]
    titles = [shape for shape in shapes if _kind(shape) in _TITLES]
    heading = " ".join(p for shape in titles for _, p in _paragraphs(shape))
    hidden = " (hidden slide)" if slide.get("show") in {"0", "false"} else ""
    text.paragraph(f"## {heading or f'Slide {number}'}{hidden}", place)
    for shape in shapes:
        if shape in titles:
            continue
        table = next(shape.iter(f"{_A}tbl"), None)
        if table is not None:
            rows = [[_cell(cell) for cell in row.iter(f"{_A}tc")] for row in table.iter(f"{_A}tr")]
            rows = squared(rows)
            text.table(rows, has_head=has_head(rows))
            continue
        lines = list(_paragraphs(shape))
        is_list = len(lines) > 1
        text.paragraph("\n".join(f"{'  ' * k}- {p}" if is_list else p for k, p in lines))
    return heading


def _write_notes(text: PlacedText, notes: Any, number: int) -> None:
    for shape in _shapes(notes):
        if _kind(shape) not in _REPEATED:
            lines = [paragraph for _, paragraph in _paragraphs(shape)]
            text.paragraph("\n\n".join(lines), slide_place(number, "notes"))


def _shapes(slide: Any) -> Iterator[Any]:
    """The shapes of a slide, those of groups too, but for those that stand there twice."""
    for shape in slide.iter(f"{_P}sp", f"{_P}graphicFrame"):
        if not any(above.tag == _FALLBACK for above in shape.iterancestors()):
            yield shape


def _kind(shape: Any) -> str:
    found = next(shape.iter(f"{_P}ph"), None)
    return "" if found is None else str(found.get("type", "body"))


def _paragraphs(shape: Any) -> Iterator[tuple[int, str]]:
    """The paragraphs of a shape, with how far each is indented."""
    for paragraph in shape.iter(f"{_A}p"):
        if words := _text(paragraph):
            properties = paragraph.find(f"{_A}pPr")
            level = "0" if properties is None else properties.get("lvl", "0")
            yield int(level) if level.isdigit() and len(level) == 1 else 0, words


def _cell(cell: Any) -> str:
    return " ".join(filter(None, map(_text, cell.iter(f"{_A}p"))))


def _text(paragraph: Any) -> str:
    pieces = (
        " " if element.tag == f"{_A}br" else element.text or ""
        for element in paragraph.iter(f"{_A}t", f"{_A}br")
    )
    return " ".join("".join(pieces).split())
