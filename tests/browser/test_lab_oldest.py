"""The oldest JupyterLab and Notebook that are supported: what is seen in the newest is seen."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import parallel_nb as pnb
from parallel_nb.connection import background, disconnect
from tests.browser.jupyter import ROOT, Lab, Notebook
from tests.browser.server import running_lab
from tests.browser.test_lab_cells import CELLS, wait_read
from tests.browser.test_lab_panel import job_of, show_jobs
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.timeout(600),
]
OLDEST = ("jupyterlab==4.2.*", "notebook==7.2.*")


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the oldest JupyterLab, and the package.

    PARALLEL_NB_OLDEST_LAB names one that is there already.
    """
    if present := os.environ.get("PARALLEL_NB_OLDEST_LAB"):
        return Path(present)
    folder = tmp_path_factory.mktemp("oldest")
    venv.create(folder, with_pip=False)
    made = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(made), "install", "--quiet"]
    subprocess.run([*pip, *OLDEST, str(ROOT)], check=True)
    return made


@pytest.fixture(scope="module")
def oldest(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder, python=python) as running:
        yield running


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_each_kind_of_cell_reads_piece_by_piece(oldest: Lab, page: Page, app: str) -> None:
    oldest.add("twelve.ipynb", [source for source, _ in CELLS])
    notebook = Notebook(oldest, page, "twelve.ipynb", app)
    notebook.open()
    for number, (_, wanted) in enumerate(CELLS):
        wait_read(notebook, number, wanted)
    notebook.picture(f"oldest-cells-{app}")


@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_jobs_are_seen_with_their_evidence(
    oldest: Lab, page: Page, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(oldest.home))
    with GroupsService().serve() as service:
        pnb.connect(api_key="key", base_url=service.url)
        rows = [{"ship": f"{app} ship {number}"} for number in range(5)]
        pnb.tasks(rows, "Who owns {{ship}}?", title=f"Ships of {app}")
    oldest.add("jobs.ipynb", ["x = 1"])
    notebook = Notebook(oldest, page, "jobs.ipynb", app)
    notebook.open()
    panel = show_jobs(notebook)
    job = job_of(panel, f"Ships of {app}")
    assert "5 of 5 answered" in job.inner_text()
    job.get_by_role("button", name="Ships of").click()
    job.get_by_role("button", name="Evidence").click()
    page.locator(".pnb-lab-evidence .pnb-td", has_text=f"{app} ship 3").first.wait_for()
    notebook.picture(f"oldest-jobs-{app}")
    disconnect()
    background.shutdown()
