"""What a person sees of a find: live in JupyterLab, cancelled by its button, and what remains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import WIDGET, Lab, Notebook, mime_types, wait_for
from tests.browser.test_live import LIVE, has_given_place
from tests.service.findall import FindAllService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
CONNECT = """
%load_ext parallel_nb
import parallel_nb as pnb
pnb.connect(api_key="key-of-the-tests", base_url={url!r})
"""
FIND = """%%parallel_find --limit 40 --into makers
European companies that make heat pumps for industry
---
in_europe: Headquarters are in Europe
industrial: Sells heat pumps for industrial processes, not for homes
+ founded: int? - Year the company was founded
"""


@pytest.fixture
def service() -> Iterator[FindAllService]:
    with FindAllService(pace=0.15).serve() as running:
        yield running


def matched(notebook: Notebook) -> int:
    shown = notebook.page.locator(LIVE)
    if shown.count() == 0:
        return 0
    found = re.search(r"([\d,]+)\s+matched", shown.first.inner_text())
    return int(found[1].replace(",", "")) if found else 0


def change_theme(notebook: Notebook, theme: str) -> None:
    notebook.dark() if theme == "dark" else notebook.light()
    wait_for("the splash is gone", lambda: notebook.page.locator("#jupyterlab-splash").count() == 0)


def test_a_find_is_live_and_its_button_cancels_it(
    lab: Lab, open_notebook: Open, service: FindAllService
) -> None:
    lab.add(
        "find.ipynb",
        [
            CONNECT.format(url=service.url),
            FIND,
            "find = pnb.attach(pnb.jobs()['group_id'][0])\nfind.panel()",
            "%parallel_find European makers of heat pumps",
            "%parallel_find --fast -n 5 European makers of heat pumps",
        ],
    )
    notebook = open_notebook("find.ipynb")
    notebook.run_cell(0)
    notebook.run_cell(1)
    wait_for("matches are told while the cell blocks", lambda: matched(notebook) >= 4, 60)
    text = notebook.page.locator(LIVE).first.inner_text()
    assert "no match: in_europe: in_europe of company" in text
    assert "at most $2.45" in text  # 0.25 + 40 matches at 0.03 and 0.025 to enrich
    for theme in ("dark", "light"):
        change_theme(notebook, theme)
        notebook.picture(f"find-running-{theme}")
    notebook.page.get_by_role("button", name="Stop and cancel").click()
    wait_for("the cell ends", lambda: not notebook.runs(1), 30)
    assert service.cancelled == ["findall_000001"]
    wait_for(
        "the end takes the place of the widget",
        lambda: has_given_place(notebook, "Cancelled:"),
        30,
    )
    notebook.run_cell(2)
    notebook.run_cell(3)
    wait_for("the plan is there", lambda: "nothing is paid" in " ".join(notebook.outputs()), 60)
    notebook.run_cell(4)  # now: the error of a cell ends those that wait behind it
    wait_for("the list is there", lambda: "not verified" in " ".join(notebook.outputs()), 60)
    notebook.page.locator(".pnb-panel .pnb-tr:not(.pnb-waits) .pnb-value").first.click()
    wait_for("the evidence opens", lambda: notebook.page.locator(".pnb-ev").count() > 0, 20)
    for theme in ("dark", "light"):
        change_theme(notebook, theme)
        assert notebook.violations(".jp-OutputArea-output:not(:has(.dataframe))") == []
        for place, selector in (("end", "progress, details"), ("panel", ".pnb-panel")):
            notebook.scroll_to(selector)
            notebook.picture(f"find-{place}-{theme}")
        notebook.page.locator("text=Plan: ").first.scroll_into_view_if_needed()
        notebook.picture(f"find-plan-{theme}")
    notebook.page.get_by_role("button", name="Close panel").click()
    panels = notebook.page.locator(".pnb-panel")
    wait_for("HTML takes the panel's place", lambda: panels.count() == 0, 20)
    assert WIDGET not in mime_types(notebook.save())
