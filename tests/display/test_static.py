"""What the static displays say, and how little they take."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from parallel_nb.display import job_bundle, panel, search_bundle, task_bundle
from parallel_nb.display.html import progress as progress_html
from parallel_nb.display.html.highlight import highlight, pattern_for, query_terms, value_forms
from parallel_nb.display.html.values import value_text
from parallel_nb.display.widgets.progress import state_of
from parallel_nb.formats import count, money, time_left

if TYPE_CHECKING:
    from collections.abc import Callable

    from parallel_nb.job.model import Progress
    from parallel_nb.results import SearchResults, TaskResult


def test_a_running_job_says_counts_cost_connection_and_year_of_prices(
    parse: Callable[[str], Any], running: Progress
) -> None:
    read = parse(progress_html.html(running))
    facts = (
        "1,000 companies", "core", "hosted", "412 answered", "38 reused", "80 running",
        "200 waiting",
        "266 not sent", "4 failed", "$10.30 billed, $7.00 reserved, at most $23.95 in all",
        "prices of October 2026", "1.8 rows/s",
        "about 5 min left (4 to 7)", "Evergreen Marine: failed: the run timed out",
    )  # fmt: skip
    for fact in facts:
        assert fact in read.text
    assert "progress" in read.tags
    plain = progress_html.text(running)
    for fact in (*facts[:10], "prices of October 2026"):
        assert fact in plain


def test_a_price_that_is_not_known_is_said_to_be_so(
    parse: Callable[[str], Any], running: Progress
) -> None:
    newer = replace(running, processor="newer", cost=0.0, cost_at_most=0.0, priced=False)
    for said in (
        parse(progress_html.html(newer)).text,
        progress_html.text(newer),
        progress_html.line(newer),
        state_of(newer)["cost"],
    ):
        assert "the price of newer is not published" in said
        assert "$" not in said
    at_home = replace(newer, connection="embedded: sample documents", priced=True)
    assert "$0.00" in progress_html.text(at_home)
    assert "$0.00" in state_of(at_home)["cost"]


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ((0.075, 0, 0.075), "$0.075"),
        ((0.015, 0, 0.075), "$0.015 billed, at most $0.075 in all"),
        (
            (0, 0.07, 0.075),
            "$0.00 billed, $0.07 reserved, at most $0.075 in all",
        ),
        ((0.1 + 0.2, 0, 0.3), "$0.30"),
        ((0, 0, 0), "$0.00"),
        (
            (1234.5, 0, 24_050),
            "$1,234.50 billed, at most $24,050.00 in all",
        ),
    ],
)
def test_money_is_said_in_one_way_in_html_in_text_and_in_the_widget(
    parse: Callable[[str], Any], running: Progress, amounts: tuple[float, ...], words: str
) -> None:
    billed, reserved, at_most = amounts
    words += " at prices of October 2026"
    progress = replace(running, cost=billed, cost_reserved=reserved, cost_at_most=at_most)
    assert state_of(progress)["cost"] == words
    assert f"· {words}" in parse(progress_html.html(progress)).text
    assert f"· {words}" in progress_html.text(progress)
    assert f"· {words}" in progress_html.line(progress)


def test_the_widget_says_the_words_of_the_static_output(
    parse: Callable[[str], Any], running: Progress
) -> None:
    state, html = state_of(running), parse(progress_html.html(running)).text
    assert [state["about"], state["pace"]] == [
        "core · hosted · running", "1.8 rows/s · about 5 min left (4 to 7)",
    ]  # fmt: skip
    assert f"{state['about']} · {state['pace']}" in html
    for _, rows, figure, word in state["counts"]:
        assert (f"{figure} {word}" in html) == (rows > 0)
    assert sum(rows for _, rows, _, _ in state["counts"]) == state["total"] == 1000
    big = replace(running, total=1_234_567, completed=1_200_000, more_failures=1_996)
    assert state_of(big)["ended_words"] == "1,200,042 of 1,234,567 rows ended"
    assert ["completed", 1_200_000, "1,200,000", "answered"] in state_of(big)["counts"]
    assert state_of(big)["more_failures"] == "and 1,996 more failed"
    ended = state_of(replace(running, state="done"))
    assert (ended["pace"], ended["sending"]) == ("", False)


def test_screen_readers_are_told_at_quarters_changes_of_state_and_the_first_failure(
    running: Progress,
) -> None:
    told = set()
    for completed in range(959):
        state = state_of(replace(running, completed=completed, unsent=958 - completed, failed=4))
        told.add(state["announcement"])
    assert len(told) <= 5
    assert "1,000 companies: running, 75 percent, some failed" in told
    assert state_of(replace(running, failed=0))["announcement"].endswith("percent")


def test_a_detached_job_says_how_to_come_back(
    parse: Callable[[str], Any], running: Progress
) -> None:
    shown = replace(running, state="detached", message="Interrupted.")
    for said in (parse(progress_html.html(shown)).text, progress_html.text(shown)):
        assert "go on without this notebook" in said
        assert f"%parallel_attach {running.group_id}" in said


def test_of_many_failures_four_are_shown_and_the_rest_counted(
    parse: Callable[[str], Any], running: Progress
) -> None:
    shown = replace(running, more_failures=16)
    assert "and 16 more" in parse(progress_html.html(shown)).text
    assert progress_html.text(shown).count(": failed: ") == 4


def test_plain_text_of_a_finished_job_is_the_same_on_every_run(done_job: Any) -> None:
    first = job_bundle(done_job)["text/plain"]
    done_job.progress = replace(
        done_job.progress, group_id="tgrp_other", rate=3.0, eta=(1.0, 2.0, 3.0)
    )
    assert job_bundle(done_job)["text/plain"] == first
    assert "tgrp" not in first


def test_every_value_says_its_confidence_in_a_word_and_opens_to_its_evidence(
    parse: Callable[[str], Any], done_job: Any
) -> None:
    read = parse(job_bundle(done_job)["text/html"])
    for fact in (
        "Rolf Habben Jansen ● high", "1970 ◔ low", "public ◑ medium", "not found",
        "Two sources disagree", "Our history hapag-lloyd.com", "Shipping lines of the North Sea",
        "merchants founded the older line", "no source cited",
        "Evergreen Marine failed: the run timed out (trun_4f21)",
    ):  # fmt: skip
        assert fact in read.text
    assert "1970" in read.marked
    assert "https://www.hapag-lloyd.com/en/history" in read.links
    assert read.scopes == 5 + 3  # every column and every row


def test_the_source_in_which_the_value_stands_comes_first(
    parse: Callable[[str], Any], answer: TaskResult
) -> None:
    said = parse(task_bundle(answer)["text/html"]).text
    assert said.index("Our history") < said.index("Shipping lines of the North Sea")


def test_the_worst_confidence_among_a_lists_elements_is_the_lists(
    parse: Callable[[str], Any], answer: TaskResult
) -> None:
    assert "container transport, reefer cargo ◔ low" in parse(task_bundle(answer)["text/html"]).text


def test_a_reused_answer_says_that_nothing_was_paid(answer: TaskResult) -> None:
    assert "nothing was paid" in task_bundle(answer)["text/html"]


def test_a_text_answer_is_shown_in_full_with_its_sources(
    parse: Callable[[str], Any], text_answer: TaskResult
) -> None:
    read = parse(task_bundle(text_answer)["text/html"])
    assert "Yes. ● high confidence, 1 source" in read.text
    assert read.links == ["https://a.example/x"]


@pytest.mark.parametrize("rows", [1, 50, 51, 50_000])
def test_a_job_of_any_size_adds_less_than_300_kb_and_says_what_is_left(
    big_job: Callable[[int], Any], parse: Callable[[str], Any], rows: int
) -> None:
    bundle = job_bundle(big_job(rows))
    assert sum(len(part.encode()) for part in bundle.values()) < 300_000
    read = parse(bundle["text/html"])
    left = f"and {count(rows - 50, 'more row')}: job.panel()"
    assert (left in read.text) == (rows > 50)


def test_rows_with_huge_evidence_stay_within_the_bound(
    big_job: Callable[[int], Any], parse: Callable[[str], Any]
) -> None:
    job = big_job(500)
    output = deepcopy(job.rows[0].output)
    for entry in output.basis:
        entry.reasoning = "why " * 100_000
        for citation in entry.citations:
            citation.excerpts = ["<&" * 200_000] * 50
    job.rows = [replace(row, output=output) for row in job.rows]
    bundle = job_bundle(job)
    assert len(bundle["text/html"]) < 300_000
    assert "evidence is here for the first" in parse(bundle["text/html"]).text


def test_a_search_says_rank_title_host_date_and_marks_the_questions_words(
    parse: Callable[[str], Any], found: SearchResults
) -> None:
    bundle = search_bundle(found)
    read = parse(bundle["text/html"])
    for fact in ("Which languages are statically typed?", "embedded: sample documents", "3 pages",
                 "1. Rust rust-lang.org · 2025-02-20", "Elm notes/elm.md", "no excerpt",
                 "and 2 more excerpts", "Warning: the queries are long"):  # fmt: skip
        assert fact in read.text
    assert {"statically", "typed", "language"} <= set(read.marked)
    assert read.links == ["https://www.rust-lang.org/learn", "https://java.example.com/"]
    for fact in ("1. Rust (rust-lang.org · 2025-02-20)", "embedded: sample documents"):
        assert fact in bundle["text/plain"]


def test_a_search_says_what_it_cost_where_it_is_billed(
    found: SearchResults, parse: Callable[[str], Any]
) -> None:
    free, billed = search_bundle(found), search_bundle(replace(found, cost=0.005))
    words = "$0.005 at prices of October 2026"
    assert words in parse(billed["text/html"]).text
    assert words in billed["text/plain"]
    assert "$" not in free["text/html"] + free["text/plain"]


def test_a_search_without_results_says_so(found: SearchResults) -> None:
    found.response.results.clear()
    for part in search_bundle(found).values():
        assert "No page was found." in part


@pytest.mark.parametrize(
    ("value", "excerpt", "shown"),
    [
        (1904, "founded in 1904 in", "1904"),
        (1904, "founded in 19041 in", None),
        (83_000_000, "about 83,000,000 people", "83,000,000"),
        ("2015-05-15", "released on 15 May 2015, and", "15 May 2015"),
        ("2015-05-15", "released May 15, 2015.", "May 15, 2015"),
        ("C++", "in C++ or C", "C++"),
        (True, "is true", None),
        (["Graydon Hoare", "x"], "by Graydon Hoare.", "Graydon Hoare"),
        (3.0, "exactly 3 of", "3"),
    ],
)
def test_a_value_is_marked_where_it_stands(value: Any, excerpt: str, shown: str | None) -> None:
    html = highlight(excerpt, pattern_for(value_forms(value)))
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ([shown] if shown else [])


def test_a_long_excerpt_is_cut_around_the_value() -> None:
    html = highlight("before " * 200 + "in 1904 " + "after " * 200, pattern_for(value_forms(1904)))
    assert ">1904</mark>" in html
    assert html.startswith("…")
    assert html.endswith("…")


def test_a_list_in_an_excerpt_reads_as_one_line() -> None:
    html = highlight("# Facts\n- Typing: static\n- License: MIT - or so", None)
    assert html == "Facts · Typing: static · License: MIT - or so"


def test_other_forms_of_a_questions_words_are_marked() -> None:
    pattern = pattern_for(query_terms("statically typed languages?"), whole=False)
    html = highlight("Typing: static. A language with types; a typewriter.", pattern)
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["Typing", "static", "language", "types"]


def test_common_words_of_a_question_are_not_marked() -> None:
    needles = query_terms("Which of the languages have a borrow checker?")
    assert set(needles) == {"languages", "languag", "checker", "borrow"}


def test_amounts_times_and_values_read_as_a_person_would_write_them() -> None:
    assert [money(0), money(0.005), money(24.05), money(1234.5)] == [
        "$0.00", "$0.005", "$24.05", "$1,234.50",
    ]  # fmt: skip
    assert time_left((20, 45, 80)) == "about 45 s left (20 to 80)"
    assert time_left(None) == ""
    cells: tuple[Any, ...] = (None, float("nan"), True, 1904, [], ["a", 1], "", {"a": None})
    assert [value_text(value) for value in cells] == [
        "not found", "not found", "yes", "1904", "none", "a, 1", "(empty)", '{"a": null}',
    ]  # fmt: skip


def test_no_display_is_read_as_a_formula(
    parse: Callable[[str], Any], done_job: Any, found: SearchResults, answer: TaskResult
) -> None:
    # Between two amounts in dollars MathJax would see a formula.
    made = (job_bundle(done_job), search_bundle(found), task_bundle(answer))
    for bundle in (*made, panel(done_job).bundle()):
        assert bundle["text/html"].startswith('<div class="mathjax_ignore tex2jax_ignore" ')
        assert parse(bundle["text/html"]).tags[0] == "div"
