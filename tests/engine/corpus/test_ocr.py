"""Scanned pages: read by tesseract where it is installed, within limits, else named."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from parallel_nb.engine.corpus import ocr
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.pdf import read_pdf
from parallel_nb.engine.corpus.places import place_at

if TYPE_CHECKING:
    from pathlib import Path

#: Where it is, if anywhere: the session's fixture hides it from all other tests.
TESSERACT = shutil.which(os.environ.get(ocr.PROGRAM) or "tesseract") or ""
needs_tesseract = pytest.mark.skipif(not TESSERACT, reason="tesseract is not installed")
LEASE = """LEASE OF THE TILBURG WAREHOUSE

This lease is made on 3 May 2024 between Acme Holding and
Borealis Storage. The rent is EUR 41,250 a quarter, to be paid
in advance. The term ends on 30 April 2031.

Site          Area         Rent
Tilburg       4,120        41,250
Breda         1,900        17,000
"""


def scanned(*pages: str) -> bytes:
    """A PDF in which each page is a picture of a text."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    font = ImageFont.load_default(32)
    for text in pages:
        picture = Image.new("L", (1240, 1754), 255)
        for number, line in enumerate(text.split("\n")):
            for place, cell in enumerate(re.split(" {3,}", line)):
                at = (120 + 250 * place, 140 + 44 * number)
                ImageDraw.Draw(picture).text(at, cell, 0, font)
        canvas.drawInlineImage(picture, 0, 0, 595, 842)
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
    assert place.label == "p. 2"


@needs_tesseract
def test_a_room_is_read_with_its_scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ocr.PROGRAM, TESSERACT)
    (tmp_path / "lease.pdf").write_bytes(scanned(LEASE, ""))
    (document,) = load_corpus(tmp_path).documents
    assert "30 April 2031" in document.text
    assert document.notes == ("page 2: a scan in which no text was found",)


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
