"""Finding, sharing, starting, restarting and ending engines."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import psutil  # type: ignore[import-untyped]  # it has no stubs here
import pytest

from parallel_nb import engine_home, settings
from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.connection import launcher, running
from parallel_nb.connection.connection import EmbeddedConnection
from parallel_nb.connection.running import Lease, running_engine
from parallel_nb.engine.serve import serve
from tests.engine.conftest import spec
from tests.engine.wire import ask, make_group, stream
from tests.engine_process import EngineProcess, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parallel_nb.connection.running import RunningEngine


@pytest.fixture
def home(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A settings' home of the test's own; the engine for `folder` ends with it."""
    made = tmp_path / "home"
    monkeypatch.setenv("PARALLEL_NB_HOME", str(made))
    yield made
    if folder.is_dir():
        launcher.stop_engine(folder)


def http_of(engine: RunningEngine) -> httpx2.Client:
    headers = {"x-api-key": engine.key}
    return httpx2.Client(base_url=engine.url, headers=headers, timeout=60, trust_env=False)


def ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def listen_at(port: int) -> socket.socket | None:
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return None


def run_module(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "parallel_nb.engine", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_an_engine_is_started_once_and_shared(home: Path, folder: Path) -> None:
    first = launcher.ensure_engine(folder)
    second = launcher.ensure_engine(str(folder))
    assert (first.started, second.started) == (True, False)
    assert (first.pid, first.url, first.key) == (second.pid, second.url, second.key)
    assert (first.name, first.documents) == ("dataroom", 3)


def test_who_starts_an_engine_has_the_folder_looked_at_once(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_engine, asked = running.ask, []

    def noted(method: str, discovery: engine_home.Discovery, path: str) -> bytes:
        asked.append(path)
        return ask_engine(method, discovery, path)

    monkeypatch.setattr(running, "ask", noted)
    monkeypatch.setattr(launcher, "ask", noted)
    assert launcher.ensure_engine(folder).started
    assert asked == ["/engine/refresh?look=1"]
    (folder / "new.md").write_text("# New\n\nIt was added since.\n")
    engine = launcher.ensure_engine(folder)
    assert not engine.started
    assert engine.documents == len(list(folder.glob("*.md")))


def test_kernels_that_start_at_once_get_the_same_engine(home: Path, folder: Path) -> None:
    code = (
        "import sys; from parallel_nb.connection.launcher import ensure_engine; "
        "from pathlib import Path; e = ensure_engine(Path(sys.argv[1])); print(e.pid, e.started)"
    )
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = [kernel.communicate(timeout=100)[0].split() for kernel in kernels]
    assert len({pid for pid, _ in said}) == 1
    assert [started for _, started in said].count("True") == 1


def test_the_key_is_in_no_repr_and_its_files_are_private(home: Path, folder: Path) -> None:
    engine = launcher.ensure_engine(folder)
    assert engine.key not in repr(engine)
    place = engine_home.home_of(folder.resolve())
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    for name in (engine_home.DISCOVERY, engine_home.KEY_FILE):
        assert stat.S_IMODE((place / name).stat().st_mode) == 0o600
    command = " ".join(psutil.Process(engine.pid).cmdline())
    assert engine.key not in command
    assert all(engine.key not in log.read_text() for log in place.glob("*.log"))


def test_it_outlives_who_started_it_and_takes_no_notice_of_a_closed_terminal(
    home: Path, folder: Path
) -> None:
    code = (
        "import sys; from parallel_nb.connection.launcher import ensure_engine; "
        "from pathlib import Path; print(ensure_engine(Path(sys.argv[1])).pid)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    pid = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found = launcher.ensure_engine(folder)
    assert (found.pid, found.started) == (pid, False)
    if hasattr(os, "getsid"):
        assert os.getsid(pid) != os.getsid(0)


def test_a_killed_engine_is_replaced_at_the_same_place_and_its_runs_go_on(
    home: Path, folder: Path
) -> None:
    first = launcher.ensure_engine(folder)
    with http_of(first) as http:
        group = make_group(http, ["Alpha Corp"] * 500, spec=spec(year={"type": "integer"}))
    os.kill(first.pid, signal.SIGKILL)
    wait_for(lambda: ended(first.pid), what="the end of the engine")
    assert (engine_home.home_of(folder.resolve()) / engine_home.DISCOVERY).exists(), (
        "it is stale now"
    )
    second = launcher.ensure_engine(folder)
    assert second.started
    assert (second.url, second.key) == (first.url, first.key)
    with http_of(second) as http:
        stream(http, f"{group}/events")
        status = ask(http, "GET", group)["status"]
    assert status["task_run_status_counts"] == {"completed": 500}


def test_another_program_at_the_old_port_is_neither_asked_nor_told_the_key(
    home: Path, folder: Path
) -> None:
    first = launcher.ensure_engine(folder)
    port = int(first.url.rsplit(":", 1)[1])
    os.kill(first.pid, signal.SIGKILL)
    with wait_for(lambda: listen_at(port), what="the freed port") as other:
        second = launcher.ensure_engine(folder)
        other.settimeout(0.1)
        with pytest.raises(TimeoutError):
            other.accept()
    assert second.started
    assert second.url != first.url


def test_changed_documents_are_read_by_the_engine_that_runs(home: Path, folder: Path) -> None:
    first = launcher.ensure_engine(folder)
    (folder / "delta.md").write_text("# Delta GmbH\n\nDelta GmbH was founded in 2011.\n")
    second = launcher.ensure_engine(folder)
    assert not second.started
    assert (second.pid, second.url, second.documents) == (first.pid, first.url, 4)
    assert second.edition != first.edition
    (folder / "table.bin").write_text("not read, so no answer is another one")
    assert launcher.ensure_engine(folder).edition == second.edition


def test_the_progress_of_long_reading_is_told(
    home: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("parallel_nb.connection.connection._SHOWN_AFTER", 0.0)
    room = tmp_path / "large"
    room.mkdir()
    text = "".join(f"## Part {part}\n\nIt makes anvils. They fall.\n\n" for part in range(500))
    for number in range(240):
        (room / f"{number}.md").write_text(f"# Company {number}\n\n{text}")
    connection = EmbeddedConnection(room.resolve(), "v1")
    shown = capsys.readouterr().err
    assert connection.label == "embedded: large, 240 documents"
    assert "of 240 files" in shown
    assert re.search(r"about \d+ (s|min) left", shown)
    assert shown.endswith("\r")
    launcher.stop_engine(room)


def test_an_engine_of_another_version_is_not_used(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = launcher.ensure_engine(folder)
    monkeypatch.setattr(engine_home, "engine_version", lambda: "another")
    found = running_engine(engine_home.home_of(folder.resolve()))
    assert found is not None
    assert not found.is_current
    second = launcher.ensure_engine(folder)
    assert second.pid != first.pid
    wait_for(lambda: ended(first.pid), what="the end of the first")


def test_an_engine_that_hangs_is_ended_by_force(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = launcher.ensure_engine(folder)
    os.kill(first.pid, signal.SIGSTOP)
    monkeypatch.setattr(running, "_ANSWER_WITHIN", 2.0)  # it is waited for twice
    second = launcher.ensure_engine(folder)
    assert second.started
    wait_for(lambda: ended(first.pid), what="the end of the first")


def test_stopping_tells_whether_there_was_one(home: Path, folder: Path) -> None:
    assert launcher.stop_engine(folder) is False
    engine = launcher.ensure_engine(folder)
    assert launcher.stop_engine(folder) is True
    wait_for(lambda: ended(engine.pid), what="its end")
    assert launcher.stop_engine(folder) is False


def test_it_ends_when_idle_and_its_readers_with_it(tmp_path: Path, folder: Path) -> None:
    engine = EngineProcess(
        tmp_path / "data", ("--documents", str(folder), "--idle-seconds", "3")
    ).start()
    assert engine.process is not None
    readers = psutil.Process(engine.process.pid).children()
    assert readers
    wait_for(lambda: engine.process and engine.process.poll() is not None, what="its end")
    assert engine.process.returncode == 0
    wait_for(lambda: all(ended(reader.pid) for reader in readers), what="the readers' end")


def found(engine: EngineProcess) -> RunningEngine:
    running = running_engine(engine.home)
    assert running is not None
    return running


def test_it_is_not_idle_while_it_works(tmp_path: Path, folder: Path) -> None:
    documents = ("--documents", str(folder))
    engine = EngineProcess(
        tmp_path / "data", (*documents, "--idle-seconds", "1", "--workers", "1")
    ).start()
    lease = Lease(found(engine))  # until it has work
    with engine.http() as http:
        group = make_group(http, ["Alpha Corp"] * 1000, processor="ultra")
    lease.release()
    wait_for(lambda: engine.process and engine.process.poll() is not None, what="its end")
    engine.arguments = documents
    engine.start()
    with engine.http() as http:
        assert ask(http, "GET", group)["status"]["task_run_status_counts"] == {"completed": 1000}
    engine.stop()


def test_it_lives_as_long_as_its_last_kernel_and_ends_after_it(
    tmp_path: Path, folder: Path
) -> None:
    engine = EngineProcess(
        tmp_path / "data", ("--documents", str(folder), "--idle-seconds", "3")
    ).start()
    assert engine.process is not None
    lease = Lease(found(engine))  # until the kernels have theirs
    # two processes of the person's own, one of which dies as a kernel does
    code = """
import pathlib, sys, time
from parallel_nb.connection.running import Lease, running_engine
lease = Lease(running_engine(pathlib.Path(sys.argv[1])))
print(lease.is_held, flush=True)
time.sleep(600)
"""
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(engine.home)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for kernel in kernels:
        assert kernel.stdout is not None
        assert kernel.stdout.readline() == "True\n"
    lease.release()
    kernels[0].kill()
    time.sleep(4)  # a second longer than it lives without a kernel
    assert engine.process.poll() is None
    kernels[1].kill()
    wait_for(lambda: engine.process and engine.process.poll() is not None, what="its end")
    for kernel in kernels:
        kernel.wait()
        assert kernel.stdout is not None
        kernel.stdout.close()


def test_a_lease_is_released_and_says_when_its_engine_has_gone(
    tmp_path: Path, folder: Path
) -> None:
    engine = EngineProcess(
        tmp_path / "data", ("--documents", str(folder), "--idle-seconds", "2")
    ).start()
    lease = Lease(found(engine))
    assert lease.is_held
    engine.kill()
    wait_for(lambda: not lease.is_held, what="the end of the lease")
    engine.start()
    again = Lease(found(engine))
    lease.release()
    lease = again
    assert lease.is_held
    time.sleep(3)  # a second longer than it lives without a kernel
    assert engine.process is not None
    assert engine.process.poll() is None
    lease.release()
    wait_for(lambda: engine.process and engine.process.poll() is not None, what="its end")


def test_an_engine_in_use_ends_when_it_is_asked_to(tmp_path: Path, folder: Path) -> None:
    engine = EngineProcess(tmp_path / "data", ("--documents", str(folder))).start()
    lease = Lease(found(engine))
    engine.stop()
    assert engine.has_ended_itself
    assert not lease.is_held
    lease.release()


def test_a_connection_holds_its_engine_and_another_one_lets_it_go(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_ENGINE_IDLE_SECONDS", "1")
    connection = EmbeddedConnection(folder, "v1")
    engine_folder = engine_home.home_of(folder)
    time.sleep(2)
    wait_for(lambda: running_engine(engine_folder), what="an answer of the engine")
    assert connection.revive() is False
    del connection
    gc.collect()
    lock = engine_home.FileLock(engine_folder / engine_home.ENGINE_LOCK)
    wait_for(lambda: not lock.is_held(), what="its end")  # to ask it would keep it alive


def test_a_kernel_is_asked_for_nothing_while_its_engine_lives_a_minute_by_default() -> None:
    assert settings.Settings().engine_idle_seconds == 60


@pytest.mark.skipif(sys.platform == "win32", reason="folders of a person are private there")
def test_what_an_engine_keeps_is_for_its_owner_alone_also_in_an_older_folder(
    tmp_path: Path, folder: Path
) -> None:
    data = tmp_path / "data"
    (data / "index" / "old").mkdir(parents=True)
    for name in ("runs.sqlite3", "engine.log", "key", "engine.lock", "start.log"):
        (data / name).write_text("k" if name == "key" else "")
        (data / name).chmod(0o644)
    for open_folder in (data, data / "index", data / "index" / "old"):
        open_folder.chmod(0o755)
    before = os.umask(0o022)
    try:
        engine = EngineProcess(data, ("--documents", str(folder))).start()
    finally:
        os.umask(before)
    with engine.http() as http:
        make_group(http, ["Alpha Corp"], processor="base")
    modes = {
        path.relative_to(data).as_posix(): stat.S_IMODE(path.lstat().st_mode) & 0o077
        for path in data.rglob("*")
        if path.name != "test.log"  # of this test
    }
    engine.stop()
    assert len(modes) > 8
    assert {name for name, mode in modes.items() if mode} == set()


def test_a_folder_with_other_things_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    (tmp_path / "thesis.tex").chmod(0o644)
    (tmp_path / "key").write_text("k")
    tmp_path.chmod(0o755)
    engine_home.make_private(tmp_path)
    if sys.platform != "win32":
        modes = [stat.S_IMODE((tmp_path / n).stat().st_mode) for n in (".", "thesis.tex", "key")]
        assert modes == [0o755, 0o644, 0o600]


def test_readers_end_with_a_killed_engine(own_engine: EngineProcess) -> None:
    assert own_engine.process is not None
    readers = psutil.Process(own_engine.process.pid).children()
    own_engine.kill()
    wait_for(lambda: all(ended(reader.pid) for reader in readers), what="the readers' end")


# --- what can be wrong ------------------------------------------------------------------


def test_a_folder_that_does_not_exist_is_named(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ConnectionProblem, match="nowhere does not exist") as caught:
        launcher.ensure_engine(tmp_path / "nowhere")
    assert caught.value.remedy


def test_one_file_is_a_room_of_its_own(home: Path, folder: Path) -> None:
    engine = launcher.ensure_engine(folder / "alpha.md")
    try:
        assert engine.documents == 1
    finally:
        launcher.stop_engine(folder / "alpha.md")


def test_an_empty_folder_is_told_in_the_engines_own_words(home: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConnectionProblem, match="no readable document") as caught:
        launcher.ensure_engine(tmp_path / "empty")
    assert "PDF" in caught.value.remedy
    assert "Traceback" not in str(caught.value)


def test_a_full_disk_is_told_where_not_even_the_log_could_be_written(
    home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "_LEAST_FREE", 1 << 60)
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(ConnectionProblem, match=r"the disk of .* is full"):
        launcher.ensure_engine(folder)


def test_a_home_that_cannot_be_made_is_told(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(ConnectionProblem) as caught:
        launcher.ensure_engine(folder)
    assert "PARALLEL_NB_HOME" in caught.value.remedy


def mistakes(tmp_path: Path, folder: Path, port: int) -> dict[str, tuple[list[str], str]]:
    (tmp_path / "empty").mkdir()
    here = ["--documents", str(folder), "--data-dir", str(tmp_path / "other")]
    key, empty = str(tmp_path / "good-key"), str(tmp_path / "no-key")
    Path(key).write_text("k")
    Path(empty).write_text(" ")
    return {
        "port in use": ([*here, "--port", str(port)], f"Port {port}"),
        "no such port": ([*here, "--port", "99999"], "99999"),
        "no such address": ([*here, "--host", "nowhere.invalid", "--key-file", key], "nowhere"),
        "open to others": ([*here, "--host", "0.0.0.0"], "--key-file"),  # noqa: S104 - refused
        "empty key": ([*here, "--key-file", empty], "empty"),
        "no folder": (["--documents", str(tmp_path / "none")], "does not exist"),
        "empty folder": (["--documents", str(tmp_path / "empty")], "no readable document"),
        "data in use": (["--documents", str(folder), "--data-dir", "DATA"], "Another engine"),
    }


def test_each_mistake_is_one_clear_screen_and_exit_code_2(
    own_engine: EngineProcess, tmp_path: Path, folder: Path
) -> None:
    port = int(own_engine.url.rsplit(":", 1)[1])
    for what, (arguments, word) in mistakes(tmp_path, folder, port).items():
        given = [str(own_engine.home) if a == "DATA" else a for a in arguments]
        ran = run_module(*given, PARALLEL_NB_HOME=str(tmp_path / "home"))
        assert ran.returncode == 2, (what, ran.stderr)
        assert word in ran.stderr, (what, ran.stderr)
        assert "Traceback" not in ran.stderr, what
        assert 2 <= len(ran.stderr.strip().splitlines()) <= 4, ran.stderr


def test_the_function_refuses_a_foreign_address_without_a_key() -> None:
    with pytest.raises(InputError, match="other machines"):
        serve(None, host="0.0.0.0")  # noqa: S104 - it is refused


def test_serving_says_where_and_what_and_ends_on_a_signal(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "own-key").write_text("my-own-key\n")
    serving = subprocess.Popen(
        [
            *(sys.executable, "-m", "parallel_nb.engine", "--documents", str(folder)),
            *("--key-file", str(tmp_path / "own-key"), "--data-dir", str(tmp_path / "data")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    first, second = serving.stdout.readline(), serving.stdout.readline()
    assert "dataroom (3 documents)" in first
    assert "my-own-key" not in first + second
    url = first.split()[-1]
    answer: Any = httpx2.get(f"{url}/engine", headers={"x-api-key": "my-own-key"}, trust_env=False)
    assert answer.json()["documents"] == 3
    serving.send_signal(signal.SIGINT)
    _, errors = serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert errors == ""
