"""The version stands in one place, and everything else agrees with it."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import parallel_nb
from parallel_nb.version import __version__

ROOT = Path(__file__).parents[1]


def test_the_package_metadata_and_the_module_agree() -> None:
    assert version("parallel-nb") == parallel_nb.__version__ == __version__


def test_the_javascript_has_the_version_of_the_python() -> None:
    for path in (ROOT / "js").rglob("package.json"):
        if "node_modules" not in path.parts:
            assert json.loads(path.read_text("utf-8"))["version"] == __version__, path
