"""What a folder of files becomes: pages with address, title, date; the rest with a reason."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus.documents import Document, load_corpus
from parallel_nb.engine.corpus.formats import MAX_TEXT_FILE
from parallel_nb.engine.corpus.html import read_html
from parallel_nb.engine.corpus.markdown import read_front_matter
from parallel_nb.engine.corpus.page import UnreadableFileError
from parallel_nb.engine.corpus.walk import walk

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """<!doctype html><html><head><title>Annual report</title>
<link rel="canonical" href="https://acme.example/report">
<meta property="article:published_time" content="2024-05-06T07:08:09Z">
<script>var hidden = 1;</script></head><body><nav>Home</nav>
<h1>Report</h1><p>Sales rose &amp; costs fell.</p>
<ul><li>Staff: 12</li><li>Offices: 3</li></ul>
<table><tr><th>Year</th><th>Sales</th></tr><tr><td>2023</td><td>5</td></tr></table>
</body></html>"""


def load_one(folder: Path, name: str, content: str | bytes) -> Document:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    (document,) = load_corpus(folder).documents
    return document


def test_front_matter_gives_address_title_and_date(tmp_path: Path) -> None:
    text = '---\nurl: https://a.example/x\ntitle: "X: the facts"\ndate: 2024-03-01\n---\n\nBody.\n'
    document = load_one(tmp_path, "x.md", text)
    assert document.url == "https://a.example/x"
    assert document.title == "X: the facts"
    assert document.date == "2024-03-01"
    assert document.text == "Body."


def test_a_plain_file_gets_a_stable_address_that_hides_the_place_of_the_folder(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "dataroom"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "my note.txt").write_text("Some text.", "utf-8")
    (document,) = load_corpus(folder).documents
    assert document.url == "file:dataroom/sub/my%20note.txt"
    assert document.title == "my note"


def test_title_comes_from_the_first_heading_when_there_is_no_front_matter(tmp_path: Path) -> None:
    assert load_one(tmp_path, "a.md", "# The heading #\n\nText.").title == "The heading"


def test_a_date_is_read_from_the_name_and_never_from_the_file_system(tmp_path: Path) -> None:
    assert load_one(tmp_path, "minutes-2023-04-05.txt", "Text.").date == "2023-04-05"
    (tmp_path / "minutes-2023-04-05.txt").unlink()
    assert load_one(tmp_path, "minutes.txt", "Text.").date is None


def test_html_keeps_headings_lists_and_tables_and_drops_scripts(tmp_path: Path) -> None:
    document = load_one(tmp_path, "r.html", PAGE)
    assert (document.url, document.title) == ("https://acme.example/report", "Annual report")
    assert document.date == "2024-05-06"
    assert "# Report" in document.text
    assert "- Staff: 12" in document.text
    assert "| Year | Sales |\n| --- | --- |\n| 2023 | 5 |" in document.text
    assert "Sales rose & costs fell." in document.text
    assert "hidden" not in document.text
    assert "Home" not in document.text


def test_what_cannot_be_read_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("Text.", "utf-8")
    (tmp_path / "empty.md").write_text("  \n", "utf-8")
    (tmp_path / "binary.txt").write_bytes(b"a\0b")
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(MAX_TEXT_FILE + 1)
    corpus = load_corpus(tmp_path)
    reasons = {skipped.path: skipped.reason for skipped in corpus.skipped}
    assert [d.title for d in corpus.documents] == ["good"]
    assert reasons["empty.md"] == "it is empty"
    assert reasons["binary.txt"] == "it is not text"
    assert "damaged" in reasons["report.pdf"]
    assert "picture" in reasons["photo.jpg"]
    assert "over 9.5 MB" in reasons["huge.txt"]


def test_a_link_to_outside_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    folder = tmp_path / "room"
    folder.mkdir()
    (folder / "a.md").write_text("Text.", "utf-8")
    (folder / "b.txt").symlink_to(secret)
    corpus = load_corpus(folder)
    assert len(corpus.documents) == 1
    assert "outside" in corpus.skipped[0].reason


def test_a_missing_an_empty_and_an_unreadable_folder_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConnectionProblem, match="does not exist"):
        load_corpus(tmp_path / "nowhere")
    with pytest.raises(ConnectionProblem, match="it is empty"):
        load_corpus(tmp_path)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(ConnectionProblem, match=r"a\.pdf was skipped"):
        load_corpus(tmp_path)


def test_text_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    assert load_one(tmp_path, "a.txt", "Zürich".encode("cp1252")).text == "Zürich"
    assert load_one(tmp_path, "a.txt", "Zürich".encode("utf-16")).text == "Zürich"


def test_the_fingerprint_changes_with_what_is_read_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Text.", "utf-8")
    first = walk(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    second = walk(tmp_path)
    assert second.fingerprint == first.fingerprint
    assert second.state != first.state
    (tmp_path / "a.md").write_text("Text, and more.", "utf-8")
    assert walk(tmp_path).fingerprint != first.fingerprint


def test_the_sample_documents_are_read_whole() -> None:
    corpus = load_corpus()
    assert corpus.name == "sample documents"
    assert len(corpus.documents) >= 150
    assert not corpus.skipped
    assert all(d.date and d.url.startswith("https://") for d in corpus.documents)


@given(st.text())
def test_no_text_breaks_the_reading_of_front_matter_or_html(text: str) -> None:
    head, body = read_front_matter(text)
    assert head or body == text
    with suppress(UnreadableFileError):  # a null byte says that it is no text
        read_html(text.encode())
