"""Prompts: literal text with `{{column}}` in it."""

from __future__ import annotations

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.job.prompts import parse_prompt


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
    "prompt", ['{"a": {"b": 1}}', "{other}", "{}", "f(x) = {x | x > 0}", "{a\n}"]
)
def test_other_braces_are_text(prompt: str) -> None:
    assert parse_prompt(prompt, ["company", "a"]).literal == prompt


def test_without_a_table_single_braces_are_text() -> None:
    assert parse_prompt("Who leads {company}?", ()).literal == "Who leads {company}?"
