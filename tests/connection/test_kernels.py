"""The loop in real Jupyter kernels, of the version in this environment and of older ones."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # it has no types of its own
import pytest
from jupyter_client.manager import KernelManager
from starlette.responses import JSONResponse, Response

from tests.service.loopback import until
from tests.service.scripted import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from tests.service.scripted import ScriptedService

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.kernel


class Kernel:
    """A running kernel and the client of one notebook."""

    def __init__(self, python: str, home: Path, environment: dict[str, str]) -> None:
        self.manager = KernelManager()
        spec = self.manager.kernel_spec
        assert spec is not None
        spec.argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        self.manager.start_kernel(
            cwd=str(home), env={**os.environ, "PYTHONPATH": str(ROOT), **environment}
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
        else:
            self.manager.cleanup_resources()

    def send(self, code: str) -> str:
        return str(self.client.execute(code))

    def answer(self, request: str, seconds: float = 60) -> dict[str, Any]:
        """The reply to `request`: status, and the name of an error."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                reply = self.client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content
        raise AssertionError("the kernel did not answer")

    def run(self, code: str, seconds: float = 60) -> str:
        """Run a cell that must succeed; gives what it printed."""
        request = self.send(code)
        content = self.answer(request, seconds)
        assert content["status"] == "ok", "\n".join(content.get("traceback", []))
        return self.printed(request)

    def printed(self, request: str) -> str:
        """What the cell of `request` printed, to stdout and stderr, until it was idle."""
        text = ""
        while True:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                text += content["text"]
            if content.get("execution_state") == "idle":
                return text

    def wait_busy(self, mark: Path) -> None:
        """Wait until the cell has written `mark`."""
        until(mark.exists, 30)

    @property
    def pid(self) -> int:
        pid = getattr(self.manager.provisioner, "pid", None)
        assert isinstance(pid, int)
        return pid


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """Answers searches; an objective "slow" takes 100 s."""
    import asyncio  # noqa: PLC0415 - the one use

    async def answer(request: Request) -> Response:
        body = await request.body()
        if body and json.loads(body).get("objective") == "slow":
            await asyncio.sleep(100)
        return JSONResponse({"search_id": "s", "results": []})

    with serving(answer) as running:
        yield running


def environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PARALLEL_NB_HOME": str(home / "parallel_nb"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }


@pytest.fixture
def kernel(tmp_path: Path, service: ScriptedService) -> Iterator[Kernel]:
    with Kernel(sys.executable, tmp_path, environment(tmp_path)) as running:
        running.run(setup(service, tmp_path))
        yield running


def setup(service: ScriptedService, home: Path) -> str:
    return f"""
from pathlib import Path
from parallel_nb.connection import background, connect, current_connection
home = Path({str(home)!r})
connection = connect(api_key="k", base_url={service.url!r})
def ask(objective="x"):
    return background.run(connection.client.search(objective)).search_id
async def ask_later(objective="x"):
    return (await background.wait(background.submit(connection.client.search(objective)))).search_id
def mark():
    home.joinpath("busy").touch()
"""


def check_three_queued_cells(kernel: Kernel) -> None:
    requests = [kernel.send(f"print({n}, ask())") for n in range(3)]
    requests += [kernel.send(f"print({n}, await ask_later())") for n in range(3, 6)]
    assert [kernel.answer(request)["status"] for request in requests] == ["ok"] * 6
    assert [kernel.printed(request) for request in requests] == [f"{n} s\n" for n in range(6)]


def check_interrupt(kernel: Kernel, home: Path, code: str) -> None:
    (home / "busy").unlink(missing_ok=True)
    request = kernel.send(f"mark()\n{code}")
    kernel.wait_busy(home / "busy")
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    content = kernel.answer(request)
    assert time.monotonic() - began < 60  # the answer would take 100 s
    assert content["status"] == "error"
    assert content["ename"] in {"KeyboardInterrupt", "CancelledError"}
    kernel.printed(request)
    assert kernel.run("print(ask(), await ask_later())") == "s s\n"


@pytest.mark.parametrize("nested", [None, "nest_asyncio", "nest_asyncio2"])
def test_queued_cells_all_run_also_when_a_person_has_nested_the_loop(
    kernel: Kernel, nested: str | None
) -> None:
    if nested:
        kernel.run(f"import {nested}; {nested}.apply()")
    check_three_queued_cells(kernel)


