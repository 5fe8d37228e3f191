"""`parallel-nb demo` on notebooks that a person has written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

ASK = """
%%parallel_task --over rows --into makers
Who designed {{name}}?
---
designer: str?
"""


def test_empty_cells_are_passed_over(engine: Any, tmp_path: Path) -> None:
    table = "import pandas as pd\nrows = pd.DataFrame({'name': ['Rust']})"
    cells = ["", "%load_ext parallel_nb", " \n\n", table, ASK, ""]
    notebook = {"cells": [{"cell_type": "code", "source": source} for source in cells]}
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook), "utf-8")
    kept = {name: value for name, value in os.environ.items() if "PARALLEL" not in name}
    kept["PARALLEL_NB_SEMANTIC"] = "0"  # as the shared engine, which would be started again
    done = subprocess.run(
        [sys.executable, "-m", "parallel_nb.cli", "demo", "--notebook", "mine.ipynb"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=kept | {"PARALLEL_NB_HOME": str(engine.home), "IPYTHONDIR": str(tmp_path)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "  %%parallel_task --over rows --into makers" in done.stdout.splitlines()
    assert "Where the values of Rust come from:" in done.stdout
