"""The documents for people: what they name exists, and no public name is missing from them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import parallel_nb
from parallel_nb.engine.roster import add_students

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
#: A path in backticks, from the root of the repository: `tests/job/test_kill.py`, `js/src/`.
_PATH = re.compile(r"`((?:parallel_nb|tests|js|docs|bench|notebooks)/[\w./-]*)`")

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="needs the source tree")


def test_the_reference_has_every_public_name_once() -> None:
    documented = [
        name
        for page in REFERENCE.glob("*.md")
        for name in re.findall(r"^::: parallel_nb\.(\w+)$", page.read_text("utf-8"), re.MULTILINE)
    ]
    assert sorted(documented) == sorted(parallel_nb.__all__)


def test_examples_stand_under_the_heading_that_the_reference_knows() -> None:
    # Under "Example:" the reference shows prompts (>>>) as quotations.
    sources = sorted((ROOT / "parallel_nb").rglob("*.py"))
    wrong = [path for path in sources if re.search(r"(?m)^ +Example:$", path.read_text("utf-8"))]
    assert [path.relative_to(ROOT).as_posix() for path in wrong] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_path_of_a_page_leads_to_a_file(page: Path) -> None:
    text = _FENCE.sub("", page.read_text("utf-8"))
    links = [page.parent / link for link in _LINK.findall(text)]
    paths = [ROOT / path for path in _PATH.findall(text)]
    assert [str(path) for path in links + paths if not path.exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_make_command_of_a_page_is_a_target(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    text = page.read_text("utf-8")
    commands = re.findall(r"^make ([a-z -]+)", text, re.MULTILINE)
    commands += re.findall(r"`make ([a-z -]+)[^`]*`", text)
    assert {word for command in commands for word in command.split()} <= targets


def test_make_help_names_only_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"^# make ([a-z-]+)", makefile, re.MULTILINE))
    assert {"demo", "lab", "test", "bench", "docs"} <= named <= targets


def test_the_page_on_architecture_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    package = ROOT / "parallel_nb"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.name for path in package.glob("*.py")} - {"__init__.py"}
    assert {name for name in rooms | modules if f"`{name}`" not in page} == set()


#: Runs the cells that it is given as JSON in one shell, and stops at the first that fails.
_RUN_CELLS = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in json.load(sys.stdin):
    shell.run_cell(cell).raise_error()
"""
_COMPANIES = """
import pandas as pd
companies = pd.DataFrame({"company": ["LEGO", "Sony"]})
companies = companies.assign(name=companies["company"], website="https://company.example")
"""


#: A block of a page. It is a cell without a label or with that of Python.
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_GUIDES = [ROOT / "docs" / "index.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


def cells_of(page: Path) -> list[str]:
    blocks = _BLOCK.findall(page.read_text("utf-8"))
    return [text for label, text in blocks if label in {"", "python"}]


def run_cells(cells: list[str], folder: Path, engine: Any) -> None:
    """Run cells in one shell, in a folder with some documents."""
    (folder / "dataroom").mkdir()
    (folder / "dataroom" / "lego.md").write_text("# LEGO\n\nLEGO was founded in 1932.\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if "PARALLEL" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _RUN_CELLS],
        input=json.dumps(cells),
        cwd=folder,
        env=environment
        | {
            "PARALLEL_NB_HOME": str(engine.home),
            "PARALLEL_NB_ENGINE_IDLE_SECONDS": "2",
            "PARALLEL_NB_SEMANTIC": "0",  # as the shared engine, which would be started again
            "IPYTHONDIR": str(folder),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_cells_of_the_start_and_the_guides_run(engine: Any, tmp_path: Path) -> None:
    cells = [
        cell
        for page in _GUIDES
        if page.name != "hosts.md"  # its block is the configuration of a hub
        for cell in cells_of(page)
    ]
    assert len(cells) >= 30
    run_cells(cells, tmp_path, engine)


def test_the_hub_gives_each_user_the_token_of_the_class_file(tmp_path: Path) -> None:
    (hook,) = cells_of(ROOT / "docs" / "how-to" / "hosts.md")
    (student,) = add_students(tmp_path / "students.csv", ["ada"])
    hub = SimpleNamespace(Spawner=SimpleNamespace())
    exec(hook.replace("/srv/class", str(tmp_path)), {"c": hub})  # noqa: S102 - our own page
    for name, token in (("ada", student.token), ("eve", None)):
        spawner = SimpleNamespace(user=SimpleNamespace(name=name), environment={})
        hub.Spawner.pre_spawn_hook(spawner)
        assert spawner.environment.get("PARALLEL_NB_TOKEN") == token


def test_there_are_a_dozen_guides_and_every_page_can_be_found() -> None:
    guides = [page for page in _GUIDES if page.parent.name == "how-to" and page.name != "index.md"]
    assert len(guides) >= 12
    overview = (ROOT / "docs" / "how-to" / "index.md").read_text("utf-8")
    assert [page.name for page in guides if f"({page.name})" not in overview] == []
    site = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = [page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f" {page}\n" not in site] == []


def test_the_page_of_the_lessons_lists_each() -> None:
    page = (ROOT / "docs" / "lessons.md").read_text("utf-8")
    listed = re.findall(r'href="lessons/(\w+)\.html"', page)
    assert listed == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_cells_of_the_readme_run_in_their_order(engine: Any, tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```\w*\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    cells = [text for text in blocks if not text.startswith(("make ", "parallel-nb "))]
    example = cells.pop(0)  # stands above the cell that loads the magics, to show what it is about
    assert len(cells) >= 5
    run_cells([_COMPANIES, *cells, example], tmp_path, engine)


def test_the_changelog_has_the_present_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text
    assert parallel_nb.__version__ in text
