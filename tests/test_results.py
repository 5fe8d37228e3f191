"""An answer is a mapping of its fields, wherever Python, pandas or Polars take one."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Mapping
from typing import Any

import pandas as pd
import polars as pl
import pytest

import parallel_nb as pnb
from parallel_nb.api.types import FieldBasis, JsonOutput, TextOutput
from parallel_nb.results import TaskResult
from parallel_nb.tables import read_source


def answer(**content: Any) -> TaskResult:
    basis = [FieldBasis(field=name, reasoning="It says so.") for name in content]
    output = JsonOutput(content=content, basis=basis)
    return TaskResult("Who leads it?", "base", "hosted", "trun_1", output)


def text_answer(text: str) -> TaskResult:
    return TaskResult("Why?", "base", "hosted", "trun_2", TextOutput(content=text, basis=[]))


LEGO = answer(ceo="Niels B. Christiansen", founded=1932, values=["play"])
SONY = answer(ceo="Hiroki Totoki", founded=1946, values=None)


def test_what_a_person_writes_of_a_mapping_works() -> None:
    assert isinstance(LEGO, Mapping)
    assert "ceo" in LEGO
    assert "cfo" not in LEGO
    assert list(LEGO) == [name for name in LEGO] == ["ceo", "founded", "values"]  # noqa: C416 - both ways
    assert dict(LEGO) == LEGO.content == {**LEGO}
    assert len(LEGO) == 3
    assert LEGO.get("founded") == 1932
    assert LEGO.get("cfo") is None
    assert LEGO.get("cfo", "nobody") == "nobody"
    assert next(iter(LEGO.items())) == ("ceo", "Niels B. Christiansen")
    assert "{ceo}, {founded}".format(**LEGO) == "Niels B. Christiansen, 1932"
    assert json.loads(json.dumps(dict(LEGO)))["founded"] == 1932
    match LEGO:
        case {"founded": year}:
            assert year == 1932


def test_two_answers_are_equal_when_their_fields_are() -> None:
    assert answer(a=1) == answer(a=1) == {"a": 1}
    assert answer(a=1) != answer(a=2)
    assert text_answer("yes") != text_answer("no")


def test_a_field_that_hides_behind_a_member_is_read_as_an_item() -> None:
    assert LEGO["values"] == ["play"]
    assert "Hiroki Totoki" in SONY.values()
    assert LEGO.founded == 1932


@pytest.mark.parametrize("name", ["cfo", "CEO", "", "__len__", 0, None])
def test_a_field_that_is_not_there_is_a_key_error_that_lists_those_that_are(name: Any) -> None:
    with pytest.raises(KeyError) as caught:
        LEGO[name]
    assert isinstance(caught.value, pnb.InputError)
    assert str(caught.value).endswith("Its fields: ceo, founded, values.")


def test_answers_in_a_list_are_a_frame_of_their_fields() -> None:
    frame = pd.DataFrame([LEGO, SONY])
    assert list(frame.columns) == ["ceo", "founded", "values"]
    assert frame["founded"].tolist() == [1932, 1946]
    assert pd.DataFrame([LEGO, SONY], index=["LEGO", "Sony"]).loc["Sony", "founded"] == 1946
    assert pd.Series(LEGO)["ceo"] == "Niels B. Christiansen"
    assert pl.DataFrame([LEGO, SONY]).columns == ["ceo", "founded", "values"]
    assert read_source([LEGO, SONY]).names == ("ceo", "founded", "values")


def test_a_text_answer_has_the_one_field_that_the_frame_of_a_job_has() -> None:
    yes, no = text_answer("Yes."), text_answer("No.")
    assert dict(yes) == {"output": "Yes."}
    assert yes["output"] == yes.content == "Yes."
    assert pd.DataFrame([yes, no])["output"].tolist() == ["Yes.", "No."]
    assert yes
    with pytest.raises(KeyError, match="text answer"):
        yes["ceo"]


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_an_answer_can_be_copied_and_pickled(copied: Any) -> None:
    other = copied(LEGO)
    assert other == LEGO
    assert other.run_id == LEGO.run_id
    assert other.evidence("ceo").reasoning == "It says so."


def test_a_name_that_is_no_field_cannot_be_set() -> None:
    with pytest.raises(AttributeError):
        LEGO.founded = 1900  # type: ignore[attr-defined]  # the point of the test
    assert LEGO.founded == 1932
