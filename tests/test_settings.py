"""Settings come from arguments, %config, the environment, pyproject.toml and defaults."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parallel_nb import settings
from parallel_nb.api.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    names = [item.name for item in dataclasses.fields(settings.Settings)]
    for name in names:
        monkeypatch.delenv(f"PARALLEL_NB_{name.upper()}", raising=False)
    yield tmp_path
    for name in names:
        settings.override(name, None)


def test_each_place_gives_way_to_the_one_above_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (settings.current().max_cost, source_of("max_cost")) == (None, "default")
    (folder / "pyproject.toml").write_text("[tool.parallel_nb]\nmax_cost = 1.5\n")
    assert settings.current().max_cost == 1.5
    assert "pyproject.toml" in source_of("max_cost")
    monkeypatch.setenv("PARALLEL_NB_MAX_COST", "2.5")
    assert (settings.current().max_cost, source_of("max_cost")) == (2.5, "environment")
    settings.override("max_cost", 3)
    assert (settings.current().max_cost, source_of("max_cost")) == (3.0, "%config")
    settings.override("max_cost", None)
    assert settings.current().max_cost == 2.5


def source_of(name: str) -> str:
    return next(item.source for item in settings.explain() if item.name == name)


def test_home_moves_with_its_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(folder / "kept"))
    assert settings.current().home == folder / "kept"


@pytest.mark.parametrize("word", ["1", "true", "Yes", "on"])
def test_a_switch_may_be_said_in_several_ways(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARALLEL_NB_STATIC", word)
    assert settings.current().static is True


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("STATIC", "maybe", "neither true nor false"),
        ("MAX_COST", "lots", "could not convert"),
        ("MAX_COST", "nan", "negative or not a number"),
        ("TASK_RUNS_PER_MINUTE", "0", "at least 1"),
        ("API", "v2", "no API generation 'v2'"),
        ("CONNECTION", "cloud", "neither hosted nor embedded"),
    ],
)
def test_a_bad_value_names_its_source(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PARALLEL_NB_{variable}", value)
    with pytest.raises(InputError, match=words) as caught:
        settings.current()
    assert f"PARALLEL_NB_{variable}" in caught.value.message


def test_an_unknown_setting_names_the_nearest(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.parallel_nb]\nmax_costs = 1\n")
    with pytest.raises(InputError, match="'max_costs'") as caught:
        settings.current()
    assert "Did you mean 'max_cost'?" in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        b"not toml",
        b"[other]\n",
        b"tool = 3\n",
        b"\xff\xfe",
        b"x = " + b"[" * 50_000,
        b"n = " + b"9" * 5000,
    ],
)
def test_a_pyproject_without_our_table_is_left_to_its_own_tools(folder: Path, text: bytes) -> None:
    (folder / "pyproject.toml").write_bytes(text)
    assert settings.current().max_cost is None


def test_every_setting_is_explained() -> None:
    assert all(item.help for item in settings.explain())
    assert isinstance(settings.current().home, Path)


@pytest.mark.parametrize(
    "text",
    [
        b"[tool]\nparallel_nb = 3\n",
        b"[tool.parallel_nb]\nmax_cost = 5\n[tool.parallel_nb]\n",
        b"[tool.parallel_nb]\nmax_cost = 5 dollars\n",
        b"[tool.parallel_nb]\nmax_cost = 5\n[tool.other\n",
        b"[tool.parallel_nb]\nmax_cost = 5\n# M\xfcnchen\n",
        b"[tool.parallel_nb]\nretention_days = " + b"9" * 5000,
        b"[tool.parallel_nb]\nx = " + b"[" * 50_000,
    ],
)
def test_a_limit_in_a_file_that_cannot_be_read_does_not_go_unheeded(
    folder: Path, text: bytes
) -> None:
    (folder / "pyproject.toml").write_bytes(text)
    with pytest.raises(InputError, match=r"pyproject\.toml") as caught:
        settings.current()
    assert caught.value.remedy
    assert len(str(caught.value)) < 2000


def test_a_folder_of_that_name_is_as_none(folder: Path) -> None:
    (folder / "pyproject.toml").mkdir()
    assert settings.current().max_cost is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("retention_days", "inf"),
        ("retention_days", "1e400"),
        ("retention_days", "9" * 400),
        ("retention_days", "0"),
        ("task_runs_per_minute", "nan"),
        ("max_cost", "nan"),
        ("max_cost", "-1"),
        ("engine_idle_seconds", "soon"),
        ("home", "~nobody-of-this-name/x"),
        ("documents", "~nobody-of-this-name/x"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PARALLEL_NB_{name.upper()}", value)
    with pytest.raises(InputError, match=f"PARALLEL_NB_{name.upper()}"):
        settings.current()


@pytest.mark.parametrize("value", [float("inf"), float("nan"), [], {}, "a\0b", 10**400])
@pytest.mark.parametrize("name", ["retention_days", "home", "max_cost"])
def test_a_value_of_any_type_is_taken_or_named(folder: Path, name: str, value: object) -> None:
    try:
        settings.override(name, value)
    except InputError as error:
        assert name in error.message  # noqa: PT017 - some values are fine
    finally:
        settings.override(name, None)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://ada:secret@db/team",
        "host=db user=ada password=secret",
        "ada:secret@db/team",
        "mysql://ada:secret@db\0/team",
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_its_password(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    settings.override("journal", None)
    with pytest.raises(InputError, match="no address such as postgresql") as told:
        settings.override("journal", address)
    assert "secret" not in str(told.value)
    assert "secret" not in repr(told.value.__cause__)
    if "\0" not in address:
        monkeypatch.setenv("PARALLEL_NB_JOURNAL", address)
        with pytest.raises(InputError, match="PARALLEL_NB_JOURNAL") as told:
            settings.current()
        assert "secret" not in str(told.value)


def test_an_address_of_a_model_with_a_password_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARALLEL_NB_MODEL", "https://ada:secret@models.example/v1#large")
    with pytest.raises(InputError, match="holds a user's name or password") as told:
        settings.current()
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://db/team", "postgresql://db/team"),
        ("postgresql:///team?user=ada&password=sec@ret", "postgresql:///team"),
        ("postgresql://ada:se?cret@db/team?sslmode=require", "postgresql://ada@db/team"),
        ("postgresql://ada:se/cret@db/team", "postgresql://ada@db/team"),
        ("postgresql://ada:se@cret@db/team?options=a@b", "postgresql://ada@db/team"),
        ("postgresql://ada:secret@a:1,b:2/team", "postgresql://ada@a:1,b:2/team"),
    ],
)
def test_a_shown_address_has_no_password_whatever_is_in_it(address: str, shown: str) -> None:
    assert settings.without_password(address) == shown
