"""What our extension of the Jupyter server answers, below a base URL as behind a JupyterHub."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

import parallel_nb as pnb
from parallel_nb.connection import background, disconnect
from parallel_nb.display.widgets.assets import read_asset
from parallel_nb.lessons import LESSONS
from tests.browser.jupyter import ROOT, Lab, wait_for
from tests.browser.server import running_lab
from tests.service.findall import FindAllService
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = [{"ship": f"ship {number:03d}"} for number in range(40)]
FIELDS = "owner: str? - Who owns it"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder, base_url="/user/ada") as running:
        yield running


@pytest.fixture(autouse=True)
def home(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process writes into the journal that the server reads, as a kernel does."""
    monkeypatch.setenv("PARALLEL_NB_HOME", str(lab.home))
    yield
    disconnect()
    background.shutdown()


def ask(
    lab: Lab, path: str, method: str = "GET", body: Any = None, token: str | None = None
) -> tuple[int, Any]:
    """Status and answer of a request of our routes."""
    request = urllib.request.Request(  # noqa: S310 - a loopback address
        f"{lab.url}/parallel-nb/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {lab.token if token is None else token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            data, kind = answer.read(), answer.headers["Content-Type"]
            read = json.loads if "json" in kind else bytes.decode if "text" in kind else bytes
            return answer.status, read(data)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def listed(lab: Lab) -> list[dict[str, Any]]:
    status, answer = ask(lab, "jobs")
    assert status == 200, answer
    jobs: list[dict[str, Any]] = answer["jobs"]
    return jobs


@pytest.fixture(scope="module")
def asked(lab: Lab) -> Iterator[str]:
    """A finished job of the journal, by the id of its group."""
    with GroupsService(fails=lambda run: run.index == 3).serve() as service:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PARALLEL_NB_HOME", str(lab.home))
            patch.setenv("JPY_SESSION_NAME", "/home/ada/fleet/due diligence.ipynb")
            pnb.connect(api_key="a-key-that-must-not-be-shown", base_url=service.url)
            job = pnb.tasks(
                ROWS, "Who owns {{ship}}?", output=pnb.parse_fields(FIELDS), title="Ships <b>"
            )
        assert job.group_id
        yield job.group_id


def test_a_job_is_listed_in_ready_words_and_without_the_key(lab: Lab, asked: str) -> None:
    (job,) = [job for job in listed(lab) if job["name"] == asked]
    assert job["title"] == "Ships <b>"
    assert job["counts"] == "39 of 40 answered, 1 failed"
    processor, connection, notebook = job["about"].split(" · ")
    assert (processor, notebook) == ("base", "due diligence.ipynb")
    assert connection.startswith("hosted (127.0.0.1:")
    assert (job["is_at_work"], job["when"], job["state"]) == (False, "just now", "")
    assert job["shares"] == {"ok": 39 / 40, "bad": 1 / 40, "run": 0}
    assert job["cost"].startswith("$0.")
    _, answer = ask(lab, "jobs")
    assert (answer["status"], answer["at_work"]) == ("Parallel", 0)
    assert answer["spent"] == f"{job['cost']} today"
    assert "a-key-that" not in json.dumps(answer)


def test_looking_makes_no_journal(tmp_path_factory: pytest.TempPathFactory) -> None:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder) as fresh:
        status, answer = ask(fresh, "jobs")
        assert (status, answer["jobs"], answer["status"]) == (200, [], "Parallel")
        assert "PARALLEL_API_KEY" in answer["hint"]
        assert not fresh.home.exists()


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("jobs", "GET"),
        ("jobs/x", "DELETE"),
        ("jobs/x/stop", "POST"),
        ("jobs/x/panel", "POST"),
        ("jobs/x/export", "GET"),
        ("lessons", "GET"),
        ("assets/panel.js", "GET"),
    ],
)
def test_nobody_gets_in_without_the_token(lab: Lab, path: str, method: str) -> None:
    body: Any = {} if method == "POST" else None
    assert ask(lab, path, method, body, token="another")[0] == 403


