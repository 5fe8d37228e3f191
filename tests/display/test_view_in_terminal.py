"""Without a kernel a job says a few short lines on stderr, and nothing on stdout."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parallel_nb.display import view as view_module
from parallel_nb.display.view import NotebookView

if TYPE_CHECKING:
    import pytest

    from parallel_nb.job.model import Progress


def test_a_short_job_says_its_end_alone(
    running: Progress, done_job: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    view = NotebookView()
    view.start(running, lambda: None)
    view.update(running)
    view.finish(done_job)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("3 companies: 1 answered, 1 reused, 1 failed\n")
    assert "\x1b" not in err


def test_a_long_job_says_a_line_now_and_then(
    running: Progress,
    done_job: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(view_module, "monotonic", lambda: now[0])
    view = NotebookView()
    view.start(running, lambda: None)
    for second in range(60):
        now[0] += 0.5
        view.update(replace(running, completed=412 + second, queued=200 - second))
    view.finish(done_job)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("1,000")]
    assert 2 <= len(lines) <= 4
    assert "hosted" in lines[0]
    assert "waiting" in lines[0]
