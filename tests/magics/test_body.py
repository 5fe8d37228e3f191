"""The body of %%parallel_task, and the line numbers of its errors."""

from __future__ import annotations

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.magics.body import read_body


def test_the_body_is_literal_up_to_the_dashes() -> None:
    body = read_body('Find {"a": 1} and $x for {{name}}.\nSecond -- line\n---\nyear: int?\n')
    assert body.prompt == 'Find {"a": 1} and $x for {{name}}.\nSecond -- line'
    assert body.fields is not None
    assert [field.name for field in body.fields] == ["year"]


def test_without_dashes_the_answer_is_text() -> None:
    assert read_body("Why?\n").fields is None


def test_line_numbers_count_from_the_line_of_the_magic() -> None:
    # line 1 is %%parallel_task, 2 the question, 3 the dashes, 4 and 5 the fields
    with pytest.raises(InputError, match="Line 5, 'foo': there is no colon"):
        read_body("Why?\n---\nyear: int\nfoo\n")


def test_dashes_with_nothing_below_are_an_error() -> None:
    with pytest.raises(InputError, match="no output fields below the ---"):
        read_body("Why?\n---\n")


@pytest.mark.parametrize("cell", ["", "\n\n", "---\nyear: int\n"])
def test_a_cell_without_a_question_is_an_error(cell: str) -> None:
    with pytest.raises(InputError, match="holds no question"):
        read_body(cell)


@pytest.mark.parametrize(
    "line", ["\u2014", "--", "\u2013\u2013\u2013", " \u2014- ", "-\u2014", "\u2212\u2212\u2212"]
)
def test_a_line_that_is_nearly_the_separator_is_named(line: str) -> None:
    with pytest.raises(InputError, match=r"Line 3 is .*does not begin the output fields"):
        read_body(f"Why?\n{line}\nyear: int\n")


@pytest.mark.parametrize("line", ["-", "- item", "a \u2014 b", "\u2014 a", "-- so"])
def test_dashes_with_text_are_text(line: str) -> None:
    assert read_body(f"Why?\n{line}\n").prompt == f"Why?\n{line}"
