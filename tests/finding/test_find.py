"""A find from its sentence to its table, on a service whose faults and pace are ordered."""

from __future__ import annotations

import asyncio
import math
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb.api.errors import InputError, JobIncompleteError, NotFoundError
from parallel_nb.display.panels import panel
from parallel_nb.finding.attach import attach_find
from parallel_nb.finding.start import plan_find, start_find
from parallel_nb.job import JobInterrupted, archive
from parallel_nb.job.journal import open_journal
from parallel_nb.job.journal.journal import Journal
from parallel_nb.settings import Settings
from tests.finding.find_helpers import CONDITIONS, ENRICH, OBJECTIVE, assert_right, sent, start
from tests.job.jobs_helpers import QUICK, connect_to, wait_until
from tests.service.findall import FindAllService
from tests.service.groups import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from parallel_nb.job.journal.records import CandidateRow


@pytest.fixture
def service() -> Iterator[FindAllService]:
    with FindAllService().serve() as running:
        yield running


def test_a_sentence_becomes_a_checked_table(service: FindAllService) -> None:
    find = start(service, enrich=ENRICH, limit=6)
    assert_right(find, 6)
    columns = ["name", "url", "description", "in_europe", "makes_pumps", "founded", "candidate_id"]
    assert list(find.df.columns) == columns
    assert str(find.df["founded"].dtype) == "Int64"
    assert find.df["founded"].tolist() == [1902, 1904, 1906, 1908, 1910, 1912]
    assert find.status == "done"
    assert find.message == ""
    (run,) = service.finds.values()
    assert run.body["metadata"] == {"pnb_job": find.id}
    assert run.body["entity_type"] == "companies"  # as the service's ingest says


def test_those_that_do_not_match_are_told_with_the_reason(service: FindAllService) -> None:
    candidates = start(service, limit=5).candidates
    assert candidates["match_status"].value_counts().to_dict() == {"matched": 5, "unmatched": 5}
    first = candidates.iloc[0]
    assert first["why"] == "in_europe: in_europe of company 1 stands there"
    assert not first["in_europe_matched"]
    assert first["makes_pumps_matched"]
    assert pd.isna(candidates.iloc[1]["why"])


def test_the_cost_is_fixed_part_matches_and_enrichment(service: FindAllService) -> None:
    find = start(service, enrich=ENRICH, limit=6)
    # base: 0.25 and 0.03 a match; core: 0.025 an enriched match
    assert find.cost == pytest.approx(0.25 + 6 * 0.03 + 6 * 0.025)
    assert archive.list_jobs()["cost"].tolist() == [pytest.approx(find.cost)]


def test_the_same_call_again_sends_nothing(service: FindAllService) -> None:
    first = start(service, enrich=ENRICH, limit=6)
    made = sent(service)
    second = start(service, enrich=ENRICH, limit=6)
    assert sent(service) == made == {"created": 1, "extended by": 0, "founded": 1}
    assert second.findall_id == first.findall_id
    assert second.df.equals(first.df)


def test_what_is_done_is_read_from_the_journal_without_the_service(
    service: FindAllService,
) -> None:
    connection = connect_to(service)
    first = start(service, enrich=ENRICH, limit=6, connection=connection)
    before = dict(service.requests)
    service.finds.clear()
    second = start(service, enrich=ENRICH, limit=6, connection=connection)
    assert service.requests == before
    assert (second.status, second.cost, second.message) == ("done", first.cost, "")
    assert second.df.equals(first.df)
    with pytest.raises(JobIncompleteError, match="no longer knows findall_000001"):
        second.extend(5)
    assert len(second.df) == 6


def test_a_higher_limit_extends_and_more_fields_enrich(service: FindAllService) -> None:
    start(service, limit=5)
    find = start(service, limit=8, enrich=ENRICH)
    assert sent(service) == {"created": 1, "extended by": 3, "founded": 1}
    assert_right(find, 8)
    assert find.df["founded"].notna().all()


