"""A journal that cannot be read is told in one message with its remedy, and kept."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.errors import ConnectionProblem, ParallelError
from parallel_nb.job import archive, attach, plan
from parallel_nb.job.archive import list_jobs
from parallel_nb.job.journal import Journal, open_journal
from parallel_nb.job.journal.sqlite_file import SqliteFile
from parallel_nb.settings import Settings
from tests.job.jobs_helpers import FIELDS, PROMPT, ask, assert_right, companies, connect_to
from tests.job.journals import connection_of
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of two jobs of some size."""
    home = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch, GroupsService().serve() as service:
        patch.setenv("PARALLEL_NB_HOME", str(home))
        ask(service, 40)
        ask(service, companies(60)[::2].reset_index(drop=True))
        open_journal(Settings(home=home)).close()
    return home / "journal.sqlite3"


def alter(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(statement)


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "something of mine").write_text("x")


def be_another_programs(path: Path) -> None:
    path.write_bytes(b"")
    alter(path, "CREATE TABLE jobs(x); CREATE TABLE cookies(y)")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "half is missing": lambda path: os.truncate(path, path.stat().st_size // 2),
    "the end is missing": lambda path: os.truncate(path, path.stat().st_size - 100),
    "all but a few bytes are missing": lambda path: os.truncate(path, 60),
    "the first page alone": lambda path: os.truncate(path, 4096),
    "the head is overwritten": lambda path: overwrite(path, 0, b"\0" * 100),
    "it is text": lambda path: path.write_text("not a database\n" * 300),
    "all but the head is overwritten": lambda path: overwrite(
        path, 100, os.urandom(path.stat().st_size - 100)
    ),
    "no table of jobs": lambda path: alter(path, "DROP TABLE jobs"),
    "no table of runs": lambda path: alter(path, "DROP TABLE runs"),
    "no marks": lambda path: alter(path, "DROP TABLE expiring_jobs"),
    "a column is missing": lambda path: alter(path, "ALTER TABLE jobs DROP COLUMN policy"),
    "a column too many": lambda path: alter(path, "ALTER TABLE jobs ADD COLUMN more"),
    "another program's": be_another_programs,
    "tables of before the first version": lambda path: alter(path, "PRAGMA user_version = 0"),
    "a version below zero": lambda path: alter(path, "PRAGMA user_version = -3"),
    "a folder": make_folder,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_is_told_and_kept_and_the_next_call_works(
    whole: Path, home: Path, damage: str
) -> None:
    path = home / "journal.sqlite3"
    home.mkdir()
    shutil.copy(whole, path)
    DAMAGES[damage](path)
    before = path.read_bytes() if path.is_file() else None
    with GroupsService().serve() as service:
        with pytest.raises(ConnectionProblem, match="is damaged") as caught:
            list_jobs()
        assert "asked, and paid, again" in caught.value.remedy
        assert str(path) in caught.value.message
        (aside,) = home.glob("journal.damaged-*.sqlite3")
        assert aside.name in caught.value.message
        if before is None:
            assert (aside / "something of mine").exists()
        else:
            assert aside.read_bytes() == before
        assert list_jobs().empty
        assert_right(ask(service, 5).df, 5)


def test_a_journal_that_is_damaged_while_it_is_used_is_told_in_the_same_way(
    home: Path,
) -> None:
    with GroupsService().serve() as service:
        job = ask(service, 20)
        path = home / "journal.sqlite3"
        overwrite(path, 24, b"\xff" * (path.stat().st_size - 24))
        with pytest.raises(ParallelError) as caught:
            list_jobs()
        assert "damaged" in caught.value.message
        assert [p for p in home.iterdir() if "damaged" in p.name]
        assert list_jobs().empty
        assert_right(ask(service, 20).df, 20)
        taken_up = attach(str(job.group_id), connection=connect_to(service))
        assert taken_up.df["leader"].notna().all()


def read_all(home: Path) -> None:
    """All that reads a journal, without a service."""
    journal = Journal(SqliteFile(home / "journal.sqlite3"))
    try:
        for record in journal.jobs():
            journal.counts()
            journal.latest([key for _, key, _ in journal.questions(record.id)])
            list(journal.all_inputs(record.id))
    finally:
        journal.close()
    list_jobs()
    for record in open_journal(Settings(home=home)).jobs():
        archive.read_answers(record)
        archive.read_answers(record, basis=True)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_never_show_a_librarys_error(whole: Path, home: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    home.mkdir()
    path = home / "journal.sqlite3"
    data = bytearray(whole.read_bytes())
    for _ in range(chance.choice((1, 3, 30, 300))):
        data[chance.randrange(chance.choice((100, 5000, len(data))))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    try:
        read_all(home)
    except ParallelError as error:
        assert error.remedy  # noqa: PT017 - it need not be raised
    kept = [p for p in home.iterdir() if p.is_file()]
    assert any(p.stat().st_size >= len(data) for p in kept)


@pytest.mark.parametrize("column", ["spec", "layout", "skipped", "policy"])
@pytest.mark.parametrize("value", ["x'ff'", "'{'", "x'7b7d'", "'[1,'", "'[\"a\"]'"])
def test_a_damaged_value_of_a_job_is_told_and_leaves_the_other_jobs(
    whole: Path, home: Path, column: str, value: str
) -> None:
    home.mkdir()
    shutil.copy(whole, home / "journal.sqlite3")
    first = "(SELECT id FROM jobs ORDER BY created LIMIT 1)"
    alter(
        home / "journal.sqlite3",
        f"UPDATE jobs SET {column} = CAST({value} AS BLOB) WHERE id = {first}",  # noqa: S608
    )
    assert len(list_jobs()) == 2
    newer, older = open_journal(Settings(home=home)).jobs()
    assert len(archive.read_answers(newer)) == 30
    try:
        archive.read_answers(older)
    except ParallelError as error:
        assert "damaged" in error.message  # noqa: PT017 - some values are not read here


def test_a_full_disk_a_lock_and_a_missing_right_are_no_damage(
    whole: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    path = home / "journal.sqlite3"
    shutil.copy(whole, path)
    monkeypatch.setattr("parallel_nb.job.journal.schema._BUSY_SECONDS", 0.2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ConnectionProblem, match="locked"):
            list_jobs()
    journal = open_journal(Settings(home=home))
    connection_of(journal).execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096}")
    with GroupsService().serve() as service, pytest.raises(ParallelError, match="full"):
        ask(service, 2000, fresh=True)
    assert [p.name for p in home.iterdir() if "damaged" in p.name] == []
    assert len(list_jobs()) >= 2


def test_a_home_that_is_a_file_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("x")
    with pytest.raises(ConnectionProblem, match="cannot be opened"):
        list_jobs()


def test_planning_names_a_damaged_journal_before_anything_is_sent(whole: Path, home: Path) -> None:
    home.mkdir()
    shutil.copy(whole, home / "journal.sqlite3")
    overwrite(home / "journal.sqlite3", 0, b"x" * 50)
    with GroupsService().serve() as service:
        arguments: dict[str, Any] = {"output": FIELDS, "connection": connect_to(service)}
        with pytest.raises(ConnectionProblem, match="damaged"):
            plan(companies(3), PROMPT, **arguments)
        assert not service.runs
