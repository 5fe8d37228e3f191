"""The page that a value rests on opens from the panel, in JupyterLab, with the passage marked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from tests.browser.jupyter import Lab, Notebook, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Open = Callable[..., Notebook]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ASK = """
import parallel_nb as pnb
pnb.connect("embedded", documents={room})
fields = pnb.parse_fields(
    "annual_rent: int? - annual rent in EUR\\nchief_executive: str?\\nemployees: int?")
rows = [{{"company": "Meridian Freight"}}]
job = pnb.tasks(rows, "What is known of {{{{company}}}}?", output=fields)
"""
#: How many pixels of the canvas have the colour of a mark, and the rectangle that they fill.
MARKED = """() => {
  const canvas = document.querySelector('.pnb-sheet canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let count = 0, top = canvas.height, bottom = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] < 240 || data[i + 1] < 215 || data[i + 2] > 150) continue;
    const y = Math.floor(i / 4 / canvas.width);
    count += 1; top = Math.min(top, y); bottom = Math.max(bottom, y);
  }
  const box = canvas.getBoundingClientRect();
  const scale = box.height / canvas.height;
  const sheet = canvas.parentElement.getBoundingClientRect();
  const isSeen = box.top + top * scale >= sheet.top && box.top + bottom * scale <= sheet.bottom;
  return { count, height: bottom - top, isSeen };
}"""
#: What stands over the right edge of the panel, but for what scrolls within it.
OVER = """() => {
  const right = (node) => node.getBoundingClientRect().right;
  const box = document.querySelector('.pnb-panel');
  return [...box.querySelectorAll('.pnb-detail *')]
    .filter((node) => !node.closest('.pnb-sheet, [hidden]') && right(node) > right(box) + 1)
    .map((node) => node.className);
}"""
FOCUSED = "() => document.activeElement.textContent"


def write_room(room: Path) -> None:
    room.mkdir()
    styles = getSampleStyleSheet()
    flow: list[Any] = []
    for number in range(1, 6):
        flow.append(Paragraph(f"{number}. Part {number} of the lease", styles["Heading2"]))
        flow.append(
            Paragraph("The parties have read it and agree to it. " * 30, styles["BodyText"])
        )
        if number == 3:
            rent = "The annual rent of Meridian Freight is EUR 1,240,000, payable in advance."
            flow.append(Paragraph(rent, styles["BodyText"]))
        flow.append(PageBreak())
    SimpleDocTemplate(str(room / "lease-tilburg.pdf"), title="Lease").build(flow)
    book = xlsxwriter.Workbook(str(room / "staff.xlsx"))
    sheet = book.add_worksheet("Staff 2024")
    for row, cells in enumerate(
        [
            ["Company", "Town", "Employees"],
            ["Alder", "Breda", 77],
            ["Meridian Freight", "Gouda", 412],
        ]
    ):
        sheet.write_row(row + 2, 1, cells)
    book.close()
    lines = ["# Meridian Freight", "", "## People", ""]
    lines += ["The chief executive of Meridian Freight is Ada Byron.", "", "## History", ""]
    lines += [f"In year {year} nothing of note happened, as every year.\n" for year in range(400)]
    (room / "minutes.md").write_text("\n".join(lines))


@pytest.fixture
def room(tmp_path: Path) -> Path:
    folder = tmp_path / "dataroom"
    write_room(folder)
    return folder


def show_panel(lab: Lab, open_notebook: Open, room: Path) -> Notebook:
    lab.add("pages.ipynb", [ASK.format(room=json.dumps(str(room))), "job.panel()"])
    notebook: Notebook = open_notebook("pages.ipynb")
    notebook.run_all()
    return notebook


def open_page(notebook: Notebook, value: str) -> None:
    """Open a value's page from its cell."""
    notebook.page.locator(".pnb-panel .pnb-td").get_by_text(value).click(timeout=60_000)
    # what was open stands there until the kernel has answered, with a button of the same name
    notebook.page.locator(".pnb-detail .pnb-big").get_by_text(value).wait_for()
    notebook.page.get_by_role("button", name="Show the page").first.click()


def look_at(notebook: Notebook, name: str) -> None:
    """A picture in both themes, and whether somebody is kept out."""
    for theme in ("dark", "light"):
        notebook.dark() if theme == "dark" else notebook.light()
        notebook.scroll_to(".pnb-page")
        notebook.picture(f"{name}-{theme}")
        assert notebook.violations(".pnb-panel") == []


def test_a_cell_opens_to_its_page_in_the_pdf_and_the_mark_is_in_the_picture(
    lab: Lab, open_notebook: Open, room: Path
) -> None:
    notebook = show_panel(lab, open_notebook, room)
    page = notebook.page
    open_page(notebook, "1,240,000")
    assert "lease-tilburg.pdf, p. 3" in page.locator(".pnb-cite").first.inner_text()
    page.get_by_text("page 3 of 5").wait_for()
    page.locator(".pnb-sheet canvas").wait_for()
    marked = page.evaluate(MARKED)
    assert marked["count"] > 3_000
    assert 10 < marked["height"] < 40  # one line of the page
    assert marked["isSeen"]
    assert "1,240,000" in str(page.locator(".pnb-sheet canvas").get_attribute("aria-label"))
    look_at(notebook, "page-pdf")
    page.set_viewport_size({"width": 1400, "height": 900})
    wait_for("it is wide", lambda: page.locator(".pnb-panel:not(.pnb-narrow)").count())
    look_at(notebook, "page-pdf-wide")

    page.locator(".pnb-sheet").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_text("page 4 of 5").wait_for()
    wait_for("the next page is drawn", lambda: page.evaluate(MARKED)["count"] == 0)
    page.keyboard.press("ArrowLeft")
    page.get_by_text("page 3 of 5").wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Larger").click()
    page.get_by_text("150 %").wait_for()
    notebook.picture("page-pdf-larger")
    page.get_by_role("button", name="As text").click()
    assert "1,240,000" in page.locator(".pnb-sheet mark").inner_text()
    notebook.picture("page-pdf-as-text")
    page.keyboard.press("Escape")
    page.locator(".pnb-page").wait_for(state="detached")
    assert page.evaluate(FOCUSED) == "Show the page"

    page.set_viewport_size({"width": 620, "height": 900})
    page.keyboard.press("Enter")
    page.locator(".pnb-narrow .pnb-sheet canvas").wait_for()
    assert page.evaluate(OVER) == []
    notebook.scroll_to(".pnb-page")
    notebook.picture("page-pdf-narrow")


def test_sheets_and_texts_open_as_text_and_a_file_that_is_gone_says_so(
    lab: Lab, open_notebook: Open, room: Path
) -> None:
    notebook = show_panel(lab, open_notebook, room)
    page = notebook.page
    open_page(notebook, "412")
    page.locator(".pnb-sheet td:has(mark)").wait_for()
    assert page.locator(".pnb-sheet td:has(mark)").all_inner_texts() == ["412"]
    look_at(notebook, "page-sheet")
    open_page(notebook, "Ada Byron")
    page.get_by_text("part 1 of").wait_for()
    assert "Ada Byron" in page.locator(".pnb-sheet mark").inner_text()
    page.get_by_text(re.compile("Meridian Freight . People")).wait_for()
    look_at(notebook, "page-text")
    (room / "lease-tilburg.pdf").unlink()
    open_page(notebook, "1,240,000")
    page.get_by_role("alert").get_by_text("deleted, moved or renamed").wait_for(timeout=60_000)
    notebook.picture("page-deleted")