def test_extend_and_enrich_go_on_with_the_same_find(service: FindAllService) -> None:
    find = start(service, limit=5)
    find.extend(4)
    assert_right(find, 9)
    find.enrich("employees: int? - Number of employees", processor="base")
    assert find.df["employees"].notna().all()
    for nothing in ("", None):
        with pytest.raises(InputError, match="no fields"):
            find.enrich(nothing)
    assert sent(service) == {"created": 1, "extended by": 4, "employees": 1}
    assert find.cost == pytest.approx(0.25 + 9 * 0.03 + 9 * 0.01)


def test_a_field_that_asks_for_something_else_is_not_answered_by_the_old_one(
    service: FindAllService,
) -> None:
    find = start(service, limit=5, enrich=ENRICH)
    other = "founded: str? - Month and year of founding"
    with pytest.raises(InputError, match="has a field 'founded' already, of another type"):
        start(service, limit=5, enrich=other)
    with pytest.raises(InputError, match="has a field 'founded' already"):
        find.enrich(other)
    assert sent(service) == {"created": 1, "extended by": 0, "founded": 1}
    anew = start(service, limit=5, enrich=other, fresh=True)
    assert str(anew.df["founded"].dtype) == "string"


def test_another_processor_for_a_field_that_is_there_is_refused_and_says_what_to_do(
    service: FindAllService,
) -> None:
    find = start(service, limit=5, enrich=ENRICH)
    for again in (
        lambda: start(service, limit=5, enrich=ENRICH, processor="pro"),
        lambda: start(service, limit=9, enrich=f"{ENRICH}\nceo: str?", processor="pro"),
        lambda: plan_find(
            OBJECTIVE, CONDITIONS, enrich=ENRICH, processor="pro", connection=connect_to(service)
        ),
        lambda: find.enrich(ENRICH, processor="pro"),
    ):
        with pytest.raises(InputError, match="'founded' already, researched by core") as told:
            again()
        for way in ("Leave the processor out", "%%parallel_task --over", "--fresh"):
            assert way in told.value.remedy
    assert sent(service) == {"created": 1, "extended by": 0, "founded": 1}
    # A processor that is not named, or is the same, is no other one; a new field may have another.
    start(service, limit=5, enrich="ceo: str?", processor="pro")
    for options in ({}, {"processor": "core"}):
        start(service, limit=5, enrich=ENRICH, **options)
    find.enrich("ceo: str?")
    start(service, limit=5, enrich="ceo: str?", processor="pro")
    assert sent(service) == {"created": 1, "extended by": 0, "founded": 1, "ceo": 1}
    planned = plan_find(OBJECTIVE, CONDITIONS, connection=connect_to(service))
    assert "founded by core, $0.025 a match; ceo by pro, $0.10 a match" in str(planned)
    anew = start(service, limit=5, enrich=ENRICH, processor="pro", fresh=True)
    assert anew.findall_id != find.findall_id


def test_a_find_that_has_found_all_is_not_extended() -> None:
    with FindAllService(world=8).serve() as service:
        find = start(service, limit=10)
        assert find.message == "4 matches of 10 wanted: there are no more candidates."
        with pytest.raises(InputError, match="there are no more"):
            find.extend(5)
        more = start(service, limit=20)
        assert more.message.startswith("It was not extended to 20 matches")
        assert more.progress.limit == 10  # what it cannot have is not wanted of it any longer
        planned = plan_find(OBJECTIVE, CONDITIONS, limit=10, connection=connect_to(service))
        assert planned.cost == 0
        assert sent(service) == {"created": 1, "extended by": 0}


def test_again_leaves_out_what_is_known(service: FindAllService) -> None:
    find = start(service, limit=5)
    more = find.again(limit=6)
    assert set(more.df["name"]).isdisjoint(find.candidates["name"])
    assert len(more.df) == 6
    assert len(service.finds) == 2


def test_fresh_searches_anew_and_goes_on_when_it_is_cut_off(service: FindAllService) -> None:
    start(service, limit=5)
    start(service, limit=5, fresh=True)
    start(service, limit=5, fresh=True)
    assert len(service.finds) == 3


