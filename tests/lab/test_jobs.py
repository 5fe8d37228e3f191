"""The jobs that the panel lists: many of them, hostile words, a journal that cannot be read."""

from __future__ import annotations

import json
import sqlite3
import time
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.errors import ParallelError
from parallel_nb.job.journal import JobRecord, open_journal
from parallel_nb.lab.jobs import MOST_JOBS, list_jobs, variable_name
from parallel_nb.settings import Settings
from tests.linear import cpu_seconds

if TYPE_CHECKING:
    from pathlib import Path

MARKUP = "<img src=x onerror=alert(1)>\u202e\x1b[31m\n" + "long " * 400


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    return tmp_path


def write_job(home: Path, number: int, *, questions: int = 3, **values: Any) -> None:
    now = time.time()
    record = JobRecord(
        **{
            "id": f"job{number:04d}",
            "fingerprint": f"f{number}",
            "title": f"Job {number}",
            "connection": "embedded: sample documents",
            "identity": "embedded:sample",
            "processor": "base",
            "spec": None,
            "prompt": "Who?",
            "fresh": False,
            "group_id": f"tgrp_{number:04d}",
            "state": "done",
            "message": "",
            "rows": questions,
            "layout": None,
            "created": now + number,
            "changed": now,
        }
        | values
    )
    rows = [(n, f"key {number} {n}", None, f"row {n}", b"{}") for n in range(questions)]
    open_journal(Settings(home=home)).create_job(record, rows)


def test_among_five_hundred_jobs_the_newest_are_listed_and_all_are_found(home: Path) -> None:
    for number in range(500):
        write_job(home, number)
    seconds = cpu_seconds(list_jobs)
    listed = list_jobs()
    assert [len(listed["jobs"]), listed["jobs"][0]["title"]] == [MOST_JOBS, "Job 499"]
    assert listed["more"] == "and 300 older jobs; the search finds them"
    assert seconds < 2, f"{seconds:.2f} s"  # 0.07 s
    found = list_jobs("job 7")["jobs"]
    assert [job["title"] for job in found] == [f"Job {n}" for n in (*range(79, 69, -1), 7)]


def test_words_from_outside_are_short_and_harmless(home: Path) -> None:
    for state in ("done", "incomplete"):
        write_job(home, 1 + (state == "done"), title=MARKUP, connection=MARKUP, state=state)
    listed = list_jobs("ONERROR")["jobs"]
    assert len(listed) == 2
    for job in listed:
        assert job["title"].startswith("<img src=x onerror=alert(1)>")  # the panel escapes it
        assert len(job["title"]) <= 120
        assert not {"\u202e", "\x1b", "\n"} & set(json.dumps(job, ensure_ascii=False))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Slow ships, 2026", "slow_ships_2026"),
        ("2026: Z\u00fcrich", "z\u00fcrich"),
        ("Import", "import_answers"),
        ("List", "list_answers"),
        ("\ud55c\uad6d", "\ud55c\uad6d"),
        ("\u00b2 ?", "answers"),
        ("", "answers"),
        ("x" * 10_000, "x" * 30),
        ("A title of many words that is_ cut", "a_title_of_many_words_that_is"),
    ],
)
def test_answers_get_a_name_of_their_title_that_python_takes(title: str, name: str) -> None:
    assert variable_name(title) == name
    assert name.isidentifier()


def test_a_find_whose_request_is_damaged_is_listed_all_the_same(home: Path) -> None:
    write_job(home, 1, find=b"{", group_id="findall_1", rows=61)
    (job,) = list_jobs()["jobs"]
    assert (job["is_find"], job["counts"]) == (True, "0 matches of 61 seen")


def test_a_job_that_ended_early_says_why_and_what_to_do(home: Path) -> None:
    write_job(home, 1, state="incomplete", message="The engine does not answer.")
    (job,) = list_jobs()["jobs"]
    assert job["needs_attention"]
    assert job["message"] == "The engine does not answer. Attach it in a cell to go on."


@pytest.mark.parametrize("when", ["before it is read", "after that"])
def test_a_damaged_journal_is_told_while_it_lasts_and_left_to_the_one_who_asks(
    home: Path, when: str
) -> None:
    if when == "after that":
        write_job(home, 1)
        list_jobs()
    with (home / "journal.sqlite3").open("wb" if when == "before it is read" else "r+b") as file:
        file.write(b"no database " * 400)
    for _ in range(2):
        with pytest.raises(ParallelError, match="journal") as told:
            list_jobs()
        assert "puts it aside" in (told.value.remedy or "")
    assert [path.name for path in home.glob("journal*.sqlite3")] == ["journal.sqlite3"]
    with pytest.raises(ParallelError, match="It is kept as journal"):
        open_journal(Settings(home=home)).jobs()
    assert len(list(home.glob("journal*.sqlite3"))) == 1  # under another name
    assert list_jobs()["jobs"] == []


def test_the_list_is_read_while_another_writes(home: Path) -> None:
    write_job(home, 1)
    list_jobs()
    other = sqlite3.connect(home / "journal.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert len(list_jobs()["jobs"]) == 1
    other.close()
