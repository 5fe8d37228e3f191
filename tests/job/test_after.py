"""Going on from earlier answers: each row from its own run, with what the service needs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest

import parallel_nb as pnb
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.display.panels import panel
from parallel_nb.job import Job, attach, plan, start
from tests.job.jobs_helpers import QUICK, ask, companies, connect_to
from tests.service.groups import Fault, GroupsService, Run

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE = "And before?"


@pytest.fixture
def service() -> Iterator[GroupsService]:
    with GroupsService().serve() as service:
        yield service


def go_on(service: GroupsService, frame: Any, after: Any, **options: Any) -> Job:
    chosen: dict[str, Any] = {"output": parse_fields("before: str?"), "tuning": QUICK} | options
    return start(frame, BEFORE, after=after, connection=connect_to(service), **chosen)


def followed(service: GroupsService, job: Job, column: str = "run_id") -> list[tuple[str, str]]:
    """For each row its earlier and its present question."""
    interactions = {run.interaction_id: run for run in service.runs.values()}
    runs = [service.runs[run_id] for run_id in job.df[column]]
    return [(_name(interactions[run.sent["previous_interaction_id"]]), _name(run)) for run in runs]


def _name(run: Run) -> str:
    text = run.input if isinstance(run.input, str) else run.input["name"]
    return str(text).removeprefix("Who leads ").rstrip("?")


@pytest.mark.parametrize("rows", [3, 40])
def test_each_row_goes_on_from_its_own_row(service: GroupsService, rows: int) -> None:
    first = ask(service, rows)
    for after in (first, first.df):
        job = go_on(service, companies(rows), after)
        names = companies(rows)["name"].tolist()
        assert followed(service, job) == list(zip(names, names, strict=True))
    assert len(service.runs) == 2 * rows  # the second time it was answered from the journal


def test_rows_are_told_by_their_run_ids_however_they_lie(service: GroupsService) -> None:
    first = ask(service, 12)
    frame = first.df.iloc[::-1].head(5).reset_index(drop=True)
    job = go_on(service, frame, first, suffix="_2", columns=["name"])
    assert [before for before, _ in followed(service, job, "run_id_2")] == frame["name"].tolist()
    assert job.df.columns[-4:].tolist() == ["before", "run_id_2", "status_2", "error_2"]
    assert len(job.failed) == 0
    third = go_on(service, job.df, job.df, suffix="_3", columns=["name"], output=None)
    interactions = {service.runs[run_id].interaction_id for run_id in job.df["run_id_2"]}
    sent = {service.runs[run_id].sent["previous_interaction_id"] for run_id in third.df["run_id_3"]}
    assert sent == interactions


def test_rows_are_told_by_their_labels_and_elsewhere_by_their_order(
    service: GroupsService,
) -> None:
    first = ask(service, 6)
    job = go_on(service, companies(6).iloc[[4, 1]], first)
    assert [before for before, _ in followed(service, job)] == ["company 4", "company 1"]
    polars = ask(service, pl.DataFrame(companies(6)))
    job = go_on(service, pl.DataFrame(companies(6)), polars)
    assert [before for before, _ in followed(service, job)] == companies(6)["name"].tolist()


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (companies(5).iloc[::-1].reset_index(drop=True), "has nothing of the row"),
        (pl.DataFrame(companies(4)), "it cannot be told which of its 5 rows"),
    ],
)
def test_rows_that_cannot_be_told_are_refused(
    service: GroupsService, frame: Any, words: str
) -> None:
    first = ask(service, 5)
    with pytest.raises(pnb.InputError, match=words):
        go_on(service, frame, first)
    assert len(service.runs) == 5


@pytest.mark.parametrize(
    ("after", "words"), [(7, "is no answer"), ("no id", "no id of a run"), (companies(3), "run_id")]
)
def test_what_is_no_answer_is_refused(service: GroupsService, after: Any, words: str) -> None:
    with pytest.raises(pnb.InputError, match=words):
        go_on(service, companies(3), after)
    assert not service.runs


def test_a_row_whose_earlier_row_has_no_answer_is_not_asked() -> None:
    with GroupsService(fails=lambda run: str(run.input).endswith("company 1?")).serve() as service:
        first = ask(service, 3)
        for after in (first, first.df):
            job = go_on(service, companies(3), after)
            assert job.df["status"].tolist() == ["completed", "skipped", "completed"]
            assert job.df["error"][1] == "nothing to go on from: its earlier row has no answer"
        planned = plan(companies(3), BEFORE, after=first, connection=connect_to(service))
        assert any("nothing to go on from" in note for note in planned.notes)


def test_what_is_gone_on_from_is_part_of_the_question(service: GroupsService) -> None:
    first, fresh = ask(service, 3), ask(service, 3, fresh=True)
    jobs = [go_on(service, companies(3), after) for after in (first, fresh, None, first)]
    sent = [job.progress.completed for job in jobs]
    assert sent == [3, 3, 3, 0]


def test_a_plan_asks_the_service_for_nothing(service: GroupsService) -> None:
    first = ask(service, 30)
    connection = connect_to(service)
    before = service.requests.copy()
    planned = plan(companies(30), BEFORE, after=first, connection=connection)
    assert planned.to_send == 30
    assert "30 questions going on from earlier answers." in planned.notes
    assert service.requests == before


def test_one_question_goes_on_from_one_answer(service: GroupsService) -> None:
    connection = connect_to(service)
    result = pnb.task("Who leads LEGO?", connection=connection)
    further = result.ask(BEFORE, connection=connection)
    assert pnb.task(BEFORE, after=result, connection=connection).run_id == further.run_id
    (last,) = [run for run in service.runs.values() if run.run_id == further.run_id]
    assert last.sent["previous_interaction_id"] == service.runs[result.run_id].interaction_id
    assert further.ask(BEFORE, connection=connection).run_id != further.run_id
    with pytest.raises(pnb.InputError, match="after cannot be passed here"):
        result.ask(BEFORE, after=further)


def test_an_answer_of_another_service_is_refused(service: GroupsService) -> None:
    with GroupsService().serve() as other:
        first = ask(other, 2)
    with pytest.raises(pnb.InputError, match="it was asked on another connection"):
        go_on(service, companies(2), first)
    assert not service.runs


def test_a_run_that_the_service_has_forgotten_is_told_before_anything_is_sent(
    service: GroupsService,
) -> None:
    with pytest.raises(pnb.InputError, match="1 run to go on from cannot be had"):
        pnb.task(BEFORE, after="trun_99", connection=connect_to(service))
    assert not service.runs


def test_an_attached_job_sends_the_rest_with_all_that_its_runs_carry() -> None:
    posts = 0

    def faults(method: str, route: str) -> Fault | None:
        nonlocal posts
        posts += (method, route) == ("POST", "groups/{id}/runs")
        return Fault("402") if posts == 3 and method == "POST" else None

    with GroupsService(faults=faults).serve() as service:
        first = ask(service, 60, tuning=None)
        with pytest.raises(pnb.JobIncompleteError):
            go_on(
                service,
                companies(60),
                first,
                metadata={"label": "{{name}}", "batch": 7},
                data_sources=["pubmed"],
                memory_scope="project-7",
            )
        group_id = str(pnb.jobs()["group_id"][0])
        job = attach(group_id, connection=connect_to(service), tuning=QUICK, submit=True)
        assert (job.df["status"] == "completed").all()
        runs = [run for run in service.runs.values() if run.group_id == group_id]
        assert len(runs) == 60
        for run in runs:
            assert run.metadata is not None
            assert run.metadata["label"] == run.input["name"]
            assert run.metadata["batch"] == 7
            assert run.sent["memory_scope_key"] == "project-7"
            assert run.sent["advanced_settings"] == {"data_sources": {"free": ["pubmed"]}}
        names = companies(60)["name"].tolist()
        assert sorted(before for before, _ in followed(service, job)) == sorted(names)


def test_a_group_of_another_machine_is_asked_again_with_what_its_runs_carried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    with GroupsService(fails=lambda run: "previous_interaction_id" in run.sent).serve() as service:
        first = ask(service, 2)
        job = go_on(service, companies(2), first, metadata={"label": "{{name}}"})
        monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "another"))
        service.fails = lambda _: False
        back = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        back.retry_failed()
        for run in list(service.runs.values())[-2:]:
            assert run.sent["previous_interaction_id"].startswith("int_trun_")
            assert run.metadata is not None
            assert run.metadata["label"] == run.input["name"]


def test_another_key_of_the_same_account_finds_the_answers_again(service: GroupsService) -> None:
    first = ask(service, 3)
    job = go_on(service, companies(3), first)
    other = pnb.connect("hosted", api_key="sk-another", base_url=service.url)
    attach(str(job.group_id), connection=other, tuning=QUICK)
    again = start(companies(3), BEFORE, after=first, connection=other, output=job.fields)
    assert again.progress.reused == 3


def test_a_job_that_runs_is_waited_for() -> None:
    with GroupsService(latency=lambda _: 0.2).serve() as service:
        first = ask(service, 3, wait=False)
        job = go_on(service, companies(3), first)
        assert (job.df["status"] == "completed").all()


def test_a_frame_read_back_from_a_file_goes_on(service: GroupsService, tmp_path: Any) -> None:
    ask(service, 3).df.to_csv(tmp_path / "answers.csv", index=False)
    frame = pd.read_csv(tmp_path / "answers.csv")
    job = go_on(service, frame, frame, suffix="_2", columns=["name"])
    assert followed(service, job, "run_id_2")[2] == ("company 2", "company 2")


def test_a_panel_shows_the_answers_and_not_the_columns_of_their_names(
    service: GroupsService,
) -> None:
    frame = companies(3).assign(leader="nobody")
    job = ask(service, frame, suffix="_found")
    assert job.df["leader"].tolist() == ["nobody"] * 3
    assert job.df["leader_found"][1] == "answer to: Who leads company 1?"
    for shown in (job, job.df):
        made: Any = panel(shown)
        table = made.table
        assert table.fields == ("leader", "founded")
        assert table.rows[1].cells[1] == "answer to: Who leads company 1?"
        assert not table.frame  # no code: it would name the wrong column
    back = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
    assert "leader_found" not in back.df.columns  # the sentences have no such column
    assert (back.df["status"] == "completed").all()


def test_a_field_run_id_with_a_suffix_leaves_the_panel_and_the_basis_of_the_frame_alone(
    service: GroupsService,
) -> None:
    fields = parse_fields("run_id: str?\nstatus: str?")
    job = start(
        companies(3),
        "Which run leads {{name}}?",
        output=fields,
        suffix="_found",
        connection=connect_to(service),
        tuning=QUICK,
    )
    made: Any = panel(job.df)
    assert made.table.fields == ("run_id", "status")
    assert made.table.rows[1].cells[1] == "answer to: Which run leads company 1?"
    assert len(job.df.parallel.basis()) == len(job.basis)


def test_the_headers_of_tool_servers_are_sent_and_never_kept(home: Any) -> None:
    server = {"name": "crm", "url": "https://mcp.example.com", "headers": {"x-key": "sk-hidden"}}
    failing = True
    with GroupsService(fails=lambda _: failing).serve() as service:
        job = ask(service, 2, mcp_servers=[server])
        assert {
            run.sent["mcp_servers"][0]["headers"]["x-key"] for run in service.runs.values()
        } == {"sk-hidden"}
        assert not any(b"sk-hidden" in file.read_bytes() for file in home.glob("**/*.sqlite3*"))
        back = attach(str(job.group_id), connection=connect_to(service), tuning=QUICK)
        with pytest.raises(pnb.InputError, match="The headers of the MCP server 'crm' are not"):
            back.retry_failed()
        failing = False
        renewed = server | {"headers": {"x-key": "sk-of-tomorrow"}}
        assert ask(service, 2, mcp_servers=[renewed]).progress.completed == 2
        # Another key is the same server, and another server is another question.
        assert ask(service, 2, mcp_servers=[server]).progress.reused == 2
        assert ask(service, 2, mcp_servers=[server | {"name": "erp"}]).progress.reused == 0
