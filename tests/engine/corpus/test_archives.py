"""Archives are folders: what is in them is read, and what would fill the machine is not."""

from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from parallel_nb.engine.corpus.documents import Corpus, load_corpus
from tests.engine.corpus.office_files import paragraph, word_file, zip_of

if TYPE_CHECKING:
    from pathlib import Path

FILES: dict[str, str | bytes] = {
    "leases/tilburg.md": "# Lease\n\nThe rent is 5.",
    "leases/breda.docx": word_file(paragraph("The rent is 7.")),
    "photo.jpg": b"\xff\xd8",
    "__MACOSX/leases/._tilburg.md": "no",
    ".hidden.md": "no",
    "../../outside.md": "no",
}


def corpus_of(folder: Path, name: str, data: bytes) -> Corpus:
    (folder / "good.md").write_text("Text.")
    (folder / name).write_bytes(data)
    return load_corpus(folder)


def tar_of(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        link = tarfile.TarInfo("link.md")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


@pytest.mark.parametrize(("name", "make"), [("room.zip", zip_of), ("room.tar.gz", tar_of)])
def test_an_archive_is_read_as_a_folder(tmp_path: Path, name: str, make: object) -> None:
    assert callable(make)
    corpus = corpus_of(tmp_path, name, make(FILES))
    assert [d.path for d in corpus.documents] == [
        "good.md",
        f"{name}/leases/tilburg.md",
        f"{name}/leases/breda.docx",
    ]
    assert [file.path for file in corpus.skipped] == [f"{name}/photo.jpg"]


def test_an_archive_in_an_archive_is_read_to_a_depth(tmp_path: Path) -> None:
    data: str | bytes = "The innermost text."
    name = "a.md"
    for depth in range(8):
        data, name = zip_of({name: data}), f"{depth}.zip"
    corpus = corpus_of(tmp_path, "deep.zip", data if isinstance(data, bytes) else b"")
    (skipped,) = corpus.skipped
    assert "files deep" in skipped.reason


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, "bomb.zip", zip_of({"a.txt": b"0" * 100_000_000}))
    (skipped,) = corpus.skipped
    assert skipped.reason == "it would unpack to 95 MB"


def test_an_entry_with_a_password_is_told(tmp_path: Path) -> None:
    buffer = io.BytesIO(zip_of({"a.md": "secret", "b.md": "open"}))
    with zipfile.ZipFile(buffer) as archive:
        offset = archive.getinfo("a.md").header_offset
    data = bytearray(buffer.getvalue())
    data[offset + 6] |= 1  # the bit that says so, here and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    corpus = corpus_of(tmp_path, "a.zip", bytes(data))
    assert [d.path for d in corpus.documents] == ["a.zip/b.md", "good.md"]
    assert [file.reason for file in corpus.skipped] == ["1 entry protected or damaged"]
