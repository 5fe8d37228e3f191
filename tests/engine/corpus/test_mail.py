"""Mails: headers, what is new apart from what is quoted, attachments as documents."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.mail import read_eml, read_mbox
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.places import place_at
from tests.engine.corpus.office_files import paragraph, word_file

if TYPE_CHECKING:
    from pathlib import Path

BODY = """Dear Bo,

we accept the rent of EUR 5 a year.

Ada

On Mon, 6 May 2024 at 10:00, Bo Li <bo@borealis.example> wrote:
> Dear Ada,
>
> we ask for EUR 7 a year.
"""


def mail(body: str = BODY, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Ada Byron <ada@acme.example>"
    message["To"] = "Bo Li <bo@borealis.example>"
    message["Subject"] = "Rent of Tilburg"
    message["Date"] = "Tue, 07 May 2024 09:30:00 +0200"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    return message


def test_what_is_new_stands_apart_from_what_is_quoted() -> None:
    parsed = read_eml(mail().as_bytes())
    assert (parsed.title, parsed.date) == ("Rent of Tilburg", "2024-05-07")
    assert parsed.text.startswith(
        "# Rent of Tilburg\n\nFrom: Ada Byron <ada@acme.example>\nTo: Bo Li <bo@borealis.example>\n"
        "Date: Tue, 07 May 2024 09:30:00 +0200\n\nDear Bo,\n\nwe accept the rent of EUR 5 a year."
    )
    quoted = "## Quoted from an older mail: On Mon, 6 May 2024 at 10:00, Bo Li"
    assert parsed.text.index(quoted) < parsed.text.index("we ask for EUR 7 a year.")
    assert ">" not in parsed.text[parsed.text.index("Dear Ada") :]
    for passage, label in (
        ("EUR 5", "paragraph 2"),
        ("From: Ada", "header"),
        ("# Rent", "subject"),
    ):
        place = place_at(parsed.text, parsed.places, parsed.text.index(passage))
        assert place is not None
        assert place.label == label


def test_an_attachment_is_a_document_with_its_own_places(tmp_path: Path) -> None:
    message = mail()
    lease = word_file(paragraph("Rent", "Clause"), paragraph("The rent is EUR 5.", "Sub"))
    message.add_attachment(lease, maintype="application", subtype="x", filename="a/../lease.docx")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="x", filename="data.bin")
    inner = mail("Please see below.")
    inner.replace_header("Subject", "An inner mail")
    message.add_attachment(inner)
    (tmp_path / "deal.eml").write_bytes(message.as_bytes())
    corpus = load_corpus(tmp_path)
    titles = {document.path: document.title for document in corpus.documents}
    assert titles == {
        "deal.eml": "Rent of Tilburg",
        "deal.eml/lease.docx": "Rent",
        "deal.eml/3-mail.eml": "An inner mail",
    }
    assert [file.path for file in corpus.skipped] == ["deal.eml/data.bin"]
    (lease_read,) = (d for d in corpus.documents if d.path.endswith("docx"))
    assert lease_read.url.endswith("/deal.eml/lease.docx")
    place = lease_read.place_at(lease_read.text.index("EUR 5"))
    assert place is not None
    assert place.label == "§ 1.1"


def test_a_box_is_as_many_documents_as_it_has_mails(tmp_path: Path) -> None:
    mails = [mail(f"This is mail number {n}.").as_bytes() for n in range(3)]
    (tmp_path / "all.mbox").write_bytes(
        b"\n\n".join(b"From ada Tue May  7 09:30:00 2024\n" + data for data in mails)
    )
    corpus = load_corpus(tmp_path)
    assert [d.path for d in corpus.documents] == [f"all.mbox/000{n}.eml" for n in (1, 2, 3)]
    assert "number 2" in corpus.documents[2].text
    assert not corpus.skipped


def test_a_paragraph_that_begins_with_from_begins_no_mail() -> None:
    body = "Dear Bo,\n\nFrom 1 May the rent is EUR 6.\n\n>From July it is EUR 7.\n"
    box = b"From ada Tue May  7 09:30:00 2024\n" + mail().as_bytes() + b"\n\n"
    box += b"From bo@x.example Wed May 08 10:00:00 +0000 2024\nSubject: Odd\n\n" + body.encode()
    first, second = read_mbox(box).members
    assert isinstance(first.data, bytes)
    assert isinstance(second.data, bytes)
    text = read_eml(second.data).text
    assert "\n\nFrom 1 May the rent is EUR 6.\n\nFrom July it is EUR 7." in text


def test_what_is_attached_without_a_name_is_a_document_too(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(b"%PDF-1.4 damaged", "application", "pdf", disposition="inline")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    (file,) = load_corpus(tmp_path).skipped
    assert (file.path, file.format) == ("a.eml/1-attachment", "PDF")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        (b"Content-Type: text/plain; charset=nonsense", "Zürich".encode(), "Zürich"),
        (b"Content-Type: text/plain; charset=utf-8", "Zürich".encode("cp1252"), "Zürich"),
        (b"Content-Type: text/html; charset=utf-8", "<p>Zürich</p>".encode(), "Zürich"),
        (b"Message-ID: <[a@b]>\nDate: no date", b"Text.", "Text."),
    ],
)
def test_odd_mails_are_read(head: bytes, body: bytes, expected: str) -> None:
    parsed = read_eml(b"Subject: Odd\n" + head + b"\n\n" + body)
    assert expected in parsed.text


def test_what_is_no_mail_says_so() -> None:
    with pytest.raises(UnreadableFileError, match="no mail"):
        read_eml(b"just some text\nwithout a header")
