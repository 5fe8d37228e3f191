"""The view in a real kernel: what is sent, what the file keeps, Stop while a cell blocks."""

from __future__ import annotations

import queue
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = pytest.mark.kernel

DEADLINE = 60.0
WIDGET = "application/vnd.jupyter.widget-view+json"

#: A job as the display reads it, worked on by the kernel's loop thread like a real one.
PRELUDE = """
import asyncio, threading, time
from dataclasses import dataclass, replace
from parallel_nb.connection import background
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import JsonOutput
from parallel_nb.display.view import NotebookView
from parallel_nb.job.model import Progress
from parallel_nb.tables.frames import RowAnswer
from parallel_nb.tables.source import read_source

@dataclass
class Job:
    progress: Progress
    title = "companies"
    prompt = "When was {{company}} founded?"
    fields = parse_fields("founded: int")
    source = read_source({"company": ["Maersk", "MSC"]})
    def answers(self):
        yield RowAnswer("a", "trun_1", "completed", JsonOutput(content={"founded": 1904}, basis=[]))
        yield RowAnswer("b", "trun_2", "failed", None, "timed out")

begin = Progress(title="2 companies", processor="core", connection="hosted", group_id="tgrp_1",
                 state="running", total=1000, reused=0, unsent=1000, queued=0, running=0,
                 completed=0, failed=0, rate=None, eta=None, cost=0.0, cost_reserved=1.0,
                 cost_at_most=1.0, prices_as_of="October 2026")
end = replace(begin, state="done", total=2, unsent=0, completed=1, failed=1)
stopped = threading.Event()

async def work(seconds, rate=200):
    view = NotebookView()
    view.start(begin, stopped.set)
    until, n = time.monotonic() + seconds, 0
    while time.monotonic() < until and not stopped.is_set():
        n += 1
        view.update(replace(begin, completed=min(n, 1000), unsent=max(0, 1000 - n)))
        await asyncio.sleep(1 / rate)
    view.finish(Job(end))
    return n
"""


@dataclass
class Seen:
    """What the kernel published, with the times at which it came."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [m["content"] for m in self.messages if m["msg_type"] == kind]


@dataclass
class Kernel:
    client: BlockingKernelClient

    def run(
        self,
        code: str,
        on_message: Callable[[dict[str, Any]], None] | None = None,
        *,
        cell: str | None = None,
        allow_stdin: bool = True,
    ) -> Seen:
        """Run a cell and gather what it publishes; fails with the cell's traceback.

        A notebook names the `cell` in its request, and what runs notebooks forbids input.
        """
        seen = Seen()
        content = {"code": code, "silent": False, "allow_stdin": allow_stdin}
        metadata = {} if cell is None else {"cellId": cell}
        request = self.client.session.msg("execute_request", content, metadata=metadata)
        self.client.shell_channel.send(request)
        asked = request["header"]["msg_id"]
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except queue.Empty:
                continue
            seen.messages.append(message)
            seen.times.append(time.monotonic())
            if on_message is not None:
                on_message(message)
            if message["msg_type"] == "error":
                raise AssertionError("\n".join(message["content"]["traceback"]))
            parent = message["parent_header"].get("msg_id")
            idle = message["content"].get("execution_state") == "idle"
            if message["msg_type"] == "status" and idle and parent == asked:
                return seen
        raise AssertionError("the cell did not end in time")

    def until(self, kind: str) -> list[dict[str, Any]]:
        """Wait for the next message of a kind outside of any cell."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=DEADLINE)
            if message["msg_type"] == kind:
                return [message["content"]]
        raise AssertionError(f"no {kind} came in time")

    def new_subshell(self) -> str | None:
        """A subshell as JupyterLab opens one for each comm; None before ipykernel 7."""
        info = self.client.kernel_info(reply=True, timeout=DEADLINE)
        if "kernel subshells" not in info["content"].get("supported_features", []):
            return None
        self.client.control_channel.send(self.client.session.msg("create_subshell_request"))
        reply = self.client.get_control_msg(timeout=DEADLINE)
        return str(reply["content"]["subshell_id"])

    def click(self, comm: str, content: dict[str, Any], subshell: str | None) -> None:
        """Send what the front end sends when a button is pressed."""
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)


@pytest.fixture(scope="module")
def started() -> Iterator[Kernel]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=DEADLINE)
        kernel = Kernel(client)
        kernel.run(PRELUDE)
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_while_a_cell_blocks_a_widget_is_live_and_the_end_is_html_and_text(
    started: Kernel,
) -> None:
    seen = started.run("stopped.clear(); updates = background.run(work(2.0))")
    displayed = seen.of("display_data")
    assert len(displayed) == 1
    assert WIDGET in displayed[0]["data"]
    swaps = seen.of("update_display_data")
    assert len(swaps) == 1
    assert set(swaps[0]["data"]) == {"text/html", "text/plain"}
    assert swaps[0]["transient"]["display_id"] == displayed[0]["transient"]["display_id"]
    assert "1 answered, 1 failed" in swaps[0]["data"]["text/plain"]
    assert "1904" in swaps[0]["data"]["text/html"]


