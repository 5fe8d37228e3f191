"""The basis has a line for all that an answer rests on, in the library of the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.types import Citation, FieldBasis, JsonOutput
from parallel_nb.tables import BASIS_COLUMNS, RowAnswer, basis_frame
from parallel_nb.tables.basis import low_confidence
from tests.tables.answers import BAD, FIELDS, answer, text_answer
from tests.tables.libraries import FRAMES, columns_of

if TYPE_CHECKING:
    from parallel_nb.tables.source import Library

EACH_LIBRARY = pytest.mark.parametrize("library", FRAMES)
OUTPUT = JsonOutput(
    content={"a": ["x", "y"], "b": None, "c": 3},
    basis=[
        FieldBasis(
            field="a",
            reasoning="r",
            confidence="high",
            citations=[
                Citation(url="https://e.org/1", title="One", excerpts=["p", "q"]),
                Citation(url="https://e.org/2"),
            ],
        ),
        FieldBasis(field="a.1", reasoning="element"),
        FieldBasis(field="b", reasoning="not said", confidence="low"),
    ],
)


def test_a_value_that_did_not_parse_is_found_in_the_basis() -> None:
    basis = basis_frame([0], FIELDS, [answer(BAD)])
    values = dict(zip(basis["field"], basis["value"], strict=True))
    assert values["founded"] == "about 1972"
    assert values["share"] == "true"
    assert values["day"] == "2026"


@EACH_LIBRARY
def test_one_line_an_excerpt_and_one_for_a_field_without_sources(library: Library) -> None:
    answers = [RowAnswer("k", "r", "completed", OUTPUT), RowAnswer("k", "q", "failed")]
    made = basis_frame([7, 8], [], answers, library=library)
    assert isinstance(made, FRAMES[library])
    basis = columns_of(made)
    assert tuple(basis) == BASIS_COLUMNS
    assert basis["row"] == [7] * 6
    assert basis["run_id"] == ["r"] * 6
    assert basis["field"] == ["a", "a", "a", "a.1", "b", "c"]
    assert basis["excerpt"] == ["p", "q", None, None, None, None]
    assert basis["title"] == ["One", "One", None, None, None, None]
    assert basis["value"] == ['["x", "y"]'] * 3 + ["y", None, "3"]
    assert basis["url"] == ["https://e.org/1"] * 2 + ["https://e.org/2", None, None, None]
    assert basis["confidence"] == ["high"] * 3 + [None, "low", None]
    assert basis["reasoning"] == ["r"] * 3 + ["element", "not said", None]


@EACH_LIBRARY
def test_the_basis_of_nothing_has_its_columns(library: Library) -> None:
    made = basis_frame([], [], [], library=library)
    assert columns_of(made) == {name: [] for name in BASIS_COLUMNS}
    assert len(low_confidence(made, ["low"])) == 0


@EACH_LIBRARY
def test_low_confidence_has_a_line_a_field_in_order(library: Library) -> None:
    answers = [RowAnswer("k", run_id, "completed", OUTPUT) for run_id in ("r", "q")]
    made = basis_frame([3, 2], [], answers, library=library)
    assert len(low_confidence(made, "high")) == len(low_confidence(made, ["high"])) > 0
    assert len(low_confidence(made, "High")) == len(low_confidence(made, "high"))
    with pytest.raises(InputError, match="levels = 5 is no list of texts"):
        low_confidence(made, 5)  # type: ignore[arg-type]
    low = low_confidence(made, ("high", "low", "none"))
    assert isinstance(low, FRAMES[library])
    assert columns_of(low) == {
        "row": [3, 3, 2, 2],
        "run_id": ["r", "r", "q", "q"],
        "field": ["a", "b", "a", "b"],
        "value": ['["x", "y"]', None, '["x", "y"]', None],
        "confidence": ["high", "low", "high", "low"],
        "reasoning": ["r", "not said", "r", "not said"],
    }
    if library == "pandas":
        assert low.index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([5, 5, 1]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["l", "n"]),
        pd.DatetimeIndex(["2026-01-03", "2026-01-01", "2026-01-01"], name="day"),
        pd.Index([None, "x", "x"], name="odd"),
    ],
)
def test_the_rows_of_a_basis_are_the_labels_of_the_index(index: pd.Index[Any]) -> None:
    basis = basis_frame(index, [], [text_answer("p"), text_answer("q"), text_answer("r")])
    assert basis["row"].tolist() == index.tolist()
    assert len(low_confidence(basis, ["low"])) == 0
