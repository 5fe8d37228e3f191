"""The room of many engines: one reads the documents, all answer from the same finished index."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import fsspec
import pytest

from parallel_nb.api.errors import ConnectionProblem, InputError, ParallelError
from parallel_nb.engine import many
from parallel_nb.engine.board import StoreBoard, check_documents
from parallel_nb.engine.corpus.mirror import Mirror
from parallel_nb.engine.index.exchange import VERSION, Exchange
from parallel_nb.engine.index.keeper import RoomKeeper
from parallel_nb.engine.index.live import LiveIndex
from parallel_nb.engine.index.shared_room import SharedRoom
from parallel_nb.engine.serve import ServeOptions, serve
from parallel_nb.engine.store.postgres import PostgresServer
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parallel_nb.engine.store.shared import SharedStore
    from tests.engine_process import EngineProcess

WAIT = 40.0


@pytest.fixture
def bucket(folder: Path) -> Iterator[str]:
    """The small folder in a bucket, which this process alone can reach."""
    files = fsspec.filesystem("memory")
    for path in folder.iterdir():
        files.pipe_file(f"/bucket/room/{path.name}", path.read_bytes())
    yield "/bucket/room"
    files.rm("/bucket", recursive=True)


@pytest.fixture
def open_room(address: str, tmp_path: Path, bucket: str) -> Iterator[Callable[[], SharedRoom]]:
    """Opens the room of one more engine, each with a folder of its own."""
    opened: list[SharedRoom] = []
    servers: list[PostgresServer] = []

    def another() -> SharedRoom:
        servers.append(PostgresServer(address, 30))
        home = tmp_path / f"room-{len(opened)}"
        files = fsspec.filesystem("memory")
        mirror = Mirror(files, bucket, home / "documents")
        board = StoreBoard(servers[-1], VERSION)
        exchange = Exchange(files, "/bucket/room-index")
        room = SharedRoom(mirror.folder, home / "index", exchange, board, mirror)
        opened.append(room)
        room.start()
        return room

    yield another
    for room in opened:
        room.stop()
    for server in servers:
        server.close()


def titles(room: SharedRoom | RoomKeeper | LiveIndex) -> set[str]:
    index = room.current() if isinstance(room, LiveIndex) else room.index
    return {document.title for document in index.corpus.documents}


def test_every_engine_follows_what_one_of_them_reads(
    open_room: Callable[[], SharedRoom], bucket: str
) -> None:
    first = open_room()
    wait_for(lambda: len(first.index) == 3, what="the documents", within=WAIT)
    second = open_room()
    wait_for(lambda: len(second.index) == 3, what="the copy", within=WAIT)
    workers = LiveIndex(second.directory)  # as a worker process has it
    assert titles(workers) == {"Alpha Corp", "Beta Ltd", "Gamma Office"}
    assert workers.current().search(["chief executive Ada Byron"])[0].document.title == "Alpha Corp"
    assert second._making is None
    assert first.progress is None

    files = fsspec.filesystem("memory")
    files.pipe_file(f"{bucket}/sub/delta.md", b"---\ntitle: Delta GmbH\n---\nFounded in 1950.\n")
    files.rm_file(f"{bucket}/beta.md")
    look = second.look()
    assert wait_for(lambda: second.has_ended(look, 1.0), what="the look", within=WAIT)
    news = {"Alpha Corp", "Gamma Office", "Delta GmbH"}
    assert titles(second) == titles(workers) == news
    assert second.fingerprint == first.fingerprint
    workers.close()

    first.stop()  # another engine goes on, from the index that is there
    files.pipe_file(f"{bucket}/eta.md", b"---\ntitle: Eta AG\n---\nFounded in 1960.\n")
    look = second.look()
    assert wait_for(lambda: second.has_ended(look, 1.0), what="the look", within=WAIT)
    assert titles(second) == news | {"Eta AG"}
    numbers = {document.title: document.id for document in second.index.corpus.documents}
    assert numbers["Eta AG"] > max(numbers[title] for title in news)


def test_engines_recover_when_another_has_led_and_when_the_index_is_deleted(
    open_room: Callable[[], SharedRoom], bucket: str
) -> None:
    files = fsspec.filesystem("memory")
    rooms = [open_room(), open_room()]

    def all_have(number: int) -> bool:
        return all(len(room.index) == number for room in rooms)

    wait_for(lambda: all_have(3), what="the copies", within=WAIT)
    (leader,) = [room for room in rooms if room._making]
    leader._board.close()  # its connection was cut; perhaps another is the first to take the lead
    files.pipe_file(f"{bucket}/eta.md", b"---\ntitle: Eta AG\n---\nFounded in 1960.\n")
    wait_for(lambda: all_have(4), what="the new document", within=WAIT)
    numbers = {document.id for document in rooms[0].index.corpus.documents}

    files.rm("/bucket/room-index", recursive=True)
    for room in rooms:
        if room._making is not None:
            room._making.mark_saved("what another engine has put")
    files.pipe_file(f"{bucket}/iota.md", b"---\ntitle: Iota\n---\nFounded in 1961.\n")
    wait_for(lambda: all_have(5), what="a new index", within=WAIT)
    for room in rooms:
        assert {"Eta AG", "Iota"} < titles(room)
        assert not numbers & {document.id for document in room.index.corpus.documents}


def test_only_what_is_new_of_an_index_is_put_and_what_is_old_goes(tmp_path: Path) -> None:
    folder = tmp_path / "room"
    folder.mkdir()
    files = fsspec.filesystem("file")
    exchange = Exchange(files, str(tmp_path / "index"))
    keeper = RoomKeeper(folder, tmp_path / "making")
    copy = RoomKeeper(folder, tmp_path / "copy")
    names = []
    for number in range(5):
        (folder / f"{number}.md").write_text(f"# Firm {number}\n\nFounded in {1900 + number}.\n")
        keeper.update()
        names.append(exchange.put(keeper, tmp_path / "working"))
        assert keeper.is_saved
        exchange.remove_old(names[-1])
        exchange.fetch(names[-1], copy, tmp_path / "working")
        assert titles(copy) == {f"Firm {n}" for n in range(number + 1)}
        assert copy.index.search([f"founded {1900 + number}"])[0].document.title == f"Firm {number}"
    kept = {path.name for path in (tmp_path / "index" / VERSION).iterdir()}
    assert kept == {"files", *names[-3:]}
    with pytest.raises(OSError, match=names[0]):
        exchange.fetch(names[0], copy, tmp_path / "working")
    assert len(titles(copy)) == 5
    keeper.stop()
    copy.stop()


def test_a_mirror_is_the_bucket_and_never_leaves_its_folder(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    for name in ("a.md", "deep/b.md", "deep/c.md", ".hidden/x.md", "deep", "x/../../../evil.md"):
        files.store[f"/hostile/room/{name}"] = files.store.get("none") or _memory_file(files, name)
    mirror = Mirror(files, "/hostile/room", tmp_path / "here")
    mirror.update()

    def present() -> set[str]:
        found = (path for path in mirror.folder.rglob("*") if path.is_file())
        return {path.relative_to(mirror.folder).as_posix() for path in found}

    assert "a.md" in present()
    assert not any("evil" in path.name or "x.md" in path.name for path in tmp_path.rglob("*"))
    moment = (mirror.folder / "a.md").stat().st_mtime_ns
    mirror.update()
    assert (mirror.folder / "a.md").stat().st_mtime_ns == moment
    other = Mirror(files, "/hostile/room", tmp_path / "there")
    other.fetch("a.md/member.txt")  # what stands in an archive is in its file
    assert (other.folder / "a.md").stat().st_mtime_ns == moment
    files.rm_file("/hostile/room/a.md")
    mirror.update()
    assert "a.md" not in present()
    files.rm("/hostile", recursive=True)


def _memory_file(files: Any, name: str) -> Any:
    files.pipe_file("/hostile/making", name.encode())
    return files.store.pop("/hostile/making")


def test_engines_with_other_documents_are_refused(address: str) -> None:
    server = PostgresServer(address, 30)
    check_documents(server, "s3://bucket/room")
    check_documents(server, "s3://bucket/room")
    with pytest.raises(ConnectionProblem, match="answer from s3://bucket/room, not"):
        check_documents(server, "s3://bucket/other")
    server.close()


def test_what_cannot_be_is_refused_with_a_remedy(
    open_store: Callable[..., SharedStore], folder: Path, tmp_path: Path
) -> None:
    store = open_store()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConnectionProblem, match="cannot be put into") as caught:
        many.open_room(str(folder), str(tmp_path / "file" / "index"), tmp_path / "home", store)
    assert "--index" in caught.value.remedy
    with pytest.raises(InputError, match="need documents"):
        many.open_room(None, None, tmp_path / "home", store)
    with pytest.raises(ParallelError, match="nowhere://bucket/room") as unknown:
        many.open_room("nowhere://bucket/room", None, tmp_path / "home", store)
    assert "s3://" in unknown.value.remedy
    with pytest.raises(InputError, match="no address of a PostgreSQL") as wrong:
        many.open_store("mysql://me:secret@db/room", 15, None)
    assert "secret" not in str(wrong.value)
    with pytest.raises(InputError, match="need one key"):
        serve(str(folder), options=ServeOptions(store="postgresql://db/room"))
    with pytest.raises(InputError, match="are for engines on one store"):
        serve("s3://bucket/room", api_key="key")


@pytest.mark.parametrize("missing", ["psycopg", "psycopg_pool"])
def test_a_missing_package_is_told_with_its_extra(missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = None; from parallel_nb.cli import main; "
        "sys.exit(main(['serve', '--store', 'postgresql://db/room', '--documents', '.']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PARALLEL_NB_SERVE_KEY": "key-of-the-test"},
        timeout=60,
        check=False,
    )
    assert "parallel-nb[team]" in ran.stderr, ran.stderr
    assert "Traceback" not in ran.stderr


def test_engines_in_processes_follow_a_folder_that_changes(
    start_engine: Callable[..., EngineProcess], folder: Path
) -> None:
    engines = [start_engine() for _ in range(2)]
    (folder / "zeta.md").write_text("---\ntitle: Zeta SA\n---\nZeta SA was founded in 1971.\n")
    for engine in reversed(engines):
        with engine.http() as http:
            asked = http.post("/engine/refresh").json()
            deadline = time.monotonic() + WAIT
            while not asked["is_read"] and time.monotonic() < deadline:
                asked = http.post("/engine/refresh", params={"look": asked["look"]}).json()
            assert asked["documents"] == 4, json.dumps(asked)
            run = {"input": "In which year was Zeta SA founded?", "processor": "base"}
            name = http.post("/v1/tasks/runs", json=run).json()["run_id"]
            output = http.get(f"/v1/tasks/runs/{name}/result").json()["output"]
            assert "1971" in json.dumps(output)
