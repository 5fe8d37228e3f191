"""A connection to an engine that somebody else serves, as of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parallel_nb.connection import background, connect, current_connection, disconnect
from tests.engine_process import EngineProcess, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_it_answered_before_its_documents_changed_does_not_count_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    folder = tmp_path / "room"
    folder.mkdir()
    (folder / "alpha.md").write_text("# Alpha\n\nAlpha Corp was founded in 1950.\n", "utf-8")
    engine = EngineProcess(tmp_path / "data", ("--documents", str(folder))).start()
    try:
        connection = connect(base_url=engine.url, api_key=engine.key)
        wait_for(lambda: "1 document" in current_connection().label, what="the document")
        before = connection.edition
        (folder / "beta.md").write_text("# Beta\n\nBeta Corp was founded in 1960.\n", "utf-8")
        wait_for(lambda: "2 documents" in current_connection().label, what="the new document")
        assert current_connection() is connection
        assert connection.edition != before
        engine.stop()
        assert "2 documents" in current_connection().label  # who asks it next is told
    finally:
        engine.kill()
        disconnect()
        background.shutdown()
