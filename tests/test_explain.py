"""Every error of ours names a page, and every page is about errors that there are."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import parallel_nb
from parallel_nb import cli
from parallel_nb.api import errors
from parallel_nb.api.codes import CODES_OF_INPUT, code_of_module
from parallel_nb.explain import codes, explanation

PACKAGE = Path(parallel_nb.__file__).parent
#: Those of the classes that get their code from the module that raises them.
FOUND_HERE = {"ParallelError", "InputError", "UnknownFieldError", "ConnectionProblem"}
#: What raises on behalf of others: the routes of the engine, and the tree itself.
NOT_SHOWN = {"parallel_nb.engine.http", "parallel_nb.api.errors"}


def classes(kind: type[errors.ParallelError] = errors.ParallelError) -> list[type]:
    return [kind, *(found for below in kind.__subclasses__() for found in classes(below))]


def raises() -> list[tuple[str, int, str]]:
    """Module, line and code given by hand of each error that is made and takes its module's."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(getattr(node, "func", None), "id", None)
            if isinstance(node, ast.Call) and name in FOUND_HERE:
                by_hand = [
                    keyword.value.value
                    for keyword in node.keywords
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
                ]
                found.append((module, node.lineno, str(by_hand[0]) if by_hand else ""))
    return found


def test_every_error_that_is_raised_has_a_code_with_a_page() -> None:
    pages = {code for code, _ in codes()}
    found = [each for each in raises() if not each[0].startswith(tuple(NOT_SHOWN))]
    assert len(found) > 200
    wrong = [
        (module, line)
        for module, line, by_hand in found
        if (by_hand or code_of_module(module)) not in pages
    ]
    assert wrong == []


def test_every_class_of_errors_has_a_code_with_a_page() -> None:
    pages = {code for code, _ in codes()}
    own = {kind.__name__: kind.code for kind in classes() if kind.__name__ not in FOUND_HERE}  # type: ignore[attr-defined]
    assert {name: code for name, code in own.items() if code not in pages} == {}


def test_every_page_is_that_of_a_code_and_says_what_to_do() -> None:
    of_classes = {kind.code for kind in classes()} - {""}  # type: ignore[attr-defined]
    pages = {code: title for code, title in codes() if not code.startswith("how-to/")}
    assert set(pages) == of_classes | CODES_OF_INPUT
    listed = (PACKAGE.parent / "docs" / "errors" / "index.md").read_text("utf-8")
    for code, title in pages.items():
        page = explanation(code)
        assert f"| [{code}]({code}.md) | {title} |" in listed
        assert title
        assert f"\nCode: `{code}`\n" in page
        assert "\n## What to do" in page
        assert max(map(len, page.splitlines())) <= 120, code


def test_an_error_names_its_page_in_one_line_of_a_notebook_and_none_of_plain_python() -> None:
    with pytest.raises(errors.InputError) as caught:
        parallel_nb.parse_fields("founded int")
    error = caught.value
    assert error.code == "output-fields"
    last = error._render_traceback_()[-1]
    assert last == "  More: %run -m parallel_nb.cli explain output-fields"
    assert "explain" not in str(error)


def test_an_error_of_a_persons_own_code_has_no_page() -> None:
    error = errors.InputError("Mine.")
    assert error.code == error.explanation == ""
    assert error._render_traceback_() == ["InputError: Mine."]


def test_the_command_prints_the_page_that_an_error_of_the_command_line_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["jobs", "show", "tgrp_none"]) == cli.FAILED
    (code,) = re.findall(r"More: parallel-nb explain ([\w-]+)", capsys.readouterr().err)
    assert code == "jobs"
    assert cli.main(["explain", code]) == cli.DONE
    assert "parallel-nb jobs" in capsys.readouterr().out
    assert cli.main(["explain"]) == cli.DONE
    assert capsys.readouterr().out.count("\n") == len(list(codes()))


def test_the_command_that_an_error_names_runs_in_a_kernel_without_a_path() -> None:
    cells = "try:\n    pnb.parse_fields('founded int')\nexcept pnb.ParallelError as error:\n"
    cells += "    command = error._render_traceback_()[-1].split('%run ')[1]\n"
    cells += "get_ipython().run_line_magic('run', command)\nassert 'main' not in globals()"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "-c", f"import parallel_nb as pnb\n{cells}"],
        env=os.environ | {"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Code: `output-fields`" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(("status", "code"), [("429", "rate-limit"), ("422", "invalid-request")])
def test_the_status_of_an_answer_finds_its_page(status: str, code: str) -> None:
    assert explanation(status) == explanation(code)
    with pytest.raises(errors.InputError, match="no code '29'"):
        explanation("29")


def test_a_page_leads_on_to_guides_that_are_printed_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (command,) = re.findall(r"parallel-nb (explain how-to/key)", explanation("key"))
    assert cli.main(command.split()) == cli.DONE
    assert "PARALLEL_API_KEY" in capsys.readouterr().out
    assert not any("](" in explanation(code) for code, _ in codes())


def test_a_misspelt_code_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", "output-field"]) == cli.FAILED
    assert "output-fields" in capsys.readouterr().err
