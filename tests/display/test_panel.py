"""The panel's rows as values: what is filtered is what the shown code gives."""

from __future__ import annotations

import json
import threading
import warnings
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_nb.api.schema.fields import parse_fields
from parallel_nb.api.types import FieldBasis, JsonOutput
from parallel_nb.display.panel_table import Filter
from parallel_nb.display.panels import panel
from parallel_nb.display.results_panel import ResultsPanel
from parallel_nb.tables.accessor import register
from parallel_nb.tables.frames import RowAnswer, build_frame
from parallel_nb.tables.source import read_source
from tests.display.conftest import RUNNING, FinishedJob
from tests.display.front_end import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from parallel_nb.results import SearchResults
    from tests.display.front_end import NotebookPage


def panel_of(job: Any) -> ResultsPanel:
    made = panel(job)
    assert isinstance(made, ResultsPanel)
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
    table = panel_of(done_job).table
    frame = build_frame(done_job.source, done_job.fields, done_job.answers())
    known = {answer.run_id: answer for answer in done_job.rows}
    register(find_answers=lambda run_ids: {run_id: known[run_id] for run_id in run_ids})
    register()
    done_job.df = frame
    selected: pd.DataFrame = eval(  # noqa: S307 - the code that a person would run
        table.code(wanted), {"job": done_job}
    )
    shown = [table.rows[n].label for n in table.select(wanted)]
    assert selected["company"].tolist() == shown


KINDS = tuple(
    parse_fields("name: str?\nn: int?\nx: float?\nflag: bool?\nday: date?\ntags: list[str]?")
)
words = st.sampled_from(["", "Yes", "no", "O", "a.b", "[x]", "1904", "nan", "İSTANBUL", "ß", "'"])
ANSWERS: dict[str, st.SearchStrategy[Any]] = {
    "name": words | st.text(max_size=5) | st.just("long " * 1_000 + "tail"),
    "n": st.integers(-3, 2_000) | st.just(2**53 + 1),
    "x": st.sampled_from([0.5, 3, 1e20, -1.25]),
    "flag": st.booleans(),
    "day": st.dates().map(str) | st.just("2015-05-15T10:30:00.5"),
    "tags": st.lists(words, max_size=3),
}
LABELS = (
    words,
    st.integers(-3, 12),
    st.booleans(),
    st.none() | st.integers(0, 3) | words,
    st.none() | st.floats(-1, 1),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, list[Any]], list[RowAnswer]]:
    """An input column of some kind, and rows that were answered, half answered, or failed."""
    kind = draw(st.sampled_from(LABELS))
    rows = draw(st.integers(1, 6))
    labels = draw(st.lists(kind, min_size=rows, max_size=rows))
    answers = []
    for n in range(rows):
        if draw(st.integers(0, 4)) == 0:
            answers.append(RowAnswer(str(n), f"trun_{n}", "failed", None, "it failed"))
            continue
        content = {name: draw(st.none() | values) for name, values in ANSWERS.items()}
        told = st.none() | st.sampled_from(["high", "medium", "low", "odd"])
        named = ("name", "tags", "tags.0", "tags.1")
        basis = [FieldBasis(name, "", [], draw(told)) for name in named]
        answers.append(RowAnswer(str(n), f"trun_{n}", "completed", JsonOutput(content, basis)))
    return {"item": labels}, answers


filtered = given(
    table=tables(),
    wanted=st.builds(
        Filter,
        text=st.sampled_from(["", "", "o", "yes", "n", "19", "1904", ".5", "-", "'", "[", "i", "ß"])
        | st.sampled_from(["tail", "10:30", "not found", "none", "nan", "0", "a.b", "true"]),
        confidence=st.sampled_from(["", "", "", "high", "low"]),
        status=st.sampled_from(["", "", "answered", "missing", "failed"]),
        sort=st.none() | st.integers(-1, 5),
        descending=st.booleans(),
    ),
)


@settings(max_examples=80)
@filtered
def test_whatever_is_filtered_the_shown_code_gives_the_same_rows_in_the_same_order(
    table: tuple[dict[str, list[Any]], list[RowAnswer]], wanted: Filter
) -> None:
    check_shown_code(table, wanted)


