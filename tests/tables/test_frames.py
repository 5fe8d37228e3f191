"""Answers beside their rows: index, order and columns are kept, types are right."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.api.schema.fields import OutputField, parse_fields
from parallel_nb.api.types import Citation, FieldBasis, JsonOutput, TextOutput
from parallel_nb.tables import RowAnswer, basis_frame, build_frame, read_source
from parallel_nb.tables.accessor import ParallelAccessor, register, use_source

FIELDS = parse_fields(
    """
    name_: str - a
    founded: int? - b
    share: float - c
    listed: bool - d
    day: date - e
    kind: public|private - f
    products: list[str] - g
    """
)


def answer(content: dict[str, Any], run_id: str = "r1") -> RowAnswer:
    basis = [FieldBasis(field=name, reasoning="why", confidence="high") for name in content]
    return RowAnswer(run_id, run_id, "completed", JsonOutput(content=content, basis=basis))


GOOD = {
    "name_": "Ada",
    "founded": "1,972",
    "share": "1.5",
    "listed": "yes",
    "day": "2026-11-23",
    "kind": "Public",
    "products": ["a", "b"],
}
BAD = {
    "name_": 7,
    "founded": "about 1972",
    "share": True,
    "listed": "perhaps",
    "day": "2026",
    "kind": "other",
    "products": "a",
}


def test_each_field_has_its_type_and_what_does_not_parse_is_na() -> None:
    source = read_source(pd.DataFrame({"x": [1, 2, 3]}))
    failed = RowAnswer("k", "r3", "failed", None, "broken")
    frame = build_frame(source, FIELDS, [answer(GOOD), answer(BAD, "r2"), failed])
    assert {name: str(frame[name].dtype) for name in frame.columns} == {
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
    }
    first = frame.iloc[0]
    assert first["founded"] == 1972
    assert first["share"] == 1.5
    assert first["listed"]
    assert first["day"] == pd.Timestamp("2026-11-23")
    assert first["kind"] == "public"
    assert first["products"] == ["a", "b"]
    assert frame.iloc[1]["name_"] == "7"
    assert frame.iloc[1, 2:8].isna().all()
    assert frame.iloc[2, 1:8].isna().all()
    assert frame["error"].tolist()[2] == "broken"


def test_a_value_that_did_not_parse_is_found_in_the_basis() -> None:
    basis = basis_frame([0], FIELDS, [answer(BAD)])
    values = dict(zip(basis["field"], basis["value"], strict=True))
    assert values["founded"] == "about 1972"
    assert values["share"] == "true"
    assert values["day"] == "2026"


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
    before = frame.copy()
    made = build_frame(read_source(frame), [], [text("p"), text("q"), text("r")])
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(made[["b", 7]], before)
    assert made["output"].tolist() == ["p", "q", "r"]
    assert list(made.columns) == ["b", 7, "output", "run_id", "status", "error"]
    basis = basis_frame(index, [], [text("p"), text("q"), text("r")])
    assert basis["row"].tolist() == index.tolist()


def text(said: str) -> RowAnswer:
    basis = [FieldBasis(field="output", reasoning="why")]
    return RowAnswer(said, said, "completed", TextOutput(content=said, basis=basis))


@given(
    st.lists(
        st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                field.name: st.none()
                | st.integers()
                | st.floats()
                | st.text()
                | st.booleans()
                | st.lists(st.integers() | st.text(), max_size=3)
                for field in FIELDS
            },
        ),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_any_answers_make_a_frame_of_the_same_types(
    contents: list[dict[str, Any] | None],
    polars: bool,  # noqa: FBT001 - a given value
) -> None:
    data = {"x": list(range(len(contents)))}
    source = read_source(pl.DataFrame(data) if polars else pd.DataFrame(data))
    answers = [
        RowAnswer("k", None, "failed") if content is None else answer(content)
        for content in contents
    ]
    frame = build_frame(source, FIELDS, answers)
    assert len(frame) == len(contents)
    if polars:
        assert frame["founded"].dtype == pl.Int64
        assert frame["products"].dtype == pl.List(pl.String)
    else:
        assert str(frame["founded"].dtype) == "Int64"
        frame.drop(columns="products").to_csv()


def test_polars_types() -> None:
    fields = [*FIELDS, *parse_fields("sizes: list[int]\ndays: list[date]")]
    frame = build_frame(
        read_source(pl.DataFrame({"x": [1]})),
        fields,
        [answer(GOOD | {"sizes": [1, "2", "x"], "days": ["2026-01-02"]})],
    )
    assert frame["day"].to_list() == [dt.datetime(2026, 11, 23)]  # noqa: DTZ001 - a plain day
    assert frame["sizes"].to_list() == [[1, 2, None]]
    assert frame["days"].to_list() == [["2026-01-02"]]


def test_one_line_an_excerpt_and_one_for_a_field_without_sources() -> None:
    output = JsonOutput(
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
    basis = basis_frame(["row"], [], [RowAnswer("k", "r", "completed", output)])
    assert basis["field"].tolist() == ["a", "a", "a", "a.1", "b", "c"]
    assert basis["excerpt"].tolist()[:2] == ["p", "q"]
    assert basis["value"].tolist()[3] == "y"
    assert basis["value"].tolist()[5] == "3"
    assert basis["url"].isna().tolist() == [False, False, False, True, True, True]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"a": []}), "has no rows"),
        (pd.DataFrame(), "has no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than one column named 'a'"),
        (pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])), "several levels"),
        (7, "A int cannot be read as a table"),
        (pl.DataFrame({"a": []}), "has no rows"),
    ],
)
def test_a_frame_that_cannot_be_asked_is_refused_in_words(frame: Any, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_source(frame)
    assert caught.value.remedy


@pytest.mark.parametrize("name", ["founded", "run_id", "status", "error"])
def test_a_name_that_collides_is_refused_before_anything_is_sent(name: str) -> None:
    source = read_source(pd.DataFrame({name: [1]}))
    with pytest.raises(InputError, match=name):
        build_frame(source, FIELDS, [])


def test_a_field_cannot_take_a_status_column() -> None:
    with pytest.raises(InputError, match="'status'"):
        build_frame(
            read_source(pd.DataFrame({"a": [1]})), [OutputField("status", FIELDS[0].type)], []
        )


def test_other_things_with_rows_are_read_too() -> None:
    assert read_source([{"a": 1}, {"a": 2, "b": 3}]).names == ("a", "b")
    assert read_source(["x", "y"]).names == ("value",)
    assert read_source(pd.Series([1, 2], name="n")).names == ("n",)
    assert read_source({"a": [1, 2]}).rows == 2
    assert read_source(pl.LazyFrame({"a": [1, 2]})).library == "polars"


def test_the_accessor_finds_answers_by_run_id_in_any_frame_that_kept_the_column() -> None:
    register()
    register()
    known = {"r1": answer(GOOD)}
    use_source(lambda run_ids: {r: known[r] for r in run_ids if r in known})
    frame = pd.DataFrame({"run_id": ["r1", None, "r9"], "z": [1, 2, 3]})
    assert len(frame.parallel.basis()) == len(GOOD)
    assert ParallelAccessor(pl.DataFrame({"run_id": ["r1", None]})).basis()["row"].to_list()[0] == 0
    with pytest.raises(InputError, match="no run_id column"):
        frame[["z"]].parallel.basis()
    with pytest.raises(InputError, match="None of the 1 run ids"):
        frame[2:].parallel.basis()
