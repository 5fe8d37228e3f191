"""Pages of documents that have changed, are hostile, huge, turned, or are not there any more."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from parallel_nb.api.pages import text_of
from parallel_nb.api.places import document_id
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.extraction import Limits
from parallel_nb.engine.pages import pages as pages_module
from parallel_nb.engine.pages.pages import NoSuchPageError, Pages, Wanted
from parallel_nb.engine.pages.picture import MOST_PIXELS, draw_page
from tests.engine_process import EngineProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from parallel_nb.api.pages import DocumentPage
    from parallel_nb.engine.corpus.documents import Corpus

WORDS = "The annual rent is EUR 1,240,000."
SMALL = 300


def pdf(*pages: str, size: tuple[float, float] = (400, 500), **options: Any) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, **options)
    for words in pages:
        canvas.drawString(50, size[1] / 2, words)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    room = tmp_path / "dataroom"
    (room / "leases").mkdir(parents=True)
    (room / "leases" / "a.pdf").write_bytes(pdf("An index.", WORDS, "The end of it."))
    (room / "notes.md").write_text("# Notes\n\nThe tenant is Alder.\n")
    return room


class Shown:
    """The pages of a folder as they were read at the start."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.pages = Pages(folder, limits or pages_module.LIMITS)
        self.corpus: Corpus = load_corpus(folder)

    def show(self, url: str, *passages: str, number: int | None = None) -> DocumentPage:
        place = url.partition("#")[2]
        wanted = Wanted(number, place, passages, SMALL)
        return self.pages.show(self.corpus, document_id(url), wanted)


@pytest.fixture
def shown(folder: Path) -> Iterator[Shown]:
    room = Shown(folder)
    with contextlib.closing(room.pages):
        yield room


LEASE = "file:dataroom/leases/a.pdf#page=2"


def test_a_page_is_drawn_marked_and_there_as_text(shown: Shown) -> None:
    page = shown.show(LEASE, WORDS)
    assert (page.where, page.label, page.note) == ("leases/a.pdf, page 2 of 3", "p. 2", "")
    assert page.is_marked
    assert len(page.marks) == 1
    assert Image.open(io.BytesIO(page.picture)).size == (page.width, page.height) == (300, 375)
    assert text_of(page) == WORDS
    after = shown.show(LEASE, WORDS, number=3)
    assert (after.marks, after.note, text_of(after)) == ([], "", "The end of it.")


@pytest.mark.parametrize("cut", [(2, -2), (7, 25), (0, 27), (13, 30)])
def test_a_passage_that_was_cut_within_a_word_is_marked_in_whole_words(
    shown: Shown, cut: tuple[int, int]
) -> None:
    page = shown.show(LEASE, WORDS[slice(*cut)])
    assert page.is_marked
    assert not page.note


def test_what_stands_nowhere_is_not_marked_and_it_is_said(shown: Shown) -> None:
    for url in (LEASE, "file:dataroom/notes.md#line=3"):
        page = shown.show(url, "The annual rent is EUR 9,999.")
        assert not page.is_marked
        assert not page.marks
        assert "cannot be placed" in page.note


def test_a_file_that_has_changed_since_it_was_read_says_so(shown: Shown, folder: Path) -> None:
    (folder / "leases" / "a.pdf").write_bytes(pdf("An index.", "The rent was waived."))
    page = shown.show(LEASE, WORDS)
    assert "has been written since it was read" in page.note
    assert "cannot be placed" in page.note
    assert not page.is_marked


def test_a_text_whose_file_has_changed_or_gone_is_shown_as_it_was_read(
    shown: Shown, folder: Path
) -> None:
    url = "file:dataroom/notes.md#line=3"
    assert not shown.show(url, "The tenant is Alder.").note
    (folder / "notes.md").write_text("# Notes\n\nThe tenant is Birch.\n")
    page = shown.show(url, "The tenant is Alder.")
    assert page.note == "The file has been written since it was read."
    assert page.is_marked
    (folder / "notes.md").unlink()
    assert "it is not there any more" in shown.show(url, "The tenant is Alder.").note


