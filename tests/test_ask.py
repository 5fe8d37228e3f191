"""What the documented functions promise, in plain Python, against the real engine."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import parallel_nb as pnb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIELDS = pnb.parse_fields(
    "first_released: date? - Date of the first stable release\n"
    "license: str? - License of the compiler\n"
)
PROMPT = "What is known about the programming language {{name}}?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of our own, with one engine for the tests of this file."""
    from parallel_nb.connection.launcher import stop_engine  # noqa: PLC0415 - for these tests alone

    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PARALLEL_NB_HOME", str(folder))
        yield folder
        stop_engine(None)


@pytest.fixture(autouse=True)
def connection(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pnb.Connection]:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(home))
    monkeypatch.delenv("PARALLEL_API_KEY", raising=False)
    yield pnb.connect("embedded")
    pnb.disconnect()


def test_one_question_gives_typed_fields_with_their_evidence(connection: pnb.Connection) -> None:
    result = pnb.task("When was the programming language Rust first released?", output=FIELDS)
    assert result.first_released == "2015-05-15"
    assert result["first_released"] == result.first_released
    assert set(result.content) == {"first_released", "license"}
    assert result.connection == connection.label
    assert result.run_id.startswith("trun_")
    basis = result.basis
    assert list(basis.columns) == [
        "row",
        "run_id",
        "field",
        "value",
        "confidence",
        "reasoning",
        "url",
        "title",
        "excerpt",
        "document",
        "place",
    ]
    released = basis[basis["field"] == "first_released"].iloc[0]
    assert "15 May 2015" in released["excerpt"]
    evidence = result.evidence("first_released")
    assert evidence is not None
    assert evidence.citations[0].url == released["url"]


def test_a_field_that_was_not_asked_for_names_those_that_were() -> None:
    result = pnb.task("When was the programming language Rust first released?", output=FIELDS)
    with pytest.raises(pnb.InputError, match="'licence'") as caught:
        result["licence"]
    assert "first_released, license" in caught.value.remedy
    with pytest.raises(AttributeError, match="licence"):
        _ = result.licence
    assert {"first_released", "license", "basis"} <= set(dir(result))


def test_the_same_question_is_answered_from_the_journal_and_fresh_asks_again() -> None:
    prompt = "When was the programming language Zig first released?"
    first = pnb.task(prompt, output=FIELDS)
    again = pnb.task(prompt, output=FIELDS)
    fresh = pnb.task(prompt, output=FIELDS, fresh=True)
    assert (first.reused, again.reused, fresh.reused) == (False, True, False)
    assert again.run_id == first.run_id != fresh.run_id


def test_without_an_output_the_answer_is_text() -> None:
    result = pnb.task("What is the mascot of the programming language Rust?")
    assert isinstance(result.content, str)
    assert result.content
    assert len(result.basis) > 0


def test_a_question_about_a_column_without_a_table_says_what_to_do() -> None:
    with pytest.raises(pnb.InputError, match=r"'name': .* there is no table") as caught:
        pnb.task(PROMPT, output=FIELDS)
    assert "--over" in caught.value.remedy
    assert "pnb.tasks" in caught.value.remedy


def test_a_question_may_hold_braces_and_json() -> None:
    result = pnb.task('Given {"a": {"b": 1}} and \\{{x}}, which metal is liquid?')
    assert isinstance(result.content, str)


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_an_empty_question_is_refused(prompt: str) -> None:
    with pytest.raises(pnb.InputError, match="no question"):
        pnb.task(prompt)


def test_a_table_keeps_its_rows_and_gets_typed_columns(connection: pnb.Connection) -> None:
    frame = pd.DataFrame({"name": ["Rust", "Go"], "n": [1, 2]}, index=["r", "g"])
    job = pnb.tasks(frame, PROMPT, output=FIELDS)
    assert list(job.df.index) == ["r", "g"]
    assert list(job.df.columns) == [
        "name",
        "n",
        "first_released",
        "license",
        "run_id",
        "status",
        "error",
    ]
    assert job.df.loc["r", "first_released"] == pd.Timestamp(2015, 5, 15)
    assert list(job.df["status"]) == ["completed", "completed"]
    assert job.connection == connection.label


