"""The keeper of a room: only what has changed is read, and the index is never wrong."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.engine.corpus import extraction
from parallel_nb.engine.corpus.documents import load_corpus
from parallel_nb.engine.corpus.library import LIBRARY
from parallel_nb.engine.http.documents import describe_documents
from parallel_nb.engine.index import keeper as keeper_module
from parallel_nb.engine.index.excerpts import Excerpts
from parallel_nb.engine.index.fulltext import Index
from parallel_nb.engine.index.keeper import RoomKeeper
from parallel_nb.engine.index.live import LiveIndex

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from parallel_nb.engine.corpus.documents import Document
    from parallel_nb.engine.corpus.formats import Extracted
    from parallel_nb.engine.corpus.walk import FoundFile

WORDS = "anvil rocket label zeppelin quarry lantern harbour cobalt thistle meadow".split()  # noqa: SIM905 - shorter


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "room"
    folder.mkdir()
    for name in ("a", "b", "c"):
        page = f"<h1>{name} Ltd</h1><p>{name} Ltd was founded in 1999.</p>"
        (folder / f"{name}.html").write_text(page)
    return folder


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read."""
    names: list[str] = []
    extract_files = extraction.extract_files

    def counted(files: Iterable[FoundFile], *, guard_all: bool) -> Generator[Extracted]:
        chosen = list(files)
        names.extend(file.name for file in chosen)
        return extract_files(chosen, guard_all=guard_all)

    monkeypatch.setattr(keeper_module, "extract_files", counted)
    return names


@contextmanager
def kept(folder: Path | None, directory: Path) -> Iterator[Index]:
    """The index after one look at the folder, as somebody else reads it."""
    keeper = RoomKeeper(folder, directory)
    keeper.update()
    keeper.stop()
    with closing(LiveIndex(keeper.directory)) as live:
        yield live.current()


def contents(index: Index) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """All that an index holds of its documents, whatever their numbers."""
    return sorted(
        (d.url, d.title, d.text, tuple(str(p) for p in index.corpus.passages_of(d.id)))
        for d in index.corpus.documents
    )


def answers(index: Index) -> list[list[tuple[str, tuple[str, ...]]]]:
    """All that searches find, whatever its order."""
    return [
        sorted((hit.document.url, hit.passages) for hit in index.search([word], limit=300))
        for word in WORDS
    ]


def excerpts(index: Index, document: Document, query: str) -> list[str]:
    chosen = Excerpts(index, [document], [query])
    return chosen.of(document, max_chars=3_000, max_chars_per_excerpt=1_500)


def test_what_is_kept_on_disk_answers_as_what_is_read_into_memory(tmp_path: Path) -> None:
    in_memory = Index.build(load_corpus())
    with kept(None, tmp_path) as on_disk:
        assert contents(on_disk) == contents(in_memory)
        for query in ("capital of Bhutan", "who founded Lego", "lightest metal", "moons of Saturn"):
            found, expected = (index.search([query], limit=8) for index in (on_disk, in_memory))
            assert [hit.document.url for hit in found] == [hit.document.url for hit in expected]
            assert [hit.passages for hit in found] == [hit.passages for hit in expected]
            for one, other in zip(found, expected, strict=True):
                assert excerpts(on_disk, one.document, query) == excerpts(
                    in_memory, other.document, query
                )


def test_only_what_has_changed_is_read_again(tmp_path: Path, room: Path, read: list[str]) -> None:
    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.update()
    before = keeper.index
    (room / "b.html").write_text("<p>b Ltd was founded in 2001, they say.</p>")
    (room / "c.html").unlink()
    (room / "d.md").write_text("Zeppelins.")
    del read[:]
    keeper.update()
    assert read == ["b.html", "d.md"]
    assert {d.path for d in keeper.index.corpus.documents} == {"a.html", "b.html", "d.md"}
    assert [hit.document.path for hit in keeper.index.search(["zeppelin"])] == ["d.md"]
    # who is still answering from the room as it was finds all that it has found before
    assert {hit.document.path for hit in before.search(["founded 1999"])} >= {"b.html", "c.html"}
    keeper.update()
    keeper.stop()
    assert read == ["b.html", "d.md"]
    with kept(room, tmp_path / "index") as index:
        assert contents(index) == contents(Index.build(load_corpus(room)))
    assert read == ["b.html", "d.md"]


