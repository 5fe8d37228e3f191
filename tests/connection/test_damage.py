"""An engine's folder in which something cannot be read: told in one message, and kept."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from parallel_nb import engine_home
from parallel_nb.api.errors import ConnectionProblem
from parallel_nb.connection import launcher
from parallel_nb.engine.keys import stored_key
from parallel_nb.engine.serve import STORE, _open_store
from parallel_nb.engine.store.sqlite_file import SqliteFile
from parallel_nb.engine.store.tables import NewRun
from parallel_nb.engine.store.write import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of the engine for `folder`, which ends with the test."""
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    made = engine_home.home_of(folder)
    made.mkdir(parents=True)
    yield made
    launcher.stop_engine(folder)


def fill(path: Path, runs: int = 300) -> None:
    store = Store(SqliteFile(path))
    store.create_group(None).result(30)
    added = store.add_runs(1, [NewRun("base", b'{"input":"x"}') for _ in range(runs)]).result(30)
    for run_id in added.ids:
        store.finish(run_id, "completed", output=b"x" * 500)
    store.close()


def alter(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statement)


def shorten_to(path: Path, size: int) -> None:
    os.truncate(path, size)


def scramble(path: Path, start: int) -> None:
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(os.urandom(path.stat().st_size - start))


def make_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "something of mine").write_text("x")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "half is missing": lambda path: shorten_to(path, path.stat().st_size // 2),
    "the first page alone": lambda path: shorten_to(path, 4096),
    "a few bytes": lambda path: shorten_to(path, 50),
    "scrambled": lambda path: scramble(path, 0),
    "scrambled behind the head": lambda path: scramble(path, 100),
    "text": lambda path: path.write_text("no database\n" * 100),
    "no runs": lambda path: alter(path, "DROP TABLE runs"),
    "no outputs": lambda path: alter(path, "DROP TABLE outputs"),
    "other columns": lambda path: alter(path, "ALTER TABLE runs DROP COLUMN warnings"),
    "another program's": lambda path: alter(path, "PRAGMA user_version = 0"),
    "a folder": make_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_store_is_told_and_kept_and_the_next_one_works(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / STORE
    fill(path)
    DAMAGES[damage](path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ConnectionProblem, match=r"The engine's data .* is damaged") as caught:
        _open_store(path, 90)
    assert "at no cost" in caught.value.remedy
    (aside,) = tmp_path.glob("runs.damaged-*.sqlite3")
    assert aside.name in str(caught.value)
    assert before is None or aside.read_bytes() == before
    _open_store(path, 90).close()


def test_who_starts_an_engine_is_told_of_its_damage_and_the_next_start_works(
    home: Path, folder: Path
) -> None:
    fill(home / STORE)
    DAMAGES["half is missing"](home / STORE)
    with pytest.raises(ConnectionProblem, match=r"The engine's data .* is damaged") as caught:
        launcher.ensure_engine(folder)
    assert "Traceback" not in str(caught.value)
    assert "at no cost" in caught.value.remedy
    assert launcher.ensure_engine(folder).started


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_of_a_store_are_no_traceback(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    path = tmp_path / STORE
    fill(path)
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 10, 300))):
        data[chance.randrange(chance.choice((100, 5000, len(data))))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    try:
        _open_store(path, 90).close()
    except ConnectionProblem as error:
        assert error.remedy  # noqa: PT017 - some flips do no harm
    assert any(p.stat().st_size >= len(data) for p in tmp_path.iterdir())


IN_THE_WAY = [
    engine_home.KEY_FILE,
    engine_home.DISCOVERY,
    engine_home.ENGINE_LOCK,
    engine_home.START_LOCK,
    engine_home.START_LOG,
    "engine.log",
]


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_a_folder_in_the_place_of_a_file_is_put_aside_or_told(
    home: Path, folder: Path, name: str
) -> None:
    make_folder(home / name)
    try:
        engine = launcher.ensure_engine(folder)
    except ConnectionProblem as error:
        assert name in str(error)  # noqa: PT017 - one or the other
        (home / name / "something of mine").unlink()
        (home / name).rmdir()
        engine = launcher.ensure_engine(folder)
    else:
        (aside,) = home.glob(f"{name.partition('.')[0]}.damaged-*")
        assert (aside / "something of mine").exists()
    assert engine.started


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe\0", b"a b\nc", b"short", b"x" * 10_000, "schlüssel".encode() * 4]
)
def test_a_damaged_key_is_made_anew(tmp_path: Path, text: bytes) -> None:
    (tmp_path / engine_home.KEY_FILE).write_bytes(text)
    key = stored_key(tmp_path)
    assert key.encode() != text
    assert stored_key(tmp_path) == key


def test_an_engine_with_a_damaged_key_is_connected_to_with_the_new_one(
    home: Path, folder: Path
) -> None:
    (home / engine_home.KEY_FILE).write_bytes(b"\xff\xfe\0")
    engine = launcher.ensure_engine(folder)
    assert engine.documents == 3
    assert engine.key == (home / engine_home.KEY_FILE).read_text()


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"\xff", b"\0", b'{"url": 1}', b'{"port": "x"}', b"[" * 100_000,
     b'{"url": "http://x", "host": "x", "port": "y"}', b'{"url": "\xff"}'],
)  # fmt: skip
def test_a_damaged_discovery_file_is_as_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / engine_home.DISCOVERY).write_bytes(text)
    assert engine_home.read_discovery(tmp_path) is None


def test_an_engine_is_found_again_or_anew_where_its_discovery_file_is_damaged(
    home: Path, folder: Path
) -> None:
    (home / engine_home.DISCOVERY).write_bytes(b"{")
    assert launcher.ensure_engine(folder).started
    assert not launcher.ensure_engine(folder).started
    (home / engine_home.DISCOVERY).write_bytes(b"{")  # while it runs
    assert launcher.ensure_engine(folder).documents == 3
