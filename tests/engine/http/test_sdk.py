"""The vendor's own Python SDK works against the engine, in its current and its 0.2 line."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from parallel_nb.engine_home import FileLock

if TYPE_CHECKING:
    from tests.conftest import SharedEngine

ROOT: Final = Path(__file__).parents[3]
SCRIPT: Final = Path(__file__).with_name("sdk_script.py")
FINDALL_SCRIPT: Final = Path(__file__).with_name("sdk_findall_script.py")
LINES: Final = {"1": "parallel-web>=1,<2", "0.2": "parallel-web>=0.2,<0.3"}
INSTALL_WITHIN: Final = 240


def python_of(line: str) -> Path:
    """The interpreter of an environment with this line of the SDK; made once, then kept."""
    place = ROOT / ".make" / f"sdk-{line}"
    place.parent.mkdir(exist_ok=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    done = place / "installed"
    lock = FileLock(place.parent / f"sdk-{line}.lock")
    assert lock.acquire(timeout=INSTALL_WITHIN), "another process is installing the SDK"
    with lock:
        if not done.exists():
            venv.create(place, with_pip=False, clear=True)
            pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
            command = [*pip, "--python", str(python), "install", "--quiet", LINES[line]]
            subprocess.run(command, check=True, timeout=INSTALL_WITHIN)
            done.touch()
    return python


def run_script(line: str, script: Path, engine: SharedEngine) -> dict[str, Any]:
    """What a script reports that uses this line of the SDK on an engine."""
    ran = subprocess.run(
        [str(python_of(line)), str(script), engine.url, engine.key],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report


@pytest.mark.timeout(600)
def test_the_official_sdk_completes_findall_and_entity_search(engine: SharedEngine) -> None:
    report = run_script("1", FINDALL_SCRIPT, engine)

    assert report["proposed"][0] == "databases"
    assert report["status"] == "queued"
    assert report["events"].count("findall.candidate.generated") == 5
    assert report["events"][-1] == "findall.status"
    assert report["first"] == ["completed", "match_limit_met"]
    assert len(report["matched"]) == 5
    assert not any("Redis" in name for name in report["names"])
    assert report["extended"] == 8
    assert report["enriched"] == 1
    assert report["later"].count("findall.candidate.enriched") == 8
    assert report["outputs"] == [["license", "port"]] * 8
    assert report["basis"] == [2] * 8
    assert report["final"] == ["completed", 8]
    assert report["schema"] == [8, "core"]
    assert report["conflict"] == 409
    assert report["cancelled"] == "cancelled"
    assert report["entities"] == 10
    assert report["missing"] == 404


@pytest.mark.timeout(600)
@pytest.mark.parametrize("line", LINES)
def test_the_official_sdk_completes_search_tasks_and_groups(
    engine: SharedEngine, line: str
) -> None:
    report = run_script(line, SCRIPT, engine)

    assert report["version"].startswith(line)
    assert any("rust" in url for url in report["found"])
    assert report["text"][0] == "completed"
    assert report["text"][2] >= 1
    assert report["parsed"] == ["json", "Language"]
    assert len(set(report["run_ids"])) == 3
    assert report["events"].count("task_run.state") == 3
    assert report["events"][-1] == "task_group_status"
    assert [row[:2] for row in report["rows"]] == [[n, n] for n in ("Rust", "Python", "Ruby")]
    assert all(set(row[2]) == {"year"} for row in report["rows"])
    assert report["active"] is False
    assert report["missing"]
    if line == "1":
        read, failed, urls = report["extract"]
        assert [*read, *failed] == urls
        content, refused = report["further"]
        assert "1916" in content
        assert "no such interaction" in refused
