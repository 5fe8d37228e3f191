"""A language model that reads for the embedded engine, as a person connects it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb import settings
from parallel_nb.api.errors import ConnectionProblem, InputError
from parallel_nb.connection import background, connect, disconnect, launcher
from parallel_nb.model_address import read_model_address
from tests.service.loopback import closed_port
from tests.service.model import claim, model, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMPT = "{{name}}"
OUTPUT = "staff: int? - Number of people on its payroll"


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    folder = tmp_path / "dataroom"
    folder.mkdir()
    (folder / "acme.md").write_text("# Acme\n\nAcme has 1,204 people on its payroll.\n", "utf-8")
    disconnect()
    yield folder
    disconnect()
    background.shutdown()


def test_a_table_is_read_by_the_model_and_says_so(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_KEY", "sk-model-secret")
    monkeypatch.setenv("PARALLEL_NB_MODEL_PRICE", "1/2")
    companies = pd.DataFrame({"name": ["Acme"]})
    with model(lambda _name, _passages: claim("1,204 people on its payroll", "1204")) as endpoint:
        connection = connect(
            "embedded", documents=room, model=endpoint.address, model_key_from="MODEL_KEY"
        )
        assert connection.label == "embedded: dataroom, 1 document, read by scripted"
        plan = pnb.plan(companies, PROMPT, output=OUTPUT)
        assert "scripted is asked 1 question, 1 row at a time" in str(plan)
        assert plan.model_cost == pytest.approx((2_200 + 2 * 400) / 1e6)
        with pytest.raises(InputError, match="over the limit"):
            pnb.tasks(companies, PROMPT, output=OUTPUT, max_cost=0.001)
        job = pnb.tasks(companies, PROMPT, output=OUTPUT)
        assert job.df["staff"].tolist() == [1204]
        assert set(job.basis["confidence"]) == {"high"}
        assert "scripted quotes" in job.basis["reasoning"][0]
        assert job.progress.model.startswith("the model: 1 question, 2,040 tokens, $0.0")
        assert {h.get("authorization") for h in endpoint.headers} == {"Bearer sk-model-secret"}
        home = settings.current().home
        kept = [p.read_bytes() for p in home.rglob("*") if p.is_file()]
        assert not any(b"sk-model-secret" in content for content in kept)
        assert launcher.stop_engine(room, connection.model)


def test_the_key_of_the_settings_goes_to_the_model_of_the_settings_alone() -> None:
    mine = settings.Settings(model="http://h/v1#mine", model_key_from="MINE")
    chosen = mine.chosen_model(None, None)
    assert chosen is not None
    assert (chosen.name, chosen.key_from) == ("mine", "MINE")
    other = mine.chosen_model("http://other/v1#m", None)
    assert other is not None
    assert other.key_from is None
    assert settings.Settings(model_key_from="MINE").chosen_model(None, None) is None


def test_the_rules_alone_answer_from_an_engine_of_their_own(room: Path) -> None:
    with model(lambda _name, _passages: refusal("gone", 500)) as endpoint:
        read = connect("embedded", documents=room, model=endpoint.address)
        plain = connect("embedded", documents=room)
        assert read.identity != plain.identity
        assert plain.label == "embedded: dataroom, 1 document"
        assert plain.model_usage() is None
        assert launcher.stop_engine(room)
        assert launcher.stop_engine(room, read.model)


def test_a_model_that_does_not_answer_is_told_at_connecting(room: Path) -> None:
    address = f"http://127.0.0.1:{closed_port()}/v1#m"
    began = time.monotonic()
    with pytest.raises(ConnectionProblem, match="nothing answers at") as caught:
        connect("embedded", documents=room, model=address)
    assert "connect without a model" in caught.value.remedy
    assert time.monotonic() - began < 60


def test_a_variable_that_is_not_set_is_told_before_anything_is_started(room: Path) -> None:
    with pytest.raises(InputError, match="NOT_THERE is not set"):
        connect("embedded", documents=room, model="http://h/v1#m", model_key_from="NOT_THERE")
    with pytest.raises(InputError) as caught:
        connect("embedded", documents=room, model="http://h/v1#m", model_key_from="skabc123")
    assert "skabc123" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["qwen3:8b", "http://localhost:11434/v1", "ftp://h/v1#m", "http://#m", "http://h:x/v1#m", "#m"],
)
def test_what_is_no_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(InputError) as caught:
        connect("embedded", model=address)
    assert "http://localhost:11434/v1#qwen3:8b" in caught.value.remedy


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        connect("embedded", model="https://me:hunter2@api.example.com/v1#m")
    assert "hunter2" not in str(caught.value)


def test_a_model_goes_with_the_embedded_engine_alone() -> None:
    with pytest.raises(ConnectionProblem, match="model goes with the embedded engine"):
        connect("hosted", api_key="k", model="http://localhost:1/v1#m")


@pytest.mark.parametrize(
    ("address", "label"),
    [
        ("http://localhost:11434/v1#qwen3:8b", "read by qwen3:8b"),
        ("http://127.0.0.1:1234/v1#m", "read by m"),
        ("http://[::1]:1234/v1#m", "read by m"),
        ("http://192.168.1.5:8000/v1#m", "read by m at 192.168.1.5"),
        ("https://api.example.com/v1/#big/m", "read by big/m at api.example.com"),
        ("https://localhost.example.com/v1#m", "read by m at localhost.example.com"),
    ],
)
def test_the_label_says_when_text_leaves_the_machine(address: str, label: str) -> None:
    assert read_model_address(address).label == label
