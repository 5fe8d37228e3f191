"""`job.plot()`: counts of confidences, answers over time, and cost where something is billed."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from parallel_nb.api.errors import InputError
from parallel_nb.api.types import FieldBasis, JsonOutput
from parallel_nb.formats import money
from parallel_nb.job.chart import Chart, ChartData, count_confidences, describe
from parallel_nb.tables.frames import RowAnswer
from tests.job.jobs_helpers import ask
from tests.service.groups import GroupsService

if TYPE_CHECKING:
    from pathlib import Path


def answer(content: Any, **confidences: str | None) -> RowAnswer:
    basis = [FieldBasis(field=name, confidence=said) for name, said in confidences.items()]
    return RowAnswer("k", "trun_1", "completed", JsonOutput(content=content, basis=basis))


def test_a_value_counts_by_its_confidence_and_a_missing_one_as_not_found() -> None:
    rows = [
        answer({"ceo": "Ada", "founded": 1900}, ceo="high", founded="low"),
        answer({"ceo": None, "founded": 1901}, ceo="low", founded="medium"),
        answer({"ceo": "Bo"}, ceo=None),
        answer({"ceo": "Cy", "founded": 1}, ceo="fairly", founded="high"),
        RowAnswer("k", None, "failed"),
    ]
    assert count_confidences(["ceo", "founded"], rows) == {
        "ceo": {"high": 1, "not found": 1, "not said": 2},
        "founded": {"low": 1, "medium": 1, "not found": 1, "high": 1},
    }


def data(**changes: Any) -> ChartData:
    values: dict[str, Any] = {
        "title": "Ships that cost $5 and $6",
        "connection": "embedded: fleet",
        "confidences": {"owner": {"high": 3, "not found": 1}},
        "answered": [0.5, 1.5, 1.0],
    }
    return ChartData(**(values | changes))


def pixels(chart: Chart) -> Image.Image:
    shown, size = chart._repr_mimebundle_()
    picture = Image.open(io.BytesIO(shown["image/png"]))
    # At half its size, since screens of today have two dots for one.
    assert size["image/png"] == {"width": picture.width // 2, "height": picture.height // 2}
    return picture.convert("RGBA")


def test_the_same_counts_stand_in_the_text() -> None:
    assert describe(data(billed=[0.5, 1.0], usd_a_run=0.025)).splitlines() == [
        "Ships that cost $5 and $6 (embedded: fleet)",
        "  owner: 3 high, 1 not found",
        "  3 answered within 1.5 s",
        f"  cost: {money(0.05)}",
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"confidences": {}, "answered": []},
        {"confidences": {"$\\frac{": {"low": 1}, "<b>": {}}},
        {"confidences": {f"field {number}": {"high": 9} for number in range(300)}},
        {"billed": [0.5], "usd_a_run": 0.01},
        {"title": "x\n" * 900, "connection": "y" * 900},
    ],
)
def test_any_counts_and_names_can_be_drawn(changed: dict[str, Any]) -> None:
    picture = pixels(Chart(data(**changed)))
    assert picture.getchannel("A").getpixel((2, 2)) == 0  # the page shows through
    assert picture.height < 2_500


def test_the_chart_of_a_billed_job_has_its_cost(home: Path, tmp_path: Path) -> None:
    with GroupsService(fails=lambda run: run.index < 2).serve() as service:
        job = ask(service, 12, processor="core")
        chart = job.plot()
    assert len(chart.data.answered) == 10
    assert chart.data.usd_a_run == 0.025
    assert len(chart.data.billed) * 0.025 == pytest.approx(job.cost)
    assert len(chart.figure.axes) == 3
    chart.save(tmp_path / "job.svg")
    assert "<svg" in (tmp_path / "job.svg").read_text("utf-8")


@pytest.mark.parametrize("name", ["job.foo", "nowhere/job.png"])
def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    chart = Chart(ChartData("t", "hosted", {"ceo": {"high": 1}}, [1.0]))
    with pytest.raises(InputError, match="cannot be written"):
        chart.save(tmp_path / name)


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError) as missing:
        Chart(data())
    assert "pip install matplotlib" in missing.value.remedy
