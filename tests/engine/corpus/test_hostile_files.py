"""No file keeps the others from being read: whatever a folder holds is read, or skipped."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from parallel_nb.engine.corpus import markdown
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.formats import MAX_TEXT_FILE
from parallel_nb.engine.corpus.page import decode_text
from parallel_nb.engine.corpus.walk import walk
from tests.engine_process import EngineProcess

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="pipes, sockets and links to themselves are of Unix"
)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()  # the address of a socket is short
        os.chdir(path.parent)
        try:
            listener.bind(path.name)
        finally:
            os.chdir(before)


def make_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def make_links_in_a_circle(path: Path) -> None:
    path.symlink_to("circle")
    (path.parent / "circle").symlink_to(path.name)


def make_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


def make_link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.parent / "pipe")
    path.symlink_to("pipe")


def make_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_link_to_a_folder(path: Path) -> None:
    (path.parent / "below").mkdir()
    path.symlink_to("below")


def make_long_file_without_blocks(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(MAX_TEXT_FILE * 1000)


def make_file_of_zeros(path: Path) -> None:
    path.write_bytes(bytes(1000))


def make_unreadable_file(path: Path) -> None:
    path.write_text("secret")
    path.chmod(0)


MAKERS = [
    make_pipe,
    make_socket,
    make_link_to_itself,
    make_links_in_a_circle,
    make_link_to_nothing,
    make_link_to_a_pipe,
    make_link_to_a_device,
    make_link_to_a_folder,
    make_long_file_without_blocks,
    make_file_of_zeros,
    make_unreadable_file,
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_what_is_no_readable_file_is_skipped_with_its_reason(
    tmp_path: Path, make: object, suffix: str
) -> None:
    (tmp_path / "good.md").write_text("Acme was founded in 1999.")
    assert callable(make)
    make(tmp_path / f"bad{suffix}")
    if make is make_unreadable_file and os.geteuid() == 0:
        pytest.skip("root may read every file")
    walk(tmp_path)
    corpus = load_corpus(tmp_path)
    assert [document.title for document in corpus.documents] == ["good"]
    skipped = [file for file in corpus.skipped if file.path == f"bad{suffix}"]
    # a linked folder is no file; it is listed by nobody, and read by nobody
    assert len(skipped) == (make is not make_link_to_a_folder)
    assert all(file.reason for file in skipped)


CODECS = [
    *("raw_unicode_escape", "unicode_escape", "utf-7", "hex", "base64", "rot13", "zlib", "bz2"),
    *("idna", "punycode", "undefined", "mbcs", "uu", "quopri", "string-escape", "utf_8_sig"),
    *("aliases", "__init__", "x" * 5000, "no-such-codec", "utf-16", "utf-32", "cp65001"),
]


@pytest.mark.parametrize("codec", CODECS)
def test_a_declared_encoding_that_is_none_of_text_is_passed_over(
    tmp_path: Path, codec: str
) -> None:
    page = f'<meta charset="{codec}"><title>T</title><p>\\ud800 Zürich</p>'
    (tmp_path / "a.html").write_bytes(page.encode("cp1252"))
    (document,) = load_corpus(tmp_path).documents
    document.text.encode()
    assert "Zürich" in document.text
    assert "\\ud800" in document.text


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("iso-8859-2", "iso8859_2", "Łódź"),
        ("ISO-8859-15", "iso8859_15", "5 €"),
        ("windows-1251", "cp1251", "Москва"),
        ("KOI8-R", "koi8_r", "Москва"),
        ("Shift_JIS", "shift_jis", "東京"),
        ("euc-kr", "euc_kr", "서울"),
        ("GB2312", "gb2312", "北京"),
        ("big5", "big5", "台北"),
    ],
)
def test_encodings_of_text_are_read_as_declared(declared: str, codec: str, text: str) -> None:
    page = f'<meta charset="{declared}">{text}'
    assert text in decode_text(page.encode(codec))


@pytest.mark.parametrize(
    "error",
    [RecursionError("deep"), ValueError("odd"), MemoryError(), AssertionError(), KeyError(1)],
)
def test_a_fault_of_a_reader_costs_its_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(_: bytes) -> None:
        raise error

    (tmp_path / "good.html").write_text("Acme was founded in 1999.")
    (tmp_path / "a.txt").write_text("x")
    monkeypatch.setattr(markdown, "read_text", fail)
    corpus = load_corpus(tmp_path)
    assert [document.title for document in corpus.documents] == ["good"]
    (skipped,) = corpus.skipped
    assert skipped.reason == f"it cannot be read ({type(error).__name__})"


def test_a_file_name_that_is_not_utf_8_and_a_reference_to_a_surrogate_can_be_sent(
    tmp_path: Path,
) -> None:
    page = (
        b"<title>&#xd800; T</title><meta property='og:url' content='https://a.example/&#xdfff;'>x"
    )
    (tmp_path / os.fsdecode(b"caf\xe9.html")).write_bytes(page)
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    corpus = load_corpus(tmp_path)
    for document in corpus.documents:
        (document.url + document.title + document.text).encode()
    assert [document.title for document in corpus.documents] == ["\ufffd T", "caf\ufffd"]


def test_a_title_of_any_length_is_one_short_line(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<title>" + "long \n" * 100_000 + "</title>x")
    (tmp_path / "b.md").write_text(f"# {'x' * 100_000}\n\ntext")
    for document in load_corpus(tmp_path).documents:
        assert len(document.title) <= 300
        assert "\n" not in document.title


def test_an_engine_starts_over_a_folder_of_all_of_them(tmp_path: Path) -> None:
    room = tmp_path / "room"
    for number, make in enumerate(MAKERS):
        (room / str(number)).mkdir(parents=True)
        make(room / str(number) / "x.md")
    (room / "good.md").write_text("Acme was founded in 1999.")
    page = '<meta charset="raw_unicode_escape">\\ud800'
    (room / "escape.html").write_text(page)
    engine = EngineProcess(tmp_path / "data", ("--documents", str(room))).start()
    try:
        with engine.http() as client:
            description = client.get("/engine").json()
        assert description["documents"] == 2 + (os.geteuid() == 0)  # root may read every file
        assert description["skipped"] >= len(MAKERS) - 2
    finally:
        engine.stop()
