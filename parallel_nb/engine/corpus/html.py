"""HTML to text: headings, lists and tables stay visible, scripts and navigation go.

Built on the standard library's parser, which never fails on malformed pages. Good enough
for saved pages; a later issue may weigh a dedicated extractor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from parallel_nb.engine.corpus.dates import whole_date
from parallel_nb.engine.corpus.words import word_set

#: What stands inside these is no text of the page.
_SKIPPED: Final = frozenset(
    {"script", "style", "noscript", "template", "svg", "nav", "footer", "form", "iframe"}
)
_BLOCKS: Final = word_set(
    """
    address article aside blockquote body br caption dd div dl dt fieldset figcaption
    figure header hr li main ol p pre section table tbody tfoot thead tr ul
    """
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_DATE_NAMES: Final = frozenset(
    {
        "article:published_time",
        "citation_publication_date",
        "date",
        "datepublished",
        "dc.date",
        "dc.date.issued",
        "dcterms.date",
        "dcterms.issued",
        "og:article:published_time",
        "publish-date",
        "pubdate",
    }
)


@dataclass(slots=True)
class HtmlPage:
    """What a page says about itself, and its text."""

    text: str = ""
    title: str = ""
    url: str = ""
    date: str | None = None
    heading: str = ""


@dataclass(slots=True)
class _Cells:
    """The table row that is being read."""

    cells: list[str] = field(default_factory=list)
    is_head: bool = False


def read_html(source: str) -> HtmlPage:
    """Read a page; `url` is its canonical link, empty when it names none."""
    parser = _Parser()
    parser.feed(source)
    parser.close()
    return parser.finish()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._page = HtmlPage()
        self._parts: list[str] = []
        self._skipping: list[str] = []
        self._title: list[str] | None = None
        self._row: _Cells | None = None
        self._rows_of_table = 0
        self._has_term = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag in _SKIPPED:
            self._skipping.append(tag)
        if self._skipping:
            return
        if tag == "title" and not self._page.title:
            self._title = []
        elif tag == "meta":
            self._meta(named)
        elif tag == "link" and "canonical" in named.get("rel", "").lower():
            self._page.url = self._page.url or named.get("href", "")
        elif tag == "time" and self._page.date is None:
            self._page.date = whole_date(named.get("datetime", ""))
        else:
            self._open_block(tag)

    def _open_block(self, tag: str) -> None:
        if tag == "table":
            self._rows_of_table = 0
        if tag == "tr":
            self._row = _Cells()
        elif tag in {"td", "th"} and self._row is not None:
            self._row.cells.append("")
            self._row.is_head = self._row.is_head or tag == "th"
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

    def _meta(self, named: dict[str, str]) -> None:
        name = (named.get("property") or named.get("name") or named.get("itemprop") or "").lower()
        content = named.get("content", "")
        if name == "og:title":
            self._page.title = content.strip()
        elif name == "og:url":
            self._page.url = self._page.url or content
        elif name in _DATE_NAMES and self._page.date is None:
            self._page.date = whole_date(content)

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
            return
        if tag == "title" and self._title is not None:
            self._page.title = self._page.title or " ".join("".join(self._title).split())
            self._title = None
        elif tag == "tr":
            self._close_row()
        elif tag == "dt":
            self._parts.append(":")
        elif tag in _HEADINGS or (tag in _BLOCKS and self._row is None):
            self._has_term = self._has_term and tag != "dd"
            self._parts.append("\n" if tag in {"li", "dd", "tr"} else "\n\n")

    def _close_row(self) -> None:
        row, self._row = self._row, None
        if row is None or not any(cell.strip() for cell in row.cells):
            return
        cells = [" ".join(cell.split()).replace("|", "/") for cell in row.cells]
        self._parts.append(f"\n| {' | '.join(cells)} |")
        if self._rows_of_table == 0 and row.is_head and len(cells) > 1:
            self._parts.append(f"\n|{' --- |' * len(cells)}")
        self._rows_of_table += 1

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)
        elif not self._skipping:
            self._text(re.sub(r"\s+", " ", data))

    def _text(self, data: str) -> None:
        if self._row is not None:
            if self._row.cells:
                self._row.cells[-1] += data
        else:
            self._parts.append(data)

    def finish(self) -> HtmlPage:
        text = "".join(self._parts)
        text = re.sub(r"[ \t]*\n[ \t]*", "\n", text)
        text = re.sub(r"[ \t]{2,}", " ", text)
        self._page.text = re.sub(r"\n{3,}", "\n\n", text).strip()
        heading = re.search(r"^#+ +(\S.*)$", self._page.text, re.MULTILINE)
        self._page.heading = heading[1].strip() if heading else ""
        return self._page
