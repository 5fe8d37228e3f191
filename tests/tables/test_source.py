"""Tables of every library are read alike: what goes in comes out, and nothing is guessed."""

from __future__ import annotations

import datetime as dt
import sys
from decimal import Decimal
from typing import Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.tables import read_source, source
from parallel_nb.tables.source import is_frame
from parallel_nb.tables.values import is_missing, json_value
from tests.tables.libraries import LIBRARIES, Data

EACH_LIBRARY = pytest.mark.parametrize("library", LIBRARIES)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"a": []}), "has no rows"),
        (pd.DataFrame(), "has no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than one column named 'a'"),
        (pd.DataFrame([[1, 2]], columns=["7", 7]), "more than one column named '7'"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "several levels"),
        (7, "A int cannot be read as a table"),
        ("text", "A str cannot be read as a table"),
        ({"a": [1, 2], "b": [1]}, "cannot be read as a table"),
        (pl.DataFrame({"a": []}), "has no rows"),
        (pa.table({"a": []}), "has no rows"),
        (pa.table([[1], [2]], names=["a", "a"]), "more than one column named 'a'"),
        (duckdb.sql("select 1 as a where false"), "has no rows"),
        (duckdb.sql("select cast(a as int) from (values ('x')) t(a)"), "cannot be computed"),
        (ibis.memtable({"a": [1]}).filter(ibis._.a > 1), "has no rows"),
        (pl.LazyFrame({"a": [1]}).select("b"), "cannot be computed: ColumnNotFoundError"),
    ],
)
def test_a_frame_that_cannot_be_asked_is_refused_in_words(frame: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_source(frame)
    assert caught.value.remedy
    assert len(str(caught.value).splitlines()) == 2


@EACH_LIBRARY
def test_a_table_of_any_library_is_read_and_answered_in_its_own_kind(library: str) -> None:
    make, answered_in = LIBRARIES[library]
    read = read_source(make({"name": ["Ada", None, "Alan"], "born": [1815, 1, 1912]}))
    assert (read.names, read.labels, read.rows) == (("name", "born"), ("name", "born"), 3)
    assert read.library == answered_in
    assert read.index == [0, 1, 2]
    assert [json_value(cell) for cell in read.values("name")] == ["Ada", None, "Alan"]
    part = read.take([2, 0])
    assert (part.values("born"), part.rows, part.library) == ([1912, 1815], 2, answered_in)


cells: tuple[st.SearchStrategy[Any], ...] = (
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, width=32),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    st.booleans(),
    st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)),
    st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),  # noqa: DTZ001 - as in frames
    st.binary(max_size=8),
    st.decimals(-999, 999, places=2, allow_nan=False).map(lambda number: Decimal(f"{number:.2f}")),
    st.lists(st.integers(-5, 5), max_size=3),
    st.fixed_dictionaries({"a": st.integers(-5, 5), "b": st.text("xy", max_size=2)}),
)


@st.composite
def tables(draw: st.DrawFn) -> Data:
    """A few columns, each of one kind of value and with gaps."""
    rows = draw(st.integers(1, 5))
    kinds = draw(st.lists(st.sampled_from(cells), min_size=1, max_size=4))
    columns = {}
    for number, kind in enumerate(kinds):
        # The first cell is there: a library would give a column of gaps alone a type of its own.
        values = [draw(kind), *(draw(st.none() | kind) for _ in range(rows - 1))]
        columns[f"column {number}"] = values
    return columns