def printed(seen: Seen) -> str:
    return "".join(stream["text"] for stream in seen.of("stream"))


def test_a_console_that_shows_no_updates_gets_the_end_as_text(started: Kernel) -> None:
    seen = started.run("stopped.clear(); updates = background.run(work(0.5))")
    said = printed(seen)
    assert said.startswith("2 companies: 1 answered, 1 failed")
    assert "1904" in said  # the rows, as the update has them
    assert said.strip() == seen.of("update_display_data")[0]["data"]["text/plain"].strip()
    assert said.count("2 companies") == 1


@pytest.mark.parametrize("front_end", [{"cell": "a1b2"}, {"allow_stdin": False}])
def test_a_notebook_and_what_runs_notebooks_get_the_end_once(
    started: Kernel, front_end: dict[str, Any]
) -> None:
    seen = started.run("stopped.clear(); updates = background.run(work(0.5))", **front_end)
    assert len(seen.of("update_display_data")) == len(seen.of("display_data")) == 1
    assert printed(seen) == ""


def test_a_console_with_a_page_that_draws_the_widget_gets_the_end_once(started: Kernel) -> None:
    subshell = started.new_subshell()

    def draw(message: dict[str, Any]) -> None:
        if message["msg_type"] == "display_data":
            comm = message["content"]["data"][WIDGET]["model_id"]
            started.click(comm, {"kind": "hello"}, subshell)

    seen = started.run("stopped.clear(); updates = background.run(work(2.0))", draw)
    assert seen.of("update_display_data")
    assert printed(seen) == ""


def test_a_background_job_tells_a_console_its_end_after_the_cell(started: Kernel) -> None:
    started.run("stopped.clear(); going = background.submit(work(1.0))")
    (stream,) = started.until("stream")
    assert "1 answered, 1 failed" in stream["text"]
    started.run("going.result()")


def test_a_page_that_draws_an_ended_widget_is_told_what_the_output_is(started: Kernel) -> None:
    seen = started.run("stopped.clear(); updates = background.run(work(0.5))")
    view = seen.of("display_data")[0]["data"]
    assert "2 companies" in view["text/plain"]  # for whoever opens the file meanwhile
    comm = view[WIDGET]["model_id"]
    started.click(comm, {"kind": "hello"}, started.new_subshell())
    (told,) = started.until("comm_msg")
    content = told["data"]["content"]
    assert content["kind"] == "ended"
    assert content["model"] == comm
    assert content["bundle"] == seen.of("update_display_data")[0]["data"]


def test_of_ended_widgets_the_kernel_keeps_the_last_few(started: Kernel) -> None:
    code = """
from parallel_nb.display.widgets import base
shows = base.MOST_ENDED + 1
for _ in range(shows):
    background.run(work(0.0))
"""
    seen = started.run(code)
    opened = [content["comm_id"] for content in seen.of("comm_open")]
    closed = [content["comm_id"] for content in seen.of("comm_close")]
    views = [content["data"][WIDGET]["model_id"] for content in seen.of("display_data")]
    assert views[0] in closed
    assert not set(views[1:]) & set(closed)
    assert set(views) <= set(opened)


def test_messages_are_few_small_and_numbered_whatever_the_rate_of_updates(
    started: Kernel,
) -> None:
    seen = started.run(
        "stopped.clear(); updates = background.run(work(3.0, rate=500)); print(updates)",
        cell="a1b2",
    )
    said = "".join(content["text"] for content in seen.of("stream"))
    states = [
        content["data"]["state"]["state"]
        for content in seen.of("comm_msg")
        if "state" in content["data"].get("state", {})
    ]
    assert 5 <= len(states) <= 3.0 * 5 + 3
    assert int(said) > 3 * len(states)
    numbers = [state["number"] for state in states]
    assert numbers == sorted(set(numbers))
    assert all(len(str(state)) < 4_000 for state in states)


def test_stop_works_while_the_cell_blocks(started: Kernel) -> None:
    subshell = started.new_subshell()
    if subshell is None:
        pytest.skip("before ipykernel 7 a message waits for the cell; Interrupt works there")
    clicked: list[str] = []

    def click_once(message: dict[str, Any]) -> None:
        # The front end says hello when it renders; the person presses the button later.
        view = message["content"].get("data", {})
        if message["msg_type"] == "display_data" and WIDGET in view:
            comm = view[WIDGET]["model_id"]
            started.click(comm, {"kind": "hello"}, subshell)
            started.click(comm, {"kind": "stop"}, subshell)
            clicked.append(comm)

    started.run("stopped.clear(); updates = background.run(work(100.0))", click_once)  # in time
    assert len(clicked) == 1


