"""HTML as Markdown: headings, lists and tables stay visible, scripts and navigation go."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final

from selectolax.lexbor import LexborHTMLParser

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.grids import has_head, names_columns
from parallel_nb.engine.corpus.page import ParsedFile, UnreadableFileError, decode_text, host_of
from parallel_nb.engine.corpus.places import PlacedText, cell_text, heading_place, row_place
from parallel_nb.engine.corpus.words import word_set

if TYPE_CHECKING:
    from collections.abc import Iterator

    Node = Any  # selectolax's own class says less than is used of it

_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HIDING = re.compile(r"display *: *none|visibility *: *hidden", re.IGNORECASE)
_SPAN = re.compile(r"[0-9]{1,4}")
#: Elements whose content is not part of the page's text.
_NO_TEXT: Final = word_set(
    """
    script style noscript template svg nav footer iframe head input select button textarea
    datalist object canvas audio video map math
    """
)
#: Elements that begin on a line of their own.
_BLOCKS: Final = word_set(
    """
    address article aside blockquote body caption dd details div dl dt fieldset figcaption
    figure form header hr li main ol p pre section summary table tbody td tfoot th thead tr ul
    """
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
#: Names of `<meta>` elements with the date of publication.
_DATE_NAMES: Final = word_set(
    """
    article:published_time citation_publication_date date datepublished dc.date dc.date.issued
    dcterms.date dcterms.issued og:article:published_time publish-date pubdate
    """
)
#: Columns and rows that a cell may span, and cells of a table in all.
_MAX_SPAN: Final = 100
_MAX_CELLS: Final = 1_000_000
#: Elements within each other; what stands deeper is read as if it did not.
_MAX_DEPTH: Final = 500
_MAX_HEADING: Final = 200


def read_html(data: bytes) -> ParsedFile:
    """Read an HTML file: its text as Markdown, and what its head says of it.

    Its title is the one that it gives to others (`og:title`) or `<title>`, else its first
    heading; its address is its canonical link; its date that of its publication.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    tree = LexborHTMLParser(decode_text(data))
    page = _Page()
    page.read(tree.root, with_noscript=False)
    if not page.has_text:
        page.read(tree.root, with_noscript=True)
    text, places = page.text.build()
    title, url, date = _read_head(tree)
    return ParsedFile(
        text,
        title or page.first_heading,
        url if host_of(url) else "",
        date,
        places=places,
        language=(tree.root.attributes.get("lang") or "")[:20] if tree.root else "",
    )


def read_mhtml(data: bytes) -> ParsedFile:
    """Read a page that a browser has saved as one file (.mhtml).

    Raises:
        UnreadableFileError: it holds no page.
    """
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.get_content_type() == "text/html" and isinstance(content, bytes):
            return read_html(content)
    raise UnreadableFileError("it holds no page")


def _read_head(tree: LexborHTMLParser) -> tuple[str, str, str | None]:
    """Title, address and date as a page's head says them."""
    title, url, date = "", "", None
    for node in tree.css("meta, link, time, title"):
        attributes = {name: value or "" for name, value in node.attributes.items()}
        if node.tag == "title":
            title = title or " ".join(node.text().split())
        elif node.tag == "link":
            if "canonical" in attributes.get("rel", "").lower():
                url = url or attributes.get("href", "")
        elif node.tag == "time":
            date = date or whole_date(attributes.get("datetime", ""))
        else:
            names = (attributes.get(key) for key in ("property", "name", "itemprop"))
            name, content = next(filter(None, names), "").lower(), attributes.get("content", "")
            if name == "og:title":
                title = content.strip() or title
            elif name == "og:url":
                url = url or content
            elif name in _DATE_NAMES:
                date = date or whole_date(content)
    return title, url, date


