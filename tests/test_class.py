"""A class server: each student within a quota, in a fair share, unseen by the others."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_nb import cli, cluster, settings
from parallel_nb.api.errors import ConnectionProblem, InputError, ParallelError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.client import AsyncClient, Quota
from parallel_nb.connection import background, connect, disconnect
from parallel_nb.connection.shown_pages import show_page
from parallel_nb.engine.http.usage import key_of_browser
from parallel_nb.job import start
from tests.class_server import ClassServer
from tests.engine_process import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
YEAR = parse_fields("year: int? - Year of its founding")
SPEC = {
    "output_schema": {
        "type": "json",
        "json_schema": {
            "type": "object",
            "properties": {
                "founder": {"type": ["string", "null"], "description": "Who founded it"},
                "founded": {"type": ["integer", "null"], "description": "Year of its founding"},
                "seat": {"type": ["string", "null"], "description": "City of the headquarters"},
            },
            "required": ["founder", "founded", "seat"],
            "additionalProperties": False,
        },
    }
}
COMPANIES = ["LEGO", "Sony", "Siemens", "Nokia", "IKEA", "Toyota", "Nestlé", "Philips", "Boeing"]


def question(text: str) -> dict[str, Any]:
    return {"input": text, "processor": "base", "task_spec": SPEC}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClassServer]:
    folder = tmp_path_factory.mktemp("class")
    names = ["Ada", "Bob", "Eve", "Quo", "Often"]
    limits = ("--rows-per-hour", "25", "--requests-per-minute", "40")
    server = ClassServer(folder, names, limits).start()
    yield server
    server.stop()


def test_what_a_student_asked_is_seen_by_no_other_and_by_the_teacher(server: ClassServer) -> None:
    with server.student("Ada") as ada, server.student("Bob") as bob:
        group = ada.post("/v1/tasks/groups", json={}).json()["taskgroup_id"]
        path = f"/v1/tasks/groups/{group}"
        body = {"inputs": [question("LEGO")]}
        (run,) = ada.post(f"{path}/runs", json=body).json()["run_ids"]
        alone = ada.post("/v1/tasks/runs", json=question("Sony")).json()["run_id"]
        find = ada.post(
            "/v1beta/findall/runs",
            json={
                "objective": "companies founded before 1900",
                "entity_type": "companies",
                "match_conditions": [{"name": "age", "description": "founded before 1900"}],
                "generator": "base",
                "match_limit": 5,
            },
        ).json()["findall_id"]
        paths = [path, f"{path}/runs", f"{path}/events", f"{path}/runs/{run}"]
        paths += [
            f"/v1/tasks/runs/{name}{end}"
            for name in (run, alone)
            for end in ("", "/input", "/result", "/events")
        ]
        paths += [f"/v1beta/findall/runs/{find}{end}" for end in ("", "/result", "/schema")]
        assert ada.get(f"/v1/tasks/runs/{alone}/result").status_code == 200
        for each in paths:
            assert bob.get(each).status_code == 404, each
            with server.client(server.key) as teacher, teacher.stream("GET", each) as answer:
                assert answer.status_code == 200, each
            with ada.stream("GET", each) as answer:
                assert answer.status_code == 200, each
        assert bob.post(f"{path}/runs", json=body).status_code == 404
        assert bob.post(f"/v1beta/findall/runs/{find}/cancel").status_code == 404
        follow_up = question("and before?") | {"previous_interaction_id": alone}
        assert bob.post("/v1/tasks/runs", json=follow_up).status_code == 422
        assert ada.post("/v1/tasks/runs", json=follow_up).status_code == 202


def test_rows_over_the_quota_are_refused_with_the_time_at_which_they_fit(
    server: ClassServer,
) -> None:
    with server.student("Quo") as student:
        path = f"/v1/tasks/groups/{student.post('/v1/tasks/groups').json()['taskgroup_id']}/runs"
        body = {"inputs": [question(name) for name in COMPANIES]}
        assert student.post(path, json=body).status_code == 200
        assert student.post(path, json=body).status_code == 200
        refused = student.post(path, json=body)
        assert refused.status_code == 429
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
        fit = r"9 rows more are over your quota of 25 rows an hour: 7 fit now, all in [56]\d min"
        assert re.search(fit, refused.json()["error"]["message"])
        too_many = student.post(path, json={"inputs": body["inputs"] * 3})
        assert (too_many.status_code, too_many.headers["retry-after"]) == (429, "1")
        assert student.post("/v1/tasks/runs", json=question("LEGO")).status_code == 202
        assert student.post("/v1/search", json={"search_queries": ["LEGO"]}).status_code == 200
    with server.student("Eve") as other:
        assert other.post("/v1/tasks/runs", json=question("LEGO")).status_code == 202


def test_requests_over_the_quota_of_a_minute_are_refused(server: ClassServer) -> None:
    with server.student("Often") as student:
        statuses = Counter(student.get("/engine").status_code for _ in range(42))
        assert statuses == {200: 40, 429: 2}
        assert 1 <= int(student.get("/engine").headers["retry-after"]) <= 60
        time.sleep(0.01)
    with server.student("Eve") as other:
        assert other.get("/engine").status_code == 200


def test_a_student_can_neither_end_the_engine_nor_send_it_a_huge_body(server: ClassServer) -> None:
    with server.student("Eve") as student:
        assert student.post("/engine/stop").status_code == 403
        assert student.get("/engine/lease").status_code == 403
        assert student.post("/engine/refresh").status_code == 403
        huge = b'{"input":"' + b"x" * 17_000_000 + b'"}'
        assert student.post("/v1/tasks/runs", content=huge).status_code == 413
        assert student.get("/engine").status_code == 200


def test_the_page_shows_who_asked_what_escaped_and_to_a_student_the_own_line(
    server: ClassServer,
) -> None:
    with server.student("Eve") as eve:
        hostile = {"search_queries": ["<script>alert(1)</script>\x1b[2J & more"]}
        assert eve.post("/v1/search", json=hostile).status_code == 200
        own = eve.get("/class")
    assert "<script" not in own.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in own.text
    assert "\x1b" not in own.text
    assert "Bob" not in own.text
    assert "Quo" not in own.text
    with server.client(server.key) as teacher:
        page = teacher.get("/class")
    assert all(name in page.text for name in server.names)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not any(token in page.text for token in [*server.tokens.values(), server.key])


def test_a_browser_is_asked_for_the_key_and_never_gets_it_into_an_address(
    server: ClassServer,
) -> None:
    with server.client("") as anybody:
        asked = anybody.get("/class", headers={"x-api-key": ""})
        assert asked.status_code == 401
        assert asked.headers["www-authenticate"].startswith("Basic")
        assert anybody.get("/class", auth=("teacher", server.key)).status_code == 200
        assert anybody.get(f"/class?key={server.key}").status_code == 401
        assert anybody.get("/engine", auth=("teacher", server.key)).status_code == 401


@pytest.mark.parametrize("header", [b"", b"Basic", b"Basic !", b"Basic YQ==", b"Bearer eDp5"])
def test_what_is_no_password_of_a_browser_is_none(header: bytes) -> None:
    assert key_of_browser(header) == b""


def test_tokens_and_key_stand_in_no_log_and_no_command_line(server: ClassServer) -> None:
    assert server.process is not None
    secrets = [server.key, *server.tokens.values()]
    texts = [server.log, (server.data / "engine.log").read_text("utf-8")]
    if (command := Path(f"/proc/{server.process.pid}/cmdline")).exists():
        texts.append(command.read_text("utf-8"))
    assert "Class: 5 students" in server.log
    assert not any(secret in text for secret in secrets for text in texts)
    for path in server.data.glob("runs.sqlite3*"):
        data = path.read_bytes()
        assert not any(secret.encode() in data for secret in secrets)


def test_the_command_shows_usage_while_the_server_runs(
    server: ClassServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with server.student("Eve") as eve:
        eve.post("/v1/search", json={"search_queries": ["who makes bricks"]})
    place = ["--data-dir", str(server.data)]
    assert cli.main(["class", "usage", *place, "--class", str(server.class_file)]) == cli.DONE
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert {"student", *server.names} == set(lines)
    assert "who makes bricks" in lines["Eve"]
    assert cli.main(["class", "usage", *place, "--student", "Eve"]) == cli.DONE
    assert "who makes bricks" in capsys.readouterr().out
    assert cli.main(["class", "usage", *place, "--student", "Eva"]) == cli.FAILED
    assert "Did you mean 'Eve'?" in capsys.readouterr().err


def test_class_new_takes_names_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Ada\n\nBob Li\n", "utf-8")
    names = str(tmp_path / "names.txt")
    made = str(tmp_path / "students.csv")
    assert cli.main(["class", "new", made, "Zoe", "--names-from", names]) == cli.DONE
    assert re.findall(r"(?m)^[^,]+", Path(made).read_text("utf-8")) == [
        "student",
        "Zoe",
        "Ada",
        "Bob Li",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["class", "new", "FILE"],
        ["class", "usage", "--data-dir", "FILE"],
        ["serve", "--rows-per-hour", "5"],
        ["serve", "--class", "FILE"],
        ["serve", "--class", "FILE", "--rows-per-hour", "0"],
    ],
)
def test_what_cannot_be_is_told_with_a_remedy(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(tmp_path / "nothing.csv")
    assert cli.main([place if word == "FILE" else word for word in words]) == cli.FAILED
    assert len(capsys.readouterr().err.splitlines()) >= 2


# --- a student's notebook -----------------------------------------------------------------

STUDENT = """
import json, pathlib, sys, time
import pandas as pd
import parallel_nb as pnb

