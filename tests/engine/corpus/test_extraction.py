"""Files are read in guarded processes; nothing in one ends or holds up the others."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]  # it has no types of its own

from parallel_nb.engine.corpus import extraction
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.extraction import Limits
from parallel_nb.engine.corpus.formats import FORMATS
from tests.engine.corpus.hostile_worker import HOSTILE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
    corpus = load_corpus(tmp_path, limits=Limits(seconds=6, memory=200_000_000))
    assert time.monotonic() - began < 100
    assert len(corpus.documents) == 10
    assert {skipped.path: skipped.reason for skipped in corpus.skipped} == {
        "bad.sleeps": "reading it took over 6 s",
        "bad.grows": "reading it took over 191 MB of memory",
        "bad.dies": "its reader has crashed on it",
    }
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.NoSuchProcess):  # a zombie is one that has ended
            assert "hostile_worker" not in " ".join(child.cmdline())
