"""Answers beside their rows: index, order and columns are kept, types are right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import OutputField, parse_fields
from parallel_nb.tables import RowAnswer, build_frame, read_source
from parallel_nb.tables.frames import select_rows
from tests.tables.answers import BAD, FIELDS, GOOD, answer, text_answer
from tests.tables.libraries import FRAMES, LIBRARIES, columns_of

TYPES = {
    "pandas": {
        "x": "int64",
        "name_": "string",
        "founded": "Int64",
        "share": "Float64",
        "listed": "boolean",
        "day": "datetime64[us]",
        "kind": "string",
        "products": "object",
        "run_id": "string",
        "status": "string",
        "error": "string",
    },
    "polars": {
        "x": "Int64",
        "name_": "String",
        "founded": "Int64",
        "share": "Float64",
        "listed": "Boolean",
        "day": "Datetime(time_unit='us', time_zone=None)",
        "kind": "String",
        "products": "List(String)",
        "run_id": "String",
        "status": "String",
        "error": "String",
    },
    "pyarrow": {
        "x": "int64",
        "name_": "string",
        "founded": "int64",
        "share": "double",
        "listed": "bool",
        "day": "timestamp[us]",
        "kind": "string",
        "products": "list<item: string>",
        "run_id": "string",
        "status": "string",
        "error": "string",
    },
}


def types_of(frame: Any) -> dict[str, str]:
    if isinstance(frame, pa.Table):
        return {field.name: str(field.type) for field in frame.schema}
    if isinstance(frame, pl.DataFrame):
        return {name: str(dtype) for name, dtype in frame.schema.items()}
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


@pytest.mark.parametrize("library", LIBRARIES)
def test_each_field_has_its_type_and_what_does_not_parse_is_null(library: str) -> None:
    make, answered_in = LIBRARIES[library]
    failed = RowAnswer("k", "r3", "failed", None, "broken")
    answers = [answer(GOOD), answer(BAD, "r2"), failed]
    frame = build_frame(read_source(make({"x": [1, 2, 3]})), FIELDS, answers)
    assert isinstance(frame, FRAMES[answered_in])
    types = TYPES[answered_in]
    x = "int64[pyarrow]" if library == "pandas, Arrow types" else types["x"]
    assert types_of(frame) == types | {"x": x}
    columns = columns_of(frame)
    first, told, last = columns.pop("error")
    assert (first, last) == (None, "broken")
    # what is missing is told, by field
    assert [part.split(":")[0] for part in told.split("; ")] == [
        "founded", "share", "listed", "day", "kind", "products"
    ]  # fmt: skip
    assert columns == {
        "x": [1, 2, 3],
        "name_": ["Ada", "7", None],
        "founded": [1972, None, None],
        "share": [1.5, None, None],
        "listed": [True, None, None],
        "day": [dt.datetime(2026, 11, 23), None, None],  # noqa: DTZ001 - a plain day
        "kind": ["public", None, None],
        "products": [["a", "b"], None, None],
        "run_id": ["r1", "r2", "r3"],
        "status": ["completed", "completed", "failed"],
    }


@pytest.mark.parametrize(
    "index",
    [
        pd.Index([5, 5, 1]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 1), ("b", 2)], names=["l", "n"]),
        pd.DatetimeIndex(["2026-01-03", "2026-01-01", "2026-01-01"], name="day"),
        pd.Index([None, "x", "x"], name="odd"),
    ],
)
def test_index_order_and_columns_are_kept(index: pd.Index[Any]) -> None:
    frame = pd.DataFrame({"b": [3, 1, 2], 7: ["x", None, "z"]}, index=index)
    frame.columns.name = "columns"
    before = frame.copy()
    answers = [text_answer("p"), text_answer("q"), text_answer("r")]
    made = build_frame(read_source(frame), [], answers)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(made[["b", 7]], before)
    assert made["output"].tolist() == ["p", "q", "r"]
    assert list(made.columns) == ["b", 7, "output", "run_id", "status", "error"]


PANDAS_COLUMNS: tuple[Any, ...] = (
    pd.array([1, 2, 3]),
    pd.array([1, None, 3], dtype="Int64"),
    pd.array([1.5, None, 0.0], dtype="Float64"),
    pd.array([1.5, float("nan"), 0.0], dtype="float64"),
    pd.array(["a", None, ""], dtype="string"),
    pd.array(["a", None, "a"], dtype="object"),
    pd.Categorical(["a", None, "b"], categories=["b", "a", "c"], ordered=True),
    pd.array([True, None, False], dtype="boolean"),
    pd.DatetimeIndex(["2026-01-01", None, "2026-01-03 10:30"], tz="Europe/Berlin"),
    pd.TimedeltaIndex(["1s", None, "3s"]),
    pd.PeriodIndex(["2026-01", None, "2026-03"], freq="M"),
    pd.arrays.SparseArray([0, 0, 1]),
    pd.arrays.ArrowExtensionArray(pa.array([[1], None, [2, 3]])),
)


@given(
    st.lists(st.sampled_from(range(len(PANDAS_COLUMNS))), min_size=1, max_size=5),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
)
def test_a_pandas_frame_of_any_types_comes_back_as_it_was(
    columns: list[int], rows: list[int]
) -> None:
    frame = pd.DataFrame({n: PANDAS_COLUMNS[column] for n, column in enumerate(columns)})
    frame = frame.iloc[rows]  # in any order, with the same label many times
    before = frame.copy()
    answers = [text_answer(f"answer {n}") for n in range(len(rows))]
    made = build_frame(read_source(frame), [], answers)
    # Names of fields are text, so that the index of the columns is one of objects now.
    kept = made[list(range(len(columns)))]
    pd.testing.assert_frame_equal(kept, before, check_column_type=False)
    pd.testing.assert_frame_equal(frame, before)
    assert made["output"].tolist() == [f"answer {n}" for n in range(len(rows))]


ARROW_COLUMNS = (
    pa.array([1, None, 3], pa.int32()),
    pa.array([1.5, float("nan"), None], pa.float64()),
    pa.array(["a", None, ""], pa.large_string()),
    pa.array(["a", None, "b"]).dictionary_encode(),
    pa.array([b"a", None, b""]),
    pa.array([True, None, False]),
    pa.array([dt.date(2026, 1, 1), None, dt.date(2026, 1, 3)]),
    pa.array([1, None, 3], pa.timestamp("ns", "UTC")),
    pa.array([[1], None, []]),
    pa.array([{"a": 1}, None, {"a": None}]),
)


@given(
    st.lists(st.sampled_from(range(len(ARROW_COLUMNS))), min_size=1, max_size=5),
    st.lists(st.integers(0, 2), min_size=1, max_size=6),
    st.booleans(),
)
def test_an_arrow_or_polars_frame_of_any_types_comes_back_as_it_was(
    columns: list[int],
    rows: list[int],
    polars: bool,  # noqa: FBT001 - a given value
) -> None:
    table = pa.table({str(n): ARROW_COLUMNS[column] for n, column in enumerate(columns)})
    table = table.take(rows).replace_schema_metadata({"made by": "a person"})
    frame: Any = pl.from_arrow(table) if polars else table
    answers = [text_answer(f"answer {n}") for n in range(len(rows))]
    made = build_frame(read_source(frame), [], answers)
    kept = made.select([str(n) for n in range(len(columns))])
    if polars:
        assert kept.equals(frame, null_equal=True)
        assert kept.schema == frame.schema
        assert made["output"].to_list() == [f"answer {n}" for n in range(len(rows))]
    else:
        assert kept.schema.equals(table.schema, check_metadata=True)
        # NaN differs from itself, so that a column with one is compared by its values.
        assert str(kept.to_pydict()) == str(table.to_pydict())
        assert made["output"].to_pylist() == [f"answer {n}" for n in range(len(rows))]


values = (
    st.none()
    | st.integers()
    | st.floats()
    | st.text()
    | st.booleans()
    | st.lists(st.integers() | st.text(), max_size=3)
)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_any_answers_make_a_frame_of_the_same_types(library: str) -> None:
    make, _ = LIBRARIES[library]
    record = st.fixed_dictionaries({}, optional={field.name: values for field in FIELDS})

    @settings(deadline=None)
    @given(st.lists(st.none() | record, min_size=1, max_size=8))
    def check(contents: list[dict[str, Any] | None]) -> None:
        answers = [
            RowAnswer("k", None, "failed") if content is None else answer(content)
            for content in contents
        ]
        frame = build_frame(read_source(make({"x": list(range(len(contents)))})), FIELDS, answers)
        assert types_of(frame) == TYPES[library]
        assert len(frame) == len(contents)
        if library == "pandas":
            frame.drop(columns="products").to_csv()

    check()


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_lists_and_objects_have_the_types_that_a_library_has_for_them(library: str) -> None:
    fields = parse_fields(
        "sizes: list[int]\nshares: list[float]\ndays: list[date]\nkinds: list[a|b]\n"
        "pairs: list[list[int]]\ndates: list[list[date]]"
    )
    open_shape = OutputField("about", type(fields[0].type)("object"))
    content = {
        "sizes": [1, "2", "x"],
        "shares": [1, "2.5"],
        "days": ["2026-01-02", "never"],
        "kinds": ["A", "c"],
        "pairs": [[], [1, "2"]],
        "dates": [["2026-01-02T10:00"]],
        "about": {"é": [1]},
    }
    empty: dict[str, Any] = {"sizes": [], "pairs": [[]], "about": None}
    frame = build_frame(
        read_source(LIBRARIES[library][0]({"x": [1, 2, 3]})),
        [*fields, open_shape],
        [answer(empty), answer(content), RowAnswer("k", None, "failed")],
    )
    made = columns_of(frame)
    assert made["sizes"] == [[], [1, 2, None], None]
    assert made["shares"] == [None, [1.0, 2.5], None]
    assert made["days"] == [None, ["2026-01-02", None], None]
    assert made["kinds"] == [None, ["a", None], None]
    assert made["pairs"] == [[[]], [[], [1, 2]], None]
    assert made["dates"] == [None, [["2026-01-02"]], None]
    assert made["about"] == [None, {"é": [1]} if library == "pandas" else '{"é": [1]}', None]
    types = types_of(frame)
    expected = {
        "pandas": ("object", "object", "object"),
        "polars": ("List(Int64)", "List(List(Int64))", "String"),
        "pyarrow": ("list<item: int64>", "list<item: list<item: int64>>", "string"),
    }
    assert (types["sizes"], types["pairs"], types["about"]) == expected[library]


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_rows_are_selected_by_a_value(library: str) -> None:
    frame = LIBRARIES[library][0]({"n": [1, 2, 3, 4], "status": ["a", None, "b", "a"]})
    assert columns_of(select_rows(frame, "status", ("a", "c")))["n"] == [1, 4]


def test_selected_rows_keep_their_labels() -> None:
    frame = pd.DataFrame({"status": ["a", "b", "a"]}, index=["x", "y", "x"])
    assert select_rows(frame, "status", ["a"]).index.tolist() == ["x", "x"]


@pytest.mark.parametrize("name", ["founded", "run_id", "status", "error"])
@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_name_that_collides_is_refused_before_anything_is_sent(library: str, name: str) -> None:
    source = read_source(LIBRARIES[library][0]({name: [1]}))
    with pytest.raises(InputError, match=name):
        build_frame(source, FIELDS, [])


def test_a_field_cannot_take_a_status_column() -> None:
    with pytest.raises(InputError, match="'status'"):
        build_frame(
            read_source(pd.DataFrame({"a": [1]})), [OutputField("status", FIELDS[0].type)], []
        )