def test_without_conditions_nothing_is_sent(service: FindAllService) -> None:
    with pytest.raises(InputError, match="in_europe: Headquarters are in Europe"):
        start(service, conditions=None)
    assert not service.finds
    plan = plan_find(OBJECTIVE, connection=connect_to(service))
    assert plan.conditions == CONDITIONS
    assert start(service, conditions=plan.conditions, limit=5).status == "done"


def test_what_may_cost_too_much_is_refused(service: FindAllService) -> None:
    with pytest.raises(InputError, match=r"may cost \$0\.55, over the limit of \$0\.50"):
        start(service, max_cost=0.5)
    assert not service.finds
    find = start(service, limit=5, max_cost=0.5)
    with pytest.raises(InputError, match=r"may cost \$0\.60"):
        find.extend(20, max_cost=0.5)
    with pytest.raises(InputError, match=r"may cost \$0\.125"):
        find.enrich(ENRICH, max_cost=0.1)
    assert sent(service) == {"created": 1, "extended by": 0}


def test_the_matches_yet_to_come_of_a_find_at_work_count_for_the_limit_of_an_enrichment() -> None:
    with FindAllService(pace=0.05).serve() as service:
        find = start(service, limit=50, wait=False)
        wait_until(lambda: find.progress.matched >= 1)
        find._detach()
        wait_until(lambda: find.status == "detached")
        with pytest.raises(InputError, match=r"may cost \$1\.25, over the limit of \$1\.00"):
            find.enrich(ENRICH, max_cost=1)
        assert sent(service) == {"created": 1, "extended by": 0}


def test_an_older_handle_goes_on_from_what_a_newer_one_has_made(service: FindAllService) -> None:
    find = start(service, limit=5)
    start(service, limit=8, enrich=ENRICH)
    find.extend(2)
    assert_right(find, 10)
    assert find.df["founded"].notna().all()
    assert sent(service) == {"created": 1, "extended by": 5, "founded": 1}
    assert find.cost == pytest.approx(0.25 + 10 * 0.03 + 10 * 0.025)


def test_what_failed_to_be_sent_is_not_sent_by_a_cell_that_asks_for_less() -> None:
    is_down = False

    def fault(method: str, route: str) -> Fault | None:
        return Fault("reset") if is_down and method == "POST" else None

    with FindAllService(faults=fault).serve() as service:
        connection = connect_to(service)
        hurry = replace(QUICK, give_up_after=0.3)
        find = start(service, limit=5, connection=connection, tuning=hurry)
        is_down = True
        attempts: list[Callable[[], Any]] = [
            lambda: find.extend(10),
            lambda: find.extend(10),
            lambda: find.enrich(ENRICH),
            lambda: start(service, limit=40, connection=connection, tuning=hurry),
        ]
        for go_on in attempts:
            with pytest.raises(JobIncompleteError):
                go_on()
        is_down = False
        planned = plan_find(OBJECTIVE, CONDITIONS, limit=5, connection=connection)
        assert (planned.cost, planned.request.limit) == (0, 5)
        assert len(start(service, limit=5, connection=connection).df) == 5
        assert sent(service) == {"created": 1, "extended by": 0}
        # And asked for once more it is sent once.
        assert len(find.extend(10).df) == 15
        assert sent(service) == {"created": 1, "extended by": 10}


def test_an_enrichment_whose_answer_was_lost_is_taken_up_by_any_form_of_the_cell() -> None:
    lost = iter([Fault("lost")])
    is_down = False

    def fault(method: str, route: str) -> Fault | None:
        if (method, route) == ("POST", "findall/runs/{id}/enrich"):
            return next(lost, None)
        return Fault("reset") if is_down and route.endswith("schema") else None

    with FindAllService(faults=fault).serve() as service:
        connection = connect_to(service)
        find = start(service, limit=5, connection=connection)
        first = service.requests["GET findall/runs/{id}/schema"]

        def fault_after_sending() -> None:
            nonlocal is_down
            wait_until(lambda: service.requests["POST findall/runs/{id}/enrich"] == 1)
            is_down = True

        threading.Thread(target=fault_after_sending).start()
        find._setup.tuning = replace(QUICK, give_up_after=0.3, reconcile_after=0.5)
        with pytest.raises(JobIncompleteError):
            find.enrich(ENRICH)
        assert service.requests["GET findall/runs/{id}/schema"] > first
        is_down = False
        again = start(service, limit=5, connection=connection)
        assert again.df["founded"].notna().all()
        assert again.cost == pytest.approx(0.25 + 5 * 0.03 + 5 * 0.025)
        assert sent(service) == {"created": 1, "extended by": 0, "founded": 1}


