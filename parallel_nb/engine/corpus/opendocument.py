"""OpenDocument texts: headings, clauses with their numbers, lists, tables, notes, text boxes.

What was inserted while changes were tracked is text; what was deleted stands apart in the file, and
is left out. A text has no pages; a passage's place is its clause, else its paragraph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.packages import Package
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError
from parallel_nb.engine.corpus.prose import BULLET, COMMENTS, DELETED, LINE_END, Prose, in_lines
from parallel_nb.engine.corpus.word_numbering import written_number

if TYPE_CHECKING:
    from collections.abc import Iterator

_OASIS: Final = "{urn:oasis:names:tc:opendocument:xmlns:"
_TEXT: Final = f"{_OASIS}text:1.0}}"
_TABLE: Final = f"{_OASIS}table:1.0}}"
_OFFICE: Final = f"{_OASIS}office:1.0}}"
_STYLE: Final = f"{_OASIS}style:1.0}}"
_META: Final = f"{_OASIS}meta:1.0}}"
_BOX: Final = f"{_OASIS}drawing:1.0}}text-box"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
#: What holds blocks of its own.
_HOLDERS: Final = frozenset(
    f"{_TEXT}{name}"
    for name in (
        "section", "index-body", "table-of-content", "numbered-paragraph", "list-header",
        "bibliography", "alphabetical-index", "illustration-index", "table-index", "user-index",
    )
)  # fmt: skip
#: What is no text of the paragraph that it stands in.
_SKIPPED: Final = frozenset(
    (
        f"{_OFFICE}annotation", f"{_TEXT}note-body", f"{_TEXT}hidden-text", f"{_BOX}",
        f"{_TEXT}tracked-changes", f"{_TEXT}ruby-text",
    )
)  # fmt: skip
_BREAKS: Final = {f"{_TEXT}s": " ", f"{_TEXT}tab": " ", f"{_TEXT}line-break": LINE_END}
_DEEPEST: Final = 6
_MOST_COLUMNS: Final = 1_000
_MOST_REPEATED: Final = 100
#: How deep blocks may stand in each other.
_MAX_DEPTH: Final = 50


@dataclass(frozen=True, slots=True)
class _Level:
    """How the items of a list, or headings, of one level are numbered."""

    format: str
    before: str
    after: str
    shown: int
    start: int


def read_opendocument(data: bytes) -> ParsedFile:
    """Read an OpenDocument text (.odt).

    Raises:
        UnreadableFileError: it is damaged, protected, or unpacks to too much.
    """
    return _Reader(Package(data)).read()


class _Reader:
    """Reads one file; goes through its body once."""

    def __init__(self, package: Package) -> None:
        self._content = package.part("content.xml")
        self._styles_part = package.part("styles.xml")
        self._meta = package.part("meta.xml")
        self._prose = Prose(joins_numbers=True)
        self._parents: dict[str, str] = {}
        self._list_of_style: dict[str, str] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        for root in (self._styles_part, self._content):
            if root is not None:
                self._read_styles(root)
        self._counters: dict[str, dict[int, int]] = {}

    def read(self) -> ParsedFile:
        body = None if self._content is None else self._content.find(f"{_OFFICE}body/{_OFFICE}text")
        if body is None:
            raise UnreadableFileError("it is damaged")
        self._read_blocks(body)
        self._read_margins()
        text, places = self._prose.build()
        notes = []
        if next(self._content.iter(f"{_TEXT}deletion"), None) is not None:
            notes.append(DELETED)
        if next(self._content.iter(f"{_OFFICE}annotation"), None) is not None:
            notes.append(COMMENTS)
        said = {} if self._meta is None else {e.tag: e.text or "" for e in self._meta.iter()}
        return ParsedFile(
            text,
            title=said.get(f"{_DC}title", "").strip() or self._prose.title,
            created=whole_date(said.get(f"{_META}creation-date", "")[:10]),
            places=places,
            language=said.get(f"{_DC}language", "").strip()[:20],
            notes=tuple(notes),
        )

    def _read_styles(self, root: Any) -> None:
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name", "")
            self._parents[name] = style.get(f"{_STYLE}parent-style-name", "")
            if own := style.get(f"{_STYLE}list-style-name"):
                self._list_of_style[name] = own
        for form in root.iter(f"{_TEXT}list-style", f"{_TEXT}outline-style"):
            levels = {}
            for level in form:
                depth = _number(level, "level", 1)
                # bullets have no format, and are written as such
                levels[depth] = _Level(
                    level.get(f"{_STYLE}num-format") or "",
                    level.get(f"{_STYLE}num-prefix") or "",
                    level.get(f"{_STYLE}num-suffix") or "",
                    _number(level, "display-levels", 1),
                    _number(level, "start-value", 1),
                )
            is_outline = form.tag == f"{_TEXT}outline-style"
            self._lists["outline" if is_outline else form.get(f"{_STYLE}name", "")] = levels

    def _chain(self, style: str) -> Iterator[str]:
        """A style and those that it is based on."""
        seen: set[str] = set()
        while style and style not in seen:
            seen.add(style)
            yield style
            style = self._parents.get(style, "")

    def _read_blocks(self, parent: Any, depth: int = 0) -> None:
        for element in parent if depth < _MAX_DEPTH else ():
            tag = element.tag
            if tag == f"{_TEXT}h":
                self._read_heading(element)
            elif tag == f"{_TEXT}p":
                self._read_paragraph(element)
            elif tag == f"{_TEXT}list":
                self._read_list(element, element.get(f"{_TEXT}style-name", ""), 1)
                self._prose.end_list()
            elif tag == f"{_TABLE}table":
                self._read_table(element)
            elif tag in _HOLDERS:
                self._read_blocks(element, depth + 1)

    def _read_heading(self, element: Any) -> None:
        level = min(_number(element, "outline-level", 1), _DEEPEST)
        label = "" if element.get(f"{_TEXT}is-list-header") else self._label("outline", level)
        self._write(element, label, level)

    def _read_paragraph(self, element: Any) -> None:
        style = element.get(f"{_TEXT}style-name", "")
        self._write(element, "", 1 if "Title" in self._chain(style) else 0)

    def _read_list(self, element: Any, style: str, depth: int) -> None:
        """The items of a list; each with its number or sign."""
        if depth > _DEEPEST * 2:
            return
        if element.get(f"{_TEXT}continue-numbering") != "true" and depth == 1:
            is_going_on = f"{_TEXT}continue-list" in element.attrib
            if not is_going_on and style:
                self._counters.pop(style, None)
        for item in element:
            if item.tag not in {f"{_TEXT}list-item", f"{_TEXT}list-header"}:
                continue
            is_first = item.tag == f"{_TEXT}list-item"
            for child in item:
                if child.tag == f"{_TEXT}list":
                    own = child.get(f"{_TEXT}style-name") or style
                    self._read_list(child, own, depth + 1)
                elif child.tag in {f"{_TEXT}p", f"{_TEXT}h"}:
                    name = style or self._list_by_style(child)
                    label = self._label(name, depth) or BULLET if is_first else ""
                    is_heading = child.tag == f"{_TEXT}h"
                    level = min(_number(child, "outline-level", 1), _DEEPEST) if is_heading else 0
                    self._write(child, label, level, depth)
                    is_first = False

    def _list_by_style(self, paragraph: Any) -> str:
        styles = self._chain(paragraph.get(f"{_TEXT}style-name", ""))
        return next((self._list_of_style[s] for s in styles if s in self._list_of_style), "")

    def _label(self, name: str, depth: int) -> str:
        """The next number of a list at a level; empty where it has none."""
        levels = self._lists.get(name, {})
        level = levels.get(depth)
        if level is None or not level.format:
            return ""
        counters = self._counters.setdefault(name, {})
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [each for each in counters if each > depth]:
            del counters[deeper]
        numbers = []
        for each in range(max(1, depth - level.shown + 1), depth + 1):
            form = levels.get(each)
            if form is not None and form.format:
                numbers.append(
                    written_number(
                        counters.get(each, form.start), _FORMATS.get(form.format, "decimal")
                    )
                )
        return f"{level.before}{'.'.join(numbers)}{level.after}"

    def _write(self, element: Any, label: str, level: int, depth: int = 1) -> None:
        """Add a paragraph, heading or item, and behind it its notes and text boxes."""
        self._prose.begin_paragraph()
        if words := _text_of(element):
            if label and label != BULLET:
                self._prose.begin_clause(level or _DEEPEST + depth, label)
            elif level:
                self._prose.leave_clauses()
            self._prose.write(words, level=level, label=label)
        for note in element.iter(f"{_TEXT}note"):
            body = note.find(f"{_TEXT}note-body")
            self._prose.write_note(_note_number(note), "" if body is None else _text_of(body))
        for box in element.iter(_BOX):
            if next(box.iterancestors(_BOX), None) is None:
                self._read_blocks(box, _MAX_DEPTH // 2)

    def _read_table(self, table: Any) -> None:
        rows: list[list[str]] = []
        for row in table.iter(f"{_TABLE}table-row"):
            if next(row.iterancestors(f"{_TABLE}table")) is table:
                rows.append(_cells_of(row, rows[-1] if rows else []))
        is_marked = table.find(f"{_TABLE}table-header-rows") is not None
        self._prose.write_table(rows, has_marked_head=is_marked)

    def _read_margins(self) -> None:
        """Heads and feet of pages, behind the text."""
        if self._styles_part is not None:
            for margin in self._styles_part.iter(f"{_STYLE}header", f"{_STYLE}footer"):
                self._prose.write_margin(margin.tag.removeprefix(_STYLE), _text_of(margin))


#: How numbers are written, in the words of Word.
_FORMATS: Final = {
    "1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
}  # fmt: skip


def _number(element: Any, name: str, otherwise: int) -> int:
    value = element.get(f"{_TEXT}{name}", "")
    return int(value) if value.isdecimal() and len(value) < 5 else otherwise


def _note_number(note: Any) -> str:
    citation = note.find(f"{_TEXT}note-citation")
    return "" if citation is None else (citation.text or "").strip()[:20]


def _text_of(element: Any) -> str:
    """The text of a paragraph, or of all below an element."""
    return in_lines("".join(_pieces(element)))


def _pieces(element: Any) -> Iterator[str]:
    waiting: list[Any] = [element]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
            continue
        tag = item.tag
        if item is not element and isinstance(item.tail, str):
            waiting.append(item.tail)
        if not isinstance(tag, str) or (tag in _SKIPPED and item is not element):
            continue
        if tag in _BREAKS:
            yield _BREAKS[tag]
        elif tag == f"{_TEXT}note-citation":
            yield f"[{(item.text or '').strip()}]"
        else:
            if tag == f"{_TEXT}p" and item is not element:
                yield " "
            waiting += reversed(item)
            if item.text:
                yield item.text


def _cells_of(row: Any, above: list[str]) -> list[str]:
    """The cells of a row; one that is merged has its text in each column and row."""
    cells: list[str] = []
    merged = 0
    for cell in row:
        if cell.tag == f"{_TABLE}covered-table-cell":
            if merged:
                cells.append(cells[-1])
                merged -= 1
            else:
                cells.append(above[len(cells)] if len(cells) < len(above) else "")
        elif cell.tag == f"{_TABLE}table-cell":
            text = _text_of(cell)
            repeated = cell.get(f"{_TABLE}number-columns-repeated", "1")
            spanned = cell.get(f"{_TABLE}number-columns-spanned", "1")
            number = int(repeated) if repeated.isdecimal() and len(repeated) < 4 else 1
            merged = int(spanned) - 1 if spanned.isdecimal() and len(spanned) < 4 else 0
            cells += [text] * min(number, _MOST_REPEATED)
        if len(cells) > _MOST_COLUMNS:
            break
    return cells
