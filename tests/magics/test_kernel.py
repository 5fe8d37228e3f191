"""The magics in a real Jupyter kernel: what is shown, and how often; interrupts; nbformat."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jupyter_client.blocking.client import BlockingKernelClient

pytestmark = [pytest.mark.kernel, pytest.mark.timeout(120)]
WITHIN = 60.0
WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass
class Outputs:
    """What a cell shows at its end: later updates of a display replace what it showed."""

    status: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    error: str = ""
    stream: str = ""
    #: The newest state of a live progress.
    live: dict[str, Any] = field(default_factory=dict)

    def take(self, kind: str, content: dict[str, Any]) -> None:
        if kind in {"display_data", "execute_result"}:
            self.shown.append(content["data"])
            self.ids.append(content.get("transient", {}).get("display_id"))
        elif kind == "update_display_data":
            number = self.ids.index(content["transient"]["display_id"])
            self.shown[number] = content["data"]
        elif kind == "error":
            self.error = "\n".join(content["traceback"])
        elif kind == "comm_msg":
            self.live = content["data"].get("state", {}).get("state") or self.live
        elif kind == "stream":
            self.stream += content["text"]

    @property
    def texts(self) -> list[str]:
        return [str(data.get("text/plain", "")) for data in self.shown]


class Kernel:
    """One kernel, driven as a notebook drives it."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, code: str, *, meanwhile: Callable[[Outputs], None] | None = None) -> Outputs:
        """Run a cell to its end. `meanwhile` is called after each message."""
        sent = self.client.execute(code)
        outputs = Outputs()
        deadline = time.monotonic() + WITHIN
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=WITHIN)
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            outputs.take(kind, content)
            if meanwhile is not None:
                meanwhile(outputs)
            if kind == "status" and content["execution_state"] == "idle":
                break
        outputs.status = self.reply_to(sent)["status"]
        return outputs

    def reply_to(self, sent: str) -> dict[str, Any]:
        """The reply to a request; late replies to others, as of the start, are let go."""
        while True:
            reply = self.client.get_shell_msg(timeout=WITHIN)
            if reply["parent_header"].get("msg_id") == sent:
                content: dict[str, Any] = reply["content"]
                return content


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, engine: Any) -> Iterator[Kernel]:
    """A kernel in static mode, connected to the session's engine."""
    folder = tmp_path_factory.mktemp("kernel")
    env = {
        **os.environ,
        "PARALLEL_NB_HOME": str(engine.home),
        "PARALLEL_NB_STATIC": "1",
        "IPYTHONDIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
    }
    env.pop("PARALLEL_API_KEY", None)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=env, cwd=str(folder))
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=WITHIN)
    made = Kernel(manager, client)
    made.run("%load_ext parallel_nb\n%parallel_connect embedded\nimport pandas as pd")
    made.run("companies = pd.DataFrame({'company': ['LEGO', 'NVIDIA']})")
    yield made
    client.stop_channels()
    manager.shutdown_kernel(now=True)


FIELDS = "What is known about the company {{company}}?\n---\nceo: str? - Chief executive\n"
ONE = FIELDS.replace("{{company}}", "LEGO")


@pytest.mark.parametrize(
    "code",
    [
        f"%%parallel_task --over companies --into profiles\n{FIELDS}",
        f"%%parallel_task --over companies\n{FIELDS}",
        f"%%parallel_task --into lego\n{ONE}",
        f"%%parallel_task\n{ONE}",
        "import parallel_nb as pnb\npnb.tasks(companies, 'Who leads {{company}}?')",
        "import parallel_nb as pnb\npnb.task('Who leads LEGO?')",
        "import parallel_nb as pnb\njob = pnb.tasks(companies, 'Who leads {{company}}?')\njob",
        "%parallel_search -n 2 --into hits Who leads LEGO?",
        "%parallel_search -n 2 Who leads LEGO?",
        "%parallel_extract --into pages https://companies.sample.example/boeing",
        "%%parallel_extract --full\nhttps://companies.sample.example/boeing",
        f"%%parallel_task --over companies --dry-run\n{FIELDS}",
    ],
)
def test_a_cell_shows_its_result_once(kernel: Kernel, code: str) -> None:
    outputs = kernel.run(code)
    assert outputs.status == "ok", outputs.error
    assert len(outputs.shown) == 1, outputs.texts
    assert {"text/html", "text/plain"} == set(outputs.shown[0])
    assert "embedded: sample documents" in outputs.texts[0]
    assert outputs.stream == ""