def test_a_file_that_is_gone_is_shown_as_it_was_read(shown: Shown, folder: Path) -> None:
    (folder / "leases" / "a.pdf").unlink()
    page = shown.show(LEASE, WORDS)
    assert not page.picture
    assert "it is not there any more" in page.note
    assert page.is_marked
    assert text_of(page) == WORDS


@pytest.mark.skipif(sys.platform == "win32", reason="links want rights there")
@pytest.mark.parametrize("what", ["leases/a.pdf", "leases"])
def test_a_link_that_leads_out_of_the_room_is_not_followed(
    shown: Shown, folder: Path, what: str
) -> None:
    outside = folder.parent / "outside"
    (folder / what).rename(outside)
    (folder / what).symlink_to(outside)
    page = shown.show(LEASE, WORDS)
    assert not page.picture
    assert "it is a link to outside of the folder" in page.note


def test_a_file_that_was_protected_since_then_says_so(shown: Shown, folder: Path) -> None:
    encrypted = pdf(WORDS, WORDS, encrypt=StandardEncryption("secret"))
    (folder / "leases" / "a.pdf").write_bytes(encrypted)
    assert "it is protected by a password" in shown.show(LEASE, WORDS).note


def test_a_page_that_hangs_grows_or_crashes_costs_itself_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages_module, "WORKER", "tests.engine.pages.hostile_worker")
    room = Shown(folder, Limits(seconds=8, memory=200_000_000))
    with contextlib.closing(room.pages):
        notes = [room.show(LEASE, WORDS, number=number).note for number in (1, 2, 3)]
    assert "reading it took over 8 s" in notes[0]
    assert "of memory" in notes[1]
    assert "crashed" in notes[2]
    mine = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [command for command in mine if "hostile_worker" in command]


def test_a_file_within_an_archive_is_drawn(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415 - here alone

    room = tmp_path / "dataroom"
    room.mkdir()
    with zipfile.ZipFile(room / "all.zip", "w") as archive:
        archive.writestr("leases/b.pdf", pdf("Nothing.", WORDS))
    shown = Shown(room)
    with contextlib.closing(shown.pages):
        page = shown.show("file:dataroom/all.zip/leases/b.pdf#page=2", WORDS)
    assert page.marks
    assert not page.note


@pytest.mark.parametrize("size", [(72_000, 72_000), (14_400, 20), (20, 14_400), (1, 1), (3, 3)])
def test_a_picture_has_no_more_pixels_than_it_may(size: tuple[int, int]) -> None:
    drawn = draw_page(pdf(WORDS, size=size), 1, [WORDS], 2_400)
    assert 0 < drawn.width * drawn.height <= 1.01 * MOST_PIXELS


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("is_cropped", [False, True])
def test_the_mark_covers_the_words_of_a_page_that_is_turned_or_cropped(
    turned: int, *, is_cropped: bool
) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(400, 500))
    canvas.setPageRotation(turned)
    if is_cropped:
        canvas.setCropBox((40, 100, 390, 480))
    canvas.drawString(60, 300, WORDS)
    canvas.showPage()
    canvas.save()
    plain, drawn = (draw_page(buffer.getvalue(), 1, words, 800) for words in ([], [WORDS]))
    grey = Image.open(io.BytesIO(plain.picture)).convert("L")
    ink = grey.point([255 * (value < 128) for value in range(256)])
    left, top, right, bottom = ink.getbbox() or (0, 0, 0, 0)
    ((x0, y0, x1, y1),) = drawn.marks
    # The full stop at the end is no word.
    assert x0 <= left + 8
    assert y0 <= top + 8
    assert x1 >= right - 8
    assert y1 >= bottom - 8
    assert (x1 - x0) * (y1 - y0) < 2 * (right - left + 8) * (bottom - top + 8)


