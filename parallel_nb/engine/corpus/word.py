"""Word files: headings, clauses with their numbers, lists, tables, foot notes, text boxes.

What was inserted under "track changes" is text, what was deleted is not. A Word file has no pages;
a passage's place is its clause, else its paragraph.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.drawings import write_drawings
from parallel_nb.engine.corpus.packages import Package
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.places import header_place
from parallel_nb.engine.corpus.prose import (
    BULLET,
    COMMENTS,
    DELETED,
    LINE_END,
    Prose,
    in_lines,
)  # fmt: skip
from parallel_nb.engine.corpus.word_numbering import Numbering, W

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOCUMENT: Final = "word/document.xml"
_OUTLINE: Final = 6
_WORDS: Final = frozenset(
    {f"{W}t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"}
)
#: What holds no text, holds it twice, or holds what was taken out.
_SKIPPED: Final = frozenset(
    f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sdtPr")
) | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_BREAKS: Final = {
    f"{W}tab": " ", f"{W}br": LINE_END, f"{W}cr": LINE_END, f"{W}noBreakHyphen": "-",
}  # fmt: skip
_NOTES: Final = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_TYPED_NUMBER = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,5})[.)]? +[^\W\d]")
_NO_TITLE = re.compile(r"(?:microsoft word - |document\d*\Z|untitled)", re.IGNORECASE)


def read_word(data: bytes) -> ParsedFile:
    """Read a Word file (.docx).

    Raises:
        UnreadableFileError: it is damaged, protected, or unpacks to too much.
    """
    return _Reader(Package(data)).read()


class _Reader:
    """Reads one file; goes through its body once."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._prose = Prose()
        self._styles = _read_styles(package.part("word/styles.xml"))
        self._numbering = Numbering.read(package.part("word/numbering.xml"))
        self._notes = {kind: _read_notes(package, kind) for kind in _NOTES.values()}

    def read(self) -> ParsedFile:
        root = self._package.part(_DOCUMENT)
        if root is None or root.find(f"{W}body") is None:
            raise UnreadableFileError("it is damaged")
        self._read_blocks(root.find(f"{W}body"))
        write_drawings(self._prose.text, self._package, _DOCUMENT, header_place("drawings"))
        self._read_margins()
        text, places = self._prose.build()
        notes = []
        if next(root.iter(f"{W}del", f"{W}moveFrom"), None) is not None:
            notes.append(DELETED)
        if self._package.part("word/comments.xml") is not None:
            notes.append(COMMENTS)
        properties = self._package.properties()
        title = properties.get("title", "")
        return ParsedFile(
            text,
            title=self._prose.title if not title or _NO_TITLE.match(title) else title,
            created=whole_date(properties.get("created", "")),
            places=places,
            language=properties.get("language", ""),
            notes=tuple(notes),
        )

    def _read_blocks(self, parent: Any) -> None:
        for element in parent:
            if element.tag == f"{W}p":
                self._read_paragraph(element)
            elif element.tag == f"{W}tbl":
                self._read_table(element)
            elif element.tag == f"{W}sdt":
                content = element.find(f"{W}sdtContent")
                if content is not None:
                    self._read_blocks(content)
            elif element.tag in {f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"}:
                self._read_blocks(element)

    def _read_paragraph(self, element: Any) -> None:
        self._prose.begin_paragraph()
        if words := _text_of(element):
            style = self._style_of(element)
            level = self._heading_level(element, style)
            label = self._label(element, style)
            if not label and (typed := _TYPED_NUMBER.match(words)) and (level or "." in typed[1]):
                self._prose.leave_clauses()
                self._prose.begin_clause(typed[1].count("."), typed[1])
            elif level and not label:
                self._prose.leave_clauses()
            self._prose.write(words, level=level, label=label)
        for reference in element.iter(*_NOTES):
            number = reference.get(f"{W}id", "")
            self._prose.write_note(number, self._notes[_NOTES[reference.tag]].get(number, ""))
        for box in element.iter(f"{W}txbxContent"):
            if not any(a.tag in _SKIPPED for a in box.iterancestors()):
                self._read_blocks(box)

    def _label(self, paragraph: Any, style: str) -> str:
        """The number or bullet of a paragraph; notes which clause begins here."""
        list_id, level = self._list_of(paragraph, style)
        label = self._numbering.label(list_id, level) if list_id not in {"", "0"} else None
        if label and label != BULLET:
            self._prose.begin_clause(level, label)
        return label or ""

    def _list_of(self, paragraph: Any, style: str) -> tuple[str, int]:
        """The list that a paragraph is in, by itself or by its style, and its level there."""
        list_id, level = "", None
        for numbered in (
            paragraph.find(f"{W}pPr/{W}numPr"),
            *(entry.numbering for entry in self._chain(style)),
        ):
            if numbered is None:
                continue
            own_id, own_level = numbered.find(f"{W}numId"), numbered.find(f"{W}ilvl")
            if own_level is not None and level is None:
                level = own_level.get(f"{W}val", "0")
            if own_id is not None:
                list_id = own_id.get(f"{W}val", "")
                break
        return list_id, int(level) if level and level.isdigit() and len(level) == 1 else 0

    def _style_of(self, paragraph: Any) -> str:
        found = paragraph.find(f"{W}pPr/{W}pStyle")
        return "" if found is None else str(found.get(f"{W}val", ""))

    def _chain(self, style: str) -> Iterator[_Style]:
        """A style and those that it is based on."""
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            yield self._styles[style]
            style = self._styles[style].based_on

    def _heading_level(self, paragraph: Any, style: str) -> int:
        """1 to 6 for a heading; 0 for text."""
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if own is not None and own.get(f"{W}val", "").isdigit():
            outline = int(own.get(f"{W}val"))
            return outline + 1 if outline < _OUTLINE else 0
        for entry in self._chain(style):
            if entry.name == "title":
                return 1
            if entry.outline is not None:
                return entry.outline + 1 if entry.outline < _OUTLINE else 0
        return 0

    def _read_table(self, table: Any) -> None:
        rows: list[list[str]] = []
        for row in table.iter(f"{W}tr"):
            if next(row.iterancestors(f"{W}tbl")) is table and not _is_deleted(row):
                rows.append(_cells_of(row, rows[-1] if rows else []))
        is_marked = table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
        self._prose.write_table(rows, has_marked_head=is_marked)

    def _read_margins(self) -> None:
        """Heads and feet of pages, behind the text."""
        for kind in ("header", "footer"):
            for name in sorted(self._package.names(f"word/{kind}")):
                root = self._package.part(name) if name.endswith(".xml") else None
                for paragraph in root.iter(f"{W}p") if root is not None else ():
                    self._prose.write_margin(kind, _text_of(paragraph))


class _Style:
    """What is needed of a style."""

    def __init__(self, element: Any) -> None:
        name = element.find(f"{W}name")
        based_on = element.find(f"{W}basedOn")
        outline = element.find(f"{W}pPr/{W}outlineLvl")
        self.name = "" if name is None else str(name.get(f"{W}val", "")).lower()
        self.based_on = "" if based_on is None else str(based_on.get(f"{W}val", ""))
        self.numbering = element.find(f"{W}pPr/{W}numPr")
        value = "" if outline is None else outline.get(f"{W}val", "")
        self.outline = int(value) if value.isdigit() and len(value) == 1 else None
        if self.outline is None and self.name.startswith("heading ") and self.name[8:].isdigit():
            self.outline = min(8, max(0, int(self.name[8:10]) - 1))


def _read_styles(root: Any) -> dict[str, _Style]:
    if root is None:
        return {}
    return {str(s.get(f"{W}styleId", "")): _Style(s) for s in root.iter(f"{W}style")}


def _read_notes(package: Package, kind: str) -> dict[str, str]:
    """The foot or end notes by their ids."""
    root = package.part(f"word/{kind}.xml")
    if root is None:
        return {}
    notes = root.iter(f"{W}{kind.removesuffix('s')}")
    return {
        note.get(f"{W}id", ""): " ".join(filter(None, map(_text_of, note.iter(f"{W}p"))))
        for note in notes
        if note.get(f"{W}type") in {None, "normal"}
    }


def _text_of(element: Any) -> str:
    """The text of a paragraph; of its text boxes nothing."""
    return in_lines("".join(_pieces(element)))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag in _SKIPPED or tag in {f"{W}txbxContent", f"{W}drawing", f"{W}pict"}:
            continue
        if tag in _WORDS:
            yield child.text or ""
        elif tag in _BREAKS:
            yield _BREAKS[tag]
        elif tag in _NOTES:
            yield f"[{child.get(f'{W}id', '')}]"
        elif tag == f"{W}r" and _is_hidden(child):
            continue
        elif isinstance(tag, str):
            yield from _pieces(child)


def _is_hidden(run: Any) -> bool:
    hidden = run.find(f"{W}rPr/{W}vanish")
    return hidden is not None and hidden.get(f"{W}val", "1") not in {"0", "false", "off"}


def _is_deleted(row: Any) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _cells_of(row: Any, above: list[str]) -> list[str]:
    """The cells of a row; one that is merged has its text in each column and row."""
    cells: list[str] = []
    for cell in row.iter(f"{W}tc"):
        if next(cell.iterancestors(f"{W}tr")) is not row:
            continue
        span = cell.find(f"{W}tcPr/{W}gridSpan")
        merged = cell.find(f"{W}tcPr/{W}vMerge")
        if merged is not None and merged.get(f"{W}val") != "restart" and len(cells) < len(above):
            text = above[len(cells)]
        else:
            text = " ".join(filter(None, map(_text_of, cell.iter(f"{W}p"))))
        value = "1" if span is None else span.get(f"{W}val", "1")
        columns = min(int(value), 100) if value.isdigit() and len(value) < 4 else 1
        cells += [text] * max(1, columns)
    return cells