def test_answers_are_gone_on_from_across_cells(kernel: Kernel) -> None:
    founded = "And when was it founded?\n---\nfounded: int? - Year of founding\n"
    cells = (
        f"%%parallel_task --over companies --into profiles\n{FIELDS}",
        f"%%parallel_task --over companies --after profiles --into history\n{founded}",
        "bool(history['founded'].notna().any())",
        f"%%parallel_task --into lego\n{ONE}",
        "%parallel_task --after lego In which country is it?",
        "%parallel_task --over companies --after companies Why?",
    )
    outputs = [kernel.run(cell) for cell in cells]
    assert [output.status for output in outputs] == ["ok"] * 5 + ["error"], outputs
    assert outputs[2].texts == ["True"]
    assert len(outputs[4].shown) == 1
    assert "no run_id column" in outputs[5].error
    assert len(outputs[5].error.splitlines()) <= 4


def test_a_later_cell_shows_the_same_job_again(kernel: Kernel) -> None:
    kernel.run("import parallel_nb as pnb\njob = pnb.tasks(companies, 'Who leads {{company}}?')")
    outputs = kernel.run("job")
    assert len(outputs.shown) == 1
    assert "LEGO" in outputs.texts[0]


def test_attaching_and_asking_in_the_background_show_once(kernel: Kernel) -> None:
    shown = kernel.run(f"%%parallel_task --over companies --into job --background\n{FIELDS}")
    kernel.run("frame = job.df")
    group = kernel.run("job.group_id").texts[0].strip("'")
    assert len(shown.shown) <= 1  # a static display comes when the job ends
    for code in (f"%parallel_attach {group}", f"%parallel_attach {group} --into again"):
        outputs = kernel.run(code)
        assert outputs.status == "ok", outputs.error
        assert len(outputs.shown) == 1, outputs.texts


def test_an_assignment_of_results_shows_nothing(kernel: Kernel) -> None:
    assert kernel.run("x = %parallel_search -n 1 Who leads LEGO?").shown == []


def test_a_mistake_stops_the_run_with_a_few_lines(kernel: Kernel) -> None:
    outputs = kernel.run(f"%%parallel_task --over compnies\n{FIELDS}")
    assert outputs.status == "error"
    assert "Did you mean 'companies'?" in outputs.error
    assert len(outputs.error.splitlines()) <= 4


def test_an_interrupt_says_how_to_go_on_and_loses_nothing(kernel: Kernel) -> None:
    # Rows enough to last well beyond the first answers.
    kernel.run(
        "many = pd.DataFrame({'company': [f'LEGO and company number {n}' for n in range(3000)]})"
    )
    kernel.run("%config ParallelNB.static = False")
    interrupted: list[float] = []

    def interrupt(outputs: Outputs) -> None:
        # A row counts as answered with its event; its answer is there when it is shown.
        if outputs.live.get("newest") and not interrupted:
            interrupted.append(time.monotonic())
            kernel.manager.interrupt_kernel()

    code = f"%%parallel_task --over many --into answered --processor pro\n{FIELDS}"
    outputs = kernel.run(code, meanwhile=interrupt)
    kernel.run("%config ParallelNB.static = True")
    assert outputs.status == "error"
    assert "Interrupted" in outputs.error
    assert "%parallel_attach tgrp_" in outputs.error
    assert len(outputs.error.splitlines()) <= 3
    assert all(WIDGET not in data for data in outputs.shown)
    assert time.monotonic() - interrupted[0] < WITHIN
    group = outputs.error.partition("tgrp_")[2].split()[0].strip(".,;:)")
    kernel.run("import parallel_nb as pnb")
    listed = kernel.run(f"'tgrp_{group}' in set(pnb.jobs()['group_id'])")
    assert listed.texts == ["True"], listed.error
    # What was answered before the interrupt is bound, so that it can be looked at.
    assert kernel.run("bool((answered['status'] == 'completed').any())").texts == ["True"]