def test_static_mode_writes_one_finished_output_without_a_widget(started: Kernel) -> None:
    code = """
import os
os.environ["PARALLEL_NB_STATIC"] = "1"
stopped.clear()
try:
    background.run(work(0.3))
finally:
    del os.environ["PARALLEL_NB_STATIC"]
"""
    seen = started.run(code)
    assert [set(content["data"]) for content in seen.of("display_data")] == [
        {"text/html", "text/plain"}
    ]
    assert not seen.of("update_display_data")
    assert not seen.of("comm_open")


def test_a_background_job_swaps_its_output_after_its_cell_has_ended(started: Kernel) -> None:
    first = started.run("stopped.clear(); future = background.submit(work(1.5))")
    second = started.run("_ = future.result()")
    shown = [*first.of("display_data"), *second.of("display_data")]
    swaps = [*first.of("update_display_data"), *second.of("update_display_data")]
    assert len(shown) == len(swaps) == 1
    assert shown[0]["transient"]["display_id"] == swaps[0]["transient"]["display_id"]
    assert WIDGET not in swaps[0]["data"]


def test_loading_the_display_room_loads_no_widget_library(started: Kernel) -> None:
    code = """
import subprocess, sys
heavy = "import sys, parallel_nb.display;"
heavy += "print([m for m in ('anywidget', 'pandas', 'httpx2') if m in sys.modules])"
print(subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout)
"""
    assert "".join(c["text"] for c in started.run(code).of("stream")).strip() == "[]"


def test_a_closed_panel_becomes_html_and_text(started: Kernel) -> None:
    code = """
from parallel_nb.display.panels import panel
job = Job(end)
job.id, job.connection = "job-1", "hosted"
shown = panel(job)
shown
"""
    opened = started.run(code)
    (displayed,) = opened.of("display_data")
    assert WIDGET in displayed["data"]
    subshell = started.new_subshell()
    comm = displayed["data"][WIDGET]["model_id"]
    started.click(comm, {"kind": "rows", "id": 7, "start": 0}, subshell)
    (answer,) = started.until("comm_msg")
    assert answer["data"]["content"]["id"] == 7
    assert [row[1] for row in answer["data"]["content"]["rows"]] == ["Maersk", "MSC"]
    started.click(comm, {"kind": "replacement"}, subshell)
    (replacement,) = started.until("comm_msg")  # for the page, in case that the kernel dies
    closed = started.run("shown.close()")
    (swap,) = closed.of("update_display_data")
    assert set(swap["data"]) == {"text/html", "text/plain"}
    assert swap["transient"]["display_id"] == displayed["transient"]["display_id"]
    assert swap["data"]["text/plain"] == displayed["data"]["text/plain"]
    assert replacement["data"]["content"] == {
        "kind": "replacement", "model": comm, "bundle": swap["data"],
    }  # fmt: skip
    started.click(comm, {"kind": "rows", "id": 8, "start": 0}, subshell)
    started.click(comm, {"kind": "hello"}, subshell)
    (told,) = started.until("comm_msg")
    assert told["data"]["content"]["bundle"] == swap["data"]  # a closed panel answers no more


def test_the_next_panel_of_a_job_closes_the_one_before(started: Kernel) -> None:
    started.run("first = panel(job); first")
    seen = started.run("second = panel(job); second")
    assert len(seen.of("update_display_data")) == 1
    started.run("second.close()")


def test_a_search_panel_brings_its_pages_and_closes_to_html_and_text(started: Kernel) -> None:
    code = """
from parallel_nb.api.types import SearchResponse, SearchResult
from parallel_nb.results import SearchResults
pages = [SearchResult(url=f"https://a.example/{n}", title=f"Page {n}") for n in range(3)]
found = SearchResponse(search_id="search_1", results=pages)
hits = SearchResults("Which?", (), "basic", "hosted", found).panel()
hits
"""
    opened = started.run(code)
    (displayed,) = opened.of("display_data")
    subshell = started.new_subshell()
    comm = displayed["data"][WIDGET]["model_id"]
    started.click(comm, {"kind": "pages", "id": 3, "start": 1}, subshell)
    (answer,) = started.until("comm_msg")
    assert [page["rank"] for page in answer["data"]["content"]["pages"]] == [2, 3]
    closed = started.run("hits.close()")
    (swap,) = closed.of("update_display_data")
    assert set(swap["data"]) == {"text/html", "text/plain"}
    assert "Page 2" in swap["data"]["text/plain"]