def test_what_is_made_of_each_document_is_made_of_the_new_ones_alone(
    tmp_path: Path, room: Path
) -> None:
    made: list[str] = []

    def path_of(document: Document) -> str:
        made.append(document.path)
        return document.path

    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.update()
    assert keeper.index.of_each("paths", path_of) == ["a.html", "b.html", "c.html"] == made
    (room / "b.html").write_text("<p>b Ltd was founded in 2001, they say.</p>")
    (room / "c.html").unlink()
    keeper.update()
    assert keeper.index.of_each("paths", path_of) == ["a.html", "b.html"]
    assert made == ["a.html", "b.html", "c.html", "b.html"]
    keeper.stop()


def test_what_is_not_read_is_listed_and_not_tried_again(
    tmp_path: Path, room: Path, read: list[str]
) -> None:
    (room / "broken.pdf").write_bytes(b"%PDF-1.7")
    for expected in (["a.html", "b.html", "broken.pdf", "c.html"], []):
        del read[:]
        with kept(room, tmp_path / "index") as index:
            assert [file.path for file in index.corpus.skipped] == ["broken.pdf"]
        assert read == expected


def test_a_room_is_searched_while_it_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "_FIRST_AFTER", 0.05)
    monkeypatch.setattr(keeper_module, "_NEXT_AFTER", 0.05)
    room = tmp_path / "room"
    room.mkdir()
    for number in range(400):
        (room / f"{number:03}.md").write_text(f"# Company {number}\n\nIt makes anvils.\n" * 20)
    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.start()
    keeper.wait_until_readable(0.1)
    seen = set()
    while not keeper.has_ended(1, 0.02):
        if (progress := keeper.progress) and (found := len(keeper.index)):
            assert progress.files == 400
            assert len(keeper.index.search(["anvils"], limit=400)) <= found
            seen.add(found)
    assert len(seen) > 1
    assert len(keeper.index) == 400
    keeper.stop()


def test_a_folder_that_is_gone_or_empty_is_a_problem_and_comes_back(
    tmp_path: Path, room: Path, read: list[str]
) -> None:
    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.update()
    room.rename(tmp_path / "elsewhere")
    keeper.update()
    assert "does not exist" in str(keeper.problem)
    assert len(keeper.index) == 3  # it may be a disk that comes back
    del read[:]
    (tmp_path / "elsewhere").rename(room)
    keeper.update()
    assert not keeper.problem
    assert read == []
    for file in room.iterdir():
        file.unlink()
    keeper.update()
    keeper.stop()
    assert "no readable document" in str(keeper.problem)
    empty = RoomKeeper(room, tmp_path / "other")
    empty.start()
    with pytest.raises(ConnectionProblem, match="no readable document"):
        empty.wait_until_readable(1)
    empty.stop()


