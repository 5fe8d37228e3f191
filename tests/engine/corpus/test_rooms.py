"""Several folders, files and patterns are one room."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pytest

import parallel_nb as pnb
from parallel_nb import engine_home
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.connection.frames import written_documents
from parallel_nb.connection.launcher import stop_engine
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.walk import walk

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    for name in ("a/leases/x.md", "b/leases/y.md", "mails/1.eml", "mails/deep/2.eml", "z.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Subject: {path.stem}\n\nThe text of {name}.")
    return tmp_path


def test_each_file_is_called_by_its_source_and_read_once(places: Path) -> None:
    sources: list[str | Path] = [
        places / "a" / "leases",
        str(places / "b" / "leases"),
        f"{places}/mails/**/*.eml",
        places / "z.txt",
        places / "mails" / "1.eml",
    ]
    room = engine_home.resolve_documents(sources)
    assert room is not None
    assert engine_home.resolve_documents(sources) == room
    corpus = load_corpus(room)
    assert corpus.name == "leases, mails and 1 more"
    assert [document.url for document in corpus.documents] == [
        "file:leases/x.md",
        "file:leases%20%282%29/y.md",
        "file:mails/1.eml",
        "file:mails/deep/2.eml",
        f"file:{places.name}/z.txt",
    ]
    before = walk(room).fingerprint
    (places / "mails" / "3.eml").write_text("Subject: new\n\nA new one.")
    assert walk(room).fingerprint != before


def test_one_file_or_one_pattern_is_a_room_too(places: Path) -> None:
    for documents in (places / "z.txt", f"{places}/*.txt", [f"{places}/z.txt"]):
        room = engine_home.resolve_documents(documents)
        assert [d.title for d in load_corpus(room).documents] == ["z"]
    assert engine_home.resolve_documents([places / "mails"]) == places / "mails"


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (["nowhere"], "'nowhere' among the documents does not exist"),
        (["*.nothing"], "matches no file"),
        ([], "names 0 folders"),
    ],
)
def test_a_source_that_is_not_there_is_named(
    places: Path, sources: list[str], problem: str
) -> None:
    with pytest.raises(ConnectionProblem, match=problem):
        engine_home.resolve_documents(sources)


def test_a_person_connects_to_several_sources(places: Path) -> None:
    sources = [places / "a" / "leases", places / "mails"]
    try:
        connection = pnb.connect("embedded", documents=sources)
        assert connection.label == "embedded: leases, mails, 3 documents"
        assert pnb.documents()["path"].tolist() == [
            "leases/x.md",
            "mails/1.eml",
            "mails/deep/2.eml",
        ]
    finally:
        pnb.disconnect()
        stop_engine(sources)


def test_a_table_of_documents_is_a_room_and_the_same_table_the_same(places: Path) -> None:
    pages = pd.DataFrame(
        {"title": ["Acme", "Bolt"], "text": ["Acme makes anvils.", "Bolt makes screws."]}
    )
    # texts as Python's own, which may hold what no file can
    other = pd.DataFrame({"title": ["A"], "text": ["A. \ud800"]}, dtype=object)
    try:
        connection = pnb.connect(documents=pages)
        assert connection.label == "embedded: DataFrame, 2 documents"
        assert pnb.search("screws").df["title"].tolist() == ["Bolt"]
        again = pnb.connect(documents=pl.DataFrame(pages.to_dict("list")))
        assert again.identity == connection.identity
        both = written_documents([places / "mails", other])
        assert both is not None
        assert load_corpus(engine_home.resolve_documents(both)).name == "mails, DataFrame"
    finally:
        pnb.disconnect()
        stop_engine(written_documents(pages))


@pytest.mark.parametrize(
    ("documents", "problem"),
    [
        (pd.DataFrame({"title": ["a"], "body": ["b"]}), "1 rows and the columns: title, body"),
        (pd.DataFrame({"title": [], "text": []}), "0 rows"),
        (7, "of type int"),
        ([7], "of type int"),
    ],
)
def test_what_is_no_table_of_documents_is_refused_before_anything_starts(
    documents: object, problem: str
) -> None:
    with pytest.raises(ConnectionProblem, match=problem):
        pnb.connect("embedded", documents=documents)


@pytest.mark.skipif(sys.platform == "win32", reason="links are of Unix")
def test_linked_folders_are_read_once_and_those_outside_are_told(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "leases").mkdir(parents=True)
    (room / ".store" / "old").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    for path in (room / "leases" / "a.md", room / ".store/old/b.md", tmp_path / "elsewhere/c.md"):
        path.write_text(f"The text of {path.name}.")
    (room / "again").symlink_to("leases")
    (room / "archive").symlink_to(room / ".store" / "old")
    (room / "round").symlink_to(room)
    (room / "outside").symlink_to(tmp_path / "elsewhere")
    corpus = load_corpus(room)
    assert [document.path for document in corpus.documents] == ["leases/a.md", "archive/b.md"]
    (skipped,) = corpus.skipped
    assert skipped.path == "outside"
    assert "name it among the documents" in skipped.reason
    before = walk(room).state
    (room / ".store/old/new.md").write_text("New.")
    assert walk(room).state != before
