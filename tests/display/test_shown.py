"""What `ask` hands to the displays: labels, prices, and what each front end asks for."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

import parallel_nb as pnb
from parallel_nb.api.types import TaskRunInput
from parallel_nb.connection import background, disconnect
from parallel_nb.display import job_bundle
from parallel_nb.display.rows import results_of
from parallel_nb.display.widgets.progress import state_of
from tests.service.groups import GroupsService
from tests.service.loopback import Loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.requests import Request

    from tests.conftest import SharedEngine


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_BASE_URL", "PARALLEL_NB_STATIC"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    yield tmp_path / "home"
    disconnect()
    background.shutdown()


def test_progress_and_table_name_a_row_by_the_same_column() -> None:
    frame = pd.DataFrame({"country": ["France", "Peru"], "city": ["Paris", "Lima"]})
    with GroupsService().serve() as service:
        where = pnb.connect(api_key="key-of-the-tests", base_url=service.url)
        job = pnb.tasks(frame, "Who founded {{city}}?", connection=where)
        results = results_of(job)
        panel = job.panel()
    assert {note.label for note in job.progress.newest} == {"Paris", "Lima"}
    assert results.heading == "city"
    assert [row.label for row in results.rows] == ["Paris", "Lima"]
    assert "city" in panel.bundle()["text/plain"]


def test_a_column_that_does_not_tell_rows_apart_does_not_name_them() -> None:
    frame = pd.DataFrame({"what": ["age", "age"], "city": ["Paris", "Lima"]})[["city", "what"]]
    with GroupsService().serve() as service:
        where = pnb.connect(api_key="key-of-the-tests", base_url=service.url)
        job = pnb.tasks(frame, "The {{what}} of {{city}}", connection=where)
        assert results_of(job).heading == "city"


def test_a_group_of_a_processor_without_a_known_price_says_so() -> None:
    with GroupsService().serve() as service:
        where = pnb.connect(api_key="key-of-the-tests", base_url=service.url)

        async def make() -> str:
            group = (await where.client.groups.create()).taskgroup_id
            runs = [TaskRunInput(processor="giga", input=f"question {n}") for n in range(3)]
            await where.client.groups.add_runs(group, runs)
            return group

        job = pnb.attach(background.run(make()), connection=where)
        for said in job_bundle(job).values():
            assert "the price of giga is not published" in said
            assert "$" not in said
        assert state_of(job.progress)["cost"] == "the price of giga is not published"


def test_marimo_is_given_the_static_twins_of_jobs_and_plans(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "marimo", SimpleNamespace(running_in_notebook=lambda: False))
    with GroupsService().serve() as service:
        where = pnb.connect(api_key="key-of-the-tests", base_url=service.url)
        job: Any = pnb.tasks([{"city": "Paris"}], "Who founded {{city}}?", connection=where)
        plan: Any = pnb.plan([{"city": "Lima"}], "Who founded {{city}}?", connection=where)
    for value, words in ((job, "<details>"), (plan, "nothing has been sent")):
        assert words in value._display_()._repr_html_()


async def answer_search(_: Request) -> JSONResponse:
    page = {"url": "https://a.example", "title": "A", "publish_date": None, "excerpts": ["x"]}
    return JSONResponse({"search_id": "search_1", "results": [page] * 12, "session_id": "s"})


def test_a_hosted_search_says_its_price_and_one_of_any_engine_says_none(
    engine: SharedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Starlette(routes=[Route("/v1/search", answer_search, methods=["POST"])])
    with Loopback(app) as service:
        hosted = pnb.connect(api_key="key-of-the-tests", base_url=service.url)
        found = pnb.search("Which metal is liquid?", max_results=12, connection=hosted)
    assert found.cost == pytest.approx(0.007)
    assert "$0.007 at prices of October 2026" in repr(found)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(engine.home))
    served = pnb.connect(api_key=engine.key, base_url=engine.url)
    assert served.label.startswith("embedded: sample documents, ")
    for where in (served, pnb.connect("embedded")):
        free = pnb.search("Which metal is liquid?", connection=where)
        assert free.cost == 0
        assert "$" not in repr(free).splitlines()[-1]