FIELDS = [
    "founded: int? - Year of its founding",
    "founder: str? - Who founded it",
    "seat: str? - City of its headquarters",
    "country: str? - Country of its headquarters",
    "employees: int? - Number of employees",
    "revenue: float? - Revenue of the last year",
    "chief: str? - Chief executive",
    "products: list[str] - Main products",
    "owner: str? - Who owns it",
    "listed: bool? - Whether its shares are traded",
]
url, rows, begin = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
connection = pnb.connect(base_url=url)
frame = pd.DataFrame({"number": range(rows)})
companies = json.loads(sys.argv[4])
frame["company"] = [companies[number % len(companies)] for number in frame["number"]]
if not begin.exists():
    begin.with_name(f"{begin.name} {sys.argv[6]}").touch()
while not begin.exists():
    time.sleep(0.05)
job = pnb.tasks(
    frame,
    "{{number}}: who founded {{company}}?",
    output="\\n".join(FIELDS[: int(sys.argv[5])]),
)
print(json.dumps({
    "label": connection.label, "cost": job.cost, "group": job.group_id,
    "status": job.df["status"].value_counts().to_dict(),
    "founded": int(job.df["founded"].notna().sum()),
}))
"""


def run_student(
    server: ClassServer, name: str, rows: int, *, begin: Path = ROOT, fields: int = 2
) -> subprocess.Popen[str]:
    """A student's process; it asks as soon as there is a file `begin`."""
    arguments = (server.url, str(rows), str(begin), json.dumps(COMPANIES), str(fields), name)
    environment = {key: value for key, value in os.environ.items() if "PARALLEL" not in key}
    token_file = server.folder / f"{name}.token"
    token_file.write_text(server.tokens[name] + "\n", "ascii")
    return subprocess.Popen(
        [sys.executable, "-c", STUDENT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment
        | {
            "PARALLEL_NB_HOME": str(server.folder / name),
            "PARALLEL_NB_TOKEN_FILE": str(token_file),
            "PYTHONPATH": str(ROOT),
        },
    )


def test_a_students_notebook_asks_the_class_server_at_no_cost(server: ClassServer) -> None:
    process = run_student(server, "Eve", 4)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    answer = json.loads(out)
    assert answer["status"] == {"completed": 4}
    assert answer["cost"] == 0
    assert answer["label"].startswith("embedded: sample documents")
    assert answer["label"].endswith(f", at 127.0.0.1:{server.port}")


def test_what_a_class_server_has_cited_is_shown_and_a_cluster_asks_the_same_documents(
    server: ClassServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PARALLEL_API_KEY", "PARALLEL_NB_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path))
    monkeypatch.setenv("PARALLEL_NB_TOKEN", server.tokens["Quo"])
    connection = connect(base_url=server.url)
    job = start(pd.DataFrame({"company": ["LEGO"]}), "When was {{company}} founded?", output=YEAR)
    cited = job.page(0, "year")
    assert "1932" in cited.text
    assert cited.shown.is_marked
    with pytest.raises(InputError, match="has no"):
        cited.turn(99)
    with pytest.raises(InputError, match=r"pnb\.documents\(\)"):
        show_page(connection.identity, "https://nowhere.example/")
    worker = cluster._connect(cluster.Recipe(connection.recipe, tmp_path, None))
    assert worker.identity == connection.identity
    disconnect()
    with pytest.raises(ConnectionProblem, match="are not connected"):
        job.page(0, "year")
    background.shutdown()
    settings.override("home", None)