class _Page:
    """Writes the text of a page, going through its elements once."""

    def __init__(self) -> None:
        self.text = PlacedText()
        self.first_heading = ""
        self._line: list[str] = []
        #: What stands before the line: a heading's or an item's sign.
        self._sign = ""
        self._is_item = False
        self._is_term = False
        self._heading = ""
        self._tables = 0
        self._with_noscript = False
        #: How many `<pre>` stand around the line, and whether it follows another one there.
        self._pre = 0
        self._follows = False

    @property
    def has_text(self) -> bool:
        return bool(self.text.build()[0].strip())

    def read(self, root: Node, *, with_noscript: bool) -> None:
        self._with_noscript = with_noscript
        for node, is_end in self._walk(root):
            if is_end:
                self._close(node.tag)
            else:
                self._open(node)
        self._end_line()

    def _walk(self, root: Node) -> Iterator[tuple[Node, bool]]:
        """Each element at its begin and at its end; tables only at their begin."""
        waiting: list[tuple[Node, bool, int]] = [(root, False, 0)] if root is not None else []
        while waiting:
            node, is_end, depth = waiting.pop()
            if is_end:
                yield node, True
                continue
            if self._is_skipped(node):
                continue
            yield node, False
            if node.tag == "table" and _is_data(node):
                continue
            if node.tag in _BLOCKS or node.tag in _HEADINGS:
                waiting.append((node, True, depth))
            if depth < _MAX_DEPTH:
                children = [(child, False, depth + 1) for child in _children(node)]
                waiting += reversed(children)

    def _is_skipped(self, node: Node) -> bool:
        if node.tag == "noscript" and self._with_noscript:
            return False
        return node.tag in _NO_TEXT or _is_hidden(node)

    def _open(self, node: Node) -> None:
        tag = node.tag
        if tag == "-text":
            self._add(node.text(deep=False))
        elif tag == "br":
            if self._sign.startswith("#"):  # a heading on two lines is one
                self._line.append(" ")
            else:
                self._end_line()
        elif tag == "table" and _is_data(node):
            self._end_line()
            self._write_table(node)
        elif tag in _HEADINGS:
            self._end_line()
            self._sign = f"{'#' * _HEADINGS[tag]} "
        elif tag in {"li", "dt"}:
            self._end_line()
            self._sign = "- "
        elif tag == "dd":
            if not self._is_term:
                self._end_line()
        elif tag in _BLOCKS and self._line_text():
            self._end_line()
        self._pre += tag == "pre"

    def _add(self, text: str) -> None:
        """Add words to the line; in `<pre>` lines end where the text has them."""
        for number, line in enumerate(text.split("\n") if self._pre else (text,)):
            if number:
                follows = bool(self._line_text())
                self._end_line()
                self._follows = follows
            self._line.append(_BLANKS.sub(" ", line))

    def _close(self, tag: str) -> None:
        if tag == "dt":
            self._line = [f"{self._line_text().removesuffix(':')}: "]
            self._is_term = True
            return
        self._end_line()
        self._pre -= tag == "pre"
        if tag in {"ul", "ol", "dl"}:
            self._is_item = False

    def _line_text(self) -> str:
        return _BLANKS.sub(" ", "".join(self._line)).strip()

    def _end_line(self) -> None:
        """Write what has come together; items of a list follow each other without a blank line."""
        words, sign, follows = self._line_text(), self._sign, self._follows
        self._line, self._is_term, self._follows = [], False, False
        if not words:
            return
        self._sign = ""
        if sign.startswith("#"):
            words = words[: 10 * _MAX_HEADING]
            self._heading = words[:_MAX_HEADING]
            self.first_heading = self.first_heading or words
            self.text.paragraph(f"{sign}{words}", heading_place(self._heading))
        elif follows or (sign and self._is_item):
            self.text.add(f"\n{sign}{words}")
        else:
            self.text.paragraph(f"{sign}{words}")
        self._is_item = bool(sign) and not sign.startswith("#")

    def _write_table(self, table: Node) -> None:
        self._tables += 1
        self._is_item = False
        caption, rows, is_head = _grid(table)
        self.text.paragraph(caption)
        if rows:
            place = row_place(1, f"table {self._tables}")
            self.text.table(rows, has_head=is_head, place=place)
            self.text.mark(heading_place(self._heading))


def _children(node: Node) -> Iterator[Node]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _is_hidden(node: Node) -> bool:
    if node.tag.startswith("-"):
        return bool(node.tag != "-text")
    attributes = node.attributes
    if not attributes:
        return False
    is_hidden: bool = "hidden" in attributes
    return is_hidden or bool(_HIDING.search(attributes.get("style") or ""))


def _is_data(table: Node) -> bool:
    """Whether it is a table of cells, and none that only sets blocks beside each other."""
    return not bool(table.css_matches("table table, td h1, td h2, td h3, td p + p, td ul"))


def _grid(table: Node) -> tuple[str, list[list[str]], bool]:
    """The caption of a table, its rows with each cell where it is seen, and if it has a head."""
    caption = ""
    grid: dict[tuple[int, int], str] = {}
    heads: set[int] = set()
    y = 0
    for row in table.css("tr, caption"):
        if row.tag == "caption":
            caption = cell_text(_inline(row))
        elif not _is_hidden(row):
            cells = [c for c in _children(row) if c.tag in {"td", "th"} and not _is_hidden(c)]
            _place_cells(grid, cells, y)
            is_in_head = row.parent is not None and row.parent.tag == "thead"
            if is_in_head or (len(cells) > 1 and all(cell.tag == "th" for cell in cells)):
                heads.add(y)
            y += 1
    width = max((x for _, x in grid), default=-1) + 1
    rows = [[grid.get((number, x), "") for x in range(width)] for number in range(y)]
    rows = [row for row in rows if any(row)]
    if width < 2 or len(rows) < 2:
        return caption, rows, False
    return caption, rows, 0 in heads or _first_is_head(rows, heads)


def _place_cells(grid: dict[tuple[int, int], str], cells: list[Node], y: int) -> None:
    """Enter the cells of a row into a grid, each in all columns and rows that it spans."""
    x = 0
    for cell in cells:
        while (y, x) in grid:
            x += 1
        width, height = (_span(cell, name) for name in ("colspan", "rowspan"))
        if len(grid) + width * height > _MAX_CELLS:
            return
        text = cell_text(_inline(cell))
        grid |= {(y + dy, x + dx): text for dy in range(height) for dx in range(width)}
        x += width


def _first_is_head(rows: list[list[str]], heads: set[int]) -> bool:
    return not heads and len(rows[0]) > 2 and names_columns(rows[0]) and has_head(rows)


def _span(cell: Node, name: str) -> int:
    found = _SPAN.match(cell.attributes.get(name) or "")
    return max(1, min(int(found[0]), _MAX_SPAN)) if found else 1


def _inline(node: Node) -> str:
    """The text of a cell: what stands in blocks is parted by blanks, and nothing else is."""
    parts: list[str] = []
    waiting = list(_children(node))[::-1]
    while waiting:
        child = waiting.pop()
        if child is None:
            parts.append(" ")
        elif child.tag == "-text":
            parts.append(child.text(deep=False))
        elif child.tag == "br":
            parts.append(" ")
        elif child.tag not in _NO_TEXT and not _is_hidden(child):
            if child.tag in _BLOCKS:
                parts.append(" ")
                waiting.append(None)
            waiting += list(_children(child))[::-1]
    return "".join(parts)