def test_a_find_that_never_began_is_begun_as_it_is_asked_for_now(service: FindAllService) -> None:
    connection = connect_to(service)
    start_find("Others", CONDITIONS, limit=5, connection=connection, tuning=QUICK)
    connection.client.find_quota.most = 1
    find = start(service, limit=50, enrich=ENRICH, connection=connection, wait=False)
    wait_until(lambda: "an hour begin" in find.message)
    find.cancel().wait(60)
    assert find.message == "Cancelled before it began: nothing was paid."
    connection.client.find_quota.most = 300
    planned = plan_find(OBJECTIVE, CONDITIONS, limit=5, connection=connection)
    assert planned.cost == pytest.approx(0.25 + 5 * 0.03)
    assert len(start(service, limit=5, connection=connection).df) == 5
    assert sent(service) == {"created": 2, "extended by": 0}


@pytest.mark.usefixtures("quick_client")
def test_a_find_that_is_lost_from_sight_goes_on_costing_and_says_so() -> None:
    is_down = False

    def fault(_: str, route: str) -> Fault | None:
        is_lost = route.endswith("events") or (is_down and route)  # else the stream would tell
        return Fault("reset") if is_lost else None

    with FindAllService(faults=fault, pace=0.05).serve() as service:
        connection = connect_to(service)
        hurry = replace(QUICK, give_up_after=0.3)
        find = start(service, limit=200, wait=False, connection=connection, tuning=hurry)
        wait_until(lambda: find.progress.matched >= 2)
        is_down = True
        with pytest.raises(JobIncompleteError, match=r"may go on at the service, \$\d\.\d+ so far"):
            find.wait()
        assert r"$6.25 at most; find.cancel() ends it" in find.message
        (row,) = archive.list_jobs().to_dict("records")
        assert row["state"] == "incomplete"
        assert row["cost"] + row["reserved"] == pytest.approx(6.25)
        is_down = False
        find.cancel().wait(60)
        (row,) = archive.list_jobs().to_dict("records")
        assert (row["state"], row["reserved"]) == ("stopped", 0)


def test_again_is_another_find_also_where_none_was_found() -> None:
    with FindAllService(pace=0.3).serve() as service:
        find = start(service, limit=5, wait=False)
        wait_until(lambda: find.findall_id is not None)
        find.cancel().wait(60)
        assert find.candidates.empty
        service.pace = 0.0
        more = find.again()
        assert (more.findall_id, len(more.df)) == ("findall_000002", 5)


def test_a_find_that_says_it_has_ended_can_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    set_state = Journal.set_state

    def slowly(self: Journal, job_id: str, state: str, message: str = "") -> None:
        time.sleep(0.5 if state == "done" else 0)
        set_state(self, job_id, state, message)

    monkeypatch.setattr(Journal, "set_state", slowly)
    with FindAllService().serve() as service:
        find = start(service, limit=5, wait=False)
        wait_until(lambda: find.status == "done")
        assert len(find.extend(2).df) == 7


def test_only_fields_that_were_researched_are_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    costs: list[float] = []
    with FindAllService().serve() as service:
        find = start(service, limit=5, enrich=ENRICH)
        assert find.cost == pytest.approx(0.25 + 5 * 0.03 + 5 * 0.025)
        enrich_all = service._enrich_all

        async def slowly(run: Any) -> None:
            costs.append(find.cost)
            costs.extend(archive.list_jobs()["cost"])
            await enrich_all(run)

        monkeypatch.setattr(service, "_enrich_all", slowly)
        find.enrich("employees: int?", processor="pro")
        # As the find says, and as the list of jobs does.
        assert costs[:2] == [pytest.approx(0.25 + 5 * 0.03 + 5 * 0.025)] * 2
        assert find.cost == pytest.approx(0.25 + 5 * 0.03 + 5 * 0.025 + 5 * 0.1)


