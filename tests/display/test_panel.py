"""The panel's rows as values: what is filtered is what the shown code gives."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.display.panel_data import Filter
from parallel_nb.display.panel_widget import PanelWidget
from parallel_nb.display.results_panel import Panel, panel
from parallel_nb.display.search_panel import SearchPanel
from parallel_nb.tables.accessor import register, use_source
from parallel_nb.tables.frames import build_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from parallel_nb.results import SearchResults


def panel_of(job: Any) -> Panel:
    made = panel(job)
    assert isinstance(made, Panel)
    return made


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(status="answered"),
        Filter(status="failed"),
        Filter(status="missing"),
        Filter(confidence="low"),
        Filter(confidence="high"),
        Filter(text="HAPAG"),
        Filter(text="2017"),
        Filter(text="no such thing"),
        Filter(sort=1),
        Filter(sort=1, descending=True),
        Filter(sort=-1, descending=True),
        Filter(status="answered", text="o", sort=0),
    ],
)
def test_the_code_that_is_shown_selects_the_same_rows(done_job: Any, wanted: Filter) -> None:
    table = panel_of(done_job)._table
    frame = build_frame(done_job.source, done_job.fields, done_job.answers())
    known = {answer.run_id: answer for answer in done_job.rows}
    use_source(lambda run_ids: {run_id: known[run_id] for run_id in run_ids})
    register()
    done_job.df = frame
    selected: pd.DataFrame = eval(  # noqa: S307 - the code that a person would run
        table.code(wanted), {"job": done_job}
    )
    shown = [table.lines[n].label for n in table.select(wanted)]
    assert selected["company"].tolist() == shown


@given(data=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_the_page_asks_for_has_a_sensible_answer(data: Any) -> None:
    for asked in (data, {"text": data, "sort": data, "confidence": data, "status": data}):
        read = Filter.read(asked, 3)
        assert read.sort is None or -1 <= read.sort < 3
        assert len(read.text) <= 200


def test_evidence_of_a_row_that_is_not_there_is_a_sentence(done_job: Any) -> None:
    made = panel_of(done_job)
    widget = PanelWidget(made._table, {}, made._lookup, lambda: None)
    for asked in ({"row": 99, "field": 0}, {"row": -1}, {"row": "0"}, {"row": 0, "field": 77}, {}):
        assert "problem" in widget._evidence(asked)
    assert "timed out" in widget._evidence({"row": 2, "field": 0})["problem"]
    found = widget._evidence({"row": 0, "field": 1})
    assert (found["value"], found["confidence"]) == ("1970", "low")


def test_fifty_thousand_rows_are_ready_to_show_in_half_a_second(
    big_job: Callable[[int], Any],
) -> None:
    job = big_job(50_000)
    begun = time.perf_counter()
    made = panel_of(job)
    widget = PanelWidget(made._table, {}, made._lookup, lambda: None)
    rows = widget._rows({"start": 0})
    assert time.perf_counter() - begun < 0.5
    assert len(rows["rows"]) == 200
    assert not rows["complete"]


def test_a_panel_in_a_terminal_is_text(done_job: Any) -> None:
    assert "Hapag-Lloyd: ceo: Rolf Habben Jansen (high)" in repr(panel(done_job))


def test_a_search_panel_in_a_terminal_is_text(found: SearchResults) -> None:
    assert "1. Rust (rust-lang.org · 2025-02-20)" in repr(found.panel())


def test_a_search_panel_brings_bounded_messages_until_every_page_is_there(
    found: SearchResults,
) -> None:
    for page in found.response.results:
        page.excerpts = ["typed words " * 40_000] * 20
    found.response.results *= 20
    made = panel(found)
    assert isinstance(made, SearchPanel)
    ranks: list[int] = []
    while batch := made.pages(len(ranks)):
        assert len(json.dumps(batch)) < 100_000
        ranks += [page["rank"] for page in batch]
    assert ranks == list(range(1, 61))