@pytest.mark.parametrize("code", ['ask("slow")', 'await ask_later("slow")'])
@pytest.mark.parametrize("nested", [None, "nest_asyncio"])
def test_an_interrupt_returns_at_once_and_the_loop_still_works(
    kernel: Kernel, tmp_path: Path, code: str, nested: str | None
) -> None:
    if nested:
        kernel.run(f"import {nested}; {nested}.apply()")
    check_interrupt(kernel, tmp_path, code)


def test_what_a_coroutine_prints_goes_to_the_cell_that_started_it(kernel: Kernel) -> None:
    request = kernel.send(
        "import asyncio\n"
        "async def later():\n"
        "    print('begun')\n"
        "    while not home.joinpath('go').exists(): await asyncio.sleep(0.01)\n"
        "    print('of the first cell')\n"
        "future = background.submit(later())"
    )
    assert kernel.answer(request)["status"] == "ok"
    first = kernel.printed(request)
    other = kernel.send("home.joinpath('go').touch(); future.result(30)")
    late = ""
    while "of the first cell" not in late:
        message = kernel.client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "stream":
            assert message["parent_header"]["msg_id"] == request != other
            late += message["content"]["text"]
    assert "begun" in first + late


def test_a_restarted_kernel_begins_anew(
    kernel: Kernel, service: ScriptedService, tmp_path: Path
) -> None:
    kernel.run("future = background.submit(connection.client.search('slow'))")
    old = psutil.Process(kernel.pid)
    kernel.manager.restart_kernel(now=False)
    kernel.client.wait_for_ready(timeout=60)
    kernel.run(setup(service, tmp_path))
    assert kernel.run("print(ask())") == "s\n"
    until(lambda: not old.is_running() or old.pid == kernel.pid)


def test_a_kernel_ends_by_itself_with_work_in_flight_and_leaves_no_process(
    kernel: Kernel,
) -> None:
    kernel.run("future = background.submit(connection.client.search('slow'))")
    process = psutil.Process(kernel.pid)
    family = [process, *process.children(recursive=True)]
    kernel.client.shutdown()  # asked, not killed
    until(lambda: not any(map(_lives, family)), 60)  # the answer would take 100 s


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.usefixtures("engine")
def test_the_engine_outlives_the_kernel_that_asked_it(tmp_path: Path, engine: Any) -> None:
    surroundings = {**environment(tmp_path), "PARALLEL_NB_HOME": str(engine.home)}
    with Kernel(sys.executable, tmp_path, surroundings) as running:
        code = (
            "from parallel_nb.connection import background, current_connection\n"
            "c = current_connection(); print(c.base_url)"
        )
        assert running.run(code) == f"{engine.url}\n"
        code = "print(len(background.run(c.client.search('Python')).results) > 0)"
        assert running.run(code) == "True\n"
        process = psutil.Process(running.pid)
        running.client.shutdown()
        until(lambda: not _lives(process))
    place = urlsplit(engine.url)
    with socket.create_connection((place.hostname, place.port), timeout=5):
        pass


# --- older kernels ----------------------------------------------------------------------


@pytest.fixture(scope="module", params=["6.31.*", "7.0.*", "7.3.*"])
def old_python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with an older ipykernel, in an environment of its own."""
    folder = tmp_path_factory.mktemp("old")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = [
        f"ipykernel=={request.param}",
        *("httpx2", "msgspec", "platformdirs", "ipython"),
        *("nest-asyncio", "nest-asyncio2"),
    ]
    command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]
    subprocess.run(command, check=True, timeout=600)
    return str(python)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("nested", [None, "nest_asyncio", "nest_asyncio2"])
def test_older_kernels_run_queued_cells_and_can_be_interrupted(
    old_python: str, nested: str | None, tmp_path: Path, service: ScriptedService
) -> None:
    with Kernel(old_python, tmp_path, environment(tmp_path)) as running:
        running.run(setup(service, tmp_path))
        if nested:
            running.run(f"import {nested}; {nested}.apply()")
        check_three_queued_cells(running)
        check_interrupt(running, tmp_path, 'ask("slow")')
        check_interrupt(running, tmp_path, 'await ask_later("slow")')