def test_enrichments_that_failed_are_not_billed_when_the_find_has_ended() -> None:
    with FindAllService(fails_to_enrich=lambda number: number % 4 == 0).serve() as service:
        find = start(service, limit=6, enrich=ENRICH)
        assert find.status == "done"
        assert find.df["founded"].notna().sum() == 3
        right = pytest.approx(0.25 + 6 * 0.03 + 3 * 0.025)
        assert find.cost == right
        (row,) = archive.list_jobs().to_dict("records")
        assert (row["cost"], row["reserved"]) == (right, 0)
        # Taken up again, from the journal alone.
        assert start(service, limit=6, enrich=ENRICH).cost == right


def test_an_enrichment_without_a_published_price_is_refused_under_any_limit(
    service: FindAllService,
) -> None:
    options: dict[str, Any] = {"enrich": ENRICH, "processor": "core-fast", "limit": 5}
    with pytest.raises(InputError, match="may cost an unpublished amount, over the limit"):
        start(service, max_cost=100, **options)
    assert not service.finds
    find = start(service, **options)
    assert math.isnan(find.cost)
    assert not find.progress.priced
    planned = plan_find("Others", CONDITIONS, connection=connect_to(service), **options)
    assert "at most an unpublished amount" in str(planned)
    plain = start(service, limit=6)
    with pytest.raises(InputError, match="may cost an unpublished amount"):
        plain.enrich("size: int?", processor="core-fast", max_cost=100)


def test_the_plan_tells_what_is_still_to_be_paid(service: FindAllService) -> None:
    connection = connect_to(service)
    plan = plan_find(OBJECTIVE, CONDITIONS, enrich=ENRICH, limit=10, connection=connection)
    assert plan.cost == pytest.approx(0.25 + 10 * 0.03 + 10 * 0.025)
    start(service, enrich=ENRICH, limit=10)
    again = plan_find(OBJECTIVE, CONDITIONS, enrich=ENRICH, limit=10, connection=connection)
    assert again.cost == 0
    more = plan_find(OBJECTIVE, CONDITIONS, enrich=ENRICH, limit=15, connection=connection)
    assert more.cost == pytest.approx(5 * 0.03 + 5 * 0.025)
    options: dict[str, Any] = {"enrich": "size: int?", "processor": "lite", "limit": 15}
    other = plan_find(OBJECTIVE, CONDITIONS, connection=connection, **options)
    assert other.cost == pytest.approx(5 * 0.03 + 5 * 0.025 + 15 * 0.005)


def test_an_attached_find_is_followed_and_nothing_is_sent(service: FindAllService) -> None:
    first = start(service, limit=5)
    posts = [name for name in service.requests if name.startswith("POST")]
    back = attach_find(str(first.findall_id), connection=connect_to(service))
    assert back.df.equals(first.df)
    assert [name for name in service.requests if name.startswith("POST")] == posts


def test_a_find_of_another_tool_is_taken_up(service: FindAllService, home: Path) -> None:
    first = start(service, limit=5, enrich=ENRICH)
    (home / "journal.sqlite3").unlink()
    back = attach_find(str(first.findall_id), connection=connect_to(service), tuning=QUICK)
    assert back.df.equals(first.df)
    assert back.prompt == OBJECTIVE
    assert back.conditions == CONDITIONS
    with pytest.raises(NotFoundError):
        attach_find("findall_unknown", connection=connect_to(service))


