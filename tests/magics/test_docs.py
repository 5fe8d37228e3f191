"""The cells of docs/jobs.md, run in a real shell on the real engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.magics.conftest import Ran

PAGE = Path(__file__).parents[2] / "docs" / "jobs.md"


def blocks(language: str) -> list[str]:
    """The fenced blocks of this language; "" is a cell."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == language]


@pytest.mark.usefixtures("connected")
def test_every_cell_of_the_page_on_jobs_runs_and_says_what_stands_there(
    run: Callable[[str], Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = blocks("")
    screens = []
    assert len(cells) >= 6
    for cell in cells:
        ran = run(cell)
        assert ran.error is None, (cell, ran.screen)
        screens.append(ran.screen)
    (shown,) = blocks("text")
    assert any(shown.strip() in screen for screen in screens), screens[1]
    assert {path.name for path in tmp_path.iterdir()} >= {"profiles.csv", "sources.json"}
    assert "1 job forgotten" in screens[-1]
