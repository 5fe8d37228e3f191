"""The promises of a job, one by one, over real HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from parallel_nb.api.errors import (
    InputError,
    InvalidRequestError,
    JobIncompleteError,
    NotFoundError,
    PaymentRequiredError,
)
from parallel_nb.job import Job, JobInterrupted, Progress, archive, attach, plan, start
from parallel_nb.job.answers import find_answers
from parallel_nb.job.archive import list_jobs
from parallel_nb.job.journal import open_journal
from parallel_nb.job.model import FinishedJob, NullView
from parallel_nb.settings import Settings
from tests.job.jobs_helpers import (
    FIELDS,
    PROMPT,
    QUICK,
    ask,
    assert_paid_once,
    assert_right,
    companies,
    connect_to,
    wait_until,
)
from tests.job.journals import connection_of
from tests.service.groups import Fault, GroupsService, Run, default_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_table_of_twenty_is_answered_in_place() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 20)
        assert_right(job.df, 20)
        assert list(job.df.columns) == ["name", "leader", "founded", "run_id", "status", "error"]
        assert str(job.df["founded"].dtype) == "Int64"
        assert job.status == "done"
        assert job.cost == pytest.approx(0.20)
        runs = {run.run_id: run for run in service.runs.values()}
        for run_id, name in zip(job.df["run_id"], job.df["name"], strict=True):
            assert runs[run_id].input == f"Who leads {name}?"
            assert all(len(key) <= 16 for key in runs[run_id].metadata or {})


def test_the_same_call_again_is_answered_from_the_journal() -> None:
    with GroupsService().serve() as service:
        ask(service)
        again = ask(service)
        assert_paid_once(service, 30)
        assert_right(again.df, 30)
        assert again.progress.reused == 30
        assert again.cost == 0


def test_rows_that_are_added_are_the_only_ones_that_are_sent() -> None:
    with GroupsService().serve() as service:
        ask(service, 30)
        more = ask(service, 40)
        assert_paid_once(service, 40)
        assert_right(more.df, 40)
        assert (more.progress.reused, more.progress.completed) == (30, 10)
        assert more.cost == pytest.approx(0.10)


def test_a_new_row_with_a_gap_does_not_make_the_other_rows_new_questions() -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "founded_in": [1990, 2001]})
    with GroupsService().serve() as service:
        first = start(frame, "Find the leader", output=FIELDS, connection=connect_to(service))
        longer = pd.concat([frame, pd.DataFrame({"name": ["c"]})], ignore_index=True)
        assert longer["founded_in"].dtype == "float64"
        second = start(longer, "Find the leader", output=FIELDS, connection=connect_to(service))
        assert second.progress.reused == 2
        assert len(service.runs) == 3
        assert first.df["leader"].tolist() == second.df["leader"].tolist()[:2]


def test_identical_rows_are_asked_once_and_answered_all() -> None:
    frame = pd.DataFrame({"name": ["x", "y", "x", "z", "y", "x"]}, index=[9, 9, 3, 3, 1, 9])
    with GroupsService().serve() as service:
        job = ask(service, frame)
        assert len(service.runs) == 3
        assert_right(job.df, 6)
        assert job.df.index.tolist() == [9, 9, 3, 3, 1, 9]
        assert job.progress.total == 6
        assert job.progress.completed == 6
        again = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert again.df["leader"].tolist() == job.df["leader"].tolist()


def test_fresh_asks_again_and_the_newer_answer_is_the_one_that_is_reused() -> None:
    with GroupsService().serve() as service:
        first = ask(service, 10)
        fresh = ask(service, 10, fresh=True)
        assert len(service.runs) == 20
        assert set(first.df["run_id"]).isdisjoint(fresh.df["run_id"])
        assert ask(service, 10).df["run_id"].tolist() == fresh.df["run_id"].tolist()
        assert len(service.runs) == 20


def test_fresh_goes_on_where_it_was_stopped_and_pays_once() -> None:
    with GroupsService().serve() as service:
        old = ask(service, 100)
        service.latency = lambda _: 0.3
        job = ask(service, 100, fresh=True, wait=False)
        wait_until(lambda: len(service.runs) > 100)
        job.stop().wait(60)
        assert job.status == "stopped"
        again = ask(service, 100, fresh=True)
        assert len(service.runs) == 200
        assert set(again.df["run_id"]).isdisjoint(old.df["run_id"])
        assert_right(again.df, 100)


def test_stopping_costs_nothing_for_what_was_not_sent_and_a_detached_job_goes_on() -> None:
    with GroupsService(latency=lambda _: 0.5).serve() as service:
        job = ask(service, 20, wait=False)
        wait_until(lambda: len(service.runs) == 20 and job.progress.queued == 20)
        job.stop().wait(60)
        assert job.status == "detached"
        assert "20 go on at the service; none is left to send" in job.message
        assert_right(ask(service, 20).df, 20)
        assert_paid_once(service, 20)


def test_1001_inputs_go_out_in_waves_of_at_most_1000() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 1001, tuning=replace(QUICK, wave=1000, window=2000))
        assert_right(job.df, 1001)
        assert service.requests["POST groups/{id}/runs"] == 2


def test_the_group_is_journaled_before_the_first_run_is_sent(home: Path) -> None:
    seen: list[tuple[Any, ...]] = []

    def look(method: str, route: str) -> Fault | None:
        if (method, route) == ("POST", "groups/{id}/runs"):
            with sqlite3.connect(home / "journal.sqlite3") as db:
                claimed = db.execute("SELECT count(*) FROM runs WHERE state = 'sending'")
                seen.append(
                    (*db.execute("SELECT group_id FROM jobs").fetchone(), *claimed.fetchone())
                )
        return None

    with GroupsService(faults=look).serve() as service:
        job = ask(service, 5)
        assert seen == [(job.group_id, 5)]


def test_a_lost_answer_is_settled_by_reading_the_group() -> None:
    lost = iter([Fault("lost"), None, Fault("500 acted"), Fault("cut"), None])

    def faults(method: str, route: str) -> Fault | None:
        return next(lost, None) if (method, route) == ("POST", "groups/{id}/runs") else None

    with GroupsService(faults=faults).serve() as service:
        job = ask(service, 100)
        assert_right(job.df, 100)
        assert_paid_once(service, 100)
        assert service.requests["POST groups/{id}/runs"] == 4


def test_a_request_that_a_gateway_gave_up_may_act_later_and_is_not_repeated() -> None:
    late = iter([Fault("504 late", seconds=QUICK.reconcile_after * 1.5)])

    def faults(method: str, route: str) -> Fault | None:
        return next(late, None) if (method, route) == ("POST", "groups/{id}/runs") else None

    with GroupsService(faults=faults).serve() as service:
        job = ask(service, 40)
        assert_right(job.df, 40)
        assert_paid_once(service, 40)
        assert service.requests["POST groups/{id}/runs"] == 2  # 25 rows, then 15


def test_a_failed_row_is_a_value_in_its_row_and_retry_asks_only_it() -> None:
    broken = {"Who leads company 3?", "Who leads company 7?"}
    with GroupsService(fails=lambda run: run.input in broken).serve() as service:
        job = ask(service, 20)
        assert job.status == "done"
        failed = job.failed
        assert failed["name"].tolist() == ["company 3", "company 7"]
        assert failed["error"].tolist()[0] == "cannot answer 'Who leads company 3?' [ref ref_1]"
        assert failed["run_id"].notna().all()
        assert len(job.progress.failures) == 2
        service.fails = lambda run: run.input == "Who leads company 7?"
        job.retry_failed()
        assert job.failed["name"].tolist() == ["company 7"]
        assert len(service.runs) == 22
        service.fails = lambda _: False
        assert_right(ask(service, 20).df, 20)  # the same cell again asks what failed
        assert len(service.runs) == 23


def test_at_most_four_failures_are_shown_and_the_rest_is_counted() -> None:
    with GroupsService(fails=lambda _: True).serve() as service:
        progress = ask(service, 20).progress
        assert len(progress.failures) == 4
        assert progress.more_failures == 16


def test_stop_submits_nothing_more_and_says_how_to_come_back() -> None:
    with GroupsService(latency=lambda _: 0.4).serve() as service:
        job = ask(service, 200, wait=False)
        wait_until(lambda: service.runs)
        job.stop().wait(60)
        assert job.status == "stopped"
        sent = len(service.runs)
        assert 0 < sent < 200
        assert f"{sent:,} questions were sent ($" in job.message
        assert "billed, at most $" in job.message
        assert f"%parallel_attach {job.group_id}" in job.message
        assert set(job.df["status"]) <= {"completed", "running", "unsent"}
        back = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert (back.df["status"] == "completed").sum() == sent
        assert len(service.runs) == sent  # attaching sends nothing
        assert_right(ask(service, 200).df, 200)
        assert_paid_once(service, 200)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def interrupt_when(condition: Callable[[], bool]) -> None:
    wait_until(condition)
    os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_detaches_and_says_what_goes_on() -> None:
    with GroupsService(latency=lambda _: 0.8).serve() as service:
        # Two waves are out: by then this thread waits for the job.
        threading.Thread(target=interrupt_when, args=(lambda: len(service.runs) >= 50,)).start()
        with pytest.raises(JobInterrupted, match="questions were sent") as caught:
            ask(service, 200)
        assert caught.value._render_traceback_()[0].startswith("Interrupted: ")
        assert_right(ask(service, 200).df, 200)
        assert_paid_once(service, 200)


@pytest.mark.usefixtures("quick_client")
@pytest.mark.parametrize("kind", ["401", "402", "403", "429"])
def test_a_refusal_in_mid_job_keeps_the_rows_and_goes_on_later(kind: Any) -> None:
    refusing = True
    posts = 0

    def faults(method: str, route: str) -> Fault | None:
        nonlocal posts
        if (method, route) != ("POST", "groups/{id}/runs"):
            return None
        posts += 1
        return Fault(kind) if refusing and posts > 2 else None

    with GroupsService(faults=faults).serve() as service:
        tuning = replace(QUICK, give_up_after=0.2)
        with pytest.raises(JobIncompleteError) as caught:
            ask(service, 200, tuning=tuning)
        assert caught.value.remedy
        assert "50 of 200 rows are answered and kept" in caught.value.message
        job = attach(str(list_jobs()["group_id"][0]), connection=connect_to(service))
        assert (job.df["status"] == "completed").sum() == 50
        assert (job.df["status"] == "unsent").sum() == 150
        refusing = False
        assert_right(ask(service, 200).df, 200)
        assert_paid_once(service, 200)


def test_a_refused_request_says_what_the_service_said() -> None:
    def faults(method: str, route: str) -> Fault | None:
        return Fault("422") if (method, route) == ("POST", "groups/{id}/runs") else None

    with GroupsService(faults=faults).serve() as service:
        with pytest.raises(JobIncompleteError, match="status 422, as ordered") as caught:
            ask(service, 5)
        assert isinstance(caught.value.__cause__, InvalidRequestError)


def test_attach_takes_over_a_group_that_this_journal_has_never_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with GroupsService().serve() as service:
        job = ask(service, 20)
        monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "another machine"))
        back = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert back.df["input"].tolist() == [f"Who leads company {n}?" for n in range(20)]
        assert back.df["leader"].tolist() == job.df["leader"].tolist()
        assert str(back.df["founded"].dtype) == "Int64"
        assert back.df.parallel.basis()["value"].notna().all()
        assert ask(service, 20).progress.reused == 20  # and its answers are reused


def test_attach_reads_a_group_that_another_tool_has_made() -> None:
    with GroupsService().serve() as service:
        client = connect_to(service).client
        from parallel_nb.api.types import TaskRunInput  # noqa: PLC0415 - the same
        from parallel_nb.connection import background  # noqa: PLC0415 - for this test alone

        async def make() -> str:
            group = await client.groups.create()
            inputs = [TaskRunInput(processor="lite", input={"city": f"c{n}"}) for n in range(3)]
            await client.groups.add_runs(group.taskgroup_id, inputs)
            return str(group.taskgroup_id)

        job = attach(background.run(make()), connection=connect_to(service), tuning=QUICK)
        assert job.df["city"].tolist() == ["c0", "c1", "c2"]
        assert job.df["output"].str.startswith("answer to:").all()


def test_attach_names_an_unknown_group() -> None:
    with GroupsService().serve() as service, pytest.raises(NotFoundError, match="tgrp_999"):
        attach("tgrp_999", connection=connect_to(service))


def test_attach_says_that_a_group_is_empty() -> None:
    from parallel_nb.connection import background  # noqa: PLC0415 - for this test alone

    with GroupsService().serve() as service:
        connection = connect_to(service)
        group = background.run(connection.client.groups.create())
        with pytest.raises(InputError, match="has no runs"):
            attach(group.taskgroup_id, connection=connection)


def test_runs_that_the_service_no_longer_has_are_told_and_asked_anew_only_when_asked_again() -> (
    None
):
    with GroupsService(latency=lambda _: 30).serve() as service:
        job = ask(service, 10, wait=False)
        wait_until(lambda: len(service.runs) == 10)
        job.stop().wait(60)
        service.groups.clear()
        service.runs.clear()
        service.latency = None
        gone = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        assert "no longer has this run, which it may have billed" in gone.df["error"][0]
        assert "depends on the account's data retention" in gone.df["error"][0]
        assert not service.runs
        planned = plan(
            companies(10), PROMPT, output=FIELDS, connection=connect_to(service), max_cost=0.05
        )
        assert [planned.asked_again, planned.cost] == pytest.approx([10, 0.10])
        assert planned.is_too_dear  # so a limit holds for what is paid a second time
        assert_right(ask(service, 10).df, 10)


def test_a_group_of_another_machine_whose_runs_are_gone_says_so() -> None:
    with GroupsService().serve() as service:
        connection = connect_to(service)
        job = ask(service, 3)
        archive.clear_jobs(everything=True)
        service.alter = lambda kind, body: (
            body | {"status": body["status"] | {"num_task_runs": 3}} if kind == "group" else body
        )
        service.groups[str(job.group_id)].runs.clear()
        with pytest.raises(NotFoundError, match=r"no longer has the 3 runs of tgrp_") as caught:
            attach(str(job.group_id), connection=connection)
        assert "data retention" in caught.value.remedy
        service.groups.clear()
        with pytest.raises(NotFoundError, match="tgrp_") as caught:
            attach(str(job.group_id), connection=connection)
        assert "data retention" in caught.value.remedy


def test_a_job_can_be_awaited_and_waited_for_with_a_timeout() -> None:
    with GroupsService(latency=lambda _: 0.3).serve() as service:
        job = ask(service, 5, wait=False)
        with pytest.raises(TimeoutError, match="it goes on"):
            job.wait(timeout=0.05)

        async def cell() -> Job:
            return await job

        assert_right(asyncio.run(cell()).df, 5)


def test_max_cost_refuses_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match=r"would cost \$0\.30 .* over the limit of \$0\.25"):
            ask(service, 30, max_cost=0.25)
        monkeypatch.setenv("PARALLEL_NB_MAX_COST", "0.1")
        with pytest.raises(InputError, match="over the limit"):
            ask(service, 30)
        assert not service.runs
        assert "POST groups" not in service.requests


def test_a_sample_asks_so_many_rows_and_tells_the_price_of_all() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 100, sample=10)
        assert "A sample of 10 of 100 rows. All rows: about $1.00" in job.progress.message
        assert job.df["name"].tolist() == [f"company {n}" for n in range(0, 100, 10)]
        told = plan(
            companies(100), PROMPT, output=FIELDS, sample=10, connection=connect_to(service)
        )
        assert (told.reused, told.to_send, told.rows_in_all) == (10, 0, 100)
        assert told.cost_in_all == pytest.approx(1.0)
        assert ask(service, 100).progress.reused == 10


def test_polars_in_is_polars_out() -> None:
    frame = pl.DataFrame({"name": ["a", "b", None], "size": [1, None, 3]})
    with GroupsService().serve() as service:
        job = ask(service, frame)
        assert isinstance(job.df, pl.DataFrame)
        assert job.df.columns == ["name", "size", "leader", "founded", "run_id", "status", "error"]
        assert job.df["status"].to_list() == ["completed", "completed", "skipped"]
        assert job.df["founded"].dtype == pl.Int64
        assert isinstance(job.basis, pl.DataFrame)
        assert job.failed.height == 1
        assert job.low_confidence(["high"])["row"].to_list() == [0, 0, 1, 1]


@pytest.mark.parametrize("kind", ["arrow", "duckdb"])
def test_any_other_table_in_is_arrow_out(kind: str) -> None:
    table = pa.table({"name": ["a", "b", None], "size": [1, None, 3]})
    with GroupsService().serve() as service:
        job = ask(service, duckdb.from_arrow(table) if kind == "duckdb" else table)
        names = ["name", "size", "leader", "founded", "run_id", "status", "error"]
        assert isinstance(job.df, pa.Table)
        assert job.df.column_names == names
        assert job.df["status"].to_pylist() == ["completed", "completed", "skipped"]
        assert job.df.schema.field("founded").type == pa.int64()
        assert isinstance(job.basis, pa.Table)
        assert job.failed["name"].to_pylist() == [None]
        assert job.low_confidence(["high"])["row"].to_pylist() == [0, 0, 1, 1]


def test_the_basis_is_found_again_through_the_run_id_after_a_merge() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 10)
        other = pd.DataFrame({"name": ["company 4", "company 2"], "price": [1.0, 2.0]})
        merged = job.df.merge(other, on="name").sort_values("price")
        basis = merged.parallel.basis()
        assert set(basis["run_id"]) == set(merged["run_id"])
        assert len(basis) == 2 * 2 * 2  # rows, fields, excerpts
        assert job.low_confidence().empty
        assert len(job.low_confidence(["high"])) == 20


def test_a_skipped_row_has_an_error_and_costs_nothing() -> None:
    frame = pd.DataFrame({"name": ["a", None, "c"], "other": [1, 2, 3]})
    with GroupsService().serve() as service:
        job = ask(service, frame)
        assert job.df["status"].tolist() == ["completed", "skipped", "completed"]
        assert "every column asked about is empty (name)" in job.df["error"][1]
        (note,) = job.progress.failures  # and the display says which row, and why
        assert (note.label, note.text) == ("row 1", job.df["error"][1])
        assert job.progress.more_failures == 0
        assert len(service.runs) == 2


class Recording:
    """A view that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self.frame: Any = None

    def start(self, progress: Progress, stop: Any) -> None:  # noqa: ARG002 - the protocol's
        self.told.append(progress)

    def update(self, progress: Progress) -> None:
        self.told.append(progress)

    def finish(self, job: FinishedJob) -> None:
        self.frame = job.df
        self.told.append(job.progress)


