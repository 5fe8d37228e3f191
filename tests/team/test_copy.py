"""A person's journal goes into a team's, and back, and nothing is lost on the way."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.cli import main
from parallel_nb.job.journal import Journal, RunOutcome, journal_at
from parallel_nb.job.journal.copying import copy_journal
from parallel_nb.job.journal.sqlite_file import SqliteFile
from tests.job.jobs_helpers import ask
from tests.job.test_journal import record
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Opener = Callable[[], Journal]


def answers(journal: Journal, job_id: str) -> list[tuple[object, ...]]:
    return [(a.position, a.key, a.state, a.run_id, a.output) for a in journal.answers(job_id)]


def test_a_journal_goes_there_and_back(
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with GroupsService(fails=lambda run: "7" in str(run.input)).serve() as service:
        with monkeypatch.context() as alone:
            alone.delenv("PARALLEL_NB_JOURNAL")
            ask(service, 30)
            ask(service, 50)
        file = tmp_path / "home" / "journal.sqlite3"
        assert main(["journal", "copy", str(file), address]) == 0
        assert "2 jobs copied, 0 were there already" in capsys.readouterr().out
        assert main(["journal", "copy", str(file), address]) == 0
        assert "were there already" in capsys.readouterr().out
        back = tmp_path / "back.sqlite3"
        assert main(["journal", "copy", address, str(back)]) == 0
        assert ask(service, 50).progress.reused >= 40
    first, last = journal_at(str(file)), journal_at(str(back))
    for job in first.jobs():
        assert answers(first, job.id) == answers(last, job.id)
        assert list(first.all_inputs(job.id)) == list(last.all_inputs(job.id))
    assert first.bills().items() <= last.bills().items()


def test_two_answers_to_one_question_are_both_kept(
    tmp_path: Path, open_team_journal: Opener
) -> None:
    mine, team = Journal(SqliteFile(tmp_path / "j.sqlite3")), open_team_journal()
    for journal, job in ((mine, "mine"), (team, "team")):
        journal.create_job(record(job), [(0, "key", None, "key", b"1")])
        journal.claim(job, "tgrp", "h/1/x", {"key": 0})
        journal.finish([RunOutcome("key", 1, f"run of {job}", "completed", job.encode())])
    for _ in range(2):
        copy_journal(mine, team)
        assert [a.output for a in team.answers("mine")] == [b"mine"]
        assert [a.output for a in team.answers("team")] == [b"team"]
    assert team.bills() == {"mine": (1, 0), "team": (1, 0)}


def test_what_single_runs_carry_is_copied_also_where_an_earlier_version_wrote_it(
    tmp_path: Path, open_team_journal: Opener
) -> None:
    file, team = SqliteFile(tmp_path / "j.sqlite3"), open_team_journal()
    mine = Journal(file)
    extras = {0: rb'{"metadata":{"said":"\"yes\""}}', 1: b'{"previous_run_id":"trun_1"}'}
    rows = [(at, f"key {at}", None, "label", b"1") for at in extras]
    mine.create_job(record("job"), rows, extras)
    file.connection.execute("UPDATE questions SET extras = CAST(extras AS TEXT) WHERE position = 0")
    assert mine.extras("job") == extras
    copy_journal(mine, team)
    assert team.extras("job") == extras


def test_a_copy_that_was_cut_off_goes_on(tmp_path: Path, open_team_journal: Opener) -> None:
    mine, team = Journal(SqliteFile(tmp_path / "j.sqlite3")), open_team_journal()
    for number in range(4):
        job, key = f"job {number}", f"key {number}"
        mine.create_job(record(job, float(number)), [(0, key, None, key, b"1")])
        mine.claim(job, "tgrp", "h/1/x", {key: 0})
        mine.finish([RunOutcome(key, 1, f"run {number}", "completed", b"{}")])

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_journal(mine, team, on_job=stop)
    copied = copy_journal(mine, team)
    assert (copied.jobs, copied.known) == (2, 2)
    assert [job.id for job in team.jobs()] == [job.id for job in mine.jobs()]


def test_a_file_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match="no journal"):
        journal_at("nowhere/journal.sqlite3", must_exist=True)


@pytest.mark.parametrize("place", ["postgresql:/db/team", "postgresql+psycopg://a:secret@db/team"])
def test_an_address_that_is_none_is_no_file(place: str) -> None:
    with pytest.raises(InputError, match="neither a file nor") as told:
        journal_at(place)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("kind", ["folder", "text", "other database"])
def test_what_is_named_by_mistake_stays_where_it_is(tmp_path: Path, kind: str) -> None:
    named = tmp_path / "years of work.sqlite3"
    if kind == "folder":
        named.mkdir()
    elif kind == "text":
        named.write_text("years of work, and more than a hundred characters of it " * 4)
    else:
        with contextlib.closing(sqlite3.connect(named)) as other:
            other.execute("CREATE TABLE thesis(text)")
    for must_exist in (True, False):
        with pytest.raises(InputError, match="is no journal"):
            journal_at(str(named), must_exist=must_exist and kind != "folder")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("years")] == [
        named.name
    ]
    (tmp_path / "new.sqlite3").touch()
    assert journal_at(str(tmp_path / "new.sqlite3")).jobs() == []
