"""What the journal tells, writes to files and forgets, without asking the service."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from parallel_nb import cli
from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.job import archive, attach, start
from parallel_nb.job.archive import list_jobs
from parallel_nb.job.journal import open_journal
from parallel_nb.settings import Settings
from tests.job.jobs_helpers import FIELDS, PROMPT, QUICK, companies, connect_to, wait_until
from tests.job.journals import connection_of
from tests.service.groups import GroupsService, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def service() -> Iterator[GroupsService]:
    with GroupsService().serve() as service:
        yield service


def ask(service: GroupsService, rows: int, **options: Any) -> Any:
    given: dict[str, Any] = {"output": FIELDS, "connection": connect_to(service), "tuning": QUICK}
    return start(companies(rows), PROMPT, **(given | options))


# --- the list ---------------------------------------------------------------------------


def test_cost_is_what_the_job_itself_has_sent_and_reused_rows_cost_nothing(
    service: GroupsService,
) -> None:
    ask(service, 4, title="first")
    ask(service, 4, title="again")  # the same job, taken up again
    ask(service, 6, title="two more")
    ask(service, 3, title="all reused")
    ask(service, 2, title="anew", fresh=True, processor="core")
    costs = list_jobs().set_index("title")["cost"].to_dict()
    assert costs == pytest.approx(
        {"first": 0.04, "two more": 0.02, "all reused": 0.0, "anew": 0.05}
    )


def test_runs_that_failed_and_were_asked_again_are_billed_once() -> None:
    failing = True
    with GroupsService(fails=lambda _: failing).serve() as service:
        job = ask(service, 2)
        failing = False
        job.retry_failed()
        assert list_jobs()["cost"].tolist() == pytest.approx([0.02])


def test_a_price_that_is_not_known_is_not_0(service: GroupsService) -> None:
    connection = connect_to(service)
    job = ask(service, 3, connection=connection)
    archive.clear_jobs(job.id)
    for run in service.runs.values():
        run.processor = "giga"  # a group of another tool, on a processor that came later
    attach(str(job.group_id), connection=connection)
    listed = list_jobs().iloc[0]
    assert listed["processor"] == "giga"
    assert math.isnan(listed["cost"])


# --- export -----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".json", ".jsonl", ".parquet"])
@pytest.mark.parametrize("basis", [False, True])
def test_every_form_holds_every_row(
    service: GroupsService, tmp_path: Path, suffix: str, *, basis: bool
) -> None:
    fields = parse_fields("leader: str\nfounded: int?\nproducts: list[str]")
    job = ask(service, 3, output=fields)
    path = tmp_path / f"out{suffix}"
    rows = archive.export_job(str(job.group_id), path, basis=basis)
    readers: dict[str, Any] = {
        ".csv": pl.read_csv,
        ".json": lambda p: pl.DataFrame(json.loads(p.read_text("utf-8"))),
        ".jsonl": pl.read_ndjson,
        ".parquet": pl.read_parquet,
    }
    read = readers[suffix](path)
    if basis:
        assert rows == len(read) == len(job.basis)
        assert read["excerpt"].to_list() == job.basis["excerpt"].tolist()
        assert read["field"].to_list() == job.basis["field"].tolist()
        return
    assert rows == len(read) == 3
    assert read["leader"].to_list() == job.df["leader"].tolist()
    assert read["founded"].to_list() == job.df["founded"].tolist()
    products = read["products"].to_list()
    if suffix == ".csv":
        products = [json.loads(cell) for cell in products]
    assert [list(cell) for cell in products] == job.df["products"].tolist()


def test_objects_and_mixed_cells_can_be_written_too(service: GroupsService, tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": ["a", "b", "c"], "about": [{"x": 1}, [1, "two"], None]})
    job = start(frame, "Who?", output=FIELDS, connection=connect_to(service), tuning=QUICK)
    archive.export_job(str(job.id), tmp_path / "out.parquet")
    about = pl.read_parquet(tmp_path / "out.parquet")["about"].to_list()
    assert about[2] is None
    assert all(isinstance(cell, str) for cell in about[:2])


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table])
def test_a_job_of_any_kind_of_table_can_be_exported(
    service: GroupsService, tmp_path: Path, make: Callable[[dict[str, Any]], Any]
) -> None:
    frame = make({"name": ["a", "b"], "size": [1, None]})
    job = start(frame, PROMPT, output=FIELDS, connection=connect_to(service), tuning=QUICK)
    assert archive.export_job(str(job.group_id), tmp_path / "out.parquet") == 2
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert written["leader"].to_list() == list(job.df["leader"].to_numpy())
    assert written["status"].to_list() == ["completed", "completed"]


def test_where_a_file_cannot_be_written_the_error_says_what_to_do(
    service: GroupsService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(service, 1)
    with pytest.raises(InputError, match="cannot be written") as caught:
        archive.export_job(job.id, tmp_path / "nowhere" / "out.csv")
    assert "another file" in caught.value.remedy
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match="pyarrow or polars is needed") as caught:
        archive.export_job(job.id, tmp_path / "out.parquet")
    assert "pip install pyarrow" in caught.value.remedy


# --- clear ------------------------------------------------------------------------------


def test_one_job_is_cleared_by_its_id_and_its_answers_are_asked_again(
    service: GroupsService,
) -> None:
    job = ask(service, 3)
    other = ask(service, 5, processor="core")
    assert str(archive.clear_jobs(str(job.group_id))) == "1 job forgotten"
    assert list_jobs()["group_id"].tolist() == [other.group_id]
    assert ask(service, 3).progress.reused == 0


def test_answers_that_another_job_uses_stay(service: GroupsService) -> None:
    job = ask(service, 3)
    ask(service, 5)
    archive.clear_jobs(job.id)
    assert ask(service, 5).progress.reused == 5


def test_jobs_are_cleared_by_age(service: GroupsService, home: Path) -> None:
    old, new = ask(service, 2), ask(service, 3, processor="core")
    db = connection_of(open_journal(Settings(home=home)))  # nothing else makes a job old
    db.execute("UPDATE jobs SET changed = ? WHERE id = ?", (time.time() - 40 * 86_400, old.id))
    assert archive.clear_jobs(older_than=50).forgotten == 0
    assert archive.clear_jobs(older_than=30).forgotten == 1
    assert list_jobs()["id"].tolist() == [new.id]
    assert archive.clear_jobs(older_than=0).forgotten == 1


@pytest.mark.parametrize("unfinished", [False, True])
def test_a_running_job_is_never_lost(*, unfinished: bool) -> None:
    gate = threading.Event()

    def latency(_run: Run) -> float:
        return 0.0 if gate.is_set() else 3.0

    with GroupsService(latency=latency).serve() as service:
        gate.set()
        done = ask(service, 2, processor="core")
        gate.clear()
        job = ask(service, 40, wait=False)
        wait_until(lambda: service.runs_by_input().total() >= 42)
        cleared = archive.clear_jobs(everything=True, unfinished=unfinished)
        assert cleared.forgotten == 1
        assert [kept.id for kept in cleared.kept] == [job.id]
        said = str(cleared)
        assert said == f"1 job forgotten\n1 job kept, not finished: {job.group_id}"
        with pytest.raises(InputError, match="is being worked on") as caught:
            archive.clear_jobs(job.id, unfinished=unfinished)
        assert "job.stop()" in caught.value.remedy
        job.wait()
        assert (job.df["status"] == "completed").all()
        assert list_jobs()["id"].tolist() == [job.id]
        assert done.id != job.id


def test_what_was_sent_by_a_stopped_job_is_cleared_only_when_it_is_said() -> None:
    with GroupsService(latency=lambda _: 1.0).serve() as service:
        job = ask(service, 40, wait=False)
        wait_until(lambda: service.runs)
        job.stop()
        wait_until(lambda: job.status in ("stopped", "detached"))
        wait_until(lambda: list_jobs()["state"][0] in ("stopped", "detached"))
        assert archive.clear_jobs(everything=True).forgotten == 0
        with pytest.raises(InputError, match="is not finished") as caught:
            archive.clear_jobs(job.id)
        assert "--unfinished" in caught.value.remedy
        assert archive.clear_jobs(job.id, unfinished=True).forgotten == 1
        assert list_jobs().empty


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "not clear which jobs"),
        ({"name": "job_x", "everything": True}, "not clear which jobs"),
        ({"older_than": 1.0, "everything": True}, "not clear which jobs"),
        ({"older_than": -1.0}, "negative"),
        ({"older_than": math.nan}, "negative"),
        ({"name": "tgrp_none"}, "no job 'tgrp_none'"),
    ],
)
def test_clear_asks_for_what_to_clear(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        archive.clear_jobs(**options)
    assert caught.value.remedy


def test_an_unknown_id_names_the_nearest(service: GroupsService) -> None:
    job = ask(service, 1)
    with pytest.raises(InputError) as caught:
        archive.find_job(f"{job.group_id}0")
    assert f"Did you mean {job.group_id!r}?" in caught.value.remedy


# --- text of others ---------------------------------------------------------------------


def test_a_csv_holds_no_text_that_a_spreadsheet_runs(tmp_path: Path) -> None:
    said = [
        "=1+1",
        "+x",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "-5",
        "+49 30 1234",
        "-3 %",
        "a=b",
    ]

    def answer(run: Run) -> dict[str, Any]:
        number = int(run.input.rsplit(" ", 1)[1].strip("?"))
        content = {"leader": said[number], "founded": -number}
        return {"type": "json", "content": content, "basis": []}

    with GroupsService(answer=answer).serve() as service:
        job = ask(service, len(said))
    archive.export_job(job.id, tmp_path / "safe.csv")
    archive.export_job(job.id, tmp_path / "raw.csv", raw=True)
    archive.export_job(job.id, tmp_path / "all.json")
    safe, raw = (pl.read_csv(tmp_path / name) for name in ("safe.csv", "raw.csv"))
    assert safe["leader"].to_list() == [f"'{text}" for text in said[:5]] + said[5:]
    assert raw["leader"].to_list() == said
    assert safe["founded"].to_list() == raw["founded"].to_list() == [-n for n in range(len(said))]
    records = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [record["leader"] for record in records] == said


def test_a_column_with_the_name_of_a_formula_is_made_harmless(
    service: GroupsService, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"=HYPERLINK(1)": ["a"], "n": [-1.5]})
    job = start(frame, "Who?", output=FIELDS, connection=connect_to(service), tuning=QUICK)
    archive.export_job(job.id, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8").startswith("'=HYPERLINK(1),n,leader")
    assert pl.read_csv(tmp_path / "out.csv")["n"].to_list() == [-1.5]


def test_a_terminal_is_given_no_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(_run: Run) -> dict[str, Any]:
        content = {"leader": "\x1b]0;owned\x07\x9b2J\u202eabc", "founded": 1}
        return {"type": "json", "content": content, "basis": []}

    with GroupsService(answer=answer).serve() as service:
        job = ask(service, 2, title="t\x1b[2J")
    for action in (["list"], ["show", job.id]):
        assert cli.main(["jobs", *action]) == 0
    shown = capsys.readouterr().out
    assert "abc" in shown
    assert not set("\x1b\x07\x9b\u202e") & set(shown)


# --- how the list reads -----------------------------------------------------------------


def test_the_list_of_jobs_fits_a_terminal_of_80_columns_with_what_one_looks_for() -> None:
    with GroupsService(fails=lambda run: run.index == 0).serve() as service:
        job = ask(service, 30, title="a long title " * 10, processor="core")
        ask(service, 30, title="second", max_cost=5)
    text = repr(list_jobs())
    assert max(map(len, text.splitlines())) <= 80
    assert text.startswith("2 jobs, newest first\nsecond\n  done, 30 rows: ")
    assert f"  {job.group_id}  core, $0.725  " in text
    assert "done, 30 rows: 29 answered, 1 failed" in text
    assert type(list_jobs()[["state"]]) is pd.DataFrame  # pandas' own text again
    archive.clear_jobs(everything=True)
    assert repr(list_jobs()) == "No jobs yet."
