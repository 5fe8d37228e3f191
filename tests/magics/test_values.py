"""How Python values get into a line, and that none gets into a question unseen."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.magics import shared_options
from parallel_nb.magics.jobs import JobsMagics
from parallel_nb.magics.line import split_words
from parallel_nb.magics.search import SearchMagics
from parallel_nb.magics.task import TaskMagics
from parallel_nb.magics.values import check_literal, expand
from tests.linear import assert_linear

VARIABLES: dict[str, Any] = {
    "n": 3,
    "name": 'O\'Neil -- "x" $n',
    "c": "LEGO",
    "größe": 7,
    "amount": Decimal("2.50"),
    "day": dt.date(2025, 1, 31),
    "stamp": pd.Timestamp(2025, 1, 31),
    "folder": PurePosixPath("exports/july"),
    "domains": ["a.example", "b.example"],
    "count": np.int64(5),
    "job": SimpleNamespace(group_id="tgrp_1", rows=[1, 2]),
    "df": pd.DataFrame({"a": [1]}),
    "x": 1,
}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$n", "3"),
        ("$count", "5"),
        ("$größe", "7"),
        ("$amount", "2.50"),
        ("$day", "2025-01-31"),
        ("$stamp", "2025-01-31"),
        ("$domains", "a.example,b.example"),
        ("$domains,c.example", "a.example,b.example,c.example"),
        ("$folder/$day.csv", "exports/july/2025-01-31.csv"),
        ("$c.csv", "LEGO.csv"),
        ("$c.title", "LEGO.title"),
        ("$job.group_id", "tgrp_1"),
        ("$job.group_id.csv", "tgrp_1.csv"),
        ("$name", 'O\'Neil -- "x" $n'),
        ("$5", "$5"),
        ("5$", "5$"),
        ("a $ b", "a $ b"),
        ("{other} {1}", "{other} {1}"),
        ("", ""),
    ],
)
def test_a_dollar_sign_puts_a_value_in(text: str, expanded: str) -> None:
    assert expand(text, VARIABLES, "FILE") == expanded


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("$nmae", ["no variable nmae", "Did you mean 'name'?", "Single quotes"]),
        ("$HOME/x", ["no variable HOME"]),
        ("$df", ["holds a DataFrame", "without it: df"]),
        ("$job", ["holds a SimpleNamespace"]),
        ("{c}", ["{c}", "Write $c"]),
        ("my {c}.csv", ["{c}", "Write $c"]),
        ("{job.group_id}", ["Write $job"]),
    ],
)
def test_what_cannot_be_put_in_is_named(text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        expand(text, VARIABLES, "FILE")
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("line", "option", "value"),
    [
        ("--sample $n", "sample", 3),
        ("--sample=$n", "sample", 3),
        ('--title "Batch $n of $c"', "title", "Batch 3 of LEGO"),
        ("--title 'Batch $n of {c}'", "title", "Batch $n of {c}"),
        ("--title $name", "title", VARIABLES["name"]),
        ("--include-domains $domains", "include_domains", ["a.example", "b.example"]),
        ("--after-date $day", "after_date", "2025-01-31"),
        ("--max-cost $5", "max_cost", 5.0),
        ("--max-cost $amount", "max_cost", 2.5),
        ("--over df[df.a>$n]", "over", "df[df.a>3]"),
        ("--over \"df.query(f'a > {n}')\"", "over", "df.query(f'a > {n}')"),
    ],
)
def test_an_option_takes_the_value_of_a_variable(line: str, option: str, value: object) -> None:
    args = shared_options.read_line(TaskMagics.parallel_task, line, VARIABLES)
    assert getattr(args, option) == value


@pytest.mark.parametrize(
    "question",
    [
        "Who leads {c}?",
        "Who leads { c }?",
        "Who leads {job.group_id}?",
        "Who leads {c!r} and {other}?",
        "Who leads $c?",
        "$c",
        "Who leads {domains[0]}?",
    ],
)
def test_a_variable_in_a_question_is_an_error_and_not_paid(question: str) -> None:
    with pytest.raises(InputError) as caught:
        shared_options.read_line(
            SearchMagics.parallel_search, question, VARIABLES, is_question=True
        )
    assert "in the question is text" in str(caught.value)
    assert "pnb.search(f" in str(caught.value)
    text = f"-n 2 -- {question}"
    args = shared_options.read_line(SearchMagics.parallel_search, text, VARIABLES, is_question=True)
    assert args.text == question


@pytest.mark.parametrize(
    "question",
    [
        "{other} and $other",
        "{{c}} is a column",
        'JSON {"c": 1} and {c: 1}',
        "solve $x$ and $x + n$",
        "e^{x}, \\frac{x}{n}, a_{n}, ${x}",
        "the set {x | x > 0}",
        "US$n and \\$n",
        "it costs $5",
    ],
)
def test_other_braces_and_dollar_signs_are_text(question: str) -> None:
    check_literal(question, VARIABLES, "")


def test_words_such_as_ids_and_files_take_values() -> None:
    words = split_words("export $job.group_id '$n.csv' \"$c x.csv\"", "the line", VARIABLES)
    assert words == ["export", "tgrp_1", "$n.csv", "LEGO x.csv"]
    args = shared_options.read_line(JobsMagics.parallel_jobs, "clear --older-than $n", VARIABLES)
    assert args.older_than == 3.0


@pytest.mark.parametrize(
    "piece",
    ["{", "$", "{c", "$x", "{c ", "{ ", "$job.a", "{{", "a", "'", '"', "--title ", ",'", "["],
)
def test_a_long_line_is_read_in_time(piece: str) -> None:
    def read(repeats: int) -> None:
        for line in (piece * repeats, "--title " + piece * repeats):
            with contextlib.suppress(InputError):
                shared_options.read_line(
                    TaskMagics.parallel_task, line, VARIABLES, is_question=True
                )

    assert_linear(read, 40_000)
