"""A line of ours that ends with a question mark is asked, and help is still to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def transformed(shell: Any, cell: str) -> str:
    code: str = shell.transform_cell(cell)
    return code


def call(question: str, before: str = "") -> str:
    return f"{before}get_ipython().run_line_magic('parallel_search', {question!r})\n"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%parallel_search Why is it so?", call("Why is it so?")),
        ("%parallel_search Why is it so??  ", call("Why is it so??")),
        ("x = %parallel_search -n 2 Why?\n", call("-n 2 Why?", "x = ")),
        ("d['a'] = %parallel_search Why?", call("Why?", "d['a'] = ")),
        ("a, b.c = %parallel_search Why?", call("Why?", "a, b.c = ")),
        ("x: object = %parallel_search Why?", call("Why?", "x: object = ")),
        ("%parallel_search Why \\\nis it so?", call("Why  is it so?")),
        ("%parallel_search Why \\\nis it \\\nso?", call("Why  is it  so?")),
        ("x = %parallel_search Why \\\n  so?", call("Why    so?", "x = ")),
        ("%parallel_search Why? \\\n is it", call("Why?   is it")),
        ("parallel_search Why is it so?", call("Why is it so?")),
        ("parallel_search Why \\\nso?", call("Why  so?")),
        ("if 1:\n    %parallel_search What's (it?\n", "if 1:\n" + call("What's (it?", "    ")),
        ('%parallel_search "why?', call('"why?')),
        ("%parallel_search it is (a\n%parallel_search b?", call("it is (a") + call("b?")),
        (
            "%time %parallel_search Why?",
            "get_ipython().run_line_magic('time', '%parallel_search Why?')\n",
        ),
    ],
)
def test_a_question_is_asked(shell: InteractiveShell, cell: str, code: str) -> None:
    assert transformed(shell, cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        "%parallel_search?",
        "%parallel_search??",
        "parallel_search?",
        "x = 1\n%parallel_search?",
        "frame.head?",
        "%time?",
        "%time -n %parallel_search?",
        "?parallel_search",
        "!echo why?",
        "parallel_search = 3\nparallel_search.real?",
    ],
)
def test_a_request_for_help_stays_one(shell: InteractiveShell, cell: str) -> None:
    assert "pinfo" in transformed(shell, cell)


@pytest.mark.parametrize(
    "cell",
    [
        's = """\n%parallel_search Why?\n"""\n',
        "s = '%parallel_search Why?'\n",
        "# %parallel_search Why?\n",
        "parallel_search = 3\n",
    ],
)
def test_text_and_remarks_are_left_as_they_are(shell: InteractiveShell, cell: str) -> None:
    assert transformed(shell, cell) == cell


def test_a_variable_of_the_name_comes_before_automagic(shell: InteractiveShell) -> None:
    shell.user_ns["parallel_search"] = 3
    assert "pinfo" in transformed(shell, "parallel_search Why?")


def test_a_cell_with_a_body_keeps_its_question_marks(shell: InteractiveShell) -> None:
    assert "'Why?\\n'" in transformed(shell, "%%parallel_search --into x\nWhy?")


def test_ten_thousand_lines_are_read_in_time(shell: InteractiveShell) -> None:
    cell = "%parallel_search " + "%time %parallel_search a? " * 10_000 + "?"
    assert len(transformed(shell, cell)) > 100_000