@pytest.mark.slow
@settings(max_examples=1000)
@filtered
def test_a_thousand_filters_give_the_rows_of_their_code(
    table: tuple[dict[str, list[Any]], list[RowAnswer]], wanted: Filter
) -> None:
    check_shown_code(table, wanted)


def check_shown_code(table: tuple[dict[str, list[Any]], list[RowAnswer]], wanted: Filter) -> None:
    columns, answers = table
    source = read_source(columns)
    frame = build_frame(source, KINDS, answers)
    known = {answer.run_id: answer for answer in answers}
    register(find_answers=lambda run_ids: {run_id: known[run_id] for run_id in run_ids})
    register()
    progress = replace(RUNNING, state="done", total=len(answers))
    job = FinishedJob(progress, KINDS, source, answers)
    for made, names in (
        (panel_of(job).table, {"job": SimpleNamespace(df=frame)}),
        (panel_of(frame).table, {"df": frame}),
    ):
        if wanted.sort is not None and wanted.sort >= len(made.fields):
            continue  # a frame without any answer has no field to sort by
        shown = [made.rows[n].run_id for n in made.select(wanted)]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            selected: pd.DataFrame = eval(made.code(wanted), dict(names))  # noqa: S307 - as above
        assert selected["run_id"].tolist() == shown, made.code(wanted)


@pytest.mark.parametrize("make", [pl.DataFrame, pa.table])
def test_the_panel_of_a_polars_or_arrow_frame_has_its_rows_and_shows_no_pandas_code(
    done_job: Any, make: Callable[[dict[str, list[str]]], Any]
) -> None:
    source = read_source(make({"company": done_job.source.values("company")}))
    job = FinishedJob(done_job.progress, done_job.fields, source, done_job.rows)
    known = {answer.run_id: answer for answer in job.rows}
    register(find_answers=lambda run_ids: {run_id: known[run_id] for run_id in run_ids})
    expected = panel_of(done_job).table
    for of in (job, build_frame(source, job.fields, job.answers())):
        table = panel_of(of).table
        assert (table.heading, table.fields) == (expected.heading, expected.fields)
        assert table.rows == expected.rows
        assert table.code(Filter(status="answered")) == ""


def test_the_panel_of_a_frame_names_the_connections_that_answered(done_job: Any) -> None:
    frame = build_frame(done_job.source, done_job.fields, done_job.answers())
    register()
    for labels, said in (
        (("hosted", "hosted", "hosted"), "hosted"),
        (("hosted", "embedded: dataroom, 2 documents", None),
         "hosted; embedded: dataroom, 2 documents; some of unknown origin"),
        ((None, None, None), "answers from the journal"),
    ):  # fmt: skip
        rows = zip(done_job.rows, labels, strict=True)
        known = {row.run_id: replace(row, connection=label) for row, label in rows}
        register(
            find_answers=lambda run_ids, known=known: {run_id: known[run_id] for run_id in run_ids}
        )
        assert said in panel_of(frame).bundle()["text/plain"].splitlines()[1]


