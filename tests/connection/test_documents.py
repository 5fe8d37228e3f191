"""A room says what it did not read: on connecting, in a table, and on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import parallel_nb as pnb
from parallel_nb import cli
from parallel_nb.connection.launcher import stop_engine

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_not_read_is_counted_and_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    room = tmp_path / "dataroom"
    room.mkdir()
    (room / "a.md").write_text("---\ndate: 2024-03-01\n---\n# Lease\n\nThe rent is 5.\n")
    (room / "copy.md").write_text("---\ndate: 2024-03-02\n---\n# Lease\n\nThe rent is 5.\n")
    (room / "broken.pdf").write_bytes(b"%PDF-1.7")
    (room / "photo.jpg").write_bytes(b"\xff\xd8")
    try:
        connection = pnb.connect("embedded", documents=room)
        assert connection.label == "embedded: dataroom, 2 documents, 2 not read"
        assert "2 files could not be read" in connection.detail
        listed = pnb.documents()
        assert [kind.kind for kind in listed.dtypes[["pages", "date"]]] == ["i", "M"]
        assert listed.set_index("path")["status"].to_dict() == {
            "a.md": "read",
            "broken.pdf": "not read",
            "copy.md": "duplicate",
            "photo.jpg": "not read",
        }
        reasons = listed.set_index("path")["reason"]
        assert "damaged" in reasons["broken.pdf"]
        assert reasons["copy.md"] == "it has the same text as a.md"
        assert cli.main(["documents", str(room)]) == cli.DONE
    finally:
        pnb.disconnect()
        stop_engine(room)
    output = capsys.readouterr()
    assert "broken.pdf  not read: it is damaged" in output.out
    assert "a.md" not in output.out.replace("as a.md", "")
    assert output.err.splitlines()[-1] == "2 documents read, 2 files not read"


def test_the_hosted_service_has_no_documents_to_list(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = pnb.connect("hosted", api_key="k" * 20)
    with pytest.raises(pnb.InputError, match="answers from the web"):
        pnb.documents(connection=connection)
    pnb.disconnect()