@EACH_LIBRARY
def test_what_goes_in_comes_out(library: str) -> None:
    make, _ = LIBRARIES[library]

    @settings(max_examples=15 if library in {"duckdb", "ibis"} else 60, deadline=None)
    @given(tables())
    def check(data: Data) -> None:
        read = read_source(make(data))
        assert read.names == tuple(data)
        for name, values in data.items():
            got = [json_value(cell) for cell in read.values(name)]
            # pandas makes floats of integers beside a gap: over 2**53 digits are lost there.
            if library in {"pandas", "list of dicts", "dict of lists"} and None in values:
                values = [float(v) if type(v) is int else v for v in values]  # noqa: PLW2901 - as pandas has them
            assert got == [json_value(value) for value in values]

    check()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, float("nan")]),
        pd.Series(["a", None]),
        pd.Series(["a", pd.NA], dtype="string"),
        pd.Series(["a", float("nan")], dtype="category"),
        pd.Series([1, pd.NA], dtype="Int64"),
        pd.Series([True, pd.NA], dtype="boolean"),
        pd.Series([pd.Timestamp("2026-11-23"), pd.NaT]),
        pd.Series([pd.Timedelta("1s"), pd.NaT]),
        pd.Series([1, None], dtype="int64[pyarrow]"),
        pd.Series([Decimal(1), Decimal("NaN")]),
        pl.Series([1.5, float("nan")]),
        pl.Series([1, None]),
        pl.Series([dt.date(2026, 11, 23), None]),
        pl.Series([[1], None]),
        pa.chunked_array([[1.5, float("nan")]]),
        pa.chunked_array([[1], [None]]),
        pa.chunked_array([pa.array(["a", None]).dictionary_encode()]),
        pa.chunked_array([pa.array([dt.datetime(2026, 11, 23), None], pa.timestamp("ns"))]),  # noqa: DTZ001 - as in frames
        pa.chunked_array([pa.array([{"a": 1}, None])]),
        duckdb.sql("select * from (values (1::hugeint), (null)) t(value)"),
    ],
)
def test_a_gap_of_any_kind_is_missing(column: Any) -> None:
    there, gap = read_source(column).values("value")
    assert (is_missing(there), is_missing(gap)) == (False, True)


def test_other_things_with_rows_are_read_too() -> None:
    assert read_source([{"a": 1}, {"a": 2, "b": 3}]).names == ("a", "b")
    assert read_source(["x", "y"]).names == ("value",)
    assert read_source(pd.Series([1, 2], name="n")).names == ("n",)
    assert read_source(pd.Series([1, 2], name="n", index=["p", "q"])).index == ["p", "q"]
    assert read_source({"a": [1, 2]}).rows == 2
    assert read_source(pl.LazyFrame({"a": [1, 2]})).library == "polars"


def test_a_lazy_table_is_computed_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_LAZY_ROWS", 3)
    for make in (
        lambda rows: pl.LazyFrame({"a": list(range(rows))}),
        lambda rows: duckdb.sql("select * from range($rows) t(a)", params={"rows": rows}),
        lambda rows: ibis.range(0, rows).unnest().name("a").as_table(),
    ):
        assert read_source(make(3)).values("a") == [0, 1, 2]
        with pytest.raises(InputError, match="has more than 3 rows") as caught:
            read_source(make(4))
        assert "limit(1000)" in str(caught.value)
    assert read_source(pl.DataFrame({"a": [1, 2, 3, 4]})).rows == 4  # in memory already


def test_a_lazy_table_without_pyarrow_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relation = duckdb.sql("select 1 as a")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match="PyArrow, which is not installed") as caught:
        read_source(relation)
    assert caught.value.remedy == "pip install pyarrow"
    assert read_source(pl.LazyFrame({"a": [1]})).library == "polars"


@EACH_LIBRARY
def test_a_variable_that_holds_a_table_is_known_as_one(library: str) -> None:
    make, _ = LIBRARIES[library]
    table = make({"a": [1]})
    assert is_frame(table) is not isinstance(table, (list, dict))


def test_a_variable_that_holds_no_table_is_none() -> None:
    for value in (None, 7, "text", [1], pd.Series([1]), pl.Series([1]), pd, object()):
        assert not is_frame(value)


def test_a_column_that_does_not_exist_is_told_with_the_nearest() -> None:
    read = read_source(pa.table({"company": [1], "year": [2]}))
    with pytest.raises(InputError, match="no column 'compny'") as caught:
        read.values("compny")
    assert "Did you mean 'company'?" in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([True, 1], "columns named True and 1"),
        ([0, False], "columns named 0 and False"),
        ([1, True, "x"], "columns named 1 and True"),
        ([1, 1.0], "more than one column named '1.0'"),  # pandas makes floats of both
        (["1", 1], "more than one column named '1'"),
        (["a", "a"], "more than one column named 'a'"),
        ([(1, "a"), (True, "a")], "several levels|columns named"),
    ],
)
def test_columns_that_are_held_equal_are_named(labels: list[Any], words: str) -> None:
    frame = pd.DataFrame([["LEGO", "toys", "x"][: len(labels)]])
    frame.columns = pd.Index(labels)
    with pytest.raises(InputError, match=words) as caught:
        read_source(frame)
    assert caught.value.remedy
