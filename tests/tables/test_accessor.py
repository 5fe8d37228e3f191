"""`df.parallel` finds the answers of any frame that kept its run ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.tables.accessor import ParallelAccessor, register
from tests.tables.answers import GOOD, answer
from tests.tables.libraries import LIBRARIES, columns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

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