@given(data=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_whatever_the_page_asks_for_has_a_sensible_answer(data: Any) -> None:
    for asked in (data, {"text": data, "sort": data, "confidence": data, "status": data}):
        read = Filter.from_message(asked, 3)
        assert read.sort is None or -1 <= read.sort < 3
        assert len(read.text) <= 200


def test_evidence_of_a_row_that_is_not_there_is_a_sentence(
    done_job: Any, notebook: NotebookPage
) -> None:
    widget = notebook.display(panel(done_job))
    for asked in ({"row": 99, "field": 0}, {"row": -1}, {"row": "0"}, {"row": 0, "field": 77}, {}):
        assert "problem" in widget.ask("evidence", **asked)
    assert "timed out" in widget.ask("evidence", row=2, field=0)["problem"]
    found = widget.ask("evidence", row=0, field=1)
    assert (found["value"], found["confidence_words"]) == ("1970", "◔ low")
    assert [source["host"] for source in found["sources"]] == ["hapag-lloyd.com", "example.org"]


def test_what_passes_a_filter_is_said_in_words(done_job: Any, notebook: NotebookPage) -> None:
    widget = notebook.display(panel(done_job))
    every = widget.ask("rows", start=0)
    assert every["summary"] == "2 of 3 answered · 2 with low confidence"
    assert every["announcement"] == "3 of 3 rows shown"
    asked = {"status": "answered", "sort": 1, "descending": True}
    sorted_rows = widget.ask("rows", start=0, filter=asked)
    assert sorted_rows["summary"] == "2 shown · 2 of 3 answered · 2 with low confidence"
    assert sorted_rows["announcement"] == "2 of 3 rows shown, sorted by founded, descending"
    assert [row[1] for row in sorted_rows["rows"]] == ["Ocean Network", "Hapag-Lloyd"]


def test_fifty_thousand_rows_are_ready_to_show_when_the_first_are_read(
    big_job: Callable[[int], Any], notebook: NotebookPage
) -> None:
    shown = panel_of(big_job(50_000))
    answer = notebook.display(shown).ask("rows", start=0)
    assert len(shown.table.rows) == 200
    shown.close()
    assert len(answer["rows"]) == 200
    assert answer["summary"].endswith("still reading")


def test_the_rest_is_read_when_the_first_rows_are_seen_and_told_in_few_messages(
    big_job: Callable[[int], Any], notebook: NotebookPage
) -> None:
    shown = panel_of(big_job(12_000))
    widget = notebook.display(shown)
    assert len(shown.table.rows) == 200
    assert widget.send({"kind": "seen"}) == []
    grown = [{"kind": "grown"}] * 3
    wait_until("all rows are read, and told", lambda: widget.messages == grown)
    assert "still reading" not in widget.ask("rows", start=11_900)["summary"]
    assert len(shown.table.rows) == 12_000


def test_the_reading_ends_with_the_panel(
    big_job: Callable[[int], Any], notebook: NotebookPage
) -> None:
    shown = panel_of(big_job(12_000))
    notebook.display(shown)
    shown.close()
    for thread in threading.enumerate():
        if thread.name == "parallel_nb panel":
            thread.join(60)
    assert len(shown.table.rows) < 12_000


def test_a_panel_that_cannot_read_on_shows_what_it_has(
    big_job: Callable[[int], Any], notebook: NotebookPage, caplog: pytest.LogCaptureFixture
) -> None:
    job = big_job(900)
    job.rows[450:] = [None]  # a journal that breaks off
    shown = panel_of(job)
    widget = notebook.display(shown)
    widget.send({"kind": "seen"})
    wait_until("the end is told", lambda: widget.messages == [{"kind": "grown"}])
    assert widget.ask("rows", start=0)["summary"].startswith("450 of 450 answered")
    assert "could not read all rows" in caplog.text


def test_a_panel_in_a_terminal_is_text(done_job: Any) -> None:
    assert "Hapag-Lloyd: ceo: Rolf Habben Jansen (high)" in repr(panel(done_job))


def test_a_search_panel_in_a_terminal_is_text(found: SearchResults) -> None:
    assert "1. Rust (rust-lang.org · 2025-02-20)" in repr(found.panel())


def test_a_search_panel_brings_bounded_messages_until_every_page_is_there(
    found: SearchResults, notebook: NotebookPage
) -> None:
    for page in found.response.results:
        page.excerpts = ["typed words " * 40_000] * 20
    found.response.results *= 20
    widget = notebook.display(panel(found))
    ranks: list[int] = []
    while batch := widget.ask("pages", start=len(ranks))["pages"]:
        assert len(json.dumps(batch)) < 100_000
        ranks += [page["rank"] for page in batch]
    assert ranks == list(range(1, 61))


def test_marimo_is_given_the_widget_without_a_button_that_closes_it(
    done_job: Any, found: SearchResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    for made in (panel(done_job), found.panel()):
        monkeypatch.delenv("PARALLEL_NB_STATIC", raising=False)
        widget = made._display_()
        assert widget.head["closable"] is False
        made.close()
        assert widget.comm is None
        monkeypatch.setenv("PARALLEL_NB_STATIC", "1")
        assert made._display_()._repr_html_() == made.bundle()["text/html"]
