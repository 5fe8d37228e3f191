"""A widget's messages while a cell blocks on ipykernel 6, and that no cell is lost for it."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
OLD = "6.31.0"
PRELUDE = """
import asyncio, threading
from parallel_nb.connection import background
from parallel_nb.display.widgets.progress import ProgressWidget

order, stopped = [], threading.Event()

async def until_stopped():
    while not stopped.is_set():
        await asyncio.sleep(0.01)
    return "stopped"
"""
NESTED = {
    "as it comes": "",
    "nest_asyncio": "import nest_asyncio; nest_asyncio.apply()",
    "nest_asyncio2": "import nest_asyncio2; nest_asyncio2.apply()",
}


class Old:
    """A kernel of ipykernel 6 and the client of one notebook."""

    def __init__(self, client: BlockingKernelClient, manager: KernelManager) -> None:
        self.client = client
        self.manager = manager
        self.published: list[dict[str, Any]] = []

    def send(self, code: str, *, goes_on: bool = True) -> str:
        return str(self.client.execute(code, stop_on_error=not goes_on))

    def click(self, comm: str, kind: str) -> None:
        data = {"method": "custom", "content": {"kind": kind}}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self.client.shell_channel.send(message)

    def replies(self, requests: list[str]) -> dict[str, str]:
        """The status of each request's reply, in the order in which they came."""
        statuses: dict[str, str] = {}
        deadline = time.monotonic() + DEADLINE
        while len(statuses) < len(requests) and time.monotonic() < deadline:
            try:
                reply = self.client.get_shell_msg(timeout=1)
            except queue.Empty:
                continue
            if (parent := reply["parent_header"].get("msg_id")) in requests:
                statuses[parent] = reply["content"]["status"]
        return statuses

    def published_until(self, kind: str, request: str) -> dict[str, Any]:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            self.published.append(message)
            if message["msg_type"] == kind and message["parent_header"].get("msg_id") == request:
                return message
        raise AssertionError(f"no {kind} came")

    def value(self, expression: str) -> str:
        """The value of an expression, asked when all else is done."""
        request = self.send(f"print({expression})")
        content = self.published_until("stream", request)["content"]
        return str(content["text"]).strip()

    def open_widget(self) -> str:
        made = self.send("stopped.clear(); order.clear(); w = ProgressWidget(stopped.set)")
        assert self.replies([made]) == {made: "ok"}
        return self.value("w.comm.comm_id")


@pytest.fixture(scope="module")
def old_ipykernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ipykernel6")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--target", str(folder), f"ipykernel=={OLD}"], check=True)
    return folder


@pytest.fixture(params=list(NESTED))
def old(old_ipykernel: Path, request: pytest.FixtureRequest) -> Iterator[Old]:
    manager = KernelManager(kernel_name="python3")
    path = os.pathsep.join([str(old_ipykernel), str(ROOT)])
    manager.start_kernel(env=os.environ | {"PYTHONPATH": path})
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=DEADLINE)
        started = Old(client, manager)
        ready = started.send(f"{PRELUDE}\n{NESTED[request.param]}")
        assert started.replies([ready]) == {ready: "ok"}
        assert started.value("__import__('ipykernel').__version__") == OLD
        yield started
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_stop_is_heard_and_every_queued_cell_runs_in_order(old: Old) -> None:
    comm = old.open_widget()
    blocked = old.send("print('begun'); print(background.run(until_stopped()))")
    old.published_until("stream", blocked)
    queued = [old.send("order.append('B'); print('B')")]
    old.click(comm, "hello")
    queued.append(old.send("order.append('C'); print('C')"))
    old.click(comm, "stop")
    queued.append(old.send("order.append('D'); print('D')"))

    assert old.replies([blocked]) == {blocked: "ok"}
    statuses = old.replies(queued)
    assert list(statuses.items()) == [(request, "ok") for request in queued]
    assert old.value("order") == "['B', 'C', 'D']"
    said = {
        message["parent_header"]["msg_id"]: message["content"]["text"].strip()
        for message in old.published
        if message["msg_type"] == "stream"
    }
    assert said[blocked] == "stopped"
    assert [said[request] for request in queued] == ["B", "C", "D"]


def test_an_interrupt_amid_many_messages_loses_none(old: Old) -> None:
    comm = old.open_widget()
    queued: list[str] = []
    for turn in range(12):
        blocked = old.send("print('begun'); background.run(until_stopped())", goes_on=True)
        old.published_until("stream", blocked)
        for number in range(8):
            old.click(comm, "hello")
            queued.append(old.send(f"order.append({turn * 8 + number})"))
        time.sleep(0.01 * turn)  # another moment of the wait's 0.1 s each time
        old.manager.interrupt_kernel()
        assert old.replies([blocked]) == {blocked: "error"}
    statuses = old.replies(queued)
    assert set(statuses.values()) <= {"ok"}
    assert old.value("order == list(range(96))") == "True"


def test_a_message_that_is_not_ours_waits_for_its_turn(old: Old) -> None:
    request = old.send(
        "import comm; heard = []; other = comm.create_comm(target_name='x')\n"
        "other.on_msg(lambda message: heard.append(list(order)))"
    )
    other = str(old.published_until("comm_open", request)["content"]["comm_id"])
    ours = old.open_widget()
    blocked = old.send("print('begun'); background.run(until_stopped()); order.append('A')")
    old.published_until("stream", blocked)
    queued = old.send("order.append('B')")
    old.click(other, "anything")
    old.click(ours, "stop")
    assert list(old.replies([blocked, queued]).values()) == ["ok", "ok"]
    assert old.value("heard") == "[['A', 'B']]"
