"""Cells as plain values: nothing that a frame can hold breaks a question."""

from __future__ import annotations

import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.tables.values import column_field, is_missing, json_value, text_value


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        None,
        float("nan"),
        np.nan,
        pd.NA,
        pd.NaT,
        np.datetime64("NaT"),
        np.float32("nan"),
        Decimal("NaN"),
    ],
)
def test_every_kind_of_gap_is_null_and_reads_as_unknown(value: Any) -> None:
    assert is_missing(value)
    assert json_value(value) is None
    assert text_value(value) == "unknown"


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1972.0, 1972),
        (1.5, 1.5),
        (float("inf"), None),
        (np.int64(3), 3),
        (np.float64(3.0), 3),
        (np.bool_(True), True),  # noqa: FBT003 - the value itself
        (np.str_("x"), "x"),
        (Decimal("1.10"), 1.1),
        (Decimal("0.1234567890123456789"), "0.1234567890123456789"),
        (dt.date(2026, 11, 23), "2026-11-23"),
        (pd.Timestamp("2026-11-23"), "2026-11-23"),
        (pd.Timestamp("2026-11-23 12:30"), "2026-11-23T12:30:00"),
        (pd.Timestamp("2026-11-23 12:30", tz="UTC"), "2026-11-23T12:30:00+00:00"),
        (np.datetime64("2026-11-23T12:30:00.000000000"), "2026-11-23T12:30:00"),
        (np.timedelta64(90, "s"), 90),
        (dt.timedelta(seconds=1.5), 1.5),
        (b"text", "text"),
        (b"\xff\xfe", "//4="),
        ({"b": np.int8(1), 2: [np.nan]}, {"b": 1, "2": [None]}),
        (np.array([1.0, np.nan]), [1, None]),
        (pl.Series([1, 2]), [1, 2]),
        ("lone \ud800", "lone ?"),
        (2**70, str(2**70)),
        ({"y", "x"}, ["x", "y"]),
        (Colour.RED, "red"),
        (pd.Period("2026-11"), "2026-11"),
    ],
)
def test_a_cell_becomes_plain_json(value: Any, plain: Any) -> None:
    made = json_value(value)
    assert made == plain
    assert type(made) is type(plain)
    json.dumps(made, allow_nan=False)


def test_lists_read_well_in_a_sentence() -> None:
    assert text_value(["a", 2, None]) == '["a", 2, null]'
    assert text_value(["a", "b"]) == "a, b"
    assert text_value({"a": 1}) == '{"a": 1}'


cells = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
    | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(cells)
def test_any_cell_can_be_sent(value: Any) -> None:
    json.dumps(json_value(value), allow_nan=False)
    msgspec.json.encode(json_value(value))
    text_value(value).encode()


@pytest.mark.parametrize(
    ("cells", "type_", "uniform"),
    [
        ([1, None], "int?", True),
        ([1.0, 2.0, float("nan")], "int?", True),
        ([1, 2.5], "float?", True),
        (["a", pd.NA], "str?", True),
        ([True, np.bool_(False)], "bool?", True),  # noqa: FBT003 - the value itself
        ([dt.date(2026, 11, 23), pd.NaT], "date?", True),
        ([["a"], np.array(["b"])], "list[str]?", True),
        ([{"a": 1}], "object?", True),
        ([None, pd.NA], "str?", True),
        ([1, "a"], "str?", False),
    ],
)
def test_a_column_has_the_type_of_its_cells(cells: list[Any], type_: str, *, uniform: bool) -> None:
    field, is_uniform = column_field("size", cells)
    assert (field.name, str(field.type), is_uniform) == ("size", type_, uniform)
