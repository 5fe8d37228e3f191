"""The pictures of the README, taken from a real notebook on the sample documents.

Run by `pytest -m slow tests/browser/test_readme_pictures.py`; writes `docs/images`.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import ROOT, Lab, Notebook, wait_for
from tests.browser.readers import readers_held

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, ViewportSize

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

IMAGES = ROOT / "docs" / "images"
SAMPLE = ROOT / "parallel_nb" / "engine" / "sample"
WINDOW: ViewportSize = {"width": 1280, "height": 900}
#: Bytes: the README is read on slow lines too.
MOST_BYTES = 150_000

SETUP = """
%load_ext parallel_nb
%parallel_connect embedded
import pandas as pd, parallel_nb as pnb
hits = pnb.search("Which countries lie on an island?")
countries = pd.DataFrame({{"country": {names}}})
"""
TASK = """
%%parallel_task --over countries --into profiles
What is known about the country {{country}}?
---
currency: str? - The currency
population: int? - Number of people who live there
"""
PANEL = "profiles.parallel.panel()"


def test_the_pictures_of_the_readme(
    lab: Lab, open_notebook: Callable[..., Notebook], page: Page
) -> None:
    page.set_viewport_size(WINDOW)
    names = [path.stem.replace("-", " ").title() for path in sorted(SAMPLE.glob("countries/*.md"))]
    lab.add("readme.ipynb", [SETUP.format(names=names).strip(), TASK.strip(), PANEL])
    notebook = open_notebook("readme.ipynb", "notebook")
    notebook.run_cell(0)
    wait_for("the search has answered", lambda: notebook.ran_up_to(1), 90)
    IMAGES.mkdir(parents=True, exist_ok=True)

    progress = page.locator(".pnb-progress")
    with readers_held(lab) as readers:
        notebook.run_cell(1)
        progress.wait_for()
        for _ in range(200):  # the engine is quick: it is let go for a moment at a time
            if share(progress.inner_text()) >= 0.3:
                break
            readers.let_one_go_on()
            time.sleep(0.01)
            readers.hold()
            time.sleep(0.4)  # until the page has drawn it
        assert 0.3 <= share(progress.inner_text()) < 0.9
        progress.screenshot(path=IMAGES / "progress.png")
    wait_for("every country is answered", lambda: notebook.ran_up_to(2), 90)

    notebook.run_cell(2)
    panel = page.locator(".pnb-panel")
    # A value that is worth a look: its sources disagree, or are old.
    values = panel.locator(".pnb-td:not(.pnb-null)")
    values.filter(has_text=re.compile(r"low|medium")).first.click()
    panel.locator(".pnb-ev mark").first.wait_for()
    panel.screenshot(path=IMAGES / "evidence.png")
    for name in ("progress", "evidence"):
        assert (IMAGES / f"{name}.png").stat().st_size < MOST_BYTES


def share(text: str) -> float:
    """How much of a job has ended, by the words of its progress."""
    counts = re.findall(r"([\d,]+)\s+(answered|failed|running|waiting|not sent)", text)
    rows = {word: int(number.replace(",", "")) for number, word in counts}
    return (rows.get("answered", 0) + rows.get("failed", 0)) / max(sum(rows.values()), 1)