def test_on_a_dark_page_the_mark_is_light() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(400, 500))
    canvas.rect(0, 0, 400, 500, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 300, WORDS)
    canvas.save()
    plain, drawn = (draw_page(buffer.getvalue(), 1, words, 800) for words in ([], [WORDS]))
    x0, y0, x1, y1 = drawn.marks[0]
    pictures = [Image.open(io.BytesIO(d.picture)).convert("L") for d in (plain, drawn)]
    darkest = [min(p.crop((x0, y0, x1, y1)).tobytes()) for p in pictures]
    assert darkest[0] == 0
    assert darkest[1] > 60


def test_words_that_are_cropped_away_are_not_marked() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(400, 500))
    canvas.setCropBox((0, 0, 400, 200))
    canvas.drawString(50, 300, WORDS)
    canvas.save()
    assert draw_page(buffer.getvalue(), 1, [WORDS], 400).marks == []


def test_there_is_no_page_beyond_the_last(shown: Shown) -> None:
    for url in (LEASE, "file:dataroom/notes.md"):
        with pytest.raises(NoSuchPageError, match="has no page 9"):
            shown.show(url, number=9)
    with pytest.raises(NoSuchPageError, match="deleted, moved or renamed"):
        shown.show("file:dataroom/other.pdf")


# --- over HTTP --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    import httpx2  # noqa: PLC0415 - as the fixtures do

    tmp_path = tmp_path_factory.mktemp("pages")
    room = tmp_path / "dataroom"
    room.mkdir()
    (room / "a.pdf").write_bytes(pdf("An index.", WORDS))
    (tmp_path / "secret.pdf").write_bytes(pdf("Secret."))
    engine = EngineProcess(tmp_path / "data", ("--documents", str(room))).start()
    with httpx2.Client(
        base_url=engine.url, headers={"x-api-key": engine.key}, timeout=60
    ) as client:
        yield client
    engine.stop()


def test_a_page_is_had_over_http_by_the_id_of_its_document(http: httpx2.Client) -> None:
    (line,) = http.get("/engine/documents").json()["documents"]
    assert line["id"] == document_id("file:dataroom/a.pdf")
    query: dict[str, str | int] = {"place": "page=2", "passage": WORDS, "width": 300}
    page = http.get(f"/engine/documents/{line['id']}/pages", params=query).json()
    assert (page["number"], page["total"], page["is_marked"]) == (2, 2, True)
    assert page["picture"].startswith("iVBORw0KGgo")  # PNG in base64
    first = http.get(f"/engine/documents/{line['id']}/pages/1", params=query).json()
    assert (first["number"], first["is_marked"]) == (1, False)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{id}/pages/3", 404),
        ("{id}/pages/0", 422),
        ("{id}/pages/-1", 422),
        ("{id}/pages/x", 422),
        ("{id}/pages/" + "9" * 400, 422),
        ("{id}/pages/1?width=1000000", 422),
        ("{id}/pages/1?width=\u0661", 422),
        ("{id}/pages?place=page%3D99", 404),
        ("{id}/pages?place=%00&passage=%00", 200),
        ("{id}/pages?" + "&".join(["passage=a"] * 9), 422),
        ("0000000000000000/pages/1", 404),
        ("..%2fsecret.pdf/pages/1", 404),
        ("..%2f..%2f..%2fetc%2fpasswd/pages/1", 404),
        ("%2e%2e/pages/1", 404),
    ],
)
def test_what_cannot_be_asked_for_is_refused(http: httpx2.Client, path: str, status: int) -> None:
    path = path.replace("{id}", document_id("file:dataroom/a.pdf"))
    answer = http.get(f"/engine/documents/{path}")
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["error"]["message"]


def test_no_page_is_shown_without_the_key(http: httpx2.Client) -> None:
    path = f"/engine/documents/{document_id('file:dataroom/a.pdf')}/pages/1"
    assert http.get(path, headers={"x-api-key": "wrong"}).status_code == 401
    assert os.fspath(Path.cwd()) not in http.get(path).text
