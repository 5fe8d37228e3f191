"""JupyterLab as the browser tests see it: a server, and a notebook open in a page."""

from __future__ import annotations

import json
import socket
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, ViewportSize

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts" / "browser"
AXE = ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
WIDGET = "application/vnd.jupyter.widget-view+json"
#: No background traffic, no sandbox (CI runs as root).
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: A laptop's width.
LAPTOP: ViewportSize = {"width": 1024, "height": 768}
#: Opens a document, and closes whatever else is open, unsaved.
_OPEN_ALONE = """async path => {
  const { commands, serviceManager, shell } = window.jupyterapp;
  const close = async which => {
    for (let left; (left = [...shell.widgets("main")].filter(which)).length > 0;) {
      for (const widget of left) {
        if (widget.context) widget.context.model.dirty = false;
        widget.close();
      }
      await new Promise(requestAnimationFrame);
    }
  };
  await close(widget => widget.context);
  await serviceManager.kernelspecs.refreshSpecs();
  const opened = await commands.execute("docmanager:open", { path });
  await close(widget => widget !== opened);
}"""
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


def code_cells(saved: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in saved["cells"] if cell["cell_type"] == "code"]


def mime_types(saved: dict[str, Any]) -> set[str]:
    """Of every output in a notebook's file."""
    return {
        mime
        for cell in code_cells(saved)
        for output in cell["outputs"]
        for mime in output.get("data", {})
    }


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(what: str, ready: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until `ready()` gives something true, and return that."""
    deadline, pause = time.monotonic() + seconds, 0.02
    while time.monotonic() < deadline:
        if found := ready():
            return found
        # To look takes the page's time too, so what lasts is looked at less often.
        time.sleep(pause)
        pause = min(1.3 * pause, 0.2)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def serious_violations(page: Page, selector: str) -> list[str]:
    """What axe calls serious or critical within an element."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(content=AXE.read_text("utf-8"))
    found: list[dict[str, Any]] = page.evaluate(
        "where => axe.run({include: [[where]]}).then(r => r.violations)", selector
    )
    return [
        f"{v['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for v in found
        if v["impact"] in {"serious", "critical"}
        for node in v["nodes"]
    ]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab, or Notebook 7 on the same server."""

    url: str
    token: str
    folder: Path
    #: Jupyter's data folder of this server.
    data: Path
    #: What `PARALLEL_NB_HOME` is to its kernels.
    home: Path

    def add(self, name: str, cells: list[str], kernel: str = "python3") -> Path:
        """Write a notebook of code cells into the server's folder."""
        made = {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"cell-{number}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {
                "kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = self.folder / name
        path.write_text(json.dumps(made), "utf-8")
        return path

    def add_kernel(
        self, name: str, environment: dict[str, str], *, language: str = "python", code: str = ""
    ) -> None:
        """Register a kernel of this Python that starts with other modules on its path.

        Or one that says it is of another language, started by `code`.
        """
        start = ["-c", code] if code else ["-m", "ipykernel_launcher"]
        spec = {
            "argv": [sys.executable, *start, "-f", "{connection_file}"],
            "display_name": name,
            "language": language,
            "env": environment,
        }
        place = self.data / "kernels" / name
        place.mkdir(parents=True)
        (place / "kernel.json").write_text(json.dumps(spec), "utf-8")

    def api(self, path: str, method: str = "GET") -> Any:
        """Call the server's own REST interface."""
        request = urllib.request.Request(  # noqa: S310 - a loopback address
            f"{self.url}/api{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            text = answer.read()
        return json.loads(text) if text else None


@dataclass(frozen=True)
class Notebook:
    """One notebook open in JupyterLab, or in Notebook 7 of the same server."""

    lab: Lab
    page: Page
    name: str
    app: str = "lab"

    def open(self) -> None:
        """Load the page (afresh, or again) and wait until the notebook's kernel is there."""
        place = f"lab/tree/{self.name}?reset&" if self.app == "lab" else f"notebooks/{self.name}?"
        self.page.goto(f"{self.lab.url}/{place}token={self.lab.token}")
        self.page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        self.page.evaluate("() => window.jupyterapp.restored")
        self._wait_kernel()

    def open_here(self) -> None:
        """Open it in the JupyterLab that the page shows, with nothing beside it; or load the page.

        A page that is loaded takes longer than most tests do with it.
        """
        if self.app == "lab" and self.page.url.startswith(f"{self.lab.url}/lab"):
            self.page.evaluate(_OPEN_ALONE, self.name)
            self._wait_kernel()
        else:
            self.open()

    def _wait_kernel(self) -> None:
        self.page.wait_for_selector(".jp-NotebookPanel .jp-CodeCell", timeout=60_000)
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready")
        self.page.wait_for_function(
            """() => {
              const session = window.jupyterapp.shell.currentWidget.sessionContext.session;
              return ['idle', 'busy'].includes(session?.kernel?.status);
            }""",
            timeout=60_000,
        )

    def command(self, name: str) -> None:
        """Start a command of JupyterLab without waiting for its end."""
        self.page.evaluate("name => { void window.jupyterapp.commands.execute(name) }", name)

    def run_all(self) -> None:
        self.command("notebook:run-all-cells")

    def ran(self) -> bool:
        """Whether every code cell has run to its end, and what it gave is drawn."""
        return self.ran_up_to(None)

    def ran_up_to(self, number: int | None) -> bool:
        """The same, of the cells before this one."""
        done: bool = self.page.evaluate(
            """number => {
              const all = [...window.jupyterapp.shell.currentWidget.content.widgets];
              const cells = all.slice(0, number ?? all.length);
              const drawn = cell => {
                const nodes = [...cell.outputArea.node.querySelectorAll('.jp-OutputArea-output')];
                return nodes.length === cell.model.outputs.length
                  && nodes.every(node => node.textContent.trim() || node.querySelector('img'));
              };
              return cells.filter(cell => cell.model.type === 'code')
                .every(cell => cell.model.executionCount && cell.model.executionState === 'idle'
                  && drawn(cell));
            }""",
            number,
        )
        return done

    def runs(self, number: int = 0) -> bool:
        """Whether a code cell is at work: it was sent, and its reply has not come."""
        at_work: bool = self.page.evaluate(
            """number => window.jupyterapp.shell.currentWidget.content.widgets[number]
              .model.executionState === 'running'""",
            number,
        )
        return at_work

    def run_cell(self, number: int, command: str = "notebook:run-cell") -> None:
        """Run one cell alone, or do another command of JupyterLab there."""
        self.page.evaluate(
            """([number, command]) => {
              const content = window.jupyterapp.shell.currentWidget.content;
              content.deselectAll();
              content.activeCellIndex = number;
              void window.jupyterapp.commands.execute(command);
            }""",
            [number, command],
        )

    def outputs(self) -> list[str]:
        """The whole text of each output, also of what is folded."""
        texts: list[str] = self.page.locator(".jp-OutputArea-output").evaluate_all(
            "nodes => nodes.map(node => node.textContent.replace(/\\s+/g, ' ').trim())"
        )
        return texts

    def scroll_to(self, selector: str) -> None:
        self.page.locator(selector).first.scroll_into_view_if_needed()

    def violations(self, selector: str = ".jp-OutputArea-output") -> list[str]:
        """What keeps people out, within our outputs."""
        return serious_violations(self.page, selector)

    def save(self) -> dict[str, Any]:
        """Save, and return the file's content."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        saved: dict[str, Any] = json.loads((self.lab.folder / self.name).read_text("utf-8"))
        return saved

    def dark(self) -> None:
        self.change_theme("Dark")

    def light(self) -> None:
        self.change_theme("Light")

    def change_theme(self, name: str) -> None:
        """Change to a theme of JupyterLab, and wait until it is drawn."""
        self.page.evaluate(
            """theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})""",
            f"JupyterLab {name}",
        )
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=f"JupyterLab {name}"
        )
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def picture(self, name: str) -> None:
        self.page.screenshot(path=ARTIFACTS / f"{name}.png")
