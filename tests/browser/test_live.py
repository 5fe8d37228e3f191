"""What a person sees while a job runs, in JupyterLab and Notebook 7, and what remains."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import ROOT, WIDGET, Lab, Notebook, code_cells, mime_types, wait_for
from tests.jobs.groups_service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Open = Callable[..., Notebook]

#: Kernels before the current one, and the names under which JupyterLab knows them.
OLDER = {"6.31.0": "ipykernel6", "7.3.0": "ipykernel73"}
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
LIVE = ".pnb-progress"
ROWS = 3_000

CONNECT = """
import parallel_nb as pnb
pnb.connect(api_key="key-of-the-tests", base_url={url!r})
rows = [{{"ship": f"{fleet} {{number:04d}}"}} for number in range({rows})]
"""
ASK = 'job = pnb.tasks(rows, "Who owns {{ship}}?", title="{rows:,} ships"{more})'


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """Answers about 250 rows a second, one after the other."""
    with Service(latency=lambda run: run.index / 250).serve() as running:
        yield running


def cells(service: Service, fleet: str, *, rows: int = ROWS, more: str = "") -> list[str]:
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


def watch_grow(notebook: Notebook, times: int = 3) -> list[int]:
    """Wait until the page has shown so many different counts, while the first cell blocks."""
    counts: list[int] = []

    def grown() -> bool:
        now = answered(notebook)
        assert "Error" not in " ".join(notebook.outputs()), notebook.outputs()
        if now is not None and now not in counts:
            counts.append(now)
            assert notebook.runs(0), "the cell does not block"
        return len(counts) >= times

    wait_for("the count grows on the page", grown, 40)
    assert counts == sorted(counts)
    return counts


def stop_while_it_blocks(notebook: Notebook, picture: str) -> dict[str, Any]:
    """Run, watch, press Stop, and give the file that is saved after the end."""
    notebook.run_all()
    watch_grow(notebook)
    notebook.picture(f"{picture}-running")
    notebook.page.get_by_role("button", name="Stop submitting").click()
    wait_for("the cell ends after Stop", lambda: not notebook.runs(0), 15)
    wait_for(
        "the end takes the place of the widget",
        lambda: (
            notebook.page.locator(LIVE).count() == 0
            and any("stopped before every row was sent" in text for text in notebook.outputs())
        ),
        15,
    )
    wait_for("every cell has run", notebook.ran, 30)
    notebook.picture(f"{picture}-stopped")
    saved = notebook.save()
    assert WIDGET not in mime_types(saved)
    return saved


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_progress_is_live_and_stop_works_while_the_cell_blocks(
    lab: Lab, open_notebook: Open, service: Service, app: str
) -> None:
    name = f"stop-{app}.ipynb"
    lab.add(name, [*cells(service, app), "print('the next cell ran')"])
    notebook = open_notebook(name, app)
    saved = stop_while_it_blocks(notebook, f"stop-{app}")
    before = notebook.outputs()
    assert any("the next cell ran" in text for text in before)
    notebook.open()
    wait_for("the same after a reload", lambda: notebook.outputs() == before, 20)
    assert not [o for c in code_cells(saved) for o in c["outputs"] if o["output_type"] == "error"]


def test_a_background_job_is_back_after_a_reload_in_mid_run(
    lab: Lab, open_notebook: Open, service: Service
) -> None:
    lab.add("reload.ipynb", [*cells(service, "reload", more=", wait=False"), "job.stop().status"])
    notebook = open_notebook("reload.ipynb")
    notebook.run_cell(0)
    wait_for("progress", lambda: (answered(notebook) or 0) > 0, 30)
    before = answered(notebook) or 0
    notebook.save()
    notebook.open()
    wait_for("the widget is back, and goes on", lambda: (answered(notebook) or 0) > before, 30)
    notebook.picture("reload-in-mid-run")
    notebook.run_cell(1)
    wait_for(
        "the end is told where the widget stands",
        lambda: "show the job in another cell" in " ".join(notebook.outputs()),
        20,
    )
    assert "stopped before every row was sent" in " ".join(notebook.outputs())
    notebook.picture("reload-ended")


def test_an_interrupt_shows_one_sentence_and_keeps_what_was_answered(
    lab: Lab, open_notebook: Open, service: Service
) -> None:
    lab.add("interrupt.ipynb", cells(service, "interrupt", rows=1_500))
    notebook = open_notebook("interrupt.ipynb")
    notebook.run_all()
    watch_grow(notebook)
    notebook.command("notebook:interrupt-kernel")
    wait_for("the cell ends", lambda: not notebook.runs(0), 20)
    wait_for("the widget is gone", lambda: notebook.page.locator(LIVE).count() == 0, 10)
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
    service: Service,
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
    stop_while_it_blocks(notebook, OLDER[version])
    assert any("['B', 'C', 'D']" in text for text in notebook.outputs())
