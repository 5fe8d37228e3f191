"""%parallel_search and %parallel_connect in a real shell, against the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import parallel_nb as pnb

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

pytestmark = pytest.mark.usefixtures("connected")


def test_a_search_is_the_value_of_its_magic(run: Run, shell: InteractiveShell) -> None:
    ran = run("x = %parallel_search -n 2 Which metal is liquid at room temperature?")
    assert ran.error is None
    results = shell.user_ns["x"]
    assert isinstance(results, pnb.SearchResults)
    assert len(results) == 2
    assert ran.screen == ""  # an assignment shows nothing


def test_into_binds_and_shows_once(run: Run, shell: InteractiveShell) -> None:
    ran = run("%parallel_search -n 2 --into hits What's Rust's first release?")
    assert ran.value is None
    assert shell.user_ns["hits"].objective == "What's Rust's first release?"
    assert ran.screen.count(shell.user_ns["hits"][0].url) == 1
    assert "embedded: sample documents" in ran.screen


def test_the_body_of_a_cell_is_the_objective(run: Run, shell: InteractiveShell) -> None:
    run('%%parallel_search -n 2 --into hits --query "borrow checker"\nWhich {languages}\nhave $it?')
    hits = shell.user_ns["hits"]
    assert hits.objective == "Which {languages}\nhave $it?"
    assert hits.queries == ("borrow checker",)


def test_domains_and_dates_narrow_the_search(run: Run, shell: InteractiveShell) -> None:
    ran = run(
        "x = %parallel_search --include-domains elements.sample.example "
        "--after-date 2024-06-01 Which metal is liquid?"
    )
    assert ran.error is None
    found = shell.user_ns["x"]
    assert len(found) > 0
    assert {row.url.split("/")[2] for row in found} == {"elements.sample.example"}
    assert all(row.publish_date >= "2024-06-01" for row in found)


def test_results_are_a_frame_that_names_its_connection(connected: pnb.Connection) -> None:
    results = pnb.search("Which metal is liquid at room temperature?", max_results=3)
    assert list(results.df.columns) == ["title", "url", "host", "publish_date", "excerpts"]
    assert list(results.df.index) == [1, 2, 3]
    assert str(results.df["publish_date"].dtype).startswith("datetime64")
    assert results.df.attrs == {"connection": connected.label}
    assert [row.url for row in results] == list(results.df["url"])


def test_a_search_can_go_on_from_another() -> None:
    first = pnb.search("Which metal is liquid?", max_results=1)
    assert first.session_id
    assert pnb.search("And its density?", max_results=1, session=first).session_id == (
        first.session_id
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("%parallel_search", ["nothing to search for"]),
        ("%parallel_search --processor por why", ["'por'", "Did you mean 'pro'?"]),
        ("%parallel_search --after-date May why", ["'May' is not a day", "YYYY-MM-DD"]),
        ("%parallel_search --include-domains https://a.org/b why", ["not a domain", "'a.org/b'"]),
        ("%parallel_search --into 1st why", ["'1st'", "name of a variable"]),
        ("%parallel_search --inot x why", ["no option --inot", "Did you mean --into?"]),
        ("%parallel_connect hostd", ["'hostd'", "hosted"]),
        ("%parallel_connect embedded --documents nowhere/", ["nowhere", "does not exist"]),
        ("%parallel_connect hosted --documents .", ["documents", "embedded"]),
        ("%parallel_connect --api v9 embedded", ["'v9'", "v1, v1beta, alpha"]),
        ("%parallel_connect hosted --key-from NOT_SET_KEY", ["NOT_SET_KEY is not set"]),
        ("%parallel_connect hosted", ["no API key", "embedded"]),
    ],
)
def test_a_mistake_is_a_few_lines_that_stop_the_run(
    run: Run, cell: str, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # no login of the vendor's tool
    ran = run(cell)
    assert isinstance(ran.error, pnb.ParallelError)
    for word in words:
        assert word in ran.screen
    assert "Traceback" not in ran.screen
    assert len(ran.lines) <= 6


@pytest.mark.parametrize(
    "line",
    [
        "hosted --api-key sk_secret_1",
        "hosted --api_key=sk_secret_1",
        "hosted --key sk_secret_1",
        "hosted --key-from sk_secret_1",
    ],
)
def test_a_key_on_the_line_is_refused_and_not_repeated(run: Run, line: str) -> None:
    ran = run(f"%parallel_connect {line}")
    assert isinstance(ran.error, pnb.InputError)
    assert "sk_secret_1" not in ran.screen
    assert "PARALLEL_API_KEY" in ran.screen


def test_connecting_shows_where_answers_come_from(run: Run) -> None:
    ran = run("%parallel_connect embedded")
    assert "embedded: sample documents" in ran.screen
    assert "not from the web" in ran.screen


def test_a_key_from_a_variable_is_used_and_never_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk_secret_2")
    ran = run("%parallel_connect hosted --key-from MY_KEY")
    assert ran.error is None
    assert "hosted" in ran.screen
    assert "sk_secret_2" not in ran.screen + repr(ran.value)
