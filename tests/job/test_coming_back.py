"""Coming back to a job: the states that it may have been left in, and groups of other tools."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.api.errors import InputError, JobIncompleteError, ParallelError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.schema.specs import output_spec
from parallel_nb.api.types import RunSettings, SourcePolicy, TaskRunInput, TaskSpec
from parallel_nb.connection import background, connect
from parallel_nb.job import Job, archive, attach
from parallel_nb.job.archive import list_jobs
from parallel_nb.job.journal import open_journal
from parallel_nb.job.questions import Asked, keys_of
from parallel_nb.job.run_metadata import read_row_key
from parallel_nb.settings import Settings
from tests.job.jobs_helpers import (
    QUICK,
    ask,
    assert_paid_once,
    assert_right,
    connect_to,
    wait_until,
)
from tests.job.journals import connection_of
from tests.service.groups import Fault, GroupsService, Run

if TYPE_CHECKING:
    from pathlib import Path


def back(service: GroupsService, group_id: str | None) -> Job:
    return attach(str(group_id), connection=connect_to(service), tuning=QUICK)


def make_group(
    service: GroupsService, runs: list[TaskRunInput], group_id: str | None = None
) -> str:
    """What another tool does: no journal, no metadata."""
    client = connect_to(service).client

    async def make() -> str:
        group = group_id or (await client.groups.create()).taskgroup_id
        await client.groups.add_runs(group, runs)
        return group

    return background.run(make())


def test_attaching_to_a_job_of_which_rows_are_unsent_does_not_call_it_done() -> None:
    with GroupsService(latency=lambda _: 0.3).serve() as service:
        old = ask(service, 100)
        job = ask(service, 100, fresh=True, wait=False)
        wait_until(lambda: len(service.runs) > 100)
        job.stop().wait(60)
        sent = len(service.runs) - 100
        attached = back(service, job.group_id)
        assert attached.status == "stopped"
        assert f"{100 - sent} rows were never sent" in attached.message
        assert "run the cell again" in attached.message
        assert list_jobs()["state"].iloc[0] == "stopped"
        # So the same cell again goes on with it: it does not ask, and pay, all anew.
        again = ask(service, 100, fresh=True)
        assert len(service.runs) == 200
        assert_right(again.df, 100)
        assert set(again.df["run_id"]).isdisjoint(old.df["run_id"])


def test_a_group_that_another_tool_still_adds_to_is_read_again() -> None:
    with GroupsService().serve() as service:
        runs = [TaskRunInput(processor="lite", input=f"question {n}") for n in range(5)]
        group = make_group(service, runs[:2])
        assert len(back(service, group).df) == 2
        make_group(service, runs[2:], group)
        df = back(service, group).df
        assert df["input"].tolist() == [f"question {n}" for n in range(5)]
        assert df["output"].tolist() == [f"answer to: question {n}" for n in range(5)]
        assert list_jobs()["rows"].tolist() == [5]


def test_rows_of_another_tool_with_the_same_input_are_rows_of_their_own() -> None:
    with GroupsService().serve() as service:
        runs = [TaskRunInput(processor="lite", input="the same")] * 2
        df = back(service, make_group(service, runs)).df
        assert len(df) == df["run_id"].nunique() == 2


@pytest.mark.parametrize("fails", [True, False])
def test_a_group_of_another_machine_is_read_where_its_questions_were_asked_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, home: Path, *, fails: bool
) -> None:
    """Both journals know an attempt 1 at each question."""
    with GroupsService().serve() as service:
        monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "another machine"))
        there = ask(service, 5)
        monkeypatch.setenv("PARALLEL_NB_HOME", str(home))
        service.fails = lambda _: fails
        here = ask(service, 5)
        assert len(here.failed) == 5 * fails
        df = back(service, there.group_id).df
        assert df["leader"].tolist() == there.df["leader"].tolist()
        assert df["run_id"].tolist() == there.df["run_id"].tolist()
        assert back(service, there.group_id).df.equals(df)
        assert ask(service, 5).progress.reused == 5  # and the answers count here
        assert len(service.runs) == 10


def test_answers_of_an_auto_schema_read_alike_from_the_job_and_from_the_journal() -> None:
    def answer(run: Any) -> dict[str, Any]:
        return {"type": "json", "content": {"a": run.input, "b": 1}, "basis": []}

    with GroupsService(answer=answer).serve() as service:
        spec = TaskSpec(output_schema={"type": "auto"})
        runs = [TaskRunInput(processor="lite", input=f"q{n}", task_spec=spec) for n in range(2)]
        job = back(service, make_group(service, runs))
        assert job.df[["a", "b"]].to_numpy().tolist() == [["q0", 1], ["q1", 1]]
        frame = archive.read_answers(archive.find_job(str(job.group_id)))
        assert frame[["a", "b"]].to_numpy().tolist() == [["q0", 1], ["q1", 1]]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}]}}},
        {"type": "object"},
        {"type": ["object", "null"], "properties": {"a": {"type": ["string", "integer"]}}},
        {"$ref": "#/$defs/x", "$defs": {"x": {"type": "object", "properties": {"a": {}}}}},
    ],
)
def test_a_group_with_a_schema_of_any_shape_can_be_read(schema: Any) -> None:
    def answer(_run: Any) -> dict[str, Any]:
        return {"type": "json", "content": {"a": "x"}, "basis": []}

    with GroupsService(answer=answer).serve() as service:
        spec = TaskSpec(output_schema={"type": "json", "json_schema": schema})
        runs = [TaskRunInput(processor="lite", input="q", task_spec=spec)]
        job = back(service, make_group(service, runs))
        assert job.df["a"].tolist() == ["x"]
        assert archive.read_answers(archive.find_job(job.id))["a"].tolist() == ["x"]


def test_a_post_that_a_proxy_answers_with_408_may_have_acted() -> None:
    first = iter([Fault("408 acted")])

    def faults(method: str, route: str) -> Fault | None:
        return next(first, None) if (method, route) == ("POST", "groups/{id}/runs") else None

    with GroupsService(faults=faults).serve() as service:
        assert_right(ask(service, 20).df, 20)
        assert_paid_once(service, 20)


@pytest.mark.parametrize("when", ["at once", "in mid job"])
def test_a_full_disk_is_said_and_what_was_paid_is_fetched_when_there_is_room(
    home: Path, when: str
) -> None:
    limit = connection_of(
        open_journal(Settings(home=home))
    )  # SQLite says "full" at a limit of its own
    (pages,) = limit.execute("PRAGMA page_count").fetchone()

    def faults(method: str, route: str) -> Fault | None:
        if (method, route) == ("GET", "groups/{id}/runs") and when == "in mid job":
            (now,) = limit.execute("PRAGMA page_count").fetchone()
            limit.execute(f"PRAGMA max_page_count = {now}")
        return None

    if when == "at once":
        limit.execute(f"PRAGMA max_page_count = {pages}")
    with GroupsService(faults=faults).serve() as service:
        with pytest.raises(ParallelError, match=r"journal could not be written: .* full") as told:
            ask(service, 300)
        assert isinstance(told.value, JobIncompleteError) == (when == "in mid job")
        assert "Free some space, then run the cell again" in told.value.remedy
        service.faults = lambda _method, _route: None
        limit.execute("PRAGMA max_page_count = 1000000")
        assert_right(ask(service, 300).df, 300)
        assert_paid_once(service, 300)


def test_asking_again_keeps_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    with GroupsService(fails=lambda _: True).serve() as service:
        job = ask(service, 20)
        monkeypatch.setenv("PARALLEL_NB_MAX_COST", "0.1")
        with pytest.raises(InputError, match=r"would cost \$0\.20 for 20 runs .* limit of \$0\.10"):
            job.retry_failed()
        assert len(service.runs) == 20
        service.fails = lambda _: False
        assert_right(job.retry_failed(max_cost=0.2).df, 20)


def test_what_a_processor_of_no_known_price_costs_is_not_0() -> None:
    with GroupsService(fails=lambda _: True).serve() as service:
        runs = [TaskRunInput(processor="giga", input=f"q{n}") for n in range(3)]
        job = back(service, make_group(service, runs))
        assert math.isnan(job.cost)
        assert "$" not in job.message
        with pytest.raises(InputError, match="3 runs of giga, the price of which is not published"):
            job.retry_failed(max_cost=5)
        assert len(service.runs) == 3


def test_a_job_goes_on_with_a_new_key_of_the_same_account() -> None:
    """A key that was withdrawn in mid job: the service shows its group to the new one."""
    withdrawn = False

    def faults(method: str, route: str) -> Fault | None:
        return Fault("401") if withdrawn and route else None

    def latency(run: Run) -> float:
        return 0.8 if run.index % 2 else 0.1

    with GroupsService(faults=faults, latency=latency).serve() as service:
        job = ask(service, 200, wait=False)
        wait_until(lambda: job.progress.completed > 10)
        withdrawn = True
        with pytest.raises(JobIncompleteError, match="401"):
            job.wait(60)
        withdrawn = False
        new = connect("hosted", api_key="sk-new", base_url=service.url)
        sent = len(service.runs)
        assert 10 < sent < 200
        attached = attach(str(job.group_id), connection=new, tuning=QUICK)
        assert (attached.df["status"] == "completed").sum() == sent
        again = attach(str(job.group_id), connection=new, tuning=QUICK)
        assert again.id == attached.id
        assert_right(ask(service, 200, connection=new).df, 200)
        assert_paid_once(service, 200)


def test_a_group_of_rows_that_were_asked_in_different_ways_shows_every_answer() -> None:
    fields = {"ceo": {"type": "string"}}
    schema = {"type": "json", "json_schema": {"type": "object", "properties": fields}}
    with GroupsService().serve() as service:
        runs = [
            TaskRunInput(processor="lite", input="q0"),
            TaskRunInput(processor="core", input="q1", task_spec=TaskSpec(output_schema=schema)),
        ]
        job = back(service, make_group(service, runs))
        assert job.df["output"].tolist() == ["answer to: q0", '{"ceo": "answer to: q1"}']
        assert job.processor == "core, lite"
        assert math.isnan(list_jobs()["cost"][0])


def test_failed_rows_of_several_processors_are_not_asked_again_as_one() -> None:
    with GroupsService(fails=lambda _: True).serve() as service:
        runs = [TaskRunInput(processor=name, input="q") for name in ("lite", "core")]
        job = back(service, make_group(service, runs))
        with pytest.raises(InputError, match="several processors"):
            job.retry_failed()
        assert len(service.runs) == 2


@pytest.mark.parametrize("attempt", ["²", "9" * 5000, 10**30, "-1", 2.5, True])
def test_whatever_another_tool_has_written_for_an_attempt_is_read(attempt: Any) -> None:
    assert read_row_key({"pnb_row": "k", "pnb_try": attempt}) == ("k", 1)
    assert read_row_key({"pnb_row": "k", "pnb_try": "3"}) == ("k", 3)


@pytest.mark.parametrize(
    ("policy", "keys"),
    [
        (None, ["78afb494c27fcd5eeab25fcead2b463a", "010b24e6717b4b2aa98cfe0d9e946594"]),
        (
            SourcePolicy(include_domains=["sec.gov"], exclude_domains=[], after_date="2024-01-01"),
            ["f058ae8c228bf6fe91d1b98234f776e6", "7e615e7af3d485b85ccb219284be96f2"],
        ),
    ],
)
def test_a_question_has_the_key_that_it_has_in_the_journals_of_before(
    policy: SourcePolicy | None, keys: list[str]
) -> None:
    """With another one every answer that a person has would be asked, and paid, again."""
    fields = parse_fields("leader: str - Who leads it\nfounded: int? - Year")
    spec = TaskSpec(output_schema=output_spec(fields, description="d").schema)
    asked = Asked("hosted:0a1b2c", "base", RunSettings(source_policy=policy))
    inputs: list[Any] = ["Who leads Ada?", {"name": "Ada", "year": 1990}]
    assert keys_of(asked, spec, inputs, [None, None]) == keys
