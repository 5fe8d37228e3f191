"""The built files: small, self-contained, and kept to their own corner of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "parallel_nb" / "display" / "static"
NAMES = sorted(p.name.removesuffix(".entry.ts") for p in (ROOT / "js" / "src").glob("*.entry.ts"))


@pytest.mark.parametrize("name", NAMES)
def test_a_component_is_one_small_file_that_needs_no_network(name: str) -> None:
    code = (STATIC / f"{name}.js").read_text("utf-8")
    assert len(code.encode()) < 30_000
    assert not re.search(r"\bimport\s*[({'\"]|\bfetch\(|XMLHttpRequest|WebSocket", code)
    assert not re.search(r"https?://\w", code)


@pytest.mark.parametrize("name", NAMES)
def test_no_data_becomes_markup(name: str) -> None:
    code = (STATIC / f"{name}.js").read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", code)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_the_stylesheet_is_ours_alone(name: str) -> None:
    css = (STATIC / f"{name}.css").read_text("utf-8")
    selectors = re.findall(r"(?:^|[{}])\s*([^@{}]+)\{", css)
    assert selectors
    # A comma in brackets parts no selectors; what is nested in them says where, not what.
    bare = [re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", found) for found in selectors]
    for selector in (part for found in bare for part in found.split(",")):
        assert ".pnb" in selector, selector
    assert "url(" not in css


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "js" / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock
