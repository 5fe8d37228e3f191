"""HTML as Markdown: headings, lists and tables stay visible, scripts and navigation go.

Built on the standard library's parser, which never fails on malformed pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.page import ParsedFile, decode_text, host_of
from parallel_nb.engine.corpus.words import word_set

_BLANKS = re.compile(r"\s+")
_BLANKS_IN_LINE = re.compile(r"[ \t]{2,}")
_BLANK_LINES = re.compile(r"\n{3,}")
_HEADING = re.compile(r"^#+ +(\S.*)", re.MULTILINE)
#: Elements whose content is not part of the page's text.
_NO_TEXT: Final = frozenset(
    {"script", "style", "noscript", "template", "svg", "nav", "footer", "form", "iframe"}
)
#: Elements that begin on a line of their own.
_BLOCKS: Final = word_set(
    """
    address article aside blockquote body br caption dd div dl dt fieldset figcaption
    figure header hr li main ol p pre section table tbody tfoot thead tr ul
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


@dataclass(slots=True)
class _Row:
    """The table row that is being read."""

    #: The pieces of text of each cell.
    cells: list[list[str]] = field(default_factory=list)
    #: How many of them are `<th>`; a row with one has a head of its own, and heads no table.
    heads: int = 0


def read_html(data: bytes) -> ParsedFile:
    """Read an HTML file: its text as Markdown, and what its head says of it.

    Its title is the one that it gives to others (`og:title`) or `<title>`, else its first
    heading; its address is its canonical link; its date that of its publication.

    Raises:
        UnreadableFileError: the bytes are not text.
    """
    parser = _Parser()
    parser.feed(_without_open_ends(decode_text(data)))
    parser.close()
    return parser.parsed()


def _without_open_ends(text: str) -> str:
    """A page in which the beginning of markup that nothing ends stands as text.

    The parser looks for its end from each of them, through all that follows: a page of nothing
    else would take hours.
    """
    for begin, end in (("<!--", "-->"), ("<![", "]>"), ("<", ">")):
        last = text.rfind(end) + len(end) if end in text else 0
        text = text[:last] + text[last:].replace(begin, f"&lt;{begin[1:]}")
    return text


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._title = ""
        self._url = ""
        self._date: str | None = None
        self._parts: list[str] = []
        self._skipping: list[str] = []
        self._title_parts: list[str] | None = None
        self._row: _Row | None = None
        self._rows_of_table = 0
        self._has_term = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in _NO_TEXT:
            self._skipping.append(tag)
        if self._skipping:
            return
        if tag == "title" and not self._title:
            self._title_parts = []
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "link" and "canonical" in attributes.get("rel", "").lower():
            self._url = self._url or attributes.get("href", "")
        elif tag == "time" and self._date is None:
            self._date = whole_date(attributes.get("datetime", ""))
        else:
            self._open_block(tag)

    def _open_block(self, tag: str) -> None:
        if tag == "table":
            self._rows_of_table = 0
        if tag == "tr":
            self._row = _Row()
        elif tag in {"td", "th"} and self._row is not None:
            self._row.cells.append([])
            self._row.heads += tag == "th"
        elif self._row is not None:
            self._text(" ")
        elif tag in _HEADINGS:
            self._parts.append(f"\n\n{'#' * _HEADINGS[tag]} ")
        elif tag == "li":
            self._parts.append("\n- ")
        elif tag == "dt":
            self._parts.append("\n- ")
            self._has_term = True
        elif tag == "dd":
            self._parts.append(" " if self._has_term else "\n")
        elif tag in _BLOCKS:
            self._parts.append("\n" if tag == "br" else "\n\n")

    def _meta(self, attributes: dict[str, str]) -> None:
        name = (
            attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        ).lower()
        content = attributes.get("content", "")
        if name == "og:title":
            self._title = content.strip()
        elif name == "og:url":
            self._url = self._url or content
        elif name in _DATE_NAMES and self._date is None:
            self._date = whole_date(content)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
            return
        if tag == "title" and self._title_parts is not None:
            self._title = self._title or " ".join("".join(self._title_parts).split())
            self._title_parts = None
        elif tag == "tr":
            self._close_row()
        elif tag == "dt":
            self._parts.append(":")
        elif tag in _HEADINGS or (tag in _BLOCKS and self._row is None):
            self._has_term = self._has_term and tag != "dd"
            self._parts.append("\n" if tag in {"li", "dd", "tr"} else "\n\n")

    def _close_row(self) -> None:
        row, self._row = self._row, None
        if row is None:
            return
        cells = [" ".join("".join(pieces).split()).replace("|", "/") for pieces in row.cells]
        if not any(cells):
            return
        self._parts.append(f"\n| {' | '.join(cells)} |")
        if self._rows_of_table == 0 and row.heads > 1:
            self._parts.append(f"\n|{' --- |' * len(cells)}")
        self._rows_of_table += 1

    def handle_data(self, data: str) -> None:
        if self._title_parts is not None:
            self._title_parts.append(data)
        elif not self._skipping:
            self._text(_BLANKS.sub(" ", data))

    def _text(self, data: str) -> None:
        if self._row is not None:
            if self._row.cells:
                self._row.cells[-1].append(data)
        else:
            self._parts.append(data)

    def parsed(self) -> ParsedFile:
        text = "".join(self._parts)
        lines = [_BLANKS_IN_LINE.sub(" ", line.strip(" \t")) for line in text.split("\n")]
        text = _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
        heading = _HEADING.search(text)
        title = self._title or (heading[1].strip() if heading else "")
        return ParsedFile(text, title, self._url if host_of(self._url) else "", self._date)
