"""What our extension of the Jupyter server answers, below a base URL as behind a JupyterHub."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

import parallel_nb as pnb
from parallel_nb.connection import background, disconnect
from parallel_nb.lessons import LESSONS
from tests.browser.jupyter import Lab, wait_for
from tests.browser.server import running_lab
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
            data = answer.read()
            is_json = "json" in answer.headers["Content-Type"]
            return answer.status, json.loads(data) if is_json else data.decode()
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
    assert job["counts"] == "39 of 40 questions answered, 1 failed"
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


def service_runs(service: GroupsService) -> int:
    return sum(len(group.runs) for group in service.groups.values())


def test_the_lessons_of_the_package_are_given_as_notebooks(lab: Lab) -> None:
    _, lessons = ask(lab, "lessons")
    assert [lesson["name"] for lesson in lessons] == [f"{name}.ipynb" for name in LESSONS]
    assert all(lesson["content"]["cells"] for lesson in lessons)