def test_a_view_is_told_sums_that_agree_and_may_ask_for_the_frame_at_the_end() -> None:
    view = Recording()
    with GroupsService(latency=lambda run: run.index / 100).serve() as service:
        job = ask(service, 50, view=view)
        assert view.told[0].state == "submitting"
        assert view.told[-1].state == "done"
        for p in view.told:
            parts = (p.reused, p.unsent, p.queued, p.running, p.completed, p.failed)
            assert sum(parts) == p.total == 50
        assert view.frame is job.df


def test_a_view_that_breaks_does_not_touch_the_job() -> None:
    class Broken(Recording):
        def update(self, progress: Progress) -> None:
            raise ValueError(progress)

    with GroupsService(latency=lambda _: 0.2).serve() as service:
        assert_right(ask(service, 10, view=Broken()).df, 10)


def test_the_journal_is_private_and_holds_no_key(home: Path) -> None:
    with GroupsService().serve() as service:
        ask(service, 5)
    path = home / "journal.sqlite3"
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"sk-secret" not in path.read_bytes()
    assert not path.with_name("journal.sqlite3-wal").exists()


def test_a_key_that_the_service_quotes_is_in_no_row_and_not_in_the_journal(home: Path) -> None:
    def quote_key(run: Run) -> dict[str, Any]:
        return default_answer(run) | {"content": {"leader": "sk-secret says so", "founded": 1}}

    with GroupsService(answer=quote_key, fails=lambda run: run.index % 2 == 1).serve() as service:
        frame = pd.DataFrame({"name": [f"sk-secret {number}" for number in range(6)]})
        job = ask(service, frame)
        shown = job.df.drop(columns=["name"]).to_string() + "".join(job.failed["error"])
        assert "sk-secret" not in shown
        assert "[API key]" in shown
    database = sqlite3.connect(home / "journal.sqlite3")
    kept = database.execute("SELECT group_concat(coalesce(error, output)) FROM runs").fetchone()[0]
    database.close()
    assert "sk-secret" not in str(kept)
    assert str(kept).count("[API key]") >= 6


