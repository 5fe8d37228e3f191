"""Prompts: literal text with `{{column}}` in it."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.job.prompts import check_prompt, parse_prompt
from tests.linear import assert_linear


@pytest.mark.parametrize(
    "prompt",
    [
        "Who leads {{company}?",
        "Who leads {company}?",
        "{company}}",
        "{ company }",
        "{{year}} {company}",
    ],
)
def test_a_column_in_wrong_braces_is_an_error_with_the_right_spelling(prompt: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_prompt(prompt, ["company", "year"])
    assert "Write {{company}}" in str(caught.value)


@pytest.mark.parametrize(
    "prompt",
    [
        "Who leads {{company?",
        "Who leads {{compny}?",
        "Who leads {{}}?",
        "Who leads {{company\n}}?",
        "{{year}} and {{company",
        '{{"a": {"b": 1}}}',
    ],
)
def test_two_braces_that_name_no_column_are_an_error(prompt: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_prompt(prompt, ["company", "year"])
    assert "begins with two braces and names no column" in str(caught.value)
    assert "\\{{ stands for" in str(caught.value)
    escaped = prompt.replace("{{", "\\{{").replace("\\{{year", "{{year")
    assert parse_prompt(escaped, ["company", "year"])


@pytest.mark.parametrize(
    "prompt", ['{"a": {"b": 1}}', "{other}", "{}", "f(x) = {x | x > 0}", "{a\n}"]
)
def test_other_braces_are_text(prompt: str) -> None:
    assert parse_prompt(prompt, ["company", "a"]).literal == prompt


def test_without_a_table_single_braces_are_text() -> None:
    assert parse_prompt("Who leads {company}?", ()).literal == "Who leads {company}?"


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("Write \\{company} as {{company}}", "Write {company} as LEGO"),
        ("\\{ company }: {{company}}", "{ company }: LEGO"),
        ("\\{{company}}: {{company}}", "{{company}}: LEGO"),
        ("\\{other} {{company}}", "\\{other} LEGO"),
        ('{"name": {{company}}}', '{"name": LEGO}'),
    ],
)
def test_a_backslash_makes_the_braces_of_a_column_text(prompt: str, sent: str) -> None:
    assert parse_prompt(prompt, ["company"]).render({"company": "LEGO"}) == sent


@pytest.mark.parametrize("piece", ["{", "{{", "{a", "{a}", "}", "{{a}", "\\{", "{ "])
def test_a_long_prompt_is_read_in_time(piece: str) -> None:
    def read(repeats: int) -> None:
        with contextlib.suppress(InputError):
            parse_prompt(piece * repeats, ["company"])

    assert_linear(read, 80_000)


def test_a_prompt_of_numpy_is_a_text() -> None:
    assert type(check_prompt(np.str_("Who leads it?"))) is str
    assert parse_prompt(np.str_("Who leads {{name}}?"), ["name"]).names == ("name",)