def test_names_of_another_tool_hide_no_column_of_ours(service: FindAllService, home: Path) -> None:
    first = start(service, limit=5, enrich="founded: int?")
    (run,) = service.finds.values()
    (home / "journal.sqlite3").unlink()
    (run.body["match_conditions"][0]["name"], old) = ("name", "in_europe")
    schema = run.enrichments[0]["output_schema"]["json_schema"]
    schema["properties"] = {"url": {"type": "string"}}
    for candidate in run.candidates:
        output = candidate["output"]
        output["name"], output["url"] = output.pop(old), {"value": "x", "type": "enrichment"}
    back = attach_find(str(first.findall_id), connection=connect_to(service), tuning=QUICK)
    assert back.df[["name", "url"]].equals(first.df[["name", "url"]])
    assert list(back.df["name_found"]) == list(first.df["in_europe"])
    assert list(back.df["url_found"]) == ["x"] * 5
    assert back.enrich("size: int?").df["size"].notna().all()


def test_cancelling_ends_the_run_at_the_service() -> None:
    with FindAllService(pace=0.02).serve() as service:
        find = start(service, limit=200, wait=False)
        wait_until(lambda: find.progress.matched >= 3)
        find.cancel().wait(60)
        assert service.cancelled == [find.findall_id]
        assert find.status == "stopped"
        assert "found until then are kept" in find.message
        assert len(find.df) >= 3
        # The same call does not begin another one.
        assert start(service, limit=200).status == "stopped"
        assert len(service.finds) == 1


def test_a_cancelled_find_is_not_searched_on_for_an_enrichment() -> None:
    with FindAllService(pace=0.02).serve() as service:
        find = start(service, limit=200, wait=False)
        wait_until(lambda: find.progress.matched >= 3)
        find.cancel().wait(60)
        matched = len(find.df)
        with pytest.raises(InputError, match="take up its search again"):
            find.enrich(ENRICH)
        again = start(service, limit=200, enrich=ENRICH)
        assert again.status == "stopped"
        assert "%%parallel_task --over" in again.message
        higher = start(service, limit=300)
        assert "It was not extended" in higher.message
        # one may have been on its way when it was cancelled
        assert matched <= len(again.df) <= matched + 1
        assert "founded" not in again.df
        assert sent(service) == {"created": 1, "extended by": 0}


def test_an_interrupt_leaves_the_find_at_work_and_loses_nothing() -> None:
    with FindAllService(pace=0.02).serve() as service:
        find = start(service, limit=12, wait=False)
        wait_until(lambda: find.progress.matched >= 2)
        thread = threading.Timer(0.1, signal.raise_signal, (signal.SIGINT,))
        thread.start()
        with pytest.raises(JobInterrupted, match=r"%parallel_attach findall_000001"):
            find.wait()
        assert find.status == "detached"
        assert not service.cancelled
        assert_right(start(service, limit=12), 12)
        assert len(service.finds) == 1


def test_a_detached_find_can_be_cancelled() -> None:
    with FindAllService(pace=0.05).serve() as service:
        find = start(service, limit=200, wait=False)
        wait_until(lambda: find.progress.matched >= 1)
        find._detach()
        wait_until(lambda: find.status == "detached")
        find.cancel().wait(60)
        assert service.cancelled == [find.findall_id]


def test_a_find_that_the_servicefails_says_so_and_keeps_what_it_has() -> None:
    with FindAllService(ends_as=("failed", "error_occurred")).serve() as service:
        with pytest.raises(JobIncompleteError, match="2 matches found so far"):
            start(service)
        (row,) = archive.list_jobs().to_dict("records")
        assert (row["state"], row["reserved"], row["running"]) == ("incomplete", 0, 0)
        with pytest.raises(JobIncompleteError):
            start(service)
        assert len(service.finds) == 1
    with (
        FindAllService(ends_as=("completed", "insufficient_funds")).serve() as service,
        pytest.raises(JobIncompleteError, match="credit of the account ran out"),
    ):
        start(service)


def test_a_find_the_serviceno_longer_has_is_read_from_the_journal(
    service: FindAllService,
) -> None:
    find = start(service, limit=5)
    service.finds.clear()
    back = attach_find(str(find.findall_id), connection=connect_to(service), wait=False)
    assert back.df.equals(find.df)
    with pytest.raises(JobIncompleteError, match="no longer knows findall_000001"):
        back.wait()


def test_a_find_that_tells_nothing_new_is_left_after_a_while() -> None:
    with FindAllService(pace=600).serve() as service:
        began = time.monotonic()
        find = start(service, max_wait=0.01)
        assert find.status == "detached"
        assert "told nothing new" in find.message
        assert time.monotonic() - began < 60


def test_the_list_of_jobs_and_exports_have_finds(service: FindAllService, tmp_path: Path) -> None:
    find = start(service, limit=5)
    (line,) = archive.list_jobs().to_dict("records")
    assert (line["group_id"], line["rows"], line["answered"]) == (find.findall_id, 10, 5)
    assert line["processor"] == "base"
    path = tmp_path / "found.csv"
    assert archive.export_job(str(find.findall_id), path) == 10
    exported = pd.read_csv(path)
    assert exported["status"].value_counts().to_dict() == {"completed": 5, "unmatched": 5}
    assert archive.clear_jobs(str(find.findall_id)).forgotten == 1


def _leaves_the_fifth(number: int) -> bool:
    if number == 5:
        raise asyncio.CancelledError  # nobody judges it any more
    return number % 2 == 0


def test_the_list_of_jobs_says_what_a_find_reserves_and_that_nothing_runs_when_it_is_over() -> None:
    with FindAllService(matches=_leaves_the_fifth).serve() as service:
        find = start(service, limit=50, wait=False)
        wait_until(lambda: find.progress.unjudged == 1)
        find._detach()
        wait_until(lambda: find.status == "detached")
        (line,) = archive.list_jobs().to_dict("records")
        assert line["cost"] == pytest.approx(0.25 + 2 * 0.03)
        assert line["reserved"] == pytest.approx(48 * 0.03)
        assert line["running"] == 1
        find.cancel().wait(60)
        (line,) = archive.list_jobs().to_dict("records")
        assert (line["running"], line["reserved"]) == (0, 0.0)


def test_a_question_over_a_found_table_has_a_basis_of_its_own(service: FindAllService) -> None:
    pnb.connect("hosted", api_key="sk-secret", base_url=service.url)
    find = start(service, limit=5)
    fields = pnb.parse_fields("leader: str? - Who leads it")
    job = pnb.tasks(find.df, "Who leads {{name}}?", output=fields)
    lines = job.df.parallel.basis()
    assert {"in_europe", "makes_pumps", "leader"} == set(lines["field"])
    assert set(find.df.parallel.basis()["field"]) == {"in_europe", "makes_pumps"}
    rows = lines.loc[lines["field"] == "in_europe", "row"]
    assert sorted(rows) == list(range(5))


def test_a_find_is_no_answer_to_go_on_from(service: FindAllService) -> None:
    find = start(service, limit=5)
    for after in (find, find.df):
        with pytest.raises(InputError, match="no answers to go on from"):
            pnb.tasks(find.df, "Who leads {{name}}?", after=after)
    assert not service.groups


def test_excluded_entities_are_sent(service: FindAllService) -> None:
    known = pd.DataFrame({"name": ["company 2", None], "url": ["c.example", "d.example"]})
    find = start(service, limit=5, exclude=known)
    assert "company 2" not in set(find.candidates["name"])
    (run,) = service.finds.values()
    assert run.body["exclude_list"] == [
        {"name": "company 2", "url": "c.example"},
        {"name": "", "url": "d.example"},
    ]


def test_candidates_are_never_lost_by_an_older_answer(service: FindAllService, home: Path) -> None:
    find = start(service, limit=5)
    before = find.df
    for run in service.finds.values():  # as a cache on the way might answer
        for candidate in run.candidates:
            candidate |= {"match_status": "generated", "output": None, "basis": None}
    back = attach_find(str(find.findall_id), connection=connect_to(service))
    assert back.df.equals(before)
    assert open_journal(Settings(home=home)).counts()[find.id] == {"completed": 5, "unmatched": 5}


