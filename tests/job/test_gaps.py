"""What is empty, what is asked, what is skipped, and the reason that is given."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.job import plan, start
from parallel_nb.job.questions import Asked, read_questions
from parallel_nb.tables import read_source
from parallel_nb.tables.values import is_empty
from tests.job.jobs_helpers import FIELDS, connect_to
from tests.service.groups import GroupsService

EMPTY: list[Any] = [
    None,
    float("nan"),
    pd.NA,
    pd.NaT,
    Decimal("NaN"),
    "",
    " \t\n",
    "\u200b\u200d\ufeff",  # zero-width
    "\u00a0\u2009",  # spaces of typesetters
    "\u3164",  # a letter that is drawn as nothing
    "\u00ad",
    b"",
    b"  ",
    [],
    (),
    {},
    set(),
    [""],
    [None, " "],
    [[], {}],
    {"city": None, "tags": []},
    np.array([]),
    np.array([np.nan]),
    pd.Series([], dtype="object"),
]
FULL: list[Any] = [0, 0.0, False, "0", "-", "a\u200b", b"a", [0], [None, "a"], {"a": 0}, {"": "a"}]


@pytest.mark.parametrize("cell", EMPTY, ids=ascii)
def test_what_shows_nothing_is_empty(cell: Any) -> None:
    assert is_empty(cell)


@pytest.mark.parametrize("cell", FULL, ids=ascii)
def test_what_shows_something_is_not(cell: Any) -> None:
    assert not is_empty(cell)


def questions(cells: dict[str, list[Any]], prompt: str) -> Any:
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in cells.items()})
    return read_questions(
        read_source(frame),
        prompt,
        output=parse_fields("answer: str"),
        asked=Asked("hosted", "base"),
    )


@pytest.mark.parametrize("prompt", ["Who leads {{name}}?", "Who leads it?"])
@pytest.mark.parametrize("cell", EMPTY, ids=ascii)
def test_a_row_of_nothing_is_not_asked(cell: Any, prompt: str) -> None:
    made = questions({"name": ["LEGO", cell]}, prompt)
    assert len(made.keys) == 1
    assert list(made.layout) == [0, -1]
    assert made.skipped == {1: "nothing to ask: every column asked about is empty (name)"}


@pytest.mark.parametrize("prompt", ["Who leads {{name}}?", "Who leads it?"])
@pytest.mark.parametrize("cell", FULL, ids=ascii)
def test_a_row_of_something_is_asked(cell: Any, prompt: str) -> None:
    assert len(questions({"name": ["LEGO", cell]}, prompt).keys) == 2


@pytest.mark.parametrize("cell", EMPTY, ids=ascii)
def test_a_sentence_without_its_subject_is_not_asked_about_unknown(cell: Any) -> None:
    cells: dict[str, list[Any]] = {"company": ["LEGO", cell], "year": [1932, 1946]}
    made = questions(cells, "Describe the company {{company}} ({{year}})")
    assert [made.input(0)] == ["Describe the company LEGO (1932)"]
    assert made.skipped[1].startswith("nothing to ask: what the question is about is ")
    assert made.skipped[1].endswith("(company)")


def test_the_subject_is_the_first_text_that_the_sentence_names() -> None:
    cells: dict[str, list[Any]] = {
        "company": ["LEGO", None],
        "year": [None, 1946],
        "site": [None, "sony.com"],
    }
    made = questions(cells, "In {{year}}, who led {{company}} ({{site}})?")
    assert [made.input(0)] == ["In unknown, who led LEGO (unknown)?"]
    assert list(made.skipped) == [1]
    assert made.gaps["missing"] == {"year": 1, "site": 1}
    # Without a column of text the first that is named.
    made = questions({"id": [1, None], "year": [None, 1946]}, "Find {{id}} of {{year}}")
    assert list(made.skipped) == [1]


def test_a_row_that_goes_as_an_object_is_asked_with_its_gaps() -> None:
    made = questions({"company": [None, "LEGO"], "year": [1946, 1932]}, "Describe it")
    assert made.input(0) == {"company": None, "year": 1946}
    assert not made.skipped


@pytest.mark.parametrize("number", [float("inf"), -float("inf"), np.inf, Decimal("Infinity")])
def test_an_infinite_number_is_said(number: Any) -> None:
    frame = pd.DataFrame({"name": ["LEGO", "Sony"], "sales": pd.Series([1, number], dtype=object)})
    with GroupsService().serve() as service:
        connection = connect_to(service)
        text = str(plan(frame, "Check {{name}}, {{sales}}", output=FIELDS, connection=connection))
        assert 'An infinite number reads as "unknown" (sales: 1).' in text
        text = str(plan(frame, "Check it", output=FIELDS, connection=connection))
        assert "An infinite number goes as null (sales: 1)." in text
        text = str(plan(frame, "Double {{sales}}", output=FIELDS, connection=connection))
        assert "1 row skipped" in text


def test_the_reason_stands_in_the_row_and_nothing_is_sent_for_it() -> None:
    frame = pd.DataFrame({"company": ["LEGO", None, "\u200b"], "year": [1932, 1946, None]})
    with GroupsService().serve() as service:
        job = start(
            frame, "Describe {{company}} ({{year}})", output=FIELDS, connection=connect_to(service)
        )
        assert len(service.runs) == 1
        text = str(plan(frame, "Describe {{company}} ({{year}})", output=FIELDS))
    assert job.df["status"].tolist() == ["completed", "skipped", "skipped"]
    assert job.df["error"][1] == "nothing to ask: what the question is about is missing (company)"
    assert job.df["error"][2] == "nothing to ask: every column asked about is empty (company, year)"
    assert job.cost == 0.01
    for words in (
        "the first is row 1: nothing to ask: what",
        "the first is row 2: nothing to ask: every",
    ):
        assert words in text


class Silent:
    pass


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("prompt", ["Who leads {{name}}?", "Who leads it?"])
@pytest.mark.parametrize(
    "cell", [object(), Silent(), Broken(), lambda: 1, iter([1]), [Silent()], {"a": object()}]
)
def test_an_object_without_a_text_form_is_refused_with_its_row_and_column(
    cell: Any, prompt: str
) -> None:
    with pytest.raises(InputError, match=re.escape("Row 1, column 'name': A value of type")) as e:
        questions({"name": ["LEGO", cell]}, prompt)
    assert e.value.remedy


def test_an_object_with_words_of_its_own_is_asked() -> None:
    made = questions({"name": [pd.Period("2026-11"), pd.Interval(1, 2)]}, "What is {{name}}?")
    assert [made.input(0), made.input(1)] == ["What is 2026-11?", "What is (1, 2]?"]
