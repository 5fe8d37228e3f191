"""PDF files: pages, columns, tables, running heads, and what has no text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from reportlab.lib import pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Table,
)

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.pdf import read_pdf
from parallel_nb.engine.corpus.places import place_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STYLES = getSampleStyleSheet()
BODY, HEADING, TITLE = STYLES["BodyText"], STYLES["Heading2"], STYLES["Title"]


def write(*parts: object, head: str = "") -> bytes:
    buffer = io.BytesIO()

    def on_page(canvas: Canvas, document: object) -> None:
        canvas.drawString(50, 820, f"{head}, page {canvas.getPageNumber()} of many" if head else "")

    SimpleDocTemplate(buffer, pagesize=A4, title="Lease of Tilburg").build(
        list(parts), onFirstPage=on_page, onLaterPages=on_page
    )
    return buffer.getvalue()


def where(data: bytes, passage: str) -> str:
    parsed = read_pdf(data)
    place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
    assert place is not None
    return place.label


def test_a_passage_has_its_page_and_headings_stand_over_it() -> None:
    data = write(
        Paragraph("Lease agreement", TITLE),
        Paragraph("1. Rent", HEADING),
        Paragraph("The annual rent is EUR 1,250,000. " * 8, BODY),
        PageBreak(),
        Paragraph("2. Term", HEADING),
        Paragraph("The term ends on 31 December 2031.", BODY),
    )
    parsed = read_pdf(data)
    assert (parsed.title, parsed.pages) == ("Lease of Tilburg", 2)
    assert parsed.text.startswith("# Lease agreement\n\n## 1. Rent\n\nThe annual rent is EUR")
    assert "## 2. Term\n\nThe term ends on 31 December 2031." in parsed.text
    assert "rent is EUR 1,250,000. The annual" in parsed.text
    assert where(data, "1. Rent") == "p. 1"
    assert where(data, "2. Term") == "p. 2"
    assert where(data, "31 December 2031") == "p. 2"


def test_a_table_keeps_its_rows_and_its_head() -> None:
    rows = [
        ["Site", "Area", "Rent"],
        ["Tilburg", "12,000", "EUR 5"],
        ["Breda hall with a long name", "3,000", "EUR 7"],
    ]
    parsed = read_pdf(write(Paragraph("Sites", HEADING), Table(rows, colWidths=[200, 80, 80])))
    expected = "| Site | Area | Rent |\n| --- | --- | --- |\n| Tilburg | 12,000 | EUR 5 |\n| Breda"
    assert expected in parsed.text


def test_two_columns_are_read_one_after_the_other() -> None:
    buffer = io.BytesIO()
    frames = [Frame(60, 60, 220, 700), Frame(310, 60, 220, 700)]
    document = BaseDocTemplate(buffer, pagesize=A4)
    document.addPageTemplates(PageTemplate(frames=frames))
    document.build([Paragraph(f"Sentence {n} of the text is here to be read.") for n in range(150)])
    text = read_pdf(buffer.getvalue()).text
    positions = [text.index(f"Sentence {n} of") for n in range(150)]
    assert positions == sorted(positions)
    assert "|" not in text


def test_the_signs_of_symbol_fonts_begin_items_of_a_list() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for y, text in ((760, "first instalment"), (745, "second instalment")):
        canvas.drawString(72, y, "\u2022")
        canvas.drawString(90, y, text)
    canvas.save()
    assert read_pdf(buffer.getvalue()).text == "- first instalment\n- second instalment"


def test_a_raised_number_does_not_tear_its_line() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(72, 700, "This ensures that if")
    canvas.drawString(231, 700, "is run again it works.")
    canvas.setFont("Courier", 10)
    canvas.drawString(156, 700.6, "rules build")
    canvas.setFont("Times-Roman", 7)
    canvas.drawString(318, 703.6, "11")
    canvas.save()
    text = read_pdf(buffer.getvalue()).text
    assert "This ensures that if rules build is run again it works." in text


def test_no_letter_is_read_twice_where_boxes_overlap() -> None:
    # letters that are set one by one, or in two fonts, stand in boxes that reach into each other
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, 700, "Rent from January 20")
    end = 72 + canvas.stringWidth("Rent from January 20")
    canvas.setFont("Helvetica-Bold", 12)
    canvas.drawString(end - 1.5, 700, "21")
    canvas.setFont("Helvetica", 12)
    canvas.drawString(end + 15, 700, "is EUR 5.")
    canvas.rotate(90)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(100, -40, "Draft of Monday")
    canvas.save()
    parsed = read_pdf(buffer.getvalue())
    assert parsed.text.split("\n")[0] == "Rent from January 2021 is EUR 5."
    assert parsed.text.count("Draft of Monday") == 1


def test_what_every_page_repeats_is_left_out_and_a_paragraph_goes_on_over_a_page() -> None:
    sentence = "The parties agree that the hall in Tilburg is let with all that belongs to it. "
    parsed = read_pdf(write(Paragraph(sentence * 210, BODY), head="Confidential lease"))
    assert parsed.pages == 3
    assert "Confidential" not in parsed.text
    assert parsed.text == (sentence * 210).strip()
    assert [place.number for _, place in parsed.places] == [1, 2, 3]


def test_a_sentence_goes_on_over_a_page_also_with_a_name() -> None:
    names = "Ada Byron Met Bo Li In Tilburg And Sold Him The Old Brick Hall By The Canal. "
    text = read_pdf(write(Paragraph(names * 210, BODY))).text
    assert "\n\n" in text or text == (names * 210).strip()
    # a page may end with a sentence, never within one
    assert [part[-1] for part in text.split("\n\n")] == ["."] * len(text.split("\n\n"))
    assert " ".join(text.split()) == (names * 210).strip()


def test_a_word_that_a_line_end_parts_is_whole_again() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for line, text in enumerate(["This agreement is of an inter-", "national kind and binds all."]):
        canvas.drawString(72, 700 - 14 * line, text)
    canvas.save()
    assert "international kind" in read_pdf(buffer.getvalue()).text


def test_a_page_without_text_is_named(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(200, 200))
    canvas.drawString(20, 100, "The term ends in 2031.")
    canvas.showPage()
    for _ in range(2):
        canvas.drawInlineImage(_picture(), 0, 0, 200, 200)
        canvas.showPage()
    canvas.save()
    assert read_pdf(buffer.getvalue()).notes == (
        "pages 2-3: a scan; install tesseract to have it read",
    )


def _picture() -> object:
    from PIL import Image  # noqa: PLC0415 - reportlab has it

    return Image.new("RGB", (20, 20), "gray")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda _: b"%PDF-1.7\n" + bytes(500), "damaged"),
        (lambda _: b"<html>no PDF at all", "though its name says so"),
    ],
)
def test_a_broken_file_says_why(
    tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    (tmp_path / "good.md").write_text("Text.")
    (tmp_path / "bad.pdf").write_bytes(spoil(write(Paragraph("Lease", TITLE))))
    (skipped,) = load_corpus(tmp_path).skipped
    assert reason in skipped.reason


def test_a_password_is_told() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, encrypt=pdfencrypt.StandardEncryption("secret"))
    canvas.drawString(72, 700, "Hidden")
    canvas.save()
    with pytest.raises(UnreadableFileError, match="protected by a password"):
        read_pdf(buffer.getvalue())