def test_basis_is_found_again_after_a_merge() -> None:
    frame = pd.DataFrame({"name": ["Rust", "Go"]})
    job = pnb.tasks(frame, PROMPT, output=FIELDS)
    merged = job.df.merge(pd.DataFrame({"name": ["Rust"], "x": [1]}), on="name")
    basis: Any = merged.parallel.basis()
    assert set(basis["field"]) == {"first_released", "license"}
    assert set(basis["run_id"]) == set(merged["run_id"])


def test_a_job_and_a_frame_have_a_panel_that_reads_as_text() -> None:
    job = pnb.tasks(pd.DataFrame({"name": ["Rust", "Go"]}), PROMPT, output=FIELDS)
    frame: Any = job.df.iloc[:1]
    for panel in (job.panel(), frame.parallel.panel()):
        assert "first_released: 2015-05-15" in repr(panel)


def test_a_plan_sends_nothing_and_counts_what_is_known() -> None:
    frame = pd.DataFrame({"name": ["Ruby", "Ruby", "Perl"]})
    plan = pnb.plan(frame, PROMPT, output=FIELDS)
    assert (plan.rows, plan.merged, plan.to_send, plan.reused) == (3, 1, 2, 0)
    pnb.tasks(frame, PROMPT, output=FIELDS)
    plan = pnb.plan(frame, PROMPT, output=FIELDS)
    assert (plan.to_send, plan.reused) == (0, 2)


def test_a_plan_of_one_question_needs_no_table() -> None:
    plan = pnb.plan(None, "Which metal is liquid at room temperature, really?")
    assert (plan.rows, plan.to_send) == (1, 1)


def test_a_job_is_listed_and_can_be_attached_to() -> None:
    job = pnb.tasks(pd.DataFrame({"name": ["Lua"]}), PROMPT, output=FIELDS)
    assert job.group_id is not None
    assert job.group_id in set(pnb.jobs()["group_id"])
    again = pnb.attach(job.group_id)
    assert list(again.df["run_id"]) == list(job.df["run_id"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"objective": ""}, "nothing to search for"),
        ({"objective": "a", "processor": "core"}, "no processor 'core'"),
        ({"objective": "a", "mode": "quick"}, "no mode 'quick'"),
        ({"objective": "a", "mode": "fast", "processor": "base"}, "say the same"),
        ({"objective": "a", "mode": "turbo", "include_domains": ["a.org/x"]}, "turbo search"),
        ({"objective": "a", "max_results": 0}, "max_results is 0"),
        ({"objective": "a", "include_domains": "a.org"}, "Pass a list"),
        ({"objective": "a", "include_domains": ["https://a.org/x"]}, "is not a domain"),
        ({"objective": "a", "exclude_domains": ["a.org"] * 201}, "over 200"),
        ({"objective": "a", "after_date": "yesterday"}, "is not a day"),
    ],
)
def test_a_search_that_cannot_be_asked_is_refused(arguments: Any, words: str) -> None:
    with pytest.raises(pnb.InputError) as caught:
        pnb.search(**arguments)
    assert words in str(caught.value)


@pytest.mark.parametrize("mode", ["turbo", "fast", "basic", "advanced"])
def test_a_search_takes_each_mode_and_says_it(mode: str) -> None:
    found = pnb.search("Which metal is liquid?", mode=mode, max_results=2)
    assert found.mode == mode
    assert len(found) == 2
    assert f"  {mode} · " in repr(found)


def test_a_search_for_more_pages_than_are_given_and_domains_in_vain_say_so() -> None:
    found = pnb.search(
        "Which metal is liquid?",
        max_results=30,
        include_domains=["sample.example"],
        exclude_domains=["a.org"],
    )
    assert len(found) <= 20
    assert "Warning: exclude_domains is not used" in repr(found)
    assert "Warning: max_results was lowered from 30 to 20." in repr(found)


def test_a_day_may_be_a_date() -> None:
    found = pnb.search("Which metal is liquid?", after_date=dt.date(2025, 6, 1))
    assert all((page.publish_date or "") >= "2025-06-01" for page in found)


def test_results_show_their_connection_and_pages(connection: pnb.Connection) -> None:
    results = pnb.search("Which metal is liquid?", max_results=2)
    text = repr(results)
    assert connection.label in text
    assert all(page.url in text for page in results)
