"""Going on from answers, suffixes and metadata, in a real shell on the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import parallel_nb as pnb
from parallel_nb.connection import background

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from tests.magics.conftest import Ran

    Run = Callable[[str], Ran]

pytestmark = pytest.mark.usefixtures("connected")

LEADS = "Who leads {{company}}?\n---\nceo: str? - Chief executive\n"
FOUNDED = "And when was it founded?\n---\nfounded: int? - Year of founding\n"


@pytest.fixture
def person(shell: InteractiveShell) -> InteractiveShell:
    shell.user_ns["companies"] = pd.DataFrame(
        {"company": ["Boeing", "Sony"], "ceo": ["?", "?"], "id": [7, 8]}
    )
    return shell


def test_a_table_goes_on_from_its_answers(person: InteractiveShell, run: Run) -> None:
    ran = run(f"%%parallel_task --over companies --suffix _found --into profiles\n{LEADS}")
    assert ran.error is None, ran.screen
    profiles = person.user_ns["profiles"]
    assert profiles["ceo_found"][0] == "Kelly Ortberg"
    assert profiles["ceo"].tolist() == ["?", "?"]
    further = "%%parallel_task --over profiles --columns id --after profiles --suffix _2 --into"
    ran = run(f"{further} history\n{FOUNDED}")
    assert ran.error is None, ran.screen
    history = person.user_ns["history"]
    assert history["founded"].tolist() == [1916, 1946]  # the rows themselves name no company
    basis = history.parallel.basis()
    assert set(basis["field"]) == {"ceo", "founded"}


def test_one_question_goes_on_from_its_answer(person: InteractiveShell, run: Run) -> None:
    run("boeing = %parallel_task Who leads Boeing?")
    ran = run("%parallel_task --after boeing --into more How many people does it employ?")
    assert ran.error is None, ran.screen
    assert "172,000" in person.user_ns["more"]["output"]
    further = person.user_ns["boeing"].ask("And when was it founded?")
    assert "1916" in further["output"]
    assert "1916" in further.ask("When was that?")["output"]


def test_fields_may_be_called_like_our_own_columns(person: InteractiveShell, run: Run) -> None:
    fields = "status: str? - Legal form\nerror: str? - What went wrong"
    ran = run(
        f"%%parallel_task --over companies --suffix _found --into got\nX {{{{id}}}}\n---\n{fields}"
    )
    assert ran.error is None, ran.screen
    columns = ["status_found", "error_found", "run_id", "status", "error"]
    assert person.user_ns["got"].columns[3:].tolist() == columns
    assert set(person.user_ns["got"]["status"]) == {"completed"}
    result = pnb.task("What is Boeing?", output=pnb.parse_fields(fields))
    assert set(result) == {"status", "error"}


def test_runs_carry_metadata_of_the_row(
    person: InteractiveShell, run: Run, connected: pnb.Connection
) -> None:
    line = "--over companies --suffix _m --metadata account={{id}} --metadata 'team=data science'"
    ran = run(f"%%parallel_task {line} --fresh --into answered\n{LEADS}")
    assert ran.error is None, ran.screen
    run_ids = person.user_ns["answered"]["run_id"]
    runs = [background.run(connected.client.runs.get(run_id)) for run_id in run_ids]
    assert [(r.metadata or {})["account"] for r in runs] == ["7", "8"]
    assert {(r.metadata or {})["team"] for r in runs} == {"data science"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--after companys", "Did you mean 'companies'"),
        ("--after companies", "no run_id column"),
        ("--metadata account", "is no KEY=VALUE"),
        ("--suffix _x --metadata account={{ide}}", "no column 'ide'"),
        ("--suffix _x --metadata pnb_row=1", "keys that begin with pnb_ are ours"),
        ("--suffix _x --metadata a_key_that_is_too_long=1", "longer than 16 characters"),
        ("--data-sources pubmed", "The embedded engine answers from its documents alone"),
        ("--data-sources pubmet", "Did you mean 'pubmed'"),
        ("--data-sources pubmed -p base-fast", "fast processors take none"),
        ("--memory-scope 'a b'", "memory_scope = 'a b' cannot be used"),
        ("--memory-scope a", "has no memory_scope"),
        ("--mcp-servers companies", "mcp_servers"),
        ("--mcp-servers no_such", "no variable of that name"),
        ("", "Give it a suffix"),
        ("--suffix _x --after profiles --into profiles", "could not run again"),
    ],
)
@pytest.mark.usefixtures("person")
def test_a_slip_is_told_before_anything_is_sent(run: Run, line: str, words: str) -> None:
    ran = run(f"%%parallel_task --over companies {line}\n{LEADS}")
    assert isinstance(ran.error, pnb.InputError)
    assert words in ran.screen
    assert len(ran.lines) <= 4
