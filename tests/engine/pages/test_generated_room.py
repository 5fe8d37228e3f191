"""Over the generated room: the marks cover the words in the picture, and nothing else."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import Image, ImageChops

from parallel_nb.api.places import document_id
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.pdf import open_pdf
from parallel_nb.engine.pages.matching import Letters
from parallel_nb.engine.pages.pages import Pages, Wanted
from tests.engine.corpus.generated_room import Fact, write_room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from parallel_nb.api.pages import DocumentPage
    from parallel_nb.engine.corpus.documents import Corpus, Document

#: Of the pictures, in pixels.
WIDTH = 600


class Room(NamedTuple):
    """A room that was read, with its facts."""

    folder: Path
    facts: list[Fact]
    corpus: Corpus
    documents: dict[str, Document]
    pages: Pages

    def show(self, fact: Fact, number: int | None = None) -> DocumentPage:
        """The page of a fact, as its citation asks for it."""
        document = self.documents[fact.path]
        start = document.text.index(fact.passage)
        start += len(fact.passage) - len(fact.passage.lstrip("| "))
        url = document.url_of(start, start + 1)
        wanted = Wanted(number, url.partition("#")[2], [fact.passage], WIDTH)
        return self.pages.show(self.corpus, document_id(url), wanted)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    facts = write_room(folder, seed=3)
    corpus = load_corpus(folder)
    with contextlib.closing(Pages(folder)) as pages:
        documents = {document.path: document for document in corpus.documents}
        yield Room(folder, facts, corpus, documents, pages)


def words_under(page: DocumentPage, data: bytes) -> str:
    """The letters that the file has in the rectangles that are marked in the picture."""
    with contextlib.closing(open_pdf(data)) as document:
        sheet = document[page.number - 1]
        text_page = sheet.get_textpage()
        wide, high = sheet.get_size()
        across, down = wide / page.width, high / page.height
        words = [
            text_page.get_text_bounded(x0 * across, high - y1 * down, x1 * across, high - y0 * down)
            for x0, y0, x1, y1 in page.marks
        ]
        text_page.close()
        sheet.close()
    return Letters.of(" ".join(words)).folded


def changed_part(marked: bytes, plain: bytes) -> tuple[int, int, int, int] | None:
    """The rectangle in which two pictures differ."""
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in (marked, plain)]
    return ImageChops.difference(*pictures).getbbox()


def test_the_marks_cover_the_words_in_the_pictures_of_pdf_pages(room: Room) -> None:
    facts = [fact for fact in room.facts if fact.path.endswith(".pdf")]
    assert len(facts) == 96
    covered = placed = 0
    plain: dict[tuple[str, int], bytes] = {}
    for fact in facts:
        page = room.show(fact)
        placed += page.label == fact.place
        is_covered = words_under(page, (room.folder / fact.path).read_bytes()) == (
            Letters.of(fact.passage).folded
        )
        key = page.path, page.number
        if key not in plain:
            wanted = Wanted(page.number, width=WIDTH)
            plain[key] = room.pages.show(room.corpus, document_id(page.url), wanted).picture
        left, top, right, bottom = changed_part(page.picture, plain[key]) or (0, 0, 0, 0)
        edges = list(zip(*page.marks, strict=True))
        in_marks = (
            edges
            and (left, top) >= (min(edges[0]), min(edges[1]))
            and (right <= max(edges[2]) and bottom <= max(edges[3]))
        )
        covered += bool(is_covered and in_marks)
    assert placed >= 0.98 * len(facts)
    assert covered >= 0.95 * len(facts)


def test_every_other_fact_is_marked_on_its_page_and_nothing_else_is(room: Room) -> None:
    facts = [fact for fact in room.facts if not fact.path.endswith(".pdf")]
    wrong = []
    for fact in facts:
        page = room.show(fact)
        pieces = [
            piece
            for block in page.blocks
            for part in (block.pieces, *(cell for row in block.rows for cell in row.cells))
            for piece in part
        ]
        marked = " | ".join(text for text, is_marked in pieces if is_marked)
        if Letters.of(marked).folded != Letters.of(fact.passage).folded or not page.is_marked:
            wrong.append((fact, marked))
    assert len(wrong) <= 0.02 * len(facts), wrong[:10]


def test_a_marked_cell_of_a_sheet_stands_in_its_row_and_column(room: Room) -> None:
    facts = [fact for fact in room.facts if fact.path.endswith(".xlsx")]
    wrong = []
    for fact in facts:
        page = room.show(fact)
        found = [
            f"{block.columns[number]}{row.number}"
            for block in page.blocks
            for row in block.rows
            for number, cell in enumerate(row.cells)
            if any(is_marked for _, is_marked in cell)
        ]
        if found != [fact.place.rpartition(", ")[2]]:
            wrong.append((fact, found))
    assert len(wrong) <= 0.02 * len(facts), wrong[:10]
