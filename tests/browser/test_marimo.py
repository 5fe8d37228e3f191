"""The displays in a real marimo. It is no part of our environment: PARALLEL_NB_MARIMO names the
`marimo` command of one that has it and parallel_nb (`pip install marimo anywidget pandas -e .`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import ARTIFACTS, free_port, wait_for
from tests.browser.test_live import Paced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]
MARIMO = os.environ.get("PARALLEL_NB_MARIMO") or shutil.which("marimo")
CELLS = (
    """import parallel_nb as pnb
    pnb.connect(api_key="key-of-the-tests", base_url="{url}")
    rows = [{{"ship": f"Ship {{number}}"}} for number in range(300)]
    return pnb, rows""",
    """job = pnb.tasks(rows, "Who owns {{{{ship}}}}?", title="300 ships")
    return job,""",
    """job
    return""",
    """pnb.plan(rows, "Who built {{{{ship}}}}?")
    return""",
    """job.panel()
    return""",
)
NEEDS = ("", "pnb, rows", "job", "pnb, rows", "job")


@pytest.fixture
def paced() -> Iterator[Paced]:
    service = Paced(latency=lambda _: 0.0)
    with service.serve():
        yield service


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(tmp_path: Path, paced: Paced, theme: str) -> Iterator[str]:
    """A marimo server that shows one notebook."""
    if MARIMO is None:
        pytest.skip("no marimo: set PARALLEL_NB_MARIMO to its command")
    lines = ["import marimo", "app = marimo.App()"]
    for cell, needs in zip(CELLS, NEEDS, strict=True):
        lines += ["@app.cell", f"def _({needs}):", f"    {cell.format(url=paced.url)}"]
    (tmp_path / "notebook.py").write_text("\n".join(lines), "utf-8")
    setting = f'[tool.marimo.display]\ntheme = "{theme}"\n'
    (tmp_path / "pyproject.toml").write_text(setting, "utf-8")
    port = free_port()
    command = [MARIMO, "run", "notebook.py", "--headless", "--no-token", "--port", str(port)]
    places = {"PARALLEL_NB_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    with (ARTIFACTS / "marimo.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=tmp_path, env=os.environ | places, stdout=log, stderr=log
        )
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=20)


def test_marimo_shows_live_progress_and_static_twins(
    page: Page, url: str, paced: Paced, theme: str
) -> None:
    def opened() -> bool:
        try:
            page.goto(url)
        except Exception:  # noqa: BLE001 - the server is not up yet
            return False
        return True

    wait_for("marimo answers", opened, 30)
    progress = page.locator(".pnb-progress")
    for answered in (0, 40, 120):
        paced.allowed = answered
        progress.get_by_text(f"{answered} answered").wait_for(timeout=40_000)
    # It would be heard too late.
    assert not progress.get_by_role("button", name="Stop").is_visible()
    assert "interrupt the cell" in progress.inner_text()
    page.screenshot(path=ARTIFACTS / f"marimo-running-{theme}.png")
    paced.allowed = 300
    progress.get_by_text("300 answered").wait_for(timeout=30_000)
    progress.get_by_text("· done").wait_for(timeout=30_000)
    twin = page.locator("details").first
    twin.wait_for(timeout=30_000)
    page.get_by_text("and 250 more rows: job.panel()").wait_for()
    page.get_by_text("nothing has been sent").wait_for()
    panel = page.locator(".pnb-panel")
    panel.locator(".pnb-tr:not(.pnb-waits) .pnb-td").nth(1).click()
    panel.locator(".pnb-ev").wait_for()
    page.screenshot(path=ARTIFACTS / f"marimo-done-{theme}.png", full_page=True)
    ink = panel.evaluate("(e) => getComputedStyle(e).color")
    assert ink == {"light": "rgb(28, 32, 36)", "dark": "rgb(231, 234, 238)"}[theme]
