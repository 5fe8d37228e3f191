"""A working directory that was deleted stops nothing but what was meant relative to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import parallel_nb as pnb
from parallel_nb import engine_home
from parallel_nb.connection.launcher import stop_engine

if TYPE_CHECKING:
    from tests.conftest import SharedEngine


@pytest.fixture
def deleted_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name == "nt":
        pytest.skip("Windows keeps the folder that a process is in")
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(FileNotFoundError):
        Path.cwd()


@pytest.mark.usefixtures("deleted_folder")
def test_every_call_works_in_a_deleted_folder(
    engine: SharedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(engine.home))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    assert pnb.settings.current().home == engine.home
    assert pnb.settings.explain()
    connection = pnb.connect("embedded")
    try:
        assert pnb.search("Rust", connection=connection).results
        assert pnb.task("When was Rust first released?").content
        job = pnb.tasks([{"name": "Rust"}], "When was {{name}} released?")
        assert job.df["status"].tolist() == ["completed"]
        assert pnb.plan([{"name": "Rust"}], "When was {{name}} released?").to_send == 0
        assert len(pnb.jobs())
        assert pnb.attach(str(job.group_id)).df["status"].tolist() == ["completed"]
    finally:
        pnb.disconnect()


@pytest.mark.usefixtures("deleted_folder")
@pytest.mark.parametrize("folder", ["docs", ".", "../docs", ""])
def test_a_relative_folder_is_named_with_the_reason(folder: str) -> None:
    for use in (
        lambda: pnb.connect("embedded", documents=folder),
        lambda: stop_engine(Path(folder)),
        lambda: engine_home.resolve_documents(folder),
    ):
        with pytest.raises(pnb.ConnectionProblem, match="the working directory was deleted") as e:
            use()
        assert "%cd" in e.value.remedy


@pytest.mark.parametrize("folder", ["~nobody-of-this-name/docs", "a\0b"])
def test_a_path_that_cannot_be_is_a_problem_of_the_connection(folder: str) -> None:
    with pytest.raises(pnb.ConnectionProblem, match="cannot be found"):
        pnb.connect("embedded", documents=folder)
