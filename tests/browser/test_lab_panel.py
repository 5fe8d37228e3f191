"""The side panel, the status bar and evidence beside the notebook, behind a hub's proxy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.jupyter import Lab, Notebook, wait_for
from tests.browser.proxy import behind_proxy
from tests.browser.readers import readers_held
from tests.browser.server import running_lab
from tests.lab.test_jobs import write_job
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CONNECT = """%load_ext parallel_nb
import parallel_nb as pnb
pnb.connect(api_key="key-of-the-tests", base_url={url!r})
ships = [{{"ship": f"{fleet} {{n:04d}}"}} for n in range({rows})]"""
THEMES = ("Light", "Dark", "Dark High Contrast")
ASK = """%%parallel_task --over ships --into answers --title "{title}"
Who owns {{{{ship}}}}?
---
owner: str? - Who owns it
year: int? - Since when"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    prefix = "/user/ada"
    with (
        running_lab(home, folder, base_url=prefix) as running,
        behind_proxy(running, prefix) as seen,
    ):
        yield seen


@pytest.fixture
def open_hub(hub: Lab, page: Page) -> Iterator[Callable[..., Notebook]]:
    def opener(name: str, app: str = "lab") -> Notebook:
        notebook = Notebook(hub, page, name, app)
        notebook.open()
        notebook.light()
        return notebook

    yield opener
    for kernel in hub.api("/kernels"):
        hub.api(f"/kernels/{kernel['id']}", method="DELETE")


def show_jobs(notebook: Notebook) -> Locator:
    notebook.command("parallel-nb:jobs")
    panel = notebook.page.locator("#parallel-nb-jobs")
    panel.wait_for()
    return panel


def job_of(panel: Locator, title: str) -> Locator:
    job = panel.locator(".pnb-lab-job", has=panel.page.get_by_role("button", name=title))
    job.wait_for()
    return job


def sources(notebook: Notebook) -> list[str]:
    texts: list[str] = notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets"
        ".map(cell => cell.model.sharedModel.source)"
    )
    return texts


def test_a_job_is_seen_stopped_and_attached_with_no_notebook_open(
    hub: Lab, open_hub: Callable[..., Notebook]
) -> None:
    with GroupsService(latency=lambda run: run.index / 40).serve() as service:
        connect = CONNECT.format(url=service.url, fleet="slow", rows=3_000)
        ask = ASK.format(title="Slow ships").replace("--into answers", "--into job --background")
        hub.add("slow.ipynb", [connect, ask])
        notebook = open_hub("slow.ipynb")
        page = notebook.page
        notebook.run_all()
        wait_for("both cells ran", notebook.ran)
        notebook.save()
        page.goto(f"{hub.url}/lab?reset&token={hub.token}")
        page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")
        assert page.locator(".jp-NotebookPanel").count() == 0

        panel = show_jobs(notebook)
        job = job_of(panel, "Slow ships")
        before = job.inner_text()
        assert "slow.ipynb" in before
        wait_for("the job moves", lambda: job.inner_text() != before, 20)
        status = page.locator(".pnb-lab-status")
        assert "Parallel: 1 at work" in status.inner_text()

        job.get_by_role("button", name="Slow ships").click()
        job.get_by_role("button", name="Stop submitting…").click()
        page.get_by_role("dialog").get_by_text("is paid").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Stop submitting").click()
        wait_for("the job has stopped", lambda: "stopped" in job.inner_text(), 20)
        assert len(service.runs) < 3_000

        job.get_by_role("button", name="Attach in a cell").click()
        page.wait_for_selector(".jp-NotebookPanel")
        wait_for("the cells are there", lambda: len(sources(notebook)) >= 2)
        load, attach = sources(notebook)[:2]
        assert load == "%load_ext parallel_nb"
        assert attach.startswith("%parallel_attach tgrp_")
        assert attach.endswith(" --into slow_ships")


