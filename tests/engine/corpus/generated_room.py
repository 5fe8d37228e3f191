"""A seeded room of 60 documents in eleven formats about 12 companies, each fact with its place.

It was written before the readers were tried on it, and nothing in them knows of it.
"""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

from tests.engine.corpus.office_files import paragraph, slides_file, table, word_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAMES: Final = (
    "Aldermoor Holdings", "Brightwater Foods", "Castellan Rail", "Dunmore Textiles",
    "Everlyn Optics", "Fennimore Shipping", "Greywick Energy", "Harrowgate Paper",
    "Ivensound Audio", "Jasperline Tools", "Kestrel Farming", "Lindqvist Glass",
)  # fmt: skip
_FILLER: Final = (
    "The parties have read this document and agree to all of it.",
    "Nothing in this part changes what was agreed before, unless it says so.",
    "Words in the singular include the plural where the context wants it.",
    "A notice is given in writing and is deemed received on the third day after posting.",
    "The board has discussed the matter and will return to it in the next quarter.",
    "Each party bears its own costs and keeps records of them for seven years.",
)
_TOWNS: Final = ("Tilburg", "Breda", "Gouda", "Delft", "Zwolle", "Arnhem", "Leiden", "Hoorn")


@dataclass(frozen=True)
class Fact:
    """Something that a file says, and where."""

    path: str
    #: What the text must hold, in these words.
    passage: str
    #: How the place of the passage is called.
    place: str


class Writer:
    """Makes facts whose wording occurs once in a room."""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self.facts: list[tuple[str, str]] = []

    def amount(self) -> str:
        return f"{self.random.randint(100, 999)},{self.random.randint(100, 999)}"

    def number(self) -> int:
        return self.random.randint(100_000, 99_999_999)

    def filler(self, sentences: int) -> str:
        return " ".join(self.random.choice(_FILLER) for _ in range(sentences))

    def note(self, passage: str, place: str) -> str:
        self.facts.append((passage, place))
        return passage


def _pdf(w: Writer, name: str) -> bytes:
    styles = getSampleStyleSheet()
    body, heading = styles["BodyText"], styles["Heading2"]
    flow: list[Any] = [Paragraph(f"Lease of {name}", styles["Title"])]
    for page in range(1, 5):
        flow += [Paragraph(f"{page}. Part {page}", heading), Paragraph(w.filler(12), body)]
        rent = w.note(f"The rent in year {page} is EUR {w.amount()}", f"p. {page}")
        flow.append(Paragraph(f"{w.filler(2)} {rent}. {w.filler(5)}", body))
        rows = [["Site", "Area", "Rent"]]
        for town in w.random.sample(_TOWNS, 3):
            row = [town, f"{w.amount()} m2", f"EUR {w.amount()}"]
            w.note(f"| {' | '.join(row)} |", f"p. {page}")
            rows.append(row)
        flow += [Table(rows, colWidths=[150, 100, 100]), PageBreak()]
    buffer = io.BytesIO()

    def on_page(canvas: Any, _: Any) -> None:
        canvas.drawString(60, 30, f"{name} - confidential - page {canvas.getPageNumber()}")

    SimpleDocTemplate(buffer, pagesize=A4).build(flow, onFirstPage=on_page, onLaterPages=on_page)
    return buffer.getvalue()


def _word(w: Writer, name: str) -> bytes:
    blocks = [paragraph(f"Supply agreement of {name}", "Title")]
    for clause in range(1, 6):
        blocks.append(paragraph(f"Part {clause}", "Clause"))
        for sub in range(1, 4):
            price = w.note(f"The price of lot {sub} is EUR {w.amount()}", f"§ {clause}.{sub}")
            blocks.append(paragraph(f"{w.filler(1)} {price}. {w.filler(1)}", "Sub"))
        item = w.note(f"a discount of {w.amount()}", f"§ {clause}.3 (b)")
        blocks += [paragraph(w.filler(1), level=2), paragraph(item, level=2)]
    rows = [["Item", "Units"]]
    for number, town in enumerate(w.random.sample(_TOWNS, 4), 2):
        units = str(w.number())
        w.note(f"| {town} | {units} |", f"table 1, row {number}")
        rows.append([town, units])
    return word_file(*blocks, table(rows))


def _workbook(w: Writer, name: str) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for title in ("P&L", "Sites 2024"):
        sheet = book.add_worksheet(title)
        top, left = w.random.randint(0, 6), w.random.randint(0, 3)
        sheet.write(top, left, f"{name}, {title}")
        sheet.write_row(top + 2, left, ["Item", "2022", "2023", "2024"])
        for row, item in enumerate(["Sales", "Costs", "Staff", "Rent", "Tax"], top + 3):
            sheet.write(row, left, item)
            for column in range(left + 1, left + 4):
                value = w.number()
                w.note(f"{value}", f"Sheet '{title}', {chr(65 + column)}{row + 1}")
                sheet.write(row, column, value)
    book.close()
    return buffer.getvalue()


def _csv(w: Writer, _: str) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=w.random.choice(",;\t"))
    writer.writerow(["Invoice", "Town", "Amount", "Remark"])
    for row in range(2, 40):
        amount = str(w.number())
        w.note(amount, f"row {row}")
        writer.writerow([f"INV-{row}", w.random.choice(_TOWNS), amount, w.filler(1)])
    return buffer.getvalue().encode(w.random.choice(["utf-8", "utf-8-sig", "utf-16"]))


