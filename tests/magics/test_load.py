"""%load_ext is light, adds what it says, and %unload_ext takes all of it away."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb import settings

if TYPE_CHECKING:
    from pathlib import Path

MAGICS = {
    "line": {
        "parallel_connect",
        "parallel_search",
        "parallel_extract",
        "parallel_task",
        "parallel_jobs",
        "parallel_attach",
    },
    "cell": {"parallel_search", "parallel_extract", "parallel_task"},
}
HEAVY = ("pandas", "narwhals", "numpy", "anywidget", "ipywidgets", "httpx2", "tantivy", "starlette")
_PROBE = """
import json, sys, time
began = time.process_time()
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
before = set(sys.modules)
started = time.process_time()
shell.run_line_magic("load_ext", "parallel_nb")
share = (time.process_time() - started) / (started - began)
import parallel_nb
parallel_nb.settings.current().max_cost
added = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
print(json.dumps({"share": share, "added": added}))
"""


def probe(tmp_path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", _PROBE],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found | {"importtime": done.stderr}


def test_load_ext_costs_no_more_than_ipython_twice_and_imports_nothing_heavy(
    tmp_path: Path,
) -> None:
    probes = [probe(tmp_path)]
    # Processor time, and the best of several; pandas alone would be four times as much.
    while probes[-1]["share"] >= 2 and len(probes) < 5:
        probes.append(probe(tmp_path))
    assert probes[-1]["share"] < 2, [p["share"] for p in probes]
    for module in HEAVY:
        assert module not in probes[0]["added"]
        assert not re.search(rf"\| +{module}$", probes[0]["importtime"], re.MULTILINE)
    assert re.search(r"\| +parallel_nb\.magics$", probes[0]["importtime"], re.MULTILINE)


def test_load_adds_the_magics_and_unload_takes_all_away(bare_shell: Any) -> None:
    shell = bare_shell
    hooks = list(shell.events.callbacks["pre_run_cell"])
    transformers = list(shell.input_transformer_manager.token_transformers)
    matchers, configurables = list(shell.Completer.custom_matchers), list(shell.configurables)
    shell.extension_manager.load_extension("parallel_nb")
    for kind, names in MAGICS.items():
        assert names <= set(shell.magics_manager.magics[kind])
    assert len(shell.Completer.custom_matchers) == len(matchers) + 1
    shell.extension_manager.unload_extension("parallel_nb")
    for kind, names in MAGICS.items():
        assert not names & set(shell.magics_manager.magics[kind])
    assert shell.Completer.custom_matchers == matchers
    assert shell.configurables == configurables
    assert shell.events.callbacks["pre_run_cell"] == hooks
    assert shell.input_transformer_manager.token_transformers == transformers


def test_reloading_leaves_one_of_each(shell: Any) -> None:
    shell.extension_manager.reload_extension("parallel_nb")
    names = [type(configurable).__name__ for configurable in shell.configurables]
    assert names.count("ParallelNB") == 1
    assert len(shell.Completer.custom_matchers) == 1


@pytest.mark.parametrize("name", sorted(MAGICS["line"]))
def test_help_has_examples_and_every_option(shell: Any, name: str) -> None:
    text = shell.find_line_magic(name).__doc__
    assert "Examples::" in text
    assert f"%{name}" in text
    for action in shell.find_line_magic(name).parser._actions:
        assert action.help
        assert "".join(action.help.split()[:2]) in "".join(text.split())


def test_config_sets_a_setting_and_none_gives_it_back(shell: Any) -> None:
    shell.run_line_magic("config", "ParallelNB.max_cost = 5")
    assert settings.current().max_cost == 5.0
    shell.run_line_magic("config", "ParallelNB.max_cost = None")
    assert settings.current().max_cost is None


def test_a_refused_setting_changes_nothing_and_is_not_said_again(
    shell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    shell.run_line_magic("config", "ParallelNB.retention_days = 0")
    assert "it is not at least 1" in caplog.text
    assert settings.current().retention_days == 365
    caplog.clear()
    shell.run_line_magic("config", "ParallelNB.max_cost = 5")
    assert caplog.text == ""


def test_unload_gives_the_settings_back(bare_shell: Any) -> None:
    bare_shell.extension_manager.load_extension("parallel_nb")
    bare_shell.run_line_magic("config", "ParallelNB.max_cost = 5")
    bare_shell.extension_manager.unload_extension("parallel_nb")
    assert settings.current().max_cost is None


def test_frames_get_their_accessor_in_the_cell_after_pandas_is_imported(tmp_path: Path) -> None:
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        "from traitlets.config import Config\n"
        "c = Config(); c.HistoryManager.enabled = False\n"
        "s = S.instance(config=c)\n"
        "s.run_cell('%load_ext parallel_nb')\n"
        "s.run_cell('import pandas as pd')\n"
        "s.run_cell('print(type(pd.DataFrame().parallel).__name__)')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)},
    )
    assert done.stdout.strip().endswith("ParallelAccessor"), done.stdout + done.stderr