def test_the_list_of_jobs_counts_what_is_answered() -> None:
    assert list_jobs().empty
    with GroupsService().serve() as service:
        job = ask(service, 5)
        jobs = list_jobs()
        assert jobs["group_id"].tolist() == [job.group_id]
        assert jobs[["rows", "answered", "failed", "unsent"]].iloc[0].tolist() == [5, 5, 0, 0]


def test_retention_forgets_old_jobs_and_their_answers(home: Path) -> None:
    with GroupsService().serve() as service:
        ask(service, 5)
        journal = open_journal(Settings(home=home))
        assert journal.prune(30) == 0
        assert journal.prune(0) == 0  # marked, and there for another month
        assert len(list_jobs()) == 1
        connection_of(journal).execute("UPDATE expiring_jobs SET since = since - 31 * 86400")
        assert journal.prune(0) == 1
        assert list_jobs().empty
        assert ask(service, 5).progress.reused == 0


def test_listing_planning_and_attaching_forget_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GroupsService().serve() as service:
        job = ask(service, 5)
        journal = open_journal(Settings(home=home))
        connection_of(journal).execute("UPDATE jobs SET created = 1, changed = 1")
        connection_of(journal).execute("UPDATE runs SET created = 1, changed = 1")
        connection_of(journal).execute("INSERT INTO expiring_jobs SELECT id, 1 FROM jobs")
        start_module = sys.modules["parallel_nb.job.start"]
        monkeypatch.setattr(start_module, "_pruned", set())
        assert len(list_jobs()) == 1
        assert (
            plan(companies(5), PROMPT, output=FIELDS, connection=connect_to(service)).requests == 0
        )
        assert len(archive.read_answers(archive.find_job(str(job.group_id)))) == 5
        assert archive.clear_jobs(older_than=20_000_000).forgotten == 0
        taken_up = attach(str(job.group_id), connection=connect_to(service))
        assert taken_up.df["status"].tolist() == ["completed"] * 5
        assert_right(ask(service, 5).df, 5)
        assert_paid_once(service, 5)