def test_no_widget_stays_when_a_live_job_has_ended(kernel: Kernel) -> None:
    kernel.run("%config ParallelNB.static = False")
    outputs = kernel.run(
        "%%parallel_task --over companies --into profiles --fresh\n"
        + FIELDS.replace("Chief", "The chief")
    )
    kernel.run("%config ParallelNB.static = True")
    assert outputs.status == "ok", outputs.error
    assert [set(data) for data in outputs.shown] == [{"text/html", "text/plain"}]


def test_help_is_shown_with_examples(kernel: Kernel) -> None:
    sent = kernel.client.execute("%parallel_search?")
    text = kernel.reply_to(sent)["payload"][0]["data"]["text/plain"]
    assert "--include-domains" in text
    assert "Examples" in text


def test_tab_offers_options_in_a_kernel(kernel: Kernel) -> None:
    code = "hits = %parallel_search --pro"
    content = kernel.reply_to(kernel.client.complete(code, len(code)))
    completed = {code[: content["cursor_start"]] + match for match in content["matches"]}
    assert completed == {"hits = %parallel_search --processor"}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("%parallel_search -n 1 --into hits Which metal \\\nis liquid?\nlen(hits)", "1"),
        ("parallel_search -n 1 --into hits Which metal is liquid?", "Which metal is liquid?"),
        ("d = {}\nd[1] = %parallel_search -n 1 Which metal is liquid?\nlen(d[1])", "1"),
        (
            (
                "def ask(table):\n"
                "    plan = %parallel_task --over table --dry-run Who leads {{company}}?\n"
                "    return plan.rows\n"
                "ask(companies)"
            ),
            "2",
        ),
        (
            (
                "def ask(table):\n"
                "    %parallel_task --over table --into found Who leads {{company}}?\n"
                "    return len(found)\n"
                "ask(companies)"
            ),
            "2",
        ),
        (
            (
                "n = 1\nplan = %parallel_task --over companies.company --sample $n --dry-run "
                "Who leads {{company}}?\nplan.rows"
            ),
            "1",
        ),
    ],
)
def test_a_line_does_in_a_kernel_what_it_says(kernel: Kernel, code: str, text: str) -> None:
    outputs = kernel.run(code)
    assert outputs.status == "ok", outputs.error
    assert text in outputs.texts[-1]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("c = 1\nfor c in ['LEGO']:\n    %parallel_search Who leads {c}?", "pnb.search(f"),
        ("%parallel_search -dry-run Who leads LEGO?", "has no option -dry-run"),
        ("%%parallel_task --over companies --into companies\nWhy?", "could not run again"),
        ("%%parallel_task --over companies --into pd\nWhy?", "a module of yours"),
        ("%%parallel_task\n--over companies\nWhy?", "looks like an option"),
    ],
)
def test_a_slip_in_a_kernel_is_named_and_stops_the_run(
    kernel: Kernel, code: str, words: str
) -> None:
    outputs = kernel.run(code)
    assert outputs.status == "error"
    assert words in " ".join(outputs.error.split())
    assert len(outputs.error.splitlines()) <= 4


def test_run_takes_a_script_with_variables_of_its_own(kernel: Kernel, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pandas as pd\nfrom IPython import get_ipython\n"
        "mine = pd.DataFrame({'company': ['LEGO']})\n"
        "line = '--over mine --into theirs Who leads {{company}}?'\n"
        "get_ipython().run_line_magic('parallel_task', line)\n"
        "print(len(theirs))\n"
    )
    outputs = kernel.run(f"%run {script}")
    assert outputs.stream.strip() == "1", outputs.texts
