"""The line of a magic: options in any order, and text that is taken as it stands."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.magics import shared_options
from parallel_nb.magics.line import split_words
from parallel_nb.magics.search import SearchMagics
from parallel_nb.magics.task import TaskMagics

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

SEARCH = SearchMagics.parallel_search
TASK = TaskMagics.parallel_task


def read(magic: Any, line: str, variables: Mapping[str, Any] | None = None) -> argparse.Namespace:
    return shared_options.read_line(magic, line, variables or {}, is_question=True)


@pytest.mark.parametrize(
    "line",
    [
        "-n 5 --processor pro --into hits  What's new in {x} and $y?",
        "What's new in {x} and $y? -n 5 --processor pro --into hits",
        "--into=hits -n5 --processor=pro What's new in {x} and $y?",
        "-n 5 What's new in {x} and $y? --processor 'pro' --into \"hits\"",
    ],
)
def test_options_may_stand_before_and_behind_the_text(line: str) -> None:
    if "-n5" in line:
        line = line.replace("-n5", "-n 5")
    args = read(SEARCH, line)
    assert args.text == "What's new in {x} and $y?"
    assert (args.max_results, args.processor, args.into) == (5, "pro", "hits")


def test_a_query_with_blanks_goes_in_quotes_and_may_be_repeated() -> None:
    args = read(SEARCH, "--query 'a b' --query \"it's c\" --include-domains gov,x.org")
    assert args.query == ["a b", "it's c"]
    assert args.include_domains == ["gov", "x.org"]


def test_a_lone_double_dash_says_that_the_rest_is_text() -> None:
    args = read(SEARCH, "-n 3 -- what does --into do, and -n?")
    assert args.text == "what does --into do, and -n?"
    assert (args.max_results, args.into) == (3, None)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_text_behind_the_double_dash_is_never_changed(text: str) -> None:
    assert read(SEARCH, f"-n 3 -- {text}").text == text.strip()


@pytest.mark.parametrize(
    ("magic", "line", "words"),
    [
        (SEARCH, "--procesor pro why", ["no option --procesor", "Did you mean --processor?"]),
        (TASK, "--overr companies", ["no option --overr", "Did you mean --over?"]),
        (SEARCH, "why --into", ["--into needs a value"]),
        (SEARCH, "--into --processor pro", ["--into needs a value"]),
        (SEARCH, "-n many why", ["'many' is not a whole number"]),
        (SEARCH, "-n 0 why", ["'0' is not a whole number of at least 1"]),
        (TASK, "--max-cost free", ["'free' is not an amount in USD"]),
        (TASK, "--max-cost -1", ["'-1' is not an amount in USD"]),
        (TASK, "--max-wait 0", ["'0' is not a number of minutes"]),
        (TASK, "--max-wait nan", ["'nan' is not a number of minutes"]),
        (TASK, "--max-wait 2h", ["'2h' is not a number of minutes"]),
        (TASK, "--sample -3", ["'-3' is not a whole number"]),
        (TASK, "--fresh=1", ["--fresh"]),
        (TASK, "--columns ,", ["no name is given"]),
    ],
)
def test_a_wrong_option_is_one_clear_error(magic: object, line: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read(magic, line)
    for word in words:
        assert word in str(caught.value)
    assert "%parallel_" in str(caught.value)


@pytest.mark.parametrize(
    ("line", "option", "value", "text"),
    [
        ("--title O'Neil What is LEGO", "title", "O'Neil", "What is LEGO"),
        ("--title 'O'Neil & Sons' What is LEGO", "title", "O'Neil & Sons", "What is LEGO"),
        ("--title O'Neil's don't", "title", "O'Neil's", "don't"),
        ('--title "say \\"hi\\" now" x', "title", 'say "hi" now', "x"),
        ("--title \u201cMy title\u201d x", "title", "My title", "x"),
        ("--title=\u2018My title\u2019 x", "title", "My title", "x"),
        ("--title 5'6\" tall", "title", "5'6\"", "tall"),
        ("--title '' x", "title", "", "x"),
        ("--over df['company'] x", "over", "df['company']", "x"),
        ('--over df["my column"] x', "over", 'df["my column"]', "x"),
        ("--over df[['a','b c']] x", "over", "df[['a','b c']]", "x"),
        ("--over 'df.head(5)' x", "over", "df.head(5)", "x"),
        ('--columns a,"b c" x', "columns", ["a", "b c"], "x"),
        ("--columns 'a, b' x", "columns", ["a", "b"], "x"),
        ("--title C:\\Users\\me x", "title", "C:\\Users\\me", "x"),
        ("--title \\\\server\\share x", "title", "\\\\server\\share", "x"),
        ('--title "\\\\server\\my share" x', "title", "\\\\server\\my share", "x"),
        ("--title a\\ b", "title", "a\\", "b"),
    ],
)
def test_quotes_open_at_the_start_of_a_value_and_the_rest_is_letters(
    line: str, option: str, value: object, text: str
) -> None:
    args = read(TASK, line)
    assert getattr(args, option) == value
    assert args.text == text


@pytest.mark.parametrize(
    "line",
    ["--title 'My title", '--title "My', "--title=\u201cMy x", '--over df["a x', "--title '"],
)
def test_a_quotation_that_is_not_closed_is_named(line: str) -> None:
    with pytest.raises(InputError, match="has no closing quotation mark"):
        read(TASK, line)


@pytest.mark.parametrize(
    "line",
    [
        "--include-domains a.example, b.example x",
        "--include-domains a.example ,b.example x",
        "--include-domains a.example , b.example x",
        "--columns=a, b",
    ],
)
def test_a_blank_beside_the_comma_of_a_list_is_named(line: str) -> None:
    with pytest.raises(InputError, match="has a blank beside a comma"):
        read(TASK, line)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("-dry-run x", "no option -dry-run. Did you mean --dry-run?"),
        ("-processor ultra8x x", "no option -processor. Did you mean --processor?"),
        ("-n1 x", "no option -n1. Did you mean -n 1?"),
        ("-n=1 x", "no option -n. Did you mean -n 1?"),
        ("\u2013n 1 x", "no option \u2013n. Did you mean -n?"),
        ("\u2014into x", "no option \u2014into. Did you mean --into?"),
        ("\u2013\u2013into=x why", "Did you mean --into?"),
        ("\u2212n 1 x", "Did you mean -n?"),
        ("--n 1 x", "no option --n. Did you mean -n?"),
        ("---into hits x", "no option ---into. Did you mean --into?"),
        ("-into hits x", "Did you mean --into?"),
        ("-prcessor pro x", "Did you mean --processor?"),
        ("-q x", "no option -q."),
        ("- x", "no option -."),
        ("\u2014 x", "no option \u2014."),
        ("-5 degrees", "put -- before text"),
        ("why -into hits", "Did you mean --into?"),
        ("why \u2014into hits", "Did you mean --into?"),
        ("why -n5", "Did you mean -n 5?"),
        ("--into \u2014processor pro x", "--into needs a value"),
    ],
)
def test_a_dash_that_begins_no_option_is_an_error(line: str, hint: str) -> None:
    magic = TASK if "dry-run" in line else SEARCH
    with pytest.raises(InputError) as caught:
        read(magic, line)
    assert hint in str(caught.value).replace("\n", " ")


@pytest.mark.parametrize(
    "text",
    [
        "What is 5 - 3",
        "Was it \u2014 in the end \u2014 paid",
        "Is it -5 or -40 degrees",
        "x \u2013 y",
    ],
)
def test_dashes_within_text_are_text(text: str) -> None:
    assert read(SEARCH, f"-n 3 {text}").text == text


@pytest.mark.parametrize(
    ("magic", "line", "name"),
    [
        (SEARCH, "-n 1 -n 2 x", "--max-results"),
        (SEARCH, "-n 1 x --max-results 2", "--max-results"),
        (TASK, "--into a --into=a x", "--into"),
        (TASK, "--dry-run --dry-run x", "--dry-run"),
    ],
)
def test_an_option_given_twice_is_an_error(magic: object, line: str, name: str) -> None:
    with pytest.raises(InputError, match=f"{name} is given twice"):
        read(magic, line)


@given(st.text(st.sampled_from("ab '\"\\,[]()=-\u2014\u201c\u201d"), max_size=40))
def test_a_line_is_read_or_refused_by_an_error_of_ours(line: str) -> None:
    with contextlib.suppress(InputError):
        read(TASK, f"--title {line}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("export ID exports\\july\\x.csv", ["export", "ID", "exports\\july\\x.csv"]),
        ("export ID 'my files\\x.csv'", ["export", "ID", "my files\\x.csv"]),
        ("export ID O'Brien.csv", ["export", "ID", "O'Brien.csv"]),
        ("export ID \\\\server\\share\\x.csv", ["export", "ID", "\\\\server\\share\\x.csv"]),
        ("", []),
    ],
)
def test_words_keep_their_backslashes_and_apostrophes(text: str, words: list[str]) -> None:
    assert split_words(text, "the line", {}) == words


def test_an_amount_may_carry_its_sign() -> None:
    assert read(TASK, "--max-cost $5").max_cost == 5.0
    assert read(TASK, "--max-wait 0.5").max_wait == 0.5
