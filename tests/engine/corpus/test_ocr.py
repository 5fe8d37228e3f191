"""Scanned pages: read by tesseract where it is installed, within limits, else named."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from parallel_nb.api.places import place_of, scan_of
from parallel_nb.api.types import JsonOutput, TaskRunInput, TaskSpec
from parallel_nb.engine.corpus import ocr
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.pdf import read_pdf
from parallel_nb.engine.corpus.places import place_at
from parallel_nb.engine.http.documents import describe_documents
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.pages.picture import draw_page
from parallel_nb.engine.reader.answer import answer_run

if TYPE_CHECKING:
    from collections.abc import Callable

#: Where it is, if anywhere: the session's fixture hides it from all other tests.
TESSERACT = shutil.which(os.environ.get(ocr.PROGRAM) or "tesseract") or ""
#: What it says of a page with the lease below.
TABLE = Path(__file__).with_name("scanned_lease.tsv")
needs_tesseract = pytest.mark.skipif(not TESSERACT, reason="tesseract is not installed")
LEASE = """LEASE OF THE TILBURG WAREHOUSE

This lease is made on 3 May 2024 between Acme Holding and
Borealis Storage. The rent is EUR 41,250 a quarter, to be paid
in advance. The term ends on 30 April 2031.

Site          Area         Rent
Tilburg       4,120        41,250
Breda         1,900        17,000
"""


@pytest.fixture
def recorded(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], None]:
    """Has a program stand for tesseract that is as sure of each word, and says what it said."""
    if sys.platform == "win32":
        pytest.skip("the program is a script of Unix")
    folder = tmp_path_factory.mktemp("program")

    def stand_in(sure: int) -> None:
        lines = TABLE.read_text("utf-8").splitlines()
        rows = [line.split("\t") for line in lines]
        said = ["\t".join([*row[:10], str(sure), row[11]]) if row[0] == "5" else line
                for row, line in zip(rows, lines, strict=True)]  # fmt: skip
        (folder / "table").write_text("\n".join(said))
        program = folder / "program"
        knows = "[ $1 = --list-langs ] && echo List: && echo eng && exit"
        program.write_text(f"#!/bin/sh\n{knows}\ncat >/dev/null; cat '{folder}/table'\n")
        program.chmod(0o755)
        monkeypatch.setenv(ocr.PROGRAM, str(program))

    return stand_in


def scanned(*pages: str, turned: int = 0, laid: int = 0, stamp: str = "") -> bytes:
    """A PDF in which each page is a picture of a text.

    Args:
        pages: their texts.
        turned: by what degrees the picture is turned, where the file says it.
        laid: the same where the file does not, as by who laid it into the scanner so.
        stamp: text that the file has on each page.
    """
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    font = ImageFont.load_default(32)
    for text in pages:
        picture = Image.new("L", (1240, 1754), 255)
        for number, line in enumerate(text.split("\n")):
            for place, cell in enumerate(re.split(" {3,}", line)):
                at = (120 + 250 * place, 140 + 44 * number)
                ImageDraw.Draw(picture).text(at, cell, 0, font)
        if turned:
            canvas.setPageSize((842, 595))
            canvas.setPageRotation(turned)
            picture = picture.rotate(turned, expand=True)
        if laid:
            picture = picture.rotate(laid, expand=True)
            canvas.setPageSize((595, 842) if laid == 180 else (842, 595))
        canvas.drawInlineImage(picture, 0, 0, *canvas._pagesize)
        canvas.setFontSize(6)
        canvas.drawString(40, 20, stamp)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


@needs_tesseract
def test_a_scanned_page_is_read_with_its_place_and_its_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ocr.PROGRAM, TESSERACT)
    parsed = read_pdf(scanned("The first page says nothing.", LEASE))
    assert not parsed.notes
    text = " ".join(parsed.text.split())
    for fact in (
        "LEASE OF THE TILBURG WAREHOUSE",
        "The rent is EUR 41,250 a quarter, to be paid in",
    ):
        assert fact in text
    assert "| Breda | 1,900 | 17,000 |" in parsed.text
    place = place_at(parsed.text, parsed.places, parsed.text.index("41,250"))
    assert place is not None
    assert place.label == "p. 2, scanned"
    assert place.fragment == "page=2&scan=clear"


@needs_tesseract
@pytest.mark.parametrize("laid", [90, 180, 270])
def test_a_page_that_was_laid_into_the_scanner_turned_is_read_and_shown_upright(
    monkeypatch: pytest.MonkeyPatch, laid: int
) -> None:
    monkeypatch.setenv(ocr.PROGRAM, TESSERACT)
    monkeypatch.setattr(ocr, "_PAGE_SECONDS", 60.0)  # the limits of a page have their own tests
    monkeypatch.setattr("parallel_nb.engine.pages.picture._OCR_WITHIN", 60.0)
    data = scanned(LEASE, laid=laid)
    parsed = read_pdf(data)
    assert RENT in " ".join(parsed.text.split())
    assert ROW in parsed.text
    assert parsed.places[0][1].fragment == "page=1&scan=clear"
    drawn, upright = (draw_page(each, 1, [RENT, ROW], 800) for each in (data, scanned(LEASE)))
    assert [each.is_marked for each in drawn.placed] == [True, True]
    assert (drawn.width, drawn.height) == (upright.width, upright.height)
    assert len(drawn.marks) == 3
    for mark, other in zip(sorted(drawn.marks), sorted(upright.marks), strict=True):
        assert mark == pytest.approx(other, abs=6)


@needs_tesseract
def test_a_room_is_read_with_its_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ocr.PROGRAM, TESSERACT)
    (tmp_path / "lease.pdf").write_bytes(scanned(LEASE, ""))
    (document,) = load_corpus(tmp_path).documents
    assert "30 April 2031" in document.text
    assert document.notes == ("page 2: a scan in which no text was found",)


def told(room: Path) -> tuple[str | None, str, str]:
    """The confidence, the reasoning and the address of a value on a scanned page."""
    schema = {"type": "object", "properties": {"rent": {"type": "integer"}}}
    spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
    question = TaskRunInput(processor="lite", input="Tilburg warehouse", task_spec=spec)
    output = answer_run(Index.build(load_corpus(room)), question).output
    assert isinstance(output, JsonOutput)
    (entry,) = output.basis
    return entry.confidence, entry.reasoning, entry.citations[0].url


def test_a_value_from_a_scan_says_so_and_is_high_only_where_the_page_is_clear(
    tmp_path: Path, recorded: Callable[[int], None]
) -> None:
    (tmp_path / "lease.pdf").write_bytes(scanned(LEASE))
    recorded(96)
    confidence, reasoning, url = told(tmp_path)
    assert (confidence, scan_of(url), place_of(url)) == ("high", "clear", "p. 1, scanned")
    assert reasoning.endswith("(p. 1, scanned: read by OCR.)")
    (line,) = describe_documents(load_corpus(tmp_path))
    assert (line["status"], line["reason"]) == ("read", "page 1: scanned, read by OCR")
    recorded(80)
    confidence, reasoning, url = told(tmp_path)
    assert (confidence, scan_of(url), place_of(url)) == ("medium", "unclear", "p. 1, scanned")
    assert reasoning.endswith("read by OCR, which was not sure of it.)")
    (line,) = describe_documents(load_corpus(tmp_path))
    assert line["status"] == "read"
    assert line["reason"].startswith("page 1: scanned, read by OCR, hard to read")


RENT = "The rent is EUR 41,250 a quarter, to be paid in advance."
ROW = "| Breda | 1,900 | 17,000 |"


@pytest.mark.parametrize("turned", [0, 90])
def test_the_words_of_a_passage_are_marked_in_the_picture_of_a_scan(
    recorded: Callable[[int], None], turned: int
) -> None:
    recorded(96)
    data = scanned(LEASE, turned=turned)
    plain, drawn = draw_page(data, 1, [], 1000), draw_page(data, 1, [RENT, ROW], 1000)
    assert [each.is_marked for each in drawn.placed] == [True, True]
    ink = Image.open(io.BytesIO(plain.picture)).convert("L").point(lambda grey: 255 * (grey < 128))
    for mark in drawn.marks:  # a line of writing fills each, and none is cut
        box = ink.crop(mark).getbbox()
        assert box is not None
        assert box[0] <= 6
        assert box[2] >= mark[2] - mark[0] - 6
    # two lines of the sentence and a row of the table
    assert len(drawn.marks) == 3


def test_of_a_scan_nothing_is_marked_rather_than_the_wrong_thing(
    recorded: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(96)
    other = ["41,250", "The rent is EUR 42,250 a quarter, to be paid in advance."]
    drawn = draw_page(scanned(LEASE), 1, other, 500)
    assert (drawn.marks, [each.times for each in drawn.placed]) == ([], [2, 0])
    monkeypatch.setenv(ocr.PROGRAM, "no-such-program")
    drawn = draw_page(scanned(LEASE), 1, [RENT], 500)
    assert (drawn.width, drawn.marks) == (500, [])


def test_a_scan_with_a_stamp_is_read_and_marked_and_a_page_over_a_picture_keeps_its_text(
    recorded: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(96)
    stamped = scanned(LEASE, stamp="ACME-000123 CONFIDENTIAL")
    parsed = read_pdf(stamped)
    assert "The rent is EUR 41,250 a quarter" in parsed.text
    assert parsed.places[0][1].label == "p. 1, scanned"
    assert draw_page(stamped, 1, [RENT], 500).placed[0].is_marked
    title = "The rent of all our warehouses in the years to come, and what we can do about it now"
    parsed = read_pdf(scanned(LEASE, stamp=title * 2))
    assert (parsed.text.split(), parsed.notes) == ((title * 2).split(), ())
    monkeypatch.setenv(ocr.PROGRAM, "no-such-program")
    parsed = read_pdf(stamped)
    assert parsed.text == "ACME-000123 CONFIDENTIAL"
    assert parsed.notes == ("page 1: a scan; install tesseract to have it read",)


def test_without_it_a_scanned_page_says_what_would_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ocr.PROGRAM, "no-such-program")
    expected = "page 1: a scan; install tesseract to have it read"
    assert read_pdf(scanned(LEASE)).notes == (expected,)


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script of Unix")
@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("sleep 60", "tesseract could not read"),
        ("exit 3", "tesseract could not read"),
        ("printf 'level\\tconf\\ttext\\n5\\tx\\ty\\n'", "tesseract could not read"),
        ("head -c 100000 /dev/urandom", "no text was found"),
        ("yes", "tesseract could not read"),
    ],
)
def test_whatever_the_program_does_costs_its_page_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, reason: str
) -> None:
    program: Any = tmp_path / "program"
    knows = "[ $1 = --list-langs ] && echo List: && echo eng && exit"
    program.write_text(f"#!/bin/sh\n{knows}\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setenv(ocr.PROGRAM, str(program))
    monkeypatch.setattr(ocr, "_PAGE_SECONDS", 0.5)
    (note,) = read_pdf(scanned(LEASE)).notes
    assert reason in note


def test_a_file_of_many_scans_is_read_as_far_as_there_is_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr, "installed", lambda: "tesseract")

    def read_late() -> tuple[str, ...]:
        ocr.allow(0.0)
        return read_pdf(scanned("a", "b")).notes

    expected = "pages 1-2: a scan; the time for reading scans was over"
    assert copy_context().run(read_late) == (expected,)