def test_the_panel_answers_as_that_of_a_kernel_does(lab: Lab, asked: str) -> None:
    _, head = ask(lab, f"jobs/{asked}/panel", "POST", {"kind": "head"})
    assert (head["title"], head["fields"], head["total"]) == ("Ships <b>", ["owner"], 40)
    question = {"kind": "rows", "start": 0, "filter": {"status": "answered"}}
    _, rows = ask(lab, f"jobs/{asked}/panel", "POST", question)
    assert (rows["count"], len(rows["rows"]), rows["code"]) == (39, 39, "")
    assert rows["rows"][0][1] == "ship 000"
    question = {"kind": "evidence", "row": 0, "field": 0}
    _, evidence = ask(lab, f"jobs/{asked}/panel", "POST", question)
    assert evidence["field"] == "owner"
    assert evidence["sources"]
    strange: list[Any] = [[], {}, {"kind": "rows", "start": "x", "filter": 3}, {"kind": 5}]
    for nonsense in strange:
        assert ask(lab, f"jobs/{asked}/panel", "POST", nonsense)[0] == 200


def test_answers_are_downloaded(lab: Lab, asked: str) -> None:
    status, text = ask(lab, f"jobs/{asked}/export?form=csv")
    assert status == 200
    assert text.splitlines()[0] == "input,owner,run_id,status,error"
    assert len(text.splitlines()) == 41
    _, rows = ask(lab, f"jobs/{asked}/export?form=json&basis=1")
    assert {"field", "confidence", "excerpt"} <= set(rows[0])
    assert ask(lab, f"jobs/{asked}/export?form=exe")[0] == 400
    for form in ("xlsx", "docx"):
        status, data = ask(lab, f"jobs/{asked}/export?form={form}")
        assert (status, zipfile.is_zipfile(io.BytesIO(data))) == (200, True), data
    assert "Ships &lt;b&gt;" in ask(lab, f"jobs/{asked}/export?form=html")[1]
    status, refused = ask(lab, f"jobs/{asked}/export?form=docx&basis=1")
    assert (status, "evidence already" in refused["message"]) == (400, True)


def test_jobs_are_searched_by_their_words(lab: Lab, asked: str) -> None:
    for words in ("SHIPS%20%3C", "due%20diligence", asked[5:]):
        _, answer = ask(lab, f"jobs?search={words}")
        assert asked in [job["name"] for job in answer["jobs"]], words
    assert ask(lab, "jobs?search=no-such-words")[1]["jobs"] == []


def test_the_widget_of_the_panel_is_given_as_it_was_built(lab: Lab) -> None:
    for name in ("panel.js", "panel.css"):
        assert ask(lab, f"assets/{name}") == (200, read_asset(name))


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("", "DELETE"),
        ("/stop", "POST"),
        ("/panel", "POST"),
        ("/export", "GET"),
    ],
)
def test_a_job_that_is_not_there_is_told_with_a_remedy(lab: Lab, path: str, method: str) -> None:
    body = {"kind": "head"} if method == "POST" else None
    status, answer = ask(lab, f"jobs/tgrp_nothing{path}", method, body)
    assert status == 400
    assert "no job 'tgrp_nothing'" in answer["message"]
    assert "%parallel_jobs" in answer["remedy"]


def test_a_job_at_work_is_stopped_from_outside_and_can_then_be_cleared(lab: Lab) -> None:
    rows = [{"ship": f"slow ship {number}"} for number in range(3_000)]
    with GroupsService(latency=lambda _: 30.0).serve() as service:
        pnb.connect(api_key="key", base_url=service.url)
        job = pnb.tasks(rows, "Who owns {{ship}}?", title="Slow ships", wait=False)
        seen = wait_for(
            "the job is seen at work",
            lambda: next((j for j in listed(lab) if j["is_at_work"] and j["shares"]["run"]), None),
        )
        assert (seen["title"], seen["when"]) == ("Slow ships", "running")
        _, answer = ask(lab, "jobs")
        assert answer["status"] == "Parallel: 1 at work"
        status, refused = ask(lab, f"jobs/{seen['id']}", "DELETE")
        assert (status, "Stop it first" in refused["remedy"]) == (400, True)

        assert ask(lab, f"jobs/{seen['id']}/stop", "POST", {}) == (200, {})
        wait_for("the job has stopped", lambda: job.status == "stopped", 20)
        assert 0 < service_runs(service) < len(rows)
        (seen,) = [j for j in listed(lab) if j["title"] == "Slow ships"]
        assert (seen["is_at_work"], seen["state"]) == (False, "stopped")
        status, refused = ask(lab, f"jobs/{seen['id']}/stop", "POST", {})
        assert (status, "has ended" in refused["message"]) == (400, True)

        status, answer = ask(lab, f"jobs/{seen['id']}?unfinished=1", "DELETE")
        assert (status, answer["message"]) == (200, "1 job forgotten")
        assert "Slow ships" not in [j["title"] for j in listed(lab)]