def test_a_fault_is_told_and_tried_again(
    tmp_path: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = RoomKeeper(room, tmp_path / "index")
    with monkeypatch.context() as patch:
        patch.setattr(keeper_module, "extract_files", lambda *_, **__: 1 / 0)
        keeper.start()
        with pytest.raises(ConnectionProblem, match="brought up to date: division by zero"):
            keeper.wait_until_readable(1)
    assert keeper.has_ended(keeper.look(), 60)
    assert not keeper.problem
    assert len(keeper.index) == 3
    keeper.stop()


@pytest.mark.parametrize("damage", [b"", b"no database", os.urandom(10_000)])
@pytest.mark.parametrize("what", [LIBRARY, "meta.json"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, room: Path, what: str, damage: bytes) -> None:
    with kept(room, tmp_path / "index") as index:
        expected = contents(index)
    (damaged,) = (tmp_path / "index").rglob(what)
    damaged.write_bytes(damage)
    for _ in range(2):
        with kept(room, tmp_path / "index") as index:
            assert contents(index) == expected
            assert len(index.search(["founded"])) == 3


def write_page(room: Path, number: int, chance: random.Random) -> None:
    words = chance.choices(WORDS, k=chance.randint(3, 40))
    (room / f"{number:03}.md").write_text(f"# Page {number}\n\n{' '.join(words)}.\n")


def change(room: Path, chance: random.Random) -> None:
    """Add, change and remove pages."""
    for _ in range(chance.randint(1, 40)):
        number = chance.randint(0, 150)
        if chance.random() < 0.3:
            (room / f"{number:03}.md").unlink(missing_ok=True)
        else:
            write_page(room, number, chance)


def expect_right(room: Path, directory: Path) -> None:
    """What is kept is what a new index of the same files is."""
    fresh = Index.build(load_corpus(room))
    with kept(room, directory) as index:
        assert contents(index) == contents(fresh)
        assert answers(index) == answers(fresh)


def test_many_changes_one_after_the_other_leave_what_a_new_index_has(tmp_path: Path) -> None:
    room, chance = tmp_path / "room", random.Random(5)  # noqa: S311 - a seeded test
    room.mkdir()
    for number in range(100):
        write_page(room, number, chance)
    for _ in range(6):
        change(room, chance)
        expect_right(room, tmp_path / "index")


_KEEP = """
import sys
from pathlib import Path
from parallel_nb.engine.index import keeper
keeper._FIRST_AFTER = keeper._NEXT_AFTER = 0.0
print("starts", flush=True)
keeper.RoomKeeper(Path(sys.argv[1]), Path(sys.argv[2])).update()
"""


def kill_and_check(tmp_path: Path, rounds: int, seed: int) -> int:
    """Change the room, kill its keeper at a random moment, and see that it goes on rightly."""
    room, chance = tmp_path / "room", random.Random(seed)  # noqa: S311 - a seeded test
    room.mkdir()
    for number in range(100):
        write_page(room, number, chance)
    killed = 0
    for _ in range(rounds):
        change(room, chance)
        command = [sys.executable, "-c", _KEEP, str(room), str(tmp_path / "index")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.random() * 0.4)
            process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
            killed += process.wait() < 0
        if chance.random() < 0.5:
            change(room, chance)
        expect_right(room, tmp_path / "index")
    return killed


def test_a_keeper_that_is_killed_at_any_moment_leaves_no_wrong_index(tmp_path: Path) -> None:
    assert kill_and_check(tmp_path, 6, seed=1) > 0


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_keeper_is_killed_two_hundred_times(tmp_path: Path) -> None:
    assert kill_and_check(tmp_path, 200, seed=2) > 100


def test_what_is_kept_tells_duplicates_and_files_as_in_memory(room: Path, tmp_path: Path) -> None:
    (room / "again.html").write_text((room / "a.html").read_text())
    with kept(room, tmp_path / "index") as index:
        on_disk, in_memory = index.corpus, load_corpus(room)
        assert describe_documents(on_disk) == describe_documents(in_memory)
        states = {d.path: d.file_state for d in in_memory.documents}
        assert {head.path: head.file_state for head in on_disk.heads()} == states
        found = [hit.document.path for hit in index.search(["when was a Ltd founded"])]
        assert sorted(found) == ["a.html", "b.html", "c.html"]


def test_files_are_read_again_once_a_package_has_come_that_reads_them(
    room: Path, tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    monkeypatch.setattr(keeper_module, "_EXTRAS", ("no_such_package",))
    with kept(room, tmp_path / "index"), kept(room, tmp_path / "index"):
        assert read == ["a.html", "b.html", "c.html", "old.doc"]
    monkeypatch.setattr(keeper_module, "_EXTRAS", ("no_such_package", "msgspec"))
    with kept(room, tmp_path / "index"), kept(room, tmp_path / "index") as index:
        assert read[4:] == ["old.doc"]
        assert len(index) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="links are of Unix")
def test_a_link_that_leads_out_is_told_while_no_file_changes(room: Path, tmp_path: Path) -> None:
    keeper = RoomKeeper(room, tmp_path / "index")
    keeper.update()
    assert len(keeper.index.corpus.skipped) == 0
    (room / "outside").symlink_to(tmp_path)
    keeper.update()
    assert [file.path for file in keeper.index.corpus.skipped] == ["outside"]
    keeper.stop()