def test_a_slow_write_of_an_older_state_is_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()
    put = Journal.put_candidates

    def slow(journal: Journal, job_id: str, group_id: str, rows: list[CandidateRow]) -> None:
        is_first = not begun.is_set() and any(row.state == "completed" for row in rows)
        if is_first:  # it takes longer than the rest of the find
            begun.set()
            time.sleep(3)
        put(journal, job_id, group_id, rows)
        if is_first:
            ended.set()

    monkeypatch.setattr(Journal, "put_candidates", slow)
    with FindAllService(pace=0.05).serve() as service:
        find = start(service, limit=5, enrich=ENRICH)
        assert ended.wait(60)
        assert_right(find, 5)
        assert find.df["founded"].notna().all()


def test_two_finds_of_one_call_at_the_same_time_are_one(service: FindAllService) -> None:
    found = [start(service, limit=5, wait=False) for _ in range(4)]
    assert {find.wait(20).findall_id for find in found} == {"findall_000001"}
    assert len(service.finds) == 1


def test_preview_takes_few_candidates(service: FindAllService) -> None:
    with pytest.raises(InputError, match="not between 5 and 10"):
        start(service, generator="preview", limit=20)
    find = start(service, generator="preview", limit=5)
    assert find.cost == pytest.approx(0.10)
    with pytest.raises(InputError, match="11 matches in all, over 10"):
        find.extend(6)


def test_a_find_beyond_the_quota_says_when_it_begins_and_costs_nothing_when_stopped(
    service: FindAllService,
) -> None:
    connection = connect_to(service)
    connection.client.find_quota.most = 1
    start(service, limit=5, connection=connection)
    find = start_find("Makers of pumps", CONDITIONS, connection=connection, wait=False)
    wait_until(lambda: "lets 1 find an hour begin" in find.message)
    find._detach()
    wait_until(lambda: find.status == "detached")
    assert find.message == "Nothing was begun."
    assert service.requests["POST findall/runs"] == 1
    connection.client.find_quota.most = 2
    again = start_find("Makers of pumps", CONDITIONS, connection=connection, tuning=QUICK)
    assert_right(again, 10)
    assert service.requests["POST findall/runs"] == 2


def test_what_is_in_doubt_is_begun_by_no_other_form_of_the_cell() -> None:
    faults = iter([Fault("lost")])

    def fault(method: str, route: str) -> Fault | None:
        return next(faults, None) if (method, route) == ("POST", "findall/runs") else None

    with FindAllService(faults=fault).serve() as service:
        connection = connect_to(service)
        for options in ({}, {"limit": 20}, {"enrich": ENRICH}, {"title": "Others"}):
            with pytest.raises(JobIncompleteError, match="not known whether the find") as told:
                start(service, connection=connection, **options)
            assert "%parallel_attach findall_" in str(told.value)
            assert "--fresh" in str(told.value)
        assert service.requests["POST findall/runs"] == 1
        (row,) = archive.list_jobs().to_dict("records")
        assert (row["state"], row["group_id"]) == ("incomplete", None)


def test_fields_that_a_candidate_was_not_researched_for_are_not_called_not_found(
    service: FindAllService,
) -> None:
    find = start(service, enrich=ENRICH, limit=5)
    stored = archive.read_job(archive.find_job(str(find.findall_id)))
    shown: Any = panel(stored)
    fields = ["in_europe", "makes_pumps", "founded"]
    rows = [dict(zip(fields, row[4], strict=True)) for row in shown.answer("rows", {})["rows"]]
    assert [row["founded"] for row in rows[:2]] == ["not researched", "1902"]
    assert "researched" in shown.answer("evidence", {"row": 0, "field": 2})["reasoning"]
    assert "founded: not researched" in shown.bundle()["text/plain"]
    found: Any = panel(pd.concat([find.df, find.candidates[["name", "candidate_id"]].head(1)]))
    assert [row[4][2] for row in found.answer("rows", {})["rows"]][-1] == "not researched"
    lines = archive.read_answers(archive.find_job(str(find.findall_id)), basis=True)
    assert len(lines[lines["field"] == "founded"]) == 5  # the matches alone
