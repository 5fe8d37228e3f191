"""Files are read in guarded processes; nothing in one ends or holds up the others."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import pytest

from parallel_nb.engine.corpus import extraction
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.extraction import Limits, RoomFile
from parallel_nb.engine.corpus.extraction_cache import FILE
from parallel_nb.engine.corpus.formats import FORMATS
from tests.engine.corpus.hostile_worker import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from parallel_nb.engine.corpus.formats import Extracted

PAGE = "<h1>Acme</h1><p>Acme was founded in 1999."


def test_a_file_that_hangs_grows_or_crashes_its_reader_is_listed_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extraction, "WORKER", "tests.engine.corpus.hostile_worker")
    for suffix, known in HOSTILE.items():
        monkeypatch.setitem(FORMATS, suffix, known)
        (tmp_path / f"bad{suffix}").write_text("x")
    for number in range(5):
        (tmp_path / f"{number}.html").write_text(PAGE)
        (tmp_path / f"z{number}.html").write_text(PAGE)
    began = time.monotonic()
    corpus = load_corpus(tmp_path, limits=Limits(seconds=3, memory=200_000_000))
    assert time.monotonic() - began < 30
    assert len(corpus.documents) == 10
    assert {skipped.path: skipped.reason for skipped in corpus.skipped} == {
        "bad.sleeps": "reading it took over 3 s",
        "bad.grows": "reading it took over 191 MB of memory",
        "bad.dies": "its reader has crashed on it",
    }
    mine = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not [command for command in mine if "hostile_worker" in command]


def test_only_what_has_changed_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, cache = tmp_path / "room", tmp_path / "cache"
    room.mkdir()
    for name in ("a", "b", "c"):
        (room / f"{name}.html").write_text(PAGE.replace("Acme", name))
    first = load_corpus(room, cache)
    (room / "b.html").write_text(PAGE.replace("1999", "2001"))
    (room / "c.html").unlink()
    read: list[str] = []
    extract_files = extraction.extract_files

    def counted(files: Iterable[RoomFile], limits: Limits | None) -> Iterator[Extracted]:
        chosen = list(files)
        read.extend(file.name for file in chosen)
        return extract_files(chosen, limits)

    monkeypatch.setattr("parallel_nb.engine.corpus.documents.extract_files", counted)
    second = load_corpus(room, cache)
    assert read == ["b.html"]
    assert second.documents[0] == first.documents[0]
    assert "2001" in second.documents[1].text
    assert load_corpus(room, cache) == second
    assert read == ["b.html"]


@pytest.mark.parametrize("damage", [b"", b"no database", os.urandom(10_000)])
def test_a_damaged_cache_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    room, cache = tmp_path / "room", tmp_path / "cache"
    room.mkdir()
    (room / "a.html").write_text(PAGE)
    first = load_corpus(room, cache)
    (kept,) = cache.glob(f"*{FILE}")
    kept.write_bytes(damage)
    assert load_corpus(room, cache) == first
    assert load_corpus(room, cache) == first
