"""`parallel-nb`, run as a person runs it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

import parallel_nb
from parallel_nb import settings
from parallel_nb.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]

WITHIN = 100.0
_COMMAND = (sys.executable, "-m", "parallel_nb.cli")


@pytest.fixture
def environment(engine: Any, tmp_path: Path) -> dict[str, str]:
    """A person's environment: the session's engine, no key, an empty home."""
    kept = {name: value for name, value in os.environ.items() if "PARALLEL" not in name}
    kept["PARALLEL_NB_SEMANTIC"] = "0"  # as the shared engine, which would be started again
    return kept | {
        "PARALLEL_NB_HOME": str(engine.home),
        "HOME": str(tmp_path),
        "IPYTHONDIR": str(tmp_path),
    }


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs the command and gives what it printed."""

    def run_command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*_COMMAND, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment | more,
            timeout=WITHIN,
        )

    return run_command


@pytest.fixture
def run_here(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The same in this process, for those of which one more process would tell nothing more."""
    for name in os.environ.keys() - environment:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run_command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name, value in more.items():
                patch.setenv(name, value)
            code = main(arguments)
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run_command


@pytest.fixture
def asked(environment: dict[str, str]) -> str:
    """The group of a job in the journal."""
    code = (
        "import pandas as pd, parallel_nb as pnb\n"
        "pnb.connect('embedded')\n"
        "frame = pd.DataFrame({'company': ['LEGO', 'NVIDIA', 'LEGO']})\n"
        "fields = pnb.parse_fields('ceo: str? - The chief executive')\n"
        "prompt = 'What is known about the company {{company}}?'\n"
        "job = pnb.tasks(frame, prompt, output=fields, fresh=True)\n"
        "print(job.group_id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    return done.stdout.strip()


def test_the_version_is_the_packages(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"parallel-nb {parallel_nb.__version__}\n")


@pytest.mark.parametrize("arguments", [(), ("dance",), ("jobs", "clear"), ("serve", "--port", "x")])
def test_a_wrong_command_line_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: parallel-nb")


def test_a_misspelt_option_names_the_nearest_and_its_command(run: Run) -> None:
    done = run("serve", "--prt=3")
    assert done.returncode == 2
    assert "'--prt' is not known here. Did you mean '--port'? parallel-nb serve" in done.stderr


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert all(name in done.stdout for name in ("demo", "serve", "jobs", "config"))


def test_config_shows_each_setting_with_its_source_and_no_key(run: Run) -> None:
    done = run("config", PARALLEL_NB_MAX_COST="5", PARALLEL_API_KEY="sk_secret_3")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert re.search(r"5\.0 +environment", lines["max_cost"])
    assert lines["retention_days"].endswith("default")
    assert "PARALLEL_API_KEY" in lines["api_key"]
    assert "sk_secret_3" not in done.stdout + done.stderr


def test_a_bad_setting_is_one_message_and_exit_code_1(run: Run) -> None:
    done = run("config", PARALLEL_NB_MAX_COST="lots")
    assert done.returncode == 1
    assert "PARALLEL_NB_MAX_COST" in done.stderr
    assert "Traceback" not in done.stderr


def test_jobs_are_listed_shown_exported_and_forgotten(
    run: Run, run_here: Run, asked: str, tmp_path: Path
) -> None:
    listed = run("jobs")
    run = run_here
    assert asked in listed.stdout
    assert run("jobs", "list").stdout == listed.stdout
    shown = run("jobs", "show", asked)
    assert shown.returncode == 0, shown.stderr
    assert "Jensen Huang" in shown.stdout
    assert "embedded: sample documents" in shown.stdout

    assert run("jobs", "export", asked, "out.jsonl").returncode == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["ceo"] for row in rows] == [
        "Niels B. Christiansen",
        "Jensen Huang",
        "Niels B. Christiansen",
    ]
    assert run("jobs", "export", asked, "basis.csv", "--basis").returncode == 0
    header = (tmp_path / "basis.csv").read_text("utf-8").splitlines()[0]
    assert header == "row,run_id,field,value,confidence,reasoning,url,title,excerpt,document,place"

    assert run("jobs", "export", asked, "out.parquet").returncode == 0
    assert (tmp_path / "out.parquet").read_bytes()[:4] == b"PAR1"

    cleared = run("jobs", "clear", asked)
    assert (cleared.returncode, cleared.stderr) == (0, "1 job forgotten\n")
    assert asked not in run("jobs").stdout


def test_the_list_of_jobs_is_one_line_a_job_with_its_cost(run_here: Run, asked: str) -> None:
    head, *lines = run_here("jobs").stdout.splitlines()
    assert " ".join(head.split()) == "id state rows answered failed left cost started title"
    (line,) = [line for line in lines if line.startswith(asked)]
    assert line.split()[1:7] == ["done", "3", "2", "0", "0", "$0.00"]
    assert line.endswith("What is known about the company {{company}}?")
    shown = run_here("jobs", "show", asked).stdout
    assert "2 answered, 0 failed, 0 under way, 0 not sent; cost $0.00" in shown


def test_jobs_are_cleared_by_age_and_all_of_them(
    run_here: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    # In a home of its own, as everything goes.
    home = {"PARALLEL_NB_HOME": str(tmp_path / "home")}
    code = (
        "import parallel_nb as pnb\n"
        "pnb.connect('embedded')\n"
        "pnb.task('Who leads LEGO?')\n"
        "pnb.task('Who leads NVIDIA?')\n"
        "from parallel_nb.connection.launcher import stop_engine\n"
        "stop_engine(None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=environment | home)
    assert run_here("jobs", "clear", "--older-than", "1", **home).stderr == "0 jobs forgotten\n"
    assert run_here("jobs", "clear", "--all", **home).stderr == "2 jobs forgotten\n"
    assert run_here("jobs", **home).stderr == "No jobs yet. parallel-nb demo makes one.\n"


@pytest.mark.parametrize("command", ["list", "show", "export", "clear"])
def test_each_action_has_a_help_text(run: Run, command: str) -> None:
    done = run("jobs", command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: parallel-nb jobs {command}")
    assert "%%" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("jobs", "clear", "--older-than", "-1"), ["--older-than is negative"]),
        (("jobs", "show", "tgrp_none"), ["no job 'tgrp_none'", "parallel-nb jobs, lists"]),
        (("jobs", "export", "tgrp_none", "x.csv"), ["no job 'tgrp_none'"]),
        (("jobs", "export", "tgrp_none", "x.xls"), [".xls", ".csv, .json, .jsonl, .parquet"]),
        (("jobs", "clear", "tgrp_none"), ["no job 'tgrp_none'"]),
        (("demo", "--notebook", "nowhere.ipynb"), ["nowhere.ipynb", "--notebook FILE"]),
        (("serve", "--documents", "nowhere"), ["nowhere"]),
        (("serve", "--port", "99999"), ["99999"]),
    ],
)
def test_what_cannot_be_done_names_the_next_step(
    run: Run, arguments: tuple[str, ...], words: list[str]
) -> None:
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert all(word in done.stderr for word in words), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4


def test_the_help_of_serve_says_how_long_runs_are_kept(run: Run) -> None:
    text = " ".join(run("serve", "--help").stdout.split())
    days = settings.Settings().engine_retention_days
    assert f"ended over {days} days ago; PARALLEL_NB_ENGINE_RETENTION_DAYS sets" in text


def test_a_port_in_use_is_named(run: Run, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = run("serve", "--port", port, "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr
    assert "--port" in done.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"one\ntwo\n", "holds no key"),
        (b"two words", "holds no key"),
        (b"\xff\xfe", "holds no key"),
        (b"k" * 5000, "holds no key"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_named(
    run: Run, tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "the-key").write_bytes(content)
    done = run("serve", "--key-file", "the-key")
    assert done.returncode == 1
    assert "the-key" in done.stderr
    assert reason in done.stderr


def test_a_key_is_no_word_of_the_command_line(run: Run) -> None:
    done = run("serve", "--api-key", "k")
    assert done.returncode == 2
    assert "--api-key" not in run("serve", "--help").stdout


def test_a_key_may_stand_in_the_environment(run: Run) -> None:
    done = run("serve", "--host", "192.0.2.1", "--port", "1", PARALLEL_NB_SERVE_KEY="two words")
    assert "PARALLEL_NB_SERVE_KEY holds no key" in done.stderr
    assert "needs a key" in run("serve", "--host", "192.0.2.1").stderr


def test_serve_says_where_it_listens_and_answers_until_interrupted(
    environment: dict[str, str], tmp_path: Path
) -> None:
    documents = tmp_path / "dataroom"
    documents.mkdir()
    (documents / "a.md").write_text("# Alpha\n\nThe boiling point of alpha is 7 degrees.\n")
    (tmp_path / "key").write_text("k\n")
    key_file = str(tmp_path / "key")
    arguments = ("serve", "--documents", str(documents), "--key-file", key_file, "--data-dir")
    process = subprocess.Popen(
        [*_COMMAND, *arguments, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = re.search(r"http://\S+", line)
        assert url is not None, line + (process.stderr.read() if process.stderr else "")
        answer = httpx2.post(
            f"{url[0]}/v1/search",
            json={"search_queries": ["boiling point alpha"]},
            headers={"x-api-key": "k"},
        )
        assert answer.status_code == 200
        assert len(answer.json()["results"]) == 1
        assert httpx2.get(f"{url[0]}/v1/tasks/runs/x").status_code == 401
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=WITHIN)
    assert process.returncode in {0, 130}


@pytest.mark.timeout(120)
def test_the_demo_prints_its_table_and_the_citations_of_a_row(run: Run) -> None:
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Nintendo") >= 1
    assert re.search(r"https://companies\.sample\.example/\S+", done.stdout)
    assert "not from the web" in done.stdout
    assert "make lab" in done.stdout


def test_a_demo_of_a_notebook_that_fails_says_where(run: Run, tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": ["1 / 0\n"]}]
    (tmp_path / "bad.ipynb").write_text(json.dumps({"cells": cells}))
    done = run("demo", "--notebook", "bad.ipynb")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "A cell failed: 1 / 0" in done.stderr


def test_the_same_questions_in_other_rows_are_another_job(
    run: Run, asked: str, environment: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "import pandas as pd, parallel_nb as pnb\n"
        "pnb.connect('embedded')\n"
        "frame = pd.DataFrame({'company': ['LEGO', 'NVIDIA']})\n"
        "fields = pnb.parse_fields('ceo: str? - The chief executive')\n"
        "prompt = 'What is known about the company {{company}}?'\n"
        "print(pnb.tasks(frame, prompt, output=fields).id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    for job, rows in ((asked, 3), (done.stdout.strip(), 2)):
        assert run("jobs", "export", job, f"{rows}.jsonl").returncode == 0
        assert len((tmp_path / f"{rows}.jsonl").read_text("utf-8").splitlines()) == rows
