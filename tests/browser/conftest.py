"""A real JupyterLab and a real browser for the tests of this folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.jupyter import (
    ARTIFACTS,
    CHROMIUM_FLAGS,
    LAPTOP,
    QUIET,
    Lab,
    Notebook,
    free_port,
    wait_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _environment(home: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PARALLEL_"))}
    places = {
        name: str(home / name.lower())
        for name in (
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTERLAB_SETTINGS_DIR",
            "JUPYTERLAB_WORKSPACES_DIR",
            "IPYTHONDIR",
            "PARALLEL_NB_HOME",
        )
    }
    return kept | places


def _stop_engines(home: Path) -> None:
    """The engine outlives its kernels; end the one that the notebooks of this home started."""
    code = "from parallel_nb.embedded.launch import stop_engine; stop_engine()"
    environment = os.environ | {"PARALLEL_NB_HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=30)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("jupyter")
    folder = tmp_path_factory.mktemp("notebooks")
    environment = _environment(home)
    overrides = Path(environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab/apputils-extension"
    overrides.mkdir(parents=True)
    (overrides / "notification.jupyterlab-settings").write_text(json.dumps(QUIET), "utf-8")
    # All cells stand in the page, so that a test can read the ones below the fold.
    tracker = overrides.parent / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir()
    tracker.write_text(json.dumps({"windowingMode": "none"}), "utf-8")
    port, token = free_port(), secrets.token_hex(16)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--IdentityProvider.token={token}",
        "--allow-root",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    with (ARTIFACTS / "jupyterlab.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    data = Path(environment["JUPYTER_DATA_DIR"])
    made = Lab(f"http://127.0.0.1:{port}", token, folder, data)

    def answers() -> bool:
        try:
            return bool(made.api(""))
        except OSError:
            assert server.poll() is None, "JupyterLab ended; see artifacts/browser/jupyterlab.log"
            return False

    try:
        wait_for("JupyterLab answers", answers)
        yield made
    finally:
        server.terminate()
        server.wait(timeout=20)
        _stop_engines(Path(environment["PARALLEL_NB_HOME"]))


@pytest.fixture(scope="session")
def chromium() -> str:
    path = os.environ.get("PARALLEL_NB_CHROMIUM") or shutil.which("chromium")
    assert path, "no browser: `make browser` finds or installs one"
    return path


@pytest.fixture
def page(chromium: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh page; a screenshot of its last state is kept as an artefact."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        context = browser.new_context(viewport=LAPTOP)
        opened = context.new_page()
        yield opened
        opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
        browser.close()


@pytest.fixture
def open_notebook(lab: Lab, page: Page) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook of the lab's folder; its kernel ends with the test."""

    def opener(name: str, app: str = "lab") -> Notebook:
        notebook = Notebook(lab, page, name, app)
        notebook.open()
        return notebook

    yield opener
    for kernel in lab.api("/kernels"):
        lab.api(f"/kernels/{kernel['id']}", method="DELETE")