def _json_lines(w: Writer, _: str) -> bytes:
    lines = []
    for row in range(1, 21):
        amount = w.number()
        w.note(str(amount), f"row {row}")
        lines.append(json.dumps({"town": w.random.choice(_TOWNS), "amount": amount}))
    return "\n".join(lines).encode()


def _json(w: Writer, name: str) -> bytes:
    town, amount = w.random.choice(_TOWNS), w.number()
    w.note(f"yearly fee: {amount}", "insurance")
    sites = []
    for row in range(1, 21):
        rent = w.number()
        w.note(str(rent), f"table 1, row {row}")
        sites.append({"siteId": f"S-{row}", "at": {"town": town}, "monthlyRent": rent})
    said = {"name": name, "insurance": {"yearlyFee": amount, "town": town}, "sites": sites}
    return json.dumps(said, indent=2).encode(w.random.choice(["utf-8", "utf-8-sig", "utf-16"]))


def _mail(w: Writer, name: str) -> bytes:
    message = EmailMessage()
    message["From"] = f"Ada Byron <ada@{name.split(maxsplit=1)[0].lower()}.example>"
    message["To"] = "Bo Li <bo@buyer.example>"
    message["Subject"] = f"Offer of {name}"
    message["Date"] = "Tue, 07 May 2024 09:30:00 +0200"
    paragraphs = ["Dear Bo,"]
    for number in range(2, 6):
        offer = w.note(f"our offer for lot {number} is EUR {w.amount()}", f"paragraph {number}")
        paragraphs.append(f"{w.filler(1)} On that ground {offer}. {w.filler(1)}")
    paragraphs.append("Ada")
    old = w.note(f"we had hoped for EUR {w.amount()}", "paragraph 8")
    quoted = f"On Mon, 6 May 2024 at 10:00, Bo Li <bo@buyer.example> wrote:\n> Ada,\n>\n> {old}."
    message.set_content("\n\n".join([*paragraphs, quoted]))
    return message.as_bytes()


def _slides(w: Writer, name: str) -> bytes:
    slides = [[f"{name} in brief", "An overview"]]
    for number in range(2, 8):
        sales = w.note(f"Sales of unit {number}: EUR {w.amount()}", f"slide {number}")
        slides.append([f"Unit {number}", sales, w.filler(1)])
    remark = w.note(f"Not audited before {w.amount()}", "slide 3, notes")
    return slides_file(slides, {3: remark})


def _html(w: Writer, name: str) -> bytes:
    parts = [f"<html><head><title>{name}</title></head><body><nav>Home</nav><h1>{name}</h1>"]
    for number in range(1, 5):
        staff = w.note(f"The unit has a staff of {w.amount()}", f"Unit {number} of it")
        parts.append(f"<h2>Unit {number} of it</h2><p>{w.filler(2)} {staff}. {w.filler(1)}</p>")
        first, second = w.amount(), w.amount()
        w.note(f"| Stock | {first} | {second} |", f"table {number}, row 2")
        parts.append(
            "<table><tr><th>Item<th>2023<th>2024"
            f"<tr><td>Stock<td>{first.replace(',', ',<wbr>')}<td><b>{second}</b></table>"
        )
    return "".join(parts).encode()


def _markdown(w: Writer, name: str) -> bytes:
    lines = ["---", f"title: Minutes of {name}", "date: 2024-05-07", "---", "", "# Minutes", ""]
    for number in range(1, 9):
        lines.append(f"## Item {number}")
        vote = w.note(f"The board approves EUR {w.amount()}", f"line {len(lines) + 2}")
        lines += ["", f"{w.filler(1)} {vote}. {w.filler(1)}", ""]
    return "\n".join(lines).encode()


def _text(w: Writer, name: str) -> bytes:
    lines = [f"Memo about {name}", ""]
    for number in range(1, 9):
        lines.append(w.note(f"Budget {number}: EUR {w.amount()}", f"line {len(lines) + 1}"))
        lines += ["", w.filler(3), ""]
    return "\r\n".join(lines).encode("cp1252")


WRITERS: Final[dict[str, Callable[[Writer, str], bytes]]] = {
    "pdf": _pdf,
    "docx": _word,
    "xlsx": _workbook,
    "csv": _csv,
    "jsonl": _json_lines,
    "json": _json,
    "eml": _mail,
    "pptx": _slides,
    "html": _html,
    "md": _markdown,
    "txt": _text,
}


def write_room(folder: Path, seed: int = 1) -> list[Fact]:
    """Write the 60 documents below `folder`; returns their facts."""
    random_ = random.Random(seed)  # noqa: S311 - it makes a test repeatable
    facts: list[Fact] = []
    suffixes = list(WRITERS)
    for number in range(60):
        company, suffix = NAMES[number // 5], suffixes[number % len(suffixes)]
        path = f"{company.split()[0].lower()}/{number:02}.{suffix}"
        writer = Writer(random_)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(WRITERS[suffix](writer, company))
        facts += [Fact(path, passage, place) for passage, place in writer.facts]
    return facts
