"""`df.parallel` finds the answers of any frame that kept its run ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.tables.accessor import ParallelAccessor, register
from tests.tables.answers import GOOD, answer
from tests.tables.libraries import LIBRARIES, columns_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from parallel_nb.tables import RowAnswer

KNOWN = {"r1": answer(GOOD)}


def find_answers(run_ids: Sequence[str]) -> dict[str, RowAnswer]:
    return {run_id: KNOWN[run_id] for run_id in run_ids if run_id in KNOWN}


@pytest.fixture(autouse=True)
def _registered() -> None:
    register()
    register(find_answers=find_answers)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_answers_are_found_by_run_id_in_any_frame_that_kept_the_column(library: str) -> None:
    frame = LIBRARIES[library][0]({"run_id": ["r9", None, "r1", "r1"], "z": [1, 2, 3, 4]})
    accessor = ParallelAccessor(frame)
    assert accessor.answers() == [(2, KNOWN["r1"]), (3, KNOWN["r1"])]
    basis = accessor.basis()
    assert type(basis) is type(frame)
    assert columns_of(basis)["row"] == [2] * len(GOOD) + [3] * len(GOOD)


def test_frames_of_pandas_and_polars_have_it_as_an_attribute() -> None:
    frame = pd.DataFrame({"run_id": ["r1", None, "r9"], "z": [1, 2, 3]}, index=["p", "q", "r"])
    assert frame.parallel.basis()["row"].tolist() == ["p"] * len(GOOD)
    polars = pl.DataFrame({"run_id": ["r1", None]})
    assert polars.parallel.basis()["row"].to_list()[0] == 0  # type: ignore[attr-defined]


def test_what_cannot_be_found_is_said_with_a_way_out() -> None:
    frame = pd.DataFrame({"run_id": ["r1", None, "r9"], "z": [1, 2, 3]})
    with pytest.raises(InputError, match="no run_id column"):
        frame[["z"]].parallel.basis()
    with pytest.raises(InputError, match="None of the 1 run ids"):
        frame[2:].parallel.basis()
    with pytest.raises(InputError, match="no run_id column"):
        ParallelAccessor(pa.table({"z": [1]})).answers()


def test_other_columns_may_share_a_name() -> None:
    frame = pd.concat(
        [pd.DataFrame({"run_id": ["r1"], "z": [1]}), pd.Series([2], name="z")], axis=1
    )
    assert len(frame.parallel.basis()) == len(GOOD)


FRAME = pd.DataFrame({"name": ["Ada", "Alan"], "run_id": ["r1", "r2"], "z": [1, 2]})
ELSEWHERE: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "doubled by concat": (lambda d: pd.concat([d, d], axis=1), ["r1", "r2"]),
    "doubled with others": (
        lambda d: pd.concat([d, d.assign(run_id=["r3", None])], axis=1),
        ["r1", "r3", "r2"],
    ),
    "suffixed by merge": (lambda d: d.merge(d[::-1], on="name"), ["r1", "r2"]),
    "one suffix": (
        lambda d: d.merge(d.assign(run_id="r3"), on="name", suffixes=("", "_old")),
        ["r1", "r3", "r2", "r3"],
    ),
    "in the index": (lambda d: d.set_index("run_id"), ["r1", "r2"]),
    "in a level of the index": (lambda d: d.set_index(["name", "run_id"]), ["r1", "r2"]),
    "after groupby": (lambda d: d.groupby("run_id").first(), ["r1", "r2"]),
    "below another level": (lambda d: pd.concat({"a": d}, axis=1), ["r1", "r2"]),
    "in capitals": (lambda d: d.rename(columns={"run_id": "RUN_ID"}), ["r1", "r2"]),
    "joined by Polars": (
        lambda d: pl.DataFrame(d.to_dict("list")).join(
            pl.DataFrame({"name": ["Ada"], "run_id": ["r3"]}), on="name"
        ),
        ["r1", "r3"],
    ),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_run_ids_are_found_where_pandas_has_put_them(case: str) -> None:
    known = {run_id: answer(GOOD, run_id=run_id) for run_id in ("r1", "r2", "r3")}
    register(find_answers=lambda ids: {i: known[i] for i in ids if i in known})
    move, wanted = ELSEWHERE[case]
    frame = move(FRAME)
    accessor = ParallelAccessor(frame)
    assert [found.run_id for _, found in accessor.answers()] == wanted
    basis = accessor.basis()
    assert type(basis) is type(frame)
    assert len(basis) == len(wanted) * len(GOOD)
    assert "run" in repr(accessor)
    with pytest.raises(InputError, match="from one column run_id") as caught:
        accessor.panel()
    assert "parallel.panel()" in caught.value.remedy


def test_the_accessor_says_what_it_can_do() -> None:
    assert repr(FRAME.parallel) == (
        "<parallel: run ids in 'run_id'; .basis() and .panel() show the evidence>"
    )
    assert "no run ids" in repr(FRAME[["name"]].parallel)
    assert "no run ids" in repr(pd.DataFrame().parallel)
