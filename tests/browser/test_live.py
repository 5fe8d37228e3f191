"""What a person sees while a job runs, in JupyterLab and Notebook 7, and what remains."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import ROOT, WIDGET, Lab, Notebook, code_cells, mime_types, wait_for
from tests.service.groups import Group, GroupsService, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Open = Callable[..., Notebook]

#: Kernels before the current one, and the names under which JupyterLab knows them.
OLDER = {"6.31.0": "ipykernel6", "7.3.0": "ipykernel73"}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
LIVE = ".pnb-progress"
#: More than the quota lets through while a test looks, so that there is something to stop.
ROWS = 7_000

CONNECT = """
import parallel_nb as pnb
pnb.connect(api_key="key-of-the-tests", base_url={url!r})
rows = [{{"ship": f"{fleet} {{number:04d}}"}} for number in range({rows})]
"""
ASK = 'job = pnb.tasks(rows, "Who owns {{ship}}?", title="{rows:,} ships"{more})'


class Paced(GroupsService):
    """Answers the rows of a group up to the number that a test allows.

    So a job is never further than what the page has shown, on a fast machine and a slow one.
    """

    allowed = 0

    async def _work(self, group: Group, runs: list[Run], latency: Callable[[Run], float]) -> None:
        del latency
        for run in runs:
            while run.index >= self.allowed:  # noqa: ASYNC110 - another thread lets it go on
                await asyncio.sleep(0.01)
            self._end(group, run)
        self._log_status(group)


@pytest.fixture(scope="module")
def running_service() -> Iterator[Paced]:
    paced = Paced(latency=lambda _: 0.0)
    with paced.serve():
        yield paced


@pytest.fixture
def service(running_service: Paced) -> Paced:
    running_service.allowed = 0
    return running_service


def cells(service: Paced, fleet: str, *, rows: int = ROWS, more: str = "") -> list[str]:
    """One cell; ships of another fleet are not answered from the journal."""
    connect = CONNECT.format(url=service.url, rows=rows, fleet=fleet)
    return [connect + ASK.replace("{rows:,}", f"{rows:,}").replace("{more}", more)]


def answered(notebook: Notebook) -> int | None:
    """How many rows the page says are answered."""
    shown = notebook.page.locator(LIVE)
    if shown.count() == 0:
        return None
    found = re.search(r"([\d,]+)\s+answered", shown.first.inner_text())
    return int(found[1].replace(",", "")) if found else None


def wait_answered(notebook: Notebook, service: Paced, rows: int) -> None:
    """Let the service answer so many rows, and wait until the page says so."""
    service.allowed = rows

    def shown() -> bool:
        assert "Error" not in " ".join(notebook.outputs()), notebook.outputs()
        return answered(notebook) == rows

    wait_for(f"the page shows {rows} answers", shown, 40)


def watch_grow(notebook: Notebook, service: Paced) -> None:
    """See the count grow on the page, step by step, while the first cell blocks."""
    for rows in (0, 60, 250, 251):
        wait_answered(notebook, service, rows)
        assert notebook.runs(0), "the cell does not block"


def has_given_place(notebook: Notebook, words: str) -> bool:
    """Whether these words are shown, and not by the widget.

    In this order: a page that was loaded afresh draws the widget late, and it may say them too.
    """
    said = any(words in text for text in notebook.outputs())
    return said and notebook.page.locator(LIVE).count() == 0


def stop_while_it_blocks(notebook: Notebook, service: Paced, picture: str) -> dict[str, Any]:
    """Run, watch, press Stop, and give the file that is saved after the end."""
    notebook.run_all()
    watch_grow(notebook, service)
    notebook.picture(f"{picture}-running")
    notebook.page.get_by_role("button", name="Stop submitting").click()
    wait_for("the cell ends after Stop", lambda: not notebook.runs(0), 30)
    wait_for(
        "the end takes the place of the widget",
        lambda: has_given_place(notebook, "stopped before every row was sent"),
        30,
    )
    wait_for("every cell has run", notebook.ran, 30)
    notebook.picture(f"{picture}-stopped")
    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    return saved


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_progress_is_live_and_stop_works_while_the_cell_blocks(
    lab: Lab, open_notebook: Open, service: Paced, app: str
) -> None:
    name = f"stop-{app}.ipynb"
    lab.add(name, [*cells(service, app), "print('the next cell ran')"])
    notebook = open_notebook(name, app)
    saved = stop_while_it_blocks(notebook, service, f"stop-{app}")
    before = notebook.outputs()
    assert any("the next cell ran" in text for text in before)
    notebook.open()
    wait_for("the same after a reload", lambda: notebook.outputs() == before, 30)
    assert not [o for c in code_cells(saved) for o in c["outputs"] if o["output_type"] == "error"]


def ends_as_html(notebook: Notebook, words: str) -> None:
    """The first output is the end alone, on the page and in the file, and lasts."""
    wait_for(
        "the end takes the widget's place",
        lambda: has_given_place(notebook, words),
        30,
    )
    before = notebook.outputs()
    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    assert "text/html" in code_cells(saved)[0]["outputs"][0]["data"]
    notebook.open()
    wait_for("the same after another reload", lambda: notebook.outputs() == before, 30)


def test_a_background_job_is_back_after_a_reload_and_ends_in_its_place(
    lab: Lab, open_notebook: Open, service: Paced
) -> None:
    lab.add("reload.ipynb", [*cells(service, "reload", more=", wait=False"), "job.stop().status"])
    notebook = open_notebook("reload.ipynb")
    notebook.run_cell(0)
    wait_answered(notebook, service, 200)
    notebook.save()
    notebook.open()
    # The widget is back, and goes on.
    wait_answered(notebook, service, 200)
    wait_answered(notebook, service, 400)
    notebook.picture("reload-in-mid-run")
    notebook.run_cell(1)
    ends_as_html(notebook, "stopped before every row was sent")
    notebook.picture("reload-ended")


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_blocking_cell_ends_in_its_place_after_a_reload_in_mid_run(
    lab: Lab, open_notebook: Open, service: Paced, app: str
) -> None:
    name = f"reload-blocked-{app}.ipynb"
    lab.add(name, cells(service, f"blocked {app}", rows=1_000))
    notebook = open_notebook(name, app)
    notebook.run_cell(0)
    wait_answered(notebook, service, 200)
    notebook.save()
    # The kernel tells a new page how it is when the cell has ended.
    notebook.page.once("domcontentloaded", lambda _: setattr(service, "allowed", 1_000))
    notebook.open()
    ends_as_html(notebook, "1,000 answered")


def test_a_job_that_ended_while_no_page_was_open_ends_in_its_place(
    lab: Lab, open_notebook: Open, service: Paced
) -> None:
    lab.add("closed.ipynb", [*cells(service, "closed", rows=1_000, more=", wait=False")])
    notebook = open_notebook("closed.ipynb")
    notebook.run_cell(0)
    wait_answered(notebook, service, 200)
    notebook.save()
    notebook.page.goto("about:blank")
    service.allowed = 1_000
    group = list(service.groups.values())[-1]
    wait_for("all ends meanwhile", lambda: group.active == 0, 30)
    notebook.open()
    ends_as_html(notebook, "1,000 answered")


def test_an_interrupt_shows_one_sentence_and_keeps_what_was_answered(
    lab: Lab, open_notebook: Open, service: Paced
) -> None:
    lab.add("interrupt.ipynb", cells(service, "interrupt", rows=1_500))
    notebook = open_notebook("interrupt.ipynb")
    notebook.run_all()
    watch_grow(notebook, service)
    notebook.command("notebook:interrupt-kernel")
    wait_for("the cell ends", lambda: not notebook.runs(0), 30)
    wait_for("the widget is gone", lambda: notebook.page.locator(LIVE).count() == 0, 30)
    notebook.picture("interrupted")
    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    outputs = code_cells(saved)[0]["outputs"]
    (error,) = [output for output in outputs if output["output_type"] == "error"]
    assert len(error["traceback"]) == 1
    assert "Interrupted: " in error["traceback"][0]
    assert "detached" in " ".join(notebook.outputs())


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", list(OLDER))
def test_stop_works_while_the_cell_blocks_on_older_kernels(
    lab: Lab,
    open_notebook: Open,
    service: Paced,
    tmp_path_factory: pytest.TempPathFactory,
    version: str,
) -> None:
    folder = tmp_path_factory.mktemp(OLDER[version])
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*install, "--target", str(folder), f"ipykernel=={version}"], check=True)
    lab.add_kernel(OLDER[version], {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])})
    name = f"{OLDER[version]}.ipynb"
    check = f"import ipykernel; assert ipykernel.__version__ == {version!r}"
    source = cells(service, OLDER[version])
    queued = ["order = ['B']", "order.append('C')", "order.append('D'); order"]
    lab.add(name, [f"{check}\n{source[0]}", *queued], kernel=OLDER[version])
    notebook = open_notebook(name)
    stop_while_it_blocks(notebook, service, OLDER[version])
    assert any("['B', 'C', 'D']" in text for text in notebook.outputs())
