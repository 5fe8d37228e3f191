"""The static outputs on a bare page, in light and dark, wide and narrow: no style of anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.display import job_bundle, panel, search_bundle, task_bundle
from parallel_nb.display.bundles import progress_bundle
from tests.browser.jupyter import AXE, ROOT, serious_violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from parallel_nb.job.model import Progress
    from parallel_nb.results import SearchResults, TaskResult

pytestmark = pytest.mark.browser
PICTURES = ROOT / "artifacts" / "display"


@pytest.mark.parametrize("width", [1024, 420])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_output_reads_well_without_a_style_sheet(
    browser: Browser,
    *,
    running: Progress,
    done_job: Any,
    many_found: SearchResults,
    answer: TaskResult,
    theme: str,
    width: int,
) -> None:
    bundles = {
        "stopped": progress_bundle(replace(running, state="stopped", message="Stopped.")),
        "ended": job_bundle(done_job),
        "panel": panel(done_job).bundle(),
        "task": task_bundle(answer),
        "search": search_bundle(many_found),
    }
    context = browser.new_context(viewport={"width": width, "height": 700}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    colours = "background:#111;color:#fff" if theme == "dark" else "background:#fff;color:#000"
    link = "<style>a{color:#7db4f5}</style>" if theme == "dark" else ""
    shown = "".join(
        f"<div class=one id={name}>{bundle['text/html']}</div><br>"
        for name, bundle in bundles.items()
    )
    page.set_content(
        f"<!doctype html><html lang=en><meta name=color-scheme content={theme}><title>all</title>"
        f"{link}<body style='margin:12px;{colours};font:13px system-ui'><main>{shown}</main>"
    )
    for summary in page.locator("details > summary").all()[:3]:
        summary.click()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"static-{theme}-{width}.png", full_page=True)
    # A wide table scrolls within its box; the page itself never does.
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if AXE.is_file():
        assert serious_violations(page, "main") == []
    context.close()
