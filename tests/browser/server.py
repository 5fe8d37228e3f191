"""Starts the JupyterLab that tests and benchmarks share, in folders of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser.jupyter import ARTIFACTS, QUIET, ROOT, Lab, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    # Not before these: what is installed beside the Python that runs the tests.
    return kept | places | {"JUPYTER_PREFER_ENV_PATH": "0"}


def _stop_engines(home: Path) -> None:
    """The engine outlives its kernels; end the one that the notebooks of this home started."""
    code = "from parallel_nb.connection.launcher import stop_engine; stop_engine()"
    environment = os.environ | {"PARALLEL_NB_HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=30)


def _add_extension(environment: dict[str, str], *, enabled: bool, with_server: bool) -> None:
    """Give a Jupyter the extension as it is built in this tree, or turn off what it has of it."""
    config = Path(environment["JUPYTER_CONFIG_DIR"])
    (config / "labconfig").mkdir(parents=True)
    # Each page would have it look for a build of its own scripts, with three processes of Node.
    shown: dict[str, Any] = {"buildAvailable": False, "buildCheck": False}
    if not enabled:
        shown["disabledExtensions"] = {"parallel-nb": True}
    (config / "labconfig" / "page_config.json").write_text(json.dumps(shown), "utf-8")
    if not enabled:
        return
    ours = ROOT / "parallel_nb" / "lab"
    assert (ours / "labextension" / "package.json").is_file(), "build it: python hatch_build.py"
    place = Path(environment["JUPYTER_DATA_DIR"]) / "labextensions" / "parallel-nb"
    shutil.copytree(ours / "labextension", place)
    shutil.copy(ours / "install.json", place)
    (config / "jupyter_server_config.d").mkdir(parents=True)
    wanted = {"ServerApp": {"jpserver_extensions": {"parallel_nb.lab": with_server}}}
    installed = json.loads((ours / "jupyter_server_config.json").read_text("utf-8"))
    assert not with_server or installed == wanted
    place = config / "jupyter_server_config.d" / "parallel_nb.json"
    place.write_text(json.dumps(wanted), "utf-8")


@contextmanager
def running_lab(
    home: Path,
    folder: Path,
    *,
    extension: bool = True,
    server_extension: bool = True,
    python: str | Path = sys.executable,
    base_url: str = "",
) -> Iterator[Lab]:
    """JupyterLab over `folder`, with everything that it keeps under `home`; and Notebook 7.

    `python` is that of another environment, with another JupyterLab. `base_url` is a path such as
    `/user/ada`, below which a JupyterHub puts a server.
    """
    environment = _environment(home)
    _add_extension(environment, enabled=extension, with_server=server_extension)
    overrides = Path(environment["JUPYTERLAB_SETTINGS_DIR"]) / "@jupyterlab/apputils-extension"
    overrides.mkdir(parents=True)
    (overrides / "notification.jupyterlab-settings").write_text(json.dumps(QUIET), "utf-8")
    # All cells stand in the page, so that a test can read the ones below the fold.
    tracker = overrides.parent / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir()
    tracker.write_text(json.dumps({"windowingMode": "none"}), "utf-8")
    port, token = free_port(), secrets.token_hex(16)
    command = [
        str(python),
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
        f"--ServerApp.base_url={base_url}/",
    ]
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    said = ARTIFACTS / f"jupyterlab{os.environ.get('PYTEST_XDIST_WORKER', '')}.log"
    with said.open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    data = Path(environment["JUPYTER_DATA_DIR"])
    ours = Path(environment["PARALLEL_NB_HOME"])
    made = Lab(f"http://127.0.0.1:{port}{base_url}", token, folder, data, ours)

    def answers() -> bool:
        try:
            return bool(made.api(""))
        except OSError:
            assert server.poll() is None, f"JupyterLab ended; see {said}"
            return False

    try:
        wait_for("JupyterLab answers", answers)
        yield made
    finally:
        server.terminate()
        server.wait(timeout=20)
        _stop_engines(ours)