def test_clearing_by_age_believes_no_clock_that_is_years_ahead(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GroupsService().serve() as service:
        ask(service, 5)
    ahead = time.time() + 400 * 86_400
    monkeypatch.setattr(time, "time", lambda: ahead)
    assert archive.clear_jobs(older_than=90).forgotten == 0
    assert archive.clear_jobs(everything=True).forgotten == 1


def test_another_key_does_not_get_the_answers_of_this_one() -> None:
    from parallel_nb.connection import connect  # noqa: PLC0415 - for this test alone

    with GroupsService().serve() as service:
        job = ask(service, 5)
        other = connect("hosted", api_key="sk-another", base_url=service.url)
        assert ask(service, 5, connection=other).progress.reused == 0
        service.groups.pop(str(job.group_id))  # another account sees no group of this one
        with pytest.raises(InputError, match="another connection"):
            attach(str(job.group_id), connection=other)


def test_a_refusal_by_402_names_the_remedy() -> None:
    def faults(method: str, route: str) -> Fault | None:
        return Fault("402") if (method, route) == ("POST", "groups/{id}/runs") else None

    def slow(_run: Run) -> float:
        return 0.1

    with GroupsService(faults=faults, latency=slow).serve() as service:
        with pytest.raises(JobIncompleteError) as caught:
            ask(service, 5)
        assert caught.value.remedy == PaymentRequiredError.remedy


@pytest.mark.parametrize("named", [True, False])
def test_a_row_that_the_service_refuses_does_not_hold_back_the_others(*, named: bool) -> None:
    bad = {"Who leads company 7?", "Who leads company 31?"}
    with GroupsService(refuses=lambda asked: asked in bad, names_refused=named).serve() as service:
        job = ask(service, 60)
        refused = job.df["name"].isin(["company 7", "company 31"])
        assert (job.df["status"] == refused.map({True: "failed", False: "completed"})).all()
        assert job.df.loc[refused, "error"].str.contains("refused").all()
        assert set(service.runs_by_input().values()) == {1}
        assert len(service.runs) == 58
        back = attach(str(job.group_id), connection=connect_to(service))
        assert back.df["status"].tolist() == job.df["status"].tolist()


def test_an_attached_job_sends_the_rest_with_its_own_source_policy() -> None:
    posts = 0

    def faults(method: str, route: str) -> Fault | None:
        nonlocal posts
        posts += (method, route) == ("POST", "groups/{id}/runs")
        return Fault("402") if posts == 2 and method == "POST" else None

    with GroupsService(faults=faults).serve() as service:
        with pytest.raises(JobIncompleteError):
            ask(service, 60, include_domains=["sec.gov"])
        group_id = str(list_jobs()["group_id"][0])
        job = attach(group_id, connection=connect_to(service), tuning=QUICK, submit=True)
        assert (job.df["status"] == "completed").all()
        assert len(service.runs) == 60
        assert {str(run.policy) for run in service.runs.values()} == {
            "{'include_domains': ['sec.gov']}"
        }


def test_an_answer_found_by_its_run_says_which_connection_gave_it() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 3)
        (answer,) = find_answers([str(job.df["run_id"][0])]).values()
        assert answer.connection == job.connection


def test_the_list_of_jobs_says_what_each_has_cost() -> None:
    with GroupsService().serve() as service:
        job = ask(service, 20)
        assert job.cost > 0
        assert list_jobs()["cost"].tolist() == [pytest.approx(job.cost)]


def test_retrying_shows_progress_as_the_first_time_did() -> None:
    with GroupsService(fails=lambda run: run.input.endswith("company 3?")).serve() as service:
        seen: list[str] = []

        class Seen(NullView):
            def finish(self, job: FinishedJob) -> None:
                seen.append(job.progress.state)

        job = ask(service, 10, view=Seen())
        service.fails = lambda _: False
        job.retry_failed()
        assert seen == ["done", "done"]
        assert_right(job.df, 10)
