"""Mails of Outlook: who, what and when, in every encoding; what is attached, also mails."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import compressed_rtf
import pytest

from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.outlook import read_msg
from parallel_nb.engine.corpus.page import UnreadableFileError
from tests.engine.corpus.compound_files import Tree, compound_file, properties

if TYPE_CHECKING:
    from pathlib import Path

SENT = dt.datetime(2024, 5, 7, 9, 30, tzinfo=dt.UTC).timestamp()
RENT: dict[int, Any] = {
    0x0037: "Rent of Tilburg",
    0x0C1A: "Ada Byron",
    0x0C1F: "ada@acme.example",
    0x0039: SENT,
    0x1000: "Dear Bo,\r\n\r\nwe accept the rent of EUR 5 a year.\r\n",
}


def recipient(name: str, address: str, role: int = 1, code_page: int = 0) -> Tree:
    return properties(8, {0x3001: name, 0x3003: address, 0x0C15: role}, code_page)


def test_a_mail_of_outlook_reads_as_any_other() -> None:
    tree = properties(32, RENT)
    tree["__recip_version1.0_#00000000"] = recipient("Bo Li", "bo@borealis.example")
    tree["__recip_version1.0_#00000001"] = recipient("Cy", "/o=Exchange/cn=cy", 2)
    parsed = read_msg(compound_file(tree))
    assert (parsed.title, parsed.date) == ("Rent of Tilburg", "2024-05-07")
    assert parsed.text == (
        "# Rent of Tilburg\n\nFrom: Ada Byron <ada@acme.example>\nTo: Bo Li <bo@borealis.example>\n"
        "Cc: Cy\nDate: 2024-05-07 09:30:00+00:00\n\n"
        "Dear Bo,\n\nwe accept the rent of EUR 5 a year."
    )


@pytest.mark.parametrize(
    ("code_page", "word"), [(1251, "Аренда"), (950, "格式"), (932, "賃料"), (1252, "Zürich")]
)
def test_an_old_mail_is_in_its_own_code_page(code_page: int, word: str) -> None:
    tree = properties(32, {0x0037: f"Re: {word}", 0x1000: word}, code_page)
    tree["__recip_version1.0_#00000000"] = recipient(word, "a@b.example", code_page=code_page)
    text = read_msg(compound_file(tree)).text
    assert text == f"# Re: {word}\n\nTo: {word} <a@b.example>\n\n{word}"


@pytest.mark.parametrize(
    "body",
    [
        {0x1013: "<p>Rent in <b>Zürich</b></p>".encode(), 0x3FDE: 65001},
        {0x1013: "<p>Rent in Zürich</p>".encode("cp1252"), 0x3FDE: 1252},
        {0x1009: compressed_rtf.compress(rb"{\rtf1\ansi\ansicpg1252 Rent in Z\'fcrich}")},
    ],
)
def test_a_text_that_is_there_in_another_form_alone_is_read(body: dict[int, Any]) -> None:
    assert "Rent in Zürich" in read_msg(compound_file(properties(32, body))).text


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({0x0E06: SENT}, "2024-05-07"),
        ({0x007D: "Date: Tue, 07 May 2024 09:30:00 +0200\r\n"}, "2024-05-07"),
        ({0x0039: -11_644_473_600.0}, None),
        ({0x0039: 1e12}, None),
    ],
)
def test_a_date_is_one_that_somebody_has_set(said: dict[int, Any], expected: str | None) -> None:
    assert read_msg(compound_file(properties(32, {0x0037: "A", **said}))).date == expected


def test_what_is_attached_is_read_also_within_an_attached_mail(tmp_path: Path) -> None:
    inner = properties(24, RENT)
    inner["__attach_version1.0_#00000000"] = properties(8, {0x3707: "b.md", 0x3701: b"Inner."})
    tree = properties(32, {0x0037: "Fwd: Rent", 0x1000: "See below."})
    tree["__attach_version1.0_#00000000"] = properties(8, {0x3707: "a/../a.md", 0x3701: b"Outer."})
    tree["__attach_version1.0_#00000001"] = {**properties(8, {}), "__substg1.0_3701000D": inner}
    (tmp_path / "deal.msg").write_bytes(compound_file(tree))
    corpus = load_corpus(tmp_path)
    assert {document.path: document.title for document in corpus.documents} == {
        "deal.msg": "Fwd: Rent",
        "deal.msg/a.md": "a",
        "deal.msg/2-mail.msg": "Rent of Tilburg",
        "deal.msg/2-mail.msg/b.md": "b",
    }
    assert not corpus.skipped


def test_what_is_no_mail_of_outlook_says_so() -> None:
    with pytest.raises(UnreadableFileError, match="no mail of Outlook"):
        read_msg(compound_file({"WordDocument": b"x"}))
    with pytest.raises(UnreadableFileError, match="damaged"):
        read_msg(compound_file(properties(32, RENT))[:600])
