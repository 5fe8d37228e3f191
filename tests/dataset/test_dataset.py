"""Tables that are asked about batch by batch, into a folder of Parquet files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import parallel_nb as pnb
from parallel_nb.api.errors import InputError
from parallel_nb.connection import background, disconnect
from parallel_nb.dataset.parts import Part, Parts
from tests.job.jobs_helpers import FIELDS, PROMPT, assert_paid_once, connect_to, wait_until
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    yield tmp_path / "home"
    disconnect()
    background.shutdown()


def firms(rows: int) -> pa.Table:
    return pa.table({"name": [f"firm {number}" for number in range(rows)]})


def ask(service: GroupsService, source: Any, into: Path, **options: Any) -> Any:
    options.setdefault("batch_rows", 20)
    connection = connect_to(service)
    return pnb.tasks(source, PROMPT, into=into, output=FIELDS, connection=connection, **options)


def in_a_file(table: pa.Table, folder: Path) -> str:
    pq.write_table(table, folder / "firms.parquet", row_group_size=7)
    return str(folder / "firms.parquet")


SOURCES: dict[str, Callable[[pa.Table, Path], Any]] = {
    "file": in_a_file,
    "folder": lambda table, folder: str(Path(in_a_file(table, folder)).parent),
    "dataset": lambda table, folder: ds.dataset(in_a_file(table, folder)),
    "reader": lambda table, _: table.to_reader(max_chunksize=9),
    "duckdb": lambda table, _: duckdb.from_arrow(table),
    "polars": lambda table, _: pl.from_arrow(table).lazy(),  # type: ignore[union-attr]
    "iterator": lambda table, _: (table.slice(at, 11).to_pandas() for at in range(0, 70, 11)),
    "frame": lambda table, _: table.to_pandas(),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_row_of_any_source_is_answered_once_and_in_order(kind: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with GroupsService().serve() as service:
        job = ask(service, SOURCES[kind](firms(70), tmp_path / "in"), tmp_path / "out")
        assert_paid_once(service, 70)
    answers = job.df.collect()
    assert answers["name"].to_list() == firms(70)["name"].to_pylist()
    assert answers["leader"].to_list() == [
        f"answer to: Who leads {name}?" for name in answers["name"]
    ]
    assert answers["founded"].dtype == pl.Int64
    assert set(job.basis.collect()["run_id"]) == set(answers["run_id"])
    assert sorted(path.name for path in (tmp_path / "out").glob("*.parquet")) == [
        f"part-0000{number}.parquet" for number in range(4)
    ]
    assert pq.read_table(tmp_path / "out").num_rows == 70  # what others read of the folder
    assert (job.progress.total, job.progress.completed) == (70, 70)
    assert job.cost == pytest.approx(0.7)


def test_the_same_call_again_asks_nothing_and_a_longer_table_only_what_is_new(
    tmp_path: Path,
) -> None:
    with GroupsService().serve() as service:
        ask(service, firms(70), tmp_path / "out")
        again = ask(service, firms(70), tmp_path / "out")
        assert again.cost == 0
        assert_paid_once(service, 70)
        longer = ask(service, firms(95), tmp_path / "out")
        assert longer.df.collect().height == 95
        assert_paid_once(service, 95)
        shorter = ask(service, firms(30), tmp_path / "out")
        assert shorter.df.collect().height == 30
        assert_paid_once(service, 95)


def test_what_was_stopped_goes_on(tmp_path: Path) -> None:
    with GroupsService(latency=lambda _: 0.3).serve() as service:
        job = ask(service, firms(200), tmp_path / "out", wait=False)
        wait_until(lambda: job.progress and job.progress.completed >= 20)
        job.stop().wait()
        assert "The same call goes on" in job.message
        assert len(service.runs) < 200
        whole = ask(service, firms(200), tmp_path / "out")
        assert whole.df.collect()["status"].to_list() == ["completed"] * 200
        assert_paid_once(service, 200)


def test_rows_that_failed_are_asked_again_by_the_same_call(tmp_path: Path) -> None:
    with GroupsService(fails=lambda run: "7" in str(run.input)).serve() as service:
        job = ask(service, firms(40), tmp_path / "out")
        assert job.progress.failed == 4
        service.fails = lambda _: False
        again = ask(service, firms(40), tmp_path / "out")
        assert (again.progress.failed, again.cost) == (0, pytest.approx(0.04))


def test_what_costs_too_much_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match=r"70 rows may cost \$0.70"):
            ask(service, firms(70), tmp_path / "out", max_cost=0.5)
        assert not service.runs
        with pytest.raises(InputError, match="limit"):  # how many come is not known before
            ask(service, firms(70).to_reader(9), tmp_path / "out", max_cost=0.5)
        assert 20 <= len(service.runs) <= 50
        ask(service, firms(70).to_reader(9), tmp_path / "out", max_cost=0.7)
        assert_paid_once(service, 70)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.doc").write_text("years of work")
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match="is not empty"):
            ask(service, firms(5), tmp_path / "full")
        ask(service, firms(5), tmp_path / "out")
        with pytest.raises(InputError, match="another question"):
            ask(service, firms(5), tmp_path / "out", processor="core")
        nothings: tuple[Any, ...] = ("", firms(5), 3)
        for nothing in nothings:
            with pytest.raises(InputError, match="is no folder"):
                pnb.tasks(firms(5), PROMPT, into=nothing, connection=connect_to(service))
        with pytest.raises(InputError, match="no rows"):
            ask(service, firms(0), tmp_path / "other")
        with pytest.raises(InputError, match="no file"):
            ask(service, "nowhere.parquet", tmp_path / "other")
        with pytest.raises(InputError, match="has the columns"):
            ask(service, iter([firms(5), firms(5).rename_columns(["x"])]), tmp_path / "other")
    assert (tmp_path / "full" / "thesis.doc").read_text() == "years of work"


@pytest.mark.parametrize(
    "options",
    [
        {"include_domains": ["example.org"]},
        {"columns": ["name"], "suffix": "_x"},
        {"fresh": True},
        {"output": FIELDS[:1]},
    ],
)
def test_a_folder_has_the_answers_of_one_question_asked_in_one_way(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    with GroupsService().serve() as service:
        ask(service, firms(5), tmp_path / "out")
        with pytest.raises(InputError, match="another question"):
            pnb.tasks(
                firms(5),
                PROMPT,
                into=tmp_path / "out",
                batch_rows=20,
                connection=connect_to(service),
                **({"output": FIELDS} | options),
            )
        assert_paid_once(service, 5)


def test_answers_of_another_connection_are_not_taken_for_those_of_this_one(tmp_path: Path) -> None:
    with GroupsService().serve() as first, GroupsService().serve() as second:
        ask(first, firms(5), tmp_path / "out")
        with pytest.raises(InputError, match="another question"):
            ask(second, firms(5), tmp_path / "out")
        assert not second.runs


def test_what_is_fresh_is_asked_anew_into_a_folder_of_its_own_and_once(tmp_path: Path) -> None:
    with GroupsService().serve() as service:
        ask(service, firms(30), tmp_path / "out")
        for _ in range(2):
            ask(service, firms(30), tmp_path / "fresh", fresh=True)
            assert len(service.runs) == 60


def test_batches_go_where_the_first_went_whatever_is_connected_meanwhile(tmp_path: Path) -> None:
    with GroupsService(latency=lambda _: 0.3).serve() as first, GroupsService().serve() as second:
        connect_to(first)
        job = pnb.tasks(firms(60), PROMPT, into=tmp_path / "out", batch_rows=20, wait=False)
        wait_until(lambda: len(first.runs) > 0)
        connect_to(second)
        job.wait()
        assert_paid_once(first, 60)
        assert not second.runs


@pytest.mark.parametrize("broken", ["pathlib.Path.replace", "os.fsync"])
def test_a_folder_in_which_the_first_batch_was_half_written_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    part = Part(rows=5, digest="of the rows", answered=5, failed=0, skipped=0, cost=0.0)
    parts = Parts(tmp_path / "out", "?", 5)

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(broken, crash)
        with pytest.raises(KeyboardInterrupt):
            parts.write(0, part, firms(5), firms(5))
    again = Parts(tmp_path / "out", "?", 5)
    assert again.done(0, part.digest) is None
    again.write(0, part, firms(5), firms(5))
    assert Parts(tmp_path / "out", "?", 5).done(0, part.digest) == part
    assert again.scan().collect().height == 5


def test_what_lies_behind_the_end_goes_also_where_a_crash_has_left_it(tmp_path: Path) -> None:
    part = Part(rows=5, digest="of the rows", answered=5, failed=0, skipped=0, cost=0.0)
    parts = Parts(tmp_path, "?", 5)
    for number in range(3):
        parts.write(number, part, firms(5), firms(5))
    pq.write_table(firms(5), tmp_path / "part-00007.parquet")
    parts.forget_after(2)
    for opened in (parts, Parts(tmp_path, "?", 5)):
        assert opened.done(2, part.digest) is None
        assert opened.scan().collect().height == 10
        assert opened.scan(basis=True).collect().height == 10


def test_the_end_is_said_to_be_the_end(tmp_path: Path) -> None:
    with GroupsService(latency=lambda _: 0.2).serve() as service:
        job = ask(service, firms(50), tmp_path / "out")
        assert job.progress.state == "done"


def test_a_processor_without_a_published_price_is_asked_unless_there_is_a_limit(
    tmp_path: Path,
) -> None:
    with GroupsService().serve() as service:
        with pytest.raises(InputError, match="may cost an unpublished amount, over the limit"):
            ask(service, firms(5), tmp_path / "out", processor="core-fast", max_cost=100)
        assert not service.runs
        ask(service, firms(5), tmp_path / "out", processor="core-fast")
        assert_paid_once(service, 5)


def test_batches_whose_columns_cannot_be_one_are_said(tmp_path: Path) -> None:
    batches = [pa.table({"name": [1]}), pa.table({"name": ["one"]})]
    with GroupsService().serve() as service, pytest.raises(InputError, match="other types"):
        ask(service, iter(batches), tmp_path / "out")


def test_a_damaged_list_is_said(tmp_path: Path) -> None:
    (tmp_path / "_parts.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        Parts(tmp_path, "?", 5)