def test_a_wrong_token_is_told_when_the_student_connects(server: ClassServer) -> None:
    stranger = ClassServer(server.folder, ["Mallory"], port=server.port)
    stranger.tokens = {"Mallory": "pnbclass_0000000000000000"}
    process = run_student(stranger, "Mallory", 1)
    _, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "does not know the token from the file" in err
    assert "pnbclass_0000000000000000" not in err


# --- the whole class at once --------------------------------------------------------------


async def ask(client: AsyncClient, rows: int, begin: asyncio.Event) -> str:
    """One student's job over the API; what is lost with the server is asked for again."""
    group = (await client.groups.create()).taskgroup_id
    await begin.wait()
    inputs: list[Any] = [question(COMPANIES[n % len(COMPANIES)] + f" {n}") for n in range(rows)]
    await client.groups.add_runs(group, inputs)
    while True:
        try:
            found = await client.groups.get(group)
        except ParallelError:
            await asyncio.sleep(0.2)
            continue
        if not found.status.is_active:
            return group
        await asyncio.sleep(0.3)


def ends(server: ClassServer) -> list[tuple[str, str]]:
    """Student and moment of each completed run, in the order in which they were completed."""
    with closing(sqlite3.connect(server.data / "runs.sqlite3")) as connection:
        return connection.execute(
            "SELECT student, modified_at FROM runs WHERE status = 'completed' "
            "ORDER BY modified_at, id"
        ).fetchall()


