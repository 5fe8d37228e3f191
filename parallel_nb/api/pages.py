"""A page of a document as the embedded engine shows it at `/engine/documents/{id}/pages/{n}`.

This is ours, and not of the hosted service, which shows no pages.
"""

from __future__ import annotations

from typing import Literal

import msgspec

#: A piece of a text, and whether it is marked.
Piece = tuple[str, bool]


class Row(msgspec.Struct):
    """A row of a table."""

    cells: list[list[Piece]]
    #: Its number in the sheet or file; 0 where it has none.
    number: int = 0
    is_head: bool = False


class Block(msgspec.Struct):
    """A part of a page's text."""

    kind: Literal["heading", "paragraph", "table"]
    #: Of a heading or paragraph; a paragraph may have several lines.
    pieces: list[Piece] = []
    #: Of a heading, from 1 to 6.
    level: int = 0
    #: Of a table.
    rows: list[Row] = []
    #: The letters of a sheet's columns; empty for any other table.
    columns: list[str] = []


class DocumentPage(msgspec.Struct, kw_only=True):
    """A page of a document, with passages marked in it.

    What a page is depends on the document: a page of a PDF, a slide, a part of a sheet or text.
    """

    #: The document's address, with its place where one was asked for.
    url: str
    #: Below the folder; goes on within a file that holds files.
    path: str
    title: str
    #: Such as `PDF`.
    format: str
    #: Its number from 1, of how many, and what is counted: `page`, `slide`, `part`.
    number: int
    total: int
    unit: str
    #: Where it stands, in words: `p. iv`, `slide 7`, `Sheet 'P&L', row 3 to row 9`.
    label: str
    #: The headings over it, the highest first.
    headings: list[str] = []
    #: Whether a passage is marked on it.
    is_marked: bool = False
    #: What a person should know about the marks or the file, in sentences; "" for nothing.
    note: str = ""
    #: A PNG file, where the page could be drawn, and its size in pixels.
    picture: bytes = b""
    width: int = 0
    height: int = 0
    #: The marked rectangles in the picture, in pixels: left, top, right, bottom.
    marks: list[tuple[int, int, int, int]] = []
    #: The text of the page, with the passages marked.
    blocks: list[Block] = []

    @property
    def where(self) -> str:
        """Document, page and number in words.

        Examples:
            >>> DocumentPage(url="file:a.pdf", path="a.pdf", title="A", format="PDF",
            ...              number=3, total=18, unit="page", label="p. 3").where
            'a.pdf, page 3 of 18'
        """
        if self.total == 1:
            return self.path
        return f"{self.path}, {self.unit} {self.number:,} of {self.total:,}"


def text_of(page: DocumentPage) -> str:
    """The text of a page: paragraphs with blank lines between, cells with bars between."""
    parts = []
    for block in page.blocks:
        rows = [" | ".join(map(_joined, row.cells)) for row in block.rows]
        parts.append("\n".join(rows) if block.kind == "table" else _joined(block.pieces))
    return "\n\n".join(parts)


def _joined(pieces: list[Piece]) -> str:
    return "".join(text for text, _ in pieces)
