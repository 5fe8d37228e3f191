"""The documents for people: what they name exists, and no public name is missing from them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import parallel_nb

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


def test_the_changelog_has_the_present_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "## [Unreleased]" in text
    assert parallel_nb.__version__ in text