def all_asked_at(server: ClassServer) -> str:
    """The moment at which the last student had asked."""
    with closing(sqlite3.connect(server.data / "runs.sqlite3")) as connection:
        (moment,) = connection.execute(
            "SELECT max(first) FROM (SELECT min(created_at) AS first FROM runs GROUP BY student)"
        ).fetchone()
        return str(moment)


def unfairness(server: ClassServer) -> float:
    """How far the share of any student is from the mean, when half of the rows are answered.

    What somebody got before all had asked took nothing from the others.
    """
    finished = ends(server)
    half = Counter(student for student, _ in finished[: len(finished) // 2])
    asked = all_asked_at(server)
    early = Counter(student for student, moment in finished if moment < asked)
    mean = sum(half.values()) / len(server.names)
    return max(
        max(mean - half[name], half[name] - max(mean, early[name])) / mean for name in server.names
    )


async def whole_class(server: ClassServer, rows: int, kill_after: int) -> None:
    begin = asyncio.Event()
    clients = [
        AsyncClient(token, server.url, quota=Quota(1e6, 1e6, 1e6), trust_env=False)
        for token in server.tokens.values()
    ]
    try:
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(ask(client, rows, begin))
            await asyncio.sleep(1)
            begin.set()
            await asyncio.to_thread(kill_and_start, server, kill_after)
    finally:
        for client in clients:
            await client.aclose()


def kill_and_start(server: ClassServer, after: int) -> None:
    """End the server as a power cut would when so many rows are answered, and start it again."""
    wait_for(lambda: len(ends(server)) >= after, what=f"row {after}", within=300)
    server.kill()
    server.start()


def test_a_class_at_once_gets_fair_shares_and_a_kill_9_loses_nothing(tmp_path: Path) -> None:
    names = [f"student {number}" for number in range(12)]
    server = ClassServer(tmp_path, names).start()
    try:
        asyncio.run(whole_class(server, 10, kill_after=30))
    finally:
        server.stop()
    assert Counter(student for student, _ in ends(server)) == dict.fromkeys(names, 10)
    assert unfairness(server) <= 0.2


@pytest.mark.slow
@pytest.mark.timeout(1800)  # thirty processes import pandas, and answer 600 rows, on two cores
def test_thirty_notebooks_with_20_rows_each_get_fair_shares_and_a_kill_9_loses_nothing(
    tmp_path: Path,
) -> None:
    names = [f"student {number}" for number in range(30)]
    server = ClassServer(tmp_path, names).start()
    begin = tmp_path / "begin"
    # Rows of ten fields: all have asked long before the first of them has all answers.
    students = {name: run_student(server, name, 20, begin=begin, fields=10) for name in names}
    try:
        wait_for(
            lambda: len(list(tmp_path.glob("begin *"))) == len(names), what="the class", within=900
        )
        begin.touch()
        kill_and_start(server, 200)
        answers = {name: each.communicate(timeout=600) for name, each in students.items()}
    finally:
        for each in students.values():
            each.kill()
        server.stop()
    assert {name: err for name, (_, err) in answers.items() if students[name].returncode} == {}
    answered = [json.loads(out)["status"] for out, _ in answers.values()]
    assert answered == [{"completed": 20}] * 30
    assert Counter(student for student, _ in ends(server)) == dict.fromkeys(names, 20)
    assert unfairness(server) <= 0.2