def test_a_job_of_an_engine_is_taken_up_in_a_new_notebook_with_its_answers(
    hub: Lab, open_hub: Callable[..., Notebook]
) -> None:
    """No key and no address: what the cells that the panel inserts need, they find themselves."""
    rows = "firms = [{'firm': f'LEGO {n}'} for n in range(5000)]"
    ask = (
        "%%parallel_task --over firms --background --into job --title Firms\n"
        "When was {{firm}} founded?\n---\nfounded: int? - Year"
    )
    hub.add("engine.ipynb", [f"%load_ext parallel_nb\n{rows}", ask])
    notebook = open_hub("engine.ipynb")
    page = notebook.page
    notebook.run_all()
    wait_for("both cells ran", notebook.ran)
    notebook.save()
    notebook.command("application:close-all")
    wait_for("no notebook is open", lambda: page.locator(".jp-NotebookPanel").count() == 0)
    panel = show_jobs(notebook)
    job = job_of(panel, "Firms")
    wait_for("some are answered", lambda: " 0 of" not in f" {job.inner_text()}", 60)
    with readers_held(hub):  # or it is through before a slow page has heard the button
        job.get_by_role("button", name="Firms").click()
        job.get_by_role("button", name="Stop submitting…").click()
        page.get_by_role("dialog").get_by_role("button", name="Stop submitting").click()
    wait_for("it has stopped", lambda: job.locator(".pnb-lab-bar").is_hidden(), 60)

    job.get_by_role("button", name="Attach in a cell").click()
    page.wait_for_selector(".jp-NotebookPanel")
    wait_for("the cells are there", lambda: len(sources(notebook)) >= 2)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
    notebook.run_all()
    attached = page.locator(".jp-OutputArea-output", has_text="Firms")
    attached.get_by_text("answered").first.wait_for(timeout=60_000)


@pytest.fixture(scope="module")
def answered(hub: Lab) -> Iterator[str]:
    """A notebook that asks a few rows, and opens the panel of their answers."""
    with GroupsService(fails=lambda run: run.index == 2).serve() as service:
        connect = CONNECT.format(url=service.url, fleet="quick", rows=40)
        panel = "answers.parallel.panel()"
        hub.add("quick.ipynb", [connect, ASK.format(title="Quick ships"), panel])
        yield "quick.ipynb"


def test_evidence_is_shown_beside_the_notebook_and_follows_the_choice(
    answered: str, open_hub: Callable[..., Notebook]
) -> None:
    notebook = open_hub(answered)
    page = notebook.page
    notebook.run_all()
    inline = page.locator(".jp-NotebookPanel .pnb-panel")
    inline.locator(".pnb-td").first.wait_for(timeout=60_000)

    inline.locator(".pnb-td", has_text="quick 0000").first.click()
    inline.locator(".pnb-detail").get_by_role("button", name="Open beside").click()
    beside = page.locator("#parallel-nb-evidence")
    beside.get_by_text("quick 0000 · owner").wait_for()
    assert inline.locator(".pnb-detail").is_hidden()
    inline.locator(".pnb-td", has_text="quick 0001").first.click()
    beside.get_by_text("quick 0001 · owner").wait_for()
    assert inline.locator(".pnb-detail").is_hidden()
    for theme in THEMES:
        notebook.change_theme(theme)
        assert not notebook.violations("#parallel-nb-evidence")
        notebook.picture(f"beside-{theme.lower().replace(' ', '-')}")
    notebook.light()

    beside.get_by_role("button", name="Close evidence").click()
    wait_for("it has gone", lambda: beside.count() == 0)
    inline.locator(".pnb-td", has_text="quick 0000").first.click()
    inline.locator(".pnb-detail").get_by_role("button", name="Open beside").wait_for()

    # The same of the whole job, from the panel, read from the journal alone.
    panel = show_jobs(notebook)
    job = job_of(panel, "Quick ships")
    assert "39 of 40 answered, 1 failed" in job.inner_text()
    page.keyboard.press("Escape")
    title = job.get_by_role("button", name="Quick ships")
    title.focus()
    page.keyboard.press("Enter")
    assert title.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Evidence, without a mouse
    whole = page.locator(".pnb-lab-evidence .pnb-panel")
    whole.locator(".pnb-td", has_text="quick 0005").first.click()
    whole.get_by_text("high confidence").first.wait_for()
    for theme in THEMES:
        notebook.change_theme(theme)
        assert not notebook.violations(".pnb-lab")
        assert not notebook.violations(".pnb-lab-evidence")
        notebook.picture(f"jobs-{theme.lower().replace(' ', '-')}")

    job.get_by_role("button", name="Export…").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Evidence as CSV").wait_for()
    notebook.picture("jobs-export")
    page.keyboard.press("Escape")
    wait_for(
        "the button has the keyboard again",
        lambda: page.evaluate("() => document.activeElement.textContent") == "Export…",
    )
    for word, name in [("CSV", "Quick_ships.csv"), ("Excel", "Quick_ships.xlsx")]:
        job.get_by_role("button", name="Export…").click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=word).first.click()
        assert download.value.suggested_filename == name
        assert download.value.path().stat().st_size > 1_000


