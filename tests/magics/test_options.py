"""The line of a magic: options in any order, and text that is taken as it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_nb.api.errors import InputError
from parallel_nb.magics import options
from parallel_nb.magics.search import SearchMagics
from parallel_nb.magics.task import TaskMagics

SEARCH = SearchMagics.parallel_search
TASK = TaskMagics.parallel_task


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
    args = options.read_line(SEARCH, line)
    assert args.text == "What's new in {x} and $y?"
    assert (args.max_results, args.processor, args.into) == (5, "pro", "hits")


def test_a_query_with_blanks_goes_in_quotes_and_may_be_repeated() -> None:
    args = options.read_line(SEARCH, "--query 'a b' --query \"it's c\" --include-domains gov,x.org")
    assert args.query == ["a b", "it's c"]
    assert args.include_domains == ["gov", "x.org"]


def test_a_lone_double_dash_says_that_the_rest_is_text() -> None:
    args = options.read_line(SEARCH, "-n 3 -- what does --into do, and -n?")
    assert args.text == "what does --into do, and -n?"
    assert (args.max_results, args.into) == (3, None)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60))
def test_text_behind_the_double_dash_is_never_changed(text: str) -> None:
    assert options.read_line(SEARCH, f"-n 3 -- {text}").text == text.strip()


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
        options.read_line(magic, line)  # type: ignore[arg-type]  # any of our magics
    for word in words:
        assert word in str(caught.value)
    assert "%parallel_" in str(caught.value)


@pytest.mark.parametrize("name", ["1st", "my-frame", "a b", "class", ""])
def test_into_must_be_the_name_of_a_variable(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a variable"):
        options.check_into(name)


def test_an_amount_may_carry_its_sign() -> None:
    assert options.read_line(TASK, "--max-cost $5").max_cost == 5.0
    assert options.read_line(TASK, "--max-wait 0.5").max_wait == 0.5


@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("%parallel_search Why is it so?", "%parallel_search Why is it so? --\n"),
        ("x = %parallel_search -n 2 Why?\n", "x = %parallel_search -n 2 Why? --\n"),
        ("%parallel_search?", "%parallel_search?"),
        ("%parallel_search??", "%parallel_search??"),
        ("frame.head?", "frame.head?"),
        ("%%parallel_search\nWhy?", "%%parallel_search\nWhy?"),
    ],
)
def test_a_question_mark_at_the_end_asks_the_question_and_not_for_help(
    cell: str, kept: str
) -> None:
    assert "".join(options.keep_question_marks(cell.splitlines(keepends=True))) == kept