def test_a_find_is_listed_shown_exported_cancelled_and_cleared(lab: Lab) -> None:
    with FindAllService(pace=0.05, world=4_000).serve() as service:
        pnb.connect(api_key="key", base_url=service.url)
        conditions = {"in_europe": "Headquarters are in Europe"}
        find = pnb.find("Makers of heat pumps", conditions, limit=500, wait=False)
        seen = wait_for(
            "matches are seen",
            lambda: next((j for j in listed(lab) if j["is_find"] and j["shares"]["ok"]), None),
        )
        assert (seen["is_at_work"], seen["when"]) == (True, "running")
        assert re.fullmatch(r"\d+ match(es)? of \d+ seen, 500 wanted", seen["counts"])
        assert ask(lab, f"jobs/{seen['id']}/stop", "POST", {}) == (200, {})
        wait_for("the find is cancelled", lambda: find.status == "stopped", 30)
        assert service.cancelled == [seen["name"]]

        (seen,) = [j for j in listed(lab) if j["is_find"]]
        assert (seen["is_at_work"], seen["state"]) == (False, "stopped")
        _, head = ask(lab, f"jobs/{seen['id']}/panel", "POST", {"kind": "head"})
        assert head["fields"] == ["in_europe"]
        assert ask(lab, f"jobs/{seen['id']}/export?form=xlsx")[0] == 200
        status, answer = ask(lab, f"jobs/{seen['id']}?unfinished=1", "DELETE")
        assert (status, answer["message"]) == (200, "1 job forgotten")


def test_a_job_whose_kernel_was_killed_is_not_at_work_until_another_takes_it_up(lab: Lab) -> None:
    code = (
        "import os, sys, time, parallel_nb as pnb\n"
        "pnb.connect(api_key='key', base_url=sys.argv[1])\n"
        "rows = [{'ship': f'left {n}'} for n in range(50)]\n"
        "job = pnb.tasks(rows, 'Who owns {{ship}}?', title='Left ships', wait=False)\n"
        "while job.progress.unsent: time.sleep(0.05)\n"
        "os.kill(os.getpid(), 9)"
    )
    with GroupsService(latency=lambda _: 600.0).serve() as service:
        environment = os.environ | {"PARALLEL_NB_HOME": str(lab.home)}
        command = [sys.executable, "-c", code, service.url]
        subprocess.run(command, env=environment, cwd=ROOT, check=False, timeout=120)

        def left() -> dict[str, Any]:
            return next(job for job in listed(lab) if job["title"] == "Left ships")

        assert (left()["is_at_work"], left()["state"]) == (False, "left by its kernel")
        assert "Attach it in a cell" in left()["message"]
        assert "PARALLEL_API_KEY" in ask(lab, "jobs")[1]["hint"]
        status, refused = ask(lab, f"jobs/{left()['id']}/stop", "POST", {})
        assert (status, "no kernel" in refused["message"]) == (400, True)

        pnb.connect(api_key="key", base_url=service.url)
        job = pnb.attach(left()["name"], wait=False)
        wait_for("it is at work", lambda: left()["is_at_work"])
        assert ask(lab, f"jobs/{left()['id']}/stop", "POST", {}) == (200, {})
        # All was sent, so that nothing is stopped: it goes on without being followed.
        wait_for("the job has ended", lambda: job.status == "detached", 30)


def service_runs(service: GroupsService) -> int:
    return sum(len(group.runs) for group in service.groups.values())


def test_the_lessons_of_the_package_are_given_as_notebooks(lab: Lab) -> None:
    _, lessons = ask(lab, "lessons")
    assert [lesson["name"] for lesson in lessons] == [f"{name}.ipynb" for name in LESSONS]
    assert all(lesson["content"]["cells"] for lesson in lessons)
