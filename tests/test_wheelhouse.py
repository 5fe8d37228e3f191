"""The folder of packages for a room without network is enough to install and to ask."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
#: No index can be asked: nothing listens there.
NO_NETWORK = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "PIP_RETRIES": "0",
    "http_proxy": "http://127.0.0.1:9/",
    "https_proxy": "http://127.0.0.1:9/",
    "no_proxy": "127.0.0.1,localhost",
}

pytestmark = [
    pytest.mark.network,
    pytest.mark.timeout(900),  # the download of pandas, on a slow line and a busy machine
    pytest.mark.skipif(sys.platform == "win32", reason="there is no make"),
    pytest.mark.skipif(not (ROOT / "hatch_build.py").exists(), reason="needs the source tree"),
]


def run(*command: str | Path, environment: dict[str, str], cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_make_wheelhouse_gives_all_that_an_empty_environment_needs(tmp_path: Path) -> None:
    house, empty = tmp_path / "house", tmp_path / "empty"
    kept = {name: value for name, value in os.environ.items() if "PARALLEL" not in name}
    kept.pop("PYTHONPATH", None)
    # The environment is there, and is not to be changed; JupyterLab would be ninety packages more.
    make = ("make", "--old-file=assets", "wheelhouse", f"WHEELHOUSE={house}", "EXTRAS=")
    said = run(*make, environment=kept, cwd=ROOT)
    assert "--no-index --find-links" in said
    assert {path.suffix for path in house.iterdir()} == {".whl"}

    venv.create(empty, with_pip=False)
    cut_off = kept | NO_NETWORK | {"PARALLEL_NB_HOME": str(tmp_path / "home")}
    pip = (sys.executable, "-m", "pip", "--python", empty / SCRIPTS / "python")
    install = ("install", "--quiet", "--no-compile", "--no-index", "--find-links", house)
    run(*pip, *install, "parallel-nb", environment=cut_off, cwd=tmp_path)
    command = empty / SCRIPTS / "parallel-nb"
    asked = tmp_path / "ask.py"
    asked.write_text(
        "import pandas as pd, parallel_nb as pnb\n"
        "pnb.connect('embedded')\n"
        "job = pnb.tasks(pd.DataFrame({'company': ['LEGO']}), 'When was {{company}} founded?',\n"
        "                output='founded: int? - Year of its founding')\n"
        "print(job.df['founded'][0])\n",
        "utf-8",
    )
    environment = cut_off | {"PARALLEL_NB_ENGINE_IDLE_SECONDS": "2"}
    said = run(empty / SCRIPTS / "python", asked, environment=environment, cwd=tmp_path)
    assert "1932" in said
    explained = run(command, "explain", "class", environment=cut_off, cwd=tmp_path)
    assert "parallel-nb explain how-to/class" in explained
    guide = run(command, "explain", "how-to/class", environment=cut_off, cwd=tmp_path)
    assert "parallel-nb serve" in guide
