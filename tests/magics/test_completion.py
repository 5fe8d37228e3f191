"""What Tab offers, asked of IPython's own completer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import parallel_nb as pnb

if TYPE_CHECKING:
    from pathlib import Path


def offered(shell: Any, code: str) -> list[str]:
    """The completed words at the mark |, as a person sees them."""
    cursor = code.index("|")
    code = code.replace("|", "", 1)
    from IPython.core.completer import provisionalcompleter  # noqa: PLC0415 - a context manager

    with provisionalcompleter():
        found = list(shell.Completer.completions(code, cursor))
    head = code[:cursor]
    return [(head[: c.start] + c.text)[len(head) - len(head.split()[-1]) :] for c in found]


@pytest.fixture
def person(shell: Any) -> Any:
    """A person's session with one table."""
    shell.user_ns["companies"] = pd.DataFrame({"name": ["A"], "name of town": ["B"], "size": [1]})
    shell.user_ns["count"] = 3
    return shell


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("%parallel_search --pro|", ["--processor"]),
        ("x = %parallel_search --in|", ["--include-domains", "--into"]),
        ("%parallel_search --processor p|", ["pro"]),
        ("%parallel_search --processor=p|", ["--processor=pro"]),
        ("%%parallel_task --over com|", ["companies"]),
        ("%%parallel_task --over companies --processor cor|\nWhy?", ["core", "core2x"]),
        ("%%parallel_task --over companies --columns si|", ["size"]),
        ("%%parallel_task --over companies --columns name,si|", ["name,size"]),
        ("%%parallel_task --dry-run --dr|", []),
        ("%parallel_connect e|", ["embedded"]),
        ("%parallel_jobs ex|", ["export"]),
        ("%parallel_jobs clear --ol|", ["--older-than"]),
        ("%parallel_jobs c|", ["clear"]),
        ("%parallel_connect --api v1b|", ["v1beta"]),
        ("%parallel_search --mode a|", ["advanced"]),
    ],
)
def test_options_and_their_values_are_offered(person: Any, code: str, expected: list[str]) -> None:
    assert offered(person, code) == expected


@pytest.mark.parametrize(
    "line", ["%parallel_attach tgrp_|", "%parallel_jobs show tgrp_|", "%parallel_jobs clear tgrp_|"]
)
def test_the_ids_of_the_journal_are_offered(person: Any, connected: Any, line: str) -> None:
    job = pnb.tasks([{"company": "LEGO"}], "Who leads {{company}}? Asked for completion.")
    assert connected
    assert str(job.group_id) in offered(person, line)


def test_without_a_journal_there_is_no_id_and_none_is_made(
    person: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARALLEL_NB_HOME", str(tmp_path / "empty"))
    assert offered(person, "%parallel_attach tgrp_|") == []
    assert not (tmp_path / "empty").exists()


def test_columns_of_the_table_are_offered_inside_the_braces(person: Any) -> None:
    code = "%%parallel_task --over companies\nResearch {{na|"
    assert offered(person, code) == ["{{name", "{{name of town"]


def test_a_column_with_blanks_goes_on_from_where_the_person_is(person: Any) -> None:
    assert offered(person, "%%parallel_task --over companies\nSee {{name of t|") == ["town"]


def test_other_cells_are_left_to_ipython(person: Any) -> None:
    assert "%parallel_search" in offered(person, "%parallel_sea|")
    person.Completer.use_jedi = False  # on a busy machine its time is up before it answers
    assert "companies" in offered(person, "companie|")
