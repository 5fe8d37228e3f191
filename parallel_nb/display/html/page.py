"""A page of a document: where it is, and its text with the passage marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from parallel_nb.api.pages import text_of
from parallel_nb.display.html.escape import Html, clean, element, join, muted, root
from parallel_nb.formats import harmless

if TYPE_CHECKING:
    from parallel_nb.api.pages import Block, DocumentPage, Piece, Row

#: Characters of a page's text that stand under a picture's place in plain text.
_TEXT: Final = 20_000


def html(page: DocumentPage) -> Html:
    """Where the page is; of one without a picture also its text, which is escaped here."""
    head = element("div", element("strong", clean(page.title, 160)), " ", muted(*_facts(page)))
    note = element("p", clean(page.note), style="para") if page.note else None
    if page.picture:
        return root(head, note)
    return root(head, note, *(map(_block, page.blocks)))


def text(page: DocumentPage) -> str:
    """The same as text; the text of a page that has a picture too."""
    lines = [f"{clean(page.title, 160)} · {' · '.join(_facts(page))}"]
    lines += [clean(page.note)] * bool(page.note)
    return harmless("\n".join([*lines, "", text_of(page)[:_TEXT]]))


def _facts(page: DocumentPage) -> list[str]:
    """File, place, headings."""
    place = page.label if page.label not in {"", f"p. {page.number}"} else ""
    headings = " > ".join(clean(heading, 80) for heading in page.headings)
    return [fact for fact in (clean(page.where, 200), clean(place, 120), headings) if fact]


def _block(block: Block) -> Html:
    if block.kind == "table":
        head = [element("th"), *(element("th", name, style="cell") for name in block.columns)]
        letters = element("tr", *head) if block.columns else None
        rows = (_row(row, is_numbered=bool(block.columns)) for row in block.rows)
        return element("table", element("tbody", letters, *rows), style="table")
    if block.kind == "heading":
        return element("p", element("strong", _pieces(block.pieces)), style="para")
    return element("p", _pieces(block.pieces), style="para")


def _row(row: Row, *, is_numbered: bool) -> Html:
    tag = "th" if row.is_head else "td"
    number = element("th", str(row.number or ""), style="cell-number")
    cells = (element(tag, _pieces(cell), style="cell") for cell in row.cells)
    return element("tr", number if is_numbered else None, *cells)


def _pieces(pieces: list[Piece]) -> Html:
    """Text with its marks; a new line stays one."""
    parts: list[Html | str] = []
    for words, is_marked in pieces:
        for number, line in enumerate(words.split("\n")):
            parts += [element("br")] if number else []
            parts.append(element("mark", line, style="mark") if is_marked and line else line)
    return join(parts)
