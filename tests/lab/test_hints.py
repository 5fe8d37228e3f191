"""What the panel tells a person before they ask: what would keep a notebook from asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from parallel_nb import settings
from parallel_nb.lab.hints import hint
from tests.browser.jupyter import free_port

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)


def test_one_who_begins_is_told_how_to_ask_the_web_and_a_folder() -> None:
    words = hint(settings.current(), [])
    assert "`PARALLEL_API_KEY`" in words
    assert "`%parallel_connect embedded --documents FOLDER`" in words


def test_with_a_key_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLEL_API_KEY", "a-key")
    assert hint(settings.current(), []) == ""


def test_an_engine_that_the_settings_name_and_that_does_not_answer_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("PARALLEL_NB_BASE_URL", address)
    words = hint(settings.current(), [])
    assert words.startswith(f"Nothing answers at {address}")
    assert "`parallel-nb serve --documents FOLDER`" in words


def test_a_remote_service_is_not_asked_by_looking_at_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARALLEL_NB_BASE_URL", "https://service.invalid")
    assert hint(settings.current(), []) == ""


def test_a_folder_of_documents_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_DOCUMENTS", str(tmp_path / "gone"))
    words = hint(settings.current(), [])
    assert "gone does not exist." in words
    assert "`PARALLEL_NB_DOCUMENTS`" in words