def test_commands_make_cells_by_the_settings_and_copy_the_lessons(
    hub: Lab, open_hub: Callable[..., Notebook]
) -> None:
    hub.add("commands.ipynb", [""])
    notebook = open_hub("commands.ipynb")
    page = notebook.page
    page.evaluate(
        """() => window.jupyterapp.serviceManager.settings.save(
          'parallel-nb:commands', '{"processor": "core", "maxCost": 5, "static": true}')"""
    )
    notebook.open()
    notebook.command("parallel-nb:connect")
    wait_for("the cell is there", lambda: "%parallel_connect" in sources(notebook)[0])
    config = [line for line in sources(notebook)[0].splitlines() if line.startswith("%config")]
    assert config == ["%config ParallelNB.max_cost = 5", "%config ParallelNB.static = True"]
    notebook.command("parallel-nb:question")
    wait_for("the question is there", lambda: len(sources(notebook)) == 2)
    assert sources(notebook)[1].startswith("%%parallel_task --processor core --max-cost 5 --into")
    notebook.run_cell(0)
    wait_for("the first cell ran", lambda: notebook.ran_up_to(1))
    wait_for("no cell of ours is marked", lambda: page.locator(".pnb-cm-problem").count() == 0)

    notebook.command("parallel-nb:lessons")
    wait_for("the first lesson is open", (hub.folder / "01_quickstart.ipynb").exists)
    page.get_by_role("tab", name="01_quickstart").first.wait_for()
    kept = json.loads((hub.folder / "01_quickstart.ipynb").read_text("utf-8"))
    assert kept["cells"]


def test_a_missing_server_extension_is_told_with_the_next_step(
    tmp_path_factory: pytest.TempPathFactory, page: Page
) -> None:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder, server_extension=False) as bare:
        bare.add("a.ipynb", ["x = 1"])
        notebook = Notebook(bare, page, "a.ipynb")
        notebook.open()
        panel = show_jobs(notebook)
        panel.get_by_text("jupyter server extension enable parallel_nb.lab").wait_for()
        notebook.picture("jobs-without-server")


def test_a_damaged_journal_many_jobs_and_long_words_are_shown_whole_and_reached_by_keyboard(
    tmp_path_factory: pytest.TempPathFactory, page: Page
) -> None:
    home, folder = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("notebooks")
    with running_lab(home, folder) as own:
        journal = own.home / "journal.sqlite3"
        own.home.mkdir(exist_ok=True)
        journal.write_bytes(b"no database " * 400)
        page.goto(f"{own.url}/lab?reset&token={own.token}")
        page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        page.evaluate("() => window.jupyterapp.restored")
        notebook = Notebook(own, page, "")
        notebook.light()
        panel = show_jobs(notebook)
        panel.get_by_text("is damaged").wait_for()
        assert is_whole(panel)
        search = panel.get_by_label("Search jobs")
        with page.expect_response("**/parallel-nb/jobs?*"):
            search.fill("lease")
        panel.get_by_text("is damaged").wait_for()  # as long as it is

        journal.unlink()
        for number in range(208):
            write_job(own.home, number, questions=1, title=f"Lease {number}")
        long: dict[str, Any] = {"state": "incomplete", "connection": "hosted" * 20}
        write_job(own.home, 300, title="leases" * 30, message="http://a" * 30, **long)
        write_job(own.home, 301, title="Leases with their amendments " * 6, **long)
        search.fill("leas")
        panel.get_by_text("and 10 older jobs; the search finds them").wait_for()
        assert panel.locator(".pnb-lab-job").count() == 200

        search.focus()
        for key in ("Tab", "Enter"):
            page.keyboard.press(key)
        job = panel.locator(".pnb-lab-job").first
        words = job.inner_text()
        assert "ended early" in words
        for width in (400, 250):
            panel.evaluate("(node, width) => { node.style.width = `${width}px` }", width)
            assert is_whole(panel)
            title, box = job.locator(".pnb-lab-title").bounding_box(), panel.bounding_box()
            assert title
            assert box
            assert title["width"] > 0.5 * box["width"]
        for theme in THEMES:
            notebook.change_theme(theme)
            assert not notebook.violations(".pnb-lab-job:first-child")
            notebook.picture(f"jobs-long-{theme.lower().replace(' ', '-')}")

        names = []
        for _ in range(5):
            page.keyboard.press("Tab")
            names.append(page.evaluate("() => document.activeElement.textContent"))
        assert names == ["Attach in a cell", "Evidence", "Copy id", "Export…", "Clear…"]
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_text("are paid again").wait_for()
        assert not notebook.violations(".jp-Dialog")
        page.keyboard.press("Enter")  # what cannot be taken back needs more than Enter
        page.get_by_role("dialog").wait_for(state="detached")
        assert page.evaluate("() => document.activeElement.textContent") == "Clear…"
        assert job.inner_text() == words


def is_whole(panel: Locator) -> bool:
    """Nothing of it is cut off at its right."""
    whole: bool = panel.evaluate(
        """panel => [panel, ...panel.querySelectorAll('*')].every(node =>
          getComputedStyle(node).textOverflow === 'ellipsis'
          || node.scrollWidth <= node.clientWidth || node.clientWidth === 0)"""
    )
    return whole
